"""``ledger cosign``: witnesses of two ledgers, forks and rollbacks, and who does not answer."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.backends.witness_folder import WitnessFolder
from sottovoce.cli.cosign import cosignature
from sottovoce.cli.main import main
from sottovoce.cli.witness import _server
from sottovoce.ledger.head import open_head
from sottovoce.ledger.note import read_vkey
from sottovoce.ledger.quorum import read_quorum
from sottovoce.ledger.witness import read_witness_vkey, witnessed_by
from sottovoce.values.errors import Tampered, Unavailable, Unfit
from sottovoce.wiring import embedded


@pytest.fixture
def served(ways, tmp_path):
    """Start a witness in a thread; give the options that name it."""

    @contextmanager
    def served(name, log=None):
        logs = [read_vkey(log.read_text().strip()) if log else ways.signer.key]
        witness = WitnessFolder(
            tmp_path / name, name=f"witness.example/{name}", logs=logs, clock=lambda: 9
        )
        with _server(witness, 0) as server:
            Thread(target=server.serve_forever).start()
            try:
                url = f"http://127.0.0.1:{server.server_address[1]}"
                yield ["--witness", url, "--witness-key", str(tmp_path / name / "witness.vkey")]
            finally:
                server.shutdown()
        witness.close()

    return served


def cosign(vault, *more):
    return main(["ledger", "cosign", "--vault", str(vault), *more])


def grow(ways, vault, numbers):
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")
        for number in numbers:
            log.append(ways.event(number))
        connection.execute("COMMIT")


def test_a_head_that_grew_is_cosigned_by_each(ways, served, tmp_path, capsys):
    vault = ways.folder(tmp_path / "vault", 5)
    with served("w1") as one, served("w2") as two:
        assert cosign(vault, *one) == 0
        grow(ways, vault, range(5, 300))
        capsys.readouterr()
        assert cosign(vault, *one, *two) == 0
        assert cosign(vault, *one, *two) == 0
    note = capsys.readouterr().out.encode()
    note = note[len(note) // 2 :]
    keys = [read_witness_vkey((tmp_path / w / "witness.vkey").read_text().rstrip("\n"))
            for w in ("w1", "w2")]  # fmt: skip
    head = open_head(note, ways.signer.key)

    assert head.size == 300
    assert witnessed_by(note, head, keys) == ("witness.example/w1", "witness.example/w2")


def test_a_fork_is_found(ways, served, tmp_path, capsys):
    vault, fork = ways.folder(tmp_path / "vault", 20), ways.folder(tmp_path / "fork", 5)
    grow(ways, fork, range(100, 130))
    with served("w1") as one:
        assert cosign(vault, *one) == 0
        assert cosign(fork, *one) == 1

    assert "other first 20 entries" in capsys.readouterr().err


def test_a_ledger_that_was_put_back_is_found(ways, served, tmp_path, capsys):
    vault, older = ways.folder(tmp_path / "vault", 20), ways.folder(tmp_path / "older", 8)
    with served("w1") as one:
        assert cosign(vault, *one) == 0
        assert cosign(older, *one) == 1

    assert "seen 20 entries; this ledger has 8" in capsys.readouterr().err


def test_a_head_below_the_quorum_is_unwitnessed(ways, served, tmp_path, capsys):
    vault = ways.folder(tmp_path / "vault", 5)
    with served("w1") as gone:
        pass
    with served("w2") as there:
        assert cosign(vault, *gone, *there) == 1
        told = capsys.readouterr()
        assert cosign(vault, *gone, *there, "--quorum", "1") == 0

    assert "unwitnessed: 1 of 2" in told.err
    assert "witness.example/w1: it cannot be reached" in told.err
    assert "w2" in told.out


@pytest.mark.parametrize("quorum", ["0", "2", "-1"])
def test_a_quorum_that_cannot_be_is_unfit(ways, served, tmp_path, quorum):
    vault = ways.folder(tmp_path / "vault", 5)
    with served("w1") as one:
        assert cosign(vault, *one, "--quorum", quorum) == 2
        assert cosign(vault, *one, *one, "--quorum", "2") == 2
        assert cosign(vault, *one, "--witness", "http://127.0.0.1:1") == 2
        for url in ("file:///etc", "127.0.0.1:1", "http://127.0.0.1:99999"):
            assert cosign(vault, "--witness", url, *one[2:]) == 2


@contextmanager
def answering(*answers):
    """Start a server that gives these answers, one after the other, the last for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def test_who_asks_at_the_same_time_is_no_forger(ways, served, tmp_path, capsys):
    """Another run may bring the witness a newer head between our two questions."""
    vault = ways.folder(tmp_path / "vault", 20)
    with served("w1") as one:
        key = one[2:]
    with answering((409, b"5\n"), (409, b"12\n"), (409, b"20\n"), (503, b"")) as url:
        assert cosign(vault, "--witness", url, *key) == 1

    told = capsys.readouterr().err
    assert "it answered 503" in told
    assert "other first" not in told


