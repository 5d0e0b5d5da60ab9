"""Names at the ends of lines: in order, apart, and within the drawing."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lis_sim.report.end_labels import EndLabel, end_labels, spread
from lis_sim.report.styles import SCORES


@given(st.lists(st.floats(0, 200), max_size=40))
def test_labels_never_cover_each_other(wanted: list[float]) -> None:
    placed = spread(sorted(wanted), 0.0, 200.0)
    assert len(placed) == len(wanted)
    assert all(-1e-6 <= y <= 200 + 1e-6 for y in placed)
    room = min(15.0, 200 / max(1, len(wanted) - 1))
    gaps = [b - a for a, b in pairwise(placed)]
    assert all(gap >= room - 1e-6 for gap in gaps)


def test_long_names_are_shortened_and_odd_ones_escaped() -> None:
    label = EndLabel(SCORES["lis"], "<b>" + "x" * 50, "+0.1000", 5.0)
    drawn = end_labels([label], 0.0, 0.0, 100.0)
    assert "&lt;b&gt;x" in drawn
    assert "…" in drawn
    assert "<b>" not in drawn
