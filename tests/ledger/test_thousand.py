"""A log of 1,000 entries: whatever of it is changed, ``verify`` finds it.

Exhaustive: every byte of every bundle of entries and of every tile, every bit of the head, every
byte of the published key; each entry removed, moved, and another put in before it. There only what
the change touches is hashed again, by the functions that ``verify`` uses. The command itself runs
over a sample of each, and over what was signed anew.
"""

import argparse
import random
import shutil

import pytest

from sottovoce.cli.ledger import write_tree
from sottovoce.cli.verify import add
from sottovoce.ledger import tiles
from sottovoce.ledger.head import open_head, sign_head
from sottovoce.ledger.note import Signer, read_vkeys
from sottovoce.ledger.tiles import check_tree, encode_bundle, tile_path
from sottovoce.ledger.tree import (
    Growing,
    leaf_hash,
    node_hash,
    prove_inclusion,
    root_of,
    verify_inclusion,
)
from sottovoce.values.errors import Tampered, Unfit

SIZE = 1000
WIDTH = 256
FOUND = (Tampered, Unfit)
BUNDLES = [tile_path("entries", n, min(WIDTH, SIZE - n * WIDTH)) for n in range(4)]
TILES = [tile_path(0, n, min(WIDTH, SIZE - n * WIDTH)) for n in range(4)] + ["tile/1/000.p/3"]


@pytest.fixture(scope="module")
def log(ways):
    return ways.memory(SIZE)


@pytest.fixture(scope="module")
def entries(log):
    return list(log.entries(0, SIZE))


@pytest.fixture(scope="module")
def exported(ways, log, tmp_path_factory):
    """The exported tree as a folder; nobody changes it."""
    folder = tmp_path_factory.mktemp("thousand") / "tree"
    write_tree(log, ways.signer.key, folder)
    return folder


@pytest.fixture(scope="module")
def files(ways, exported):
    found = {p.relative_to(exported).as_posix(): p.read_bytes()
             for p in exported.rglob("*") if p.is_file()}  # fmt: skip
    # All that follows leans on this: whole it is proven, and these are all of its files.
    assert check_tree(found.get, ways.signer.key).head.size == SIZE
    assert set(found) == {*BUNDLES, *TILES, "checkpoint", "ledger.vkey"}
    return found


@pytest.fixture(scope="module")
def nodes(entries):
    level, found = [leaf_hash(one) for one in entries], {}
    for height in range(10):
        found |= {(height, place): one for place, one in enumerate(level)}
        level = [node_hash(*level[i : i + 2]) for i in range(0, len(level) - 1, 2)]
    return found


@pytest.fixture
def tree(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "tree")


