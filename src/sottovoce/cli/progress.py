"""Show how far a recording is, on a terminal; say nothing in a pipe."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sottovoce.steps.order import Stage


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
