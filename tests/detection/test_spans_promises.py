"""Promises of the finders of short spans: case, speed, other languages, the fast pass."""

import gc
import time

import pytest

from sottovoce.detection.find_spans import find_spans
from sottovoce.detection.lexicon import load
from sottovoce.detection.runs import find_cues
from sottovoce.detection.spans import load as load_spans
from sottovoce.detection.utterance import read

SAID = [
    "i'm ninety three",
    "my balance is twelve fifty",
    "i make sixty thousand a year",
    "she has type two diabetes",
    "take metformin five hundred twice a day",
    "blood pressure is one forty over ninety",
    "an appointment with the doctor on tuesday at three",
    "it's w w w dot example dot com slash jane",
    "ten dot zero dot zero dot one",
    "my mother's maiden name is kowalski",
    "my voice is my password",
    "he is undocumented",
    "one twenty four c v oh one two three four",
    "i'm at the corner of fifth and main",
]
HOSTILE = [
    "balance is ",
    "one ",
    "dot one ",
    "my son is ",
    "severe left knee pain ",
    "capital r at sign ",
    "corner of fifth and ",
    "seed phrase ",
    "token is s k dash ",
    "a1c was ",
    "1.1.",
    "over 90 ",
    "tuesday at doctor ",
    "/@=",
    "dash c v dash ",
    "20 milligrams of daily ",
    "latitude 1.5 ",
]


def kinds(text: str) -> list[tuple[str, int, int]]:
    lexicon = load()
    u = read(text, lexicon)
    return [
        (c.kind, c.start, c.stop) for c in find_spans(u, find_cues(u, lexicon), lexicon).candidates
    ]


@pytest.mark.parametrize("text", SAID)
def test_case_and_a_last_sign_make_no_difference(text: str) -> None:
    plain = kinds(text)

    assert plain
    assert kinds(text.upper()) == plain
    assert kinds(f"{text.capitalize()}.") == plain


@pytest.mark.parametrize("text", SAID)
def test_the_fast_pass_has_a_word_to_stop_at(text: str) -> None:
    lexicon = load()
    words = read(text, lexicon).words

    assert not lexicon.hot.isdisjoint(words) or load_spans().may_start(frozenset(words))


def test_an_unknown_condition_has_an_ending_to_stop_at() -> None:
    assert load_spans().may_start(frozenset(["a", "cholangiocarcinoma"]))


def test_common_talk_is_not_hot() -> None:
    talk = ["would", "like", "book", "home", "right", "now", "please", "time", "current", "service"]

    assert not load_spans().may_start(frozenset(talk))


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    lexicon = load()

    def once(words: int) -> float:
        u = read(piece * (words // max(1, len(piece.split()))), lexicon)
        begin = time.process_time()
        find_spans(u, find_cues(u, lexicon), lexicon)
        return time.process_time() - begin

    def spent(words: int) -> float:
        """Return the best of some: one may meet a collection of all that other tests left."""
        gc.disable()
        try:
            return min(once(words) for _ in range(3))
        finally:
            gc.enable()

    short, long = spent(2_000), spent(16_000)

    assert long < 30 * short + 0.5


@pytest.mark.parametrize(
    "text", ["", "  ", "\u202eabc\u202c 12", "😀 é ñ 漢字 ٣٤", "\x00\x07 a=1", "." * 5000]
)
def test_odd_input_has_an_answer(text: str) -> None:
    assert isinstance(kinds(text), list)


def test_a_language_without_words_of_its_own_still_knows_what_is_written() -> None:
    lexicon = load("es")
    u = read("tengo setenta años y mi página es https://example.com/ana", lexicon)
    found = find_spans(u, find_cues(u, lexicon), lexicon).candidates

    assert [c.kind for c in found] == ["per.url"]
    assert not load_spans("es").hot
