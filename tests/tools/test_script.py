"""The script of a call: its marks, its turns, its file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.script import Band, Mark, Script, Speaker, parse_script, parse_turn, print_script

HEAD = (
    'version = 1\nname = "x"\nband = "wide"\n[agent]\nvoice = "heart"\n[caller]\nvoice = "heart"\n'
)
PLAIN = st.text("abcdefgh'", min_size=1).map(lambda word: word.strip("'") or "a")
ENDS = st.sampled_from(("", ",", ".", "?"))
WORDS = st.lists(st.builds(str.__add__, PLAIN, ENDS), min_size=1, max_size=5).map(" ".join)
MARKED = st.builds("{{fin.cvv 317|{}}}{}".format, WORDS, ENDS)


def test_a_mark_knows_its_first_and_last_word() -> None:
    turn = parse_turn(1, 0.5, "The code is {fin.cvv 317|three, one seven}. Thanks.")

    assert turn.words == ("The", "code", "is", "three,", "one", "seven.", "Thanks.")
    assert turn.marks == (Mark("fin.cvv", "317", 3, 5),)


def test_each_sentence_is_read_in_one_breath() -> None:
    turn = parse_turn(0, 0.0, "Good morning. What is it? Tell me")

    assert list(turn.sentences) == [range(2), range(2, 5), range(5, 7)]


@given(st.lists(st.one_of(WORDS, MARKED), min_size=1, max_size=4).map(" ".join))
def test_a_printed_script_reads_back_as_it_was(say: str) -> None:
    speakers = (Speaker("heart", 0.9, -20.5), Speaker("flite-slt"))
    turns = (parse_turn(1, -0.25, say), parse_turn(0, 0.5, "Hello."))
    script = Script("call", 7, Band.WIDE, 12.5, speakers, turns)

    assert parse_script(print_script(script)) == script


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        ("", "says nothing"),
        ("{fin.cvv 317|three", "stray"),
        ("{{fin.cvv 3|three}}", "stray"),
        ("{fin.none 317|three}", "unknown kind"),
        ("{fin.cvv|three}", "stray"),
        ("a " * 2000, "limit is 2000"),
    ],
)
def test_a_turn_that_cannot_be_read_says_why(say: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_turn(0, 0.0, say)


def test_a_wrong_turn_is_named_by_its_number() -> None:
    turns = '[[turn]]\nwho = "agent"\nsay = "Hi."\n[[turn]]\nwho = "caller"\nsay = "{x}"\n'

    with pytest.raises(ValueError, match="turn 2"):
        parse_script(HEAD + turns)


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        parse_script(HEAD.replace("version = 1", "version = 2"))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (HEAD.replace('"x"', '"../x"'), "name may hold"),
        (HEAD.replace('[agent]\nvoice = "heart"\n', ""), "lacks agent"),
        (HEAD + "pace = 0.0\n", "a pace is 0.0; give 0.5 to 2.0"),
        (HEAD.replace("wide", "narrow"), "narrow"),
    ],
)
def test_a_script_that_cannot_be_made_says_why(wrong: str, reason: str) -> None:
    turn = '[[turn]]\nwho = "agent"\nsay = "Hi."\n'

    with pytest.raises(ValueError, match=reason):
        parse_script(wrong + turn)


def test_a_call_has_a_bounded_number_of_turns() -> None:
    with pytest.raises(ValueError, match="501 turns; write 1 to 500"):
        parse_script(HEAD + '[[turn]]\nwho = "agent"\nsay = "Hi."\n' * 501)
