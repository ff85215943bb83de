from pathlib import Path

import numpy as np
import pytest
import soundfile

from sottovoce.redaction.encode import write_flac
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.sound import SoundInMemory

STREAMINFO, PADDING, APPLICATION, SEEKTABLE, COMMENT, CUESHEET, PICTURE = range(7)


def noise(frames: int, *, channels: int = 1, rate_hz: int = 8000) -> SoundInMemory:
    draw = np.random.default_rng(frames + channels)
    samples = draw.integers(-32768, 32768, (channels, frames)).astype(np.int16)
    return SoundInMemory(rate_hz, tuple(samples))


def metadata(path: Path) -> list[tuple[int, bytes]]:
    """Read the metadata blocks of a FLAC file (RFC 9639, section 8)."""
    data, at, found = path.read_bytes(), 4, []
    while True:
        size = int.from_bytes(data[at + 1 : at + 4])
        found.append((data[at] & 0x7F, data[at + 4 : at + 4 + size]))
        if data[at] & 0x80:
            return found
        at += 4 + size


@pytest.mark.parametrize("rate_hz", [8000, 11025, 44100, 48000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("frames", [1, 17, 100_001])
def test_what_is_written_reads_back_exactly(
    tmp_path: Path, rate_hz: int, channels: int, frames: int
) -> None:
    sound = noise(frames, channels=channels, rate_hz=rate_hz)
    write_flac(sound, tmp_path / "a.flac")
    read, rate = soundfile.read(tmp_path / "a.flac", dtype="int16", always_2d=True)
    info = soundfile.info(tmp_path / "a.flac")

    assert rate == rate_hz
    assert info.subtype == "PCM_16"
    assert np.array_equal(read.T, np.stack(sound.samples))


def test_the_loudest_samples_read_back_exactly(tmp_path: Path) -> None:
    edges = np.array([-32768, 32767, 0, -1, 1] * 50, np.int16)
    write_flac(SoundInMemory(8000, (edges,)), tmp_path / "a.flac")

    assert np.array_equal(soundfile.read(tmp_path / "a.flac", dtype="int16")[0], edges)


def test_no_tag_is_written_but_the_name_of_the_encoder(tmp_path: Path) -> None:
    write_flac(noise(50_000, channels=2), tmp_path / "a.flac")
    blocks = metadata(tmp_path / "a.flac")
    comments = [data for kind, data in blocks if kind == COMMENT]

    assert {kind for kind, _ in blocks} <= {STREAMINFO, PADDING, SEEKTABLE, COMMENT}
    for comment in comments:
        vendor = int.from_bytes(comment[:4], "little")
        assert comment[4 : 4 + vendor].startswith(b"reference libFLAC")
        assert int.from_bytes(comment[4 + vendor : 8 + vendor], "little") == 0
    assert all(not any(data) for kind, data in blocks if kind == PADDING)


def test_the_same_sound_makes_the_same_file(tmp_path: Path) -> None:
    for name in ("a.flac", "b.flac"):
        write_flac(noise(30_000), tmp_path / name)

    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


@pytest.mark.parametrize(
    ("room", "frames"),
    [
        pytest.param(3, 80, id="not even the header fits"),
        pytest.param(4000, 3000, id="the last block does not fit"),
        pytest.param(100_000, 800_000, id="a block in the middle does not fit"),
    ],
)
def test_a_full_disk_is_said_and_nothing_is_printed(
    tmp_path: Path, capfd, files_no_longer_than, room: int, frames: int
) -> None:
    with files_no_longer_than(room), pytest.raises(Unavailable, match="disk may be full"):
        write_flac(noise(frames), tmp_path / "a.flac")

    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        write_flac(noise(10), tmp_path / "nowhere" / "a.flac")

    assert "nowhere" not in str(refusal.value)


def test_a_rate_that_flac_cannot_hold_is_unfit(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="65537 Hz"):
        write_flac(noise(10, rate_hz=65_537), tmp_path / "a.flac")


def test_more_channels_than_flac_has_are_unfit(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="9 channels"):
        write_flac(noise(10, channels=9), tmp_path / "a.flac")


def test_no_sound_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 frame"):
        write_flac(noise(0), tmp_path / "a.flac")


def test_a_sound_that_fails_while_it_is_read_is_not_called_a_full_disk(tmp_path: Path) -> None:
    class Torn(SoundInMemory):
        def read(self, channel, start, stop):
            raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        write_flac(Torn(8000, (np.zeros(10, np.int16),)), tmp_path / "a.flac")
