"""The strong voice is made of redacted words and their times, and of nothing else."""

import numpy as np
import pytest

from sottovoce.redaction.strong_voice import (
    FASTEST,
    LONGEST_S,
    Room,
    SpokenSound,
    lines,
    read_aloud,
)
from sottovoce.redaction.transcript import RedactedTranscript
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.values.ids import new_recording_id
from sottovoce.values.sound import SoundInMemory, Wave
from sottovoce.values.speech import Span

RATE_HZ = 8000


class Reader:
    """Says a tenth of a second a letter, each voice in a tone of its own; remembers all."""

    name, digest, language, voices = "toy", "0" * 64, "en", 2

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def say(self, text: str, *, pace: float, rate_hz: int, voice: int = 0) -> Wave:
        self.asked.append((text, voice))
        at = np.arange(round(len(text.replace(" ", "")) * 0.1 * rate_hz / pace))
        return np.where(at // (2 * (voice + 1)) % 2, 0.5, -0.5).astype(np.float32)


def word(start_s: float, end_s: float, text: str, *, masked: bool = False) -> RedactedWord:
    return RedactedWord(start_s, end_s, text, 0.9, masked)


def said(*words: RedactedWord, channel: int = 0) -> RedactedSegment:
    return RedactedSegment(words[0].start_s, words[-1].end_s, channel, words, False)


def shown(*segments: RedactedSegment, masked: tuple[Span, ...] = ()) -> RedactedTranscript:
    return RedactedTranscript(new_recording_id(), 10.0, 2, "en", segments, (), masked, passages=())


@pytest.fixture
def form() -> SoundInMemory:
    loud = np.full(10 * RATE_HZ, 30000, np.int16)
    return SoundInMemory(RATE_HZ, (loud, loud))


TALK = shown(
    said(word(1.0, 1.3, "hello"), word(1.3, 1.6, "there")),
    said(word(2.5, 2.8, "this"), word(2.8, 3.4, "[NAME]", masked=True), word(3.4, 3.8, "here")),
    said(word(5.0, 5.5, "answer"), channel=1),
    masked=(Span(2.8, 3.4, 0),),
)


def test_a_line_is_what_is_said_between_pauses_and_masks() -> None:
    assert [(li.start_s, li.channel, li.text) for li in lines(TALK)] == [
        (1.0, 0, "hello there"),
        (2.5, 0, "this"),
        (3.4, 0, "here"),
        (5.0, 1, "answer"),
    ]


def test_a_mask_parts_a_line_where_no_word_is_hidden() -> None:
    talk = shown(
        said(word(1.0, 1.3, "before"), word(1.6, 1.9, "after")), masked=(Span(1.35, 1.55, 0),)
    )

    assert [(li.start_s, li.text) for li in lines(talk)] == [(1.0, "before"), (1.6, "after")]


def test_who_does_not_pause_is_read_in_lines_all_the_same() -> None:
    words = [word(k / 10, (k + 1) / 10, "on") for k in range(600)]
    lengths = [line.end_s - line.start_s for line in lines(shown(said(*words)))]

    assert max(lengths) <= LONGEST_S
    assert len(lengths) == 5


def test_a_long_talk_is_read_as_it_is_asked_for() -> None:
    silence = SoundInMemory(RATE_HZ, (np.zeros(120 * RATE_HZ, np.int16),))
    talk = shown(*(said(word(k, k + 0.5, f"word{k}")) for k in range(120)))
    reader = Reader()
    sound = SpokenSound(silence, talk, reader)

    assert not reader.asked

    for at in range(0, sound.frames, 10 * RATE_HZ):
        sound.read(0, at, at + 10 * RATE_HZ)
        here = {text for text, _ in reader.asked}

        assert here <= {f"word{k}" for k in range(at // RATE_HZ + 10)}

    assert len(here) == 120


def test_nothing_of_the_original_and_no_hidden_word_is_read(form: SoundInMemory) -> None:
    reader = Reader()
    sound = SpokenSound(form, TALK, reader)
    heard = np.concatenate([sound.read(c, 0, sound.frames) for c in (0, 1)])

    assert np.abs(heard).max() < 4000
    assert not any("NAME" in text for text, _ in reader.asked)


def test_the_form_is_that_of_the_recording(form: SoundInMemory) -> None:
    sound = SpokenSound(form, TALK, Reader())

    assert (sound.rate_hz, sound.channels, sound.frames) == (RATE_HZ, 2, 10 * RATE_HZ)
    assert len(sound.read(0, 79_990, 90_000)) == 10


def test_lines_begin_when_they_began_and_end_before_the_next_and_before_masks(
    form: SoundInMemory,
) -> None:
    sound = SpokenSound(form, TALK, Reader())
    heard = sound.read(0, 0, sound.frames)
    loud = np.flatnonzero(heard) / RATE_HZ

    assert loud[0] == pytest.approx(1.0, abs=0.001)
    assert not heard[round(2.8 * RATE_HZ) : round(3.4 * RATE_HZ)].any()
    assert heard[round(3.5 * RATE_HZ)]


def test_each_channel_has_a_voice_of_its_own(form: SoundInMemory) -> None:
    reader = Reader()
    sound = SpokenSound(form, TALK, reader)

    assert sound.read(0, 0, sound.frames).any()
    assert sound.read(1, 0, sound.frames).any()
    assert dict(reader.asked)["answer"] == 1


def test_how_it_is_read_does_not_matter(form: SoundInMemory) -> None:
    sound = SpokenSound(form, TALK, Reader())
    whole = sound.read(0, 0, sound.frames)
    pieces = [sound.read(0, at, at + 777) for at in range(0, sound.frames, 777)]

    assert np.array_equal(np.concatenate(pieces), whole)


def test_words_that_come_out_of_order_and_on_top_of_one_another_are_read(
    form: SoundInMemory,
) -> None:
    odd = shown(
        said(word(3.0, 3.0, "zero"), word(2.0, 4.0, "wide")),
        said(word(3.9, 3.9, "late"), word(9.9, 10.4, "beyond")),
    )
    sound = SpokenSound(form, odd, Reader())

    assert len(sound.read(0, 0, sound.frames)) == sound.frames


def test_silence_gives_silence(form: SoundInMemory) -> None:
    sound = SpokenSound(form, shown(), Reader())

    assert not sound.read(0, 0, sound.frames).any()


@pytest.mark.parametrize(("wanted", "most"), [(4000, 4400), (8000, 9000), (16000, 20000), (1, 1)])
def test_a_reading_never_runs_past_its_room(wanted: int, most: int) -> None:
    read = read_aloud(
        "ten letters", Reader(), voice=0, rate_hz=RATE_HZ, room=Room(wanted=wanted, most=most)
    )

    assert len(read) <= most
    assert len(read) >= min(most, wanted / FASTEST)


def test_a_text_without_sound_is_read_as_nothing() -> None:
    read = read_aloud("", Reader(), voice=0, rate_hz=RATE_HZ, room=Room(800, 800))

    assert len(read) == 0
