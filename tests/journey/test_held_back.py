"""What a profile does not let out is not published, and what an owner adds is hidden."""

import json
from pathlib import Path

import pytest
import toy_speech
from command_line import Shell

pytestmark = pytest.mark.slow

PRIVILEGED = (
    "hello this is privileged and confidential",
    "thank you counsel advises that the chairs arrive in five days",
)
KINDS = """
[[kind]]
id = "own.goods"
name = "What was ordered"
label = "GOODS"
lexicon = ["chairs"]
"""
LENIENT = """
name = "own"
version = 1
[languages]
unsupported = "mask-digits"
"""


def says(toy: Shell) -> dict[str, object]:
    answer = toy("verify", toy.out / "call.receipt.json", "--vault", toy.vault, "--json")

    assert answer.status == 0, answer.out + answer.err
    facts = answer.object["says"]
    assert isinstance(facts, dict)
    return facts


def transcript(toy: Shell) -> dict[str, object]:
    return dict(json.loads((toy.out / "call.transcript.json").read_text()))


def test_privileged_talk_is_not_published_and_its_receipt_says_why(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", PRIVILEGED)
    answer = toy.process("call.wav", "--json")

    assert answer.status == 1
    assert (answer.object["quarantined"], answer.object["leak_checked"]) == (True, True)
    assert list(answer.object["outputs"]) == ["receipt.json"]
    facts = says(toy)
    assert "leg.acp" in facts["held_back"]  # type: ignore[operator]
    assert [recording["state"] for recording in toy.recordings()] == ["quarantined"]


def test_privileged_talk_is_published_and_marked_where_the_profile_only_restricts_it(
    toy: Shell,
) -> None:
    toy_speech.write_call(toy.folder / "call.wav", PRIVILEGED)
    answer = toy.process("call.wav", "--json", "--profile", "hipaa")

    assert answer.status == 0
    assert "leg.acp" in says(toy)["restricted"]  # type: ignore[operator]
    passages = transcript(toy)["passages"]
    assert {p["action"] for p in passages if p["kind"] == "leg.acp"} == {"restrict"}  # type: ignore[attr-defined]


def test_a_language_that_is_not_known_is_not_published(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    answer = toy.process("call.wav", "--json", "--language", "pl")

    assert answer.status == 1
    assert list(answer.object["outputs"]) == ["receipt.json"]
    facts = says(toy)
    assert (facts["language"], facts["language_known"], facts["quarantined"]) == ("pl", False, True)


def test_a_profile_may_let_an_unknown_language_out(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    profile = toy.folder / "lenient.toml"
    profile.write_text(LENIENT)
    answer = toy.process("call.wav", "--json", "--language", "pl", "--profile", profile)

    assert answer.status == 0
    assert transcript(toy)["language"] == "pl"
    assert says(toy)["language_known"] is False


@pytest.mark.parametrize("language", ["en", "pl"])
def test_kinds_of_an_owner_are_hidden_and_counted_in_every_language(
    toy: Shell, language: str
) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    kinds, profile = toy.folder / "kinds.toml", toy.folder / "lenient.toml"
    kinds.write_text(KINDS)
    profile.write_text(LENIENT)
    options: tuple[object, ...] = ("--language", language, "--kinds", kinds, "--profile", profile)
    answer = toy.process("call.wav", "--json", *options)

    assert answer.status == 0
    assert answer.object["findings"]["own.goods"] == 1  # type: ignore[index]
    said = (toy.out / "call.txt").read_text()
    assert "[GOODS]" in said
    assert "chairs" not in said
    assert says(toy)["findings"]["own.goods"] == 1  # type: ignore[index]


def test_a_word_of_an_owners_lexicon_holds_a_recording_back(toy: Shell, tmp_path: Path) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    lexicon = tmp_path / "secret.jsonl"
    lexicon.write_text(
        '{"kind": "leg.acp", "label": "the order", "phrases": ["chairs"], "as": "passage"}\n'
    )
    answer = toy.process("call.wav", "--json", "--lexicon", lexicon)

    assert answer.status == 1
    assert list(says(toy)["held_back"]) == ["leg.acp"]  # type: ignore[call-overload]
