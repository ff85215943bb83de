"""Check what we give out, and vaults, offline: ``sottovoce verify PATH``.

Rules:
1. It needs no secret, no network and nothing of the rest of the program.
2. It says what is proven and what is not; what it could not look at it says so.
3. Exit status: 0 proven, 1 tampered, 2 cannot be read.
"""

import argparse
import io
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sottovoce.ledger.audit import Checked
from sottovoce.ledger.bundle import MAGIC, ProvenBundle, check_bundle
from sottovoce.ledger.certificate import in_plain_words
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import MAX_NOTE, VerifierKey, read_vkeys
from sottovoce.ledger.quorum import MAX_QUORUM, Quorum, read_quorum
from sottovoce.ledger.receipt import (
    MAX_RECEIPT,
    Proven,
    read_receipt,
    signed_statement,
    verify_receipt,
)
from sottovoce.ledger.stamp import MAX_STAMP, stamped_at
from sottovoce.ledger.tiles import CHECKPOINT, KEY_FILE, MAX_TILE, SECOND_FILE, check_tree
from sottovoce.values.errors import SottovoceError, Tampered, Unavailable, Unfit

RECEIPT = ".receipt.json"
COSIGNED_FILE = "ledger.cosigned"
STAMP_FILE = "ledger.cosigned.tsr"
TREE_STAMP = "checkpoint.tsr"
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
_PIECE = 1 << 20
_STATUS = ("proven", "tampered", "cannot be read")

Commands = argparse._SubParsersAction  # The type has no public name.