@pytest.fixture
def run(ways, tmp_path, capsys, monkeypatch):
    """Run the command with the key given from outside; return its status and what it said."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))
    (tmp_path / "key").write_text(f"{ways.signer.key.vkey}\n")

    def run(path, *more):
        top = argparse.ArgumentParser()
        add(top.add_subparsers())
        arguments = ["verify", path, "--key", tmp_path / "key", *more]
        args = top.parse_args(list(map(str, arguments)))
        return args.run(args), capsys.readouterr().out

    return run


def flipped(data, place):
    """Return the bytes with one bit of one byte changed, another bit from place to place."""
    return data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]


@pytest.mark.parametrize("number", range(4))
def test_every_flipped_byte_of_the_entries_is_found(log, entries, files, nodes, number):
    whole, first, at = files[BUNDLES[number]], number * WIDTH, 0
    width, root = min(WIDTH, SIZE - first), log.head().root
    missed = []
    for index in range(first, first + width):
        entry, proof = entries[index], prove_inclusion(index, SIZE, lambda *at: nodes[at])
        for place in range(2 + len(entry)):
            # A flipped length moves all that follows; any other byte is that of this entry alone.
            is_length = place < 2
            try:
                found = (
                    tiles._decoded(flipped(whole, at + place), number, width)[index - first]
                    if is_length
                    else flipped(entry, place - 2)
                )
                verify_inclusion(proof, leaf_hash(found), root)
                missed.append(at + place)
            except Tampered:
                continue
        at += 2 + len(entry)

    assert at == len(whole)
    assert missed == []


def test_every_flipped_byte_of_the_tiles_is_found(files, nodes):
    missed = []
    for name in TILES:
        level, first = (8, 0) if name.startswith("tile/1") else (0, TILES.index(name) * WIDTH)
        for place in range(len(files[name])):
            changed = {**files, name: flipped(files[name], place)}
            position = first + place // 32
            # The audit compares each stored hash with the one that it computes, as here.
            if tiles._stored(changed.get, SIZE)(level, position) == nodes[level, position]:
                missed.append((name, place))

    assert missed == []


def test_every_flipped_bit_of_the_head_and_of_the_key_is_found(ways, files):
    missed = []
    for place in range(len(files["checkpoint"])):
        for bit in range(8):
            head = bytearray(files["checkpoint"])
            head[place] ^= 1 << bit
            try:
                open_head(bytes(head), ways.signer.key)
                missed.append((place, bit))
            except FOUND:
                continue
    for place in range(len(files["ledger.vkey"])):
        key = flipped(files["ledger.vkey"], place).decode("latin-1")
        try:
            missed += [place] if read_vkeys(key.rstrip("\n")) == ways.signer.key else []
        except FOUND:
            continue

    assert missed == []


def test_each_entry_removed_put_in_before_or_moved_is_found(log, entries, nodes):
    leaves = [leaf_hash(one) for one in entries]
    strange = leaf_hash(b"{}")
    roots = set()
    for at in range(SIZE):
        # The log up to the change is as it was; only from there on is it hashed again.
        for rest in (
            leaves[at + 1 :],
            [strange, *leaves[at:]],
            [*reversed(leaves[at : at + 2]), *leaves[at + 2 :]] if at < SIZE - 1 else [strange],
        ):
            growing = Growing(at, lambda *place: nodes[place])
            for leaf in rest:
                growing.add(leaf)
            roots.add((growing.size, growing.root()))

    assert root_of(leaves) == log.head().root
    # Whatever the number of entries: no change gives the root that was signed, nor that of another.
    assert all(root != log.head().root for _, root in roots)
    assert {size for size, _ in roots} == {SIZE - 1, SIZE, SIZE + 1}


def changes(entries, at):
    strange = b'{"strange":1}'
    yield "removed", entries[:at] + entries[at + 1 :]
    yield "changed", [*entries[:at], strange, *entries[at + 1 :]]
    yield "repeated", [*entries[:at], entries[at], *entries[at:]]
    yield "put in", [*entries[:at], strange, *entries[at:]]
    yield "moved", [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]


class Forged:
    """A log of any entries under a head that this signer signs."""

    def __init__(self, entries, signer):
        self._entries = entries
        self._head = sign_head(len(entries), root_of(map(leaf_hash, entries)), signer=signer)

    def head(self):
        return self._head

    def entries(self, start, stop):
        return iter(self._entries[start:stop])


def laid_out(entries, head):
    """Return the files of a tree as one would lay them out who keeps the signed head."""
    made = dict(tiles.export_tree(Forged(entries, Signer(head.origin, bytes(32)))))
    return {**made, "checkpoint": head.note}


@pytest.mark.parametrize("at", [0, 255, 256, 511, 700, 998])
def test_verify_finds_what_is_laid_out_anew_under_the_old_head(log, entries, at, run, tmp_path):
    for what, changed in changes(entries, at):
        folder = tmp_path / what.replace(" ", "-")
        for name, data in laid_out(changed, log.head()).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        status, text = run(folder)

        assert (status, "tampered" in text) == (1, True), what


@pytest.mark.parametrize("at", [0, 333, 998])
def test_verify_finds_what_is_signed_anew(ways, log, entries, at, run, tmp_path):
    (tmp_path / "kept").write_bytes(log.head().note)
    for what, changed in changes(entries, at):
        write_tree(Forged(changed, ways.stranger), ways.signer.key, tmp_path / f"stranger-{what}")
        # Who holds the vault's own key signs what they like: only a head kept elsewhere tells.
        grown = [*changed, *entries[:2]]
        write_tree(Forged(grown, ways.signer), ways.signer.key, tmp_path / f"own-{what}")
        alone = run(tmp_path / f"own-{what}")
        status, text = run(tmp_path / f"own-{what}", "--head", tmp_path / "kept")

        assert run(tmp_path / f"stranger-{what}")[0] == 1, what
        assert alone[0] == 0
        assert "give a head kept elsewhere" in " ".join(alone[1].split())
        assert (status, "history was written anew" in text) == (1, True), what


def test_verify_finds_a_flipped_byte_and_names_the_entry(entries, run, tree):
    drawn = random.Random(71)  # noqa: S311 - a sample that is the same each time
    for number, name in enumerate(BUNDLES):
        whole = (tree / name).read_bytes()
        at = drawn.randrange(min(WIDTH, SIZE - number * WIDTH))
        index = number * WIDTH + at
        start = len(encode_bundle(entries[number * WIDTH : index])) + 2
        for place in (start, start + drawn.randrange(len(entries[index]))):
            (tree / name).write_bytes(flipped(whole, place))
            status, text = run(tree)

            assert (status, f"entry {index} is not what was logged" in text) == (1, True)
        (tree / name).write_bytes(flipped(whole, start - 1))
        assert run(tree)[0] == 1
        (tree / name).write_bytes(whole)

    for name in ("checkpoint", *TILES):
        whole = (tree / name).read_bytes()
        (tree / name).write_bytes(flipped(whole, drawn.randrange(len(whole))))
        assert run(tree)[0] == 1
        (tree / name).write_bytes(whole)
    assert run(tree)[0] == 0


def test_verify_finds_a_flipped_byte_in_the_file_of_a_vault(ways, entries, run, tmp_path):
    vault = ways.folder(tmp_path / "vault", SIZE)
    with ways.database(vault / "vault.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = (vault / "vault.db").read_bytes()
    drawn = random.Random(72)  # noqa: S311 - a sample that is the same each time
    for index in drawn.sample(range(SIZE), 12):
        place = whole.index(entries[index]) + drawn.randrange(len(entries[index]))
        (vault / "vault.db").write_bytes(flipped(whole, place))
        status, text = run(vault)

        assert (status, f"entry {index} is not what was logged" in text) == (1, True)
    for order in (
        "DELETE FROM ledger_entry WHERE position = 640",
        "UPDATE ledger_entry SET data = (SELECT data FROM ledger_entry WHERE position = 3)"
        " WHERE position = 4",
        "INSERT INTO ledger_entry SELECT 1000, data FROM ledger_entry WHERE position = 3",
    ):
        (vault / "vault.db").write_bytes(whole)
        with ways.database(vault / "vault.db") as connection:
            connection.execute(order)
        assert run(vault)[0] == 1, order
