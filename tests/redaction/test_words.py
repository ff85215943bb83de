import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.bounds import widen
from sottovoce.redaction.mask import Mask, plan_masks
from sottovoce.redaction.profile import Profile, load_profile
from sottovoce.redaction.quiet import Levels
from sottovoce.redaction.transcript import (
    RedactedTranscript,
    as_json,
    as_kept,
    as_text,
    as_vtt,
    redacted_transcript,
)
from sottovoce.redaction.words import RedactedWord, mask_words
from sottovoce.values.finding import Action, Finding
from sottovoce.values.ids import RecordingId
from sottovoce.values.kinds import KINDS
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Span, Word

RECORDING = RecordingId("rec_" + "0a" * 10)
DURATION_S = 60.0
SILENCE = Levels(SoundInMemory(1000, (np.zeros(60_000, np.int16),) * 2))
SOUND = SoundInMemory(100, (np.zeros(int(DURATION_S * 100), np.int16),) * 2)
PROFILES = st.sampled_from(["gdpr-default", "pci", "hipaa"]).map(load_profile)


@dataclass(frozen=True)
class Talk:
    """What was said, and what of it is sensitive."""

    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]

    @cached_property
    def words(self) -> list[Word]:
        return [word for segment in self.segments for word in segment.words]

    def masks(self, profile: Profile) -> tuple[Mask, ...]:
        """Plan the masks as the way of a recording does."""
        placed = {word: Span(word.start_s, word.end_s, word.channel) for word in self.words}
        return plan_masks(
            widen(self.findings, (), self.segments, placed=placed, levels=SILENCE),
            profile,
            margin_s=0.1,
            duration_s=DURATION_S,
            channels=2,
        )

    def shown(self, profile: Profile) -> RedactedTranscript:
        return self._redacted(profile, self.masks(profile))

    def kept(self, profile: Profile) -> RedactedTranscript:
        burnt = tuple(mask for mask in self.masks(profile) if mask.action is Action.BURN)
        return self._redacted(profile.only_burning(), burnt)

    def _redacted(self, profile: Profile, masks: tuple[Mask, ...]) -> RedactedTranscript:
        return redacted_transcript(RECORDING, SOUND, self.segments, self.findings, masks, profile)


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    """Draw a talk of which every word has a text of its own, found nowhere else in an output."""
    segments = []
    for i in range(draw(st.integers(1, 4))):
        channel, at = draw(st.integers(0, 1)), draw(st.floats(0, DURATION_S - 20))
        start, words = at, []
        for j in range(draw(st.integers(0, 7))):
            begin = at + draw(st.floats(0, 0.5))
            at = begin + draw(st.floats(0, 1.5))
            words.append(Word(begin, at, f"zq{i}x{j}v", draw(st.floats(0, 1)), channel))
        invented = draw(st.integers(0, 5)) == 0
        segments.append(Segment(start, at, channel, tuple(words), invented=invented))
    findings = [
        draw(_findings(segment.words))
        for segment in segments
        for _ in range(draw(st.integers(0, 3)) if segment.words else 0)
    ]
    return Talk(tuple(segments), tuple(draw(st.permutations(findings))))


@st.composite
def _findings(draw: st.DrawFn, words: tuple[Word, ...]) -> Finding:
    first = draw(st.integers(0, len(words) - 1))
    some = words[first : draw(st.integers(first + 1, len(words)))]
    value = draw(st.sampled_from(["", " ".join(word.text for word in some)]))
    kind = draw(st.sampled_from(sorted(KINDS)))
    return found(kind, some, value=value, sure=draw(st.floats(0, 1)))


def found(kind: str, words: tuple[Word, ...], *, value: str = "", sure: float = 0.8) -> Finding:
    start, end = min(w.start_s for w in words), max(w.end_s for w in words)
    return Finding(kind, start, end, words[0].channel, sure, words, value)


