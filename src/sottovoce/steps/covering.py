"""Say what is hidden of what is published: the masks, as long as the style has them.

Rule: what is sealed is not covered wider; only what leaves the vault is.
"""

from collections.abc import Mapping, Sequence

from sottovoce.redaction.lengths import Lengths, bits_left, lengthen
from sottovoce.redaction.mask import merge
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.style import Style
from sottovoce.steps.hiding import Redacted
from sottovoce.values.finding import Action
from sottovoce.values.speech import Span


def covered(
    redacted: Redacted, style: Style, *, duration_s: float, channels: int
) -> tuple[Span, ...]:
    """Return the spans that are hidden in what is published, merged and in order."""
    hidden = merge(mask.span for mask in redacted.masks)
    if style.lengths is Lengths.EXACT:
        return hidden
    voiced = redacted.transcript.voiced
    return lengthen(hidden, voiced, duration_s=duration_s, channels=channels)


def millibits_left(
    redacted: Redacted, hidden: Sequence[Span], profile: Profile, style: Style
) -> Mapping[str, int]:
    """Return by kind how many thousandths of a bit a mask's length may tell, at most.

    The mean over the kind's findings; nothing where the style's lengths are exact, which tell all.
    """
    if style.lengths is Lengths.EXACT:
        return {}
    found: dict[str, list[float]] = {}
    for finding in redacted.findings:
        if profile.action(finding.kind) is not Action.KEEP:
            length_s = _covering_s(finding.start_s, finding.channel, hidden)
            found.setdefault(finding.kind, []).append(bits_left(finding.kind, length_s))
    return {kind: round(1000 * sum(bits) / len(bits)) for kind, bits in sorted(found.items())}


def _covering_s(at: float, channel: int, hidden: Sequence[Span]) -> float:
    return next(
        (
            span.end_s - span.start_s
            for span in hidden
            if span.channel == channel and span.start_s <= at <= span.end_s
        ),
        0.0,
    )
