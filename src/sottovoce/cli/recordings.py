"""See, review, take and erase what the vault holds: ``recordings list|show|review|export|erase``.

Rules:
1. Every export and every erasure is an event, written before the first byte leaves.
2. A quarantined recording is not exported.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
from rich.console import Console
from rich.table import Table

from sottovoce.cli.approvers import expect_destruction, with_approver_key
from sottovoce.cli.at_vault import (
    Commands,
    OpenVault,
    confirm,
    count,
    json_verb,
    opening,
    wired_vault,
)
from sottovoce.cli.outputs import aside, at_folder, output_folder
from sottovoce.ledger.events import GROUNDS_WORDS
from sottovoce.steps.whose import COMMON
from sottovoce.values.errors import Refused, Tampered, Unfit
from sottovoce.values.ids import RecordingId, recording_id
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.opened import Opened
from sottovoce.vault.strands import WORDS
from sottovoce.vault.vault import Vault

_STRETCH = 1 << 18
_TABLE = 1000
"""So many recordings are shown at once unless a limit is given."""
_PURPOSE = re.compile(r"[a-z0-9._-]{1,40}")
_LOOKS = {
    State.KEPT: "green",
    State.QUARANTINED: "bold red",
    State.ARRIVED: "yellow",
    State.ARRIVING: "yellow",
    State.ERASED: "dim",
}


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``recordings`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("recordings", help="see, take and erase what the vault holds")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    listed = json_verb(verbs, "list", "list the recordings, oldest first", list_recordings)
    listed.add_argument("--limit", metavar="N", type=count, help="no more than so many")
    listed.add_argument("--after", metavar="ID", help="those that came after this one")
    states = [state.value for state in State if state is not State.UNDONE]
    listed.add_argument("--state", choices=states, help="those in one state")
    _with_id(json_verb(verbs, "show", "show one recording", show))
    export = _with_id(
        json_verb(verbs, "export", "take the kept original and its words out", export_)
    )
    export.add_argument("--out", metavar="DIR", type=Path, required=True, help="where to write")
    export.add_argument("--purpose", metavar="NAME", default="unstated", help="what it is for")
    erase = _with_id(json_verb(verbs, "erase", "destroy a recording's keys and files", erase_))
    with_approver_key(erase).add_argument("--yes", action="store_true", help="do not ask")
    review = json_verb(verbs, "review", "look at what is held back, and decide about it", review_)
    _add_review(_with_id(review))


def _add_review(review: argparse.ArgumentParser) -> None:
    decisions = review.add_mutually_exclusive_group()
    decisions.add_argument(
        "--publish", action="store_true", help="write the outputs, and keep it as any other"
    )
    decisions.add_argument(
        "--keep-quarantined", action="store_true", help="decide that it stays held back"
    )
    review.add_argument(
        "--mask",
        metavar="START-END[@CHANNEL]",
        action="append",
        default=[],
        help="hide more, in seconds, on one channel or on all, and hear it again",
    )
    review.add_argument("--reason", choices=GROUNDS_WORDS, help="the grounds of a decision")
    review.add_argument(
        "--accept-leak", action="store_true", help="publish although something is recovered"
    )
    review.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(), help="where to write (default: here)"
    )
    review.add_argument(
        "--model", metavar="PATH", type=Path, help="a Whisper model, as for `process`"
    )
    review.add_argument(
        "--language", metavar="CODE", default="en", help="what is spoken (default: en)"
    )


def _with_id(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("id", metavar="ID", help="the recording's id, such as rec_ and 20 digits")
    return parser


def list_recordings(arguments: argparse.Namespace) -> int:
    """Print what the vault holds."""
    state = State(arguments.state) if arguments.state else None
    after = recording_id(arguments.after) if arguments.after else None
    with opening(arguments.vault, arguments.open_vault) as vault:
        held = vault.list(state, after=after)
        if arguments.json:
            for holding in islice(held, arguments.limit):
                _print_json(as_object(holding))
        else:
            _print_table(tuple(islice(held, arguments.limit or _TABLE)), more=next(held, None))
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one recording."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        holding = vault.show(recording_id(arguments.id))
        same = [one for one in vault.same_bytes(holding.fingerprint) if one != holding.id]
    facts = as_object(holding) | {"same_bytes": same}
    if arguments.json:
        _print_json(facts)
    else:
        _print_facts(facts)
    return 0


def export_(arguments: argparse.Namespace) -> int:
    """Write the kept original and its words to a folder."""
    recording = recording_id(arguments.id)
    expect_purpose(arguments.purpose)
    with opening(arguments.vault, arguments.open_vault) as vault:
        expect_released(vault, recording, arguments.purpose)
        with vault.open(recording) as opened:
            folder = output_folder(arguments.out)
            fact = {"purpose": arguments.purpose, "channels": opened.sound.channels}
            vault.note(vault.event("recording.exported", recording, **fact))
            outputs = export(opened, folder)
            silent = silent_stretches(opened, range(opened.sound.frames))
    if arguments.json:
        paths = {name: str(path) for name, path in outputs.items()}
        _print_json({"recording": recording, "outputs": paths, "erased": silent})
    else:
        for line in (*(f"wrote {path}" for path in outputs.values()), *told(silent)):
            _console().print(line, markup=False, highlight=False, soft_wrap=True)
    return 0


def review_(arguments: argparse.Namespace) -> int:
    """Show what is held back and why, or do what a person decides about it."""
    # Late, since all that hears is loaded with it.
    from sottovoce.cli import review

    with opening(arguments.vault, arguments.open_vault):
        pass  # It must be there: the review makes none.
    return review.run(arguments)


def erase_(arguments: argparse.Namespace) -> int:
    """Destroy a recording after asking."""
    recording = recording_id(arguments.id)
    with opening(arguments.vault, arguments.open_vault) as vault:
        holding = vault.show(recording)
        if holding.state is not State.ERASED and not arguments.yes:
            length = _duration(holding.duration_s)
            confirm(
                f"Erase {holding.id}, {length} on {holding.channels} channel(s)?",
                nobody="nobody can be asked whether to erase the recording",
                refused=f"recording {holding.id} was not erased",
            )
        if holding.state is not State.ERASED:
            expect_destruction(vault, arguments, [recording])
        index = vault.erase(recording, event=vault.event("recording.erased", recording))
    if arguments.json:
        _print_json({"recording": recording, "erased": True, "entry": index})
    else:
        word = "is erased" if index is not None else "was erased already"
        _console().print(f"{recording} {word}", highlight=False)
    return 0


def export(opened: Opened, folder: Path) -> dict[str, Path]:
    """Write ``ID.original.flac`` and ``ID.words.json``; both appear, whole, or neither does."""
    recording = opened.holding.id
    sound, words = folder / f"{recording}.original.flac", folder / f"{recording}.words.json"
    with at_folder(), aside(words) as words_aside, aside(sound) as sound_aside:
        words_aside.write_text(json.dumps(_words(opened), ensure_ascii=False), encoding="utf-8")
        write_sound(opened, sound_aside, range(opened.sound.frames))
    return {"original": sound, "words": words}


def _words(opened: Opened) -> dict[str, object]:
    holding = opened.holding
    channels = []
    for strand, channel in enumerate(holding.strand_channels):
        if strand in holding.readable:
            said = _as_json(opened.text(WORDS, strand), holding)
            whose = {"person": holding.persons[strand]} if holding.strands else {}
            channels.append(said | whose)
        else:
            channels.append({"channel": channel, "erased": True})
    if holding.strands:
        # Of a channel on which somebody was erased, what was everyone's is gone too.
        channels += [_as_json(text, holding) for text in opened.common(COMMON).values()]
    return {"version": 1, "recording": holding.id, "channels": channels}


def _as_json(text: bytes, holding: Holding) -> dict[str, object]:
    try:
        said = json.loads(text)
    except ValueError:
        raise Tampered(f"words of {holding.id} are not JSON") from None
    return dict(said)


def expect_purpose(purpose: str) -> None:
    """Raise Unfit for what is no name of a purpose."""
    if not _PURPOSE.fullmatch(purpose):
        raise Unfit("a purpose has 1 to 40 lower case letters, digits, dots, dashes, underscores")


def expect_released(vault: Vault, recording: RecordingId, purpose: str) -> None:
    """Raise Refused for a recording that is held back; that any was not given out is an entry."""
    state = vault.show(recording).state
    if state is not State.KEPT:
        why = {State.QUARANTINED: "held_back", State.ERASED: "erased"}.get(state, "unfinished")
        facts = {"purpose": purpose, "reason": why}
        vault.note(vault.event("recording.refused", recording, **facts))
    if state is State.QUARANTINED:
        raise Refused(
            f"recording {recording} is quarantined and is not given out",
            hint="process the input again with a stricter profile, or erase it",
        )


def write_sound(opened: Opened, path: Path, frames: range) -> None:
    """Write some frames of all channels as FLAC, a stretch at a time."""
    sound = opened.sound
    try:
        with soundfile.SoundFile(
            path, "w", sound.rate_hz, sound.channels, subtype="PCM_16", format="FLAC"
        ) as file:
            for start in range(frames.start, frames.stop, _STRETCH):
                stop = min(start + _STRETCH, frames.stop)
                stretch = [sound.read(channel, start, stop) for channel in range(sound.channels)]
                file.write(np.stack(stretch, axis=1))
    except soundfile.LibsndfileError as error:
        raise OSError("the sound cannot be written") from error


def silent_stretches(opened: Opened, frames: range) -> list[dict[str, object]]:
    """Return what of some frames is silent since somebody was erased, in seconds from the first."""
    rate = opened.sound.rate_hz
    found = (
        (channel, max(gone.start, frames.start), min(gone.stop, frames.stop))
        for channel in range(opened.sound.channels)
        for gone in opened.masked(channel)
    )
    return [
        {
            "channel": channel,
            "start_s": round((start - frames.start) / rate, 3),
            "end_s": round((stop - frames.start) / rate, 3),
        }
        for channel, start, stop in found
        if start < stop
    ]


def told(silent: Sequence[Mapping[str, object]]) -> list[str]:
    """Say which channels have stretches that were erased, and how long they are together."""
    lengths: dict[object, float] = {}
    for one in silent:
        length = float(str(one["end_s"])) - float(str(one["start_s"]))
        lengths[one["channel"]] = lengths.get(one["channel"], 0.0) + length
    return [
        f"channel {channel}: {length:.1f} s are silent, erased with a person"
        for channel, length in lengths.items()
    ]


def as_object(holding: Holding) -> dict[str, object]:
    """Return what may be shown of a holding, ready for JSON."""
    return {
        "recording": holding.id,
        "state": holding.state.value,
        "duration_s": round(holding.duration_s, 3),
        "rate_hz": holding.rate_hz,
        "channels": holding.channels,
        "persons": [person or None for person in holding.persons],
        "channel_of_each": list(holding.strands),
        "parts": list(holding.parts),
        "begun_at": _time(holding.begun_at),
        "arrived_at": _time(holding.arrived_at),
        "settled_at": _time(holding.settled_at),
        "erased_at": _time(holding.erased_at),
        "unswept": holding.unswept,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    clock = f"{rest // 60}:{rest % 60:02d}"
    return f"{hours}:{clock.zfill(5)}" if hours else clock


def _console() -> Console:
    # In a pipe nothing is cut off; on a terminal the table fits the window.
    return Console(width=None if sys.stdout.isatty() else 200)


def _print_json(value: dict[str, object]) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _print_table(holdings: tuple[Holding, ...], *, more: Holding | None) -> None:
    if not holdings:
        _console().print("the vault holds no such recordings")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("recording", "state", "length", "ch", "begun (UTC)", "persons"):
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for holding in holdings:
        erased = holding.state is State.ERASED
        table.add_row(
            holding.id,
            f"[{_LOOKS[holding.state]}]{holding.state.value}[/]",
            "" if erased else _duration(holding.duration_s),
            "" if erased else str(holding.channels),
            holding.begun_at.strftime("%Y-%m-%d %H:%M"),
            ", ".join(dict.fromkeys(person or "(erased)" for person in holding.persons)),
        )
    _console().print(table, highlight=False)
    if more:
        _console().print(f"there are more: --after {holdings[-1].id}", highlight=False)


def _print_facts(facts: dict[str, object]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        if value not in (None, [], False, 0, 0.0):
            text = (
                ", ".join("(erased)" if one is None else str(one) for one in value)
                if isinstance(value, list)
                else str(value)
            )
            table.add_row(name.replace("_", " "), text)
    _console().print(table, highlight=False)
