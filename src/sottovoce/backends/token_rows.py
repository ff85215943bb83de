"""A posting as a row of a database, whichever it is."""

from sottovoce.values.errors import Tampered, Unfit
from sottovoce.values.ids import recording_id
from sottovoce.vault.tokens import Posting, Purpose

COLUMNS = "label, purpose, recording, channel, back"
ASTRAY = (
    "NOT EXISTS (SELECT 1 FROM channel WHERE channel.recording = token.recording"
    " AND channel.channel = token.channel AND channel.person <> '')"
)
AT_ONCE = 500
"""So many rows are asked for at once."""


def posting_of(row: tuple[object, ...]) -> Posting:
    """Read a posting from its columns, or raise Tampered."""
    label, purpose, recording, channel, back = row
    if not (isinstance(label, bytes) and isinstance(channel, int) and isinstance(back, bytes)):
        raise _damaged()
    try:
        return Posting(label, Purpose(purpose), recording_id(str(recording)), channel, back)
    except (ValueError, Unfit):
        raise _damaged() from None


def _damaged() -> Tampered:
    return Tampered(
        "a token of the vault's index is damaged",
        hint="stop, and restore the vault from a backup",
    )
