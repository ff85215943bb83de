"""Text in pieces, and a turn with its spans.

1. A turn is written as pieces: each has a label or none, and no piece is changed together with
   another. So whatever a style does to a piece, its span is exact.
2. A first and a last name with only a blank between them are one piece.
3. A labelled piece begins and ends with something else than a blank or it is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

LABELS = (
    "name",
    "place",
    "organisation",
    "condition",
    "medicine",
    "address",
    "value",
    "artist",
)


@dataclass(frozen=True, slots=True)
class Piece:
    text: str = field(repr=False)
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Turn:
    speaker: str
    text: str = field(repr=False)
    spans: tuple[Span, ...] = ()


_TIDY = (
    (re.compile(r"\s+"), " "),
    (re.compile(r" (?=[,.?!;:])"), ""),
    (re.compile(r"(?:[,;:] ?)+(?=[,.?!;:])"), ""),
)


def tidy(text: str) -> str:
    """Return text with single blanks, none before a mark, and no two marks in a row."""
    for pattern, new in _TIDY:
        text = pattern.sub(new, text)
    return text


def join(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with unlabelled neighbours as one, and tidy."""
    joined: list[Piece] = []
    for label, group in groupby(pieces, key=lambda piece: piece.label):
        if label is None:
            joined.append(Piece(tidy("".join(piece.text for piece in group))))
        else:
            joined.extend(Piece(tidy(piece.text).strip(), label) for piece in group)
    return [piece for piece in joined if piece.text]


def whole_names(row: Iterable[Piece]) -> list[Piece]:
    """Make one piece of a first and a last name that only a blank is between."""
    whole: list[Piece] = []
    for piece in row:
        if (
            piece.label == "name"
            and [p.label for p in whole[-2:]] == ["name", None]
            and whole[-1].text == " "
        ):
            whole[-2:] = [Piece(f"{whole[-2].text} {piece.text}", "name")]
        else:
            whole.append(piece)
    return whole


def turn(speaker: str, pieces: Iterable[Piece]) -> Turn:
    """Put pieces together into a turn with a span for each labelled one."""
    text, spans = "", list[Span]()
    for piece in join(pieces):
        words = piece.text
        if not text or (text[-1] == " " and words[0] == " "):
            words = words.lstrip(" ,.;:")
        if not words:
            continue
        if piece.label:
            spans.append(Span(len(text), len(text) + len(words), piece.label))
        text += words
    return Turn(speaker, text.rstrip(), tuple(spans))
