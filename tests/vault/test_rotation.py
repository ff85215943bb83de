"""A key drawn anew opens all that the old one opened, and the old one opens nothing more."""

import threading

import numpy as np
import pytest

from sottovoce.backends import embedded_vault
from sottovoce.backends.embedded_vault import rotate_root
from sottovoce.backends.root_file import Argon2Cost, next_root, read_root
from sottovoce.backends.root_way import RootWay
from sottovoce.cli.main import main
from sottovoce.values.errors import Missing, Refused
from sottovoce.vault.keys import SIGNING, TENANT, arrival_name, person_name

CHEAP = Argon2Cost(time=1, memory_kib=64, lanes=1)


class Held:
    """A vault with a kept recording and one that waits."""

    def __init__(self, folder, ways, passphrase: bytes | None = None) -> None:
        self.folder, self.ways = folder, ways
        self.vault = folder.open(passphrase)
        self.sound = ways.stereo(40_000)
        self.kept, self.waiting = (ways.arrive(self.vault, self.sound) for _ in range(2))
        ways.keep(self.vault, self.kept, self.sound)
        self.hash = self.vault.keys.keyed_hash("input", b"x")
        self.seed = self.vault.keys.signing_seed()

    def wrapped(self, *names) -> list[bytes]:
        return [self.vault.keys._shelf.wrapped(name) for name in names]

    def event(self):
        return self.vault.event("key.rotated")

    def expect_readable(self, vault) -> None:
        with vault.open(self.kept) as opened:
            assert np.array_equal(opened.sound.read(1, 0, 40_000), self.sound[1])
        with vault.open_arrival(self.waiting) as opened:
            assert np.array_equal(opened.sound.read(0, 0, 40_000), self.sound[0])
        assert vault.keys.keyed_hash("input", b"x") == self.hash
        assert vault.keys.signing_seed() == self.seed
        assert list(vault.check(progress=lambda size: None)) == []

    def rotate_root(self, passphrase: bytes | None = None) -> None:
        way = RootWay(passphrase, cost=CHEAP)
        rotate_root(self.folder.path, self.vault, way=way, event=self.event())


@pytest.fixture
def held(folder, ways) -> Held:
    return Held(folder, ways)


def test_a_new_tenant_key_opens_everything_and_no_sound_is_touched(held, ways) -> None:
    files = {p: p.read_bytes() for p in held.folder.path.rglob("*.seal")}
    names = (TENANT, person_name(ways.agent), arrival_name(held.waiting))
    before = held.wrapped(*names)
    held.vault.rotate_tenant(event=held.event())

    held.expect_readable(held.vault)
    held.expect_readable(held.folder.open())
    assert {p: p.read_bytes() for p in held.folder.path.rglob("*.seal")} == files
    assert not any(key in held.folder.raw() for key in before)


def test_a_new_person_key_opens_what_is_theirs(held, ways) -> None:
    (before,) = held.wrapped(person_name(ways.agent))
    held.vault.rotate_person(ways.agent, event=held.event())

    held.expect_readable(held.vault)
    assert before not in held.folder.raw()


def test_a_person_who_is_not_there_has_no_key_to_rotate(held) -> None:
    with pytest.raises(Missing):
        held.vault.rotate_person("nobody-1", event=held.event())


def test_a_new_root_key_opens_everything_and_the_old_one_nothing(held) -> None:
    before = (held.folder.path / "root.key").read_bytes()
    wrapped = held.wrapped(SIGNING, TENANT)
    held.rotate_root()

    held.expect_readable(held.vault)
    held.expect_readable(held.folder.open())
    assert (held.folder.path / "root.key").read_bytes() != before
    assert not any(key in held.folder.raw() for key in wrapped)
    assert not (held.folder.path / "root.key.next").exists()


def test_the_passphrase_is_changed_with_the_root_key(folder, ways) -> None:
    held = Held(folder, ways, b"correct horse")
    held.rotate_root(b"battery staple")

    held.expect_readable(folder.open(b"battery staple"))
    with pytest.raises(Refused):
        folder.open(b"correct horse")


def test_a_bare_root_key_can_be_given_a_passphrase(held) -> None:
    held.rotate_root(b"battery staple")

    held.expect_readable(held.folder.open(b"battery staple"))


def test_who_opened_the_vault_before_goes_on_reading(held) -> None:
    other = held.folder.open()
    held.rotate_root()
    held.vault.rotate_tenant(event=held.event())
    held.vault.rotate_person(held.ways.agent, event=held.event())

    held.expect_readable(other)


