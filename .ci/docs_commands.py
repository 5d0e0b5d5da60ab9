"""The commands of lis-sim with their arguments and options, as the program has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
from typer.main import get_command


def commands() -> str:
    """Return the Markdown of every command: its words, and a table of what it takes."""
    from lis_sim.cli import app

    top = get_command(app)
    return "\n\n".join("\n\n".join(_command(path, one)) for path, one in _all("lis-sim", top))


def _all(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name in inner:
        yield from _all(f"{path} {name}", inner[name])


def _command(path: str, command: click.Command) -> Iterator[str]:
    yield f"## {path}"
    yield _words(command.help or "")
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    rows = [f"| {_name(one)} | {_words(getattr(one, 'help', None) or '')} |" for one in shown]
    if rows:
        yield "\n".join(["| takes | which is |", "|---|---|", *rows])


def _name(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "argument":
        name = (parameter.name or "").upper().rstrip("_")
        return f"`{name}`" if parameter.required else f"`[{name}]`"
    return " ".join(f"`{one}`" for one in (*parameter.opts, *parameter.secondary_opts))


def _words(text: str) -> str:
    """Return ``text`` in lines as a page has them; what is in brackets is no link."""
    plain = re.sub(r"\s*\n\s*(?=\S)", " ", re.sub(r"\n\s*\n", "\0", text.strip()))
    return plain.replace("\0", "\n\n").replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")
