"""By what a recording is found: its identifiers and its words, in their normal forms.

Rules (docs/spec/index.md):
1. What may not be kept is not found either: all that is burnt is left out.
2. An identifier is its letters and digits; a telephone number its last nine digits.
3. A word is found as it is kept, folded; the commonest words of the language are left out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from sottovoce.detection.lexicon import Lexicon
from sottovoce.redaction.mask import Mask
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.timeline import Timeline
from sottovoce.redaction.words import RedactedSegment
from sottovoce.values.finding import Action, Finding
from sottovoce.vault.tokens import Mention, Purpose, Term

IDENTIFYING = frozenset(
    (
        "per.phone",
        "per.fax",
        "per.email",
        "per.ssn",
        "per.itin",
        "per.nino",
        "per.aadhaar",
        "per.in_pan",
        "per.es_dni",
        "per.fr_nir",
        "per.de_steuerid",
        "per.nl_bsn",
        "per.it_cf",
        "per.pt_nif",
        "per.br_cpf",
        "per.ca_sin",
        "per.dl",
        "per.passport",
        "per.immigration",
        "per.vin",
        "per.plate",
        "per.device",
        "per.ip",
        "per.username",
        "per.other_unique",
        "fin.pan",
        "fin.acct",
        "fin.iban",
        "fin.crypto",
        "fin.txn",
        "fin.ein",
        "fin.security_id",
        "fin.policy",
    )
)
PHONES = frozenset(("per.phone", "per.fax"))
LEAST = 4
"""Fewer letters and digits than these identify nobody."""
_NATIONAL = 9
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


class Indexed(Enum):
    """By what recordings are to be found."""

    NOTHING = "nothing"
    IDENTIFIERS = "identifiers"
    ALL = "all"


def identifier(text: str) -> Term:
    """Return the term of an identifier that is no telephone number."""
    return Term(Purpose.IDENTIFIERS, f"id:{_plain(text)}")


def telephone(text: str) -> Term:
    """Return the term of a telephone number, however much of its prefix was said."""
    return Term(Purpose.IDENTIFIERS, f"tel:{_plain(text)[-_NATIONAL:]}")


def words_of(text: str) -> list[Term]:
    """Return the terms of the words of a text, each once."""
    found = (match[0].replace("\u2019", "'") for match in _WORD.finditer(_folded(text)))
    return [Term(Purpose.WORDS, word) for word in dict.fromkeys(found)]


def mentions(
    findings: Iterable[Finding],
    kept: Sequence[RedactedSegment],
    burnt: Sequence[Mask],
    profile: Profile,
    lexicon: Lexicon,
    indexed: Indexed,
) -> list[Mention]:
    """Return by what a recording is to be found; ``kept`` are its words as they are sealed."""
    if indexed is Indexed.NOTHING:
        return []
    found = list(_identifiers(findings, Timeline(mask.span for mask in burnt), profile))
    if indexed is Indexed.ALL:
        found += _words(kept, lexicon)
    return list(dict.fromkeys(found))


def _identifiers(
    findings: Iterable[Finding], burnt: Timeline, profile: Profile
) -> Iterator[Mention]:
    for one in findings:
        if one.kind not in IDENTIFYING or profile.action(one.kind) is Action.BURN:
            continue
        if len(_plain(one.value)) < LEAST or burnt.reached(one.start_s, one.end_s, one.channel):
            continue
        term = telephone(one.value) if one.kind in PHONES else identifier(one.value)
        yield Mention(term, one.channel)


def _words(kept: Iterable[RedactedSegment], lexicon: Lexicon) -> Iterator[Mention]:
    for segment in kept:
        said = " ".join(word.text for word in segment.words if not word.masked)
        if segment.invented:
            continue
        for term in words_of(said):
            if term.text not in lexicon.common:
                yield Mention(term, segment.channel)


def _plain(text: str) -> str:
    return "".join(letter for letter in _folded(text) if letter.isalnum())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
