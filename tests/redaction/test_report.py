"""The page to look at, without a browser: its bytes, its sound, its drawing."""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sottovoce.redaction.mask import MaskedSound, silenced
from sottovoce.redaction.opus import encode_opus
from sottovoce.redaction.peaks import peaks
from sottovoce.redaction.report import Report, render_report, report_of
from sottovoce.redaction.transcript import RedactedTranscript, ShownFinding
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.values.ids import RecordingId
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

RATE_HZ = 8000
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def tone(seconds: float, *, rate_hz: int = RATE_HZ, pitch_hz: int = 440, level: int = 8000):
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * pitch_hz * at)).astype(np.int16)


def transcript_of(*texts: str, findings=(), masked=(), duration_s=2.0, channels=1):
    words = tuple(RedactedWord(i / 10, i / 10 + 0.1, t, 0.9, False) for i, t in enumerate(texts))
    return RedactedTranscript(
        recording=RecordingId("rec_0123456789abcdef0123"),
        duration_s=duration_s,
        channels=channels,
        language="en",
        segments=(RedactedSegment(0, 1, 0, words, False),),
        findings=tuple(findings),
        masked=tuple(masked),
    )


def page(*texts: str, statements=(), **more) -> str:
    return render_report(
        Report(transcript_of(*texts, **more), tuple(statements), ((0.5, 0.25),), None)
    ).decode()


