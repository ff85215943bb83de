"""Redact sound while it passes: every sample comes out, in order, once what is said is settled.

Rules:
1. Work is done at fixed positions of the sound, a step apart. What is decided there depends on the
   samples up to there alone: not on the sizes of blocks, nor on how long anything took.
2. Up to the hold-back before that position, words are decided whole: shown if they are settled,
   else hidden. No sample leaves before the words around it are decided, a mask's margin before.
3. Voice that no word accounts for by then, or that is likely invented, is hidden.
4. What is typed on a keypad is hidden as soon as it is heard.
5. As many samples go out as come in. Memory is bounded; whoever hands in more waits.
6. After an error nothing more goes out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import inf

import numpy as np

from sottovoce.detection.live import Judgement, LiveTalk
from sottovoce.redaction.live_sound import Block, PassingSound
from sottovoce.redaction.mask import Mask, MaskedSound, merge
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.words import RedactedSegment, mask_words
from sottovoce.speech.explain import SLACK_S, unexplained
from sottovoce.speech.live import LOOK_BACK_S, LateHearing, LiveEar
from sottovoce.speech.recogniser import Recogniser
from sottovoce.speech.voice import VoiceActivity
from sottovoce.steps.live_keypad import typed
from sottovoce.values.errors import Refused
from sottovoce.values.finding import Action, Finding
from sottovoce.values.speech import Segment, Span, Word

STEP_S = 0.6
HOLD_BACK_S = 1.0
LEAST_HOLD_BACK_S, MOST_HOLD_BACK_S = 0.2, 10.0
MARGIN_S = 0.2
NEAR_S = 0.5
"""A mask takes the border of its voice if that is as near as this."""
LONGEST_WORD_S = 1.5
"""A word that is not over by the hold-back is waited for this long."""
PAUSE_S, LONGEST_LINE_S = 0.6, 5.0
"""A line of words ends at a pause, and after so long."""
_FADE_S = 0.01


@dataclass(frozen=True, slots=True)
class Emitted:
    """What goes out at once: the next samples of all channels, and the lines that are complete."""

    samples: Block = field(repr=False)
    lines: tuple[RedactedSegment, ...]


@dataclass(slots=True)
class _Lane:
    """One channel: its ear, how far it is decided, its latest words, what is hidden of it."""

    ear: LiveEar
    front_s: float = 0.0
    words: list[Word] = field(default_factory=list, repr=False)
    masks: list[Span] = field(default_factory=list)
    line: list[Word] = field(default_factory=list, repr=False)
    findings: list[Finding] = field(default_factory=list)


class LiveSound:
    """Sound in, in blocks of any size; redacted sound and words out, a hold-back later."""

    def __init__(
        self,
        profile: Profile,
        talk: LiveTalk,
        voice: VoiceActivity,
        recogniser: Recogniser,
        *,
        rate_hz: int,
        channels: int,
        hold_back_s: float = HOLD_BACK_S,
    ) -> None:
        if not LEAST_HOLD_BACK_S <= hold_back_s <= MOST_HOLD_BACK_S:
            raise ValueError(
                f"hold_back_s must be from {LEAST_HOLD_BACK_S} to {MOST_HOLD_BACK_S:g}"
            )
        if not talk.knowledge.is_complete and profile.refuses_unknown_language:
            raise Refused(
                "the profile refuses a language that detection does not know",
                hint="choose a profile that only masks figures of such a language",
            )
        self._profile = profile
        self._hold_back_s = hold_back_s
        self._talk = talk
        self._sound = PassingSound(rate_hz, channels)
        self._lanes = [_Lane(LiveEar(c, voice, recogniser)) for c in range(channels)]
        self._step = round(STEP_S * rate_hz)
        self._out = 0
        self._is_closed = False

    def feed(self, block: Block) -> Iterator[Emitted]:
        """Take in the next samples, int16 of shape (channels, frames); yield what may go out."""
        at = 0
        while at < block.shape[1]:
            until = self._step - self._sound.frames % self._step
            self._expect_open()
            self._sound.write(block[:, at : at + until])
            at += until
            if self._sound.frames % self._step == 0:
                yield self._work(is_last=False)

    def finish(self) -> Emitted:
        """Return all that is left: the sound is over."""
        self._expect_open()
        emitted = self._work(is_last=True)
        self._is_closed = True
        return emitted

    def _expect_open(self) -> None:
        if self._is_closed:
            raise ValueError("the stream is over, or has failed")

    def _work(self, *, is_last: bool) -> Emitted:
        self._is_closed = True  # until this went well, nothing more goes out
        now_s = self._sound.frames / self._sound.rate_hz
        to_s = now_s if is_last else max(0.0, now_s - self._hold_back_s)
        heard = [lane.ear.hear(self._sound, lane.front_s, lane.words) for lane in self._lanes]
        fresh = [_fresh(h, lane) for h, lane in zip(heard, self._lanes, strict=True)]
        judged = self._judge(fresh)
        decided: list[Word] = []
        for lane, late, words in zip(self._lanes, heard, fresh, strict=True):
            decided += self._decide(lane, late, words, judged, to_s, is_last=is_last)
        for word in sorted(decided, key=lambda w: w.end_s):
            self._talk.hear(word)
        self._talk.forget((), now_s)
        self._hide_typed()
        emitted = self._emit(is_last=is_last)
        self._is_closed = False
        return emitted

    def _hide_typed(self) -> None:
        rate_hz = self._sound.rate_hz
        since_s, first_s = self._out / rate_hz, self._sound.first / rate_hz
        for span in typed(self._sound, since_s, first_s, margin_s=MARGIN_S):
            self._lanes[span.channel].masks.append(span)

    def _judge(self, fresh: Sequence[Sequence[Word]]) -> Judgement:
        coming = sorted((w for words in fresh for w in words), key=lambda w: w.end_s)
        return self._talk.with_more(coming).judge(coming) if coming else Judgement({}, {})

    def _decide(
        self,
        lane: _Lane,
        late: LateHearing,
        words: Sequence[Word],
        judged: Judgement,
        to_s: float,
        *,
        is_last: bool,
    ) -> list[Word]:
        """Decide the words of a channel up to a time; move its front to the end of the last."""
        decided = [word for word in words if word.end_s <= to_s or is_last]
        across = next((w for w in words if w.end_s > to_s and w.start_s < to_s), None)
        front_s = to_s
        if across and not is_last and to_s - across.start_s <= LONGEST_WORD_S:
            front_s = max(lane.front_s, across.start_s)
        elif across and not is_last:
            decided.append(across)
        hidden = {word: kind for word in words if (kind := self._kind(word, judged, is_last))}
        shown = [w for w in (*lane.words, *words) if w not in hidden]
        for word in decided:
            if word in hidden:
                lane.masks.append(_mask(word, late.voiced, shown))
                lane.findings.append(
                    Finding(hidden[word], word.start_s, word.end_s, word.channel, 1.0, (word,))
                )
        claimed = [Segment(0.0, front_s, w.channel, (w,)) for w in (*lane.words, *words)]
        lane.masks += [
            replace(span, start_s=span.start_s - SLACK_S, end_s=min(span.end_s + SLACK_S, front_s))
            for span in unexplained(late.voiced, claimed)
            if span.start_s - SLACK_S < front_s
        ]
        lane.words = [w for w in lane.words if w.end_s > front_s - LOOK_BACK_S] + decided
        lane.line += decided
        lane.front_s = front_s
        return decided

    def _kind(self, word: Word, judged: Judgement, is_last: bool) -> str:
        """Return a kind as which the word is hidden, or nothing; at the end doubt is over."""
        found = judged.found.get(word, frozenset())
        maybe = frozenset[str]() if is_last else judged.possible.get(word, frozenset())
        for kinds in (found, maybe):
            hides = [kind for kind in kinds if self._profile.action(kind) is not Action.KEEP]
            if hides:
                return min(hides)
        return ""

    def _emit(self, *, is_last: bool) -> Emitted:
        rate_hz, sound = self._sound.rate_hz, self._sound
        front_s = min(lane.front_s for lane in self._lanes)
        until = int((front_s - MARGIN_S - _FADE_S) * rate_hz)
        until = sound.frames if is_last else max(self._out, until)
        masks = merge(
            (_within(span, sound.frames / rate_hz) for lane in self._lanes for span in lane.masks),
            gap_s=0.3,
        )
        masked = MaskedSound(sound, masks)
        samples = [masked.read(c, self._out, until) for c in range(sound.channels)]
        to_s = inf if is_last else until / rate_hz
        lines = tuple(line for lane in self._lanes for line in self._lines(lane, to_s, masks))
        self._out = until
        for lane in self._lanes:
            lane.masks = [span for span in lane.masks if span.end_s > until / rate_hz - LOOK_BACK_S]
        fade = round(_FADE_S * rate_hz)
        back = round((LOOK_BACK_S + STEP_S) * rate_hz)
        sound.forget(min(until - fade, sound.frames - back))
        return Emitted(np.stack(samples), lines)

    def _lines(self, lane: _Lane, to_s: float, masks: Sequence[Span]) -> Iterator[RedactedSegment]:
        """Yield the lines of a channel of which every sample went out."""
        for words in _cut(lane.line):
            is_last = words[-1] is lane.line[-1]
            if max(w.end_s for w in words) + (PAUSE_S if is_last else 0.0) > to_s:
                break
            yield self._line(words, lane.findings, masks)
            lane.line = lane.line[len(words) :]
        begun_s = lane.line[0].start_s if lane.line else lane.front_s
        lane.findings = [f for f in lane.findings if f.end_s >= begun_s]

    def _line(
        self, words: Sequence[Word], findings: Sequence[Finding], masks: Sequence[Span]
    ) -> RedactedSegment:
        said = Segment(words[0].start_s, words[-1].end_s, words[0].channel, tuple(words))
        hidden = {word: f.kind for f in findings for word in f.words}
        runs = groupby(words, key=hidden.get)
        found = [_finding(kind, tuple(run)) for kind, run in runs if kind]
        planned = [Mask(span, Action.MASK) for span in masks]
        # No numbers: they would begin anew with each line.
        return mask_words([said], found, planned, self._profile, {})[0]


def _fresh(late: LateHearing, lane: _Lane) -> list[Word]:
    """Return the words of a hearing that are not decided; text likely invented is none."""
    heard = (w for s in late.segments if not s.invented for w in s.words)
    after = (w for w in heard if (w.start_s + w.end_s) / 2 > lane.front_s)
    return sorted(after, key=lambda w: (w.start_s, w.end_s))


def _mask(word: Word, voiced: Sequence[Span], shown: Sequence[Word]) -> Span:
    """Return what to hide for a word: to the borders of its voice, where no other word is."""
    start_s, end_s = word.start_s, word.end_s
    for span in voiced:
        if span.start_s <= start_s <= span.end_s and start_s - span.start_s <= NEAR_S:
            before = max((w.end_s for w in shown if w.end_s <= start_s + 0.02), default=0.0)
            start_s = min(start_s, max(span.start_s, before))
        if span.start_s <= end_s <= span.end_s and span.end_s - end_s <= NEAR_S:
            after = min((w.start_s for w in shown if w.start_s >= end_s - 0.02), default=inf)
            end_s = max(end_s, min(span.end_s, after))
    return Span(start_s - MARGIN_S, end_s + MARGIN_S, word.channel)


def _within(span: Span, duration_s: float) -> Span:
    start_s = min(max(0.0, span.start_s), duration_s)
    return replace(span, start_s=start_s, end_s=min(max(start_s, span.end_s), duration_s))


def _cut(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield words in lines, cut at pauses and after so long."""
    line: list[Word] = []
    for word in words:
        if line and (
            word.start_s - line[-1].end_s >= PAUSE_S
            or word.end_s - line[0].start_s > LONGEST_LINE_S
        ):
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def _finding(kind: str, words: tuple[Word, ...]) -> Finding:
    start_s, end_s = min(w.start_s for w in words), max(w.end_s for w in words)
    return Finding(kind, start_s, end_s, words[0].channel, 1.0, words)
