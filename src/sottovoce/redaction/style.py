"""How what is hidden sounds and looks: chosen once for an order, said in its account."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sottovoce.redaction.encode import SoundForm
from sottovoce.redaction.fill import Fill, Silence, Tone
from sottovoce.redaction.lengths import Lengths
from sottovoce.redaction.room import room_of
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Span


class Filling(Enum):
    """What is heard in a mask."""

    TONE = "tone"
    SILENCE = "silence"
    ROOM = "room"


class Voicing(Enum):
    """Whose voice is heard outside of masks (docs/voices.md)."""

    AS_IS = "as-is"
    LIGHT = "light"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Style:
    """What is heard in a mask, the form of the sound, how long masks are, whose voice it is.

    ``speak`` is whether stand-ins are said.
    """

    mask: Filling = Filling.TONE
    sound: SoundForm = SoundForm.FLAC
    lengths: Lengths = Lengths.QUANTISED
    voice: Voicing = Voicing.AS_IS
    speak: bool = False


def fill_of(style: Style, sound: Sound, *, voiced: Iterable[Span], hidden: Iterable[Span]) -> Fill:
    """Make the fill that a style asks for; room tone reads the sound once."""
    if style.mask is Filling.SILENCE:
        return Silence()
    if style.mask is Filling.ROOM:
        return room_of(sound, voiced=voiced, hidden=hidden)
    return Tone(sound.rate_hz)
