"""See whose voices the vault holds, and erase a person: ``people list|erase``."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from sottovoce.backends.embedded_vault import is_vault
from sottovoce.cli.recordings import Commands, OpenVault, Run, open_wired
from sottovoce.values.errors import Missing, Refused
from sottovoce.values.ids import PersonId, person_id
from sottovoce.vault.vault import Vault


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = open_wired
) -> None:
    """Add ``people`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("people", help="see whose voices the vault holds, erase a person")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    _verb(verbs, "list", "list the persons, and how many recordings each is on", list_people)
    erase = _verb(verbs, "erase", "destroy a person's key, and with it all that is theirs", erase_)
    erase.add_argument("id", metavar="ID", type=person_id, help="the person's pseudonym")
    erase.add_argument("--yes", action="store_true", help="do not ask")


def _verb(
    verbs: "Commands[argparse.ArgumentParser]", name: str, purpose: str, run: Run
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
    default = user_data_path("sottovoce") / "vault"
    parser.add_argument("--vault", metavar="PATH", type=Path, default=default, help="the vault")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run)
    return parser


def list_people(arguments: argparse.Namespace) -> int:
    """Print every person, with how many recordings."""
    with _vault(arguments) as vault:
        people = sorted(vault.people().items())
    for person, recordings in people:
        said = {"person": person, "recordings": recordings}
        print(json.dumps(said) if arguments.json else f"{recordings:6d}  {person}")
    if not people and not arguments.json:
        print("the vault holds nobody's voice")
    return 0


def erase_(arguments: argparse.Namespace) -> int:
    """Destroy a person's key after asking."""
    person: PersonId = arguments.id
    with _vault(arguments) as vault:
        recordings = vault.people().get(person, 0)
        if recordings and not arguments.yes:
            _confirm(person, recordings)
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


@contextmanager
def _vault(arguments: argparse.Namespace) -> Iterator[Vault]:
    if not is_vault(arguments.vault):
        raise Missing(
            "there is no vault at this path",
            hint="the first `sottovoce process` makes one; --vault names another",
        )
    vault: Vault = arguments.open_vault(arguments.vault)
    try:
        yield vault
    finally:
        vault.close()


def _confirm(person: PersonId, recordings: int) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(
            "nobody can be asked whether to erase the person", hint="say --yes to erase them"
        )
    question = f"Erase {person} from {recordings} recording(s)? It cannot be brought back. [y/N] "
    if input(question).strip().lower() not in ("y", "yes"):
        raise Refused("the person was not erased")
