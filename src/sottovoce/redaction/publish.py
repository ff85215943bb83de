"""Make the outputs of a recording: sound, words and the page to look at.

Rule: everything here is made of a masked sound and of redacted values, and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.report import render_report, report_of
from sottovoce.redaction.transcript import RedactedTranscript, as_json, as_text, as_vtt
from sottovoce.values.sound import Sound


class Outlet(Protocol):
    """Where the outputs of one recording go; nothing is seen of them before ``reveal``."""

    def put(self, role: str, data: bytes) -> str:
        """Write an output aside; return its SHA-256 in hex."""
        ...

    def put_sound(self, role: str, sound: Sound) -> str:
        """Write a sound aside as FLAC; return its SHA-256 in hex."""
        ...

    def discard(self) -> None:
        """Remove what was written and not revealed; safe to repeat."""
        ...


def publish(
    sound: MaskedSound,
    transcript: RedactedTranscript,
    statements: Sequence[tuple[str, str]],
    outlet: Outlet,
) -> Mapping[str, str]:
    """Write every output aside and return the SHA-256 of each by its role."""
    return {
        "redacted.flac": outlet.put_sound("redacted.flac", sound),
        "transcript.json": outlet.put("transcript.json", as_json(transcript)),
        "txt": outlet.put("txt", as_text(transcript)),
        "vtt": outlet.put("vtt", as_vtt(transcript)),
        "report.html": outlet.put(
            "report.html", render_report(report_of(sound, transcript, statements))
        ),
    }
