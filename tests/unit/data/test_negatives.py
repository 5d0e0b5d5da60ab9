"""Sampled negatives: items met by then, none engaged, and nothing that newness alone would tell."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.append import append_rows
from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ItemsSource, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.negative_rows import FIRST_OF_ITEM
from lis_sim.data.negatives import Negatives, NegativeSampler
from lis_sim.data.presets import parse_spec
from lis_sim.data.spec_file import spec_mapping
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import FIRST_S, csv_spec

Event = tuple[int, int, bool]  # user, item, negative
LOG = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=60)


def numbered(log: list[tuple[int, int]]) -> tuple[Any, Any]:
    """Return users and items, items numbered by first appearance."""
    user, item = (np.array(column) for column in zip(*log, strict=True))
    return user.astype(np.int32), Vocabulary().encode(pa.array(item))


def drawn(log: list[tuple[int, int]], settings: Negatives, cuts: list[int]) -> list[Event]:
    """Return all events when the log is given in the pieces between ``cuts``."""
    user, item = numbered(log)
    sampler, found, edges = NegativeSampler(settings), [], [0, *sorted(cuts), len(log)]
    for first, end in pairwise(edges):
        one = sampler.draw(user[first:end], item[first:end])
        users = user[first:end][one.row]
        found += list(zip(users.tolist(), one.item.tolist(), one.negative.tolist(), strict=True))
    assert sampler.sampled == sum(negative for *_, negative in found)
    wanted = settings.per_positive * sum(not negative for *_, negative in found)
    assert sampler.missing == wanted - sampler.sampled
    return found


@settings(max_examples=80)
@given(
    log=LOG,
    per_positive=st.integers(1, 4),
    seed=st.integers(0, 3),
    cuts=st.lists(st.integers(0, 60), max_size=5),
)
def test_every_negative_could_have_been_shown_and_was_not_engaged(
    log: list[tuple[int, int]], per_positive: int, seed: int, cuts: list[int]
) -> None:
    cuts = [min(cut, len(log)) for cut in cuts]
    found = iter(drawn(log, Negatives(per_positive, seed), cuts))
    user, item = (column.tolist() for column in numbered(log))
    engaged: set[tuple[int, int]] = set()
    met: set[int] = set()
    following = next(found, None)
    for who, what in zip(user, item, strict=True):
        engaged.add((who, what))
        if what not in met:
            met.add(what)  # its first event is left out
            continue
        assert following == (who, what, False)
        negatives = []
        while (following := next(found, None)) is not None and following[2]:
            assert following[0] == who
            negatives.append(following[1])
        possible = {one for one in met if (who, one) not in engaged}
        assert set(negatives) <= possible
        assert len(negatives) == len(set(negatives))
        # 32 draws miss what half of the items would do for once in 2^32.
        assert len(negatives) <= min(per_positive, len(possible))
        assert negatives or not possible or len(possible) < len(met) / 2
    assert following is None


@settings(max_examples=25)
@given(log=LOG, cuts=st.lists(st.integers(0, 60), max_size=6))
def test_how_the_log_is_cut_changes_nothing(log: list[tuple[int, int]], cuts: list[int]) -> None:
    cuts = [min(cut, len(log)) for cut in cuts]
    assert drawn(log, Negatives(3), cuts) == drawn(log, Negatives(3), [])


def test_draws_are_even_and_follow_the_seed() -> None:
    items, rows = 50, 20_000
    log = [(0, item) for item in range(items)] + [(1 + row, row % items) for row in range(rows)]
    found = {seed: drawn(log, Negatives(2, seed), []) for seed in (0, 1)}
    assert found[0] != found[1]
    for events in found.values():
        counts = np.bincount([item for _, item, negative in events if negative], minlength=items)
        # 800 each, standard deviation 28; the largest of 100 such is within four.
        assert abs(counts - 2 * rows / items).max() < 4 * 28.3


def write(folder: Path, rows: int = 300) -> str:
    draw = np.random.default_rng(0)
    users, items = draw.integers(8, size=rows), draw.integers(40, size=rows)
    lines = [f"u{u},i{i},{FIRST_S + n},{'xy'[n % 2]},{n}"
             for n, (u, i) in enumerate(zip(users, items, strict=True))]  # fmt: skip
    genres = "".join(f"i{at},genre-{at % 5}\n" for at in range(41))
    (folder / "items.csv").write_text("item,genre\n" + genres)
    return "user,item,time,place,dwell\n" + "\n".join(lines) + "\n"


def imported(folder: Path, out: str = "out", **changes: Any) -> Dataset:
    spec = csv_spec(folder, write(folder), label="", negatives=Negatives(3))
    source = ItemsSource(RawTable(("items.csv",)), "item", (Feature("genre"),))
    spec = replace(spec, items=source, categorical=(Feature("place"),), outcomes=("dwell",))
    return import_log(replace(spec, **changes), folder / out)


def test_a_log_of_positives_becomes_one_with_sampled_negatives(tmp_path: Path) -> None:
    log = imported(tmp_path)
    record = log.record
    block = concatenate(list(log.blocks()))
    negative = block.label == 0
    assert record.rows_in == 300
    assert record.dropped == {FIRST_OF_ITEM: 40}
    assert record.positives == 260
    assert record.sampled == int(negative.sum())
    assert record.rows == 260 + record.sampled == record.rows_in + record.sampled - 40
    assert record.negatives == str(Negatives(3))
    # Numbered by first appearance, whether shown first as a positive or drawn.
    for index, size in ((block.user, record.users), (block.item, record.items - 1)):
        assert list(dict.fromkeys(index.tolist())) == list(range(size))
    stored = pq.read_table(log.path / "events" / "part-00000.parquet")
    dwell: list[Any] = stored.column("dwell").to_pylist()
    assert [value is None for value in dwell] == negative.tolist()
    # What is the item's is that of the drawn one, what is the moment's that of the positive.
    items, genres = log.vocab("item").to_pylist(), log.vocab("genre").to_pylist()
    genre: list[Any] = stored.column("genre").to_pylist()
    for at, item in enumerate(block.item):
        assert genres[genre[at]] == f"genre-{int(items[item][1:]) % 5}"
    places, last = log.vocab("place").to_pylist(), 0
    place_of: list[Any] = stored.column("place").to_pylist()
    for at, place in enumerate(place_of):
        last = last if negative[at] else int(dwell[at])
        assert places[place] == "xy"[last % 2]
        assert block.time_us[at] == (FIRST_S + last) * 1_000_000


def test_sampling_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = imported(tmp_path, "a"), imported(tmp_path, "b", name="small")
    other = imported(tmp_path, "c", negatives=Negatives(3, seed=1))
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_negatives_are_said_where_they_cannot_be(tmp_path: Path) -> None:
    text = f"user,item,time,label\na,x,{FIRST_S},1\nb,x,{FIRST_S},1\nc,x,{FIRST_S},0\n"
    spec = csv_spec(tmp_path, text, negatives=Negatives(1))
    with pytest.raises(DataError, match=r"1 of 3 events have label 0 .label is 'label'., and neg"):
        import_log(spec, tmp_path / "out")
    spec = csv_spec(tmp_path, text.replace(",0\n", ",1\n"), negatives=Negatives(1))
    with pytest.raises(DataError, match="the 2 events left of 3 have one label"):
        import_log(spec, tmp_path / "out")
    log = imported(tmp_path)
    with pytest.raises(DataError, match=r"has sampled negatives: 3 a positive, .*as a whole"):
        append_rows(log.path, [tmp_path / "log.csv"], tmp_path)


def test_users_who_have_seen_it_all(tmp_path: Path) -> None:
    rows = [("a", "x"), ("a", "y"), ("a", "x"), ("b", "x"), ("b", "y"), ("b", "x")]
    text = "".join(f"{u},{i},{FIRST_S + n}\n" for n, (u, i) in enumerate(rows))
    spec = csv_spec(tmp_path, "user,item,time\n" + text, label="", negatives=Negatives(1))
    log = import_log(spec, tmp_path / "out")
    assert log.record.sampled == 1
    [block] = log.blocks()
    assert block.label.tolist() == [1, 1, 0, 1, 1]
    assert any(one.startswith("3 negatives could not be drawn") for one in log.record.blemishes)


GOOD = {"name": "n", "files": ["log.csv"], "user": "u", "item": "i", "time": "t"}


def test_such_a_spec_reads_back_as_itself() -> None:
    spec = parse_spec({**GOOD, "negatives": {"per_positive": 4, "seed": 2}}, "mine.yaml")
    assert (spec.negatives, spec.label) == (Negatives(4, 2), "")
    assert parse_spec(spec_mapping(spec), "again") == spec


@pytest.mark.parametrize(
    ("negatives", "message"),
    [
        (4, "negatives is 4; accepted: a group with per_positive"),
        ({"seed": 1}, "negatives: per_positive is missing"),
        ({"per_positive": 0}, "per_positive is 0; accepted: a whole number from 1 to 100"),
        ({"per_positive": 1.5}, "per_positive is 1.5; accepted: a whole number"),
        ({"per_positive": True}, "per_positive is True; accepted: a whole number"),
        ({"per_positive": 1, "seed": -1}, "seed is -1; accepted: a whole number from 0"),
        ({"per_postive": 1}, "unknown key 'per_postive'; did you mean 'per_positive'"),
    ],
)
def test_negatives_that_are_none(negatives: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_spec({**GOOD, "negatives": negatives}, "mine.yaml")


def test_negatives_of_a_slate() -> None:
    content: dict[str, Any] = {**GOOD, "slate": {"shown": "s", "mark": "-"}}
    del content["item"]
    with pytest.raises(ConfigError, match="negatives are given beside a slate, which says what"):
        parse_spec({**content, "negatives": {"per_positive": 1}}, "mine.yaml")
