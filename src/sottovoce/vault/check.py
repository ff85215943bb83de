"""Read every seal, key and row of a vault and name what is not as it should be.

Rules:
1. Everything is read whole: a part is right when its last byte is.
2. A trouble is named by ids and names of ours; what others put there is counted, never named.
3. To check changes nothing, and one trouble does not hide the next.
4. Work may go on meanwhile: what looks wrong is looked up again, and is no trouble if its recording
   has changed since.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from sottovoce.values.errors import Missing, Tampered
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.arrival import arrival_parts, parts_of
from sottovoce.vault.holding import SETTLED, Holding, State
from sottovoce.vault.keep import BEFORE
from sottovoce.vault.keys import KeyName, Keys, arrival_name, object_name, person_name
from sottovoce.vault.part import ARRIVAL, AUDIO, Part
from sottovoce.vault.seal import SealReader
from sottovoce.vault.seek import unsound
from sottovoce.vault.shelf import Index, Parts, Resting
from sottovoce.vault.tokens import Posting, Tokens

_PIECE = 1 << 20
_WIDTH = 2
_SOUND = (AUDIO, ARRIVAL)
Progress = Callable[[int], None]
"""Is told of each stretch of sealed bytes that was read, in bytes."""


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


def check(
    index: Index, parts: Parts, tokens: Tokens, keys: Keys, *, progress: Progress
) -> Iterator[Trouble]:
    """Yield all that is wrong, in the order of keys, recordings, tokens, files."""
    try:
        holdings = {holding.id: holding for holding in index.list()}
    except Tampered as error:
        yield Trouble(Fault.ROTTEN, f"the index of recordings: {error}")
        return
    found = (
        *_keys(holdings, keys),
        *(t for h in holdings.values() for t in _recording(h, parts, keys, progress)),
        *_tokens(holdings, tokens, keys),
        *_files(holdings, parts),
    )
    yield from (trouble for trouble in found if _is_still(trouble, holdings, index))


def _is_still(trouble: Trouble, then: dict[RecordingId, Holding], index: Index) -> bool:
    if trouble.recording is None:
        return True
    try:
        return index.find(trouble.recording) == then.get(trouble.recording)
    except Missing:
        return trouble.recording not in then


def _keys(holdings: dict[RecordingId, Holding], keys: Keys) -> Iterator[Trouble]:
    there: set[KeyName] = set()
    for name in keys.names():
        there.add(name)
        yield from _key(name, holdings, keys)
    for holding in holdings.values():
        for name in _needed(holding):
            if name not in there:
                yield Trouble(Fault.LOST, f"the {name}", holding.id, name)
    if left := keys.left_over():
        yield Trouble(Fault.LEFT_OVER, f"{left} destroyed keys that are not overwritten")


def _key(name: KeyName, holdings: dict[RecordingId, Holding], keys: Keys) -> Iterator[Trouble]:
    whose = RecordingId(name.id.split("/")[0]) if name.purpose in ("arrival", "object") else None
    if whose and name not in _needed(holdings.get(whose)):
        yield Trouble(Fault.ORPHAN, f"the {name}", whose, name)
        return
    try:
        keys.prove(name, _above(name, holdings[whose]) if whose else None)
    except (Tampered, Missing):
        yield Trouble(Fault.ROTTEN, f"the {name}", whose, name)


def _above(name: KeyName, holding: Holding) -> PersonId | None:
    if name.purpose != "object":
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


def _recording(holding: Holding, parts: Parts, keys: Keys, progress: Progress) -> Iterator[Trouble]:
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


def _tokens(holdings: dict[RecordingId, Holding], tokens: Tokens, keys: Keys) -> Iterator[Trouble]:
    try:
        rotten = Counter(unsound(tokens, keys.tokens))
        strays = Counter(p.recording for p in tokens.every() if not _is_found(p, holdings))
    except Tampered as error:
        yield Trouble(Fault.ROTTEN, f"the index of tokens: {error}")
        return
    for recording, count in rotten.items():
        yield Trouble(Fault.ROTTEN, f"{count} tokens of {recording}", recording)
    for recording, count in strays.items():
        yield Trouble(Fault.ODD, f"{count} tokens of {recording}, which is not there", recording)


def _is_found(posting: Posting, holdings: dict[RecordingId, Holding]) -> bool:
    holding = holdings.get(posting.recording)
    return holding is not None and posting.channel in holding.readable


def _files(holdings: dict[RecordingId, Holding], parts: Parts) -> Iterator[Trouble]:
    strange = 0
    for resting in parts.resting():
        part = resting.part
        if part is None or _is_beside(resting, holdings):
            strange += 1
        elif not _is_wanted(part, holdings.get(part.recording), settled=resting.settled):
            yield Trouble(Fault.ORPHAN, f"a file of {part}", part.recording, part=part)
    if strange:
        yield Trouble(Fault.STRANGE, f"{strange} files that are not the vault's")


def _is_beside(resting: Resting, holdings: dict[RecordingId, Holding]) -> bool:
    """Tell whether a file lies beside a part that is wanted: to remove the one takes the other."""
    if resting.part is None or resting.settled:
        return False
    return _is_wanted(resting.part, holdings.get(resting.part.recording), settled=True)


def _is_wanted(part: Part, holding: Holding | None, *, settled: bool) -> bool:
    if holding is not None and holding.state is State.ARRIVING:
        return True  # It is being written, or a start after a crash undoes it.
    is_one = holding is not None and part.channel in holding.readable
    return settled and is_one and part.name in _spared(holding)


def _spared(holding: Holding | None) -> Collection[str]:
    """Return the names of the parts that a recording is to have in its state."""
    if holding is None or holding.state in (State.ERASED, State.UNDONE):
        return ()
    return holding.parts if holding.state in SETTLED else BEFORE
