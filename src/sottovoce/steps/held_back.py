"""Write down what a person needs to decide about a recording that is held back, and read it.

Rules:
1. It is sealed a channel at a time, under the same keys as the channel's sound and words; it holds
   words and values in the clear.
2. What may not be kept is not in it: its words are blank and its values are left out.
3. What was written by a program that knew another profile is refused, never guessed at.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sottovoce.ledger.account import Account, Masking, Model
from sottovoce.ledger.certificate import Certificate
from sottovoce.redaction.encode import SoundForm
from sottovoce.redaction.known import Leak
from sottovoce.redaction.lengths import Lengths
from sottovoce.redaction.mask import Mask
from sottovoce.redaction.profile import Profile, UnknownLanguage
from sottovoce.redaction.replacing import read_replacing
from sottovoce.redaction.style import Filling, Style, Voicing
from sottovoce.redaction.timeline import Timeline
from sottovoce.steps.hiding import Redacted
from sottovoce.steps.order import Order, Pseudonyms
from sottovoce.values.errors import Conflict, Missing, Tampered
from sottovoce.values.finding import Action, Finding
from sottovoce.values.kinds import KINDS, Kind
from sottovoce.values.passage import Passage, PassageAction
from sottovoce.values.speech import Segment, Span, Word
from sottovoce.vault.opened import Opened

CASE = "case"
"""The name of the part in the vault."""
VERSION = 1

Row = dict[str, Any]  # It is JSON; each field is read by the type it is for.


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a recording that is held back; channels that were erased are left out.

    ``leaks`` are all that were ever heard, ``remaining`` those of the last round.
    """

    account: Account
    profile: Profile
    pseudonyms: Pseudonyms
    style: Style
    segments: tuple[Segment, ...] = field(repr=False)
    voiced: tuple[Span, ...]
    findings: tuple[Finding, ...]
    hidden: tuple[Span, ...]
    passages: tuple[Passage, ...]
    leaks: tuple[Leak, ...]
    remaining: tuple[Leak, ...]


def as_case(
    redacted: Redacted, account: Account, order: Order, burnt: Sequence[Mask], channels: int
) -> list[bytes]:
    """Render the case of each channel; ``burnt`` is what of it may not be kept."""
    forbidden = _Forbidden(order.profile, redacted.findings, burnt)
    transcript, check = redacted.transcript, redacted.check
    head = {
        "version": VERSION,
        "account": asdict(replace(account, review=None)),
        "profile": _profile_row(order.profile),
        "pseudonyms": order.pseudonyms.value,
        "style": _style_row(order.style),
    }
    return [
        json.dumps(
            head
            | {
                "channel": channel,
                "segments": [
                    asdict(forbidden.blanked(s)) for s in _of(transcript.segments, channel)
                ],
                "voiced": [asdict(span) for span in _of(transcript.voiced, channel)],
                "findings": [asdict(forbidden.left(f)) for f in _of(redacted.findings, channel)],
                "hidden": [asdict(span) for span in _of(check.hidden, channel)],
                "passages": [asdict(passage) for passage in _of(redacted.passages, channel)],
                "leaks": [asdict(leak) for leak in _of(check.leaks, channel)],
                "remaining": [asdict(leak) for leak in _of(check.remaining, channel)],
            },
            ensure_ascii=False,
        ).encode()
        for channel in range(channels)
    ]


def read_case(opened: Opened) -> Case:
    """Read the case of a recording, or raise Missing, Conflict, Tampered."""
    texts = list(opened.common(CASE).values())
    if not texts:
        raise Missing(
            f"what is needed to decide about recording {opened.holding.id} went with a person",
            hint="erase the recording",
        )
    try:
        rows = [json.loads(text) for text in texts]
        case = _case(rows)
    except (ValueError, KeyError, TypeError) as error:
        raise Tampered(f"the case of recording {opened.holding.id} has not its form") from error
    if case.profile.digest != case.account.profile_digest:
        raise Conflict(
            "the recording was held back under a profile that this version reads differently",
            hint="review it with the version that processed it, or process the input again",
        )
    return case


