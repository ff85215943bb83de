"""Spans by channel and in order, to find those near a stretch without reading them all."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from sottovoce.redaction.mask import merge
from sottovoce.values.speech import Span


class Timeline:
    """Spans of every channel; those of one channel that overlap or touch are one."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._lines: dict[int, list[Span]] = {}
        for span in merge(spans):
            self._lines.setdefault(span.channel, []).append(span)

    def reached(
        self, start_s: float, end_s: float, channel: int, slack_s: float = 0.0
    ) -> Sequence[Span]:
        """Return the spans that overlap a stretch of a channel, or come within some slack of it."""
        line = self._lines.get(channel, [])
        first = bisect_right(line, start_s - slack_s, key=lambda span: span.end_s)
        last = bisect_left(line, end_s + slack_s, key=lambda span: span.start_s)
        return line[first:last]

    def without(self, span: Span) -> list[Span]:
        """Return what is left of a span outside of these, in order."""
        pieces, at = [], span.start_s
        for other in self.reached(span.start_s, span.end_s, span.channel):
            if other.start_s > at:
                pieces.append(Span(at, other.start_s, span.channel))
            at = max(at, other.end_s)
        return pieces if at >= span.end_s else [*pieces, Span(at, span.end_s, span.channel)]

    def within(self, span: Span) -> list[Span]:
        """Return what of a span lies in these, in order."""
        return [
            Span(max(span.start_s, other.start_s), min(span.end_s, other.end_s), span.channel)
            for other in self.reached(span.start_s, span.end_s, span.channel)
        ]
