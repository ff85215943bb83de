"""Templates: what a value of an owner's kind looks like (docs/spec/kinds.md).

Rules:
1. A template is a row of places: ``A`` a letter, ``9`` a figure, ``X`` either, ``'HR'`` these
   characters, ``[ABC]`` one of these, ``{3}`` or ``{3,5}`` so many of the place before it.
2. Between places a blank, ``-``, ``.`` or ``/`` tells how the value may be written; the value has
   none.
3. A template is bounded in length and in what may vary, so that matching cannot be made slow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 64
MOST_VARYING = 2
_TELLING = 4
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FIGURES = "0123456789"
_CLASSES = {"A": _LETTERS, "9": _FIGURES, "X": _LETTERS + _FIGURES}
_PIECE = re.compile(
    r"(?P<one>[A9X])|'(?P<these>[A-Za-z0-9]+)'|\[(?P<any>[A-Za-z0-9]+)\]|(?P<sign>[ ./-])"
)
_COUNT = re.compile(r"\{(\d{1,2})(?:,(\d{1,2}))?\}")
_PRINTED = {_LETTERS: "a-z", _FIGURES: "0-9", _LETTERS + _FIGURES: "a-z0-9"}


@dataclass(frozen=True, slots=True)
class Place:
    """One character or several of one sort."""

    characters: str = field(repr=False)
    least: int = 1
    most: int = 1

    @property
    def is_sure(self) -> bool:
        """Tell whether the place is a figure, or one character and no other."""
        return self.least > 0 and (len(self.characters) == 1 or self.characters.isdigit())

    def pattern(self, *, capitals: bool) -> str:
        """Return the place as a regular expression."""
        told = _PRINTED.get(self.characters, self.characters)
        both = told + told.upper() if capitals else told
        count = "" if self.least == self.most == 1 else f"{{{self.least},{self.most}}}"
        return f"[{both}]{count}"


@dataclass(frozen=True, slots=True)
class Template:
    """What a value looks like: in small letters and figures, and as it is written."""

    plain: str
    written: str
    shortest: int
    longest: int
    is_digits: bool
    is_telling: bool
    """It may be found with nothing that announces it."""
    has_figure: bool
    """No value is without a figure, so it need only be looked for where there are some."""


def parse_template(text: str) -> Template:
    """Read a template; raise ValueError that says what is wrong with it."""
    places: list[Place] = []
    written = ""
    for piece in _pieces(text):
        if isinstance(piece, str):
            written += r"[ ./-]?" if piece == " " else r"[./-]?"
            continue
        places.append(piece)
        written += piece.pattern(capitals=True)
    shortest, longest = sum(p.least for p in places), sum(p.most for p in places)
    if not 1 <= shortest <= longest <= LONGEST:
        raise ValueError(f"is for {shortest} to {longest} characters; 1 to {LONGEST} are allowed")
    if sum(p.least != p.most for p in places) > MOST_VARYING:
        raise ValueError(f"has more than {MOST_VARYING} places of no fixed length")
    return Template(
        plain="".join(p.pattern(capitals=False) for p in places),
        written=written,
        shortest=shortest,
        longest=longest,
        is_digits=all(p.characters.isdigit() for p in places),
        is_telling=shortest >= _TELLING and any(p.is_sure for p in places),
        has_figure=any(p.least and p.characters.isdigit() for p in places),
    )


def _pieces(text: str) -> Iterator[Place | str]:
    """Yield places, and the signs between them."""
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise ValueError(f"cannot be read at character {at + 1}")
        at = piece.end()
        if piece["sign"]:
            yield piece["sign"]
            continue
        count = _COUNT.match(text, at)
        at = count.end() if count else at
        yield from _places(piece, count)


def _places(piece: re.Match[str], count: re.Match[str] | None) -> Iterator[Place]:
    if piece["these"]:
        if count:
            raise ValueError("repeats characters in quotes, which it may not")
        yield from (Place(character) for character in piece["these"].lower())
        return
    some = "".join(dict.fromkeys((piece["any"] or "").lower()))
    characters = _CLASSES.get(piece["one"] or "", some)
    if count is None:
        yield Place(characters)
        return
    least, most = int(count[1]), int(count[2] or count[1])
    if least > most or most == 0:
        raise ValueError(f"has a place that is repeated {least} to {most} times")
    yield Place(characters, least, most)
