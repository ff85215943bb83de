from itertools import pairwise
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.fill import LEVEL, Tone
from sottovoce.redaction.mask import (
    FADE_S,
    Mask,
    MaskedSound,
    merge,
    plan_masks,
    silenced,
)
from sottovoce.redaction.profile import load_profile
from sottovoce.values.finding import Action, Finding
from sottovoce.values.kinds import KINDS
from sottovoce.values.sound import SoundInMemory, blocks
from sottovoce.values.speech import Span

RATE_HZ = 8000
MARGIN_S = 0.1
TIME = st.floats(0, 3)


def noise(
    frames: int = 3 * RATE_HZ, *, channels: int = 1, rate_hz: int = RATE_HZ, seed: int = 0
) -> SoundInMemory:
    """Noise without a single zero, so that no sample of it can stand for silence."""
    draw = np.random.default_rng(seed)
    samples = draw.integers(1, 32768, (channels, frames)) * draw.choice([-1, 1], (channels, frames))
    return SoundInMemory(rate_hz, tuple(samples.astype(np.int16)))


def whole(sound) -> np.ndarray:
    return np.stack([sound.read(c, 0, sound.frames) for c in range(sound.channels)])


def hidden_frames(spans, frames: int, rate_hz: int, channel: int, *, reach: int = 0) -> np.ndarray:
    """Say frame by frame what some spans hide, the slow and plain way."""
    is_hidden = np.zeros(frames, bool)
    for span in spans:
        if span.channel == channel:
            first, last = floor(span.start_s * rate_hz), ceil(span.end_s * rate_hz)
            first, last = min(first, frames - 1), max(last, first + 1)
            is_hidden[max(0, first - reach) : last + reach] = True
    return is_hidden


def span_of(times: tuple[float, float], channel: int) -> Span:
    return Span(min(times), max(times), channel)


