"""Take what was typed on a keypad out of a recording, and look whether any of it is left.

Rules:
1. Nobody hears the tones of a sure entry: a recogniser makes words of them, or loses those beside
   them. Only the tones are silent then, not the pauses. What may be talk after all is heard as it
   is: a number beside it must not be lost. It is hidden like any other entry.
2. They have no words, so the text shows a placeholder where they were.
3. What is published is searched for them once more, mask and all; what is found is hidden wider, at
   most three times, and is a leak if it is found even then.
"""

from collections.abc import Sequence
from dataclasses import replace

from sottovoce.detection.tones import KIND, Entry, find_tones
from sottovoce.redaction.known import Leak
from sottovoce.redaction.mask import MaskedSound, silenced
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.rehear import LeakCheck
from sottovoce.steps.hiding import plan
from sottovoce.values.finding import Finding
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Segment, Span

ROUNDS = 3
WIDER_S = 0.5
_BESIDE_S = 0.02


def without_tones(sound: Sound, typed: Sequence[Entry]) -> Sound:
    """Return the sound with silence in the place of sure tones, for those who listen."""
    tones = [tone for entry in typed if entry.is_sure for tone in entry.tones]
    return silenced(sound, [_wider(tone, _BESIDE_S, sound) for tone in tones])


def shown_tones(findings: Sequence[Finding]) -> list[Segment]:
    """Return segments that hold the place of what was typed, for the text to show."""
    return [
        Segment(finding.start_s, finding.end_s, finding.channel, finding.words)
        for finding in findings
        if finding.kind == KIND and finding.words
    ]


def hide_tones_left(
    findings: Sequence[Finding], check: LeakCheck, profile: Profile, sound: Sound
) -> tuple[tuple[Finding, ...], LeakCheck]:
    """Return findings that hide all tones of the sound to be published, and the check of them."""
    recovered = 0
    for _ in range(ROUNDS):
        masks = plan(findings, check.hidden, profile, sound)
        left = find_tones(MaskedSound(sound, [mask.span for mask in masks]))
        if not left:
            return tuple(findings), _counted(check, recovered)
        recovered += len(left)
        findings = (*findings, *(_unworded(finding, sound) for finding in left))
    remaining = tuple(Leak(KIND, one.start_s, one.end_s, one.channel) for one in left)
    failed = replace(_counted(check, recovered), passed=False, left={**check.left, KIND: len(left)})
    return tuple(findings), replace(failed, remaining=(*check.remaining, *remaining))


def _counted(check: LeakCheck, recovered: int) -> LeakCheck:
    if not recovered:
        return check
    return replace(check, heard={**check.heard, KIND: check.heard.get(KIND, 0) + recovered})


def _unworded(finding: Finding, sound: Sound) -> Finding:
    wide = _wider(finding, WIDER_S, sound)
    return replace(finding, start_s=wide.start_s, end_s=wide.end_s, words=())


def _wider(heard: Finding | Span, by_s: float, sound: Sound) -> Span:
    end_s = min(heard.end_s + by_s, sound.frames / sound.rate_hz)
    return Span(max(0.0, heard.start_s - by_s), end_s, heard.channel)
