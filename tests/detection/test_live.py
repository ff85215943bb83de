"""Talk judged while it goes on."""

import pytest
from spoken import call

from sottovoce.detection.detect import detect
from sottovoce.detection.knowledge import shipped
from sottovoce.detection.lexicon import languages
from sottovoce.detection.live import LiveTalk, continuations, segments_of
from sottovoce.values.speech import Word


def words(*turns: tuple[int, str]) -> list[Word]:
    return [word for segment in call(*turns) for word in segment.words]


def judged(*turns: tuple[int, str]) -> dict[str, tuple[set[str], set[str]]]:
    talk, said = LiveTalk(shipped()), words(*turns)
    for word in said:
        talk.hear(word)
    judgement = talk.judge(said)
    none: frozenset[str] = frozenset()
    return {
        w.text: (set(judgement.found.get(w, none)), set(judgement.possible.get(w, none)))
        for w in said
    }


def test_what_is_found_by_now_is_what_detection_of_the_words_so_far_finds() -> None:
    said = words(
        (0, "what is your name please"),
        (1, "oliver marsh and my card is four two four two four two eight three"),
        (0, "thank you oliver"),
    )
    for so_far in range(1, len(said)):
        talk = LiveTalk(shipped())
        for word in said[:so_far]:
            talk.hear(word)
        found = talk.judge(said[:so_far]).found

        assert {w for f in detect(segments_of(said[:so_far])) for w in f.words} <= set(found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("i live at seventeen", "seventeen"),
        ("well it is four two", "four"),
        ("my date of birth is the third", "third"),
        ("the plate is z", "z"),
        ("you can mail me at r o s s", "s"),
    ],
)
def test_what_may_go_on_is_not_settled(text: str, word: str) -> None:
    found, possible = judged((1, text))[word]

    assert found | possible


@pytest.mark.parametrize("word", ["offices", "are", "weekend", "moment"])
def test_ordinary_words_are_settled(word: str) -> None:
    said = judged((0, "one moment please our offices are open all weekend"))

    assert said[word] == (set(), set())


def test_what_is_over_is_forgotten_and_still_known() -> None:
    talk = LiveTalk(shipped())
    for word in words((0, "and your name"), (1, "oliver marsh"), (0, "thank you so much for that")):
        talk.hear(word)
    talk.forget([], 500.0)
    later = [Word(500.0, 500.4, "so", 0.9, 0), Word(500.5, 500.9, "marsh", 0.9, 0)]
    for word in later:
        talk.hear(word)

    assert "per.name" in talk.judge(later).found[later[1]]
    assert len(talk._segments) == 1


def test_every_language_has_continuations_that_can_be_read() -> None:
    for language in languages():
        assert continuations(language)
    assert continuations("xx") == ()
