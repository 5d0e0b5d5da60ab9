"""Searches with Ray Tune: for a construction of preference data, or for a fair baseline.

What is searched for is read by :mod:`.settings`; a search sees the windows up to its cut
(:mod:`.candidate`) and is reported on the windows after it (:mod:`.later`).
"""
