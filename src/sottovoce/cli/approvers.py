"""Who approves what takes two people: ``approvers list|enrol|remove`` (docs/approvals.md).

Rules:
1. An approver is an Ed25519 key; the vault knows its public half.
2. Until two are enrolled anyone may enrol and remove; from then on it takes two of them.
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sottovoce.cli.at_vault import (
    Commands,
    OpenVault,
    json_verb,
    opening,
    reading_ledger,
    wired_vault,
)
from sottovoce.ledger.note import ledger_signer
from sottovoce.steps.approving import (
    NEEDED,
    Desk,
    Order,
    expect_approved,
    expect_destruction_approved,
)
from sottovoce.values.errors import Refused, Unfit
from sottovoce.vault.vault import Vault

_LONGEST = 1 << 16


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``approvers`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("approvers", help="who approves what takes two people")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    json_verb(verbs, "list", "list the public keys of the approvers", list_)
    for name, purpose, run in (
        ("enrol", "let the owner of a key approve", enrol),
        ("remove", "let the owner of a key approve no more", remove),
    ):
        parser = with_approver_key(json_verb(verbs, name, purpose, run))
        parser.add_argument("key", metavar="KEY", type=Path, help="the public key's PEM file")


def with_approver_key(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the option by which an approver signs."""
    parser.add_argument(
        "--approver-key",
        metavar="FILE",
        type=Path,
        help="your private key (PEM, Ed25519), where it takes two approvers",
    )
    return parser


def list_(arguments: argparse.Namespace) -> int:
    """Print the approvers, and whether it takes two of them."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        found = vault.keys.approvers()
    for public in found:
        print(json.dumps({"approver": public.hex()}) if arguments.json else public.hex())
    if not arguments.json:
        rule = "it takes two" if len(found) >= NEEDED else "one person does everything"
        print(f"{len(found)} approver(s): {rule}")
    return 0


def enrol(arguments: argparse.Namespace) -> int:
    """Enrol a public key."""
    return _change(arguments, "enrol", Vault.enrol_approver)


def remove(arguments: argparse.Namespace) -> int:
    """Remove a public key."""
    return _change(arguments, "remove", Vault.remove_approver)


def _change(arguments: argparse.Namespace, verb: str, change: Callable[..., int | None]) -> int:
    public = _public(arguments.key)
    order = Order("approvers", {"verb": verb, "key": public.hex()})
    kind = {"enrol": "approver.enrolled", "remove": "approver.removed"}[verb]
    with opening(arguments.vault, arguments.open_vault) as vault:
        expect_order(vault, arguments, order)
        index = change(vault, public, event=vault.event(kind, None, approver=public.hex()))
        left = len(vault.keys.approvers())
    if arguments.json:
        print(json.dumps({"approver": public.hex(), "approvers": left, "entry": index}))
    else:
        print(f"{public.hex()}: {left} approver(s)" + ("" if index is not None else ", as before"))
    return 0


def expect_order(vault: Vault, arguments: argparse.Namespace, order: Order) -> None:
    """Raise Refused unless one person may do it, or two approvers want it."""
    with desk_of(vault, arguments.vault) as desk:
        expect_approved(desk, order, _private(arguments.approver_key))


def expect_destruction(vault: Vault, arguments: argparse.Namespace, ids: list[str]) -> None:
    """Raise Refused when many are destroyed today and not two approvers want it."""
    if len(vault.keys.approvers()) >= NEEDED:
        with desk_of(vault, arguments.vault) as desk:
            expect_destruction_approved(desk, ids, _private(arguments.approver_key))


@contextmanager
def desk_of(vault: Vault, path: Path) -> Iterator[Desk]:
    """Open what orders are given over."""
    key = ledger_signer(vault.keys.signing_seed()).key
    with reading_ledger(path, key) as log:
        yield Desk(vault, log, key.name)


def _public(path: Path) -> bytes:
    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Unfit(
            "the file is not an Ed25519 public key in PEM",
            hint="openssl pkey -in yours.pem -pubout makes it of a private key",
        )
    return key.public_bytes_raw()


def _private(path: Path | None) -> Ed25519PrivateKey | None:
    if path is None:
        return None
    data = _read(path)
    if path.stat().st_mode & 0o077:
        raise Refused("others can read the approver's key", hint="chmod 600 it")
    try:
        try:
            key = load_pem_private_key(data, None)
        except TypeError:  # It is encrypted.
            key = load_pem_private_key(data, _asked_words())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Unfit(
            "the approver's key is not an Ed25519 private key in PEM, or its passphrase is another",
            hint="openssl genpkey -algorithm ed25519 -aes-256-cbc -out yours.pem makes one",
        )
    return key


def _asked_words() -> bytes:
    if not sys.stdin.isatty():
        raise Refused("the approver's key has a passphrase, and nobody can be asked for it")
    return os.fsencode(getpass.getpass("passphrase of the approver's key: "))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError as error:
        raise Unfit("the key's file cannot be read") from error