def test_a_witness_that_only_says_that_it_has_moved_is_left(ways, served, tmp_path, capsys):
    vault = ways.folder(tmp_path / "vault", 20)
    with served("w1") as one:
        key = one[2:]
    with answering(*((409, b"%d\n" % size) for size in range(1, 20))) as url:
        assert cosign(vault, "--witness", url, *key) == 1

    assert "it answered 409" in capsys.readouterr().err


@pytest.mark.parametrize(
    "body", [b"\xff\n", b"", b"\n\n", "\N{EM DASH} a !\n".encode(), b"x" * 70000]
)
def test_a_witness_that_answers_anything_leaves_the_others_heads(
    ways, served, tmp_path, capsys, body
):
    vault = ways.folder(tmp_path / "vault", 5)
    with served("w1") as one:
        key = one[2:]
    with answering((200, body)) as url, served("w2") as two:
        assert cosign(vault, "--witness", url, *key, *two, "--quorum", "1") == 0

    assert "witness.example/w2" in capsys.readouterr().out


def test_a_ledger_that_grew_while_it_asked_was_not_put_back(ways, served, tmp_path):
    vault = ways.folder(tmp_path / "vault", 20)
    with served("w1") as one:
        key = read_witness_vkey(Path(one[3]).read_text().rstrip("\n"))
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        head = log.head()
        grow(ways, vault, range(20, 26))
        with (
            answering((409, b"26\n")) as url,
            pytest.raises(Unavailable, match="26 entries by now"),
        ):
            cosignature(log, head, url, key)
        with answering((409, b"27\n")) as url, pytest.raises(Tampered, match="this ledger has 26"):
            cosignature(log, head, url, key)


# Witnesses that are set, and what is kept of them

KEY = "ledger.vkey"


def settings(path, *options, quorum):
    """Write a file of witnesses from the options that name them."""
    text = [f"quorum = {quorum}"]
    for _, url, _, key in options:
        text += ["[[witness]]", f'url = "{url}"', f'key = "{Path(key).read_text().strip()}"']
    path.write_text("\n".join(text))
    return path


@pytest.fixture
def real(tmp_path):
    embedded(tmp_path / "real").close()
    return tmp_path / "real"


def said(capsys, *words, status=0):
    capsys.readouterr()
    assert main(list(map(str, words))) == status
    told = capsys.readouterr()
    return told.out, " ".join(told.err.split())


def test_witnesses_are_set_with_an_entry_and_asked_from_then_on(real, served, tmp_path, capsys):
    with served("w1", real / KEY) as one, served("w2", real / KEY) as two:
        file = settings(tmp_path / "w.toml", one, two, quorum=2)
        where = ("--vault", real)
        assert "no witnesses" in said(capsys, "ledger", "witnesses", *where)[0]
        assert "not said which" in said(capsys, "ledger", "cosign", *where, status=2)[1]
        assert "2 of them" in said(capsys, "ledger", "witnesses", file, *where)[0]
        assert "witnesses.set" in said(capsys, "ledger", "list", *where)[0]
        assert "0 of 2 witnesses" in said(capsys, "ledger", "head", *where)[1]
        said(capsys, "ledger", "cosign", *where)
        head, told = said(capsys, "ledger", "head", *where)
        assert (head.count("witness.example/w"), told) == (2, "")
        said(capsys, "vault", "check", *where)


