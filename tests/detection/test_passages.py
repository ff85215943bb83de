"""Passages: what opens one, what it covers, what ends it; and talk that has none."""

import time
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.lexicon import split_words
from sottovoce.detection.passages import CHUNK, PassageReader, TextPassage
from sottovoce.detection.phrasing import Phrasing, parse, telling
from sottovoce.detection.signs import load_signs
from sottovoce.values.kinds import KINDS

TALK = tomllib.loads((Path(__file__).parent / "passage_talk.toml").read_text("utf-8"))
DANGER = "someone may be in danger"
PRIVILEGED = "this call is privileged and confidential"


def read(*turns: str) -> list[tuple[TextPassage, ...]]:
    reader = PassageReader()
    return [reader.read(turn) for turn in turns]


def kinds(*turns: str) -> set[str]:
    return {passage.kind for found in read(*turns) for passage in found}


MISSED = {
    "isn't that covered by doctor patient confidentiality": "a rhetorical denial weakens",
    "we'd settle for twelve and a reference": "one may settle for a smaller table, too",
}
"""What the rules do not find, and why."""


def talk() -> list[tuple[str, str]]:
    return [
        (kind, said) for kind, rows in TALK["talk"].items() for said in rows if said not in MISSED
    ]


@pytest.mark.parametrize(("what", "said"), talk())
def test_our_own_talk_opens_a_passage_of_its_kind_or_reason(what: str, said: str) -> None:
    found = {told for parts in read(*said.split("|")) for p in parts for told in (p.kind, p.reason)}

    assert what in found


def test_danger_stays_the_reason_whatever_else_is_said() -> None:
    found = read("i've been seeing a psychiatrist", "i want to kill myself", "for my depression")

    assert found[2][0].reason == DANGER


@pytest.mark.parametrize("said", TALK["harmless"]["talk"])
def test_harmless_talk_has_no_passage(said: str) -> None:
    assert read(said) == [()]


def test_a_weak_sign_alone_opens_nothing_and_two_of_different_reasons_do() -> None:
    assert kinds("i called a lawyer") == set()
    assert kinds("the lawyer and then another lawyer and the lawyers") == set()
    assert "leg.acp" in kinds("our lawyer was there", "can they sue us")


def test_weak_signs_that_stand_far_apart_do_not_add_up() -> None:
    between = ["so we went to the beach then"] * 8

    assert kinds("our lawyer was there", *between, "can they sue us") == set()


def test_what_was_said_before_the_passage_opened_is_pointed_back_to() -> None:
    found = read("our lawyer was there", "and then he left early", "can they sue us")

    assert found[:2] == [(), ()]
    assert found[2][0].turns_back == 2


def test_a_denial_weakens_privilege_and_not_health() -> None:
    assert kinds("this call is not privileged") == set()
    assert "hlt.sud" in kinds("he has no history of alcohol abuse")


def test_talk_of_stories_weakens_a_sign() -> None:
    assert kinds("in the movie this call is privileged") == set()


def test_a_passage_goes_on_over_turns_until_there_is_no_more_sign() -> None:
    found = read(PRIVILEGED, *["so the thing we did was this"] * 20)

    covered = [bool(parts) for parts in found]
    assert covered == sorted(covered, reverse=True)
    assert 4 <= sum(covered) <= 10
    assert [parts[0].goes_on for parts in found if parts] == [False] + [True] * (sum(covered) - 1)


def test_listening_does_not_use_up_a_passage() -> None:
    found = read(PRIVILEGED, *["okay"] * 20, "so the thing we did was this")

    assert found[-1][0].kind == "leg.acp"


def test_a_passage_ends_where_somebody_says_so() -> None:
    found = read(PRIVILEGED, "okay counsel has left so let us talk of lunch", "soup or salad then")

    assert found[1][0].end == len("okay counsel has left")
    assert found[2] == ()


def test_a_long_turn_is_covered_around_its_signs_only() -> None:
    before, after = "we went to the beach and " * 40, " and then we went home" * 100
    text = before + PRIVILEGED + after
    (part,) = read(text)[0]

    assert len(before) - 200 < part.start <= len(before)
    assert len(before + PRIVILEGED) < part.end < len(text)


def test_each_new_reader_begins_a_new_conversation() -> None:
    first, second = PassageReader(), PassageReader()
    first.read(PRIVILEGED)

    assert first.read("and so it goes on") != ()
    assert second.read("and so it goes on") == ()


