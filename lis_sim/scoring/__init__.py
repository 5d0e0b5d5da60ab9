"""Scores of a ranker trained elsewhere: the LIS family of a file, without training anything.

Read :mod:`.settings` first, then :mod:`.columns` (which column is what), :mod:`.parts`,
:mod:`.file` and :mod:`.decode` (rows, in constant memory), :mod:`.scan` (what must be known before
the first window), :mod:`.plan`, :mod:`.replicates`, :mod:`.cells` (windows as arms scored them)
and :mod:`.api`, which puts them together.
"""
