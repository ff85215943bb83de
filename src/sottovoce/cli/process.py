"""Turn recordings into words and sound that are safe to use: ``process INPUT...``.

Rules:
1. The models are loaded once for all inputs.
2. An input that fails does not stop the others; the exit status is that of the worst.
3. What is printed has ids, counts and measures; an input is named as the person named it.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

from platformdirs import user_data_path
from rich.console import Console

from sottovoce.backends.folder_outlet import FolderOutlet, ready
from sottovoce.cli.main import complain
from sottovoce.cli.progress import Bar
from sottovoce.cli.summary import show
from sottovoce.pipeline import Order, Outcome, Workshop, take, work
from sottovoce.redaction.profile import load_profile
from sottovoce.values.errors import SottovoceError, Unfit
from sottovoce.values.ids import person_id
from sottovoce.wiring import embedded, workshop

_PURPOSE = re.compile(r"[a-z0-9._-]{1,40}")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``process``."""
    process = commands.add_parser(
        "process",
        help="transcribe, find, hide and prove",
        description="Write for each INPUT a redacted copy of its sound, its redacted words and a"
        " signed receipt; keep the original sealed in the vault.",
        epilog="Each input gives STEM.redacted.flac, STEM.transcript.json, STEM.txt, STEM.vtt,"
        " STEM.report.html and STEM.receipt.json. A recording in which something sensitive is"
        " still heard after redaction is quarantined: only its receipt is written, and the exit"
        " status is 1.",
    )
    process.add_argument("inputs", metavar="INPUT", nargs="+", type=Path, help="recordings")
    process.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(), help="where to write (default: here)"
    )
    process.add_argument(
        "--profile",
        metavar="NAME",
        default="gdpr-default",
        help="what to hide: gdpr-default, pci, hipaa, or a file (default: gdpr-default)",
    )
    process.add_argument(
        "--purpose", metavar="NAME", default="transcription", help="what it is for; it is logged"
    )
    process.add_argument(
        "--person",
        metavar="ID",
        action="append",
        default=[],
        type=person_id,
        help="whose voice it is, a pseudonym; once for all channels, or once a channel",
    )
    process.add_argument(
        "--vault",
        metavar="PATH",
        type=Path,
        default=user_data_path("sottovoce") / "vault",
        help="the vault (default: %(default)s)",
    )
    process.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        help="a folder with a Whisper model converted to CTranslate2 (default: SOTTOVOCE_MODEL,"
        " else the small demonstration model)",
    )
    process.add_argument("--json", action="store_true", help="print one JSON object a line")
    process.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Process every input and return the worst exit status."""
    orders = _orders(args)
    ready(args.out)
    app = embedded(args.vault)
    try:
        app.vault.recover(lambda recording: app.event("recording.undone", recording))
        shop = workshop(app, model=args.model)
        console = Console(stderr=True)
        return max(_one(order, shop, args, console) for order in orders)
    finally:
        app.close()


def _orders(args: argparse.Namespace) -> list[Order]:
    profile = load_profile(args.profile)
    if not _PURPOSE.fullmatch(args.purpose):
        raise Unfit("a purpose has 1 to 40 lower-case letters, digits, dots, dashes, underscores")
    stems = [path.stem for path in args.inputs]
    if len(set(stems)) < len(stems):
        raise Unfit(
            f"{len(stems) - len(set(stems))} inputs have the name of another, so their outputs"
            " would overwrite one another",
            hint="process them one at a time with different --out DIR",
        )
    return [
        Order(path, args.out, profile, args.purpose, tuple(args.person)) for path in args.inputs
    ]


def _one(order: Order, shop: Workshop, args: argparse.Namespace, console: Console) -> int:
    began = time.monotonic()
    try:
        with Bar(console, order.input.name) as bar:
            recording = take(order, shop, bar)
            outcome = work(recording, order, shop, FolderOutlet(order.out, order.input.stem), bar)
    except SottovoceError as error:
        return _failed(order, error, args)
    seconds = time.monotonic() - began
    if args.json:
        print(json.dumps(_as_json(order, outcome, seconds)), flush=True)
    else:
        show(order, outcome, seconds)
    return 1 if outcome.account.is_quarantined else 0


def _failed(order: Order, error: SottovoceError, args: argparse.Namespace) -> int:
    if args.json:
        answer = {"input": str(order.input), "error": {"code": error.code, "message": str(error)}}
        print(json.dumps(answer), flush=True)
    print(f"{order.input}:", file=sys.stderr)
    return complain(error)


def _as_json(order: Order, outcome: Outcome, seconds: float) -> dict[str, object]:
    account = outcome.account
    return {
        "recording": account.recording,
        "input": str(order.input),
        "duration_s": account.duration_ms / 1000,
        "rtf": round(seconds * 1000 / account.duration_ms, 4),
        "words": account.words,
        "findings": dict(account.findings),
        "masked_s": account.masked_ms / 1000,
        "leak_checked": not account.is_quarantined,
        "quarantined": account.is_quarantined,
        "seen_before": list(outcome.seen_before),
        "outputs": {role: str(path) for role, path in outcome.outputs.items()},
    }
