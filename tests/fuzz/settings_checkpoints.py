"""Cases of checkpoints: a file of them was changed, and the run goes on from what is left.

Whatever was damaged, the run ends with the bytes of an undisturbed one, or says what is off.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.fuzz.case import Case
from tests.fuzz.settings_damage import damaged
from tests.fuzz.settings_run_folder import Template, damage, resume


def checkpoint_cases(seed: int, folder: Path) -> Iterator[Case]:
    """Yield, for ever, runs killed before their end with something wrong in their checkpoints."""
    template = Template(folder / "checkpoints")
    template.copy()  # made now, not within the time limit of a case
    number = 0
    while True:
        random = Random(f"{seed} checkpoint {number}")
        how = random.choice(("part", "part", "manifest", "array", "lost"))
        yield Case(
            f"checkpoint: {how}",
            str(number),
            partial(_try, template, how, random),
            says=re.escape(str(template.folder)),
        )
        number += 1


def _try(template: Template, how: str, random: Random) -> None:
    folder = template.copy(finished=False)
    checkpoints = sorted(one.parent for one in (folder / "checkpoints").glob("*/manifest.json"))
    if random.random() < 0.6:
        shutil.rmtree(checkpoints.pop())  # killed earlier: windows are still to be played
    one = random.choice(checkpoints[-1:] * 3 + checkpoints)
    parts = sorted(one.glob("*.safetensors"))
    part = random.choice(parts)
    if how == "manifest":
        damage(one / "manifest.json", random)
    elif how == "part":
        part.write_bytes(damaged(part.read_bytes(), random))
    elif how == "lost":
        part.unlink()
    else:
        _edited(part, one / "manifest.json", random)
    resume(template, folder)


def _edited(part: Path, manifest: Path, random: Random) -> None:
    """Give a part arrays of other types, shapes or names, and a manifest that agrees with it.

    Never other numbers in the same arrays: nobody can tell those from what the run wrote.
    """
    arrays = dict(load_file(part))
    name = random.choice(sorted(arrays))
    change = random.choice(("lost", "type", "longer", "flat", "another"))
    if change == "lost":
        del arrays[name]
    elif change == "type":
        arrays[name] = arrays[name].astype(np.uint8)
    elif change == "longer":
        arrays[name] = np.concatenate([np.atleast_1d(arrays[name])] * 2)
    elif change == "flat":
        arrays[name] = np.zeros(0, arrays[name].dtype)
    else:
        arrays[f"{name}-other"] = arrays.pop(name)
    save_file(arrays, part)
    content = json.loads(manifest.read_text())
    for key, entry in content.get("files", {}).items():
        if Path(key).name == part.name and isinstance(entry, dict):
            entry["sha256"] = hashlib.sha256(part.read_bytes()).hexdigest()
            entry["bytes"] = part.stat().st_size
    manifest.write_text(json.dumps(content))
