"""Keys rest wrapped, bound to their name; the root key rests in a file that is its owner's."""

import io
import os
from pathlib import Path

import pytest

from sottovoce.backends.root_file import Argon2Cost, make_root, read_root
from sottovoce.values.errors import (
    Missing,
    Refused,
    SottovoceError,
    Tampered,
    Unavailable,
    Unfit,
)
from sottovoce.values.ids import PersonId
from sottovoce.vault.keys import PSEUDONYMS, KeyName, WrappingKey, fresh_key, person_name

NAME = KeyName("person", "caller-1")
CHEAP = Argon2Cost(time=1, memory_kib=64, lanes=1)


def test_a_wrapped_key_opens_under_its_name_only() -> None:
    root = WrappingKey(os.urandom(32))
    fresh = fresh_key(NAME, root)

    assert root.unwrap(fresh.wrapped, NAME) == fresh.key
    for other in (KeyName("person", "caller-2"), KeyName("arrival", "caller-1")):
        with pytest.raises(Tampered):
            root.unwrap(fresh.wrapped, other)


@pytest.mark.parametrize("place", range(61))
def test_a_flipped_bit_in_a_wrapped_key_is_found(place: int) -> None:
    root = WrappingKey(os.urandom(32))
    wrapped = bytearray(fresh_key(NAME, root).wrapped)
    wrapped[place] ^= 0x80

    with pytest.raises(Tampered, match="person key of caller-1 does not open"):
        root.unwrap(bytes(wrapped), NAME)


@pytest.mark.parametrize("wrapped", [b"", b"\x01", b"\x01" * 60, b"\x01" * 62])
def test_a_wrapped_key_of_another_length_is_refused(wrapped: bytes) -> None:
    with pytest.raises(Tampered):
        WrappingKey(bytes(32)).unwrap(wrapped, NAME)


def test_no_key_shows_in_a_representation() -> None:
    fresh = fresh_key(NAME, WrappingKey(os.urandom(32)))

    assert repr(fresh) == "FreshKey(name=KeyName(purpose='person', id='caller-1'))"


def test_the_signing_seed_stays_the_same(folder) -> None:
    seed = folder.open().keys.signing_seed()

    assert len(seed) == 32
    assert folder.open().keys.signing_seed() == seed
    assert seed not in folder.raw()


def test_a_keyed_hash_depends_on_vault_purpose_and_bytes(folder, tmp_path) -> None:
    keys = folder.open().keys
    other = type(folder)(tmp_path / "other")
    hashes = {
        keys.keyed_hash("input", b"bytes"),
        keys.keyed_hash("output", b"bytes"),
        keys.keyed_hash("input", b"byte"),
        other.open().keys.keyed_hash("input", b"bytes"),
    }
    other.close()

    assert len(hashes) == 4
    assert folder.open().keys.keyed_hash("input", b"bytes") in hashes


def test_a_file_has_the_keyed_hash_of_its_bytes(folder) -> None:
    keys = folder.open().keys
    data = os.urandom((1 << 20) + 7)

    assert keys.keyed_hash_of_file("input", io.BytesIO(data)) == keys.keyed_hash("input", data)


def test_a_key_that_was_never_made_is_missing(folder) -> None:
    with pytest.raises(Missing, match="person key of nobody"):
        folder.open().keys.person(PersonId("nobody"))
    assert str(person_name(PersonId("nobody"))) == "person key of nobody"


def test_a_root_key_is_bare_or_opens_with_its_passphrase(tmp_path: Path) -> None:
    made = make_root(tmp_path / "bare", passphrase=None, cost=CHEAP)
    closed = make_root(tmp_path / "wrapped", passphrase=b"correct horse", cost=CHEAP)
    wrapped, beneath = made.wrap(b"k" * 32, NAME), closed.wrap(b"q" * 32, NAME)

    assert read_root(tmp_path / "bare", passphrase=None).unwrap(wrapped, NAME) == b"k" * 32
    again = read_root(tmp_path / "wrapped", passphrase=b"correct horse")
    assert again.unwrap(beneath, NAME) == b"q" * 32
    assert list(tmp_path.glob("*.part")) == []


