"""Every place of the source that lets bytes out or to rest is in the register, docs/sinks.md.

Rules:
1. A place is a function of a module. What makes it one is a call by which bytes leave the process
   or come to rest: print, a file opened to be written, a write, a statement of SQL, an encoder.
2. The register says of each what it lets out, of which class that is, and which test searches it.
3. What is written to by a value's own method (a buffer, a digest) is registered too: the rule sees
   names, not types, and a line in the register costs less than a leak.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sottovoce.backends.folder_outlet import EVERY_ROLE

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sottovoce"
PAGE = ROOT / "docs" / "sinks.md"
CLASSES = {
    "redacted",
    "sealed",
    "ids and counts",
    "kept original",
    "key",
    "owner's own",
    "passed on",
    "none",
}
"""What a sink may hold; the page says what each means."""

CALLS = {"print", "input", "breakpoint", "Progress", "Live", "Status"}
METHODS = {
    "print", "write", "writelines", "write_bytes", "write_text", "print_exception", "print_exc",
    "put", "put_sound", "send", "sendall", "sendmsg", "sendto", "send_bytes", "execute",
    "executemany", "executescript", "tofile", "save", "savez", "savez_compressed", "savetxt",
    "add_stream", "mux", "touch", "symlink_to", "hardlink_to", "copy", "copy2", "copyfile",
    "copyfileobj", "copytree", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile",
    "TemporaryDirectory", "SpooledTemporaryFile", "Popen", "run", "check_output", "check_call",
    "system", "execv", "execve", "pwrite", "backup", "add_artifact", "urlopen", "request",
    "create_connection", "connect", "setenv", "putenv",
}  # fmt: skip
OWNERS = {
    "run": {"subprocess"},
    "save": {"np", "numpy"},
    "connect": {"sqlite3", "socket"},
    "copy": {"shutil"},
    "request": {"http", "requests", "httpx", "connection"},
    "encrypt": {"self._client"},
    "decrypt": {"self._client"},
}
"""Methods of a common name, which count only when they are of one of these modules."""
MODULES = {"warnings", "syslog", "traceback", "faulthandler", "pickle", "shelve", "mmap"}
"""Whatever is called of these."""
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "basicConfig"}
"""Methods that count when they are of something with `log` in its name."""
HARMLESS_SQL = re.compile(r"\s*(?:select|pragma)\b", re.IGNORECASE)


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield every node with the function, or the class, that it is in."""
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        # A function inside of another belongs to it: the register names what a module defines.
        is_inner = named and within and not within.rpartition(".")[2].lstrip("_")[:1].isupper()
        inside = f"{within}.{node.name}".strip(".") if named and not is_inner else within  # type: ignore[attr-defined]
        yield inside, node
        yield from functions(node, inside)


def lets_out(call: ast.Call) -> bool:
    """Tell whether a call is one by which bytes leave the process or come to rest."""
    match call.func:
        case ast.Name(id="open"):
            return _is_written(call)
        case ast.Name(id=name):
            return name in CALLS or name.startswith(("write_", "encode_opus", "compress"))
        case ast.Attribute(value=ast.Name(id=owner)) if owner in MODULES:
            return True
        case ast.Attribute(value=owner, attr=level) if level in LEVELS:
            return "log" in ast.unparse(owner).lower()
        case ast.Attribute(attr="open" | "SoundFile" | "fdopen"):
            return _is_written(call)
        case ast.Attribute(attr="execute" | "executemany"):
            return not _only_reads(call)
        case ast.Attribute(value=owner, attr="dump"):
            return ast.unparse(owner) in {"json", "pickle", "yaml", "marshal"}
        case ast.Attribute(value=owner, attr=name) if name in OWNERS:
            return ast.unparse(owner) in OWNERS[name]
        case ast.Attribute(attr=name):
            return name in METHODS
    return False


