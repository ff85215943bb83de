"""Where a vault rests that is not all in its folder: ``site.toml`` (docs/scaled.md).

Rules:
1. It names a database and a bucket, and holds no secret: those come from the usual places.
2. A word in it that is not known is an error: it may be one that was to protect something.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sottovoce.backends.postgres_session import Database
from sottovoce.backends.s3_place import Place
from sottovoce.values.errors import Unfit
from sottovoce.vault.part import LOCAL

SITE_FILE = "site.toml"
_MOST = 65536
_DATABASE = {"host": str, "name": str, "user": str, "port": int, "root_certificate": str}
_BUCKET = {"name": str, "region": str, "prefix": str, "endpoint": str, "lock_days": int}


@dataclass(frozen=True, slots=True)
class Site:
    """A database, a bucket, and whose rows and objects are ours there.

    ``lock_days`` above 0 asks for a bucket that forbids deleting for so long.
    """

    database: Database
    place: Place
    tenant: str = LOCAL
    lock_days: int = 0


def site_of(vault: Path) -> Site | None:
    """Return where a vault rests, None where it is all in its folder, or raise Unfit."""
    try:
        with (vault / SITE_FILE).open("rb") as file:
            text = file.read(_MOST + 1)
        if len(text) > _MOST:
            raise Unfit(f"{SITE_FILE} has more than {_MOST} bytes")
        return read_site(text.decode())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit(f"{SITE_FILE} cannot be read") from error


def read_site(text: str) -> Site:
    """Read a site's file, or raise Unfit with what is wrong in it."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unfit(f"{SITE_FILE} is not TOML: {error}") from error
    top = _checked("the file", found, {"database": dict, "bucket": dict, "tenant": str})
    database = _checked("[database]", _table(top, "database"), _DATABASE)
    bucket = _checked("[bucket]", _table(top, "bucket"), _BUCKET)
    days = int(str(bucket.pop("lock_days", 0)))
    if days < 0:
        raise Unfit(f"lock_days of {SITE_FILE} is a number of days, 0 or more")
    try:
        place = Place(**{"bucket" if k == "name" else k: v for k, v in bucket.items()})  # type: ignore[arg-type]  # checked above
        return Site(Database(**database), place, str(top.get("tenant", LOCAL)), days)  # type: ignore[arg-type]  # checked above
    except TypeError:
        raise Unfit(
            f"{SITE_FILE} needs host, name and user of [database], name and region of [bucket]"
        ) from None


def _table(top: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = top.get(name)
    if not isinstance(found, dict):
        raise Unfit(f"{SITE_FILE} needs a table [{name}]")
    return found


def _checked(
    where: str, found: Mapping[str, object], known: Mapping[str, type]
) -> dict[str, object]:
    for name, value in found.items():
        if name not in known:
            raise Unfit(f"{SITE_FILE} has a word that is not known in {where}")
        if not isinstance(value, known[name]) or isinstance(value, bool):
            raise Unfit(f"{name} in {where} of {SITE_FILE} is not a {known[name].__name__}")
    return dict(found)
