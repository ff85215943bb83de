"""What can be typed, set, answered or logged is in the documents; a test says what is not."""

import argparse
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sottovoce.backends.folder_outlet import ROLES
from sottovoce.cli.main import parser
from sottovoce.ledger.events import EVENT_KINDS
from sottovoce.redaction.profile import shipped
from sottovoce.values.errors import SottovoceError
from sottovoce.vault.holding import State

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs" / "commands.md").exists(), reason="docs/commands.md is not written yet"
)


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
OPTIONS = sorted(
    {
        option
        for command in COMMANDS.values()
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--")
    }
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"sottovoce {name}\b", documents())


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_documented(option: str) -> None:
    assert re.search(rf"{option}\b", documents())


@pytest.mark.parametrize("command", [*COMMANDS.values()], ids=[*COMMANDS])
def test_every_argument_explains_itself(command: argparse.ArgumentParser) -> None:
    silent = [a.dest for a in command._actions if not a.help and a.choices is None]

    assert silent == []
    assert command.description


@pytest.mark.parametrize("error", SottovoceError.__subclasses__(), ids=lambda error: error.code)
def test_every_error_is_documented_with_its_status(error: type[SottovoceError]) -> None:
    assert re.search(rf"`{error.code}`[^\n]*\b{error.exit_status}\b", documents())


@pytest.mark.parametrize("status", [0, 1, 2, 3, 130, 141])
def test_every_exit_status_is_documented(status: int) -> None:
    assert re.search(rf"(?i)exit[^\n]*\b{status}\b|\n\| ?`?{status}`? ?\|", documents())


@pytest.mark.parametrize("kind", [*EVENT_KINDS])
def test_every_kind_of_event_is_specified(kind: str) -> None:
    assert f"| `{kind}` |" in (ROOT / "docs" / "spec" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("role", ROLES)
def test_every_output_is_documented(role: str) -> None:
    assert f".{role}" in documents()


@pytest.mark.parametrize("name", shipped())
def test_every_profile_is_documented(name: str) -> None:
    assert f"`{name}`" in documents()


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_recording_is_specified(state: State) -> None:
    assert state.value in (ROOT / "docs" / "spec" / "vault.md").read_text(encoding="utf-8")


def test_every_setting_of_the_environment_is_documented() -> None:
    used = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"\bSOTTOVOCE_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }

    assert {name for name in used if f"`{name}`" not in documents()} == set()


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []
