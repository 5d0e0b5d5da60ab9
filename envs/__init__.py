"""Gymnasium environments of lis-sim. Importing this package registers them.

>>> import envs, gymnasium
>>> gymnasium.spec("lis_sim/Replay-v0").entry_point
'envs.replay:ReplayEnv'

``gymnasium.make`` compares every observation with its space unless ``disable_env_checker=True``
is given; a training loop wants that.
"""

from gymnasium.envs.registration import register, registry

ENTRY_POINTS = {"lis_sim/Replay-v0": "envs.replay:ReplayEnv"}

for _id, _entry_point in ENTRY_POINTS.items():
    # Gymnasium warns about ids it knows, as it would when a notebook reloads this package.
    if _id not in registry:
        register(id=_id, entry_point=_entry_point)
