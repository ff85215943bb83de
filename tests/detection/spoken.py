"""What tests of detection say: timed calls, and the short spans of one turn."""

from sottovoce.detection.find_spans import find_spans
from sottovoce.detection.lexicon import load
from sottovoce.detection.runs import find_cues
from sottovoce.detection.utterance import read
from sottovoce.values.speech import Segment, Word


def call(*turns: tuple[int, str]) -> tuple[Segment, ...]:
    """Time the turns of a call, half a second a word, a second between turns."""
    segments = []
    at = 0.0
    for channel, text in turns:
        words = []
        for said in text.split():
            words.append(Word(at, at + 0.4, said, 0.9, channel))
            at += 0.5
        segments.append(Segment(words[0].start_s, words[-1].end_s, channel, tuple(words)))
        at += 1.0
    return tuple(segments)


def spans(text: str, kind: str, *awaited: str) -> list[str]:
    """Return what is found of a kind of short span, as it is written in the text."""
    lexicon = load()
    u = read(text, lexicon)
    found = find_spans(u, find_cues(u, lexicon), lexicon, awaited=frozenset(awaited))
    return [
        text[u.starts[c.start] : u.ends[c.stop - 1]] for c in found.candidates if c.kind == kind
    ]
