"""Where a value is awaited: what was just asked for, and what a turn itself announces.

Rules:
1. It is told whether or not a value was found there. Who knows how well the words were heard
   decides whether what was made of them can be believed.
2. A turn that ends with a cue asks for its value, whether or not it sounds like a question.
3. The next turn answers; where there are several channels, the next on another one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.runs import CueHit, find_cues
from sottovoce.detection.talk import act_of, after_talk, bare_from
from sottovoce.detection.turns import Turn, turns
from sottovoce.detection.utterance import Utterance, read
from sottovoce.values.speech import Segment, Word

LEAST_WORDS = 2
"""A shorter turn, such as `sure`, is not the answer yet."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A value's kind, and the words of a turn in which it should be."""

    kind: str
    words: Sequence[Word] = field(repr=False)


def awaited(segments: Sequence[Segment], lexicon: Lexicon) -> Iterator[Awaited]:
    """Yield where a value should be: after its question, and after its cue."""
    channels = {segment.channel for segment in segments if segment.words}
    asked, asker = "", -1
    for turn in (Turn.of(group) for group in turns(segments, lexicon)):
        u, channel = read(turn.text, lexicon), turn.words[0].channel
        hits = find_cues(u, lexicon)
        cues = [hit for hit in hits if hit.cue.kind]
        answers = asked and (channel != asker or len(channels) == 1)
        if _asks(u, cues, lexicon) and not (answers and "?" not in turn.text):
            asked, asker = cues[-1].cue.kind, channel
            continue
        for hit in cues:
            yield Awaited(hit.cue.kind, _from(turn, u, after_talk(u, hit.stop, lexicon)))
        if answers:
            if not cues:
                start = max([bare_from(u, lexicon), *(hit.stop for hit in hits)])
                yield Awaited(asked, _from(turn, u, start))
            asked = "" if len(turn.words) >= LEAST_WORDS else asked


def _asks(u: Utterance, cues: Sequence[CueHit], lexicon: Lexicon) -> bool:
    is_at_end = bool(cues) and cues[-1].stop >= len(u) - 1
    return bool(cues) and (is_at_end or act_of(u, cues, lexicon).asks)


def _from(turn: Turn, u: Utterance, i: int) -> Sequence[Word]:
    """Return the words of a turn from a word of its utterance on."""
    if i >= len(u):
        return ()
    return [w for w, end in zip(turn.words, turn.ends, strict=True) if end > u.starts[i]]
