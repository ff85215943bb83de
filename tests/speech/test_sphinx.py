import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sottovoce.speech.models import sphinx
from sottovoce.speech.sphinx import Sphinx, phones
from sottovoce.speech.voice import as_wave
from sottovoce.values.sound import SoundInMemory, Wave

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH = json.loads((SAMPLES / "support-call.truth.json").read_text())


@pytest.fixture(scope="module")
def aligner() -> Sphinx:
    return Sphinx(sphinx())


@pytest.fixture(scope="module")
def card() -> tuple[Wave, list[dict]]:
    """Return the wave of the card number with half a second around it, and its words."""
    span = next(s for s in TRUTH["spans"] if s["kind"] == "fin.pan")
    samples, rate_hz = soundfile.read(SAMPLES / "support-call.flac", dtype="int16", always_2d=True)
    sound = SoundInMemory(rate_hz, tuple(np.ascontiguousarray(c) for c in samples.T))
    start = TRUTH["words"][span["words"][0]]["start_s"]
    end = TRUTH["words"][span["words"][-1]]["end_s"]
    words = [
        {**w, "start_s": w["start_s"] - start + 0.2, "end_s": w["end_s"] - start + 0.2}
        for w in (TRUTH["words"][i] for i in span["words"])
    ]
    return as_wave(sound, span["channel"], start - 0.2, end + 0.2), words


def test_digits_are_placed_within_a_tenth_of_a_second(aligner, card) -> None:
    wave, words = card
    placed = aligner.align(wave, [word["text"] for word in words])

    assert len(placed) == len(words) > 10
    for (start, end), word in zip(placed, words, strict=True):
        assert start == pytest.approx(word["start_s"], abs=0.13)
        assert end == pytest.approx(word["end_s"], abs=0.13)


def test_the_same_wave_gives_the_same_times(aligner, card) -> None:
    wave, words = card
    texts = [word["text"] for word in words]

    assert aligner.align(wave, texts) == aligner.align(wave, texts)


def test_a_word_of_no_dictionary_is_placed_too(aligner, card) -> None:
    wave, words = card
    texts = [word["text"] for word in words]
    texts[3] = "Quindelbrax's"
    placed = aligner.align(wave, texts)

    assert len(placed) == len(texts)
    assert placed[0][0] == pytest.approx(words[0]["start_s"], abs=0.15)


def test_parts_with_hyphens_are_one_word(aligner, card) -> None:
    wave, words = card
    texts = [word["text"] for word in words]
    joined = ["-".join(re.sub(r"\W", "", text) for text in texts[:3]), *texts[3:]]
    apart, together = aligner.align(wave, texts), aligner.align(wave, joined)

    assert together[0] == (apart[0][0], apart[2][1])
    assert together[1:] == apart[3:]


@pytest.mark.parametrize("word", ["4131", "one2", "四", "...", "", "x" * 41])
def test_what_cannot_be_said_places_no_text(aligner, card, word: str) -> None:
    assert aligner.align(card[0], ["four", word, "one"]) == ()


@pytest.mark.parametrize("words", [[], ["four"]])
@pytest.mark.parametrize("frames", [0, 1, 1000])
def test_almost_no_wave_or_no_words_place_nothing(aligner, frames: int, words: list[str]) -> None:
    assert aligner.align(np.zeros(frames, np.float32), words) == ()


def test_a_text_too_long_for_its_wave_is_not_placed(aligner, card) -> None:
    assert aligner.align(card[0][:3200], ["seven"] * 40) == ()


@pytest.mark.parametrize(
    ("letters", "said"),
    [("shaw", "SH AO"), ("anna", "AE N AE"), ("phelps", "F EH L P S"), ("", "")],
)
def test_a_word_is_spelt_out_by_its_letters(letters: str, said: str) -> None:
    assert phones(letters) == said


def test_every_letter_can_be_said() -> None:
    assert len(phones("abcdefghijklmnopqrstuvwxyz").split()) >= 26


def test_what_is_placed_is_not_in_its_looks(aligner) -> None:
    assert "four" not in repr(aligner)
