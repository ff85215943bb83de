"""Check evidence bundles, and what witnesses and time-stamping authorities said of a head."""

import io
from dataclasses import replace
from pathlib import Path

from sottovoce.cli.strange_files import piece, regular
from sottovoce.cli.verdict import Trust, Verdict, failed, note_of, shown_name, with_key
from sottovoce.ledger.bundle import MAGIC, ProvenBundle, check_bundle
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import MAX_NOTE, VerifierKey
from sottovoce.ledger.stamp import stamped_at
from sottovoce.values.errors import Tampered, Unavailable, Unfit

COSIGNED_FILE = "ledger.cosigned"
STAMP_FILE = "ledger.cosigned.tsr"
TREE_STAMP = "checkpoint.tsr"


def is_bundle(path: Path) -> bool:
    with regular(path) as file:
        return file is not None and file.read(len(MAGIC)) == MAGIC


def bundle(path: Path, trust: Trust, kept: bytes | None) -> Verdict:
    verdict = Verdict(shown_name(path.name), "evidence bundle")
    try:
        older = note_of(kept) if kept else None
        with regular(path) as file:
            proven = check_bundle(file or io.BytesIO(), trusted=trust.key, older=older)
        verdict = _of_bundle(with_key(verdict, proven.key, trust), proven, kept)
        verdict = witnessed(verdict, proven.head, trust)
        return stamped(verdict, proven.head, trust, proven.stamp)
    except Unfit as error:
        # Its first line is that of a bundle, so it was one.
        return failed(verdict, Tampered(f"the bundle is damaged: {error}"))
    except Tampered as error:
        return failed(verdict, error)


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


def cosigned_head(path: Path, key: VerifierKey, trust: Trust) -> Head | None:
    """Return the head that is kept with its cosignatures; the entries have to begin with it."""
    note = piece(path / COSIGNED_FILE, MAX_NOTE) if trust.quorum else None
    # It may be from before there was a second key.
    return open_head(note, replace(key, second=None)) if note else None


def witnessed(verdict: Verdict, head: Head, trust: Trust, size: int = 0) -> Verdict:
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


def stamped(verdict: Verdict, head: Head, trust: Trust, stamp: bytes | None) -> Verdict:
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
