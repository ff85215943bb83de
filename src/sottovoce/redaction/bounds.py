"""Give findings times that can be trusted: no later, no earlier than their voice.

Rules (docs/decisions/timing-is-safety.md):
1. Three clocks: the decoder's times, the aligner's, and where voice is. The aligner is believed
   where the decoder agrees within 0.2 s; where they differ, the one on the safe side.
2. The decoder's times are moved out of silence to the voice, since it likes to begin a word with
   its wave. The aligner's may lie in silence by 0.1 s before and 0.12 s after the voice.
3. Where no word that is open lies between a finding and the border of its voice, it takes the
   border, up to 0.2 s away, 0.5 s where the aligner did not place it; where one does, it ends in
   the quietest frame of the 0.06 s beyond.
4. Either end is moved out of silence to the first or the last frame that sounds, whatever the
   clocks say: beyond it there is nothing to hide.
5. Doubt widens: a word without a place by the aligner by 0.15 s, 0.3 s if it is shorter than
   speech can be; a neighbour that was badly understood, which may belong to it, by 0.2 s, and if
   it was no more than guessed, whole, up to three such words in a row; beside a number also a word
   that stands alone between pauses, and what is said in one breath if all in all it was guessed;
   noise, where voice fades into it unseen, by 0.06 s. The most of it is in ``Finding.doubt_s``.
6. What has no words becomes no narrower. Widening ends with the recording.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sottovoce.redaction.mask import expect_inside, merge
from sottovoce.redaction.quiet import Levels
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span, Word, mean_confidence

AGREE_S = 0.2
LATE_S = 0.06
"""By how much the decoder's starts are late beyond what its lag takes off (eval_clock.py)."""
BEFORE_VOICE_S = 0.1
AFTER_VOICE_S = 0.12
NEAR_S = 0.5
NEAR_PLACED_S = 0.2
QUIET_S = 0.06
OVERLAP_S = 0.1
TOUCHING_S = 0.02
UNPLACED_S = 0.15
SILENCE_S = 0.02
SHORTEST_WORD_S = 0.08
TOO_SHORT_S = 0.3
UNSURE = 0.5
UNSURE_S = 0.2
GUESSED = 0.45
BESIDE_S = 0.7
BESIDE_NUMBER_S = 1.3
BREATH_S = 0.5
NEIGHBOURS = 6
SURE = 0.9
PAUSE_S = 0.25
SHORT_S = 0.7
LEAST_FIGURES = 3
MOST_GUESSED = 3
TOUCHED_S = 0.3
NOISE_DB = 20.0
NOISE_S = 0.06
AROUND_S = 1.5
_FOREVER = float("inf")
Safer = Callable[[float, float], float]


def widen(
    findings: Sequence[Finding],
    voiced: Sequence[Span],
    segments: Iterable[Segment],
    *,
    placed: Mapping[Word, Span],
    levels: Levels,
) -> tuple[Finding, ...]:
    """Return the findings with times on the safe side of all clocks, and how much doubt that took.

    ``placed`` is where an aligner places words, as far as it could. Raises ValueError where a
    finding is of no channel, reversed, or past the end.
    """
    for finding in findings:
        expect_inside(finding, levels.length_s, channels=levels.sound.channels)
    secret = {word for finding in findings for word in finding.words}
    heard = [word for segment in segments for word in segment.words if word not in secret]
    channels = {finding.channel for finding in findings}
    lines = {channel: _Line.of(channel, voiced, heard, placed, levels) for channel in channels}
    return tuple(_widened(finding, lines[finding.channel]) for finding in findings)


@dataclass(frozen=True, slots=True)
class _Side:
    """One end of a finding: when, by how much it is to be widened on doubt."""

    at: float
    doubt: float


@dataclass(frozen=True, slots=True)
class _Line:
    """One channel: its voice, and the words on it that are not secret, both in order."""

    channel: int
    voiced: tuple[Span, ...]
    words: tuple[Word, ...] = field(repr=False)
    placed: Mapping[Word, Span] = field(repr=False)
    levels: Levels

    @classmethod
    def of(
        cls,
        channel: int,
        voiced: Iterable[Span],
        words: Iterable[Word],
        placed: Mapping[Word, Span],
        levels: Levels,
    ) -> "_Line":
        return cls(
            channel,
            merge(s for s in voiced if s.channel == channel and s.start_s < s.end_s),
            tuple(sorted((w for w in words if w.channel == channel), key=_start)),
            placed,
            levels,
        )

    def before(self, word: Word) -> Sequence[Word]:
        """Return the last open words before a word."""
        stop = bisect_left(self.words, word.start_s, key=_start)
        return [w for w in self.words[max(0, stop - NEIGHBOURS) : stop] if w.end_s <= word.end_s]

    def after(self, word: Word) -> Sequence[Word]:
        """Return the first open words after a word."""
        first = bisect_left(self.words, word.start_s, key=_start)
        return [w for w in self.words[first : first + NEIGHBOURS] if w.end_s > word.end_s]

    def ends(self, word: Word) -> float:
        return self.placed[word].end_s if word in self.placed else word.end_s

    def starts(self, word: Word) -> float:
        return self.placed[word].start_s if word in self.placed else word.start_s - LATE_S

    def next_voice(self, at: float) -> Span | None:
        """Return the voice at a time, or the first after it."""
        i = bisect_right(self.voiced, at + TOUCHING_S, key=_start) - 1
        if i >= 0 and self.voiced[i].end_s > at:
            return self.voiced[i]
        return self.voiced[i + 1] if i + 1 < len(self.voiced) else None

    def last_voice(self, at: float) -> Span | None:
        """Return the voice at a time, or the last before it."""
        i = bisect_left(self.voiced, at - TOUCHING_S, key=_end)
        if i < len(self.voiced) and self.voiced[i].start_s < at:
            return self.voiced[i]
        return self.voiced[i - 1] if i else None


