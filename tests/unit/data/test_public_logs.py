"""Presets of public logs, each on a small file written as the public one is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.importing import import_log
from lis_sim.data.presets import load_preset
from lis_sim.errors import DataError

# user, item, UTC time, label: what every preset must find, in the order of the log
Event = tuple[Any, Any, datetime, int]
START = datetime(2019, 11, 11, 9, 5, 58, tzinfo=UTC)


def events(log: Dataset) -> list[Event]:
    block = concatenate(list(log.blocks()))
    users, items = log.vocab("user").to_pylist(), log.vocab("item").to_pylist()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        (users[u], items[i], epoch + timedelta(microseconds=int(t)), int(y))
        for u, i, t, y in zip(block.user, block.item, block.time_us, block.label, strict=True)
    ]


def stored(log: Dataset, name: str) -> list[Any]:
    parts = (pq.read_table(log.path / "events" / file.name) for file in log.record.files)
    return [value for part in parts for value in part.column(name).to_pylist()]


def values(log: Dataset, name: str) -> list[Any]:
    """Return the original values of a categorical column, by event."""
    vocabulary = log.vocab(name).to_pylist()
    return [vocabulary[at] for at in stored(log, name)]


def imported(preset: str, folder: Path, rows: Sequence[Event], file: str = "") -> Dataset:
    """Import the files in ``folder``; every row must be used, and none changed."""
    spec = load_preset(preset).at(folder)
    spec = replace(spec, log=replace(spec.log, files=(file,))) if file else spec
    log = import_log(spec, folder / "out")
    expected = sorted(rows, key=lambda event: event[2])
    assert events(log) == expected
    assert log.record.rows_in == log.record.rows == len(expected)
    assert log.record.dropped == {}
    assert log.record.positives == sum(event[3] for event in expected)
    return log


def ratings(half_stars: bool, seed: int = 0) -> list[tuple[int, int, float, int]]:
    """Return user, movie, rating and time in the order of MovieLens: by user, not by time."""
    draw = np.random.default_rng(seed)
    found = []
    for user in range(1, 8):
        for movie in draw.permutation(9)[:5]:
            stars = draw.integers(1, 11) / 2 if half_stars else float(draw.integers(1, 6))
            found.append((user, int(movie) + 1, stars, 978_300_000 + int(draw.integers(10**6))))
    return [*found, (8, 1, 5.0, 978_300_000), (8, 2, 3.5 if half_stars else 3.0, 978_300_001)]


def liked(rows: Sequence[tuple[int, int, float, int]]) -> list[Event]:
    return [(u, m, datetime.fromtimestamp(t, UTC), int(stars >= 4)) for u, m, stars, t in rows]


def test_movielens_1m(tmp_path: Path) -> None:
    rows = ratings(half_stars=False)
    lines = [f"{user}::{movie}::{stars:.0f}::{time}" for user, movie, stars, time in rows]
    (tmp_path / "ratings.dat").write_text("\n".join(lines) + "\n")
    # Titles are of Latin-1, and hold quotes and commas.
    movies = ["1::Toy Story (1995)::Animation|Children's|Comedy",
              "2::Misérables, Les (1995)::Drama|Musical",
              '3::"Great" Escape, The (1963)::Adventure|War']  # fmt: skip
    movies += [f"{movie}::Movie {movie} (1999)::Drama" for movie in range(4, 12)]
    (tmp_path / "movies.dat").write_bytes(("\n".join(movies) + "\n").encode("latin-1"))
    (tmp_path / "users.dat").write_text("1::F::1::10::48067\n")
    log = imported("movielens_1m", tmp_path, liked(rows))
    assert log.record.items == 11  # also those that nobody rated
    by_item = dict(zip(stored(log, "item"), values(log, "genres"), strict=True))
    items = log.vocab("item").to_pylist()
    genres = {items[item]: genre for item, genre in by_item.items()}
    assert genres[1] == "Animation|Children's|Comedy"
    assert genres[2] == "Drama|Musical"


@pytest.mark.parametrize("preset", ["movielens_25m", "movielens_32m", "movielens_csv"])
def test_movielens_with_half_stars(tmp_path: Path, preset: str) -> None:
    rows = ratings(half_stars=True)
    lines = [f"{user},{movie},{stars},{time}" for user, movie, stars, time in rows]
    head = "userId,movieId,rating,timestamp\r\n"
    (tmp_path / "ratings.csv").write_text(head + "\r\n".join(lines) + "\r\n", newline="")
    movies = ['1,"American President, The (1995)",Comedy|Drama|Romance',
              '2,"""Great Performances"" Cats (1998)",(no genres listed)']  # fmt: skip
    movies += [f"{movie},Movie {movie} (1999),Drama" for movie in range(3, 12)]
    text = "movieId,title,genres\r\n" + "\r\n".join(movies) + "\r\n"
    (tmp_path / "movies.csv").write_text(text, newline="", encoding="utf-8")
    (tmp_path / "links.csv").write_text("movieId,imdbId,tmdbId\r\n1,0114709,862\r\n")
    log = imported(preset, tmp_path, liked(rows))
    assert "(no genres listed)" in log.vocab("genres").to_pylist()


