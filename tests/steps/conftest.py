"""Tests of steps; what draws the talk of some lies beside the product, in benchmarks/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
# Tests are imported by path, so what they share has to be found by name.
sys.path.insert(0, str(Path(__file__).parents[1] / "journey"))
sys.path.insert(0, str(Path(__file__).parents[1] / "vault"))
sys.path.insert(0, str(Path(__file__).parent))
