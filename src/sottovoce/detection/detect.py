"""Find what is sensitive in talk.

Rules:
1. Every word that carries a part of a value is in some finding; what was corrected is a part too.
2. Figures that nothing explains are found: it fails closed.
3. Time grows with the length of the talk and no faster; a long text is read in windows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sottovoce.detection.conversation import Conversation
from sottovoce.detection.find import MATERIAL, Spot, find, known_names
from sottovoce.detection.lexicon import Lexicon, load
from sottovoce.detection.utterance import read
from sottovoce.values.finding import Finding
from sottovoce.values.kinds import KINDS, QUIET
from sottovoce.values.speech import Segment, Word

WINDOW = 16_000
OVERLAP = 1_000
PAUSE_S = 30.0
TURN_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class TextFinding:
    """A sensitive span of a text, in characters."""

    kind: str
    start: int
    end: int
    confidence: float


def detect_text(text: str) -> tuple[TextFinding, ...]:
    """Return what is sensitive in one utterance, in order, not overlapping."""
    return TextDetector().detect(text)


class TextDetector:
    """Detection over utterances that follow one another; each may be the answer to the last.

    Kinds that are quiet (`values.kinds.QUIET`) are not named.
    """

    def __init__(self, language: str = "en") -> None:
        self._lexicon = load(language)
        self._conversation = Conversation()

    def detect(self, text: str) -> tuple[TextFinding, ...]:
        """Return what is sensitive in the next utterance; a blank one begins a new conversation."""
        if not text.strip():
            self._conversation = Conversation()
            return ()
        spots = _spots(text, self._conversation, self._lexicon)
        return tuple(
            TextFinding(s.kind, s.start, s.end, s.confidence) for s in spots if s.kind not in QUIET
        )


def redact_text(text: str, findings: Iterable[TextFinding]) -> str:
    """Replace every finding by its kind's placeholder; findings are in order and do not overlap."""
    parts: list[str] = []
    done = 0
    for finding in findings:
        parts += [text[done : finding.start], KINDS[finding.kind].placeholder]
        done = finding.end
    return "".join([*parts, text[done:]])


def detect(segments: Sequence[Segment]) -> tuple[Finding, ...]:
    """Return what is sensitive in a recording, by time.

    Segments may come in any order and of any channel. A finding lies within one segment: a value
    that runs over several is several findings of one kind, each with its own part of the value.
    """
    lexicon = load()
    conversation = Conversation()
    turns = [_Turn.of(group) for group in _turns(segments, lexicon)]
    spots = [_spots(turn.text, conversation, lexicon) for turn in turns]
    findings: list[Finding] = []
    for turn, found in zip(turns, spots, strict=True):
        late = known_names(turn.text, conversation, lexicon)
        findings.extend(turn.findings(_joined([*found, *late])))
    return tuple(sorted(findings, key=lambda f: (f.start_s, f.end_s, f.channel)))


def _spots(text: str, conversation: Conversation, lexicon: Lexicon) -> tuple[Spot, ...]:
    """Look at a text in windows that overlap, so that time is linear in the length of a line."""
    if len(text) <= WINDOW:
        return find(text, conversation, lexicon)
    found: list[Spot] = []
    for start, stop in _windows(text):
        for spot in find(text[start:stop], conversation, lexicon):
            moved = tuple(s + start for s in spot.sources)
            found.append(
                replace(spot, start=spot.start + start, end=spot.end + start, sources=moved)
            )
    return _joined(found)


def _windows(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = min(len(text), start + WINDOW)
        if stop < len(text):
            space = text.rfind(" ", stop - OVERLAP // 2, stop)
            stop = space if space > start else stop
        yield start, stop
        if stop == len(text):
            return
        space = text.find(" ", stop - OVERLAP, stop)
        start = space + 1 if space > start else stop - OVERLAP


def _joined(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """Join spots that overlap, under the surest kind."""
    joined: list[Spot] = []
    for spot in sorted(spots, key=lambda s: (s.start, -s.end)):
        if not joined or spot.start >= joined[-1].end:
            joined.append(spot)
            continue
        last = joined[-1]
        best = max(last, spot, key=lambda s: s.confidence)
        joined[-1] = replace(best, start=last.start, end=max(last.end, spot.end))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Segments of one channel that are heard as one, and the place of each word in their text."""

    text: str = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    cuts: tuple[int, ...]

    @staticmethod
    def of(segments: Sequence[Segment]) -> "_Turn":
        words: list[Word] = []
        cuts: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        parts: list[str] = []
        at = 0
        for segment in segments:
            for word in segment.words:
                text = word.text.strip()
                starts.append(at)
                ends.append(at + len(text))
                parts.append(text)
                words.append(word)
                at += len(text) + 1
            cuts.append(len(words))
        return _Turn(" ".join(parts), tuple(words), tuple(starts), tuple(ends), tuple(cuts))

    def findings(self, spots: Iterable[Spot]) -> Iterator[Finding]:
        """Yield the findings of this turn, one for each segment that a spot touches."""
        for spot in spots:
            first = bisect_right(self.ends, spot.start)
            stop = bisect_left(self.starts, spot.end)
            inner = [cut for cut in self.cuts if first < cut < stop]
            for a, b in zip([first, *inner], [*inner, stop], strict=True):
                if not inner or not spot.sources or self._carries(a, b):
                    yield self._finding(spot, a, b, whole=not inner)

    def _carries(self, a: int, b: int) -> bool:
        """Tell whether words a to b hold more than listening words such as `okay`."""
        said = read(self.text[self.starts[a] : self.ends[b - 1]], load())
        return any(kind in MATERIAL or kind == "w" for kind in said.classes)

    def _finding(self, spot: Spot, a: int, b: int, *, whole: bool) -> Finding:
        words = self.words[a:b]
        value = spot.value
        if not whole and len(spot.sources) == len(value):
            inside = range(self.starts[a], self.ends[b - 1])
            value = "".join(c for c, s in zip(value, spot.sources, strict=True) if s in inside)
        return Finding(
            kind=spot.kind,
            start_s=min(word.start_s for word in words),
            end_s=max(word.end_s for word in words),
            channel=words[0].channel,
            confidence=spot.confidence,
            words=words,
            value=value,
        )


def _turns(segments: Sequence[Segment], lexicon: Lexicon) -> list[list[Segment]]:
    """Group segments of a channel that another's listening (`okay`, an echo) does not divide."""
    turns: list[list[Segment]] = []
    current: dict[int, list[Segment]] = {}
    for segment in sorted(segments, key=lambda s: (s.start_s, s.end_s)):
        if not segment.words:
            continue
        group = current.get(segment.channel)
        if group is None or not _continues(group, segment, lexicon):
            group = []
            current[segment.channel] = group
            turns.append(group)
        group.append(segment)
        if len(current) > 1 and not _listens(segment, lexicon):
            current = {segment.channel: group}
    return turns


def _continues(group: list[Segment], segment: Segment, lexicon: Lexicon) -> bool:
    if segment.start_s - group[-1].end_s > PAUSE_S:
        return False
    length = sum(len(word.text) + 1 for s in group for word in s.words)
    return length < TURN_CHARACTERS or (length < WINDOW and _listens(segment, lexicon))


def _listens(segment: Segment, lexicon: Lexicon) -> bool:
    """Tell whether a segment is only figures, letters and words that do not end a value."""
    u = read(" ".join(word.text for word in segment.words), lexicon)
    i = 0
    while i < len(u):
        match = lexicon.gaps.at(u.words, i)
        if match is None and u.classes[i] not in "uzotTFhkRlnwvg":
            return False
        i += match[0] if match else 1
    return True
