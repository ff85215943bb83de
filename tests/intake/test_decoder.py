"""What the decoder gives for whole files, and what it refuses, run in the test's own process."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sottovoce.intake.bounds import Limits
from sottovoce.intake.decoder import decode
from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.wire import Block
from sottovoce.values.errors import Unfit

SPEECH_CODED = ("amr", "3gp", "amr-wb")
Refusal = Callable[..., Breach]


def loudest_hz(channel: Any, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(channel[: rate_hz // 2].astype(float)))
    return float(np.argmax(spectrum) * rate_hz / (rate_hz // 2))


def test_every_format_keeps_its_rate_and_channels(made: Any, decoded: Any) -> None:
    form = decoded(made.bytes).heading.format

    assert (form.rate_hz, form.channels) == (made.rate_hz, made.channels)


def test_every_format_keeps_its_length(made: Any, decoded: Any) -> None:
    frames = decoded(made.bytes).samples.shape[1]

    # Codecs of fixed blocks may pad the last one; AMR-WB is made by hand, of 50 blocks.
    assert frames / made.rate_hz == pytest.approx(1.0 if made.name == "amr-wb" else 1.25, abs=0.1)


def test_every_channel_stays_in_its_place(made: Any, decoded: Any) -> None:
    if made.name == "amr-wb" or made.name == "opus-8ch":
        pytest.skip("no tones in the one, and one band-limited channel in the other")
    samples = decoded(made.bytes).samples

    heard = [loudest_hz(channel, made.rate_hz) for channel in samples]
    assert heard == pytest.approx([300 + 100 * n for n in range(made.channels)], abs=12)


def test_lossless_samples_come_through_unchanged(shelf: Any, decoded: Any) -> None:
    wav, flac = decoded(shelf["wav"].bytes), decoded(shelf["flac"].bytes)

    assert np.array_equal(wav.samples, flac.samples)


def test_a_headerless_file_is_one_channel_at_8_khz(shelf: Any, decoded: Any) -> None:
    from_header = decoded(shelf["au-ulaw"].bytes).samples
    plain = decoded(shelf["au-ulaw"].bytes[24:], headerless="ulaw")

    assert plain.heading.format.rate_hz == 8000
    assert np.array_equal(plain.samples, from_header[:, -plain.samples.shape[1] :])


def test_a_file_that_is_cut_short_is_refused(made: Any, breach: Refusal) -> None:
    size = len(made.bytes)
    cuts = [size - 1, size - 2, *range(size // 13, size - 2, size // 13)]
    for cut in cuts:
        if made.name in ("amr", "amr-wb", "adts") and ends_between_packets(made, cut):
            continue
        reason = breach(made.bytes[:cut]).reason

        assert reason is not Reason.TOO_LONG


def ends_between_packets(made: Any, cut: int) -> bool:
    """These formats declare no length: a cut between two packets cannot be seen."""
    if made.name == "adts":
        return bool(made.bytes[cut : cut + 2] == b"\xff\xf1")
    header = 9 if made.name == "amr-wb" else 6
    sizes = {0x04: 18, 0x7C: 1} if made.name == "amr-wb" else dict.fromkeys(range(256), 0)
    if made.name == "amr":
        narrow = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
        sizes = {byte: narrow[byte >> 3 & 15] for byte in range(256)}
    while header < cut:
        header += sizes[made.bytes[header]]
    return header == cut


def test_bytes_after_the_end_of_a_wav_are_refused(shelf: Any, breach: Refusal) -> None:
    found = breach(shelf["wav"].bytes + b"hidden sound")

    assert found.reason is Reason.LEFT_OVER


def test_a_second_data_chunk_is_refused(wav: Any, chunk: Any, breach: Refusal) -> None:
    found = breach(wav(b"\1\2" * 800, after=chunk(b"data", b"\3\4" * 800)))

    assert found.reason is Reason.BROKEN


def test_titles_after_the_sound_of_a_wav_are_let_pass(wav: Any, chunk: Any, decoded: Any) -> None:
    content = wav(b"\1\2" * 800, after=chunk(b"LIST", b"INFOINAM\4\0\0\0abc\0"))

    assert decoded(content).samples.shape == (1, 800)


@pytest.mark.parametrize("container", ["wav", "au", "flac"])
def test_a_header_without_a_length_is_refused(
    container: str, encoded: Any, breach: Refusal
) -> None:
    codec = {"wav": "pcm_s16le", "au": "pcm_s16be", "flac": "flac"}[container]
    found = breach(encoded(container, (codec, 8000, "mono"), is_piped=True))

    assert found.reason is Reason.NO_LENGTH


@pytest.mark.parametrize(
    ("fields", "reason", "measures"),
    [
        ({"channels": 40}, Reason.CHANNELS, (40, 8)),
        ({"channels": 0}, Reason.CHANNELS, (0, 8)),
        ({"rate_hz": 0}, Reason.RATE_LOW, (0, 8000)),
        ({"rate_hz": 7999}, Reason.RATE_LOW, (7999, 8000)),
        ({"rate_hz": 192001}, Reason.RATE_HIGH, (192001, 192000)),
        ({"tag": 0x55}, Reason.UNKNOWN_CODEC, (0, 0)),
        ({"bits": 12}, Reason.UNKNOWN_CODEC, (0, 0)),
        ({"data_bytes": 1000}, Reason.CUT_BYTES, (1044, 124)),
        ({"data_bytes": 79}, Reason.BROKEN, (12, 124)),
    ],
)
def test_a_wav_header_outside_the_bounds_is_refused(
    fields: dict[str, int],
    reason: Reason,
    measures: tuple[int, int],
    wav: Any,
    breach: Refusal,
) -> None:
    found = breach(wav(b"\1\2" * 40, **fields))

    assert (found.reason, found.measures) == (reason, measures)


@pytest.mark.parametrize("name", ["wav", "flac", "mp3-8k"])
def test_a_file_without_a_single_sample_is_refused(
    name: str, wav: Any, encoded: Any, breach: Refusal
) -> None:
    content = {
        "wav": wav(b""),
        "flac": b"fLaC\x80\0\0\x22" + b"\x10\0\x10\0" + b"\0" * 6 + b"\x01\xf4\0\xf0" + b"\0" * 20,
        "mp3-8k": b"ID3\4\0\0\0\0\0\0",
    }[name]

    assert breach(content).reason in (Reason.NO_SOUND, Reason.CUT_BYTES, Reason.UNKNOWN_FORMAT)


@pytest.mark.parametrize(
    "content",
    [
        b"Just a few lines of text.\n" * 50,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n",
        b"ffconcat version 1.0\nfile '/etc/hostname'\n",
        b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
        b"PK\3\4" + b"\0" * 500,
        b"\0" * 5000,
        b"x",
    ],
)
def test_what_is_no_sound_is_refused_by_its_first_bytes(content: bytes, breach: Refusal) -> None:
    assert breach(content).reason is Reason.UNKNOWN_FORMAT


@pytest.mark.parametrize("container", ["mp4", "webm", "ogg"])
def test_two_sound_tracks_are_refused(container: str, encoded: Any, breach: Refusal) -> None:
    track = ("aac", 48000, "mono") if container == "mp4" else ("libopus", 48000, "mono")
    found = breach(encoded(container, track, track))

    assert (found.reason, found.measures) == (Reason.STREAMS, (2, 1))


@pytest.mark.parametrize(("container", "video"), [("mp4", "mpeg4"), ("webm", "libvpx")])
def test_pictures_beside_the_sound_are_ignored(
    container: str, video: str, encoded: Any, decoded: Any
) -> None:
    track = ("aac", 48000, "mono") if container == "mp4" else ("libopus", 48000, "mono")
    content = encoded(container, track, video=video)

    assert decoded(content).samples.shape[1] / 48000 == pytest.approx(1.25, abs=0.1)


def test_a_box_that_is_smaller_than_its_head_is_refused(shelf: Any, breach: Refusal) -> None:
    """Else what is within its head would be read as the next box."""
    hidden = struct.pack(">II4s", 4, 8, b"free")

    assert breach(shelf["m4a"].bytes + hidden).reason is Reason.BROKEN


def test_a_webm_that_declares_more_seconds_than_it_holds_is_refused(
    shelf: Any, breach: Refusal
) -> None:
    content = bytearray(shelf["webm"].bytes)
    at = content.index(b"\x44\x89\x88") + 3
    content[at : at + 8] = struct.pack(">d", 2000.0)

    assert breach(bytes(content)).reason is Reason.CUT_SECONDS


def test_a_chain_of_ogg_streams_is_refused(shelf: Any, breach: Refusal) -> None:
    found = breach(shelf["opus"].bytes * 2)

    assert found.reason is Reason.STREAMS


def test_an_ogg_file_that_lacks_a_page_is_refused(shelf: Any, breach: Refusal) -> None:
    content = shelf["opus"].bytes
    third = content.index(b"OggS", content.index(b"OggS", 4) + 4)
    fourth = content.index(b"OggS", third + 4)

    assert breach(content[:third] + content[fourth:]).reason is Reason.BROKEN


def test_an_ogg_file_without_its_last_page_is_refused(shelf: Any, breach: Refusal) -> None:
    content = shelf["opus"].bytes

    assert breach(content[: content.rindex(b"OggS")]).reason is Reason.NO_END


def test_a_file_joined_to_another_of_another_rate_is_refused(encoded: Any, breach: Refusal) -> None:
    one, two = (encoded("adts", ("aac", rate_hz, "mono")) for rate_hz in (16000, 32000))

    assert breach(one + two).reason is Reason.RATE_CHANGES


def test_a_file_joined_to_another_of_more_channels_is_refused(
    encoded: Any, breach: Refusal
) -> None:
    one, two = (encoded("adts", ("aac", 16000, layout)) for layout in ("mono", "stereo"))

    assert breach(one + two).reason is Reason.CHANNELS_CHANGE


def test_an_mp3_that_declares_nothing_is_refused_if_its_last_frame_is_cut(
    encoded: Any, breach: Refusal
) -> None:
    content = encoded("mp3", ("libmp3lame", 8000, "mono"), write_xing="0", id3v2_version="0")

    assert b"Xing" not in content
    assert b"Info" not in content
    assert breach(content[:-1]).reason is Reason.CUT_BYTES


def test_junk_between_two_mp3_frames_is_refused(shelf: Any, breach: Refusal) -> None:
    content = shelf["mp3-8k"].bytes
    middle = len(content) // 2

    assert breach(content[:middle] + b"junk" + content[middle:]).reason in (
        Reason.BROKEN,
        Reason.CUT_BYTES,
    )


def test_a_sound_that_declares_too_many_seconds_is_refused_at_once(
    shelf: Any, breach: Refusal
) -> None:
    found = breach(shelf["flac"].bytes, limits=Limits(seconds=1))

    assert (found.reason, found.measures) == (Reason.TOO_LONG, (2, 1))


def test_a_sound_that_declares_nothing_is_stopped_as_it_decodes(
    shelf: Any, breach: Refusal
) -> None:
    found = breach(shelf["webm-live"].bytes, limits=Limits(seconds=1))

    assert (found.reason, found.measures) == (Reason.TOO_LONG, (2, 1))


def test_a_flac_that_declares_less_than_it_holds_is_refused(shelf: Any, breach: Refusal) -> None:
    content = bytearray(shelf["flac"].bytes)
    content[22:26] = (800).to_bytes(4, "big")

    assert breach(bytes(content)).reason is Reason.CUT_FRAMES


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 17.0])
def test_a_sample_that_is_no_sound_is_refused(value: float, wav: Any, decoded: Any) -> None:
    samples = np.zeros(800, "<f4")
    samples[400] = value

    with pytest.raises(Unfit):
        decoded(wav(samples.tobytes(), tag=3, bits=32))


def test_a_flipped_bit_in_a_summed_format_is_refused(shelf: Any, breach: Refusal) -> None:
    for name in ("flac", "opus", "vorbis"):
        content = bytearray(shelf[name].bytes)
        content[len(content) // 2] ^= 4

        assert breach(bytes(content)).reason is not Reason.UNKNOWN_FORMAT


def test_blocks_last_one_second(shelf: Any, written: Any) -> None:
    content = written("FLAC", "PCM_16", 8000, 2, 2.5)
    messages = decode(io.BytesIO(content), len(content), limits=Limits())  # type: ignore[arg-type]  # reads as a raw file does
    lengths = [len(m.samples) // 4 for m in messages if isinstance(m, Block)]

    assert lengths == [8000, 8000, 4000]
