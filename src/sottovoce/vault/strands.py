"""Several persons on one channel: a strand each, so that one can be erased (docs/spec/strands.md).

Rules:
1. A frame in one person's turn is in that person's strand alone.
2. A frame in the turns of several, or of nobody, belongs to all of them, or to all of the channel:
   each strand has a random share, and the frame is their sum. Without one of them it is noise.
3. A text that belongs to several is shared among them in the same way.
"""

import json
import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sottovoce.values.errors import Tampered
from sottovoce.vault.holding import Holding
from sottovoce.vault.sound import Block

TURNS = "turns"
WORDS = "words"
OWN = (WORDS, TURNS)
"""The texts of which each strand has its own; all others belong to all strands of a channel."""
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """When the person of a strand speaks, in frames."""

    start: int
    stop: int
    strand: int


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """A stretch of a channel, in frames, and whose it is: the strands, in order."""

    start: int
    stop: int
    owners: tuple[int, ...]


def stretches(turns: Iterable[Turn], holding: Holding) -> dict[int, tuple[Stretch, ...]]:
    """Divide each channel, from its first frame to its last, by whose it is."""
    of_channel: dict[int, list[Turn]] = {c: [] for c in range(holding.channels)}
    for turn in turns:
        of_channel[holding.strand_channels[turn.strand]].append(turn)
    return {
        channel: tuple(_divided(said, holding.strands_of(channel), holding.frames))
        for channel, said in of_channel.items()
    }


def _divided(turns: Sequence[Turn], everyone: tuple[int, ...], frames: int) -> Iterator[Stretch]:
    steps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for turn in turns:
        start, stop = max(0, turn.start), min(turn.stop, frames)
        if start < stop:
            steps[start].append((turn.strand, 1))
            steps[stop].append((turn.strand, -1))
    speaking, begun, owners = dict.fromkeys(everyone, 0), 0, everyone
    for place in sorted({*steps, frames}):
        for strand, step in steps.get(place, ()):
            speaking[strand] += step
        now = tuple(strand for strand in everyone if speaking[strand]) or everyone
        if now != owners or place == frames:
            if begun < place:
                yield Stretch(begun, place, owners)
            begun, owners = place, now


def split(
    blocks: Iterable[Block],
    holding: Holding,
    divided: Mapping[int, Sequence[Stretch]],
    *,
    random: Random = os.urandom,
) -> Iterator[Block]:
    """Make of blocks of channels blocks of strands, of shape (strands, frames)."""
    start = 0
    firsts = {channel: [s.start for s in said] for channel, said in divided.items()}
    for block in blocks:
        strands = np.zeros((len(holding.persons), block.shape[1]), dtype=np.int16)
        for channel, said in divided.items():
            for stretch in _within(said, firsts[channel], start, start + block.shape[1]):
                here = slice(stretch.start - start, stretch.stop - start)
                strands[list(stretch.owners), here] = _shares(
                    block[channel, here], len(stretch.owners), random
                )
        yield strands
        start += block.shape[1]


def _within(
    said: Sequence[Stretch], firsts: Sequence[int], start: int, stop: int
) -> Iterator[Stretch]:
    # They follow each other without a gap, so only those of the block need to be looked at.
    for number in range(max(0, bisect_right(firsts, start) - 1), bisect_right(firsts, stop - 1)):
        stretch = said[number]
        yield Stretch(max(start, stretch.start), min(stop, stretch.stop), stretch.owners)


def _shares(samples: Block, count: int, random: Random) -> Block:
    """Divide samples into random shares whose sum, modulo 2^16, they are."""
    drawn = np.frombuffer(random(2 * (count - 1) * samples.size), "<i2")
    shares = drawn.reshape(count - 1, samples.size).astype(np.int16)
    last = samples - shares.sum(axis=0, dtype=np.int16)
    return np.vstack([shares, last[np.newaxis]])


def divide(data: bytes, count: int, *, random: Random = os.urandom) -> list[bytes]:
    """Divide a text into shares of its length, all of which are needed."""
    shares = [random(len(data)) for _ in range(count - 1)]
    return [*shares, join([data, *shares])]


def join(shares: Sequence[bytes]) -> bytes:
    """Put a text together again, or raise Tampered where shares have not one length."""
    if len({len(share) for share in shares}) != 1:
        raise Tampered("the shares of a text do not belong together")
    whole = np.zeros(len(shares[0]), dtype=np.uint8)
    for share in shares:
        whole ^= np.frombuffer(share, dtype=np.uint8)
    return whole.tobytes()


def turns_texts(holding: Holding, divided: Mapping[int, Sequence[Stretch]]) -> list[bytes]:
    """Say for each strand where it is alone, and where it has a share and with whom."""
    return [
        _turns_text(strand, divided[channel])
        for strand, channel in enumerate(holding.strand_channels)
    ]


def _turns_text(strand: int, said: Sequence[Stretch]) -> bytes:
    mine = [stretch for stretch in said if strand in stretch.owners]
    rows = [[s.start, s.stop, [o for o in s.owners if o != strand]] for s in mine]
    return json.dumps({"version": 1, "turns": rows}, separators=(",", ":")).encode()


def read_turns(text: bytes) -> tuple[Stretch, ...]:
    """Read where a strand has something, and with whom it shares it; raise Tampered."""
    try:
        rows = json.loads(text)["turns"]
        return tuple(Stretch(int(a), int(b), tuple(map(int, others))) for a, b, others in rows)
    except (ValueError, KeyError, TypeError):
        raise Tampered("the turns of a strand have not their form") from None
