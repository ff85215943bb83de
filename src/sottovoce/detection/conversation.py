"""What a conversation has led to so far: what was asked for, and what is known.

Rules:
1. A cue that got no value in its own turn is an open question; it lowers the threshold for the
   turns that follow, on every channel, since an answer may be echoed.
2. A whole value closes its question soon, but not at once: it may be corrected or echoed.
3. A value or a name that was found once is known, and its repeats are found without a cue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sottovoce.detection.lexicon import Cue, Lexicon
from sottovoce.detection.shapes import Candidate, Scope

TURNS_OPEN = 8
TURNS_AFTER_ANSWER = 2
_MOST_KNOWN = 2_000


@dataclass(slots=True)
class Conversation:
    """The open questions and known values of one recording or one stream of lines."""

    open: dict[Cue, int] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict, repr=False)
    names: set[str] = field(default_factory=set, repr=False)

    def scopes(self) -> tuple[Scope, ...]:
        """Return the open questions, the newest first."""
        return tuple(Scope(cue, asked=True) for cue in reversed(self.open))

    def asks(self, shape: str) -> bool:
        """Tell whether a value of this shape is asked for."""
        return any(cue.shape == shape for cue in self.open)

    def learn(self, cues: Iterable[Cue], found: Iterable[Candidate], lexicon: Lexicon) -> None:
        """Take in one turn: its cues and what was found in it."""
        answered = {c.kind: len(c.value) for c in found}
        for cue, turns in list(self.open.items()):
            whole = answered.get(cue.kind, 0) >= max(cue.least, 3)
            left = (
                min(turns, TURNS_AFTER_ANSWER + 1) - 1
                if whole and cue.shape != "digits"
                else turns - 1
            )
            if left > 0:
                self.open[cue] = left
            else:
                del self.open[cue]
        for cue in cues:
            self.open.pop(cue, None)  # the newest question is the last
            whole = answered.get(cue.kind, 0) >= cue.least
            self.open[cue] = TURNS_AFTER_ANSWER if whole else TURNS_OPEN
        for candidate in found:
            self._know(candidate, lexicon)

    def _know(self, candidate: Candidate, lexicon: Lexicon) -> None:
        if candidate.kind == "per.name" and candidate.confidence >= 0.6:
            parts = candidate.value.split()
            fresh = {p.removesuffix("'s") for p in parts if len(p) > 2 and p not in lexicon.common}
            if len(self.names) < _MOST_KNOWN:
                self.names |= fresh - lexicon.particles
        elif (
            candidate.value.isdigit()
            and len(candidate.value) >= 3
            and len(self.figures) < _MOST_KNOWN
        ):
            self.figures[candidate.value] = candidate.kind

    def recall(self, text: str, *, bare: bool) -> str | None:
        """Return the kind of a known value that these figures repeat, whole or in part."""
        if len(text) < 3 or not text.isdigit():
            return None
        if text in self.figures:
            return self.figures[text]
        if len(text) == 3 and not bare:
            return None
        return next((kind for value, kind in self.figures.items() if text in value), None)
