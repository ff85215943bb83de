"""Names of people: after a cue, after a title, as a bare answer, spelled, or known already.

Rules:
1. After a strong cue (`my name is`) the next words that are not ordinary ones are a name.
2. After a weak cue (`this is`) a known given name, a capital or a following word must confirm it.
3. A bare utterance that begins with a given name, and a spelled word, are names without a cue.
4. Once found, a name is known: each of its parts is found again.
"""

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.runs import Run
from sottovoce.detection.shapes import Candidate, Scope
from sottovoce.detection.utterance import Utterance

KIND = "per.name"
_LONGEST = 4


def find_names(
    u: Utterance, *, asked: bool, bare_from: int, answers: tuple[int, ...], lexicon: Lexicon
) -> tuple[Candidate, ...]:
    """Return the names of an utterance.

    ``bare_from`` is where it begins after its openers, ``answers`` where an answer to a question
    about a name may begin within it.
    """
    found: list[Candidate] = []
    mixed = not u.text.isupper() and not u.text.islower()
    stop = 0
    for i, word in enumerate(u.words):
        if i < stop:
            continue
        span = None
        if word in lexicon.titles:
            span = _after_title(u, i, mixed, lexicon)
        elif word in lexicon.name_cues.by_first:
            span = _after_cue(u, i, mixed, lexicon)
        if span is None and word in lexicon.given and _is_name_here(u, i, mixed, lexicon):
            span = _given(u, i, mixed, lexicon)
        if span:
            found.append(Candidate(KIND, *span, _value(u, span[0], span[1])))
            stop = span[1]
    for start in answers:
        end = _extent(u, start, mixed, lexicon)
        known = start < len(u) and u.words[start] in lexicon.given
        if start >= stop and end > start and (known or (mixed and u.capital(start))):
            found.append(Candidate(KIND, start, end, 0.7, _value(u, start, end)))
    if not found and (bare := _bare(u, bare_from, mixed, asked=asked, lexicon=lexicon)):
        found.append(bare)
    return tuple(found)


def _value(u: Utterance, start: int, stop: int) -> str:
    return " ".join(u.words[start:stop])


def _nameable(u: Utterance, i: int, mixed: bool, lexicon: Lexicon) -> bool:
    """Tell whether word i may be a part of a name."""
    if i >= len(u) or not u.words[i][0].isalpha() or u.classes[i] in "XxF":
        return False
    word = lexicon.without_possessive(u.words[i])
    if len(word) == 1:
        return False
    if word in lexicon.given or (word in lexicon.particles and i + 1 < len(u)):
        return not mixed or u.capital(i) or word not in lexicon.common
    if mixed and u.capital(i) and i > 0 and "." not in u.gap(i):
        named = u.words[i - 1] in lexicon.given and u.gap(i) == " "
        after_given = named and word in lexicon.surnames
        return word not in lexicon.common or word in lexicon.ambiguous or after_given
    return word not in lexicon.common and u.classes[i] in ".nc"


def _extent(u: Utterance, i: int, mixed: bool, lexicon: Lexicon) -> int:
    """Return where a name that starts at word i ends, or i."""
    j = i
    while j < i + _LONGEST and _nameable(u, j, mixed, lexicon):
        gap = u.gap(j)
        if j > i and not mixed and u.words[j] in lexicon.common:
            break
        if j > i and gap.strip(" '’.-"):
            break
        if j > i and "." in gap and len(u.words[j - 1]) > 2:
            break
        if j > i + 1 and mixed and not u.capital(j) and u.capital(j - 1):
            break
        j += 1
        if (
            j + 1 < len(u)
            and len(u.words[j]) == 1
            and u.classes[j] == "l"
            and _nameable(u, j + 1, mixed, lexicon)
        ):
            j += 1  # an initial
    return j


def _after_title(
    u: Utterance, i: int, mixed: bool, lexicon: Lexicon
) -> tuple[int, int, float] | None:
    if mixed and not u.capital(i):
        return None
    stop = min(_extent(u, i + 1, mixed, lexicon), i + 4)
    return (i + 1, stop, 0.85) if stop > i + 1 else None


