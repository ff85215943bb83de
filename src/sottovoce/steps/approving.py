"""Two people for what cannot be taken back by one: ask, approve, refuse (docs/approvals.md).

Rules:
1. With fewer than two approvers enrolled one person does everything; from two on no one can.
2. An order is given twice, in the same words, by two approvers within a day, each signing it.
3. What was asked, approved or refused is an entry; the entries are all that is remembered.
4. The signatures name ledger, act and order, so that none serves another vault or another order.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.head import Head
from sottovoce.values.errors import Refused, Tampered
from sottovoce.values.event import Event
from sottovoce.vault.vault import Vault

NEEDED = 2
DAY = timedelta(days=1)
FEW = 10
"""How many persons and recordings may be destroyed a day before it takes two people."""
_STRETCH = 256
_ABOUT = b'"kind":"approver.'
_ERASED = ("person.erased", "recording.erased")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: the act, and its particulars, which may be about people."""

    act: str
    said: Mapping[str, object] = field(repr=False)


class Entries(Protocol):
    """What is read of a ledger to know what was asked."""

    def head(self) -> Head: ...

    def entries(self, start: int, stop: int) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where orders are given: the vault, its ledger, and the ledger's name."""

    vault: Vault
    log: Entries
    origin: str

    def entries(self, since: datetime) -> Iterator[Event]:
        """Yield the events since a time, the newest first."""
        stop = self.log.head().size
        while stop:
            start = max(0, stop - _STRETCH)
            found = [decode_entry(entry) for entry in self.log.entries(start, stop)]
            recent = [event for event in found if event.at >= since]
            yield from reversed(recent)
            if not recent:
                return
            stop = start


def statement(origin: str, act: str, order: str, request: str) -> bytes:
    """Return the bytes that an approver signs."""
    return f"sottovoce approval v1\n{origin}\n{act}\n{order}\n{request}\n".encode()


def expect_approved(desk: Desk, order: Order, signer: Ed25519PrivateKey | None) -> None:
    """Return when a second approver gives an order that a first one gave within a day.

    With fewer than two approvers enrolled nothing is asked. Otherwise raises Refused: the first
    time, when the order is written down, and for nobody, a stranger, or the same one again. Raises
    Tampered where the vault's approvers are not those that the ledger tells. Claims the vault, so
    that one approval is used once.
    """
    approvers = expect_told(desk)
    if len(approvers) < NEEDED:
        return
    desk.vault.claim()
    digest = _digest(desk, order)
    refuse = _refusing(desk.vault, order.act, digest)
    if signer is None:
        raise refuse("unsigned", "it takes two approvers", "--approver-key names yours")
    public = signer.public_key().public_bytes_raw()
    if public not in approvers:
        raise refuse("unknown", "the key is not an approver's", "sottovoce approvers list")
    asked = _asked(desk, order.act, digest, approvers)
    if asked is None:
        raise _ask(desk, order.act, digest, signer)
    if asked.facts["approver"] == public.hex():
        raise refuse("same", f"{asked.facts['request']} waits for another approver than you", "")
    desk.vault.note(_signed(desk, "approval.given", order.act, digest, asked, signer))


def expect_told(desk: Desk) -> tuple[bytes, ...]:
    """Return the vault's approvers, or raise Tampered when the ledger tells of others."""
    told: set[str] = set()
    for entry in desk.log.entries(0, desk.log.head().size):
        if _ABOUT in entry:  # To decode all of a long ledger would take minutes.
            event = decode_entry(entry)
            change = told.add if event.kind == "approver.enrolled" else told.discard
            change(str(event.facts.get("approver")))
    found = desk.vault.keys.approvers()
    if {public.hex() for public in found} != told:
        raise Tampered(
            f"the vault has {len(found)} approvers and its ledger tells of {len(told)}",
            hint="stop, and find out who changed the database; restore it from a backup",
        )
    return found


def expect_destruction_approved(
    desk: Desk, ids: list[str], signer: Ed25519PrivateKey | None
) -> None:
    """Return when few are destroyed today, these with them, or two approvers want it."""
    if len(desk.vault.keys.approvers()) < NEEDED:
        return
    since = desk.vault.event("approval.asked").at - DAY
    gone = sum(event.kind in _ERASED for event in desk.entries(since))
    if gone + len(ids) > FEW:
        expect_approved(desk, Order("destroy", {"ids": sorted(ids)}), signer)


def _digest(desk: Desk, order: Order) -> str:
    said = json.dumps([order.act, order.said], sort_keys=True, separators=(",", ":"))
    return desk.vault.keys.keyed_hash("approval", said.encode())


def _asked(desk: Desk, act: str, digest: str, approvers: tuple[bytes, ...]) -> Event | None:
    """Return the newest asking for an order that was not approved yet, by who is still enrolled."""
    given: set[object] = set()
    for event in desk.entries(desk.vault.event("approval.asked").at - DAY):
        facts = event.facts
        if event.kind == "approval.given":
            given.add(facts["request"])
        elif event.kind == "approval.asked" and (facts["act"], facts["order"]) == (act, digest):
            by = bytes.fromhex(str(facts["approver"]))
            if facts["request"] not in given and by in approvers:
                _expect_signed(desk, event, by)
                return event
    return None


def _expect_signed(desk: Desk, event: Event, by: bytes) -> None:
    facts = {name: str(value) for name, value in event.facts.items()}
    said = statement(desk.origin, facts["act"], facts["order"], facts["request"])
    try:
        Ed25519PublicKey.from_public_bytes(by).verify(bytes.fromhex(facts["signature"]), said)
    except InvalidSignature:
        raise Refused("an asking in the ledger is not signed by who is named there") from None


def _ask(desk: Desk, act: str, digest: str, signer: Ed25519PrivateKey) -> Refused:
    desk.vault.note(_signed(desk, "approval.asked", act, digest, None, signer))
    return Refused(
        "the order is written down and waits for a second approver",
        hint="another approver gives the same command, with their key, within a day",
    )


def _signed(
    desk: Desk, kind: str, act: str, digest: str, asked: Event | None, signer: Ed25519PrivateKey
) -> Event:
    request = str(asked.facts["request"]) if asked else f"apr_{secrets.token_hex(10)}"
    signature = signer.sign(statement(desk.origin, act, digest, request)).hex()
    by = signer.public_key().public_bytes_raw().hex()
    facts = {"act": act, "order": digest, "request": request}
    return desk.vault.event(kind, None, **facts, approver=by, signature=signature)


def _refusing(vault: Vault, act: str, digest: str) -> Callable[[str, str, str], Refused]:
    def refuse(why: str, message: str, hint: str) -> Refused:
        vault.note(vault.event("approval.refused", None, act=act, order=digest, why=why))
        return Refused(message, hint=hint)

    return refuse
