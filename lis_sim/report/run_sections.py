"""The sections of one run, in the order in which a person needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lis_sim.report import slices_chart, waterfall
from lis_sim.report.arm_charts import auc_charts, calibration_charts
from lis_sim.report.drift_section import drift_section
from lis_sim.report.facts import facts, facts_line
from lis_sim.report.html_tables import arms_table, running_table, scores_legend, scores_table
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.metrics_section import metrics_section
from lis_sim.report.place import Place, card, chart_card, scrolled
from lis_sim.report.preference import preference_section
from lis_sim.report.run_records import RunRecords
from lis_sim.report.score_charts import score_charts
from lis_sim.report.verdicts_section import verdicts_section
from lis_sim.report.windows_table import windows_table
from lis_sim.report.words import LIMITS, score_group

_LINKS = (
    ("verdicts", "Verdicts"),
    ("scores", "Scores"),
    ("metrics", "Beside AUC"),
    ("drift", "Drift"),
    ("arms", "Arms"),
    ("windows", "Windows"),
    ("preference", "Preference data"),
    ("limits", "Limits"),
    ("settings", "Settings"),
)


def run_sections(run: RunRecords, place: Place) -> list[Markup]:
    """Return everything about ``run``, its verdicts first."""
    sections = {
        "verdicts": verdicts_section(run, place),
        "scores": _scores(run, place),
        "metrics": metrics_section(run.summary.get("metrics", ()), place),
        "drift": drift_section(run.series, place),
        "arms": _arms(run, place),
        "windows": _windows(run, place),
        "preference": preference_section(run.profiles, run.summary, place),
        "limits": _limits(place),
        "settings": _settings(run, place),
    }
    there = {name: section for name, section in sections.items() if section is not None}
    links = (
        element("a", title, href=f"#{place.anchor(name)}")
        for name, title in _LINKS
        if name in there
    )
    return [
        _status(run),
        element("p", facts_line(run.summary), class_="soft small"),
        element("nav", *links, aria_label=f"Sections of {run.name}"),
        *there.values(),
    ]


def _status(run: RunRecords) -> Markup:
    if run.finished:
        return Markup("")
    windows = len(run.series.end_us)
    how = "Following its log" if run.live else "Unfinished"
    words = f"{how}: {windows:,} window{'' if windows == 1 else 's'} so far."
    return element("p", words, class_="status", role="status")


def _scores(run: RunRecords, place: Place) -> Markup:
    entries = run.summary["scores"]
    groups = dict.fromkeys(score_group(entry) for entry in entries)
    parts = [_group(run, name, place) for name in groups]
    if entries:
        note = (
            "The bars share a scale within a slice. anytime: holds at every window at once. "
            "recent: older windows count less, half at a half-life"
            f"{_half_life(entries)}, with an interval of a single look. "
            "se: standard error, its three parts apart."
        )
        legend = element("p", note, class_="soft small")
        parts.append(card(scores_legend(entries), legend))
    return place.section("scores", "Scores", *parts)


def _group(run: RunRecords, name: str, place: Place) -> Markup:
    entries = [entry for entry in run.summary["scores"] if score_group(entry) == name]
    running = running_table(name, entries)
    title = f"Scores of {name}"
    return join(
        place.heading(name),
        score_charts(run, name),
        _pair(run, name),
        card(scrolled(title, scores_table(name, entries))),
        None if running is None else card(scrolled(f"{title} while a run goes", running)),
    )


def _pair(run: RunRecords, preference: str) -> Markup | None:
    """Return the two small charts of a preference data set beside each other."""
    if preference not in run.preferences:
        return None
    drawn = (
        ("From clean to naive", waterfall.waterfall(run, preference), waterfall.CAPTION),
        ("Slices", slices_chart.slices_chart(run, preference), slices_chart.CAPTION),
    )
    cards = [
        chart_card(svg, f"{title}, {preference}", caption)
        for title, svg, caption in drawn
        if svg is not None
    ]
    return element("div", *cards, class_="pair") if cards else None


def _half_life(scores: Iterable[Mapping[str, Any]]) -> str:
    found = (score["recent"]["half_life_windows"] for score in scores if score.get("recent"))
    half_life = next(found, None)
    return "" if half_life is None else f" of {half_life:g} windows"


def _arms(run: RunRecords, place: Place) -> Markup:
    if not run.summary["arms"] and not run.series.auc:
        return place.section("arms", "Arms", element("p", "No window yet.", class_="soft"))
    return place.section(
        "arms",
        "Arms",
        card(scrolled("Arms", arms_table(run.summary["arms"]))),
        auc_charts(run.series),
        calibration_charts(run.series),
    )


def _windows(run: RunRecords, place: Place) -> Markup | None:
    table = windows_table(run.series)
    return None if table is None else place.section("windows", "Windows", table)


def _limits(place: Place) -> Markup:
    items = (element("li", limit) for limit in LIMITS)
    return place.section("limits", "What these numbers do not tell", card(element("ul", *items)))


def _settings(run: RunRecords, place: Place) -> Markup:
    pairs = (join(element("dt", label), element("dd", text)) for label, text in facts(run.summary))
    folded = None
    if run.config_text is not None:
        folded = element(
            "details", element("summary", "resolved config.yaml"), element("pre", run.config_text)
        )
    return place.section("settings", "Settings", card(element("dl", *pairs), folded))
