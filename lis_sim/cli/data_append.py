"""``lis-sim data append``: new raw rows into a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lis_sim.cli.data_tables import show_appended
from lis_sim.cli.terminal import Terminal
from lis_sim.data.append import append_rows
from lis_sim.plain.duration import duration_us


def append_command(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    files: Annotated[list[Path], typer.Argument(help="Raw files, in the form of the first ones.")],
    source: Annotated[
        Path | None, typer.Option(help="Folder of the items file, if the dataset has one.")
    ] = None,
    lateness: Annotated[
        str, typer.Option(help="Hold rows back until the newest one is so much later: 10m; 0.")
    ] = "0",
    memory_limit: Annotated[str, typer.Option(help="Such as 512MB or 4GB.")] = "1GB",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout.")
    ] = False,
) -> None:
    """Append raw rows to a dataset as the next part of its log; all of them, or none."""
    with Terminal(stderr=True).status("appending"):
        late_us = 0 if lateness == "0" else duration_us(lateness, "--lateness", "0 or ")
        done = append_rows(dataset, files, source, late_us, memory_limit)
    if not as_json:
        show_appended(Terminal(), done)
        return
    content = {
        "dataset": str(done.dataset.path),
        "rows_in": done.rows_in,
        "rows": done.rows,
        "dropped": dict(done.dropped),
        "held_before": done.held_before,
        "held": done.held,
        "new_users": done.users,
        "new_items": done.items,
        "parts": list(done.parts),
        "blemishes": list(done.blemishes),
        "fingerprint": done.dataset.fingerprint,
        "end_us": done.dataset.end_us,
    }
    typer.echo(json.dumps(content))
