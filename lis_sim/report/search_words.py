"""The words and short names of a search: settings, objectives, trials and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lis_sim.report.numbers import UNDEFINED

# Parts of a dotted path that tell nobody anything where nothing else is called the same.
_DULL = ("settings", "preferences", "policy")
_PLAIN = ("auc", "gauc", "log_loss", "calibration")  # no differences: shown without a sign
_LONGEST = 40


class OutcomeWords(NamedTuple):
    """What came of a search as a headline, and the class it is drawn with."""

    headline: str
    kind: str


OUTCOMES: Mapping[str, OutcomeWords] = {
    "better": OutcomeWords("The search found better settings", "align"),
    "as good": OutcomeWords("The config as written is as good", "inconclusive"),
    "no better": OutcomeWords(
        "What the search found is no better, and may be worse", "inconclusive"
    ),
    "inconclusive": OutcomeWords("This log cannot tell the winner from the config", "inconclusive"),
    "mixed": OutcomeWords("Better in one objective, worse in another", "representation"),
    "partly better": OutcomeWords(
        "Better in one objective, not clear in another", "representation"
    ),
    "worse": OutcomeWords("What the search found does worse later", "preference-data"),
    "baseline": OutcomeWords("No trial did better than the config as written", "inconclusive"),
}
_UNKNOWN = OutcomeWords("An outcome of a later version of lis-sim", "")

LIMITS = (
    "Only the numbers after the cut are of windows and of training seeds that nothing was chosen "
    "by. A search keeps the luckiest of its trials, so a search score is too good, the more trials "
    "the more so: that is its optimism.",
    "The later numbers are of the settings that won, on the windows after the cut of this log. "
    "Later still the best settings may be others.",
    "A trial that was stopped early is not known to be worse: it was behind when it was judged.",
    "The settings are the best of those that were tried, in the ranges that were given. A winner "
    "at the edge of a range asks for a wider one.",
)


def outcome_words(outcome: str | None) -> OutcomeWords:
    """Return the headline of an outcome; another one for what this version does not know."""
    return OUTCOMES.get(str(outcome), _UNKNOWN)


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Return for every dotted path its shortest end that no other path shares.

    >>> short_names(["preferences.a.settings.rank", "policy.settings.decay"])
    {'preferences.a.settings.rank': 'rank', 'policy.settings.decay': 'decay'}
    >>> list(short_names(["preferences.a.settings.rank", "preferences.b.settings.rank"]).values())
    ['a.rank', 'b.rank']
    """
    found = {path: _ends(path) for path in paths}
    return {path: _shortest(path, found) for path in found}


def settings_text(settings: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Return settings in short form; none at all is the config as written.

    >>> settings_text({"preferences.a.settings.rank": 8, "preferences.a.settings.label": None})
    'rank 8, label null'
    >>> settings_text({})
    'the config as written'
    """
    if not settings:
        return "the config as written"
    short = short_names(list(settings)) if names is None else names
    return ", ".join(f"{short.get(path, path)} {value_text(one)}" for path, one in settings.items())


def value_text(value: Any) -> str:
    """Return the value of a setting as YAML would have it, numbers to four digits.

    >>> value_text(None), value_text(0.123456), value_text(True), value_text({"name": "fm"})
    ('null', '0.1235', 'true', 'name: fm')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}: {value_text(one)}" for key, one in value.items()) or "{}"
    elif isinstance(value, list | tuple):
        text = ", ".join(map(value_text, value)) or "[]"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def same_value(left: Any, right: Any) -> bool:
    """Tell whether two values of a setting are the same; one may be written as JSON.

    >>> same_value("dwell >= 30", '"dwell >= 30"'), same_value(None, "null"), same_value(1, True)
    (True, True, False)
    >>> same_value(8, 8.0), same_value({"a": 1}, '{"a": 1}')
    (True, True)
    """
    if isinstance(left, bool) == isinstance(right, bool) and left == right:
        return True
    return _json(left) == right or left == _json(right) or _json(left) == _json(right)


def objective_text(objective: str, value: float | None) -> str:
    """Return the value of an objective: signed where it is a difference of AUCs.

    >>> objective_text("lis_crossfit", 0.0021), objective_text("auc:clean", 0.71)
    ('+0.00210', '0.71000')
    >>> objective_text("auc:clean", None)
    'undefined'
    """
    if value is None:
        return UNDEFINED
    return f"{value:.5f}" if plain(objective) else f"{value:+.5f}"


def signed_text(value: float | None) -> str:
    """Return a difference, or a dash where it is undefined.

    >>> signed_text(0.00231), signed_text(None)
    ('+0.00231', '-')
    """
    return "-" if value is None else f"{value:+.5f}"


def objective_interval(objective: str, entry: Mapping[str, Any]) -> str:
    """Return the 95 % interval of an objective, or a dash.

    >>> objective_interval("ais", {"low": -0.001, "high": 0.002})
    '[-0.00100, +0.00200]'
    """
    if entry.get("low") is None or entry.get("high") is None:
        return "-"
    low, high = (objective_text(objective, entry[end]) for end in ("low", "high"))
    return f"[{low}, {high}]"


def plain(objective: str) -> bool:
    """Tell whether an objective is a number of one arm, no difference between two."""
    return objective.startswith(_PLAIN)


def _ends(path: str) -> list[str]:
    """Return the ends of ``path`` from the shortest to the whole, dull parts left out first."""
    parts = path.split(".")
    told = [part for part in parts if part not in _DULL] or parts
    ends = [".".join(told[-k:]) for k in range(1, len(told) + 1)]
    return list(dict.fromkeys([*ends, path]))


def _shortest(path: str, found: Mapping[str, Sequence[str]]) -> str:
    others = {end for other, ends in found.items() if other != path for end in ends}
    return next((end for end in found[path] if end not in others), path)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
