"""The command in a folder of its own, with ears for tones or with the models."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Tests are imported by path, so what they share has to be found by name.
sys.path.insert(0, str(Path(__file__).resolve().parent))
# What draws the keys that people type lies beside the product.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import forks
from command_line import REAL, TOY, Shell


@pytest.fixture(scope="session", autouse=True)
def ending() -> Iterator[None]:
    """End the process that commands were forked from."""
    yield
    forks.end()


@pytest.fixture
def toy(tmp_path: Path) -> Shell:
    """The command with ears for tones: everything real but the models."""
    return Shell(tmp_path, TOY)


@pytest.fixture
def real(tmp_path: Path) -> Shell:
    """The command as it is installed."""
    return Shell(tmp_path, REAL)


@pytest.fixture
def shells(tmp_path: Path) -> Callable[[str], Shell]:
    """More of the real command, each in a folder of its own."""
    return lambda name: Shell(tmp_path / name, REAL)