def said(*texts: str, start_s: float = 1.0, channel: int = 0, invented: bool = False) -> Segment:
    """Make a segment of words of half a second, one after another."""
    words = tuple(
        Word(start_s + i / 2, start_s + (i + 1) / 2, text, 0.9, channel)
        for i, text in enumerate(texts)
    )
    return Segment(start_s, start_s + len(texts) / 2, channel, words, invented=invented)


def rendered(transcript: RedactedTranscript) -> str:
    kept = [as_kept(transcript, channel) for channel in (0, 1)]
    files = (as_json(transcript), as_text(transcript), as_vtt(transcript), *kept)
    return "\n".join([*(file.decode() for file in files), repr(transcript)])


def texts(*segments: Segment, findings=(), masks=(), profile: Profile) -> list[str]:
    return [segment.text for segment in mask_words(segments, findings, masks, profile)]


def under(mask: tuple[float, float], *, channel: int = 0, action: Action = Action.MASK) -> Mask:
    return Mask(Span(*mask, channel), action)


@settings(max_examples=150, deadline=None)
@given(talks(), PROFILES)
def test_no_word_of_a_finding_is_in_any_output(talk: Talk, profile: Profile) -> None:
    output = rendered(talk.shown(profile))
    hidden = {
        word.text
        for finding in talk.findings
        if profile.action(finding.kind) is not Action.KEEP
        for word in finding.words
    }

    assert [text for text in hidden if text in output] == []


@settings(max_examples=150, deadline=None)
@given(talks(), PROFILES)
def test_no_burnt_word_is_in_what_is_kept(talk: Talk, profile: Profile) -> None:
    output = rendered(talk.kept(profile))
    burnt = {
        word.text
        for finding in talk.findings
        if profile.action(finding.kind) is Action.BURN
        for word in finding.words
    }

    assert [text for text in burnt if text in output] == []


@settings(max_examples=150, deadline=None)
@given(talks(), PROFILES)
def test_a_word_is_shown_when_nothing_hides_it_and_not_otherwise(talk, profile) -> None:
    output = as_json(talk.shown(profile)).decode()
    masks = talk.masks(profile)
    hidden = {
        word
        for finding in talk.findings
        if profile.action(finding.kind) is not Action.KEEP
        for word in finding.words
    }

    for segment in talk.segments:
        for word in segment.words:
            is_hidden = segment.invented or word in hidden or is_covered(word, masks)
            assert (f'"{word.text}"' in output) != is_hidden


def is_covered(word: Word, masks: tuple[Mask, ...]) -> bool:
    """Say in whole milliseconds, the slow and plain way, whether masks cover half of a word."""
    spans = [m.span for m in masks if m.span.channel == word.channel]
    steps = 1000
    times = [word.start_s + (i + 0.5) / steps * (word.end_s - word.start_s) for i in range(steps)]
    covered = sum(any(s.start_s <= t <= s.end_s for s in spans) for t in times)
    return covered >= steps / 2


@settings(max_examples=100, deadline=None)
@given(talks(), PROFILES)
def test_times_and_channels_of_segments_stay(talk: Talk, profile: Profile) -> None:
    redacted = mask_words(talk.segments, talk.findings, talk.masks(profile), profile)

    assert [(s.start_s, s.end_s, s.channel) for s in redacted] == [
        (s.start_s, s.end_s, s.channel) for s in talk.segments
    ]
    for before, after in zip(talk.segments, redacted, strict=True):
        assert all(before.start_s <= w.start_s <= w.end_s <= before.end_s for w in after.words)


@settings(max_examples=100, deadline=None)
@given(talks(), PROFILES)
def test_the_order_of_findings_and_masks_does_not_matter(talk: Talk, profile: Profile) -> None:
    masks = talk.masks(profile)
    forth = mask_words(talk.segments, sorted_so(talk.findings), masks, profile)
    back = mask_words(talk.segments, sorted_so(talk.findings)[::-1], masks[::-1], profile)

    assert [s.text for s in forth] == [s.text for s in back]


