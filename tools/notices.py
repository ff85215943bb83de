"""Write the tables of THIRD_PARTY_NOTICES.md from the lock files and the installed metadata.

Rules:
1. A row says what a package says of itself; what else is in its wheel is told around the tables, by
   hand.
2. Only what stands between the two markers of a table is replaced.
3. Versions come from the lock files, so an environment that is not theirs is refused.
"""

import re
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
_TEXT = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
_LONGEST = 60


def locked(lock: Path) -> dict[str, str]:
    """Return the version of each package that a lock file names."""
    return dict(_LOCKED.findall(lock.read_text(encoding="utf-8")))


def tables() -> dict[str, str]:
    """Return the two tables by the names of their markers."""
    core = locked(ROOT / "requirements-core.lock")
    everything = locked(ROOT / "requirements.lock")
    return {
        "runtime": _table(core),
        "development": _table({n: v for n, v in everything.items() if n not in core}),
    }


def filled(text: str) -> str:
    """Return the page with what is between its markers replaced by today's tables."""
    for name, table in tables().items():
        begin, end = f"<!-- {name}: made by tools/notices.py -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the page must have the markers of the table {name}")
        text = f"{before}{begin}{table}{end}{after}"
    return text


def _table(packages: dict[str, str]) -> str:
    head = "| package | version | licence, as it says | licence text in the package |\n"
    rows = (_row(name, packages[name]) for name in sorted(packages, key=str.lower))
    return f"\n{head}|---|---|---|---|\n{''.join(rows)}\n"


def _row(name: str, version: str) -> str:
    found = distribution(name)
    if found.version != version:
        raise ValueError(f"{name} is installed in version {found.version}; locked is {version}")
    return f"| {name} | {version} | {_licence(found)} | {_texts(found)} |\n"


def _licence(found: Distribution) -> str:
    short = " ".join(_said(found, "License").split())
    classified = _said(found, "Classifier", having="License").rpartition(" :: ")[2]
    return (
        _said(found, "License-Expression")
        or (short if len(short) <= _LONGEST else "")
        or classified
        or "it does not say"
    )


def _said(found: Distribution, field: str, *, having: str = "") -> str:
    values = found.metadata.get_all(field) or []
    return next((str(value) for value in values if having in str(value)), "")


def _texts(found: Distribution) -> str:
    paths = [PurePosixPath(str(file)) for file in found.files or ()]
    texts = [p for p in paths if p.suffix not in (".py", ".pyc") and _TEXT.search(p.name)]
    if not texts:
        return "none"
    names = sorted(dict.fromkeys(path.name for path in texts))
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(texts) - 1} more"


def main(arguments: Sequence[str]) -> int:
    """Rewrite the page; return 1 when an installed package is missing or of another version."""
    if arguments:
        print("usage: notices.py", file=sys.stderr)
        return 2
    try:
        NOTICES.write_text(filled(NOTICES.read_text(encoding="utf-8")), encoding="utf-8")
    except (PackageNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
