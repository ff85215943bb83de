"""Write invented talk: `python tools/talk --seed 7 --count 1000 --out talk.jsonl`."""

import sys
from pathlib import Path

if not __package__:  # started as a folder: its parent is where the package lies
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from talk.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
