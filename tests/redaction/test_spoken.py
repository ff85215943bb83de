"""Stand-ins are said inside of what is hidden, in the form that fits, and nowhere else."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.fill import Fill, Silence, Tone
from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.spoken import LEVEL, PACES, spoken_over
from sottovoce.redaction.standins import StandIn
from sottovoce.values.finding import Finding
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

RATE = 8000
SECOND_A_WORD = 0.4


class ToySynthesiser:
    """Says a word in 0.4 s as noise, with 0.2 s of quiet at both ends; notes what it was asked."""

    name, digest, language = "toy", "0" * 64, "en"

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def say(self, text: str, *, pace: float, rate_hz: int, voice: int = 0) -> np.ndarray:
        self.asked.append((text, pace))
        length = round(len(text.split()) * SECOND_A_WORD / pace * rate_hz)
        noise = np.random.default_rng(len(text)).uniform(-1, 1, length)
        quiet = np.zeros(rate_hz // 5)
        return np.concatenate([quiet, noise, quiet]).astype(np.float32)


def finding(start_s: float, end_s: float, channel: int = 0) -> Finding:
    return Finding("per.name", start_s, end_s, channel, 0.9, ())


def heard(
    stands_for: dict[Finding, StandIn],
    spans: Sequence[Span],
    *,
    beneath: Fill | None = None,
    seconds: float = 10,
) -> tuple[ToySynthesiser, np.ndarray]:
    """Say stand-ins in silence, or over a fill; return what is heard on the first channel."""
    synthesiser = ToySynthesiser()
    frames = round(seconds * RATE)
    sound = SoundInMemory(RATE, (np.full(frames, 99, np.int16),) * 2)
    fill = spoken_over(
        beneath or Silence(), stands_for, spans, rate_hz=RATE, synthesiser=synthesiser
    )
    return synthesiser, MaskedSound(sound, spans, fill).read(0, 0, frames)


def voiced(samples: np.ndarray, start_s: float, end_s: float) -> tuple[float, float] | None:
    """Return where something is heard in a stretch, in seconds."""
    loud = np.flatnonzero(np.abs(samples[round(start_s * RATE) : round(end_s * RATE)]) > 5)
    return (start_s + loud[0] / RATE, start_s + loud[-1] / RATE) if len(loud) else None


def test_a_stand_in_is_said_in_the_middle_of_what_is_hidden() -> None:
    stands_for = {finding(2.2, 3.8): StandIn("Tavorra Oskorrow", ("Tavorra Oskorrow", "Tavorra"))}
    synthesiser, samples = heard(stands_for, [Span(2, 4, 0)])

    assert synthesiser.asked == [("Tavorra Oskorrow", 1.0)]
    assert voiced(samples, 2.01, 3.99) == pytest.approx((2.6, 3.4), abs=0.01)
    assert (samples[: 2 * RATE - 50] == 99).all()
    assert (samples[4 * RATE + 50 :] == 99).all()


@pytest.mark.parametrize(
    ("length_s", "asked"),
    [
        (0.9, ("one two", 1.0)),
        (0.75, ("one two", 1.25)),
        (0.47, ("one", 1.0)),
        (0.39, ("one", 1.25)),
    ],
)
def test_what_does_not_fit_is_said_faster_then_shorter(length_s: float, asked) -> None:
    stands_for = {finding(2, 2 + length_s): StandIn("one two", ("one two", "one"))}
    synthesiser, samples = heard(stands_for, [Span(2, 2 + length_s, 0)])

    assert synthesiser.asked[-1] == asked
    assert voiced(samples, 2.01, 2 + length_s - 0.01)


def test_what_never_fits_leaves_the_mask_as_it_is() -> None:
    stands_for = {finding(2, 2.3): StandIn("one two", ("one two", "one"))}
    synthesiser, samples = heard(stands_for, [Span(2, 2.3, 0)])
    _, plain = heard({}, [Span(2, 2.3, 0)])

    assert len(synthesiser.asked) == 2 * len(PACES)
    assert (samples == plain).all()


def test_two_stand_ins_in_one_span_are_said_one_after_the_other() -> None:
    stands_for = {
        finding(2.2, 3): StandIn("one", ("one",)),
        finding(3.5, 4): StandIn("two", ("two",)),
        finding(3.5, 4, channel=1): StandIn("three", ("three",)),
    }
    synthesiser, samples = heard(stands_for, [Span(2, 5, 0)])

    assert [text for text, _ in synthesiser.asked] == ["one", "two"]
    assert voiced(samples, 2.01, 3.5)
    assert voiced(samples, 3.51, 4.99)


def test_the_same_stand_in_sounds_the_same_each_time_and_is_made_once() -> None:
    stand_in = StandIn("one", ("one",))
    stands_for = {finding(2, 3): stand_in, finding(6, 7): stand_in}
    synthesiser, samples = heard(stands_for, [Span(2, 3, 0), Span(6, 7, 0)])

    assert synthesiser.asked == [("one", 1.0)]
    assert (samples[2 * RATE : 3 * RATE] == samples[6 * RATE : 7 * RATE]).all()


def test_beneath_a_stand_in_there_is_no_tone_and_elsewhere_there_is() -> None:
    stands_for = {finding(2, 4): StandIn("one", ("one",))}
    spans = [Span(2, 4, 0), Span(6, 7, 0)]
    _, samples = heard(stands_for, spans, beneath=Tone(RATE))

    assert voiced(samples, 2.01, 3.99) == pytest.approx((2.8, 3.2), abs=0.01)
    assert voiced(samples, 6.01, 6.99) == pytest.approx((6.01, 6.99), abs=0.01)


def test_a_stand_in_has_one_level_whoever_spoke() -> None:
    stands_for = {finding(2, 4): StandIn("one two three", ("one two three",))}
    _, samples = heard(stands_for, [Span(2, 4, 0)])
    start, end = (round(at * RATE) for at in voiced(samples, 2.01, 3.99))

    mean = np.sqrt(np.mean((samples[start:end] / 32768.0) ** 2))
    assert mean == pytest.approx(LEVEL, rel=0.1)


def test_what_has_no_words_to_be_said_stays_masked() -> None:
    stands_for = {finding(2, 4): StandIn("[X]", ())}
    synthesiser, samples = heard(stands_for, [Span(2, 4, 0)])

    assert synthesiser.asked == []
    assert not voiced(samples, 2.01, 3.99)


SPANS = st.lists(
    st.tuples(st.floats(0, 8), st.floats(0.01, 2), st.integers(0, 1)), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=60)
@given(SPANS, st.lists(st.integers(0, 80_000), min_size=1, max_size=5))
def test_outside_of_masks_nothing_changes_however_it_is_read(drawn, cuts) -> None:
    spans = [Span(a, min(10.0, a + b), c) for a, b, c in drawn]
    stands_for = {
        finding(s.start_s, s.end_s, s.channel): StandIn(f"n{i}", (f"one two {i}", f"n{i}"))
        for i, s in enumerate(spans)
    }
    fill = spoken_over(Silence(), stands_for, spans, rate_hz=RATE, synthesiser=ToySynthesiser())
    sound = SoundInMemory(RATE, (np.full(10 * RATE, 99, np.int16),) * 2)
    masked, silent = MaskedSound(sound, spans, fill), MaskedSound(sound, spans, Silence())
    whole, plain = masked.read(0, 0, 10 * RATE), silent.read(0, 0, 10 * RATE)
    edges = sorted({0, *cuts, 10 * RATE})
    parts = [masked.read(0, a, b) for a, b in itertools.pairwise(edges)]
    outside = np.ones(10 * RATE, bool)
    for span in spans:
        if span.channel == 0:
            outside[int(span.start_s * RATE) : int(span.end_s * RATE) + 2] = False

    assert (np.concatenate(parts) == whole).all()
    assert (whole[outside] == plain[outside]).all()
