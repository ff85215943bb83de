"""Keep what is in memory from being written to disk when the process crashes."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def forbid_dumps() -> None:
    """Forbid core dumps of this process, also to a handler, and looking into its memory.

    prctl(2): a process that is not dumpable leaves none, and others of its user cannot trace it.
    Where there is no such call, the limit alone is set.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
