"""A folder that belongs to one run, or to one search: whose it is, and who may write it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.data.locking import locked
from lis_sim.errors import RunError
from lis_sim.plain import read_object
from lis_sim.training.whole_text import PARTIAL, write_json

SUMMARY = "summary.json"  # written last


@dataclass(frozen=True, slots=True)
class OwnedFolder:
    """A folder with a file that says what decides the numbers in it.

    Attributes:
        path: The folder.
        what: What it is one of, in a word: ``run`` or ``search``.
        identity: The name of that file.
        own: Names and patterns of all else that is written there, in the order in which a restart
            removes it.
    """

    path: Path
    what: str
    identity: str
    own: tuple[str, ...]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from writing the folder while the block runs.

        Raises:
            RunError: one of them writes it; its cause is a :class:`BlockingIOError`.
        """
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.path, wait=False))
            except BlockingIOError as error:
                raise RunError(
                    f"{self.path} is being written by another process; wait for it, or use another "
                    "--out"
                ) from error
            yield

    def claim(self, identity: Mapping[str, Any], restart: bool) -> None:
        """Make the folder that of ``identity``; :class:`RunError` if it is something else's.

        ``restart`` removes what is there of it first, and nothing else. A kill in the midst leaves
        a folder that can be claimed again.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._refuse_links()
        known = self._known()
        if known is None:
            self._refuse_foreign()
        elif restart:
            self._clear()
        elif known != dict(identity):
            raise RunError(
                f"{self.path} holds another {self.what} (other {_differing(known, identity)}); use "
                "another --out, or --restart to replace it"
            )
        # First: the folder is ours from here on, whatever else is missing.
        write_json(self.path / self.identity, identity)

    @property
    def finished(self) -> bool:
        """Whether what the folder is of has come to its end."""
        return (self.path / SUMMARY).is_file()

    def summary(self) -> dict[str, Any]:
        """Return ``summary.json``; :class:`RunError` when there is none."""
        if not self.finished:
            raise RunError(
                f"{self.path} has no {SUMMARY}: it is no {self.what} folder, or its {self.what} "
                "has not come to its end; the command that began it goes on with it"
            )
        return read_object(self.path / SUMMARY, self.what)

    def _known(self) -> dict[str, Any] | None:
        path = self.path / self.identity
        if not path.is_file():
            return None
        try:
            return read_object(path, self.what)
        except RunError as error:
            raise RunError(f"{error}; use another --out") from error

    def _refuse_links(self) -> None:
        """A folder that came from somebody else must not make us write elsewhere."""
        links = sorted(p.name for p in self.path.iterdir() if p.is_symlink())
        if links:
            raise RunError(
                f"{self.path} holds links ({', '.join(links[:5])}); accepted: a folder of real "
                "files, as what is written to a link goes elsewhere; use another --out"
            )

    def _refuse_foreign(self) -> None:
        foreign = sorted(p.name for p in self.path.iterdir() if p.suffix != PARTIAL)
        if foreign:
            raise RunError(
                f"{self.path} is not empty and holds no {self.what} (it has "
                f"{', '.join(foreign[:5])}); use another --out"
            )

    def _clear(self) -> None:
        for path in (found for name in self.own for found in sorted(self.path.glob(name))):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def named_for(folder: str, name: str, identity: Mapping[str, Any]) -> Path:
    """Return ``folder/NAME-XXXXXXXX``, the digits standing for ``identity``."""
    key = json.dumps(identity, sort_keys=True)
    return Path(folder) / f"{name}-{hashlib.blake2b(key.encode(), digest_size=4).hexdigest()}"


def _differing(known: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    """Name what differs, down to the single settings."""
    names = []
    for key in sorted(known.keys() | identity.keys()):
        ours, theirs = identity.get(key), known.get(key)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            changed = sorted(k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k))
            names += [f"{key}.{k}" if key == "search" else k for k in changed]
        elif ours != theirs:
            names.append(key)
    return ", ".join(names)
