"""The truth of a call, with a voice whose times are known."""

import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from calls.envelope import Spoken
from calls.script import Band, Script, Speaker, parse_turn
from calls.studio import Call, make_call
from calls.truth import as_json, tell_truth

RATE_HZ = 16000
WORD_S, GAP_S, PAUSE_S = 0.2, 0.03, 0.3


class ToneVoice:
    """Say each word for 0.2 s, with a pause after a comma."""

    def __init__(self, *, early_s: float = 0.0, late_s: float = 0.0) -> None:
        self._early_s = early_s
        self._late_s = late_s

    def say(self, words: Sequence[str], *, pace: float, seed: int) -> Spoken:
        at_s = PAUSE_S
        starts = []
        for word in words:
            starts.append(at_s)
            at_s += WORD_S / pace + (PAUSE_S if word[-1] in ",.?!" else GAP_S)
        wave = np.zeros(round((at_s + PAUSE_S) * RATE_HZ), np.float32)
        for start_s in starts:
            first = round(start_s * RATE_HZ)
            time_s = np.arange(round(WORD_S / pace * RATE_HZ)) / RATE_HZ
            wave[first : first + len(time_s)] = 0.5 * np.sin(2 * np.pi * 700 * time_s)
        times = [(s - self._early_s, s + WORD_S / pace + self._late_s) for s in starts]
        return Spoken(RATE_HZ, wave, tuple(times))


SPEAKERS = (Speaker("tone", 1.0, -20.0), Speaker("tone", 1.0, -30.0))
TURNS = (
    parse_turn(0, 0.0, "Hello there. Your code, please?"),
    parse_turn(1, 0.5, "It is {fin.cvv 317|three one six, no, seven}."),
    parse_turn(0, -0.5, "Thank you."),
    parse_turn(1, 0.4, "{per.name Bo|B as in one, O}."),
)


def call_of(voice: ToneVoice, band: Band = Band.WIDE, snr_db: float | None = None) -> Call:
    script = Script("call", 3, band, snr_db, SPEAKERS, TURNS)
    return make_call(script, voice_of=lambda name: voice)


@pytest.mark.parametrize("voice", [ToneVoice(), ToneVoice(early_s=0.01, late_s=0.01)])
@pytest.mark.parametrize("band", list(Band))
def test_no_sound_of_a_speaker_lies_outside_of_words(voice: ToneVoice, band: Band) -> None:
    call = call_of(voice, band)
    truth = tell_truth(call)
    for channel in (0, 1):
        power = np.square(call.clean[channel], dtype=np.float64)
        inside = np.zeros(len(power), np.bool_)
        for word in truth.words:
            if word.channel == channel:
                first, last = word.start_s * call.rate_hz, word.end_s * call.rate_hz
                inside[round(first) : round(last)] = True

        assert power[~inside].sum() < 0.001 * power.sum()


def test_each_word_has_its_own_time_and_all_words_are_there() -> None:
    truth = tell_truth(call_of(ToneVoice()))

    assert [word.text for word in truth.words if word.channel == 1][:6] == [
        "It",
        "is",
        "three",
        "one",
        "six",
        "no",
    ]
    assert all(w.end_s - w.start_s == pytest.approx(WORD_S, abs=0.011) for w in truth.words)
    assert list(truth.words) == sorted(truth.words, key=lambda word: word.start_s)


def test_a_span_covers_its_words_through_the_other_speakers_words() -> None:
    truth = tell_truth(call_of(ToneVoice()))
    span = truth.spans[0]

    assert [truth.words[at].text for at in span.words] == ["three", "one", "six", "no", "seven"]
    assert {truth.words[at].channel for at in span.words} == {1}
    assert span.start_s == truth.words[span.words[0]].start_s
    assert span.end_s == truth.words[span.words[-1]].end_s
    assert [numeral.text for numeral in span.digits] == ["3", "1", "6", "7"]


def test_each_numeral_sounds_where_its_words_do() -> None:
    truth = tell_truth(call_of(ToneVoice()))

    for numeral in truth.spans[0].digits:
        assert numeral.start_s == truth.words[numeral.words[0]].start_s
        assert numeral.end_s == truth.words[numeral.words[-1]].end_s


def test_a_voice_with_a_loose_clock_gives_the_same_truth() -> None:
    loose = tell_truth(call_of(ToneVoice(early_s=0.01, late_s=0.01)))

    for word, exact in zip(loose.words, tell_truth(call_of(ToneVoice())).words, strict=True):
        assert word.text == exact.text
        assert (word.start_s, word.end_s) == pytest.approx((exact.start_s, exact.end_s), abs=0.006)


def test_speakers_talk_at_once_and_never_over_themselves() -> None:
    truth = tell_truth(call_of(ToneVoice()))
    lanes = [[word for word in truth.words if word.channel == channel] for channel in (0, 1)]

    assert any(a.start_s < b.end_s and b.start_s < a.end_s for a in lanes[0] for b in lanes[1])
    for lane in lanes:
        assert all(a.end_s <= b.start_s for a, b in pairwise(lane))


def test_a_number_word_in_a_spelled_name_is_not_a_digit() -> None:
    assert tell_truth(call_of(ToneVoice())).spans[1].digits == ()


def test_noise_and_line_change_no_time() -> None:
    loud = tell_truth(call_of(ToneVoice(), Band.TELEPHONE, 10.0))

    assert loud.words == tell_truth(call_of(ToneVoice())).words


def test_the_truth_is_plain_json() -> None:
    data = json.loads(json.dumps(as_json(tell_truth(call_of(ToneVoice())))))

    assert data["version"] == 1
    assert data["channels"][1] == {
        "role": "caller",
        "voice": "tone",
        "pace": 1.0,
        "level_db": -30.0,
    }
    assert data["spans"][0]["digits"][0]["text"] == "3"
