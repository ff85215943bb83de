"""What still leaks after the last hearing is not published; of it only a receipt is written."""

import json

import pytest
import toy_speech
from command_line import Shell, files_under, find_canaries, sound_canaries, word_canaries

pytestmark = pytest.mark.slow

GHOST = {"TOY_EAR": "ghost"}
LONG = (
    *toy_speech.CALL[:4],
    " ".join(["thank you the chairs arrive on the back goodbye"] * 14),
)


def test_a_recording_that_leaks_is_quarantined(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    answer = toy.process("call.wav", "--json", **GHOST)

    assert answer.status == 1
    assert (answer.object["quarantined"], answer.object["leak_checked"]) == (True, False)
    assert list(answer.object["outputs"]) == ["receipt.json"]
    assert [path.name for path in toy.out.iterdir()] == ["call.receipt.json"]
    assert [recording["state"] for recording in toy.recordings()] == ["quarantined"]


def test_its_receipt_verifies_and_says_so(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    toy.process("call.wav", **GHOST)
    answer = toy("verify", toy.out, "--vault", toy.vault, "--json")

    assert answer.status == 0
    assert answer.object["says"]["quarantined"] is True
    assert answer.object["says"]["leak_check"]["passed"] is False


def test_it_is_not_exported(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    recording = toy.process("call.wav", "--json", **GHOST).object["recording"]
    answer = toy("recordings", "export", recording, "--out", "taken", "--vault", toy.vault)

    assert answer.status == 1
    assert f"recording {recording} is quarantined and is not given out" in answer.err
    (told,) = toy("ledger", "list", "--refused", "--json", "--vault", toy.vault).objects
    assert (told["kind"], told["recording"]) == ("recording.refused", recording)
    assert told["facts"]["reason"] == "held_back"
    assert not (toy.folder / "taken").exists()


def test_nothing_of_it_is_readable_anywhere(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    answer = toy.process("call.wav", **GHOST)
    (toy.folder / "said").write_text(answer.out + answer.err)
    (toy.folder / "call.wav").unlink()
    samples, _ = toy_speech.call(LONG)
    canaries = sound_canaries(samples, toy_speech.RATE_HZ) | word_canaries(["goodbye", "oliver"])

    assert find_canaries(canaries, toy.folder) == []


def test_what_was_published_under_its_name_before_does_not_stay_beside_its_receipt(
    toy: Shell,
) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    toy.process("call.wav")
    toy.process("call.wav", **GHOST)

    assert [path.name for path in files_under(toy.out)] == ["call.receipt.json"]


def test_a_file_put_beside_its_receipt_is_found(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    toy.process("call.wav", **GHOST)
    (toy.out / "call.transcript.json").write_text(json.dumps({"segments": []}))
    answer = toy("verify", toy.out / "call.receipt.json", "--vault", toy.vault)

    assert answer.status == 1
    assert "call.transcript.json is no file that the receipt was signed for" in answer.out
