"""A study plays what is missing, keeps what is finished and says what failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from lis_sim.data.locking import locked
from lis_sim.errors import ConfigError, RunError, StorageError
from lis_sim.experiments.page import page
from lis_sim.experiments.placebo import PlaceboPart
from lis_sim.experiments.results import RESULTS_FILE, fingerprint
from lis_sim.experiments.scheduling import Outcome, Pair, play_here
from lis_sim.experiments.study import Study, chosen, run_study
from tests.unit.data.limits import largest_file
from tests.unit.experiments.toys import Doubling


def study(folder: Path, *parts: Doubling, quick: bool = False) -> Study:
    return run_study(parts, quick, folder, player=play_here)


def test_figures_come_from_the_results(tmp_path: Path) -> None:
    done = study(tmp_path, Doubling(), Doubling("other", seeds=2))
    assert [figure.name for figure in done.all_figures] == ["doubling_mean", "other_mean"]
    assert [figure.value for figure in done.all_figures] == [3.0, 1.0]
    assert [figure.met for figure in done.all_figures] == [True, False]
    assert (done.tasks, done.kept, done.failures) == (6, 0, {})


def test_quick_plays_fewer_and_the_full_study_keeps_them(tmp_path: Path) -> None:
    assert study(tmp_path, Doubling(), quick=True).tasks == 2
    part = Doubling()
    assert study(tmp_path, part).kept == 2
    assert sorted(part.played) == [2, 3]


def test_an_interrupted_study_goes_on_to_the_same_figures(tmp_path: Path) -> None:
    def interrupted(pairs: Sequence[Pair]) -> Iterator[Outcome]:
        yield from islice(play_here(pairs), 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study([Doubling()], False, tmp_path / "twice", player=interrupted)
    part = Doubling()
    resumed = study(tmp_path / "twice", part)
    assert len(part.played) == resumed.kept == 2
    assert resumed.figures[0][1] == study(tmp_path / "once", Doubling()).figures[0][1]


def test_a_result_is_the_same_fresh_and_from_the_file(tmp_path: Path) -> None:
    (fresh,) = play_here([(Doubling(), Doubling().tasks(False)[1])])
    assert fresh.result is not None
    assert fresh.result["pair"] == [1, 0.1]


def test_half_a_line_of_a_killed_command_is_played_again(tmp_path: Path) -> None:
    study(tmp_path, Doubling())
    file = tmp_path / RESULTS_FILE
    file.write_bytes(file.read_bytes()[:-5])
    part = Doubling()
    assert study(tmp_path, part).kept == 3
    assert len(part.played) == 1
    assert study(tmp_path, Doubling()).kept == 4


def test_a_study_on_a_full_disk_keeps_what_is_finished(tmp_path: Path) -> None:
    full = pytest.raises(StorageError, match=r"larger than one may be .* committed is kept")
    with largest_file(200), full:
        study(tmp_path, Doubling())
    part = Doubling()
    kept = study(tmp_path, part).kept
    assert 0 < kept < 4
    assert len(part.played) == 4 - kept


def test_other_settings_are_other_tasks(tmp_path: Path) -> None:
    study(tmp_path, Doubling())
    assert study(tmp_path, Doubling(settings={"events": 1})).kept == 0
    assert study(tmp_path, Doubling()).kept == 4


def test_fingerprints_tell_tasks_apart() -> None:
    part = Doubling()
    first, second = part.tasks(False)[:2]
    assert fingerprint(part, first) != fingerprint(part, second)
    assert fingerprint(part, first) == fingerprint(Doubling(), first)


def test_a_failing_task_is_named_and_the_others_count(tmp_path: Path) -> None:
    done = study(tmp_path, Doubling(broken=(1,)))
    assert done.failures == {"doubling/case/1": "ValueError: seed 1 is broken"}
    assert done.all_figures[0].value == pytest.approx((0 + 4 + 6) / 3)
    mended = Doubling()
    again = study(tmp_path, mended)
    assert (mended.played, again.failures) == ([1], {})


def test_a_result_that_json_cannot_hold_is_a_failure(tmp_path: Path) -> None:
    class Undefined(Doubling):
        def play(self, task: object) -> dict[str, float]:
            return {"twice": float("nan")}

    assert len(study(tmp_path, Undefined()).failures) == 4


def test_watching_ends_at_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    run_study([Doubling()], False, tmp_path, lambda *now: seen.append(now), play_here)
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_two_commands_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with locked(folder, wait=False), pytest.raises(RunError, match="another command works in"):
        study(folder, Doubling())


def test_chosen_parts() -> None:
    parts = [Doubling("one"), Doubling("two")]
    assert chosen(parts, None) == tuple(parts)
    assert chosen(parts, "two") == (parts[1],)
    with pytest.raises(ConfigError, match=r"'tow'; did you mean 'two'\?; accepted: one, two"):
        chosen(parts, "tow")


@pytest.mark.parametrize("line", ["not json", "[]", '{"key": "a"}', "null"])
def test_a_file_of_somebody_else_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / RESULTS_FILE).write_text(line + "\n")
    with pytest.raises(RunError, match=r"line 1 is not a result of a study; accepted"):
        study(tmp_path, Doubling())


def test_the_file_has_a_line_a_task(tmp_path: Path) -> None:
    study(tmp_path, Doubling())
    records = [json.loads(line) for line in (tmp_path / RESULTS_FILE).read_text().splitlines()]
    assert sorted(record["key"] for record in records) == [f"doubling/case/{n}" for n in range(4)]


def test_the_page_says_what_was_done(tmp_path: Path) -> None:
    text = page(study(tmp_path, Doubling(broken=(1,))), "lis-sim validate")
    assert "# Validation: the full study" in text
    assert "## doubling\n\nDoubles the seed. Its docstring is its section of the page." in text
    assert "| doubling_mean | 3.333 | [" in text
    assert "1 of 1 targets met" in text
    assert "- `doubling/case/1`: ValueError: seed 1 is broken" in text


def test_a_part_depends_on_what_it_takes_from_other_experiments() -> None:
    """Two parts of one module share its hash; a part elsewhere has another."""
    task = Doubling().tasks(False)[0]
    assert fingerprint(PlaceboPart(), task) != fingerprint(Doubling(), task)
    assert fingerprint(Doubling("a"), task) == fingerprint(Doubling("b"), task)
