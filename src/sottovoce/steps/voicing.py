"""Change the voices of what is published, where an order asks for it."""

from sottovoce.redaction.light_voice import Bender, BentSound, drawn_bend
from sottovoce.redaction.mask import silenced
from sottovoce.redaction.strong_voice import SpokenSound
from sottovoce.redaction.style import Voicing
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.redaction.transcript import RedactedTranscript
from sottovoce.values.sound import Sound


def voiced(
    sound: Sound,
    shown: RedactedTranscript,
    voicing: Voicing,
    *,
    synthesiser: Synthesiser | None,
    bender: Bender | None,
) -> Sound:
    """Return the sound that masks are put over; of the original only where the voices stay.

    Raises ValueError when what the voicing needs was not loaded.
    """
    if voicing is Voicing.AS_IS:
        return sound
    if voicing is Voicing.STRONG:
        if synthesiser is None:
            raise ValueError("synthesiser must be given for the strong voice")
        return SpokenSound(sound, shown, synthesiser)
    if bender is None:
        raise ValueError("bender must be given for the light voice")
    # Silenced first: to bend a voice smears it by some milliseconds.
    bends = tuple(drawn_bend() for _ in range(sound.channels))
    return BentSound(silenced(sound, shown.masked), bender, bends)
