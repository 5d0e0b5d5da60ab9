"""``python -m benchmarks.fuzz_bytes_part READER SECONDS SEED FOLDER``: one reader, under libFuzzer.

Appends a line of JSON to FOLDER/failures.jsonl for every new place that fails. What ends the
process (a hang, too much memory, a crash) leaves its input beside it.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random

from tests.fuzz.settings_damage import PIECES, changed

# Nothing of lis_sim: what is imported before main would not be watched.
FAILURES, SEEDS, WORDS, INPUT = "failures.jsonl", "seeds", "words", "input-"
_HUNG = 20  # seconds an input may take
_MOST_PLACES = 20
_LONGEST_MESSAGE = 4_000  # characters; a message is read by a person
_MEGABYTES = 2_048
_LONGEST_INPUT = 4_000  # bytes, or twice the longest seed
_HEAD = 8  # bytes of the length before the JSON of a safetensors file
_OURS = ("/lis_sim/", "/benchmarks/fuzz_readers")


def failure_of(
    read: Callable[[bytes, Path], object], data: bytes, folder: Path, accepted: type[Exception]
) -> tuple[str, str] | None:
    """Return where and how ``read`` failed: anything but success or an ``accepted`` error."""
    try:
        read(data, folder)
    except accepted as error:
        problem = _unreadable(str(error))
        return None if problem is None else (_place(error), problem)
    except Exception as error:  # whatever it is: that is the question
        return _place(error), "".join(traceback.format_exception(error, limit=-12))
    return None


def _place(error: Exception) -> str:
    """Return what failures of one cause share."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if any(part in one.filename for part in _OURS)] or frames
    return f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"


def _unreadable(message: str) -> str | None:
    if not message.strip() or len(message) > _LONGEST_MESSAGE:
        return f"a message of {len(message):,} characters: {message[:200]!r}"
    try:
        message.encode("utf-8")
    except UnicodeEncodeError:
        return f"a message that cannot be printed: {message!r:.500}"
    return None


def mutated(data: bytes, form: str, random: Random) -> bytes | None:
    """Return ``data`` with some values of its JSON changed; None where it has no JSON (any more).

    Changed bytes are seldom JSON again: these get past the parser.

    >>> mutated(b"no JSON", "json", Random(0)) is None
    True
    """
    try:
        if form == "json":
            return _changed(data, random)
        if form == "lines":
            lines = data.split(b"\n")
            at = random.randrange(len(lines))
            lines[at] = _changed(lines[at], random)
            return b"\n".join(lines)
        if form == "arrays":
            end = _HEAD + int.from_bytes(data[:_HEAD], "little")
            head = _changed(data[_HEAD:end], random)
            return len(head).to_bytes(_HEAD, "little") + head + data[end:]
    except (ValueError, RecursionError):
        return None
    return None


def _changed(text: bytes, random: Random) -> bytes:
    value = json.loads(text)
    if not isinstance(value, dict | list) or not value:
        raise ValueError("nothing to change in it")
    return json.dumps(changed(value, random, 1)).encode()


def words(seeds: Iterable[bytes]) -> str:
    r"""Return the dictionary for libFuzzer: what the seeds and odd inputs are made of.

    >>> words([b'{"a": 1}']).splitlines()[0]
    '"\\x22\\x61\\x22"'
    """
    found = [word for seed in seeds for word in re.findall(rb'"[^"\\]{1,40}"|[\w.]{2,30}', seed)]
    short = [piece for piece in (*dict.fromkeys(found), *PIECES) if len(piece) <= 60]
    return "".join('"' + "".join(f"\\x{one:02x}" for one in word) + '"\n' for word in short[:600])


def main(arguments: Sequence[str]) -> None:
    """Run libFuzzer, which ends the process."""
    name, seconds, seed, given = arguments
    folder = Path(given)
    import atheris

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with atheris.instrument_imports(include=["lis_sim", "yaml"]):
        errors = importlib.import_module("lis_sim.errors")
        readers = importlib.import_module("benchmarks.fuzz_readers")
    reader = readers.READERS[name]
    seeds = reader.seeds()
    (folder / SEEDS).mkdir()
    for at, one in enumerate(seeds):
        (folder / SEEDS / str(at)).write_bytes(one)
    (folder / WORDS).write_text(words(seeds), encoding="ascii")
    own = folder / "own"
    own.mkdir()
    places: set[str] = set()

    def try_one(data: bytes) -> None:
        found = failure_of(reader.read, data, own, errors.LisSimError)
        if found is not None and found[0] not in places and len(places) < _MOST_PLACES:
            places.add(found[0])
            line = {"place": found[0], "message": found[1], "bytes": data.hex()}
            with (folder / FAILURES).open("a", encoding="utf-8", errors="replace") as out:
                out.write(json.dumps(line) + "\n")

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        found = mutated(data, reader.form, random) if random.random() < 0.5 else None
        if found is None or len(found) > most:
            return bytes(atheris.Mutate(data, most))
        return found

    options = {
        "max_total_time": seconds,
        "seed": seed,
        "timeout": _HUNG,
        "rss_limit_mb": _MEGABYTES,
        "max_len": max(_LONGEST_INPUT, *(2 * len(one) for one in seeds)),
        "len_control": 0,  # whole files from the first input on
        "dict": folder / WORDS,
        "artifact_prefix": folder / INPUT,
        "print_final_stats": 1,
        "verbosity": 1,
    }
    given_options = [f"-{key}={value}" for key, value in options.items()]
    custom = {"custom_mutator": mutate} if reader.form else {}
    atheris.Setup([sys.argv[0], *given_options, str(folder / SEEDS)], try_one, **custom)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
