"""Times in forms of their own, ids joined of columns, ignored columns by their beginning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.clock import Clock
from lis_sim.data.import_spec import ImportSpec, Joined, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.presets import parse_spec
from lis_sim.data.spec_file import spec_mapping
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import FIRST_S, csv_spec

HEAD = "user,item,time,label\n"
MOMENT = st.datetimes(datetime(1990, 1, 2), datetime(2067, 12, 30)).map(  # noqa: DTZ001
    lambda one: one.replace(microsecond=0)
)


@settings(max_examples=40)
@given(
    moment=MOMENT,
    pattern=st.sampled_from(
        ["%m/%d/%Y %I:%M:%S %p", "%d.%m.%y %H:%M:%S", "%Y%m%d%H%M%S", "%d/%b/%Y:%H:%M:%S %z",
         "%j of %Y, %H.%M.%S", "100%% %Y-%m-%d %H:%M:%S"]
    ),
)  # fmt: skip
def test_a_pattern_means_what_it_means_to_python(
    tmp_path_factory: pytest.TempPathFactory, moment: datetime, pattern: str
) -> None:
    folder = tmp_path_factory.mktemp("pattern")
    text = moment.replace(tzinfo=UTC).strftime(pattern)
    written = datetime.strptime(text, pattern)  # noqa: DTZ007
    expected = written if written.tzinfo else written.replace(tzinfo=UTC)
    rows = "".join(f'u,{item},"{text}",{item}\n' for item in (0, 1))
    log = import_log(csv_spec(folder, HEAD + rows, time_format=pattern), folder / "out")
    assert log.start_us == round(expected.timestamp()) * 1_000_000


def test_times_from_an_origin(tmp_path: Path) -> None:
    rows = "u,i,5,1\nu,j,0,0\n"
    log = import_log(csv_spec(tmp_path, HEAD + rows, time_origin="2020-02-01"), tmp_path / "a")
    first = datetime(2020, 2, 1, tzinfo=UTC).timestamp()
    assert (log.start_us, log.end_us) == (first * 1e6, first * 1e6 + 5e6)
    origin = "2020-02-01T01:00:00+01:00"
    spec = csv_spec(tmp_path, HEAD + rows, time_origin=origin, time_unit="ms")
    log = import_log(spec, tmp_path / "b")
    assert (log.start_us, log.end_us) == (first * 1e6, first * 1e6 + 5e3)


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        (
            "19/12/2023",
            {"time_format": "%m/%d/%Y"},
            "'19/12/2023'; accepted: a time in the form '%m",
        ),
        ("1/2/1970", {"time_format": "%m/%d/%Y"}, "accepted: .*between 1990 and 2100$"),
        ("-9999999999", {"time_origin": "2020-01-01"}, "accepted: seconds since 2020-01-01, betw"),
        ("5", {}, "accepted: seconds since 1970, between 1990 and 2100 .time_unit is 's'."),
    ],
)
def test_times_that_are_none(
    tmp_path: Path, text: str, changes: dict[str, Any], message: str
) -> None:
    spec = csv_spec(tmp_path, HEAD + f"u,i,{text},1\n", **changes)
    with pytest.raises(DataError, match=message):
        import_log(spec, tmp_path / "out")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pattern": "%Q"}, "time_format is '%Q'; accepted: a pattern of text and %Y"),
        ({"pattern": "%-d/%m"}, "time_format is '%-d/%m'"),
        ({"pattern": "%"}, "time_format is '%'"),
        ({"pattern": "today"}, "time_format is 'today'"),
        ({"origin": "soon"}, "time_origin is 'soon'; accepted: an ISO date"),
        ({"origin": "2020-01-01", "unit": "iso"}, "where times are no numbers; accepted: with the"),
        ({"origin": "2020-01-01", "pattern": "%Y"}, "where times are no numbers"),
    ],
)
def test_a_clock_that_is_none(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Clock(**settings)


def test_an_origin_and_times_that_are_some_already(tmp_path: Path) -> None:
    times = pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC"))
    columns: dict[str, Any] = {"user": [1, 2], "item": [1, 2], "time": times, "label": [0, 1]}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    spec = replace(csv_spec(tmp_path, ""), log=RawTable(("log.parquet",), "parquet"))
    assert import_log(spec, tmp_path / "out").rows == 2
    with pytest.raises(ConfigError, match=r"column 'time' is of type timestamp.*: a time already"):
        import_log(replace(spec, time_origin="2024-01-01"), tmp_path / "again")


PART = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=3
)


@settings(max_examples=15)
@given(ids=st.lists(st.tuples(PART, PART), min_size=1, max_size=12))
def test_joined_ids_are_equal_where_all_columns_are(
    tmp_path_factory: pytest.TempPathFactory, ids: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("joined")
    ids = [("a", "b c"), ("a b", "c"), *ids]
    columns: dict[str, Any] = {
        "a": [a for a, _ in ids],
        "b": [b for _, b in ids],
        "item": [at % 2 for at in range(len(ids))],
        "time": [FIRST_S] * len(ids),
        "label": [at % 2 for at in range(len(ids))],
    }
    pq.write_table(pa.table(columns), folder / "log.parquet")
    table = RawTable(("log.parquet",), "parquet")
    spec = ImportSpec("j", table, "both", "item", "time", "label", ignored=("a", "b"))
    spec = replace(spec, joined=(Joined("both", ("a", "b")),))
    log = import_log(spec.at(folder), folder / "out")
    seen = list(dict.fromkeys(ids))
    [block] = log.blocks()
    assert block.user.tolist() == [seen.index(one) for one in ids]


@pytest.mark.parametrize(
    ("joined", "message"),
    [
        ({"who": ["user", "nobody"]}, "no column 'nobody' to join in 'who'; it has: user, item"),
        ({"Label": ["user", "item"]}, "both called 'Label' .case does not count."),
        ({"other": ["user", "item"]}, "has undeclared columns: other; give each a role"),
    ],
)
def test_columns_that_cannot_be_joined(
    tmp_path: Path, joined: dict[str, list[str]], message: str
) -> None:
    made = tuple(Joined(name, tuple(columns)) for name, columns in joined.items())
    user = "who" if "who" in joined else "user"
    ignored = ("user",) if user == "who" else ()
    spec = csv_spec(tmp_path, HEAD + f"u,i,{FIRST_S},1\n")
    with pytest.raises(DataError, match=message):
        import_log(replace(spec, joined=made, user=user, ignored=ignored), tmp_path / "out")


def test_a_missing_part_makes_no_id(tmp_path: Path) -> None:
    text = f"a,b,item,time,label\nx,y,i,{FIRST_S},1\nx,,i,{FIRST_S},0\n"
    spec = csv_spec(tmp_path, text, joined=(Joined("who", ("a", "b")),), user="who")
    with pytest.raises(DataError, match=r"row 2 .line 3., column 'who': no value; accepted: an id"):
        import_log(replace(spec, ignored=("a", "b")), tmp_path / "out")


SPEC = {"name": "n", "files": ["log.csv"], "user": "u", "item": "i", "time": "t", "label": "l"}


def test_such_a_spec_reads_back_as_itself() -> None:
    content = {**SPEC, "joined": {"u": ["a", "b"]}, "time_origin": "2024-01-01", "ignored": ["a*"]}
    spec = parse_spec(content, "mine.yaml")
    assert spec.joined == (Joined("u", ("a", "b")),)
    assert parse_spec(spec_mapping(spec), "again") == spec


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joined": ["u"]}, "joined is .*; accepted: a group with a list of columns"),
        ({"joined": {"u": ["a"]}}, "joined: u is made of 1 columns; accepted: a list of at least"),
        ({"joined": {"../u": ["a", "b"]}}, "becomes the name of a file"),
        ({"joined": {"u": [1, 2]}}, "joined: u is .*; accepted: a list of names"),
        ({"time_format": "%Q"}, "mine.yaml: time_format is '%Q'"),
    ],
)
def test_such_settings_that_are_none(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_spec({**SPEC, **changes}, "mine.yaml")


def test_ignored_columns_by_their_beginning(tmp_path: Path) -> None:
    text = f"user,item,time,label,x_1,x_2,x*\nu,i,{FIRST_S},1,2,3,4\nu,i,{FIRST_S},0,2,3,4\n"
    spec = csv_spec(tmp_path, text)
    assert import_log(replace(spec, ignored=("x_*", "x*")), tmp_path / "a").rows == 2
    with pytest.raises(DataError, match=r"has undeclared columns: x_1, x_2; give"):
        import_log(replace(spec, ignored=("x*",)), tmp_path / "b")  # a column of that very name
    with pytest.raises(DataError, match=r"no column 'y_\*' .declared as ignored."):
        import_log(replace(spec, ignored=("x_*", "x*", "y_*")), tmp_path / "c")


def test_the_index_that_pandas_writes(tmp_path: Path) -> None:
    text = f",user,item,time,label\n0,u,i,{FIRST_S},1\n1,u,i,{FIRST_S},0\n"
    spec = csv_spec(tmp_path, text)
    with pytest.raises(DataError, match="has undeclared columns: unnamed; give"):
        import_log(spec, tmp_path / "out")
    assert import_log(replace(spec, ignored=("unnamed",)), tmp_path / "out").rows == 2
