"""What only the second listener makes out is hidden, and burnt if it may not be kept."""

from collections.abc import Sequence
from dataclasses import replace

import toy_speech

from sottovoce.pipeline import redact
from sottovoce.redaction.profile import load_profile
from sottovoce.speech.recogniser import Heard
from sottovoce.speech.transcribe import Listeners
from sottovoce.values.finding import Action
from sottovoce.values.sound import SoundInMemory, Wave

CODE = "my security code is three oh five"


class HardOfNumbers(toy_speech.ToyEar):
    """Hears another word for every number."""

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        return [
            replace(
                heard,
                words=tuple(
                    replace(w, text="well") if w.text in {"three", "oh", "five"} else w
                    for w in heard.words
                ),
            )
            for heard in super().hear(waves)
        ]


def test_a_code_that_only_the_second_listener_hears_is_burnt() -> None:
    samples, spans = toy_speech.call()
    sound = SoundInMemory(toy_speech.RATE_HZ, (samples[:, 0].copy(), samples[:, 1].copy()))
    listeners = Listeners(
        toy_speech.ToyVoice(), HardOfNumbers("first"), toy_speech.ToyEar("second")
    )
    redacted = redact(sound, load_profile("pci"), listeners, lambda stage, done, total: None)
    code = toy_speech.word_span(spans, CODE, 4, 6)
    hidden = [m.span for m in redacted.masks if m.span.channel == code.channel]

    assert redacted.check.passed
    assert redacted.check.heard.get("fin.cvv")
    assert any(m.action is Action.BURN for m in redacted.masks)
    assert any(s.start_s <= code.start_s and code.end_s <= s.end_s for s in hidden)
