"""What a conversation has led to so far: what was asked for, and what is known.

Rules:
1. A question opens an expectation: it lowers the threshold for the turns that follow, on every
   channel, since an answer may be echoed. A cue that is only mentioned opens a weaker one.
2. A value answers its question. From then on only what is nothing but figures or letters
   (the rest of the value, an echo, a correction) still belongs to it.
3. Talk that moves on after an answer closes the question.
4. A value or a name that was found once is known, and its repeats are found without a cue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sottovoce.detection.lexicon import Cue, Lexicon
from sottovoce.detection.shapes import Candidate, Expectation, Scope

TURNS_OPEN = 8
TURNS_MENTIONED = 4
TURNS_ANSWERED = 6
TURNS_AWAITED = 3
_TALK_MOVES_ON = 3
_MOST_KNOWN = 2_000
_WHOLE_AT_ONCE = frozenset({"name", "address", "email", "date", "month"})


@dataclass(frozen=True, slots=True)
class Question:
    """An open question: for how many more turns, and what is expected of them."""

    turns: int
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Act:
    """What a turn was: the cues in it, whether it asks, and how much of it is ordinary talk."""

    cues: tuple[Cue, ...] = ()
    asks: bool = False
    talk: int = 0
    corrects: bool = False


@dataclass(slots=True)
class Conversation:
    """The open questions and known values of one recording or one stream of lines.

    ``said`` are the last words of the turn before, as printed; ``awaited`` the kinds that need no
    cue for some more turns.
    """

    open: dict[Cue, Question] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict, repr=False)
    names: set[str] = field(default_factory=set, repr=False)
    said: tuple[str, ...] = field(default=(), repr=False)
    awaited: dict[str, int] = field(default_factory=dict)

    def scopes(self) -> tuple[Scope, ...]:
        """Return the open questions, the newest first."""
        return tuple(Scope(cue, q.expectation) for cue, q in reversed(self.open.items()))

    def asks(self, shape: str) -> bool:
        """Tell whether a value of this shape is asked for and was not given yet."""
        return any(
            cue.shape == shape and question.expectation is Expectation.ASKED
            for cue, question in self.open.items()
        )

    def await_kinds(self, kinds: Iterable[str]) -> None:
        """Let a turn pass, and await kinds from now on."""
        self.awaited = {kind: left - 1 for kind, left in self.awaited.items() if left > 1}
        self.awaited |= dict.fromkeys(kinds, TURNS_AWAITED)

    def learn(self, turn: Act, found: Iterable[Candidate], lexicon: Lexicon) -> None:
        """Take in one turn: what it was, and what was found in it."""
        answered: dict[str, int] = {}
        for c in found:
            answered[c.kind] = max(answered.get(c.kind, 0), len(c.value))
        for cue, question in list(self.open.items()):
            after = _after(cue, question, turn, answered)
            if after is None:
                del self.open[cue]
            else:
                self.open[cue] = after
        for cue in turn.cues:
            self.open.pop(cue, None)  # the newest question is the last
            self.open[cue] = _opened(cue, turn, answered)
        for candidate in found:
            self._know(candidate, lexicon)

    def _know(self, candidate: Candidate, lexicon: Lexicon) -> None:
        if candidate.kind == "per.name" and candidate.confidence >= 0.6:
            parts = candidate.value.split()
            fresh = {
                lexicon.without_possessive(p)
                for p in parts
                if len(p) > 2 and p not in lexicon.common
            }
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


def _is_answered(cue: Cue, answered: dict[str, int]) -> bool:
    if not cue.kind:
        return any(length >= cue.least for length in answered.values())
    if cue.shape in _WHOLE_AT_ONCE:
        return cue.kind in answered
    return answered.get(cue.kind, 0) >= max(cue.least, 1)


def _opened(cue: Cue, turn: Act, answered: dict[str, int]) -> Question:
    if _is_answered(cue, answered) or cue.kind in answered:
        return Question(TURNS_ANSWERED, Expectation.ANSWERED)
    if turn.asks:
        return Question(TURNS_OPEN, Expectation.ASKED)
    return Question(TURNS_MENTIONED, Expectation.MENTIONED)


def _after(cue: Cue, question: Question, turn: Act, answered: dict[str, int]) -> Question | None:
    """Return what is left of a question after a turn, or None if it is closed."""
    mentioned = question.expectation is Expectation.MENTIONED
    if _is_answered(cue, answered) or (mentioned and cue.kind in answered):
        return Question(TURNS_ANSWERED, Expectation.ANSWERED)
    settled = question.expectation is Expectation.ANSWERED
    if settled and turn.talk >= _TALK_MOVES_ON and not turn.corrects:
        left = min(question.turns - 1, 1)  # `thank you for that one`, `sorry, i meant five`
    else:
        left = question.turns - 1
    return replace(question, turns=left) if left > 0 else None
