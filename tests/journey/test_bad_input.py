"""What cannot be taken in is said, with the measure, and nothing of it is kept."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import Shell, files_under

from sottovoce.backends.folder_outlet import ROLES, FolderOutlet
from sottovoce.intake.bounds import Limits
from sottovoce.pipeline import take
from sottovoce.redaction.profile import load_profile
from sottovoce.steps.order import Order, Workshop
from sottovoce.values.errors import Unfit
from sottovoce.wiring import embedded

CONTRACT = [
    "recording",
    "input",
    "duration_s",
    "rtf",
    "words",
    "findings",
    "masked_s",
    "passages",
    "leak_checked",
    "quarantined",
    "seen_before",
    "outputs",
]
OUTPUTS = [*ROLES]


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("my name is Oliver Marsh\n" * 100)


def forty_channels(path: Path) -> None:
    soundfile.write(path, np.zeros((8000, 40), np.int16), 8000)


def no_frames(path: Path) -> None:
    soundfile.write(path, np.zeros((0, 1), np.int16), 8000)


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def missing(path: Path) -> None:
    pass


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def cut_wav(path: Path) -> None:
    toy_speech.write_call(path)
    os.truncate(path, path.stat().st_size // 2)


def damaged_flac(path: Path) -> None:
    toy_speech.write_call(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = os.urandom(len(data) - len(data) // 2)
    path.write_bytes(data)


def cut_mp3(path: Path) -> None:
    samples, _ = toy_speech.call()
    soundfile.write(path, samples, 8000, format="MP3")
    os.truncate(path, path.stat().st_size // 2)


def thirteen_hours(path: Path) -> None:
    """Write a small FLAC whose header tells of thirteen hours (RFC 9639, section 8.2)."""
    soundfile.write(path, np.zeros(8000, np.int16), 8000)
    data = bytearray(path.read_bytes())
    data[22:26] = (13 * 3600 * 8000).to_bytes(4, "big")
    path.write_bytes(data)


BAD: list[tuple[str, Callable[[Path], None], str]] = [
    ("empty.wav", empty, "the file is empty: it has 0 bytes"),
    ("text.wav", text, "the file is in no audio format that is read here"),
    ("forty.wav", forty_channels, "the sound has 40 channels; from 1 to 8 are taken"),
    ("silent.wav", no_frames, "the file holds no sound: 0 samples|it has 0 samples"),
    ("folder.wav", folder, "the input is a directory, not a file"),
    ("pipe.wav", pipe, "the input is a pipe, socket or device, not a file"),
    ("missing.wav", missing, "the file cannot be opened: no such file or directory"),
    ("dangling.wav", dangling, "the file cannot be opened: no such file or directory"),
    ("endless.wav", endless, "the input is a pipe, socket or device, not a file"),
    ("cut.wav", cut_wav, r"the file is cut short: it needs \d+ bytes and has \d+"),
    ("damaged.flac", damaged_flac, "damaged|broken"),
    ("cut.mp3", cut_mp3, "cut short|not as long as the file says"),
    ("hours.flac", thirteen_hours, r"lasts 46800 s or more; the limit is 43200 s"),
]


@pytest.mark.parametrize(("name", "make", "message"), BAD, ids=[name for name, _, _ in BAD])
def test_a_bad_input_is_said_and_nothing_is_kept(
    toy: Shell, name: str, make: Callable[[Path], None], message: str
) -> None:
    make(toy.folder / name)
    answer = toy.process(name, "--json")

    assert answer.status == 2
    assert re.search(f"^{name}:\nerror: .*({message})", answer.err)
    assert answer.object["error"]["code"] == "unfit"
    assert answer.object["input"] == name
    assert not list(files_under(toy.vault / "objects", toy.out, toy.temporary))
    assert toy.recordings() == []


def test_a_bad_input_does_not_stop_the_good_ones(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "first.wav", toy_speech.CALL[:2])
    toy_speech.write_call(toy.folder / "last.wav", toy_speech.CALL[-2:])
    text(toy.folder / "bad.wav")
    answer = toy.process("first.wav", "bad.wav", "last.wav", "--json")

    assert answer.status == 2
    assert ["error" in one for one in answer.objects] == [False, True, False]
    assert [recording["state"] for recording in toy.recordings()] == ["kept", "kept"]


def test_what_nobody_foresaw_does_not_stop_the_others_and_shows_no_content(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "first.wav", ("my name is oliver marsh breakdown",))
    toy_speech.write_call(toy.folder / "last.wav", toy_speech.CALL[:2])
    answer = toy.run("process", "first.wav", "last.wav", "--out", "out", "--vault", "vault")

    assert answer.status == 3
    assert "error: something went wrong that we did not foresee, at RuntimeError in" in answer.err
    assert "oliver" not in answer.err
    assert "done  last.wav" in answer.out
    assert [recording["state"] for recording in toy.recordings()] == ["arrived", "kept"]


def test_an_hour_of_silence_is_a_recording(toy: Shell) -> None:
    soundfile.write(toy.folder / "hour.flac", np.zeros(3600 * 8000, np.int16), 8000)
    answer = toy.process("hour.flac", "--json")

    assert (answer.status, answer.object["duration_s"], answer.object["words"]) == (0, 3600, 0)


def test_a_single_sample_is_a_recording(toy: Shell) -> None:
    soundfile.write(toy.folder / "one.wav", np.ones(1, np.int16), 8000)
    answer = toy.process("one.wav", "--json")

    assert (answer.status, answer.object["duration_s"], answer.object["masked_s"]) == (0, 0, 0)


def test_a_bomb_ends_at_the_limit_and_leaves_nothing(tmp_path: Path) -> None:
    """An hour in a small file; its header, which tells so, is made to tell nothing."""
    bomb = tmp_path / "bomb.flac"
    soundfile.write(bomb, np.zeros(3600 * 8000, np.int16), 8000)
    data = bytearray(bomb.read_bytes())
    data[22:26] = bytes(4)
    bomb.write_bytes(data)
    app = embedded(tmp_path / "vault")
    limits = Limits(seconds=600)
    shop = Workshop(app.vault, app.log, app.signer, toy_speech.listeners(), limits, app.actor)
    order = Order(bomb, tmp_path, load_profile("pci"), "testing")
    with pytest.raises(Unfit):
        take(order, shop, lambda stage, done_s, total_s: None)

    assert tuple(app.vault.list()) == ()
    assert not list(files_under(tmp_path / "vault" / "objects"))
    app.close()


def test_the_same_bytes_again_are_a_new_recording_and_that_is_said(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    first = toy.process("call.wav", "--json")
    (toy.folder / "call.wav").rename(toy.folder / "renamed.wav")
    second = toy.process("renamed.wav", "--json")
    third = toy.process("renamed.wav")

    assert first.object["seen_before"] == []
    assert second.object["seen_before"] == [first.object["recording"]]
    assert f"processed before, as {second.object['recording']};" in third.out
    assert "this is a new recording" in third.out
    assert len(toy.recordings()) == 3


def test_json_is_one_object_a_line_with_the_names_of_the_contract(toy: Shell) -> None:
    for name in ("one.wav", "two.wav"):
        toy_speech.write_call(toy.folder / name)
    answer = toy.process("one.wav", "two.wav", "--json")

    assert (answer.status, answer.err) == (0, "")
    assert [list(one) for one in answer.objects] == [CONTRACT, CONTRACT]
    first = answer.objects[0]
    assert first["findings"] == {"per.name": 1, "fin.pan": 1, "fin.cvv": 1}
    assert (first["leak_checked"], first["quarantined"]) == (True, False)
    assert set(OUTPUTS) <= set(first["outputs"])
    assert all(Path(place).is_file() for place in first["outputs"].values())


def test_on_success_a_pipe_hears_nothing_on_standard_error(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    answer = toy.process("call.wav")

    assert (answer.status, answer.err) == (0, "")
    assert not set(answer.out) & {"\r", "\x1b"}
    assert not [secret for secret in toy_speech.SECRETS if secret in answer.out.lower()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--person", "Oliver Marsh"), "a person id has 1 to 64 letters, digits"),
        (("--person", ""), "a person id has 1 to 64 letters, digits"),
        (("--purpose", "to help Oliver Marsh"), "a purpose has 1 to 40 lower-case letters"),
        (("--profile", "nothing"), "there is no such profile"),
        (("--profile", "nothing.toml"), "the profile is not a file"),
        (("--person", "a", "--person", "b", "--person", "c"), "3 persons are given; the sound has"),
    ],
)
def test_a_bad_option_is_said_and_nothing_is_kept(
    toy: Shell, options: tuple[str, ...], message: str
) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    answer = toy.process("call.wav", *options)

    assert answer.status == 2
    assert f"error: {message}" in answer.err
    assert "Oliver" not in answer.err + answer.out
    assert not list(files_under(toy.vault / "objects", toy.out))


def test_a_profile_of_nonsense_is_said_without_its_words(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    (toy.folder / "own.toml").write_text("Oliver Marsh = = 3")
    answer = toy.process("call.wav", "--profile", "own.toml")

    assert answer.status == 2
    assert answer.err.startswith("error: the profile is not TOML at line 1")
    assert "Oliver" not in answer.err


@pytest.mark.parametrize("kept", ["one person", "a person a channel"])
def test_persons_are_those_that_were_given(toy: Shell, kept: str) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    given = ["c-1", "c-1"] if kept == "one person" else ["agent-7", "c-1"]
    options = [part for person in dict.fromkeys(given) for part in ("--person", person)]
    toy.process("call.wav", *options)

    assert toy.recordings()[0]["persons"] == given


def test_inputs_of_one_stem_are_refused_before_anything_is_done(toy: Shell) -> None:
    (toy.folder / "other").mkdir()
    toy_speech.write_call(toy.folder / "call.wav")
    toy_speech.write_call(toy.folder / "other" / "call.wav")
    answer = toy.process("call.wav", "other/call.wav")

    assert answer.status == 2
    assert "1 of 2 inputs have the name of another" in answer.err
    assert not toy.vault.exists()


@pytest.mark.parametrize("name", ["call.txt", "call.vtt"])
def test_an_input_is_never_written_over(toy: Shell, name: str) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    (toy.folder / "call.wav").rename(toy.folder / name)
    before = (toy.folder / name).read_bytes()
    answer = toy("process", name, "--vault", toy.vault)

    assert answer.status == 2
    assert "1 of 1 inputs lie where outputs would be written over them" in answer.err
    assert (toy.folder / name).read_bytes() == before


def test_an_output_of_one_input_is_not_written_over_another(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    toy_speech.write_call(toy.folder / "call.redacted.flac")
    answer = toy("process", "call.wav", "call.redacted.flac", "--vault", toy.vault)

    assert answer.status == 2
    assert not toy.vault.exists()


def test_a_name_too_long_for_its_outputs_is_said_before_the_work(toy: Shell) -> None:
    name = "n" * 240 + ".wav"
    toy_speech.write_call(toy.folder / name)
    answer = toy.process(name)

    assert answer.status == 2
    assert re.search(r"too long: an output's would have \d+ bytes; the limit is 255", answer.err)
    assert toy.recordings() == []


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict", "latin-1:strict"])
def test_a_name_cannot_steer_the_terminal_nor_end_the_work(toy: Shell, encoding: str) -> None:
    names = [b"a\x1b[31mred.wav", b"caf\xe9.wav", "caf\N{SNOWMAN}.wav".encode()]
    for name in names:
        toy_speech.write_call(toy.folder / "call.wav", toy_speech.CALL[:2])
        os.rename(os.fsencode(toy.folder / "call.wav"), os.fsencode(toy.folder) + b"/" + name)
    good = [os.fsdecode(name) for name in names]
    answer = toy.process(*good, os.fsdecode(b"\x1b\xe9.wav"), PYTHONIOENCODING=encoding)

    assert answer.status == 2
    assert answer.out.count("done") == 3
    assert "\x1b" not in answer.out + answer.err


def test_a_second_process_in_a_vault_is_told_to_wait(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    app = embedded(toy.vault)
    app.vault.recover(lambda recording: app.event("recording.undone", recording))
    answer = toy.process("call.wav")
    app.close()

    assert answer.status == 3
    assert "error: another process is working in this vault" in answer.err
    assert toy.process("call.wav").status == 0


def test_a_file_in_the_place_of_the_vault_is_left_alone(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    toy.vault.write_text("mine")
    answer = toy.process("call.wav")

    assert (answer.status, toy.vault.read_text()) == (2, "mine")
    assert "error: the vault's path is not a folder" in answer.err


def test_a_folder_of_other_things_does_not_become_a_vault(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    toy.vault.mkdir(mode=0o700)
    (toy.vault / "letter.txt").write_text("mine")
    answer = toy.process("call.wav")

    assert answer.status == 2
    assert [path.name for path in toy.vault.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("place", ["a file", "below a file", "proc", "a read-only disk"])
def test_an_output_folder_that_cannot_be_written_is_said_before_the_work(
    toy: Shell, place: str
) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    with _unwritable(toy.folder, place) as out:
        answer = toy("process", "call.wav", "--out", out, "--vault", toy.vault)

    assert answer.status == 2
    assert "error: the output folder cannot be written: " in answer.err
    assert "hint: choose another with --out DIR" in answer.err
    assert not toy.vault.exists()


@pytest.mark.parametrize("full", ["vault", "out"])
@pytest.mark.parametrize("size_kib", [64, 512, 900])
def test_a_full_disk_is_said_and_the_work_is_taken_up_when_there_is_room(
    toy: Shell, full: str, size_kib: int
) -> None:
    samples, _ = toy_speech.call(toy_speech.CALL * 2)
    noise = np.random.default_rng(3).normal(0, 60, samples.shape)
    soundfile.write(toy.folder / "call.wav", samples + noise.astype(np.int16), 8000)
    place = toy.folder / full
    with _small_disk(place, size_kib):
        answer = toy.process("call.wav", "--json")

        assert answer.status == 3
        assert re.search("error: .*(no space|full|cannot be used)", answer.err)
        assert not list(files_under(toy.out))
        assert not [r for r in _listed(toy) if r["state"] in ("arriving", "kept")]
        _make_room(place)
        again = toy.process("call.wav", "--json")

        assert (again.status, again.object["seen_before"]) == (0, [])
        assert toy("verify", toy.out / "call.receipt.json", "--vault", toy.vault).status == 0
        assert [recording["state"] for recording in toy.recordings()] == ["kept"]


def test_a_passphrase_from_a_file_opens_the_vault_and_no_other_does(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", toy_speech.CALL[:2])
    for name, word in (("right", "correct horse"), ("wrong", "battery staple"), ("short", "abc")):
        (toy.folder / name).write_text(f"{word}\n")
    first, same, other, gone, short = (
        toy.process("call.wav", SOTTOVOCE_PASSPHRASE_FILE=name)
        for name in ("right", "right", "wrong", "nowhere", "short")
    )
    none = toy.process("call.wav")

    assert (first.status, same.status) == (0, 0)
    assert (other.status, none.status) == (1, 1)
    assert other.err == "error: the passphrase does not open the vault's root key\n"
    assert "is wrapped by a passphrase and none was given" in none.err
    assert (gone.status, short.status) == (2, 2)
    assert "the passphrase has 3 bytes; it needs 8 to 4096" in short.err
    assert b"correct horse" not in b"".join(p.read_bytes() for p in files_under(toy.vault))


def test_a_reader_that_goes_away_is_no_error_to_shout_about(toy: Shell) -> None:
    """The status is that of a program that a closed pipe ended, so that scripts notice."""
    toy_speech.write_call(toy.folder / "call.wav", toy_speech.CALL[:2])
    toy.process("call.wav")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*toy.program, "recordings", "list", "--vault", toy.vault, "--json"],
        env=toy.environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_what_cannot_be_revealed_leaves_nothing_aside(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"words")
    outlet.discard()

    assert list(tmp_path.iterdir()) == []


@contextmanager
def _unwritable(folder: Path, place: str) -> Iterator[Path]:
    if place == "a read-only disk":
        with _disk(folder / "disk", "ro,size=64k"):
            yield folder / "disk"
        return
    (folder / "taken").write_text("mine")
    yield {
        "a file": folder / "taken",
        "below a file": folder / "taken" / "deep",
        "proc": Path("/proc/self/new"),
    }[place]


@contextmanager
def _small_disk(place: Path, size_kib: int) -> Iterator[None]:
    with _disk(place, f"mode=0700,size={size_kib}k"):
        yield


@contextmanager
def _disk(place: Path, options: str) -> Iterator[None]:
    place.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own cannot be mounted here; it needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _make_room(place: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)


def _listed(toy: Shell) -> list[dict[str, object]]:
    listing = toy("recordings", "list", "--vault", toy.vault, "--json")
    return listing.objects if listing.status == 0 else []
