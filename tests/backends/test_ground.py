"""What is weak about a machine is seen and named, on machines made of files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sottovoce.backends.ground import Host, expect_firm, look
from sottovoce.backends.root_file import Argon2Cost, make_root
from sottovoce.values.errors import Refused

CHEAP = Argon2Cost(time=1, memory_kib=64, lanes=1)


class Machine:
    """A machine whose vault lies on an encrypted volume, without swap or handler of dumps."""

    def __init__(self, path: Path) -> None:
        self.host = Host(path / "proc", path / "sys")
        self.vault = path / "vault"
        self.vault.mkdir(mode=0o700)
        make_root(self.vault / "root.key", passphrase=b"correct horse", cost=CHEAP)
        self.mounts(f"253:1 /dev/mapper/safe {path}", "8:1 /dev/sda1 /")
        self.device("253:1", "CRYPT-LUKS2-0123")
        self.device("8:1", None)
        self.write("proc/swaps", "Filename Type Size Used Priority\n")
        self.write("proc/sys/kernel/core_pattern", "core\n")

    def write(self, name: str, text: str) -> None:
        path = self.vault.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def mounts(self, *mounts: str) -> None:
        lines = []
        for i, mount in enumerate(mounts):
            number, source, point = mount.split(" ")
            lines.append(f"{20 + i} 1 {number} / {point} rw shared:1 - ext4 {source} rw\n")
        self.write("proc/self/mountinfo", "".join(lines))

    def device(self, number: str, uuid: str | None, *, slaves: tuple[str, ...] = ()) -> None:
        folder = self.host.sys / "dev/block" / number
        folder.mkdir(parents=True, exist_ok=True)
        if uuid is not None:
            (folder / "dm").mkdir(exist_ok=True)
            (folder / "dm/uuid").write_text(uuid)
        (folder / "slaves").mkdir(exist_ok=True)
        for slave in slaves:
            (folder / "slaves" / slave).symlink_to(self.host.sys / "dev/block" / slave)

    def names(self, *, attested: bool = False) -> list[str]:
        return [weakness.name for weakness in look(self.vault, self.host, attested=attested)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_firm_ground_has_no_weakness(machine: Machine) -> None:
    assert machine.names() == []
    expect_firm(look(machine.vault, machine.host))


def test_a_plain_volume_is_weak(machine: Machine) -> None:
    machine.mounts("8:1 /dev/sda1 /")

    assert machine.names() == ["open-volume"]
    assert machine.names(attested=True) == []
    with pytest.raises(Refused, match="open-volume"):
        expect_firm(look(machine.vault, machine.host))


def test_a_volume_that_nothing_is_known_of_is_weak(machine: Machine) -> None:
    machine.mounts("0:45 overlay /")

    assert machine.names() == ["open-volume"]


def test_a_volume_is_as_good_as_the_worst_disk_beneath_it(machine: Machine) -> None:
    machine.device("253:2", "LVM-abc", slaves=("253:1",))
    machine.mounts(f"253:2 /dev/mapper/vg-data {machine.vault.parent}")
    assert machine.names() == []

    machine.device("253:3", "LVM-def", slaves=("253:1", "8:1"))
    machine.mounts(f"253:3 /dev/mapper/vg-data {machine.vault.parent}")
    assert machine.names() == ["open-volume"]


def test_the_last_of_two_mounts_on_a_point_counts(machine: Machine) -> None:
    point = machine.vault.parent
    machine.mounts(f"253:1 /dev/mapper/safe {point}", f"8:1 /dev/sda1 {point}")

    assert machine.names() == ["open-volume"]


def test_a_mount_point_with_a_space_is_read(machine: Machine, tmp_path: Path) -> None:
    vault = tmp_path / "my vault"
    machine.vault.rename(vault)
    machine.vault = vault
    machine.mounts(f"253:1 /dev/mapper/safe {str(vault).replace(' ', chr(92) + '040')}")

    assert machine.names() == []


def test_swap_in_the_clear_is_weak(machine: Machine) -> None:
    machine.write("proc/swaps", "Filename Type Size\n/dev/sda2 partition 1000\n")
    assert machine.names() == ["open-swap"]

    machine.write("proc/swaps", "Filename Type Size\n/dev/zram0 partition 1000\n")
    assert machine.names() == []


def test_swap_in_a_file_is_as_safe_as_its_volume(machine: Machine) -> None:
    machine.write("proc/swaps", f"Filename Type Size\n{machine.vault.parent}/swap file 1000\n")
    assert machine.names() == []

    machine.write("proc/swaps", "Filename Type Size\n/var/swap file 1000\n")
    assert machine.names() == ["open-swap"]


def test_what_others_may_read_is_weak(machine: Machine) -> None:
    (machine.vault / "vault.db").touch(0o600)
    assert machine.names() == []
    (machine.vault / "vault.db").chmod(0o640)

    assert machine.names() == ["open-files"]


def test_a_bare_root_key_is_weak(machine: Machine) -> None:
    (machine.vault / "root.key").unlink()
    make_root(machine.vault / "root.key", passphrase=None, cost=CHEAP)

    assert machine.names() == ["bare-root-key"]


def test_a_handler_of_dumps_is_a_note_and_no_refusal(machine: Machine) -> None:
    machine.write("proc/sys/kernel/core_pattern", "|/usr/lib/handler %P\n")

    assert machine.names() == ["core-handler"]
    expect_firm(look(machine.vault, machine.host))


def test_the_machine_at_hand_can_be_looked_at(tmp_path: Path) -> None:
    known = {"open-files", "bare-root-key", "open-volume", "open-swap", "core-handler"}

    assert {weakness.name for weakness in look(tmp_path)} <= known


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_the_command_leaves_no_dump_when_it_crashes(tmp_path: Path) -> None:
    code = (
        "import os, resource\n"
        "from sottovoce.cli.dumps import forbid_dumps\n"
        "forbid_dumps()\n"
        "limit, most = resource.getrlimit(resource.RLIMIT_CORE)\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (most, most))\n"
        "print(limit, flush=True)\n"
        "os.abort()\n"
    )
    died = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert died.stdout == "0\n"
    assert died.returncode < 0
    assert os.listdir(tmp_path) == []
