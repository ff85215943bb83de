"""The messages between the decoder's process and ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.intake.bounds import CODECS, CONTAINERS, DEFAULT_LIMITS, Format, Limits
from sottovoce.intake.reasons import Breach, Reason, error_of
from sottovoce.intake.wire import (
    FRAME_BYTES,
    Block,
    Coding,
    End,
    Garbled,
    Heading,
    Kind,
    pack,
    pack_refusal,
    unpack,
    unpack_frame,
)

FORMATS = st.builds(
    Format,
    st.integers(0, 2**32 - 1),
    st.integers(0, 255),
    st.sampled_from(CONTAINERS),
    st.sampled_from(CODECS),
)
MESSAGES = st.one_of(
    st.builds(Heading, FORMATS, st.sampled_from(Coding)),
    st.builds(Block, st.binary(max_size=64)),
    st.builds(End, st.integers(0, 2**64 - 1)),
)


@given(MESSAGES)
def test_a_message_is_read_as_it_was_written(message: Heading | Block | End) -> None:
    content = pack(message)
    kind, length = unpack_frame(content[:FRAME_BYTES])

    assert length == len(content) - FRAME_BYTES
    assert unpack(kind, bytearray(content[FRAME_BYTES:])) == message


@given(st.sampled_from(Reason), st.integers(), st.integers())
def test_a_refusal_is_read_as_it_was_written(reason: Reason, one: int, two: int) -> None:
    content = pack_refusal(Breach(reason, one, two))
    read = unpack(Kind.REFUSAL, bytearray(content[FRAME_BYTES:]))

    assert isinstance(read, Breach)
    assert read.reason is reason


@given(st.sampled_from(Kind), st.binary(max_size=40))
def test_a_body_of_any_bytes_is_a_message_or_garbled(kind: Kind, body: bytes) -> None:
    try:
        message = unpack(kind, bytearray(body))
    except Garbled:
        return

    assert isinstance(message, Heading | Block | End | Breach)


@pytest.mark.parametrize("frame", [b"\0\0\0\0\0", b"\6\0\0\0\0", b"\3\1\0\0\2"])
def test_a_frame_of_no_kind_or_of_too_many_bytes_is_garbled(frame: bytes) -> None:
    with pytest.raises(Garbled):
        unpack_frame(frame)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_of_the_house(reason: Reason) -> None:
    sentence = str(error_of(reason, (7, 8)))

    assert sentence[0].islower()
    assert not sentence.endswith(".")
    assert "{" not in sentence


def test_limits_travel_to_the_decoder_unchanged() -> None:
    limits = Limits(seconds=5, channels=3)

    assert Limits.from_arguments(limits.to_arguments()) == limits


def test_time_grows_with_the_file_up_to_what_its_seconds_can_need() -> None:
    small, large = DEFAULT_LIMITS.cpu_s_for(1000), DEFAULT_LIMITS.cpu_s_for(8 << 30)

    assert small == DEFAULT_LIMITS.cpu_s
    assert large == DEFAULT_LIMITS.cpu_s * (1 + DEFAULT_LIMITS.seconds / 600)
