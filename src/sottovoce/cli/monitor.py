"""Watch ledgers that are published: ``monitor FOLDER --log FILE --source PLACE``.

Rules:
1. It is a process of its own, with a memory of its own, and has nothing of any vault.
2. What it saw is remembered after each whole look, durably; a look that finds something wrong
   changes nothing of that, so that the next one finds it again.
3. Exit status: 0 as it should be, 1 tampered or unwitnessed, 3 silent or out of reach.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sottovoce.backends.file_parts import files_at_work, replace_file
from sottovoce.backends.witness_client import fetch
from sottovoce.cli.at_vault import Commands
from sottovoce.cli.cosign import expect_witnessed, read_quorum_file
from sottovoce.cli.main import shown
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.monitor import Sight, expect_grown, expect_one, look
from sottovoce.ledger.note import VerifierKey, read_vkeys
from sottovoce.ledger.quorum import Quorum
from sottovoce.ledger.tiles import MAX_TILE, ReadFile
from sottovoce.values.errors import SottovoceError, Tampered, Unavailable, Unfit

_MEMORY = "seen.json"
_MOST = 16 << 20


@dataclass(frozen=True, slots=True)
class Memory:
    """The last head of each place, and when the newest of them was first seen."""

    heads: Mapping[str, Head] = field(default_factory=dict)
    grown_at_s: int = 0

    @property
    def size(self) -> int:
        return max((head.size for head in self.heads.values()), default=-1)


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``monitor``; it sets ``run``, which returns the exit status."""
    purpose = "watch a published ledger: rollback, fork, split view, silence"
    parser = commands.add_parser("monitor", help=purpose, description=purpose.capitalize() + ".")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where it remembers")
    parser.add_argument(
        "--log", metavar="FILE", type=Path, required=True, help="the key of the ledger"
    )
    parser.add_argument(
        "--source",
        metavar="PLACE",
        action="append",
        required=True,
        help="a folder or URL where the ledger is exported; several are compared",
    )
    parser.add_argument(
        "--witnesses", metavar="FILE", type=Path, help="the witnesses that have to cosign"
    )
    parser.add_argument(
        "--silence", metavar="SECONDS", type=int, help="how long it may be without growing"
    )
    parser.add_argument("--every", metavar="SECONDS", type=int, help="look again and again")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look once, or again and again until something was tampered with."""
    if arguments.every is not None and arguments.every < 1:
        raise Unfit("--every is a number of seconds, 1 or more")
    while True:
        try:
            _once(arguments, clock=time.time)
        except Unavailable as error:
            if not arguments.every:
                raise
            print(f"error: {error}", file=sys.stderr, flush=True)
        if not arguments.every:
            return 0
        time.sleep(arguments.every)


def _once(arguments: argparse.Namespace, *, clock: Callable[[], float]) -> None:
    key = _key(arguments.log)
    quorum = read_quorum_file(arguments.witnesses) if arguments.witnesses else None
    with files_at_work():
        arguments.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    memory, now = _remembered(arguments.folder, key), int(clock())
    sights, failed = _seen(arguments.source, key, memory)
    expect_one(sights, memory.heads)
    heads = {**memory.heads, **{sight.place: sight.head for sight in sights}}
    grown = Memory(heads).size > memory.size
    after = Memory(heads, now if grown else memory.grown_at_s)
    if sights:
        _remember(arguments.folder, after)
    _tell(arguments, sights)
    _expect_all_witnessed(sights, quorum)
    if failed:
        raise Unavailable(f"{failed} of {len(arguments.source)} places show no ledger")
    if arguments.silence is not None and now - after.grown_at_s > arguments.silence:
        raise Unavailable(
            f"silence: no entry for {now - after.grown_at_s} s, at {after.size} entries",
            hint="see whether the service works, and whether what it exports arrives",
        )


def _seen(sources: list[str], key: VerifierKey, memory: Memory) -> tuple[list[Sight], int]:
    sights, failed = [], 0
    for place in sources:
        try:
            sight = look(place, _reader(place), key)
        except Unavailable as error:
            print(f"{shown(place)}: {error}", file=sys.stderr)
            failed += 1
            continue
        if last := memory.heads.get(place):
            expect_grown(sight, last)
        sights.append(sight)
    return sights, failed


def _expect_all_witnessed(sights: list[Sight], quorum: Quorum | None) -> None:
    for sight in sights if quorum else ():
        assert quorum  # noqa: S101 - said in the line above
        expect_witnessed(sight.head.note, sight.head, quorum)


def _reader(place: str) -> ReadFile:
    if place.startswith(("http://", "https://")):
        return lambda name: fetch(place, name, limit=MAX_TILE)
    return lambda name: _read(Path(place) / name)


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_TILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unavailable(f"it cannot be read ({error.strerror})") from error


def _tell(arguments: argparse.Namespace, sights: list[Sight]) -> None:
    for sight in sights:
        if arguments.json:
            print(json.dumps({"source": sight.place, "entries": sight.head.size}), flush=True)
        else:
            print(f"{shown(sight.place)}: {sight.head.size} entries, as they should be", flush=True)


def _remembered(folder: Path, key: VerifierKey) -> Memory:
    try:
        with (folder / _MEMORY).open("rb") as file:
            said = json.loads(file.read(_MOST))
        alone = replace(key, second=None)  # They may be from before there was a second key.
        heads = {str(at): open_head(note.encode(), alone) for at, note in said["heads"].items()}
        return Memory(heads, int(said["grown_at_s"]))
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SottovoceError) as error:
        raise Tampered(
            "what the monitor remembers was changed, or is of another ledger",
            hint="find out who changed it; a new folder begins anew, without a memory",
        ) from error


def _remember(folder: Path, memory: Memory) -> None:
    heads = {place: head.note.decode() for place, head in memory.heads.items()}
    said = {"heads": heads, "grown_at_s": memory.grown_at_s}
    replace_file(folder / _MEMORY, json.dumps(said).encode())


def _key(path: Path) -> VerifierKey:
    try:
        return read_vkeys(path.read_text(encoding="ascii").rstrip("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit("the ledger's key cannot be read") from error
