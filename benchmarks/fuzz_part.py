"""``python -m benchmarks.fuzz_part PART SEED COUNT START FOLDER RESULTS``: cases, one by one.

Appends a line of JSON to RESULTS for every case. A case that does not return within two minutes
ends the process, with the place where it stood on stderr.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import logging
import sys
import warnings
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tests.fuzz.case import judge

_HUNG = 120.0  # seconds
_LONGEST_NAME = 400
_LONGEST_MESSAGE = 4_000


def main(arguments: Sequence[str]) -> int:
    """Run the cases of one part from START on."""
    part, seed, count, start, folder, results = arguments
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    made = importlib.import_module(f"tests.fuzz.{part}_cases").cases
    Path(folder).mkdir(parents=True, exist_ok=True)
    with Path(results).open("a", encoding="utf-8", errors="backslashreplace") as out:
        for case in islice(made(int(seed), int(count), Path(folder)), int(start), None):
            faulthandler.dump_traceback_later(_HUNG, exit=True)
            outcome = judge(case)
            faulthandler.cancel_dump_traceback_later()
            line = {
                "kind": case.kind,
                "name": case.name[:_LONGEST_NAME],
                "status": outcome.status,
                "message": outcome.message[-_LONGEST_MESSAGE:]
                if outcome.status == "failed"
                else "",
                "seconds": outcome.seconds,
            }
            out.write(json.dumps(line) + "\n")
            out.flush()
    return 0


if __name__ == "__main__":
    faulthandler.enable()
    sys.exit(main(sys.argv[1:]))
