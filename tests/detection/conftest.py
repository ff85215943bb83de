"""Tests of detection; what draws the talk of some lies beside the product, in benchmarks/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
