"""Make the outputs of a recording: sound, words and the page to look at.

Rule: everything here is made of a masked sound and of redacted values, and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from sottovoce.redaction.encode import SoundForm
from sottovoce.redaction.marks import Mark, as_comment
from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.report import render_report, report_of
from sottovoce.redaction.transcript import RedactedTranscript, as_json, as_text, as_vtt
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Span


class Outlet(Protocol):
    """Where the outputs of one recording go; nothing is seen of them before ``reveal``."""

    def put(self, role: str, data: bytes) -> str:
        """Write an output aside; return its SHA-256 in hex."""
        ...

    def put_sound(
        self, role: str, sound: Sound, *, marks: Sequence[Mark] = (), comment: str = ""
    ) -> str:
        """Write a sound aside in the form its role ends in; return its SHA-256 in hex."""
        ...

    def discard(self) -> None:
        """Remove what was written and not revealed; safe to repeat."""
        ...


def publish(
    sound: MaskedSound,
    transcript: RedactedTranscript,
    statements: Sequence[tuple[str, str]],
    outlet: Outlet,
    *,
    form: SoundForm = SoundForm.FLAC,
) -> Mapping[str, str]:
    """Write every output aside and return the SHA-256 of each by its role."""
    role, marks = f"redacted.{form.value}", sound.marks
    masked = (Span(m.first / sound.rate_hz, m.last / sound.rate_hz, m.channel) for m in marks)
    fills = tuple(mark.fill for mark in marks)
    transcript = replace(transcript, masked=tuple(masked), fills=fills)
    return {
        role: outlet.put_sound(role, sound, marks=marks, comment=as_comment(sound)),
        "transcript.json": outlet.put("transcript.json", as_json(transcript)),
        "txt": outlet.put("txt", as_text(transcript)),
        "vtt": outlet.put("vtt", as_vtt(transcript)),
        "report.html": outlet.put(
            "report.html", render_report(report_of(sound, transcript, statements))
        ),
    }
