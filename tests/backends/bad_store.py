"""A proxy before a store that speaks S3, which does one thing wrong at a time."""

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Fault = Callable[["Proxied"], bool]
"""Answer a request wrongly and return True, or leave it alone."""


class Proxied(BaseHTTPRequestHandler):
    """One request on its way to the store."""

    protocol_version = "HTTP/1.1"
    server: "BadStore"
    body: bytes

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def pass_on(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.body = self.rfile.read(length)
        if not self.server.fault(self):
            self.answer(*self.ask(self.body))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815 - named by the library

    def ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Have the store do it, and return its answer."""
        store = http.client.HTTPConnection(self.server.store, timeout=10)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "content-length"}
        store.request(self.command, self.path, body=body, headers=headers)
        answer = store.getresponse()
        data, found = answer.read(), dict(answer.getheaders())
        store.close()
        return answer.status, found, data

    def answer(self, status: int, headers: dict[str, str], data: bytes, cut: int = 0) -> None:
        """Answer; ``cut`` bytes of the end are promised and never sent."""
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        size = headers.get("Content-Length", len(data)) if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) - cut] if cut else data)
        self.close_connection = bool(cut)


class BadStore(ThreadingHTTPServer):
    """Where the proxy listens; ``fault`` is what it does wrong now."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), Proxied)
        self.store = urlsplit(url).netloc
        self.fault: Fault = lambda request: False
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who was cut off goes away."""


@contextmanager
def bad_store(url: str) -> Iterator[BadStore]:
    """Start a proxy before a store."""
    with BadStore(url) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def writes(request: Proxied) -> bool:
    return request.command == "PUT"


def reads(request: Proxied) -> bool:
    return request.command == "GET" and "list-type" not in request.path


def deletes(request: Proxied) -> bool:
    return request.command == "DELETE" or (request.command == "POST" and "delete" in request.path)


def whatever(request: Proxied) -> bool:
    return True


def says(status: int, which: Callable[[Proxied], bool], *, done: bool = False) -> Fault:
    """Answer with an error; ``done`` has the store do it all the same."""

    def fault(request: Proxied) -> bool:
        if not which(request):
            return False
        if done:
            request.ask(request.body)
        request.answer(status, {}, b"<Error><Code>InternalError</Code></Error>")
        return True

    return fault


def slow(which: Callable[[Proxied], bool], wait_s: float) -> Fault:
    """Do it, and answer too late."""

    def fault(request: Proxied) -> bool:
        if which(request):
            time.sleep(wait_s)
        return False

    return fault


def cut_off(which: Callable[[Proxied], bool]) -> Fault:
    """Do it, promise the whole answer, and break off before its end."""

    def fault(request: Proxied) -> bool:
        if not which(request):
            return False
        status, headers, data = request.ask(request.body)
        request.answer(status, headers, data or b"never sent", cut=max(1, len(data) // 2))
        return True

    return fault


def lies(which: Callable[[Proxied], bool]) -> Fault:
    """Say that it is done, and do nothing."""

    def fault(request: Proxied) -> bool:
        if not which(request):
            return False
        keys = re.findall(rb"<Key>.*?</Key>", request.body) if request.command == "POST" else []
        said = b"".join(b"<Deleted>" + key + b"</Deleted>" for key in keys)
        answer = b"<DeleteResult>" + said + b"</DeleteResult>" if keys else b""
        request.answer(200, {"ETag": '"d41d8cd98f00b204e9800998ecf8427e"'}, answer)
        return True

    return fault


def writes_less(request: Proxied) -> bool:
    """Say that it is done, and do half of it."""
    if not writes(request):
        return False
    for name in [n for n in request.headers if n.lower().startswith(("x-amz-", "content-md5"))]:
        del request.headers[name]
    status, headers, data = request.ask(request.body[: len(request.body) // 2])
    request.answer(status, headers, data)
    return True


def once(fault: Fault) -> Fault:
    """Do it wrong the first time that it applies."""
    left = [1]

    def first(request: Proxied) -> bool:
        if left and fault(request):
            left.clear()
            return True
        return False

    return first
