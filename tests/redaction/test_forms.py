"""What each form of a redacted sound holds, and what decoders make of it."""

import struct
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from sottovoce.redaction.encode import SoundForm, expect_encodable, write_sound
from sottovoce.redaction.fill import Silence, Tone
from sottovoce.redaction.marks import Mark, as_comment
from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.wav import write_wav
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

SECRET = Span(0.5, 1.0, 0)
LOSSLESS = [SoundForm.FLAC, SoundForm.WAV]
LOSSY = [SoundForm.OPUS, SoundForm.MP3]


def noise(
    frames: int = 16_000, *, rate_hz: int = 8000, channels: int = 2, seed: int = 0
) -> SoundInMemory:
    draw = np.random.default_rng(seed)
    samples = draw.integers(-9000, 9000, (channels, frames)).astype(np.int16)
    return SoundInMemory(rate_hz, tuple(samples))


def with_secret(seed: int) -> SoundInMemory:
    """The same sound for every seed but for what is said in the secret span."""
    samples = [channel.copy() for channel in noise().samples]
    samples[0][4000:8000] = noise(4000, channels=1, seed=seed + 1).samples[0]
    return SoundInMemory(8000, tuple(samples))


def written(folder: Path, sound: MaskedSound, form: SoundForm) -> Path:
    path = folder / f"a.{form.value}"
    write_sound(sound, path, form, marks=sound.marks, comment=as_comment(sound))
    return path


