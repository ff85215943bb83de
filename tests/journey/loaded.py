"""Loads all that commands need, so that what is forked from this process need not."""

import gc
import os

from sottovoce.cli.main import parser
from sottovoce.detection.knowledge import shipped


def load() -> None:
    """Import every command, and read the words that come with the package."""
    parser()
    known = shipped()
    assert known.spans
    known.passage_reader()
    assert len(os.listdir("/proc/self/task")) == 1, "a fork would lack the other threads"
    # What is not looked through is not copied.
    gc.freeze()
