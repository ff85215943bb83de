"""The way of a recording, on one page.

    take:  admit ─ seal on arrival ─ event
    work:  open ─ transcribe ─ detect ─ redact text and sound ─ rehear ─ seal results ─ receipt

Rules:
1. Nothing rests unsealed; what a crash cuts off is resumed from the sealed arrival, or undone.
2. What still leaks after the last round of hearing is not published.
3. All that is written outside of the vault is made of redacted values.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from sottovoce.detection.detect import detect
from sottovoce.detection.find_passages import find_passages
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.detection.numbers import number_words
from sottovoce.intake.admit import Admission, admit
from sottovoce.intake.bounds import Format, Limits
from sottovoce.ledger.account import Account, Model
from sottovoce.ledger.log import Log
from sottovoce.ledger.note import Signer
from sottovoce.ledger.receipt import Commitment, commit, issue
from sottovoce.redaction.bounds import widen
from sottovoce.redaction.encode import expect_encodable
from sottovoce.redaction.mask import Mask, MaskedSound, merge, plan_masks, silenced
from sottovoce.redaction.profile import UNEXPLAINED, Profile
from sottovoce.redaction.publish import Outlet, publish
from sottovoce.redaction.rehear import LeakCheck, rehear
from sottovoce.redaction.transcript import RedactedTranscript, as_kept, redacted_transcript
from sottovoce.speech.transcribe import Listeners, Transcript, hear_again, transcribe
from sottovoce.values.errors import Conflict, Unfit
from sottovoce.values.finding import Action, Finding
from sottovoce.values.ids import ActorId, PersonId, RecordingId, new_person_id, new_recording_id
from sottovoce.values.kinds import QUIET
from sottovoce.values.passage import Passage, PassageAction
from sottovoce.values.sound import Sound, blocks
from sottovoce.values.speech import Segment, Span, Word
from sottovoce.vault.arrival import Arrival
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.vault import Vault

MARGIN_S = 0.2
"""Air masked on both sides of a finding; docs/decisions/timing-is-safety.md says why."""


class Stage(Enum):
    """Where a recording is on its way, for showing progress."""

    TAKE = "taking in"
    LISTEN = "listening"
    REDACT = "redacting"
    REHEAR = "hearing again"
    KEEP = "sealing"


class Progress(Protocol):
    """Is told how far a stage is, in seconds of the recording; total 0 when not known."""

    def __call__(self, stage: Stage, done_s: float, total_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What someone asks to be done with one input."""

    input: Path = field(repr=False)
    out: Path = field(repr=False)
    profile: Profile
    purpose: str
    persons: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the work is done with."""

    vault: Vault
    log: Log
    signer: Signer
    listeners: Listeners
    limits: Limits
    actor: ActorId
    knowledge: Knowledge = field(default_factory=shipped)


class FinalOutlet(Outlet, Protocol):
    """An outlet whose outputs can be put in place."""

    def reveal(self) -> Mapping[str, Path]:
        """Put all that was written in place, durably; return where each role is."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recording: its account, and where its outputs are."""

    account: Account
    seen_before: tuple[RecordingId, ...]
    outputs: Mapping[str, Path] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Redacted:
    """What redaction came to: findings with safe times, masks, and how hearing again went."""

    transcript: Transcript
    findings: tuple[Finding, ...]
    masks: tuple[Mask, ...]
    check: LeakCheck
    passages: tuple[Passage, ...]


def take(order: Order, shop: Workshop, progress: Progress) -> RecordingId:
    """Admit a file and seal it on arrival; a recording that a crash left waiting is taken up.

    Raises Unfit when the file is not whole, clean sound within the limits; nothing is kept then.
    """
    fingerprint = _fingerprint(order.input, shop.vault)
    if waiting := _waiting(fingerprint, shop.vault):
        return _taken_up(waiting, order, shop.vault)
    recording = new_recording_id()
    with admit(order.input, limits=shop.limits) as admission:
        expect_encodable(admission.format.rate_hz, admission.format.channels)
        arrival = _begin(recording, order, admission.format, fingerprint, shop.vault)
        try:
            frames = _seal(admission, arrival, progress)
        except BaseException:
            arrival.abandon(event=shop.vault.event("recording.undone", recording))
            raise
        facts = {"rate_hz": admission.format.rate_hz, "channels": admission.format.channels}
        arrival.complete(
            event=shop.vault.event(
                "recording.arrived", recording, **facts, frames=frames, fingerprint=fingerprint
            )
        )
    return recording


