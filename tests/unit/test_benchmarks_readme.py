"""The table of the benchmarks' README: renewed by figure, and the bars are all in it."""

from __future__ import annotations

from benchmarks.bars import BARS
from benchmarks.readme import README, renewed

FIGURE = {"name": "vw_torch_b4096", "target": ">= 2.2", "low": 1.0, "high": 3.0, "detail": "a|b"}


def test_a_row_is_renewed_in_its_place_and_the_rest_stays() -> None:
    text = README.read_text()
    made = renewed(text, [{**FIGURE, "value": 2.0, "met": False}])
    before, after = text.splitlines(), made.splitlines()
    (changed,) = (number for number, row in enumerate(after) if "| 2 (missed) |" in row)
    assert after[changed] == "| `vw_torch_b4096` | >= 2.2 | 2 (missed) | 1 to 3 | a/b |"
    assert before[changed].startswith("| `vw_torch_b4096` |")
    assert before[:changed] + before[changed + 1 :] == after[:changed] + after[changed + 1 :]


def test_a_new_figure_is_added_and_an_undefined_one_said() -> None:
    made = renewed(README.read_text(), [{"name": "new", "target": "", "value": None, "met": None}])
    assert made.count("| `new` |  | undefined |  |  |\n") == 1
    assert made == renewed(made, [])


def test_every_bar_has_its_row_and_its_target() -> None:
    text = README.read_text()
    for bar in BARS:
        assert f"| `{bar.name}` | >= {bar.least:g} |" in text
        assert f"| `{bar.name}_auc` | >= {bar.better:g} |" in text
