"""Which witnesses there are, and how many make a head witnessed (docs/spec/ledger.md).

Rules:
1. Who a witness is, is its key; where it listens is only where it is asked.
2. A word that is not known is an error: it may be one that was to protect something.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from sottovoce.ledger.head import Head
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.witness import read_witness_vkey, witnessed_by
from sottovoce.values.errors import Unfit

MAX_QUORUM = 1 << 16
_MOST = 64
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: where it listens, and its key."""

    url: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Quorum:
    """The witnesses, and how many of them are enough."""

    witnesses: tuple[Witness, ...]
    least: int

    def of(self, note: bytes, head: Head) -> tuple[str, ...]:
        """Return who of them cosigned; raise Tampered for a false line in the name of one."""
        return witnessed_by(note, head, [one.key for one in self.witnesses])

    def in_words(self, names: tuple[str, ...]) -> str:
        """Say how many cosigned, and how many were needed."""
        count = f"{len(names)} of {len(self.witnesses)} witnesses cosigned it"
        return f"{count}, {self.least} needed"


def read_quorum(text: str) -> Quorum:
    """Read a file of witnesses, or raise Unfit with what is wrong in it."""
    found = _tables(text)
    rows, least = found.pop("witness", None), found.pop("quorum", None)
    if found or not isinstance(rows, list) or not 1 <= len(rows) <= _MOST:
        raise Unfit(f"a file of witnesses has quorum, and 1 to {_MOST} tables [[witness]]")
    witnesses = tuple(map(_witness, rows))
    keys = [one.key for one in witnesses]
    if min(len({key.public for key in keys}), len({key.name for key in keys})) < len(keys):
        raise Unfit("each witness needs a key and a name of its own")
    if type(least) is not int or not 1 <= least <= len(witnesses):
        raise Unfit(f"quorum is a number from 1 to {len(witnesses)}, the number of witnesses")
    return Quorum(witnesses, least)


def _tables(text: str) -> dict[str, object]:
    # What a key of many dots costs grows with their square: a line of 64 KiB took 4 GiB.
    if any(len(line) > _LONGEST for line in text.split("\n")):
        raise Unfit(f"a line of the file of witnesses has more than {_LONGEST} characters")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unfit(f"the file of witnesses is not TOML: {error}") from None
    except (ValueError, RecursionError):  # A number of many digits, tables in tables.
        raise Unfit("the file of witnesses is not TOML of our kind") from None


def _witness(row: object) -> Witness:
    if not isinstance(row, Mapping) or set(row) != {"url", "key"}:
        raise Unfit("a [[witness]] has url and key, and nothing else")
    url, key = row["url"], row["key"]
    if not isinstance(url, str) or not isinstance(key, str):
        raise Unfit("url and key of a [[witness]] are texts")
    return Witness(url, read_witness_vkey(key))
