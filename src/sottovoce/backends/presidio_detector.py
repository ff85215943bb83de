"""Presidio's recognisers as a detector (docs/detectors.md); the extra `presidio` installs it.

Rules:
1. It never asks the network: the list of domain endings is the one that comes with its package.
2. It writes no words into a log.
3. An entity with no kind here is still found, as `per.other_unique`.
"""

import logging
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Protocol

from sottovoce.values.finding import TextFinding

OTHER = "per.other_unique"
LEAST = 0.35
"""Presidio scores what a pattern alone fits from 0.01 on; below this it is mostly false alarms."""


class Result(Protocol):
    """What Presidio answers."""

    entity_type: str
    start: int
    end: int
    score: float


class Recogniser(Protocol):
    """One of Presidio's recognisers (`EntityRecognizer`)."""

    supported_entities: list[str]
    supported_language: str

    def analyze(self, text: str, entities: list[str], nlp_artifacts: None) -> Iterable[Result]:
        """Return what it recognises in a text."""
        ...


class Engine(Protocol):
    """Presidio's own way of running them (`AnalyzerEngine`), with a language model behind it."""

    def analyze(self, text: str, language: str) -> Iterable[Result]:
        """Return what all recognisers find in a text."""
        ...


class PresidioDetector:
    """Recognisers or a whole engine of Presidio's; ``least`` is the score from which it counts."""

    def __init__(
        self,
        analyse: Callable[[str, str], Iterable[Result]],
        *,
        kinds: Mapping[str, str] | None = None,
        least: float = LEAST,
    ) -> None:
        _keep_to_yourself()
        self._analyse = analyse
        self._kinds = {**entity_kinds(), **(kinds or {})}
        self._least = least

    @classmethod
    def of_engine(
        cls, engine: Engine, *, kinds: Mapping[str, str] | None = None, least: float = LEAST
    ) -> "PresidioDetector":
        """Wrap an `AnalyzerEngine` as its owner set it up; `kinds` names the owner's entities."""
        return cls(
            lambda text, language: engine.analyze(text=text, language=language),
            kinds=kinds,
            least=least,
        )

    @classmethod
    def of_recognisers(
        cls,
        recognisers: Iterable[Recogniser],
        *,
        kinds: Mapping[str, str] | None = None,
        least: float = LEAST,
    ) -> "PresidioDetector":
        """Wrap single recognisers that need no language model."""
        listed = tuple(recognisers)
        return cls(
            lambda text, language: _each(
                [r for r in listed if r.supported_language == language], text
            ),
            kinds=kinds,
            least=least,
        )

    def find(self, text: str, *, language: str) -> Iterator[TextFinding]:
        """Yield what Presidio finds, under kinds of ours."""
        for result in self._analyse(text, language):
            if result.score >= self._least and result.start < result.end:
                kind = self._kinds.get(result.entity_type, OTHER)
                yield TextFinding(kind, result.start, result.end, min(1.0, result.score))


def detector() -> PresidioDetector:
    """Make a detector of the recognisers that Presidio has switched on, without a language model.

    This is the entry point `presidio`. Names and places need an engine with a model.
    """
    _keep_to_yourself()
    return PresidioDetector(lambda text, language: _each(_predefined(language), text))


@cache
def entity_kinds() -> Mapping[str, str]:
    """Return the kind of each entity that Presidio knows."""
    path = files("sottovoce.backends") / "presidio_kinds.toml"
    kinds: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["kinds"]
    return kinds


@cache
def _predefined(language: str) -> tuple[Recogniser, ...]:
    from presidio_analyzer import RecognizerRegistry
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language])
    return tuple(r for r in registry.recognizers if not isinstance(r, SpacyRecognizer))


def _each(recognisers: Iterable[Recogniser], text: str) -> Iterator[Result]:
    recognisers = tuple(recognisers)
    if not recognisers:
        raise NotImplementedError
    for recogniser in recognisers:
        entities = recogniser.supported_entities
        yield from recogniser.analyze(text=text, entities=entities, nlp_artifacts=None) or ()


def _keep_to_yourself() -> None:
    """Keep Presidio from the network and the words out of its logs."""
    import tldextract.tldextract as endings

    endings.TLD_EXTRACTOR = endings.TLDExtract(suffix_list_urls=(), cache_dir=None)
    for name in ("presidio-analyzer", "decision_process", "tldextract"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
