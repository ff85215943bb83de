import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from sottovoce.redaction.mask import Mask
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.transcript import (
    RedactedTranscript,
    as_json,
    as_kept,
    as_text,
    as_vtt,
    redacted_transcript,
)
from sottovoce.values.finding import Action, Finding
from sottovoce.values.ids import RecordingId
from sottovoce.values.kinds import KINDS
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Span, Word

RECORDING = RecordingId("rec_" + "0a" * 10)
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "spec" / "transcript.schema.json").read_text()
)
VALIDATOR = Draft202012Validator(SCHEMA)
TEXT = st.text(max_size=6)
STAMP = r"(?:\d{2,}):[0-5]\d:[0-5]\d\.\d{3}"
CUE = re.compile(rf"({STAMP}) --> ({STAMP})\n<v Speaker (\d+)>([^\n]*)\n")


def transcript(
    *segments: Segment,
    findings: tuple[Finding, ...] = (),
    masks: tuple[Mask, ...] = (),
    channels: int = 1,
    frames: int = 6000,
) -> RedactedTranscript:
    sound = SoundInMemory(100, (np.zeros(frames, np.int16),) * channels)
    profile = load_profile("gdpr-default")
    redacted = redacted_transcript(RECORDING, sound, segments, findings, masks, profile)
    return replace(redacted, fills=("tone",) * len(redacted.masked))


def said(*texts: str, start_s: float = 1.0, channel: int = 0, invented: bool = False) -> Segment:
    words = tuple(
        Word(start_s + i / 2, start_s + (i + 1) / 2, text, 0.9, channel)
        for i, text in enumerate(texts)
    )
    return Segment(start_s, start_s + len(texts) / 2, channel, words, invented=invented)


def cues(vtt: bytes) -> list[tuple[str, str, str, str]]:
    """Read WebVTT as strictly as W3C's grammar has it, or fail."""
    head, *blocks = vtt.decode().split("\n\n")
    matches = [CUE.fullmatch(block.rstrip("\n") + "\n") for block in blocks]
    assert head.rstrip("\n") == "WEBVTT"
    assert all(matches), blocks
    return [match.groups() for match in matches if match]


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    at = start = draw(st.floats(0, 50))
    channel, words = draw(st.integers(0, 1)), []
    for _ in range(draw(st.integers(0, 4))):
        begin = at + draw(st.floats(0, 1))
        at = begin + draw(st.floats(0, 1))
        words.append(Word(begin, at, draw(TEXT), draw(st.floats(0, 1)), channel))
    return Segment(start, at, channel, tuple(words), invented=draw(st.booleans()))


FINDINGS = st.builds(
    lambda kind, at, length, channel, sure: Finding(kind, at, at + length, channel, sure, ()),
    st.sampled_from(sorted(KINDS)),
    st.floats(0, 50),
    st.floats(0, 10),
    st.integers(0, 1),
    st.floats(0, 1),
)
MASKS = st.builds(
    lambda at, length, channel: Mask(Span(at, at + length, channel), Action.MASK),
    st.floats(0, 50),
    st.floats(0, 10),
    st.integers(0, 1),
)
TALKS = st.builds(
    lambda s, f, m: transcript(*s, findings=tuple(f), masks=tuple(m), channels=2),
    st.lists(segments(), max_size=4),
    st.lists(FINDINGS, max_size=4),
    st.lists(MASKS, max_size=4),
)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=60, deadline=None)
@given(TALKS)
def test_every_transcript_keeps_to_the_schema(redacted: RedactedTranscript) -> None:
    written = as_json(redacted)
    VALIDATOR.validate(json.loads(written))

    assert not re.search(rb'_s": [0-9.e-]*\.[0-9]{4}', written)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("recording",), "support-call"),
        (("said",), "card four one"),
        (("segments", 0, "words", 0, "said"), "four"),
        (("segments", 0, "words", 0, "text"), "a\nb"),
        (("segments", 0, "words", 1, "text"), "four"),
        (("findings", 0, "words"), ["four"]),
        (("findings", 0, "action"), "hide"),
        (("masked", 0, "channel"), -1),
        (("masked", 0, "fill"), "four"),
        (("masked", 0, "kind"), "fin.pan"),
    ],
)
def test_the_schema_lets_nothing_else_pass(path, value) -> None:
    segment = said("card", "four")
    finding = Finding("fin.pan", 1.5, 2.0, 0, 0.9, segment.words[1:], "4")
    mask = Mask(Span(1.5, 2.0, 0), Action.MASK)
    content = json.loads(as_json(transcript(segment, findings=(finding,), masks=(mask,))))
    VALIDATOR.validate(content)
    *way, last = path
    place = content
    for step in way:
        place = place[step]
    place[last] = value

    with pytest.raises(ValidationError):
        VALIDATOR.validate(content)


@settings(max_examples=100, deadline=None)
@given(TALKS)
def test_everything_is_in_order_of_time(redacted: RedactedTranscript) -> None:
    content = json.loads(as_json(redacted))

    for field in ("segments", "findings", "masked"):
        starts = [row["start_s"] for row in content[field]]
        assert starts == sorted(starts)
    assert all(
        segment["text"] == " ".join(word["text"] for word in segment["words"])
        for segment in content["segments"]
    )


