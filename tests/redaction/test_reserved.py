import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.gb import nhs
from stdnum.us import ein, itin, rtn, ssn

from sottovoce.redaction.draw import Draw
from sottovoce.redaction.reserved import MARK, luhn_digit, plain_phone, reserved
from sottovoce.redaction.tongue import load_tongue
from sottovoce.values.kinds import KINDS

KEYS = st.binary(min_size=32, max_size=32)
WORDS = load_tongue("en").places.towns
AMERICAN = re.compile(r"(?:[2-9]\d\d-)?555-01\d\d")
BRITISH = re.compile(r"07700 900\d{3}|020 7946 0\d{3}|0808 157 0\d{3}|01632 960\d{3}")


def figures(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


def made(kind: str, value: str, key: bytes = bytes(32)) -> str:
    form = reserved(kind, value, Draw(key), WORDS)
    return form.text if form else ""


@given(figures(12, 19), KEYS)
def test_a_card_is_of_no_issuer_of_the_same_length_and_passes_luhn(value, key) -> None:
    card = made("fin.pan", value, key).replace(" ", "")

    assert (len(card), card[:4]) == (len(value), "9999")
    assert luhn.is_valid(card)


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert luhn_digit("7992739871") == "3"


@given(st.one_of(figures(7, 7), figures(10, 10).filter(lambda v: v[0] not in "01")), KEYS)
def test_an_american_telephone_number_is_of_the_range_for_fiction(value, key) -> None:
    phone = made("per.phone", value, key)

    assert AMERICAN.fullmatch(phone)
    assert len(re.sub(r"\D", "", phone)) == len(value)


@given(figures(10, 10), KEYS)
def test_a_british_telephone_number_is_of_the_ranges_for_drama(rest, key) -> None:
    assert BRITISH.fullmatch(made("per.phone", f"0{rest}", key))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("14155552671", "4155552671"),
        ("+1 415 555 2671", "4155552671"),
        ("447700900123", "07700900123"),
        ("4155552671", "4155552671"),
        ("34911234567", "34911234567"),
        ("", ""),
    ],
)
def test_the_code_of_a_country_makes_no_other_number(value: str, plain: str) -> None:
    assert plain_phone(value) == plain


@given(st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=15, max_size=34), KEYS)
def test_an_iban_is_of_no_country_and_its_check_figures_are_right(value, key) -> None:
    account = made("fin.iban", value, key).replace(" ", "")
    moved = "".join(str(int(c, 36)) for c in account[4:] + account[:4])

    assert (len(account), account[:2], int(moved) % 97) == (len(value), "ZZ", 1)
    assert not iban.is_valid(account)


@given(figures(10, 10), KEYS)
def test_an_nhs_number_is_of_the_range_for_tests(value, key) -> None:
    number = made("hlt.nhs", value, key)

    assert number.startswith("999 ")
    assert nhs.is_valid(number)


@given(figures(9, 9), KEYS)
def test_a_routing_number_has_its_checksum_and_no_district(value, key) -> None:
    number = made("fin.aba", value, key)

    assert number.startswith("99")
    assert rtn.calc_check_digit(number[:-1]) == number[-1]


@given(figures(9, 9), KEYS)
def test_a_social_security_number_was_never_issued(value, key) -> None:
    assert re.fullmatch(r"000-(?!00)\d\d-\d{4}", made("per.ssn", value, key))


@given(figures(9, 9), KEYS)
def test_an_itin_is_of_no_range_of_the_tax_office(value, key) -> None:
    number = made("per.itin", value, key)

    assert re.fullmatch(r"9\d\d-00-\d{4}", number)
    assert not itin.is_valid(number)
    assert not ssn.is_valid(number)


@given(figures(9, 9), KEYS)
def test_an_employer_number_has_no_prefix_that_is_given_out(value, key) -> None:
    assert not ein.is_valid(made("fin.ein", value, key))


@given(st.sampled_from(["8005552671", "4155552671", "9005551234"]), KEYS)
def test_the_area_of_an_american_telephone_number_is_a_towns(value, key) -> None:
    area = made("per.phone", value, key)[:3]

    assert area[1] not in (area[2], "9")
    assert not re.match("5|88|710", area)


@given(st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=20), KEYS)
def test_another_number_is_marked_and_of_the_same_form(value: str, key: bytes) -> None:
    number = made("hlt.mrn", value, key)

    assert number.startswith(MARK)
    assert [c.isdecimal() for c in number.removeprefix(MARK)] == [c.isdecimal() for c in value]


@given(KEYS)
def test_addresses_of_the_net_are_of_the_ranges_for_documents(key: bytes) -> None:
    assert made("per.email", "anna@gmail.com", key).endswith("@example.com")
    assert made("per.url", "facebook.com", key).startswith("example.com/")
    assert made("per.ip", "10.0.0.12", key).startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert made("per.ip", "fe80::1", key).startswith("2001:db8::")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("fin.pan", "4242"),
        ("fin.pan", "four"),
        ("per.phone", "911234567"),
        ("hlt.mrn", "12"),
        ("per.postcode", "sw1a1aa"),
        ("fin.iban", "gb29"),
        ("per.credential", "blue horse"),
    ],
)
def test_what_has_no_safe_form_has_no_stand_in(kind: str, value: str) -> None:
    assert made(kind, value) == ""


@given(st.sampled_from(sorted(KINDS)), st.text(min_size=1, max_size=40), KEYS)
def test_any_value_of_any_kind_gives_a_printable_line_or_nothing(kind, value, key) -> None:
    text = made(kind, value, key)

    assert text.isprintable()
    assert len(text) < 80
