"""Logs on disk: import, ordered streaming in constant memory, windows, synthetic worlds.

Reading order: ``record`` (what a dataset folder says of itself), ``dataset`` (streaming),
``windows``, ``future`` (the one door past the clock), ``importing`` (raw files in).
"""
