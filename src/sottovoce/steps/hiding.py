"""Decide what of a recording is hidden, and hear again what is left.

Rules:
1. What may not be kept and only the second listener found is burnt like the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sottovoce.detection.detect import detect
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.numbers import number_words
from sottovoce.detection.sounds_like import Sounds, load_sounds
from sottovoce.redaction.bleed import bled, reach
from sottovoce.redaction.bounds import widen
from sottovoce.redaction.hearing import Way, heard_as
from sottovoce.redaction.mask import Mask, plan_masks
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.quiet import Levels
from sottovoce.redaction.rehear import LeakCheck
from sottovoce.redaction.timeline import Timeline
from sottovoce.speech.align import Aligner, align_words
from sottovoce.speech.transcribe import Listeners, Transcript, hear_again
from sottovoce.steps.order import Progress, Stage
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import Action, Finding
from sottovoce.values.kinds import QUIET
from sottovoce.values.passage import Passage
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Segment, Span, Word

MARGIN_S = 0.05
"""Air masked on both sides of a finding; docs/decisions/timing-is-safety.md says why."""
FADING_S = 0.02
"""The last sound of a word fades for so long below what the clocks hear."""
LATE_S = 0.15
"""More air around what only the second listener found, which has no clock for words."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """What redaction came to: findings with safe times, masks, and how hearing again went."""

    transcript: Transcript
    findings: tuple[Finding, ...]
    masks: tuple[Mask, ...]
    check: LeakCheck
    passages: tuple[Passage, ...]


def sensitive(
    segments: Sequence[Segment], profile: Profile, knowledge: Knowledge
) -> tuple[Finding, ...]:
    """Return what is sensitive; a quiet kind that the profile keeps is not worth a word."""
    return tuple(
        finding
        for finding in detect(segments, knowledge)
        if finding.kind not in QUIET or profile.action(finding.kind) is not Action.KEEP
    )


def bounded(
    found: Sequence[Finding], transcript: Transcript, sound: Sound, aligner: Aligner | None
) -> tuple[Finding, ...]:
    """Give findings the times of all clocks; the aligner's is asked only around findings."""
    telling = [word for finding in found for word in finding.words]
    levels = Levels(sound)
    wide = widen(
        found,
        transcript.voiced,
        transcript.segments,
        placed=align_words(sound, transcript.segments, telling, aligner),
        levels=levels,
    )
    ends = [max(f.end_s, min(levels.length_s, f.end_s + FADING_S)) for f in wide]
    return tuple(replace(f, end_s=end) for f, end in zip(wide, ends, strict=True))


def aligner_for(knowledge: Knowledge, listeners: Listeners) -> Aligner | None:
    """Return the aligner of the language that detection knows, if there is one."""
    aligner = listeners.aligner
    return aligner if aligner and aligner.language == knowledge.language else None


def burnt_late(check: LeakCheck, profile: Profile, sound: Sound) -> list[Finding]:
    """What may not be kept and only the second listener found is burnt like the rest."""
    length_s = sound.frames / sound.rate_hz
    return [
        Finding(
            leak.kind,
            max(0.0, leak.start_s - LATE_S),
            min(length_s, leak.end_s + LATE_S),
            leak.channel,
            0.5,
            (),
            doubt_s=LATE_S,
        )
        for leak in check.leaks
        if profile.action(leak.kind) is Action.BURN and leak.start_s < length_s
    ]


def plan(
    findings: Sequence[Finding], more: Sequence[Span], profile: Profile, sound: Sound
) -> tuple[Mask, ...]:
    """Plan the masks of findings with their margins, and of spans that are hidden as they are.

    Where what they hide is heard on another channel, it is hidden there as well, and burnt where it
    may not be kept.
    """
    planned = plan_masks(
        findings,
        profile,
        margin_s=MARGIN_S,
        duration_s=sound.frames / sound.rate_hz,
        channels=sound.channels,
    )
    masks = (*planned, *(Mask(span, Action.MASK) for span in more))
    burnt = [mask.span for mask in planned if mask.action is Action.BURN]
    elsewhere = bled(sound, [mask.span for mask in planned])
    known = Timeline((*elsewhere, *(mask.span for mask in planned)))
    # What was found to bleed comes back as hidden: it would be taken for a source of its own.
    new = [piece for span in more for piece in known.without(span)]
    return (
        *masks,
        *(Mask(span, Action.MASK) for span in (*elsewhere, *bled(sound, new))),
        *(Mask(span, Action.BURN) for span in _of_burnt(elsewhere, burnt, sound)),
    )


def _of_burnt(elsewhere: Sequence[Span], burnt: Sequence[Span], sound: Sound) -> list[Span]:
    """Return what of the bleeding may come from what may not be kept."""
    near = Timeline(spot for span in burnt for spot in reach(span, sound))
    return [piece for span in elsewhere for piece in near.within(span)]


@dataclass(frozen=True, slots=True)
class Ear:
    """The second listener, as hearing again needs it."""

    listeners: Listeners
    progress: Progress

    def hear(self, sound: Sound, spans: Sequence[Span], way: Way) -> Iterator[Segment]:
        total_s, done_s = sum(span.end_s - span.start_s for span in spans), 0.0
        for segment in hear_again(heard_as(sound, way), spans, self.listeners.second):
            done_s = min(total_s, done_s + segment.end_s - segment.start_s)
            self.progress(Stage.REHEAR, done_s, total_s)
            yield segment

    def voiced(self, sound: Sound, way: Way) -> Sequence[Span]:
        window = heard_as(sound, way)
        channels = range(sound.channels)
        return [span for c in channels for span in self.listeners.voice.voiced(window, c)]


@dataclass(frozen=True, slots=True)
class Reader:
    """Detection, as hearing again needs it: what the profile would hide, and what words tell."""

    profile: Profile
    knowledge: Knowledge

    def findings(self, segments: Sequence[Segment]) -> tuple[Finding, ...]:
        found = detect(segments, self.knowledge)
        return tuple(f for f in found if self.profile.action(f.kind) is not Action.KEEP)

    def numbers(self, segment: Segment) -> tuple[tuple[Word, str], ...]:
        return number_words(segment)

    def is_common(self, word: str) -> bool:
        return word in self.knowledge.lexicon.common

    def is_ordinary(self, word: str) -> bool:
        return self.is_common(word) or word in _ordinary(self.knowledge.lexicon)

    def sounds(self, word: str) -> str:
        sounds = _sounds(self.knowledge.lexicon.language)
        return sounds.key(sounds.of(word)) if sounds else word

    def sound_alike(self, word: str, other: str) -> bool:
        sounds = _sounds(self.knowledge.lexicon.language)
        if not sounds:
            return word == other
        least = sounds.similar_if_ordinary
        return sounds.similarity(sounds.of(word), sounds.of(other), least=least) >= least


def _ordinary(lexicon: Lexicon) -> frozenset[str]:
    sounds = _sounds(lexicon.language)
    return lexicon.ambiguous | lexicon.surnames | (sounds.ordinary if sounds else frozenset())


@cache
def _sounds(language: str) -> Sounds | None:
    """Return how words of a language sound, None where nobody wrote it down."""
    try:
        return load_sounds(language)
    except Unfit:
        return None
