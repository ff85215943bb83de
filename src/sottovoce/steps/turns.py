"""Who speaks when on a channel: turns that come as RTTM.

Rules (docs/spec/strands.md):
1. Turns are a stranger's file: each line is read or refused, by its number and never by its text.
   A turn that is passed over would leave somebody's words with another.
2. The turns rest sealed with the arrival, so that a run that was cut off has them.

Source: RTTM, NIST Rich Transcription 2009 evaluation plan, appendix A: fields 1 (type; those that
are no turns are passed over by name), 2 (the recording), 3 (channel, from 1), 4 and 5 (onset and
duration in seconds), 8 (the speaker's name).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sottovoce.values.errors import Tampered, Unfit
from sottovoce.values.ids import PersonId, person_id

_LONGEST = 16 << 20
_MOST_TURNS = 200_000
_MOST_CHANNELS = 8
_MOST_PERSONS = 64
_LATEST_S = 1e6
_FIELDS = 10
_OTHER_TYPES = frozenset(
    (
        "SEGMENT",
        "NOSCORE",
        "NO_RT_METADATA",
        "LEXEME",
        "NON-LEX",
        "NON-SPEECH",
        "FILLER",
        "EDIT",
        "SU",
        "IP",
        "CB",
        "A/P",
        "SPKR-INFO",
    )
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn as it was given: whose, on which channel, from when to when in seconds."""

    person: PersonId
    channel: int
    start_s: float
    stop_s: float


def read_rttm(path: Path) -> tuple[Spoken, ...]:
    """Read the turns of a recording from an RTTM file, or raise Unfit."""
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
        lines = data.decode("utf-8-sig").splitlines()
    except OSError:
        raise Unfit("the file of turns cannot be read", hint="--turns names an RTTM file") from None
    except UnicodeDecodeError:
        raise Unfit("the file of turns is not text", hint="--turns names an RTTM file") from None
    if len(data) > _LONGEST or len(lines) > _MOST_TURNS:
        raise Unfit(f"the file of turns has more than {_LONGEST} bytes or {_MOST_TURNS} lines")
    spoken = [_spoken(line.split(), n) for n, line in enumerate(lines, 1) if _tells(line, n)]
    if not spoken:
        raise Unfit("the file of turns has no line that begins with SPEAKER")
    if len({line.split()[1] for line in lines if line.split()[:1] == ["SPEAKER"]}) > 1:
        raise Unfit(
            "the turns are of several recordings",
            hint="keep the lines whose second field is this recording's",
        )
    persons = {(one.channel, one.person) for one in spoken}
    if len(persons) > _MOST_PERSONS:
        raise Unfit(f"the turns are of {len(persons)} persons; the limit is {_MOST_PERSONS}")
    return tuple(spoken)


def _tells(line: str, number: int) -> bool:
    """Tell whether a line is a turn; refuse one that is no turn, remark or other type of RTTM."""
    kind = next(iter(line.split()), ";;")
    if kind == "SPEAKER":
        return True
    if not kind.startswith(";;") and kind not in _OTHER_TYPES:
        raise _wrong(number)
    return False


def _spoken(fields: Sequence[str], number: int) -> Spoken:
    try:
        channel, start_s, length_s = int(fields[2]) - 1, float(fields[3]), float(fields[4])
        person = person_id(fields[7])
    except (ValueError, IndexError, Unfit):
        raise _wrong(number) from None
    is_line = len(fields) <= _FIELDS  # More is two turns, of which one would be lost.
    is_time = 0 <= start_s <= _LATEST_S and 0 < length_s <= _LATEST_S
    if not is_line or not is_time or channel not in range(_MOST_CHANNELS):
        raise _wrong(number)
    return Spoken(person, channel, start_s, start_s + length_s)


def _wrong(number: int) -> Unfit:
    return Unfit(
        f"line {number} of the file of turns is not read",
        hint="SPEAKER file channel onset duration <NA> <NA> name <NA> <NA>; channels count from 1,"
        " times are in seconds, a name is a pseudonym",
    )


def voices(spoken: Iterable[Spoken]) -> dict[int, tuple[PersonId, ...]]:
    """Return the persons of each channel that has turns, in the order in which they first speak."""
    found: dict[int, dict[PersonId, None]] = {}
    for one in sorted(spoken, key=lambda one: one.start_s):
        found.setdefault(one.channel, {})[one.person] = None
    return {channel: tuple(persons) for channel, persons in found.items()}


def as_job(spoken: Sequence[Spoken]) -> bytes:
    """Write turns as they rest with an arrival; none as nothing."""
    return json.dumps([asdict(one) for one in spoken]).encode() if spoken else b""


def from_job(job: bytes) -> tuple[Spoken, ...]:
    """Read turns that rest with an arrival, or raise Tampered."""
    try:
        return tuple(Spoken(**row) for row in json.loads(job)) if job else ()
    except (ValueError, TypeError):
        raise Tampered("what rests with the arrival is not turns") from None
