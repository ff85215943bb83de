"""What changes a vault says so: a port's method, and a vault's, takes an event or changes nothing.

A method that is new has to be put in one place or the other, with a reason.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest

import sottovoce.ledger
import sottovoce.vault
from sottovoce.vault.vault import Vault

QUIET = {
    "Root": "wraps and opens keys; who asks notes it",
    "KeyShelf": "reads",
    "Sink": "takes bytes of a part that a row with its event makes visible",
    "Source": "reads",
    "Bound": "says what a seal is bound to",
    "Shelf.claim": "says who is at work; nothing is changed by it",
    "Shelf.swept": "finishes what an entry told",
    "Shelf.close": "lets go",
    "Index": "reads",
    "Parts": "holds bytes that a row with its event makes visible, or that its entry said are gone",
    "Tokens": "reads",
    "Log": "is the ledger; append takes the event",
    "Receiver": "is given entries",
    "Memory": "remembers how far entries were given on",
}
READS = {
    "event": "makes one",
    "unfinished": "reads",
    "open_arrival": "reads",
    "list": "reads",
    "show": "reads",
    "same_bytes": "reads",
    "open": "reads; who takes something out notes it first",
    "claim": "says who is at work",
    "people": "reads",
    "recording_ids_of": "reads",
    "recordings_of": "reads",
    "check": "reads",
    "recipient_key": "reads; the entry of what is taken in names the recipient",
    "close": "lets go",
}


def methods(of: type) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, method in vars(of).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            yield name, method


def ports() -> Iterator[type]:
    for package in (sottovoce.vault, sottovoce.ledger):
        for module in pkgutil.iter_modules(package.__path__):
            there = importlib.import_module(f"{package.__name__}.{module.name}")
            for port in vars(there).values():
                is_ours = inspect.isclass(port) and port.__module__ == there.__name__
                if is_ours and getattr(port, "_is_protocol", False):
                    yield port


def tells(method: Callable[..., object]) -> bool:
    """Tell whether an event has to be given: without one the call does not type-check."""
    event = inspect.signature(method).parameters.get("event")
    return event is not None and event.default is inspect.Parameter.empty


@pytest.mark.parametrize("port", [p for p in ports() if not p.__name__.startswith("_")], ids=str)
def test_a_method_of_a_port_takes_an_event_or_changes_nothing(port: type) -> None:
    silent = [name for name, method in methods(port) if not tells(method)]

    assert [n for n in silent if not {port.__name__, f"{port.__name__}.{n}"} & QUIET.keys()] == []


def test_what_changes_a_vault_takes_an_event() -> None:
    silent = {name for name, method in methods(Vault) if not tells(method)}

    assert silent == READS.keys()


def test_every_exception_is_still_there() -> None:
    there = {port.__name__ for port in ports()}
    there |= {f"{port.__name__}.{name}" for port in ports() for name, _ in methods(port)}

    assert QUIET.keys() - there == set()
