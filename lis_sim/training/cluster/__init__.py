"""The engine ``ray``: one Ray Train run, and what happens when parts of it are lost."""
