"""Publish what is safe of a recording, and keep the rest sealed.

Rule: what may not be kept is burnt out of what is sealed, with all that is hidden around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sottovoce.ledger.account import Account
from sottovoce.ledger.receipt import Commitment
from sottovoce.redaction.coarse import coarse
from sottovoce.redaction.lengths import Lengths
from sottovoce.redaction.mask import Mask, MaskedSound, merge, silenced
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.publish import Outlet, publish
from sottovoce.redaction.spoken import spoken_over
from sottovoce.redaction.standins import StandIn
from sottovoce.redaction.style import fill_of
from sottovoce.redaction.transcript import RedactedTranscript, as_kept, redacted_transcript
from sottovoce.steps.covering import covered
from sottovoce.steps.held_back import CASE, as_case
from sottovoce.steps.hiding import Redacted
from sottovoce.steps.indexing import mentions
from sottovoce.steps.keypad import shown_tones
from sottovoce.steps.order import Order, Workshop
from sottovoce.steps.voicing import voiced
from sottovoce.steps.whose import COMMON, Whose
from sottovoce.values.finding import Action, Finding
from sottovoce.values.sound import Sound, blocks
from sottovoce.vault.holding import State
from sottovoce.vault.strands import WORDS
from sottovoce.vault.tokens import Mention


def publish_safe(
    sound: Sound,
    redacted: Redacted,
    account: Account,
    order: Order,
    outlet: Outlet,
    stands_for: Mapping[Finding, StandIn],
    shop: Workshop,
) -> Mapping[str, str]:
    """Write the outputs and return their digests; nothing of what is quarantined."""
    if account.is_quarantined:
        return {}
    duration_s = sound.frames / sound.rate_hz
    hidden = covered(redacted, order.style, duration_s=duration_s, channels=sound.channels)
    masks = (*redacted.masks, *(Mask(span, Action.MASK) for span in hidden))
    shown = _transcript(account, sound, redacted, masks, order.profile, stands_for)
    if order.style.lengths is not Lengths.EXACT:
        shown = coarse(shown)
    fill = fill_of(order.style, sound, voiced=redacted.transcript.voiced, hidden=shown.masked)
    if order.style.speak and shop.synthesiser:
        fill = spoken_over(
            fill, stands_for, shown.masked, rate_hz=sound.rate_hz, synthesiser=shop.synthesiser
        )
    heard = voiced(
        sound, shown, order.style.voice, synthesiser=shop.synthesiser, bender=shop.bender
    )
    masked = MaskedSound(heard, shown.masked, fill)
    return publish(masked, shown, account.statements(), outlet, form=order.style.sound)


def keep(
    sound: Sound,
    redacted: Redacted,
    account: Account,
    commitment: Commitment,
    order: Order,
    whose: Whose,
    shop: Workshop,
) -> int:
    """Seal the original with what may not be kept burnt out of it, and the words likewise.

    Of what is held back, what a person needs to decide about it is sealed as well.
    """
    burnt = _burnt(redacted.masks)
    kept = _transcript(account, sound, redacted, burnt, order.profile.only_burning())
    texts = _texts(kept, whose)
    if account.is_quarantined:
        texts[CASE] = as_case(redacted, account, order, burnt, sound.channels)
    kind = "recording.quarantined" if account.is_quarantined else "recording.processed"
    return shop.vault.keep(
        account.recording,
        sound=blocks(silenced(sound, [mask.span for mask in burnt])),
        texts=texts,
        state=State.QUARANTINED if account.is_quarantined else State.KEPT,
        event=shop.vault.event(kind, account.recording, **account.event_facts(commitment.digest)),
        mentions=_mentions(redacted, kept, burnt, order, whose, shop),
        turns=whose.turns,
    )


def _texts(kept: RedactedTranscript, whose: Whose) -> dict[str, list[bytes]]:
    """Render the words of each strand, and of channels with several what is everyone's."""
    strands = enumerate(whose.holding.strand_channels)
    texts = {WORDS: [as_kept(whose.part(kept, channel, s), channel) for s, channel in strands]}
    if whose.holding.strands:
        channels = range(whose.holding.channels)
        texts[COMMON] = [as_kept(whose.part(kept, c, None), c) for c in channels]
    return texts


def _mentions(
    redacted: Redacted,
    kept: RedactedTranscript,
    burnt: Sequence[Mask],
    order: Order,
    whose: Whose,
    shop: Workshop,
) -> list[Mention]:
    """Return by what each strand is found; what is everyone's is found by nothing."""
    lexicon, found = shop.knowledge.lexicon, []
    for strand, channel in enumerate(whose.holding.strand_channels):
        mine = [f for f in redacted.findings if f.channel == channel and whose.owns(strand, f)]
        words = [s for s in whose.part(kept, channel, strand).segments if s.channel == channel]
        said = mentions(mine, words, burnt, order.profile, lexicon, order.indexed)
        found += [replace(mention, channel=strand) for mention in said]
    return found


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
    stands_for: Mapping[Finding, StandIn] | None = None,
) -> RedactedTranscript:
    return redacted_transcript(
        account.recording,
        sound,
        (*redacted.transcript.segments, *shown_tones(redacted.findings)),
        redacted.findings,
        masks,
        profile,
        passages=redacted.passages,
        language=account.language,
        stands_for=stands_for,
    )
