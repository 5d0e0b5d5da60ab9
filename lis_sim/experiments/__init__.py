"""Experiments that show what the scores are worth where the truth is known."""
