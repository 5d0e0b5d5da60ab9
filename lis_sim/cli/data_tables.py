"""The tables of ``lis-sim data``: what was imported, what a dataset is like."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lis_sim.data.append import Appended
from lis_sim.data.dataset import Dataset
from lis_sim.data.describe import Description
from lis_sim.data.preferences_import import ImportedPairs

_DAYS_SHOWN = 31


def show_import(console: Console, dataset: Dataset) -> None:
    """Print what an import or a synthetic world came to."""
    record = dataset.record
    rows = [
        ("rows read", f"{record.rows_in:,}"),
        *((f"dropped: {reason}", f"{count:,}") for reason, count in record.dropped.items()),
        ("events", f"{record.rows:,}"),
        *([("negatives", record.negatives)] if record.negatives else []),
        ("users", f"{record.users:,}"),
        ("items", f"{record.items:,}"),
        ("label rate", f"{dataset.label_rate:.4f}"),
        ("from", _utc(record.start_us)),
        ("to", _utc(record.end_us)),
        ("representations", ", ".join(dataset.representations()) or "none"),
        ("fingerprint", record.fingerprint),
    ]
    console.print(_facts(f"{record.name}: {dataset.path}", rows))
    _show_blemishes(console, record.blemishes)


def show_appended(console: Console, done: Appended) -> None:
    """Print what became of appended rows."""
    rows = [
        ("rows read", f"{done.rows_in:,}"),
        *((f"dropped: {reason}", f"{count:,}") for reason, count in done.dropped.items()),
        ("events appended", f"{done.rows:,}"),
        *([("held back before", f"{done.held_before:,}")] if done.held_before else []),
        *([("held back now", f"{done.held:,}")] if done.held else []),
        ("new users", f"{done.users:,}"),
        ("new items", f"{done.items:,}"),
        ("parts", ", ".join(done.parts) or "none"),
        ("events in all", f"{done.dataset.rows:,}"),
        ("to", _utc(done.dataset.end_us)),
    ]
    console.print(_facts(f"{done.dataset.name}: {done.dataset.path}", rows))
    _show_blemishes(console, done.blemishes)


def show_pairs(console: Console, done: ImportedPairs) -> None:
    """Print what an import of pairs came to, and how a run uses them."""
    until = done.trained_until_us
    rows = [
        ("rows read", f"{done.rows_in:,}"),
        *((f"dropped: {reason}", f"{count:,}") for reason, count in done.dropped.items()),
        ("pairs", f"{done.rows:,}"),
        ("items", f"{done.items:,}"),
        ("users", "not given" if done.users is None else f"{done.users:,}"),
    ]
    if done.users_outside:
        rows.append(("pairs of users not in the log", f"{done.users_outside:,}"))
    if done.from_us is not None and done.to_us is not None:
        rows += [("from", _utc(done.from_us)), ("to", _utc(done.to_us))]
    else:
        rows.append(("trained until", "unknown" if until is None else _utc(until)))
    console.print(_facts(f"{done.name}: {done.path}", rows))
    if done.from_us is None and until is None:
        _show_blemishes(
            console,
            [
                "pairs with neither times nor trained_until cannot be used by a run: nobody can "
                "tell what they have seen"
            ],
        )
        return
    if done.users is None:
        _show_blemishes(
            console,
            [
                "pairs without users cannot be taken apart by user: leaked_crossfit will see what "
                "causal sees"
            ],
        )
    console.print(f"in a config: preferences: [{{name: {done.name}, kind: pairs}}]")


def show_description(console: Console, found: Description) -> None:
    """Print a :class:`Description`; leaks come last, where they are seen."""
    rows = [
        ("rows read", f"{found.rows_in:,}"),
        *((f"dropped: {reason}", f"{count:,}") for reason, count in found.dropped.items()),
        ("events", f"{found.rows:,}"),
        ("users", f"{found.users:,}"),
        ("items", f"{found.items:,} ({found.items_with_events:,} with events)"),
        ("from", _utc(found.start_us)),
        ("to", _utc(found.end_us)),
        ("label rate", f"{found.label_rate:.4f}"),
        ("negatives", found.negatives or "observed"),
        ("first events of users", f"{found.first_events_of_users:.1%} of events"),
        ("items with < 10 events", f"{found.cold_item_events:.1%} of events"),
        ("user, item, time repeated", f"{found.repeated_pairs:,}"),
        ("representations", ", ".join(found.representations) or "none"),
    ]
    console.print(_facts(found.name, rows))
    console.print(_days(found))
    console.print(_columns(found))
    _show_blemishes(console, found.blemishes)
    for leak in found.leaks:
        said = (
            f" {leak.column} alone reaches an AUC of {leak.auc:.4f}: declare it as an outcome "
            "unless it is truly known before the event"
        )
        console.print(Text.assemble(("leak", "red"), said))


def _facts(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(title=title, show_header=False)
    for name, value in rows:
        table.add_row(name, value)
    return table


def _days(found: Description) -> Table:
    table = Table("day", "events", "label rate", title="label rate per day (UTC)")
    days = found.label_rate_per_day
    half = _DAYS_SHOWN // 2
    for at, day in enumerate(days):
        if len(days) > _DAYS_SHOWN and half <= at < len(days) - half:
            if at == half:
                table.add_row("...", f"{len(days) - 2 * half:,} more days", "")
            continue
        table.add_row(day.day, f"{day.events:,}", f"{day.label_rate:.4f}")
    return table


def _columns(found: Description) -> Table:
    table = Table("column", "role", "AUC alone", "", title="what each column says by itself")
    for column in found.columns:
        note = Text("leak" if column in found.leaks else "", style="red")
        table.add_row(column.column, column.role, f"{column.auc:.4f}", note)
    return table


def _show_blemishes(console: Console, blemishes: Iterable[str]) -> None:
    for blemish in blemishes:
        console.print(Text.assemble(("blemish", "yellow"), f" {blemish}"))


def _utc(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
