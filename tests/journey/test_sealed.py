"""A recording comes sealed by its sender, and its sound is plain on no disk."""

import shutil
import signal
import time
from pathlib import Path

import pytest
import soundfile
import toy_speech
from command_line import Shell, find_canaries, sound_canaries

CALL = toy_speech.CALL[:3]
_LOOKS = 15_000


@pytest.fixture
def sent(toy: Shell) -> tuple[str, Path]:
    """Make a vault, a recipient of it, and a call sealed to it; the plain call is gone."""
    plain = toy.folder / "sender" / "call.wav"
    plain.parent.mkdir()
    toy_speech.write_call(plain, CALL)
    made = toy("recipients", "new", "--vault", toy.vault, "--out", "to.txt", "--json")
    answer = toy("seal", plain, "--to", "to.txt", "--out", "way", "--json").object
    assert answer["recipient"] == made.object["recipient"]
    return str(made.object["recipient"]), toy.folder / str(answer["output"])


def taken_away(toy: Shell) -> dict[str, bytes]:
    """Return bytes by which the plain call would be known, and take it from the disk."""
    path = toy.folder / "sender" / "call.wav"
    samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    shutil.rmtree(path.parent)
    return sound_canaries(samples, rate_hz)


def test_it_gives_what_the_plain_recording_gives(toy: Shell, sent: tuple[str, Path]) -> None:
    recipient, sealed = sent
    plain = toy.process(toy.folder / "sender" / "call.wav", "--json").object
    words = (toy.out / "call.txt").read_text()
    received = toy.process(sealed, "--json").object

    assert (toy.out / "call.txt").read_text() == words
    assert received["findings"] == plain["findings"] != {}
    entries = toy("ledger", "list", "--vault", toy.vault, "--json").objects
    admitted = [e for e in entries if e["kind"] == "recording.admitted"]
    assert [e["facts"].get("recipient") for e in admitted] == [None, recipient]


def test_its_sound_is_on_no_disk(toy: Shell, sent: tuple[str, Path]) -> None:
    canaries = taken_away(toy)
    toy.process(sent[1])
    shutil.rmtree(toy.out)  # What is not sensitive is meant to be heard there.

    assert find_canaries(canaries, toy.folder) == []


def killed_when(toy: Shell, sealed: Path, seen: str) -> None:
    """Process, and kill it as soon as a file of the vault is there."""
    process = toy.start(sealed)
    for _ in range(_LOOKS):
        if process.poll() is not None or next(toy.vault.glob(seen), None):
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert process.returncode == -signal.SIGKILL, f"{seen} was not seen before it ended"


def test_killed_while_it_arrives_and_while_it_is_worked_on_it_leaves_nothing(
    toy: Shell, sent: tuple[str, Path]
) -> None:
    canaries = taken_away(toy)
    for seen in ("objects/*/job-0.seal*", "objects/*/arrival-0.seal"):
        killed_when(toy, sent[1], seen)
        shutil.rmtree(toy.out, ignore_errors=True)
        assert find_canaries(canaries, toy.folder) == []

    assert toy.process(sent[1]).status == 0
    assert sorted({str(one["state"]) for one in toy.recordings()}) == ["kept"]


def test_a_changed_file_is_refused_and_nothing_is_kept(toy: Shell, sent: tuple[str, Path]) -> None:
    data = bytearray(sent[1].read_bytes())
    data[-20] ^= 1
    sent[1].write_bytes(data)
    answer = toy.process(sent[1], "--json")

    assert answer.status == 1
    assert answer.object["error"]["code"] == "tampered"
    assert toy.recordings() == []


def test_what_is_sealed_to_another_vault_or_to_a_destroyed_key_does_not_open(
    toy: Shell, sent: tuple[str, Path]
) -> None:
    recipient, sealed = sent
    other = toy("process", sealed, "--vault", "elsewhere", "--out", "out")
    toy("recipients", "new", "--vault", toy.vault)
    still = toy.process(sealed)
    destroyed = toy("recipients", "destroy", recipient, "--yes", "--vault", toy.vault)
    assert "given out again" not in destroyed.out
    gone = toy.process(sealed)

    assert (other.status, still.status, gone.status) == (1, 0, 1)
    for answer in (other, gone):
        assert f"sealed to the recipient {recipient}" in answer.err
        assert "recipients list" in answer.err
    listed = toy("recipients", "list", "--vault", toy.vault, "--json").objects
    assert [one["newest"] for one in listed] == [True]
    assert listed[0]["recipient"] != recipient
    shown = toy("recipients", "show", "--vault", toy.vault, "--json").object
    assert shown["recipient"] == listed[0]["recipient"]


def test_a_recipients_file_of_before_is_not_written_over(toy: Shell) -> None:
    where = ("--vault", toy.vault, "--out", "to.txt")
    toy("recipients", "new", *where)
    before = (toy.folder / "to.txt").read_bytes()
    for verb in ("new", "show"):
        answer = toy("recipients", verb, *where)
        assert (answer.status, "there already" in answer.err) == (1, True)

    assert (toy.folder / "to.txt").read_bytes() == before
    assert not list(toy.folder.glob(".*.part"))


def test_who_destroys_the_newest_is_told_which_is_given_out_again(toy: Shell) -> None:
    made = [toy("recipients", "new", "--vault", toy.vault, "--json").object for _ in range(2)]
    old, new = (str(one["recipient"]) for one in made)
    answer = toy("recipients", "destroy", new, "--yes", "--vault", toy.vault)

    assert f"given out again is the older one: {old[:4]} {old[4:8]}" in answer.out


def test_a_headerless_file_is_still_known_when_it_is_sealed(toy: Shell) -> None:
    (toy.folder / "call.ulaw").write_bytes(bytes([0x80, 0x00] * 40_000))
    toy("recipients", "new", "--vault", toy.vault, "--out", "to.txt")
    toy("seal", "call.ulaw", "--to", "to.txt")

    assert toy.process("call.sealed", "--json").object["duration_s"] == 10.0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("no-such.wav", "--to", "to.txt"), 2, "cannot be opened"),
        ((".", "--to", "to.txt"), 2, "is a directory"),
        (("empty.wav", "--to", "to.txt"), 2, "0 bytes"),
        (("call.wav", "--to", "call.wav"), 2, "recipient's file is not one"),
        (("call.wav", "--to", "no-such.txt"), 2, "recipient's file cannot be read"),
        (("call.wav", "again/call.wav", "--to", "to.txt"), 2, "would give 1 outputs"),
        (("there.wav", "--to", "to.txt"), 1, "there already"),
    ],
)
def test_what_cannot_be_sealed_is_said(
    toy: Shell, arguments: tuple[str, ...], status: int, says: str
) -> None:
    toy("recipients", "new", "--vault", toy.vault, "--out", "to.txt")
    (toy.folder / "call.wav").write_bytes(b"RIFF")
    (toy.folder / "empty.wav").write_bytes(b"")
    (toy.folder / "there.sealed").write_bytes(b"before")
    answer = toy("seal", *arguments)

    assert answer.status == status
    assert says in answer.err
    assert (toy.folder / "there.sealed").read_bytes() == b"before"
    assert not (toy.folder / "call.sealed").exists()
    assert not list(toy.folder.glob(".*.part"))
