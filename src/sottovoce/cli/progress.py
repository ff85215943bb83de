"""Show how far a recording, or a check, is, on a terminal; say nothing in a pipe."""

from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from sottovoce.steps.order import Stage
from sottovoce.vault.check import Looked

_SHOWN_EVERY = 500


class Bar:
    """One line that tells stage and share done; it is gone when the work is."""

    def __init__(self, console: Console, name: str) -> None:
        self._progress = Progress(
            TextColumn("{task.fields[name]}", style="bold", markup=False),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(Stage.TAKE.value, total=None, name=name)
        self._stage = Stage.TAKE

    def __call__(self, stage: Stage, done_s: float, total_s: float) -> None:
        if stage is not self._stage:
            self._stage = stage
            self._progress.reset(self._task, description=stage.value)
        self._progress.update(self._task, completed=done_s, total=total_s or None)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


class Tally:
    """One line that tells what a check goes through, how many of it, and how much was read."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None)
        self._seen: Counter[Looked] = Counter()

    def read(self, size: int) -> None:
        """Add bytes that were read."""
        self._progress.advance(self._task, size)

    def counted(self, what: Looked, some: int) -> None:
        """Add things that were looked at."""
        self._seen[what] += some
        if self._seen[what] % _SHOWN_EVERY < some:
            self.turn_to(f"{self._seen[what]:,} {what.value}")

    def turn_to(self, doing: str) -> None:
        """Say what is read from now on."""
        self._progress.update(self._task, description=doing)

    def __enter__(self) -> "Tally":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
