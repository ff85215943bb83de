"""Time stamps of an authority that openssl makes here: over a head, kept, given out, checked."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import DER_cert_to_PEM_cert, PEM_cert_to_DER_cert
from threading import Thread

import pytest

from sottovoce.backends.witness_client import stamp
from sottovoce.cli.main import main
from sottovoce.ledger.head import sign_head
from sottovoce.ledger.quorum import Authority
from sottovoce.ledger.stamp import query, stamped_at
from sottovoce.values.errors import Tampered, Unavailable, Unfit
from sottovoce.wiring import embedded

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the package openssl")

SETTINGS = """
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256
ordering = yes
"""
"""The policy is below the private number that RFC 5612 reserves for examples."""


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make(folder: Path) -> Path:
    """Make a root and an authority below it."""
    folder.mkdir()
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    ours = ("-days", "30", "-subj", "/CN=Example Root")
    openssl(folder, *new, *ours, "-keyout", "root.key", "-out", "root.pem")
    asked = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, *asked, "-subj", "/CN=Example TSA", "-keyout", "tsa.key", "-out", "tsa.csr")
    (folder / "tsa.ext").write_text("extendedKeyUsage=critical,timeStamping\n")
    signed = ("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key")
    openssl(folder, *signed, "-CAcreateserial", "-extfile", "tsa.ext", "-out", "tsa.pem")
    (folder / "tsa.cnf").write_text(SETTINGS)
    (folder / "serial").write_text("01\n")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("authority") / "one")


@contextmanager
def served(folder: Path) -> Iterator[Authority]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            (folder / "query").write_bytes(body)
            reply = ("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
            openssl(folder, *reply)
            answer = (folder / "reply").read_bytes()
            self.send_response(200 if self.path == "/" else 500)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield Authority(url, (folder / "root.pem").read_text())
        server.shutdown()


def test_a_stamp_is_over_one_head_and_under_one_root(ways, folder, tmp_path) -> None:
    head = sign_head(3, bytes(32), signer=ways.signer)
    with served(folder) as authority:
        given = stamp(authority.url, query(head))
    assert stamped_at(given, head, authority).tzinfo is not None
    text = head.note.rpartition(b"\n\n")[0] + b"\n"
    (tmp_path / "text").write_bytes(text)
    (tmp_path / "stamp").write_bytes(given)
    checked = (
        "ts",
        "-verify",
        "-data",
        "text",
        "-in",
        "stamp",
        "-CAfile",
        str(folder / "root.pem"),
    )
    openssl(tmp_path, *checked)

    with pytest.raises(Tampered):
        stamped_at(given, sign_head(4, bytes(32), signer=ways.signer), authority)
    other = make(tmp_path / "other")
    with pytest.raises(Tampered):
        stamped_at(given, head, Authority("", (other / "root.pem").read_text()))
    with pytest.raises(Unfit):
        stamped_at(given, head, Authority("", "-----BEGIN CERTIFICATE-----"))
    inside = PEM_cert_to_DER_cert(authority.root).replace(b"Example Root", b"\xffxample Root")
    with pytest.raises(Unfit):
        stamped_at(given, head, Authority("", DER_cert_to_PEM_cert(inside)))


def test_every_flipped_byte_is_a_typed_error_or_the_same_time(ways, folder) -> None:
    head = sign_head(3, bytes(32), signer=ways.signer)
    with served(folder) as authority:
        given = stamp(authority.url, query(head))
    at, same = stamped_at(given, head, authority), 0
    for place in range(0, len(given), 3):
        changed = given[:place] + bytes([given[place] ^ 1]) + given[place + 1 :]
        try:
            assert stamped_at(changed, head, authority) == at
            same += 1
        except Tampered:
            pass
    for cut in (b"", given[:40], given[:-1], b"\0" * 70_000):
        with pytest.raises(Tampered):
            stamped_at(cut, head, authority)
    assert same < len(given) / 3 / 4


def test_what_is_given_out_is_stamped_and_verify_says_when(folder, tmp_path, capsys) -> None:
    vault, tree, bundle = tmp_path / "vault", tmp_path / "tree", tmp_path / "evidence"
    embedded(vault).close()

    def said(*words: object, status: int = 0) -> str:
        assert main([*map(str, words)]) == status
        told = capsys.readouterr()
        return " ".join((told.out + told.err).split())

    file = tmp_path / "w.toml"
    with served(folder) as authority:
        root = authority.root
        file.write_text(f'quorum = 0\n[time]\nurl = "{authority.url}"\nroot = """\n{root}"""\n')
        said("ledger", "witnesses", file, "--vault", vault)
        assert "stamped at 20" in said("ledger", "export", tree, "--vault", vault)
        every = ("--since", "2020-01-01", "--out", bundle)
        said("evidence", "bundle", *every, "--vault", vault)
    trusted = ("--vault", vault, "--witnesses", file)
    for path in (tree, bundle, vault):
        assert "as the authority stamped" in said("verify", path, *trusted)
    (tree / "checkpoint.tsr").write_bytes(b"\x30\x00")
    assert "over another head" in said("verify", tree, *trusted, status=1)
    assert "cannot be reached" in said("ledger", "export", tree, "--vault", vault)
    assert "no time stamp lies with it" in said("verify", tree, *trusted)


def test_without_the_library_a_stamp_is_told_as_not_checked(ways, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(Unavailable, match="extra timestamps"):
        stamped_at(b"", sign_head(3, bytes(32), signer=ways.signer), Authority("", ""))
