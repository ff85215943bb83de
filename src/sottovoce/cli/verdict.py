"""What is said of a thing that was checked: what is proven, and what is not.

Rule: of a thing that failed nothing is repeated as proven or said.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.quorum import Quorum
from sottovoce.ledger.receipt import read_receipt
from sottovoce.values.errors import SottovoceError, Tampered

_STATUS = ("proven", "tampered", "cannot be read")


@dataclass(frozen=True, slots=True)
class Trust:
    """The key that is trusted, None when only the thing's own is there, and where it is from."""

    key: VerifierKey | None
    source: str
    quorum: Quorum | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one thing; ``failed`` is the exit status, 0 when it is proven."""

    name: str
    what: str
    failed: int = 0
    key: str = ""
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()
    certificate: tuple[str, ...] = ()
    says: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    hint: str = ""


def with_key(verdict: Verdict, key: VerifierKey, trust: Trust) -> Verdict:
    signed = f"signed by {key.name} (fingerprint {key.fingerprint})"
    if trust.key:
        whose = {"given": "that you gave", "vault": "of --vault", "usual": "of your vault"}
        proven = (f"it is {signed}, the key {whose[trust.source]}", *_of_second(key))
        return replace(verdict, key=key.vkey, proven=proven)
    doubt = f"whose key it is: {signed}; compare its fingerprint with the one you were given"
    proven = ("it was signed whole by one key and not changed since", *_of_second(key))
    return replace(verdict, key=key.vkey, proven=proven, not_proven=(doubt,))


def _of_second(key: VerifierKey) -> tuple[str, ...]:
    if key.second is None:
        return ()
    return ("its head carries the ML-DSA-65 signature of the second key as well",)


def older_heads(kept: bytes | None, key: VerifierKey) -> tuple[Head, ...]:
    if kept is None:
        return ()
    try:
        # It may be from before there was a second key.
        return (open_head(note_of(kept), replace(key, second=None)),)
    except Tampered as error:
        raise Tampered(f"the head kept elsewhere is not one of this ledger: {error}") from error


def note_of(kept: bytes) -> bytes:
    return read_receipt(kept).checkpoint if kept.startswith(b"{") else kept


def failed(verdict: Verdict, error: SottovoceError) -> Verdict:
    # Of a thing that failed nothing is repeated as proven or said.
    return replace(
        verdict,
        failed=error.exit_status,
        proven=(),
        not_proven=(),
        certificate=(),
        says={},
        error=str(error),
        hint=error.hint,
    )


def as_json(verdict: Verdict) -> str:
    status = _STATUS[verdict.failed]
    known = {name: value for name, value in asdict(verdict).items() if value and name != "failed"}
    return json.dumps({"status": status} | known, ensure_ascii=False)


def as_text(verdict: Verdict) -> str:
    lines = [f"{verdict.name}: {_STATUS[verdict.failed]}"]
    for title, found in (
        ("error", [verdict.error] if verdict.error else []),
        ("hint", [verdict.hint] if verdict.hint else []),
        ("proven", verdict.proven),
        ("leaks", verdict.certificate),
        ("says", [f"{name}: {_plain(value)}" for name, value in verdict.says.items()]),
        ("not proven", verdict.not_proven),
    ):
        lines += [f"  {title if i == 0 else '':<10}  {line}" for i, line in enumerate(found)]
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "none"
        return f"({inner})" if any(isinstance(one, Mapping) for one in value.values()) else inner
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def shown_name(text: str) -> str:
    """Return a name without what could steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
