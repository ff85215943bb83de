"""What a confined process can still do, tried by a real one and by reading the filter."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from sottovoce.intake import confine
from sottovoce.intake.confine import ARCHITECTURES, filter_for

ALLOW, KILL, DENY = 0x7FFF0000, 0x80000000, 0x00050001

ESCAPES = {
    "open a file": "os.open('/etc/hostname', os.O_RDONLY)",
    "make a file": "os.open('/dev/shm/escape', os.O_WRONLY | os.O_CREAT)",
    "look at a file": "os.stat('/etc/hostname')",
    "list a folder": "os.listdir('/')",
    "make a socket": "socket.socket()",
    "make a local socket": "socket.socketpair()",
    "fork": "os.fork()",
    "run a program": "os.execv('/bin/true', ['true'])",
    "start a thread": "threading.Thread(target=print).start()",
    "signal its parent": "os.kill(os.getppid(), 0)",
    "lift its limits": "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "make memory executable": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "hold a file in memory": "os.memfd_create('escape')",
    "change its identity": "os.setuid(0)",
    "make a pipe": "os.pipe()",
}

PROGRAM = """
import ctypes, json, mmap, os, resource, socket, sys, threading
sys.path.insert(0, sys.argv[1])
from sottovoce.intake.confine import confine
confine(cpu_s=10, memory_bytes=512 << 20)
answers = {}
for name, attempt in json.loads(sys.argv[2]).items():
    try:
        eval(attempt)
        answers[name] = "done"
    except (PermissionError, RuntimeError, ValueError):
        answers[name] = "denied"
answers["memory"] = sum(bytearray(1 << 20)) == 0
os.write(1, json.dumps(answers).encode())
os._exit(0)
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    root = str(Path(confine.__file__).parents[2])
    command = [sys.executable, "-I", "-c", PROGRAM, root, json.dumps(ESCAPES)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_confined_process_cannot(escape: str, answers: dict[str, object]) -> None:
    assert answers[escape] == "denied"


def test_a_confined_process_can_compute_and_answer(answers: dict[str, object]) -> None:
    assert answers["memory"] is True


def verdict(program: bytes, *, audit: int, number: int, third: int = 0) -> int:
    """Run a filter as the kernel does, as far as its four kinds of instruction go."""
    data = struct.pack("<IIQ6Q", number, audit, 0, 0, 0, third, 0, 0, 0)
    rows = list(struct.iter_unpack("<HBBI", program))
    place, held = 0, 0
    while True:
        code, if_true, if_false, constant = rows[place]
        if code == 0x06:
            return int(constant)
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, constant)
            place += 1
        else:
            is_met = held == constant if code == 0x15 else bool(held & constant)
            place += 1 + (if_true if is_met else if_false)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_filter_allows_its_list_and_nothing_else(name: str) -> None:
    machine = ARCHITECTURES[name]
    program = filter_for(machine)
    allowed = {
        number
        for number in range(1024)
        if verdict(program, audit=machine.audit, number=number) == ALLOW
    }

    assert allowed == {*machine.allowed, *machine.mapping}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_filter_denies_executable_memory(name: str) -> None:
    machine = ARCHITECTURES[name]
    program = filter_for(machine)
    for number in machine.mapping:
        assert verdict(program, audit=machine.audit, number=number, third=4) == DENY
        assert verdict(program, audit=machine.audit, number=number, third=3) == ALLOW


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_filter_kills_on_calls_of_another_architecture(name: str) -> None:
    program = filter_for(ARCHITECTURES[name])

    assert verdict(program, audit=0x40000003, number=1) == KILL


def test_the_calls_of_a_second_table_are_denied() -> None:
    # x32 shares the architecture's name with x86-64 and marks its numbers by one bit.
    machine = ARCHITECTURES["x86_64"]

    assert verdict(filter_for(machine), audit=machine.audit, number=1 | 1 << 30) == DENY
