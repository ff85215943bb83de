"""The whole way in: a file on disk, the decoder's process, blocks of samples."""

import itertools
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from sottovoce.intake import child
from sottovoce.intake.admit import Admission, admit
from sottovoce.intake.bounds import DEFAULT_LIMITS, Limits
from sottovoce.values.errors import SottovoceError, Unavailable, Unfit

Place = Callable[..., Path]


def take(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Admission, Any]:
    with admit(path, limits=limits) as admission:
        return admission, np.concatenate(list(admission), axis=1)


def error_for(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> SottovoceError:
    with pytest.raises(SottovoceError) as caught:
        take(path, limits=limits)
    return caught.value


def children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def test_every_format_comes_through_the_process_unchanged(
    made: Any, decoded: Any, place: Place
) -> None:
    admission, samples = take(place(made.bytes))

    assert admission.format == decoded(made.bytes).heading.format
    assert np.array_equal(samples, decoded(made.bytes).samples)


def test_a_headerless_file_is_known_by_its_ending(shelf: Any, place: Place) -> None:
    admission, samples = take(place(shelf["au-ulaw"].bytes[-8000:], "call.ulaw"))

    assert admission.format.container == "ulaw"
    assert samples.shape == (1, 8000)


def test_the_format_is_known_before_the_first_block(shelf: Any, place: Place) -> None:
    with admit(place(shelf["flac"].bytes)) as admission:
        assert (admission.format.rate_hz, admission.format.channels) == (8000, 2)


def test_an_hour_of_silence_is_a_recording(tmp_path: Path) -> None:
    path = silence(tmp_path, seconds=3600)
    with admit(path) as admission:
        frames = sum(block.shape[1] for block in admission)

    assert frames == 3600 * 8000


def test_the_decoder_needs_no_more_memory_as_the_sound_goes_on(tmp_path: Path) -> None:
    peaks_kib = []
    with admit(silence(tmp_path, seconds=3600)) as admission:
        for number, _ in enumerate(admission):
            if number in (60, 3500):
                peaks_kib.append(peak_kib(children()[0]))
    early, late = peaks_kib

    assert late < early + 2048


def silence(folder: Path, *, seconds: int) -> Path:
    path = folder / f"{seconds}.flac"
    with soundfile.SoundFile(path, "w", 8000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(seconds // 60):
            file.write(np.zeros(60 * 8000, np.int16))
    return path


def peak_kib(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def test_a_stereo_file_keeps_both_sides_apart(wav: Any, place: Place) -> None:
    both = np.stack([np.full(8000, 111), np.full(8000, -222)], 1).astype("<i2")
    _, samples = take(place(wav(both.tobytes(), channels=2)))

    assert np.array_equal(samples, both.T)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty: it has 0 bytes"),
        (b"Dear all,\nplease find the minutes.\n", "the file is in no audio format"),
        (b"RIFF\x24\0\0\0WAVE", "the file is cut short: it needs 44 bytes and has 12"),
    ],
)
def test_bad_bytes_are_refused_in_one_sentence(content: bytes, sentence: str, place: Place) -> None:
    error = error_for(place(content, "notes.wav"))

    assert isinstance(error, Unfit)
    assert str(error).startswith(sentence)


def test_a_file_without_sound_is_refused(wav: Any, place: Place) -> None:
    assert str(error_for(place(wav(b"")))) == "the file holds no sound: 0 samples"


def test_a_file_of_forty_channels_is_refused(wav: Any, place: Place) -> None:
    error = error_for(place(wav(b"\0" * 8000, channels=40)))

    assert str(error) == "the sound has 40 channels; from 1 to 8 are taken"


def test_a_truncated_mp3_is_refused(shelf: Any, place: Place) -> None:
    content = shelf["mp3"].bytes
    error = error_for(place(content[: len(content) // 2]))

    assert isinstance(error, Unfit)
    assert "cut short" in str(error)


def test_a_sample_that_is_no_number_is_refused(wav: Any, place: Place) -> None:
    samples = np.array([0.5, np.nan, 0.5] * 100, "<f4")
    error = error_for(place(wav(samples.tobytes(), tag=3, bits=32)))

    assert str(error) == "a sample is not a finite number"


def test_samples_on_the_scale_of_integers_are_refused(wav: Any, place: Place) -> None:
    samples = np.full(100, 8000, "<f4")
    error = error_for(place(wav(samples.tobytes(), tag=3, bits=32)))

    assert str(error) == "a sample is 8000 times full scale; the limit is 16"


def test_a_small_file_that_decodes_into_hours_is_stopped(tmp_path: Path) -> None:
    path = silence(tmp_path, seconds=3600)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = (8000).to_bytes(4, "big")
    path.write_bytes(content)
    error = error_for(path, limits=Limits(seconds=60))

    assert str(error) == "the sound lasts 61 s or more; the limit is 60 s"
    assert len(content) < 1 << 20


def test_a_file_over_the_limit_of_bytes_is_refused(place: Place) -> None:
    error = error_for(place(b"x" * 1001), limits=Limits(bytes=1000))

    assert str(error) == "the file has 1001 bytes; the limit is 1000"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    error = error_for(tmp_path / "canary-name")

    assert str(error) == "the file cannot be opened: no such file or directory"


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert str(error_for(tmp_path)) == "the input is a directory, not a file"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "pipe, socket or device" in str(error_for(tmp_path / "pipe"))


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))

        assert "pipe, socket or device" in str(error_for(tmp_path / "s"))


def test_a_device_is_refused() -> None:
    assert "pipe, socket or device" in str(error_for(Path("/dev/zero")))


def test_a_name_with_a_null_is_refused() -> None:
    assert "null character" in str(error_for(Path("a\0b")))


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert str(error_for(tmp_path / ("a" * 300))) == "the file cannot be opened: file name too long"


def test_a_link_to_a_file_is_followed(shelf: Any, place: Place, tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(place(shelf["wav"].bytes))

    assert take(tmp_path / "link.wav")[1].shape == (2, 10000)


def test_a_file_that_may_not_be_read_is_refused(place: Place, monkeypatch: Any) -> None:
    # The superuser may read everything, so the system's answer is given by hand.
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied", "canary-name")

    monkeypatch.setattr(os, "open", denied)

    assert str(error_for(place(b"x"))) == "the file cannot be opened: permission denied"


def test_a_file_that_changes_while_it_is_read_is_refused(shelf: Any, place: Place) -> None:
    path = place(shelf["wav"].bytes)
    with admit(path) as admission:
        os.utime(path, ns=(0, 0))

        with pytest.raises(Unfit, match="was changed while it was read"):
            list(admission)


def test_no_message_names_the_file_or_shows_its_content(place: Place, shelf: Any) -> None:
    cut = [shelf[name].bytes[:999] for name in ("wav", "flac", "mp3", "m4a", "opus", "webm")]
    for content in (b"canary-content" * 9, *cut):
        error = error_for(place(content, "canary-name.wav"))

        assert "canary" not in f"{error} {error.hint} {error.__cause__!r}"


def test_the_decoder_at_work_is_confined(tmp_path: Path) -> None:
    with admit(silence(tmp_path, seconds=600)):
        status = Path(f"/proc/{children()[0]}/status").read_text()

    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status


def test_the_decoder_is_gone_when_the_reader_leaves_early(shelf: Any, place: Place) -> None:
    with admit(place(shelf["wav-24bit"].bytes)) as admission:
        next(iter(admission))
        during = children()

    assert len(during) == 1
    assert children() == []


def test_the_decoder_is_gone_when_the_reader_fails(shelf: Any, place: Place) -> None:
    with pytest.raises(KeyError), admit(place(shelf["wav"].bytes)):
        raise KeyError

    assert children() == []


def test_no_file_is_left_open(shelf: Any, place: Place) -> None:
    before = len(os.listdir("/proc/self/fd"))
    take(place(shelf["wav"].bytes))
    error_for(place(b"text"))

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_decoder_that_takes_too_long_is_stopped(shelf: Any, place: Place) -> None:
    error = error_for(place(shelf["wav"].bytes), limits=Limits(wall_s=0))

    assert str(error) == "decoding took longer than the limit of 0 s"
    assert children() == []


def test_all_waiting_for_the_decoder_is_added_up(
    shelf: Any, place: Place, monkeypatch: Any
) -> None:
    clock = itertools.count(step=4.0)
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    error = error_for(place(shelf["wav-24bit"].bytes), limits=Limits(wall_s=10))

    assert str(error) == "decoding took longer than the limit of 17 s"


def test_the_decoder_at_work_is_limited(tmp_path: Path) -> None:
    with admit(silence(tmp_path, seconds=600), limits=Limits(cpu_s=7)):
        lines = Path(f"/proc/{children()[0]}/limits").read_text().splitlines()
    limits = {line[:25].strip(): line[25:].split()[:2] for line in lines}

    assert limits["Max cpu time"] == ["7", "8"]
    assert limits["Max address space"] == [str(512 << 20)] * 2
    assert limits["Max file size"] == limits["Max core file size"] == ["0", "0"]
    assert limits["Max open files"] == ["0", "0"]


def test_a_decoder_stopped_for_its_processor_time_is_unfit(
    shelf: Any, place: Place, monkeypatch: Any
) -> None:
    path = place(shelf["wav"].bytes)
    simulate(monkeypatch, READY + "os.kill(os.getpid(), 24)")

    assert str(error_for(path, limits=Limits(cpu_s=7))) == (
        "decoding needs more than the limit of 7 s of processor time"
    )


@pytest.mark.slow
def test_a_decoder_that_computes_too_much_is_stopped(tmp_path: Path, wav: Any) -> None:
    # A gibibyte of silence that needs no disk, and more than the second that is the least limit.
    size = (1 << 30) - 44
    head = bytearray(wav(b"", bits=8))
    head[4:8], head[40:44] = (size + 36).to_bytes(4, "little"), size.to_bytes(4, "little")
    path = tmp_path / "bomb.wav"
    path.write_bytes(head)
    os.truncate(path, size + 44)

    error = error_for(path, limits=Limits(cpu_s=0, seconds=10**6))

    assert str(error) == "decoding needs more than the limit of 1 s of processor time"


def test_a_decoder_without_memory_is_stopped(shelf: Any, place: Place) -> None:
    error = error_for(place(shelf["wav"].bytes), limits=Limits(memory_bytes=1 << 20))

    assert isinstance(error, Unfit | Unavailable)


def test_a_decoder_that_cannot_be_started_is_unavailable(
    shelf: Any, place: Place, monkeypatch: Any
) -> None:
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    error = error_for(place(shelf["wav"].bytes))

    assert isinstance(error, Unavailable)
    assert str(error) == "the decoder cannot be started: no such file or directory"


READY = "os.write(1, w.pack_ready()); "
HEADING = "os.write(1, w.pack(w.Heading(b.Format({}, 1, 'wav', 'pcm_s16le'), w.Coding.S16))); "
FITTING = READY + HEADING.format(8000)


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("", Unavailable),
        ("raise ImportError", Unavailable),
        ("os.write(1, b'\\1\\1\\0\\0\\0\\x63')", Unavailable),
        (READY, Unfit),
        (READY + "os.kill(os.getpid(), 11)", Unfit),
        (READY + "os.write(1, b'\\xff' * 1000)", Unfit),
        (READY + "os.write(1, b'\\3\\xff\\xff\\xff\\xff')", Unfit),
        (READY + "os.write(1, w.pack(w.End(0)))", Unavailable),
        (READY + HEADING.format(1000), Unavailable),
        (FITTING, Unfit),
        (FITTING + "os.write(1, w.pack(w.Block(b'')))", Unavailable),
        (FITTING + "os.write(1, w.pack(w.Block(b'123')))", Unavailable),
        (FITTING + "os.write(1, w.pack(w.Block(bytes(16002))))", Unavailable),
        (FITTING + "os.write(1, w.pack(w.Block(bytes(16000))))", Unfit),
        (FITTING + "os.write(1, w.pack(w.End(1)))", Unavailable),
        (FITTING + HEADING.format(8000), Unavailable),
    ],
)
def test_a_decoder_that_was_taken_over_is_not_believed(
    program: str, kind: type, shelf: Any, place: Place, monkeypatch: Any
) -> None:
    path = place(shelf["wav"].bytes)
    simulate(monkeypatch, program)

    assert type(error_for(path)) is kind
    assert children() == []


def simulate(monkeypatch: Any, program: str) -> None:
    imports = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); "
        "import sottovoce.intake.wire as w, sottovoce.intake.bounds as b, "
        "sottovoce.intake.reasons as r\n"
    )
    monkeypatch.setattr(child, "_PROGRAM", imports + program)


def test_the_decoder_sees_none_of_our_environment(
    shelf: Any, place: Place, monkeypatch: Any
) -> None:
    monkeypatch.setenv("SOTTOVOCE_PASSPHRASE", "canary")
    count = "sum('canary' in value for value in os.environ.values())"
    simulate(
        monkeypatch,
        READY + f"os.write(1, w.pack_refusal(r.Breach(r.Reason.STREAMS, {count}, 1)))",
    )

    assert str(error_for(place(shelf["wav"].bytes))) == (
        "the file holds 0 sound tracks; the limit is 1"
    )
