"""A quantity as it is said or written: `ninety three`, `1,204.50`, `seven point two`, `four grand`.

Rules:
1. A quantity is one number: pieces said one after another (`one forty`) are put side by side.
2. Its value is what the figures say; a magnitude beyond a thousand counts as a thousand, since
   values are compared only with small bounds.
3. At most sixteen words are one quantity, so the work at each place is bounded.
"""

from dataclasses import dataclass, field

from sottovoce.detection.spans import Heard

_MOST = 16
_MATERIAL = frozenset("uzotTFhk")
_DIGITS = frozenset("uzotTF")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Words start to stop that say one number; ``pieces`` numbers said side by side."""

    start: int
    stop: int
    value: float = field(repr=False)
    figures: int
    pieces: int
    is_decimal: bool
    is_large: bool


def quantity_at(heard: Heard, i: int) -> Quantity | None:
    """Return the number that starts at word i, if there is one."""
    u, begin = heard.u, i
    if i + 1 < len(u) and u.words[i] in heard.spans.words("articles") and u.classes[i + 1] in "hk":
        i += 1  # `a hundred`
    if i >= len(u) or u.classes[i] not in _MATERIAL or u.classes[i] == "o":
        return None
    j, text, pieces, is_large = _whole(heard, i)
    fraction = ""
    if i < j < len(u) and (start := _after_point(heard, j)) >= 0:
        j, fraction = _fraction(heard, start)
        if j < len(u) and u.classes[j] == "k":
            j, is_large = j + 1, True
    value = float(f"{text}.{fraction or 0}") * (1000 if fraction and is_large else 1)
    half = heard.starts("half", j)
    value += 0.5 if half > j else 0
    return Quantity(begin, half, value, len(text) + len(fraction), pieces, bool(fraction), is_large)


def quantity_before(heard: Heard, stop: int) -> Quantity | None:
    """Return the number that ends right before word ``stop``, if there is one."""
    u = heard.u
    points = heard.spans.words("points")
    halves = heard.spans.words("half_words")
    start = stop
    while start > max(0, stop - _MOST) and (
        u.classes[start - 1] in _MATERIAL
        or u.words[start - 1] == heard.lexicon.joiner
        or u.words[start - 1] in points
        or u.words[start - 1] in halves
    ):
        start -= 1
    while start < stop:
        found = quantity_at(heard, start)
        if found and found.stop == stop:
            return found
        start = found.stop if found and found.stop < stop else start + 1
    return None


def _whole(heard: Heard, i: int) -> tuple[int, str, int, bool]:
    u = heard.u
    j, text, pieces, is_large = i, "", 0, False
    while j < min(len(u), i + _MOST):
        if j > i and heard.is_break(j) and u.gap(j) != ",":
            break
        if j > i and u.classes[j] == "F" and u.classes[j - 1] == "F":
            grouped = u.gap(j) == "," and len(u.words[j]) == 3
            if not grouped:
                break
            j, text = j + 1, text + u.words[j]
            continue
        length, piece, large = _piece(heard, j)
        if not length:
            break
        j, text, pieces, is_large = j + length, text + piece, pieces + 1, is_large or large
    if j < len(u) and u.classes[j] == "k" and j > i and text:
        j, text, is_large = j + 1, text + "000", True
    return j, text, pieces, is_large


def _piece(heard: Heard, i: int) -> tuple[int, str, bool]:
    """Read one cardinal: its words, its figures, and whether it is thousands or more."""
    u = heard.u
    length, value = _below_thousand(heard, i)
    kind = u.classes[i + length : i + length + 1]
    if kind == "k":
        rest = i + length + 1
        more, low = 0, 0
        if (start := _over_and(heard, rest)) < len(u) and u.classes[start] in "utTh":
            more, low = _below_thousand(heard, start)
            more += start - rest
        return length + 1 + more, str((value if length else 1) * 1000 + low), True
    if length:
        raw = u.words[i] if length == 1 and u.classes[i] == "F" else str(value)
        return length, raw, False
    return 0, "", False


def _below_thousand(heard: Heard, i: int) -> tuple[int, int]:
    u = heard.u
    length, value = _below_hundred(heard, i)
    if u.classes[i + length : i + length + 1] != "h":
        return length, value
    rest = i + length + 1
    value = (value if length else 1) * 100
    start = _over_and(heard, rest)
    more, low = _below_hundred(heard, start) if start < len(u) else (0, 0)
    if more and u.classes[start] in "utT":
        return start + more - i, value + low
    return length + 1, value


def _over_and(heard: Heard, i: int) -> int:
    words = heard.u.words
    return i + 1 if i + 1 < len(words) and words[i] == heard.lexicon.joiner else i


def _below_hundred(heard: Heard, i: int) -> tuple[int, int]:
    u, figures = heard.u, heard.lexicon.figures
    kind = u.classes[i : i + 1]
    if kind == "T" and u.classes[i + 1 : i + 2] == "u" and not heard.is_break(i + 1):
        return 2, int(figures[u.words[i]]) + int(figures[u.words[i + 1]])
    if kind and kind in "uztT":
        return 1, int(figures[u.words[i]])
    if kind == "o" and 0 < i < len(u) - 1:
        around = u.classes[i - 1] in _DIGITS and u.classes[i + 1] in _DIGITS
        return (1, 0) if around else (0, 0)
    return (1, int(u.words[i])) if kind == "F" and len(u.words[i]) <= 12 else (0, 0)


def _after_point(heard: Heard, j: int) -> int:
    """Return where the figures after a decimal point at word j begin, or -1."""
    u = heard.u
    if u.classes[j] == "F" and u.gap(j) == "." and u.classes[j - 1] == "F":
        return j
    said = u.words[j] in heard.spans.words("points") and not heard.is_break(j)
    return j + 1 if said and j + 1 < len(u) and u.classes[j + 1] in _DIGITS else -1


def _fraction(heard: Heard, i: int) -> tuple[int, str]:
    u = heard.u
    if u.classes[i] == "F":
        return i + 1, u.words[i]
    j, text = i, ""
    while j < min(len(u), i + 10) and u.classes[j] in "uzotT":
        text += heard.lexicon.figures[u.words[j]]
        j += 1
    return j, text