def test_the_transcript_says_exactly_this() -> None:
    segment = said("card", "four", "two")
    finding = Finding("fin.pan", 1.5, 2.5, 0, 0.87654, segment.words[1:], "42")
    masks = (Mask(Span(1.4, 2.60049, 0), Action.MASK),)

    assert json.loads(as_json(transcript(segment, findings=(finding,), masks=masks))) == {
        "version": 1,
        "recording": RECORDING,
        "duration_s": 60.0,
        "language": "en",
        "segments": [
            {
                "start_s": 1.0,
                "end_s": 2.5,
                "channel": 0,
                "text": "card [CARD]",
                "invented": False,
                "words": [
                    {
                        "start_s": 1.0,
                        "end_s": 1.5,
                        "text": "card",
                        "confidence": 0.9,
                        "masked": False,
                    },
                    {
                        "start_s": 1.5,
                        "end_s": 2.5,
                        "text": "[CARD]",
                        "confidence": 0.9,
                        "masked": True,
                    },
                ],
            }
        ],
        "findings": [
            {
                "kind": "fin.pan",
                "start_s": 1.5,
                "end_s": 2.5,
                "channel": 0,
                "confidence": 0.877,
                "action": "mask",
            }
        ],
        "masked": [{"start_s": 1.4, "end_s": 2.6, "channel": 0, "fill": "tone"}],
        "passages": [],
    }


def test_a_number_that_is_none_is_never_written() -> None:
    segment = Segment(0.0, 1.0, 0, (Word(0.0, 1.0, "a", float("nan"), 0),))

    with pytest.raises(ValueError, match="JSON"):
        as_json(transcript(segment))
    with pytest.raises(ValueError, match="JSON"):
        as_kept(transcript(segment), 0)


@settings(max_examples=150, deadline=None)
@given(st.lists(segments(), max_size=5))
def test_every_cue_is_valid_whatever_is_said(drawn: list[Segment]) -> None:
    found = cues(as_vtt(transcript(*drawn, channels=2)))

    assert len(found) == sum(bool(segment.words) for segment in drawn)
    assert all(start < end for start, end, _, _ in found)
    assert [c[0] for c in found] == sorted(c[0] for c in found)
    assert not any(set("<>") & set(text) or "-->" in text for _, _, _, text in found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-->", "--&gt;"),
        ("</v><b>x", "&lt;/v&gt;&lt;b&gt;x"),
        ("R&D", "R&amp;D"),
        ("&lt;", "&amp;lt;"),
        ("a\n\n00:00:01.000 --> 00:00:02.000\nb", "a 00:00:01.000 --&gt; 00:00:02.000 b"),
        ("NOTE", "NOTE"),
        ("\x00\x1b[2J", "[2J"),
    ],
)
def test_what_is_said_cannot_forge_a_cue(text: str, shown: str) -> None:
    (cue,) = cues(as_vtt(transcript(said(text))))

    assert cue[3] == shown


@pytest.mark.parametrize("start_s", [0.0, 0.0004, 0.0005, 0.0015, 0.0025, 1.9995, 59.9995])
def test_a_cue_is_never_empty_of_time(start_s: float) -> None:
    segment = Segment(start_s, start_s, 0, (Word(start_s, start_s, "a", 0.9, 0),))
    ((start, end, _, _),) = cues(as_vtt(transcript(segment)))

    assert start < end


def test_times_over_an_hour_and_at_the_turn_of_a_minute_are_right() -> None:
    redacted = transcript(said("a", start_s=3661.25), said("b", start_s=59.9999), frames=400_000)

    assert [c[:2] for c in cues(as_vtt(redacted))] == [
        ("00:01:00.000", "00:01:00.500"),
        ("01:01:01.250", "01:01:01.750"),
    ]
    assert as_text(redacted).decode() == "[00:59] b\n[1:01:01] a\n"


def test_text_names_speakers_where_there_are_several() -> None:
    one = transcript(said("hello"))
    two = transcript(said("hello"), said("hi", start_s=3.0, channel=1), channels=2)

    assert as_text(one) == b"[00:01] hello\n"
    assert as_text(two) == b"[00:01] Speaker 1: hello\n[00:03] Speaker 2: hi\n"


@settings(max_examples=100, deadline=None)
@given(st.lists(segments(), max_size=5))
def test_text_has_a_line_a_segment_whatever_is_said(drawn: list[Segment]) -> None:
    lines = as_text(transcript(*drawn, channels=2)).decode().splitlines()

    assert len(lines) == sum(bool(segment.words) for segment in drawn)
    assert all(re.match(r"\[\d\d:\d\d\] Speaker [12]: ", line) for line in lines)


def test_invented_text_is_marked_and_hidden() -> None:
    redacted = transcript(said("thank", "you", invented=True))

    assert as_text(redacted) == b"[00:01] (likely invented) [UNCLEAR]\n"
    assert json.loads(as_json(redacted))["segments"][0]["invented"] is True


def test_a_recording_in_which_nobody_speaks_has_outputs() -> None:
    nothing = transcript()

    VALIDATOR.validate(json.loads(as_json(nothing)))
    assert (as_text(nothing), as_vtt(nothing)) == (b"", b"WEBVTT\n")
    assert json.loads(as_kept(nothing, 0))["segments"] == []
