"""What do users, sessions and items of a log look like? The source of the world's defaults.

``python -m benchmarks.log_statistics CONFIG [CONFIG ...]``

One number a line, the same for a real log and for the built-in world, so that the two can be
held against each other (``docs/worlds.md``). Residuals are labels minus the rate of their
item and the difference that one context column (KuaiRand's ``tab``) makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from lis_sim.config import load_config
from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.training.source import open_source
from lis_sim.types import Bool, EventBlock, Float64, Int32, Int64

SESSION_US = 1_800_000_000  # a longer gap ends a session
DAY_US = 86_400_000_000
NEW_DAYS = 7
CONTEXT = ("tab", "surface")


def users(block: EventBlock) -> Iterator[tuple[str, float]]:
    """How much of the log the most active users make."""
    events = np.sort(np.bincount(block.user))[::-1].astype(np.float64)
    tenth = len(events) // 10
    yield "share of the most active tenth of the users", events[:tenth].sum() / events.sum()
    # Hill 1975, "A simple general approach to inference about the tail of a distribution".
    yield "Pareto exponent of their activity", 1 / np.log(events[:tenth] / events[tenth]).mean()


def sessions(block: EventBlock, residual: Float64) -> Iterator[tuple[str, float]]:
    """How events of a user come together, and what their labels share."""
    order = np.lexsort((block.time_us, block.user))
    user, time_us, rest = block.user[order], block.time_us[order], residual[order]
    gap_us = np.diff(time_us)
    same = np.diff(user) == 0
    within = same & (gap_us <= SESSION_US)
    session = np.cumsum(np.append(True, ~within))
    yield "mean events of a session", len(user) / session[-1]
    yield "mean seconds between events of a session", gap_us[within].mean() / 1e6
    near, near_pairs = products(session, rest)
    whole, whole_pairs = products(user, rest)
    yield "residual covariance within a session", near / near_pairs
    yield "residual covariance across sessions", (whole - near) / (whole_pairs - near_pairs)
    yield "forgetting of a user's residuals a day", forgetting(user, time_us, rest)


def products(group: Int32 | Int64, values: Float64) -> tuple[float, float]:
    """Return the sum of products of all ordered pairs within groups, and the number of pairs."""
    group = np.unique(group, return_inverse=True)[1]
    sums, squares = np.bincount(group, values), np.bincount(group, values**2)
    sizes = np.bincount(group)
    return float((sums**2 - squares).sum()), float((sizes * (sizes - 1)).sum())


def forgetting(user: Int32, time_us: Int64, residual: Float64) -> float:
    """Return the rate of an exponential decay of covariance, from pairs 6 hours and more apart.

    Weighted least squares of the logarithm over bins of one day; undefined without decay.
    """
    days = int((time_us.max() - time_us.min()) // DAY_US) + 1
    total, pairs = np.zeros(days), np.zeros(days)
    for lag in range(1, 40):
        apart = (time_us[lag:] - time_us[:-lag])[user[lag:] == user[:-lag]]
        product = (residual[lag:] * residual[:-lag])[user[lag:] == user[:-lag]]
        far = apart >= DAY_US // 4
        at = apart[far] // DAY_US
        total += np.bincount(at, product[far], days)
        pairs += np.bincount(at, minlength=days)
    used = total > 0
    covariance = total[used] / pairs[used]
    return float(-np.polyfit(np.flatnonzero(used), np.log(covariance), 1, w=pairs[used] ** 0.5)[0])


def items(block: EventBlock) -> Iterator[tuple[str, float]]:
    """How different items are in exposure and appeal, and how exposure depends on age."""
    shown = np.bincount(block.item)
    engaged = np.bincount(block.item, block.label)
    yield "deviation of the logarithm of an item's events", float(np.log(shown).std())
    often = shown >= 50
    rate = engaged[often] / shown[often]
    noise = (rate * (1 - rate) / shown[often]).mean()
    spread = np.sqrt(max(rate.var() - noise, 0.0)) / (rate.mean() * (1 - rate.mean()))
    yield "deviation of an item's logit (50 events and more)", float(spread)
    begin, end = block.time_us[0], block.time_us[-1]
    first = np.full(len(shown), end)
    np.minimum.at(first, block.item, block.time_us)
    # Items that appeared well after the log did, and long enough before its end.
    known = (first > begin + (end - begin) // 6) & (first < end - (end - begin) // 3)
    age = (block.time_us - first[block.item]) / DAY_US
    counted = known[block.item] & (age > 0)
    last = (end - begin) / 3 / DAY_US
    if last <= NEW_DAYS:
        return  # too short a log
    new = (counted & (age < NEW_DAYS)).sum() / NEW_DAYS
    old = (counted & (age >= NEW_DAYS) & (age < last)).sum() / (last - NEW_DAYS)
    yield f"exposure of items up to {NEW_DAYS} days old over older ones", float(new / old)


def outcomes(log: Dataset, label: Bool) -> Iterator[tuple[str, float]]:
    """Levels of the outcome columns, for label 0 and 1."""
    for name in log.record.outcomes:
        values = pq.read_table(log.path / "events", columns=[name]).column(name).to_numpy()
        for engaged in (False, True):
            of = values[label == engaged].astype(np.float64)
            yield f"{name} given label {int(engaged)}: mean", float(of.mean())
            if of.max() > 1.0 and of.min() >= 0.0:
                logs = np.log(of[of > 0])
                yield f"{name} given label {int(engaged)}: mean of logarithm", float(logs.mean())
                yield f"{name} given label {int(engaged)}: its deviation", float(logs.std())


def residuals(log: Dataset, block: EventBlock) -> tuple[Float64, float]:
    """Return the residuals and the deviation of the context's logit (NaN without one)."""
    label = block.label.astype(np.float64)
    mean = label.mean()
    others = np.bincount(block.item, label)[block.item] - label
    shown = np.bincount(block.item)[block.item]
    rest = label - (others + 5 * mean) / (shown - 1 + 5)
    names = [column.name for column in log.schema.categorical]
    context = next((name for name in CONTEXT if name in names), None)
    if context is None:
        return rest - rest.mean(), float("nan")
    value = block.categorical[:, names.index(context)]
    rate = np.bincount(value, label) / np.maximum(np.bincount(value), 1)
    clipped = np.clip(rate, 0.01, 0.99)[value]
    rest -= rate[value] - mean
    return rest - rest.mean(), float(np.log(clipped / (1 - clipped)).std())


def main() -> None:
    """Print the statistics of the log of every config."""
    for path in sys.argv[1:]:
        log = open_source(load_config(Path(path)).data)
        block = concatenate(list(log.blocks()))
        residual, context = residuals(log, block)
        print(f"{log.name}: {len(block):,} events, label rate {log.label_rate:.3f}")
        rows = [*users(block), *sessions(block, residual), *items(block)]
        rows += [("deviation of the context's logit", context)]
        rows += outcomes(log, block.label == 1)
        for name, value in rows:
            print(f"  {name:60s} {value:10.4f}")


if __name__ == "__main__":
    main()
