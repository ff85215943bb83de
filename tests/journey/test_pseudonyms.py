"""The same stand-in all the way: in every output, in two recordings, and no longer after."""

import json
import re

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import Shell, find_canaries, word_canaries

pytestmark = pytest.mark.slow

TENANT = ("--pseudonyms", "tenant", "--profile", "research")
AGAIN = ("thank you oliver marsh", "goodbye")


def stand_ins(toy: Shell, stem: str) -> list[str]:
    """Return what is written for what was hidden."""
    said = json.loads((toy.out / f"{stem}.transcript.json").read_text())
    return [
        word["text"] for segment in said["segments"] for word in segment["words"] if word["masked"]
    ]


def process(toy: Shell, stem: str, *options: str) -> list[str]:
    toy_speech.write_call(toy.folder / f"{stem}.wav", (*toy_speech.CALL, *AGAIN))
    answer = toy.process(f"{stem}.wav", *options)

    assert answer.status == 0, answer.err
    return stand_ins(toy, stem)


def test_a_person_has_one_stand_in_in_every_output(toy: Shell) -> None:
    first, *_, again = process(toy, "call", "--profile", "research")

    assert again == first
    assert len(first.split()) == 2
    for role in ("txt", "vtt", "report.html"):
        assert (toy.out / f"call.{role}").read_text().count(first) == 2


def test_a_card_has_a_stand_in_that_is_a_card(toy: Shell) -> None:
    texts = process(toy, "call", "--profile", "research")

    assert any(re.fullmatch(r"9999( \d{4}){3}", text) for text in texts)


def test_two_recordings_have_nothing_in_common_unless_asked_for(toy: Shell) -> None:
    one, other = (process(toy, stem, "--profile", "research") for stem in ("one", "other"))

    assert {text for text in one if text[0] != "["}.isdisjoint(other)


def test_two_recordings_of_a_tenant_have_the_same_stand_ins_until_the_key_is_gone(toy) -> None:
    one, other = (process(toy, stem, *TENANT) for stem in ("one", "other"))
    destroyed = toy("pseudonyms", "destroy", "--yes", "--vault", toy.vault, "--json")
    after = process(toy, "after", *TENANT)
    entries = toy("ledger", "list", "--vault", toy.vault, "--json").objects
    kinds = [e["kind"] for e in entries if str(e["kind"]).startswith("pseudonyms.")]

    assert one == other
    assert {text for text in one if text[0] != "["}.isdisjoint(after)
    assert destroyed.object["destroyed"] is True
    assert kinds == ["pseudonyms.made", "pseudonyms.destroyed", "pseudonyms.made"]


def test_the_key_is_not_destroyed_without_a_yes(toy: Shell) -> None:
    process(toy, "call", *TENANT)
    answer = toy("pseudonyms", "destroy", "--vault", toy.vault)

    assert (answer.status, "say --yes" in answer.err) == (1, True)


def test_destroying_what_is_not_there_says_so(toy: Shell) -> None:
    process(toy, "call")
    answer = toy("pseudonyms", "destroy", "--vault", toy.vault)
    nowhere = toy("pseudonyms", "destroy", "--vault", toy.folder / "none")

    assert (answer.status, "no key that links" in answer.out) == (0, True)
    assert (nowhere.status, "there is no vault" in nowhere.err) == (1, True)


@pytest.mark.parametrize("scope", ["recording", "tenant"])
@pytest.mark.parametrize("profile", ["research", "hipaa-safe-harbor"])
def test_nothing_that_was_replaced_is_readable_anywhere(toy: Shell, scope, profile) -> None:
    process(toy, "call", "--pseudonyms", scope, "--profile", profile)
    (toy.folder / "call.wav").unlink()
    canaries = word_canaries(["oliver", "marsh", "4242428315274962", "three oh five"])

    assert find_canaries(canaries, toy.folder) == []


def said_in(toy: Shell, stem: str) -> list[bool]:
    """Tell of each mask whether a stand-in is heard in it."""
    sound, rate_hz = soundfile.read(toy.out / f"{stem}.redacted.flac")
    masks = json.loads((toy.out / f"{stem}.transcript.json").read_text())["masked"]
    heard = []
    for mask in masks:
        start, end = round(mask["start_s"] * rate_hz), round(mask["end_s"] * rate_hz)
        tones = np.abs(np.fft.rfft(sound[start:end, mask["channel"]]))
        loudest_hz = int(np.argmax(tones)) * rate_hz / (end - start)
        heard.append(abs(loudest_hz - toy_speech.SAID_HZ) < 20)
    return heard


def fills(toy: Shell, stem: str) -> list[str]:
    said = json.loads((toy.out / f"{stem}.transcript.json").read_text())
    return [mask["fill"] for mask in said["masked"]]


def test_stand_ins_are_said_where_they_are_written_and_nowhere_else(toy: Shell) -> None:
    process(toy, "said", "--profile", "research", "--speak")
    process(toy, "masked", "--profile", "research")

    assert fills(toy, "said") == ["voice" if heard else "tone" for heard in said_in(toy, "said")]
    assert fills(toy, "said").count("voice") >= 3
    assert not any(said_in(toy, "masked"))


def test_what_reads_the_words_anew_says_stand_ins_only_when_asked(toy: Shell) -> None:
    process(toy, "read", "--profile", "research", "--voice", "strong")
    process(toy, "spoken", "--profile", "research", "--voice", "strong", "--speak")

    assert set(fills(toy, "read")) == {"tone"}
    assert fills(toy, "spoken").count("voice") >= 3


def test_the_receipt_says_which_voice_spoke_and_how_far_stand_ins_reach(toy: Shell) -> None:
    process(toy, "call", *TENANT, "--speak")
    says = toy("verify", toy.out, "--vault", toy.vault, "--json").object["says"]

    assert says["pseudonyms"] == "tenant"
    assert {"role": "synthesiser", "name": "toy-synthesiser", "sha256": "1" * 64} in says["models"]


def test_a_voice_of_another_language_is_refused(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    answer = toy.process("call.wav", "--language", "es", "--speak")

    assert (answer.status, "the synthetic voice speaks en" in answer.err) == (2, True)
