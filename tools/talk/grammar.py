"""The grammar that talk is written with, read from the files in scenes/.

1. `= rule` begins a rule; each line after it is one way to say it. `*3 ` before it: three times
   as likely.
2. In a line, `(a|b|c)` is one of them, `[a]` is there or not, `<rule>` is a rule, and `<slot>`,
   `<slot#1>`, `<person.facet>` is a thing with a label; `#1` is the same thing again;
   `<label:words>` is these words with a label.
3. `== scene 8` begins a scene with its weight (4 if none is given), `-- block` a block; each line
   after it is a turn, `speaker: what`.
   `@block` is one of the blocks of that name, `@block*4` up to four of them, each another one.
   `?` before a line: there or not; `?20`: one time in five.
4. `#` at the start of a line is a note. A name that nothing is called by is an error.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

_MARK = re.compile(r"<[^<>]+>|[()\[\]|]|[^()\[\]|<>]+")
_TURN = re.compile(r"(?:\?(\d*)\s*)?(?:@([\w.]+)(?:\*(\d+))?|(\w+): (.+))")

Say = Callable[[str], None]
"""Writes literal text."""


class Pen:
    """What a node writes with: chance, and where words and names go."""

    __slots__ = ("fill", "random", "say")

    def __init__(self, random: Random, say: Say, fill: Callable[[str], None]) -> None:
        self.random, self.say, self.fill = random, say, fill


Node = Callable[[Pen], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a scene: a turn, or a block to put there."""

    chance: float
    speaker: str | None
    template: str
    node: Node = field(repr=False)
    most: int = 1


@dataclass(frozen=True, slots=True)
class Grammar:
    rules: dict[str, list[tuple[str, Node]]]
    scenes: dict[str, list[Line]]
    blocks: dict[str, list[list[Line]]]
    weights: dict[str, int]

    def draw(self, random: Random) -> str:
        """Draw a scene by weight."""
        names = sorted(self.scenes)
        return random.choices(names, [self.weights[name] for name in names])[0]

    def patterns(self) -> set[str]:
        """Return every way that is written down to say something."""
        said = {text for ways in self.rules.values() for text, _ in ways}
        bodies = [*self.scenes.values(), *(body for ways in self.blocks.values() for body in ways)]
        return said | {line.template for body in bodies for line in body if line.speaker}

    def references(self) -> Iterator[str]:
        """Yield every name in angle brackets."""
        for pattern in self.patterns():
            yield from re.findall(r"<([^<>]+)>", pattern)


def read(folder: Path) -> Grammar:
    """Read every file of a folder into one grammar."""
    grammar = Grammar({}, {}, {}, {})
    for path in sorted(folder.glob("*.talk")):
        _read_lines(path.read_text("utf-8").splitlines(), grammar, path.name)
    return grammar


def _read_lines(lines: Iterable[str], grammar: Grammar, file: str) -> None:
    take: Callable[[str], None] = _homeless
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        header = re.fullmatch(r"(==?|--) ([\w.]+)(?: (\d+))?", line)
        try:
            if header:
                take = _begin(grammar, header[1], header[2])
                grammar.weights[header[2]] = int(header[3] or 4)
            else:
                take(line)
        except ValueError as error:
            raise ValueError(f"{file}, line {number}: {error}") from error


def _homeless(line: str) -> None:
    raise ValueError("no rule, scene or block has begun")


def _begin(grammar: Grammar, mark: str, name: str) -> Callable[[str], None]:
    if mark == "=":
        ways = grammar.rules.setdefault(name, [])
        return lambda line: ways.extend(_ways(line, grammar))
    body: list[Line] = []
    if mark == "==":
        body = grammar.scenes.setdefault(name, body)
    else:
        grammar.blocks.setdefault(name, []).append(body)
    return lambda line: body.append(_line(line, grammar))


def _ways(line: str, grammar: Grammar) -> Iterator[tuple[str, Node]]:
    weight, text = 1, line
    if weighted := re.match(r"\*(\d+) +", line):
        weight, text = int(weighted[1]), line[weighted.end() :]
    way = (text, compile_template(text, grammar))
    return (way for _ in range(weight))


def _line(line: str, grammar: Grammar) -> Line:
    found = _TURN.fullmatch(line)
    if not found:
        raise ValueError("this is no turn; write `speaker: words` or `@block`")
    percent, block, most, speaker, template = found.groups()
    chance = 1.0 if percent is None else int(percent or 50) / 100
    words = template or block
    node = compile_template(template, grammar) if template else _nothing
    return Line(chance, speaker, words, node, int(most or 1))


def _nothing(pen: Pen) -> None:
    return


def compile_template(text: str, grammar: Grammar) -> Node:
    """Return what writes one of the ways of this template."""
    marks = _MARK.findall(text)
    if "".join(marks) != text:
        raise ValueError("there is a stray angle bracket")
    node, rest = _choice(marks, 0, grammar)
    if rest != len(marks):
        raise ValueError(f"there is a stray {marks[rest]!r}")
    return node


def _choice(marks: list[str], at: int, grammar: Grammar) -> tuple[Node, int]:
    ways: list[Node] = []
    while True:
        row: list[Node] = []
        while at < len(marks) and marks[at] not in ")]|":
            node, at = _one(marks, at, grammar)
            row.append(node)
        ways.append(_row(row))
        if at == len(marks) or marks[at] != "|":
            return (ways[0] if len(ways) == 1 else _either(ways)), at
        at += 1


def _one(marks: list[str], at: int, grammar: Grammar) -> tuple[Node, int]:
    mark = marks[at]
    if mark in "([":
        close = ")" if mark == "(" else "]"
        node, end = _choice(marks, at + 1, grammar)
        if end == len(marks) or marks[end] != close:
            raise ValueError(f"a {mark!r} is not closed")
        return (node if mark == "(" else _maybe(node)), end + 1
    if mark[0] == "<":
        return _reference(mark[1:-1], grammar), at + 1
    return _literal(mark), at + 1


def _literal(text: str) -> Node:
    return lambda pen: pen.say(text)


def _row(nodes: list[Node]) -> Node:
    if len(nodes) == 1:
        return nodes[0]

    def write(pen: Pen) -> None:
        for node in nodes:
            node(pen)

    return write


def _either(ways: list[Node]) -> Node:
    count = len(ways)
    return lambda pen: ways[int(pen.random.random() * count)](pen)


def _maybe(node: Node) -> Node:
    def write(pen: Pen) -> None:
        if pen.random.random() < 0.5:
            node(pen)

    return write


def _reference(name: str, grammar: Grammar) -> Node:
    def write(pen: Pen) -> None:
        ways = grammar.rules.get(name)
        if ways is None:
            pen.fill(name)
        else:
            ways[int(pen.random.random() * len(ways))][1](pen)

    return write
