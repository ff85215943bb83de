"""A turn as it is looked at: its words, the cues in it, and what earlier turns expect of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sottovoce.detection.conversation import Conversation
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.runs import CueHit
from sottovoce.detection.shapes import Expectation, Scope
from sottovoce.detection.tagger import Tagged
from sottovoce.detection.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Scene:
    """One turn and all that bears on it.

    ``plain`` are its words as read, ``u`` the same with cues and what is harmless marked; it is
    ``bare`` if it is an answer and nothing else, which begins at word ``bare_from``. ``tags`` are
    the tagger's, which saw the words ``before`` it too.
    """

    plain: Utterance
    u: Utterance
    cues: tuple[CueHit, ...]
    asked: tuple[Scope, ...]
    conversation: Conversation = field(repr=False)
    knowledge: Knowledge
    tags: Sequence[Tagged] = field(repr=False)
    before: Sequence[str] = field(repr=False)
    bare: bool
    bare_from: int

    @property
    def lexicon(self) -> Lexicon:
        return self.knowledge.lexicon

    @property
    def eager(self) -> bool:
        """Tell whether anything announces or expects a value."""
        return bool(self.cues or self.asked)

    def stops(self, shape: str) -> tuple[int, ...]:
        """Return where the cues of a shape end."""
        return tuple(hit.stop for hit in self.cues if hit.cue.shape == shape)


def spells(scope: Scope) -> bool:
    """Tell whether an answer that is spelled is awaited."""
    awaited = scope.expectation is Expectation.ASKED
    return awaited and scope.cue.shape in _SPELLED and scope.cue.kind != ""


_SPELLED = frozenset({"code", "name", "address"})
