"""The settings of the watch, as plain values: what `drift:` of a config says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """What counts as drift; the fields of :class:`lis_sim.config.DriftConfig`, which checks them.

    ``reference_windows`` windows after the warm-up, and again after every event, are what later
    windows are compared with. A detector must signal in ``persistence`` windows in a row, and
    what had an event has no other for ``cooldown`` windows.
    """

    enabled: bool = True
    reference_windows: int = 8
    detectors: tuple[str, ...] = ("adwin", "page_hinkley")
    persistence: int = 2
    cooldown: int = 8
    # How far from the reference a window may be (lis_sim.drift.measures); none grows with n.
    psi: float = 0.2  # population stability index of items, users and features
    ks: float = 0.1  # Kolmogorov-Smirnov distance of numeric features
    new_share: float = 0.1  # events of new items, or of new users, beyond the reference's share
    mean_shift: float = 0.25  # of a representation, in units of its spread
    mmd: float = 0.02  # squared maximum mean discrepancy of a representation
