"""Cut the link between stand-ins: ``pseudonyms destroy``."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_data_path

from sottovoce.backends.embedded_vault import is_vault
from sottovoce.values.errors import Missing, Refused
from sottovoce.vault.vault import Vault

Commands = argparse._SubParsersAction  # The type has no public name.
OpenVault = Callable[[Path], Vault]


def _wired(path: Path) -> Vault:
    # Late, so that asking for help loads neither speech nor sound.
    from sottovoce.wiring import open_vault

    return open_vault(path)


def add(commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = _wired) -> None:
    """Add ``pseudonyms`` and its command; it sets ``run``, which returns the exit status."""
    group = commands.add_parser("pseudonyms", help="cut the link between stand-ins")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    purpose = "destroy the key that links stand-ins across recordings"
    verb = verbs.add_parser("destroy", help=purpose, description=purpose.capitalize() + ".")
    default = user_data_path("sottovoce") / "vault"
    verb.add_argument("--vault", metavar="PATH", type=Path, default=default, help="the vault")
    verb.add_argument("--yes", action="store_true", help="do not ask")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb.set_defaults(run=destroy)


def destroy(arguments: argparse.Namespace) -> int:
    """Destroy the key after asking; that it is not there is no error."""
    if not is_vault(arguments.vault):
        raise Missing(
            "there is no vault at this path",
            hint="the first `sottovoce process` makes one; --vault names another",
        )
    vault: Vault = arguments.open_vault(arguments.vault)
    try:
        if vault.keys.has_pseudonyms() and not arguments.yes:
            _confirm()
        index = vault.destroy_pseudonyms(event=vault.event("pseudonyms.destroyed", keys=1))
    finally:
        vault.close()
    if arguments.json:
        print(json.dumps({"destroyed": True, "entry": index}))
    elif index is None:
        print("there is no key that links stand-ins; it was destroyed already or never made")
    else:
        print("the key is destroyed: stand-ins of before and after cannot be linked")
    return 0


def _confirm() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("nobody can be asked whether to destroy the key", hint="say --yes to do it")
    question = "Destroy the key that links stand-ins? It cannot be brought back. [y/N] "
    if input(question).strip().lower() not in ("y", "yes"):
        raise Refused("the key was not destroyed")
