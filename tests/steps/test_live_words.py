"""Words redacted while they are said: however they come in, nothing that is found goes out."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import ClassVar

import pytest

from sottovoce.detection.detect import detect
from sottovoce.detection.knowledge import rules_only, shipped
from sottovoce.detection.live import Judgement, LiveTalk, segments_of
from sottovoce.redaction.profile import load_profile
from sottovoce.steps.live_words import MOST_PENDING, Decided, LiveWords
from sottovoce.values.finding import Action
from sottovoce.values.speech import Word
from spoken_calls import cases

PROFILE = load_profile("gdpr-default")
HOLD_BACK_S = 0.7
CALL = (
    (0, "thanks for calling can i have your full name"),
    (1, "yes my name is oliver marsh"),
    (0, "what is the card number please"),
    (1, "it's four two four two four two eight three"),
    (0, "okay"),
    (1, "one five two seven four nine six two"),
    (0, "the chairs arrive in five days"),
)
SECRET = ["oliver", "marsh", "four", "two", "eight", "three", "one", "seven", "nine", "six"]

PIN = ("my", "pin", "is", "four", "two", "eight", "one")
ENDLESS = ("and", "then", "we", "went", "on", "to", "see", "what", "was", "there", "four", "of")


class Remembering:
    """A talk that judges the same words, heard in the same order, only once in all tests."""

    known: ClassVar[dict[tuple[tuple[Word, ...], frozenset[Word]], Judgement]] = {}

    def __init__(self, talk: LiveTalk) -> None:
        self._talk = talk
        self._heard: list[Word] = []

    def hear(self, word: Word) -> None:
        self._heard.append(word)
        self._talk.hear(word)

    def judge(self, wanted: Iterable[Word]) -> Judgement:
        key = (tuple(self._heard), frozenset(wanted))
        if key not in self.known:
            self.known[key] = self._talk.judge(key[1])
        return self.known[key]

    def forget(self, pending: Iterable[Word], now_s: float) -> None:
        self._talk.forget(pending, now_s)


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not a secret


def timed(turns: Iterable[tuple[int, str]]) -> list[Word]:
    """Give each word 0.3 s, a pause between turns."""
    words: list[Word] = []
    at = 0.0
    for channel, text in turns:
        for said in text.split():
            words.append(Word(at, at + 0.3, said, 0.9, channel))
            at += 0.35
        at += 0.4
    return words


def live(hold_back_s: float = HOLD_BACK_S, channels: int = 2, profile: str = "") -> LiveWords:
    chosen = load_profile(profile) if profile else PROFILE
    talk = Remembering(LiveTalk(shipped()))
    return LiveWords(chosen, talk, channels=channels, hold_back_s=hold_back_s)


def at_once(words: Sequence[Word], channels: int = 2) -> list[Decided]:
    redactor = live(channels=channels)
    return [*redactor.feed(words, {}), *redactor.finish()]


def in_pieces(words: Sequence[Word], rng: Random) -> list[Decided]:
    """Hand words in by channel, in pieces of any size, one channel before or behind the other."""
    redactor, out = live(), []
    left = {c: [w for w in words if w.channel == c] for c in (0, 1)}
    last_s = max(word.end_s for word in words)
    heard_s = {0: 0.0, 1: 0.0}
    while any(left.values()) or min(heard_s.values()) < last_s:
        channel = rng.randrange(2)
        heard_s[channel] = min(last_s, heard_s[channel] + rng.choice((0.01, 0.2, 0.9, 3.0, 20.0)))
        piece = [w for w in left[channel] if w.end_s <= heard_s[channel]]
        left[channel] = left[channel][len(piece) :]
        out += redactor.feed(piece, {channel: heard_s[channel]})
    return [*out, *redactor.finish()]


def by_channel(decided: Iterable[Decided]) -> list[Decided]:
    return sorted(decided, key=lambda d: (d.channel, d.start_s))


def carrying(words: Sequence[Word]) -> set[tuple[float, int]]:
    """Return where the words are that carry a part of what detection of the whole talk hides."""
    lexicon = shipped().lexicon
    filler = {w for w in lexicon.common if lexicon.classes.get(w, ".") in ".wv"}
    for phrases in (*lexicon.gaps.by_first.values(), *lexicon.cues.by_first.values()):
        filler |= {word for phrase, _ in phrases for word in phrase}
    hidden = set()
    for finding in detect(segments_of(words)):
        if PROFILE.action(finding.kind) is Action.KEEP:
            continue
        said = [finding.words[i] for i in set(finding.sources)] or [
            w for w in finding.words if w.text.lower().strip(".,?!") not in filler
        ]
        hidden |= {(word.start_s, word.channel) for word in said}
    return hidden


def shown(decided: Iterable[Decided]) -> set[tuple[float, int]]:
    return {(d.start_s, d.channel) for d in decided if not d.masked}


def test_what_is_sensitive_is_hidden_and_the_rest_is_shown() -> None:
    out = at_once(timed(CALL))
    said = " ".join(d.text for d in sorted(out, key=lambda d: d.start_s))

    assert "thanks for calling can i have your full name yes my name is [NAME]" in said
    assert "the chairs arrive in" in said
    assert {d.text for d in out if not d.masked}.isdisjoint(SECRET)


def test_no_chunking_changes_what_comes_out() -> None:
    words = timed(CALL)
    whole = by_channel(at_once(words))

    for seed in range(60):
        assert by_channel(in_pieces(words, drawn(seed))) == whole


def test_no_emitted_word_carries_what_detection_of_the_whole_finds() -> None:
    for case in cases(seed=4, count=60):
        words = timed((turn.speaker, turn.text) for turn in case.turns)

        assert carrying(words).isdisjoint(shown(at_once(words)))


@pytest.mark.slow
def test_over_ten_thousand_chunkings_no_emitted_word_carries_a_finding() -> None:
    """Drawn talks of a caller's answer, each in many chunkings."""
    rng, done = drawn(8), 0
    for case in cases(seed=80, count=100):
        words = timed((turn.speaker, turn.text) for turn in case.turns[2:])
        hidden = carrying(words)
        for _ in range(100):
            done += 1

            assert hidden.isdisjoint(shown(in_pieces(words, rng)))
    assert done == 10_000


