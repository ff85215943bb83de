"""The way of a recording, on one page.

    take:  admit ─ seal on arrival ─ event
    work:  open ─ find tones ─ transcribe ─ detect ─ redact text and sound ─ rehear ─
           seal results ─ receipt

Rules:
1. Nothing rests unsealed; what a crash cuts off is resumed from the sealed arrival, or undone.
2. What still leaks after the last round of hearing is not published.
3. All that is written outside of the vault is made of redacted values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sottovoce.detection.find_passages import find_passages
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.detection.tones import find_entries
from sottovoce.intake.admit import admit
from sottovoce.ledger.account import Account
from sottovoce.ledger.receipt import commit
from sottovoce.redaction.certificate import Listening
from sottovoce.redaction.encode import expect_encodable
from sottovoce.redaction.mask import silenced
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.publish import Outlet
from sottovoce.redaction.rehear import rehear
from sottovoce.speech.transcribe import Listeners, Transcript, transcribe
from sottovoce.steps.account import account_of, receipt_of
from sottovoce.steps.arriving import (
    begin,
    fingerprint_of,
    seal,
    sealed_header,
    seen_before,
    taken_up,
    unsealing,
    waiting_for,
)
from sottovoce.steps.hiding import (
    Ear,
    Reader,
    Redacted,
    aligner_for,
    bounded,
    burnt_late,
    plan,
    sensitive,
)
from sottovoce.steps.keeping import keep, publish_safe
from sottovoce.steps.keypad import hide_tones_left, without_tones
from sottovoce.steps.order import Order, Progress, Stage, Workshop
from sottovoce.steps.standing_in import stands_for
from sottovoce.steps.turns import from_job
from sottovoce.steps.unclear import unclear
from sottovoce.steps.whose import Whose
from sottovoce.values.finding import Action
from sottovoce.values.ids import RecordingId, new_recording_id
from sottovoce.values.sound import Sound


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


def take(order: Order, shop: Workshop, progress: Progress) -> RecordingId:
    """Admit a file and seal it on arrival; a recording that a crash left waiting is taken up.

    What its sender sealed is unsealed where it is decoded, and nowhere else. Raises Unfit when the
    file is not whole, clean sound within the limits; nothing is kept then.
    """
    fingerprint = fingerprint_of(order.input, shop.vault)
    if waiting := waiting_for(fingerprint, shop.vault):
        return taken_up(waiting, order, shop.vault)
    recording = new_recording_id()
    sealed = sealed_header(order.input)
    wrapping = unsealing(sealed, shop.vault)
    with admit(order.input, limits=shop.limits, wrapping=wrapping) as admission:
        expect_encodable(admission.format.rate_hz, admission.format.channels, order.style.sound)
        arrival = begin(recording, order, admission.format, fingerprint, shop.vault, sealed)
        try:
            frames = seal(admission, arrival, progress)
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


def redact(
    sound: Sound,
    profile: Profile,
    listeners: Listeners,
    progress: Progress,
    knowledge: Knowledge | None = None,
    listening: Listening | None = None,
) -> Redacted:
    """Transcribe, find, mask and hear again; pure but for the time it takes."""
    known = knowledge or shipped()
    typed = find_entries(sound)
    transcript = _listen(without_tones(sound, typed), listeners, progress)
    progress(Stage.REDACT, 0, 0)
    found = sensitive(transcript.segments, profile, known)
    doubtful = unclear(transcript, found, known)
    aligner = aligner_for(known, listeners)
    findings = bounded((*found, *doubtful), transcript, sound, aligner)
    findings = (*findings, *(entry.finding for entry in typed))
    masks = plan(findings, (), profile, sound)
    check = rehear(
        [f for f in findings if profile.action(f.kind) is not Action.KEEP],
        [mask.span for mask in masks],
        transcript.voiced,
        mask=lambda spans: silenced(sound, spans),
        ear=Ear(listeners, progress),
        reader=Reader(profile, known),
        segments=transcript.segments,
        listening=listening,
    )
    findings = (*findings, *burnt_late(check, profile, sound))
    findings, check = hide_tones_left(findings, check, profile, sound)
    masks = plan(findings, check.hidden, profile, sound)
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
                arrival.sound,
                order.profile,
                shop.listeners,
                progress,
                shop.knowledge,
                Listening(order.extent),
            )
            progress(Stage.KEEP, 0, 0)
            account = account_of(order, arrival.holding, redacted, shop)
            said = stands_for(order, arrival.holding, redacted, shop)
            digests = publish_safe(arrival.sound, redacted, account, order, outlet, said, shop)
            commitment = commit(account.facts())
            whose = Whose(from_job(arrival.job), arrival.holding)
            index = keep(arrival.sound, redacted, account, commitment, order, whose, shop)
        outlet.put("receipt.json", receipt_of(account, commitment, index, digests, shop))
        return Outcome(account, seen_before(arrival.holding, shop.vault), outlet.reveal())
    finally:
        outlet.discard()


def _listen(sound: Sound, listeners: Listeners, progress: Progress) -> Transcript:
    total_s = sound.channels * sound.frames / sound.rate_hz
    return transcribe(
        sound, listeners, progress=lambda done_s: progress(Stage.LISTEN, done_s, total_s)
    )
