"""Sound redacted while it passes, with ears that understand tones: however it comes in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import ClassVar

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from toy_speech import CALL, RATE_HZ, SECRETS, ToyEar, ToyVoice, call, word_span

from sottovoce.detection.knowledge import rules_only, shipped, unknown
from sottovoce.detection.live import Judgement, LiveTalk
from sottovoce.redaction.live_sound import PassingSound
from sottovoce.redaction.profile import load_profile
from sottovoce.speech.recogniser import Heard
from sottovoce.steps.live import LONGEST_WORD_S, MARGIN_S, STEP_S, Emitted, LiveSound
from sottovoce.values.errors import Refused
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Span, Word

HOLD_BACK_S = 1.0
LATE = 400
"""Frames left out at first, so that words end where ``LateEar`` needs them to."""
SHORT = CALL[4:6]
SECRET_WORDS = ((CALL[1], 3, 4), (CALL[3], 4, 19), (CALL[5], 4, 6))
PROFILE = load_profile("gdpr-default")
Samples = NDArray[np.int16]


class Remembering:
    """Ears that hear the same sound only once in all tests; the answer depends on nothing else."""

    heard: ClassVar[dict[bytes, Heard]] = {}
    voices: ClassVar[dict[bytes, tuple[Span, ...]]] = {}
    weights = ToyVoice.weights

    def __init__(self) -> None:
        self._ear, self._voice = ToyEar("toy"), ToyVoice()

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        keys = [wave.tobytes() for wave in waves]
        for key, wave in zip(keys, waves, strict=True):
            if key not in self.heard:
                self.heard[key] = self._ear.hear([wave])[0]
        return [self.heard[key] for key in keys]

    def voiced(self, sound: Sound, channel: int) -> tuple[Span, ...]:
        key = bytes([channel]) + sound.read(channel, 0, sound.frames).tobytes()
        if key not in self.voices:
            self.voices[key] = self._voice.voiced(sound, channel)
        return self.voices[key]


class RememberingTalk(LiveTalk):
    """A talk that judges the same words after the same talk only once in all tests."""

    known: ClassVar[dict[object, Judgement]] = {}

    def judge(self, wanted: Iterable[Word]) -> Judgement:
        asked, talk = tuple(wanted), self._conversation
        said = tuple(tuple(segment) for segment in self._segments)
        before = tuple(talk.open.items()), frozenset(talk.names), tuple(talk.figures), talk.said
        key = (asked, said, before, tuple(talk.awaited.items()))
        if key not in self.known:
            self.known[key] = super().judge(asked)
        return self.known[key]


class LateEar(ToyEar):
    """Understands a word when the hold-back after its end was heard, and no sooner.

    By its clock a word ends a frame later than a hold-back before one of the positions of work.
    """

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        heard = zip(super().hear(waves), waves, strict=True)
        return [self._by_now(h, len(wave) / 16_000) for h, wave in heard]

    def _by_now(self, heard: Heard, now_s: float) -> Heard:
        late = [replace(word, end_s=word.end_s + 1 / RATE_HZ) for word in heard.words]
        over_s = now_s - HOLD_BACK_S + 1e-6
        return Heard(tuple(w if w.end_s <= over_s else replace(w, text="thank") for w in late))


class RememberingLate(Remembering):
    """The same of ears that understand late."""

    heard: ClassVar[dict[bytes, Heard]] = {}
    voices: ClassVar[dict[bytes, tuple[Span, ...]]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._ear = LateEar("toy")


class RememberingSound(LiveSound):
    """A stream that looks for keypad tones in the same sound only once in all tests."""

    typed: ClassVar[dict[object, list[list[Span]]]] = {}

    def _hide_typed(self) -> None:
        sound, before = self._sound, [len(lane.masks) for lane in self._lanes]
        kept = [sound.read(c, sound.first, sound.frames).tobytes() for c in range(sound.channels)]
        key = (self._out, sound.first, *kept)
        if key in self.typed:
            for lane, spans in zip(self._lanes, self.typed[key], strict=True):
                lane.masks += spans
            return
        super()._hide_typed()
        lanes = zip(self._lanes, before, strict=True)
        self.typed[key] = [lane.masks[count:] for lane, count in lanes]


def said_without_pause() -> tuple[Samples, NDArray[np.bool_]]:
    """Return a caller who gives a code and talks on, and which samples hold the code."""
    sentence = f"{CALL[5]} thank you the chairs arrive in"
    samples, spans = spoken((sentence,))
    span = word_span(spans, sentence, 4, 6)
    secret = np.zeros(samples.shape, bool)
    secret[span.channel, int(span.start_s * RATE_HZ) : int(span.end_s * RATE_HZ)] = True
    return samples[:, LATE:], secret[:, LATE:]


def understood_late(hold_back_s: float) -> LiveSound:
    ears = RememberingLate()
    return RememberingSound(
        PROFILE,
        RememberingTalk(shipped()),
        ears,  # type: ignore[arg-type]
        ears,  # type: ignore[arg-type]
        rate_hz=RATE_HZ,
        channels=2,
        hold_back_s=hold_back_s,
    )


def is_hidden(out: Samples, samples: Samples, secret: NDArray[np.bool_]) -> bool:
    """Tell whether no 10 ms of what is secret come out."""
    both = (wave[secret].reshape(-1, RATE_HZ // 100) for wave in (out, samples))
    return not np.equal(*both).all(axis=1).any()


def live(channels: int = 2, ears: object = None, hold_back_s: float = HOLD_BACK_S) -> LiveSound:
    ears = ears or Remembering()
    return LiveSound(
        PROFILE,
        RememberingTalk(shipped()),
        ears,  # type: ignore[arg-type]
        ears,  # type: ignore[arg-type]
        rate_hz=RATE_HZ,
        channels=channels,
        hold_back_s=hold_back_s,
    )


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not a secret


def spoken(sentences: Sequence[str] = CALL) -> tuple[Samples, dict[str, Span]]:
    samples, spans = call(sentences)
    return np.ascontiguousarray(samples.T), spans


def pieces(samples: Samples, rng: Random) -> Iterator[Samples]:
    at = 0
    while at < samples.shape[1]:
        size = rng.choice((1, 7, 160, 999, 4_800, 20_000))
        yield samples[:, at : at + size]
        at += size


def played(live: LiveSound, blocks: Iterable[Samples]) -> tuple[Samples, list[str]]:
    out: list[Emitted] = []
    for block in blocks:
        out += live.feed(block)
    out.append(live.finish())
    return np.concatenate([e.samples for e in out], axis=1), [x.text for e in out for x in e.lines]


def heard(samples: Samples) -> str:
    """Return the words that ears make out in each channel of what came out."""
    waves = [np.repeat(c.astype(np.float32) / 32768, 2) for c in samples]
    return " | ".join(" ".join(w.text for w in h.words) for h in ToyEar("toy").hear(waves))


def test_as_much_comes_out_as_goes_in_and_nothing_sensitive() -> None:
    samples, spans = spoken()
    out, lines = played(live(), [samples])

    assert out.shape == samples.shape
    for sentence, first, last in SECRET_WORDS:
        span = word_span(spans, sentence, first, last)
        at = slice(int(span.start_s * RATE_HZ), int(span.end_s * RATE_HZ))
        there = np.abs(np.fft.rfft(out[1, at].astype(float)))
        assert there.argmax() * RATE_HZ / (at.stop - at.start) == pytest.approx(1000, abs=5)
    assert not [secret for secret in SECRETS if secret in " ".join(lines)]
    assert "my name [NAME]" in lines  # the mask's margin takes a word


def test_ordinary_talk_comes_out_as_it_was() -> None:
    samples, spans = spoken()
    out, lines = played(live(), [samples])

    for sentence in (CALL[0], CALL[6], CALL[7]):
        span = spans[sentence]
        at = slice(int(span.start_s * RATE_HZ), int(span.end_s * RATE_HZ))
        assert (out[span.channel, at] == samples[span.channel, at]).all()
        assert sentence in lines


def test_no_chunking_changes_what_comes_out() -> None:
    samples, _ = spoken()
    whole, lines = played(live(), [samples])

    for seed in range(5):
        out, said = played(live(), pieces(samples, drawn(seed)))
        assert (out == whole).all()
        assert said == lines


@pytest.fixture
def one_resampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring the same samples to the ears' rate only once."""
    waves: dict[tuple[bytes, float, float], Wave] = {}
    resample = soxr.resample

    def remembered(wave: Wave, rate_hz: float, wanted_hz: float) -> Wave:
        key = (wave.tobytes(), rate_hz, wanted_hz)
        if key not in waves:
            waves[key] = resample(wave, rate_hz, wanted_hz)
        return waves[key]

    monkeypatch.setattr(soxr, "resample", remembered)


