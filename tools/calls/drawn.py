"""Invented values, each from a range that is kept for tests or was never given out.

1. Cards begin with the six digits of a test card that payment gateways publish; the rest is drawn
   at random and passes the Luhn check.
2. Social Security numbers have an area that is never issued (000, 666, 900 and up, outside of the
   groups of taxpayer numbers) or are 987-65-4320 to 4329, kept for advertisements.
3. Telephone numbers are 555-0100 to 0199 (North America) or 020 7946 0xxx and 07700 900xxx
   (Ofcom's numbers for drama). Mail addresses are at example.com, .net, .org (RFC 2606).
4. Routing numbers begin with 80, once for traveller's cheques, and pass their check. IBANs have
   a bank that does not exist and pass theirs. Accounts have no reserved range: they are digits
   without a bank.
5. ZIP codes have a prefix that is not in use; British post codes begin with Q, V or X, which no
   area does.
"""

from dataclasses import dataclass
from random import Random

from calls.reading import (
    read_date,
    read_email,
    read_expiry,
    read_letters,
    read_number,
    read_pair,
    spell,
)

_CARD_STARTS: tuple[str, ...] = (
    "400000",
    "424242",
    "411111",
    "401288",
    "555555",
    "510510",
    "222300",
)
_CARD_STARTS += ("601111", "356600", "620000", "378282", "371449")
_ZIP_STARTS: tuple[str, ...] = (
    "213",
    "269",
    "343",
    "345",
    "419",
    "428",
    "517",
    "529",
    "568",
    "621",
    "632",
)
_ZIP_STARTS += ("663", "682", "702", "732", "817", "848", "861", "892", "909", "929")
_AREA_CODES: tuple[str, ...] = (
    "212",
    "303",
    "312",
    "404",
    "415",
    "503",
    "512",
    "602",
    "617",
    "702",
    "808",
    "919",
)
_SSN_GROUPS = (*range(1, 50), *range(66, 70))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A value of a kind and how it is said; a script marks it in this form."""

    kind: str
    value: str
    said: str

    @property
    def marked(self) -> str:
        return f"{{{self.kind} {self.value}|{self.said}}}"


def pass_luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812-1."""
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def draw_card(rng: Random) -> str:
    """Return a card number of 15 or 16 digits."""
    start = rng.choice(_CARD_STARTS)
    size = 15 if start.startswith("37") else 16
    body = start + _digits(size - 7, rng)
    return next(body + check for check in "0123456789" if pass_luhn(body + check))


def draw_ssn(rng: Random) -> str:
    """Return nine digits that were never anybody's."""
    if rng.random() < 0.25:
        return f"98765432{rng.randrange(10)}"
    area = rng.choice(("000", "666", *map(str, range(900, 1000))))
    return f"{area}{rng.choice(_SSN_GROUPS):02d}{rng.randrange(1, 10000):04d}"