_ANY_TIME = st.one_of(st.floats(-1, 5), st.floats())
SPANS = st.lists(st.builds(span_of, st.tuples(TIME, TIME), st.integers(0, 1)), max_size=8)
FINDINGS = st.lists(
    st.builds(
        lambda span, kind: Finding(kind, span.start_s, span.end_s, span.channel, 0.5, ()),
        st.one_of(
            st.builds(span_of, st.tuples(TIME, TIME), st.integers(0, 1)),
            st.builds(lambda at, channel: Span(at, at, channel), TIME, st.integers(0, 1)),
        ),
        st.sampled_from(sorted(KINDS)),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(FINDINGS, st.sampled_from(["gdpr-default", "pci", "hipaa"]))
def test_every_frame_of_every_finding_and_its_margin_is_replaced(findings, name: str) -> None:
    profile = load_profile(name)
    masks = plan_masks(findings, profile, margin_s=MARGIN_S, duration_s=3.0, channels=2)
    one, other = noise(channels=2, seed=1), noise(channels=2, seed=2)
    masked = [whole(MaskedSound(s, [m.span for m in masks])) for s in (one, other)]
    meant = [
        Span(max(0.0, f.start_s - MARGIN_S), f.end_s + MARGIN_S, f.channel)
        for f in findings
        if profile.action(f.kind) is not Action.KEEP
    ]

    for channel in (0, 1):
        is_hidden = hidden_frames(meant, one.frames, RATE_HZ, channel)
        assert np.array_equal(masked[0][channel][is_hidden], masked[1][channel][is_hidden])
        assert np.all(np.abs(masked[0][channel][is_hidden]) <= LEVEL * 32767 + 1)


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_a_mask_is_a_function_of_the_spans_alone(spans) -> None:
    one, other = (whole(MaskedSound(noise(channels=2, seed=s), spans)) for s in (1, 2))

    for channel in (0, 1):
        is_hidden = hidden_frames(spans, one.shape[1], RATE_HZ, channel)
        assert np.array_equal(one[channel][is_hidden], other[channel][is_hidden])


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_silence_is_all_that_is_left_where_a_sound_is_silenced(spans) -> None:
    quiet = whole(silenced(noise(channels=2), spans))

    for channel in (0, 1):
        is_hidden = hidden_frames(spans, quiet.shape[1], RATE_HZ, channel)
        assert not quiet[channel][is_hidden].any()


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_what_no_mask_is_near_stays_bit_for_bit(spans) -> None:
    sound = noise(channels=2)
    masked = whole(MaskedSound(sound, spans))

    for channel in (0, 1):
        fade = round(FADE_S * RATE_HZ)
        is_near = hidden_frames(spans, sound.frames, RATE_HZ, channel, reach=fade)
        assert np.array_equal(masked[channel][~is_near], sound.samples[channel][~is_near])


@settings(max_examples=60, deadline=None)
@given(SPANS, st.lists(st.integers(0, 3 * RATE_HZ), max_size=12), st.floats(0, 1))
def test_how_the_sound_is_read_does_not_matter(spans, cuts: list[int], level: float) -> None:
    masked = MaskedSound(noise(channels=2), spans, Tone(RATE_HZ, level))
    at = sorted({0, masked.frames, *cuts})
    pieces = [masked.read(1, a, b) for a, b in pairwise(at)]

    assert np.array_equal(np.concatenate(pieces), whole(masked)[1])


def test_frame_by_frame_gives_the_same_as_at_once() -> None:
    spans = [Span(0.01, 0.02, 0), Span(0.021, 0.03, 0), Span(0.0349, 0.035, 0)]
    masked = MaskedSound(noise(400), spans)
    single = [masked.read(0, i, i + 1) for i in range(400)]

    assert np.array_equal(np.concatenate(single), whole(masked)[0])


@settings(max_examples=40, deadline=None)
@given(
    SPANS, st.sampled_from([8000, 11_025, 44_100, 48_000, 192_000]), st.sampled_from([1, 2, 3, 8])
)
def test_rate_channels_and_length_stay(spans, rate_hz: int, channels: int) -> None:
    sound = noise(3 * rate_hz + 1, channels=channels, rate_hz=rate_hz)
    masked = MaskedSound(sound, [s for s in spans if s.channel < channels])

    assert (masked.rate_hz, masked.channels, masked.frames) == (
        rate_hz,
        channels,
        3 * rate_hz + 1,
    )
    assert sum(block.shape[1] for block in blocks(masked)) == sound.frames
    assert {block.dtype for block in blocks(masked)} == {np.dtype(np.int16)}


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 192_000])
def test_one_channel_of_eight_is_hidden_and_the_others_stay(rate_hz: int) -> None:
    sound = noise(rate_hz, channels=8, rate_hz=rate_hz)
    masked = whole(MaskedSound(sound, [Span(0.0, 1.0, 5)]))
    differs = [c for c in range(8) if not np.array_equal(masked[c], sound.samples[c])]

    assert differs == [5]
    assert np.abs(masked[5]).max() <= LEVEL * 32767


@pytest.mark.parametrize("spans", [[Span(0.0, 1 / 8000, 0)], [Span(0.0, 0.0, 0)], []])
def test_a_recording_of_one_frame_can_be_masked(spans) -> None:
    masked = whole(MaskedSound(noise(1), spans))
    is_hidden = bool(spans)

    assert masked.shape == (1, 1)
    assert (masked[0, 0] != noise(1).samples[0][0]) == is_hidden


def test_a_recording_of_no_frames_can_be_masked() -> None:
    assert whole(MaskedSound(noise(0), [])).shape == (1, 0)


def test_a_span_within_one_frame_hides_that_frame() -> None:
    masked = whole(silenced(noise(100), [Span(50.2 / RATE_HZ, 50.3 / RATE_HZ, 0)]))

    assert masked[0, 50] == 0


def test_reading_past_the_end_gives_what_is_there() -> None:
    masked = MaskedSound(noise(100), [Span(0.0, 100 / RATE_HZ, 0)])

    assert len(masked.read(0, 90, 1000)) == 10
    assert len(masked.read(0, 100, 1000)) == 0
    assert len(masked.read(0, 500, 1000)) == 0


def test_reading_before_the_start_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="start must be 0 or more"):
        MaskedSound(noise(100), [Span(0.0, 100 / RATE_HZ, 0)]).read(0, -5, 10)