class _Forbidden:
    """Knows which words may not be kept."""

    def __init__(
        self, profile: Profile, findings: Iterable[Finding], burnt: Sequence[Mask]
    ) -> None:
        self._profile = profile
        self._words = {w for f in findings if self._is_burnt(f) for w in f.words}
        self._spans = Timeline(mask.span for mask in burnt)

    def blanked(self, segment: Segment) -> Segment:
        """Return a segment without the words that may not be kept."""
        return replace(segment, words=tuple(map(self._blanked, segment.words)))

    def left(self, finding: Finding) -> Finding:
        """Return what of a finding may be kept."""
        words = tuple(map(self._blanked, finding.words))
        is_whole = all(map(str.__eq__, (w.text for w in words), (w.text for w in finding.words)))
        if is_whole and not self._is_burnt(finding):
            return replace(finding, words=words)
        return replace(finding, words=words, value="", sources=())

    def _blanked(self, word: Word) -> Word:
        is_under = self._spans.reached(word.start_s, word.end_s, word.channel)
        blank = word in self._words or bool(is_under)
        return replace(word, text="" if blank else word.text, alternatives=())

    def _is_burnt(self, finding: Finding) -> bool:
        return self._profile.action(finding.kind) is Action.BURN


def _of(things: Iterable[Any], channel: int) -> list[Any]:
    return [thing for thing in things if thing.channel == channel]


def _profile_row(profile: Profile) -> Row:
    return {
        "name": profile.name,
        "version": profile.version,
        "purpose": profile.purpose,
        "actions": {kind: action.value for kind, action in profile.actions.items()},
        "passages": {kind: action.value for kind, action in profile.passages.items()},
        "unknown_language": profile.unknown_language.value,
        "replace": dict(profile.replace.facts()),
        "own": [asdict(kind) for kind in profile.kinds.values() if kind.id not in KINDS],
    }


def _case(rows: Sequence[Row]) -> Case:
    head = rows[0]
    if any(row["version"] != VERSION for row in rows):
        raise ValueError("version")

    def all_of(name: str) -> list[Row]:
        return [one for row in rows for one in row[name]]

    return Case(
        account=_account(head["account"]),
        profile=_profile(head["profile"]),
        pseudonyms=Pseudonyms(head["pseudonyms"]),
        style=_style(head["style"]),
        segments=tuple(
            sorted(map(_segment, all_of("segments")), key=lambda s: (s.start_s, s.channel))
        ),
        voiced=tuple(Span(**row) for row in all_of("voiced")),
        findings=tuple(map(_finding, all_of("findings"))),
        hidden=tuple(Span(**row) for row in all_of("hidden")),
        passages=tuple(Passage(**row) for row in all_of("passages")),
        leaks=tuple(Leak(**row) for row in all_of("leaks")),
        remaining=tuple(Leak(**row) for row in all_of("remaining")),
    )


def _account(row: Row) -> Account:
    return Account(
        **row
        | {
            "persons": tuple(row["persons"]),
            "models": tuple(Model(**model) for model in row["models"]),
            "certificate": Certificate(**row["certificate"]),
            "masking": Masking(**row["masking"]),
        }
    )


def _profile(row: Row) -> Profile:
    own: Mapping[str, Kind] = {kind["id"]: Kind(**kind) for kind in row["own"]}
    return Profile(
        row["name"],
        row["version"],
        row["purpose"],
        {kind: Action(action) for kind, action in row["actions"].items()},
        {kind: PassageAction(action) for kind, action in row["passages"].items()},
        UnknownLanguage(row["unknown_language"]),
        {**KINDS, **own},
        read_replacing(row.get("replace", {})),
    )


def _segment(row: Row) -> Segment:
    return Segment(**row | {"words": tuple(map(_word, row["words"]))})


def _word(row: Row) -> Word:
    return Word(**row | {"alternatives": tuple(row["alternatives"])})


def _finding(row: Row) -> Finding:
    words = tuple(map(_word, row["words"]))
    return Finding(**row | {"words": words, "sources": tuple(row["sources"])})


def _style_row(style: Style) -> Row:
    return {
        "mask": style.mask.value,
        "sound": style.sound.value,
        "lengths": style.lengths.value,
        "voice": style.voice.value,
        "speak": style.speak,
    }


def _style(row: Row) -> Style:
    return Style(
        Filling(row["mask"]),
        SoundForm(row["sound"]),
        Lengths(row["lengths"]),
        Voicing(row["voice"]),
        bool(row["speak"]),
    )
