"""What a run found, as Arrow tables: one row a thing, one column a field."""

from lis_sim.training.frames.column import Column as Column
from lis_sim.training.frames.columns import FRAMES as FRAMES
