"""To whom senders seal recordings: ``recipients show|new|list|destroy``.

Rules:
1. The newest is given out; older ones go on opening what is on the way, until they are destroyed.
2. What is shown is public: anyone may have it, and it opens nothing.
"""

import argparse
import json
from contextlib import closing
from functools import partial
from pathlib import Path

from sottovoce.cli.approvers import expect_order, with_approver_key
from sottovoce.cli.at_vault import Commands, OpenVault, confirm, json_verb, opening, wired_vault
from sottovoce.cli.main import shown
from sottovoce.cli.outputs import at_folder, new_file
from sottovoce.cli.seal import grouped
from sottovoce.steps.approving import Order
from sottovoce.values.errors import Missing, Unfit
from sottovoce.values.event import Event
from sottovoce.vault.keys import KeyName, id_of
from sottovoce.vault.recipient import ID, Recipient
from sottovoce.vault.vault import Vault


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``recipients`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("recipients", help="to whom senders seal recordings")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    show = json_verb(verbs, "show", "write the recipient's file, which senders need", show_)
    new = json_verb(verbs, "new", "draw a new key; older ones go on opening", new_)
    for verb in (show, new):
        verb.add_argument(
            "--out", metavar="FILE", type=Path, help="where to write it (default: print it)"
        )
    json_verb(verbs, "list", "list the recipients of this vault, newest first", list_)
    destroy = json_verb(verbs, "destroy", "destroy a key: nothing sealed to it opens", destroy_)
    destroy.add_argument("id", metavar="ID", type=_id, help="which: 32 hexadecimal digits")
    with_approver_key(destroy).add_argument("--yes", action="store_true", help="do not ask")


def show_(arguments: argparse.Namespace) -> int:
    """Give the newest recipient out."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        newest = vault.keys.recipients()[-1:]
        if not newest:
            raise Missing("there is no recipient yet", hint="`sottovoce recipients new` makes one")
        recipient = vault.keys.recipient(newest[0]).recipient
    return _give(recipient, arguments)


def new_(arguments: argparse.Namespace) -> int:
    """Draw a key and give the recipient out; a vault that is not there yet is made."""
    with closing(arguments.open_vault(arguments.vault)) as vault:
        recipient = vault.new_recipient(event=partial(_made, vault))
    return _give(recipient, arguments)


def list_(arguments: argparse.Namespace) -> int:
    """Print the ids of all that can be opened for."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        ids = [id_of(name) for name in reversed(vault.keys.recipients())]
    for id in ids:
        if arguments.json:
            print(json.dumps({"recipient": id.hex(), "newest": id == ids[0]}))
        else:
            print(f"{grouped(id)}  {'given out' if id == ids[0] else 'still opens'}")
    if not ids and not arguments.json:
        print("there is no recipient; `sottovoce recipients new` makes one")
    return 0


def destroy_(arguments: argparse.Namespace) -> int:
    """Destroy one key after asking."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        name = _name(vault, arguments.id)
        if not arguments.yes:
            confirm(
                "Destroy the key? What is sealed to it and not taken in yet never opens again.",
                nobody="nobody can be asked whether to destroy the key",
                refused="the key was not destroyed",
            )
        expect_order(vault, arguments, Order("recipients", {"id": arguments.id.hex()}))
        event = vault.event("recipient.destroyed", recipient=arguments.id.hex())
        was_newest = name == vault.keys.recipients()[-1]
        index = vault.destroy_recipient(name, event=event)
        left = vault.keys.recipients()[-1:] if was_newest else ()
    if arguments.json:
        print(json.dumps({"recipient": arguments.id.hex(), "entry": index}))
    else:
        print(f"the key of {grouped(arguments.id)} is destroyed: entry {index}")
        for older in left:
            print(f"given out again is the older one: {grouped(id_of(older))}")
    return 0


def _made(vault: Vault, recipient: Recipient) -> Event:
    return vault.event("recipient.made", recipient=recipient.id.hex())


def _give(recipient: Recipient, arguments: argparse.Namespace) -> int:
    if arguments.out is None:
        text = recipient.text.decode()
        said = {"recipient": recipient.id.hex(), "file": text}
        print(json.dumps(said) if arguments.json else text.rstrip())
        return 0
    with at_folder(), new_file(arguments.out) as beside:
        beside.write_bytes(recipient.text)
    if arguments.json:
        print(json.dumps({"recipient": recipient.id.hex(), "output": str(arguments.out)}))
    else:
        print(f"wrote {shown(arguments.out)}: give it to senders")
        print(f"they compare its id with you by another way: {grouped(recipient.id)}")
    return 0


def _name(vault: Vault, id: bytes) -> KeyName:
    for name in vault.keys.recipients():
        if id_of(name) == id:
            return name
    raise Missing("there is no such recipient", hint="`sottovoce recipients list` shows them")


def _id(text: str) -> bytes:
    try:
        id = bytes.fromhex(text)
    except ValueError:
        id = b""
    if len(id) != ID:
        raise Unfit(f"a recipient's id has {2 * ID} hexadecimal digits")
    return id
