"""An owner's own kinds: what a file may say, what is found by it, what is refused and where."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.detection.checksums import CHECKSUMS, Checksum
from sottovoce.detection.kinds_file import FIELDS
from sottovoce.detection.own_kinds import (
    CHECKED,
    FITS,
    UNCHECKED,
    Match,
    load_own_kinds,
    read_own_kinds,
)
from sottovoce.detection.phrases import Cue
from sottovoce.detection.templates import parse_template
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import Action

FILE = """\
# What we must hide besides.
[[kind]]
id = "own.booking"
name = "Booking reference"
label = "BOOKING"
patterns = ["AA-999999"]
cues = ["booking reference", "booking code"]
action = "replace"

[[kind]]
id = "own.loyalty"
name = "Loyalty card"
label = "LOYALTY"
patterns = ["'77' 9999 9999 99"]
checksum = "luhn"

[[kind]]
id = "own.project"
name = "Project that is not announced"
label = "PROJECT"
lexicon = [
    "blue heron",
    "kestrel",
]
"""
KINDS = read_own_kinds(FILE.encode())


def kind_with(**said: str) -> str:
    """Return a file of one kind whose first field stands in line 2."""
    fields = {"id": '"own.some"', "name": '"Some"', "label": '"SOME"', "patterns": '["AA9999"]'}
    fields |= {name.rstrip("_"): value for name, value in said.items()}
    lines = (f"{name} = {value}" for name, value in fields.items() if value)
    return "[[kind]]\n" + "\n".join(lines) + "\n"


def refused(text: str | bytes, *guarded: str) -> str:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(Unfit) as caught:
        read_own_kinds(data, guarded=guarded)
    return str(caught.value)


def test_a_file_says_its_kinds_their_cues_and_words() -> None:
    assert [(k.id, k.category, k.placeholder) for k in KINDS.kinds] == [
        ("own.booking", "own", "[BOOKING]"),
        ("own.loyalty", "own", "[LOYALTY]"),
        ("own.project", "own", "[PROJECT]"),
    ]
    assert KINDS.cues == (
        ("booking reference", Cue("own.booking", "code", 4, 10)),
        ("booking code", Cue("own.booking", "code", 4, 10)),
    )
    assert KINDS.phrases == (("blue heron", "own.project"), ("kestrel", "own.project"))
    assert "own.booking" in KINDS
    assert "own.other" not in KINDS


def test_what_a_profile_does_not_name_is_masked_unless_the_owner_says_what_else() -> None:
    assert KINDS.actions == {
        "own.booking": Action.REPLACE,
        "own.loyalty": Action.MASK,
        "own.project": Action.MASK,
    }
    assert "is none of mask, replace, burn" in refused(kind_with(action='"keep"'))


@pytest.mark.parametrize(
    ("value", "fits"), [("ab123456", True), ("ab12345", False), ("a1123456", False), ("", False)]
)
def test_a_spoken_value_fits_the_template_it_was_read_for(value: str, fits: bool) -> None:
    assert KINDS.match("own.booking", value) == Match(fits=fits, passed=False)


def test_a_checksum_raises_confidence_and_never_vetoes() -> None:
    assert KINDS.match("own.loyalty", "771234567895") == Match(fits=True, passed=True)
    assert KINDS.match("own.loyalty", "771234567890") == Match(fits=True, passed=False)
    assert KINDS.recognise("771234567895") == ("own.loyalty", CHECKED)
    assert KINDS.recognise("771234567890") == ("own.loyalty", UNCHECKED)
    assert KINDS.recognise("ab123456") == ("own.booking", FITS)
    assert KINDS.recognise("nothing") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it is AB-123456.", ["AB-123456"]),
        ("ab123456 and CD/654321", ["ab123456", "CD/654321"]),
        ("AB-1234567 is longer, XAB123456 too", []),
        ("card 77 1234 5678 95 or 771234567895", ["77 1234 5678 95", "771234567895"]),
        ("kestrel", []),
        ("", []),
    ],
)
def test_what_is_written_as_a_template_is_found_in_text(text: str, found: list[str]) -> None:
    findings = list(KINDS.written(text))

    assert [text[f.start : f.end] for f in findings] == found


@given(st.lists(st.sampled_from(["AB-123456", "XY1", "talk ", "é", " ", "-", "7"]), max_size=60))
def test_looking_only_near_figures_misses_nothing(parts: list[str]) -> None:
    text = "".join(parts) + " " * 300 + "ab123456" + "." * 300 + "CD/654321 " + "talk " * 80
    expected = re.finditer(r"(?<![^\W_])[A-Za-z]{2}[./-]?[0-9]{6}(?![^\W_])", text)
    spans = [found.span() for found in expected]

    assert [(f.start, f.end) for f in KINDS.written(text) if f.kind == "own.booking"] == spans


def test_a_template_without_figures_is_found_by_what_is_given() -> None:
    kinds = read_own_kinds(kind_with(patterns="""["'HR'-AAAA"]""").encode())

    assert [(f.start, f.end) for f in kinds.written("it is HR-kqzm and hrabcd")] == [
        (6, 13),
        (18, 24),
    ]


def test_a_template_that_fits_words_or_short_numbers_needs_what_announces_it() -> None:
    kinds = read_own_kinds(kind_with(patterns='["AAAAAA"]', cues='["locator"]').encode())

    assert kinds.match("own.some", "kqzmvt").fits
    assert kinds.recognise("kqzmvt") is None
    assert list(kinds.written("please")) == []
    for pattern in ("AAAAAA", "999", "A{1,9}X{4}"):
        assert "line 5: entry 1 of patterns fits ordinary" in refused(
            kind_with(patterns=f'["{pattern}"]')
        )


def test_a_kind_without_a_template_says_how_long_a_value_is() -> None:
    said = kind_with(patterns="", cues='["locker"]', least="3", most="5", shape='"digits"')

    assert read_own_kinds(said.encode()).cues == (("locker", Cue("own.some", "digits", 3, 5)),)
    assert "line 5: cues announce a value" in refused(kind_with(patterns="", cues='["locker"]'))
    assert "least is 6, more than 5" in refused(said.replace("3", "6"))


@pytest.mark.parametrize(
    ("template", "fits", "not_fits"),
    [
        ("9{3}-[KV]", ["123k", "123v"], ["123x", "12k"]),
        ("'HR'X{2,4}", ["hr12", "hrab3d"], ["hr1", "xr12"]),
        ("9{0,1}A9", ["1a2", "a2"], ["11a2"]),
    ],
)
def test_a_template_is_a_row_of_places(template: str, fits: list[str], not_fits: list[str]) -> None:
    said = kind_with(patterns=f'["{template}"]', cues='["it is"]')
    kinds = read_own_kinds(said.encode())

    assert [v for v in fits + not_fits if kinds.match("own.some", v).fits] == fits


@pytest.mark.parametrize(
    "template",
    [
        "",
        "AB",
        "9{65}",
        "9{5,3}",
        "9{0}",
        "'HR'{2}",
        "(9+)+",
        "[]",
        "[a-z]",
        "9*",
        "9{2",
        "-",
        "é9",
    ],
)
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|characters|repeat"):
        parse_template(template)


@given(st.text(alphabet="A9X{},12' []-.", max_size=40))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        template = parse_template(text)
    except ValueError:
        return
    assert 1 <= template.shortest <= template.longest <= 64


PASSING = {
    "damm": "5724",
    "ean": "4006381333931",
    "iban": "gb82west12345698765432",
    "iso7064_mod11_10": "794623",
    "iso7064_mod11_2": "079x",
    "iso7064_mod37_2": "g123489654321y",
    "iso7064_mod37_36": "a12425gabc1234002m",
    "iso7064_mod97_10": "99991234567890121477",
    "luhn": "771234567895",
    "mod11": "043942089x",
    "mod97": "99991234567890121477",
    "verhoeff": "2363",
}


@pytest.mark.parametrize("name", [name for name in CHECKSUMS if name != "weighted"])
def test_every_checksum_passes_what_is_right_and_not_what_is_misheard(name: str) -> None:
    value = PASSING[name]
    wrong = ("3" if value[0] != "3" else "4") + value[1:]

    assert Checksum(name).passes(value)
    assert not Checksum(name).passes(wrong)
    for strange in ("", "1", "é1", "a b", "١٢٣"):
        assert not Checksum(name).passes(strange)


def test_an_owner_may_weigh_figures_as_their_own_number_does() -> None:
    said = kind_with(
        patterns='["9{5}"]', checksum='"weighted"', weights="[7, 3, 1, 7, 1]", modulus="10"
    )
    kinds = read_own_kinds(said.encode())

    assert kinds.match("own.some", "12347") == Match(fits=True, passed=False)
    assert kinds.match("own.some", "12346") == Match(fits=True, passed=True)
    assert kinds.match("own.some", "1234a") == Match(fits=False, passed=False)


@pytest.mark.parametrize(
    ("said", "line", "wrong"),
    [
        (kind_with(id='"per.name"'), 2, "id is not own."),
        (kind_with(id="3"), 2, "id is not own."),
        (kind_with(name='""'), 3, "name is not a line"),
        (kind_with(label='"some"'), 4, "label is not"),
        (kind_with(label='"CARD"'), 4, "label is that of fin.pan"),
        (kind_with(label=""), 1, "label is not"),
        (kind_with(patterns='"AA9999"'), 5, "patterns is not a list"),
        (kind_with(patterns="[]"), 5, "patterns is not a list"),
        (kind_with(patterns='["AA9999",\n  "(9+)+"]'), 6, "entry 2 of patterns cannot be read at"),
        (kind_with(cues='[\n "fine",\n 3]'), 6, "entry 2 of cues is not 1 to 100"),
        (kind_with(cues='["fine",\n\n "a b c d e f g h i"]'), 8, "entry 2 of cues is not a phrase"),
        (kind_with(lexicon='["..."]'), 6, "entry 1 of lexicon is not a phrase"),
        (kind_with(checksum='"crc"'), 6, "checksum is none of damm, ean"),
        (kind_with(checksum='"luhn"', weights="[1]"), 7, "weights is only for"),
        (kind_with(checksum='"weighted"', weights="[1, 2]"), 6, "checksum is weighted and needs"),
        (kind_with(checksum='"weighted"', modulus="1"), 7, "modulus is not a whole number from 2"),
        (kind_with(checksum='"weighted"', modulus="9", weights='["a", 1]'), 8, "weights is not"),
        (kind_with(shape='"letters"'), 6, "shape is none of digits, code"),
        (kind_with(least="0"), 6, "least is not a whole number from 1 to 64"),
        (kind_with(least="true"), 6, "least is not a whole number"),
        (kind_with(patern='"x"'), 6, "this field is not known"),
        (kind_with(patterns=""), 1, "no patterns, no cues and no lexicon"),
        ("[[kind]]\nid = 'own.a\n", 2, "not TOML"),
        ("[[kind]]\nid = '''own.a'''\n", 2, "three quotes"),
        ("\n\n[[kind]", 3, "not TOML"),
        (b"[[kind]]\nid = '\xff'\n", 2, "not UTF-8"),
        (FILE + kind_with(id='"own.booking"'), 26, "id is that of a kind above"),
        (FILE + kind_with(label='"PROJECT"'), 28, "label is that of a kind above"),
        (FILE + kind_with(cues='["Booking code"]'), 30, "entry 1 of cues is a cue of a kind above"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(said: str | bytes, line: int, wrong: str) -> None:
    told = refused(said)

    assert told.startswith(f"kinds file line {line}: ")
    assert wrong in told


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("", "has 0 kinds"),
        ("version = 1", "a field outside of any"),
        ("kind = 3", "without its heading"),
        ("kind = [{id = 'own.a'}]", "without its heading"),
        ("#" * (256 << 10) + "\n", "more than 262144 bytes"),
        (kind_with() * 201, "has 201 kinds"),
        ("a = " + "[" * 9000, "not TOML"),
    ],
)
def test_what_is_no_file_of_kinds_is_refused(said: str, wrong: str) -> None:
    assert wrong in refused(said)


def test_a_cue_may_not_take_what_must_be_burnt_for_something_else() -> None:
    told = refused(kind_with(cues='["door", "your Security Code"]'), "security code", "cvv")

    assert told == "kinds file line 6: entry 2 of cues announces what may never be kept"


def test_an_error_does_not_tell_what_the_owner_keeps_secret() -> None:
    said = kind_with(lexicon='["Operation Zanzibar, and all that goes with it for us now"]')

    assert "Zanzibar" not in refused(said)
    assert "Zanzibar" not in repr(
        read_own_kinds(kind_with(lexicon='["Operation Zanzibar"]').encode())
    )


@given(st.binary(max_size=200), st.integers(0, len(FILE)))
def test_a_changed_file_is_read_or_refused(extra: bytes, at: int) -> None:
    data = FILE.encode()
    try:
        kinds = read_own_kinds(data[:at] + extra + data[at:])
    except Unfit:
        return
    assert kinds.kinds


def test_a_file_is_read_from_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "kinds.toml"
    path.write_text(FILE)

    assert load_own_kinds(path).kinds == KINDS.kinds
    with pytest.raises(Unfit, match="cannot be read"):
        load_own_kinds(tmp_path / "none.toml")


@pytest.mark.parametrize("hostile", ["1", "1-", "a", "a1", "77 1234 ", "ab-12345 "])
def test_time_grows_with_the_length_of_the_text(hostile: str) -> None:
    said = kind_with(patterns='["9{4,31}X{2,30}A", "X{2,28}-9{4,31}A", "9 9{4,40}X{2,20}\'q\'"]')
    kinds = read_own_kinds(said.encode())
    text = hostile * (1_000_000 // len(hostile))
    started = time.perf_counter()
    list(kinds.written(text))

    assert time.perf_counter() - started < 10


PAGE = (Path(__file__).resolve().parents[2] / "docs/spec/kinds.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_is_read() -> None:
    example = PAGE.partition("```toml\n")[2].partition("```")[0]

    assert len(read_own_kinds(example.encode()).kinds) == 3


def test_every_field_and_checksum_is_on_the_page() -> None:
    assert [f for f in (*FIELDS, *CHECKSUMS) if f"`{f}`" not in PAGE] == []
