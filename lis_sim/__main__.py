"""``python -m lis_sim``: the ``lis-sim`` command."""

from lis_sim.cli import main

if __name__ == "__main__":
    main()
