"""See whose voices the vault holds, and erase a person: ``people list|erase``."""

import argparse
import json
from itertools import islice

from sottovoce.cli.approvers import expect_destruction, with_approver_key
from sottovoce.cli.at_vault import (
    Commands,
    OpenVault,
    confirm,
    count,
    json_verb,
    opening,
    wired_vault,
)
from sottovoce.values.ids import PersonId, person_id
from sottovoce.vault.shelf import COUNTED

_NOBODY = "the vault holds nobody's voice"


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``people`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("people", help="see whose voices the vault holds, erase a person")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    meaning = "list the persons, and how many recordings each is on"
    listed = json_verb(verbs, "list", meaning, list_people)
    listed.add_argument("--limit", metavar="N", type=count, help="no more than so many")
    listed.add_argument("--after", metavar="ID", type=person_id, help="those after this one")
    erase = json_verb(
        verbs, "erase", "destroy a person's key, and with it all that is theirs", erase_
    )
    erase.add_argument("id", metavar="ID", type=person_id, help="the person's pseudonym")
    with_approver_key(erase).add_argument("--yes", action="store_true", help="do not ask")


def list_people(arguments: argparse.Namespace) -> int:
    """Print every person, with how many recordings."""
    shown = 0
    with opening(arguments.vault, arguments.open_vault) as vault:
        for person, recordings in islice(vault.people(after=arguments.after), arguments.limit):
            more = recordings >= COUNTED
            said = {"person": person, "recordings": recordings, "or_more": more}
            count = f"{recordings}{'+' if more else ''}"
            print(json.dumps(said) if arguments.json else f"{count:>6}  {person}")
            shown += 1
    if not shown and not arguments.json:
        print("the vault holds no more voices" if arguments.after else _NOBODY)
    return 0


def erase_(arguments: argparse.Namespace) -> int:
    """Destroy a person's key after asking."""
    person: PersonId = arguments.id
    with opening(arguments.vault, arguments.open_vault) as vault:
        recordings = vault.recordings_of(person)
        if recordings and not arguments.yes:
            confirm(
                f"Erase {person} from {recordings} recording(s)?",
                nobody="nobody can be asked whether to erase the person",
                refused="the person was not erased",
            )
        if recordings:
            expect_destruction(vault, arguments, [person])
        whose = vault.keys.keyed_hash("person", person.encode())
        event = vault.event("person.erased", None, person=whose, recordings=recordings)
        index = vault.erase_person(person, event=event)
    if arguments.json:
        print(json.dumps({"person": person, "recordings": recordings, "entry": index}))
    elif index is None:
        print(f"{person} is not in this vault, or was erased already")
    else:
        print(f"{person} is erased from {recordings} recording(s)")
    return 0