@pytest.mark.parametrize("rate_hz", [8000, 48_000])
@pytest.mark.parametrize("level", [0.0, LEVEL])
@pytest.mark.parametrize("start_s", [0.5, 0.50003, 0.50031, 0.7777])
def test_the_edges_of_a_mask_do_not_click(rate_hz: int, level: float, start_s: float) -> None:
    at = np.arange(rate_hz) / rate_hz
    sine = (20_000 * np.sin(2 * np.pi * 200 * at)).astype(np.int16)
    sound = SoundInMemory(rate_hz, (sine,))
    masked = whole(MaskedSound(sound, [Span(start_s, start_s + 0.1, 0)], Tone(rate_hz, level)))[0]
    fade = round(FADE_S * rate_hz)
    # A sine's own steepest step, what fading adds to it, and the tone's steepest step.
    bound = 20_000 * (2 * np.pi * 200 / rate_hz + 1 / fade) + level * 32767 * 2 * np.pi * 1000 / (
        rate_hz
    )

    assert np.abs(np.diff(masked.astype(int))).max() <= bound + 2
    assert bound < 20_000


def test_two_masks_less_than_a_fade_apart_leave_almost_nothing_between_them() -> None:
    loud = SoundInMemory(RATE_HZ, (np.full(RATE_HZ, 30_000, np.int16),))
    masked = whole(silenced(loud, [Span(0.2, 0.3, 0), Span(0.3005, 0.4, 0)]))[0]

    assert np.abs(masked[2400:2404]).max() < 1500
    assert not masked[1600:2400].any()


def test_a_mask_at_the_very_ends_hides_the_first_and_the_last_frame() -> None:
    sound = noise(RATE_HZ)
    masked = whole(MaskedSound(sound, [Span(0.0, 0.1, 0), Span(0.9, 1.0, 0)]))[0]
    other = whole(MaskedSound(noise(RATE_HZ, seed=9), [Span(0.0, 0.1, 0), Span(0.9, 1.0, 0)]))[0]

    assert (masked[0], masked[-1]) == (other[0], other[-1])


def test_the_original_is_never_written_to() -> None:
    sound = noise()
    before = sound.samples[0].copy()
    whole(MaskedSound(sound, [Span(0.5, 1.0, 0)]))

    assert np.array_equal(sound.samples[0], before)


def test_spans_from_a_generator_are_all_masked() -> None:
    spans = [Span(0.5, 1.0, 0), Span(2.0, 2.1, 0)]

    assert np.array_equal(
        whole(MaskedSound(noise(), (s for s in spans))), whole(MaskedSound(noise(), spans))
    )