def test_a_wrong_or_absent_passphrase_does_not_open(tmp_path: Path) -> None:
    make_root(tmp_path / "wrapped", passphrase=b"correct horse", cost=CHEAP)
    make_root(tmp_path / "bare", passphrase=None, cost=CHEAP)

    with pytest.raises(Refused, match="the passphrase does not open"):
        read_root(tmp_path / "wrapped", passphrase=b"wrong horse")
    with pytest.raises(Refused, match="none was given"):
        read_root(tmp_path / "wrapped", passphrase=None)
    with pytest.raises(Refused, match="empty"):
        read_root(tmp_path / "wrapped", passphrase=b"")
    with pytest.raises(Refused, match="not wrapped by a passphrase"):
        read_root(tmp_path / "bare", passphrase=b"correct horse")


def test_the_costs_are_stored_beside_and_bound(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    make_root(path, passphrase=b"correct horse", cost=CHEAP)
    assert path.read_text().splitlines()[1].startswith("argon2id 1 64 1 ")
    path.write_text(path.read_text().replace("argon2id 1 64 1", "argon2id 2 64 1"))

    with pytest.raises(Refused):
        read_root(path, passphrase=b"correct horse")


def test_a_root_key_that_others_could_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    make_root(path, passphrase=None, cost=CHEAP)
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)

        with pytest.raises(Refused, match=f"mode {mode:04o}; it must be 0600"):
            read_root(path, passphrase=None)


def test_a_root_key_that_is_a_link_or_a_folder_is_refused(tmp_path: Path) -> None:
    make_root(tmp_path / "real", passphrase=None, cost=CHEAP)
    (tmp_path / "root.key").symlink_to(tmp_path / "real")
    (tmp_path / "folder").mkdir(mode=0o700)

    with pytest.raises(Refused, match="plain file"):
        read_root(tmp_path / "root.key", passphrase=None)
    with pytest.raises(Refused, match="plain file"):
        read_root(tmp_path / "folder", passphrase=None)


SPOILED = [
    "",
    "sottovoce root key v1\n",
    "sottovoce root key v2\nbare AAAA\n",
    "sottovoce root key v1\nbare AAAA\n",
    "sottovoce root key v1\nbare \n",
    "sottovoce root key v1\nbare !!!!\n",
    "sottovoce root key v1\nargon2id 1 64 1 AAAA\nwrapped AAAA\n",
    "sottovoce root key v1\nargon2id 9999 64 1 AAAAAAAAAAAAAAAAAAAAAA==\nwrapped AAAA\n",
    "sottovoce root key v1\nargon2id 1 99999999 1 AAAAAAAAAAAAAAAAAAAAAA==\nwrapped AAAA\n",
    "sottovoce root key v1\nargon2id 1 1 1 AAAAAAAAAAAAAAAAAAAAAA==\nwrapped AAAA\n",
    "sottovoce root key v1\nargon2id -1 x 1 AAAAAAAAAAAAAAAAAAAAAA==\nwrapped AAAA\n",
    "sottovoce root key v1\n\N{SNOWMAN}\n" + "x" * 10000,
]


@pytest.mark.parametrize("text", SPOILED)
def test_a_spoiled_root_key_file_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "root.key"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(Tampered, match="not in its format"):
        read_root(path, passphrase=b"correct horse" if "argon2id" in text else None)


def test_a_lost_root_key_is_said_so_and_never_made_anew(folder) -> None:
    folder.open().close()
    (folder.path / "root.key").unlink()

    with pytest.raises(Missing, match="root key is not there"):
        folder.open()
    assert not (folder.path / "root.key").exists()