def _start(span: Span | Word) -> float:
    return span.start_s


def _end(span: Span | Word) -> float:
    return span.end_s


def _widened(finding: Finding, line: _Line) -> Finding:
    if not finding.words:
        return _as_wide(finding, line)
    first, last = min(finding.words, key=_start), max(finding.words, key=_end)
    before, after = line.before(first), line.after(last)
    start = _begin(finding, first, max(map(line.ends, before), default=-_FOREVER), line)
    end = _finish(finding, last, min(map(line.starts, after), default=_FOREVER), line)
    start, end = _out_of_silence(start, end, line)
    back, on = _Beside(finding, first, before[::-1]), _Beside(finding, last, after)
    start = _doubted(start, back, lambda w: start.at - line.starts(w))
    end = _doubted(end, on, lambda w: line.ends(w) - end.at)
    return _wide(finding, start, end, line)


def _as_wide(finding: Finding, line: _Line) -> Finding:
    """Widen what has no words to the border of its voice where no word lies between."""
    ends = [w.end_s for w in line.words[_until(line.words, finding.start_s)]]
    starts = [w.start_s for w in line.words[_since(line.words, finding.end_s)]]
    start, end = finding.start_s, finding.end_s
    voice = line.next_voice(start)
    if voice and max(ends, default=-_FOREVER) <= voice.start_s + OVERLAP_S:
        start = min(start, max(voice.start_s, start - NEAR_S))
    voice = line.last_voice(end)
    if voice and min(starts, default=_FOREVER) >= voice.end_s - OVERLAP_S:
        end = max(end, min(voice.end_s, end + NEAR_S))
    return _wide(finding, _Side(start, UNPLACED_S), _Side(end, UNPLACED_S), line)


def _until(words: Sequence[Word], at: float) -> slice:
    stop = bisect_right(words, at + TOUCHING_S, key=_start)
    return slice(max(0, stop - 3), stop)


def _since(words: Sequence[Word], at: float) -> slice:
    first = bisect_left(words, at - TOUCHING_S, key=_start)
    return slice(first, first + 3)


@dataclass(frozen=True, slots=True)
class _Clock:
    """When a finding begins or ends by the clocks for words, and how far its voice may reach."""

    at: float
    doubt: float
    near: float


def _clock(word: Word, heard: float, at: float | None, safer: Safer) -> _Clock:
    """Believe the aligner where the decoder agrees, and else the one on the safe side."""
    if at is None:
        return _Clock(heard, _unplaced(word), NEAR_S)
    believed = at if abs(at - heard) <= AGREE_S else safer(at, heard)
    return _Clock(believed, 0.0, NEAR_PLACED_S)


def _begin(finding: Finding, first: Word, open_until: float, line: _Line) -> _Side:
    place = line.placed.get(first)
    heard = min(first.start_s, finding.start_s) - LATE_S
    voice = line.next_voice(heard)
    if voice and heard < voice.start_s < (place.end_s if place else finding.end_s):
        heard = voice.start_s
    clock = _clock(first, heard, place.start_s if place else None, min)
    at, voice = clock.at, line.next_voice(clock.at)
    if voice is None:
        return _Side(at, clock.doubt)
    if voice.start_s > at + TOUCHING_S:
        is_its_own = place is not None and voice.start_s < place.end_s
        return _Side(max(at, voice.start_s - BEFORE_VOICE_S) if is_its_own else at, clock.doubt)
    if open_until <= voice.start_s + OVERLAP_S:
        border = min(at, max(voice.start_s, at - clock.near))
        return _Side(border, clock.doubt if border > voice.start_s else 0.0)
    quiet = line.levels.quietest(line.channel, max(at - QUIET_S, voice.start_s), at)
    return _Side(at if quiet is None else min(at, quiet), clock.doubt)