class Reader(HTMLParser):
    """Reads a page as a browser would: its elements, and the text of its words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.words: list[str] = []
        self.attributes: list[str] = []
        self._in_word = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self._in_word = ("class", "w") in attrs
        if self._in_word:
            self.words.append("")

    def handle_endtag(self, tag):
        self._in_word = False

    def handle_data(self, data):
        if self._in_word:
            self.words[-1] += data


@given(st.text(st.characters(), max_size=30), st.text(st.characters(), max_size=30))
@example("</script><img src=x onerror=x>", '"><svg onload=x>')
@example("$policy ${script} $$", "&lt;&#0;")
@example("\x00\x1b[31m", "\ud800")
def test_whatever_was_said_is_text_in_its_own_element(one: str, other: str):
    plain = Reader(page("one", "other", statements=[("a", "b")]))

    read = Reader(page(one, other, statements=[(one, other)]))

    assert read.tags == plain.tags
    assert read.attributes == plain.attributes
    assert read.words == [FORBIDDEN.sub("\ufffd", text) for text in (one, other)]


def test_the_policy_allows_its_own_script_and_style_and_nothing_else():
    html = page("said")
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html)[1]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def hashed(tag: str) -> str:
        content = re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == hashed("script")
    assert rules["style-src"] == hashed("style")
    assert rules["media-src"] == "blob:"
    assert rules["base-uri"] == rules["form-action"] == "'none'"


def test_nothing_on_the_page_comes_from_elsewhere_or_runs_from_an_attribute():
    read = Reader(page("said"))

    assert not {"img", "iframe", "link", "object", "embed", "base", "form"} & set(read.tags)
    assert not [name for name in read.attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"(src|href)=\"(?!#)", page("said"))
    assert "http:" not in page("said")
    assert "https:" not in page("said")


def test_the_same_recording_gives_the_same_page():
    sound = MaskedSound(SoundInMemory(RATE_HZ, (tone(2),)), [Span(0.5, 1, 0)])
    transcript = transcript_of("said", masked=[Span(0.5, 1, 0)])

    once = render_report(report_of(sound, transcript, [("a", "b")]))
    again = render_report(report_of(sound, transcript, [("a", "b")]))

    assert once == again


def test_the_page_carries_the_sound_it_was_given():
    sound = MaskedSound(SoundInMemory(RATE_HZ, (tone(2),)), [])
    report = report_of(sound, transcript_of("said"), [])

    html = render_report(report).decode()

    carried = re.search('id="sound">([^<]*)<', html)[1]
    assert b64decode(carried) == report.opus


def test_a_recording_over_half_an_hour_does_not_travel_in_its_page():
    silence = np.zeros(30 * 60 * RATE_HZ + 1, np.int16)
    sound = MaskedSound(SoundInMemory(RATE_HZ, (silence,)), [])

    report = report_of(sound, transcript_of("said", duration_s=1800), [])

    assert report.opus is None


def test_findings_are_grouped_by_kind_most_frequent_first():
    found = [
        ShownFinding("per.name", 0.1, 0.2, 0, 0.9, "replace"),
        ShownFinding("fin.pan", 0.3, 0.4, 0, 0.9, "mask"),
        ShownFinding("fin.pan", 0.5, 0.6, 0, 0.9, "mask"),
        ShownFinding("fin.cvv", 0.7, 0.8, 0, 0.9, "burn"),
    ]

    html = page("said", findings=found)

    groups = re.findall(r'"kind">(.*?)<.*?"done">(.*?)<.*?"count">(\d+)<', html)
    assert groups == [
        ("Payment card number (PAN)", "masked", "2"),
        ("Card verification code", "burnt", "1"),
        ("Person name", "replaced", "1"),
    ]


def test_a_recording_in_which_nothing_was_found_says_so():
    assert "Nothing sensitive was found." in page("said")


def test_text_that_was_likely_invented_is_called_so():
    transcript = transcript_of()
    word = RedactedWord(0, 1, "[UNCLEAR]", 0.1, True)
    said = RedactedTranscript(
        **{
            name: getattr(transcript, name)
            for name in ("recording", "duration_s", "channels", "language", "findings", "masked")
        },
        segments=(RedactedSegment(0, 1, 0, (word,), True),),
    )

    html = render_report(Report(said, (), ((0.5,),), None)).decode()

    assert "likely invented" in html


def test_each_channel_is_drawn_with_its_own_masks():
    masked = [Span(0, 1, 0), Span(0.5, 2, 1)]
    transcript = transcript_of("said", masked=masked, channels=2)

    html = render_report(Report(transcript, (), ((0.5,) * 4, (0.1,) * 4), None)).decode()

    bands = re.findall('class="hidden-span" d="([^"]*)"', html)
    assert bands == ["M0.00 0H2.00V200H0.00Z", "M1.00 0H4.00V200H1.00Z"]


def test_a_recording_without_a_word_or_a_frame_still_has_a_page():
    sound = MaskedSound(SoundInMemory(RATE_HZ, (np.zeros(0, np.int16),)), [])

    html = render_report(report_of(sound, transcript_of(duration_s=0.0), []))

    assert html.endswith(b"</html>\n")


def decoded(data: bytes) -> np.ndarray:
    """Decode to floats of shape (channels, frames) at 48 kHz."""
    with av.open(BytesIO(data)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1)


def power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 44100, 48000, 96000])
def test_opus_keeps_the_length_at_any_rate(rate_hz: int):
    sound = SoundInMemory(rate_hz, (tone(12.3, rate_hz=rate_hz),))

    heard = decoded(encode_opus(sound))

    assert heard.shape[0] == 1
    assert heard.shape[1] / 48000 == pytest.approx(12.3, abs=0.02)
    assert power(heard[0]) == pytest.approx((8000 / 32768) ** 2 / 2, rel=0.2)


def test_left_stays_left_and_right_stays_right():
    left, right = tone(4), tone(4)
    left[: 2 * RATE_HZ] = 0
    right[2 * RATE_HZ :] = 0

    heard = decoded(encode_opus(SoundInMemory(RATE_HZ, (left, right))))

    early, late = heard[:, 5_000:90_000], heard[:, 101_000:185_000]
    assert power(early[1]) > 300 * power(early[0])
    assert power(late[0]) > 300 * power(late[1])


def test_more_than_two_channels_are_heard_as_one():
    quiet = np.zeros(2 * RATE_HZ, np.int16)

    heard = decoded(encode_opus(SoundInMemory(RATE_HZ, (quiet, tone(2), quiet, quiet))))

    assert heard.shape[0] == 1
    assert power(heard[0]) == pytest.approx((8000 / 32768) ** 2 / 2, rel=0.2)


def test_a_mask_in_the_sound_is_a_mask_in_the_page():
    sound = SoundInMemory(RATE_HZ, (tone(3),))

    heard = decoded(encode_opus(silenced(sound, [Span(1, 2, 0)])))

    assert power(heard[0, 53_000:91_000]) < power(heard[0, :43_000]) / 10_000


@given(
    frames=st.integers(1, 400),
    bins=st.integers(1, 60),
    rate_hz=st.integers(1, 7),
    seed=st.integers(0, 2**16),
)
@example(frames=400, bins=40, rate_hz=1, seed=0)
def test_peaks_are_the_greatest_samples_wherever_blocks_end(frames, bins, rate_hz, seed):
    samples = np.random.default_rng(seed).integers(-32768, 32768, frames).astype(np.int16)
    bins_made = min(bins, frames)
    stretch = np.arange(frames) * bins_made // frames
    wide = np.abs(samples.astype(int))

    measured = peaks(SoundInMemory(rate_hz, (samples, samples[::-1].copy())), bins=bins)

    expected = [wide[stretch == k].max() / 32768 for k in range(bins_made)]
    assert measured[0] == pytest.approx(expected)
    assert [max(channel) for channel in measured] == [wide.max() / 32768] * 2
