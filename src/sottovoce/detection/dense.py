"""What a recogniser made a muddle of, where a value must be.

Rules:
1. A turn that is mostly spelled is taken whole: what was not understood of it is of the value.
2. Where the code of a card or a PIN is announced and only a piece was made out, its surroundings
   are taken.
3. The words after `my password is` are a password, whatever they are.
"""

from collections.abc import Sequence

from sottovoce.detection.lexicon import Cue, Lexicon
from sottovoce.detection.scene import Scene, spells
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.talk import MATERIAL, after_talk
from sottovoce.detection.utterance import CUE, HARMLESS, Utterance
from sottovoce.values.kinds import MUST_BURN

_MISHEARD = 5
_CODES = frozenset({"per.name", "per.postcode", "per.other_unique", "per.address"})


def find_passwords(scene: Scene) -> list[Candidate]:
    """Return the words after `my password is`, which need not be figures."""
    u, lexicon = scene.u, scene.lexicon
    found = []
    for hit in (hit for hit in scene.cues if hit.cue.kind == "per.credential"):
        said = stop = after_talk(u, hit.stop, lexicon)
        start = _first_word(u, hit.stop, said, lexicon)
        while stop < min(len(u), said + 6) and (
            u.classes[stop] in MATERIAL or u.words[stop] not in lexicon.common
        ):
            stop += 1
        if hit.stop < start and said < stop and u.classes[said] not in "xX":
            found.append(Candidate("per.credential", start, stop, 0.7))
    return found


def _first_word(u: Utterance, i: int, stop: int, lexicon: Lexicon) -> int:
    """Return the first word from i to stop that listens: `correct` may begin a password."""
    while i < stop:
        gap = lexicon.gaps.at(u.words, i)
        if gap and gap[1] == "listens":
            return i
        i += gap[0] if gap else 1
    return stop


def find_misheard(scene: Scene, found: Sequence[Candidate]) -> list[Candidate]:
    """Return what follows `the security code is` when only a piece of a value was made out."""
    u = scene.u
    taken = []
    for hit in (hit for hit in scene.cues if hit.cue.kind in MUST_BURN):
        near = range(hit.stop, min(len(u), after_talk(u, hit.stop, scene.lexicon) + _MISHEARD))
        pieces = [i for i in near if u.classes[i] in MATERIAL or len(u.words[i]) == 1]
        is_met = any(c.start in near for c in found)
        if not is_met and any(u.classes[i] in MATERIAL for i in pieces):
            taken.append(Candidate(hit.cue.kind, pieces[0], pieces[-1] + 1, 0.5))
    return taken


def find_dense(scene: Scene, found: Sequence[Candidate]) -> list[Candidate]:
    """Return a whole turn that is mostly spelled."""
    u, lexicon, start = scene.u, scene.lexicon, scene.bare_from
    if len(u) - start > 40 or CUE in u.classes or HARMLESS in u.classes[start:]:
        return []
    pieces = [i for i in range(start, len(u)) if _is_piece(u, i, start, lexicon)]
    sure = [c for c in found if c.confidence >= 0.85]
    if sure and all(any(c.start <= i < c.stop for c in sure) for i in pieces):
        return []
    asked = next((s.cue for s in scene.asked if spells(s)), None)
    letters = sum(kind in "lnc" for kind in u.classes)
    figures = sum(kind in "uztTF" for kind in u.classes)
    if asked:  # `which one is cheaper` is no answer
        figures -= sum(word in lexicon.frequent for word in u.words)
    kind = _dense_kind(u, asked, found, letters, figures)
    if kind is None or not _is_dense(u, start, len(pieces), asked is not None, lexicon):
        return []
    return [Candidate(kind, start, len(u), 0.55, "".join(u.words[start:]))]


def _is_dense(u: Utterance, start: int, material: int, asked: bool, lexicon: Lexicon) -> bool:
    """Tell whether a turn is spelled for the most part; where asked for, what is odd counts."""
    total = len(u) - start
    if not asked:
        return material * 5 >= total * 4
    plain = sum(
        u.words[i] in lexicon.common and not _is_piece(u, i, start, lexicon)
        for i in range(start, len(u))
    )
    return material * (4 if total <= 10 else 2) >= total and plain <= material * 2


def _dense_kind(
    u: Utterance, asked: Cue | None, found: Sequence[Candidate], letters: int, figures: int
) -> str | None:
    """Name what a turn that is mostly spelled may be, or return None if it spells too little."""
    if asked:
        named = any(c.kind == asked.kind for c in found)
        return asked.kind if letters or (figures and asked.shape == "code") or named else None
    codes = [c.kind for c in found if c.kind in _CODES]
    if codes and letters >= 2:
        return codes[0]
    if letters and figures and letters + figures >= 3:
        return "per.postcode" if u.classes[0] in "ln" else "per.other_unique"
    return "per.name" if letters >= 3 and not figures and len(u) >= 4 else None


def _is_piece(u: Utterance, i: int, start: int, lexicon: Lexicon) -> bool:
    """Tell whether a word is spelled; `I` and `a` are words where no neighbour is."""
    if len(u.words[i]) > 1 or u.words[i] not in lexicon.common:
        return _is_spelled(u, i, lexicon)
    beside = [j for j in (i - 1, i + 1) if start <= j < len(u)]
    return not beside or any(_is_spelled(u, j, lexicon) for j in beside)


def _is_spelled(u: Utterance, i: int, lexicon: Lexicon) -> bool:
    short = len(u.words[i]) <= 3 and u.words[i].isalpha() and u.words[i] not in lexicon.common
    return u.classes[i] in MATERIAL or short or len(u.words[i]) == 1