def _begin(
    recording: RecordingId, order: Order, form: Format, fingerprint: str, vault: Vault
) -> Arrival:
    return vault.begin(
        recording,
        rate_hz=form.rate_hz,
        persons=_persons(order, form.channels),
        job=b"",
        fingerprint=fingerprint,
        event=vault.event("recording.admitted", recording, channels=form.channels),
    )


def _seal(admission: Admission, arrival: Arrival, progress: Progress) -> int:
    """Seal the blocks as they come and return how many frames there were."""
    frames = 0
    for block in admission:
        arrival.write(block)
        frames += block.shape[1]
        progress(Stage.TAKE, frames / admission.format.rate_hz, 0)
    if not frames:
        raise Unfit("the file has no sound: it has 0 samples")
    return frames


def redact(
    sound: Sound,
    profile: Profile,
    listeners: Listeners,
    progress: Progress,
    knowledge: Knowledge | None = None,
) -> Redacted:
    """Transcribe, find, mask and hear again; pure but for the time it takes."""
    known = knowledge or shipped()
    transcript = _listen(sound, listeners, progress)
    progress(Stage.REDACT, 0, 0)
    found = _sensitive(transcript.segments, profile, known)
    findings = widen((*found, *_not_understood(transcript)), transcript.voiced, transcript.segments)
    masks = _plan(findings, (), profile, sound)
    check = rehear(
        [f for f in findings if profile.action(f.kind) is not Action.KEEP],
        [mask.span for mask in masks],
        transcript.voiced,
        mask=lambda spans: silenced(sound, spans),
        ear=_Ear(listeners, progress),
        reader=_Reader(profile, known),
    )
    findings = (*findings, *_late(check, profile, sound))
    masks = _plan(findings, check.hidden, profile, sound)
    passages = find_passages(transcript.segments, known)
    return Redacted(transcript, findings, masks, check, passages)


def work(
    recording: RecordingId, order: Order, shop: Workshop, outlet: FinalOutlet, progress: Progress
) -> Outcome:
    """Do the work on a recording that arrived: publish what is safe, seal the rest, sign for it.

    A recording that leaks is quarantined: it is sealed, its receipt says so, nothing else of it
    is written. On any failure the recording stays as it arrived, to be taken up again.
    """
    try:
        with shop.vault.open_arrival(recording) as arrival:
            redacted = redact(
                arrival.sound, order.profile, shop.listeners, progress, shop.knowledge
            )
            progress(Stage.KEEP, 0, 0)
            account = _account(order, arrival.holding, redacted, shop)
            digests = _publish(arrival.sound, redacted, account, order.profile, outlet)
            commitment = commit(account.facts())
            index = _keep(arrival.sound, redacted, account, commitment, order.profile, shop)
        outlet.put("receipt.json", _receipt(account, commitment, index, digests, shop))
        return Outcome(account, _seen_before(arrival.holding, shop.vault), outlet.reveal())
    finally:
        outlet.discard()


def _account(order: Order, holding: Holding, redacted: Redacted, shop: Workshop) -> Account:
    kinds = Counter(finding.kind for finding in redacted.findings)
    actions: Counter[str] = Counter()
    for kind, count in kinds.items():
        actions[order.profile.action(kind).value] += count
    hidden = merge(mask.span for mask in redacted.masks)
    passages = _passages(redacted.passages, order.profile)
    known = shop.knowledge
    return Account(
        recording=holding.id,
        actor=shop.actor,
        purpose=order.purpose,
        persons=holding.persons,
        profile=order.profile.name,
        profile_digest=order.profile.digest,
        models=_models(shop),
        duration_ms=round(holding.duration_s * 1000),
        words=sum(len(segment.words) for segment in redacted.transcript.segments),
        findings=dict(kinds),
        actions=dict(actions),
        burnt={k: n for k, n in kinds.items() if order.profile.action(k) is Action.BURN},
        masked_ms=round(sum(span.end_s - span.start_s for span in hidden) * 1000),
        rounds=redacted.check.rounds,
        heard=redacted.check.heard,
        left=redacted.check.left,
        passages=_total(passages.values()),
        restricted=passages[PassageAction.RESTRICT],
        held_back=passages[PassageAction.QUARANTINE],
        language=known.language,
        language_known=known.is_complete,
        language_refused=not known.is_complete and order.profile.refuses_unknown_language,
    )