def mind_time(time: datetime) -> str:
    """Return ``11/11/2019 9:05:58 AM``: without zeros before, as MIND has it."""
    hour = (time.hour - 1) % 12 + 1
    half = "AM" if time.hour < 12 else "PM"
    return f"{time.month}/{time.day}/{time.year} {hour}:{time:%M:%S} {half}"


def write_news(folder: Path, news: Sequence[str]) -> None:
    entities = (
        '[{"Label": "Prince Philip", "Type": "P", "Confidence": 1.0, "OccurrenceOffsets": [1]}]'
    )
    lines = [
        f'{one}\tlifestyle\tlifestyleroyals\tThe "Brands" {one}\t\thttps://x/{one}.html\t{entities}\t[]'
        for one in news
    ]
    lines[0] = f"{news[0]}\tnews\tnewsus\tNo abstract\t\thttps://x\t\t"
    (folder / "news.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_mind(tmp_path: Path) -> None:
    news = [f"N{50_000 + at}" for at in range(12)]
    write_news(tmp_path, news)
    draw = np.random.default_rng(1)
    lines, expected, requests = [], [], []
    for number in range(1, 31):
        user = f"U{13_740 + number % 7}"
        time = START + timedelta(hours=int(draw.integers(48)), seconds=int(draw.integers(3600)))
        shown = [news[at] for at in draw.permutation(len(news))[: draw.integers(2, 9)]]
        clicked = set(shown[: draw.integers(1, 3)])
        history = " ".join(news[:3]) if number % 4 else ""  # new users have none
        impressions = " ".join(f"{one}-{int(one in clicked)}" for one in shown)
        lines.append(f"{number}\t{user}\t{mind_time(time)}\t{history}\t{impressions}")
        expected += [(user, one, time, int(one in clicked)) for one in shown]
        requests += [(time, str(number))] * len(shown)
    (tmp_path / "behaviors.tsv").write_text("\n".join(lines) + "\n")
    log = imported("mind", tmp_path, expected)
    ordered = sorted(requests, key=lambda one: one[0])
    assert stored(log, "request") == [request for _, request in ordered]
    assert set(log.vocab("category").to_pylist()) == {"news", "lifestyle"}
    assert f"30 requests showed {len(expected)} items: so many events" in log.record.blemishes


def test_mind_of_the_test_split_has_no_labels(tmp_path: Path) -> None:
    write_news(tmp_path, ["N1", "N2"])
    (tmp_path / "behaviors.tsv").write_text(f"1\tU1\t{mind_time(START)}\tN1\tN1 N2\n")
    with pytest.raises(DataError, match=r"row 1 \(line 1\), column 'impressions': 'N1'; accepted"):
        import_log(load_preset("mind").at(tmp_path), tmp_path / "out")


def review(user: str, asin: str, parent: str, stars: float, time: datetime) -> dict[str, Any]:
    return {
        "rating": stars,
        "title": 'Such a "lovely" scent\u2028but',
        "text": "This spray is really nice. 😀\nIt smells really good.",
        "images": [{"small_image_url": "https://x/s.jpg", "attachment_type": "IMAGE"}]
        * (stars > 3),
        "asin": asin,
        "parent_asin": parent,
        "user_id": user,
        "timestamp": round(time.timestamp() * 1000),
        "helpful_vote": int(stars),
        "verified_purchase": stars > 2,
    }


def test_amazon_reviews_2023(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    lines, expected = [], []
    for number in range(40):
        user, parent = f"AGKHLEW2SOWHNMFQ{number % 9}", f"B00YQ6X8E{number % 6}"
        stars = float(draw.integers(1, 6)) if number else 5.0
        time = START + timedelta(milliseconds=int(draw.integers(10**10)))
        # Every colour has an asin of its own.
        lines.append(json.dumps(review(user, f"{parent}-{number}", parent, stars, time)))
        expected.append((user, parent, time, int(stars >= 4)))
    packed = gzip.compress(("\n".join(lines) + "\n").encode())
    (tmp_path / "All_Beauty.jsonl.gz").write_bytes(packed)
    log = imported("amazon_reviews_2023", tmp_path, expected)
    stars_of = stored(log, "rating")
    assert [int(stars >= 4) for stars in stars_of] == [event[3] for event in events(log)]
    assert stored(log, "helpful_vote") == stars_of
    assert stored(log, "verified_purchase") == [float(stars > 2) for stars in stars_of]
    assert log.record.numeric == ()
    assert log.record.categorical == ()


def test_yambda(tmp_path: Path) -> None:
    rows = 60
    draw = np.random.default_rng(3)
    uid = np.sort(draw.integers(1, 8, rows)) * 10
    # By user, then by time, in steps of five seconds.
    time = 5 * draw.integers(0, 10**6, rows)
    time = time[np.lexsort((time, uid))]
    played = draw.integers(0, 140, rows)  # more than 100: some of it twice
    item = draw.integers(20, 9_390_623, rows)
    columns: dict[str, Any] = {
        "uid": pa.array(uid, pa.uint32()),
        "timestamp": pa.array(time, pa.uint32()),
        "item_id": pa.array(item, pa.uint32()),
        "is_organic": pa.array(draw.integers(0, 2, rows), pa.uint8()),
        "played_ratio_pct": pa.array(played, pa.uint16()),
        "track_length_seconds": pa.array(draw.integers(30, 400, rows), pa.uint32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "listens.parquet")
    origin = datetime(2024, 1, 1, tzinfo=UTC)
    expected = [
        (int(u), int(i), origin + timedelta(seconds=int(t)), int(p >= 50))
        for u, i, t, p in zip(uid, item, time, played, strict=True)
    ]
    log = imported("yambda", tmp_path, expected)
    assert sorted(stored(log, "played_ratio_pct")) == sorted(played.tolist())
    assert set(log.vocab("is_organic").to_pylist()) == {0, 1}
    assert log.record.numeric == ("track_length_seconds",)


@pytest.mark.parametrize(("campaign", "items"), [("all", 80), ("men", 34), ("women", 46)])
def test_open_bandit(tmp_path: Path, campaign: str, items: int) -> None:
    draw = np.random.default_rng(items)
    affinities = [f"user-item_affinity_{item}" for item in range(items)]
    features = [f"user_feature_{at}" for at in range(4)]
    names = ["", "timestamp", "item_id", "position", "click", "propensity_score"]
    lines, expected, chances, places = [",".join([*names, *features, *affinities])], [], [], []
    for row in range(50):
        time = START + timedelta(microseconds=row * 1_000_003)
        own = [f"{draw.integers(3):032x}" for _ in features]
        item, place = int(draw.integers(items)), int(draw.integers(1, 4))
        click, chance = int(row % 7 == 0), float(draw.random() / items)
        given = [row, time.isoformat(" "), item, place, click, chance, *own]
        lines.append(",".join(map(str, [*given, *(float(one == 3) for one in range(items))])))
        user = json.dumps(own, separators=(",", ":"))
        expected.append((user, str(item), time, click))
        chances.append(chance)
        places.append(str(place))
    (tmp_path / f"{campaign}.csv").write_text("\n".join(lines) + "\n")
    context = [",item_id,item_feature_0,item_feature_1,item_feature_2,item_feature_3"]
    context += [f"{at},{at},-0.67{at},{at % 4:032x},{at % 3:032x},{at % 2:032x}"
                for at in range(items)]  # fmt: skip
    (tmp_path / "item_context.csv").write_text("\n".join(context) + "\n")
    log = imported("open_bandit", tmp_path, expected, f"{campaign}.csv")
    assert stored(log, "propensity_score") == chances
    assert log.record.outcomes == ("propensity_score",)
    assert values(log, "position") == places
    assert log.record.items == items


def test_microlens(tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    rows = [(user, int(item), START + timedelta(milliseconds=int(draw.integers(10**10))))
            for user in range(1, 30) for item in 1 + draw.permutation(25)[:8]]  # fmt: skip
    lines = [f"{user},{item},{round(time.timestamp() * 1000)}" for user, item, time in rows]
    (tmp_path / "MicroLens-100k_pairs.csv").write_text("user,item,timestamp\n" + "\n".join(lines))
    log = import_log(load_preset("microlens").at(tmp_path), tmp_path / "out")
    met: set[int] = set()
    expected = []
    for user, item, time in sorted(rows, key=lambda row: row[2]):
        expected += [(user, item, time, 1)] if item in met else []
        met.add(item)
    found = events(log)
    assert [event for event in found if event[3]] == expected
    assert log.record.rows_in == len(rows) == len(expected) + len(met)
    assert log.record.sampled == len(found) - len(expected)
    assert log.record.sampled + 40 > 4 * len(expected)  # early users meet few items
    assert log.negatives is not None
    assert log.negatives.startswith("sampled negatives: 4 a positive")
