"""The command ``sottovoce-verify``: ``sottovoce verify`` for a machine that has nothing of ours.

Rules:
1. It imports the standard library, ``cryptography`` and of ours only what reads and checks.
2. No vault of this machine is trusted unless ``--vault`` names it.
3. Exit status: 0 proven, 1 tampered, 2 cannot be read.
"""

import argparse
from collections.abc import Sequence

from sottovoce.cli.main import at_edge
from sottovoce.cli.verify import add_options


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is at a path and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="sottovoce-verify",
        description="Check a receipt, a bundle, an output folder, an exported ledger or a vault.",
        epilog="Exit status: 0 proven, 1 tampered, 2 cannot be read.",
    )
    add_options(parser)
    return at_edge(lambda: _run(parser.parse_args(arguments)))


def _run(arguments: argparse.Namespace) -> int:
    return int(arguments.run(arguments))
