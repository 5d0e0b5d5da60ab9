"""The words of a report: what each score is, what each verdict asks for, what no score tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class ScoreWords(NamedTuple):
    """How a score is formed and what a reader takes from it."""

    formula: str
    meaning: str


class VerdictWords(NamedTuple):
    """A verdict as a headline and as the next thing to do."""

    headline: str
    advice: str


SCORES: Mapping[str, ScoreWords] = {
    "lis_crossfit": ScoreWords(
        "AUC(leaked_crossfit) - AUC(clean)",
        "the headline: what this preference data could bring at most, users' own labels left out",
    ),
    "lis_crossfit_over_placebo": ScoreWords(
        "AUC(leaked_crossfit) - AUC(placebo)",
        "lis_crossfit without the price of the extra inputs: what verdicts read",
    ),
    "lis": ScoreWords(
        "AUC(leaked) - AUC(clean)", "the paper's score: users' own labels come back in it"
    ),
    "self_leak": ScoreWords(
        "lis - lis_crossfit", "only a user's own label coming back through the item"
    ),
    "history": ScoreWords("AUC(causal) - AUC(clean)", "what the past alone gives"),
    "placebo": ScoreWords("AUC(placebo) - AUC(clean)", "the price of the extra inputs"),
    "ais": ScoreWords(
        "AUC(aligned) - AUC(clean)", "what the representation really brought (AUC Improvement)"
    ),
    "ais_over_placebo": ScoreWords(
        "AUC(aligned) - AUC(its placebo)",
        "ais without the price of the extra inputs: what verdicts read",
    ),
    "realised": ScoreWords(
        "ais / lis_crossfit", "share of the bound that the representation reached"
    ),
}

VERDICTS: Mapping[str, VerdictWords] = {
    "align": VerdictWords(
        "This preference data is worth aligning a model on",
        "Align a representation on it, then run again with its table.",
    ),
    "preference-data": VerdictWords(
        "This preference data has too little to give",
        "Do not align on it; look for other interactions or another way to pair items.",
    ),
    "representation": VerdictWords(
        "The data has it, the representation did not learn it",
        "Work on the alignment: the model, its loss or its training, not the preference data.",
    ),
    "ship": VerdictWords(
        "The representation reaches what the data can give",
        "Ship it, through an online test; further alignment on this data has little left to add.",
    ),
    "bound-exceeded": VerdictWords(
        "The representation brings more than this preference data",
        "It knows something else: check its training data for leaks, then learn from it.",
    ),
    "inconclusive": VerdictWords("This run cannot tell", "Read the reason before deciding."),
}

# What to do about an inconclusive verdict depends on what it lacks.
ADVICE: Mapping[str, str] = {
    "arms": "Add the missing arms to the config and run again.",
    "undefined": "Replay a log, or windows, in which both labels occur after the cut.",
    "replicates": "Run again with more replicates; a longer log would not help.",
    "users": "Replay a log of more users before deciding; more replicates would not be enough.",
    "ranker": "Choose a ranker that takes representations in, or a longer log to learn from.",
    "edge": "More data would not settle it: decide whether an effect of this size is worth having.",
}

LIMITS = (
    "It is an upper bound for this preference data, built in this form and read by this ranker on "
    "this log. Another ranker, form or item content can move it.",
    "It is offline. The log holds what an earlier system chose to show; what users would have done "
    "with other items, and time spent or revenue, only an online test tells.",
    "The intervals cover which users and items were seen and how training fell out, for a single "
    "look at the end; while a run goes, read the anytime interval. They do not cover a world that "
    "changes after the log's end.",
    "lis contains each user's own label coming back through the item (self_leak). Decide by "
    "lis_crossfit, read against placebo.",
    "Scores with another horizon, other folds or another form are other scores: do not compare "
    "them.",
    "inconclusive means that this log cannot tell, not that there is no effect.",
)

_OVER_PLACEBO = ("lis_crossfit_over_placebo", "ais_over_placebo")
_UNKNOWN_VERDICT = VerdictWords("A verdict of a later version of lis-sim", "")
_NO_WORDS = ScoreWords("", "")


def score_words(score: str) -> ScoreWords:
    """Return formula and meaning of a score; empty ones for a score of a later version."""
    return SCORES.get(score, _NO_WORDS)


def score_group(entry: Mapping[str, Any]) -> str:
    """Return what a score is listed under: its preference data, else its representation.

    >>> score_group({"score": "ais", "preference": None, "representation": "title"})
    'title'
    """
    return str(entry.get("preference") or entry.get("representation") or "")


def score_label(entry: Mapping[str, Any]) -> str:
    """Return a score's name within its group.

    >>> score_label({"score": "realised", "preference": "co_click", "representation": "title"})
    'realised title'
    >>> score_label({"score": "ais", "preference": None, "representation": "title"})
    'ais'
    """
    both = entry.get("preference") and entry.get("representation")
    return f"{entry['score']} {entry['representation']}" if both else str(entry["score"])


def verdict_words(verdict: Mapping[str, Any]) -> VerdictWords:
    """Return headline and advice of a verdict; an inconclusive one's advice fits its reason.

    >>> verdict_words({"verdict": "inconclusive", "reason": "replicates"}).advice
    'Run again with more replicates; a longer log would not help.'
    """
    words = VERDICTS.get(verdict["verdict"], _UNKNOWN_VERDICT)
    advice = ADVICE.get(verdict.get("reason") or "")
    return words if advice is None else words._replace(advice=advice)


def score_short_label(entry: Mapping[str, Any]) -> str:
    """Return a score's name for a narrow table, where it stands under the score it is of.

    >>> score_short_label({"score": "ais_over_placebo", "preference": None})
    '  over_placebo'
    """
    label = score_label(entry)
    return "  over_placebo" if label in _OVER_PLACEBO else label


def verdict_subject(verdict: Mapping[str, Any]) -> str:
    """Return what a verdict is about.

    >>> verdict_subject({"preference": "co_click", "representation": "title"})
    'co_click with title'
    >>> verdict_subject({"preference": "co_click", "representation": None})
    'co_click'
    """
    representation = verdict.get("representation")
    return f"{verdict['preference']}" + (f" with {representation}" if representation else "")


def users_needed_words(verdict: Mapping[str, Any]) -> str:
    """Return the sentence on how many users a clear answer needs, or an empty string.

    >>> users_needed_words({"users_needed": 41000})
    'About 41,000 users would be needed.'
    """
    needed = verdict.get("users_needed")
    return f"About {needed:,.0f} users would be needed." if needed is not None else ""
