"""Seal recordings to a vault, where the way to it cannot be trusted: ``seal INPUT... --to FILE``.

Rules:
1. The sender needs the recipient's file and no vault; whoever seals cannot open again.
2. A sealed file appears whole or not at all, and takes no other's place.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sottovoce.cli.at_vault import Commands, byte_bar
from sottovoce.cli.main import shown
from sottovoce.cli.outputs import at_folder, new_file, output_folder
from sottovoce.intake.admit import headerless
from sottovoce.values.errors import Conflict, Unfit
from sottovoce.vault.recipient import Recipient, read_recipient
from sottovoce.vault.sealed_file import Form, seal_file

_FORMS = {"": Form.AS_IT_SAYS, "ulaw": Form.MU_LAW, "alaw": Form.A_LAW}
_LONGEST_RECIPIENT = 4096


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``seal``; it sets ``run``, which returns the exit status."""
    parser = commands.add_parser(
        "seal",
        help="seal a recording to a vault, for the way there",
        description="Write STEM.sealed for each INPUT. Only the vault to whose recipient it is"
        " sealed can open it, and it does so inside of `sottovoce process`; you cannot. INPUT stays"
        " as it is.",
        epilog="Compare the recipient's id with the owner of the vault by another way than the one"
        " by which its file came.",
    )
    parser.add_argument("inputs", metavar="INPUT", nargs="+", type=Path, help="recordings")
    parser.add_argument(
        "--to",
        metavar="FILE",
        type=Path,
        required=True,
        help="the recipient's file, which `sottovoce recipients show` writes",
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(), help="where to write (default: here)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Seal every input and say to whom."""
    recipient = _recipient(arguments.to)
    outputs = _outputs(arguments.inputs, arguments.out)
    for path, output in outputs.items():
        digest = _seal(path, output, recipient)
        if arguments.json:
            facts = {"sha256": digest, "recipient": recipient.id.hex()}
            print(json.dumps({"input": str(path), "output": str(output), **facts}), flush=True)
        else:
            print(f"wrote {shown(output)}, sealed to {grouped(recipient.id)}")
            print(f"      SHA-256 {digest}", flush=True)
    return 0


def grouped(id: bytes) -> str:
    """Return an id in groups of four digits, to be read aloud."""
    text = id.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _recipient(path: Path) -> Recipient:
    try:
        with path.open("rb") as file:
            return read_recipient(file.read(_LONGEST_RECIPIENT))
    except OSError as error:
        raise Unfit(
            "the recipient's file cannot be read",
            hint="--to names the file that `sottovoce recipients show` wrote at the vault",
        ) from error


def _outputs(inputs: Sequence[Path], folder: Path) -> dict[Path, Path]:
    outputs = {path: output_folder(folder) / f"{path.stem}.sealed" for path in inputs}
    if len(set(outputs.values())) < len(inputs):
        raise Unfit(
            f"{len(inputs)} inputs would give {len(set(outputs.values()))} outputs",
            hint="seal those of the same stem one at a time, with different --out DIR",
        )
    if there := sum(output.exists() for output in outputs.values()):
        raise Conflict(
            f"{there} of {len(inputs)} sealed files are there already",
            hint="move them away, or choose another --out DIR",
        )
    return outputs


class _File:
    """A sink that is a file, and the SHA-256 of what went there."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self.digest = sha256()

    def write(self, data: memoryview) -> None:
        left = data
        while left:
            left = left[self._file.write(left) :]
        self.digest.update(data)

    def close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        self._file.close()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        if path.is_dir():
            raise Unfit("the input is a directory, not a file", hint="name the files in it")
        file = path.open("rb")
    except OSError as error:
        raise Unfit(
            "the file cannot be opened", hint="is it there, and may you read it?"
        ) from error
    with file:
        yield file


def _seal(path: Path, output: Path, recipient: Recipient) -> str:
    with _opened(path) as plain, at_folder(), new_file(output) as beside:
        sink = _File(beside)
        with byte_bar("sealing") as progress:
            form = _FORMS[headerless(path)]
            size = seal_file(plain, sink, recipient, form=form, progress=progress)
        if not size:
            raise Unfit("the file is empty: it has 0 bytes")
    return sink.digest.hexdigest()