def _after_cue(
    u: Utterance, i: int, mixed: bool, lexicon: Lexicon
) -> tuple[int, int, float] | None:
    match = lexicon.name_cues.at(u.words, i)
    if match is None:
        return None
    start = i + match[0]
    while start < len(u) and (
        u.classes[start] == "g" or ((opener := lexicon.openers.at(u.words, start)) and opener[0])
    ):
        start += 1
        if start - i > match[0] + 3:
            break
    if start < len(u) and u.words[start] in lexicon.titles:
        start += 1
    stop = _extent(u, start, mixed, lexicon)
    if stop == start:
        return None
    if match[1] == "strong":
        return start, stop, 0.9
    return _confirmed(u, start, stop, mixed, match[1] == "weak", lexicon)


def _confirmed(
    u: Utterance, start: int, stop: int, mixed: bool, speaker: bool, lexicon: Lexicon
) -> tuple[int, int, float] | None:
    first = u.words[start]
    if first in lexicon.given and (first not in lexicon.ambiguous or (mixed and u.capital(start))):
        return start, stop, 0.85
    follower = u.words[stop] if stop < len(u) else ""
    if speaker and follower in lexicon.followers and stop - start <= 3:
        return start, stop, 0.8
    capitals = mixed and all(
        u.capital(k) or u.words[k] in lexicon.particles for k in range(start, stop)
    )
    return (start, stop, 0.6) if capitals and stop - start >= 2 else None


def _is_name_here(u: Utterance, i: int, mixed: bool, lexicon: Lexicon) -> bool:
    if i > 0 and u.words[i - 1] in lexicon.place_leads:
        return False
    if u.words[i] not in lexicon.ambiguous:
        return True
    surname = (
        i + 1 < len(u) and u.capital(i + 1) and len(u.words[i + 1]) > 1 and u.gap(i + 1) == " "
    )
    return mixed and u.capital(i) and surname and u.words[i + 1] not in lexicon.common


def _given(u: Utterance, i: int, mixed: bool, lexicon: Lexicon) -> tuple[int, int, float] | None:
    """A known given name with what follows it, by its capital or its common use."""
    if mixed and not u.capital(i):
        return None
    stop = _extent(u, i, mixed, lexicon)
    if not mixed:  # a surname cannot be told from any other word here; take one unknown word
        stop = min(stop, i + 2)
    return (i, stop, 0.7 if stop > i + 1 else 0.55) if stop > i else None


def _bare(
    u: Utterance, start: int, mixed: bool, *, asked: bool, lexicon: Lexicon
) -> Candidate | None:
    """Take an utterance that is nothing but a name."""
    stop = _extent(u, start, mixed, lexicon)
    size = stop - start
    if not size:
        return None
    whole = stop == len(u)
    first = u.words[start]
    if asked and (whole or size <= 3):
        return Candidate(KIND, start, stop, 0.8 if whole else 0.6, _value(u, start, stop))
    capitals = mixed and all(u.capital(k) for k in range(start, stop))
    follower = u.words[stop] if stop < len(u) else ""
    if size <= 3 and follower in lexicon.followers and (capitals or first in lexicon.given):
        return Candidate(KIND, start, stop, 0.75, _value(u, start, stop))
    if whole and size == 1 and first in lexicon.given and capitals:
        return Candidate(KIND, start, stop, 0.6, _value(u, start, stop))
    likely = first in lexicon.given or (capitals and start == 0)
    if whole and 2 <= size <= 3 and likely:
        return Candidate(KIND, start, stop, 0.65, _value(u, start, stop))
    return None


def spelled(
    u: Utterance, run: Run, text: str, scopes: tuple[Scope, ...], *, bare: bool, lexicon: Lexicon
) -> Candidate | None:
    """Take a run of letters as a spelled name, or as what a cue says is spelled."""
    letters = sum(u.classes[a] in "lnv" for a in run.atoms)
    if not text.isalpha() or (letters < 2 and not (bare and scopes)):
        return None
    cue = next(
        (
            s.cue
            for s in scopes
            if s.cue.kind and s.cue.shape in {"name", "code", "address", "email"}
        ),
        None,
    )
    rest = bare and any(s.asked and s.cue is cue for s in scopes)  # `d`, the last of a number
    least = 1 if rest else 2 if cue else 3 if bare else 4
    if len(text) < least or (text in lexicon.acronyms and not cue):
        return None
    return Candidate(
        cue.kind if cue else KIND,
        run.start,
        run.stop,
        0.85 if cue else 0.6,
        text,
        run.atoms if len(run.atoms) == len(text) else (),
    )
