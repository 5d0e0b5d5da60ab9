"""The report of a run as one HTML page: no scripts, nothing loaded from outside.

The same records give the same bytes: no clock and no random id goes into the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from lis_sim.report.facts import facts, facts_line, trained_until_notes
from lis_sim.report.figure import auc_figure, scores_figure
from lis_sim.report.html_tables import arms_table, running_table, scores_legend, scores_table
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.preference import preference_section
from lis_sim.report.series import Series, collect
from lis_sim.report.words import (
    LIMITS,
    score_group,
    users_needed_words,
    verdict_subject,
    verdict_words,
)

Summary = Mapping[str, Any]


def render_report(
    summary: Summary,
    windows: Iterable[Mapping[str, Any]],
    config_text: str | None = None,
    profiles: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the report of a run as a complete HTML document.

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
    series = collect(windows)
    title = f"Leakage Impact Score: {summary['run']}"
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", title),
        element("style", Markup(files("lis_sim.report").joinpath("report.css").read_text())),
    )
    main = element(
        "main",
        element("h1", title),
        element("p", facts_line(summary), class_="soft small"),
        _verdicts(summary),
        _scores(summary, series),
        _arms(summary, series),
        preference_section(profiles, summary),
        _limits(),
        _settings(summary, config_text),
    )
    return "<!DOCTYPE html>\n" + element("html", head, element("body", main), lang="en") + "\n"


def _verdicts(summary: Summary) -> Markup:
    notes = [element("p", note, class_="soft small") for note in trained_until_notes(summary)]
    if summary.get("replicates") == 1:
        notes.append(element("p", "One replicate: this training run only.", class_="soft small"))
    return join(*(_verdict(verdict) for verdict in summary.get("verdicts", ())), *notes)


def _verdict(verdict: Mapping[str, Any]) -> Markup:
    words = verdict_words(verdict)
    needed = users_needed_words(verdict)
    return element(
        "section",
        element("div", verdict_subject(verdict), class_="soft small"),
        element("h3", words.headline),
        element("p", verdict.get("because")),
        element("p", needed) if needed else None,
        element("p", element("b", words.advice)) if words.advice else None,
        element("div", f"verdict: {verdict['verdict']}", class_="soft small"),
        class_=f"card verdict {verdict['verdict']}",
    )


def _scores(summary: Summary, series: Series) -> Markup:
    parts = []
    for k, name in enumerate(dict.fromkeys(score_group(score) for score in summary["scores"])):
        entries = [score for score in summary["scores"] if score_group(score) == name]
        parts.append(_card(scores_table(name, entries)))
        if name in series.scores:
            parts.append(
                _figure(
                    scores_figure(series, name, f"scores{k}"),
                    "Scores so far, at the end of each window, all slices together. The light "
                    "bands hold at every window at once (95%): a run may be stopped when one "
                    "leaves 0. The darker bands are 95% intervals of a single look, at a time "
                    "fixed in advance.",
                )
            )
        running = running_table(name, entries)
        if running is not None:
            parts.append(_card(running))
    if parts:
        note = (
            "The bars share a scale within a slice. anytime: holds at every window at once. "
            "recent: older windows count less, half at a half-life"
            f"{_half_life(summary['scores'])}, with an interval of a single look. "
            "se: standard error, its three parts apart."
        )
        legend = element("p", note, class_="soft small")
        parts.append(_card(scores_legend(summary["scores"]), legend))
    return join(element("h2", "Scores"), *parts)


def _half_life(scores: Iterable[Mapping[str, Any]]) -> str:
    found = (score["recent"]["half_life_windows"] for score in scores if score.get("recent"))
    half_life = next(found, None)
    return "" if half_life is None else f" of {half_life:g} windows"


def _arms(summary: Summary, series: Series) -> Markup:
    figure = None
    if series.auc:
        figure = _figure(
            auc_figure(series, "auc"),
            "AUC of each window by itself, mean of the replicates. A gap is a window with one "
            "class only, which has no AUC.",
        )
    return join(element("h2", "Arms"), _card(arms_table(summary["arms"])), figure)


def _limits() -> Markup:
    items = (element("li", limit) for limit in LIMITS)
    return join(element("h2", "What these numbers do not tell"), _card(element("ul", *items)))


def _settings(summary: Summary, config_text: str | None) -> Markup:
    pairs = (join(element("dt", label), element("dd", text)) for label, text in facts(summary))
    folded = None
    if config_text is not None:
        folded = element(
            "details", element("summary", "resolved config.yaml"), element("pre", config_text)
        )
    return join(element("h2", "Settings"), _card(element("dl", *pairs), folded))


def _card(*content: Markup | None) -> Markup:
    return element("section", *content, class_="card")


def _figure(svg: Markup, caption: str) -> Markup:
    return _card(element("figure", svg, element("figcaption", caption)))
