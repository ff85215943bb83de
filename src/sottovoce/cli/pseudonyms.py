"""Cut the link between stand-ins: ``pseudonyms destroy``."""

import argparse
import json

from sottovoce.cli.approvers import expect_order, with_approver_key
from sottovoce.cli.at_vault import Commands, OpenVault, confirm, json_verb, opening, wired_vault
from sottovoce.steps.approving import Order


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``pseudonyms`` and its command; it sets ``run``, which returns the exit status."""
    group = commands.add_parser("pseudonyms", help="cut the link between stand-ins")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    purpose = "destroy the key that links stand-ins across recordings"
    verb = with_approver_key(json_verb(verbs, "destroy", purpose, destroy))
    verb.add_argument("--yes", action="store_true", help="do not ask")


def destroy(arguments: argparse.Namespace) -> int:
    """Destroy the key after asking; that it is not there is no error."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        if vault.keys.has_pseudonyms() and not arguments.yes:
            confirm(
                "Destroy the key that links stand-ins?",
                nobody="nobody can be asked whether to destroy the key",
                refused="the key was not destroyed",
            )
        if vault.keys.has_pseudonyms():
            expect_order(vault, arguments, Order("pseudonyms", {}))
        index = vault.destroy_pseudonyms(event=vault.event("pseudonyms.destroyed", keys=1))
    if arguments.json:
        print(json.dumps({"destroyed": True, "entry": index}))
    elif index is None:
        print("there is no key that links stand-ins; it was destroyed already or never made")
    else:
        print("the key is destroyed: stand-ins of before and after cannot be linked")
    return 0
