"""Measures designs on what they were not trained on; writes scores as JSON.

``--leave a,b`` trains without those sets and measures on them; ``--fold N`` trains without the
N-th third of the documents of each set and measures there. The unseen sets are always measured.
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np

from tagger.lists import FACTS, hashed
from tagger.measure import folds, measured, shown
from tagger.network import HIDDEN, WIDTH, Features, chances
from tagger.sets import ALLOWED, UNSEEN, read_all
from tagger.train import LEAST, Plan, gathered, packed, trained

FOLDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--talk", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--design", choices=("cnn", "gru", "linear"), default="cnn")
    parser.add_argument("--leave", default="")
    parser.add_argument("--fold", type=int)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--hidden", type=int, default=HIDDEN)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="write the model here, for a look at its errors")
    options = parser.parse_args()
    sets = read_all(options.data, ALLOWED)
    tested = {name: sets.pop(name) for name in options.leave.split(",") if name}
    if options.fold is not None:
        parts = {name: folds(found, FOLDS) for name, found in sets.items()}
        tested = {name: part.pop(options.fold) for name, part in parts.items()}
        sets = {name: [e for part in rest for e in part] for name, rest in parts.items()}
    tested |= read_all(options.data, UNSEEN)
    keys, rows = hashed()
    features = Features(keys, rows, len(FACTS))
    plan = Plan(options.design, options.width, options.hidden, options.rounds)
    network = trained(gathered(sets), features, options.talk, plan)
    if options.keep:
        np.savez_compressed(options.keep, **packed(network, keys, rows))
    scores = measured(tested, partial(chances, network, features=features), np.array(LEAST))
    print(shown(scores))
    options.out.write_text(json.dumps({k: v.table() for k, v in scores.items()}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
