"""An owner's own kinds of sensitive things, from a file (docs/spec/kinds.md).

Rules:
1. A kind of an owner's has an id that begins with ``own.``; a profile that does not name it masks
   it.
2. A template or a checksum that does not fit lowers the confidence of what was announced; it never
   vetoes.
3. No template and no list makes reading slow: time grows with the length of the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sottovoce.detection.checksums import Checksum
from sottovoce.detection.kinds_file import MOST_BYTES, KindRow, read_rows
from sottovoce.detection.phrases import Cue
from sottovoce.detection.templates import LONGEST
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import Action, TextFinding
from sottovoce.values.kinds import Kind

CHECKED = 0.97
FITS = 0.85
UNCHECKED = 0.6
"""Confidence where the checksum passes, where there is none, and where it does not pass."""
_SIGNS = re.compile(r"[ ./-]")
_FIGURES = re.compile(r"[0-9]+")
_REACH = 2 * LONGEST + 1
"""No writing of a template is longer: each character, and a sign after it."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a value suits a kind: whether a template fits, and whether the checksum passes."""

    fits: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """What values of one kind look like."""

    plain: re.Pattern[str] | None
    telling: re.Pattern[str] | None
    checksum: Checksum | None

    def passes(self, value: str) -> bool:
        return self.checksum is not None and self.checksum.passes(value)

    def confidence(self, value: str) -> float:
        if self.checksum is None:
            return FITS
        return CHECKED if self.passes(value) else UNCHECKED


@dataclass(frozen=True, slots=True)
class _Search:
    """A look through a text for what is written as some templates say."""

    kinds: tuple[str, ...]
    pattern: re.Pattern[str]
    is_near_figures: bool

    def findings(self, text: str) -> Iterator[tuple[str, int, int]]:
        for start, stop in _near_figures(text) if self.is_near_figures else [(0, len(text))]:
            for found in self.pattern.finditer(text, start, stop):
                kind = self.kinds[int((found.lastgroup or "k0")[1:])]
                yield kind, found.start(), found.end()


@dataclass(frozen=True, slots=True)
class OwnKinds:
    """The kinds of one owner, and how they are found."""

    kinds: tuple[Kind, ...] = ()
    cues: tuple[tuple[str, Cue], ...] = ()
    """What announces a value, to be heard beside the cues of the language."""
    phrases: tuple[tuple[str, str], ...] = field(repr=False, default=())
    """Words that are sensitive themselves, each with its kind."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    """What the owner would have done with a kind that the profile does not name."""
    _forms: Mapping[str, _Form] = field(repr=False, default_factory=dict)
    _searches: tuple["_Search", ...] = field(repr=False, default=())

    def __contains__(self, kind: object) -> bool:
        return kind in self._forms

    def match(self, kind: str, value: str) -> Match:
        """Tell how a value, in small letters and figures, suits a kind."""
        form = self._forms.get(kind)
        if form is None or len(value) > LONGEST:
            return Match(fits=False, passed=False)
        fits = form.plain is None or form.plain.fullmatch(value) is not None
        return Match(fits=fits, passed=form.passes(value))

    def recognise(self, value: str) -> tuple[str, float] | None:
        """Return the kind that a value with nothing before it is of, and how sure that is."""
        if len(value) > LONGEST:
            return None
        found = [
            (kind, form.confidence(value))
            for kind, form in self._forms.items()
            if form.telling is not None and form.telling.fullmatch(value)
        ]
        return max(found, key=lambda named: named[1], default=None)

    def written(self, text: str) -> Iterator[TextFinding]:
        """Yield what a text has in the writing of a template, in order; findings may overlap."""
        found = [f for search in self._searches for f in search.findings(text)]
        for kind, start, end in sorted(found, key=lambda f: (f[1], -f[2])):
            value = _SIGNS.sub("", text[start:end].lower())
            yield TextFinding(kind, start, end, self._forms[kind].confidence(value))


def load_own_kinds(path: Path, *, guarded: Iterable[str] = ()) -> OwnKinds:
    """Read a file of kinds; raise Unfit with the line where it is wrong.

    No cue of the owner's may contain a phrase that is ``guarded``: those announce what may not be
    kept at all, and would be taken for something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unfit("the kinds file cannot be read", hint="give the path of a TOML file") from error
    return read_own_kinds(data, guarded=guarded)


def read_own_kinds(data: bytes, *, guarded: Iterable[str] = ()) -> OwnKinds:
    """Read the TOML of a file of kinds; raise Unfit with the line where it is wrong."""
    rows = read_rows(data, guarded=tuple(guarded))
    return OwnKinds(
        kinds=tuple(Kind(row.id, row.name, row.label) for row in rows),
        cues=tuple(
            (text, Cue(row.id, row.shape, row.least, row.most)) for row in rows for text in row.cues
        ),
        phrases=tuple((text, row.id) for row in rows for text in row.lexicon),
        actions={row.id: row.action for row in rows},
        _forms={row.id: _form(row) for row in rows},
        _searches=(*_search(rows, near_figures=True), *_search(rows, near_figures=False)),
    )


def _form(row: KindRow) -> _Form:
    return _Form(
        plain=_any(t.plain for t in row.templates),
        telling=_any(t.plain for t in row.templates if t.is_telling),
        checksum=row.checksum,
    )


def _search(rows: Sequence[KindRow], *, near_figures: bool) -> Iterator[_Search]:
    """Yield one look for all templates that have a figure, or for all that have none."""
    found = [
        (row.id, template.written)
        for row in rows
        for template in row.templates
        if template.is_telling and template.has_figure == near_figures
    ]
    if found:
        choices = "|".join(f"(?P<k{i}>{written})" for i, (_, written) in enumerate(found))
        pattern = re.compile(rf"(?<![^\W_])(?:{choices})(?![^\W_])")
        yield _Search(tuple(kind for kind, _ in found), pattern, near_figures)


def _near_figures(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text in which anything that has a figure lies whole, apart."""
    start = stop = 0
    for figures in _FIGURES.finditer(text):
        if figures.start() - _REACH > stop:
            if stop:
                yield start, stop
            start = figures.start() - _REACH
        stop = min(len(text), figures.end() + _REACH)
    if stop:
        yield start, stop


def _any(patterns: Iterable[str]) -> re.Pattern[str] | None:
    choices = "|".join(patterns)
    return re.compile(choices) if choices else None
