"""Patterns and checksums are data, and every one of them can be loaded and can fail."""

import pytest

from sottovoce.detection.checks import load_checks
from sottovoce.values.kinds import KINDS

GOOD = {
    "fin.pan": "5500005555555559",
    "fin.iban": "de89370400440532013000",
    "fin.aba": "021000021",
    "fin.ein": "912345678",
    "fin.bic": "agrifrpp882",
    "fin.security_id": "us0378331005",
    "fin.cvv": "742",
    "fin.expiry": "0529",
    "per.ssn": "536904399",
    "per.itin": "912903456",
    "per.nino": "ab123456c",
    "per.aadhaar": "234123412346",
    "per.in_pan": "acupa7085r",
    "per.es_dni": "54362315k",
    "per.fr_nir": "295109912611193",
    "per.de_steuerid": "36574261809",
    "per.nl_bsn": "111222333",
    "per.it_cf": "rccmnl83s18d969h",
    "per.pt_nif": "501964843",
    "per.br_cpf": "39053344705",
    "per.ca_sin": "123456782",
    "per.device": "490154203237518",
    "per.vin": "1m8gdm9axkp042788",
    "per.phone": "2025550143",
    "per.postcode": "sw1a1aa",
    "hlt.nhs": "9434765870",
    "hlt.npi": "1234567893",
    "hlt.mbi": "1eg4te5mk73",
    "hlt.dea": "ab1234563",
}


def test_every_check_is_of_a_known_kind_and_has_an_example_here() -> None:
    assert set(load_checks().by_kind) == set(GOOD)
    assert set(GOOD) <= set(KINDS)


@pytest.mark.parametrize(("kind", "value"), GOOD.items())
def test_a_check_passes_its_example_and_not_a_broken_one(kind: str, value: str) -> None:
    checks = load_checks()

    assert checks.passes(kind, value)
    assert not checks.passes(kind, value[:-1] + "?")
    assert not checks.passes(kind, "")


def test_a_kind_without_a_check_passes_nothing() -> None:
    assert not load_checks().passes("per.name", "nora")
