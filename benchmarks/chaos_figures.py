"""What came of the kills, in figures; a run that broke before its first kill counts, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.chaos_instants import END, PLAY, START
from benchmarks.chaos_kills import Ended, Reference
from lis_sim.experiments.figure import Figure, proportion

SHARDS = "ray-2-shards"  # the group whose workers have the users between them
_OWN = ("monitor", SHARDS)  # groups whose bytes are theirs alone
_WORDS = 300  # characters that are shown of a difference


def figures_of(
    ended: Sequence[tuple[str, Ended]], references: Mapping[str, Reference]
) -> list[Figure]:
    """Return the figures of disturbed runs, each with its group, and of what they must equal."""
    runs = [one for _, one in ended if one.kills or one.broken or one.differing]
    kills = [kill for one in runs for kill in one.kills]
    identical = sum(not (one.broken or one.differing) for one in runs)
    engines = {name: true for name, true in references.items() if name not in _OWN}
    histories = {true.files["windows.jsonl"] for true in engines.values()}
    same = float(len(histories) == 1) if len(engines) > 1 else None
    victims = Counter(
        f"{kill.victim} ({name})" for name, one in ended for kill in one.kills
    ).most_common()
    parts = Counter(
        kill.part if kill.part in (START, END) else PLAY for kill in kills
    ).most_common()
    refusals = Counter(refusal for one in runs for refusal in one.refusals).most_common()
    damages = Counter(kill.damage for kill in kills if kill.damage)
    return [
        Figure(
            "kills", len(kills), target=">= 50", detail=f"{_counts(victims)}; at {_counts(parts)}"
        ),
        Figure("damages", damages.total(), detail=_counts(damages.most_common())),
        replace(
            proportion("identical", identical, len(runs), ">= 1"),
            detail=f"{identical} of {len(runs)} runs, {sum(one.commands for one in runs)} commands"
            + "".join(f"; {words}" for words in _wrong(runs)),
        ),
        Figure("refusals", sum(number for _, number in refusals), detail=_counts(refusals)),
        Figure("engines_identical", same, None, None, ">= 1", _of(engines)),
        Figure("bytes_compared", sum(one.compared for one in runs), detail=_compared(references)),
        Figure("state_compared", sum(one.arrays for one in runs), detail="bytes of checkpoints"),
        Figure("windows_again", sum(kill.again for kill in kills)),
        Figure("lingering", max((one.lingering for one in runs), default=0.0), target="<= 90"),
    ]


def _wrong(runs: Sequence[Ended]) -> list[str]:
    return [words[:_WORDS] for one in runs for words in (*one.differing, one.broken) if words]


def _of(engines: Mapping[str, Reference]) -> str:
    return f"windows.jsonl of {', '.join(engines)}"


def _compared(references: Mapping[str, Reference]) -> str:
    names = sorted({name for true in references.values() for name in true.files})
    return ", ".join(names)


def _counts(counted: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counted)
