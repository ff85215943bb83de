"""What a stranger's server may do to who asks it: nothing but one typed error, in bounded time."""

import socket
import threading
from contextlib import contextmanager
from time import sleep

import pytest

from sottovoce.backends import witness_client
from sottovoce.backends.witness_client import fetch, post
from sottovoce.ledger.witness import Submission
from sottovoce.values.errors import Unavailable, Unfit

ASKED = Submission(0, (), b"x\n0\n\n")


@contextmanager
def server(*pieces, each_s=0.0):
    """Serve one connection: send the pieces, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return
                    sleep(each_s)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)
        assert not thread.is_alive()


def answer(body, length=None):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (length or len(body)) + body


def test_a_whole_answer_is_returned():
    with server(answer(b"whole")) as url:
        assert fetch(url, "checkpoint", limit=100) == b"whole"
    with server(answer(b"whole")) as url:
        assert post(url, ASKED) == (200, b"whole")


def test_of_more_than_the_limit_one_byte_more_is_returned():
    with server(answer(b"x" * 500)) as url:
        assert fetch(url, "checkpoint", limit=100) == b"x" * 101


@pytest.mark.parametrize("sent", [b"", b"half"])
def test_what_was_cut_off_is_no_answer(sent):
    with server(answer(sent, 9)) as url, pytest.raises(Unavailable, match="cut off"):
        fetch(url, "checkpoint", limit=100)
    with server(answer(sent, 9)) as url, pytest.raises(Unavailable):
        post(url, ASKED)


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x00" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200,
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nab", b"HTTP/1.1 9999 \r\n\r\n"],
    ids=lambda sent: str(sent[-8:]),
)  # fmt: skip
def test_what_is_no_answer_is_unavailable(sent):
    with server(sent) as url, pytest.raises(Unavailable):
        fetch(url, "checkpoint", limit=100)


@pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200 OK\r\na: ", b"HTTP/1.1 200 OK\r\n\r\n", answer(b"", 50_000)],
    ids=["status", "heading", "no length", "body"],
)
def test_who_sends_byte_after_byte_does_not_hold_it(monkeypatch, first):
    monkeypatch.setattr(witness_client, "_MOST_S", 0.2)
    # Each byte comes in time for a socket's patience; all of them would take hours.
    with server(first, *[b"H"] * 1_000_000, each_s=0.02) as url, pytest.raises(Unavailable):
        fetch(url, "checkpoint", limit=100_000)


@pytest.mark.parametrize(
    "url",
    ["", "ftp://h.example", "http://h.example:x", "http://h.example:99999999", "http://a b",
     "http://\x00", "http://h.example\x7f/", "http://127.0.0.1:1/\u00e9",
     "http://\u00e9" + "a" * 99, "http://[", "http://[::1", "//h.example", "http://..example"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_such_url_is_unfit(url):
    with pytest.raises((Unfit, Unavailable)):
        fetch(url, "checkpoint", limit=10)
    with pytest.raises((Unfit, Unavailable)):
        post(url, ASKED)
