"""The truth of a call, as docs/spec/truth.md writes it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from calls.numerals import find_numerals
from calls.script import ROLES, VERSION, Mark, Script
from calls.studio import Call, SaidTurn

SPELLED = ("per.name",)
"""Kinds in which a number's word is not a digit (`O as in one`)."""


@dataclass(frozen=True, slots=True)
class TrueWord:
    """A word as said, without its punctuation."""

    text: str
    start_s: float
    end_s: float
    channel: int


@dataclass(frozen=True, slots=True)
class TrueNumeral:
    """Digits said together, the words that say them, and where they sound."""

    text: str
    words: tuple[int, ...]
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TrueSpan:
    """A sensitive stretch: its kind, its value, its words, its times, its digits."""

    kind: str
    value: str
    words: tuple[int, ...]
    start_s: float
    end_s: float
    channel: int
    digits: tuple[TrueNumeral, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that was said in a call, and everything in it that is sensitive."""

    script: Script
    rate_hz: int
    duration_s: float
    words: tuple[TrueWord, ...]
    spans: tuple[TrueSpan, ...]


def tell_truth(call: Call) -> Truth:
    """Return the words of a call in the order in which they begin, and its sensitive spans."""
    said = [
        (start_s, one.turn.channel, number, index)
        for number, one in enumerate(call.said)
        for index, (start_s, _) in enumerate(one.times)
    ]
    place = {(turn, word): at for at, (_, _, turn, word) in enumerate(sorted(said))}
    words = tuple(_word(call.said[turn], word) for _, _, turn, word in sorted(said))
    spans = [
        _span(
            mark, [place[number, index] for index in range(mark.first, mark.last + 1)], words, one
        )
        for number, one in enumerate(call.said)
        for mark in one.turn.marks
    ]
    return Truth(call.script, call.rate_hz, round(call.duration_s, 3), words, tuple(spans))


def _word(one: SaidTurn, index: int) -> TrueWord:
    start_s, end_s = one.times[index]
    text = one.turn.words[index].strip(".,;:!?")
    return TrueWord(text, round(start_s, 3), round(end_s, 3), one.turn.channel)


def _span(mark: Mark, at: list[int], words: Sequence[TrueWord], one: SaidTurn) -> TrueSpan:
    said = one.turn.words[mark.first : mark.last + 1]
    numerals = () if mark.kind in SPELLED else find_numerals(said)
    digits = [
        TrueNumeral(
            text=numeral.digits,
            words=tuple(at[numeral.first : numeral.last + 1]),
            start_s=words[at[numeral.first]].start_s,
            end_s=words[at[numeral.last]].end_s,
        )
        for numeral in numerals
    ]
    first, last = words[at[0]], words[at[-1]]
    return TrueSpan(
        mark.kind, mark.value, tuple(at), first.start_s, last.end_s, first.channel, tuple(digits)
    )


def as_json(truth: Truth) -> dict[str, object]:
    """Return the truth as the JSON object of the specification."""
    script = truth.script
    return {
        "version": VERSION,
        "name": script.name,
        "seed": script.seed,
        "rate_hz": truth.rate_hz,
        "duration_s": truth.duration_s,
        "band": script.band.value,
        "snr_db": script.snr_db,
        "channels": [
            {"role": role, **asdict(speaker)}
            for role, speaker in zip(ROLES, script.speakers, strict=True)
        ],
        "words": [asdict(word) for word in truth.words],
        "spans": [asdict(span) for span in truth.spans],
    }
