"""Open a stretch of a recording without reading the rest: ``sottovoce open ID --from S --to S``.

Rules:
1. The entry names the stretch that was taken, to the millisecond, and is written before its bytes.
2. What is quarantined, erased or not kept yet is not given out; burnt spans are silence.
"""

import argparse
import json
import math
from pathlib import Path

from sottovoce.cli.at_vault import Commands, OpenVault, json_verb, opening, wired_vault
from sottovoce.cli.outputs import aside, at_folder, output_folder
from sottovoce.cli.recordings import (
    expect_purpose,
    expect_released,
    silent_stretches,
    told,
    write_sound,
)
from sottovoce.values.errors import Unfit
from sottovoce.values.ids import recording_id
from sottovoce.vault.opened import Opened
from sottovoce.vault.part import AUDIO


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``open``; it sets ``run``, which returns the exit status."""
    parser = json_verb(commands, "open", "take a stretch of a kept recording out", run)
    parser.set_defaults(open_vault=open_vault)
    parser.add_argument("id", metavar="ID", help="the recording's id, such as rec_ and 20 digits")
    parser.add_argument(
        "--from", dest="start_s", metavar="S", type=float, required=True, help="from this second"
    )
    parser.add_argument(
        "--to", dest="stop_s", metavar="S", type=float, required=True, help="to this second"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where to write")
    parser.add_argument("--purpose", metavar="NAME", default="unstated", help="what it is for")


def run(arguments: argparse.Namespace) -> int:
    """Write one stretch of the kept original to a folder."""
    recording = recording_id(arguments.id)
    expect_purpose(arguments.purpose)
    with opening(arguments.vault, arguments.open_vault) as vault:
        expect_released(vault, recording, arguments.purpose)
        with vault.open(recording) as opened:
            frames = _frames(opened, arguments.start_s, arguments.stop_s)
            rate = opened.sound.rate_hz
            start_ms, stop_ms = frames.start * 1000 // rate, -(-frames.stop * 1000 // rate)
            folder = output_folder(arguments.out)
            fact = {"purpose": arguments.purpose, "part": AUDIO, "channels": opened.sound.channels}
            taken = {"from_ms": start_ms, "to_ms": stop_ms}
            vault.note(vault.event("recording.exported", recording, **fact, **taken))
            path = folder / f"{recording}.{start_ms}-{stop_ms}.flac"
            with at_folder(), aside(path) as beside:
                write_sound(opened, beside, frames)
            silent = silent_stretches(opened, frames)
    if arguments.json:
        print(json.dumps({"recording": recording, "output": str(path), **taken, "erased": silent}))
    else:
        print("\n".join([f"wrote {path}", *told(silent)]))
    return 0


def _frames(opened: Opened, start_s: float, stop_s: float) -> range:
    """Return the frames of a stretch, cut at the end of the recording; raise Unfit for none."""
    whole_s = opened.sound.frames / opened.sound.rate_hz
    if not (math.isfinite(start_s) and math.isfinite(stop_s) and 0 <= start_s < stop_s):
        raise Unfit(
            "a stretch begins at 0 s or later and ends after it begins",
            hint="say for instance --from 12.5 --to 14",
        )
    start = math.floor(min(start_s, whole_s) * opened.sound.rate_hz)
    stop = math.ceil(min(stop_s, whole_s) * opened.sound.rate_hz)
    if start >= opened.sound.frames:
        raise Unfit(f"the recording has {whole_s:.3f} s, and the stretch begins at {start_s:g} s")
    return range(start, min(stop, opened.sound.frames))
