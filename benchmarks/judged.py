"""What a reader thought of findings in sets whose labels are not complete.

`judged.json` holds places only (`row:turn:start:end`) and whether that is somebody's name; no text.
A finding that nobody has judged yet is said to be so, not counted as right or as wrong.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from tallies import Miss, Tally, share

PAGE = Path(__file__).with_name("judged.json")


def key(miss: Miss) -> str:
    return f"{miss.row}:{miss.turn}:{miss.start}:{miss.end}"


def read(name: str) -> dict[str, bool]:
    """Return the judgements of one set."""
    return json.loads(PAGE.read_text("utf-8")).get(name, {}) if PAGE.exists() else {}


def drawn(misses: Sequence[Miss], count: int, *, seed: int = 7) -> list[Miss]:
    """Return some unlabelled names by chance, the same for the same findings."""
    names = [m for m in misses if m.what == "unlabelled names"]
    return random.Random(seed).sample(names, min(count, len(names)))


def told(name: str, tally: Tally) -> str | None:
    """Tell how many of the names without a label a reader found right, and precision with them."""
    names = [m for m in tally.misses if m.what == "unlabelled names"]
    judged = read(name)
    seen = [judged[key(m)] for m in names if key(m) in judged]
    if not seen or not tally.findings["names"]:
        return None
    right = tally.right["names"] + len(names) * sum(seen) / len(seen)
    return (
        f"  names without a label: {len(names)}; a reader judged {len(seen)} of them and found "
        f"{share(sum(seen), len(seen))} right; precision with that share "
        f"{right / tally.findings['names']:.1%}"
    )
