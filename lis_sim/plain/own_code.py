"""Code that is not ours: by import path, or by the name of an installed plug-in.

This is the only module that imports what a config names.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Collection
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from lis_sim.errors import ConfigError, LisSimError, nearest
from lis_sim.plain.values import shown

POLICIES = "lis_sim.policies"
PREFERENCES = "lis_sim.preferences"
_ROOT = Path(__file__).resolve().parents[2]
# Whose lines say nothing about what is wrong in somebody else's code.
_NOT_THEIRS = (
    *(f"{_ROOT / one}{os.sep}" for one in ("lis_sim", "policies")),
    *(f"{Path(module.__file__).parent}{os.sep}" for module in (os, inspect) if module.__file__),
    *("<frozen", "<string>"),
)
_LIBRARIES = tuple(f"site-packages{os.sep}{one}{os.sep}" for one in ("numpy", "torch"))
_LONGEST = 300


def import_path(name: str, group: str, built_in: Collection[str]) -> str | None:
    """Return ``module:attribute`` for a name that is not one of ours; None: it is, or is unknown.

    A path stands for itself; any other name is looked up among the entry points of ``group`` that
    installed packages declare.

    Raises:
        ConfigError: two packages declare the name, or one does and it is ``built_in``.

    >>> import_path("my_package:MyRanker", POLICIES, ["deepfm"])
    'my_package:MyRanker'
    >>> import_path("deepfm", POLICIES, ["deepfm"]) is None
    True
    """
    if ":" in name:
        return name
    found = [one for one in _declared(group, tuple(sys.path)) if one.name == name]
    owners = ", ".join(_owner(one) for one in found)
    if found and name in built_in:
        raise ConfigError(
            f"'{name}' is built in, and the installed package {owners} declares one of the same "
            f"name in {group}; accepted: names that are not built in; rename it there, or "
            f"uninstall {owners}"
        )
    if len(found) > 1:
        raise ConfigError(
            f"'{name}' is declared in {group} by {owners}; accepted: one of them; write "
            f"{' or '.join(one.value for one in found)} instead"
        )
    return found[0].value if found else None


def plugin_names(group: str) -> list[str]:
    """Return the names that installed packages declare in ``group``."""
    return sorted({one.name for one in _declared(group, tuple(sys.path))})


@lru_cache(maxsize=8)
def _declared(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return the entry points of ``group``; ``path`` is where they were looked for."""
    return tuple(entry_points(group=group))


def _owner(point: EntryPoint) -> str:
    return "of an unknown name" if point.dist is None else point.dist.name


def imported(path: str, where: str, accepted: str) -> object:
    """Return what ``module:attribute`` names.

    The current folder is looked in last, as if it stood at the end of PYTHONPATH: a file there
    never hides an installed package.

    Args:
        path: ``package.module:attribute``.
        where: The setting that has it, as an error begins.
        accepted: What the setting accepts, as an error ends.

    Raises:
        ConfigError: there is no such module or attribute, or importing it raises.

    >>> imported("math:sqroot", "policy is 'math:sqroot'", "package.module:Class")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: policy is 'math:sqroot', but math has no 'sqroot'; did you mean \
'sqrt'?; accepted: package.module:Class
    """
    module, _, attribute = path.partition(":")
    if not module or not attribute or module.startswith("."):
        raise ConfigError(f"{where}, which names nothing; accepted: {accepted}")
    _see_current_folder()
    try:
        found: object = import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"{where}, but {module} cannot be imported ({_short(error)}); install it, put its "
            "folder on PYTHONPATH, or start the command in its folder; machines of a Ray cluster "
            "need it as well"
        ) from error
    except LisSimError:
        raise
    except Exception as error:  # whatever stands there is run
        raise ConfigError(f"{where}, but importing {module} raised {told(error)}") from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise ConfigError(
                f"{where}, but {module} has no '{attribute}'{nearest(name, dir(found))}; accepted: "
                f"{accepted}"
            )
        found = getattr(found, name)
    return found


def _see_current_folder() -> None:
    here = os.getcwd()  # noqa: PTH109 - sys.path holds texts
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)


def source_file(found: object) -> Path | None:
    """Return the file that ``found`` is written in; None: it has none."""
    try:
        unwrapped = inspect.unwrap(found) if callable(found) else found
        return Path(inspect.getfile(unwrapped))  # type: ignore[arg-type]
    except (TypeError, OSError):
        return None


def told(error: BaseException) -> str:
    """Return what ``error`` says and the last line of somebody else's code it came through.

    >>> def theirs() -> None:
    ...     raise ValueError("rank is 0")
    >>> try:
    ...     theirs()
    ... except ValueError as error:
    ...     print(told(error))
    ValueError: rank is 0 (<doctest...>, line 2)
    """
    said = f"{type(error).__name__}: {_short(error)}"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if _is_theirs(one.filename)]
    return (
        f"{said} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else said
    )


def _is_theirs(file: str) -> bool:
    installed = any(one in file for one in _LIBRARIES)
    return installed is False and ("site-packages" in file or not file.startswith(_NOT_THEIRS))


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{shown(text)[:_LONGEST]}..."
