"""From a day and a block of parameters to fills, costs and daily results."""
