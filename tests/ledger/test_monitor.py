"""``monitor``: rollbacks, forks, split views, silence, and who changes what it remembers."""

import json
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from sottovoce.backends import file_parts
from sottovoce.cli import monitor as module
from sottovoce.cli.ledger import write_tree
from sottovoce.cli.main import main
from sottovoce.ledger.tiles import tree_nodes
from sottovoce.ledger.tree import Growing, leaf_hash


@pytest.fixture
def key(ways, tmp_path: Path) -> Path:
    (tmp_path / "key").write_text(f"{ways.signer.key.vkey}\n")
    return tmp_path / "key"


@pytest.fixture
def publish(ways, tmp_path: Path):
    """Export a log of so many entries, the last of them of another history."""

    def publish(name: str, size: int, *, other: int = 0) -> Path:
        log = ways.memory(size - other)
        for number in range(1000, 1000 + other):
            log.append(ways.event(number))
        write_tree(log, ways.signer.key, tmp_path / name)
        return tmp_path / name

    return publish


@pytest.fixture
def watch(tmp_path: Path, key: Path, capsys):
    def watch(*sources: object, status: int = 0, more: tuple[object, ...] = ()) -> str:
        places = [word for source in sources for word in ("--source", source)]
        line = ["monitor", tmp_path / "memory", "--log", key, *places, *more]
        assert main(list(map(str, line))) == status
        told = capsys.readouterr()
        return " ".join((told.out + told.err).split())

    return watch


def test_a_ledger_that_grows_is_as_it_should_be(publish, watch) -> None:
    for size in (0, 1, 5, 256, 257, 1000, 1000):
        assert f"{size} entries, as they should be" in watch(publish("tree", size))


def test_a_rollback_is_found_and_found_again(publish, watch) -> None:
    watch(publish("tree", 300))
    publish("tree", 299)

    for _ in range(2):
        assert "a rollback: 300 entries were seen, and now there are 299" in watch(
            publish("tree", 299), status=1
        )
    watch(publish("tree", 301))


@pytest.mark.parametrize(("size", "other"), [(300, 1), (400, 200), (1000, 999)])
def test_a_fork_is_found(publish, watch, size: int, other: int) -> None:
    watch(publish("tree", 300))

    assert "a fork" in watch(publish("tree", size, other=other), status=1)


def test_two_places_that_show_two_histories_are_a_split_view(publish, watch) -> None:
    one, two = publish("one", 300), publish("two", 290, other=50)
    watch(publish("two", 200), one)
    publish("two", 290, other=50)

    assert "a split view" in watch(one, two, status=1)
    assert "a split view" in watch(two, one, status=1)
    assert "a split view" in watch(publish("three", 320, other=100), status=1)


def test_a_mirror_that_lags_is_none(publish, watch) -> None:
    watch(publish("one", 300), publish("two", 250))
    watch(publish("one", 310), publish("two", 250))


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "tile/1/000.p/3", "tile/0/003.p/32"])
def test_a_flipped_byte_of_what_it_reads_is_found(publish, watch, name: str) -> None:
    path = publish("tree", 800) / name
    whole = path.read_bytes()
    places = range(0, len(whole), 7) if name == "checkpoint" else (0, len(whole) - 1)
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        status = 0 if name == "tile/0/000" else 1  # It is not of the edge; the old head needs it.
        watch(publish_at(path), status=status)
    path.write_bytes(whole)
    watch(publish_at(path))


def publish_at(path: Path) -> Path:
    """Return the folder of a tree that a file lies in."""
    return next(folder for folder in path.parents if (folder / "checkpoint").exists())


def test_silence_and_a_place_out_of_reach_are_told(publish, watch, tmp_path, monkeypatch) -> None:
    tree, quiet = publish("tree", 5), ("--silence", 3600)
    now = 1_000_000.0
    monkeypatch.setattr(module.time, "time", lambda: now)
    watch(tree, more=quiet)
    now += 3600
    watch(tree, more=quiet)
    now += 1
    assert "silence: no entry for 3601 s, at 5 entries" in watch(tree, more=quiet, status=3)
    watch(publish("tree", 6), more=quiet)
    assert "1 of 2 places show no ledger" in watch(tree, tmp_path / "gone", status=3)
    assert "cannot be reached" in watch("http://127.0.0.1:1/", status=3)


def test_a_ledger_is_watched_by_http(publish, watch) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    tree = publish("tree", 600)
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tree))) as server:
        Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        assert "600 entries" in watch(url, tree)
        publish("tree", 599)
        assert "a rollback" in watch(url, status=1)
        (tree / "checkpoint").unlink()
        assert "no checkpoint" in watch(url, status=3)
        server.shutdown()


def test_another_key_and_a_changed_memory_are_tampered(publish, watch, ways, key, tmp_path) -> None:
    tree, memory = publish("tree", 5), tmp_path / "memory" / "seen.json"
    watch(tree)
    said = json.loads(memory.read_text())
    for changed in ("", "{}", "[]", json.dumps(said).replace("\\n5\\n", "\\n4\\n")):
        memory.write_text(changed)
        assert "remembers was changed" in watch(tree, status=1)
    memory.unlink()
    key.write_text(f"{ways.stranger.key.vkey}\n")
    watch(tree, status=1)


def test_killed_before_it_remembers_it_looks_again(publish, watch, monkeypatch, tmp_path) -> None:
    watch(publish("tree", 5))
    memory = tmp_path / "memory" / "seen.json"
    before, tree = memory.read_bytes(), publish("tree", 9)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(file_parts.Path, "replace", killed)
    watch(tree, status=130)
    monkeypatch.undo()
    assert memory.read_bytes() == before
    assert "9 entries" in watch(tree)
    assert memory.read_bytes() != before


def test_the_nodes_of_an_exported_tree_are_those_of_its_entries(publish, ways) -> None:
    tree, log, growing = publish("tree", 700), ways.memory(700), Growing()
    node = tree_nodes(lambda name: (tree / name).read_bytes(), 700)
    for entry in log.entries(0, 700):
        for placed in growing.add(leaf_hash(entry)):
            assert node(placed.level, placed.position) == placed.hash
