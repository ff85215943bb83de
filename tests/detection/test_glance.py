"""The first look never looks away from what a closer look would find."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.conversation import Conversation
from sottovoce.detection.detect import TextDetector
from sottovoce.detection.find import find
from sottovoce.detection.glance import MOST_FIGURES_KNOWN
from sottovoce.detection.knowledge import Knowledge, rules_only
from sottovoce.detection.lexicon import languages

ORDINARY = [
    ("en", "what time is it in new york"),
    ("en", "please wake me up at five am this week"),
    ("en", "first of all, I ask why you call"),
    ("en", "I'm calling from the office and I think it's fine"),
    ("en", "a table for 4 people at 7:30"),
    ("en", "two hundred people came here again"),
    ("es", "me gustaría cambiar la tarifa de mi contrato"),
    ("es", "quedamos a las ocho"),
]
TELLING = [
    ("en", "i was born in may"),
    ("en", "march fourth"),
    ("en", "the fourth of the third"),
    ("en", "it ends in nine nine"),
    ("en", "five five five one two"),
    ("en", "this is zubeda speaking"),
    ("en", "Zubeda here"),
    ("en", "delta alpha whiskey"),
    ("en", "golf 0 6 delta"),
    ("en", "4/3/82"),
    ("en", "ab12 3cd"),
    ("en", "i met Zubeda there"),
    ("en", "forty two drury place"),
    ("es", "mi número secreto"),
    ("es", "cuatro del tres del 82"),
    ("es", "los tres dígitos de atrás"),
]
WORDS = (
    "one two five for to oh twenty hundred thousand first fourth march may i a the of at and no "
    "from here speaking this is it's john will mark sw b november delta double street place my "
    "name number what please 4 30 2016 8tx PM Smith I The CVV again call , . card pin code is"
)


@pytest.mark.parametrize(("language", "text"), ORDINARY)
def test_ordinary_talk_is_told_by_one_look(language: str, text: str) -> None:
    assert rules_only(language).lexicon.glance.ordinary(text) is not None


@pytest.mark.parametrize(("language", "text"), TELLING)
def test_what_may_tell_something_gets_a_closer_look(language: str, text: str) -> None:
    assert rules_only(language).lexicon.glance.ordinary(text) is None


def test_where_values_are_known_fewer_figures_say_nothing() -> None:
    glance = rules_only().lexicon.glance

    assert glance.ordinary("it was one four five") is not None
    assert glance.ordinary("it was one four five", most_figures=MOST_FIGURES_KNOWN) is None


def closer(text: str, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether a look that is never cut short finds something."""
    with monkeypatch.context() as patch:
        patch.setattr("sottovoce.detection.find._is_ordinary", lambda *_: False)
        return bool(find(text, Conversation(), knowledge))


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=9))
def test_what_is_ordinary_at_a_glance_holds_nothing(words: list[str]) -> None:
    text = " ".join(words)
    with pytest.MonkeyPatch.context() as monkeypatch:
        found = closer(text, rules_only(), monkeypatch)

    assert not found or rules_only().lexicon.glance.ordinary(text) is None, text


@pytest.mark.parametrize("language", languages())
def test_every_cue_is_seen_at_a_glance(language: str) -> None:
    lexicon = rules_only(language).lexicon
    unseen = [
        " ".join(phrase)
        for entries in lexicon.cues.by_first.values()
        for phrase, _ in entries
        if lexicon.glance.ordinary(f"so {' '.join(phrase)} then") is not None
    ]

    assert unseen == []


def test_an_answer_is_found_though_its_words_are_ordinary() -> None:
    detector = TextDetector(rules_only())
    detector.detect("and the security code?")

    assert detector.detect("one oh four")
