"""A witness's key and its memory, in a folder of its own (docs/spec/ledger.md).

Rules:
1. What is cosigned is remembered first, durably; two requests never judge at the same time.
2. The folder is nobody else's: a second process on it is told so.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from threading import Lock

from sottovoce.backends.file_parts import files_at_work, replace_file
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import Signer, VerifierKey
from sottovoce.ledger.witness import cosign, judge, witness_vkey
from sottovoce.values.errors import Tampered, Unavailable

_SEED, _VKEY, _LOCK = "witness.key", "witness.vkey", "lock"


class WitnessFolder:
    """A witness that remembers the last head of each log that it was told of."""

    def __init__(
        self, folder: Path, *, name: str, logs: Iterable[VerifierKey], clock: Callable[[], float]
    ) -> None:
        """Open the folder or make it, with a new key; raise Unavailable when it is in use."""
        with files_at_work():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise Unavailable("another witness works in this folder") from None
        with files_at_work():  # After the lock: a key that two make is one that one of them loses.
            self._signer = Signer(name, _seed(folder / _SEED))
        self._folder, self._clock, self._turn = folder, clock, Lock()
        self._logs = {key.name: key for key in logs}
        self._seen = {key.name: head for key in logs if (head := self._remembered(key))}
        replace_file(folder / _VKEY, f"{self.vkey}\n".encode())

    @property
    def vkey(self) -> str:
        return witness_vkey(self._signer.key)

    def add(self, body: bytes) -> bytes:
        """Return the cosignature's line for an add-checkpoint request, or raise Rejected."""
        with self._turn:
            head = judge(body, logs=self._logs, seen=self._seen)
            last = self._seen.get(head.origin)
            if last is None or (last.size, last.root) != (head.size, head.root):
                replace_file(self._path(head.origin), head.note)
                self._seen[head.origin] = head
            return cosign(head, self._signer, at_s=int(self._clock()))

    def close(self) -> None:
        os.close(self._lock)

    def _remembered(self, key: VerifierKey) -> Head | None:
        path = self._path(key.name)
        if not path.exists():
            return None
        try:
            return open_head(path.read_bytes(), key)
        except Tampered as error:
            raise Tampered(f"what the witness remembers was changed: {error}") from error

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.head"


def _seed(path: Path) -> bytes:
    if not path.exists():
        replace_file(path, secrets.token_bytes(32))
    seed = path.read_bytes()
    if len(seed) != 32:
        raise Tampered(f"the witness's key has {len(seed)} bytes; it needs 32")
    return seed
