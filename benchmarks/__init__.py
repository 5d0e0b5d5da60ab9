"""Measurements of lis-sim: deterministic inputs, permanent names, one command each."""