@pytest.mark.parametrize(
    "said",
    [
        "THIS CALL IS PRIVILEGED AND CONFIDENTIAL.",
        "This call is, um, privileged and... uh, confidential",
        "this call is\u00a0privileged\tand confidential",
        "Well \U0001f600 this call\u2019s all fine but this call is privileged",
        "\u202ethis call is privileged\u202c",
        "\x00\x01this call is privileged",
    ],
)
def test_casing_hesitations_and_signs_do_not_hide_a_passage(said: str) -> None:
    assert "leg.acp" in kinds(said)


def test_an_apostrophe_may_be_of_any_kind_or_none() -> None:
    for said in ("i'm going to sue you", "i\u2019m going to sue you", "im going to sue you"):
        assert kinds(said) == {"leg.hold"}


WORDS = split_words("this call is privileged and confidential so please keep it here between us")


@given(st.lists(st.integers(1, len(WORDS) - 1), max_size=3))
def test_a_phrase_is_found_wherever_turns_cut_it(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(WORDS)]
    turns = [" ".join(WORDS[a:b]) for a, b in pairwise(edges)]

    assert "leg.acp" in kinds(*turns)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_gives_places_within_it(turns: list[str]) -> None:
    for turn, found in zip(turns, read(*turns), strict=True):
        assert all(0 <= p.start < p.end <= len(turn) for p in found)


HOT = st.sampled_from(
    [
        "this call is privileged",
        "\u0130 am suing",
        "a''b",
        "i'm",
        "\u2019",
        "pregnant",
        "İİİ",
        "okay.",
    ]
)


@settings(deadline=None)
@given(st.lists(st.lists(HOT, max_size=6).map(" ".join), max_size=6))
def test_any_talk_with_signs_gives_places_within_it(turns: list[str]) -> None:
    for turn, found in zip(turns, read(*turns), strict=True):
        assert all(0 <= p.start < p.end <= len(turn) for p in found)
        assert all(p.kind in KINDS and 0.6 <= p.confidence <= 1 for p in found)


def test_places_are_right_after_letters_that_grow_in_lower_case() -> None:
    said = "\u0130\u0130\u0130 and so on and on and on " * 8
    part = read(said + PRIVILEGED + " and on" * 10)[0][0]

    assert part.start > len(said) - 200


def test_a_passage_across_the_cut_of_a_long_text_is_found() -> None:
    for shift in range(0, 40, 7):
        text = "x" * (CHUNK - shift) + " " + PRIVILEGED

        assert "leg.acp" in kinds(text)


def seconds(text: str) -> float:
    reader = PassageReader()
    start = time.process_time()
    reader.read(text)
    return time.process_time() - start


@pytest.mark.parametrize("unit", ["this call is ", "a", "privileged ", "my lawyer said not ", "' "])
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    short, long = unit * (100_000 // len(unit)), unit * (800_000 // len(unit))
    seconds(short)

    assert min(seconds(long) for _ in range(2)) < 24 * max(seconds(short), 0.005)


def test_every_sign_is_of_a_kind_that_has_a_topic_and_a_name() -> None:
    signs = load_signs()

    assert set(signs.topics) <= set(KINDS)
    assert all(t.weakened_by <= set(signs.weakeners) for t in signs.topics.values())


def test_the_machine_of_phrases_stays_small_whatever_is_said() -> None:
    assert max(load_signs().phrases.all_states()) < 20_000


def test_a_pattern_stands_for_its_alternatives() -> None:
    phrases: Phrasing[str] = Phrasing()
    phrases.add(parse("(my|our own|) {people} (says|)", {"people": ["lawyer", "legal team"]}), "x")

    found = [
        phrases.at(said.split(), 0)
        for said in (
            "lawyer",
            "our own legal team says so",
            "my lawyer",
            "our lawyer",
            "own lawyer",
        )
    ]
    assert found == [(1, ("x",)), (5, ("x",)), (2, ("x",)), None, None]


def test_a_pattern_that_may_be_nothing_or_names_no_set_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        parse("(a|) (b|)", {})
    with pytest.raises(ValueError, match="no set"):
        parse("my {friend}", {})


@pytest.mark.parametrize("pattern", ["(a (b|c)) d", "(a|b", "a|b", "a) b"])
def test_a_choice_within_a_choice_or_left_open_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="choice"):
        parse(pattern, {})


def test_telling_words_are_such_that_each_phrase_has_one() -> None:
    common = frozenset(["my", "is", "the"])

    assert telling(parse("my (lawyer|legal team) is", {}), common) == {"lawyer", "legal"}
    assert telling(parse("(my|other) (pal|the cat)", {}), common) == {"cat", "pal"}


def test_a_pattern_without_any_telling_word_is_refused() -> None:
    with pytest.raises(ValueError, match="telling"):
        telling(parse("my the", {}), frozenset(["my", "the"]))
