"""Promises about the tree: what is in it, how long it is, who imports whom."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LINES, FUNCTION_LINES = 600, 50
WRITTEN = {".py", ".md", ".toml", ".cfg", ".ini", ".html", ".css", ".js", ".sh", ".yml", ".yaml"}
NAMED = {"Makefile", "LICENSE", ".gitignore", ".importlinter", "run"}
CONTENT = {
    "alternatives",
    "characters",
    "folded",
    "heard",
    "job",
    "line",
    "note",
    "passphrase",
    "salt",
    "samples",
    "seed",
    "secret",
    "text",
    "value",
    "values",
    "wave",
    "words",
    "wrapped",
}
"""Names of fields that hold what was said, or what unlocks it."""
SHOWN = {
    "Account.words": "a number",
    "Account.heard": "counts by kind",
    "LeakCheck.heard": "counts by kind",
    "RedactedSegment.words": "made of redacted words, which do not show their text",
}
"""Fields of such a name that may be shown, and why."""


def tree() -> list[Path]:
    """Return the files of the tree as git knows them, or as they lie where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [p for p in ROOT.rglob("*") if not any(n.startswith(".") for n in p.parts)]
    return sorted(path for path in paths if path.is_file())


def written() -> list[Path]:
    """Return what people wrote in the tree: not data, not locks, not pictures."""
    return [path for path in tree() if path.suffix in WRITTEN or path.name in NAMED]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long_to_be_read() -> None:
    long = {shown(p): len(p.read_text(encoding="utf-8").splitlines()) for p in written()}

    assert {name: lines for name, lines in long.items() if lines > LINES} == {}


def test_no_function_is_too_long_to_be_understood() -> None:
    long = [
        f"{shown(path)}:{function.lineno} {function.name}"
        for path in written()
        if path.suffix == ".py"
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES
    ]

    assert long == []


def test_imports_go_down_only() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: p.parent.name
)
def test_a_package_begins_with_one_sentence_and_nothing_else(path: Path) -> None:
    (only,) = ast.parse(path.read_text(encoding="utf-8")).body

    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)
    sentence = only.value.value.strip()
    assert "\n\n" not in sentence
    assert len(re.findall(r"[.!?](?:\s|$)", sentence)) == 1


def fields(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the owner, the name and the value of each field of the dataclasses in a file."""
    for owner in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(owner, ast.ClassDef) and any(
            "dataclass" in ast.unparse(decorator) for decorator in owner.decorator_list
        ):
            for field in owner.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    value = ast.unparse(field.value) if field.value else ""
                    yield owner.name, field.target.id, value


def test_no_field_shows_what_was_said_or_what_unlocks_it() -> None:
    open_fields = [
        f"{shown(path)}: {owner}.{name}"
        for path in SOURCES
        for owner, name, value in fields(path)
        if name in CONTENT and f"{owner}.{name}" not in SHOWN and "repr=False" not in value
    ]

    assert open_fields == []


FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:work|tmp|root)/",
    "a host of a package registry": r"pypi\.org|pythonhosted|npmjs|registry\.\w+\.\w+|index-url\s",
    "a number of an issue": r"\bissue\s+#?\d|\B#\d+\b(?=.*\bfix)",
    "who or what wrote it": r"claude|anthropic|copilot|chatgpt|\bsub-?agents?\b|co-authored-by",
}
"""What has no place in any file, apart from this one."""
MAKERS = {"Makefile": "index-url"}
"""Files that must name an option in order to leave out what it would write."""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_tree_tells_nothing_of_where_it_was_made(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE)
    found = [
        f"{shown(path)}:{number}: {line.strip()[:80]}"
        for path in written()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line.replace(MAKERS.get(path.name, "\0"), ""))
        and not path.match("**/data/*/names.toml")
    ]

    assert found == []


ASKING = {
    "src/sottovoce/backends/transit_root.py": "a root key that the owner has held elsewhere",
    "src/sottovoce/backends/kms_root.py": "the same, by boto3",
    "src/sottovoce/backends/s3_bucket.py": "a bucket that the owner has parts rest in",
    "src/sottovoce/backends/s3_ground.py": "the settings of the same",
    "src/sottovoce/backends/witness_client.py": "witnesses that the owner names to ledger cosign",
    "src/sottovoce/backends/stream_http.py": "watchers that the owner names to ledger stream",
    "src/sottovoce/backends/stream_syslog.py": "the same, by syslog",
}
"""Files that ask the network, and for what; none is loaded unless a setting says so."""


def test_nothing_of_ours_asks_the_network() -> None:
    """The decoder and the models must work where there is none."""
    asking = re.compile(
        r"^\s*(?:import|from) (?:requests|httpx|urllib\.request|http\.client|socket|aiohttp"
        r"|huggingface_hub|boto3|botocore)\b",
        re.MULTILINE,
    )
    found = {shown(p) for p in SOURCES if asking.search(p.read_text(encoding="utf-8"))}

    assert found == set(ASKING)


def test_who_asks_the_network_is_loaded_only_when_it_is_wanted() -> None:
    names = [name.removeprefix("src/").removesuffix(".py").replace("/", ".") for name in ASKING]
    check = f"import sys, sottovoce.cli.keys, sottovoce.wiring; print({names} & sys.modules.keys())"
    check = check.replace("[", "{").replace("]", "}")
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True)

    assert loaded.stdout.strip() == b"set()"


def test_the_engine_is_loaded_only_after_it_was_told_to_report_to_nobody() -> None:
    """It reports to its maker from version 1.29 on, unless the environment forbids it first."""
    check = "import sys, sottovoce.cli.process; sys.exit('onnxruntime' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", check], check=False)
    loading = re.compile(r"^\s*(?:from|import) onnxruntime\b", re.MULTILINE)
    sources = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    users = {p: text[: m.start()] for p, text in sources.items() if (m := loading.search(text))}

    assert loaded.returncode == 0
    assert "src/sottovoce/speech/voice.py" in map(shown, users)
    assert [
        shown(p) for p, t in users.items() if 'os.environ["ORT_DISABLE_TELEMETRY"] = "1"' not in t
    ] == []