def test_what_is_given_out_carries_cosignatures_and_verify_tells(real, served, tmp_path, capsys):
    tree, bundle, where = tmp_path / "tree", tmp_path / "evidence", ("--vault", real)
    with served("w1", real / KEY) as one, served("w2", real / KEY) as two:
        file = settings(tmp_path / "w.toml", one, two, quorum=2)
        said(capsys, "ledger", "witnesses", file, *where)
        said(capsys, "ledger", "export", tree, *where)
        said(capsys, "evidence", "bundle", "--since", "2020-01-01", "--out", bundle, *where)
    trusted = (*where, "--witnesses", file)
    for path in (tree, bundle):
        told = " ".join(said(capsys, "verify", path, *trusted)[0].split())
        assert "2 of 2 witnesses cosigned it, 2 needed" in told
        assert "not proven unwitnessed" not in told
    told = " ".join(said(capsys, "verify", real, *trusted)[0].split())
    assert "witnessed, the head of" in told

    assert "unwitnessed" in said(capsys, "ledger", "export", tree, *where, status=1)[1]
    told = " ".join(said(capsys, "verify", tree, *trusted)[0].split())
    assert "unwitnessed, the head of" in told
    told = " ".join(said(capsys, "verify", real, *trusted)[0].split())
    assert "1 entries after it, not witnessed yet" in told


def test_a_false_line_in_the_name_of_a_witness_is_tampered(real, served, tmp_path, capsys):
    with served("w1", real / KEY) as one:
        file = settings(tmp_path / "w.toml", one, quorum=1)
        said(capsys, "ledger", "witnesses", file, "--vault", real)
        said(capsys, "ledger", "export", tmp_path / "tree", "--vault", real)
    checkpoint = tmp_path / "tree" / "checkpoint"
    *lines, last = checkpoint.read_text().splitlines()
    changed = last[:-8] + ("A" if last[-8] != "A" else "B") + last[-7:]
    checkpoint.write_text("\n".join([*lines, changed, ""]))
    trusted = ("--vault", real, "--witnesses", file)

    assert "tampered" in said(capsys, "verify", tmp_path / "tree", *trusted, status=1)[0]


def test_a_ledger_behind_its_kept_cosigned_head_is_tampered(ways, served, tmp_path, capsys):
    vault, older = ways.folder(tmp_path / "vault", 20), ways.folder(tmp_path / "older", 8)
    with served("w1") as one:
        file = settings(tmp_path / "w.toml", one, quorum=1)
        (vault / "witnesses.toml").write_text(file.read_text())
        said(capsys, "ledger", "cosign", "--vault", vault)
    (older / "ledger.cosigned").write_bytes((vault / "ledger.cosigned").read_bytes())
    told = said(capsys, "verify", older, "--witnesses", file, status=1)[0]

    assert "has 8 entries; the head kept elsewhere has 20" in told


W = "witness.example/w1+c1e4ae79+BGDvjVEkEZ6tEZmWA3YDdUtKfMgYkqzg6vN9qT9qBPiA"
BAD = [
    "",
    "quorum = 1",
    "quorum = 1\nwitness = 3",
    'quorum = 1\n[[witness]]\nurl = "x"',
    'quorum = 1\n[[witness]]\nurl = "x"\nkey = "y"',
    f'quorum = 0\n[[witness]]\nurl = "x"\nkey = "{W}"',
    "quorum = 1\nquorum = 2",
    "nonsense",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_file_of_witnesses_is_unfit(text):
    with pytest.raises(Unfit):
        read_quorum(text)


def test_the_same_witness_twice_makes_no_quorum(served, tmp_path):
    with served("w1") as one, pytest.raises(Unfit, match="of its own"):
        read_quorum(settings(tmp_path / "w.toml", one, one, quorum=2).read_text())
    with served("w2") as two, pytest.raises(Unfit, match="from 1 to 1"):
        read_quorum(settings(tmp_path / "w.toml", two, quorum=2).read_text())
