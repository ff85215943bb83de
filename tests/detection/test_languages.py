"""Languages: what is shipped, what a code means, and that an unknown one fails closed."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.lexicon import languages, load, normalised, supports
from sottovoce.detection.unsupported import find_unsupported
from sottovoce.values.errors import Unfit
from sottovoce.values.kinds import KINDS

CLASSES = "uzotTHhkwRFlnvcsg&."


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("en-US", "en"), ("es_MX", "es"), ("ES", "es"), (" es-419 ", "es")],
)
def test_a_code_means_its_language(code: str, language: str) -> None:
    assert normalised(code) == language
    assert supports(code)
    assert load(code) is load(language)


def test_english_and_spanish_are_shipped() -> None:
    assert {"en", "es"} <= set(languages())


@pytest.mark.parametrize("code", ["fr", "", "xx", "../en", "e"])
def test_a_language_without_a_folder_is_said_to_be_unknown(code: str) -> None:
    assert not supports(code)
    with pytest.raises(Unfit, match="detection knows"):
        load(code)


@pytest.mark.parametrize("language", languages())
def test_a_folder_is_whole(language: str) -> None:
    lexicon = load(language)

    assert set(lexicon.classes.values()) <= set(CLASSES)
    for word, kind in lexicon.classes.items():
        if kind in "uzotTHw":
            assert lexicon.figures[word].isdigit(), word
        if kind in "nv":
            assert lexicon.letters[word], word
    for entries in lexicon.cues.by_first.values():
        for _, cue in entries:
            assert not cue.kind or cue.kind in KINDS
            assert 0 < cue.least <= cue.most
            assert cue.shape in {"digits", "code", "date", "month", "name", "address", "email"}
    assert set(lexicon.months.values()) | set(lexicon.weak_months.values()) == set(range(1, 13))
    assert {lexicon.classes.get(digit, "")[:1] for digit in lexicon.repeats} == {"R"}


@pytest.mark.parametrize("language", languages())
def test_the_digits_of_a_language_are_all_there(language: str) -> None:
    lexicon = load(language)
    said = {lexicon.figures[word] for word, kind in lexicon.classes.items() if kind in "uz"}

    assert said == set("0123456789")


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("ma carte est quatre un un un", "fr", ["quatre un un un"]),
        ("il y a un chat et une souris", "fr", []),
        ("meine Nummer ist 0170 12 34, danke", "de", ["0170 12 34"]),
        ("null acht fünfzehn", "de", ["null acht"]),
        ("meu pin é um dois três quatro", "pt-BR", ["um dois três quatro"]),
        ("il codice è sei sei sei", "it", ["sei sei sei"]),
        ("tu sei qui", "it", []),
        ("mijn code is één twee drie", "nl", ["één twee drie"]),
        ("मेरा नंबर नौ आठ सात है", "hi", ["नौ आठ सात"]),
        ("मेरा नंबर ९८७ है", "hi", ["९८७"]),
        ("номер AB123 и 45", "ru", ["AB123", "45"]),
        ("رقمي ٤١١١", "ar", ["٤١١١"]),
        ("番号は一二三四です", "ja", ["番号は一二三四です"]),
        ("a line\n1\n2", "", ["1", "2"]),
        ("nothing here", "", []),
    ],
)
def test_figures_of_an_unknown_language_are_found(
    text: str, language: str, found: list[str]
) -> None:
    figures = find_unsupported(text, language)

    assert [text[s.start : s.end] for s in figures.spots] == found
    assert not figures.complete


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_no_figure_of_any_script_is_left(text: str) -> None:
    inside = {i for s in find_unsupported(text).spots for i in range(s.start, s.end)}

    assert all(i in inside for i, c in enumerate(text) if c.isdecimal())


def test_a_long_text_is_no_trouble() -> None:
    assert len(find_unsupported("1 " * 100_000).spots) == 1
    assert find_unsupported("x" * 1_000_000).spots == ()


def test_the_digits_of_the_register_are_in_the_data() -> None:
    data = tomllib.loads((files("sottovoce.detection") / "data/digits.toml").read_text("utf-8"))

    assert set(data) == {"fr", "pt", "hi", "de", "nl", "it"}
    assert all(len(row["words"]) + len(row["weak"]) >= 10 for row in data.values())