def draw_routing(rng: Random) -> str:
    """Return nine digits with the check of the American Bankers Association."""
    body = "80" + _digits(6, rng)
    total = sum(int(d) * weight for d, weight in zip(body, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return body + str(-total % 10)


def draw_iban(rng: Random) -> str:
    """Return a German or British IBAN with check digits of ISO 13616."""
    body = rng.choice(("DE0000", "GBXTST"))
    country, bank = body[:2], body[2:]
    account = bank + _digits(14, rng)
    number = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def _digits(count: int, rng: Random) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def say_card(card: str, rng: Random) -> Drawn:
    """Return the card as its owner reads it."""
    groups = (4, 6, 5) if len(card) == 15 else rng.choice(((4, 4, 4, 4), (4, 4, 4, 4), (8, 8)))
    return Drawn("fin.pan", card, read_number(card, groups, rng))


def say_card_tail(card: str, rng: Random) -> Drawn:
    """Return the last four digits, as an agent repeats them."""
    return Drawn("fin.pan", card[-4:], read_number(card[-4:], (4,), rng))


def say_cvv(card: str, rng: Random) -> Drawn:
    """Return a verification value: four digits for the cards that have four."""
    size = 4 if len(card) == 15 else 3
    value = _digits(size, rng)
    return Drawn("fin.cvv", value, read_number(value, (size,), rng))


def say_expiry(rng: Random) -> Drawn:
    """Return the month until which a card is good."""
    month, year = rng.randrange(1, 13), rng.randrange(2026, 2036)
    return Drawn("fin.expiry", f"{month:02d}/{year % 100:02d}", read_expiry(month, year, rng))


def say_ssn(rng: Random) -> Drawn:
    """Return a Social Security number, all nine digits."""
    value = draw_ssn(rng)
    return Drawn("per.ssn", value, read_number(value, (3, 2, 4), rng))


def say_ssn_tail(rng: Random) -> Drawn:
    """Return the last four digits of a Social Security number."""
    value = draw_ssn(rng)[-4:]
    return Drawn("per.ssn", value, read_number(value, (4,), rng))


def say_phone(rng: Random) -> Drawn:
    """Return an American or a British number that is kept for fiction."""
    form = rng.randrange(4)
    if form == 0:
        value = f"55501{_digits(2, rng)}"
        return Drawn("per.phone", value, read_number(value, (3, 4), rng))
    if form == 1:
        value = f"02079460{_digits(3, rng)}"
        return Drawn("per.phone", value, read_number(value, (3, 4, 4), rng))
    if form == 2:
        value = f"07700900{_digits(3, rng)}"
        return Drawn("per.phone", value, read_number(value, (5, 3, 3), rng))
    value = f"{rng.choice(_AREA_CODES)}55501{_digits(2, rng)}"
    return Drawn("per.phone", value, read_number(value, (3, 3, 4), rng))


def say_account(rng: Random) -> Drawn:
    """Return an account number of 8, 10 or 12 digits."""
    groups = rng.choice(((4, 4), (3, 3, 4), (4, 4, 4)))
    value = _digits(sum(groups), rng)
    return Drawn("fin.acct", value, read_number(value, groups, rng))


def say_routing(rng: Random) -> Drawn:
    """Return a routing number."""
    value = draw_routing(rng)
    return Drawn("fin.aba", value, read_number(value, rng.choice(((3, 3, 3), (4, 5))), rng))


def say_iban(rng: Random) -> Drawn:
    """Return an IBAN, in groups of four signs."""
    value = draw_iban(rng)
    groups = [value[at : at + 4] for at in range(0, len(value), 4)]
    return Drawn("fin.iban", value, ", ".join(read_letters(group) for group in groups))


def say_birth(rng: Random) -> Drawn:
    """Return a date of birth."""
    year, month, day = rng.randrange(1936, 2009), rng.randrange(1, 13), rng.randrange(1, 29)
    said = read_date(year, month, day, rng)
    return Drawn("per.dob", f"{year}-{month:02d}-{day:02d}", said)


def say_email(person: Person, rng: Random) -> Drawn:
    """Return a mail address made of the person's name."""
    first, last = person.first.lower(), person.last.lower()
    number = str(rng.randrange(10, 100))
    forms = (f"{first}.{last}", f"{first}_{last}", f"{first}{number}", f"{first}.{last}{number}")
    local, domain = rng.choice(forms), rng.choice(("example.com", "example.org", "example.net"))
    return Drawn("per.email", f"{local}@{domain}", read_email(local, domain))


def say_postcode(rng: Random) -> Drawn:
    """Return a ZIP code or a British post code."""
    if rng.random() < 0.7:
        value = rng.choice(_ZIP_STARTS) + _digits(2, rng)
        return Drawn("per.postcode", value, read_number(value, (5,), rng))
    letters = [rng.choice(choice) for choice in ("QVX", "ABDEFGHJLN", "ABDEFGHJLN")]
    first, last = rng.randrange(1, 10), rng.randrange(1, 10)
    value = f"{letters[0]}{letters[1]}{first} {last}{letters[2]}{letters[1]}"
    head, tail = value.split()
    return Drawn("per.postcode", value, f"{read_letters(head)}, {read_letters(tail)}")


def say_address(street: str, rng: Random) -> Drawn:
    """Return a house number and a street that is not there."""
    number = str(rng.randrange(11, 990))
    said = read_pair(number) if len(number) == 2 else read_letters(number)
    return Drawn("per.address", f"{number} {street}", f"{said} {street}")


def say_name(person: Person) -> Drawn:
    """Return the whole name."""
    return Drawn("per.name", person.name, person.name)


def say_first_name(person: Person) -> Drawn:
    """Return the first name, as an agent uses it."""
    return Drawn("per.name", person.first, person.first)


def say_spelled(name: str, rng: Random) -> Drawn:
    """Return a name letter by letter."""
    return Drawn("per.name", name, spell(name, rng))
