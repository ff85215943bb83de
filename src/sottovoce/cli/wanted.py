"""The options that say what is to be found, and what of an owner's own."""

import argparse
from pathlib import Path

from sottovoce.detection.detector import Guarded
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.own_kinds import OwnKinds
from sottovoce.detection.wanted import Wanted, knowledge, own_kinds


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
        help="let a detector of others look too: installed, or the folder of a model"
        " (docs/detectors.md)",
    )


def knowledge_of(args: argparse.Namespace) -> tuple[Knowledge, OwnKinds]:
    """Load what the options say; raise Unfit for a file or a detector that cannot be used."""
    wanted = Wanted(args.language, args.kinds, args.lexicon)
    own = own_kinds(wanted)
    return knowledge(wanted, own, _detectors(args.detector, own)), own


def _detectors(names: list[str], own: OwnKinds) -> tuple[Guarded, ...]:
    if not names:
        return ()
    # Late: who names no detector of others loads nothing of theirs.
    from sottovoce.wiring import detectors

    return detectors(names, own=(kind.id for kind in own.kinds))
