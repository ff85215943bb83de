"""Tell a person what became of a recording, in a few lines."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sottovoce.cli.main import shown
from sottovoce.ledger.account import Account
from sottovoce.pipeline import Outcome
from sottovoce.steps.order import Order
from sottovoce.values.finding import Action


def show(order: Order, outcome: Outcome, seconds: float) -> None:
    """Print the summary of one recording."""
    console, account = Console(), outcome.account
    console.print(_headline(order, outcome))
    if outcome.seen_before:
        console.print(f"  the same bytes were processed before, as {outcome.seen_before[-1]};")
        console.print("  this is a new recording")
    console.print(
        f"  {_clock(account.duration_ms / 1000)} of sound in {seconds:.1f} s"
        f" · {account.words} words · {account.masked_ms / 1000:.1f} s masked"
    )
    if account.findings:
        console.print(_table(order, account))
    console.print(_verdict(account))
    for role, path in outcome.outputs.items():
        console.print(Text(f"  {role:16} {shown(path)}"), soft_wrap=True)
    console.print()


def _headline(order: Order, outcome: Outcome) -> Text:
    word, style = (
        ("quarantined", "bold red") if outcome.account.is_quarantined else ("done", "bold green")
    )
    return Text.assemble(
        (word, style), "  ", (shown(order.input.name), "bold"), f"  {outcome.account.recording}"
    )


def _table(order: Order, account: Account) -> Table:
    table = Table(box=None, padding=(0, 2), show_header=False)
    for kind, count in sorted(account.findings.items(), key=lambda item: (-item[1], item[0])):
        action = order.profile.action(kind)
        done = {
            Action.KEEP: "kept",
            Action.MASK: "masked",
            Action.REPLACE: "replaced",
            Action.BURN: "burnt: not in the vault either",
        }[action]
        table.add_row(f"  {count}", order.profile.kind(kind).name, Text(done, "dim"))
    return table


def _verdict(account: Account) -> Text:
    number = account.certificate.rounds
    rounds = f"{number} round{'s' if number > 1 else ''} of hearing again"
    if account.language_refused:
        return Text(f"  detection does not know the language {account.language}", "red")
    if account.held_back:
        return Text("  has talk that the profile does not let out; nothing is published", "red")
    if account.is_quarantined:
        return Text(f"  still leaks after {rounds}; nothing is published", "red")
    return Text(f"  the second listener recovers nothing, after {rounds}", "green")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