def decoded(path: Path) -> tuple[int, int]:
    """Return how many frames a decoder gives, and their rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    return sum(frame.samples for frame in frames), frames[0].sample_rate


def tags(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        found = {**container.metadata, **container.streams[0].metadata}
        assert len(container.streams) == 1
    return {key.lower(): value for key, value in found.items()}


@pytest.mark.parametrize("form", SoundForm)
@pytest.mark.parametrize("fill", [Tone(8000), Silence()])
def test_what_was_hidden_has_no_influence_on_a_single_byte(
    tmp_path: Path, form: SoundForm, fill
) -> None:
    data = [
        written(tmp_path, MaskedSound(with_secret(seed), [SECRET], fill), form).read_bytes()
        for seed in (1, 2)
    ]
    bare = written(tmp_path, MaskedSound(with_secret(1), [], fill), form).read_bytes()

    assert data[0] == data[1]
    assert data[0] != bare


@pytest.mark.parametrize("form", LOSSLESS)
@pytest.mark.parametrize("rate_hz", [8000, 11_025, 44_100, 48_000, 192_000])
@pytest.mark.parametrize(("channels", "frames"), [(1, 1), (2, 17), (8, 100_001)])
def test_lossless_forms_read_back_to_the_sample(
    tmp_path: Path, form: SoundForm, rate_hz: int, channels: int, frames: int
) -> None:
    sound = MaskedSound(noise(frames, rate_hz=rate_hz, channels=channels), [Span(0, 1e-5, 0)])
    path = written(tmp_path, sound, form)
    read, rate = soundfile.read(path, dtype="int16", always_2d=True)

    assert rate == rate_hz
    assert np.array_equal(read.T, np.stack([sound.read(c, 0, frames) for c in range(channels)]))
    assert decoded(path) == (frames, rate_hz)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 12_345, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("seconds", [0.1, 3.001, 12.34])
@pytest.mark.parametrize("channels", [1, 2])
def test_opus_has_the_length_to_the_next_frame_of_its_rate(
    tmp_path: Path, rate_hz: int, seconds: float, channels: int
) -> None:
    frames = round(seconds * rate_hz)
    sound = MaskedSound(noise(frames, rate_hz=rate_hz, channels=channels), [])
    path = written(tmp_path, sound, SoundForm.OPUS)
    count, rate = decoded(path)
    inside = soundfile.info(path)

    assert rate == 48_000
    assert 0 <= count / rate - frames / rate_hz < 1 / inside.samplerate
    assert inside.frames == count * inside.samplerate / rate
    if rate_hz in (8000, 16_000, 48_000):
        assert inside.frames == frames


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 12_345, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("seconds", [0.1, 3.001, 12.34])
@pytest.mark.parametrize("channels", [1, 2])
def test_mp3_has_the_length_or_a_millisecond_more(
    tmp_path: Path, rate_hz: int, seconds: float, channels: int
) -> None:
    frames = round(seconds * rate_hz)
    sound = MaskedSound(noise(frames, rate_hz=rate_hz, channels=channels), [])
    path = written(tmp_path, sound, SoundForm.MP3)
    count, rate = decoded(path)

    assert 0 <= count - frames * rate / rate_hz < 48
    assert soundfile.info(path).frames == count


@pytest.mark.parametrize("form", LOSSY)
def test_a_lossy_form_sounds_like_what_went_in(tmp_path: Path, form: SoundForm) -> None:
    at = np.arange(16_000) / 8000
    tones = [(8000 * np.sin(2 * np.pi * hz * at)).astype(np.int16) for hz in (440, 700)]
    path = written(tmp_path, MaskedSound(SoundInMemory(8000, tuple(tones)), []), form)
    read, rate = soundfile.read(path, dtype="int16")
    middle = slice(rate // 2, rate // 2 + rate)

    for channel, tone in enumerate(tones):
        assert np.corrcoef(read[middle, channel], tone[middle])[0, 1] > 0.98


@pytest.mark.parametrize("form", SoundForm)
def test_the_file_says_where_every_mask_is(tmp_path: Path, form: SoundForm) -> None:
    sound = MaskedSound(noise(), [Span(1.0, 1.5, 0), Span(0.25, 0.5, 1)])
    path = written(tmp_path, sound, form)

    assert tags(path).pop("comment") == (
        "sottovoce-masks/1 rate=8000 channels=2 frames=16000 1:2000-4000:tone 0:8000-12000:tone"
    )
    assert set(tags(path)) <= {"comment", "encoder"}


@pytest.mark.parametrize("form", SoundForm)
def test_a_thousand_masks_are_all_marked(tmp_path: Path, form: SoundForm) -> None:
    spans = [Span(i / 500, i / 500 + 0.0005, i % 2) for i in range(1000)]
    sound = MaskedSound(noise(16_000), spans)

    assert tags(written(tmp_path, sound, form))["comment"].count(":tone") == 1000


def test_the_example_in_the_specification_is_what_is_written() -> None:
    class Example:
        rate_hz, channels, frames = 8000, 2, 80_000
        marks = (Mark(8000, 16_000, 0, "tone"), Mark(12_000, 12_400, 1, "room"))

    page = Path(__file__).parents[2] / "docs" / "spec" / "marks.md"

    assert f"    {as_comment(Example())}\n" in page.read_text()


def chunks(data: bytes, at: int = 12) -> list[tuple[bytes, bytes]]:
    found = []
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def test_wav_has_a_region_a_mask() -> None:
    sound = MaskedSound(noise(), [Span(1.0, 1.5, 0), Span(0.25, 0.5, 1)])
    out = BytesIO()
    write_wav(sound, out, marks=sound.marks, comment="odd")
    found = chunks(out.getvalue())
    _, fmt_and_data, (cue, points), (_, adtl), (_, info) = found[0], found[:2], *found[2:]

    assert [name for name, _ in fmt_and_data] == [b"fmt ", b"data"]
    assert struct.unpack_from("<4sI", out.getvalue()) == (b"RIFF", len(out.getvalue()) - 8)
    assert (cue, points[:4]) == (b"cue ", struct.pack("<I", 2))
    assert points[4:] == struct.pack("<II4sIII", 1, 2000, b"data", 0, 0, 2000) + struct.pack(
        "<II4sIII", 2, 8000, b"data", 0, 0, 8000
    )
    assert adtl.startswith(b"adtl")
    assert chunks(adtl, 4) == [
        (b"labl", struct.pack("<I", 1) + b"mask 1 tone\0"),
        (b"ltxt", struct.pack("<II4sHHHH", 1, 2000, b"rgn ", 0, 0, 0, 0)),
        (b"labl", struct.pack("<I", 2) + b"mask 0 tone\0"),
        (b"ltxt", struct.pack("<II4sHHHH", 2, 4000, b"rgn ", 0, 0, 0, 0)),
    ]
    assert info == b"INFO" + b"ICMT" + struct.pack("<I", 4) + b"odd\0"


def test_wav_that_outgrows_32_bits_is_rf64(tmp_path: Path) -> None:
    sound = noise(5000, channels=3)
    path = tmp_path / "a.wav"
    with path.open("wb") as file:
        write_wav(sound, file, marks=[Mark(1, 2, 0, "tone")], comment="x", most=1000)
    read, _ = soundfile.read(path, dtype="int16")

    assert path.read_bytes()[:4] == b"RF64"
    assert struct.unpack_from("<QQQ", path.read_bytes(), 20) == (
        path.stat().st_size - 8,
        30_000,
        5000,
    )
    assert np.array_equal(read.T, np.stack(sound.samples))
    assert decoded(path) == (5000, 8000)


@pytest.mark.parametrize("form", LOSSY)
def test_more_than_two_channels_are_not_mixed_into_a_lossy_form(form: SoundForm) -> None:
    with pytest.raises(Unfit, match="3"):
        expect_encodable(8000, 3, form)


@pytest.mark.parametrize("form", [SoundForm.WAV, *LOSSY])
def test_a_full_disk_is_said_whatever_the_form(
    tmp_path: Path, capfd, files_no_longer_than, form: SoundForm
) -> None:
    sound = MaskedSound(noise(400_000), [])

    with files_no_longer_than(3000), pytest.raises(Unavailable, match="disk may be full"):
        written(tmp_path, sound, form)
    assert capfd.readouterr() == ("", "")


def test_a_sound_too_short_for_opus_is_unfit(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="too short"):
        written(tmp_path, MaskedSound(noise(1, rate_hz=11_025), []), SoundForm.OPUS)