def test_the_root_key_of_another_vault_is_found(folder, tmp_path: Path) -> None:
    folder.open().close()
    (folder.path / "root.key").unlink()
    make_root(folder.path / "root.key", passphrase=None, cost=CHEAP)

    with pytest.raises(Tampered, match="do not belong together"):
        folder.open()


def test_a_vault_with_a_passphrase_opens_with_it_only(folder, ways) -> None:
    vault = folder.open(passphrase=b"correct horse")
    recording = ways.arrive(vault, ways.stereo(10), job=b"job")
    vault.close()
    with pytest.raises(Refused):
        folder.open(passphrase=b"wrong")

    with folder.open(passphrase=b"correct horse").open_arrival(recording) as opened:
        assert opened.job == b"job"


def test_a_folder_of_something_else_is_not_made_a_vault(folder) -> None:
    folder.path.mkdir()
    (folder.path / "thesis.txt").write_text("mine")

    with pytest.raises(Unfit, match="1 things and no vault"):
        folder.open()
    assert [p.name for p in folder.path.iterdir()] == ["thesis.txt"]


def test_a_vault_that_others_can_enter_is_refused(folder) -> None:
    folder.open().close()
    folder.path.chmod(0o755)

    with pytest.raises(Refused, match="mode 0755; it must be 0700"):
        folder.open()


def test_a_path_that_is_a_file_is_unfit(folder) -> None:
    folder.path.write_text("a file")

    with pytest.raises(Unfit, match="not a folder"):
        folder.open()


@pytest.mark.parametrize("keep", [0, 10, 100, 5000])
def test_a_damaged_database_is_said_so(folder, keep: int) -> None:
    folder.open().close()
    path = folder.path / "vault.db"
    path.write_bytes(path.read_bytes()[:keep] + os.urandom(5000))

    with pytest.raises(SottovoceError, match=r"damaged|version|root key"):
        folder.open()


def pseudonym_key(vault) -> bytes:
    return vault.pseudonym_key(event=lambda: vault.event("pseudonyms.made"))


def test_the_key_of_pseudonyms_is_made_once_and_logged(folder) -> None:
    vault = folder.open()
    first = pseudonym_key(vault)
    vault.close()

    assert pseudonym_key(folder.open()) == first
    assert folder.entries() == [("pseudonyms.made", None)]


def test_a_destroyed_key_of_pseudonyms_is_in_no_byte_of_the_vault(folder) -> None:
    vault = folder.open()
    first = pseudonym_key(vault)
    wrapped = vault.keys._shelf.wrapped(PSEUDONYMS)
    assert wrapped in folder.raw()
    index = vault.destroy_pseudonyms(event=vault.event("pseudonyms.destroyed"))

    assert index == 1
    assert wrapped not in folder.raw()
    with pytest.raises(Missing):
        vault.keys.pseudonyms()
    assert pseudonym_key(vault) != first


def test_destroying_a_key_of_pseudonyms_that_is_not_there_writes_nothing(folder) -> None:
    vault = folder.open()
    event = vault.event("pseudonyms.destroyed")

    assert vault.destroy_pseudonyms(event=event) is None
    assert folder.entries() == []


def test_a_reader_in_the_way_leaves_no_trace_of_a_destroyed_key_in_the_end(folder) -> None:
    vault, reader = folder.open(), folder.open()
    pseudonym_key(vault)
    wrapped = vault.keys._shelf.wrapped(PSEUDONYMS)
    vault._shelf._connection.execute("PRAGMA busy_timeout = 1")
    reading = reader._shelf._connection
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM holding").fetchone()
    with pytest.raises(Unavailable, match="until a reader of the vault is done"):
        vault.destroy_pseudonyms(event=vault.event("pseudonyms.destroyed"))
    assert not vault.keys.has_pseudonyms()
    reading.execute("COMMIT")
    vault.recover(lambda r: vault.event("recording.undone", r))

    assert wrapped not in folder.raw()
