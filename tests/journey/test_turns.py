"""A meeting on one channel: one of three is erased, and the others stay."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import Shell, find_canaries, word_canaries

from sottovoce.steps.turns import read_rttm

SAID = (
    "thank you the chairs arrive in five days",
    "hello can i have your full name",
    "my name is oliver marsh",
)
RTTM = "SPEAKER meeting 1 {:.3f} {:.3f} <NA> <NA> {} <NA> <NA>\n"
WHO = ("ann-1", "ben-2", "cat-3")


@pytest.fixture
def meeting(toy: Shell) -> Path:
    """One after the other says a sentence, on one channel, with some room around it."""
    samples, spans = toy_speech.call(SAID)
    soundfile.write(toy.folder / "meeting.wav", samples.sum(axis=1, dtype=np.int16), 8000)
    lines = [";; who speaks when\n"]
    for who, sentence in zip(WHO, SAID, strict=True):
        span = spans[sentence]
        lines.append(RTTM.format(span.start_s - 0.3, span.end_s - span.start_s + 0.6, who))
    (toy.folder / "meeting.rttm").write_text("".join(lines))
    return toy.folder / "meeting.wav"


def exported(toy: Shell, recording: object, name: str) -> tuple[np.ndarray, dict[str, str]]:
    """Return the sound, and the words of each person."""
    toy("recordings", "export", recording, "--out", name, "--vault", toy.vault)
    sound, _ = soundfile.read(toy.folder / name / f"{recording}.original.flac", dtype="int16")
    said = json.loads((toy.folder / name / f"{recording}.words.json").read_text())
    texts: dict[str, str] = {}
    for part in said["channels"]:
        words = [word["text"] for s in part.get("segments", ()) for word in s["words"]]
        texts[part.get("person", "erased" if "erased" in part else "common")] = " ".join(words)
    return sound, texts


def test_one_of_three_is_erased_and_the_others_stay(toy: Shell, meeting: Path) -> None:
    recording = toy.process(meeting, "--turns", "meeting.rttm", "--json").object["recording"]
    before, texts = exported(toy, recording, "before")
    assert texts == {**dict(zip(WHO, SAID, strict=True)), "common": ""}
    _, spans = toy_speech.call(SAID)
    toy("people", "erase", "cat-3", "--yes", "--vault", toy.vault)
    again = toy("people", "erase", "cat-3", "--yes", "--vault", toy.vault)
    after, left = exported(toy, recording, "after")

    assert "erased already" in again.out
    assert left == {"ann-1": SAID[0], "ben-2": SAID[1], "erased": ""}
    for who, sentence in zip(WHO, SAID, strict=True):
        here = slice(int(spans[sentence].start_s * 8000), int(spans[sentence].end_s * 8000))
        is_silent = not after[here].any()
        assert is_silent == (who == "cat-3")
        assert is_silent or np.array_equal(after[here], before[here])
    assert find_canaries(word_canaries(["oliver", "marsh"]), toy.vault) == []
    gone = spans[SAID[2]]
    where = ("--from", gone.start_s, "--to", gone.end_s, "--out", "cut", "--vault", toy.vault)
    (silent,) = toy("open", recording, *where, "--json").object["erased"]
    assert (silent["channel"], silent["start_s"]) == (0, 0)
    assert silent["end_s"] == pytest.approx(gone.end_s - gone.start_s, abs=0.002)
    assert "silent, erased with a person" in toy("open", recording, *where).out
    people = toy("people", "list", "--vault", toy.vault, "--json").objects
    assert [one["person"] for one in people] == ["ann-1", "ben-2"]
    shown = " ".join(toy("recordings", "show", recording, "--vault", toy.vault).out.split())
    assert "persons ann-1, ben-2, (erased) channel of each 0, 0, 0" in shown
    assert toy("vault", "check", "--vault", toy.vault).status == 0


def test_a_backup_from_before_does_not_bring_them_back(toy: Shell, meeting: Path) -> None:
    recording = toy.process(meeting, "--turns", "meeting.rttm", "--json").object["recording"]
    where = ("--keys", "keys", "--vault", toy.vault)
    first = toy("backup", "create", "backups", *where, "--json").object["backup"]
    toy("people", "erase", "cat-3", "--yes", "--vault", toy.vault)
    toy("backup", "create", "backups", *where)
    root = ("--root-key", toy.vault / "root.key")
    back = toy("backup", "restore", "backups", first, *root, "--keys", "keys", "--vault", "back")
    assert back.status == 0, back.err
    given = toy("recordings", "export", recording, "--out", "again", "--vault", "back")
    assert given.status == 0, given.err
    said = (toy.folder / "again" / f"{recording}.words.json").read_text()

    assert "chairs" in said
    assert "oliver" not in said


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "no line that begins with SPEAKER"),
        ("SPEAKER m 1 0 1 <NA> <NA>\n", "line 1 "),
        ("\nSPEAKER m 1 nan 1 <NA> <NA> zoe7 <NA> <NA>\n", "line 2 "),
        ("SPEAKER m 1 0 -1 <NA> <NA> zoe7 <NA> <NA>\n", "line 1 "),
        ("SPEAKER m 0 0 1 <NA> <NA> zoe7 <NA> <NA>\n", "line 1 "),
        ("SPEAKER m 1 0 1 <NA> <NA> zoe7/../b <NA> <NA>\n", "line 1 "),
        ("SPEAKER m 2 0 1 <NA> <NA> zoe7 <NA> <NA>\n", "channel 2; the sound has 1"),
        ("SPEAKER m 1 1e306 1 <NA> <NA> zoe7 <NA> <NA>\n", "line 1 "),
        ("SPEAKER m 1 0 1 <NA> <NA> zoe7 <NA> <NA>\nSPEKAER m 1 1 1 <NA> <NA> b\n", "line 2 "),
        ("SPEAKER m 1 0 1 <NA> <NA> zoe7 <NA> <NA> SPEAKER m 1 1 1\n", "line 1 "),
        (
            "SPEAKER m 1 0 1 <NA> <NA> zoe7 <NA>\nSPEAKER n 1 1 1 <NA> <NA> zoe8 <NA>\n",
            "several recordings",
        ),
        ("SPEAKER m 1 1e999 1 <NA> <NA> zoe7 <NA> <NA>\n", "line 1 "),
    ],
)
def test_turns_that_cannot_be_read_are_refused(
    toy: Shell, meeting: Path, lines: str, says: str
) -> None:
    (toy.folder / "turns.rttm").write_text(lines)
    answer = toy.process(meeting, "--turns", "turns.rttm")

    assert answer.status == 2
    assert says in answer.err
    assert "zoe7" not in answer.err
    assert toy.recordings() == []


def test_turns_go_with_one_input_and_without_persons(toy: Shell, meeting: Path) -> None:
    for more in (("--person", "ann-1"), ("other.wav",)):
        answer = toy.process(meeting, *more, "--turns", "meeting.rttm")
        assert (answer.status, "one input" in answer.err) == (2, True)
    assert toy.process(meeting, "--turns", "no-such.rttm").status == 2


def test_a_file_of_turns_from_another_system_loses_no_turn(tmp_path: Path) -> None:
    lines = [RTTM.format(at, 1, who).strip() for at, who in enumerate(WHO)]
    lines[1:1] = ["SPKR-INFO meeting 1 <NA> <NA> <NA> unknown ann-1 <NA> <NA>", ";; more", ""]
    for ending in ("\n", "\r\n", "\r"):
        (tmp_path / "turns.rttm").write_bytes(ending.join(lines).encode("utf-8-sig"))
        assert tuple(one.person for one in read_rttm(tmp_path / "turns.rttm")) == WHO
