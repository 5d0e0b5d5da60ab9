"""The report of one run or several as one HTML page: no scripts, nothing loaded from outside.

The same records give the same bytes: no clock and no random id goes into the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lis_sim.report.document import document
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.place import Place
from lis_sim.report.run_records import RunRecords
from lis_sim.report.run_sections import run_sections
from lis_sim.report.series import collect
from lis_sim.report.side_by_side import side_by_side

_LIVE = "The run writes this page anew as it goes on; an open tab loads it again every {} s."


def render_report(
    summary: Mapping[str, Any],
    windows: Iterable[Mapping[str, Any]],
    config_text: str | None = None,
    profiles: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the report of a finished run as a complete HTML document.

    Parameters:
        summary: the object of ``summary.json``.
        windows: the records of ``windows.jsonl``, in order; read once.
        config_text: the resolved ``config.yaml``, shown folded away.
        profiles: the preference data sets, described, as ``preferences.json`` has them.

    >>> summary = {"run": "demo <1>", "arms": [], "scores": [], "verdicts": []}
    >>> page = render_report(summary, [])
    >>> page.startswith("<!DOCTYPE html>"), "demo &lt;1&gt;" in page, "<script" in page
    (True, True, False)
    """
    return render_page([RunRecords(summary, collect(windows), config_text, profiles)])


def render_page(runs: Sequence[RunRecords], refresh_seconds: int | None = None) -> str:
    """Return one document about ``runs``, side by side where there are several.

    ``refresh_seconds`` lets an open tab load the page again and again: a live view of a run that
    goes on.
    """
    names = ", ".join(run.name for run in runs)
    title = f"Leakage Impact Score: {names}"
    content = _single(runs[0], title) if len(runs) == 1 else _several(runs)
    live = None
    if refresh_seconds is not None:
        live = element("p", _LIVE.format(refresh_seconds), class_="status")
    return document(title, live, content, refresh_seconds=refresh_seconds)


def _single(run: RunRecords, title: str) -> Markup:
    return join(element("h1", title), *run_sections(run, Place()))


def _several(runs: Sequence[RunRecords]) -> Markup:
    articles = [
        element(
            "article",
            element("h2", f"{k}. {run.name}", id=f"r{k}"),
            *run_sections(run, Place(f"r{k}-", 3)),
            aria_labelledby=f"r{k}",
        )
        for k, run in enumerate(runs, 1)
    ]
    links = (element("a", f"{k}. {run.name}", href=f"#r{k}") for k, run in enumerate(runs, 1))
    return join(
        element("h1", f"Leakage Impact Score: {len(runs)} runs"),
        element("nav", *links, aria_label="Runs"),
        side_by_side(runs, Place()),
        *articles,
    )
