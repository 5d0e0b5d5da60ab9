"""Overrides of settings from the command line: ``--set a.b=c``."""

from __future__ import annotations

from typing import Any

from lis_sim.errors import ConfigError
from lis_sim.plain.values import shown
from lis_sim.plain.yaml_text import parse_yaml


def put_override(raw: dict[str, Any], override: str) -> None:
    """Put an override such as ``a.b=c`` into plain settings, its value read as YAML.

    Raises:
        ConfigError: it is no such text, or leads through something that is no group.

    >>> settings = {"stream": {"history": 20}}
    >>> put_override(settings, "stream.history=5")
    >>> settings
    {'stream': {'history': 5}}
    """
    path, equals, text = override.partition("=")
    if not equals or not path:
        raise ConfigError(f"{_told(override)}; accepted: key.subkey=value")
    keys = path.split(".")
    node: Any = raw
    for key in keys[:-1]:
        node = node.setdefault(key, {}) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            raise ConfigError(f"{_told(override)}: '{key}' is not a group of settings")
    node[keys[-1]] = override_value(override, text)


def override_value(override: str, text: str) -> Any:
    """Return the value ``text`` of an override, read as YAML; ConfigError when it is none."""
    return parse_yaml(text, f"{_told(override)}: the value is not readable as YAML")


def _told(override: str) -> str:
    return f"--set {shown(override)}"
