"""The users of an arm over several loops, as threads, and how their processes talk."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lis_sim.config import TrainingConfig
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, DataError, RunError
from lis_sim.preference import Builder
from lis_sim.preference.builder import State
from lis_sim.search.settings import parse_tune
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.cluster.ranks import first_error, share
from lis_sim.training.cluster.scaling import grid
from lis_sim.training.cluster.shard_exchange import ShardExchange
from lis_sim.training.cluster.socket_channel import Door, SocketChannel
from lis_sim.training.live_settings import check_live
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.worker import Worker
from lis_sim.user_shard import UserShard
from policies.exchange import ALONE, Exchange, OtherShardError, failing_together
from tests.unit.policies.shards import on_shards
from tests.unit.training.worlds import Arrays, config, plan_of, same_arrays, settings

ONE = {"replicates": 1}
Played = list[dict[tuple[str, int], Arrays]]


def played(world: Dataset, exchange: Exchange, **changes: Any) -> Played:
    """Return what a loop of ``exchange``'s shard says of the cells it is to speak for."""
    plan = plan_of(world, **changes)
    loop = PrequentialLoop(plan, plan.cells, exchange=exchange)
    builder = Builder(plan.builder, plan.log)
    loop.start(0)
    builder.start(0)
    found = []
    for window in range(len(plan.windows)):
        result = loop.run_window(window, builder.build(window))
        found.append({key: cell.to_arrays() for key, cell in result.cells.items()})
    return found


def together(parts: list[Played]) -> Played:
    """Return what all shards say; each cell is spoken for once."""
    assert all(
        len(one | other) == len(one) + len(other)
        for one, other in zip(parts[0], parts[1], strict=True)
    )
    return [
        {key: cell for one in each for key, cell in one.items()}
        for each in zip(*parts, strict=True)
    ]


@pytest.mark.parametrize("form", ["residual", "joint"])
def test_shards_score_what_one_loop_does(world: Dataset, form: str) -> None:
    whole = played(world, ALONE, form=form, **ONE)
    found = together(on_shards(2, lambda exchange: played(world, exchange, form=form, **ONE)))
    for one, other in zip(whole, found, strict=True):
        assert one.keys() == other.keys()
        for key, cell in one.items():
            assert cell["all/positives"] == other[key]["all/positives"]
            assert same_arrays({"u": cell["all/users"]}, {"u": other[key]["all/users"]})
            assert other[key]["all/auc"] == pytest.approx(cell["all/auc"], abs=5e-3)
    first, (key, *_) = 0, whole[0]  # before a rectifier can have turned on a last bit
    assert found[first][key]["all/auc"] == pytest.approx(whole[first][key]["all/auc"], abs=1e-4)


def test_the_same_shards_give_the_same_bytes(world: Dataset) -> None:
    one, other = (
        together(on_shards(3, lambda exchange: played(world, exchange, **ONE))) for _ in range(2)
    )
    for a, b in zip(one, other, strict=True):
        assert all(same_arrays(a[key], b[key]) for key in a)


def test_shards_go_on_from_their_own_checkpoint(world: Dataset, tmp_path: Path) -> None:
    plan = plan_of(world, **ONE)

    def work(exchange: Exchange) -> tuple[list[Arrays], list[Arrays]]:
        checkpoints = Checkpoints(tmp_path)
        rank = exchange.shard.index

        def begun(window: int, built: State | None = None) -> tuple[Worker, Builder]:
            worker = Worker(plan, plan.cells, "cpu", checkpoints, rank=rank, exchange=exchange)
            builder = Builder(plan.builder, plan.log)
            builder.start(window, built)
            worker.start(window)
            return worker, builder

        def go_on(worker: Worker, builder: Builder, windows: range) -> list[Arrays]:
            return [
                cell.to_arrays()
                for window in windows
                for cell in worker.run_window(window, builder.build(window)).cells.values()
            ]

        worker, builder = begun(0)
        go_on(worker, builder, range(3))
        files, built = worker.write_cells(3), builder.snapshot()
        exchange.add(torch.zeros(1))  # all have written
        if rank == 0:
            others = [name.replace("shard-0", "shard-1") for name in files]
            both = files | {
                name: {"bytes": (tmp_path / name).stat().st_size, "rank": 1} for name in others
            }
            checkpoints.complete(3, both)
        exchange.add(torch.zeros(1))
        rest = range(3, len(plan.windows))
        expected = go_on(worker, builder, rest)
        return expected, go_on(*begun(3, built), rest)

    for expected, found in on_shards(2, work):
        assert expected
        assert all(same_arrays(one, other) for one, other in zip(expected, found, strict=True))
    assert sorted(Checkpoints(tmp_path).parts(3))[-1] == "stream.shard-1-of-2"


