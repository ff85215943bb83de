"""A recording that a crash left waiting keeps the persons it came with."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from sottovoce.redaction.profile import load_profile
from sottovoce.steps.arriving import taken_up
from sottovoce.steps.order import Order
from sottovoce.values.errors import Conflict
from sottovoce.values.ids import PersonId, RecordingId

WAITING = RecordingId("rec_" + "0" * 20)


def order(*persons: str) -> Order:
    profile = load_profile("pci")
    return Order(Path("call.wav"), Path(), profile, "test", tuple(map(PersonId, persons)))


def vault(*persons: str) -> SimpleNamespace:
    return SimpleNamespace(show=lambda recording: SimpleNamespace(persons=persons))


@pytest.mark.parametrize("given", [(), ("cust-1",), ("cust-1", "agent-1")])
def test_the_same_persons_or_none_go_on(given: tuple[str, ...]) -> None:
    assert taken_up(WAITING, order(*given), vault("cust-1", "agent-1")) == WAITING


@pytest.mark.parametrize("given", [("cust-2",), ("cust-1", "agent-2"), ("cust-1", "agent-1", "x")])
def test_other_persons_are_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(Conflict, match="other persons"):
        taken_up(WAITING, order(*given), vault("cust-1", "agent-1"))
