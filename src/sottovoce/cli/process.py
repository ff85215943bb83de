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
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from platformdirs import user_data_path
from rich.console import Console

from sottovoce.backends.folder_outlet import EVERY_ROLE, FolderOutlet, ready
from sottovoce.backends.ground import expect_firm
from sottovoce.cli.main import complain, named, shown
from sottovoce.cli.progress import Bar
from sottovoce.cli.summary import show
from sottovoce.cli.vault import ground_of
from sottovoce.cli.wanted import add_wanted, knowledge_of
from sottovoce.detection.own_kinds import OwnKinds
from sottovoce.pipeline import Outcome, take, work
from sottovoce.redaction.certificate import Extent
from sottovoce.redaction.encode import SoundForm
from sottovoce.redaction.lengths import Lengths
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.style import Filling, Style, Voicing
from sottovoce.steps.indexing import Indexed
from sottovoce.steps.order import Order, Pseudonyms, Workshop
from sottovoce.steps.turns import Spoken, read_rttm
from sottovoce.values.errors import Unfit
from sottovoce.values.ids import person_id
from sottovoce.wiring import bender, embedded, synthesiser, workshop

_PURPOSE = re.compile(r"[a-z0-9._-]{1,40}")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``process``."""
    process = commands.add_parser(
        "process",
        help="transcribe, find, hide and prove",
        description="Write for each INPUT a redacted copy of its sound, its redacted words and a"
        " signed receipt; keep the original sealed in the vault.",
        epilog="Each input gives STEM.redacted.flac (or .wav, .opus, .mp3), STEM.transcript.json,"
        " STEM.txt, STEM.vtt, STEM.report.html and STEM.receipt.json. A recording in which"
        " something sensitive is still heard after redaction is quarantined: only its receipt is"
        " written, and the exit status is 1.",
    )
    process.add_argument("inputs", metavar="INPUT", nargs="+", type=Path, help="recordings")
    _add_order(process)
    _add_persons(process)
    _add_style(process)
    add_wanted(process)
    _add_place(process)
    process.set_defaults(run=run)


def _add_order(process: argparse.ArgumentParser) -> None:
    """Add what is to be done, for whom and why."""
    process.add_argument(
        "--profile",
        metavar="NAME",
        default="gdpr-default",
        help="what to hide: gdpr-default, pci, hipaa, hipaa-safe-harbor, research,"
        " or a file (default: gdpr-default)",
    )
    process.add_argument(
        "--purpose", metavar="NAME", default="transcription", help="what it is for; it is logged"
    )
    process.add_argument(
        "--pseudonyms",
        choices=[scope.value for scope in Pseudonyms],
        default=Pseudonyms.RECORDING.value,
        help="where a stand-in stays the same: in its recording, or in all recordings of the vault,"
        " by a key that can be destroyed (default: recording)",
    )
    process.add_argument(
        "--speak",
        action="store_true",
        help="let a synthetic voice say the stand-ins in the sound (needs sottovoce[voices])",
    )
    process.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        help="a folder with a Whisper model converted to CTranslate2 (default: SOTTOVOCE_MODEL,"
        " else the small demonstration model)",
    )
    process.add_argument(
        "--certificate",
        choices=[extent.value for extent in Extent],
        default=Extent.DEFAULT.value,
        help="how much of the redacted sound the second listener hears (default: default)",
    )


def _add_persons(process: argparse.ArgumentParser) -> None:
    """Add whose voices there are."""
    process.add_argument(
        "--person",
        metavar="ID",
        action="append",
        default=[],
        type=person_id,
        help="whose voice it is, a pseudonym; once for all channels, or once a channel",
    )
    process.add_argument(
        "--turns",
        metavar="FILE",
        type=Path,
        help="who speaks when, where several share a channel: an RTTM file whose names are"
        " pseudonyms; each person can then be erased alone",
    )


def _add_style(process: argparse.ArgumentParser) -> None:
    """Add how what is hidden sounds, and what the sound is written as."""
    process.add_argument(
        "--mask",
        metavar="FILL",
        choices=[filling.value for filling in Filling],
        default=Style().mask.value,
        help="what is heard in a mask: tone, silence, or room, noise like the recording's own"
        " background (default: %(default)s)",
    )
    process.add_argument(
        "--sound",
        metavar="FORM",
        choices=[form.value for form in SoundForm],
        default=Style().sound.value,
        help="what the sound is written as: flac, wav, opus or mp3 (default: %(default)s)",
    )
    process.add_argument(
        "--mask-length",
        metavar="RULE",
        choices=[lengths.value for lengths in Lengths],
        default=Style().lengths.value,
        help="how long a mask is: exact, or quantised, so that it does not tell how many digits it"
        " hides (default: %(default)s)",
    )
    process.add_argument(
        "--voice",
        metavar="VOICE",
        choices=[voicing.value for voicing in Voicing],
        default=Style().voice.value,
        help="whose voice is heard: as-is, light (bent: obfuscation only), or strong (the redacted"
        " words read anew by a synthetic voice) (default: %(default)s)",
    )


def _add_place(process: argparse.ArgumentParser) -> None:
    """Add where things go, and on what ground."""
    process.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(), help="where to write (default: here)"
    )
    process.add_argument(
        "--vault",
        metavar="PATH",
        type=Path,
        default=user_data_path("sottovoce") / "vault",
        help="the vault (default: %(default)s)",
    )
    process.add_argument(
        "--index",
        metavar="WHAT",
        choices=[indexed.value for indexed in Indexed],
        default=Indexed.ALL.value,
        help="by what the recording is found, by blind tokens: nothing, identifiers, or all, which"
        " is identifiers and words (default: all)",
    )
    process.add_argument(
        "--production",
        action="store_true",
        help="refuse to start where the machine has a serious weakness (see `vault ground`)",
    )
    process.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Process every input and return the worst exit status."""
    knows, own = knowledge_of(args)
    orders = _orders(args, own)
    ready(args.out)
    app = embedded(args.vault)
    try:
        if args.production:
            expect_firm(ground_of(app, args.vault, production=True))
        app.vault.recover(lambda recording: app.event("recording.undone", recording))
        shop = workshop(app, model=args.model, knowledge=knows)
        shop = with_voices(shop, _style(args), knows.language)
        console = Console(stderr=True)
        return max(_one(order, shop, args, console) for order in orders)
    finally:
        app.close()


