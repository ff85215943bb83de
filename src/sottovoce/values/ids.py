"""Random identifiers, never derived from content."""

import re
import secrets
from typing import NewType

from sottovoce.values.errors import Unfit

RecordingId = NewType("RecordingId", str)
PersonId = NewType("PersonId", str)
ActorId = NewType("ActorId", str)

_RECORDING = re.compile(r"rec_[0-9a-f]{20}")
_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def new_recording_id() -> RecordingId:
    """Draw a new recording id of 80 random bits."""
    return RecordingId(f"rec_{secrets.token_hex(10)}")


def new_person_id() -> PersonId:
    """Draw a new pseudonymous person id of 80 random bits."""
    return PersonId(f"per_{secrets.token_hex(10)}")


def recording_id(text: str) -> RecordingId:
    """Read a recording id, or raise Unfit."""
    if not _RECORDING.fullmatch(text):
        raise Unfit("a recording id is rec_ and 20 hexadecimal digits")
    return RecordingId(text)


def person_id(text: str) -> PersonId:
    """Read a pseudonymous person id, or raise Unfit."""
    if not _PERSON.fullmatch(text):
        raise Unfit(
            "a person id has 1 to 64 letters, digits, dots, dashes or underscores",
            hint="use a pseudonym, such as a customer number; never a name or an address",
        )
    return PersonId(text)
