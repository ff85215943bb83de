"""Every command, option, error code and setting is in docs/commands.md or commands-vault.md."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sottovoce.cli.main import parser
from sottovoce.values.errors import SottovoceError

ROOT = Path(__file__).resolve().parents[2]
PAGE = "".join(
    (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("commands.md", "commands-vault.md")
)


def sections() -> dict[str, str]:
    """Return the page's text by the command that its heading names; verbs have their own."""
    pieces = re.split(r"^#{2,3} `(sottovoce [a-z ]+)`$", PAGE, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def commands(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each command with its parser, groups too."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, below in action.choices.items():
                yield f"{name} {verb}", below
                yield from commands(below, f"{name} {verb}")


ALL = dict(commands(parser(), "sottovoce"))


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_each_of_its_options_is_documented(name: str) -> None:
    group = name.rsplit(" ", 1)[0]
    section = sections().get(name, "") + sections().get(group, "")
    options = [o for a in ALL[name]._actions for o in a.option_strings if o not in ("-h", "--help")]
    places = [str(a.metavar) for a in ALL[name]._actions if not a.option_strings and a.metavar]
    choices = [c for a in ALL[name]._actions if not a.option_strings for c in a.choices or ()]
    below = [c for c in choices if f"{name} {c}" in ALL]

    assert name in sections()
    assert not [option for option in options if not re.search(rf"{option}\b", section)]
    assert not [p for p in places if p != "COMMAND" and not re.search(rf"\b{p}\b", section)]
    assert not [c for c in choices if c not in below and f"`{c}`" not in section]


def test_no_command_is_documented_that_is_not_there() -> None:
    assert set(sections()) == set(ALL)


def test_every_option_that_is_documented_is_there() -> None:
    known = {o for p in (parser(), *ALL.values()) for a in p._actions for o in a.option_strings}

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) <= known


def test_every_error_code_is_documented_with_its_exit_status() -> None:
    for error in (SottovoceError, *SottovoceError.__subclasses__()):
        assert f"| `{error.code}` | {error.exit_status} |" in PAGE


def test_every_setting_is_documented() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    settings = set(re.findall(r"SOTTOVOCE_[A-Z0-9_]+", source))

    assert settings == set(re.findall(r"^\| `(SOTTOVOCE_[A-Z0-9_]+)` \|", PAGE, re.MULTILINE))


def test_the_example_of_detect_is_what_it_prints(tmp_path: Path) -> None:
    section = sections()["sottovoce detect"]
    example = re.search(
        r"    \$ cat notes.txt\n(.*?)    \$ .*? notes.txt\n(.*?)\n\|", section, re.S
    )
    assert example
    given, answered = (re.sub(r"^    ", "", part, flags=re.M).rstrip() for part in example.groups())
    (tmp_path / "notes.txt").write_text(f"{given}\n")

    told = subprocess.run(
        [sys.executable, "-m", "sottovoce.cli.main", "detect", str(tmp_path / "notes.txt")],
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout.rstrip() == answered
