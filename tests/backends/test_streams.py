"""Watchers: a file, syslog over TLS, HTTP; each gets every entry, whatever becomes of it."""

import datetime
import ipaddress
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.backends.stream_position import PositionFile
from sottovoce.backends.stream_receivers import Credentials, receiver_at
from sottovoce.cli.at_vault import published_ledger
from sottovoce.cli.stream import follow
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.question import Index
from sottovoce.ledger.stream import Position, read_position, send_next, write_position
from sottovoce.values.errors import Refused, Tampered, Unavailable, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

SIGNER = ledger_signer(bytes(range(32)))
AT = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
HERE = ipaddress.ip_address("127.0.0.1")


class Vault:
    """A folder of which only the ledger is real."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self.path = path
        (path / "ledger.vkey").write_text(f"{SIGNER.key.vkey}\n")
        self.write(0)

    def write(self, count: int) -> int:
        """Write entries as recording does, and have the log cut short; return its size."""
        with closing(sqlite3.connect(self.path / "vault.db", isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            log = SQLiteLog(connection, origin=SIGNER.key.name, signer=SIGNER)
            connection.execute("BEGIN IMMEDIATE")
            for _ in range(count):
                about = RecordingId(f"rec_{log.head().size:020x}")
                log.append(Event("recording.arrived", AT, ActorId("uid:7"), about, {"channels": 2}))
            connection.execute("COMMIT")
            # What waits for readers that hold the log open would not be done.
            assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
            return log.head().size


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[PositionFile]:
    with closing(PositionFile(tmp_path / "position")) as memory:
        yield memory


def send_all(vault: Vault, memory: PositionFile, url: str, **files: Path) -> int:
    receiver, sent = receiver_at(url, Credentials(**files)), 0
    while count := send_next(partial(published_ledger, vault.path), memory, receiver):
        sent += count
    return sent


def sequences(lines: list[bytes]) -> list[int]:
    return [json.loads(line)["metadata"]["sequence"] for line in lines]


class Authority:
    """A certificate for this machine, and the context of a server that shows it."""

    def __init__(self, folder: Path, name: x509.GeneralName | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "watcher")])
        now = datetime.datetime.now(datetime.UTC)
        here = x509.SubjectAlternativeName([name or x509.IPAddress(HERE)])
        serial = x509.random_serial_number()
        made = x509.CertificateBuilder(
            who, who, key.public_key(), serial, now, now.replace(year=9999)
        )
        signed = made.add_extension(here, critical=False).sign(key, hashes.SHA256())
        self.pem, private = folder / "authority.pem", folder / "authority.key"
        self.pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.pem, private)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Syslog:
    """A receiver of syslog over TLS that reads until the sender ends, as RFC 5425 has it."""

    def __init__(self, context: ssl.SSLContext, *, farewell: bool = True, breaks: int = 0) -> None:
        self.messages: list[bytes] = []
        self.versions: set[str | None] = set()
        self._context, self._farewell, self._breaks = context, farewell, breaks
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port = self._listens.getsockname()[1]
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listens.shutdown(socket.SHUT_RDWR)
        self._listens.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listens.accept()
                with suppress(ssl.SSLError, ConnectionError), plain:
                    self._talk(self._context.wrap_socket(plain, server_side=True))

    def _talk(self, secured: ssl.SSLSocket) -> None:
        with secured:
            self.versions.add(secured.version())
            if self._breaks:
                self._breaks -= 1
                secured.recv(10)
                secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, *[0] * 7]))
                return
            data = b"".join(iter(lambda: secured.recv(65536), b""))
            if self._farewell:
                secured.unwrap()
        self.messages += unframed(data)


def unframed(data: bytes) -> Iterator[bytes]:
    while data:
        length, _, rest = data.partition(b" ")
        yield rest[: int(length)]
        data = rest[int(length) :]


@pytest.fixture
def syslog() -> Iterator[Callable[..., Syslog]]:
    made: list[Syslog] = []

    def start(context: ssl.SSLContext, **how: object) -> Syslog:
        made.append(Syslog(context, **how))  # type: ignore[arg-type]  # as given
        return made[-1]

    yield start
    for one in made:
        one.close()


class Web:
    """A receiver by HTTP; ``answers`` are what it answers first, then 200."""

    def __init__(self, *answers: int, tls: ssl.SSLContext | None = None) -> None:
        self.lines: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.asked, self.may_answer = Signal(), Signal()
        self.may_answer.set()
        left, web = [*answers], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.asked.set()
                web.may_answer.wait(30)
                status = left.pop(0) if left else 200
                web.headers.append(dict(self.headers))
                if status == 200:
                    web.lines += body.splitlines()
                with suppress(OSError):  # Whoever asked may have been killed.
                    self.send_response(status)
                    self.send_header("Location", "http://127.0.0.1:9/")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *said: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_address[1]}/events"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def web() -> Iterator[Callable[..., Web]]:
    made: list[Web] = []

    def start(*answers: int, tls: ssl.SSLContext | None = None) -> Web:
        made.append(Web(*answers, tls=tls))
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_a_file_gets_every_entry_once_and_what_comes_later(vault, memory, tmp_path):
    vault.write(300)
    out = tmp_path / "siem.jsonl"
    assert send_all(vault, memory, f"file://{out}") == 300
    vault.write(5)
    assert send_all(vault, memory, f"file://{out}") == 5
    assert send_all(vault, memory, f"file://{out}") == 0

    assert sequences(out.read_bytes().splitlines()) == [*range(305)]
    assert out.stat().st_mode & 0o777 == 0o600
    assert memory.load() == Position(SIGNER.key.name, 305)


def test_a_line_that_a_crash_tore_is_replaced(vault, memory, tmp_path):
    vault.write(3)
    out = tmp_path / "siem.jsonl"
    send_all(vault, memory, f"file://{out}")
    whole = out.read_bytes()
    out.write_bytes(whole + whole[:70000][:-1])
    vault.write(1)
    send_all(vault, memory, f"file://{out}")

    assert sequences(out.read_bytes().splitlines()) == [0, 1, 2, 0, 1, 3]


def test_a_crash_before_the_position_is_kept_sends_again_and_loses_nothing(
    vault, memory, tmp_path, monkeypatch
):
    vault.write(4)
    out = tmp_path / "siem.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        patch.setattr(Path, "replace", lambda *paths: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(Unavailable):
            send_all(vault, memory, f"file://{out}")
    send_all(vault, memory, f"file://{out}")
    lines = out.read_bytes().splitlines()

    assert sequences(lines) == [0, 1, 2, 3, 0, 1, 2, 3]
    assert len({json.loads(line)["metadata"]["uid"] for line in lines}) == 4


def test_syslog_gets_framed_messages_over_tls_1_3(vault, memory, authority, syslog):
    vault.write(300)
    server = syslog(authority.context)
    url = f"syslog+tls://127.0.0.1:{server.port}"
    assert send_all(vault, memory, url, authority=authority.pem) == 300
    head, _, body = server.messages[7].partition(b" {")

    assert head == b"<110>1 2025-01-01T00:00:00.000Z - sottovoce - recording.arrived -"
    assert json.loads(b"{" + body)["metadata"]["sequence"] == 7
    assert sequences([b"{" + m.partition(b" {")[2] for m in server.messages]) == [*range(300)]
    assert server.versions == {"TLSv1.3"}


@pytest.mark.parametrize("farewell", [True, False])
def test_syslog_that_breaks_off_gets_them_again(vault, memory, authority, syslog, farewell):
    vault.write(20)
    server = syslog(authority.context, farewell=farewell, breaks=2)
    url = f"syslog+tls://127.0.0.1:{server.port}"
    for _ in range(2):
        with pytest.raises(Unavailable):
            send_all(vault, memory, url, authority=authority.pem)
        assert memory.load() is None
    assert send_all(vault, memory, url, authority=authority.pem) == 20

    assert sequences([b"{" + m.partition(b" {")[2] for m in server.messages]) == [*range(20)]


def test_a_receiver_with_a_strange_certificate_gets_nothing(
    vault, memory, authority, syslog, web, tmp_path
):
    vault.write(1)
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", x509.DNSName("watcher.example"))
    server, page = syslog(authority.context), web(tls=authority.context)
    url = f"syslog+tls://127.0.0.1:{server.port}"
    for where, trusted in ((url, None), (url, other.pem), (page.url, None), (page.url, other.pem)):
        with pytest.raises(Refused, match="certificate"):
            send_all(vault, memory, where, authority=trusted)
    named = syslog(other.context)
    with pytest.raises(Refused, match="certificate"):
        send_all(vault, memory, f"syslog+tls://127.0.0.1:{named.port}", authority=other.pem)

    assert server.messages == named.messages == page.lines == []
    assert memory.load() is None


def test_a_receiver_of_older_tls_gets_nothing(vault, memory, authority, syslog):
    vault.write(1)
    authority.context.maximum_version = ssl.TLSVersion.TLSv1_2
    server = syslog(authority.context)
    with pytest.raises(Unavailable):
        send_all(vault, memory, f"syslog+tls://127.0.0.1:{server.port}", authority=authority.pem)

    assert server.messages == []


def test_http_gets_json_lines_over_tls_with_our_headers(vault, memory, authority, web, tmp_path):
    vault.write(300)
    server = web(tls=authority.context)
    (tmp_path / "headers").write_text("Authorization: Bearer hush\n")
    files = {"authority": authority.pem, "headers": tmp_path / "headers"}
    assert send_all(vault, memory, server.url, **files) == 300

    assert sequences(server.lines) == [*range(300)]
    assert {one["Authorization"] for one in server.headers} == {"Bearer hush"}
    assert {one["Content-Type"] for one in server.headers} == {"application/x-ndjson"}


@pytest.mark.parametrize("status", [500, 503, 429, 401, 302, 404])
def test_whatever_http_answers_no_entry_is_dropped(vault, memory, web, status):
    vault.write(3)
    server = web(status, status)
    for _ in range(2):
        with pytest.raises(Unavailable, match=str(status)):
            send_all(vault, memory, server.url)
    send_all(vault, memory, server.url)

    assert sequences(server.lines) == [0, 1, 2]


def test_what_is_too_large_for_http_is_halved(vault, memory, web):
    vault.write(4)
    server = web(413, 413)
    assert send_all(vault, memory, server.url) == 4

    assert sequences(server.lines) == [0, 1, 2, 3]


def test_following_waits_longer_and_longer_and_then_goes_on(vault, memory, web, capsys):
    vault.write(2)
    server, paused = web(500, 500, 500), []

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 4:
            vault.write(1)
        if len(paused) == 5:
            raise Enough

    ledger = partial(published_ledger, vault.path)
    receiver = receiver_at(server.url, Credentials())
    with pytest.raises(Enough):
        follow(ledger, memory, receiver, every_s=0.5, sleep=sleep)

    assert paused == [1.0, 2.0, 4.0, 0.5, 0.5]
    assert sequences(server.lines) == [0, 1, 2]
    assert capsys.readouterr().err.count("the receiver answered 500") == 3


def test_a_receiver_that_takes_its_time_holds_up_nobody_who_records(vault, memory, web):
    vault.write(5)
    server = web()
    server.may_answer.clear()
    sending = Thread(target=send_all, args=(vault, memory, server.url))
    sending.start()
    assert server.asked.wait(30)
    size = vault.write(7)  # It also cuts the write-ahead log, which waits for readers.
    server.may_answer.set()
    sending.join()

    assert size == 12
    assert sequences(server.lines) == [*range(12)]


def test_killed_while_a_receiver_has_them_it_sends_them_again(vault, web, tmp_path):
    vault.write(300)
    server = web()
    server.may_answer.clear()
    line = [
        sys.executable, "-m", "sottovoce.cli.main", "ledger", "stream", "--vault", vault.path,
        "--to", server.url, "--position", tmp_path / "state" / "position",
    ]  # fmt: skip
    first = subprocess.Popen([*line, "--follow"], stderr=subprocess.PIPE)
    assert server.asked.wait(60)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    server.may_answer.set()
    done = subprocess.run(line, capture_output=True, check=False, timeout=60)
    told = Counter(sequences(server.lines))

    assert (done.returncode, done.stderr) == (0, b"300 entries sent\n")
    assert set(told) == set(range(300))
    assert max(told.values()) <= 2


def test_a_ledger_that_was_put_back_or_is_another_is_told(vault, memory):
    vault.write(2)
    memory.keep(Position(SIGNER.key.name, 3))
    with pytest.raises(Tampered, match="3 were sent"):
        send_all(vault, memory, "file:///nowhere/x")
    memory.keep(Position("sottovoce.example/other", 1))
    with pytest.raises(Refused, match="another ledger"):
        send_all(vault, memory, "file:///nowhere/x")


def test_an_edited_entry_is_not_passed_on(vault, memory, tmp_path):
    vault.write(3)
    with closing(sqlite3.connect(vault.path / "vault.db", isolation_level=None)) as connection:
        connection.execute(
            "UPDATE ledger_entry SET data = CAST(replace(CAST(data AS TEXT), 'uid:7', 'uid:8')"
            " AS BLOB) WHERE position = 1"
        )
    with pytest.raises(Tampered):
        send_all(vault, memory, f"file://{tmp_path / 'out'}")

    assert not (tmp_path / "out").exists()


def test_what_looks_edited_is_read_anew_before_it_is_called_so(vault, memory, tmp_path, capsys):
    """A database at rest is read without a lock: a writer that starts just then can tear it."""
    vault.write(3)
    reads, paused = [], []

    def torn(times: int) -> AbstractContextManager[Index]:
        reads.append(1)
        if len(reads) <= times:
            raise Tampered("the ledger's rows are damaged")
        return published_ledger(vault.path)

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        paused.append(seconds)
        if seconds == 9.0:
            raise Enough

    receiver = receiver_at(f"file://{tmp_path / 'out'}", Credentials())
    with pytest.raises(Enough):
        follow(partial(torn, 3), memory, receiver, every_s=9.0, sleep=sleep)
    assert paused == [0.5, 0.5, 0.5, 9.0]
    assert sequences((tmp_path / "out").read_bytes().splitlines()) == [0, 1, 2]
    with pytest.raises(Tampered):
        follow(partial(torn, 99), memory, receiver, every_s=9.0, sleep=sleep)


def test_two_do_not_send_by_one_position(memory, tmp_path):
    with pytest.raises(Unavailable, match="another process"):
        PositionFile(tmp_path / "position")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"v":1,"origin":"x","next":-1}',
                                  b'{"v":2,"origin":"x","next":1}', b"[" * 100000])  # fmt: skip
def test_a_position_that_is_none_is_unfit(data):
    with pytest.raises(Unfit, match="position"):
        read_position(data)


def test_a_position_comes_back():
    assert read_position(write_position(Position("x", 5))) == Position("x", 5)


@pytest.mark.parametrize(
    "url",
    [
        "oliver",
        "ftp://x",
        "http://watcher.example/",
        "file://host/x",
        "syslog+tls://",
        "https://",
        "https://oliver:marsh@watcher.example/",
        "https://watcher.example:x/",
        "syslog+tls://x/y",
        "syslog+tls://.x",
        f"https://{'x' * 64}.y/",
        "https://watcher.example/a b",
        "https://watcher.example/\u00e9",
    ],
)
def test_what_is_no_receiver_is_said_without_repeating_it(url):
    with pytest.raises(Unfit) as caught:
        receiver_at(url, Credentials())

    assert "oliver" not in str(caught.value)


@pytest.mark.parametrize("text", ["no header", "A: b\nC", "X: é", "A : b"])
def test_headers_that_are_none_are_unfit(tmp_path, text):
    (tmp_path / "headers").write_text(text)
    with pytest.raises(Unfit, match="headers"):
        receiver_at("http://localhost:1/", Credentials(headers=tmp_path / "headers"))
