"""The options that say what is to be found, and what of an owner's own."""

import argparse
from pathlib import Path

from sottovoce.detection.wanted import Wanted


def add_wanted(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command."""
    parser.add_argument(
        "--language",
        metavar="CODE",
        default="en",
        help="what is spoken: en, es; in any other only figures are found (default: en)",
    )
    parser.add_argument(
        "--kinds",
        metavar="FILE",
        type=Path,
        help="kinds of your own, a TOML file (docs/spec/kinds.md)",
    )
    parser.add_argument(
        "--lexicon",
        metavar="FILE",
        type=Path,
        help="words that are secret at your place (docs/spec/lexicon.md)",
    )
    parser.add_argument(
        "--detector",
        metavar="NAME",
        action="append",
        default=[],
        help="let an installed detector of others look too (docs/detectors.md)",
    )


def wanted(args: argparse.Namespace) -> Wanted:
    """Return what the options say."""
    return Wanted(args.language, args.kinds, args.lexicon, tuple(args.detector))
