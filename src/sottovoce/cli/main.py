"""The command ``sottovoce``.

Rules:
1. Only the module of the command that was asked for is imported, so ``verify`` starts at once and
   needs none of the rest.
2. Every error a person can act on is printed as ``error:`` and, where we know the way out,
   ``hint:``; its exit status is that of the contract: 1 refused, 2 unfit, 3 unavailable.
3. What we did not foresee is an error too, without its message: that could hold content.
4. A name is shown without what could steer a terminal.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version

from sottovoce.cli.dumps import forbid_dumps
from sottovoce.values.errors import SottovoceError, Unavailable

_COMMANDS = {
    "process": "sottovoce.cli.process",
    "detect": "sottovoce.cli.detect",
    "live": "sottovoce.cli.live",
    "verify": "sottovoce.cli.verify",
    "recordings": "sottovoce.cli.recordings",
    "open": "sottovoce.cli.open",
    "seal": "sottovoce.cli.seal",
    "recipients": "sottovoce.cli.recipients",
    "keys": "sottovoce.cli.keys",
    "index": "sottovoce.cli.index",
    "approvers": "sottovoce.cli.approvers",
    "people": "sottovoce.cli.people",
    "ledger": "sottovoce.cli.ledger",
    "evidence": "sottovoce.cli.evidence",
    "pseudonyms": "sottovoce.cli.pseudonyms",
    "witness": "sottovoce.cli.witness",
    "monitor": "sottovoce.cli.monitor",
    "vault": "sottovoce.cli.vault",
    "backup": "sottovoce.cli.backup",
    "completion": "sottovoce.cli.completion",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    return at_edge(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    wanted = [name for name in _COMMANDS if name in given[:1]] or list(_COMMANDS)
    # Read when numpy is loaded. The tagger's products are small: threads would only wait for one
    # another, and on a busy machine that costs ten times the work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    forbid_dumps()
    args = parser(wanted).parse_args(given)
    return int(args.run(args))


def at_edge(run: Callable[[], int]) -> int:
    """Run to the end and return the exit status; every error is told as a person can act on it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A letter that the terminal's encoding lacks must not end the work.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = run()
        # Now, while it can still be said that nobody reads.
        print(end="", flush=True)
    except BrokenPipeError:
        # Whoever read our output has gone, and perhaps not all is done; Python must not complain
        # at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - this is the edge
        return complain(error)
    return status


def parser(names: Sequence[str] = tuple(_COMMANDS)) -> argparse.ArgumentParser:
    """Make the parser of some commands, or of all."""
    top = argparse.ArgumentParser(
        prog="sottovoce",
        description="Turn recorded speech into words and sound that are safe to use, with proof.",
        epilog="Exit status: 0 done, 1 refused or quarantined, 2 unfit input or usage,"
        " 3 unavailable, try again.",
    )
    top.add_argument("--version", action="version", version=f"sottovoce {version('sottovoce')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in names:
        import_module(_COMMANDS[name]).add(commands)
    return top


def complain(error: Exception) -> int:
    """Print an error as a person can act on it and return its exit status."""
    known = named(error)
    print(f"error: {known}", file=sys.stderr)
    if known.hint:
        print(f"hint: {known.hint}", file=sys.stderr)
    return known.exit_status


def named(error: Exception) -> SottovoceError:
    """Return an error of ours as it is, and one that we did not foresee by its place alone.

    With SOTTOVOCE_DEBUG set the latter is raised as it is.
    """
    if isinstance(error, SottovoceError):
        return error
    if os.environ.get("SOTTOVOCE_DEBUG"):
        raise error
    return Unavailable(
        f"something went wrong that we did not foresee, at {_place(error)}",
        hint="set SOTTOVOCE_DEBUG=1 for the trace; it may hold content",
    )


def shown(name: object) -> str:
    """Return a name without what could steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(name))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = type(error).__name__
    if trace is None:
        return name
    return f"{name} in {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


if __name__ == "__main__":
    sys.exit(main())
