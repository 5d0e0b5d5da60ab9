"""Arguments and options that several commands have, with the words that explain them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ConfigFile: TypeAlias = Annotated[
    Path, typer.Argument(help="YAML file, or the name of a config that comes with lis-sim.")
]
Overrides: TypeAlias = Annotated[
    list[str] | None, typer.Option("--set", help="Override a setting: a.b=c. Repeatable.")
]
OutFolder: TypeAlias = Annotated[
    Path | None, typer.Option("--out", help="Run folder. Default: runs/NAME-XXXXXXXX.")
]
Restart: TypeAlias = Annotated[
    bool, typer.Option("--restart", help="Begin again even if the folder holds this run.")
]