WRONG = [
    pytest.param((0.5, 1.0, 2), id="of no channel"),
    pytest.param((0.5, 1.0, -1), id="of a channel below 0"),
    pytest.param((1.0, 0.5, 0), id="reversed"),
    pytest.param((-0.1, 0.5, 0), id="before the start"),
    pytest.param((3.1, 3.2, 0), id="past the end"),
    pytest.param((0.0, 4.0, 0), id="far over the end"),
    pytest.param((float("nan"), 1.0, 0), id="of no start"),
    pytest.param((0.0, float("nan"), 0), id="of no end"),
    pytest.param((0.0, float("inf"), 0), id="without end"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_finding_that_cannot_be_masked_is_a_mistake(wrong) -> None:
    finding = Finding("fin.pan", *wrong, 0.9, ())

    with pytest.raises(ValueError, match=r"channel|start_s|within"):
        plan_masks([finding], load_profile("pci"), margin_s=MARGIN_S, duration_s=3.0, channels=2)


def test_a_finding_that_is_kept_must_make_sense_too() -> None:
    with pytest.raises(ValueError, match="channel"):
        plan_masks(
            [Finding("biz.source", 0.0, 1.0, 7, 0.9, ())],
            load_profile("pci"),
            margin_s=MARGIN_S,
            duration_s=3.0,
            channels=2,
        )


@pytest.mark.parametrize("wrong", WRONG)
def test_a_span_that_cannot_be_masked_is_a_mistake(wrong) -> None:
    with pytest.raises(ValueError, match=r"channel|start_s|within"):
        MaskedSound(noise(channels=2), [Span(0.0, 0.1, 0), Span(*wrong)])


def test_a_finding_widened_over_the_end_is_masked_up_to_it() -> None:
    (mask,) = plan_masks(
        [Finding("fin.pan", 2.8, 3.3, 0, 0.9, ())],
        load_profile("pci"),
        margin_s=MARGIN_S,
        duration_s=3.0,
        channels=1,
    )

    assert mask == Mask(Span(pytest.approx(2.7), 3.0, 0), Action.MASK)
    assert not whole(silenced(noise(), [mask.span]))[0, -2400:].any()


def test_a_burnt_span_inside_a_masked_one_is_planned_on_its_own() -> None:
    masks = plan_masks(
        [Finding("fin.pan", 0.5, 2.5, 0, 0.9, ()), Finding("fin.cvv", 1.0, 1.2, 0, 0.9, ())],
        load_profile("pci"),
        margin_s=0.0,
        duration_s=3.0,
        channels=1,
    )

    assert masks == (
        Mask(Span(0.5, 2.5, 0), Action.MASK),
        Mask(Span(1.0, 1.2, 0), Action.BURN),
    )


def test_what_is_kept_has_no_mask() -> None:
    finding = Finding("fin.txn", 0.5, 1.0, 0, 0.9, ())
    profile = load_profile("gdpr-default")

    assert plan_masks([finding], profile, margin_s=0.1, duration_s=3.0, channels=1) == ()


@settings(deadline=None)
@given(SPANS)
def test_merged_spans_cover_the_same_and_do_not_touch(spans) -> None:
    merged = merge(spans)

    for channel in (0, 1):
        mine = [s for s in merged if s.channel == channel]
        assert all(a.end_s < b.start_s for a, b in pairwise(mine))
        assert all(
            any(m.start_s <= s.start_s and s.end_s <= m.end_s for m in mine)
            for s in spans
            if s.channel == channel
        )
    ends = {(s.start_s, s.channel) for s in spans} | {(s.end_s, s.channel) for s in spans}
    assert all({(m.start_s, m.channel), (m.end_s, m.channel)} <= ends for m in merged)
    assert list(merged) == sorted(merged)


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_every_mask_is_marked_and_every_mark_is_masked(spans) -> None:
    masked = MaskedSound(noise(channels=2), spans)

    for channel in (0, 1):
        mine = [mark for mark in masked.marks if mark.channel == channel]
        is_marked = np.zeros(masked.frames, bool)
        for mark in mine:
            is_marked[mark.first : mark.last] = True
        assert np.array_equal(is_marked, hidden_frames(spans, masked.frames, RATE_HZ, channel))
        assert all(a.last < b.first for a, b in pairwise(mine))
    assert list(masked.marks) == sorted(masked.marks)


@settings(max_examples=60, deadline=None)
@given(SPANS, st.randoms())
def test_order_and_overlaps_of_spans_do_not_matter(spans, random) -> None:
    again = [*spans, *spans]
    random.shuffle(again)

    assert np.array_equal(
        whole(MaskedSound(noise(channels=2), again)), whole(MaskedSound(noise(channels=2), spans))
    )


@settings(max_examples=100, deadline=None)
@given(st.tuples(_ANY_TIME, _ANY_TIME, st.integers(-1, 3)))
def test_a_span_is_masked_whole_or_refused_never_skipped(wrong) -> None:
    span = Span(*wrong)
    try:
        masked = MaskedSound(noise(channels=2), [span])
    except ValueError:
        # What is refused is not a span of this sound.
        assert not (0 <= span.start_s <= span.end_s <= 3.0 and span.channel in (0, 1))
        return
    (mark,) = masked.marks

    assert mark.channel == span.channel
    assert mark.first <= span.start_s * RATE_HZ
    assert min(span.end_s, 3.0) * RATE_HZ <= mark.last
    assert mark.first < mark.last <= masked.frames
