"""A part: one sealed stream of one recording, and the name that its seal is bound to."""

import re
from dataclasses import dataclass

from sottovoce.values.ids import RecordingId, recording_id

LOCAL = "local"
"""The tenant of an embedded vault, which has only one."""

ARRIVAL = "arrival"
JOB = "job"
AUDIO = "audio"

_NAME = re.compile(r"[a-z]{1,32}")


@dataclass(frozen=True, slots=True)
class Part:
    """Which stream it is; ``str`` of it is safe to show, since it holds ids only."""

    recording: RecordingId
    name: str
    channel: int
    tenant: str = LOCAL

    def __post_init__(self) -> None:
        recording_id(self.recording)
        if not _NAME.fullmatch(self.name) or not _NAME.fullmatch(self.tenant):
            raise ValueError("name and tenant of a part have 1 to 32 letters a to z")
        if self.channel < 0:
            raise ValueError("channel must be 0 or more")

    def __str__(self) -> str:
        return f"{self.stem} of {self.recording}"

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.channel}"

    @property
    def associated_data(self) -> bytes:
        """What the seal is bound to (docs/spec/seal.md)."""
        fields = ("sottovoce seal v1", self.tenant, self.recording, self.name, str(self.channel))
        return "\n".join(fields).encode()
