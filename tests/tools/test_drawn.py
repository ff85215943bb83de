"""Invented values are nobody's."""

import pytest
from stdnum import iban, luhn
from stdnum.us import rtn

from calls.chance import chance
from calls.drawn import (
    Person,
    draw_card,
    draw_iban,
    draw_routing,
    draw_ssn,
    pass_luhn,
    say_email,
    say_phone,
    say_postcode,
)

SEEDS = range(300)


def test_the_check_digit_agrees_with_another_implementation() -> None:
    numbers = [str(7919 * seed) for seed in range(1, 500)]

    assert [pass_luhn(number) for number in numbers] == [luhn.is_valid(n) for n in numbers]


def test_cards_pass_their_check_and_are_not_all_the_same() -> None:
    cards = {draw_card(chance(seed)) for seed in SEEDS}

    assert all(luhn.is_valid(card) for card in cards)
    assert {len(card) for card in cards} == {15, 16}
    assert len(cards) == len(SEEDS)


def test_a_social_security_number_was_never_issued() -> None:
    for seed in SEEDS:
        number = draw_ssn(chance(seed))

        assert len(number) == 9
        assert number[:3] in ("000", "666") or number[0] == "9"


def test_routing_numbers_and_ibans_pass_their_checks() -> None:
    assert all(rtn.is_valid(draw_routing(chance(seed))) for seed in SEEDS)
    assert all(iban.is_valid(draw_iban(chance(seed)), check_country=False) for seed in SEEDS)


def test_phone_numbers_are_kept_for_fiction() -> None:
    for seed in SEEDS:
        value = say_phone(chance(seed)).value

        assert value[-7:-2] == "55501" or value.startswith(("02079460", "07700900"))


def test_mail_goes_to_example_domains_only() -> None:
    drawn = {say_email(Person("Nora", "Marsh"), chance(seed)).value for seed in SEEDS}

    assert {value.partition("@")[2].partition(".")[0] for value in drawn} == {"example"}


def test_post_codes_are_american_and_british() -> None:
    drawn = [say_postcode(chance(seed)).value for seed in SEEDS]

    assert any(value.isdigit() for value in drawn)
    assert all(value.isdigit() or value[0] in "QVX" for value in drawn)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_chance_draws_the_same_value(seed: int) -> None:
    assert draw_iban(chance(seed)) == draw_iban(chance(seed))
