"""A witness of ledgers: ``witness FOLDER --log FILE``, a small process of its own.

Rules:
1. It has its own key and its own memory, and nothing of any vault; it listens on this machine only.
2. It speaks C2SP tlog-witness: POST /add-checkpoint, and cosigns only consistent growth.
"""

import argparse
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sottovoce.backends.witness_client import ended_after
from sottovoce.backends.witness_folder import WitnessFolder
from sottovoce.cli.at_vault import Commands
from sottovoce.ledger.note import VerifierKey, read_vkeys
from sottovoce.ledger.witness import MAX_REQUEST, Rejected
from sottovoce.values.errors import Unavailable, Unfit

_PATIENCE_S = 10.0
_MOST_S = 60.0
_MOST_DIGITS = 16


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``witness``; it sets ``run``, which returns the exit status."""
    purpose = "watch ledgers grow, and cosign their heads"
    parser = commands.add_parser("witness", help=purpose, description=purpose.capitalize() + ".")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="its key and its memory")
    parser.add_argument("--log", metavar="FILE", type=Path, action="append", required=True,
                        help="a ledger's key; may be given several times")  # fmt: skip
    parser.add_argument("--name", default="witness.example/w1", help="the witness's own name")
    parser.add_argument("--port", type=int, default=7341, help="where it listens; 0 takes any")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until it is stopped."""
    logs = [_key(path) for path in arguments.log]
    try:
        witness = WitnessFolder(arguments.folder, name=arguments.name, logs=logs, clock=time.time)
    except ValueError as error:
        raise Unfit(f"the name cannot be a key's: {error}") from error
    with _server(witness, arguments.port) as server:
        print(f"witness {witness.vkey}")
        print(f"listens on http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()
    return 0


def _key(path: Path) -> VerifierKey:
    try:
        return read_vkeys(path.read_text(encoding="ascii").rstrip("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit("the ledger's key cannot be read") from error


def _server(witness: WitnessFolder, port: int) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), _handler(witness))
    except (OSError, OverflowError) as error:
        raise Unavailable(f"port {port} cannot be had", hint="choose another --port") from error


def _handler(witness: WitnessFolder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _PATIENCE_S  # For each piece; the whole is bounded in handle().

        def handle(self) -> None:
            with ended_after(self.connection, _MOST_S):
                super().handle()

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            is_size = length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS
            if not is_size or int(length) > MAX_REQUEST:
                self.close_connection = True
                return self._answer(413 if length else 411, b"")
            body = self.rfile.read(int(length))
            if self.path != "/add-checkpoint":
                return self._answer(404, b"")
            try:
                return self._answer(200, witness.add(body))
            except Rejected as error:
                if error.seen is None:
                    return self._answer(error.status, b"")
                return self._answer(error.status, f"{error.seen}\n".encode(), "text/x.tlog.size")
            except Unavailable:
                return self._answer(503, b"")

        def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: standard error is for people."""

    return Handler
