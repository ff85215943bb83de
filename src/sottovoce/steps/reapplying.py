"""Erase again, in a vault that was restored, what the ledger tells was erased since.

Rules:
1. The ledger decides; what it cannot be asked is not restored as if nothing had happened.
2. Each erasure is an entry of its own. Erasing again what is erased changes nothing.
3. A recording that was on its way in has no key in a backup; it is erased too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sottovoce.ledger.entry import decode_entry
from sottovoce.values.errors import Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import SETTLED, State
from sottovoce.vault.keys import id_of
from sottovoce.vault.tokens import Purpose
from sottovoce.vault.vault import Vault

_WORKED_ON = ("recording.processed", "recording.quarantined")
_GONE = ("recording.erased", "recording.undone")


@dataclass(frozen=True, slots=True)
class Reapplied:
    """What was done again, and what the ledger tells that cannot be had back."""

    recordings: int
    persons: int
    pseudonyms: int
    recipients: int
    tokens: int
    unfinished: int
    lost: int
    keys_to_rotate: int


@dataclass(frozen=True, slots=True)
class Told:
    """What later entries tell: what was erased, and what came."""

    recordings: frozenset[RecordingId]
    persons: frozenset[str]
    pseudonyms: bool
    recipients: frozenset[str]
    tokens: frozenset[str]
    came: frozenset[RecordingId]
    rotated: int
    approvers: Mapping[str, bool]
    worked_on: frozenset[RecordingId] = frozenset()


def told(entries: Iterable[bytes]) -> Told:
    """Gather from entries what was erased and what came; raise Unfit at one of an unknown kind."""
    recordings, persons, came, recipients, tokens = set(), set(), set(), set(), set()
    worked_on = set[RecordingId]()
    pseudonyms, rotated, approvers = False, 0, dict[str, bool]()
    for event in map(_known, entries):
        if event.recording and event.kind in _GONE:
            recordings.add(event.recording)
        elif event.recording and event.kind == "recording.arrived":
            came.add(event.recording)
        elif event.recording and event.kind in _WORKED_ON:
            worked_on.add(event.recording)
        elif event.kind == "person.erased":
            persons.add(_whose(event))
        elif event.kind == "recipient.destroyed":
            recipients.add(_which(event, "recipient"))
        elif event.kind == "index.destroyed":
            tokens.add(_which(event, "tokens"))
        elif event.kind in ("approver.enrolled", "approver.removed") and "approver" in event.facts:
            approvers[str(event.facts["approver"])] = event.kind == "approver.enrolled"
        pseudonyms |= event.kind == "pseudonyms.destroyed"
        rotated += event.kind == "key.rotated"
    return Told(
        frozenset(recordings),
        frozenset(persons),
        pseudonyms,
        frozenset(recipients),
        frozenset(tokens),
        frozenset(came - recordings),
        rotated,
        approvers,
        frozenset(worked_on),
    )


def reapply(vault: Vault, later: Told) -> Reapplied:
    """Erase again what was erased later, in a vault of a backup; safe to repeat."""
    return _reapply(vault, later, lambda recording: True)


def reapply_here(vault: Vault, later: Told) -> Reapplied:
    """Erase again what was erased later, in a vault that was put back with all its keys.

    Of what was on its way in, only that is erased which was worked on later: its arrival was
    destroyed then, and its sound must not come back. Safe to repeat.
    """
    return _reapply(vault, later, lambda recording: recording in later.worked_on)


def _reapply(vault: Vault, later: Told, is_cut_off: Callable[[RecordingId], bool]) -> Reapplied:
    held = {holding.id: holding.state for holding in vault.list()}
    gone = [r for r in later.recordings if held.get(r, State.ERASED) is not State.ERASED]
    coming = [r for r in held if held[r] in (State.ARRIVING, State.ARRIVED) and r not in gone]
    unfinished = [r for r in coming if is_cut_off(r)]
    for recording, reason in [(r, "reapplied") for r in gone] + [
        (r, "cut_off") for r in unfinished
    ]:
        vault.erase(recording, event=vault.event("recording.erased", recording, reason=reason))
    pseudonyms = later.pseudonyms and vault.keys.has_pseudonyms()
    if pseudonyms:
        vault.destroy_pseudonyms(event=vault.event("pseudonyms.destroyed", keys=1))
    _approvers(vault, later.approvers)
    return Reapplied(
        recordings=len(gone),
        persons=_persons(vault, later.persons),
        pseudonyms=int(pseudonyms),
        recipients=_recipients(vault, later.recipients),
        tokens=_tokens(vault, later.tokens),
        unfinished=len(unfinished),
        lost=len(later.came - {r for r in held if held[r] in SETTLED}),
        keys_to_rotate=later.rotated,
    )


def _persons(vault: Vault, hashes: frozenset[str]) -> int:
    # A person may have a key and no recording, so that those with keys are asked too.
    known = {PersonId(name.id) for name in vault.keys.names() if name.purpose == "person"}
    hashed = {
        vault.keys.keyed_hash("person", p.encode()): p
        for p in {*(p for p, _ in vault.people()), *known}
    }
    found = [(whose, hashed[whose]) for whose in sorted(hashes & set(hashed))]
    for whose, person in found:
        count = vault.recordings_of(person)
        event = vault.event(
            "person.erased", None, person=whose, recordings=count, reason="reapplied"
        )
        vault.erase_person(person, event=event)
    return len(found)


def _approvers(vault: Vault, later: Mapping[str, bool]) -> None:
    for public, may in later.items():
        kind, change = "approver.removed", vault.remove_approver
        if may:
            kind, change = "approver.enrolled", vault.enrol_approver
        change(bytes.fromhex(public), event=vault.event(kind, None, approver=public))


def _recipients(vault: Vault, gone: frozenset[str]) -> int:
    found = [name for name in vault.keys.recipients() if id_of(name).hex() in gone]
    for name in found:
        facts = {"recipient": id_of(name).hex(), "reason": "reapplied"}
        vault.destroy_recipient(name, event=vault.event("recipient.destroyed", None, **facts))
    return len(found)


def _tokens(vault: Vault, gone: frozenset[str]) -> int:
    found = [purpose for purpose in Purpose if purpose.value in gone]
    found = [purpose for purpose in found if vault.keys.has_tokens(purpose)]
    for purpose in found:
        facts = {"tokens": purpose.value, "reason": "reapplied"}
        vault.destroy_tokens(purpose, event=vault.event("index.destroyed", None, **facts))
    return len(found)


def _which(event: Event, fact: str) -> str:
    if fact not in event.facts:
        raise Unfit(f"the ledger tells that a key of {fact} was destroyed and not which")
    return str(event.facts[fact])


def _whose(event: Event) -> str:
    if "person" not in event.facts:
        raise Unfit("the ledger tells that a person was erased and not who: it cannot be repeated")
    return str(event.facts["person"])


def _known(entry: bytes) -> Event:
    try:
        return decode_entry(entry)
    except Unfit:
        raise Unfit(
            "the newer ledger has an entry of a kind that this version does not know",
            hint="it may tell an erasure: restore with the version that wrote it, or a newer one",
        ) from None
