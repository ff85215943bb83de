"""Find what was said and not understood: what was not understood is not published.

Rules (docs/decisions/timing-is-safety.md):
1. Voice that no word of either listener accounts for is as sensitive as can be.
2. So is a text that the first listener likely invented, where numbers are heard in its time or
   nobody else heard words there. Where the second heard words and no number, detection reads those.
3. A number that goes on beyond a hidden number, over at most two words that were badly understood,
   is of its kind: a digit that was misheard ends no number.
4. Four figures or more that detection made nothing of, and that were badly understood, are a
   number of which the rest was misheard.
5. What lies between two pieces of a kind, at most 2.5 s and six words of which one was badly
   understood, is a piece of it that was misheard.
6. Where a value was asked for or announced, words that were badly understood are of it: what a
   recogniser makes of a number it cannot read sounds like talk. So are up to three words with
   which the answer begins, before a number: `it is fine, fine, zero one`.
"""

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from sottovoce.detection.awaited import Awaited, awaited
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.numbers import number_words
from sottovoce.redaction.profile import UNEXPLAINED
from sottovoce.redaction.timeline import Timeline
from sottovoce.speech.transcribe import Transcript
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span, Word, mean_confidence

LEAST_FIGURES = 4
LEAST_OF_FINDING = 3
BRIDGE = 0.8
BRIDGE_WORDS = 2
"""Below this confidence so many words may be digits that were misheard."""
BADLY_HEARD = 0.7
"""Below this mean confidence figures may be a part of a number that was misheard."""
TOGETHER_S = 2.5
ANSWER_WORDS = 16
ANSWER_PAUSE_S = 1.0
ANSWER_HOLE = 4
FIRST_WORDS = 3
FIRST_S = 2.0
HARDLY_HEARD = 0.6
"""Below this confidence two words where a value is awaited are taken for it;"""
GUESSED = 0.3
"""and one word, below this."""
HOLE_S = 2.5
HOLE_WORDS = 6
SLACK_S = 0.05


def unclear(
    transcript: Transcript, found: Sequence[Finding], knowledge: Knowledge
) -> list[Finding]:
    """Return what is hidden because it was not understood, beside what detection found."""
    language = knowledge.lexicon.language
    heard = [segment for segment in transcript.segments if not segment.invented]
    lines = _lines(heard)
    spans = [*transcript.unexplained, *_invented(transcript.segments, found, language)]
    return [
        *(Finding(UNEXPLAINED, s.start_s, s.end_s, s.channel, 1.0, ()) for s in spans),
        *_numbers(heard, lines, found, language),
        *_between(lines, found),
        *_answers(awaited(heard, knowledge.lexicon), found),
    ]


def _invented(
    segments: Sequence[Segment], found: Sequence[Finding], language: str
) -> Iterator[Span]:
    sensitive = Timeline(Span(f.start_s, f.end_s, f.channel) for f in found)
    understood = [s for s in segments if s.words and not s.invented]
    numbers = Timeline(map(_span, (s for s in understood if number_words(s, language))))
    words = Timeline(map(_span, understood))
    for one in (segment for segment in segments if segment.invented):
        here = one.start_s, one.end_s, one.channel
        is_telling = number_words(one, language) or numbers.reached(*here)
        if is_telling or not words.reached(*here) or sensitive.reached(*here):
            yield _span(one)


def _span(segment: Segment) -> Span:
    return Span(segment.start_s, segment.end_s, segment.channel)


def _numbers(
    heard: Sequence[Segment],
    lines: Mapping[int, Sequence[Word]],
    found: Sequence[Finding],
    language: str,
) -> Iterator[Finding]:
    kinds = {word: finding.kind for finding in found for word in finding.words}
    numeric = _numeric(found)
    figures = {w: digits for s in heard for w, digits in number_words(s, language)}
    for words in lines.values():
        for run in _runs(words, figures.keys() | numeric):
            yield from _left_over(run, figures, kinds, numeric)


def _numeric(found: Iterable[Finding]) -> set[Word]:
    """Return the words of findings that are numbers."""
    return {w for f in found if _figures(f.value) >= LEAST_OF_FINDING for w in f.words}


def _between(lines: Mapping[int, Sequence[Word]], found: Sequence[Finding]) -> Iterator[Finding]:
    taken = {word for finding in found for word in finding.words}
    line = sorted((f for f in found if f.words), key=lambda f: (f.channel, f.start_s))
    for one, two in pairwise(line):
        if (one.channel, one.kind) == (two.channel, two.kind):
            words = _inside(lines.get(one.channel, ()), one.end_s, two.start_s)
            hole = [word for word in words if word not in taken]
            if 0 < len(hole) <= HOLE_WORDS and min(w.confidence for w in hole) < BRIDGE:
                yield _of(one.kind, hole)


