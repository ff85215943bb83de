"""The exported tree, read back by a reader that shares no code with ours."""

import hashlib
import struct
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.ledger.tiles import (
    check_tree,
    decode_bundle,
    encode_bundle,
    export_tree,
    tile_path,
)
from sottovoce.values.errors import Tampered, Unfit


def independent(files: dict[str, bytes]) -> tuple[int, list[bytes]]:
    """Read a tree as the tlog-tiles text says; return size and entries, all hashes checked."""
    _, size_text, root_text = files["checkpoint"].decode().split("\n")[:3]
    size, entries = int(size_text), []
    hashes = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        name = f"{n:03d}" + ("" if width == 256 else f".p/{width}")
        bundle, at = files[f"tile/entries/{name}"], 0
        while at < len(bundle):
            (length,) = struct.unpack_from(">H", bundle, at)
            entries.append(bundle[at + 2 : at + 2 + length])
            at += 2 + length
        tile = files[f"tile/0/{name}"]
        hashes += [tile[i : i + 32] for i in range(0, len(tile), 32)]
    assert hashes == [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
    level, below = 1, hashes
    while len(below) >= 256:
        above = [mth(below[i : i + 256]) for i in range(0, len(below) // 256 * 256, 256)]
        for n in range((len(above) + 255) // 256):
            part = above[n * 256 : n * 256 + 256]
            name = f"{n:03d}" + ("" if len(part) == 256 else f".p/{len(part)}")
            assert files[f"tile/{level}/{name}"] == b"".join(part)
        level, below = level + 1, above
    assert mth(hashes) == b64decode(root_text)
    return size, entries


def mth(hashes: list[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


@pytest.fixture(scope="module")
def trees():
    return {}


@pytest.fixture
def tree(ways, trees):
    def make(size):
        if size not in trees:
            trees[size] = dict(export_tree(ways.memory(size)))
        return dict(trees[size])

    return make


def test_paths_are_those_of_the_published_examples(vectors):
    for index, path in vectors["tiles"]["paths"].items():
        assert tile_path(3, int(index)) == f"tile/3/{path}"
        assert tile_path("entries", int(index), 7) == f"tile/entries/{path}.p/7"


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_an_independent_reader_finds_every_entry_under_the_head(ways, tree, size):
    files = tree(size)

    assert independent(files) == (size, list(ways.memory(size).entries(0, size)))
    assert check_tree(files.get, ways.signer.key).head.size == size


def test_a_log_of_256_has_a_full_tile_and_a_partial_one_above(tree):
    assert set(tree(256)) == {"checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"}


def test_the_checkpoint_comes_last(ways):
    assert [name for name, _ in export_tree(ways.memory(3))][-1] == "checkpoint"


def test_a_flipped_byte_anywhere_in_a_tree_is_found(ways, tree):
    for name, data in tree(300).items():
        for place in range(0, len(data), 797):
            changed = data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]
            files = tree(300) | {name: changed}
            with pytest.raises((Tampered, Unfit)):
                check_tree(files.get, ways.signer.key)


def test_every_missing_file_is_found(ways, tree):
    for name in set(tree(300)) - {"checkpoint"}:
        files = tree(300)
        del files[name]
        with pytest.raises(Tampered, match="missing"):
            check_tree(files.get, ways.signer.key)


def test_bytes_after_a_tile_are_found(ways, tree):
    for name in ("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"):
        files = tree(300)
        files[name] += bytes(32)
        with pytest.raises(Tampered, match="bytes, not"):
            check_tree(files.get, ways.signer.key)


def test_a_folder_without_a_checkpoint_is_no_ledger(ways):
    with pytest.raises(Unfit):
        check_tree({}.get, ways.signer.key)


@pytest.mark.parametrize("change", ["remove", "add", "reorder"])
def test_removed_added_and_reordered_entries_are_found(ways, tree, change):
    files = tree(200)
    entries = list(decode_bundle(files["tile/entries/000.p/200"]))
    if change == "remove":
        del entries[100]
    elif change == "add":
        entries.append(entries[0])
    else:
        entries[5], entries[6] = entries[6], entries[5]
    files["tile/entries/000.p/200"] = encode_bundle(entries)

    with pytest.raises(Tampered, match=r"bundle from entry 0 has|entry 5 is not what was logged"):
        check_tree(files.get, ways.signer.key)


def test_a_tree_whose_entries_do_not_make_the_head_is_not_exported(ways):
    log = ways.memory(10)
    log._entries[4] = log._entries[3]

    with pytest.raises(Tampered):
        dict(export_tree(log))


@given(st.lists(st.binary(max_size=400), max_size=256))
def test_a_bundle_gives_its_entries_back(entries):
    assert decode_bundle(encode_bundle(entries)) == tuple(entries)


@given(st.binary(max_size=2000))
def test_random_bytes_are_a_bundle_or_unfit(data):
    try:
        entries = decode_bundle(data)
    except Unfit:
        return

    assert encode_bundle(entries) == data
