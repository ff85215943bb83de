"""Take from this process everything that decoding does not need.

Rules:
1. Limits first, then the system call filter; both before the first byte of a stranger's file.
2. The filter is a list of what is allowed. Everything else fails with EPERM: opening a file, a
   socket, a new process, another program, a signal to a neighbour, making memory executable.
3. A machine where the filter cannot be set gets no decoding, not an unconfined one.

Sources: seccomp(2), prctl(2), setrlimit(2); the system call tables of Linux for x86-64
(arch/x86/entry/syscalls/syscall_64.tbl) and for the generic table that AArch64 uses
(include/uapi/asm-generic/unistd.h).
"""

import ctypes
import errno
import platform
import resource
import struct
import sys
from dataclasses import dataclass

from sottovoce.intake.reasons import Breach, Reason

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_LOAD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_BITS = 0x45
_RETURN = 0x06
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_DENY = 0x00050000 | errno.EPERM
_PROT_EXEC = 4

# Offsets in struct seccomp_data; both architectures are little-endian.
_NUMBER_AT = 0
_ARCHITECTURE_AT = 4
_THIRD_ARGUMENT_AT = 32

_INSTRUCTION = struct.Struct("<HBBI")


@dataclass(frozen=True, slots=True)
class Architecture:
    """How an architecture is named in a filter, and its numbers of the calls we allow."""

    audit: int
    mapping: tuple[int, ...]
    allowed: tuple[int, ...]


# mmap, mprotect; then read, write, close, lseek, munmap, brk, rt_sigaction, rt_sigprocmask,
# rt_sigreturn, pread64, sched_yield, mremap, madvise, getpid, exit, gettimeofday, sigaltstack,
# gettid, futex, clock_gettime, exit_group, restart_syscall, getrandom, rseq, membarrier,
# getrusage.
ARCHITECTURES = {
    "x86_64": Architecture(
        audit=0xC000003E,
        mapping=(9, 10),
        allowed=(
            *(0, 1, 3, 8, 11, 12, 13, 14, 15, 17, 24, 25, 28, 39, 60, 96, 131),
            *(186, 202, 228, 231, 219, 318, 334, 324, 98),
        ),
    ),
    "aarch64": Architecture(
        audit=0xC00000B7,
        mapping=(222, 226),
        allowed=(
            *(63, 64, 57, 62, 215, 214, 134, 135, 139, 67, 124, 216, 233, 172, 93, 169, 132),
            *(178, 98, 113, 94, 128, 278, 293, 283, 165),
        ),
    ),
}


def confine(*, cpu_s: int, memory_bytes: int) -> None:
    """Give up all rights but reading, writing and computing, for good, or raise Breach."""
    _bound(cpu_s, memory_bytes)
    _shut()


def _bound(cpu_s: int, memory_bytes: int) -> None:
    for what, soft, hard in (
        # At the soft limit the kernel sends SIGXCPU, by which our side knows the cause.
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_NOFILE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, held = resource.getrlimit(what)
        most = hard if held == resource.RLIM_INFINITY else min(hard, held)
        resource.setrlimit(what, (min(soft, most), most))


def _shut() -> None:
    machine = ARCHITECTURES.get(platform.machine())
    if not sys.platform.startswith("linux") or machine is None or sys.maxsize < 1 << 32:
        raise Breach(Reason.UNCONFINED)
    code = filter_for(machine)
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // _INSTRUCTION.size, ctypes.addressof(held))
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program)


def _prctl(option: int, argument: int, pointer: bytes | None = None) -> None:
    call = ctypes.CDLL(None, use_errno=True).prctl
    unsigned = ctypes.c_ulong
    third = ctypes.c_char_p(pointer) if pointer is not None else unsigned(0)
    if call(option, unsigned(argument), third, unsigned(0), unsigned(0)) != 0:
        raise Breach(Reason.UNCONFINED)


def filter_for(machine: Architecture) -> bytes:
    """Write the filter as classic BPF instructions.

    A call from another architecture's table kills the process: its numbers mean other calls.
    """
    head = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    # Both jump over what is left of the list: to the check of mappings, or to the permission.
    calls = [*machine.mapping, *machine.allowed]
    left = len(calls)
    body = []
    for place, call in enumerate(calls):
        over = left - place if call in machine.mapping else left - place + 3
        body.append((_JUMP_IF_EQUAL, over, 0, call))
    tail = [
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, _THIRD_ARGUMENT_AT),
        (_JUMP_IF_BITS, 0, 1, _PROT_EXEC),
        (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(_INSTRUCTION.pack(*row) for row in head + body + tail)