def sorted_so(findings: tuple[Finding, ...]) -> list[Finding]:
    """Keep one finding a stretch and one a confidence, so that none is as good as another."""
    one = {(f.start_s, f.end_s, f.channel): f for f in findings}
    return sorted({f.confidence: f for f in one.values()}.values(), key=lambda f: f.confidence)


def test_a_run_of_words_under_one_finding_is_one_placeholder(profile_of) -> None:
    segment = said("it", "is", "four", "one", "one", "thanks")
    (redacted,) = mask_words(
        [segment], [found("fin.pan", segment.words[2:5])], (), profile_of({"fin.pan": Action.MASK})
    )

    assert redacted.text == "it is [CARD] thanks"
    assert redacted.words[2] == RedactedWord(2.0, 3.5, "[CARD]", 0.9, True)


def test_two_findings_side_by_side_are_two_placeholders(profile_of) -> None:
    segment = said("one", "two", "three", "four")
    findings = [found("fin.pan", segment.words[:2]), found("fin.pan", segment.words[2:])]
    profile = profile_of({"fin.pan": Action.MASK})

    assert texts(segment, findings=findings, profile=profile) == ["[CARD] [CARD]"]


def test_a_finding_over_two_segments_is_hidden_in_both(profile_of) -> None:
    first, second = said("four", "one"), said("two", "two", "yes", start_s=5.0)
    finding = found("fin.pan", (*first.words, *second.words[:2]))
    profile = profile_of({"fin.pan": Action.MASK})

    assert texts(first, second, findings=[finding], profile=profile) == ["[CARD]", "[CARD] yes"]


def test_of_two_findings_on_a_word_the_surer_names_it(profile_of) -> None:
    segment = said("one", "two", "three")
    findings = [
        found("fin.cvv", segment.words, sure=0.9),
        found("per.other_unique", segment.words, sure=0.4),
    ]
    profile = profile_of({"fin.cvv": Action.BURN, "per.other_unique": Action.MASK})

    assert texts(segment, findings=findings, profile=profile) == ["[CVV]"]
    assert texts(segment, findings=findings[::-1], profile=profile) == ["[CVV]"]


def test_a_kept_finding_on_the_same_words_uncovers_nothing(profile_of) -> None:
    segment = said("one", "two")
    findings = [found("fin.pan", segment.words, sure=0.1), found("fin.txn", segment.words, sure=1)]
    profile = profile_of({"fin.pan": Action.MASK})

    assert texts(segment, findings=findings, profile=profile) == ["[CARD]"]


def test_replaced_values_have_numbers_that_go_with_the_value(profile_of) -> None:
    segment = said("Ada", "Grace", "ada", "Ada", "Lin")
    findings = [
        found("per.name", (word,), value=word.text, sure=0.9 - i / 10)
        for i, word in enumerate(segment.words)
    ]
    profile = profile_of({"per.name": Action.REPLACE})

    assert texts(segment, findings=findings, profile=profile) == [
        "[NAME-1] [NAME-2] [NAME-1] [NAME-1] [NAME-3]"
    ]
    assert texts(segment, findings=findings[::-1], profile=profile) == [
        "[NAME-1] [NAME-2] [NAME-1] [NAME-1] [NAME-3]"
    ]


@pytest.mark.parametrize("value", ["ADA  Byron", "ada-byron", " Ada.Byron ", "Ada\nByron"])
def test_a_value_written_otherwise_has_the_same_number(profile_of, value: str) -> None:
    segment = said("Ada", "Ada")
    findings = [
        found("per.name", segment.words[:1], value="Ada Byron"),
        found("per.name", segment.words[1:], value=value),
    ]
    profile = profile_of({"per.name": Action.REPLACE})

    assert texts(segment, findings=findings, profile=profile) == ["[NAME-1] [NAME-1]"]


