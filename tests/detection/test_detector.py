"""A stranger's recogniser: loaded only by name, checked in every answer, silent in every error."""

import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from sottovoce.detection.detector import Guarded, load_detectors
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.finding import TextFinding
from sottovoce.values.kinds import KINDS

TEXT = "the code is kestrel"
PAGE = (Path(__file__).resolve().parents[2] / "docs/detectors.md").read_text(encoding="utf-8")

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package that has one module and entry points, for this test only."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(module: str, code: str, **points: str) -> None:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[sottovoce.detectors]", *lines]))

    return put


class Answers:
    """A detector that answers what it is told to."""

    def __init__(self, *answers: object) -> None:
        self.answers = answers

    def find(self, text: str, *, language: str) -> Iterable[TextFinding]:
        return self.answers  # type: ignore[return-value]  # wrong on purpose


def guarded(*answers: object, kinds: Iterable[str] = KINDS) -> Guarded:
    return Guarded("theirs", Answers(*answers), frozenset(kinds))


def refused(detector: Guarded, text: str = TEXT) -> str:
    with pytest.raises(Unavailable) as caught:
        detector.find(text, language="en")
    return str(caught.value)


def test_the_example_of_the_page_is_a_detector(install: Install) -> None:
    module = PAGE.partition("```python\n")[2].partition("```")[0]
    point = PAGE.partition('[project.entry-points."sottovoce.detectors"]\n')[2].partition("```")[0]
    name, _, value = point.strip().partition(" = ")
    install(value.strip('"').partition(":")[0], module, **{name: value.strip('"')})

    (detector,) = load_detectors([name])
    text = "Ring the desk and ask for ticket QX-4471, please."
    (found,) = detector.find(text, language="en")

    assert text[found.start : found.end] == "QX-4471"
    with pytest.raises(Unavailable, match="does not know the language"):
        detector.find(text, language="fr")


def test_only_what_is_named_is_loaded(install: Install) -> None:
    install("eager_words", "raise SystemExit('loaded')", eager="eager_words:make")

    assert load_detectors([]) == ()
    with pytest.raises(Unfit, match="the detector eager failed to load with SystemExit"):
        load_detectors(["eager"])


def test_a_name_that_is_not_installed_is_told_with_those_that_are(install: Install) -> None:
    install("some_words", "", some="some_words:make")

    with pytest.raises(Unfit, match="there is no detector other") as caught:
        load_detectors(["other"])
    assert "some" in caught.value.hint
    with pytest.raises(Unfit, match="the name of a detector"):
        load_detectors(["\x1b[31m"])


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def make():\n    return 3", "has no find"),
        ("make = 3", "failed to load with TypeError"),
        ("", "failed to load with AttributeError"),
        ("import nowhere_to_be_found", "failed to load with ModuleNotFoundError"),
        ("def make():\n    raise OSError('/home/ann')", "failed to load with OSError"),
    ],
)
def test_one_that_does_not_load_is_refused(
    install: Install, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    monkeypatch.delitem(sys.modules, "broken_words", raising=False)
    install("broken_words", code, broken="broken_words:make")

    with pytest.raises(Unfit, match=told) as caught:
        load_detectors(["broken"])
    assert "/home/ann" not in "".join(traceback.format_exception(caught.value))


def test_two_packages_of_one_name_are_refused(install: Install) -> None:
    install("first_words", "", same="first_words:make")
    install("second_words", "", same="second_words:make")

    with pytest.raises(Unfit, match="is in 2 installed packages"):
        load_detectors(["same"])


def test_findings_come_in_order_and_in_plain_numbers() -> None:
    found = guarded(
        TextFinding("per.name", np.int64(12), 19, np.float32(0.5)),  # type: ignore[arg-type]
        TextFinding("per.name", 0, 3, 1),
        TextFinding("per.name", 0, 8, 1),
    ).find(TEXT, language="en")

    assert [(f.start, f.end, f.confidence) for f in found] == [(0, 8, 1), (0, 3, 1), (12, 19, 0.5)]
    assert {type(f.start) for f in found} == {int}
    assert {type(f.confidence) for f in found} == {float}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (TextFinding("per.name", 0, 20, 0.5), "from 0 to 20 in a text of 19"),
        (TextFinding("per.name", -1, 3, 0.5), "from -1 to 3"),
        (TextFinding("per.name", 3, 3, 0.5), "from 3 to 3"),
        (TextFinding("per.name", 1.5, 3, 0.5), "failed with TypeError"),  # type: ignore[arg-type]
        (TextFinding("kestrel", 0, 3, 0.5), "neither of the register"),
        (TextFinding(["kestrel"], 0, 3, 0.5), "neither of the"),  # type: ignore[arg-type]
        (TextFinding("own.bird", 0, 3, 0.5), "neither of the register"),
        (TextFinding("per.name", 0, 3, 1.5), "less than 0 or more than 1"),
        (TextFinding("per.name", 0, 3, float("nan")), "less than 0 or more than 1"),
        (("per.name", 0, 3, 0.5), "not a TextFinding"),
    ],
)
def test_nonsense_stops_the_work(answer: object, told: str) -> None:
    message = refused(guarded(TextFinding("per.name", 0, 3, 0.5), answer))

    assert told in message
    assert "kestrel" not in message


def test_an_owner_s_kind_may_be_found() -> None:
    detector = guarded(TextFinding("own.bird", 12, 19, 0.9), kinds=["own.bird"])

    assert [f.kind for f in detector.find(TEXT, language="en")] == ["own.bird"]


def test_an_answer_without_end_stops() -> None:
    class Endless:
        def find(self, text: str, *, language: str) -> Iterator[TextFinding]:
            while True:
                yield TextFinding("per.name", 0, 1, 1)

    assert "found 305 things or more in 19" in refused(
        Guarded("theirs", Endless(), frozenset(KINDS))
    )


def test_what_a_detector_says_when_it_fails_is_not_repeated() -> None:
    class Telling:
        def find(self, text: str, *, language: str) -> Iterator[TextFinding]:
            yield TextFinding("per.name", 0, 1, 1)
            raise ValueError(f"cannot read {text}")

    with pytest.raises(Unavailable) as caught:
        Guarded("theirs", Telling(), frozenset(KINDS)).find(TEXT, language="en")

    assert str(caught.value) == "the detector theirs failed with ValueError"
    assert caught.value.__context__ is None
    assert "kestrel" not in "".join(traceback.format_exception(caught.value))