def _is_written(call: ast.Call) -> bool:
    """Tell whether what is opened may be written; a mode that is not plain may be any."""
    flags = ast.unparse(call)
    given = [
        *call.args,
        *(k.value for k in call.keywords if k.arg in ("mode", "flags")),
    ]
    modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    is_file = any(
        re.fullmatch(r"[rwaxbt+U]{1,4}", mode) and set(mode) & set("wax+") for mode in modes
    )
    return is_file or bool(re.search(r"O_(?:WRONLY|RDWR|CREAT|APPEND)", flags))


def _only_reads(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    return (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and bool(HARMLESS_SQL.match(first.value))
    )


def sinks(source: str) -> set[str]:
    """Return the functions of a module that let something out; `-` is the module itself."""
    return {
        within or "-"
        for within, node in functions(ast.parse(source))
        if isinstance(node, ast.Call) and lets_out(node)
    }


def found() -> set[str]:
    return {
        f"{path.relative_to(SOURCE)}: {function}"
        for path in sorted(SOURCE.rglob("*.py"))
        for function in sinks(path.read_text(encoding="utf-8"))
    }


def rows() -> list[list[str]]:
    """Return the cells of the page's rows that name a place of the source."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
        if line.startswith("| `")
    ]
    return [row for row in cells if ".py: " in row[0]]


def registered() -> list[str]:
    return [place for row in rows() for place in re.findall(r"`([a-z_0-9/]+\.py: [^`]+)`", row[0])]


def test_every_sink_is_registered() -> None:
    """Else: add a row to docs/sinks.md, and see that its test searches what the sink lets out."""
    new = sorted(found() - set(registered()))

    assert not new, (
        f"{new} let bytes out and are not in docs/sinks.md. Say there what they let out, of which"
        " class it is, and which test searches it for what was planted; extend"
        " tests/journey/test_sinks.py so that it does."
    )


def test_every_registered_sink_is_there_and_once() -> None:
    places = registered()

    assert sorted(set(places) - found()) == []
    assert sorted({place for place in places if places.count(place) > 1}) == []


def test_every_sink_has_a_class_and_a_test_that_searches_it() -> None:
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    for row in rows():
        named = re.findall(r"`(test_[a-z_0-9]+)`", row[-1])

        assert row[1] in CLASSES, row
        assert named, row
        assert [name for name in named if f"def {name}(" not in tests] == []


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_every_output_is_registered_by_its_role(role: str) -> None:
    assert f"\n| `{role}` | " in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "print(said)",
        "sys.stdout.write(said)",
        "open(path, 'w')",
        "path.open('ab')",
        "path.open(mode='r+b')",
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "path.write_text(said)",
        "json.dump(said, file)",
        "logging.info(said)",
        "logger.warning(said)",
        "logging.getLogger(__name__).error(said)",
        "warnings.warn(said)",
        "console.print(said)",
        "connection.execute('INSERT INTO t VALUES (?)', [said])",
        "connection.execute(statement, [said])",
        "soundfile.SoundFile(path, 'w', 8000, 1)",
        "soundfile.write(path, samples, 8000)",
        "av.open(path, 'w', format='ogg')",
        "np.save(path, samples)",
        "subprocess.run([program, said])",
        "shutil.copy(path, other)",
        "tempfile.NamedTemporaryFile()",
        "outlet.put('txt', said)",
        "traceback.print_exc()",
        "sock.sendall(said)",
        "async def inner():\n        await websocket.send(said)",
    ],
)
def test_a_new_sink_is_seen(line: str) -> None:
    source = f"class Speaker:\n  def speak(self):\n    {line}\n"

    assert sinks(source) == {"Speaker.speak"}


@pytest.mark.parametrize(
    "line",
    [
        "open(path)",
        "path.open('rb')",
        "connection.execute('SELECT a FROM t')",
        "json.dumps(said)",
        "soundfile.SoundFile(path)",
        "profile.run(said)",
        "np.concatenate(said)",
        "logging.getLogger(said).setLevel(50)",
        "math.log(said)",
    ],
)
def test_what_lets_nothing_out_is_not_taken_for_a_sink(line: str) -> None:
    assert sinks(f"def speak():\n  {line}\n") == set()
