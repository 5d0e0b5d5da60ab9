"""The measures of a preference data set's profile as label and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lis_sim.report.numbers import plain_text

Facts = Iterator[tuple[str, str]]


def preference_facts(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of every measure of a profile, in the order of reading."""
    return [
        *_support(profile["support"]),
        *_coverage(profile["coverage"]),
        *_age(profile["age"]),
        *_concentration(profile["concentration"]),
        *_popularity(profile["popularity"]),
        *_agreement(profile["agreement"]),
        *_with_label(profile["agreement"]["with_label"]),
        *_overlaps(profile["overlaps"]),
    ]


def _support(found: Mapping[str, Any]) -> Facts:
    yield (
        "evidence",
        f"{found['events']:,} events, {found['engagements']:,} engagements "
        f"({_percent(found['rate'])})",
    )
    for what, key in (("item", "per_item"), ("impression's item", "per_impression")):
        low, middle, high = found[key]
        yield (
            f"engagements per {what}",
            f"{middle:,.0f} in the middle, quartiles {low:,.0f} and {high:,.0f}",
        )


def _coverage(found: Mapping[str, Any]) -> Facts:
    yield "impressions whose item has a vector", _percent(found["impressions"])
    yield "items with a vector", _percent(found["items"])
    yield "users with evidence", f"{found['users']:,} of {found['users_of_log']:,}"


def _age(found: Mapping[str, Any] | None) -> Facts:
    if found is None:
        return
    yield "evidence from", f"{_utc(found['oldest_us'])} to {_utc(found['newest_us'])}"
    yield (
        "age of the evidence",
        f"{found['median_days']:.1f} days in the middle; newest {found['newest_days']:.1f} days, "
        f"{_percent(found['events_after'])} of the log's events come after it",
    )


def _concentration(found: Mapping[str, Any]) -> Facts:
    for what, of in (("items", "engagements"), ("users", "events")):
        yield (
            f"top 1 % of {what}",
            f"{_percent(found[what])} of its {of} (the log's: {_percent(found[f'{what}_of_log'])})",
        )


def _popularity(found: Mapping[str, Any]) -> Facts:
    yield "rank correlation with impressions", plain_text(found["impressions"], digits=2)
    yield "rank correlation with label rates", plain_text(found["label_rate"], digits=2)


def _agreement(found: Mapping[str, Any]) -> Facts:
    for what, words in (("rates", "on items' rates"), ("taste", "on taste")):
        if found[what] is None:
            continue
        value = plain_text(found[what], digits=3)
        label = plain_text(found[f"{what}_of_label"], digits=3)
        yield f"split-half agreement {words}", f"{value} (the label's: {label})"
        kept = found[f"{what}_kept"]
        if kept is not None and kept["low"] < kept["high"]:  # not the label itself
            interval = f"[{_percent(kept['low'])}, {_percent(kept['high'])}]"
            yield f"kept of the label's agreement {words}", f"{_percent(kept['value'])} {interval}"


def _with_label(found: Mapping[str, Any] | None) -> Facts:
    if found is not None:
        interval = f"[{found['low']:.3f}, {found['high']:.3f}]"
        yield "correlation with the event's label", f"{found['value']:.3f} {interval}"


def _overlaps(found: list[Mapping[str, Any]]) -> Facts:
    for one in found:
        yield (
            f"overlap with {one['other']}",
            f"{_percent(one['shared'])} of its engagements; {_percent(one['jaccard'])} of both",
        )


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def _utc(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
