"""Plain values: what a settings file may say and a folder's JSON may hold, read with care."""

from lis_sim.plain.json_text import as_object, read_object
from lis_sim.plain.placed import placed
from lis_sim.plain.values import plain, shown, why_not_plain
from lis_sim.plain.yaml_text import parse_yaml, read_yaml

__all__ = [
    "as_object",
    "parse_yaml",
    "placed",
    "plain",
    "read_object",
    "read_yaml",
    "shown",
    "why_not_plain",
]
