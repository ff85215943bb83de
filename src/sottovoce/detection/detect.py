"""Find what is sensitive in talk.

Rules:
1. Every word that carries a part of a value is in some finding; what was corrected is a part too.
2. Figures that nothing explains are found: it fails closed.
3. Time grows with the length of the talk and no faster; a long text is read in windows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sottovoce.detection.conversation import Conversation
from sottovoce.detection.find import NO_ALTERNATIVES, find, known_names
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.detection.passages import TextPassage
from sottovoce.detection.spot import Spot
from sottovoce.detection.turns import Turn, turns
from sottovoce.values.finding import Finding, TextFinding
from sottovoce.values.kinds import KINDS, QUIET, Kind
from sottovoce.values.speech import Segment

WINDOW = 16_000
OVERLAP = 1_000


def detect_text(text: str) -> tuple[TextFinding, ...]:
    """Return what is sensitive in one utterance, in order, not overlapping."""
    return TextDetector().detect(text)


class TextDetector:
    """Detection over utterances that follow one another; each may be the answer to the last.

    Kinds that are quiet (`values.kinds.QUIET`) are named only if ``quiet`` is given.
    """

    def __init__(self, knowledge: Knowledge | None = None, *, quiet: bool = False) -> None:
        self._knowledge = knowledge or shipped()
        self._unnamed = frozenset() if quiet else QUIET
        self._begin()

    def _begin(self) -> None:
        self._conversation = Conversation()
        self._reader = self._knowledge.passage_reader()

    def detect(self, text: str) -> tuple[TextFinding, ...]:
        """Return what is sensitive in the next utterance; a blank one begins a new conversation."""
        if not text.strip():
            self._begin()
            return ()
        return tuple(
            TextFinding(s.kind, s.start, s.end, s.confidence)
            for s in spots_of(text, self._conversation, self._knowledge)
            if s.kind not in self._unnamed
        )

    def passages(self, text: str) -> tuple[TextPassage, ...]:
        """Return the passages of the next utterance, or the parts of them that lie in it.

        Beside ``detect``: each utterance is given to both, or all to one.
        """
        return self._reader.read(text) if text.strip() else ()


def redact_text(
    text: str, findings: Iterable[TextFinding], kinds: Mapping[str, Kind] = KINDS
) -> str:
    """Replace every finding by its kind's placeholder; findings are in order and do not overlap."""
    parts: list[str] = []
    done = 0
    unknown = KINDS["sys.unexplained"]
    for finding in findings:
        parts += [text[done : finding.start], kinds.get(finding.kind, unknown).placeholder]
        done = finding.end
    return "".join([*parts, text[done:]])


def detect(segments: Sequence[Segment], knowledge: Knowledge | None = None) -> tuple[Finding, ...]:
    """Return what is sensitive in a recording, by time; quiet kinds too.

    Segments may come in any order and of any channel. A finding lies within one segment: a value
    that runs over several is several findings of one kind, each with its own part of the value.
    """
    known = knowledge or shipped()
    conversation = Conversation()
    grouped = [Turn.of(group) for group in turns(segments, known.lexicon)]
    spots = [spots_of(turn.text, conversation, known, turn.alternatives) for turn in grouped]
    findings: list[Finding] = []
    for turn, found in zip(grouped, spots, strict=True):
        late = known_names(turn.text, conversation, known.lexicon)
        findings.extend(turn.findings(joined([*found, *late]), known.lexicon))
    return tuple(sorted(findings, key=lambda f: (f.start_s, f.end_s, f.channel)))


def spots_of(
    text: str,
    conversation: Conversation,
    knowledge: Knowledge,
    alternatives: Mapping[int, Sequence[str]] = NO_ALTERNATIVES,
) -> tuple[Spot, ...]:
    """Look at a text in windows that overlap, so that time is linear in the length of a line."""
    if len(text) <= WINDOW:
        return joined(find(text, conversation, knowledge, alternatives))
    found: list[Spot] = []
    for start, stop in _windows(text):
        inside = {at - start: words for at, words in alternatives.items() if start <= at < stop}
        for spot in find(text[start:stop], conversation, knowledge, inside):
            moved = tuple(s + start for s in spot.sources)
            found.append(
                replace(spot, start=spot.start + start, end=spot.end + start, sources=moved)
            )
    return joined(found)


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


def joined(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """Join spots that overlap, under the surest kind that is not quiet."""
    whole: list[Spot] = []
    for spot in sorted(spots, key=lambda s: (s.start, -s.end)):
        if not whole or spot.start >= whole[-1].end:
            whole.append(spot)
            continue
        last = whole[-1]
        best = max(last, spot, key=lambda s: (s.kind not in QUIET, s.confidence))
        whole[-1] = replace(best, start=last.start, end=max(last.end, spot.end))
    return tuple(whole)
