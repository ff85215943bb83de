"""`sottovoce detect [FILE|-]`: find what is sensitive in text, one utterance a line.

Rules:
1. One JSON object a line answers each line: findings with offsets in characters of the line without
   its line end, and the line with placeholders.
2. Lines are turns of one conversation: a question lowers the threshold for the lines after it. An
   empty line begins a new conversation.
3. Bytes that are not UTF-8 become U+FFFD and do not end the reading.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO

from sottovoce.detection.detect import TextDetector, redact_text
from sottovoce.values.errors import Unavailable, Unfit

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: "Commands") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "detect",
        help="find what is sensitive in text, one utterance a line",
        description="Print one JSON object a line: what is sensitive in it, and the line without "
        "it. Lines are turns of one conversation; an empty line begins a new one.",
    )
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="a text file; - is standard input"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer every line as it comes; return the exit status."""
    with _opened(args.file) as source:
        return _answer(source, sys.stdout.buffer)


def _answer(lines: Iterable[bytes], out: BinaryIO) -> int:
    detector = TextDetector()
    try:
        for line in lines:
            text = line.rstrip(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
            findings = detector.detect(text)
            answer = {
                "findings": [asdict(finding) for finding in findings],
                "redacted": redact_text(text, findings),
            }
            out.write(json.dumps(answer, ensure_ascii=False).encode("utf-8") + b"\n")
            out.flush()
    except BrokenPipeError:
        # The reader has left; nothing may be flushed into the closed pipe when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise Unavailable(f"reading or writing stopped: {error.strerror}") from error
    return 0


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        source = open(name, "rb")  # noqa: SIM115 - only opening is guarded, not the body
    except OSError as error:
        raise Unfit(
            f"the text file cannot be opened: {(error.strerror or 'unknown reason').lower()}",
            hint="give the path of a text file, or - for standard input",
        ) from error
    with source:
        yield source
