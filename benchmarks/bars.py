"""The bars: how many times as fast as each peer lis-sim is to be, by kernel and batch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """Lis-sim with ``kernel`` against ``peer``, both in batches of ``batch`` events."""

    peer: str
    kernel: str
    batch: int
    least: float  # events/s of lis-sim over the peer's
    better: float = 0.0  # AUC of lis-sim over the peer's

    @property
    def name(self) -> str:
        return f"{self.peer}_{self.kernel}_b{self.batch}"


BARS = (
    Bar("fuxictr", "torch", 4_096, 2.7),
    Bar("fuxictr", "torch", 1_024, 5.0),
    Bar("fuxictr", "compiled", 4_096, 8.0),
    Bar("fuxictr", "compiled", 1_024, 18.0),
    Bar("vw", "torch", 4_096, 2.2, 0.005),
    Bar("vw", "torch", 1_024, 2.2, 0.005),
    Bar("vw", "compiled", 4_096, 7.0, 0.005),
    Bar("vw", "compiled", 1_024, 7.0, 0.005),
    Bar("recbole", "torch", 4_096, 1.9),
    Bar("recbole", "compiled", 4_096, 6.0),
    Bar("river", "torch", 1_024, 60.0),
)
