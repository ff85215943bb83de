"""Make numbers and codes that stand for real ones: of the same form, and nobody's.

Rules:
1. What is made lies where nobody is ever given a number: a range that is set aside or never
   assigned. Where there is none, `TEST-` stands before it.
2. Checksums are right, so that software which tests them takes a stand-in as it took the real one;
   but for Aadhaar, of which such software refuses the first figure.
3. A value too short or of an unknown form gets no stand-in here: it is numbered instead.

Ranges whose source was read:
- NINO: Q is in no prefix (HMRC, NIM39110)
- networks of RFC 5737 (3849 and names of 2606 as others quote them)

Ranges whose source was read as others quote it:
- cards 9999: ISO/IEC 7812-1 gives 9 to national bodies by the numbers of ISO 3166-1, which leaves
  900 to 999 to its users and gives them to no country (8.1.3); so also ZZ, for IBAN and BIC
- telephones: 555-0100 to 0199 (NANPA) beside a town's area code, and Ofcom's numbers for drama
- Social Security numbers: none is assigned from 000, or with 00 in the middle (SSA, answer 425)
- ITIN: 00 in the middle. The IRS gives 50 to 65, 70 to 88, 90 to 92 and 94 to 99 to ITIN, 93 to
  adoptions, and 01 to 10, 17 to 19, 28, 29, 37 to 39, 49, 66 and 89 to numbers of its own
- EIN: 00 is not among the prefixes that the IRS lists
- Aadhaar: none begins with 0 (UIDAI)
- routing numbers begin with 00 to 12, 21 to 32, 61 to 72 or 80 (ABA)
- NHS numbers from 999 are for tests
- ZIP codes: 000 is what 45 CFR 164.514(b)(2)(i)(B) writes where no place is said

Not confirmed:
- sort codes from 00 are nobody's; a hint is that the table of the modulus check begins at 01-00-04
- of free numbers only 800-555-0199 is set aside, for which reason none is made
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from sottovoce.redaction.draw import Draw

MARK = "TEST-"
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Form:
    """A stand-in as it is written, and its letters and figures alone, without a mark."""

    core: str = field(repr=False)
    text: str = field(repr=False)


def reserved(kind: str, value: str, draw: Draw, words: Sequence[str]) -> Form | None:
    """Return a stand-in of the form of a value, None where we know no safe one.

    ``words`` are invented ones, for addresses of the net.
    """
    core = re.sub(r"[\W_]", "", value).casefold()
    if kind in _NET:
        return _NET[kind](draw, value, words)
    if kind in _MADE and (made := _MADE[kind](draw, core)):
        return Form(re.sub(r"\W", "", made).casefold(), made)
    if kind in _MARKED and len(core) >= _SHORTEST and core.isascii():
        made = _alike(draw, core)
        return Form(made.casefold(), MARK + made)
    return None


def luhn_digit(figures: str) -> str:
    """Return the check digit that follows these figures (ISO/IEC 7812-1)."""
    doubled = [int(c) * (2 - i % 2) for i, c in enumerate(reversed(figures))]
    return str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def _card(draw: Draw, core: str) -> str:
    if not core.isdecimal() or not 12 <= len(core) <= 19:
        return ""
    figures = "9999" + draw.figures("fin.pan", core, len(core) - 5)
    return _grouped(figures + luhn_digit(figures), 4)


def _telephone(draw: Draw, core: str) -> str:
    if not core.isdecimal():
        return ""
    if len(core) == 11 and core[0] == "0":
        lead = next((made for said, made in _OFCOM if core.startswith(said)), "01632 960")
        return lead + draw.figures("per.phone", core, 3)
    line = "555-01" + draw.figures("per.phone", core, 2)
    if len(core) == 7:
        return line
    if len(core) == 10 and core[0] not in "01":
        return f"{draw.one('area', core, _AREAS)}-{line}"
    return ""


def plain_phone(value: str) -> str:
    """Return a telephone number without the code of its country, where that is 1 or 44."""
    core = re.sub(r"\D", "", value)
    if len(core) == 11 and core[0] == "1":
        return core[1:]
    return "0" + core[2:] if len(core) == 12 and core.startswith("44") else core


def _ssn(draw: Draw, core: str) -> str:
    return f"000-{1 + draw.number('group', core, 99):02}-{draw.figures('serial', core, 4)}"


def _itin(draw: Draw, core: str) -> str:
    area, serial = draw.figures("area", core, 2), draw.figures("serial", core, 4)
    return f"9{area}-00-{serial}"


def _nino(draw: Draw, core: str) -> str:
    return f"QQ {_grouped(draw.figures('nino', core, 6), 2)} {draw.one('suffix', core, 'ABCD')}"


def _aadhaar(draw: Draw, core: str) -> str:
    return _grouped("0" + draw.figures("aadhaar", core, 11), 4)


def _routing(draw: Draw, core: str) -> str:
    figures = "99" + draw.figures("aba", core, 6)
    total = sum(int(c) * (3, 7, 1)[i % 3] for i, c in enumerate(figures))
    return figures + str(-total % 10)


def _employer(draw: Draw, core: str) -> str:
    return "00-" + draw.figures("ein", core, 7)


def _sort_code(draw: Draw, core: str) -> str:
    return f"00-{draw.figures('sort', core, 2)}-{draw.figures('code', core, 2)}"


def _iban(draw: Draw, core: str) -> str:
    if not 15 <= len(core) <= 34 or not core.isascii():
        return ""
    account = _alike(draw, core[4:])
    digits = "".join(str(int(c, 36)) for c in f"{account}ZZ00")
    return _grouped(f"ZZ{98 - int(digits) % 97:02}{account}", 4)


def _bic(draw: Draw, core: str) -> str:
    bank = "".join(draw.one(f"bank {i}", core, ascii_uppercase) for i in range(4))
    return f"{bank}ZZ{draw.figures('place', core, 2)}"


def _nhs(draw: Draw, core: str) -> str:
    for attempt in range(8):
        figures = "999" + draw.figures(f"nhs {attempt}", core, 6)
        check = -sum(int(c) * (10 - i) for i, c in enumerate(figures)) % 11
        if check < 10:
            return f"{figures[:3]} {figures[3:6]} {figures[6:]}{check}"
    return ""


def _postcode(draw: Draw, core: str) -> str:
    return "000" + draw.figures("zip", core, 2) if re.fullmatch(r"\d{5}(\d{4})?", core) else ""


def _email(draw: Draw, value: str, words: Sequence[str]) -> Form | None:
    name = _name(draw, value, words)
    return Form(f"{name}examplecom", f"{name}@example.com") if name else None


def _address(draw: Draw, value: str, words: Sequence[str]) -> Form | None:
    name = _name(draw, value, words)
    return Form(f"examplecom{name}", f"example.com/{name}") if name else None


def _login(draw: Draw, value: str, words: Sequence[str]) -> Form | None:
    name = _name(draw, value, words)
    return Form(f"example{name}", f"example-{name}") if name else None


def _network(draw: Draw, value: str, words: Sequence[str]) -> Form:
    if ":" in value:
        parts = [f"{draw.number(f'part {i}', value, 1 << 16):x}" for i in range(2)]
        return Form("2001db8" + "".join(parts), f"2001:db8::{parts[0]}:{parts[1]}")
    net = draw.one("net", value, ("192.0.2", "198.51.100", "203.0.113"))
    text = f"{net}.{1 + draw.number('host', value, 254)}"
    return Form(text.replace(".", ""), text)


def _name(draw: Draw, value: str, words: Sequence[str]) -> str:
    if not words:
        return ""
    return draw.one("word", value, words).casefold() + draw.figures("word", value, 3)


def _alike(draw: Draw, core: str) -> str:
    """Return letters for letters and figures for figures."""
    return "".join(
        draw.one(f"sign {i}", core, "0123456789" if c.isdecimal() else ascii_uppercase)
        for i, c in enumerate(core)
    )


def _grouped(figures: str, length: int) -> str:
    return " ".join(figures[i : i + length] for i in range(0, len(figures), length))


_OFCOM = (("07", "07700 900"), ("020", "020 7946 0"), ("08", "0808 157 0"))
# Of three figures ABC those with B = C are no town's (800, 900, 911), nor are 5BC as far as they
# are personal, 88C (free numbers to come) and 710 (the government); B = 9 is kept for longer ones.
_AREAS = tuple(
    str(a)
    for a in range(200, 990)
    if a // 10 % 10 not in (a % 10, 9) and a // 100 != 5 and a // 10 != 88 and a != 710
)
_MADE: Mapping[str, Callable[[Draw, str], str]] = {
    "fin.pan": _card,
    "per.phone": _telephone,
    "per.fax": _telephone,
    "per.ssn": _ssn,
    "per.itin": _itin,
    "per.nino": _nino,
    "per.aadhaar": _aadhaar,
    "per.postcode": _postcode,
    "fin.aba": _routing,
    "fin.ein": _employer,
    "fin.sortcode": _sort_code,
    "fin.iban": _iban,
    "fin.bic": _bic,
    "hlt.nhs": _nhs,
}
_NET: Mapping[str, Callable[[Draw, str, Sequence[str]], Form | None]] = {
    "per.email": _email,
    "per.url": _address,
    "per.username": _login,
    "per.ip": _network,
}
_MARKED = frozenset(
    (
        *("per.in_pan", "per.es_dni", "per.fr_nir", "per.de_steuerid", "per.nl_bsn", "per.it_cf"),
        *("per.pt_nif", "per.br_cpf", "per.ca_sin", "per.dl", "per.passport", "per.vin"),
        *("per.plate", "per.device", "per.other_unique", "fin.acct", "fin.policy"),
        *("fin.security_id", "hlt.mrn", "hlt.mbi", "hlt.member", "hlt.npi", "hlt.dea"),
        *("leg.docket", "leg.bar"),
    )
)
