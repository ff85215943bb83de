"""Account for what was done to a recording, in ids, kinds and counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sottovoce.ledger.account import Account, Masking, Model
from sottovoce.ledger.certificate import Certificate
from sottovoce.ledger.receipt import Commitment, issue
from sottovoce.redaction.mask import Mask
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.rehear import LeakCheck
from sottovoce.redaction.words import mask_words
from sottovoce.steps.covering import covered, millibits_left
from sottovoce.steps.hiding import Redacted, aligner_for
from sottovoce.steps.order import Order, Workshop
from sottovoce.values.finding import Action
from sottovoce.values.passage import Passage, PassageAction
from sottovoce.values.speech import Span
from sottovoce.vault.holding import Holding


def account_of(order: Order, holding: Holding, redacted: Redacted, shop: Workshop) -> Account:
    """Return the account of one recording: its event and its receipt are made of it."""
    kinds = Counter(finding.kind for finding in redacted.findings)
    actions: Counter[str] = Counter()
    for kind, count in kinds.items():
        actions[order.profile.action(kind).value] += count
    hidden = covered(
        redacted, order.style, duration_s=holding.duration_s, channels=holding.channels
    )
    passages = _passages(redacted.passages, order.profile)
    known = shop.knowledge
    return Account(
        recording=holding.id,
        actor=shop.actor,
        purpose=order.purpose,
        persons=holding.persons,
        profile=order.profile.name,
        profile_digest=order.profile.digest,
        models=models_of(shop),
        duration_ms=round(holding.duration_s * 1000),
        words=_shown_words(redacted, hidden, order.profile),
        findings=dict(kinds),
        actions=dict(actions),
        burnt={k: n for k, n in kinds.items() if order.profile.action(k) is Action.BURN},
        masked_ms=round(sum(span.end_s - span.start_s for span in hidden) * 1000),
        certificate=certificate_of(redacted.check),
        passages=_total(passages.values()),
        restricted=passages[PassageAction.RESTRICT],
        held_back=passages[PassageAction.QUARANTINE],
        pseudonyms=order.pseudonyms.value,
        masking=Masking(
            order.style.mask.value,
            order.style.lengths.value,
            millibits_left(redacted, hidden, order.profile, order.style),
        ),
        language=known.language,
        language_known=known.is_complete,
        voice=order.style.voice.value,
        language_refused=not known.is_complete and order.profile.refuses_unknown_language,
    )


def _shown_words(redacted: Redacted, hidden: Sequence[Span], profile: Profile) -> int:
    """Count words as they are shown: those that a placeholder hides would tell its length."""
    masks = [Mask(span, Action.MASK) for span in hidden]
    segments = mask_words(redacted.transcript.segments, redacted.findings, masks, profile)
    return sum(len(segment.words) for segment in segments)


def certificate_of(check: LeakCheck) -> Certificate:
    """Return what the receipt says of a hearing."""
    return Certificate(
        extent=check.extent,
        rounds=check.rounds,
        known=check.known,
        recovered=check.heard,
        left=check.left,
        heard_ms={way: round(1000 * length_s) for way, length_s in check.heard_s.items()},
        told=check.by_way,
        audible_ms=round(1000 * check.audible_s),
        sample_ms=round(1000 * check.sample_s),
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


def models_of(shop: Workshop) -> tuple[Model, ...]:
    """Return the models that take part in the work."""
    listeners, known = shop.listeners, shop.knowledge
    tagger, spoken = known.tagger, shop.synthesiser
    roles = {
        "recogniser": listeners.first.weights,
        "listener": listeners.second.weights,
        "voice": listeners.voice.weights,
    }
    if aligner := aligner_for(known, listeners):
        roles["aligner"] = aligner.weights
    heard = [Model(role, weights.name, weights.digest) for role, weights in roles.items()]
    return (
        *heard,
        *([Model("tagger", f"tagger-{known.language}", tagger.digest)] if tagger else ()),
        *([Model("synthesiser", spoken.name, spoken.digest)] if spoken else ()),
    )


def receipt_of(
    account: Account,
    commitment: Commitment,
    index: int,
    digests: Mapping[str, str],
    shop: Workshop,
) -> bytes:
    """Sign the receipt: the account, the digests of the outputs, the proof that it is logged."""
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
