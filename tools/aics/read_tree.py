"""Check an exported ledger with ``aics-tlog``, a reader that is not ours (Python 3.12).

Run as ``read_tree.py TREE VKEY_FILE [WITNESS_VKEY_FILE]``. It ends with 0 when the head, every
tile, every bundle of entries and the named witness's cosignature verify.
"""

import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    parse_note,
    parse_vkey,
    verify_checkpoint,
)


def main(tree: str, key: str, *witnesses: str) -> int:
    """Check the tree and print what was found."""
    note = parse_note((Path(tree) / "checkpoint").read_bytes())
    keys = [parse_vkey(Path(path).read_text().strip()) for path in witnesses]
    log = parse_vkey(Path(key).read_text().strip())
    head = verify_checkpoint(note, log, keys or None, quorum=len(keys))
    if not head.ok or head.root is None or head.size is None:
        print(head.error)
        return 1
    done = audit_tiles(FileSystemTileReader(tree), head.size, head.root)
    print(f"{head.size} entries, {done.tiles} tiles, {done.bundles} bundles", end=", ")
    print(f"{head.cosignature_count} cosignatures")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
