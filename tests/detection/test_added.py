"""An owner's own kinds are found as they are said and as they are written."""

from pathlib import Path

import pytest

from sottovoce.detection.detect import TextDetector, detect, redact_text
from sottovoce.detection.detector import Guarded
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.detection.own_kinds import OwnKinds, read_own_kinds
from sottovoce.detection.wanted import Wanted
from sottovoce.detection.wanted import knowledge as knowledge_of
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import TextFinding
from sottovoce.values.speech import Segment, Word

KINDS = b"""
[[kind]]
id = "own.booking"
name = "Booking reference"
label = "BOOKING"
patterns = ["AA-999999"]
cues = ["booking slip"]

[[kind]]
id = "own.project"
name = "Project that is not announced"
label = "PROJECT"
lexicon = ["blue heron", "kestrel"]
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shipped().with_own_kinds(read_own_kinds(KINDS))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("it is KL-123456, thanks for that", "it is [BOOKING], thanks for that"),
        (
            "my booking slip is kilo lima one two three four five six",
            "my booking slip is [BOOKING]",
        ),
        ("k l twelve thirty four fifty six", "[BOOKING]"),
        ("let us talk of Blue Heron tomorrow", "let us talk of [PROJECT] tomorrow"),
        ("the kestrel plan", "the [PROJECT] plan"),
    ],
)
def test_an_own_kind_is_found(knowledge: Knowledge, said: str, hidden: str) -> None:
    found = TextDetector(knowledge).detect(said)

    assert redact_text(said, found, knowledge.kinds) == hidden


def test_an_own_kind_that_is_asked_for_is_found(knowledge: Knowledge) -> None:
    detector = TextDetector(knowledge)
    detector.detect("what is on the booking slip please")

    assert [f.kind for f in detector.detect("k l one two three four five six")] == ["own.booking"]


def test_others_do_not_see_what_an_owner_added(knowledge: Knowledge) -> None:
    assert TextDetector().detect("the kestrel plan") == ()
    assert "own.project" not in shipped().kinds
    assert knowledge.kinds["own.project"].placeholder == "[PROJECT]"


def test_a_word_of_an_owners_lexicon_is_found_by_its_sound(tmp_path: Path) -> None:
    file = tmp_path / "secret.jsonl"
    file.write_text(
        '{"kind": "biz.mnpi", "label": "the deal", "phrases": ["falconer"], "match": "sounds"}\n'
    )
    known = knowledge_of(Wanted(lexicon=file), OwnKinds())
    said = "the project full coner is due in may"

    assert redact_text(said, TextDetector(known).detect(said)) == (
        "the project [MNPI] is due in may"
    )


def test_a_lexicon_of_a_kind_that_nobody_defines_is_unfit(tmp_path: Path) -> None:
    file = tmp_path / "secret.jsonl"
    file.write_text('{"kind": "own.deal", "label": "the deal", "phrases": ["falconer"]}\n')

    with pytest.raises(Unfit, match=r"own\.deal"):
        knowledge_of(Wanted(lexicon=file), OwnKinds())


def test_what_else_a_word_may_have_been_completes_a_value() -> None:
    said = [("account", ()), ("number", ()), ("five", ()), ("ate", ("eight",)), ("sick", ("six",))]
    words = tuple(
        Word(i / 2, i / 2 + 0.4, text, 0.9, 0, alternatives)
        for i, (text, alternatives) in enumerate([*said, ("two", ())])
    )
    found = detect((Segment(0.0, 4.0, 0, words),))

    assert [(f.kind, f.value) for f in found] == [("fin.acct", "5862")]


class Parrots:
    """Finds the word parrot, in any language."""

    def find(self, text: str, *, language: str) -> list[TextFinding]:
        at = text.find("papuga")
        return [TextFinding("per.other_unique", at, at + 6, 0.9)] if at >= 0 else []


@pytest.mark.parametrize("language", ["en", "es", "pl"])
def test_a_detector_of_others_looks_at_every_language(language: str) -> None:
    detectors = (Guarded("parrots", Parrots(), frozenset({"per.other_unique"})),)
    known = knowledge_of(Wanted(language=language), OwnKinds(), detectors)
    said = "the papuga is here"

    assert redact_text(said, TextDetector(known).detect(said)) == "the [ID] is here"
