"""What is ordered, what the work is done with, and how it is followed."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.intake.bounds import Limits
from sottovoce.ledger.log import Log
from sottovoce.ledger.note import Signer
from sottovoce.redaction.certificate import Extent
from sottovoce.redaction.light_voice import Bender
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.style import Style
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.speech.transcribe import Listeners
from sottovoce.steps.indexing import Indexed
from sottovoce.steps.turns import Spoken
from sottovoce.values.ids import ActorId, PersonId
from sottovoce.vault.vault import Vault


class Stage(Enum):
    """Where a recording is on its way, for showing progress."""

    TAKE = "taking in"
    LISTEN = "listening"
    REDACT = "redacting"
    REHEAR = "hearing again"
    KEEP = "sealing"


class Progress(Protocol):
    """Is told how far a stage is, in seconds of the recording; total 0 when not known."""

    def __call__(self, stage: Stage, done_s: float, total_s: float) -> None: ...


class Pseudonyms(Enum):
    """Where a stand-in stays the same: in its recording, or in all of a tenant's recordings."""

    RECORDING = "recording"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Order:
    """What someone asks to be done with one input."""

    input: Path = field(repr=False)
    out: Path = field(repr=False)
    profile: Profile
    purpose: str
    persons: tuple[PersonId, ...] = ()
    pseudonyms: Pseudonyms = Pseudonyms.RECORDING
    extent: Extent = Extent.DEFAULT
    style: Style = field(default_factory=Style)
    indexed: Indexed = Indexed.ALL
    turns: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the work is done with."""

    vault: Vault
    log: Log
    signer: Signer
    listeners: Listeners
    limits: Limits
    actor: ActorId
    knowledge: Knowledge = field(default_factory=shipped)
    synthesiser: Synthesiser | None = None
    bender: Bender | None = None
