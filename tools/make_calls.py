"""Make calls that nobody made: `python tools/make_calls.py --seed 7 --count 5 --out DIR`.

The same seed gives the same scripts everywhere. Sound and truth are the same on one machine; on
another the neural voice may differ in its last bits.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from calls.script import Band, Script, parse_script, print_script
from calls.studio import make_call
from calls.truth import as_json, tell_truth
from calls.voices import HIBARI_NAMES, VOICE_NAMES
from calls.writer import Choice, write_script

MOST_CALLS = 1000
_NAMES = ", ".join(VOICE_NAMES)
_VOICE_SETS = {"all": VOICE_NAMES, "hibari": HIBARI_NAMES}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write NAME.flac, NAME.truth.json and NAME.toml for each call; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for script in _scripts(options):
            _write(script, options)
    except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make two-channel calls with exact truth.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--seed", type=int, help="write scripts by chance from this seed")
    source.add_argument("--script", type=Path, help="read this script aloud")
    parser.add_argument("--count", type=int, default=1, help="how many calls (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--band", type=Band, help="telephone or wide (default: drawn)")
    parser.add_argument("--snr-db", type=float, help="voice over noise (default: drawn)")
    parser.add_argument(
        "--voices",
        default="all",
        help="all, hibari (needs no Debian package), or names with commas: "
        + ", ".join(VOICE_NAMES),
    )
    parser.add_argument("--text-only", action="store_true", help="write the scripts, no sound")
    return parser


def _scripts(options: argparse.Namespace) -> Iterator[Script]:
    if options.script:
        yield parse_script(options.script.read_text("utf-8"))
        return
    if not 1 <= options.count <= MOST_CALLS:
        raise ValueError(f"the count is {options.count}; give 1 to {MOST_CALLS}")
    voices = _VOICE_SETS.get(options.voices) or tuple(options.voices.split(","))
    if unknown := set(voices) - set(VOICE_NAMES):
        raise ValueError(
            f"there is no voice {min(unknown)!r}; choose from {', '.join(VOICE_NAMES)}"
        )
    choice = Choice(voices, options.band, options.snr_db)
    for number in range(options.count):
        yield write_script(options.seed, number, choice)


def _write(script: Script, options: argparse.Namespace) -> None:
    (options.out / f"{script.name}.toml").write_text(print_script(script), "utf-8")
    if options.text_only:
        return
    call = make_call(script)
    sound = np.stack(call.heard, axis=1)
    soundfile.write(options.out / f"{script.name}.flac", sound, call.rate_hz, subtype="PCM_16")
    truth = json.dumps(as_json(tell_truth(call)), ensure_ascii=False, indent=1)
    (options.out / f"{script.name}.truth.json").write_text(truth + "\n", "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
