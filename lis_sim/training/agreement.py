"""Whether two finished runs scored the same events with the same luck; every reason if not."""

from __future__ import annotations

from collections.abc import Iterator

from lis_sim.errors import RunError
from lis_sim.training.finished import FinishedRun

# (key of summary.json, what it is called, the setting that decides it)
_NUMBERS = (
    ("warmup_windows", "warm-up windows", "stream.warmup"),
    ("replicates", "replicates", "replicates"),
    ("seed", "seed of the replicates", "seed"),
)


def refuse_unlike(first: FinishedRun, second: FinishedRun) -> None:
    """Raise :class:`RunError` with every reason why the runs' differences would not be paired.

    The log must be the same by fingerprint and cut into the same windows with the same warm-up,
    or users and items have nothing to be paired by; replicates and seed must be the same, or
    training luck has not.
    """
    reasons = [*_logs(first, second), *_windows(first, second), *_numbers(first, second)]
    if reasons:
        listed = "".join(f"\n  {reason}" for reason in reasons)
        raise RunError(f"{first.name} and {second.name} cannot be compared:{listed}")


def _logs(first: FinishedRun, second: FinishedRun) -> Iterator[str]:
    one, other = (run.identity["data"]["events"] for run in (first, second))
    if one != other:
        yield (
            f"log: {first.summary['dataset']['name']} with fingerprint {one} in the first, "
            f"{second.summary['dataset']['name']} with {other} in the second; accepted: the same "
            "events and ids; run both configs on one dataset"
        )


def _windows(first: FinishedRun, second: FinishedRun) -> Iterator[str]:
    to_do = "accepted: the same windows; give both configs one stream.window"
    if len(first.windows) != len(second.windows):
        yield (
            f"windows: {len(first.windows)} in the first, {len(second.windows)} in the second; "
            f"{to_do}"
        )
        return
    for a, b in zip(first.windows, second.windows, strict=True):
        if a != b:
            yield (
                f"windows: window {a.index} is [{a.start_us}, {a.end_us}) us with {a.events:,} "
                f"events in the first, [{b.start_us}, {b.end_us}) us with {b.events:,} in the "
                f"second; {to_do}"
            )
            return


def _numbers(first: FinishedRun, second: FinishedRun) -> Iterator[str]:
    for key, label, setting in _NUMBERS:
        one, other = first.summary[key], second.summary[key]
        if one != other:
            yield (
                f"{label}: {one} in the first, {other} in the second; accepted: the same number; "
                f"give both configs one `{setting}`"
            )
