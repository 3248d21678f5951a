"""Charges on executed orders, exact to the paisa, and an estimate of the capital that positions block."""

from nfops.costs.charges import ITEMS, Tariff, contract_note, exercise_parts, order_parts, round_parts
from nfops.costs.model import PARAMS, tariff

__all__ = ["ITEMS", "PARAMS", "Tariff", "contract_note", "exercise_parts", "order_parts", "round_parts", "tariff"]