@dataclass(frozen=True, slots=True)
class Trust:
    """The key that is trusted, None when only the thing's own is there, and where it is from."""

    key: VerifierKey | None
    source: str
    quorum: Quorum | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one thing; ``failed`` is the exit status, 0 when it is proven."""

    name: str
    what: str
    failed: int = 0
    key: str = ""
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()
    certificate: tuple[str, ...] = ()
    says: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    hint: str = ""


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
        print(_as_json(verdict) if arguments.json else _as_text(verdict))
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
    kept = _read(head, MAX_NOTE) if head else None
    if path.is_file():
        yield (_bundle if _is_bundle(path) else _receipt)(path, trust, kept)
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
        return read_quorum(_read(path, MAX_QUORUM).decode())
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
        return read_vkeys(b"".join(_read(one, _MAX_KEY) for one in lines).decode().rstrip("\n"))
    except UnicodeDecodeError:
        raise Unfit("the key's file is not text") from None


def _receipt(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    verdict = Verdict(_shown(path.name), "receipt")
    is_named = path.name.endswith(RECEIPT)
    try:
        data = _read(path, MAX_RECEIPT)
        _expect_receipt(data, trust, is_named)
        proven = verify_receipt(data, trusted=trust.key)
        verdict = _with_key(verdict, proven.key, trust)
        if trust.key and trust.key.second and not proven.key.second:
            doubt = "that it stands without Ed25519: its head is from before the second key"
            verdict = replace(verdict, not_proven=(*verdict.not_proven, doubt))
        _expect_same_history(proven.head, proven.key, kept)
        verdict = _told(verdict, proven, kept)
        verdict = _witnessed(verdict, proven.head, trust)
        return _with_outputs(verdict, path, proven) if is_named else _without_outputs(verdict)
    except (Tampered, Unfit) as error:
        return _failed(verdict, error)


def _expect_receipt(data: bytes, trust: Trust, is_named: bool) -> None:
    try:
        signed_statement(data, trusted=trust.key)
    except Unfit as error:
        if is_named:
            raise Tampered(f"the receipt is damaged: {error}") from error
        raise


def _expect_same_history(head: Head, key: VerifierKey, kept: bytes | None) -> None:
    for older in _older(kept, key):
        if older.size == head.size and older.root != head.root:
            raise Tampered("the receipt's ledger is not that of the head kept elsewhere")


def _told(verdict: Verdict, proven: Proven, kept: bytes | None) -> Verdict:
    event, head = proven.event, proven.head
    at = event.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    said = f"{event.kind} of {event.recording} by {event.actor} at {at}"
    logged = f"it is entry {proven.index} of the ledger of {head.size} entries: {said}"
    doubts = ["that nothing sensitive was missed: the leak check is what the program heard itself"]
    if kept is None or all(older.size != head.size for older in _older(kept, proven.key)):
        doubts.append(
            "that the ledger was not written anew since: verify the ledger itself with --head"
        )
    return replace(
        verdict,
        proven=(*verdict.proven, "the facts are those that were logged", logged),
        not_proven=(*verdict.not_proven, *doubts),
        certificate=tuple(map(_shown, in_plain_words(proven.facts))),
        says=proven.facts,
    )


def _with_outputs(verdict: Verdict, path: Path, proven: Proven) -> Verdict:
    stem = path.name.removesuffix(RECEIPT)
    same, absent = [], []
    for role, digest in proven.outputs.items():
        name = f"{stem}.{role}"
        found = _digest(path.with_name(name))
        if found is None:
            absent.append(f"{_shown(name)}: it is not here, so it was not checked")
        elif found != digest:
            raise Tampered(f"{_shown(name)} is not the file that the receipt was signed for")
        else:
            same.append(f"{_shown(name)} is the file that the receipt was signed for")
    for ending in _OURS:
        if ending[1:] not in proven.outputs and os.path.lexists(path.with_name(stem + ending)):
            raise Tampered(f"{_shown(stem + ending)} is no file that the receipt was signed for")
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
        yield _failed(Verdict(_shown(name), "output"), error)


def _is_bundle(path: Path) -> bool:
    with _regular(path) as file:
        return file is not None and file.read(len(MAGIC)) == MAGIC


def _bundle(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    verdict = Verdict(_shown(path.name), "evidence bundle")
    try:
        older = _note_of(kept) if kept else None
        with _regular(path) as file:
            proven = check_bundle(file or io.BytesIO(), trusted=trust.key, older=older)
        verdict = _of_bundle(_with_key(verdict, proven.key, trust), proven, kept)
        verdict = _witnessed(verdict, proven.head, trust)
        return _stamped(verdict, proven.head, trust, proven.stamp)
    except Unfit as error:
        # Its first line is that of a bundle, so it was one.
        return _failed(verdict, Tampered(f"the bundle is damaged: {error}"))
    except Tampered as error:
        return _failed(verdict, error)


def _of_bundle(verdict: Verdict, found: ProvenBundle, kept: bytes | None) -> Verdict:
    about, size = found.about, found.head.size
    proven = [f"{found.entries} entries are in the ledger of {size}, each at its place"]
    doubts = []
    if found.has_no_gap:
        proven.append(f"nothing between entries {found.first} and {found.last} was left out")
    else:
        proven.append("the vault signed that these were all it had about this")
        doubts.append(
            "that nothing else in the ledger is about this: only the whole ledger proves it"
        )
    if found.receipts:
        proven.append(f"receipts that belong to their entries: {found.receipts}")
    if found.since is not None:
        proven.append(
            f"the ledger begins with the {found.since} entries of the head kept elsewhere"
        )
    elif kept:
        doubts.append(
            "that it grew from the head kept elsewhere: the bundle has no proof from that"
        )
    else:
        doubts.append("that the ledger was not written anew since: give a head with --head")
    if found.unknown:
        doubts.append(f"what {found.unknown} entries say: this version does not know their kind")
    return replace(
        verdict,
        proven=(*verdict.proven, *proven),
        not_proven=(*verdict.not_proven, *doubts),
        says={"about": about.what, "recordings": len(about.recordings), "entries": found.kinds},
    )


def _tree(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    verdict = Verdict(_shown(path.name), "ledger")
    try:
        key = trust.key or _own_key(path)
        verdict, older = _with_key(verdict, key, trust), _older(kept, key)
        checked = _check_tree(path, key, older)
        verdict = _witnessed(_checked(verdict, checked), checked.head, trust)
        return _stamped(verdict, checked.head, trust, _piece(path / TREE_STAMP, MAX_STAMP))
    except (Tampered, Unfit) as error:
        return _failed(verdict, error)


def _check_tree(path: Path, key: VerifierKey, older: tuple[Head, ...]) -> Checked:
    try:
        return check_tree(lambda name: _piece(path / name, MAX_TILE), key, older=older)
    except Unfit as error:
        # The checkpoint is there, so this was a ledger.
        raise Tampered(f"the exported ledger is damaged: {error}") from error


def _vault(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    # Late, so that receipts are checked without a database.
    from sottovoce.backends.sqlite_log import open_readonly

    verdict = Verdict(_shown(path.name), "vault")
    # The usual vault's key says nothing of another vault.
    if trust.source == "usual":
        trust = Trust(None, "own")
    try:
        key = trust.key or _own_key(path)
        verdict, older = _with_key(verdict, key, trust), _older(kept, key)
        with open_readonly(path / _DATABASE, key) as log:
            seen = _cosigned(path, key, trust)
            checked = log.check(older=(*older, *([seen] if seen else [])))
            verdict = _checked(verdict, replace(checked, older=older))
            verdict = _witnessed(verdict, seen or checked.head, trust, checked.head.size)
            if seen:
                verdict = _stamped(verdict, seen, trust, _piece(path / STAMP_FILE, MAX_STAMP))
    except (Tampered, Unfit) as error:
        return _failed(verdict, error)
    doubt = "the sealed recordings: only the ledger was checked; opening one checks its seal"
    return replace(verdict, not_proven=(*verdict.not_proven, doubt))


def _cosigned(path: Path, key: VerifierKey, trust: Trust) -> Head | None:
    """Return the head that is kept with its cosignatures; the entries have to begin with it."""
    note = _piece(path / COSIGNED_FILE, MAX_NOTE) if trust.quorum else None
    # It may be from before there was a second key.
    return open_head(note, replace(key, second=None)) if note else None


def _witnessed(verdict: Verdict, head: Head, trust: Trust, size: int = 0) -> Verdict:
    """Say whether enough of the trusted witnesses cosigned a head, and what came after it."""
    if trust.quorum is None or not trust.quorum.witnesses:
        return verdict
    names = trust.quorum.of(head.note, head)
    said = f"head of {head.size} entries: {trust.quorum.in_words(names)}"
    if len(names) < trust.quorum.least:
        return replace(verdict, not_proven=(*verdict.not_proven, f"unwitnessed, the {said}"))
    later = size - head.size
    doubts = [f"{later} entries after it, not witnessed yet"] if later > 0 else []
    return replace(
        verdict,
        proven=(*verdict.proven, f"witnessed, the {said}"),
        not_proven=(*verdict.not_proven, *doubts),
    )


def _stamped(verdict: Verdict, head: Head, trust: Trust, stamp: bytes | None) -> Verdict:
    """Say when a trusted authority saw a head; raise Tampered for a stamp that is not its own."""
    if trust.quorum is None or trust.quorum.authority is None:
        return verdict
    doubt = "when it was so: no time stamp lies with it"
    if stamp:
        try:
            at = stamped_at(stamp, head, trust.quorum.authority)
            said = f"the head of {head.size} entries was there at {at:%Y-%m-%dT%H:%M:%SZ}"
            return replace(verdict, proven=(*verdict.proven, f"{said}, as the authority stamped"))
        except Unavailable as error:
            doubt = f"when it was so: {error}"
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


def _with_key(verdict: Verdict, key: VerifierKey, trust: Trust) -> Verdict:
    signed = f"signed by {key.name} (fingerprint {key.fingerprint})"
    if trust.key:
        whose = {"given": "that you gave", "vault": "of --vault", "usual": "of your vault"}
        proven = (f"it is {signed}, the key {whose[trust.source]}", *_of_second(key))
        return replace(verdict, key=key.vkey, proven=proven)
    doubt = f"whose key it is: {signed}; compare its fingerprint with the one you were given"
    proven = ("it was signed whole by one key and not changed since", *_of_second(key))
    return replace(verdict, key=key.vkey, proven=proven, not_proven=(doubt,))


def _of_second(key: VerifierKey) -> tuple[str, ...]:
    if key.second is None:
        return ()
    return ("its head carries the ML-DSA-65 signature of the second key as well",)


def _older(kept: bytes | None, key: VerifierKey) -> tuple[Head, ...]:
    if kept is None:
        return ()
    try:
        # It may be from before there was a second key.
        return (open_head(_note_of(kept), replace(key, second=None)),)
    except Tampered as error:
        raise Tampered(f"the head kept elsewhere is not one of this ledger: {error}") from error


def _note_of(kept: bytes) -> bytes:
    return read_receipt(kept).checkpoint if kept.startswith(b"{") else kept


def _failed(verdict: Verdict, error: SottovoceError) -> Verdict:
    # Of a thing that failed nothing is repeated as proven or said.
    return replace(
        verdict,
        failed=error.exit_status,
        proven=(),
        not_proven=(),
        certificate=(),
        says={},
        error=str(error),
        hint=error.hint,
    )


def _read(path: Path, limit: int) -> bytes:
    data = _piece(path, limit)
    if data is None:
        raise Unfit(f"{_shown(path.name)} is not there")
    return data


def _piece(path: Path, limit: int) -> bytes | None:
    # One byte more than the limit, for the parser to refuse.
    with _regular(path) as file:
        return file.read(limit + 1) if file else None


def _digest(path: Path) -> str | None:
    whole = sha256()
    with _regular(path) as file:
        if file is None:
            return None
        while piece := file.read(_PIECE):
            whole.update(piece)
    return whole.hexdigest()


@contextmanager
def _regular(path: Path) -> Iterator[BinaryIO | None]:
    """Open a regular file, None where there is none; a pipe or device would never end."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unfit(f"{_shown(path.name)} is not a regular file")
            yield file
    except FileNotFoundError:
        yield None
    except OSError as error:
        raise Unfit(f"{_shown(path.name)} cannot be read ({error.strerror})") from error


def _as_json(verdict: Verdict) -> str:
    status = _STATUS[verdict.failed]
    known = {name: value for name, value in asdict(verdict).items() if value and name != "failed"}
    return json.dumps({"status": status} | known, ensure_ascii=False)


def _as_text(verdict: Verdict) -> str:
    lines = [f"{verdict.name}: {_STATUS[verdict.failed]}"]
    for title, found in (
        ("error", [verdict.error] if verdict.error else []),
        ("hint", [verdict.hint] if verdict.hint else []),
        ("proven", verdict.proven),
        ("leaks", verdict.certificate),
        ("says", [f"{name}: {_plain(value)}" for name, value in verdict.says.items()]),
        ("not proven", verdict.not_proven),
    ):
        lines += [f"  {title if i == 0 else '':<10}  {line}" for i, line in enumerate(found)]
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "none"
        return f"({inner})" if any(isinstance(one, Mapping) for one in value.values()) else inner
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _shown(text: str) -> str:
    """Return a name without what could steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
