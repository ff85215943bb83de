"""Scripts written by chance."""

import re

from calls.numerals import find_numerals
from calls.script import Band, Script, parse_script, print_script
from calls.voices import VOICE_NAMES
from calls.writer import Choice, write_script

CHOICE = Choice(VOICE_NAMES)
SCRIPTS = [write_script(7, number, CHOICE) for number in range(60)]
MENDING = re.compile(r"\b(no|sorry|mean|make)\b")
NUMBERS = {"fin.pan", "fin.cvv", "per.ssn", "per.phone", "fin.acct", "fin.aba"}


def test_the_same_seed_writes_the_same_call_whatever_its_neighbours() -> None:
    assert write_script(7, 5, CHOICE) == SCRIPTS[5]
    assert write_script(8, 5, CHOICE) != SCRIPTS[5]


def test_a_written_script_reads_back() -> None:
    assert all(parse_script(print_script(script)) == script for script in SCRIPTS)


def test_every_kind_of_value_is_drawn() -> None:
    kinds = {mark.kind for script in SCRIPTS for turn in script.turns for mark in turn.marks}

    assert kinds == NUMBERS | {
        "fin.expiry",
        "fin.iban",
        "per.address",
        "per.dob",
        "per.email",
        "per.name",
        "per.postcode",
    }


def test_the_words_of_a_mark_say_its_value() -> None:
    for kind, value, said in _marks(SCRIPTS):
        if kind in NUMBERS and not MENDING.search(said):
            assert "".join(n.digits for n in find_numerals(said.split())) == value


def test_every_form_of_speech_occurs() -> None:
    said = " ".join(words for _, _, words in _marks(SCRIPTS))

    for form in ("double", "triple", "oh", "zero", "forty", "hundred", "as in", "for Alpha"):
        assert form in said
    assert MENDING.search(said)


def test_there_are_harmless_numbers_to_leave_alone() -> None:
    for script in SCRIPTS:
        plain = [
            word
            for turn in script.turns
            for place, word in enumerate(turn.words)
            if not any(mark.first <= place <= mark.last for mark in turn.marks)
        ]

        assert len(plain) > 40
    assert find_numerals([w for script in SCRIPTS for turn in script.turns for w in turn.words])


def test_speakers_talk_over_each_other_now_and_then() -> None:
    early = [turn.after_s < 0 for script in SCRIPTS for turn in script.turns]

    assert 0.05 < sum(early) / len(early) < 0.4


def test_two_speakers_have_two_voices_and_the_band_and_noise_may_be_given() -> None:
    given = write_script(7, 0, Choice(VOICE_NAMES, Band.TELEPHONE, 18.0))

    assert all(script.speakers[0].voice != script.speakers[1].voice for script in SCRIPTS)
    assert (given.band, given.snr_db) == (Band.TELEPHONE, 18.0)
    assert {script.band for script in SCRIPTS} == set(Band)
    assert given.turns == SCRIPTS[0].turns


def _marks(scripts: list[Script]) -> list[tuple[str, str, str]]:
    return [
        (mark.kind, mark.value, " ".join(turn.words[mark.first : mark.last + 1]))
        for script in scripts
        for turn in script.turns
        for mark in turn.marks
    ]
