"""The tree against published vectors, and against a recursive one for every small size."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.ledger.tree import (
    EMPTY_ROOT,
    Growing,
    InclusionProof,
    grow,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sottovoce.values.errors import Tampered


def recursive(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(recursive(leaves[:half]), recursive(leaves[half:]))


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(size)]


def nodes_of(leaves: list[bytes]):
    nodes = {}
    for index, leaf in enumerate(leaves):
        for placed in grow(leaf, index, lambda *place: nodes[place]):
            nodes[placed.level, placed.position] = placed.hash
    return lambda *place: nodes[place]


def test_the_published_roots_come_out(vectors):
    entries = [bytes.fromhex(text) for text in vectors["rfc6962"]["leaves"]]

    for size, expected in enumerate(vectors["rfc6962"]["roots"], start=1):
        assert root_of(map(leaf_hash, entries[:size])).hex() == expected


def test_the_published_inclusion_proofs_are_ours_and_verify(vectors):
    data = vectors["rfc6962"]
    leaves = [leaf_hash(bytes.fromhex(text)) for text in data["leaves"]]
    for case in data["inclusion"]:
        proof = prove_inclusion(case["index"], case["size"], nodes_of(leaves))

        assert [one.hex() for one in proof.hashes] == case["proof"]
        verify_inclusion(
            proof, leaves[case["index"]], bytes.fromhex(data["roots"][case["size"] - 1])
        )


def test_the_published_consistency_proofs_are_ours_and_verify(vectors):
    data = vectors["rfc6962"]
    leaves = [leaf_hash(bytes.fromhex(text)) for text in data["leaves"]]
    roots = [bytes.fromhex(text) for text in data["roots"]]
    for case in data["consistency"]:
        old, new = case["old"], case["new"]
        proof = prove_consistency(old, new, nodes_of(leaves))

        assert [one.hex() for one in proof] == case["proof"]
        verify_consistency(old, new, proof, old_root=roots[old - 1], new_root=roots[new - 1])


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_roots_grow_like_the_recursive_definition_for_every_size_to_130():
    leaves, growing = leaves_of(130), Growing()
    for size, leaf in enumerate(leaves, start=1):
        growing.add(leaf)

        assert growing.root() == recursive(leaves[:size])
        assert len(growing._peaks) == size.bit_count()


def test_a_tree_goes_on_from_its_right_edge_as_if_it_had_never_stopped():
    leaves = leaves_of(70)
    node = nodes_of(leaves)
    for size in range(69):
        growing = Growing(size, node)

        assert growing.root() == recursive(leaves[:size]) if size else growing.root() == EMPTY_ROOT
        assert [one.hash for one in growing.add(leaves[size])] == [
            one.hash for one in grow(leaves[size], size, node)
        ]
        assert growing.root() == recursive(leaves[: size + 1])


def test_every_proof_of_every_small_tree_verifies_only_where_it_belongs():
    leaves = leaves_of(20)
    node = nodes_of(leaves)
    for size in range(1, 21):
        for index in range(size):
            proof = prove_inclusion(index, size, node)
            verify_inclusion(proof, leaves[index], root(size, node))
            for other in range(size):
                if other != index:
                    with pytest.raises(Tampered):
                        verify_inclusion(
                            InclusionProof(other, size, proof.hashes),
                            leaves[index],
                            root(size, node),
                        )


def test_every_small_tree_is_proved_to_begin_with_every_smaller():
    node = nodes_of(leaves_of(20))
    for new in range(21):
        for old in range(new + 1):
            proof = prove_consistency(old, new, node)
            verify_consistency(old, new, proof, old_root=root(old, node), new_root=root(new, node))


def test_a_tree_with_another_past_is_not_proved_to_begin_with_the_old_one():
    leaves = leaves_of(20)
    node = nodes_of(leaves)
    forged = nodes_of([leaf_hash(b"forged"), *leaves[1:]])
    for old, new in [(1, 2), (3, 7), (8, 20), (13, 20), (16, 17)]:
        proof = prove_consistency(old, new, forged)

        with pytest.raises(Tampered):
            verify_consistency(
                old, new, proof, old_root=root(old, node), new_root=root(new, forged)
            )


@given(st.data())
def test_a_changed_proof_never_verifies(data):
    size = data.draw(st.integers(2, 60))
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    node = nodes_of(leaves)
    hashes = list(prove_inclusion(index, size, node).hashes)
    place = data.draw(st.integers(0, len(hashes) - 1))
    change = data.draw(st.sampled_from(["bit", "drop", "repeat", "short", "more"]))
    if change == "bit":
        hashes[place] = bytes([hashes[place][0] ^ 8]) + hashes[place][1:]
    elif change == "drop":
        del hashes[place]
    elif change == "repeat":
        hashes.insert(place, hashes[place])
    elif change == "short":
        hashes[place] = hashes[place][:-1]
    else:
        hashes.append(root(size, node))

    with pytest.raises(Tampered):
        verify_inclusion(
            InclusionProof(index, size, tuple(hashes)), leaves[index], root(size, node)
        )


@given(st.data())
def test_a_changed_consistency_proof_never_verifies(data):
    new = data.draw(st.integers(2, 60))
    old = data.draw(st.integers(1, new - 1))
    node = nodes_of(leaves_of(new))
    hashes = list(prove_consistency(old, new, node))
    place = data.draw(st.integers(0, len(hashes) - 1))
    change = data.draw(st.sampled_from(["bit", "drop", "repeat", "short", "more", "none"]))
    if change == "bit":
        hashes[place] = bytes([hashes[place][0] ^ 16]) + hashes[place][1:]
    elif change == "drop":
        del hashes[place]
    elif change == "repeat":
        hashes.insert(place, hashes[place])
    elif change == "short":
        hashes[place] = hashes[place][:-1]
    elif change == "none":
        hashes = []
    else:
        hashes.append(root(new, node))

    with pytest.raises(Tampered):
        verify_consistency(old, new, hashes, old_root=root(old, node), new_root=root(new, node))


def test_a_proof_for_a_tree_of_another_size_never_verifies():
    node = nodes_of(leaves_of(40))
    for old, new in [(1, 8), (6, 8), (2, 5), (6, 7), (8, 16), (13, 20)]:
        proof = prove_consistency(old, new, node)
        roots = {"old_root": root(old, node), "new_root": root(new, node)}
        for wrong in [(old - 1, new), (old + 1, new), (old ^ 2, new), (old, new * 2), (old, old)]:
            with pytest.raises(Tampered):
                verify_consistency(*wrong, proof, **roots)


def test_a_proof_of_a_place_that_no_tree_has_is_refused():
    leaf = leaf_hash(b"x")
    for index, size in [(0, 0), (1, 1), (-1, 1), (0, 2**70)]:
        with pytest.raises(Tampered):
            verify_inclusion(InclusionProof(index, size, ()), leaf, leaf)


def test_an_append_reads_no_more_than_the_edge():
    leaves = leaves_of(1000)
    node = nodes_of(leaves)
    reads = []
    counted = lambda *place: reads.append(place) or node(*place)  # noqa: E731

    list(grow(leaf_hash(b"new"), 999, counted))
    root(999, counted)

    assert len(reads) <= 2 * (1000).bit_length()
    assert all(a != b for a, b in pairwise(reads))
