"""Every parser of strangers' bytes in the ledger: one typed error, or the same value again.

The parsers and what each may answer are in ``tools/fuzz/ledger_parsers.py``; ``make fuzz`` runs the
same under atheris for longer.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.ledger.quorum import read_quorum
from sottovoce.values.errors import Unfit

TOOLS = str(Path(__file__).parents[2] / "tools")
sys.path.insert(0, TOOLS)

from fuzz.ledger_parsers import PARSERS  # noqa: E402 - it lies beside the product

TOKENS = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b"\n", b"\n\n", b"\xe2\x80\x94 ", b"+", b"=", b"0", b"-1",
    b"1e9", b"1e999", b"null", b"true", b"9007199254740992", b"\\ud800", b"\xff", b"\x00", b"{}",
    b"[[witness]]\n", b"a.a.", b"[]", b'""', b"\r", b" ",
)  # fmt: skip
WAYS = ("flip", "cut", "put", "over", "again")
places = st.integers(0, 1 << 14)
changes = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "put", "over", "again"]), places, st.sampled_from(TOKENS)
    ),
    max_size=4,
)
SIZES = (1, 2, 7, 40, 300)


def changed(data, change):
    how, place, token = change
    at = place % (len(data) + 1)
    end = at + SIZES[place % len(SIZES)]
    if how == "flip" and at < len(data):
        return data[:at] + bytes([data[at] ^ 1 << place % 8]) + data[at + 1 :]
    if how == "cut":
        return data[:at] + data[end:]
    if how == "again":
        return data[:at] + data[at:end] + data[at:]
    return data[:at] + token + data[at if how == "put" else end :]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda one: one.name)
def test_what_was_made_well_and_then_changed_is_read_or_refused(parser):
    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(parser.seeds), changes)
    def read(data, made):
        for change in made:
            data = changed(data, change)
        parser.try_on(data)

    read()


@pytest.mark.parametrize("parser", PARSERS, ids=lambda one: one.name)
def test_any_bytes_are_read_or_refused(parser):
    @settings(max_examples=30, deadline=None)
    @given(st.binary(max_size=300))
    def read(data):
        parser.try_on(data)

    read()


@pytest.mark.parametrize(
    "name", ["note", "entry", "request", "receipt", "facts", "bundle", "quorum", "witness_vkey"]
)
def test_what_it_begins_with_is_read(name):
    parser = next(one for one in PARSERS if one.name == name)
    for seed in parser.seeds:
        parser.read(seed)


@pytest.mark.parametrize(
    "text",
    ["a=" + "[" * 60_000, "a=" + "{a=" * 20_000, "quorum=" + "9" * 60_000, "a." * 32_000 + "a=1",
     "[" + "a." * 32_000 + "a]", "a=0x" + "f" * 60_000, "[[witness]]\n" * 5000, "a=" + "[" * 500,
     "quorum=" + "9" * 1000, "a=1979-99-99T99:99:99Z"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_file_of_witnesses_that_is_made_to_cost_is_unfit(text):
    with pytest.raises(Unfit):
        read_quorum(text)


BOMBS = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
sys.path.insert(0, {TOOLS!r})
from fuzz.ledger_parsers import PARSERS
from sottovoce.ledger.bundle import MAGIC
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = 1 << 18
units = [b"[", b"{{", b'{{"a":', b'"\\\\', b"\\n", b"9", b"a.", b"old 0\\n", b"a+", b"\\0",
    b"\\xff", b"\\xe2\\x80\\x94 a AAAAAAA=\\n", b'"a\\n', b"x\\n\\n", MAGIC, b"{{}}\\n"]
for parser in PARSERS:
    for unit in units:
        for start in (b"", parser.seeds[0][:60]):
            parser.try_on(start + unit * (size // len(unit)))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_what_is_made_to_cost_is_refused_in_bounded_time_and_memory():
    # A process of its own: what it may use of the processor is bounded by the system.
    done = subprocess.run([sys.executable, "-c", BOMBS], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 200
