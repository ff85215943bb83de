"""Fuzz the ledger's parsers of strangers' bytes with atheris: ``make fuzz``.

    python tools/fuzz/run.py NAME [options of libFuzzer]

An input that ends in anything but the typed errors is written to a file ``crash-...``; so is one
that takes longer than ``-timeout`` or more memory than ``-rss_limit_mb``.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["sottovoce"]):
    from fuzz.ledger_parsers import PARSERS


def main() -> None:
    """Fuzz the parser that is named, from its seeds on."""
    parsers = {one.name: one for one in PARSERS}
    if len(sys.argv) < 2 or sys.argv[1] not in parsers:
        raise SystemExit(f"usage: run.py {{{','.join(parsers)}}} [options of libFuzzer]")
    parser = parsers[sys.argv[1]]
    with tempfile.TemporaryDirectory(prefix="sottovoce-fuzz-") as folder:
        for number, seed in enumerate(parser.seeds):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *sys.argv[2:], folder], parser.try_on)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
