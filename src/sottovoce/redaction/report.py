"""Render the page to look at: one HTML file that asks nothing of anyone.

Rules:
1. All text of a recording is escaped, and stays inside its own element whatever it holds.
2. The page's policy names its own script and style by their hashes; nothing else may run or load.
3. Everything on the page is made of redacted values, a masked sound and the account's sentences.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from string import Template

from sottovoce.redaction.mask import MaskedSound, merge
from sottovoce.redaction.opus import encode_opus
from sottovoce.redaction.peaks import peaks
from sottovoce.redaction.transcript import RedactedTranscript, ShownFinding
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS
from sottovoce.values.speech import Span

LONGEST_EMBEDDED_S = 30 * 60
"""Beyond this the page asks for the redacted sound's file instead of carrying it."""
SHORTEST_EMBEDDED_S = 0.01
"""Of less an encoder may make nothing."""

_HALF = 100
_SMALLEST_SCALE = 0.05
_SHORTEST_S = 0.001
# The words are one stop of the Tab key, whatever their number; arrows go on from there.
_NO_STOP = ' tabindex="-1"'
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_HEARD = {
    "tone": "a tone",
    "silence": "silence",
    "room": "noise like the room's own",
    "voice": "a stand-in's voice",
}
_DONE = {
    Action.MASK.value: ("masked", "{heard} in the sound, a placeholder in the words"),
    Action.REPLACE.value: (
        "replaced",
        "a stand-in in the words, the same for what is alike; hidden in the sound",
    ),
    Action.BURN.value: ("burnt", "as masked, and overwritten before the original was sealed"),
    Action.KEEP.value: ("kept", "found, and left as it was by the profile"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows of a recording.

    ``statements`` are headings and sentences of the account, ``loudness`` the greatest sample of
    each stretch of each channel from 0 to 1, ``opus`` the masked sound as Opus in Ogg, None when
    it is too long, or too short, to travel in a page.
    """

    transcript: RedactedTranscript = field(repr=False)
    statements: tuple[tuple[str, str], ...] = field(repr=False)
    loudness: tuple[tuple[float, ...], ...] = field(repr=False)
    opus: bytes | None = field(repr=False)


def report_of(
    sound: MaskedSound, transcript: RedactedTranscript, statements: Sequence[tuple[str, str]]
) -> Report:
    """Gather what the page shows; reads the sound block by block, twice at most."""
    travels = SHORTEST_EMBEDDED_S <= sound.frames / sound.rate_hz <= LONGEST_EMBEDDED_S
    return Report(
        transcript=transcript,
        statements=tuple(statements),
        loudness=peaks(sound),
        opus=encode_opus(sound) if travels else None,
    )


def render_report(report: Report) -> bytes:
    """Render the page as UTF-8; the same report gives the same bytes."""
    transcript = report.transcript
    style, script = _file("page.css"), _file("page.js")
    slots = {
        "policy": _policy(script, style),
        "style": style,
        "script": script,
        "recording": _text(transcript.recording),
        "language": _text(transcript.language),
        "duration": f"{transcript.duration_s:.3f}",
        "length": _clock(round(transcript.duration_s)),
        "facts": _facts(transcript),
        "many": "many" if transcript.channels > 2 else "few",
        "names": "".join(_name(channel) for channel in range(transcript.channels)),
        "waves": "".join(_waves(report)),
        "segments": "".join(_segments(transcript)),
        "findings": _findings(transcript.findings),
        "actions": _actions(transcript),
        "statements": "".join(
            f"<div><dt>{_text(heading)}</dt><dd>{_text(sentence)}</dd></div>\n"
            for heading, sentence in report.statements
        ),
        "sound": b64encode(report.opus).decode() if report.opus else "",
    }
    return Template(_file("page.html")).substitute(slots).encode()


def _file(name: str) -> str:
    # A checkout with other line ends must not change the hashes of what a browser reads.
    data = (files("sottovoce.redaction") / "page" / name).read_bytes()
    return data.decode().replace("\r\n", "\n")


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "media-src blob:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _source(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _text(text: str) -> str:
    """Escape a stranger's text for content and for quoted attributes."""
    return escape(_UNREADABLE.sub("\ufffd", text))


def _facts(transcript: RedactedTranscript) -> str:
    hidden_s = sum(span.end_s - span.start_s for span in merge(transcript.masked))
    found, channels = len(transcript.findings), transcript.channels
    facts = (
        (_clock(round(transcript.duration_s)), "long"),
        (str(channels), "channel" if channels == 1 else "channels"),
        (str(found), "sensitive span found" if found == 1 else "sensitive spans found"),
        (f"{hidden_s:.1f} s", "of sound hidden"),
    )
    return "".join(f"<li><strong>{value}</strong> {name}</li>\n" for value, name in facts)


def _name(channel: int) -> str:
    return f'<span class="name c{channel % 2}"><span>Speaker </span>{channel + 1}</span>\n'


def _waves(report: Report) -> Iterator[str]:
    """Yield a drawing a channel: how loud it is, on the spans that are hidden."""
    transcript = report.transcript
    for channel, levels in enumerate(report.loudness):
        hidden = [span for span in merge(transcript.masked) if span.channel == channel]
        # A scale a channel: who speaks softly is seen as well.
        scale = _HALF / max(_SMALLEST_SCALE, *levels) if levels else 1.0
        width = max(1, len(levels))
        per_s = width / max(transcript.duration_s, _SHORTEST_S)
        yield (
            f'<svg class="c{channel % 2}" viewBox="0 0 {width} {2 * _HALF}" '
            'preserveAspectRatio="none" aria-hidden="true" focusable="false">'
            f'<path class="hidden-span" d="{_bands(hidden, per_s)}"/>'
            f'<path class="signal" d="{_outline(levels, scale)}"/></svg>\n'
        )


def _bands(spans: Sequence[Span], per_s: float) -> str:
    return "".join(
        f"M{span.start_s * per_s:.2f} 0H{span.end_s * per_s:.2f}V{2 * _HALF}"
        f"H{span.start_s * per_s:.2f}Z"
        for span in spans
    )


def _outline(levels: Sequence[float], scale: float) -> str:
    heights = [max(1, round(level * scale)) for level in levels]
    above = "".join(f"V{_HALF - height}h1" for height in heights)
    below = "".join(f"V{_HALF + height}h-1" for height in reversed(heights))
    return f"M0 {_HALF}{above}{below}Z"


def _segments(transcript: RedactedTranscript) -> Iterator[str]:
    for segment in transcript.segments:
        if segment.words:
            yield _segment(segment, transcript.channels)


def _segment(segment: RedactedSegment, channels: int) -> str:
    words = " ".join(_word(word) for word in segment.words)
    who = f'<span class="who">Speaker {segment.channel + 1}</span>' if channels > 1 else ""
    doubt = '<span class="doubt">likely invented</span> ' if segment.invented else ""
    return (
        f'<li class="c{segment.channel % 2}" data-channel="{segment.channel}">'
        f"{_jump(segment.start_s, _NO_STOP)}{who}<p>{doubt}{words}</p></li>\n"
    )


def _word(word: RedactedWord) -> str:
    looks = "w gone" if word.masked else "w"
    times = f'data-at="{word.start_s:.2f}" data-to="{word.end_s:.2f}"'
    return f'<span class="{looks}" {times}>{_text(word.text)}</span>'


def _jump(at_s: float, more: str = "") -> str:
    """Return a button that moves the sound to a time; scripts find it by its data."""
    return f'<button type="button" class="jump"{more} data-at="{at_s:.2f}">{_clock(at_s)}</button>'


def _findings(findings: Sequence[ShownFinding]) -> str:
    if not findings:
        return '<p class="none">Nothing sensitive was found.</p>'
    ordered = sorted(findings, key=lambda f: (f.kind, f.action, f.start_s))
    groups = [list(group) for _, group in groupby(ordered, key=lambda f: (f.kind, f.action))]
    return "".join(_group(g) for g in sorted(groups, key=lambda g: (-len(g), g[0].kind)))


def _group(group: Sequence[ShownFinding]) -> str:
    kind, action = group[0].kind, group[0].action
    name = KINDS[kind].name if kind in KINDS else kind
    places = "".join(f"<li>{_jump(finding.start_s)}</li>" for finding in group)
    return (
        f'<details><summary><span class="kind">{_text(name)}</span> '
        f'<span class="done">{_text(_done(action)[0])}</span> '
        f'<span class="count">{len(group)}</span></summary>'
        f'<ul class="places" aria-label="Where">{places}</ul></details>\n'
    )


def _actions(transcript: RedactedTranscript) -> str:
    """Explain the actions that occur."""
    occurring = sorted({finding.action for finding in transcript.findings})
    heard = " or ".join(_HEARD[fill] for fill in _HEARD if fill in transcript.fills) or "a mask"
    rows = (_done(action) for action in occurring)
    return "".join(
        f"<li><b>{_text(name)}</b>: {_text(said.replace('{heard}', heard))}</li>\n"
        for name, said in rows
    )


def _done(action: str) -> tuple[str, str]:
    return _DONE.get(action, (action, ""))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
