"""A question, an answer, an echo: values that run over turns and channels."""

import pytest
from spoken import call

from sottovoce.detection.detect import TextDetector, detect, redact_text
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Word

AGENT, CALLER = 0, 1


def said(findings: tuple[Finding, ...], kind: str) -> list[str]:
    return [" ".join(w.text for w in f.words) for f in findings if f.kind == kind]


def test_a_card_in_groups_is_found_with_the_echo_of_the_agent() -> None:
    found = detect(
        call(
            (AGENT, "may i have the long number on the front"),
            (CALLER, "sure it's four one one one"),
            (AGENT, "four one one one okay"),
            (CALLER, "two two two two"),
            (AGENT, "uh huh"),
            (CALLER, "three three three three and then nine eight"),
            (AGENT, "nine eight"),
            (CALLER, "seven six"),
        )
    )

    assert said(found, "fin.pan") == [
        "four one one one",
        "four one one one okay",
        "two two two two",
        "three three three three and then nine eight",
        "nine eight",
        "seven six",
    ]


def test_each_part_of_a_value_has_its_own_times_and_figures() -> None:
    found = detect(call((0, "my card number is four one one one"), (0, "two two two two")))

    assert [f.value for f in found] == ["4111", "2222"]
    assert [(f.start_s, f.end_s) for f in found] == [(2.0, 3.9), (5.0, 6.9)]


@pytest.mark.parametrize(
    ("question", "answer", "kind"),
    [
        ("and the security code", "seven four two", "fin.cvv"),
        ("what are the three digits on the back", "seven four two", "fin.cvv"),
        ("and your date of birth", "oh three oh four eighty two", "per.dob"),
        ("and the expiration date", "april thirty three", "fin.expiry"),
        ("what's your postcode", "s w one a one a a", "per.postcode"),
        ("may i have your name please", "yes jane doe", "per.name"),
        ("how do you spell your last name", "m c c a r t h y", "per.name"),
        ("what is your address", "fifty one fifteen margaret", "per.address"),
        ("what is your account number", "one two three four", "fin.acct"),
    ],
)
def test_a_bare_answer_to_a_question_is_found(question: str, answer: str, kind: str) -> None:
    found = detect(call((AGENT, question), (CALLER, answer)))

    assert {f.kind for f in found} == {kind}
    assert " ".join(said(found, kind)) in answer
    assert answer.split()[-1] == found[-1].words[-1].text


@pytest.mark.parametrize("answer", ["fine i can wait a week or two", "i need a minute or two"])
def test_i_and_a_among_words_are_no_letters_of_an_answer(answer: str) -> None:
    assert detect(call((AGENT, "what's your postcode"), (CALLER, answer))) == ()


def test_the_same_answers_are_found_where_both_speak_on_one_channel() -> None:
    found = detect(
        call(
            (0, "and the security code"),
            (0, "seven four two"),
            (0, "thank you may i take your name"),
        )
    )

    assert said(found, "fin.cvv") == ["seven four two"]


def test_the_question_between_two_numbers_divides_them() -> None:
    found = detect(
        call(
            (AGENT, "may i have the card number"),
            (CALLER, "four one one one one one one one one one one one one one one one"),
            (AGENT, "and the security code on the back please"),
            (CALLER, "one two three"),
        )
    )

    assert said(found, "fin.cvv") == ["one two three"]


def test_a_correction_in_the_next_turn_is_found() -> None:
    found = detect(
        call(
            (
                CALLER,
                "my card number is " + "four one one one " * 4,
            ),
            (AGENT, "thank you very much for that one"),
            (CALLER, "sorry i meant five"),
        )
    )

    assert found[-1].words[-1].text == "five"


def test_a_name_once_learnt_is_found_wherever_it_is_said() -> None:
    found = detect(
        call(
            (AGENT, "hello zubeda how are you"),
            (CALLER, "my name is zubeda quill"),
            (AGENT, "thank you zubeda one moment"),
            (CALLER, "zubeda quill that is"),
        )
    )

    assert said(found, "per.name") == [
        "zubeda",
        "zubeda quill",
        "zubeda",
        "zubeda",
        "quill",
    ] or said(found, "per.name") == ["zubeda", "zubeda quill", "zubeda", "zubeda quill"]


def test_a_number_once_found_is_found_when_it_is_repeated_later() -> None:
    chat = [(AGENT, "let me look into this for you it may take a while")] * 12
    found = detect(
        call(
            (CALLER, "my account number is 7 7 0 1"),
            *chat,
            (AGENT, "so that was seven seven oh one right"),
        )
    )

    assert said(found, "fin.acct") == ["7 7 0 1", "seven seven oh one"]


def test_the_order_of_the_segments_does_not_matter() -> None:
    segments = call((AGENT, "and the security code"), (CALLER, "seven four two"))

    assert detect(segments) == detect(segments[::-1])


def test_nothing_in_nothing_out() -> None:
    assert detect(()) == ()
    assert detect((Segment(0, 1, 0, ()),)) == ()
    assert detect((Segment(0, 1, 0, (Word(0, 1, " ", 0.5, 0),)),)) == ()


def test_a_line_is_read_as_the_answer_to_the_lines_before_it() -> None:
    detector = TextDetector()
    detector.detect("what's your security code?")
    after = detector.detect("742")
    detector.detect("")

    assert redact_text("742", after) == "[CVV]"
    assert detector.detect("742") == ()


def test_content_never_shows_in_a_representation() -> None:
    found = detect(call((CALLER, "my name is zubeda quill and my pin is nine nine one two")))

    assert found
    assert not any(word in repr(found) for word in ("zubeda", "quill", "nine", "9912"))


def test_a_corrected_card_has_the_value_that_was_meant() -> None:
    found = detect(call((CALLER, "my card number is 4111 1111 1111 1112 no sorry 1")))

    assert [f.value for f in found] == ["4111111111111111"]
    assert [w.text for w in found[0].words][-4:] == ["1112", "no", "sorry", "1"]


def test_every_character_of_a_value_points_back_to_its_word() -> None:
    found = detect(
        call((0, "my card number is double four one um forty one"), (0, "two two, 5500 oh one"))
    )

    read = [[(c, f.words[s].text) for c, s in zip(f.value, f.sources, strict=True)] for f in found]
    assert read == [
        [("4", "double"), ("4", "four"), ("1", "one"), ("4", "forty"), ("1", "one")],
        [("2", "two"), ("2", "two,"), *[(c, "5500") for c in "5500"], ("0", "oh"), ("1", "one")],
    ]
