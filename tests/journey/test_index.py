"""Recordings are found by what was said, and it is readable nowhere."""

import subprocess

import pytest
import toy_speech
from command_line import Shell, find_canaries, word_canaries

CARD = "4242428315274962"


def asked(shell: Shell, text: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [*shell.program, "index", *arguments, "--vault", str(shell.vault)],
        cwd=shell.folder,
        env=shell.environment,
        input=text.encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [line.split()[0] for line in done.stdout.decode().splitlines()]


def test_what_was_said_finds_its_recordings_and_is_readable_nowhere(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    toy_speech.write_call(toy.folder / "short.wav", toy_speech.CALL[:2])
    (toy.folder / "inputs").mkdir()
    call = str(toy.process("call.wav", "--json").object["recording"])
    short = str(toy.process("short.wav", "--json").object["recording"])
    for path in toy.folder.glob("*.wav"):
        path.unlink()

    assert asked(toy, CARD, "find") == asked(toy, "4242-4283 1527.4962", "find") == [call]
    assert asked(toy, "oliver", "words") == [call, short]
    assert asked(toy, "Oliver, chairs!", "words") == [call]
    assert asked(toy, "305", "words") == asked(toy, "4242428315274963", "find") == []
    assert find_canaries(word_canaries(["oliver", "marsh", "chairs", CARD]), toy.vault) == []
    entries = toy("ledger", "list", "--vault", toy.vault, "--json").objects
    searched = [e["facts"] for e in entries if e["kind"] == "index.searched"]
    assert [facts["found"] for facts in searched[-2:]] == [0, 0]
    assert {facts["tokens"] for facts in searched} == {"identifiers", "words"}


def test_common_words_are_left_out_of_the_question_and_that_is_said(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", toy_speech.CALL[:2])
    recording = str(toy.process("call.wav", "--json").object["recording"])

    assert asked(toy, "my name is oliver", "words") == [recording]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        asked(toy, "my name is", "words")
    assert refused.value.returncode == 2
    assert b"of 3 words none is indexed" in refused.value.stderr


def test_what_is_not_to_be_indexed_is_not(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    toy.process("call.wav", "--index", "nothing")
    assert asked(toy, CARD, "find") == asked(toy, "oliver", "words") == []
    second = str(toy.process("call.wav", "--index", "identifiers", "--json").object["recording"])

    assert asked(toy, CARD, "find") == [second]
    assert asked(toy, "oliver", "words") == []


def test_an_erased_recording_is_found_no_more_nor_after_the_key_is_gone(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", toy_speech.CALL[:2])
    first = str(toy.process("call.wav", "--json").object["recording"])
    second = str(toy.process("call.wav", "--json").object["recording"])
    toy("recordings", "erase", first, "--yes", "--vault", toy.vault)
    assert asked(toy, "marsh", "words") == [second]
    toy("index", "destroy", "words", "--yes", "--vault", toy.vault)

    assert asked(toy, "marsh", "words") == []
    assert toy("vault", "check", "--vault", toy.vault).status == 0