def _passages(
    passages: Sequence[Passage], profile: Profile
) -> Mapping[PassageAction, Mapping[str, int]]:
    """Count passages by what is done about them, and by kind."""
    counts: dict[PassageAction, Counter[str]] = {action: Counter() for action in PassageAction}
    for passage in passages:
        counts[profile.passage_action(passage.kind, passage.confidence)][passage.kind] += 1
    return {action: dict(count) for action, count in counts.items()}


def _total(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)


def _models(shop: Workshop) -> tuple[Model, ...]:
    listeners, known = shop.listeners, shop.knowledge
    tagger = known.tagger
    roles = {
        "recogniser": listeners.first.weights,
        "listener": listeners.second.weights,
        "voice": listeners.voice.weights,
    }
    heard = [Model(role, weights.name, weights.digest) for role, weights in roles.items()]
    return (
        *heard,
        *([Model("tagger", f"tagger-{known.language}", tagger.digest)] if tagger else ()),
    )


def _publish(
    sound: Sound, redacted: Redacted, account: Account, profile: Profile, outlet: Outlet
) -> Mapping[str, str]:
    if account.is_quarantined:
        return {}
    shown = _transcript(account, sound, redacted, redacted.masks, profile)
    return publish(MaskedSound(sound, shown.masked), shown, account.statements(), outlet)


def _keep(
    sound: Sound,
    redacted: Redacted,
    account: Account,
    commitment: Commitment,
    profile: Profile,
    shop: Workshop,
) -> int:
    """Seal the original with what may not be kept burnt out of it, and the words likewise."""
    burnt = _burnt(redacted.masks)
    kept = _transcript(account, sound, redacted, burnt, profile.only_burning())
    kind = "recording.quarantined" if account.is_quarantined else "recording.processed"
    return shop.vault.keep(
        account.recording,
        sound=blocks(silenced(sound, [mask.span for mask in burnt])),
        texts={"words": [as_kept(kept, channel) for channel in range(sound.channels)]},
        state=State.QUARANTINED if account.is_quarantined else State.KEPT,
        event=shop.vault.event(kind, account.recording, **account.event_facts(commitment.digest)),
    )


def _burnt(masks: Sequence[Mask]) -> list[Mask]:
    """Widen what may not be kept to all that is hidden around it: no less is safe to keep."""
    forbidden = [mask.span for mask in masks if mask.action is Action.BURN]
    return [
        Mask(span, Action.BURN)
        for span in merge(mask.span for mask in masks)
        if any(
            f.channel == span.channel and f.start_s < span.end_s and span.start_s < f.end_s
            for f in forbidden
        )
    ]


def _transcript(
    account: Account,
    sound: Sound,
    redacted: Redacted,
    masks: Sequence[Mask],
    profile: Profile,
) -> RedactedTranscript:
    return redacted_transcript(
        account.recording,
        sound,
        redacted.transcript.segments,
        redacted.findings,
        masks,
        profile,
        passages=redacted.passages,
        language=account.language,
    )


def _receipt(
    account: Account,
    commitment: Commitment,
    index: int,
    digests: Mapping[str, str],
    shop: Workshop,
) -> bytes:
    head = shop.log.head()
    return issue(
        account.facts(),
        commitment,
        outputs=digests,
        proof=shop.log.prove(index, head.size),
        checkpoint=head.note,
        entry=shop.log.entry(index),
        signer=shop.signer,
    )


def _seen_before(holding: Holding, vault: Vault) -> tuple[RecordingId, ...]:
    same = vault.same_bytes(holding.fingerprint)
    return tuple(recording for recording in same if recording != holding.id)


