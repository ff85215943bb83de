"""Presidio's recognisers behind our port; `make presidio` builds the environment that has them."""

import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from sottovoce.backends.presidio_detector import PresidioDetector, detector, entity_kinds
from sottovoce.detection.detector import Guarded
from sottovoce.values.errors import Unavailable
from sottovoce.values.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


def test_every_entity_of_the_table_is_of_a_kind_of_the_register() -> None:
    assert entity_kinds()
    assert set(entity_kinds().values()) <= set(KINDS)


def test_the_page_names_the_entry_point() -> None:
    assert "`--detector presidio`" in (ROOT / "docs/detectors.md").read_text(encoding="utf-8")


@pytest.fixture
def analyzer() -> Any:
    return pytest.importorskip("presidio_analyzer", reason="Presidio is tested by make presidio")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note whoever asks the network, and let nobody through."""
    asked: list[object] = []

    def refuse(*args: object, **_: object) -> None:
        asked.append(args)
        raise OSError("there is no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


def found(these: PresidioDetector, text: str, language: str = "en") -> set[tuple[str, str]]:
    guarded = Guarded("presidio", these, frozenset(KINDS))
    return {(f.kind, text[f.start : f.end]) for f in guarded.find(text, language=language)}


def test_what_presidio_finds_is_found_under_our_kinds(analyzer: Any, offline: list[object]) -> None:
    text = "write to ann.lee@example.com about 4111 1111 1111 1111 or GB82WEST12345698765432"

    assert found(detector(), text) >= {
        ("per.email", "ann.lee@example.com"),
        ("fin.pan", "4111 1111 1111 1111"),
        ("fin.iban", "GB82WEST12345698765432"),
    }
    assert offline == []


def test_another_language_has_its_own_recognisers(analyzer: Any, offline: list[object]) -> None:
    assert ("per.es_dni", "12345678Z") in found(detector(), "mi DNI es 12345678Z", "es")


def test_what_is_hardly_likely_is_left_out_unless_it_is_asked_for(analyzer: Any) -> None:
    recogniser = analyzer.predefined_recognizers.UsBankRecognizer()
    some = PresidioDetector.of_recognisers([recogniser])
    every = PresidioDetector.of_recognisers([recogniser], least=0)

    assert found(some, "it is 945456787654") == set()
    assert found(every, "it is 945456787654") == {("fin.acct", "945456787654")}


def test_a_recogniser_of_the_owner_s_is_found_under_the_kind_they_say(analyzer: Any) -> None:
    pattern = analyzer.Pattern("desk", r"desk \d{3}", 0.8)
    recogniser = analyzer.PatternRecognizer(supported_entity="DESK", patterns=[pattern])

    unnamed = PresidioDetector.of_recognisers([recogniser])
    named = PresidioDetector.of_recognisers([recogniser], kinds={"DESK": "per.geo"})
    assert found(unnamed, "at desk 417 now") == {("per.other_unique", "desk 417")}
    assert found(named, "at desk 417 now") == {("per.geo", "desk 417")}


def engine_of(analyzer: Any, *recognisers: Any) -> Any:
    """Return an engine with no language model that tells its log all it does."""
    models = [{"lang_code": "en", "model_name": "none"}]
    return analyzer.AnalyzerEngine(
        registry=analyzer.RecognizerRegistry(list(recognisers)),
        nlp_engine=analyzer.nlp_engine.NoOpNlpEngine(models),
        log_decision_process=True,
    )


def test_a_whole_engine_is_used_as_its_owner_set_it_up(analyzer: Any) -> None:
    engine = engine_of(analyzer, analyzer.predefined_recognizers.CreditCardRecognizer())

    assert found(PresidioDetector.of_engine(engine), "4111111111111111 ann@example.com") == {
        ("fin.pan", "4111111111111111")
    }


def test_a_language_without_recognisers_is_told(analyzer: Any) -> None:
    recogniser = analyzer.predefined_recognizers.UsSsnRecognizer()
    these = Guarded("presidio", PresidioDetector.of_recognisers([recogniser]), frozenset(KINDS))

    with pytest.raises(Unavailable, match="does not know the language"):
        these.find("hallo", language="de")


def test_nothing_that_was_said_is_logged(analyzer: Any, caplog: pytest.LogCaptureFixture) -> None:
    engine = engine_of(analyzer, analyzer.predefined_recognizers.PhoneRecognizer())
    with caplog.at_level(logging.DEBUG):
        found(detector(), "ring 212-555-0142 and write to ann.lee@example.com")
        found(PresidioDetector.of_engine(engine), "ring 212-555-0142")

    assert [r.name for r in caplog.records if "'start'" in r.getMessage() or "555" in r.msg] == []
