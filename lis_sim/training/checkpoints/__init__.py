"""Checkpoints of a run: bases and changed rows, with sums, in two chains."""
