"""Render redacted words: JSON for machines, text for people, WebVTT for players."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sottovoce.redaction.mask import Mask, merge
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.standins import StandIn
from sottovoce.redaction.words import RedactedSegment, RedactedWord, mask_words
from sottovoce.values.finding import Finding
from sottovoce.values.ids import RecordingId
from sottovoce.values.passage import Passage
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Segment, Span


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as it may be shown: its kind, its times, what was done."""

    kind: str
    start_s: float
    end_s: float
    channel: int
    confidence: float
    action: str


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage, which holds no word that was said, and what is done about it."""

    passage: Passage
    action: str


@dataclass(frozen=True, slots=True)
class RedactedTranscript:
    """All that may be shown of what was said in a recording.

    ``fills`` say what is heard in each span of ``masked``, once the sound is made.
    """

    recording: RecordingId
    duration_s: float
    channels: int
    language: str
    segments: tuple[RedactedSegment, ...]
    findings: tuple[ShownFinding, ...]
    masked: tuple[Span, ...]
    passages: tuple[ShownPassage, ...] = ()
    fills: tuple[str, ...] = ()


def as_json(transcript: RedactedTranscript) -> bytes:
    """Render transcript.json (docs/spec/transcript.md)."""
    said = {
        "version": 1,
        "recording": transcript.recording,
        "duration_s": _s(transcript.duration_s),
        "language": transcript.language,
        "segments": [_segment(segment) for segment in transcript.segments],
        "findings": [_finding(finding) for finding in transcript.findings],
        "masked": _masked(transcript),
        "passages": [_passage(passage) for passage in transcript.passages],
    }
    return json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def as_text(transcript: RedactedTranscript) -> bytes:
    """Render the text a person reads: time, speaker, words."""
    lines = [
        f"[{_clock(s.start_s)}] {_speaker(s, transcript)}{_marked(s)}\n"
        for s in transcript.segments
        if s.words
    ]
    return "".join(lines).encode()


def as_vtt(transcript: RedactedTranscript) -> bytes:
    """Render WebVTT, a cue a segment, in order of start (W3C WebVTT)."""
    cues = [
        f"\n{_stamp(_ms(s.start_s))} --> {_stamp(max(_ms(s.end_s), _ms(s.start_s) + 1))}\n"
        f"<v Speaker {s.channel + 1}>{_escaped(s.text)}\n"
        for s in transcript.segments
        if s.words
    ]
    return "".join(["WEBVTT\n", *cues]).encode()


def as_kept(transcript: RedactedTranscript, channel: int) -> bytes:
    """Render what is kept sealed of one channel: its words and findings, burnt ones left out."""
    said = {
        "version": 1,
        "channel": channel,
        "segments": [_segment(s) for s in transcript.segments if s.channel == channel],
        "findings": [_finding(f) for f in transcript.findings if f.channel == channel],
        "passages": [_passage(p) for p in transcript.passages if p.passage.channel == channel],
    }
    return json.dumps(said, ensure_ascii=False, allow_nan=False).encode()


def redacted_transcript(
    recording: RecordingId,
    sound: Sound,
    segments: Sequence[Segment],
    findings: Sequence[Finding],
    masks: Sequence[Mask],
    profile: Profile,
    *,
    passages: Sequence[Passage] = (),
    language: str = "en",
    stands_for: Mapping[Finding, StandIn] | None = None,
) -> RedactedTranscript:
    """Hide in words what the profile hides, and gather all that may be shown."""
    return RedactedTranscript(
        recording=recording,
        duration_s=sound.frames / sound.rate_hz,
        channels=sound.channels,
        language=language,
        segments=mask_words(
            sorted(segments, key=lambda s: (s.start_s, s.channel)),
            findings,
            masks,
            profile,
            stands_for,
        ),
        findings=tuple(
            ShownFinding(
                f.kind,
                f.start_s,
                f.end_s,
                f.channel,
                f.confidence,
                profile.action(f.kind).value,
            )
            for f in sorted(findings, key=lambda f: (f.start_s, f.end_s, f.channel))
        ),
        masked=merge(mask.span for mask in masks),
        passages=tuple(
            ShownPassage(p, profile.passage_action(p.kind, p.confidence).value) for p in passages
        ),
    )


def _segment(segment: RedactedSegment) -> dict[str, object]:
    return {
        "start_s": _s(segment.start_s),
        "end_s": _s(segment.end_s),
        "channel": segment.channel,
        "text": segment.text,
        "invented": segment.invented,
        "words": [_word(word) for word in segment.words],
    }


def _word(word: RedactedWord) -> dict[str, object]:
    return {
        "start_s": _s(word.start_s),
        "end_s": _s(word.end_s),
        "text": word.text,
        "confidence": round(word.confidence, 3),
        "masked": word.masked,
    }


def _finding(finding: ShownFinding) -> dict[str, object]:
    return {
        "kind": finding.kind,
        "start_s": _s(finding.start_s),
        "end_s": _s(finding.end_s),
        "channel": finding.channel,
        "confidence": round(finding.confidence, 3),
        "action": finding.action,
    }


def _passage(shown: ShownPassage) -> dict[str, object]:
    passage = shown.passage
    return {
        "kind": passage.kind,
        "start_s": _s(passage.start_s),
        "end_s": _s(passage.end_s),
        "channel": passage.channel,
        "confidence": round(passage.confidence, 3),
        "reason": passage.reason,
        "action": shown.action,
    }


def _masked(transcript: RedactedTranscript) -> list[dict[str, object]]:
    spans = [_span(span) for span in transcript.masked]
    if not transcript.fills:
        return spans
    return [{**s, "fill": fill} for s, fill in zip(spans, transcript.fills, strict=True)]


def _span(span: Span) -> dict[str, object]:
    return {"start_s": _s(span.start_s), "end_s": _s(span.end_s), "channel": span.channel}


def _speaker(segment: RedactedSegment, transcript: RedactedTranscript) -> str:
    return f"Speaker {segment.channel + 1}: " if transcript.channels > 1 else ""


def _marked(segment: RedactedSegment) -> str:
    return f"(likely invented) {segment.text}" if segment.invented else segment.text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _s(seconds: float) -> float:
    return round(float(seconds), 3)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _stamp(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
