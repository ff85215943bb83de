"""What is answered, written, logged or kept is in the documents; a test says what is not."""

import argparse
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sottovoce.backends.folder_outlet import EVERY_ROLE
from sottovoce.cli.main import parser
from sottovoce.ledger.events import EVENT_KINDS
from sottovoce.redaction.profile import shipped
from sottovoce.vault.holding import State

ROOT = Path(__file__).resolve().parents[2]


@cache
def documents() -> str:
    """Return README and all of docs as one text."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def commands(
    above: argparse.ArgumentParser, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command that does something, with its parser."""
    groups = [a for a in above._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield name, above
    for group in groups:
        for word, below in group.choices.items():
            yield from commands(below, f"{name} {word}".strip())


COMMANDS = dict(commands(parser()))


@pytest.mark.parametrize("command", [*COMMANDS.values()], ids=[*COMMANDS])
def test_every_argument_explains_itself(command: argparse.ArgumentParser) -> None:
    silent = [a.dest for a in command._actions if not a.help and a.choices is None]

    assert silent == []
    assert command.description


@pytest.mark.parametrize("status", [0, 1, 2, 3, 130, 141])
def test_every_exit_status_is_documented(status: int) -> None:
    assert f"\n| {status} |" in documents()


@pytest.mark.parametrize("kind", [*EVENT_KINDS])
def test_every_kind_of_event_is_specified(kind: str) -> None:
    assert f"| `{kind}` |" in (ROOT / "docs" / "spec" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_every_output_is_documented(role: str) -> None:
    assert f".{role}" in documents()


@pytest.mark.parametrize("name", shipped())
def test_every_profile_is_documented(name: str) -> None:
    assert f"`{name}`" in documents()


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_recording_is_specified(state: State) -> None:
    assert state.value in (ROOT / "docs" / "spec" / "vault.md").read_text(encoding="utf-8")


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []
