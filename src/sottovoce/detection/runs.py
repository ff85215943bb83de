"""Where a value may be: runs of words that carry figures or letters.

Rules:
1. A cue's own words (`three digits on the back`) and plain quantities (`twenty dollars`) are none.
2. A word that is a figure or a letter only sometimes counts when its neighbours are surely one.
3. Hesitations, listening words and corrections between two pieces join them; every word of them
   belongs to the run.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sottovoce.detection.lexicon import Cue, Lexicon
from sottovoce.detection.utterance import CUE, HARMLESS, Utterance

_STRETCH = re.compile(r"[uztTFhHkoRwlnvcsg&]+")
_STRONG = re.compile(r"[uztTFHln]|o(?:g*o){2}")
_BELOW = r"(?:F|z|t|T(?:&[uw]|u)?|u)"
_HUNDREDS = rf"(?:(?:(?:t|Tu?|u|F)?h|H)(?:&?{_BELOW})?)"
_QUANTITY = re.compile(
    rf"(?:(?:{_HUNDREDS}|{_BELOW}|w)?k&?)*(?:{_HUNDREDS}|[tTu][tT]u?|Tu[tT]u?|{_BELOW}|(?:{_HUNDREDS}|{_BELOW}|w)?k)$"
)
_DIGITS = frozenset("uzotTFH")
_SURE_LETTERS = frozenset("lncs")
_LONGEST_GAP = 14
REACH = 14
"""How many words after a cue its value may begin."""


@dataclass(frozen=True, slots=True)
class CueHit:
    """A cue and the words it was said in."""

    start: int
    stop: int
    cue: Cue


@dataclass(frozen=True, slots=True)
class Run:
    """Words start to stop; ``atoms`` are those that carry characters."""

    start: int
    stop: int
    atoms: tuple[int, ...] = field(repr=False)
    corrections: frozenset[int] = frozenset()


def find_cues(u: Utterance, lexicon: Lexicon) -> tuple[CueHit, ...]:
    """Return the cues of an utterance in order, not overlapping."""
    hits: list[CueHit] = []
    i, first = 0, lexicon.cues.by_first
    while i < len(u):
        match = lexicon.cues.at(u.words, i) if u.words[i] in first else None
        if match is None or _is_spelling(u, i, i + match[0]):
            i += 1
            continue
        hits.append(CueHit(i, i + match[0], match[1]))
        i += match[0]
    return tuple(hits)


def _is_spelling(u: Utterance, start: int, stop: int) -> bool:
    """Tell whether letters that look like a cue (`p i n`) are a part of a longer spelled word."""
    if any(len(word) > 1 for word in u.words[start:stop]):
        return False
    before, after = u.classes[max(0, start - 1) : start], u.classes[stop : stop + 1]
    return before in {"l", "n"} or after in {"l", "n"}


def mark(u: Utterance, cues: Iterable[CueHit], *, eager: bool, lexicon: Lexicon) -> Utterance:
    """Return the utterance with cues, quantities and spelling words marked in its classes.

    Where a value is awaited (``eager``), what is written like a time may be a part of it.
    """
    classes = list(u.classes)
    for hit in cues:
        classes[hit.start : hit.stop] = CUE * (hit.stop - hit.start)
    _mark_spelling(u, classes, lexicon)
    _mark_written(u, classes, eager, lexicon)
    _mark_units(u, classes, lexicon)
    if not eager:
        _mark_decimals(u, classes, lexicon)
    return replace(u, classes="".join(classes))


def _mark_spelling(u: Utterance, classes: list[str], lexicon: Lexicon) -> None:
    """Mark the words that only say which letter was meant: `as in nancy`, `for tommy`."""
    for i in range(len(u) - 2):
        if classes[i] not in "lovn":
            continue
        link = lexicon.spelled_by.at(u.words, i + 1)
        if link is None or i + 1 + link[0] >= len(u):
            continue
        j = i + 1 + link[0]
        word, letter = u.words[j], lexicon.letters.get(u.words[i], "o")
        alike = word[0] == letter and len(word) > 2 and (classes[i] != "v" or len(u.words[i]) == 1)
        if (link[1] == "sure" and word.isalpha()) or (alike and classes[j] in ".n"):
            classes[i + 1 : j + 1] = "s" * (j - i)
            classes[i] = "l"


def _mark_written(u: Utterance, classes: list[str], eager: bool, lexicon: Lexicon) -> None:
    """Mark written amounts, times, shares and ordinals."""
    for i, kind in enumerate(classes):
        if kind != "F":
            continue
        before = u.words[i - 1] if i and not u.gap(i).strip() else ""
        after = u.words[i + 1] if i + 1 < len(u) else ""
        glued = i + 1 < len(u) and u.gap(i + 1) == ""
        if before in lexicon.currency or (after in lexicon.currency | lexicon.percent):
            _mark_amount(u, classes, i)
        elif glued and (
            after in lexicon.ordinal_suffixes or after in lexicon.time_marks - {"a", "p"}
        ):
            classes[i] = classes[i + 1] = HARMLESS
        elif after[:1].isdecimal() and not eager:
            _mark_pair(u, classes, i)
        _mark_half_days(u, classes, i, lexicon)


def _mark_amount(u: Utterance, classes: list[str], i: int) -> None:
    j = i
    while j < len(u) and classes[j] == "F" and (j == i or u.gap(j) in {",", "."}):
        classes[j] = HARMLESS
        j += 1
    j = i - 1
    while j >= 0 and classes[j] == "F" and u.gap(j + 1) in {",", "."}:
        classes[j] = HARMLESS
        j -= 1


def _mark_pair(u: Utterance, classes: list[str], i: int) -> None:
    """Mark `8:30`, `3.5` and `22,717` where no other figures stand beside them."""
    j = i
    last = min(len(u) - 1, i + 4)  # longer ones are no amount, and looking on would cost
    while j < last and classes[j + 1] == "F" and u.gap(j + 1) == u.gap(i + 1):
        j += 1
    beside = classes[max(0, i - 1) : i] + classes[j + 1 : j + 2]
    if not set(beside) & set("Fuzot") and is_amount(u, range(i, j + 1)):
        classes[i : j + 1] = HARMLESS * (j + 1 - i)


def is_amount(u: Utterance, atoms: Sequence[int]) -> bool:
    """Tell whether figures are written as one time, decimal or amount."""
    if len(atoms) < 2 or any(u.classes[a] != "F" for a in atoms):
        return False
    signs = {u.gap(a) for a in atoms[1:]}
    if len(signs) > 1:
        return False
    sign, sizes = signs.pop(), [len(u.words[a]) for a in atoms]
    clock = sign in {":", "."} and len(sizes) == 2 and sizes[0] <= 2 and sizes[1] == 2
    decimal = sign == "." and len(sizes) == 2 and max(sizes) <= 3
    grouped = sign == "," and len(sizes) <= 3 and sizes[0] <= 3 and set(sizes[1:]) == {3}
    return clock or decimal or grouped


def _mark_half_days(u: Utterance, classes: list[str], i: int, lexicon: Lexicon) -> None:
    """Mark `7 p m`."""
    words = u.words[i + 1 : i + 3]
    if len(words) == 2 and words[0] in {"a", "p"} & lexicon.time_marks and words[1] == "m":
        classes[i : i + 3] = HARMLESS * 3


def _mark_decimals(u: Utterance, classes: list[str], lexicon: Lexicon) -> None:
    """Mark `three point one four`, unless more points follow, as in an address of a network."""
    points = [i for i, word in enumerate(u.words) if word in lexicon.points]
    for i in points:
        start, stop = i, i + 1
        while start > 0 and i - start < 4 and classes[start - 1] in "uzotTFhH&":
            start -= 1
        while stop < len(u) and stop - i < 12 and classes[stop] in "uzotTF":
            stop += 1
        beside = u.words[max(0, start - 1) : start] + u.words[stop : stop + 1]
        if start < i < stop - 1 and lexicon.points.isdisjoint(beside):
            classes[start:stop] = HARMLESS * (stop - start)


def _mark_units(u: Utterance, classes: list[str], lexicon: Lexicon) -> None:
    """Mark the number right before a unit."""
    for i, word in enumerate(u.words):
        spoken_half_day = word == "m" and i > 0 and u.words[i - 1] in lexicon.time_marks
        if word not in lexicon.units and not spoken_half_day:
            continue
        if classes[i] not in ".x&l" and not spoken_half_day:
            continue
        j = i - 1 if spoken_half_day else i
        while j > 0 and u.words[j - 1] in lexicon.between_units:
            j -= 1
        window = "".join(classes[max(0, j - 10) : j])
        match = _QUANTITY.search(window)
        if match and not any(len(w) > 6 and w[0].isdecimal() for w in u.words[j - 1 : j]):
            k = j - (len(window) - match.start())
            classes[k : i + 1] = HARMLESS * (i + 1 - k)


def find_runs(u: Utterance, *, eager: bool, lexicon: Lexicon) -> tuple[Run, ...]:
    """Return the runs of a marked utterance, joined over what does not end them."""
    pieces: list[tuple[int, ...]] = []
    for match in _STRETCH.finditer(u.classes):
        if _STRONG.search(match.group()) or eager:
            pieces.extend(_pieces(u, match.start(), match.end(), eager=eager))
    return _link(u, pieces, eager=eager, lexicon=lexicon)


def _pieces(u: Utterance, start: int, stop: int, *, eager: bool) -> list[tuple[int, ...]]:
    """Split a stretch where a doubtful word is not confirmed by its neighbours."""
    places = [i for i in range(start, stop) if u.classes[i] not in "g&"]
    kinds = "".join(u.classes[i] for i in places)
    kept = _confirmed(u, places, kinds, eager=eager)
    pieces: list[tuple[int, ...]] = []
    current: list[int] = []
    for place, keep in zip(places, kept, strict=True):
        if keep:
            current.append(place)
        elif current:
            pieces.append(tuple(current))
            current = []
    if current:
        pieces.append(tuple(current))
    return [p for p in pieces if any(u.classes[i] in "uzotTFHlnvcR" for i in p)]


def _confirmed(u: Utterance, places: list[int], kinds: str, *, eager: bool) -> list[bool]:
    padded = f".{kinds}."
    sure = [_is_sure(padded[k], padded[k - 1], padded[k + 1]) for k in range(1, len(padded) - 1)]
    for match in re.finditer(r"n(?=v[nluztTFH])|(?<=[nluztTFH]v)n", kinds):  # `ge o ene`
        sure[match.start()] = True
    if not eager:  # `twenty one to seventeen` is a score, `five five to one` may be a number
        for match in re.finditer(r"(?<![uzow][uzo])w|w(?![uzowF])", kinds):
            sure[match.start()] = False
    else:  # `four to too for ate one`
        for match in re.finditer(r"(?<=[uzotTFH])w{2,}(?=[uzotTFHR])", kinds):
            sure[match.start() : match.end()] = [True] * (match.end() - match.start())
    letters = sum(kind in "ln" for kind in kinds)
    kept = list(sure)
    for k in range(len(kinds)):
        before = k > 0 and kept[k - 1]
        after = next((s for s in sure[k + 1 : k + 3] if s), False)
        if kept[k]:
            continue
        single = len(u.words[places[k]]) == 1
        if kinds[k] in "vc" and before and after:
            kept[k] = True
        elif kinds[k] == "v" and single and (before or after):
            # At the edge an `a` or `i` is a letter only where letters are being spelled.
            kept[k] = letters >= 2 or (eager and _beside_letter(kinds, k))
        elif (kinds[k] == "c" and (before or after)) or (kinds[k] == "o" and eager):
            kept[k] = True
    for k in range(len(kinds) - 2, -1, -1):  # `a a r o n`: the first of several
        if kinds[k] == "v" and len(u.words[places[k]]) == 1 and kept[k + 1] and letters >= 2:
            kept[k] = True
    return kept


def _beside_letter(kinds: str, k: int) -> bool:
    return kinds[k - 1 : k] in _SURE_LETTERS or kinds[k + 1 : k + 2] in _SURE_LETTERS


def _is_sure(kind: str, before: str, after: str) -> bool:
    material = _DIGITS | _SURE_LETTERS
    if kind in "uztTFHls":
        return True
    if kind == "n":
        return before in material or after in material
    if kind == "o":
        return before in material | {"R"} or after in material
    if kind == "w":
        return before in _DIGITS and (after in _DIGITS or after in "wR")
    if kind == "R":
        return after in material | {"w", "v"}
    return kind in "hk" and (before in "uTtFhH" or after in "uztTFHhk")


def _link(
    u: Utterance, pieces: Sequence[tuple[int, ...]], *, eager: bool, lexicon: Lexicon
) -> tuple[Run, ...]:
    runs: list[Run] = []
    for piece in pieces:
        atoms = tuple(i for i in piece if u.classes[i] != "s")
        run = Run(piece[0], piece[-1] + 1, atoms)
        gap = _gap(u, runs[-1].stop, run.start, lexicon) if runs else None
        if gap is None or not _joins(u, runs[-1], run, gap, eager=eager):
            runs.append(run)
            continue
        corrected = frozenset(run.atoms[:1]) if "corrections" in gap else frozenset()
        left = runs.pop()
        runs.append(Run(left.start, run.stop, left.atoms + run.atoms, left.corrections | corrected))
    return tuple(run for run in runs if _counts(u, run))


def _counts(u: Utterance, run: Run) -> bool:
    """Tell whether a run holds more than words that are a figure or a letter only sometimes."""
    kinds = "".join(u.classes[i] for i in run.atoms)
    return kinds.strip("ov") != "" or kinds.count("o") > 2


def _gap(u: Utterance, start: int, stop: int, lexicon: Lexicon) -> frozenset[str] | None:
    """Return the meanings of the words between two pieces, or None if one ends the value."""
    if stop - start > _LONGEST_GAP:
        return None
    meanings: set[str] = set()
    i = start
    while i < stop:
        match = lexicon.gaps.at(u.words, i) if u.classes[i] not in "xX" else None
        if match is None or i + match[0] > stop:
            if u.classes[i] != "g":
                return None
            match = (1, "fillers")
        meanings.add(match[1])
        i += match[0]
    return frozenset(meanings)


def _joins(u: Utterance, left: Run, right: Run, gap: frozenset[str], *, eager: bool) -> bool:
    if eager or not gap:
        return True
    spoken_one_by_one = sum(u.classes[i] in "uzolnF" for i in left.atoms[-4:]) >= 3
    long_figures = (
        any(len(u.words[i]) >= 3 for i in left.atoms if u.classes[i] == "F") and len(left.atoms) > 1
    )
    if not (spoken_one_by_one or long_figures):
        return False
    return "corrections" in gap or len(right.atoms) >= 2 or len(u.words[right.atoms[0]]) >= 3
