"""Values that are drawn to be said: structured identifiers, each in the groups people pause at.

Every value is invented. Where a range is kept for fiction it is used (555-01xx, 07700 900, test
cards, example.com); the rest is drawn without a register behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
FIRST = ("nora", "oliver", "priya", "marcus", "jorge", "wendy", "tariq", "elaine")
LAST = ("marsh", "whitlock", "okoye", "lindqvist", "fenwick", "delacroix", "barlow", "nakata")
HOSTS = ("example.com", "example.org", "example.net", "mail.example.com")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value to be said: its name here, our kinds that name it right, and its groups."""

    name: str
    kinds: frozenset[str]
    groups: tuple[str, ...] = field(repr=False)


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _letters(rng: Random, count: int) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(count))


def _cut(text: str, *sizes: int) -> tuple[str, ...]:
    groups, at = [], 0
    for size in sizes:
        groups.append(text[at : at + size])
        at += size
    return tuple(groups)


def _luhn(body: str) -> str:
    """Return a number with its check digit."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        n = int(digit) * (1 if place % 2 else 2)
        total += n - 9 if n > 9 else n
    return body + str(-total % 10)


def _card(rng: Random) -> tuple[str, ...]:
    if rng.random() < 0.2:
        return _cut(_luhn("3782" + _digits(rng, 10)), 4, 6, 5)
    start = rng.choice(("411111", "424242", "555555", "601111", "222300"))
    return _cut(_luhn(start + _digits(rng, 9)), 4, 4, 4, 4)


def _routing(rng: Random) -> tuple[str, ...]:
    body = "80" + _digits(rng, 6)
    total = sum(int(d) * w for d, w in zip(body, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return _cut(body + str(-total % 10), *rng.choice(((3, 3, 3), (4, 5))))


def _nhs(rng: Random) -> tuple[str, ...]:
    while True:
        body = "9" + _digits(rng, 8)
        check = 11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return _cut(body + str(check % 11), 3, 3, 4)


def _iban(rng: Random) -> tuple[str, ...]:
    country, bank = rng.choice((("GB", "XTST"), ("DE", "0000")))
    account = bank + _digits(rng, 14)
    number = "".join(str(int(c, 36)) for c in account + country + "00")
    whole = f"{country}{98 - int(number) % 97:02d}{account}"
    return tuple(whole[i : i + 4] for i in range(0, len(whole), 4))


def _phone_us(rng: Random) -> tuple[str, ...]:
    tail = "01" + _digits(rng, 2)
    return (rng.choice(("212", "303", "415", "617", "808")), "555", tail)


def _phone_uk(rng: Random) -> tuple[str, ...]:
    mobile = ("07700", "900", _digits(rng, 3))
    return rng.choice((mobile, ("020", "7946", "0" + _digits(rng, 3))))


def _ssn(rng: Random) -> tuple[str, ...]:
    return (f"9{_digits(rng, 2)}", f"{rng.randrange(1, 50):02d}", _digits(rng, 4))


def _postcode(rng: Random) -> tuple[str, ...]:
    area = rng.choice(("SW", "M", "LS", "EH", "B", "CF", "NE"))
    return (f"{area}{rng.randrange(1, 30)}", f"{rng.randrange(10)}{_letters(rng, 2)}")


def _plate(rng: Random) -> tuple[str, ...]:
    uk = (_letters(rng, 2), f"{rng.randrange(2, 74):02d}", _letters(rng, 3))
    return rng.choice((uk, (_letters(rng, 3), _digits(rng, 4))))


def _email(rng: Random) -> tuple[str, ...]:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    sign = rng.choice((".", "_", "-", ""))
    tail = rng.choice(("", "", _digits(rng, 2)))
    return (f"{first}{sign}{last}{tail}@{rng.choice(HOSTS)}",)


def _dob(rng: Random) -> tuple[str, ...]:
    return (
        str(rng.randrange(1930, 2012)),
        f"{rng.randrange(1, 13):02d}",
        f"{rng.randrange(1, 29)}",
    )


def _expiry(rng: Random) -> tuple[str, ...]:
    return (f"{rng.randrange(1, 13):02d}", str(rng.randrange(2026, 2036)))


Draw = Callable[[Random], tuple[str, ...]]
_IDS = {"per.other_unique"}
NUMBERS: dict[str, tuple[set[str], Draw]] = {
    "card": ({"fin.pan"}, _card),
    "cvv": ({"fin.cvv"}, lambda rng: (_digits(rng, 3),)),
    "pin": ({"fin.pin", "per.credential"}, lambda rng: (_digits(rng, 4),)),
    "ssn": ({"per.ssn", "per.itin"}, _ssn),
    "phone_us": ({"per.phone"}, _phone_us),
    "phone_uk": ({"per.phone"}, _phone_uk),
    "account": ({"fin.acct"}, lambda rng: (_digits(rng, 4), _digits(rng, 4))),
    "routing": ({"fin.aba"}, _routing),
    "sortcode": ({"fin.sortcode"}, lambda rng: tuple(_digits(rng, 2) for _ in range(3))),
    "nhs": ({"hlt.nhs"}, _nhs),
    "mrn": ({"hlt.mrn"}, lambda rng: (_digits(rng, 3), _digits(rng, 4))),
    "zip": ({"per.postcode", "per.address"}, lambda rng: (_digits(rng, 5),)),
    "code": ({"per.credential", "fin.pin"}, lambda rng: (_digits(rng, 3), _digits(rng, 3))),
}
CODES: dict[str, tuple[set[str], Draw]] = {
    "iban": ({"fin.iban"}, _iban),
    "policy": ({"fin.policy"}, lambda rng: (_letters(rng, 2), _digits(rng, 3), _digits(rng, 4))),
    "member": ({"hlt.member"}, lambda rng: (_letters(rng, 3), _digits(rng, 3), _digits(rng, 3))),
    "postcode": ({"per.postcode", "per.address"}, _postcode),
    "passport": (
        {"per.passport"},
        lambda rng: (_letters(rng, 1), _digits(rng, 4), _digits(rng, 4)),
    ),
    "licence": ({"per.dl"}, lambda rng: (_letters(rng, 1), _digits(rng, 3), _digits(rng, 4))),
    "plate": ({"per.plate"}, _plate),
    "vin": (
        {"per.vin"},
        lambda rng: (
            *(_digits(rng, 1) + _letters(rng, 2), _letters(rng, 2) + _digits(rng, 4)),
            *(_letters(rng, 2), _digits(rng, 6)),
        ),
    ),
    "nino": (
        {"per.nino"},
        lambda rng: ("QQ", _digits(rng, 2), _digits(rng, 2), _digits(rng, 2), rng.choice("ABCD")),
    ),
}
OTHERS: dict[str, tuple[set[str], Draw]] = {
    "email": ({"per.email"}, _email),
    "dob": ({"per.dob"}, _dob),
    "expiry": ({"fin.expiry"}, _expiry),
}
NAMES = (*NUMBERS, *CODES, *OTHERS)


def draw(name: str, rng: Random) -> Value:
    """Return a value of a name by chance."""
    kinds, groups = (NUMBERS | CODES | OTHERS)[name]
    return Value(name, frozenset(kinds), groups(rng))
