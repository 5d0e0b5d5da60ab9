"""One of the workers that share a DeepFM by users: ``python -m benchmarks.two_workers_part JSON``.

Every worker owns the events of its users, chosen by a hash, and their rows of the table. Rows of
items and categorical features and the dense layers are everybody's: after each global batch their
gradients and squares are summed over the workers, so all hold the same numbers as one worker would,
up to the order of sums.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from benchmarks.alone import answer
from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.hashing import fold_of
from lis_sim.scores.auc import auc
from lis_sim.types import Batch, EventBlock, Float32
from policies.backbone import Backbone
from policies.embedding import EmbeddingTable
from policies.optim import DenseParameters
from policies.settings import DeepFMSettings

_USER = 0  # the field whose rows are nobody else's


class SharedDense:
    """Dense parameters whose gradients are summed over all workers before each step."""

    def __init__(self, own: DenseParameters) -> None:
        self._own = own
        self._sum: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._own[name]

    def step(self) -> None:
        """Begin to sum; :meth:`finish` steps."""
        self._sum = dist.all_reduce(self._own.flat_gradient, async_op=True)

    def finish(self) -> None:
        """Step with the gradients of all workers."""
        self._sum.wait()
        self._own.step()


@dataclass
class SharedTable:
    """A table of ``fields`` fields, of which all but the user's are summed over the workers.

    All rows are there from the start and lie alike on every worker.
    """

    own: EmbeddingTable
    fields: int
    sent: int = 0  # bytes

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def step(self, rows: torch.Tensor, gradient: torch.Tensor) -> None:
        """Apply the gradient ``(n * fields, columns)``, with everybody else's of shared rows."""
        columns = gradient.shape[1]
        by_field = gradient.view(-1, self.fields, columns)
        at = rows.view(-1, self.fields)
        self.own.step(at[:, _USER], by_field[:, _USER])
        shared = by_field[:, _USER + 1 :].reshape(-1, columns)
        which, place = torch.unique(at[:, _USER + 1 :], return_inverse=True)
        sums = shared.new_zeros((len(which), columns + len(self.own.groups)))
        sums[:, :columns].index_add_(0, place.flatten(), shared)
        sums[:, columns:].index_add_(0, place.flatten(), self._squares(shared))
        rows, sums = self._of_all(which, sums)
        self.own.square.index_add_(0, rows, sums[:, columns:])
        scale = self.own.square.index_select(0, rows).rsqrt_()
        self.own.weight.index_add_(0, rows, sums[:, :columns] * (scale @ self.own._descent))

    def _squares(self, gradient: torch.Tensor) -> torch.Tensor:
        """Return the mean square of every column group ``(n, groups)``."""
        parts = torch.split(gradient.square(), [group.count for group in self.own.groups], dim=1)
        return torch.stack([part.mean(dim=1) for part in parts], dim=1)

    def _of_all(self, rows: torch.Tensor, sums: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the rows and sums of all workers, in the order of their ranks."""
        counts = [torch.zeros(1, dtype=torch.int64) for _ in range(dist.get_world_size())]
        dist.all_gather(counts, torch.tensor([len(rows)]))
        longest = max(int(one) for one in counts)
        # Row numbers travel as floats' bits: one message instead of two.
        packed = sums.new_zeros((longest, sums.shape[1] + 1))
        packed[: len(rows), 0] = rows.to(torch.int32).view(torch.float32)
        packed[: len(rows), 1:] = sums
        gathered = [torch.empty_like(packed) for _ in counts]
        dist.all_gather(gathered, packed)
        self.sent += packed.numel() * packed.element_size()
        whole = torch.cat([one[: int(n)] for one, n in zip(gathered, counts, strict=True)])
        return whole[:, 0].contiguous().view(torch.int32).long(), whole[:, 1:]


def measure(log: str, rank: int, size: int, batch_events: int, store: str) -> dict[str, Any]:
    """Play the log as worker ``rank`` of ``size``; return seconds, and what was sent.

    The first worker returns the AUC of all scores, each made before its label was learned from.
    """
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=size)
    dataset = Dataset.open(log)
    events = concatenate(list(dataset.blocks()))
    backbone, tables = _backbone(dataset, size)
    parts = list(_parts(events, batch_events, rank, size))
    dist.barrier()
    began, worked = time.perf_counter(), time.process_time()
    scores = [_learn(backbone, tables, batch, label) for batch, label in parts]
    dist.barrier()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    found = {"seconds": seconds, "cpu_seconds": cpu_seconds, "auc": None, "sent": 0}
    if tables is not None:
        found["sent"] = tables[1].sent
    labels = np.concatenate([label for _, label in parts])
    gathered: list[Any] = [None] * size
    dist.gather_object((np.concatenate(scores), labels), gathered if rank == 0 else None)
    if rank == 0:
        score, label = (np.concatenate(one) for one in zip(*gathered, strict=True))
        found["auc"] = auc(score, label).value
    dist.destroy_process_group()
    return found


def _backbone(
    dataset: Dataset, size: int
) -> tuple[Backbone, tuple[SharedDense, SharedTable] | None]:
    schema = dataset.schema
    backbone = Backbone(schema, seed=0, settings=DeepFMSettings())
    sizes = [schema.users, schema.items, *(column.size for column in schema.categorical)]
    for end in range(0, max(sizes), 1_024):  # so that a row lies alike on every worker
        ids = [min(end + 1_023, count - 1) for count in sizes]
        backbone._table.rows(np.array([ids], np.int32))
    if size == 1:
        return backbone, None
    shared = SharedDense(backbone._dense), SharedTable(backbone._table, len(sizes))
    backbone._dense, backbone._table = shared  # type: ignore[assignment]
    return backbone, shared


def _parts(
    events: EventBlock, batch_events: int, rank: int, size: int
) -> Iterator[tuple[Batch, Float32]]:
    """Yield this worker's events of every global batch."""
    for start in range(0, len(events), batch_events):
        part = events.slice(start, min(start + batch_events, len(events)))
        own = np.flatnonzero(fold_of(part.user, 0, size) == rank)
        history = np.full((len(own), 1), -1, np.int32)
        columns = (part.user[own], part.item[own], part.categorical[own], part.numeric[own])
        yield Batch(*columns, history), part.label[own]


@torch.inference_mode()
def _learn(
    backbone: Backbone,
    shared: tuple[SharedDense, SharedTable] | None,
    batch: Batch,
    label: Float32,
) -> Float32:
    done = backbone.forward(backbone.prepare(batch))
    score = done.logit.numpy().copy()
    backbone.learn(done, torch.sigmoid(done.logit) - torch.from_numpy(label.copy()))
    if shared is not None:
        shared[0].finish()
    return score


if __name__ == "__main__":
    answer(measure)