# Processes


@contextmanager
def connected(size: int) -> Iterator[list[SocketChannel]]:
    pairs = {(a, b): socket.socketpair() for a in range(size) for b in range(a)}
    ends = [
        [None if a == b else pairs[max(a, b), min(a, b)][0 if a > b else 1] for b in range(size)]
        for a in range(size)
    ]
    try:
        yield [SocketChannel(index, peers) for index, peers in enumerate(ends)]
    finally:
        for pair in pairs.values():
            for end in pair:
                end.close()


@given(st.lists(st.integers(0, 3_000_000), min_size=2, max_size=4), st.integers(1, 3))
@examples(max_examples=25, deadline=None)
def test_all_are_told_what_all_said(sizes: list[int], times: int) -> None:
    """However much each has to say: sockets hold a few hundred kilobytes."""
    said = [np.random.default_rng(n).bytes(size) for n, size in enumerate(sizes)]

    def talk(channel: SocketChannel, index: int) -> list[list[tuple[int, bytes]]]:
        return [
            [(word, bytes(data)) for word, data in channel.swap(index, memoryview(said[index]))]
            for _ in range(times)
        ]

    with connected(len(sizes)) as channels, ThreadPoolExecutor(len(sizes)) as pool:
        for heard in pool.map(talk, channels, range(len(sizes))):
            assert heard == [list(enumerate(said))] * times


def test_the_end_of_a_process_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lis_sim.training.cluster.ranks._LAST_SECONDS", 0.0)
    one, other = socket.socketpair()
    exchange = ShardExchange(UserShard(0, 2), SocketChannel(0, [None, one]))
    other.close()
    with one, pytest.raises(RuntimeError, match="the process of user shard 1 has ended"):
        exchange.add(torch.zeros(3))


def exchanges(channels: list[SocketChannel]) -> list[ShardExchange]:
    return [ShardExchange(UserShard(n, len(channels)), one) for n, one in enumerate(channels)]


def test_sums_and_rows_are_of_all_and_the_same_on_all() -> None:
    draw = np.random.default_rng(0)
    values = draw.normal(size=(3, 4, 5)).astype(np.float32)
    counts = (2, 0, 7)

    def work(exchange: ShardExchange) -> tuple[bytes, bytes]:
        own = exchange.shard.index
        total = torch.from_numpy(values[own].copy())
        exchange.add(total.T)  # not side by side in memory
        rows = torch.arange(own * 10, own * 10 + counts[own])[:, None].repeat(1, 2)
        return total.numpy().tobytes(), exchange.gather(rows).numpy().tobytes()

    with connected(3) as channels, ThreadPoolExecutor(3) as pool:
        found = set(pool.map(work, exchanges(channels)))
    expected = np.array([[n, n] for n in (0, 1, *range(20, 27))]).tobytes()
    assert found == {((values[0] + values[1] + values[2]).tobytes(), expected)}


def test_an_error_on_one_shard_ends_all() -> None:
    own = DataError("row 7")

    def work(exchange: ShardExchange) -> None:
        with failing_together(exchange):
            if exchange.shard.index == 1:
                raise own
            exchange.gather(torch.zeros(2, 2))

    with connected(3) as channels, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(work, exchange) for exchange in exchanges(channels)]
        errors = [one.exception() for one in waiting]
    assert [type(error) for error in errors] == [OtherShardError, DataError, OtherShardError]
    assert first_error(errors) is own


def test_a_door_lets_each_in_once() -> None:
    doors = [Door() for _ in range(3)]
    paths = [door.open(3) for door in doors]

    def meet(index: int) -> SocketChannel:
        peers = doors[index].meet(index, [path for path in paths if path])
        assert peers is not None
        doors[index].admit(peers, 2 - index)
        doors[index].close()
        return SocketChannel(index, peers)

    with ThreadPoolExecutor(3) as pool:
        channels = list(pool.map(meet, range(3)))
        heard = list(pool.map(lambda one: one.swap(1, memoryview(b"x")), channels))
    assert [len(one) for one in heard] == [3, 3, 3]
    assert not any(Path(path).parent.exists() for path in paths if path)


