"""Pass the ledger on to watchers: ``ledger stream --to URL --position FILE``.

Rules:
1. It is a reader in a process of its own: a receiver that is slow or away holds up nobody else.
2. It gives up on nothing: what a receiver does not take is sent again, later and later.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from sottovoce.cli.at_vault import Commands, published_ledger, verb
from sottovoce.ledger.stream import Memory, OpenLedger, Receiver, send_next
from sottovoce.values.errors import Tampered, Unavailable

_FIRST_S, _LONGEST_S = 1.0, 60.0
_AGAIN_S = 0.5
_DOUBTS = 3


def add(verbs: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``stream``; it sets ``run``, which returns the exit status."""
    parser = verb(verbs, "stream", "pass entries on to a watcher, as OCSF JSON lines", run)
    parser.add_argument("--to", metavar="URL", required=True,
                        help="file:///path, syslog+tls://host, https://host/path")  # fmt: skip
    parser.add_argument("--position", metavar="FILE", type=Path, required=True,
                        help="where to keep how far it came; one for each receiver")  # fmt: skip
    parser.add_argument("--follow", action="store_true",
                        help="go on with entries as they come, until it is stopped")  # fmt: skip
    parser.add_argument("--every", metavar="SECONDS", type=_seconds, default=1.0,
                        help="how often to look for new ones; 1")  # fmt: skip
    files = {"metavar": "FILE", "type": Path}
    parser.add_argument("--authority", **files, help="whose certificates are trusted; the system's")  # type: ignore[arg-type]  # by name
    parser.add_argument("--certificate", **files, help="our certificate, where we have to show one")  # type: ignore[arg-type]  # as above
    parser.add_argument("--certificate-key", **files, help="its key, unless it is in there")  # type: ignore[arg-type]  # as above
    parser.add_argument("--headers", **files, help="a file of HTTP headers, `Name: value` each")  # type: ignore[arg-type]  # as above


def run(arguments: argparse.Namespace) -> int:
    """Send what was not sent, and with --follow what comes."""
    # They ask the network, so they come late.
    from sottovoce.backends.stream_position import PositionFile
    from sottovoce.backends.stream_receivers import Credentials, receiver_at

    credentials = Credentials(
        arguments.authority, arguments.certificate, arguments.certificate_key, arguments.headers
    )
    receiver = receiver_at(arguments.to, credentials)
    with published_ledger(arguments.vault):
        pass  # What is wrong with the vault is said before anything waits.

    ledger = partial(published_ledger, arguments.vault)
    with closing(PositionFile(arguments.position)) as memory:
        if arguments.follow:
            follow(ledger, memory, receiver, every_s=arguments.every)
        sent = 0
        while count := _sent(ledger, memory, receiver, sleep=time.sleep):
            sent += count
    print(f"{sent} entries sent", file=sys.stderr)
    return 0


def follow(
    ledger: OpenLedger,
    memory: Memory,
    receiver: Receiver,
    *,
    every_s: float,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Send entries as they come, for ever; what fails is tried again, with longer pauses.

    Raises what waiting does not mend: Tampered, Refused, Unfit.
    """
    pause_s = _FIRST_S
    while True:
        try:
            count = _sent(ledger, memory, receiver, sleep=sleep)
        except Unavailable as error:
            print(f"waiting: {error}", file=sys.stderr, flush=True)
            sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_S)
            continue
        pause_s = _FIRST_S
        if not count:
            sleep(every_s)


def _sent(
    ledger: OpenLedger, memory: Memory, receiver: Receiver, *, sleep: Callable[[float], None]
) -> int:
    """Send the next entries; what looks edited is read anew before it is called so.

    A database at rest is read without a lock, and a writer that starts just then can tear it.
    """
    for _ in range(_DOUBTS):
        with suppress(Tampered):
            return send_next(ledger, memory, receiver)
        sleep(_AGAIN_S)
    return send_next(ledger, memory, receiver)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.01 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("a number of seconds is needed, 0.01 to 3600")
    return seconds
