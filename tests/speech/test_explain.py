from sottovoce.speech.explain import unexplained
from sottovoce.values.speech import Segment, Span, Word


def segment(*words: tuple[float, float, str], invented: bool = False) -> Segment:
    made = tuple(Word(start, end, text, 0.9, 0) for start, end, text in words)
    return Segment(0, 60, 0, made, invented=invented)


def test_voice_under_words_is_explained() -> None:
    voiced = [Span(1.0, 2.0, 0)]

    assert unexplained(voiced, [segment((1.0, 1.5, "hello"), (1.5, 2.0, "there"))]) == []


def test_voice_that_no_word_covers_is_not() -> None:
    voiced = [Span(1.0, 2.0, 0), Span(4.0, 6.0, 0)]

    assert unexplained(voiced, [segment((1.0, 2.0, "hello"))]) == [Span(4.0, 6.0, 0)]


def test_a_word_stretched_over_dropped_digits_explains_nothing() -> None:
    voiced = [Span(4.2, 5.5, 0)]

    assert unexplained(voiced, [segment((4.2, 5.6, "is"))]) == voiced


def test_a_word_stretched_over_silence_is_as_long_as_its_voice() -> None:
    assert unexplained([Span(6.6, 7.0, 0)], [segment((4.2, 7.0, "is"))]) == []


def test_invented_text_explains_nothing() -> None:
    voiced = [Span(1.0, 2.0, 0)]

    assert unexplained(voiced, [segment((1.0, 2.0, "thanks"), invented=True)]) == voiced


def test_a_click_is_not_a_question() -> None:
    assert unexplained([Span(1.0, 1.2, 0)], []) == []
