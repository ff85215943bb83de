"""Ask witnesses to cosign the ledger's head: ``ledger cosign --witness URL --witness-key FILE``.

Rules:
1. Nothing is sent but the signed head, sizes and hashes; a witness's answer is a stranger's bytes.
2. A witness that knows more, or another history, is not argued with: that is tampering, and said.
3. A head with fewer cosignatures than the quorum is printed as unwitnessed, with status 1.
"""

import argparse
import sys
from pathlib import Path
from typing import Protocol

from sottovoce.ledger.head import Head
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.witness import (
    Submission,
    cosigned_at,
    read_witness_vkey,
)
from sottovoce.values.errors import Refused, SottovoceError, Tampered, Unavailable, Unfit

_ROUNDS = 4


class Growing(Protocol):
    """What cosigning needs of a ledger."""

    def head(self) -> Head: ...

    def prove_growth(self, old: int, size: int) -> tuple[bytes, ...]: ...


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the witnesses and how many of them are enough."""
    parser.add_argument("--witness", metavar="URL", action="append", required=True,
                        help="where a witness listens; may be given several times")  # fmt: skip
    parser.add_argument("--witness-key", metavar="FILE", type=Path, action="append", required=True,
                        help="the key of each witness, in the same order")  # fmt: skip
    parser.add_argument("--quorum", metavar="COUNT", type=int, help="how many must cosign; all")


def print_cosigned(log: Growing, arguments: argparse.Namespace) -> int:
    """Ask each witness and print the head with the cosignatures that verify."""
    if len(arguments.witness) != len(arguments.witness_key):
        raise Unfit("each --witness needs its --witness-key, in the same order")
    keys = [_key(path) for path in arguments.witness_key]
    quorum = len(keys) if arguments.quorum is None else arguments.quorum
    if not 1 <= quorum <= len({key.public for key in keys}):
        raise Unfit(f"the quorum must be 1 to {len(keys)}, and each witness another")
    head = log.head()
    lines = [line for url, key in zip(arguments.witness, keys, strict=True)
             if (line := _asked(log, head, url, key))]  # fmt: skip
    print((head.note + b"".join(lines)).decode(), end="")
    if len(lines) < quorum:
        raise Refused(f"the head is unwitnessed: {len(lines)} of {quorum} witnesses cosigned it")
    return 0


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


def _key(path: Path) -> VerifierKey:
    try:
        return read_witness_vkey(path.read_text(encoding="ascii").rstrip("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit("the witness's key cannot be read") from error
