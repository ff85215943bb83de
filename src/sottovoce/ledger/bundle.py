"""An evidence bundle: entries with their proofs, under one head, in one file (docs/spec/bundle.md).

Rules:
1. It is written and read line by line; memory does not grow with it.
2. A line has one form, so no byte can change unseen.
3. The file says who signed it; who is believed is said from outside.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

from sottovoce.ledger.canonical import canonical, read_canonical
from sottovoce.ledger.entry import decode_entry, read_time, time_text
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import (
    Signer,
    VerifierKey,
    from_base64,
    open_note,
    read_vkeys,
    sign_note,
    to_base64,
)
from sottovoce.ledger.receipt import verify_receipt
from sottovoce.ledger.tree import (
    MAX_SIZE,
    InclusionProof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import RecordingId, recording_id

MAGIC = b"sottovoce evidence v1\n"
_MAX_LINE = 4 << 20
_MAX_RECORDINGS = 100_000
_MAX_PROOF = 64
_HEADING = {"about", "growth", "head", "keys", "made_at", "stamp"}
_ABOUT = {"what", "recordings", "since", "until"}
_PIECE = {"entry", "index", "proof"}
_WHATS = ("recording", "person", "period", "case")


@dataclass(frozen=True, slots=True)
class About:
    """What a bundle is about: recordings, or a stretch of time, or both."""

    what: str
    recordings: frozenset[RecordingId] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def has(self, event: Event) -> bool:
        """Tell whether an entry belongs; one that is about no recording may."""
        if (self.since and event.at < self.since) or (self.until and event.at >= self.until):
            return False
        return (
            self.what == "period" or event.recording is None or event.recording in self.recordings
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry with its proof, and its receipt where that is at hand."""

    index: int
    entry: bytes = field(repr=False)
    proof: tuple[bytes, ...] = field(repr=False)
    receipt: bytes | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Growth:
    """A consistency proof from a head of ``old`` entries."""

    old: int
    proof: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProvenBundle:
    """What a bundle proved; ``since`` is the size of the head kept elsewhere that it grew from."""

    key: VerifierKey
    head: Head
    about: About
    entries: int
    first: int
    last: int
    receipts: int
    unknown: int
    kinds: Mapping[str, int]
    since: int | None = None
    stamp: bytes | None = field(repr=False, default=None)
    """What a time-stamping authority is said to have answered; it is not checked yet."""

    @property
    def has_no_gap(self) -> bool:
        return self.last - self.first + 1 == self.entries


def write_bundle(
    about: About,
    head: Head,
    pieces: Iterable[Piece],
    *,
    made_at: datetime,
    signer: Signer,
    growth: Growth | None = None,
    stamp: bytes | None = None,
) -> Iterator[bytes]:
    """Yield the lines of a bundle, the last of them signed over all before."""
    whole, count = sha256(), 0
    heading: dict[str, object] = {
        "about": _about_text(about),
        "head": head.note.decode(),
        "keys": _vkeys(signer.key),
        "made_at": time_text(made_at),
    }
    if growth:
        heading["growth"] = {"old": growth.old, "proof": list(map(to_base64, growth.proof))}
    if stamp:
        heading["stamp"] = to_base64(stamp)
    for line in (MAGIC, canonical(heading) + b"\n"):
        whole.update(line)
        yield line
    for piece in pieces:
        line = canonical(_piece_text(piece)) + b"\n"
        whole.update(line)
        count += 1
        yield line
    note = sign_note(_closing(whole.hexdigest()), signer)
    yield canonical({"entries": count, "note": note.decode()}) + b"\n"


