"""What the documents name in the code is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from sottovoce.ledger.events import EVENT_KINDS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sottovoce"
TRACES = sorted((ROOT / "docs" / "trace").glob("*.md"))
PAGES = [*TRACES, ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"]
SYMBOL = re.compile(r"`([a-z_0-9/]+\.py): ([A-Za-z_.0-9]+)`")
PATH = re.compile(r"`((?:[a-z_0-9]+/)*[a-z_0-9]+\.(?:py|toml|txt|html))(?::[^`]*)?`")


@cache
def symbols(module: str) -> frozenset[str]:
    """Return what a module defines: functions, classes, constants, and methods as Class.method."""
    found = set()
    for node in ast.parse((SOURCE / module).read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found.add(name)
                found |= {f"{name}.{m.name}" for m in body if isinstance(m, ast.FunctionDef)}
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


@pytest.mark.parametrize("page", TRACES, ids=lambda page: page.stem)
def test_every_symbol_of_a_trace_is_in_the_code(page: Path) -> None:
    named = SYMBOL.findall(page.read_text(encoding="utf-8"))

    assert named
    assert not [f"{module}: {symbol}" for module, symbol in named if symbol not in symbols(module)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = [n for n in PATH.findall(page.read_text(encoding="utf-8")) if "/" in n]

    assert named
    assert not [n for n in named if not (ROOT / n).exists() and not (SOURCE / n).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_[a-z_]+)`", page.read_text(encoding="utf-8"))

    assert not [name for name in {*named} if f"def {name}(" not in tests]


@pytest.mark.parametrize("page", TRACES, ids=lambda page: page.stem)
def test_every_event_of_a_trace_is_of_the_register(page: Path) -> None:
    named = re.findall(r"`((?:recording|key|ledger)\.[a-z]+)`", page.read_text(encoding="utf-8"))

    assert {name for name in named if name != "ledger.vkey"} <= set(EVENT_KINDS)


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")

    assert not [
        p.name for p in folder.glob("*.md") if p.name != "README.md" and p.name not in index
    ]


def test_every_page_is_found_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "spec").glob("*.md"), *TRACES]

    names = [str(page.relative_to(ROOT / "docs")) for page in pages]
    assert not [name for name in names if name != "README.md" and f"({name})" not in index]


def test_every_target_of_make_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    assert not [target for target in targets.split() if f"`make {target}`" not in page]
