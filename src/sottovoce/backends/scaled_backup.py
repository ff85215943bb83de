"""Back up a vault that rests in PostgreSQL and a bucket, and restore one there.

Rules:
1. The backup is of the same form as that of a vault in a folder: each may be restored as either.
2. Rows come last, all at once: until then the tenant is as empty as it was.
3. What the bucket has of recordings that are erased, or from before, is removed.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sottovoce.backends.backing_up import Origin, Progress
from sottovoce.backends.embedded_vault import DATABASE, ROOT_FILE, expect_folder
from sottovoce.backends.file_parts import files_at_work, write_over
from sottovoce.backends.postgres_copy import copy_in, copy_out, expect_empty
from sottovoce.backends.postgres_session import Session
from sottovoce.backends.restoring import OpenAside, Restored, Source, build, remove_vault
from sottovoce.backends.s3_bucket import Bucket
from sottovoce.backends.s3_ground import expect_region
from sottovoce.backends.s3_parts import S3Parts
from sottovoce.backends.site import Site
from sottovoce.backends.sqlite_snapshot import ASIDE, Snapshot, snapshot_by
from sottovoce.values.errors import Conflict
from sottovoce.vault.arrival import parts_of
from sottovoce.vault.holding import SETTLED, Holding
from sottovoce.vault.shelf import Parts

_BUILT = "restoring"


def site_origin(path: Path, site: Site) -> Origin:
    """Say where the vault of a site rests."""

    @contextmanager
    def taken() -> Iterator[Snapshot]:
        with (
            closing(_session(site)) as session,
            snapshot_by(lambda aside: copy_out(session, aside), path / ASIDE) as snapshot,
        ):
            yield snapshot

    return Origin(path / ROOT_FILE, taken, _parts(site))


def restore_to_site(
    source: Source, path: Path, site: Site, *, open_aside: OpenAside, progress: Progress
) -> Restored:
    """Restore a backup into the empty tenant of a site, with every known erasure.

    Raises Conflict where the tenant has a vault, or the folder another root key.
    """
    expect_folder(path)
    expect_region(site.place)
    source = _with_root(source, path / ROOT_FILE)
    aside, parts = path / _BUILT, _parts(site)
    with closing(_session(site)) as session:
        session.claim()
        expect_empty(session)
        restored = build(source, aside, open_aside=open_aside, progress=progress, parts=parts)
        _clear(_holdings(aside, open_aside), parts)
        with files_at_work():
            write_over(path / ROOT_FILE, (aside / ROOT_FILE).read_bytes())
        copy_in(aside / DATABASE, session)
    remove_vault(aside)
    return restored


def _clear(held: Iterable[Holding], parts: Parts) -> None:
    """Remove of recordings whatever their rows do not name: the bucket may be older, or newer."""
    for holding in held:
        spare = holding.parts if holding.state in SETTLED else ()
        parts.prune(holding.id, spare)
        for part in (part for name in spare for part in parts_of(holding, name)):
            if part.channel not in holding.readable:
                parts.remove(part)


def _holdings(aside: Path, open_aside: OpenAside) -> Iterator[Holding]:
    app, _ = open_aside(aside, [])
    with closing(app):
        yield from app.vault.list()


def _with_root(source: Source, place: Path) -> Source:
    """Use the root key that lies in the folder already; raise Conflict if another is given."""
    if not place.exists():
        return source
    with files_at_work():
        if source.root is not None and source.root.read_bytes() != place.read_bytes():
            raise Conflict(
                "the vault's folder has another root key",
                hint="use a folder that holds site.toml only",
            )
    return replace(source, root=place)


def _session(site: Site) -> Session:
    return Session(site.database, tenant=site.tenant)


def _parts(site: Site) -> S3Parts:
    return S3Parts(Bucket(site.place), tenant=site.tenant)