def test_every_word_is_decided_once_in_order_and_within_the_hold_back() -> None:
    words = timed(CALL)
    out = in_pieces(words, drawn(1))

    for channel in (0, 1):
        mine = [d.start_s for d in out if d.channel == channel]
        assert mine == [w.start_s for w in words if w.channel == channel]
    assert max(d.decided_s - d.end_s for d in out) <= HOLD_BACK_S + 1e-9


def test_a_number_that_may_go_on_is_hidden_when_its_time_is_up() -> None:
    words = timed([(0, "what is your account number"), (1, "four")])
    later = [Word(30.0, 30.3, "two", 0.9, 1)]
    redactor = live()
    out = [*redactor.feed(words, {}), *redactor.feed([], {0: 9.0, 1: 9.0})]

    assert [d.text for d in out if d.channel == 1] != ["four"]
    assert all(d.masked for d in redactor.feed(later, {}) if d.channel == 1)


def test_a_cue_said_after_the_number_is_in_time_within_the_hold_back() -> None:
    words = timed([(0, "eight one five two is my account number thank you")])

    assert all(d.masked for d in at_once(words)[:4])


def test_a_word_waits_for_the_channel_that_is_behind() -> None:
    redactor = live()
    words = timed([(0, "hello and good morning to you all")])

    assert list(redactor.feed(words, {0: 60.0})) == []
    assert len(list(redactor.feed([], {1: 60.0}))) == len(words)


def test_what_the_profile_keeps_is_shown() -> None:
    words = timed([(0, "the whole thing costs two hundred dollars for each of them i think")])

    assert all(not d.masked for d in at_once(words))


@pytest.mark.parametrize("times", [(1.0, 1.0), (3.0, 0.5), (-2.0, -1.0), (5.0, 4.0)])
def test_times_that_stand_still_or_run_backwards_lose_no_word(times: tuple[float, float]) -> None:
    start, end = times
    words = [Word(start, end, text, 0.9, 0) for text in PIN]
    out = at_once(words, channels=1)

    assert len(out) == len(words)
    assert {d.text for d in out if not d.masked}.isdisjoint({"four", "two", "eight", "one"})


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_times_that_are_no_numbers_are_an_error(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        list(live().feed([Word(bad, bad, "hello", 0.9, 0)], {}))


def test_a_channel_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="channel must be from 0 to 1"):
        list(live().feed([Word(0.0, 0.1, "hello", 0.9, 2)], {}))
    with pytest.raises(ValueError, match="channel must be from 0 to 1"):
        list(live().feed([], {-1: 2.0}))


@pytest.mark.parametrize("hold_back_s", [-0.1, 31.0, float("nan")])
def test_a_hold_back_out_of_bounds_is_an_error(hold_back_s: float) -> None:
    with pytest.raises(ValueError, match="hold_back_s must be from 0 to 30"):
        live(hold_back_s)


def test_hours_of_silence_cost_nothing_and_change_nothing() -> None:
    redactor = live()
    list(redactor.feed([], {0: 36_000.0, 1: 36_000.0}))
    late = [Word(36_000.0 + w.start_s, 36_000.0 + w.end_s, w.text, 0.9, 0) for w in timed(CALL)]
    out = [*redactor.feed(late, {}), *redactor.finish()]

    assert len(out) == len(late)
    assert {d.text for d in out if not d.masked}.isdisjoint({"oliver", "marsh"})


def test_speech_without_end_is_held_in_bounds() -> None:
    talk = LiveTalk(rules_only())
    redactor = LiveWords(PROFILE, talk, channels=1, hold_back_s=HOLD_BACK_S)
    most = 0
    for word in speech_without_end(600):
        list(redactor.feed([word], {0: word.end_s}))
        most = max(most, sum(len(words) for words in talk._segments))

    assert most < 300


def speech_without_end(count: int) -> Iterator[Word]:
    said = itertools.cycle(
        [
            "and",
            "then",
            "we",
            "went",
            "on",
            "to",
            "see",
            "what",
            "else",
            "there",
            "was",
            "four",
            "of",
            "them",
        ]
    )
    for i, text in enumerate(itertools.islice(said, count)):
        yield Word(i * 0.25, i * 0.25 + 0.25, text, 0.9, 0)


def test_a_flood_of_figures_is_hidden() -> None:
    words = [Word(1.0 + i / 1e4, 1.0 + i / 1e4, "seven", 0.9, 0) for i in range(MOST_PENDING * 4)]
    out = at_once(words, channels=1)

    assert len(out) == len(words)
    assert all(d.masked for d in out)


def test_words_that_come_too_late_for_their_time_are_still_redacted() -> None:
    redactor = live(channels=1)
    early: Mapping[int, float] = {0: 100.0}
    list(redactor.feed([Word(99.0, 99.5, "hello", 0.9, 0)], early))
    late = [Word(1.0, 1.3, text, 0.9, 0) for text in PIN]
    out = [*redactor.feed(late, {}), *redactor.finish()]

    assert {d.text for d in out if not d.masked}.isdisjoint({"four", "two", "eight", "one"})
