"""The register of event kinds: which facts each may carry, and in what shape (docs/spec/events.md).

Rules:
1. A kind or a fact that is not here is refused, so nothing unforeseen is ever written.
2. No shape has room for a sentence: a fact is a count, a truth, an id, a digest, a word of ours.
3. No message repeats what it refuses; that could be someone's words.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta

from sottovoce.values.event import Event
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS, OWN_KIND

MAX_COUNT = 2**53 - 1
_ACTOR = re.compile(
    r"local|owner|operator|system|service|worker|cli|tester|uid[:-][0-9]{1,10}"
    r"|(?:act|usr|svc)_[0-9a-f]{20}"
)
_RECORDING = re.compile(r"rec_[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a fact may look like: a name, words for people, and the test."""

    name: str
    meaning: str
    fits: Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: what happened, its facts, whether it is about one recording.

    ``has_recording`` is None where it may be either.
    """

    name: str
    meaning: str
    facts: Mapping[str, Shape]
    has_recording: bool | None


def check_event(event: Event) -> None:
    """Raise ValueError unless the event is one of the register, in every part."""
    kind = EVENT_KINDS.get(event.kind)
    if kind is None:
        raise ValueError("kind must be one of docs/spec/events.md")
    if not _ACTOR.fullmatch(event.actor):
        raise ValueError("actor must be a role of ours, uid: and a number, or act_ and 20 digits")
    if event.at.tzinfo is not UTC and event.at.utcoffset() != timedelta(0):
        raise ValueError("at must be aware and in UTC")
    if kind.has_recording not in (None, event.recording is not None):
        raise ValueError(f"recording must be {'given' if kind.has_recording else 'None'}")
    if event.recording is not None and not _RECORDING.fullmatch(event.recording):
        raise ValueError("recording must be rec_ and 20 hexadecimal digits")
    _check_facts(kind, event.facts)


def _check_facts(kind: EventKind, facts: Mapping[str, object]) -> None:
    for name, value in facts.items():
        shape = kind.facts.get(name)
        if shape is None:
            known = ", ".join(sorted(kind.facts)) or "none"
            raise ValueError(f"facts of {kind.name} must be among: {known}")
        if not shape.fits(value):
            raise ValueError(f"fact {name} of {kind.name} must be {shape.meaning}")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _counts_by(names: Collection[str], more: str = "(?!)") -> Callable[[object], bool]:
    others = re.compile(more)
    return lambda value: (
        isinstance(value, Mapping)
        and all(
            (name in names or others.fullmatch(str(name)) is not None) and _is_count(count)
            for name, count in value.items()
        )
    )


COUNT = Shape("count", "a whole number, 0 or more", _is_count)
TRUTH = Shape("truth", "true or false", _is_truth)
DIGEST = Shape(
    "digest", "a SHA-256 of ciphertext or of public bytes, 64 hex digits", _matches(r"[0-9a-f]{64}")
)
KEYED = Shape("keyed hash", "an HMAC-SHA-256, 64 hex digits", _matches(r"[0-9a-f]{64}"))
PURPOSE = Shape(
    "purpose",
    "1 to 40 lower-case letters, digits, dots, dashes, underscores",
    _matches(r"[a-z0-9._-]{1,40}"),
)
PROFILE = Shape(
    "profile",
    "the name of a profile: as a purpose, starting with a letter",
    _matches(r"[a-z][a-z0-9._-]{0,39}"),
)
BY_KIND = Shape("counts by kind", "counts by ids of sensitive things", _counts_by(KINDS, OWN_KIND))
LANGUAGE = Shape("language", "a code of 2 or 3 letters", _matches(r"[a-z]{2,3}"))
BY_ACTION = Shape(
    "counts by action", "counts by action", _counts_by({action.value for action in Action})
)


def _word(name: str, *words: str) -> Shape:
    return Shape(name, "one of " + ", ".join(words), lambda value: value in words)


REASON = _word(
    "reason",
    "cut_off",
    "abandoned",
    "unfit",
    "refused",
    "failed",
    "no_space",
    "leak",
    "unclear",
    "reapplied",
    "held_back",
    "erased",
    "unfinished",
)
EXTENT = _word("extent", "default", "full")
DECISION = _word("decision", "publish", "keep")
GROUNDS_WORDS = (
    "no_leak",
    "false_alarm",
    "masked_by_hand",
    "authorised",
    "consented",
    "undecided",
)
GROUNDS = _word("grounds", *GROUNDS_WORDS)
PART = _word("part", "audio", "words", "original", "transcript", "report", "receipt", "job")

RECIPIENT = Shape("recipient", "32 hexadecimal digits", _matches(r"[0-9a-f]{32}"))
TOKENS = _word("tokens", "identifiers", "words")
LEVEL = _word("level", "root", "tenant", "person")
ACT = _word("act", "root", "destroy", "approvers", "pseudonyms", "recipients", "index", "backups")
WHY = _word("why", "unsigned", "unknown", "same")
PUBLIC = Shape("public key", "an Ed25519 public key, 64 hex digits", _matches(r"[0-9a-f]{64}"))
SIGNATURE = Shape("signature", "an Ed25519 signature, 128 hex digits", _matches(r"[0-9a-f]{128}"))
REQUEST = Shape("request", "apr_ and 20 hexadecimal digits", _matches(r"apr_[0-9a-f]{20}"))
_APPROVED = {
    "act": ACT,
    "order": KEYED,
    "request": REQUEST,
    "approver": PUBLIC,
    "signature": SIGNATURE,
}
PROVIDER = _word("provider", "file", "credential", "pkcs11", "kms", "transit")

VOICE = _word("voice", "as-is", "light", "strong")

_ASKED = {"purpose": PURPOSE, "profile": PROFILE, "profile_digest": DIGEST}
_SOUND = {"rate_hz": COUNT, "channels": COUNT, "frames": COUNT, "duration_ms": COUNT}
_ARRIVED = {
    **_ASKED,
    **_SOUND,
    "persons": COUNT,
    "bytes": COUNT,
    "fingerprint": KEYED,
    "seen_before": COUNT,
    "recipient": RECIPIENT,
}
_WORK = {
    **_ASKED,
    **_SOUND,
    "persons": COUNT,
    "words": COUNT,
    "findings": COUNT,
    "kinds": BY_KIND,
    "actions": BY_ACTION,
    "burnt": BY_KIND,
    "heard_again": BY_KIND,
    "passages": BY_KIND,
    "restricted": BY_KIND,
    "held_back": BY_KIND,
    "language": LANGUAGE,
    "language_known": TRUTH,
    "voice": VOICE,
    "masked_ms": COUNT,
    "unexplained_ms": COUNT,
    "rounds": COUNT,
    "extent": EXTENT,
    "leak_checked": TRUTH,
    "leak_passed": TRUTH,
    "quarantined": TRUTH,
    "recogniser_digest": DIGEST,
    "listener_digest": DIGEST,
    "voice_digest": DIGEST,
    "tagger_digest": DIGEST,
    "aligner_digest": DIGEST,
    "synthesiser_digest": DIGEST,
    "commitment": KEYED,
    "reason": REASON,
}
_REVIEWED = {
    **_WORK,
    "decision": DECISION,
    "grounds": GROUNDS,
    "accepted": BY_KIND,
    "masked_by_hand": COUNT,
}
_RANGE = {
    "purpose": PURPOSE,
    "part": PART,
    "channel": COUNT,
    "channels": COUNT,
    "from_ms": COUNT,
    "to_ms": COUNT,
}
_GONE = {"persons": COUNT, "keys": COUNT, "parts": COUNT, "recordings": COUNT, "reason": REASON}

_FOUND = {
    "lost": COUNT,
    "rotten": COUNT,
    "odd": COUNT,
    "orphan": COUNT,
    "left_over": COUNT,
    "strange": COUNT,
}

BACKUP = Shape("backup", "bkp_ and 20 hexadecimal digits", _matches(r"bkp_[0-9a-f]{20}"))
_COPIED = {"backup": BACKUP, "parts": COUNT, "copied": COUNT, "bytes": COUNT, "left_out": COUNT}
_RESTORED = {
    "backup": BACKUP,
    "parts": COUNT,
    "left_out": COUNT,
    "entries": COUNT,
    "adopted": COUNT,
    "recordings_erased": COUNT,
    "persons_erased": COUNT,
    "pseudonyms_destroyed": COUNT,
    "recipients_destroyed": COUNT,
    "tokens_destroyed": COUNT,
    "unfinished": COUNT,
    "lost": COUNT,
    "keys_to_rotate": COUNT,
}
_DRILLED = _RESTORED | {
    "passed": TRUTH,
    "troubles": COUNT,
    "recovery_point_s": COUNT,
    "recovery_time_ms": COUNT,
    "evidence": DIGEST,
}

_ROWS: tuple[tuple[str, str, Mapping[str, Shape], bool | None], ...] = (
    ("vault.created", "a vault was made", {"format": COUNT}, False),
    (
        "vault.migrated",
        "a vault of an older format was brought to this one",
        {"format": COUNT, "rows": COUNT},
        False,
    ),
    ("vault.checked", "all that the vault holds was read", _FOUND, False),
    (
        "ground.looked_at",
        "the machine under the vault was looked at",
        {"weaknesses": COUNT, "serious": COUNT, "attested": TRUTH, "production": TRUTH},
        False,
    ),
    ("vault.repaired", "what was nobody's or left over was cleared away", _FOUND, False),
    ("recording.admitted", "a recording was let in and begins to arrive", _ARRIVED, True),
    ("recording.arrived", "a recording arrived whole and rests sealed", _ARRIVED, True),
    ("recording.undone", "an arrival that was cut off was undone", _GONE, True),
    ("recording.processed", "the results of the work are kept", _WORK, True),
    ("recording.quarantined", "the results are kept and held back", _WORK, True),
    ("recording.reviewed", "a person decided about what was held back", _REVIEWED, True),
    ("recording.opened", "someone looked at or listened to a recording", _RANGE, True),
    ("recording.exported", "a recording or a part of it was taken out", _RANGE, True),
    (
        "recording.refused",
        "a recording was asked for and not given out",
        {**_RANGE, "reason": REASON},
        True,
    ),
    ("recording.erased", "a recording's keys were destroyed", _GONE, True),
    ("person.erased", "a person's key was destroyed", {**_GONE, "person": KEYED}, False),
    (
        "key.rotated",
        "a key was drawn anew and what lies beneath it wrapped anew",
        {"level": LEVEL, "keys": COUNT, "person": KEYED, "provider": PROVIDER},
        False,
    ),
    (
        "key.used",
        "an outside holder of the root key was asked to open keys",
        {"level": LEVEL, "provider": PROVIDER, "keys": COUNT},
        False,
    ),
    (
        "recipient.made",
        "a key was made to which recordings can be sealed",
        {"recipient": RECIPIENT},
        False,
    ),
    (
        "recipient.destroyed",
        "that key was destroyed: what is sealed to it cannot be opened any more",
        {"recipient": RECIPIENT, "reason": REASON},
        False,
    ),
    (
        "approver.enrolled",
        "the owner of a key may approve from now on",
        {"approver": PUBLIC},
        False,
    ),
    ("approver.removed", "they may no more", {"approver": PUBLIC}, False),
    ("approval.asked", "an approver gave an order that takes two", _APPROVED, False),
    ("approval.given", "a second approver gave the same order", _APPROVED, False),
    (
        "approval.refused",
        "an order that takes two was refused",
        {"act": ACT, "order": KEYED, "why": WHY},
        False,
    ),
    ("key.destroyed", "a key was destroyed", {**_GONE, "person": KEYED}, None),
    (
        "pseudonyms.made",
        "a key that links stand-ins across recordings was made",
        {"keys": COUNT},
        False,
    ),
    ("pseudonyms.destroyed", "that key was destroyed: the link is gone", {"keys": COUNT}, False),
    ("backup.created", "a backup was made", _COPIED, False),
    (
        "backup.expired",
        "backups' keys were destroyed: they cannot be opened any more",
        {"backups": COUNT, "left": COUNT},
        False,
    ),
    ("backup.restored", "the vault was built anew from a backup", _RESTORED, False),
    ("backup.drilled", "a backup was restored on trial, and thrown away", _DRILLED, False),
    (
        "index.searched",
        "someone looked for recordings",
        {"tokens": TOKENS, "purpose": PURPOSE, "asked": KEYED, "found": COUNT, "terms": COUNT},
        False,
    ),
    (
        "index.destroyed",
        "a key of tokens was destroyed with all of them",
        {"tokens": TOKENS, "reason": REASON},
        False,
    ),
    (
        "ledger.key_made",
        "a second key was made: from this entry on it signs every head too",
        {"keys": COUNT},
        False,
    ),
    ("ledger.exported", "the ledger was copied out", {"size": COUNT}, False),
    (
        "witnesses.set",
        "who witnesses the ledger, and how many are enough, was set",
        {"witnesses": COUNT, "quorum": COUNT, "digest": DIGEST},
        False,
    ),
    (
        "evidence.bundled",
        "entries were taken out with their proofs",
        {"entries": COUNT, "recordings": COUNT},
        False,
    ),
)

EVENT_KINDS = {row[0]: EventKind(*row) for row in _ROWS}