def with_voices(shop: Workshop, style: Style, language: str) -> Workshop:
    """Return the workshop with what other voices need; raise Unavailable or Unfit without it."""
    if style.voice is Voicing.LIGHT:
        shop = replace(shop, bender=bender())
    if not style.speak and style.voice is not Voicing.STRONG:
        return shop
    voice = synthesiser()
    if voice.language != language:
        raise Unfit(
            f"the synthetic voice speaks {voice.language}; the recordings are in {language}",
            hint="leave out --speak and --voice strong",
        )
    return replace(shop, synthesiser=voice)


def _style(args: argparse.Namespace) -> Style:
    return Style(
        Filling(args.mask),
        SoundForm(args.sound),
        Lengths(args.mask_length),
        Voicing(args.voice),
        args.speak,
    )


def _orders(args: argparse.Namespace, own: OwnKinds) -> list[Order]:
    profile = load_profile(args.profile).with_own_kinds(own.kinds, own.actions)
    if not _PURPOSE.fullmatch(args.purpose):
        raise Unfit("a purpose has 1 to 40 lower-case letters, digits, dots, dashes, underscores")
    _expect_own_places(args.inputs, args.out)
    turns = _turns(args)
    style = _style(args)
    extent = Extent(args.certificate)
    return [
        Order(
            path,
            args.out,
            profile,
            args.purpose,
            tuple(args.person),
            Pseudonyms(args.pseudonyms),
            extent,
            style,
            Indexed(args.index),
            turns,
        )
        for path in args.inputs
    ]


def _turns(args: argparse.Namespace) -> tuple[Spoken, ...]:
    if args.turns is None:
        return ()
    if len(args.inputs) > 1 or args.person:
        raise Unfit(
            "turns go with one input, and they say whose voices there are",
            hint="give one INPUT, and --turns without --person",
        )
    return read_rttm(args.turns)


def _expect_own_places(inputs: Sequence[Path], out: Path) -> None:
    stems = {path.stem for path in inputs}
    if len(stems) < len(inputs):
        raise Unfit(
            f"{len(inputs) - len(stems)} of {len(inputs)} inputs have the name of another, so"
            " outputs would overwrite one another",
            hint="process them one at a time with different --out DIR",
        )
    places = {(out / f"{stem}.{role}").resolve() for stem in stems for role in EVERY_ROLE}
    if taken := sum(path.resolve() in places for path in inputs):
        raise Unfit(
            f"{taken} of {len(inputs)} inputs lie where outputs would be written over them",
            hint="choose another --out DIR",
        )


def _one(order: Order, shop: Workshop, args: argparse.Namespace, console: Console) -> int:
    began = time.monotonic()
    try:
        outlet = FolderOutlet(order.out, order.input.stem)
        with Bar(console, shown(order.input.name)) as bar:
            recording = take(order, shop, bar)
            outcome = work(recording, order, shop, outlet, bar)
    except Exception as error:  # noqa: BLE001 - the other inputs are still to be done
        return _failed(order, error, args)
    seconds = time.monotonic() - began
    if args.json:
        print(json.dumps(_as_json(order, outcome, seconds)), flush=True)
    else:
        show(order, outcome, seconds)
    return 1 if outcome.account.is_quarantined else 0


def _failed(order: Order, error: Exception, args: argparse.Namespace) -> int:
    known = named(error)
    if args.json:
        answer = {"input": str(order.input), "error": {"code": known.code, "message": str(known)}}
        print(json.dumps(answer), flush=True)
    print(f"{shown(order.input)}:", file=sys.stderr)
    return complain(known)


def _as_json(order: Order, outcome: Outcome, seconds: float) -> dict[str, object]:
    account = outcome.account
    return {
        "recording": account.recording,
        "input": str(order.input),
        "duration_s": account.duration_ms / 1000,
        "rtf": round(seconds * 1000 / max(1, account.duration_ms), 4),
        "words": account.words,
        "findings": dict(account.findings),
        "masked_s": account.masked_ms / 1000,
        "passages": dict(account.passages),
        "leak_checked": not account.left,
        "quarantined": account.is_quarantined,
        "seen_before": list(outcome.seen_before),
        "outputs": {role: str(path) for role, path in outcome.outputs.items()},
    }