def _out_of_silence(start: _Side, end: _Side, line: _Line) -> tuple[_Side, _Side]:
    sound = line.levels.sounding(line.channel, start.at, end.at)
    if sound is None or sound[1] - sound[0] < SHORTEST_WORD_S:
        return start, end
    begins, ends = max(start.at, sound[0] - SILENCE_S), min(end.at, sound[1] + SILENCE_S)
    return replace(start, at=begins), replace(end, at=ends)


def _finish(finding: Finding, last: Word, open_from: float, line: _Line) -> _Side:
    place = line.placed.get(last)
    heard = max(last.end_s, finding.end_s)
    voice = line.last_voice(heard)
    if voice and heard > voice.end_s > (place.start_s if place else finding.start_s):
        heard = voice.end_s
    clock = _clock(last, heard, place.end_s if place else None, max)
    at, voice = clock.at, line.last_voice(clock.at)
    if voice is None:
        return _Side(at, clock.doubt)
    if voice.end_s < at - TOUCHING_S:
        is_its_own = place is not None and voice.end_s > place.start_s
        return _Side(min(at, voice.end_s + AFTER_VOICE_S) if is_its_own else at, clock.doubt)
    if open_from >= voice.end_s - OVERLAP_S:
        border = max(at, min(voice.end_s, at + clock.near))
        return _Side(border, clock.doubt if border < voice.end_s else 0.0)
    quiet = line.levels.quietest(line.channel, at, min(at + QUIET_S, voice.end_s))
    return _Side(at if quiet is None else max(at, quiet), clock.doubt)


def _unplaced(word: Word) -> float:
    return TOO_SHORT_S if word.end_s - word.start_s < SHORTEST_WORD_S else UNPLACED_S


@dataclass(frozen=True, slots=True)
class _Beside:
    """A word at an end of a finding and the open words beside it, the nearest first."""

    finding: Finding
    own: Word = field(repr=False)
    words: Sequence[Word] = field(repr=False)

    def in_doubt(self) -> Iterator[Word]:
        """Yield the words, one after another, that may belong to the finding."""
        edge = self.own
        is_number = sum(c.isdigit() for c in self.finding.value) >= LEAST_FIGURES
        if is_number:
            yield from self._phrase()
        for i, word in enumerate(self.words[:MOST_GUESSED]):
            is_digit = is_number and self._stands_alone(i, edge)
            if _apart(word, edge) > BESIDE_S or (word.confidence >= GUESSED and not is_digit):
                return
            yield word
            edge = word

    def _phrase(self) -> Sequence[Word]:
        """Return the few words beside a number in one breath, if all in all they were guessed."""
        phrase: list[Word] = []
        for word in self.words:
            edge, most = (phrase[-1], BREATH_S) if phrase else (self.own, BESIDE_NUMBER_S)
            if _apart(word, edge) > most:
                break
            phrase.append(word)
        is_short = 1 < len(phrase) < NEIGHBOURS
        return phrase if is_short and mean_confidence(phrase) < UNSURE else ()

    def is_unsure(self) -> bool:
        """Tell whether the nearest word touches the finding and was badly understood."""
        near = self.words[:1]
        return any(_apart(w, self.own) <= TOUCHED_S and w.confidence < UNSURE for w in near)

    def _stands_alone(self, i: int, edge: Word) -> bool:
        word = self.words[i]
        is_digit_long = word.end_s - word.start_s < SHORT_S and word.confidence < SURE
        others = [edge, *self.words[i + 1 : i + 2]]
        return is_digit_long and all(_apart(word, other) > PAUSE_S for other in others)


def _doubted(side: _Side, beside: _Beside, reach: Callable[[Word], float]) -> _Side:
    """Doubt a side where the words at it were hardly understood: more may belong to the finding."""
    taken = max((reach(word) for word in beside.in_doubt()), default=0.0)
    unsure = UNSURE_S if beside.is_unsure() else 0.0
    return replace(side, doubt=side.doubt + max(0.0, taken, unsure))


def _apart(one: Word, two: Word) -> float:
    return max(one.start_s, two.start_s) - min(one.end_s, two.end_s)


def _wide(finding: Finding, start: _Side, end: _Side, line: _Line) -> Finding:
    around = max(0.0, start.at - AROUND_S), end.at + AROUND_S
    is_noisy = line.levels.range_db(line.channel, *around) < NOISE_DB
    noise = NOISE_S if is_noisy else 0.0
    begins, ends = start.at - start.doubt - noise, end.at + end.doubt + noise
    if ends - begins < SHORTEST_WORD_S:
        begins, ends = min(begins, finding.start_s), max(ends, finding.end_s)
    return replace(
        finding,
        start_s=max(0.0, begins),
        end_s=min(ends, max(finding.end_s, line.levels.length_s)),
        doubt_s=max(start.doubt, end.doubt) + noise,
    )
