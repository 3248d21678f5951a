"""Charges and slippage on executed orders, exact to the paisa."""
