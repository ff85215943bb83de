"""The script of a call: who says what, with what voice, and what in it is sensitive.

A script is a TOML file. A turn's `say` is plain text; a sensitive stretch is written
`{kind value|the words as said}`, such as `{fin.cvv 317|three one seven}`. A word is what stands
between blanks; punctuation belongs to the word before it and tells the voice how to read.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sottovoce.values.kinds import KINDS

VERSION = 1
ROLES = ("agent", "caller")
LONGEST_SAY = 2000
MOST_TURNS = 500
SLOWEST, FASTEST = 0.5, 2.0
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_MARK = re.compile(
    r"\{(?P<kind>[a-z_.]+) (?P<value>[^{}|]+)\|(?P<words>[^{}|]+)\}(?P<tail>[.,;:!?]*)"
)


class Band(Enum):
    """What the line lets through: telephone is 8 kHz mu-law, wide is 16 kHz."""

    TELEPHONE = "telephone"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sensitive stretch of a turn: words first to last (last included) carry value."""

    kind: str
    value: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in one go, after_s seconds after the other stopped.

    A negative after_s speaks into the other's last words.
    """

    channel: int
    after_s: float
    words: tuple[str, ...]
    marks: tuple[Mark, ...]

    @property
    def sentences(self) -> Iterator[range]:
        """Yield the ranges of words that a voice reads in one breath."""
        start = 0
        for index, word in enumerate(self.words):
            if word[-1] in ".?!" or index == len(self.words) - 1:
                yield range(start, index + 1)
                start = index + 1


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of `calls.voices`, how fast it speaks, and how loud it is on the line."""

    voice: str
    pace: float = 1.0
    level_db: float = -22.0


@dataclass(frozen=True, slots=True)
class Script:
    """A whole call; speakers by channel: 0 the agent, 1 the caller."""

    name: str
    seed: int
    band: Band
    snr_db: float | None
    speakers: tuple[Speaker, Speaker]
    turns: tuple[Turn, ...]


def parse_turn(channel: int, after_s: float, say: str) -> Turn:
    """Return the turn that `say` writes; a mark that is not understood is a ValueError."""
    if len(say) > LONGEST_SAY:
        raise ValueError(f"a turn has {len(say)} characters; the limit is {LONGEST_SAY}")
    words: list[str] = []
    marks: list[Mark] = []
    place = 0
    for match in _MARK.finditer(say):
        words += _plain(say[place : match.start()])
        said = (match["words"] + match["tail"]).split()
        marks.append(_mark(match["kind"], match["value"], first=len(words), count=len(said)))
        words += said
        place = match.end()
    words += _plain(say[place:])
    if not words:
        raise ValueError("a turn says nothing; write at least one word")
    return Turn(channel, after_s, tuple(words), tuple(marks))


def _plain(text: str) -> list[str]:
    if stray := set(text) & set("{}|"):
        raise ValueError(f"a turn has a stray {min(stray)!r}; a mark is {{kind value|words}}")
    return text.split()


def _mark(kind: str, value: str, *, first: int, count: int) -> Mark:
    if kind not in KINDS:
        raise ValueError(f"a mark has the unknown kind {kind!r}; see values/kinds.py")
    return Mark(kind, value.strip(), first, first + count - 1)


def print_turn(turn: Turn) -> str:
    """Write a turn as `parse_turn` reads it."""
    opened = {mark.first: mark for mark in turn.marks}
    closed = {mark.last for mark in turn.marks}
    said = []
    for index, word in enumerate(turn.words):
        bare = word.rstrip(".,;:!?")
        text = f"{bare}}}{word[len(bare) :]}" if index in closed else word
        mark = opened.get(index)
        said.append(f"{{{mark.kind} {mark.value}|{text}" if mark else text)
    return " ".join(said)


def parse_script(text: str) -> Script:
    """Return the script in a TOML text; a ValueError names the turn that is wrong."""
    data = tomllib.loads(text)
    if data.get("version") != VERSION:
        raise ValueError(f"the script has version {data.get('version')}; only {VERSION} is known")
    if missing := {"name", "band", *ROLES, "turn"} - set(data):
        raise ValueError(f"the script lacks {min(missing)}")
    if not _NAME.fullmatch(data["name"]):
        raise ValueError("the script's name may hold a to z, 0 to 9 and - only")
    if not 1 <= len(data["turn"]) <= MOST_TURNS:
        raise ValueError(f"the script has {len(data['turn'])} turns; write 1 to {MOST_TURNS}")
    turns = [_turn(number, row) for number, row in enumerate(data["turn"], 1)]
    return Script(
        name=data["name"],
        seed=data.get("seed", 0),
        band=Band(data["band"]),
        snr_db=data.get("snr_db"),
        speakers=(_speaker(data["agent"]), _speaker(data["caller"])),
        turns=tuple(turns),
    )


# A row of a TOML file holds whatever its writer put there.
def _turn(number: int, row: Mapping[str, Any]) -> Turn:
    try:
        return parse_turn(ROLES.index(row["who"]), float(row.get("after_s", 0.5)), row["say"])
    except ValueError as error:
        raise ValueError(f"turn {number}: {error}") from error


def _speaker(row: Mapping[str, Any]) -> Speaker:
    speaker = Speaker(**row)
    if not SLOWEST <= speaker.pace <= FASTEST:
        raise ValueError(f"a pace is {speaker.pace}; give {SLOWEST} to {FASTEST}")
    return speaker


def print_script(script: Script) -> str:
    """Write a script as the TOML that `parse_script` reads."""
    lines = [f"version = {VERSION}", f"name = {json.dumps(script.name)}", f"seed = {script.seed}"]
    lines.append(f'band = "{script.band.value}"')
    if script.snr_db is not None:
        lines.append(f"snr_db = {script.snr_db}")
    for role, speaker in zip(ROLES, script.speakers, strict=True):
        lines += ["", f"[{role}]", f"voice = {json.dumps(speaker.voice)}"]
        lines += [f"pace = {speaker.pace}", f"level_db = {speaker.level_db}"]
    for turn in script.turns:
        lines += ["", "[[turn]]", f'who = "{ROLES[turn.channel]}"', f"after_s = {turn.after_s}"]
        lines.append(f"say = {json.dumps(print_turn(turn), ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
