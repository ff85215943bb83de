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
_PEM = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: where it listens, and its key."""

    url: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority: where it answers, and its root certificate, as PEM."""

    url: str
    root: str


@dataclass(frozen=True, slots=True)
class Quorum:
    """The witnesses, how many of them are enough, and who stamps the time, if anyone does."""

    witnesses: tuple[Witness, ...]
    least: int
    authority: Authority | None = None

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
    rows, least, time = (found.pop(name, None) for name in ("witness", "quorum", "time"))
    rows = [] if rows is None and time and least == 0 else rows
    if found or not isinstance(rows, list) or not (time or rows) or len(rows) > _MOST:
        raise Unfit(
            f"a file of witnesses has quorum, and 1 to {_MOST} tables [[witness]]",
            hint="with a table [time] and quorum = 0 it needs no witness",
        )
    witnesses = tuple(map(_witness, rows))
    keys = [one.key for one in witnesses]
    if min(len({key.public for key in keys}), len({key.name for key in keys})) < len(keys):
        raise Unfit("each witness needs a key and a name of its own")
    if type(least) is not int or not min(1, len(rows)) <= least <= len(witnesses):
        raise Unfit(f"quorum is a number from 1 to {len(witnesses)}, the number of witnesses")
    return Quorum(witnesses, least, _authority(time) if time is not None else None)


def _authority(time: object) -> Authority:
    if not isinstance(time, Mapping) or set(time) != {"url", "root"}:
        raise Unfit("[time] has url and root, and nothing else")
    url, root = time["url"], time["root"]
    if not isinstance(url, str) or not isinstance(root, str) or _PEM not in root:
        raise Unfit("url and root of [time] are texts, and root is a certificate as PEM")
    return Authority(url, root)


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
