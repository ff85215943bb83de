"""Training examples are what their text says, and stay so when they are changed."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tagger.augment import Maker, misheard, noisy, recased, rounds, swapped
from tagger.examples import PLAIN, Example, bit, example
from tagger.lists import Pool, pool, told, word_list
from tagger.measure import decoded, folds, lowered, scored
from tagger.sets import spelled_name, talk

NAME, PLACE, ILL = bit("name"), bit("place"), bit("condition")


@pytest.fixture
def maker() -> Maker:
    entries = {
        "given": ("Zebulon",), "surname": ("Quillfeather",), "city": ("Oxmere",),
        "region": ("Farland",), "medicine": ("plactin",), "condition": ("spotted cough",),
        "company": ("Wexcorp",), "plain": ("kettle",),
    }  # fmt: skip
    pools = {k: Pool(v, np.array([1.0])) for k, v in entries.items()}
    return Maker(pools, random.Random(4))  # noqa: S311 - to repeat, not to hide


def told_by(found: Example) -> list[tuple[str, int]]:
    return list(zip(found.words, found.may, strict=True))


def test_the_words_of_a_span_are_of_its_label() -> None:
    found = example("I'm Ada Lovelace, hello", [(4, 16, "PERSON", NAME)])

    assert told_by(found) == [("I'm", PLAIN), ("Ada", NAME), ("Lovelace", NAME), ("hello", PLAIN)]
    assert found.gold == (("PERSON", 1, 3),)
    assert found.runs() == [(1, 1, 3)]


def test_what_a_set_leaves_open_is_no_run_and_no_gold() -> None:
    found = example("play songs by Ada", [(14, 17, "artist", NAME | PLAIN)])

    assert found.runs() == []
    assert found.gold == ()


def test_a_swapped_name_is_labelled_and_the_rest_stays(maker: Maker) -> None:
    found = example("my name is ada lovelace thanks", [(11, 23, "PERSON", NAME)])

    new = swapped(found, maker, 1.0)

    assert "ada" not in new.words
    assert [w for w, m in told_by(new) if m == PLAIN] == ["my", "name", "is", "thanks"]
    assert {w.lower() for w, m in told_by(new) if m == NAME} & {"zebulon", "quillfeather"}
    assert all(word.islower() for word in new.words)


def test_every_word_keeps_a_label_whatever_is_done_to_a_turn(maker: Maker) -> None:
    found = example("call Ada in Paris about the cough", [(5, 8, "p", NAME), (12, 17, "c", PLACE)])
    for _ in range(300):
        new = recased(noisy(swapped(found, maker, 0.5), maker.dice), maker.dice)
        assert len(new.words) == len(new.may)
        assert all(new.words)
    for new in rounds([found] * 50, maker, 50, share=0.5):
        assert len(new.words) == len(new.may)


def test_own_sentences_have_every_slot_filled(maker: Maker) -> None:
    said = [maker.sentence() for _ in range(500)]

    assert not [e for e in said if any("{" in w or "}" in w for w in (*e.words, *e.before))]
    assert {label for e in said for label, _, _ in e.runs()} == {1, 2, 3, 4, 5, 6}


def test_a_misheard_word_is_another_word_of_letters() -> None:
    dice = random.Random(1)  # noqa: S311 - to repeat, not to hide
    heard = {misheard("stephanie", dice) for _ in range(100)}

    assert len(heard) > 5
    assert all(word.isalpha() for word in heard)


def test_letters_that_spell_a_name_are_the_name() -> None:
    found = example("it's L O V E and 4", [])

    spelled = spelled_name(found, "Ada Love")

    assert [w for w, m in told_by(spelled) if m == NAME] == ["L", "O", "V", "E"]


def test_conversations_are_read_with_the_turn_before(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text(
        '{"turns": [{"text": "your name?", "spans": []}, {"text": "Bo Oak.", '
        '"spans": [{"start": 0, "end": 6, "label": "name"}]}]}\n',
        "utf-8",
    )

    first, second = talk(path, 0, 5)

    assert first.before == ()
    assert second.before == ("your", "name")
    assert told_by(second) == [("Bo", NAME), ("Oak", NAME)]


def test_a_span_is_covered_only_whole_and_an_alarm_touches_nothing() -> None:
    found = example("ada love has flu", [(0, 8, "PERSON", NAME), (13, 16, "D", ILL)])
    chances = np.eye(7)[[1, 0, 3, 4]]

    score = scored([found], [chances], 0.5)

    assert score.spans["name"] == score.spans["condition"] == 1
    assert score.covered["name"] == 0
    assert score.covered["condition"] == 1
    assert (score.found["organisation"], score.true["organisation"]) == (1, 0)
    assert (score.found["name"], score.true["name"]) == (1, 1)


def test_what_the_set_does_not_say_is_neither_right_nor_wrong() -> None:
    found = replace(example("ada love", []), may=(PLAIN | NAME, PLAIN | NAME))

    assert scored([found], [np.eye(7)[[1, 1]]], 0.5).found["name"] == 0


def test_runs_are_decoded_where_something_is_likelier_than_the_bound() -> None:
    chances = np.array([[0.6, 0.4, 0, 0, 0, 0, 0], [0.4, 0.3, 0.3, 0, 0, 0, 0]])

    assert decoded(chances, 0.5) == [(1, 1, 2)]
    assert decoded(chances, 0.3) == [(1, 0, 2)]


def test_a_document_is_in_one_fold_only() -> None:
    found = [replace(example("a b", []), group=str(n % 7)) for n in range(50)]

    parts = folds(found, 3)

    assert sum(map(len, parts)) == 50
    groups = [{e.group for e in part} for part in parts]
    assert not groups[0] & groups[1] | groups[1] & groups[2] | groups[0] & groups[2]


def test_small_letters_are_small_before_too() -> None:
    found = replace(example("Ada", []), before=("Your", "NAME"))

    assert lowered([found])[0].before == ("your", "name")


def test_rare_entries_are_drawn_less_often() -> None:
    dice = random.Random(2)  # noqa: S311 - to repeat, not to hide
    drawn = pool({"often": 100.0, "rare": 1.0})
    said = [drawn.draw(dice) for _ in range(2000)]

    assert 0.05 < said.count("rare") / 2000 < 0.15


def test_the_lists_are_there() -> None:
    assert "doctor" in word_list("titles")
    assert "asthma" in told("health.txt", "condition")
    assert all(entry == entry.strip() for entry in told("organisations.txt", "org"))
