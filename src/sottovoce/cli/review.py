"""Look at a recording that is held back, and decide about it: ``recordings review ID``.

Rules:
1. Without a decision nothing is changed: what leaked is shown by kind and time, never as words.
2. A decision has grounds, a word of ours; it is an event, and a receipt says who decided.
3. To publish over a leak takes a word of its own, ``--accept-leak``.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from sottovoce.app import App
from sottovoce.backends.folder_outlet import FolderOutlet, ready
from sottovoce.cli.process import with_voices
from sottovoce.cli.progress import Bar
from sottovoce.detection.wanted import Wanted, knowledge, own_kinds
from sottovoce.redaction.known import Leak
from sottovoce.steps.held_back import Case
from sottovoce.steps.order import Workshop
from sottovoce.steps.reviewing import (
    Decision,
    Reviewed,
    Verdict,
    as_it_was,
    decide,
    look,
    mask_more,
)
from sottovoce.values.errors import Unfit
from sottovoce.values.ids import RecordingId, recording_id
from sottovoce.values.passage import Passage, PassageAction
from sottovoce.values.speech import Span
from sottovoce.wiring import embedded, workshop

_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)-(\d{1,6}(?:\.\d{1,3})?)(?:@(\d{1,2}))?")


def run(args: argparse.Namespace) -> int:
    """Show the case, hear again what is masked by hand, or do what is decided."""
    recording = recording_id(args.id)
    is_decided = args.publish or args.keep_quarantined
    if is_decided and not args.reason:
        raise Unfit("a decision needs its grounds", hint="give them with --reason")
    if args.accept_leak and not args.publish:
        raise Unfit("there is nothing to accept a leak for", hint="say --publish as well")
    for text in args.mask:
        read_spans(text, 1)
    app = embedded(args.vault)
    try:
        if is_decided:
            return _decide(recording, app, args)
        return _hear(recording, app, args) if args.mask else _look(recording, app, args)
    finally:
        app.close()


def read_spans(text: str, channels: int) -> list[Span]:
    """Read what to mask: a span on the channel that it names, or on every one; or raise Unfit."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise Unfit(
            "a span to mask is not START-END or START-END@CHANNEL, in seconds",
            hint="such as --mask 12.5-14 or --mask 12.5-14@1",
        )
    start, end, channel = found.groups()
    wanted = range(channels) if channel is None else [int(channel)]
    return [Span(float(start), float(end), one) for one in wanted]


def _look(recording: RecordingId, app: App, args: argparse.Namespace) -> int:
    case = look(recording, app.vault)
    _show(Reviewed(case, as_it_was(case)), {}, args)
    return 0


def _hear(recording: RecordingId, app: App, args: argparse.Namespace) -> int:
    with _at_work(recording, app, args) as (shop, spans, bar):
        reviewed = mask_more(recording, spans, shop, bar)
    _show(reviewed, {}, args)
    return 0 if reviewed.check.passed else 1


def _decide(recording: RecordingId, app: App, args: argparse.Namespace) -> int:
    verdict = Verdict.PUBLISH if args.publish else Verdict.KEEP
    decision = Decision(verdict, args.reason, args.accept_leak)
    ready(args.out)
    outlet = FolderOutlet(args.out, recording)
    try:
        with _at_work(recording, app, args) as (shop, spans, bar):
            reviewed = decide(recording, decision, spans, shop, outlet, bar)
        outputs = {role: str(path) for role, path in outlet.reveal().items()}
    finally:
        outlet.discard()
    _show(reviewed, outputs, args)
    return 0


@contextmanager
def _at_work(
    recording: RecordingId, app: App, args: argparse.Namespace
) -> Iterator[tuple[Workshop, list[Span], Bar]]:
    channels = app.vault.show(recording).channels
    spans = [span for text in args.mask for span in read_spans(text, channels)]
    wanted = Wanted(args.language, None, None)
    known = knowledge(wanted, own_kinds(wanted), ())
    shop = workshop(app, model=args.model, knowledge=known)
    style = look(recording, app.vault).style
    shop = with_voices(shop, style, known.language)
    with Bar(Console(stderr=True), recording) as bar:
        yield shop, spans, bar


def _show(reviewed: Reviewed, outputs: Mapping[str, str], args: argparse.Namespace) -> None:
    if args.json:
        print(json.dumps(as_object(reviewed, outputs)))
    else:
        _print(reviewed, outputs)


def as_object(reviewed: Reviewed, outputs: Mapping[str, str]) -> dict[str, object]:
    """Return what may be shown of a case, ready for JSON."""
    case, account = reviewed.case, reviewed.account
    review = account.review if account else None
    return {
        "recording": case.account.recording,
        "decision": review.decision if review else None,
        "rounds": reviewed.check.rounds,
        "left": dict(reviewed.check.left),
        "leaks": [_leak(leak) for leak in reviewed.check.remaining],
        "masked_wider": dict(reviewed.check.heard),
        "masked_by_hand": len(reviewed.by_hand),
        "accepted": dict(review.accepted) if review else {},
        "held_back": [_passage(passage) for passage in _held_back(case)],
        "language": case.account.language,
        "language_known": case.account.language_known,
        "outputs": dict(outputs),
    }


def _held_back(case: Case) -> Iterable[Passage]:
    return (
        passage
        for passage in case.passages
        if case.profile.passage_action(passage.kind, passage.confidence) is PassageAction.QUARANTINE
    )


def _leak(leak: Leak) -> dict[str, object]:
    return _place(leak.kind, Span(leak.start_s, leak.end_s, leak.channel))


def _passage(passage: Passage) -> dict[str, object]:
    return _place(passage.kind, Span(passage.start_s, passage.end_s, passage.channel))


def _place(kind: str, span: Span) -> dict[str, object]:
    return {
        "kind": kind,
        "start_s": round(span.start_s, 2),
        "end_s": round(span.end_s, 2),
        "channel": span.channel,
    }


def _print(reviewed: Reviewed, outputs: Mapping[str, str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 200)
    case, account = reviewed.case, reviewed.account
    if account and account.review:
        decided = {"publish": "published", "keep": "stays held back"}[account.review.decision]
        console.print(f"{case.account.recording} {decided}", highlight=False)
    table = Table(box=None, padding=(0, 2), show_header=False)
    for why, rows in (
        ("still recovered", map(_leak, reviewed.check.remaining)),
        ("talk not let out", map(_passage, _held_back(case))),
    ):
        for row in rows:
            kind = case.profile.kind(str(row["kind"])).name
            when = f"{row['start_s']}-{row['end_s']}@{row['channel']}"
            table.add_row(why, kind, when)
    if table.row_count:
        console.print(table, highlight=False)
    elif not reviewed.account:
        console.print("nothing is recovered", highlight=False)
    if case.account.language_refused:
        console.print(f"detection does not know the language {case.account.language}")
    for path in outputs.values():
        console.print(f"wrote {path}", markup=False, highlight=False, soft_wrap=True)
