"""Redact words while they are said: show what is settled, hide what is not when its time is up.

Rules:
1. Every word is decided when the hold-back after its end is over, no sooner and no later; until
   then what is said after it is evidence.
2. It is shown only if detection finds nothing in it, of all that was heard by then, that the
   profile hides, and no continuation that is tried makes it so. Doubt hides.
3. Decisions are taken at tenths of a second of the recording's clock. They depend on what was said
   by then, not on when or in what pieces it was handed in.
4. Words of a channel leave in the order in which they came; memory is bounded.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf, isfinite
from typing import Protocol

from sottovoce.detection.live import Judgement
from sottovoce.redaction.profile import UNEXPLAINED, Profile
from sottovoce.values.finding import Action
from sottovoce.values.speech import Word

TICKS_A_SECOND = 10
MOST_HOLD_BACK_S = 30.0
MOST_PENDING = 300
"""Words of a channel that wait at once; of more, which nobody speaks, the first are hidden."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A word that may be shown, or the placeholder of one that may not, and when it was decided."""

    start_s: float
    end_s: float
    channel: int
    text: str = field(repr=False)
    masked: bool
    decided_s: float


class Talk(Protocol):
    """What judges words while a conversation goes on: ``detection.live.LiveTalk``."""

    def hear(self, word: Word) -> None:
        """Take in the next word."""
        ...

    def judge(self, wanted: Iterable[Word]) -> Judgement:
        """Say what these words are, and what they may yet become."""
        ...

    def forget(self, pending: Iterable[Word], now_s: float) -> None:
        """Let go of what is over and not pending."""
        ...


class LiveWords:
    """Words in as they are heard, decided words out; one conversation of some channels."""

    def __init__(self, profile: Profile, talk: Talk, *, channels: int, hold_back_s: float) -> None:
        if channels < 1:
            raise ValueError("channels must be 1 or more")
        if not 0 <= hold_back_s <= MOST_HOLD_BACK_S:
            raise ValueError(f"hold_back_s must be from 0 to {MOST_HOLD_BACK_S:g}")
        self._profile = profile
        self._talk = talk
        self._hold_ticks = floor(hold_back_s * TICKS_A_SECOND + 1e-6)
        self._coming: list[deque[Word]] = [deque() for _ in range(channels)]
        self._pending: list[deque[Word]] = [deque() for _ in range(channels)]
        self._heard_to_s = [0.0] * channels
        self._latest_s = [0.0] * channels
        self._tick = 0

    def feed(self, words: Iterable[Word], heard_to_s: Mapping[int, float]) -> Iterator[Decided]:
        """Take in words and how far each channel was heard; yield what is decided by that.

        Words of a channel come in order. ``heard_to_s`` promises that no word of that channel
        which ends before is still to come; times that break the promise are moved forward.
        """
        for word in words:
            self._expect_channel(word.channel)
            self._coming[word.channel].append(self._in_order(word))
        for channel, to_s in heard_to_s.items():
            self._expect_channel(channel)
            self._heard_to_s[channel] = max(self._heard_to_s[channel], to_s)
        yield from self._advance(min(self._heard_to_s))

    def finish(self) -> Iterator[Decided]:
        """Yield the rest: the talk is over, and nothing can change what was found."""
        last_s = max(self._latest_s)
        self._heard_to_s = [inf] * len(self._heard_to_s)
        yield from self._advance(last_s + 1 / TICKS_A_SECOND + 1e-6)
        found = self._judge().found
        for pending in self._pending:
            for word in pending:
                yield self._decided(word, self._hidden(found.get(word, ())))
            pending.clear()

    def _expect_channel(self, channel: int) -> None:
        if not 0 <= channel < len(self._coming):
            raise ValueError(f"channel must be from 0 to {len(self._coming) - 1}")

    def _in_order(self, word: Word) -> Word:
        if not (isfinite(word.start_s) and isfinite(word.end_s)):
            raise ValueError("start_s and end_s must be finite")
        start_s = max(word.start_s, 0.0)
        end_s = max(word.end_s, start_s, self._latest_s[word.channel], self._tick / TICKS_A_SECOND)
        self._latest_s[word.channel] = end_s
        return replace(word, start_s=start_s, end_s=end_s)

    def _advance(self, to_s: float) -> Iterator[Decided]:
        """Stop at each tick before a time at which a word comes, or the time of one is up."""
        while (tick := self._next_tick()) / TICKS_A_SECOND < to_s:
            self._tick = int(tick)
            self._take(self._tick / TICKS_A_SECOND)
            yield from self._decide()

    def _next_tick(self) -> float:
        ends = (words[0].end_s for words in self._coming if words)
        arrival = min((floor(end * TICKS_A_SECOND) + 1 for end in ends), default=inf)
        due = min((self._due(words[0]) for words in self._pending if words), default=inf)
        return max(self._tick + 1, min(arrival, due))

    def _due(self, word: Word) -> int:
        return floor(word.end_s * TICKS_A_SECOND) + self._hold_ticks

    def _take(self, now_s: float) -> None:
        """Let the words that ended by now be heard, in the order in which they ended."""
        ready: list[Word] = []
        for channel, coming in enumerate(self._coming):
            while coming and coming[0].end_s <= now_s:
                ready.append(coming.popleft())
                self._pending[channel].append(ready[-1])
        for word in sorted(ready, key=lambda w: w.end_s):
            self._talk.hear(word)

    def _decide(self) -> Iterator[Decided]:
        for queue in self._pending:
            while len(queue) > MOST_PENDING:
                yield self._decided(queue.popleft(), UNEXPLAINED)
        due = [w for words in self._pending for w in words if self._due(w) <= self._tick]
        if not due:
            return
        judged = self._judge()
        for word in due:
            self._pending[word.channel].popleft()
            kinds = judged.found.get(word, ()), judged.possible.get(word, ())
            yield self._decided(word, self._hidden(kinds[0]) or self._hidden(kinds[1]))
        pending = [word for words in self._pending for word in words]
        self._talk.forget(pending, self._tick / TICKS_A_SECOND)

    def _judge(self) -> Judgement:
        return self._talk.judge(word for words in self._pending for word in words)

    def _hidden(self, kinds: Iterable[str]) -> str:
        """Return a kind of these that the profile hides, or nothing."""
        hides = (kind for kind in kinds if self._profile.action(kind) is not Action.KEEP)
        return min(hides, default="")

    def _decided(self, word: Word, kind: str) -> Decided:
        text = self._profile.kind(kind).placeholder if kind else word.text
        now_s = self._tick / TICKS_A_SECOND
        return Decided(word.start_s, word.end_s, word.channel, text, bool(kind), now_s)
