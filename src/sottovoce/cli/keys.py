"""See the keys of a vault, and draw them anew: ``keys list|rotate|destroy``.

Rules:
1. A key is shown by what it is for and how many there are, never by a byte of it.
2. To rotate touches no sound: only keys are wrapped anew.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sottovoce.app import App
from sottovoce.backends.embedded_vault import ROOT_FILE, rotate_root
from sottovoce.backends.root_file import held_in
from sottovoce.backends.root_held import Held, parse_held
from sottovoce.cli.approvers import expect_destruction, expect_order, with_approver_key
from sottovoce.cli.at_vault import Commands, OpenApp, confirm, json_verb, opening, wired_app
from sottovoce.steps.approving import Order
from sottovoce.values.errors import Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import PersonId, RecordingId, person_id, recording_id
from sottovoce.vault.holding import State

_LEVELS = {
    "service": "the vault's own: signing, hashing",
    "tenant": "above all persons",
    "arrival": "a recording each, until its results are kept",
    "person": "a person each",
    "object": "a recording and channel each, beneath a person",
    "recipient": "to whom senders seal recordings",
    "approver": "public keys of those who approve",
}


def add(commands: "Commands[argparse.ArgumentParser]", *, open_app: OpenApp = wired_app) -> None:
    """Add ``keys`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("keys", help="see, rotate and destroy the vault's keys")
    group.set_defaults(open_app=open_app)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    json_verb(verbs, "list", "list the kinds of keys, and how many there are", list_keys)
    rotate = json_verb(
        verbs, "rotate", "draw a key anew, and wrap anew what lies beneath it", rotate_
    )
    rotate.add_argument("level", choices=["root", "tenant", "person"], help="which key")
    rotate.add_argument("id", metavar="ID", nargs="?", type=person_id, help="which person")
    rotate.add_argument(
        "--new-passphrase-file",
        metavar="PATH",
        type=Path,
        help="wrap the new root key by the passphrase in this file (default: as it is now)",
    )
    rotate.add_argument(
        "--to",
        metavar="HOLDER",
        help="who holds the root key from now on: file, credential:NAME, pkcs11:TOKEN/KEY,"
        " kms:ARN or transit:MOUNT/KEY (default: who holds it now)",
    )
    with_approver_key(rotate)
    destroy = json_verb(verbs, "destroy", "destroy keys, and all beneath them", destroy_)
    destroy.add_argument("what", choices=["person", "recording"], help="whose keys")
    destroy.add_argument("ids", metavar="ID", nargs="+", help="which, one or more")
    with_approver_key(destroy).add_argument("--yes", action="store_true", help="do not ask")


def list_keys(arguments: argparse.Namespace) -> int:
    """Print how many keys of each kind there are."""
    with opening(arguments.vault, arguments.open_app) as app:
        counts = Counter(name.purpose for name in app.vault.keys.names())
    for purpose, meaning in _LEVELS.items():
        if arguments.json:
            print(json.dumps({"purpose": purpose, "keys": counts[purpose]}))
        else:
            print(f"{counts[purpose]:8d}  {purpose:8}  {meaning}")
    return 0


def destroy_(arguments: argparse.Namespace) -> int:
    """Destroy keys after asking, and with each all that lies beneath it."""
    one: Callable[[str], str] = person_id if arguments.what == "person" else recording_id
    ids = list(dict.fromkeys(map(one, arguments.ids)))
    with opening(arguments.vault, arguments.open_app) as app:
        left = [id for id in ids if _is_there(app, arguments.what, id)]
        if left and not arguments.yes:
            confirm(
                f"Destroy the keys of {len(left)} {arguments.what}(s), and all beneath them?",
                nobody="nobody can be asked whether to destroy the keys",
                refused="no key was destroyed",
            )
        if left:
            expect_destruction(app.vault, arguments, [str(id) for id in left])
        for id in ids:
            index = _DESTROY[arguments.what](app, id) if id in left else None
            _tell_destroyed(arguments, id, index)
    return 0


def _is_there(app: App, what: str, id: str) -> bool:
    if what == "person":
        person = PersonId(id)
        return app.vault.keys.has_person(person) or app.vault.recordings_of(person) > 0
    return app.vault.show(RecordingId(id)).state is not State.ERASED


def _destroy_person(app: App, id: str) -> int | None:
    person = PersonId(id)
    whose = app.vault.keys.keyed_hash("person", person.encode())
    held = app.vault.recordings_of(person)
    event = app.event("person.erased", None, person=whose, recordings=held)
    return app.vault.erase_person(person, event=event)


def _destroy_recording(app: App, id: str) -> int | None:
    recording = RecordingId(id)
    return app.vault.erase(recording, event=app.event("recording.erased", recording))


_DESTROY: dict[str, Callable[[App, str], int | None]] = {
    "person": _destroy_person,
    "recording": _destroy_recording,
}


def _tell_destroyed(arguments: argparse.Namespace, id: str, index: int | None) -> None:
    if arguments.json:
        print(json.dumps({arguments.what: id, "destroyed": True, "entry": index}))
    else:
        now = f"is destroyed: entry {index}" if index is not None else "was destroyed already"
        print(f"the key of {id} {now}")


def rotate_(arguments: argparse.Namespace) -> int:
    """Draw a key anew and say how the ledger has it."""
    _expect_fitting(arguments)
    with opening(arguments.vault, arguments.open_app) as app:
        index = _ROTATE[arguments.level](app, arguments)
    if arguments.json:
        print(json.dumps({"level": arguments.level, "entry": index}))
    else:
        print(f"the {arguments.level} key is drawn anew: entry {index}")
    return 0


def _root(app: App, arguments: argparse.Namespace) -> int:
    from sottovoce.wiring import passphrase, passphrase_of, root_way

    new = arguments.new_passphrase_file
    words = passphrase_of(new) if new else passphrase()
    held = _new_holder(arguments)
    event = app.event("key.rotated", None, level="root", provider=held.provider if held else "file")
    order = {"to": held.spec if held else "file", "passphrase": not held and words is not None}
    expect_order(app.vault, arguments, Order("root", order))
    return rotate_root(arguments.vault, app.vault, way=root_way(words, held=held), event=event)


def _new_holder(arguments: argparse.Namespace) -> Held | None:
    if arguments.to == "file" or arguments.new_passphrase_file:
        return None
    now = held_in(arguments.vault / ROOT_FILE)
    spec = arguments.to or (now.spec if now else None)
    return parse_held(spec) if spec else None


def _tenant(app: App, arguments: argparse.Namespace) -> int:
    return app.vault.rotate_tenant(event=_event(app, "tenant"))


def _person(app: App, arguments: argparse.Namespace) -> int:
    whose = app.vault.keys.keyed_hash("person", arguments.id.encode())
    event = app.event("key.rotated", None, level="person", person=whose)
    return app.vault.rotate_person(arguments.id, event=event)


_ROTATE = {"root": _root, "tenant": _tenant, "person": _person}


def _event(app: App, level: str) -> Event:
    return app.event("key.rotated", None, level=level)


def _expect_fitting(arguments: argparse.Namespace) -> None:
    if (arguments.level == "person") is not (arguments.id is not None):
        raise Unfit("an ID goes with `person`, and with nothing else")
    if arguments.new_passphrase_file and arguments.level != "root":
        raise Unfit("a new passphrase goes with `root`, and with nothing else")
    if arguments.approver_key and arguments.level != "root":
        raise Unfit("an approver's key goes with `root`, and with nothing else")
    if arguments.to and arguments.level != "root":
        raise Unfit("a holder goes with `root`, and with nothing else")
    if arguments.new_passphrase_file and arguments.to not in (None, "file"):
        raise Unfit("a passphrase wraps a root key in a file; another holder has no use for it")
