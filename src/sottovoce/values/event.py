"""Something that happened, in terms that give no one away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sottovoce.values.ids import ActorId, RecordingId

Fact = str | int | bool | Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, when, by whom, to which recording.

    ``kind`` is a dotted past-tense name such as ``recording.admitted``. ``facts`` hold ids, kinds,
    counts, digests of ciphertext and keyed hashes; never content and never an unkeyed hash of it.
    ``at`` is aware UTC.
    """

    kind: str
    at: datetime
    actor: ActorId
    recording: RecordingId | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
