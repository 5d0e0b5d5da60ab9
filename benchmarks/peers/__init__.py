"""Other programs that learn from a log, each played in a process of the peers' environment.

``make bench-peers`` makes that environment (``build/peers``); ``benchmarks/bars.py`` plays them in
turn with lis-sim. Modules named for a peer import it, so they load in that environment alone.
"""
