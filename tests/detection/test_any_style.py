"""Whatever the style, the casing and the chunking: a value after its cue is found, all of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.detect import detect, detect_text
from sottovoce.values.speech import Segment, Word

UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
FILLERS = ["um", "uh", "and", "and then", "let me see", "okay", "uh huh", "yeah", "er", "then"]


@st.composite
def digits_said(draw: st.DrawFn, least: int, most: int) -> tuple[str, list[str]]:
    """Draw a number and the words that say it, fillers included."""
    digits = draw(st.text("0123456789", min_size=least, max_size=most))
    words: list[str] = []
    at = 0
    while at < len(digits):
        size = draw(st.integers(1, 4))
        words += draw(group_said(digits[at : at + size]))
        at += size
        if at < len(digits) and draw(st.integers(0, 5)) == 0:
            words += draw(st.sampled_from(FILLERS)).split()
    return digits, words


@st.composite
def group_said(draw: st.DrawFn, group: str) -> list[str]:
    """Say up to four digits one by one, as pairs, as repeats, in figures, or glued by signs."""
    style = draw(st.sampled_from(["one by one", "pairs", "repeats", "figures", "glued", "mixed"]))
    if style == "figures":
        return [group]
    if style == "glued":
        return [draw(st.sampled_from("-,.")).join(group)]
    if style == "pairs" and len(group) in (2, 4):
        return [w for k in range(0, len(group), 2) for w in pair_said(group[k : k + 2])]
    if style == "repeats" and len(group) in (2, 3) and len(set(group)) == 1:
        return ["double" if len(group) == 2 else "triple", UNITS[int(group[0])]]
    if style == "mixed":
        return [draw(st.sampled_from([d, UNITS[int(d)]])) for d in group]
    return [
        draw(st.sampled_from(["oh", "zero", "o", "nought"])) if d == "0" else UNITS[int(d)]
        for d in group
    ]


def pair_said(pair: str) -> list[str]:
    """Say two digits as one number where that can be said."""
    tens, unit = int(pair[0]), int(pair[1])
    if tens == 0:
        return ["oh", UNITS[unit]]
    if tens == 1:
        return [TEENS[unit]]
    return [TENS[tens]] + ([UNITS[unit]] if unit else [])


def dressed(words: list[str], case: str, sign: str) -> list[str]:
    """Write words as a recogniser might: cased, with a sign after every fourth."""
    change = {"lower": str.lower, "upper": str.upper, "title": str.title}[case]
    return [
        change(w) + (sign if k % 4 == 3 and k + 1 < len(words) else "") for k, w in enumerate(words)
    ]


CUES = [
    ("my card number is", "fin.pan", 12, 19),
    ("the security code is", "fin.cvv", 3, 4),
    ("my social security number is", "per.ssn", 9, 9),
    ("you can reach me at", "per.phone", 7, 11),
    ("the account number is", "fin.acct", 5, 12),
    ("the routing number is", "fin.aba", 9, 9),
    ("my pin is", "fin.pin", 4, 6),
]
CASES = st.sampled_from(["lower", "upper", "title"])
SIGNS = st.sampled_from(["", ",", ".", " -"])


def covered(text: str, start: int) -> bool:
    inside = {i for f in detect_text(text) for i in range(f.start, f.end)}
    return all(i in inside for i in range(start, len(text)) if text[i].isalnum())


@pytest.mark.parametrize(("cue", "kind", "least", "most"), CUES)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_every_word_of_a_number_after_its_cue_is_found(
    cue: str, kind: str, least: int, most: int, data: st.DataObject
) -> None:
    _, words = data.draw(digits_said(least, most))
    said = " ".join(dressed(words, data.draw(CASES), data.draw(SIGNS)))
    text = f"{cue} {said}"

    assert covered(text, len(cue) + 1), text


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_card_without_any_cue_is_found(data: st.DataObject) -> None:
    digits, words = data.draw(digits_said(13, 19))
    said = [w for w in words if w not in {"um", "uh", "er", "and", "then", "okay", "yeah"}]
    text = " ".join(dressed(said, data.draw(CASES), data.draw(SIGNS)))

    assert detect_text(text), (digits, text)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_cutting_into_segments_anywhere_loses_no_word(data: st.DataObject) -> None:
    cue, _, least, most = data.draw(st.sampled_from(CUES))
    _, said = data.draw(digits_said(least, most))
    words = [Word(i * 0.5, i * 0.5 + 0.4, w, 0.9, 0) for i, w in enumerate([*cue.split(), *said])]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(words) - 1), max_size=6)))
    segments = [
        Segment(words[a].start_s, words[b - 1].end_s, 0, tuple(words[a:b]))
        for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)
    ]
    found = {word for finding in detect(segments[::-1]) for word in finding.words}

    fillers = {part for filler in FILLERS for part in filler.split()}
    carry = {word for word in words[len(cue.split()) :] if word.text not in fillers}

    assert carry <= found, [w.text for w in words]
