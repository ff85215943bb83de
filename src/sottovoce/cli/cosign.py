"""Ask witnesses to cosign the ledger's head: ``ledger cosign``, ``ledger witnesses``.

Rules:
1. Nothing is sent but the signed head, sizes and hashes; a witness's answer is a stranger's bytes.
2. A witness that knows more, or another history, is not argued with: that is tampering, and said.
3. A head with fewer cosignatures than the quorum is printed as unwitnessed, with status 1.
4. The newest head that the quorum cosigned is kept in the vault's folder; it can be checked by
   itself.
"""

import argparse
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from sottovoce.backends.file_parts import replace_file
from sottovoce.cli.vouched import COSIGNED_FILE, STAMP_FILE
from sottovoce.ledger.head import Head
from sottovoce.ledger.note import MAX_NOTE, VerifierKey
from sottovoce.ledger.quorum import MAX_QUORUM, Authority, Quorum, Witness, read_quorum
from sottovoce.ledger.stamp import query, stamped_at
from sottovoce.ledger.witness import (
    Submission,
    cosigned_at,
    read_witness_vkey,
)
from sottovoce.values.errors import Refused, SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.values.event import Event, Fact
from sottovoce.values.ids import RecordingId

WITNESSES_FILE = "witnesses.toml"
_ROUNDS = 4


class Growing(Protocol):
    """What cosigning needs of a ledger."""

    def head(self) -> Head: ...

    def prove_growth(self, old: int, size: int) -> tuple[bytes, ...]: ...


