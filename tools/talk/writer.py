"""Writes conversations: a scene, its persons, its turns, in one style.

1. Conversation number N of a seed is the same whatever is written before it.
2. A person keeps the name for the whole conversation, except those who are mentioned as `x`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from talk import grammar
from talk.draw import Draw
from talk.grammar import Grammar, Line, Pen
from talk.people import FACETS, Person, invent, say
from talk.pieces import LABELS, Piece, Turn, join, turn, whole_names
from talk.slots import SLOTS, fill
from talk.stock import Stock, read_lists
from talk.styles import Style, draw_style, dress

SCENES = Path(__file__).parent / "scenes"
_BEFORE = {
    "the", "a", "an", "my", "your", "his", "her", "their", "our", "this", "that", "some", "any",
    "no",
}  # fmt: skip
_RELATIONS = ("relation.female", "relation.male", "relation.any")


@dataclass(frozen=True, slots=True)
class Conversation:
    scene: str
    style: str
    turns: tuple[Turn, ...]


@cache
def own_grammar() -> Grammar:
    """Return the grammar of scenes/."""
    return grammar.read(SCENES)


@cache
def roles() -> frozenset[str]:
    """Return who a conversation can be about; `x` is somebody new each time."""
    lists = read_lists()
    return frozenset(role for name in _RELATIONS for role in lists[name])


class Stage:
    """One conversation while it is written."""

    def __init__(self, rules: Grammar, stock: Stock, random: Random, style: Style) -> None:
        self.rules, self.random, self.style = rules, random, style
        self.draw = Draw(stock, random, style.words)
        self.persons: dict[str, Person] = {}
        self.kept: dict[str, list[Piece]] = {}
        self.pieces: list[Piece] = []
        self.pen = Pen(random, self.say, self.fill)

    def say(self, text: str) -> None:
        self.pieces.append(Piece(text))

    def fill(self, reference: str) -> None:
        label, colon, text = reference.partition(":")
        if colon:
            self.pieces.append(Piece(text, label))
            return
        name, _, key = reference.partition("#")
        role, _, facet = name.partition(".")
        if role in roles():
            self.pieces += say(self.person(role), facet, self.draw.stock, self.random)
        elif not key:
            self.put(fill(name, self.draw))
        else:
            if reference not in self.kept:
                self.kept[reference] = fill(name, self.draw)
            self.put(self.kept[reference])

    def put(self, row: list[Piece]) -> None:
        """Add pieces; an article of theirs goes where there is a word like it before."""
        before = self.pieces[-1].text if self.pieces else ""
        doubled = before.endswith(" ") and before.split()[-1:] and before.split()[-1] in _BEFORE
        self.pieces += row[1:] if doubled and len(row) > 1 else row

    def person(self, role: str) -> Person:
        if role != "x" and role in self.persons:
            return self.persons[role]
        person = invent(self.relation() or role, self.draw.stock, self.random)
        self.persons[role] = person
        return person

    def relation(self) -> str | None:
        """Return who the words just before speak of: in "my sister, " it is a woman."""
        before = self.pieces[-1].text.rstrip(" ,") if self.pieces else ""
        if not before.strip() and len(self.pieces) > 1:
            before = self.pieces[-2].text.rstrip(" ,")
        last, lists = before.rpartition(" ")[2].lower(), self.draw.stock.lists
        if last in lists["kin.female"]:
            return "woman"
        return "man" if last in lists["kin.male"] else None

    def play(self, lines: list[Line]) -> Iterator[Turn]:
        """Yield the turns of a scene or a block."""
        for line in lines:
            if line.chance < 1 and self.random.random() >= line.chance:
                continue
            if line.speaker is None:
                yield from self.blocks(line)
            elif (written := self.turn(line)).text:
                yield written

    def blocks(self, line: Line) -> Iterator[Turn]:
        ways = self.rules.blocks[line.template]
        count = min(len(ways), self.random.randint(1, line.most))
        for body in self.random.sample(ways, count):
            yield from self.play(body)

    def turn(self, line: Line) -> Turn:
        self.pieces = []
        line.node(self.pen)
        pieces = dress(whole_names(join(self.pieces)), self.style, self.draw.stock, self.random)
        return turn(line.speaker or "", pieces)


def write(
    seed: int, number: int, stock: Stock, *, scene: str | None = None, style: str | None = None
) -> Conversation:
    """Write conversation number `number` of a seed."""
    random = Random(f"talk {seed} {number}")  # noqa: S311 - invented talk, nothing to guess
    rules = own_grammar()
    name = scene or rules.draw(random)
    drawn = draw_style(random, style)
    stage = Stage(rules, stock, random, drawn)
    return Conversation(name, drawn.name, tuple(stage.play(rules.scenes[name])))


def known(reference: str, rules: Grammar) -> bool:
    """Tell whether a name in angle brackets means something."""
    label, colon, _ = reference.partition(":")
    if colon:
        return label in LABELS
    name = reference.partition("#")[0]
    if name in rules.rules:
        return True
    first, _, facet = name.partition(".")
    return (first in roles() and facet in FACETS) or (first in SLOTS and facet in {"", "bare"})
