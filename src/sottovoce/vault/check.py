"""Read every seal, key and row of a vault and name what is not as it should be.

Rules:
1. Everything is read whole: a part is right when its last byte is.
2. A trouble is named by ids and names of ours; what others put there is counted, never named.
3. To check changes nothing, and one trouble does not hide the next.
4. Work may go on meanwhile: what looks wrong is no trouble unless its recording was the same before
   and after it was looked at.
5. Memory is flat, however much is held: only what is wrong is remembered.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import islice

from sottovoce.values.errors import Missing, Tampered
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.arrival import arrival_parts, parts_of
from sottovoce.vault.holding import SETTLED, Holding, State
from sottovoce.vault.keys import KeyName, Keys, arrival_name, object_name, person_name
from sottovoce.vault.part import ARRIVAL, AUDIO, Part
from sottovoce.vault.seal import SealReader
from sottovoce.vault.seek import unsound
from sottovoce.vault.shelf import Index, Parts, Resting
from sottovoce.vault.tokens import Posting, TokenKey, Tokens

_PIECE = 1 << 20
_AT_ONCE = 500
_WIDTH = 2
_SOUND = (AUDIO, ARRIVAL)
Progress = Callable[[int], None]
"""Is told of each stretch of sealed bytes that was read, in bytes."""


class Looked(Enum):
    """What a check goes through, in this order."""

    KEYS = "keys"
    RECORDINGS = "recordings"
    TOKENS = "tokens"
    FILES = "files"


Counted = Callable[[Looked, int], None]
"""Is told what was looked at, and how many of it."""


class Fault(Enum):
    """What is wrong with something that rests in a vault."""

    LOST = "lost"
    ROTTEN = "rotten"
    ODD = "odd"
    ORPHAN = "orphan"
    LEFT_OVER = "left over"
    STRANGE = "strange"


MENDABLE = (Fault.ORPHAN, Fault.LEFT_OVER)
"""What ``Vault.repair`` clears away; the rest is for a backup, or for a person, to put right."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be, and which recording it touches, if it is one's."""

    fault: Fault
    thing: str
    recording: RecordingId | None = None
    key: KeyName | None = None
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class _Vault:
    index: Index
    parts: Parts
    tokens: Tokens
    keys: Keys
    progress: Progress
    counted: Counted

    def holding(self, recording: RecordingId) -> Holding | None:
        try:
            return self.index.find(recording)
        except Missing:
            return None


def check(
    index: Index,
    parts: Parts,
    tokens: Tokens,
    keys: Keys,
    *,
    progress: Progress,
    counted: Counted,
) -> Iterator[Trouble]:
    """Yield all that is wrong as it is found, in the order of keys, recordings, tokens, files.

    A row that is not what was written ends it: the rest cannot be held against such an index.
    """
    vault = _Vault(index, parts, tokens, keys, progress, counted)
    try:
        for looks in (_keys, _recordings, _tokens, _files):
            yield from looks(vault)
    except Tampered as error:
        yield Trouble(Fault.ROTTEN, f"the index of recordings: {error}")


def _keys(vault: _Vault) -> Iterator[Trouble]:
    last, holding = None, None
    for name in vault.keys.names():
        vault.counted(Looked.KEYS, 1)
        whose = _whose(name)
        if whose and whose != last:  # The keys of a recording follow one another.
            last, holding = whose, vault.holding(whose)
        trouble = _key(name, whose, holding if whose else None, vault.keys)
        if trouble and (whose is None or vault.holding(whose) == holding):
            yield trouble
    if left := vault.keys.left_over():
        yield Trouble(Fault.LEFT_OVER, f"{left} destroyed keys that are not overwritten")


def _whose(name: KeyName) -> RecordingId | None:
    is_recordings = name.purpose in ("arrival", "object")
    return RecordingId(name.id.split("/")[0]) if is_recordings else None


def _key(
    name: KeyName, whose: RecordingId | None, holding: Holding | None, keys: Keys
) -> Trouble | None:
    """Return what is wrong with a key that was there; one that is gone since is no trouble here."""
    if whose and name not in _needed(holding):
        fault = Fault.ORPHAN
    else:
        try:
            keys.prove(name, _above(name, holding))
        except (Tampered, Missing):
            fault = Fault.ROTTEN
        else:
            return None
    return Trouble(fault, f"the {name}", whose, name) if keys.rests(name) else None


def _above(name: KeyName, holding: Holding | None) -> PersonId | None:
    if holding is None or name.purpose != "object":
        return None
    return holding.persons[int(name.id.split("/")[1])]


def _needed(holding: Holding | None) -> tuple[KeyName, ...]:
    """Return the keys that a recording is to have in its state."""
    if holding is None or holding.state in (State.ERASED, State.UNDONE):
        return ()
    if holding.state not in SETTLED:
        return (arrival_name(holding.id),)
    objects = (object_name(holding.id, channel) for channel in holding.readable)
    persons = dict.fromkeys(holding.persons[channel] for channel in holding.readable)
    return (*objects, *map(person_name, persons))


def _recordings(vault: _Vault) -> Iterator[Trouble]:
    for holding in vault.index.list():
        vault.counted(Looked.RECORDINGS, 1)
        found = [*_recording(holding, vault.parts, vault.keys, vault.progress)]
        if found and vault.holding(holding.id) == holding:
            yield from found


