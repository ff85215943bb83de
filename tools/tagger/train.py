"""Trains the tagger that is shipped: `make tagger`. The same data give the same file.

Run: ``python -m tagger.train --data FOLDER --out tagger.npz`` with
``tools`` and ``src`` on the path.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tagger.augment import Maker, rounds
from tagger.examples import Example
from tagger.lists import FACTS, hashed, swaps
from tagger.network import DILATIONS, HIDDEN, WIDTH, Batch, Features, Linear, Network, batches, loss
from tagger.sets import ALLOWED, read_all, talk

REPEATS = {"restaurants8k": 3, "slurp": 3, "aci_bench": 1, "ncbi": 2}
"""How often a set is seen in a round, where not once."""
LEAST = (1.0, 0.25, 0.3, 0.3, 0.15, 0.3, 0.3)
"""From which probability on a word is marked, by label; chosen on left-out documents."""
OWN = 5000
"""Own sentences in a round."""
TALK = 2600
"""Conversations of `tools/talk` in a round; every round has others."""


def gathered(sets: dict[str, list[Example]]) -> list[Example]:
    """Return the examples of all sets, each as often as it counts."""
    return [e for name, found in sets.items() for e in found * REPEATS.get(name, 1)]


@dataclass(frozen=True)
class Plan:
    """What to train, and for how long."""

    design: str = "cnn"
    width: int = WIDTH
    hidden: int = HIDDEN
    rounds: int = 7
    seed: int = 7

    @property
    def rate(self) -> float:
        return 0.02 if self.design == "linear" else 0.003

    def network(self) -> Any:
        if self.design == "linear":
            return Linear(len(FACTS))
        return Network(len(FACTS), self.design, self.width, self.hidden)


def trained(
    examples: Sequence[Example], features: Features, conversations: Path | None, plan: Plan
) -> Any:
    """Return a network trained for some rounds; the learning rate rises, then falls to nothing."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(1)
    maker = Maker(swaps(), random.Random(plan.seed))  # noqa: S311 - to repeat, not to hide
    network = plan.network()
    steps = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=0.01)
    done, total, started = 0, 0, time.time()
    for number in range(plan.rounds):
        groups = material(examples, conversations, number, maker)
        total = total or len(groups) * plan.rounds
        mean = 0.0
        for group in groups:
            for each in steps.param_groups:
                each["lr"] = plan.rate * min(1.0, done / 100, max(0.0, 1.02 - done / total) * 1.6)
            mean += learned(network, steps, Batch(group, features, maker.dice)) / len(groups)
            done += 1
        past = time.time() - started
        print(f"round {number + 1}: loss {mean:.4f}, {past:.0f} s", file=sys.stderr)
    return network


def material(
    examples: Sequence[Example], conversations: Path | None, number: int, maker: Maker
) -> list[list[Example]]:
    """Return the batches of a round; no two rounds have the same conversations."""
    seen = list(rounds(examples, maker, OWN, share=0.65))
    if conversations:
        said = list(talk(conversations, number * TALK, number * TALK + TALK))
        seen += rounds(said, maker, 0, share=0.2)
    return list(batches(seen, 3000, maker.dice))


def learned(network: Any, steps: torch.optim.Optimizer, batch: Batch) -> float:
    """Take one step; return the loss before it."""
    found = loss(network(batch), torch.from_numpy(batch.may))
    steps.zero_grad()
    found.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    steps.step()
    return float(found.detach())


def packed(network: Any, keys: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the parts of the model file: the table in bytes with a scale a row."""
    table = network.table.weight.detach().numpy()
    scale = np.maximum(np.abs(table).max(axis=1), 1e-8) / 127
    parts = {
        "table": np.round(table / scale[:, None]).astype(np.int8),
        "scale": scale.astype(np.float16),
        "list_keys": keys,
        "list_rows": rows,
        "lists": network.lists.detach().numpy(),
        "shapes": network.shapes.detach().numpy(),
        "before": network.before.detach().numpy(),
        "turn": network.turn.detach().numpy(),
        "dilations": np.array(DILATIONS, np.int64),
        "out": network.out.weight.detach().numpy().T,
        "least": np.array(LEAST),
        "out_bias": network.out.bias.detach().numpy(),
    }
    for n, layer in enumerate(network.layers):
        parts[f"kernel{n}"] = layer.weight.detach().numpy().transpose(2, 1, 0)
        parts[f"bias{n}"] = layer.bias.detach().numpy()
    whole = {"table", "list_keys", "list_rows", "dilations"}
    return {
        k: np.ascontiguousarray(v if k in whole else v.astype(np.float16)) for k, v in parts.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the text sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--talk", type=Path, required=True, help="what tools/talk wrote")
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    options = parser.parse_args()
    keys, rows = hashed()
    features = Features(keys, rows, len(FACTS))
    sets = read_all(options.data, ALLOWED)
    network = trained(gathered(sets), features, options.talk, Plan(rounds=options.rounds))
    np.savez_compressed(options.out, **packed(network, keys, rows))
    print(f"{options.out}: {options.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
