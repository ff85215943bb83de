"""Check what we give out, and vaults, offline: ``sottovoce verify PATH``.

Rules:
1. It needs no secret, no network and nothing of the rest of the program.
2. It says what is proven and what is not; what it could not look at it says so.
3. Exit status: 0 proven, 1 tampered, 2 cannot be read.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sottovoce.cli.strange_files import digest_of, piece, read
from sottovoce.cli.verdict import (
    Trust,
    Verdict,
    as_json,
    as_text,
    failed,
    older_heads,
    shown_name,
    with_key,
)
from sottovoce.cli.vouched import (
    STAMP_FILE,
    TREE_STAMP,
    bundle,
    cosigned_head,
    is_bundle,
    stamped,
    witnessed,
)
from sottovoce.ledger.audit import Checked
from sottovoce.ledger.certificate import in_plain_words
from sottovoce.ledger.head import Head
from sottovoce.ledger.note import MAX_NOTE, VerifierKey, read_vkeys
from sottovoce.ledger.quorum import MAX_QUORUM, Quorum, read_quorum
from sottovoce.ledger.receipt import (
    MAX_RECEIPT,
    Proven,
    signed_statement,
    verify_receipt,
)
from sottovoce.ledger.stamp import MAX_STAMP
from sottovoce.ledger.tiles import CHECKPOINT, KEY_FILE, MAX_TILE, SECOND_FILE, check_tree
from sottovoce.values.errors import Tampered, Unfit

RECEIPT = ".receipt.json"
_DATABASE = "vault.db"
_OURS = (
    ".redacted.flac",
    ".redacted.wav",
    ".redacted.opus",
    ".redacted.mp3",
    ".transcript.json",
    ".report.html",
)
_MAX_KEY = 4096

Commands = argparse._SubParsersAction  # The type has no public name.


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``verify``; it sets ``run``, which returns the exit status."""
    purpose = "check a receipt, a bundle, an output folder, an exported ledger or a vault, offline"
    parser = commands.add_parser("verify", help=purpose, description=purpose.capitalize() + ".")
    add_options(parser)
    parser.set_defaults(usual=usual_vault)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what says what is checked and what is trusted, and ``run``; no usual vault is trusted."""
    parser.add_argument("path", metavar="PATH", type=Path, help="what to check")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the trusted key: one vkey line")
    parser.add_argument(
        "--head",
        metavar="FILE",
        type=Path,
        help="a head kept elsewhere, or a receipt: finds a ledger put back or written anew",
    )
    parser.add_argument("--vault", metavar="PATH", type=Path, help="the vault whose key is trusted")
    parser.add_argument(
        "--witnesses", metavar="FILE", type=Path, help="the witnesses that are trusted, and quorum"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run, usual=lambda: None)


def run(arguments: argparse.Namespace) -> int:
    """Check a path, print what was found, return the exit status."""
    statuses = set()
    for verdict in verify(
        arguments.path,
        key=arguments.key,
        head=arguments.head,
        vault=arguments.vault,
        usual=arguments.usual(),
        witnesses=arguments.witnesses,
    ):
        print(as_json(verdict) if arguments.json else as_text(verdict))
        statuses.add(verdict.failed)
    # Tampered outweighs unreadable: it is the one to act on first.
    return 1 if 1 in statuses else max(statuses)


def verify(
    path: Path,
    *,
    key: Path | None = None,
    head: Path | None = None,
    vault: Path | None = None,
    usual: Path | None = None,
    witnesses: Path | None = None,
) -> Iterator[Verdict]:
    """Yield a verdict for each thing at a path, at least one; raise Unfit when there is none.

    Trusted is the key in the file ``key``, else that of ``vault``, else that of the vault
    ``usual``, else the thing's own, and then the verdict says so.
    """
    quorum = _quorum(witnesses) if witnesses else None
    trust = replace(_trust(key, vault, usual), quorum=quorum)
    kept = read(head, MAX_NOTE) if head else None
    if path.is_file():
        yield (bundle if is_bundle(path) else _receipt)(path, trust, kept)
    elif (path / _DATABASE).is_file():
        yield _vault(path, trust, kept)
    elif (path / CHECKPOINT).is_file():
        yield _tree(path, trust, kept)
    elif path.is_dir():
        yield from _folder(path, trust, kept)
    else:
        raise Unfit("there is nothing to check at this path")


def _trust(key: Path | None, vault: Path | None, usual: Path | None) -> Trust:
    if key:
        return Trust(_read_key(key), "given")
    if vault:
        return Trust(_published(vault), "vault")
    if usual and (usual / KEY_FILE).is_file():
        return Trust(_published(usual), "usual")
    return Trust(None, "own")


def _quorum(path: Path) -> Quorum:
    try:
        return read_quorum(read(path, MAX_QUORUM).decode())
    except UnicodeDecodeError:
        raise Unfit("the file of witnesses is not text") from None


def usual_vault() -> Path:
    """Return where the vault is when nobody says where."""
    from platformdirs import user_data_path

    return user_data_path("sottovoce") / "vault"


def _published(folder: Path) -> VerifierKey:
    second = folder / SECOND_FILE
    return _read_key(folder / KEY_FILE, *([second] if os.path.lexists(second) else []))


def _read_key(*lines: Path) -> VerifierKey:
    try:
        return read_vkeys(b"".join(read(one, _MAX_KEY) for one in lines).decode().rstrip("\n"))
    except UnicodeDecodeError:
        raise Unfit("the key's file is not text") from None


def _receipt(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    verdict = Verdict(shown_name(path.name), "receipt")
    is_named = path.name.endswith(RECEIPT)
    try:
        data = read(path, MAX_RECEIPT)
        _expect_receipt(data, trust, is_named)
        proven = verify_receipt(data, trusted=trust.key)
        verdict = with_key(verdict, proven.key, trust)
        if trust.key and trust.key.second and not proven.key.second:
            doubt = "that it stands without Ed25519: its head is from before the second key"
            verdict = replace(verdict, not_proven=(*verdict.not_proven, doubt))
        _expect_same_history(proven.head, proven.key, kept)
        verdict = _told(verdict, proven, kept)
        verdict = witnessed(verdict, proven.head, trust)
        return _with_outputs(verdict, path, proven) if is_named else _without_outputs(verdict)
    except (Tampered, Unfit) as error:
        return failed(verdict, error)


def _expect_receipt(data: bytes, trust: Trust, is_named: bool) -> None:
    try:
        signed_statement(data, trusted=trust.key)
    except Unfit as error:
        if is_named:
            raise Tampered(f"the receipt is damaged: {error}") from error
        raise


def _expect_same_history(head: Head, key: VerifierKey, kept: bytes | None) -> None:
    for older in older_heads(kept, key):
        if older.size == head.size and older.root != head.root:
            raise Tampered("the receipt's ledger is not that of the head kept elsewhere")


def _told(verdict: Verdict, proven: Proven, kept: bytes | None) -> Verdict:
    event, head = proven.event, proven.head
    at = event.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    said = f"{event.kind} of {event.recording} by {event.actor} at {at}"
    logged = f"it is entry {proven.index} of the ledger of {head.size} entries: {said}"
    doubts = ["that nothing sensitive was missed: the leak check is what the program heard itself"]
    if kept is None or all(older.size != head.size for older in older_heads(kept, proven.key)):
        doubts.append(
            "that the ledger was not written anew since: verify the ledger itself with --head"
        )
    return replace(
        verdict,
        proven=(*verdict.proven, "the facts are those that were logged", logged),
        not_proven=(*verdict.not_proven, *doubts),
        certificate=tuple(map(shown_name, in_plain_words(proven.facts))),
        says=proven.facts,
    )


def _with_outputs(verdict: Verdict, path: Path, proven: Proven) -> Verdict:
    stem = path.name.removesuffix(RECEIPT)
    same, absent = [], []
    for role, digest in proven.outputs.items():
        name = f"{stem}.{role}"
        found = digest_of(path.with_name(name))
        if found is None:
            absent.append(f"{shown_name(name)}: it is not here, so it was not checked")
        elif found != digest:
            raise Tampered(f"{shown_name(name)} is not the file that the receipt was signed for")
        else:
            same.append(f"{shown_name(name)} is the file that the receipt was signed for")
    for ending in _OURS:
        if ending[1:] not in proven.outputs and os.path.lexists(path.with_name(stem + ending)):
            raise Tampered(
                f"{shown_name(stem + ending)} is no file that the receipt was signed for"
            )
    return replace(
        verdict,
        proven=(*verdict.proven, *same),
        not_proven=(*absent, *verdict.not_proven),
    )


def _without_outputs(verdict: Verdict) -> Verdict:
    doubt = f"the outputs: only beside a file named STEM{RECEIPT} are they found and checked"
    return replace(verdict, not_proven=(doubt, *verdict.not_proven))


def _folder(path: Path, trust: Trust, kept: bytes | None) -> Iterator[Verdict]:
    names = sorted(os.listdir(path))
    receipts = [name for name in names if name.endswith(RECEIPT)]
    stems = {name.removesuffix(RECEIPT) for name in receipts}
    strays = [
        name
        for name in names
        for ending in _OURS
        if name.endswith(ending) and name.removesuffix(ending) not in stems
    ]
    if not receipts and not strays:
        raise Unfit(f"the folder holds no *{RECEIPT}, no ledger and no vault")
    for name in receipts:
        yield _receipt(path / name, trust, kept)
    for name in strays:
        error = Tampered("no receipt lies beside it, so nothing proves it")
        yield failed(Verdict(shown_name(name), "output"), error)


def _tree(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    verdict = Verdict(shown_name(path.name), "ledger")
    try:
        key = trust.key or _own_key(path)
        verdict, older = with_key(verdict, key, trust), older_heads(kept, key)
        checked = _check_tree(path, key, older)
        verdict = witnessed(_checked(verdict, checked), checked.head, trust)
        return stamped(verdict, checked.head, trust, piece(path / TREE_STAMP, MAX_STAMP))
    except (Tampered, Unfit) as error:
        return failed(verdict, error)


def _check_tree(path: Path, key: VerifierKey, older: tuple[Head, ...]) -> Checked:
    try:
        return check_tree(lambda name: piece(path / name, MAX_TILE), key, older=older)
    except Unfit as error:
        # The checkpoint is there, so this was a ledger.
        raise Tampered(f"the exported ledger is damaged: {error}") from error


def _vault(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    # Late, so that receipts are checked without a database.
    from sottovoce.backends.sqlite_log import open_readonly

    verdict = Verdict(shown_name(path.name), "vault")
    # The usual vault's key says nothing of another vault.
    if trust.source == "usual":
        trust = Trust(None, "own")
    try:
        key = trust.key or _own_key(path)
        verdict, older = with_key(verdict, key, trust), older_heads(kept, key)
        with open_readonly(path / _DATABASE, key) as log:
            seen = cosigned_head(path, key, trust)
            checked = log.check(older=(*older, *([seen] if seen else [])))
            verdict = _checked(verdict, replace(checked, older=older))
            verdict = witnessed(verdict, seen or checked.head, trust, checked.head.size)
            if seen:
                verdict = stamped(verdict, seen, trust, piece(path / STAMP_FILE, MAX_STAMP))
    except (Tampered, Unfit) as error:
        return failed(verdict, error)
    doubt = "the sealed recordings: only the ledger was checked; opening one checks its seal"
    return replace(verdict, not_proven=(*verdict.not_proven, doubt))


def _own_key(path: Path) -> VerifierKey:
    if not (path / KEY_FILE).is_file():
        raise Unfit(f"there is no {KEY_FILE} and no key was given", hint="give one with --key")
    try:
        return _published(path)
    except Unfit as error:
        raise Tampered(f"the published key is damaged: {error}") from error


def _checked(verdict: Verdict, checked: Checked) -> Verdict:
    proven = [f"all {checked.head.size} entries are those under the signed head, each in its place"]
    proven += [f"it begins with the {kept.size} entries kept elsewhere" for kept in checked.older]
    doubts = []
    if not checked.older:
        doubts.append(
            "that it was not put back to an older state or written anew by who holds its key:"
            " give a head kept elsewhere with --head"
        )
    if checked.unsigned:
        doubts.append(
            f"{checked.unsigned} entries after the signed head: none covers them yet; a service at"
            " work signs within a second, and the next change of the vault does"
        )
    if checked.unknown:
        doubts.append(f"what {checked.unknown} entries say: this version does not know their kind")
    return replace(
        verdict,
        proven=(*verdict.proven, *proven),
        not_proven=(*verdict.not_proven, *doubts),
        says={"entries": checked.head.size, "origin": checked.head.origin},
    )
