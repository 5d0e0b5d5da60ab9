"""Trials whose process was killed."""

from __future__ import annotations

PROCESS_DIED = (
    "the process of the trial died (killed from outside, or out of memory); its folder is kept, "
    "and the same command goes on with it"
)
OUT_OF_MEMORY = (
    "Ray's memory monitor killed the process of the trial, which played alone: the machine has "
    "too little memory for it; its folder is kept, and the same command goes on with it"
)


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Return whether Ray's memory monitor is behind ``error``.

    What it does arrives as an error that Tune does not know: it ends the whole search and does
    not say which trial it was. Only a cluster that was there before has the monitor.
    """
    from ray.exceptions import OutOfMemoryError

    while error is not None:
        if isinstance(error, OutOfMemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