def test_numbers_count_kind_by_kind(profile_of) -> None:
    segment = said("a", "b", "c")
    kinds = ["per.name", "per.email", "per.name"]
    findings = [
        found(kind, (word,), value=word.text)
        for kind, word in zip(kinds, segment.words, strict=True)
    ]
    profile = profile_of({"per.name": Action.REPLACE, "per.email": Action.REPLACE})

    assert texts(segment, findings=findings, profile=profile) == ["[NAME-1] [EMAIL-1] [NAME-2]"]


@pytest.mark.parametrize("value", ["", "--", " _ "])
def test_a_value_not_known_has_no_number(profile_of, value: str) -> None:
    segment = said("Ada")
    finding = found("per.name", segment.words, value=value)
    profile = profile_of({"per.name": Action.REPLACE})

    assert texts(segment, findings=[finding], profile=profile) == ["[NAME]"]


@pytest.mark.parametrize(
    ("mask", "shown"),
    [
        pytest.param((1.5, 2.0), "a [UNCLEAR] c", id="all of it"),
        pytest.param((1.75, 2.2), "a [UNCLEAR] c", id="the second half"),
        pytest.param((1.3, 1.75), "a [UNCLEAR] c", id="the first half and less of another"),
        pytest.param((1.6, 1.85), "a [UNCLEAR] c", id="half in the middle"),
        pytest.param((1.7, 1.9), "a b c", id="less than half"),
        pytest.param((2.0, 2.0), "a b c", id="nothing"),
        pytest.param((0.0, 9.0), "[UNCLEAR]", id="all words"),
    ],
)
def test_a_word_is_hidden_that_a_mask_covers_by_half(profile_of, mask, shown: str) -> None:
    assert texts(said("a", "b", "c"), masks=[under(mask)], profile=profile_of({})) == [shown]


@pytest.mark.parametrize(
    ("covered", "shown"),
    [
        ((2.0, 3.0), "a b [CARD] e f g h"),
        ((2.0, 4.0), "a b [CARD] g h"),
        ((2.0, 4.5), "a b [CARD] [UNCLEAR] h"),
        ((1.0, 3.0), "[CARD] e f g h"),
    ],
)
def test_up_to_two_words_of_a_margin_are_taken_into_the_placeholder(
    profile_of, covered: tuple[float, float], shown: str
) -> None:
    segment = said("a", "b", "c", "d", "e", "f", "g", "h")
    profile = profile_of({"fin.pan": Action.MASK})
    finding = found("fin.pan", segment.words[2:4])

    assert texts(segment, findings=[finding], masks=[under(covered)], profile=profile) == [shown]


def test_halves_of_masks_add_up(profile_of) -> None:
    masks = [under((1.0, 1.15)), under((1.3, 1.45))]

    assert texts(said("a"), masks=masks, profile=profile_of({})) == ["[UNCLEAR]"]


def test_masks_over_one_another_do_not_count_twice(profile_of) -> None:
    masks = [under((1.0, 1.2)), under((1.0, 1.2), action=Action.BURN)]

    assert texts(said("a"), masks=masks, profile=profile_of({})) == ["a"]


def test_a_burnt_span_inside_a_mask_uncovers_nothing_behind_it(profile_of) -> None:
    masks = [under((1.0, 9.0)), under((1.2, 1.4), action=Action.BURN)]

    assert texts(said("a", "b", "c"), masks=masks, profile=profile_of({})) == ["[UNCLEAR]"]


def test_a_mask_hides_the_words_of_its_own_channel_only(profile_of) -> None:
    both = said("a", "b"), said("c", "d", channel=1)
    masks = [under((0.0, 9.0), channel=1)]

    assert texts(*both, masks=masks, profile=profile_of({})) == ["a b", "[UNCLEAR]"]


