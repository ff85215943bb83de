"""The command line of talk."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from talk import stock
from talk.styles import STYLES
from talk.writer import Conversation, own_grammar, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Write conversations as lines of JSON; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        filling = stock.own() if options.own else stock.full()
        with options.out.open("w", encoding="utf-8") as file:
            for number in range(options.start, options.start + options.count):
                made = write(
                    options.seed, number, filling, scene=options.scene, style=options.style
                )
                file.write(as_line(made) + "\n")
    except (ValueError, KeyError, OSError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def as_line(conversation: Conversation) -> str:
    """Return a conversation as one line of JSON."""
    turns = [
        {
            "speaker": turn.speaker,
            "text": turn.text,
            "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in turn.spans],
        }
        for turn in conversation.turns
    ]
    row = {"scene": conversation.scene, "style": conversation.style, "turns": turns}
    return json.dumps(row, ensure_ascii=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="talk", description="Write invented talk with spans.")
    parser.add_argument("--seed", type=int, required=True, help="the same seed, the same talk")
    parser.add_argument("--count", type=int, required=True, help="how many conversations")
    parser.add_argument("--start", type=int, default=0, help="number of the first (default: 0)")
    parser.add_argument("--out", type=Path, required=True, help="file of JSON lines to write")
    parser.add_argument("--scene", choices=sorted(own_grammar().scenes), help="only this scene")
    parser.add_argument("--style", choices=STYLES, help="only this style")
    parser.add_argument("--own", action="store_true", help="our own lists, no packages")
    return parser