def _answers(places: Iterable[Awaited], found: Sequence[Finding]) -> Iterator[Finding]:
    taken = {word for finding in found for word in finding.words}
    numbers = _numeric(found)
    for place in places:
        if first := _first_words(place.words, numbers):
            yield _of(place.kind, first)
        for row in _unpaused(place.words[:ANSWER_WORDS]):
            doubted = _doubted(row, taken)
            bad = [word for word in doubted if word.confidence < HARDLY_HEARD]
            if len(bad) > 1 or any(word.confidence < GUESSED for word in bad):
                yield _of(place.kind, doubted)


def _first_words(words: Sequence[Word], numbers: Container[Word]) -> Sequence[Word]:
    """Return the few words with which an answer begins before the figures that were understood."""
    for i, word in enumerate(words[: FIRST_WORDS + 1]):
        if word in numbers:
            return words[:i] if i and word.start_s - words[0].start_s < FIRST_S else ()
    return ()


def _doubted(row: Sequence[Word], taken: Container[Word]) -> Sequence[Word]:
    """Return the words that were badly understood, and the few between them or them and a value."""
    marks = [i for i, w in enumerate(row) if w in taken or w.confidence < HARDLY_HEARD]
    chosen = {i for i in marks if row[i] not in taken}
    for a, b in pairwise(marks):
        if b - a <= ANSWER_HOLE and not chosen.isdisjoint((a, b)):
            chosen.update(range(a + 1, b))
    return [row[i] for i in sorted(chosen)]


def _unpaused(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield the rows of words that no long pause divides."""
    first = 0
    for i in range(1, len(words) + 1):
        if i == len(words) or words[i].start_s - words[i - 1].end_s > ANSWER_PAUSE_S:
            yield words[first:i]
            first = i


def _inside(words: Sequence[Word], start_s: float, end_s: float) -> Sequence[Word]:
    """Return the words of a hole; none where it is too long."""
    if not 0 < end_s - start_s <= HOLE_S:
        return ()
    first = bisect_left(words, start_s - SLACK_S, key=lambda word: word.start_s)
    stop = bisect_left(words, end_s, key=lambda word: word.start_s)
    return [word for word in words[first:stop] if word.end_s <= end_s + SLACK_S]


def _lines(segments: Iterable[Segment]) -> Mapping[int, Sequence[Word]]:
    """Return the words of each channel, in order."""
    lines: dict[int, list[Word]] = {}
    for word in sorted((w for s in segments for w in s.words), key=lambda w: w.start_s):
        lines.setdefault(word.channel, []).append(word)
    return lines


def _of(kind: str, words: Sequence[Word], value: str = "") -> Finding:
    start = min(word.start_s for word in words)
    end = max(word.end_s for word in words)
    return Finding(kind, start, end, words[0].channel, 0.5, tuple(words), value)


def _runs(words: Sequence[Word], telling: Iterable[Word]) -> Iterator[Sequence[Word]]:
    """Yield runs of telling words, over the few that were badly understood."""
    wanted = set(telling)
    at = [i for i, word in enumerate(words) if word in wanted]
    first = 0
    for i in range(1, len(at) + 1):
        if i == len(at) or not _is_joined(words[at[i - 1] : at[i] + 1]):
            yield words[at[first] : at[i - 1] + 1]
            first = i


def _is_joined(words: Sequence[Word]) -> bool:
    is_near = words[-1].start_s - words[0].end_s < TOGETHER_S
    between = words[1:-1]
    is_bridge = len(between) <= BRIDGE_WORDS and all(w.confidence < BRIDGE for w in between)
    return is_near and is_bridge


def _left_over(
    run: Sequence[Word],
    figures: Mapping[Word, str],
    kinds: Mapping[Word, str],
    numeric: set[Word],
) -> Iterator[Finding]:
    """Yield the words of a run that detection left, as one finding for each row of them."""
    beside = next((kinds[word] for word in run if word in numeric), None)
    left = [word for word in run if word not in kinds]
    value = "".join(figures.get(word, "") for word in left)
    is_left = len(value) >= LEAST_FIGURES and mean_confidence(run) < BADLY_HEARD
    if not left or not (beside or is_left):
        return
    for row in _rows(run, kinds):
        value = "".join(figures.get(word, "") for word in row)
        yield _of(beside or UNEXPLAINED, row, value)


def _rows(run: Sequence[Word], kinds: Mapping[Word, str]) -> list[list[Word]]:
    rows: list[list[Word]] = [[]]
    for word in run:
        if word not in kinds:
            rows[-1].append(word)
        elif rows[-1]:
            rows.append([])
    return [row for row in rows if row]


def _figures(value: str) -> int:
    return len(re.sub(r"\D", "", value))
