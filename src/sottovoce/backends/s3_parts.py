"""Sealed parts in a bucket that speaks S3 (docs/spec/bucket.md).

Rules:
1. A part is pieces under a random name, each created once and read back, and a pointer to them.
2. A part is there when its pointer is: until then no reader finds it, and no copy is made.
3. What is deleted is looked for again: a store that only says so does not pass for one that does.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from sottovoce.backends.s3_bucket import Bucket
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import LOCAL, Part
from sottovoce.vault.seal import Sink, Source, tampered
from sottovoce.vault.shelf import Resting

PIECE = 16 << 20
_AHEAD = 1 << 20
_POINTER = re.compile(
    rb"sottovoce part v1\n([0-9a-f]{32}) (0|[1-9][0-9]{0,15}) ([1-9][0-9]{0,9})\n"
)
_PIECE_KEY = re.compile(r"(?P<stem>[a-z]{1,32}-(0|[1-9][0-9]*))\.(?P<draw>[0-9a-f]{32})\.[0-9]{6}")
_POINTER_KEY = re.compile(r"(?P<stem>[a-z]{1,32}-(0|[1-9][0-9]*))\.seal")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which pieces make up a part."""

    draw: str
    size: int
    piece: int

    @property
    def line(self) -> bytes:
        return f"sottovoce part v1\n{self.draw} {self.size} {self.piece}\n".encode()


def read_pointer(data: bytes) -> Pointer | None:
    """Return what a pointer says, None where it is not one."""
    found = _POINTER.fullmatch(data)
    return Pointer(found[1].decode(), int(found[2]), int(found[3])) if found else None


@dataclass(frozen=True, slots=True)
class _Object:
    """An object's key, taken apart; with no stem it is a stranger's, with no draw a pointer."""

    key: str
    recording: str
    stem: str = ""
    draw: str = ""

    @property
    def is_pointer(self) -> bool:
        return bool(self.stem) and not self.draw


class _S3Sink:
    """A part being written, a piece at a time; ``discard`` deletes its pieces."""

    def __init__(self, parts: "S3Parts", part: Part) -> None:
        self._parts = parts
        self._part = part
        self._draw = os.urandom(16).hex()
        self._buffer = bytearray()
        self._pieces = self._size = 0
        self._ended = False

    def write(self, data: memoryview) -> None:
        if self._ended:
            raise ValueError("the part is closed already")
        while len(data):
            taken = min(self._parts.piece - len(self._buffer), len(data))
            self._buffer += data[:taken]
            data = data[taken:]
            if len(self._buffer) == self._parts.piece:
                self._send()

    def close(self) -> None:
        if self._ended:
            return
        if self._buffer:
            self._send()
        self._ended = True
        self._parts.written(self._part, Pointer(self._draw, self._size, self._parts.piece))

    def discard(self) -> None:
        if self._ended:
            return
        self._ended = True
        keys = [self._parts.piece_key(self._part, self._draw, n) for n in range(self._pieces + 1)]
        with suppress(Unavailable):  # What cannot be deleted now is pruned with its recording.
            self._parts.bucket.delete(keys)

    def _send(self) -> None:
        key = self._parts.piece_key(self._part, self._draw, self._pieces)
        self._parts.bucket.create(key, bytes(self._buffer))
        self._pieces += 1
        self._size += len(self._buffer)
        self._buffer.clear()


class _S3Source:
    """A settled part, read at any place; who reads on and on is read ahead for."""

    def __init__(self, parts: "S3Parts", part: Part, pointer: Pointer) -> None:
        self._parts = parts
        self._part = part
        self._pointer = pointer
        self.size = pointer.size
        self._start, self._ahead = 0, b""
        self._next = -1

    def read_into(self, offset: int, view: memoryview) -> int:
        done, stop = 0, min(len(view), max(0, self.size - offset))
        while done < stop:
            data = self._at(offset + done, stop - done)
            view[done : done + len(data)] = data
            done += len(data)
        self._next = offset + done
        return done

    def close(self) -> None:
        self._ahead = b""

    def _at(self, place: int, wanted: int) -> bytes:
        """Return some of the bytes from a place on."""
        held = place - self._start
        if not 0 <= held < len(self._ahead):
            self._fetch(place, max(wanted, _AHEAD) if place == self._next else wanted)
            held = 0
        return self._ahead[held : held + wanted]

    def _fetch(self, place: int, wanted: int) -> None:
        number, start = divmod(place, self._pointer.piece)
        stop = min(start + wanted, self._pointer.piece, self.size - number * self._pointer.piece)
        key = self._parts.piece_key(self._part, self._pointer.draw, number)
        found = self._parts.bucket.read_range(key, start, stop)
        if found is None:
            raise tampered(self._part)
        self._start, self._ahead = place, found


