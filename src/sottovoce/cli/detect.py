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

from sottovoce.cli.wanted import add_wanted, knowledge_of
from sottovoce.detection.detect import TextDetector, redact_text
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.passages import TextPassage
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
    parser.add_argument(
        "--all",
        action="store_true",
        help="name quiet kinds too: places, organisations, dates that are not of birth",
    )
    parser.add_argument(
        "--passages",
        action="store_true",
        help="tell of talk that is sensitive as a whole: privileged, health, business",
    )
    add_wanted(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer every line as it comes; return the exit status."""
    knows, _ = knowledge_of(args)
    if not knows.is_complete:
        print(
            f"warning: the language {knows.language} is not known; only figures are found",
            file=sys.stderr,
        )
    with _opened(args.file) as source:
        return _answer(source, sys.stdout.buffer, knows, args)


def _answer(
    lines: Iterable[bytes], out: BinaryIO, knows: Knowledge, args: argparse.Namespace
) -> int:
    detector = TextDetector(knows, quiet=args.all)
    try:
        for line in lines:
            text = line.rstrip(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
            findings = detector.detect(text)
            answer: dict[str, object] = {
                "findings": [asdict(finding) for finding in findings],
                "redacted": redact_text(text, findings, knows.kinds),
            }
            if args.passages:
                answer["passages"] = [_passage(p) for p in detector.passages(text)]
            out.write(json.dumps(answer, ensure_ascii=False).encode("utf-8") + b"\n")
            out.flush()
    except BrokenPipeError:
        # The reader has left; nothing may be flushed into the closed pipe when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise Unavailable(f"reading or writing stopped: {error.strerror}") from error
    return 0


def _passage(passage: TextPassage) -> dict[str, object]:
    return {
        "kind": passage.kind,
        "start": passage.start,
        "end": passage.end,
        "confidence": passage.confidence,
        "reason": passage.reason,
    }


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