@pytest.mark.parametrize("stops_at", ["rotate_root", "replace_root"])
def test_a_crash_in_the_middle_is_finished_or_undone(held, monkeypatch, stops_at: str) -> None:
    def dies(*arguments: object, **more: object) -> None:
        raise RuntimeError("killed")

    where = held.vault if stops_at == "rotate_root" else embedded_vault
    monkeypatch.setattr(where, stops_at, dies)
    with pytest.raises(RuntimeError):
        held.rotate_root()
    held.vault.close()
    monkeypatch.undo()
    assert (held.folder.path / "root.key.next").exists()

    held.expect_readable(held.folder.open())
    assert not (held.folder.path / "root.key.next").exists()


def test_a_start_beside_a_rotation_takes_no_file_away(held, monkeypatch) -> None:
    """Another process opens the vault after the new file is made, and before it counts."""
    rotate = held.vault.rotate_root

    def meanwhile(root, *, event) -> int:
        held.expect_readable(held.folder.open())
        return rotate(root, event=event)

    monkeypatch.setattr(held.vault, "rotate_root", meanwhile)
    held.rotate_root()

    held.expect_readable(held.folder.open())


def test_a_start_at_the_moment_when_the_new_file_is_put_in_place_finds_it(
    held, monkeypatch
) -> None:
    """It lay beside the old one when it was looked at, and was gone from there when it was read."""
    put, opens, put_in_place = [], embedded_vault._opens, embedded_vault.replace_root

    def beside_a_start(path, by) -> None:
        def looked(file, connection, read) -> bool:
            found = opens(file, connection, read)
            if file == by and not put:
                put.append(by)
                put_in_place(path, by)
            return found

        with monkeypatch.context() as starting:
            starting.setattr(embedded_vault, "_opens", looked)
            held.expect_readable(held.folder.open())

    monkeypatch.setattr(embedded_vault, "replace_root", beside_a_start)
    held.rotate_root()

    assert put
    held.expect_readable(held.vault)


def test_who_goes_on_beside_a_rotation_wraps_under_the_new_root(held, monkeypatch) -> None:
    other = held.folder.open()
    monkeypatch.setattr(embedded_vault, "replace_root", lambda path, by: None)
    held.rotate_root()  # The new file counts, and lies beside the old one still.
    held.expect_readable(other)
    wrapped = other.keys._root.wrap(bytes(32), TENANT)

    beside = read_root(next_root(held.folder.path / "root.key"), passphrase=None)
    assert beside.unwrap(wrapped, TENANT) == bytes(32)


@pytest.mark.slow
def test_reads_go_on_while_keys_are_rotated(held) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            other = held.folder.open()
            while not done.is_set():
                with other.open(held.kept) as opened:
                    assert np.array_equal(opened.sound.read(1, 0, 40_000), held.sound[1])
            other.close()
            held.folder._open.remove(other)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(20):
        held.vault.rotate_tenant(event=held.event())
        held.vault.rotate_person(held.ways.caller, event=held.event())
        held.rotate_root()
    done.set()
    reader.join()

    assert failures == []


def test_the_command_rotates_and_lists(tmp_path, capsys) -> None:
    from sottovoce.wiring import embedded

    vault = tmp_path / "vault"
    embedded(vault).close()
    for level in ("root", "tenant"):
        assert main(["keys", "rotate", level, "--vault", str(vault)]) == 0
        assert f"the {level} key is drawn anew" in capsys.readouterr().out
    assert main(["keys", "rotate", "person", "--vault", str(vault)]) == 2
    assert main(["keys", "rotate", "person", "nobody-1", "--vault", str(vault)]) == 1
    capsys.readouterr()
    assert main(["keys", "list", "--vault", str(vault)]) == 0
    assert capsys.readouterr().out.split()[:2] == ["3", "service"]


def test_the_command_gives_the_root_key_a_passphrase(tmp_path, capsys, monkeypatch) -> None:
    from sottovoce.wiring import embedded

    vault, secret = tmp_path / "vault", tmp_path / "secret"
    embedded(vault).close()
    secret.write_text("battery staple\n")
    words = ["keys", "rotate", "root", "--new-passphrase-file", str(secret)]
    assert main([*words, "--vault", str(vault)]) == 0
    assert main(["keys", "list", "--vault", str(vault)]) == 1
    monkeypatch.setenv("SOTTOVOCE_PASSPHRASE_FILE", str(secret))
    assert main(["keys", "list", "--vault", str(vault)]) == 0
