"""Profiles, findings and sounds for the tests of redaction, and strategies to draw them from."""

import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from sottovoce.redaction.profile import Profile
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS

# Tests are imported by path, so what they share has to be found by name.
sys.path.insert(0, str(Path(__file__).parent))

ProfileOf = Callable[..., Profile]


@pytest.fixture
def profile_of() -> ProfileOf:
    """Make a profile that keeps all but what is named and what is not understood."""

    def make(actions: Mapping[str, Action], *, others: Action = Action.KEEP) -> Profile:
        chosen = dict.fromkeys(KINDS, others) | {"sys.unexplained": Action.MASK} | dict(actions)
        return Profile("test", 1, "", chosen)

    return make


@pytest.fixture
def files_no_longer_than() -> Callable[[int], AbstractContextManager[None]]:
    """Let the kernel refuse to grow any file beyond a size, as on a full disk."""

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited
