"""Write a recording's outputs into a folder, all at once or not at all.

Rules:
1. A name that is too long, or a folder in the place of an output, is refused before any work.
2. Nothing is written through what already stands in the folder: a link there may lead elsewhere.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from sottovoce.redaction.encode import SoundForm, write_sound
from sottovoce.redaction.marks import Mark
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.sound import Sound

ROLES = ("redacted.flac", "transcript.json", "txt", "vtt", "report.html", "receipt.json")
"""What a recording comes to if nothing else is ordered."""
EVERY_ROLE = (*ROLES, *(f"redacted.{f.value}" for f in SoundForm if f is not SoundForm.FLAC))
"""What a recording can come to; the names of its outputs end in these."""


class FolderOutlet:
    """Outputs named ``STEM.role``, written as ``.STEM.role.part`` until they are revealed.

    Raises Unfit when the folder cannot have names as long as these, or has a folder in the place of
    one.
    """

    def __init__(self, folder: Path, stem: str) -> None:
        if "/" in stem or "\0" in stem:
            raise ValueError("stem must be a plain file name")
        _expect_short(folder, stem)
        _expect_free(folder, stem)
        self._folder = folder
        self._stem = stem
        self._roles: list[str] = []

    def put(self, role: str, data: bytes) -> str:
        path = self._aside(role)
        try:
            with path.open("r+b") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _cannot_write(error) from error
        return _digest(path)

    def put_sound(
        self, role: str, sound: Sound, *, marks: Sequence[Mark] = (), comment: str = ""
    ) -> str:
        form = SoundForm(role.rpartition(".")[2])
        path = self._aside(role)
        write_sound(sound, path, form, marks=marks, comment=comment)
        return _digest(path)

    def reveal(self) -> Mapping[str, Path]:
        places = {role: self._folder / f"{self._stem}.{role}" for role in self._roles}
        try:
            # What an earlier run published under this name is not what the new receipt speaks of.
            for role in set(EVERY_ROLE) - set(places):
                (self._folder / f"{self._stem}.{role}").unlink(missing_ok=True)
            for role, place in places.items():
                self._part(role).replace(place)
            _sync(self._folder)
        except OSError as error:
            raise _cannot_write(error) from error
        self._roles = []
        return places

    def discard(self) -> None:
        for role in self._roles:
            with suppress(OSError):
                self._part(role).unlink(missing_ok=True)
        self._roles = []

    def _aside(self, role: str) -> Path:
        part = self._part(role)
        self._roles.append(role)
        try:
            part.unlink(missing_ok=True)
            part.touch(exist_ok=False)
        except OSError as error:
            raise _cannot_write(error) from error
        return part

    def _part(self, role: str) -> Path:
        return self._folder / f".{self._stem}.{role}.part"


def ready(folder: Path) -> None:
    """Make the folder if it is not there and see that it can be written, or raise Unfit."""
    # One name for all, so that what a crash leaves of it goes with the next run.
    probe = folder / ".sottovoce.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise Unfit(
            f"the output folder cannot be written: {_cause(error)}",
            hint="choose another with --out DIR",
        ) from error


def _expect_short(folder: Path, stem: str) -> None:
    longest = max(len(os.fsencode(f".{stem}.{role}.part")) for role in EVERY_ROLE)
    limit = os.pathconf(folder, "PC_NAME_MAX")
    if longest > limit:
        raise Unfit(
            f"the input's name is too long: an output's would have {longest} bytes; the limit is"
            f" {limit}",
            hint="rename the input",
        )


def _expect_free(folder: Path, stem: str) -> None:
    for role in EVERY_ROLE:
        if (folder / f"{stem}.{role}").is_dir():
            raise Unfit(
                f"a folder stands where the output {role} goes",
                hint="move it away or choose another --out DIR",
            )


def _cannot_write(error: OSError) -> Unavailable:
    return Unavailable(
        f"the outputs cannot be written: {_cause(error)}",
        hint="make room or choose another --out DIR, then process the input again",
    )


def _cause(error: OSError) -> str:
    return (error.strerror or "unknown cause").lower()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
