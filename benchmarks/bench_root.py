"""What holders of a root key cost: a wrap, an unwrap, an opening, a move of many persons.

Run as ``python benchmarks/bench_root.py [--persons 100000]``. The far sides are those of the tests,
on this machine: SoftHSM, a moto server and a small server of ours; a network and a real HSM add
their own time.
"""

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "contract"))

from holders import FAR_SIDES

from sottovoce.backends.sqlite_shelf import SQLiteKeys, _add_keys, transaction
from sottovoce.cli.main import main
from sottovoce.values.ids import PersonId
from sottovoce.vault.keys import TENANT
from sottovoce.wiring import embedded


def median_ms(work: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000


def fill(vault: Path, persons: int) -> None:
    """Give many persons a key, as recordings of theirs would have."""
    app = embedded(vault)
    connection = app.vault._shelf._connection
    assert isinstance(app.vault.keys._shelf, SQLiteKeys)
    under = app.vault.keys._tenant()
    with transaction(connection):
        for number in range(persons):
            name = type(TENANT)("person", PersonId(f"cust-{number}"))
            _add_keys(connection, {name: under.wrap(bytes(32), name)})
    app.close()


def opened(vault: Path) -> None:
    embedded(vault).close()


def rotated(vault: Path, *words: str) -> float:
    begun = time.perf_counter()
    with redirect_stdout(StringIO()):
        assert main(["keys", "rotate", *words, "--vault", str(vault)]) == 0
    return time.perf_counter() - begun


def run(persons: int) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        vault = Path(folder) / "vault"
        embedded(vault).close()
        fill(vault, persons)
        print(f"a vault of {persons} persons; medians in ms, rotations in s")
        print(f"{'holder':12}{'wrap':>8}{'unwrap':>8}{'open':>8}{'root':>8}{'tenant':>8}")
        print(f"{'file':12}{'':8}{'':8}{median_ms(lambda: opened(vault), 5):8.1f}")
        for name, far in FAR_SIDES.items():
            place = Path(folder) / name
            place.mkdir()
            holder = stack.enter_context(far(place))
            root = holder.open()
            wrapped = root.wrap(bytes(32), TENANT)
            wrap = median_ms(lambda root=root: root.wrap(bytes(32), TENANT), 50)
            unwrap = median_ms(lambda root=root, w=wrapped: root.unwrap(w, TENANT), 50)
            root_s = rotated(vault, "root", "--to", holder.spec)
            tenant_s = rotated(vault, "tenant")
            open_ms = median_ms(lambda: opened(vault), 5)
            print(f"{name:12}{wrap:8.2f}{unwrap:8.2f}{open_ms:8.1f}{root_s:8.2f}{tenant_s:8.1f}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--persons", type=int, default=100_000)
    run(asked.parse_args().persons)