@pytest.mark.parametrize("at", [1.0, 1.5, 2.0])
def test_a_word_without_length_is_hidden_when_it_lies_in_a_mask(profile_of, at: float) -> None:
    segment = Segment(0.0, 3.0, 0, (Word(at, at, "now", 0.9, 0),))

    assert texts(segment, masks=[under((1.0, 2.0))], profile=profile_of({})) == ["[UNCLEAR]"]
    assert texts(segment, masks=[under((2.1, 2.2))], profile=profile_of({})) == ["now"]


def test_a_word_that_ends_before_it_begins_is_hidden_when_it_begins_in_a_mask(profile_of) -> None:
    segment = Segment(0.0, 3.0, 0, (Word(1.5, 1.4, "now", 0.9, 0),))

    assert texts(segment, masks=[under((1.0, 2.0))], profile=profile_of({})) == ["[UNCLEAR]"]


def test_text_that_was_likely_invented_is_hidden_whole(profile_of) -> None:
    segment = said("thank", "you", "bye", invented=True)
    finding = found("per.name", segment.words[:1])
    profile = profile_of({"per.name": Action.MASK})

    assert texts(segment, findings=[finding], profile=profile) == ["[UNCLEAR]"]


def test_a_kind_that_we_do_not_know_is_hidden(profile_of) -> None:
    segment = said("one", "two")

    assert texts(segment, findings=[found("new.kind", segment.words)], profile=profile_of({})) == [
        "[UNCLEAR]"
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two lines"),
        ("a\r\n\r\nb", "a b"),
        ("\x1b[31mred", "[31mred"),
        ("nul\0l", "nul l"),
        ("line\u2028line\u2029line\x85line", "line line line line"),
        ("left\u202eright", "left right"),
        ("lone\ud800half", "lone half"),
        ("no\u00a0break", "no break"),
        ("\ufeffmark", "mark"),
        ("ع\u200cی", "ع\u200cی"),
        ("क्\u200dष", "क्\u200dष"),
        ("café", "café"),
        ("\x07", ""),
    ],
)
def test_what_is_shown_is_printable(profile_of, text: str, shown: str) -> None:
    assert texts(said(text), profile=profile_of({})) == [shown]


def test_nothing_said_is_in_a_traceback(profile_of) -> None:
    redacted = mask_words([said("Ada", "Byron")], (), (), profile_of({}))

    assert "Ada" not in repr(redacted)


def test_kept_words_say_everything_but_what_is_burnt() -> None:
    segment = said("card", "four", "two", "code", "nine", "nine", "seven")
    talk = Talk(
        (segment,), (found("fin.pan", segment.words[1:3]), found("fin.cvv", segment.words[4:]))
    )
    kept = json.loads(as_kept(talk.kept(load_profile("pci")), 0))

    assert kept["segments"][0]["text"] == "card four two code [CVV]"
    assert [f["action"] for f in kept["findings"]] == ["keep", "burn"]


def test_what_is_kept_of_a_channel_is_of_no_other() -> None:
    both = said("a"), said("b", channel=1)
    talk = Talk(both, tuple(found("per.name", segment.words) for segment in both))
    kept = json.loads(as_kept(talk.kept(load_profile("pci")), 1))

    assert [s["text"] for s in kept["segments"]] == ["b"]
    assert [f["channel"] for f in kept["findings"]] == [1]
    assert kept["channel"] == 1


def test_ten_thousand_findings_take_no_time_that_grows_with_their_square(profile_of) -> None:
    segments = [said("a", "b", "c", "d", start_s=float(i * 3)) for i in range(10_000)]
    findings = [found("per.name", s.words[:1], value=f"n{i}") for i, s in enumerate(segments)]
    masks = [under((f.start_s, f.end_s)) for f in findings]
    redacted = mask_words(segments, findings, masks, profile_of({"per.name": Action.REPLACE}))

    assert redacted[-1].text == "[NAME-10000] b c d"
