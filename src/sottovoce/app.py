"""What the platform offers, as one frozen value."""

from dataclasses import dataclass

from sottovoce.ledger.log import Log
from sottovoce.ledger.note import Signer
from sottovoce.values.event import Event, Fact
from sottovoce.values.ids import ActorId, RecordingId
from sottovoce.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class App:
    """A vault with its ledger, and who is at work."""

    vault: Vault
    log: Log
    signer: Signer
    actor: ActorId

    def event(self, kind: str, recording: RecordingId | None = None, **facts: Fact) -> Event:
        """Make an event of this actor that happens now."""
        return self.vault.event(kind, recording, **facts)

    def note(self, event: Event) -> int:
        """Write an event that changes no state and return its entry's index."""
        return self.vault.note(event)

    def close(self) -> None:
        """Let go of the vault."""
        self.vault.close()