@pytest.mark.slow
@pytest.mark.usefixtures("one_resampling")
def test_over_ten_thousand_chunkings_no_emitted_sound_holds_a_finding() -> None:
    """The ears understand each word at the last moment; every block that goes out is compared."""
    samples, secret = said_without_pause()
    whole, _ = played(understood_late(HOLD_BACK_S), [samples])
    tones = whole[secret]

    assert is_hidden(whole, samples, secret)
    rng = drawn(9)
    for _ in range(10_000):
        size = rng.choice((rng.randint(200, 3_000), rng.randint(3_000, 40_000)))
        blocks = (samples[:, at : at + size] for at in range(0, samples.shape[1], size))
        out, said = played(understood_late(HOLD_BACK_S), blocks)
        assert (out[secret] == tones).all()
        assert not [s for s in SECRETS if s in " ".join(said)]


def test_a_hold_back_that_is_a_frame_shorter_would_let_a_finding_out() -> None:
    """So the test above can fail."""
    samples, secret = said_without_pause()
    out, _ = played(understood_late(HOLD_BACK_S - 1 / RATE_HZ), [samples])

    assert not is_hidden(out, samples, secret)


def test_no_sample_leaves_before_the_hold_back_or_long_after() -> None:
    samples, _ = spoken()
    redactor, done, sent = live(), 0, 0
    step = RATE_HZ // 10
    most = HOLD_BACK_S + STEP_S + MARGIN_S + LONGEST_WORD_S + 0.1
    for at in range(0, samples.shape[1] - step, step):
        for emitted in redactor.feed(samples[:, at : at + step]):
            sent += emitted.samples.shape[1]
        done += step

        assert sent <= max(0, done - HOLD_BACK_S * RATE_HZ)
        assert done - sent <= most * RATE_HZ + step