def _fingerprint(path: Path, vault: Vault) -> str:
    """Return a keyed hash of the file's bytes; an unreadable file is for ``admit`` to refuse."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return vault.keys.keyed_hash_of_file("fingerprint", file)
    except OSError:
        return ""


def _waiting(fingerprint: str, vault: Vault) -> RecordingId | None:
    same = set(vault.same_bytes(fingerprint))
    return next((recording for recording in vault.unfinished() if recording in same), None)


def _taken_up(recording: RecordingId, order: Order, vault: Vault) -> RecordingId:
    """Go on with a recording that waits; whose voice it is was decided when it came."""
    persons = vault.show(recording).persons
    if order.persons and order.persons != persons[: len(order.persons)]:
        raise Conflict(
            f"recording {recording} of the same bytes waits under other persons",
            hint="process it without --person, or erase it first",
        )
    return recording


def _persons(order: Order, channels: int) -> tuple[PersonId, ...]:
    if len(order.persons) > channels:
        raise Unfit(f"{len(order.persons)} persons are given; the sound has {channels} channels")
    if len(order.persons) == 1:
        return order.persons * channels
    unknown = (new_person_id() for _ in range(channels - len(order.persons)))
    return (*order.persons, *unknown)


def _listen(sound: Sound, listeners: Listeners, progress: Progress) -> Transcript:
    total_s = sound.channels * sound.frames / sound.rate_hz
    return transcribe(
        sound, listeners, progress=lambda done_s: progress(Stage.LISTEN, done_s, total_s)
    )


def _sensitive(
    segments: Sequence[Segment], profile: Profile, knowledge: Knowledge
) -> tuple[Finding, ...]:
    """Return what is sensitive; a quiet kind that the profile keeps is not worth a word."""
    return tuple(
        finding
        for finding in detect(segments, knowledge)
        if finding.kind not in QUIET or profile.action(finding.kind) is not Action.KEEP
    )


def _not_understood(transcript: Transcript) -> list[Finding]:
    """Voice that no word accounts for, or text likely invented, is as sensitive as can be."""
    spans = [Span(s.start_s, s.end_s, s.channel) for s in transcript.segments if s.invented]
    return [
        Finding(UNEXPLAINED, span.start_s, span.end_s, span.channel, 1.0, ())
        for span in (*transcript.unexplained, *spans)
    ]


def _late(check: LeakCheck, profile: Profile, sound: Sound) -> list[Finding]:
    """What may not be kept and only the second listener found is burnt like the rest."""
    length_s = sound.frames / sound.rate_hz
    return [
        Finding(leak.kind, max(0.0, leak.start_s), min(length_s, leak.end_s), leak.channel, 0.5, ())
        for leak in check.leaks
        if profile.action(leak.kind) is Action.BURN and leak.start_s < length_s
    ]


def _plan(
    findings: Sequence[Finding], more: Sequence[Span], profile: Profile, sound: Sound
) -> tuple[Mask, ...]:
    """Plan the masks of findings with their margins, and of spans that are hidden as they are."""
    planned = plan_masks(
        findings,
        profile,
        margin_s=MARGIN_S,
        duration_s=sound.frames / sound.rate_hz,
        channels=sound.channels,
    )
    return (*planned, *(Mask(span, Action.MASK) for span in more))


@dataclass(frozen=True, slots=True)
class _Ear:
    """The second listener, as hearing again needs it."""

    listeners: Listeners
    progress: Progress

    def __call__(self, sound: Sound, spans: Sequence[Span]) -> Iterator[Segment]:
        total_s, done_s = sum(span.end_s - span.start_s for span in spans), 0.0
        for segment in hear_again(sound, spans, self.listeners.second):
            done_s = min(total_s, done_s + segment.end_s - segment.start_s)
            self.progress(Stage.REHEAR, done_s, total_s)
            yield segment


@dataclass(frozen=True, slots=True)
class _Reader:
    """Detection, as hearing again needs it: what the profile would hide."""

    profile: Profile
    knowledge: Knowledge

    def findings(self, segments: Sequence[Segment]) -> tuple[Finding, ...]:
        found = detect(segments, self.knowledge)
        return tuple(f for f in found if self.profile.action(f.kind) is not Action.KEEP)

    def numbers(self, segment: Segment) -> tuple[tuple[Word, str], ...]:
        return number_words(segment)
