"""Open a vault that rests in PostgreSQL and in a bucket; its folder has the root key only.

Rules:
1. The bucket is looked at before anything is written: it must be in the region of the site.
2. Who makes the vault has the root key's file; another server gets a copy of it by hand, or has it
   of the same holder.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sottovoce.backends.embedded_vault import ROOT_FILE, expect_folder
from sottovoce.backends.file_parts import files_at_work
from sottovoce.backends.postgres_log import PostgresLogReader
from sottovoce.backends.postgres_session import Session
from sottovoce.backends.postgres_shelf import PostgresKeys, PostgresShelf, create, is_new
from sottovoce.backends.root_file import FileRoot, next_root, replace_root
from sottovoce.backends.root_way import RootWay
from sottovoce.backends.s3_bucket import Bucket, Patience
from sottovoce.backends.s3_ground import expect_region
from sottovoce.backends.s3_parts import S3Parts
from sottovoce.backends.site import Site
from sottovoce.ledger.note import VerifierKey
from sottovoce.values.errors import Missing, Refused, Tampered, Unavailable
from sottovoce.values.ids import ActorId
from sottovoce.vault.keys import Keys, Root, service_keys
from sottovoce.vault.shelf import Journal
from sottovoce.vault.vault import Vault

MakeJournal = Callable[[Session, Keys], Journal]
"""Make the journal on the vault's session, signing with ``Keys.signing_seed()``."""


def open_scaled(
    path: Path,
    site: Site,
    *,
    journal: MakeJournal,
    clock: Callable[[], datetime],
    actor: ActorId,
    way: RootWay | None = None,
    patience: Patience | None = None,
) -> Vault:
    """Open the vault of a site, or make one where the tenant has none.

    Raises Missing, Refused or Tampered when the root key is lost, open to others or of another
    vault, Refused when the bucket is in another region, Unavailable when something is away.
    """
    expect_folder(path)
    expect_region(site.place)
    bucket = Bucket(site.place, patience=patience)
    session = Session(site.database, tenant=site.tenant)
    try:
        keys = Keys(_root(path, session, way or RootWay()), PostgresKeys(session))
        keys.check()
        log = journal(session, keys)
        shelf = PostgresShelf(session, journal=log, row_key=keys.row_key())
    except BaseException:
        session.close()
        raise
    parts = S3Parts(bucket, tenant=site.tenant)
    return Vault(
        shelf=shelf,
        index=shelf,
        tokens=shelf.tokens,
        parts=parts,
        keys=keys,
        clock=clock,
        actor=actor,
    )


@contextmanager
def open_log(site: Site, key: VerifierKey) -> Iterator[PostgresLogReader]:
    """Open the ledger of a site to be read, knowing its public key only."""
    session = Session(site.database, tenant=site.tenant)
    try:
        yield PostgresLogReader(session, key)
    finally:
        session.close()


def _root(path: Path, session: Session, way: RootWay) -> Root:
    file = path / ROOT_FILE
    if not is_new(session):
        return _settled_root(file, session, way)
    if not (file.is_symlink() or file.exists()):
        way.make(file)
    root = FileRoot(file, read=lambda path: way.read(path, make=True))
    create(session, service_keys(root))
    return root


def _settled_root(file: Path, session: Session, way: RootWay) -> FileRoot:
    """Open the root key; finish or undo a rotation of it that a crash cut off."""
    aside = next_root(file)
    if not aside.exists():
        return FileRoot(file, read=way.read)
    is_next = _opens(aside, session, way)
    with suppress(Unavailable):  # Whoever is at work on it will finish; we only choose.
        session.claim()
        if is_next:
            replace_root(file, aside)
        elif _opens(file, session, way):
            with files_at_work():
                aside.unlink(missing_ok=True)
        session.release()
    return FileRoot(file, read=way.read, is_next=is_next)


def _opens(file: Path, session: Session, way: RootWay) -> bool:
    """Tell whether a root key is proven to be the vault's; a holder who is away proves nothing."""
    try:
        Keys(way.read(file), PostgresKeys(session)).check()
    except (Missing, Refused, Tampered, Unavailable):
        return False
    return True
