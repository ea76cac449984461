"""Figures: measures with their intervals, what is too few to state, and one way to write them."""
