"""The log as static files, as in C2SP tlog-tiles: paths, tiles, entry bundles."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from sottovoce.ledger.audit import Checked, audit
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.log import Log
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.tree import HASH, Growing, Node, leaf_hash, root_of
from sottovoce.values.errors import Tampered, Unfit

WIDTH = 256
CHECKPOINT = "checkpoint"
KEY_FILE = "ledger.vkey"
SECOND_FILE = "ledger.mldsa65.vkey"
MAX_TILE = WIDTH * (2 + 65535)
_LEVEL_BITS = 8
_FEW_TILES = 64

ReadFile = Callable[[str], bytes | None]
"""Give the bytes at a path within the tree, None where there is no file."""


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Return the path of a tile, or of an entry bundle for the level ``entries``."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries one after another, each after its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(bundle: bytes) -> tuple[bytes, ...]:
    """Return the entries of a bundle or raise Unfit."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle) and len(entries) <= WIDTH:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        entries.append(bundle[start:at])
    if at != len(bundle) or len(entries) > WIDTH:
        raise Unfit(f"the entry bundle is not one of at most {WIDTH} entries")
    return tuple(entries)


def export_tree(log: Log) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the tree as path and bytes, the checkpoint last.

    Raises Tampered, before the checkpoint, when the entries do not make the log's head.
    """
    head = log.head()
    tiles, growing = _Tiles(), Growing()
    entries = log.entries(0, head.size)
    for index in range(-(-head.size // WIDTH)):
        bundle = tuple(islice(entries, WIDTH))
        yield tile_path("entries", index, len(bundle)), encode_bundle(bundle)
        for leaf in map(leaf_hash, bundle):
            growing.add(leaf)
            yield from tiles.add(0, leaf)
    yield from tiles.partial()
    if (growing.size, growing.root()) != (head.size, head.root):
        raise Tampered("the entries do not make the signed head", hint="run sottovoce verify")
    yield CHECKPOINT, head.note


def check_tree(read: ReadFile, key: VerifierKey, *, older: Sequence[Head] = ()) -> Checked:
    """Check an exported tree whole, or raise Tampered; Unfit when it has no checkpoint."""
    note = read(CHECKPOINT)
    if note is None:
        raise Unfit("there is no checkpoint, so this is not an exported ledger")
    head = open_head(note, key)
    return audit(_entries(read, head.size), head, stored=_stored(read, head.size), older=older)


class _Tiles:
    """The rightmost tile of each level while a tree is written."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, list[bytes]]] = []

    def add(self, level: int, hash_: bytes) -> Iterator[tuple[str, bytes]]:
        if level == len(self._levels):
            self._levels.append((0, []))
        index, hashes = self._levels[level]
        hashes.append(hash_)
        if len(hashes) == WIDTH:
            yield tile_path(level, index), b"".join(hashes)
            self._levels[level] = (index + 1, [])
            yield from self.add(level + 1, root_of(hashes))

    def partial(self) -> Iterator[tuple[str, bytes]]:
        for level, (index, hashes) in enumerate(self._levels):
            if hashes:
                yield tile_path(level, index, len(hashes)), b"".join(hashes)


def _width(count: int, index: int) -> int:
    return min(WIDTH, count - index * WIDTH)


def _entries(read: ReadFile, size: int) -> Iterator[bytes]:
    for index in range(-(-size // WIDTH)):
        width = _width(size, index)
        path = tile_path("entries", index, width)
        bundle = read(path)
        if bundle is None:
            raise Tampered(f"{path} is missing")
        yield from _decoded(bundle, index, width)


def _decoded(bundle: bytes, index: int, width: int) -> tuple[bytes, ...]:
    first = index * WIDTH
    try:
        entries = decode_bundle(bundle)
    except Unfit:
        raise Tampered(f"the bundle of entries from {first} is damaged") from None
    if len(entries) != width:
        raise Tampered(f"the bundle from entry {first} has {len(entries)} entries, not {width}")
    return entries


def _stored(read: ReadFile, size: int) -> Callable[[int, int], bytes | None]:
    newest: dict[int, tuple[int, bytes]] = {}

    def stored(level: int, position: int) -> bytes | None:
        if level % _LEVEL_BITS:
            return None
        index, place = divmod(position, WIDTH)
        if newest.get(level, (-1, b""))[0] != index:
            count = size >> level
            newest[level] = index, _tile(read, level // _LEVEL_BITS, index, _width(count, index))
        return newest[level][1][place * HASH : place * HASH + HASH]

    return stored


def tree_nodes(read: ReadFile, size: int) -> Node:
    """Give the complete nodes of an exported tree of ``size`` entries, each read from its tile.

    Raises Tampered where a tile is missing or has another length.
    """

    @lru_cache(maxsize=_FEW_TILES)
    def tile(level: int, index: int) -> bytes:
        return _tile(read, level, index, _width(size >> level * _LEVEL_BITS, index))

    def node(level: int, position: int) -> bytes:
        floor, rest = divmod(level, _LEVEL_BITS)
        index, place = divmod(position << rest, WIDTH)
        hashes = tile(floor, index)[place * HASH : (place + (1 << rest)) * HASH]
        return root_of(hashes[at : at + HASH] for at in range(0, len(hashes), HASH))

    return node


def _tile(read: ReadFile, level: int, index: int, width: int) -> bytes:
    path = tile_path(level, index, width)
    tile = read(path)
    if tile is None:
        raise Tampered(f"{path} is missing")
    if len(tile) != width * HASH:
        raise Tampered(f"{path} has {len(tile)} bytes, not {width * HASH}")
    return tile