def test_a_shard_of_another_machine_is_not_reached(tmp_path: Path) -> None:
    door = Door()
    door.open(2)
    assert door.meet(1, [str(tmp_path / "nobody"), door.path]) is None
    door.close()


def test_a_system_without_such_sockets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "not here")

    door = Door()
    monkeypatch.setattr(door, "listening", type("Deaf", (), {"bind": refuse, "close": refuse})())
    assert door.open(2) is None


# The grid


def test_neighbours_share_the_same_cells() -> None:
    parts = [share("abcde", rank, 6, shards=3) for rank in range(6)]
    assert parts == [["a", "b"]] * 3 + [["c", "d", "e"]] * 3


GRIDS: tuple[tuple[int, int, dict[str, Any], int], ...] = (
    (8, 15, {"user_shards": 2}, 8),
    (7, 15, {"user_shards": 2}, 6),
    (8, 1, {"user_shards": 2}, 2),
    (8, 3, {"user_shards": 2}, 6),
    (8, 15, {"user_shards": 4, "workers": 4}, 4),
    (2, 15, {"user_shards": 4, "ray_address": "auto"}, 4),
    (2, 15, {"user_shards": 4, "workers": 8, "ray_address": "auto"}, 8),
)


@pytest.mark.parametrize(("cpus", "cells", "changes", "workers"), GRIDS)
def test_workers_are_arms_times_shards(
    cpus: int, cells: int, changes: dict[str, Any], workers: int
) -> None:
    assert grid({"CPU": cpus}, TrainingConfig(**changes), cells) == (workers, 0)


def test_too_few_processors_are_told() -> None:
    with pytest.raises(RunError, match="user_shards is 4, a worker each, but Ray has 2 processors"):
        grid({"CPU": 2}, TrainingConfig(user_shards=4), 3)


def test_shards_decide_the_numbers(world: Dataset) -> None:
    shards = config(world, training={"engine": "ray", "user_shards": 2})
    one, more = (config(world, training={"engine": "ray", "workers": n}) for n in (1, 2))
    assert one.deciding() == more.deciding() == config(world).deciding()
    assert shards.deciding() == {**one.deciding(), "user_shards": 2}


def test_one_process_has_all_users(world: Dataset) -> None:
    live = {
        "horizon": 0,
        "stream": {"window": {"events": 400}, "warmup_windows": 1},
        "training": {"user_shards": 2},
    }
    with pytest.raises(ConfigError, match="user_shards is 2; monitor runs in one process"):
        check_live(config(world, **live))
    search = settings(world, training={"user_shards": 2})
    with pytest.raises(ConfigError, match="user_shards is 2; accepted in a search: 1"):
        parse_tune(search, {"space": {"policy.settings.dim": {"choice": [4, 8]}}})


# What a shard of another machine would run; gloo needs a process each.
GLOO = """
import sys, torch, torch.distributed as dist
from lis_sim.training.cluster.channel import GlooChannel
from lis_sim.training.cluster.shard_exchange import ShardExchange
from lis_sim.user_shard import UserShard
from policies.exchange import OtherShardError
rank = int(sys.argv[1])
dist.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
exchange = ShardExchange(UserShard(rank, 2), GlooChannel(dist.group.WORLD, 2))
total = torch.full((3,), rank + 1.0)
exchange.add(total)
rows = exchange.gather(torch.arange(5 * rank)[:, None])
try:
    exchange.fail() if rank else exchange.gather(rows)
    told = "nothing"
except OtherShardError:
    told = "failed"
# At once: while the other one still leaves the group, torch may end a process before its buffers.
print(total.tolist(), rows.ravel().tolist(), told, flush=True)
dist.destroy_process_group()
"""


@pytest.mark.slow
def test_shards_of_different_machines_exchange_the_same_over_gloo(tmp_path: Path) -> None:
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", GLOO, str(rank), str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120)[0].splitlines()[-1] for process in begun]
    assert said == [f"[3.0, 3.0, 3.0] [0, 1, 2, 3, 4] {told}" for told in ("failed", "nothing")]