class Noting(Protocol):
    """What a setting needs of a vault: that its change is told."""

    def event(self, kind: str, recording: RecordingId | None = None, **facts: Fact) -> Event: ...

    def note(self, event: Event) -> int: ...


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the witnesses and how many of them are enough."""
    parser.add_argument("--witness", metavar="URL", action="append", default=[],
                        help="where a witness listens, instead of those of the vault")  # fmt: skip
    parser.add_argument("--witness-key", metavar="FILE", type=Path, action="append", default=[],
                        help="the key of each witness, in the same order")  # fmt: skip
    parser.add_argument("--quorum", metavar="COUNT", type=int, help="how many must cosign; all")


def print_cosigned(log: Growing, arguments: argparse.Namespace) -> int:
    """Ask each witness, print the head with the cosignatures that verify, and keep it."""
    quorum = _given(arguments) if arguments.witness else quorum_of(arguments.vault)
    if quorum is None:
        raise Unfit(
            "it is not said which witnesses to ask",
            hint="--witness URL --witness-key FILE, or `sottovoce ledger witnesses FILE` once",
        )
    head = log.head()
    vouched = cosigned(log, head, quorum, arguments.vault)
    print(vouched.note.decode(), end="")
    expect_witnessed(vouched.note, head, quorum)
    return 0


@dataclass(frozen=True, slots=True)
class Vouched:
    """A head with the cosignatures that could be had, and a time stamp where that could."""

    note: bytes = field(repr=False)
    stamp: bytes | None = field(repr=False, default=None)


def cosigned(log: Growing, head: Head, quorum: Quorum, vault: Path) -> Vouched:
    """Have a head witnessed and stamped; keep what comes of it where the witnesses are enough."""
    lines = [line for one in quorum.witnesses if (line := _asked(log, head, one.url, one.key))]
    note = head.note + b"".join(lines)
    if len(quorum.of(note, head)) >= quorum.least:
        stamp = _stamped(head, quorum.authority) if quorum.authority else None
        replace_file(vault / STAMP_FILE, stamp or b"")
        replace_file(vault / COSIGNED_FILE, note)
        return Vouched(note, stamp)
    return Vouched(note)


def _stamped(head: Head, authority: Authority) -> bytes | None:
    from sottovoce.backends.witness_client import stamp

    try:
        answer = stamp(authority.url, query(head))
        at = stamped_at(answer, head, authority)
    except (Unavailable, Tampered) as error:
        print(f"time-stamping authority: {error}", file=sys.stderr)
        return None
    print(f"stamped at {at:%Y-%m-%dT%H:%M:%SZ}", file=sys.stderr)
    return answer


def expect_witnessed(note: bytes, head: Head, quorum: Quorum) -> None:
    """Raise Refused where too few witnesses cosigned."""
    if len(names := quorum.of(note, head)) < quorum.least:
        raise Refused(f"the head is unwitnessed: {quorum.in_words(names)}")


def quorum_of(vault: Path) -> Quorum | None:
    """Return the witnesses of a vault, None where it has none, or raise Unfit."""
    path = vault / WITNESSES_FILE
    return read_quorum_file(path) if path.exists() else None


def read_quorum_file(path: Path) -> Quorum:
    """Read a file of witnesses, or raise Unfit."""
    return read_quorum(_text(path))


def kept_cosigned(vault: Path) -> bytes | None:
    """Return the newest head that witnesses cosigned, as it lies there: any may have put it."""
    try:
        with (vault / COSIGNED_FILE).open("rb") as file:
            return file.read(MAX_NOTE)
    except OSError:
        return None


def set_witnesses(vault: Noting, folder: Path, path: Path) -> None:
    """Put a file of witnesses in place, with an entry that has its digest."""
    text = _text(path)
    quorum = read_quorum(text)
    digest = sha256(text.encode()).hexdigest()
    counts = {"witnesses": len(quorum.witnesses), "quorum": quorum.least}
    vault.note(vault.event("witnesses.set", None, digest=digest, **counts))
    replace_file(folder / WITNESSES_FILE, text.encode())


def _given(arguments: argparse.Namespace) -> Quorum:
    if len(arguments.witness) != len(arguments.witness_key):
        raise Unfit("each --witness needs its --witness-key, in the same order")
    keys = [_key(path) for path in arguments.witness_key]
    least = len(keys) if arguments.quorum is None else arguments.quorum
    if not 1 <= least <= len({key.public for key in keys}) == len(keys):
        raise Unfit(f"the quorum must be 1 to {len(keys)}, and each witness another")
    named = zip(arguments.witness, keys, strict=True)
    return Quorum(tuple(Witness(url, key) for url, key in named), least)


def _asked(log: Growing, head: Head, url: str, key: VerifierKey) -> bytes | None:
    try:
        return cosignature(log, head, url, key)
    except Unavailable as error:
        _tell(key, error)
        return None


def _tell(key: VerifierKey, error: SottovoceError) -> None:
    print(f"witness {key.name}: {error}", file=sys.stderr)


def cosignature(log: Growing, head: Head, url: str, key: VerifierKey) -> bytes:
    """Return a witness's line for the head.

    Raises Tampered when the witness saw another history, Unavailable when it does not answer, or
    not in its form.
    """
    status, answer = _posted(log, head, url)
    if status != 200:
        raise Unavailable(f"it answered {status}")
    try:
        if cosigned_at(head.note + answer, head, key) is None:
            raise Unavailable("its answer has no cosignature of the key that was given")
    except (Unfit, Tampered) as error:
        raise Unavailable("its answer is not a cosignature") from error
    return _line(answer, key)


def _posted(log: Growing, head: Head, url: str) -> tuple[int, bytes]:
    from sottovoce.backends.witness_client import post  # It asks the network, so it comes late.

    old, proof = 0, tuple[bytes, ...]()
    for _ in range(_ROUNDS):  # Another run may bring it a newer head between two questions.
        status, answer = post(url, Submission(old, proof, head.note))
        seen = _seen(answer) if status == 409 else 0
        if (old and seen == old) or (old and status == 422):
            raise Tampered(
                f"the witness has seen other first {old} entries than this ledger has",
                hint="someone wrote the history anew, or there are two ledgers of one key",
            )
        if not seen:
            break
        _expect_known(log, head, seen)
        old, proof = seen, log.prove_growth(seen, head.size)
    return status, answer


def _expect_known(log: Growing, head: Head, seen: int) -> None:
    if seen <= head.size:
        return
    if seen <= (now := log.head().size):
        raise Unavailable(f"it has seen {seen} entries by now", hint="the ledger grew; ask again")
    raise Tampered(
        f"the witness has seen {seen} entries; this ledger has {now}",
        hint="the ledger was put back to an older state",
    )


def _line(answer: bytes, key: VerifierKey) -> bytes:
    # Lines of others in the answer are nothing that we have verified.
    lines = [line for line in answer.splitlines(True) if f" {key.name} ".encode() in line]
    if len(lines) != 1:
        raise Unavailable("its answer is not one line")
    return lines[0]


def _seen(answer: bytes) -> int:
    text = answer.decode("ascii", "replace").removesuffix("\n")
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise Unavailable("its answer is not a size")
    return int(text)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_QUORUM + 1)
        if len(text) > MAX_QUORUM:
            raise Unfit(f"the file of witnesses has more than {MAX_QUORUM} bytes")
        return text.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit("the file of witnesses cannot be read") from error


def _key(path: Path) -> VerifierKey:
    try:
        return read_witness_vkey(path.read_text(encoding="ascii").rstrip("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit("the witness's key cannot be read") from error