class S3Parts:
    """``vault.shelf.Parts`` in a bucket; raises Unavailable when the bucket fails or lies.

    ``tenant`` is the folder: vaults of several tenants may share a bucket.
    """

    def __init__(self, bucket: Bucket, *, tenant: str = LOCAL, piece: int = PIECE) -> None:
        self.bucket = bucket
        self.piece = piece
        self._tenant = tenant
        self._written: dict[Part, Pointer] = {}

    def create(self, part: Part) -> Sink:
        self._written.pop(part, None)
        here = [one for one in self._of(part.recording) if one.stem == part.stem]
        kept = self._kept(here, (part.name,))
        self._delete(part.recording, [one for one in here if one not in kept])
        return _S3Sink(self, part)

    def written(self, part: Part, pointer: Pointer) -> None:
        """Remember a part that is whole, to be settled."""
        self._written[part] = pointer

    def settle(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if part not in self._written:
                raise Unavailable(f"the part {part} was not created")
        for part in parts:
            self.bucket.replace(self._pointer_key(part), self._written[part].line)
            del self._written[part]

    def open(self, part: Part) -> Source:
        pointer = read_pointer(self.bucket.read(self._pointer_key(part)) or b"")
        if pointer is None:
            raise tampered(part)
        return _S3Source(self, part, pointer)

    def prune(self, recording: RecordingId, spare: Collection[str]) -> None:
        for part in [part for part in self._written if part.recording == recording]:
            del self._written[part]
        here = list(self._of(recording))
        kept = self._kept(here, spare)
        self._delete(recording, [one for one in here if one not in kept])

    def remove(self, part: Part) -> None:
        self._written.pop(part, None)
        here = self._of(part.recording)
        self._delete(part.recording, [one for one in here if one.stem == part.stem])

    def resting(self) -> Iterator[Resting]:
        listed = (self._taken_apart(one.key) for one in self.bucket.list(self._tenant))
        for _, some in groupby(listed, key=lambda one: one.recording):
            yield from self._resting(list(some))

    def piece_key(self, part: Part, draw: str, number: int) -> str:
        """Name a piece of a part."""
        return f"{self._tenant}/{part.recording}/{part.stem}.{draw}.{number:06}"

    def _pointer_key(self, part: Part) -> str:
        return f"{self._tenant}/{part.recording}/{part.stem}.seal"

    def _of(self, recording: str) -> Iterator[_Object]:
        for one in self.bucket.list(f"{self._tenant}/{recording}"):
            yield self._taken_apart(one.key)

    def _taken_apart(self, key: str) -> _Object:
        recording, _, name = key.removeprefix(f"{self._tenant}/").partition("/")
        found = _POINTER_KEY.fullmatch(name) or _PIECE_KEY.fullmatch(name)
        if found is None or self._part(recording, found["stem"]) is None:
            return _Object(key, recording)
        return _Object(key, recording, found["stem"], found.groupdict().get("draw", ""))

    def _part(self, recording: str, stem: str) -> Part | None:
        name, _, channel = stem.rpartition("-")
        try:
            return Part(RecordingId(recording), name, int(channel))
        except (ValueError, Unfit):
            return None

    def _draws(self, here: Iterable[_Object]) -> dict[str, str | None]:
        """Return which pieces the pointers name, by stem; None where one cannot be read."""
        found = {one.stem: self.bucket.read(one.key) for one in here if one.is_pointer}
        read = {stem: read_pointer(data or b"") for stem, data in found.items()}
        return {stem: pointer.draw if pointer else None for stem, pointer in read.items()}

    def _kept(self, here: Sequence[_Object], spare: Collection[str]) -> list[_Object]:
        """Return what is to stay: the spared names' pointers, and the pieces that these name."""
        spared = [one for one in here if one.stem.rpartition("-")[0] in spare]
        draws = self._draws(spared)
        return [one for one in spared if one.is_pointer or _is_named(one, draws)]

    def _delete(self, recording: str, doomed: Sequence[_Object]) -> None:
        """Delete objects, pointers first, and look whether they are gone."""
        if not doomed:
            return
        self.bucket.delete([one.key for one in doomed if one.is_pointer])
        self.bucket.delete([one.key for one in doomed if not one.is_pointer])
        if left := set(doomed) & set(self._of(recording)):
            raise Unavailable(
                f"the bucket said that {len(doomed)} objects are deleted, and has {len(left)} yet",
                hint="see to the bucket's rights and rules, then run it again",
            )

    def _resting(self, here: Sequence[_Object]) -> Iterator[Resting]:
        draws, aside = self._draws(here), set[str]()
        for one in here:
            part = self._part(one.recording, one.stem) if one.stem else None
            if one.is_pointer:
                yield Resting(part, settled=True)
            elif part is None or (one.stem in draws and not _is_named(one, draws)):
                # What an older draw left is told as nobody's: to remove it by its part would take
                # the settled one with it.
                yield Resting(None, settled=False)
            elif one.stem not in draws and one.stem not in aside:
                aside.add(one.stem)
                yield Resting(part, settled=False)


def _is_named(one: _Object, draws: Mapping[str, str | None]) -> bool:
    """Tell whether a pointer names this piece, or cannot be read and so may."""
    return one.stem in draws and draws[one.stem] in (one.draw, None)