def test_voice_that_is_not_understood_is_hidden() -> None:
    at = np.arange(2 * RATE_HZ) / RATE_HZ
    strange = 8000 * np.sin(2 * np.pi * 300 * at)  # a tone that is no word
    samples = np.concatenate([np.zeros(RATE_HZ), strange, np.zeros(RATE_HZ)]).astype(np.int16)
    out, lines = played(live(1), [samples[None]])
    inside = slice(RATE_HZ + 800, 3 * RATE_HZ - 800)

    assert not (out[0, inside] == samples[inside]).all()
    assert abs(np.corrcoef(out[0, inside], samples[inside])[0, 1]) < 0.05
    assert lines == []


def test_speech_without_end_and_silence_without_end_are_held_in_bounds() -> None:
    samples, _ = spoken(("thank you the chairs arrive in five days " * 12,))
    silent = np.zeros((2, 30 * RATE_HZ), np.int16)
    redactor, kept = live(), []
    for block in (samples, silent, samples):
        for at in range(0, block.shape[1], 4_000):
            list(redactor.feed(block[:, at : at + 4_000]))
            kept.append(redactor._sound.frames - redactor._sound.first)
            lane = redactor._lanes[0]
            assert max(len(lane.words), len(lane.line), len(lane.masks)) < 120

    assert max(kept) < 12 * RATE_HZ


def test_after_an_error_nothing_more_goes_out() -> None:
    class Failing(Remembering):
        def hear(self, waves: Sequence[Wave]) -> list[Heard]:
            raise RuntimeError("broken")

    samples, _ = spoken()
    redactor = live(ears=Failing())
    with pytest.raises(RuntimeError):
        list(redactor.feed(samples))

    with pytest.raises(ValueError, match="over, or has failed"):
        list(redactor.feed(samples))
    with pytest.raises(ValueError, match="over, or has failed"):
        redactor.finish()


def test_text_that_is_likely_invented_is_no_evidence() -> None:
    class Inventing(Remembering):
        def hear(self, waves: Sequence[Wave]) -> list[Heard]:
            return [Heard(h.words, invented=True) for h in super().hear(waves)]

    samples, spans = spoken(CALL[6:])
    out, lines = played(live(ears=Inventing()), [samples])
    span = spans[CALL[6]]
    at = slice(int(span.start_s * RATE_HZ), int(span.end_s * RATE_HZ))

    assert lines == []
    assert abs(np.corrcoef(out[0, at], samples[0, at])[0, 1]) < 0.05


def test_a_language_that_is_not_known_is_refused_where_the_profile_says_so() -> None:
    with pytest.raises(Refused):
        LiveSound(
            PROFILE,
            LiveTalk(unknown("tlh")),
            Remembering(),  # type: ignore[arg-type]
            Remembering(),
            rate_hz=RATE_HZ,
            channels=1,
        )


@pytest.mark.parametrize("hold_back_s", [0.1, 10.5, float("nan")])
def test_a_hold_back_out_of_bounds_is_an_error(hold_back_s: float) -> None:
    with pytest.raises(ValueError, match="hold_back_s must be from"):
        live(hold_back_s=hold_back_s)


def test_an_empty_stream_gives_an_empty_answer() -> None:
    assert live().finish().samples.shape == (2, 0)


def test_a_block_of_another_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match="a block must be int16"):
        list(live().feed(np.zeros((1, 100), np.int16)))


def test_what_was_let_go_of_cannot_be_read() -> None:
    sound = PassingSound(RATE_HZ, 1)
    sound.write(np.arange(100, dtype=np.int16)[None])
    sound.forget(40)

    assert sound.read(0, 40, 50).tolist() == list(range(40, 50))
    with pytest.raises(ValueError, match="frames before 40 are gone"):
        sound.read(0, 39, 50)


def test_rules_alone_are_enough_to_be_live() -> None:
    samples, _ = spoken(SHORT)
    ears = Remembering()
    redactor = LiveSound(PROFILE, LiveTalk(rules_only()), ears, ears, rate_hz=RATE_HZ, channels=2)  # type: ignore[arg-type]
    out, _ = played(redactor, [samples])

    assert out.shape == samples.shape
