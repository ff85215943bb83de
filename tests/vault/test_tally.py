"""Who waits for a check sees what it goes through; a pipe sees nothing."""

from io import StringIO

from rich.console import Console

from sottovoce.cli.progress import Tally
from sottovoce.vault.check import Looked


def told(*, is_terminal: bool) -> str:
    out = StringIO()
    with Tally(Console(file=out, force_terminal=is_terminal, width=100)) as tally:
        tally.counted(Looked.KEYS, 1)
        tally.read(5_000_000)
        for _ in range(1499):
            tally.counted(Looked.RECORDINGS, 1)
    return out.getvalue()


def test_a_terminal_is_told_how_many_of_what_were_looked_at() -> None:
    said = told(is_terminal=True)

    assert "1,000 recordings" in said
    assert "5.0" in said


def test_a_pipe_is_told_nothing() -> None:
    assert told(is_terminal=False) == ""
