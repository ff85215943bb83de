"""Holders of root keys, started once and shared."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

# Tests are imported by path, so what they share has to be found by name.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from holders import ALL, BESIDE, FAR_SIDES, Holder


@pytest.fixture(scope="session")
def holders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Holder]]:
    """Each holder by its name, made when it is first asked for."""
    with ExitStack() as stack:

        class Started(dict[str, Holder]):
            def __missing__(self, name: str) -> Holder:
                if name in BESIDE:
                    beside, make = BESIDE[name]
                    self[name] = stack.enter_context(make(self[beside]))
                else:
                    folder = tmp_path_factory.mktemp(name)
                    self[name] = stack.enter_context(FAR_SIDES[name](folder))
                return self[name]

        yield Started()


@pytest.fixture(params=ALL)
def holder(request: pytest.FixtureRequest, holders: dict[str, Holder]) -> Holder:
    return holders[request.param]