def _recording(holding: Holding, parts: Parts, keys: Keys, progress: Progress) -> Iterator[Trouble]:
    for name in _needed(holding):
        if not keys.rests(name):
            yield Trouble(Fault.LOST, f"the {name}", holding.id, name)
    if holding.unswept:
        yield Trouble(Fault.LEFT_OVER, f"what waits to be cleared of {holding.id}", holding.id)
    for part in _parts(holding):
        try:
            key = _part_key(holding, part, keys)
        except (Missing, Tampered):
            continue  # The key was named already; without it nothing can be said of the part.
        yield from _part(part, key, holding, parts, progress)


def _parts(holding: Holding) -> tuple[Part, ...]:
    if holding.state is State.ARRIVED:
        return arrival_parts(holding)
    if holding.state not in SETTLED:
        return ()
    parts = (part for name in holding.parts for part in parts_of(holding, name))
    return tuple(part for part in parts if part.channel in holding.readable)


def _part_key(holding: Holding, part: Part, keys: Keys) -> bytes:
    if holding.state is State.ARRIVED:
        return keys.arrival(holding.id)
    return keys.object(holding.id, part.channel, holding.persons[part.channel])


def _part(
    part: Part, key: bytes, holding: Holding, parts: Parts, progress: Progress
) -> Iterator[Trouble]:
    try:
        source = parts.open(part)
    except Tampered:
        yield Trouble(Fault.LOST, f"the part {part}", part.recording)
        return
    try:
        size = _read_whole(SealReader(source, key, part), progress)
        if part.name in _SOUND and size != holding.frames * _WIDTH:
            yield Trouble(Fault.ODD, f"the length in the row of {part.recording}", part.recording)
    except Tampered:
        yield Trouble(Fault.ROTTEN, f"the part {part}", part.recording)
    finally:
        source.close()


def _read_whole(reader: SealReader, progress: Progress) -> int:
    for start in range(0, reader.size, _PIECE):
        progress(len(reader.read_at(start, _PIECE)))
    return reader.size


def _tokens(vault: _Vault) -> Iterator[Trouble]:
    rotten: Counter[RecordingId] = Counter()
    strays: Counter[RecordingId] = Counter()
    keyed = cache(lambda purpose: TokenKey(vault.keys.tokens(purpose), purpose))
    try:
        for some in _some_at_once(vault.tokens.every()):
            vault.counted(Looked.TOKENS, len(some))
            rotten.update(posting.recording for posting in unsound(some, vault.tokens, keyed))
            astray = vault.tokens.astray([posting.label for posting in some])
            strays.update(posting.recording for posting in some if posting.label in astray)
    except Tampered as error:
        yield Trouble(Fault.ROTTEN, f"the index of tokens: {error}")
        return
    for recording, count in rotten.items():
        yield Trouble(Fault.ROTTEN, f"{count} tokens of {recording}", recording)
    for recording, count in strays.items():
        yield Trouble(Fault.ODD, f"{count} tokens of {recording}, which is not there", recording)


def _some_at_once(postings: Iterator[Posting]) -> Iterator[Sequence[Posting]]:
    while some := list(islice(postings, _AT_ONCE)):
        yield some


def _files(vault: _Vault) -> Iterator[Trouble]:
    strange = 0
    looks_wrong: dict[Resting, Holding | None] = {}
    for resting, holding in _resting(vault):
        vault.counted(Looked.FILES, 1)
        if resting.part is None:
            strange += 1
        elif _file(resting.part, holding, settled=resting.settled):
            looks_wrong[resting] = holding
    for part, fault in _still_wrong(vault, looks_wrong):
        if fault is Fault.STRANGE:
            strange += 1
        else:
            yield Trouble(fault, f"a file of {part}", part.recording, part=part)
    if strange:
        yield Trouble(Fault.STRANGE, f"{strange} files that are not the vault's")


def _resting(vault: _Vault) -> Iterator[tuple[Resting, Holding | None]]:
    last, holding = None, None
    for resting in vault.parts.resting():
        if resting.part and resting.part.recording != last:
            last, holding = resting.part.recording, vault.holding(resting.part.recording)
        yield resting, holding if resting.part else None


def _still_wrong(
    vault: _Vault, wrong: dict[Resting, Holding | None]
) -> Iterator[tuple[Part, Fault]]:
    """Look for files again: one that was settled or removed meanwhile was no trouble."""
    for resting in vault.parts.resting() if wrong else ():
        part = resting.part
        if part and resting in wrong and vault.holding(part.recording) == wrong[resting]:
            fault = _file(part, wrong[resting], settled=resting.settled)
            if fault:
                yield part, fault


def _file(part: Part, holding: Holding | None, *, settled: bool) -> Fault | None:
    """Return what is wrong with a file of a part, None where it is as it should be."""
    if holding is not None and holding.state in (State.ARRIVING, State.ARRIVED):
        return None  # It is being written, or a start after a crash clears it away.
    if holding is None or part.name not in holding.parts or part.channel not in holding.readable:
        return Fault.ORPHAN
    # To remove what lies beside a part that is wanted takes the part along.
    return None if settled else Fault.STRANGE
