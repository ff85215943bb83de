"""A person looks at what is held back and decides; that is an event and has a receipt."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import Answer, Shell, find_canaries, sound_canaries, word_canaries

pytestmark = pytest.mark.slow

GHOST = {"TOY_EAR": "ghost"}
TALK = " ".join(["thank you the chairs arrive on the back goodbye"] * 14)
LONG = (*toy_speech.CALL[:6], TALK)
PRIVILEGED = (
    "hello this is privileged and confidential",
    "thank you counsel advises that the chairs arrive in five days",
)


def held_back(toy: Shell, sentences: tuple[str, ...] = LONG, **environment: str) -> str:
    toy_speech.write_call(toy.folder / "call.wav", sentences)
    # Of all but everything that is hidden here, longer masks would leave nothing to see.
    answer = toy.process("call.wav", "--json", "--mask-length", "exact", **environment)

    assert answer.object["quarantined"] is True
    return str(answer.object["recording"])


def review(toy: Shell, recording: str, *options: object, **environment: str) -> Answer:
    places = ("--vault", toy.vault, "--json")
    return toy("recordings", "review", recording, *places, *options, **environment)


def says(toy: Shell, folder: Path, recording: str) -> dict[str, object]:
    path = folder / f"{recording}.receipt.json"
    answer = toy("verify", path, "--vault", toy.vault, "--json")

    assert answer.status == 0, answer.out + answer.err
    return dict(answer.object["says"])  # type: ignore[call-overload]


def events(toy: Shell) -> list[dict[str, object]]:
    rows = toy("ledger", "list", "--vault", toy.vault, "--json").objects
    return [row for row in rows if row["kind"] == "recording.reviewed"]


def test_what_leaked_is_shown_by_kind_and_time_and_nothing_is_changed(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    answer = review(toy, recording)
    shown = answer.object

    assert answer.status == 0
    assert shown["decision"] is None
    assert {leak["kind"] for leak in shown["leaks"]} >= {"fin.pan"}  # type: ignore[attr-defined]
    assert all(leak["end_s"] > leak["start_s"] >= 0 for leak in shown["leaks"])  # type: ignore[attr-defined]
    assert [one["state"] for one in toy.recordings()] == ["quarantined"]
    assert not any(secret in answer.out + answer.err for secret in (*toy_speech.SECRETS, "chairs"))
    assert "still recovered" in toy("recordings", "review", recording, "--vault", toy.vault).out


def test_it_is_not_published_over_a_leak_without_saying_so(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    out = toy.folder / "reviewed"
    answer = review(toy, recording, "--publish", "--reason", "authorised", "--out", out)

    assert answer.status == 1
    assert "still recovered" in answer.err
    assert list(out.iterdir()) == []
    assert [one["state"] for one in toy.recordings()] == ["quarantined"]
    assert events(toy) == []


def test_published_over_a_leak_the_receipt_and_the_ledger_say_who_decided(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    out = toy.folder / "reviewed"
    options = ("--publish", "--accept-leak", "--reason", "false_alarm", "--out", out)
    answer = review(toy, recording, *options)
    facts = says(toy, out, recording)
    (event,) = events(toy)

    assert answer.status == 0, answer.err
    assert set(answer.object["outputs"]) >= {"redacted.flac", "transcript.json", "receipt.json"}  # type: ignore[call-overload]
    assert facts["quarantined"] is False
    assert facts["review"]["decision"] == "publish"  # type: ignore[index]
    assert facts["review"]["grounds"] == "false_alarm"  # type: ignore[index]
    assert facts["review"]["accepted"] == facts["leak_check"]["left"] != {}  # type: ignore[index]
    assert event["facts"]["decision"] == "publish"  # type: ignore[index]
    assert str(event["actor"]) == str(facts["actor"])
    assert [one["state"] for one in toy.recordings()] == ["kept"]
    words = (out / f"{recording}.txt").read_text()
    assert "chairs" in words
    assert not any(secret in words for secret in toy_speech.SECRETS)


def test_verify_says_in_words_what_a_person_accepted(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    out = toy.folder / "reviewed"
    options = ("--publish", "--accept-leak", "--reason", "authorised", "--out", out)
    review(toy, recording, *options)
    answer = toy("verify", out, "--vault", toy.vault)

    assert answer.status == 0
    assert "leaks that are accepted (authorised)" in answer.out
    assert "it is the limit of that listener" in answer.out


def test_masked_by_hand_and_heard_clean_it_is_published(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    out = toy.folder / "reviewed"
    tries = review(toy, recording, "--mask", "0-9999", **GHOST)

    assert tries.status == 2
    assert "does not lie within" in tries.err
    length_s = float(toy.recordings()[0]["duration_s"])  # type: ignore[arg-type]
    options = ("--mask", f"0-{length_s}", "--publish", "--reason", "masked_by_hand", "--out", out)
    answer = review(toy, recording, *options, **GHOST)
    facts = says(toy, out, recording)

    assert answer.status == 0, answer.err
    assert facts["leak_check"]["passed"] is True  # type: ignore[index]
    assert facts["review"]["accepted"] == {}  # type: ignore[index]
    assert facts["review"]["masked_by_hand"] == 2  # type: ignore[index]
    assert facts["masked_ms"] == pytest.approx(2000 * length_s, abs=5)
    assert "thank" not in (out / f"{recording}.txt").read_text()


def test_what_is_masked_by_hand_is_tried_without_deciding(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    answer = review(toy, recording, "--mask", "0.5-1.5@1")

    assert answer.status == 0
    assert (answer.object["leaks"], answer.object["decision"]) == ([], None)
    assert [one["state"] for one in toy.recordings()] == ["quarantined"]
    assert events(toy) == []


def test_the_decision_to_keep_it_back_is_an_event_with_a_receipt(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    out = toy.folder / "reviewed"
    answer = review(toy, recording, "--keep-quarantined", "--reason", "undecided", "--out", out)
    facts = says(toy, out, recording)

    assert answer.status == 0
    assert list(answer.object["outputs"]) == ["receipt.json"]  # type: ignore[call-overload]
    assert (facts["quarantined"], facts["review"]["decision"]) == (True, "keep")  # type: ignore[index]
    assert [one["state"] for one in toy.recordings()] == ["quarantined"]
    again = review(toy, recording, "--publish", "--accept-leak", "--reason", "consented")
    assert again.status == 0
    assert [event["facts"]["decision"] for event in events(toy)] == ["keep", "publish"]  # type: ignore[index]


def test_what_is_held_back_for_its_talk_goes_the_same_way(toy: Shell) -> None:
    recording = held_back(toy, PRIVILEGED)
    out = toy.folder / "reviewed"
    shown = review(toy, recording).object
    answer = review(toy, recording, "--publish", "--reason", "consented", "--out", out)

    assert {one["kind"] for one in shown["held_back"]} == {"leg.acp"}  # type: ignore[attr-defined]
    assert answer.status == 0
    facts = says(toy, out, recording)
    assert "leg.acp" in facts["held_back"]  # type: ignore[operator]
    assert "counsel" in (out / f"{recording}.txt").read_text()


def test_what_is_held_back_for_its_language_goes_the_same_way(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    recording = toy.process("call.wav", "--json", "--language", "pl").object["recording"]
    options = ("--publish", "--reason", "authorised", "--out", toy.folder / "reviewed")
    wrong = review(toy, str(recording), *options)
    right = review(toy, str(recording), *options, "--language", "pl")

    assert (wrong.status, right.status) == (2, 0)
    assert "--language pl" in wrong.err


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        (["--publish"], "a decision needs its grounds"),
        (["--accept-leak"], "say --publish as well"),
        (["--mask", "5"], "is not START-END"),
        (["--mask", "5-4", "--publish", "--reason", "no_leak"], "does not lie within"),
        (["--mask", "1-2@7", "--publish", "--reason", "no_leak"], "no channel"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused(
    toy: Shell, options: list[str], says_: str
) -> None:
    recording = held_back(toy, PRIVILEGED)
    answer = review(toy, recording, *options)

    assert answer.status == 2
    assert says_ in answer.err
    assert events(toy) == []


def test_what_is_not_held_back_is_not_reviewed(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav")
    recording = str(toy.process("call.wav", "--json").object["recording"])
    answer = review(toy, recording)

    assert answer.status == 1
    assert "is not held back" in answer.err


def test_what_may_not_be_kept_is_not_in_what_a_person_is_shown_nor_in_the_vault(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    (toy.folder / "call.wav").unlink()
    options = ("--publish", "--accept-leak", "--reason", "authorised", "--out", toy.out)
    answer = review(toy, recording, *options)
    (toy.folder / "said").write_text(answer.out + answer.err)
    samples, spans = toy_speech.call(LONG)
    code = toy_speech.word_span(spans, "my security code is three oh five", 4, 6)
    start, end = (int(s * toy_speech.RATE_HZ) for s in (code.start_s, code.end_s))
    canaries = sound_canaries(samples[start:end, 1:], toy_speech.RATE_HZ)

    assert find_canaries(canaries | word_canaries(["oliver", "marsh"]), toy.folder) == []
    assert "[CVV]" in (toy.out / f"{recording}.txt").read_text()


def test_a_receipt_of_a_review_that_was_changed_is_found(toy: Shell) -> None:
    recording = held_back(toy, **GHOST)
    options = ("--publish", "--accept-leak", "--reason", "authorised", "--out", toy.out)
    review(toy, recording, *options)
    path = toy.out / f"{recording}.receipt.json"
    whole = json.loads(path.read_text())
    statement = base64.b64decode(whole["payload"]).replace(b"authorised", b"consented_")
    whole["payload"] = base64.b64encode(statement).decode()
    path.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n")
    answer = toy("verify", path, "--vault", toy.vault)

    assert answer.status == 1
    assert "tampered" in answer.out


def test_a_profile_s_stand_ins_are_those_that_a_person_publishes(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    answer = toy.process("call.wav", "--profile", "research", "--json", **GHOST)
    recording, out = str(answer.object["recording"]), toy.folder / "reviewed"
    options = ("--publish", "--accept-leak", "--reason", "authorised", "--out", out)
    reviewed = review(toy, recording, *options, **GHOST)

    assert reviewed.status == 0, reviewed.err
    assert "9999 " in (out / f"{recording}.txt").read_text()


def test_a_person_publishes_in_the_voice_that_was_ordered(toy: Shell) -> None:
    toy_speech.write_call(toy.folder / "call.wav", LONG)
    ordered = ("--profile", "research", "--voice", "strong", "--speak")
    recording = str(toy.process("call.wav", *ordered, "--json", **GHOST).object["recording"])
    out = toy.folder / "reviewed"
    options = ("--publish", "--accept-leak", "--reason", "authorised", "--out", out)
    reviewed = review(toy, recording, *options, **GHOST)

    assert reviewed.status == 0, reviewed.err

    original, _ = soundfile.read(toy.folder / "call.wav")
    published, _ = soundfile.read(out / f"{recording}.redacted.flac")
    likeness = np.sum(original * published) / np.linalg.norm(original) / np.linalg.norm(published)
    masks = json.loads((out / f"{recording}.transcript.json").read_text())["masked"]

    assert published.shape == original.shape
    assert abs(likeness) < 0.1
    assert says(toy, out, recording)["voice"] == "strong"
    assert "voice" in {mask["fill"] for mask in masks}
