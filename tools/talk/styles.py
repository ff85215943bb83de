"""How talk looks when it is written down: by a writer, or by one recogniser or another.

Each style takes pieces and gives pieces, one for one, so that spans stay exact.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from talk.people import misspell
from talk.pieces import Piece
from talk.stock import Stock

STYLES = ("written", "lower", "upper", "heard", "printed")
"""As written; bare lower case; bare upper case; bare and misheard; with marks and misheard."""
_WEIGHTS = (28, 27, 5, 25, 15)
_BARE = {"lower", "upper", "heard"}
_CUT = 0.03


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    words: bool
    fillers: float
    bare: bool = False
    """Without apostrophes and hyphens too."""


def draw_style(random: Random, name: str | None = None) -> Style:
    """Draw a style, or the details of the named one."""
    name = name or random.choices(STYLES, _WEIGHTS)[0]
    words = random.random() < {"written": 0.25, "printed": 0.1}.get(name, 0.7)
    fillers = (
        random.choice((0, 0, 0.015, 0.04)) if name != "written" else random.choice((0, 0, 0, 0.02))
    )
    return Style(name, words, fillers, name in _BARE and random.random() < 0.3)


def dress(pieces: Iterable[Piece], style: Style, stock: Stock, random: Random) -> list[Piece]:
    """Give pieces the looks of a style."""
    row = list(pieces)
    if style.fillers:
        row = [_stumble(piece, style.fillers, random) for piece in row]
    if style.name in {"heard", "printed"}:
        row = _cut([_mishear(piece, stock, random) for piece in row], random)
    if style.name in {"written", "printed"}:
        return _capitals(row)
    row = [Piece(_bare(piece.text), piece.label) for piece in row]
    if style.bare:
        row = [Piece(p.text.replace("'", "").replace("-", " "), p.label) for p in row]
    return [
        Piece(p.text.upper() if style.name == "upper" else p.text.lower(), p.label) for p in row
    ]


def _cut(row: list[Piece], random: Random) -> list[Piece]:
    """Leave the beginning or the end of a turn away, as recognisers do; seldom."""
    if len(row) < 3 or random.random() > _CUT:
        return row
    at = random.randrange(1, len(row) - 1)
    headless = random.random() < 0.5 and not row[at].text.startswith("'")
    return row[at:] if headless else row[: at + 1]


_MARKS = re.compile(r"[,.?!;:\"()]+(?=\s|$)|(?<=\s)[\"(]|^[\"(]|[\"]|\.\.\.| - | ?& ?")
_DOTTED = re.compile(r"\b([A-Za-z])\.")


def _bare(text: str) -> str:
    text = text.replace("&", " and ").replace(" - ", " ")
    return _DOTTED.sub(r"\1", _MARKS.sub("", text))


_I = re.compile(r"\bi\b(?!\.)")
_PROPER = re.compile(
    r"\b(monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|"
    r"august|september|october|november|december|christmas|easter|thanksgiving|english|spanish|"
    r"french|german|italian|chinese|indian|mexican|thai|japanese|american|british|irish|greek)(s?)\b"
)
_SENTENCE = re.compile(r"([.?!]\s+)([a-z])")


def _capitals(row: list[Piece]) -> list[Piece]:
    """Begin sentences with a capital."""
    out, start = list[Piece](), True
    for piece in row:
        text = piece.text
        if piece.label is None:
            text = _PROPER.sub(lambda m: m[1].capitalize() + m[2], _I.sub("I", text))
            text = _SENTENCE.sub(lambda m: m[1] + m[2].upper(), text)
        if start and text.strip():
            text = re.sub(r"^(\W*)([a-z])", lambda m: m[1] + m[2].upper(), text)
        if text.strip():
            start = piece.label is None and text.rstrip().endswith((".", "?", "!"))
        out.append(Piece(text, piece.label))
    return out


_FILLERS = ("um", "uh", "uh", "um", "er", "like", "you know", "mm", "well", "hmm", "ah")


def _stumble(piece: Piece, rate: float, random: Random) -> Piece:
    """Put fillers and said-again words between the words."""
    if piece.label in {"value", "condition", "medicine", "artist"} or " " not in piece.text.strip():
        return piece
    words = re.split(r"(?<=\S)( )(?=\S)", piece.text)
    rate = rate / 3 if piece.label else rate
    for at in range(0, len(words) - 2, 2):
        if random.random() < rate and words[at].strip():
            words[at] = _stumbled(words[at], piece.label, random)
    return Piece("".join(words), piece.label)


def _stumbled(word: str, label: str | None, random: Random) -> str:
    end = word[-1] if word[-1] in ".?!" else ""
    if end or (label is None and random.random() < 0.6):
        return (
            f"{word} {random.choice(_FILLERS)}," if end else f"{word}, {random.choice(_FILLERS)},"
        )
    plain = word.rstrip(",")
    if label is None and len(plain) < 6:
        return f"{plain} {plain.lstrip()}"
    return f"{plain}, {random.choice(('um', 'uh'))},"


_DROPS = {"the", "a", "to", "of", "is", "it", "and", "in", "on", "for", "my", "that", "uh", "um"}


def _mishear(piece: Piece, stock: Stock, random: Random) -> Piece:
    if piece.label in {"name", "place", "address", "organisation", "artist"}:
        return Piece(_misheard_names(piece.text, 0.10, stock, random), piece.label)
    if piece.label in {"condition", "medicine"}:
        return Piece(_misheard_names(piece.text, 0.05, stock, random), piece.label)
    if piece.label:
        return piece
    return Piece(_misheard_words(piece.text, stock, random), None)


def _misheard_words(text: str, stock: Stock, random: Random) -> str:
    words, homophones = text.split(" "), stock.map["homophone"]
    for at, word in enumerate(words):
        chance = random.random()
        if chance > 0.05 or not word:
            continue
        if word in homophones and chance < 0.03:
            words[at] = homophones[word]
        elif word in _DROPS and chance < 0.04:
            words[at] = ""
        elif chance > 0.047 and len(word) > 5 and word.isalpha():
            middle = len(word) // 2
            words[at] = f"{word[:middle]} {word[middle:]}"
    return " ".join(words)


def _misheard_names(text: str, rate: float, stock: Stock, random: Random) -> str:
    words = text.split(" ")
    for at, word in enumerate(words):
        if len(word) < 3 or not word.isalpha() or random.random() > rate:
            continue
        known, chance = stock.map["misheard"].get(word.lower()), random.random()
        if known and chance < 0.7:
            words[at] = known.title() if word[0].isupper() else known
        elif chance < 0.75:
            words[at] = misspell(word, stock, random)
        elif chance < 0.85 and len(word) > 5:
            middle = random.randint(3, len(word) - 2)
            words[at] = f"{word[:middle]} {word[middle:]}"
        elif chance < 0.95:
            words[at] = word.lower()
    return " ".join(words)
