"""Ask the ledger who did what, to which recording, when; each answer is proved.

Rules:
1. What is asked by is in the entry's own bytes (``traits``): an index holds nothing else and can be
   made anew from them.
2. Each answer is an entry with its proof, which is verified under the signed head before it is
   given. That none was left out is what ``Index.check_index`` and ``Log.check`` find together.
3. Answers come in the order of their times, those of one time in the order of the log; without any
   condition they come in the order of the log.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sottovoce.ledger.head import Head
from sottovoce.ledger.tree import InclusionProof, leaf_hash, verify_inclusion

LATEST = "~"
"""Greater than every time that an entry can have."""
REFUSED = ".refused"
"""How the name of a kind ends that tells of a refusal."""


class Traits(NamedTuple):
    """What an entry can be found by; empty and None where its bytes do not say."""

    at: str = ""
    kind: str = ""
    actor: str = ""
    recording: str | None = None
    person: str | None = None
    refused: bool = False


_ENTRY = re.compile(
    rb'\{"actor":"(?P<actor>[^"]*)","at":"(?P<at>[^"]{24})","facts":\{.*\},"kind":"(?P<kind>[a-z0-9_.]'
    rb'{1,40})"(?:,"recording":"(?P<recording>[^"]{24})")?,"v":1\}',
    re.DOTALL,
)
_PERSON = re.compile(rb'"person":"(.{64})', re.DOTALL)
_REASON = b'"reason":"refused"'


def traits(entry: bytes) -> Traits:
    """Read what an entry can be found by, also where its kind is not known to this version.

    Nothing is read of what is not shaped as an entry of version 1.
    """
    shape = _ENTRY.fullmatch(entry)
    if not shape:
        return Traits()
    at, kind, actor, recording = (
        found.decode("ascii", "replace") if (found := shape[name]) is not None else None
        for name in ("at", "kind", "actor", "recording")
    )
    person = _PERSON.search(entry)
    is_refusal = (kind or "").endswith(REFUSED) or _REASON in entry
    whose = person[1].decode("ascii", "replace") if person else None
    return Traits(at or "", kind or "", actor or "", recording, whose, is_refusal)


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are asked for: those that meet every condition that is given.

    ``recordings`` and ``person`` (as entries name persons: a keyed hash) are one condition: what is
    about any of them. ``since`` is the first time and ``until`` the first that is too late, both as
    entries write times.
    """

    kinds: tuple[str, ...] = ()
    actor: str | None = None
    recordings: tuple[str, ...] = ()
    person: str | None = None
    since: str = ""
    until: str = LATEST
    refused: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether everything is asked for."""
        return self == Question()

    def is_met_by(self, found: Traits) -> bool:
        """Tell whether an entry is asked for."""
        return (
            (not self.kinds or found.kind in self.kinds)
            and self.actor in (None, found.actor)
            and self._is_about(found)
            and self.since <= found.at < self.until
            and (found.refused or not self.refused)
        )

    def _is_about(self, found: Traits) -> bool:
        if not self.recordings and self.person is None:
            return True
        return found.recording in self.recordings or found.person == (self.person or "")


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with the proof that it is in the log."""

    index: int
    entry: bytes
    proof: InclusionProof


class Index(Protocol):
    """Entries found by what is in them, and the head that they are proved under."""

    def head(self) -> Head:
        """Return the newest head, checked against our key."""
        ...

    def find(self, question: Question, *, size: int, after: int | None = None) -> Iterator[Found]:
        """Yield the entries asked for among the first ``size``, proved in the tree of those.

        In their order, those that come after the entry ``after`` where it is given. Raises Missing
        when there is no such entry.
        """
        ...

    def check_index(self) -> int:
        """Compare the index with all entries; raise Tampered where it hides or changes one.

        Returns how many entries it was compared with.
        """
        ...


def answers(log: Index, question: Question, *, after: int | None = None) -> Iterator[Found]:
    """Yield the entries asked for, each verified under the log's head; raise Tampered."""
    head = log.head()
    for found in log.find(question, size=head.size, after=after):
        verify_inclusion(found.proof, leaf_hash(found.entry), head.root)
        yield found