def check_bundle(
    file: BinaryIO, *, trusted: VerifierKey | None, older: bytes | None = None
) -> ProvenBundle:
    """Check a bundle to its last byte, or raise Tampered; Unfit for what is no bundle.

    Without a trusted key the file's own is used: that proves only that one holder of some key
    said all of it. ``older`` is the note of a head kept elsewhere.
    """
    lines = _Lines(file)
    if lines.take() != MAGIC:
        raise Unfit("the file is no evidence bundle of version 1")
    heading = _heading(lines.take())
    if trusted not in (None, heading.key):
        raise Tampered(
            "the bundle is signed by another key than the one trusted",
            hint="if another vault made it, give that vault's key with --key",
        )
    key = trusted or heading.key
    head = open_head(heading.note, key)
    since = _expect_grown(head, heading.growth, older, key)
    seen = _Seen(heading.about, head, key)
    while "note" not in (line := _object(lines.take())):
        seen.take(_piece(line))
    _expect_closed(line, lines, seen.entries, key)
    return ProvenBundle(key, head, heading.about, since=since, stamp=heading.stamp, **seen.found())


class _Lines:
    """The lines of a stranger's file, and the hash of all that were taken but the last."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._whole, self._last = sha256(), b""

    def take(self) -> bytes:
        """Return the next line with its end."""
        self._whole.update(self._last)
        self._last = self._file.readline(_MAX_LINE + 1)
        if len(self._last) > _MAX_LINE:
            raise Unfit(f"a line of the bundle has more than {_MAX_LINE} bytes")
        if not self._last.endswith(b"\n"):
            raise Tampered("the bundle ends before its closing line")
        return self._last

    def expect_end(self) -> str:
        """Return the hash of all lines but the last; raise Tampered where more follows it."""
        if self._file.read(1):
            raise Tampered("something follows the bundle's closing line")
        return self._whole.hexdigest()


class _Seen:
    """What was checked of the entries so far; nothing of them is kept."""

    def __init__(self, about: About, head: Head, key: VerifierKey) -> None:
        self._about, self._head, self._key = about, head, key
        self.entries = self.receipts = self.unknown = 0
        self._first, self._last = 0, -1
        self._kinds: Counter[str] = Counter()

    def take(self, piece: Piece) -> None:
        """Check the next entry, or raise Tampered."""
        if piece.index <= self._last:
            raise Tampered(f"entry {piece.index} of the bundle comes after entry {self._last}")
        proof = InclusionProof(piece.index, self._head.size, piece.proof)
        verify_inclusion(proof, leaf_hash(piece.entry), self._head.root)
        self._read(piece)
        if piece.receipt is not None:
            self._expect_receipt(piece)
        self._first = self._first if self.entries else piece.index
        self._last, self.entries = piece.index, self.entries + 1

    def found(self) -> dict[str, Any]:
        """Return what a bundle of these entries proved."""
        return {
            "entries": self.entries,
            "first": self._first,
            "last": self._last,
            "receipts": self.receipts,
            "unknown": self.unknown,
            "kinds": dict(self._kinds),
        }

    def _read(self, piece: Piece) -> None:
        try:
            event = decode_entry(piece.entry)
        except Unfit:
            self.unknown += 1  # It is in the tree; a later version wrote it.
            return
        if not self._about.has(event):
            raise Tampered(f"entry {piece.index} is not about what the bundle says it is about")
        self._kinds[event.kind] += 1

    def _expect_receipt(self, piece: Piece) -> None:
        proven = verify_receipt(piece.receipt or b"", trusted=self._key)
        if proven.index != piece.index or proven.event != decode_entry(piece.entry):
            raise Tampered(f"the receipt beside entry {piece.index} is that of another entry")
        self.receipts += 1


@dataclass(frozen=True, slots=True)
class _Heading:
    about: About
    note: bytes = field(repr=False)
    key: VerifierKey
    growth: Growth | None
    stamp: bytes | None = field(repr=False)


def _expect_grown(
    head: Head, growth: Growth | None, older: bytes | None, key: VerifierKey
) -> int | None:
    """Return the size of the head kept elsewhere if this one grew from it, None if it may have."""
    if older is None:
        return None
    kept = open_head(older, replace(key, second=None))  # It may be from before the second key.
    if kept.size == head.size and kept.root != head.root:
        raise Tampered("the bundle's ledger is not that of the head kept elsewhere")
    if kept.size == head.size:
        return kept.size
    if growth is None or growth.old != kept.size:
        return None
    roots = {"old_root": kept.root, "new_root": head.root}
    verify_consistency(growth.old, head.size, growth.proof, **roots)
    return kept.size


def _expect_closed(line: dict[str, object], lines: _Lines, entries: int, key: VerifierKey) -> None:
    digest = lines.expect_end()
    if set(line) != {"entries", "note"} or line["entries"] != entries or not entries:
        raise Tampered("the bundle's closing line does not count its entries")
    if open_note(_text(line["note"]).encode(), key) != _closing(digest):
        raise Tampered("the bundle is not the one that its closing line was signed for")


def _closing(digest: str) -> str:
    return f"{MAGIC.decode()}{digest}\n"


def _vkeys(key: VerifierKey) -> str:
    return key.vkey + (f"\n{key.second.vkey}" if key.second else "")


def _about_text(about: About) -> dict[str, object]:
    times = {"since": about.since, "until": about.until}
    asked = {name: time_text(at) for name, at in times.items() if at}
    return {"what": about.what, "recordings": sorted(about.recordings), **asked}


def _piece_text(piece: Piece) -> dict[str, object]:
    said: dict[str, object] = {
        "entry": piece.entry.decode(),
        "index": piece.index,
        "proof": list(map(to_base64, piece.proof)),
    }
    return said | ({"receipt": piece.receipt.decode()} if piece.receipt else {})


def _heading(line: bytes) -> _Heading:
    said = _object(line)
    if not {"about", "head", "keys", "made_at"} <= set(said) <= {*_HEADING}:
        raise Unfit("the bundle's heading has not its form")
    _time(said["made_at"])
    return _Heading(
        about=_about(said["about"]),
        note=_text(said["head"]).encode(),
        key=read_vkeys(_text(said["keys"])),
        growth=_growth(said["growth"]) if "growth" in said else None,
        stamp=from_base64(_text(said["stamp"])) if "stamp" in said else None,
    )


def _about(said: object) -> About:
    if not isinstance(said, dict) or not {"what", "recordings"} <= set(said) <= _ABOUT:
        raise Unfit("the bundle does not say what it is about")
    recordings = [recording_id(_text(one)) for one in _list(said["recordings"], _MAX_RECORDINGS)]
    if recordings != sorted(set(recordings)) or said["what"] not in _WHATS:
        raise Unfit("the bundle does not say what it is about")
    since, until = (_time(said[name]) if name in said else None for name in ("since", "until"))
    return About(_text(said["what"]), frozenset(recordings), since, until)


def _growth(said: object) -> Growth:
    if not isinstance(said, dict) or set(said) != {"old", "proof"}:
        raise Unfit("the bundle's proof of growth has not its form")
    return Growth(_number(said["old"]), _hashes(said["proof"]))


def _piece(said: dict[str, object]) -> Piece:
    if not _PIECE <= set(said) <= {*_PIECE, "receipt"}:
        raise Unfit("a line of the bundle is no entry")
    receipt = _text(said["receipt"]).encode() if "receipt" in said else None
    entry, index = _text(said["entry"]).encode(), _number(said["index"])
    return Piece(index, entry, _hashes(said["proof"]), receipt)


def _object(line: bytes) -> dict[str, object]:
    said = read_canonical(line[:-1], what="a line of the bundle", limit=_MAX_LINE)
    if not isinstance(said, dict):
        raise Unfit("a line of the bundle is no object")
    return said


def _hashes(said: object) -> tuple[bytes, ...]:
    return tuple(from_base64(_text(one)) for one in _list(said, _MAX_PROOF))


def _list(said: object, limit: int) -> list[object]:
    if not isinstance(said, list) or len(said) > limit:
        raise Unfit(f"the bundle has not a list of at most {limit} where it should")
    return said


def _number(said: object) -> int:
    if type(said) is not int or not 0 <= said <= MAX_SIZE:
        raise Unfit("the bundle has not a number where it should")
    return said


def _time(said: object) -> datetime:
    try:
        return read_time(said)
    except ValueError:
        raise Unfit("the bundle has not a time where it should") from None


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise Unfit("the bundle has not a text where it should")
    return said
