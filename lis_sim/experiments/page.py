"""The page of a study: every figure with its interval, and what each part does."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from lis_sim import __version__
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.part import Part
from lis_sim.experiments.study import Study

_TINY = 1e-12

COLUMNS = ("figure", "value", "95 % interval", "target", "met", "detail")


def figure_cells(figure: Figure) -> tuple[str, ...]:
    """Return a figure as text, in the order of ``COLUMNS``.

    >>> figure_cells(Figure("null_coverage", 0.951, 0.9, 0.97, "0.93 to 0.97", "951 of 1000"))
    ('null_coverage', '0.951', '[0.9, 0.97]', '0.93 to 0.97', 'yes', '951 of 1000')
    """
    met = ("yes" if figure.met else "no") if figure.target else ""
    interval = ""
    if figure.low is not None and figure.high is not None:
        interval = f"[{_number(figure.low)}, {_number(figure.high)}]"
    value = "undefined" if figure.value is None else _number(figure.value)
    return (figure.name, value, interval, figure.target, met, figure.detail)


def page(study: Study, command: str) -> str:
    """Return the page in Markdown; ``command`` is what makes it again.

    The docstring of a part's class is the text of its section.
    """
    sections = [_head(study, command)]
    for part, figures in study.figures:
        sections.append(f"## {part.name}\n\n{_text(part)}\n\n{_table(figures)}\n")
    if study.failures:
        lines = [f"- `{key}`: {error}" for key, error in study.failures.items()]
        sections.append("## Tasks that failed\n\n" + "\n".join(lines) + "\n")
    return "\n".join(sections)


def _head(study: Study, command: str) -> str:
    size = "quick" if study.quick else "full"
    with_target = [figure for figure in study.all_figures if figure.target]
    met = sum(bool(figure.met) for figure in with_target)
    return (
        f"# Validation: the {size} study of lis-sim {__version__}\n\n"
        "Written by a command, not by hand; every number below comes from worlds whose truth "
        "is known.\n\n"
        f"```bash\n{command}\n```\n\n"
        f"{study.tasks:,} tasks, {study.core_seconds:,.0f} core-seconds in all; this command "
        f"took {study.wall_seconds:,.0f} s and found {study.kept:,} tasks finished. "
        f"{met} of {len(with_target)} targets met. Worlds with seeds 0 to 99 were used while "
        "developing; those below have seeds of 100 and more.\n"
    )


def _text(part: Part) -> str:
    return inspect.getdoc(type(part)) or ""


def _table(figures: Sequence[Figure]) -> str:
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(figure_cells(one) for one in figures)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows
    )


def _number(value: float) -> str:
    # What is left of rounding around 0 is 0.
    return f"{value if abs(value) > _TINY else 0.0:.4g}"
