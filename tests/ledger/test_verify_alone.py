"""``sottovoce-verify``: alone on a machine, and what it finds in a log of a thousand entries."""

import subprocess
import sys
from random import Random

import pytest

from sottovoce.cli.ledger import write_tree
from sottovoce.cli.verify_alone import main
from sottovoce.ledger.head import sign_head
from sottovoce.ledger.tiles import check_tree, decode_bundle, encode_bundle, export_tree
from sottovoce.ledger.tree import leaf_hash, root_of
from sottovoce.values.errors import Tampered, Unfit

SIZE = 1000
FLIPS = 40

ALONE = """
import sys
from importlib.abc import MetaPathFinder

class Nothing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        known = {*sys.stdlib_module_names, "sottovoce", "cryptography", "_cffi_backend"}
        if name.partition(".")[0] not in known:
            raise ImportError(f"{name} is a third party's")

sys.meta_path.insert(0, Nothing())
from sottovoce.cli.verify_alone import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def key(ways, tmp_path):
    (tmp_path / "key").write_text(f"{ways.signer.key.vkey}\n")
    return tmp_path / "key"


@pytest.fixture
def tree(ways, tmp_path):
    write_tree(ways.memory(3), ways.signer.key, tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture(scope="module")
def files(ways):
    """The exported tree of a log of a thousand entries, by path."""
    return dict(export_tree(ways.memory(SIZE)))


@pytest.fixture
def found(ways, files):
    """Tell whether a check finds what was changed."""

    def found(**changed):
        with pytest.raises((Tampered, Unfit)):
            check_tree((files | changed).get, ways.signer.key)

    return found


def test_it_needs_cryptography_and_nothing_else(ways, tree, key, tmp_path):
    vault = ways.folder(tmp_path / "vault", 3)
    for path in (tree, vault):
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(path), "--key", str(key)],
            capture_output=True,
            text=True,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert "proven" in done.stdout


def test_its_status_is_that_of_the_contract(tree, key, tmp_path, capsys):
    assert main([str(tree), "--key", str(key)]) == 0
    (tree / "tile" / "0" / "000.p" / "3").write_bytes(bytes(96))
    assert main([str(tree), "--key", str(key)]) == 1
    assert main([str(tmp_path / "nothing")]) == 2
    assert "error: there is nothing to check" in capsys.readouterr().err


def test_no_vault_of_this_machine_is_trusted_unasked(ways, tree, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    usual = tmp_path / "sottovoce" / "vault"
    usual.mkdir(parents=True)
    (usual / "ledger.vkey").write_text(f"{ways.stranger.key.vkey}\n")

    assert main([str(tree)]) == 0
    assert "whose key it is" in capsys.readouterr().out.split("not proven")[1]
    assert main([str(tree), "--vault", str(usual)]) == 1


def test_flipped_bytes_of_every_file_are_found(files, found):
    chance = Random(61)  # noqa: S311 - chance here is for repeating
    for name, data in files.items():
        for place in {0, len(data) - 1} | {chance.randrange(len(data)) for _ in range(FLIPS // 8)}:
            bit = 1 << chance.randrange(8)
            found(**{name: data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]})


def bundle(files, index):
    name = next(name for name in files if name.startswith(f"tile/entries/00{index}"))
    return name, list(decode_bundle(files[name]))


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 700, SIZE - 1])
def test_a_removed_added_or_reordered_entry_is_found(files, found, index):
    name, entries = bundle(files, index // 256)
    place = index % 256
    removed = entries[:place] + entries[place + 1 :]
    other = (place + 1) % len(entries)
    swapped = list(entries)
    swapped[place], swapped[other] = entries[other], entries[place]

    found(**{name: encode_bundle(removed)})
    found(**{name: encode_bundle([*removed, removed[0]])})
    found(**{name: encode_bundle([*entries[:place], entries[0], *entries[place:]])})
    found(**{name: encode_bundle(swapped)})
    found(**{name: b""})


def test_a_tree_signed_anew_by_another_key_is_found(ways, files, found):
    entries = [one for index in range(4) for one in bundle(files, index)[1]]
    entries[7] = entries[7].replace(b"tester", b"worker")
    changed = encode_bundle(entries[:256])
    for signer in (ways.stranger, None):
        root = root_of(map(leaf_hash, entries))
        note = sign_head(SIZE, root, signer=signer).note if signer else files["checkpoint"]

        found(**{"tile/entries/000": changed, "checkpoint": note})
