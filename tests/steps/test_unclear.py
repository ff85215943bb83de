import pytest

from sottovoce.detection.knowledge import shipped
from sottovoce.speech.transcribe import Transcript
from sottovoce.steps.unclear import unclear
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span, Word


def said(
    text: str, *, sure: float = 0.5, start_s: float = 1.0, channel: int = 0, invented: bool = False
) -> Segment:
    """Say a word every half second; `word/0.9` was understood as well as that."""
    words = []
    for i, part in enumerate(text.split()):
        plain, _, confidence = part.partition("/")
        at = start_s + i / 2
        words.append(Word(at, at + 0.4, plain, float(confidence or sure), channel))
    return Segment(start_s, words[-1].end_s, channel, tuple(words), invented=invented)


def found_in(segment: Segment, first: int, last: int, value: str, kind: str) -> Finding:
    words = segment.words[first : last + 1]
    return Finding(kind, words[0].start_s, words[-1].end_s, segment.channel, 0.9, words, value)


def texts(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(f.kind, " ".join(word.text for word in f.words)) for f in findings]


def told(*segments: Segment, found: tuple[Finding, ...] = (), left: tuple[Span, ...] = ()):
    return unclear(Transcript(segments, (), left), found, shipped())


def test_voice_that_no_word_accounts_for_is_unclear() -> None:
    (some,) = told(left=(Span(1.0, 2.0, 1),))

    assert (some.kind, some.start_s, some.end_s, some.channel) == ("sys.unexplained", 1.0, 2.0, 1)


def test_an_invented_text_that_nobody_else_understood_is_unclear() -> None:
    (some,) = told(said("thanks for watching", invented=True))

    assert (some.start_s, some.end_s, some.words) == (1.0, 2.4, ())


def test_an_invented_text_is_open_where_the_second_listener_heard_plain_words() -> None:
    assert told(said("thanks for watching", invented=True), said("the tanks are washed")) == []


@pytest.mark.parametrize(
    "texts", [("thanks for nine", "thanks I dine"), ("thanks I dine", "thanks for nine")]
)
def test_an_invented_text_is_unclear_where_either_heard_a_number(texts: tuple[str, str]) -> None:
    assert len(told(said(texts[0], invented=True), said(texts[1]))) == 1


def test_an_invented_text_is_unclear_where_something_was_found() -> None:
    second = said("I am Ada Example")
    name = found_in(second, 2, 3, "ada example", "per.name")

    assert len(told(said("high a madder example", invented=True), second, found=(name,))) == 1


def test_what_is_heard_on_another_channel_explains_nothing() -> None:
    assert len(told(said("thanks", invented=True), said("the tanks", channel=1))) == 1


def test_a_number_goes_on_over_a_word_that_was_badly_understood() -> None:
    line = said("card four one one key/0.4 five/0.98 please/0.9")
    card = found_in(line, 1, 3, "411", "fin.pan")

    assert texts(told(line, found=(card,))) == [("fin.pan", "key five")]


def test_a_number_ends_at_a_word_that_was_well_understood() -> None:
    line = said("card four one one and/0.9 five/0.98 apples")

    assert told(line, found=(found_in(line, 1, 3, "411", "fin.pan"),)) == []


def test_a_number_goes_on_in_the_next_segment() -> None:
    line, more = said("four one one"), said("seven two", start_s=3.0)
    card = found_in(line, 0, 2, "411", "fin.pan")

    assert texts(told(line, more, found=(card,))) == [("fin.pan", "seven two")]


def test_a_number_that_is_far_off_is_another() -> None:
    line, more = said("four one one"), said("seven two", start_s=5.0)

    assert told(line, more, found=(found_in(line, 0, 2, "411", "fin.pan"),)) == []


def test_four_figures_that_were_badly_understood_are_a_part_of_a_number() -> None:
    (some,) = told(said("it is six/0.1 nine/0.96 nine/0.98 five/0.4"))

    assert (some.kind, some.value) == ("sys.unexplained", "6995")


@pytest.mark.parametrize(
    "text", ["six/0.9 nine/0.96 nine/0.98 five/0.9", "six/0.1 nine/0.3 nine/0.5", "so it is that"]
)
def test_figures_that_were_understood_or_few_are_left_to_detection(text: str) -> None:
    assert told(said(text)) == []


def test_a_hole_between_two_pieces_of_a_kind_is_a_piece() -> None:
    line = said("F as in frank which/0.8 has/0.6 in/0.4 henry")
    pieces = found_in(line, 0, 3, "f", "per.name"), found_in(line, 7, 7, "h", "per.name")

    assert texts(told(line, found=pieces)) == [("per.name", "which has in")]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Ada and/0.9 Bo", ("per.name", "per.name")),
        ("Ada and/0.4 Bo", ("per.name", "per.place")),
        ("Ada a/0.1 b/0.1 c/0.1 d/0.1 e/0.1 Bo", ("per.name", "per.name")),
    ],
    ids=["well understood", "of two kinds", "long"],
)
def test_another_hole_is_none(text: str, kinds: tuple[str, str]) -> None:
    line = said(text)
    end = len(line.words) - 1
    pieces = found_in(line, 0, 0, "ada", kinds[0]), found_in(line, end, end, "bo", kinds[1])

    assert told(line, found=pieces) == []


ASKED = said("What is your email address?", start_s=0.0, channel=1, sure=0.9)


@pytest.mark.parametrize(
    ("answer", "hidden"),
    [
        ("it/0.9 is/0.9 early/0.2 free/0.3 and/0.9 flample/0.1", "early free and flample"),
        ("it/0.9 is/0.9 early/0.2 free/0.9", "early"),
        ("it/0.9 is/0.9 early/0.5 free/0.9", ""),
        ("I/0.9 have/0.8 none/0.9", ""),
    ],
)
def test_what_was_badly_understood_where_a_value_was_asked_for_is_of_it(
    answer: str, hidden: str
) -> None:
    line = said(answer, start_s=4.0)

    assert texts(told(ASKED, line)) == ([("per.email", hidden)] if hidden else [])
    assert told(line) == []


def test_the_words_with_which_an_answer_begins_before_a_number_are_of_it() -> None:
    asked = said("What is your phone number?", start_s=0.0, channel=1, sure=0.9)
    line = said("it is fine fine zero one six zero", start_s=4.0, sure=0.95)
    phone = found_in(line, 4, 7, "0160", "per.phone")

    assert texts(told(asked, line, found=(phone,))) == [("per.phone", "fine fine")]
    assert told(line, found=(phone,)) == []


def test_what_lies_between_a_value_and_badly_understood_words_is_of_it() -> None:
    line = said(
        "my account is six/0.9 eighty/0.9 high/0.9 to/0.4 be/0.3 for/0.2 good/0.9", sure=0.9
    )
    account = found_in(line, 3, 4, "680", "fin.acct")

    assert texts(told(line, found=(account,))) == [("fin.acct", "high to be for")]


def test_ten_thousand_words_are_read_in_one_pass() -> None:
    line = said("one/0.3 is/0.9 " * 10_000)

    assert told(line) == []
