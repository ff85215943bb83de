"""Let a person decide about a recording that is held back.

Rules:
1. Who publishes over a leak says so; it is in the receipt and in the ledger.
2. What may not be kept at all is not published by anybody.
3. Spans that a person masks are heard again like those of the machine. A decision without such
   spans stands on what was heard when the recording was held back.
4. The decision is an event of its own, with a receipt of its own; what was decided before it stays
   in the ledger.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from sottovoce.ledger.account import Account
from sottovoce.ledger.certificate import Review
from sottovoce.ledger.receipt import commit
from sottovoce.redaction.certificate import Extent, Listening
from sottovoce.redaction.mask import silenced
from sottovoce.redaction.publish import Outlet
from sottovoce.redaction.rehear import LeakCheck, rehear
from sottovoce.speech.transcribe import Transcript
from sottovoce.steps.account import certificate_of, models_of, receipt_of
from sottovoce.steps.covering import covered
from sottovoce.steps.held_back import CASE, Case, read_case
from sottovoce.steps.hiding import Ear, Reader, Redacted, plan
from sottovoce.steps.keeping import publish_safe
from sottovoce.steps.order import Order, Progress, Workshop
from sottovoce.steps.standing_in import stands_for
from sottovoce.values.errors import Refused, Unfit
from sottovoce.values.finding import Action
from sottovoce.values.ids import RecordingId
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Span
from sottovoce.vault.holding import State
from sottovoce.vault.opened import Opened
from sottovoce.vault.vault import Vault


class Verdict(Enum):
    """What a person decides."""

    PUBLISH = "publish"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision: what, why (a word of docs/spec/events.md), and over which leaks.

    ``accepts_leak`` is needed to publish what still leaks.
    """

    verdict: Verdict
    grounds: str
    accepts_leak: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A case as it stands after what a person masked by hand was heard again."""

    case: Case
    check: LeakCheck
    by_hand: tuple[Span, ...] = ()
    account: Account | None = None


def look(recording: RecordingId, vault: Vault) -> Case:
    """Return the case of a recording that is held back, or raise Refused, Missing."""
    with _opened(recording, vault) as opened:
        return read_case(opened)


def mask_more(
    recording: RecordingId, spans: Sequence[Span], shop: Workshop, progress: Progress
) -> Reviewed:
    """Hear a recording that is held back with more masked; nothing is changed or written."""
    with _opened(recording, shop.vault) as opened:
        case = read_case(opened)
        _expect_language(case, shop)
        return _heard(case, opened.sound, spans, shop, progress)


def decide(
    recording: RecordingId,
    decision: Decision,
    spans: Sequence[Span],
    shop: Workshop,
    outlet: Outlet,
    progress: Progress,
) -> Reviewed:
    """Do what a person decided, and put the receipt of it into the outlet.

    Raises Refused when it would publish a leak that is not accepted; nothing is changed then.
    """
    with _opened(recording, shop.vault) as opened:
        case = read_case(opened)
        _expect_language(case, shop)
        reviewed = _heard(case, opened.sound, spans, shop, progress)
        if decision.verdict is Verdict.PUBLISH:
            _expect_publishable(reviewed, decision)
        account = _account(reviewed, decision, opened.sound, shop)
        order = _order(case)
        redacted = _redacted(reviewed, opened.sound)
        digests: Mapping[str, str] = {}
        if decision.verdict is Verdict.PUBLISH:
            said = stands_for(order, opened.holding, redacted, shop)
            digests = publish_safe(opened.sound, redacted, account, order, outlet, said, shop)
    commitment = commit(account.facts())
    event = shop.vault.event(
        "recording.reviewed", recording, **account.event_facts(commitment.digest)
    )
    state = State.QUARANTINED if account.is_quarantined else State.KEPT
    index = shop.vault.settle(recording, state=state, without=CASE, event=event)
    outlet.put("receipt.json", receipt_of(account, commitment, index, digests, shop))
    return replace(reviewed, account=account)


def _opened(recording: RecordingId, vault: Vault) -> Opened:
    if vault.show(recording).state is State.KEPT:
        raise Refused(
            f"recording {recording} is not held back",
            hint="`recordings export` takes out what is kept",
        )
    return vault.open(recording)


def _heard(
    case: Case, sound: Sound, spans: Sequence[Span], shop: Workshop, progress: Progress
) -> Reviewed:
    _expect_inside(spans, sound)
    if not spans:
        return Reviewed(case, as_it_was(case))
    hidden = [
        mask.span for mask in plan(case.findings, (*case.hidden, *spans), case.profile, sound)
    ]
    check = rehear(
        [f for f in case.findings if case.profile.action(f.kind) is not Action.KEEP],
        hidden,
        case.voiced,
        mask=lambda hidden: silenced(sound, hidden),
        ear=Ear(shop.listeners, progress),
        reader=Reader(case.profile, shop.knowledge),
        segments=case.segments,
        listening=Listening(Extent(case.account.certificate.extent)),
    )
    return Reviewed(case, check, tuple(spans))


def as_it_was(case: Case) -> LeakCheck:
    """Return what the hearing came to when the recording was held back."""
    was = case.account.certificate
    return LeakCheck(
        passed=not was.left,
        rounds=was.rounds,
        hidden=case.hidden,
        heard=was.recovered,
        left=was.left,
        leaks=case.leaks,
        remaining=case.remaining,
    )


def _expect_inside(spans: Sequence[Span], sound: Sound) -> None:
    length_s = sound.frames / sound.rate_hz
    for span in spans:
        if not 0 <= span.start_s < span.end_s <= length_s + 0.001:
            raise Unfit(f"a span to mask does not lie within the {length_s:.3f} s of the recording")
        if not 0 <= span.channel < sound.channels:
            raise Unfit(f"a span to mask is on no channel of the recording's {sound.channels}")


def _expect_language(case: Case, shop: Workshop) -> None:
    if case.account.language != shop.knowledge.language:
        raise Unfit(
            f"the recording was taken for the language {case.account.language}",
            hint=f"review it with --language {case.account.language}",
        )


def _expect_publishable(reviewed: Reviewed, decision: Decision) -> None:
    left = reviewed.check.left
    burnt = [kind for kind in left if reviewed.case.profile.action(kind) is Action.BURN]
    if burnt:
        raise Refused(
            f"{sum(left[kind] for kind in burnt)} leaks are of what may not be kept, {burnt[0]};"
            " nobody can accept that",
            hint="hide them with --mask START-END, or erase the recording",
        )
    if left and not decision.accepts_leak:
        raise Refused(
            f"{sum(left.values())} leaks are still recovered",
            hint="hide them with --mask START-END, or say --accept-leak; the receipt will say so",
        )


def _redacted(reviewed: Reviewed, sound: Sound) -> Redacted:
    case, check = reviewed.case, reviewed.check
    masks = plan(case.findings, (*check.hidden, *reviewed.by_hand), case.profile, sound)
    transcript = Transcript(case.segments, case.voiced, ())
    return Redacted(transcript, case.findings, masks, check, case.passages)


def _account(reviewed: Reviewed, decision: Decision, sound: Sound, shop: Workshop) -> Account:
    was, check = reviewed.case.account, reviewed.check
    accepted = check.left if decision.verdict is Verdict.PUBLISH else {}
    review = Review(decision.verdict.value, decision.grounds, accepted, len(reviewed.by_hand))
    account = replace(was, actor=shop.actor, review=review)
    if not reviewed.by_hand:
        return account
    hidden = covered(
        _redacted(reviewed, sound),
        reviewed.case.style,
        duration_s=sound.frames / sound.rate_hz,
        channels=sound.channels,
    )
    listener = [model for model in models_of(shop) if model.role == "listener"]
    others = [model for model in was.models if model.role != "listener"]
    before = Counter(was.certificate.recovered) + Counter(was.certificate.left)
    certificate = certificate_of(check)
    return replace(
        account,
        models=(*others, *listener),
        masked_ms=round(sum(span.end_s - span.start_s for span in hidden) * 1000),
        certificate=replace(certificate, recovered=dict(before + Counter(certificate.recovered))),
    )


def _order(case: Case) -> Order:
    return Order(
        Path(),
        Path(),
        case.profile,
        case.account.purpose,
        case.account.persons,
        case.pseudonyms,
        Extent(case.account.certificate.extent),
        case.style,
    )
