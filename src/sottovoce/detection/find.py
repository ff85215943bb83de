"""One turn of talk: look where words may carry a value, and say what is found there."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sottovoce.detection.conversation import Conversation, Turn
from sottovoce.detection.dates import find_dates
from sottovoce.detection.harmless import load_ordinary, mark_harmless
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.lattice import Reading, readings
from sottovoce.detection.lexicon import WORD, Cue, Lexicon
from sottovoce.detection.names import find_names, spelled
from sottovoce.detection.places import find_addresses, find_emails
from sottovoce.detection.runs import CueHit, Run, find_cues, find_runs, is_amount, mark
from sottovoce.detection.shapes import ANY_DATE, Candidate, Expectation, Scope, decide
from sottovoce.detection.tagger import Tagged
from sottovoce.detection.tags import believed, beside, from_tags, lived_in
from sottovoce.detection.utterance import CUE, HARMLESS, Utterance, read
from sottovoce.values.kinds import QUIET

_FIGURES = re.compile(r"[\d@]")
_NAMED = re.compile(r"\w [A-Z]|^[A-Z]\w+ [A-Z]\w+")
_TAGGED = ("name", "address")
_LIVED = frozenset({"live in"})
_SAID_BEFORE = 16
_REACH = 14
_REACH_BACK = 5
_CUES_HEARD = 6
_MISHEARD = 5
_LETTERS = frozenset("lnc")
_DATED = frozenset({"date", "month"})
_LAST_YEAR = re.compile(r"(?:1[89]|20)\d\d$")
_NEVER_KEPT = frozenset({"fin.cvv", "fin.pin"})
_FIRST = ("fin.cvv", "fin.pin", "fin.pan")
_SPELLED = frozenset({"code", "name", "address"})
_CODES = frozenset({"per.name", "per.postcode", "per.other_unique", "per.address"})
MATERIAL = frozenset("uzotTFhHkRlncs")


@dataclass(frozen=True, slots=True)
class Spot:
    """A finding in characters of a text."""

    kind: str
    start: int
    end: int
    confidence: float
    value: str = field(repr=False, default="")
    sources: tuple[int, ...] = field(repr=False, default=())


def find(text: str, conversation: Conversation, knowledge: Knowledge) -> tuple[Spot, ...]:
    """Return what is sensitive in one turn, in order; the conversation learns from it."""
    lexicon = knowledge.lexicon
    printed = WORD.findall(text)
    tags = knowledge.tags(printed, conversation.said)
    conversation.said = tuple(printed[-_SAID_BEFORE:])
    if not tags and _is_ordinary(text, conversation, lexicon):
        conversation.learn(Turn(), (), lexicon)
        return ()
    plain = read(text, lexicon)
    if not plain.words:
        return ()
    cues = find_cues(plain, lexicon)
    found = _merged(_candidates(plain, cues, conversation, tags, knowledge))
    moved = _turn(plain, cues, lexicon) if cues or conversation.open else Turn()
    conversation.learn(moved, found, lexicon)
    return tuple(_spot(plain, candidate) for candidate in found)


def _turn(u: Utterance, cues: Sequence[CueHit], lexicon: Lexicon) -> Turn:
    """Say what a turn was, for the turns that follow."""
    talk, _, corrects = _talk(u, lexicon)
    ordinary = load_ordinary(lexicon.language)
    asks = "?" in u.text or len(u) <= ordinary.short or not ordinary.asking.isdisjoint(u.words)
    return Turn(tuple(hit.cue for hit in cues), asks=asks, talk=talk, corrects=corrects)


def _is_ordinary(text: str, conversation: Conversation, lexicon: Lexicon) -> bool:
    """Tell by one look at the words that nothing can be found; most talk ends here."""
    if conversation.open or _FIGURES.search(text):
        return False
    words = WORD.findall(text.lower())
    if not lexicon.hot.isdisjoint(words) or not conversation.names.isdisjoint(words):
        return False
    often = sum(words.count(word) for word in lexicon.frequent)
    return not (often > 2 or _NAMED.search(text))


def known_names(text: str, conversation: Conversation, lexicon: Lexicon) -> tuple[Spot, ...]:
    """Return the words of a text that are parts of names found anywhere in the conversation."""
    if conversation.names.isdisjoint(WORD.findall(text.lower().replace("'s", ""))):
        return ()
    u = read(text, lexicon)
    return tuple(_spot(u, c) for c in _known(u, conversation, lexicon))


def _spot(u: Utterance, c: Candidate) -> Spot:
    sources = tuple(u.starts[i] for i in c.sources)
    return Spot(c.kind, u.starts[c.start], u.ends[c.stop - 1], c.confidence, c.value, sources)


def _candidates(
    plain: Utterance,
    cues: Sequence[CueHit],
    conversation: Conversation,
    tags: Sequence[Tagged],
    knowledge: Knowledge,
) -> list[Candidate]:
    lexicon, scopes = knowledge.lexicon, conversation.scopes()
    u = _harmless(mark(plain, cues, eager=_is_eager(cues, scopes), lexicon=lexicon), lexicon)
    bare_from = _bare_from(u, lexicon)
    bare = _is_bare(u, lexicon)
    found = _dates(plain, cues, conversation, lexicon)
    awaited = _is_eager(cues, scopes)
    u = _claim(u, [c for c in found if _is_plainly_dated(u, c, scopes, awaited, lexicon)])
    found += find_addresses(
        u,
        cue_stops=_stops(cues, "address"),
        answer=bare_from if conversation.asks("address") else None,
        lexicon=lexicon,
    )
    found += find_emails(u, cue_stops=_stops(cues, "email"), lexicon=lexicon)
    names = find_names(
        u,
        asked=conversation.asks("name"),
        bare_from=bare_from,
        answers=tuple(_after_talk(u, stop, lexicon) for stop in _stops(cues, "name")),
        lexicon=lexicon,
    )
    found += names if knowledge.tagger is None else believed(names, tags)
    found += _values(u, cues, scopes, conversation, bare=bare, lexicon=lexicon)
    asked = frozenset(shape for shape in _TAGGED if conversation.asks(shape))
    found += beside(from_tags(u, tags, asked=asked), found)
    found += lived_in(u, found, _LIVED)
    found += _secrets(u, cues, lexicon)
    found += _misheard(u, cues, found, lexicon)
    found += _dense(u, scopes, found, bare_from, lexicon)
    return found + _known(u, conversation, lexicon)


def _harmless(u: Utterance, lexicon: Lexicon) -> Utterance:
    classes = list(u.classes)
    mark_harmless(u, classes, load_ordinary(lexicon.language))
    return replace(u, classes="".join(classes))


def _secrets(u: Utterance, cues: Sequence[CueHit], lexicon: Lexicon) -> list[Candidate]:
    """Take the words after `my password is`, which need not be figures."""
    found = []
    for hit in (hit for hit in cues if hit.cue.kind == "per.credential"):
        start = stop = _after_talk(u, hit.stop, lexicon)
        while stop < min(len(u), start + 6) and (
            u.classes[stop] in MATERIAL or u.words[stop] not in lexicon.common
        ):
            stop += 1
        if hit.stop < start < stop and u.classes[start] not in "xX":
            found.append(Candidate("per.credential", start, stop, 0.7))
    return found


def _misheard(
    u: Utterance, cues: Sequence[CueHit], found: list[Candidate], lexicon: Lexicon
) -> list[Candidate]:
    """Take what follows `the security code is` when only a piece of a value was made out."""
    taken = []
    for hit in (hit for hit in cues if hit.cue.kind in _NEVER_KEPT):
        near = range(hit.stop, min(len(u), _after_talk(u, hit.stop, lexicon) + _MISHEARD))
        pieces = [i for i in near if u.classes[i] in MATERIAL or len(u.words[i]) == 1]
        is_met = any(c.start in near for c in found)
        if not is_met and any(u.classes[i] in MATERIAL for i in pieces):
            taken.append(Candidate(hit.cue.kind, pieces[0], pieces[-1] + 1, 0.5))
    return taken


def _is_eager(cues: Sequence[CueHit], asked: Sequence[Scope]) -> bool:
    return bool(cues or asked)


def _stops(cues: Sequence[CueHit], shape: str) -> tuple[int, ...]:
    return tuple(hit.stop for hit in cues if hit.cue.shape == shape)


def _after_talk(u: Utterance, i: int, lexicon: Lexicon) -> int:
    while i < len(u):
        match = lexicon.openers.at(u.words, i) or lexicon.gaps.at(u.words, i)
        if match is None:
            break
        i += match[0]
    return i


def _bare_from(u: Utterance, lexicon: Lexicon) -> int:
    i = 0
    while i < len(u) and (match := lexicon.openers.at(u.words, i)):
        i += match[0]
    return i if i < len(u) else 0


def _is_bare(u: Utterance, lexicon: Lexicon) -> bool:
    """Tell whether an utterance is an answer: values, and words that do not count."""
    if MATERIAL.isdisjoint(u.classes):
        return False
    talk, material, _ = _talk(u, lexicon)
    return material > 0 and talk * 3 <= material


def _talk(u: Utterance, lexicon: Lexicon) -> tuple[int, int, bool]:
    """Count ordinary words and words that carry a value; tell whether something is corrected."""
    i = talk = material = 0
    corrects = False
    while i < len(u):
        gap = lexicon.gaps.at(u.words, i)
        match = gap or lexicon.openers.at(u.words, i)
        corrects |= gap is not None and gap[1] == "corrections"
        if u.classes[i] in MATERIAL:
            material += 1
        elif match is None or u.classes[i] == HARMLESS:
            talk += u.classes[i] not in "gwv"
        i += match[0] if match and u.classes[i] not in MATERIAL else 1
    return talk, material, corrects


def _claim(u: Utterance, dates: list[Candidate]) -> Utterance:
    classes = list(u.classes)
    for date in dates:
        classes[date.start : date.stop] = HARMLESS * (date.stop - date.start)
    return replace(u, classes="".join(classes))


def _is_plainly_dated(
    u: Utterance, c: Candidate, scopes: Sequence[Scope], awaited: bool, lexicon: Lexicon
) -> bool:
    """Tell whether a date is no part of a code in which `five november` spells something."""
    if not _has_month(u, c, lexicon):
        return not awaited and c.kind == ANY_DATE
    beside = u.classes[max(0, c.start - 1) : c.start] + u.classes[c.stop : c.stop + 1]
    spelled = any(_spells(scope) for scope in scopes) or not _LETTERS.isdisjoint(beside)
    return c.confidence >= 0.7 and not (spelled and c.kind == ANY_DATE)


def _has_month(u: Utterance, c: Candidate, lexicon: Lexicon) -> bool:
    words = u.words[c.start : c.stop]
    return any(
        w in lexicon.months or w in lexicon.weak_months or w in lexicon.ordinals for w in words
    )


def _dates(
    u: Utterance, cues: Sequence[CueHit], conversation: Conversation, lexicon: Lexicon
) -> list[Candidate]:
    """Return the dates of a turn: of birth or expiry where a cue or the year says so."""
    open_dates = [cue for cue in conversation.open if cue.shape in _DATED]
    wanted = bool(open_dates) or any(hit.cue.shape in _DATED for hit in cues)
    found = []
    for date in find_dates(u, month_and_year=wanted, lexicon=lexicon):
        near = [h.cue for h in cues if h.stop <= date.start and date.start - h.stop <= _REACH]
        dated = [cue for cue in near or open_dates if cue.shape in _DATED]
        born = date.start == 0 and date.stop == len(u) and date.confidence >= 0.85
        born = born or _is_old(u, date, lexicon)
        kind = dated[-1].kind if dated else date.kind if born else ANY_DATE
        found.append(replace(date, kind=kind))
    return found


def _is_old(u: Utterance, date: Candidate, lexicon: Lexicon) -> bool:
    """Tell whether a date has a year in which a speaker may have been born."""
    places = [i for i in range(date.start, date.stop) if u.classes[i] in "uzotTFhk"]
    choices = readings(u, places, frozenset(), lexicon) if places else ()
    recent = load_ordinary(lexicon.language).recent_year
    years = [int(m.group()) for r in choices if (m := _LAST_YEAR.search(r.text))]
    return any(1880 <= year < recent for year in years) or (not years and date.confidence >= 0.85)


def _values(
    u: Utterance,
    cues: Sequence[CueHit],
    asked: tuple[Scope, ...],
    conversation: Conversation,
    *,
    bare: bool,
    lexicon: Lexicon,
) -> list[Candidate]:
    """Decide on every run of figures and letters."""
    eager = _is_eager(cues, asked)
    found: list[Candidate] = []
    reached = {hit: hit.stop for hit in cues}
    for run in find_runs(u, eager=eager, lexicon=lexicon):
        split = bisect_right(cues, run.start, key=lambda hit: hit.start)
        before, after = cues[max(0, split - _CUES_HEARD) : split], cues[split : split + 2]
        near = [hit for hit in reversed(before) if 0 <= run.start - reached[hit] <= _REACH]
        behind = [h for h in after if not near and 0 <= h.start - run.stop <= _REACH_BACK]
        scopes = tuple(Scope(hit.cue) for hit in near + behind) + asked
        run = _with_homophones(u, run, lexicon) if scopes or bare else run
        candidate = _value(u, run, scopes, conversation, bare=bare, lexicon=lexicon)
        if candidate:
            found.append(candidate)
            reached |= dict.fromkeys(near, run.stop)
    return found


def _value(
    u: Utterance,
    run: Run,
    scopes: tuple[Scope, ...],
    conversation: Conversation,
    *,
    bare: bool,
    lexicon: Lexicon,
) -> Candidate | None:
    choices = readings(u, run.atoms, run.corrections, lexicon)
    if not choices[0].text:
        return None
    asked = any(s.expectation is Expectation.ASKED for s in scopes)
    if _is_dated(u, run, choices, lexicon) and not asked:
        return None
    if is_amount(u, run.atoms) and not bare and (not scopes or scopes[0].cue.shape != "month"):
        return None
    if letters := spelled(u, run, _as_letters(u, run, choices), scopes, bare=bare, lexicon=lexicon):
        return letters
    known = _recalled(run, choices, conversation, bare=bare)
    if known and (not scopes or not scopes[0].cue.kind):
        return known
    if candidate := decide(u, run, choices, scopes, bare=bare):
        return candidate
    return known


def _recalled(
    run: Run, choices: tuple[Reading, ...], conversation: Conversation, *, bare: bool
) -> Candidate | None:
    """Take a run for what it repeats."""
    for reading in choices[:3]:
        if kind := conversation.recall(reading.text, bare=bare):
            return Candidate(kind, run.start, run.stop, 0.7, reading.text, reading.sources)
    return None


def _as_letters(u: Utterance, run: Run, choices: tuple[Reading, ...]) -> str:
    """Read `o` as a letter where nothing but letters stands beside it."""
    if any(u.classes[a] in "uztTFw" for a in run.atoms):
        return choices[0].text
    return next((r.text for r in choices if r.text.isalpha()), choices[0].text)


def _is_dated(u: Utterance, run: Run, choices: tuple[Reading, ...], lexicon: Lexicon) -> bool:
    """Tell whether a run is a year after a word such as `since`."""
    year = any(re.fullmatch(r"(?:1[89]|20)\d\d", r.text) for r in choices[:2])
    return year and run.start > 0 and u.words[run.start - 1] in lexicon.year_leads


def _with_homophones(u: Utterance, run: Run, lexicon: Lexicon) -> Run:
    """Take in a homophone at either edge where nothing else explains it."""
    if len(run.atoms) < 2:
        return run
    start, stop, atoms = run.start, run.stop, run.atoms
    ends = stop + 1 >= len(u) or lexicon.gaps.at(u.words, stop + 1) or u.gap(stop + 1).strip()
    if stop < len(u) and u.classes[stop] == "w" and ends:
        stop, atoms = stop + 1, (*atoms, stop)
    leads = start < 2 or u.classes[start - 2] == CUE or lexicon.openers.at(u.words, start - 2)
    if start > 0 and u.classes[start - 1] == "w" and leads:
        start, atoms = start - 1, (start - 1, *atoms)
    return replace(run, start=start, stop=stop, atoms=atoms)


def _dense(
    u: Utterance,
    scopes: tuple[Scope, ...],
    found: list[Candidate],
    bare_from: int,
    lexicon: Lexicon,
) -> list[Candidate]:
    """Take a whole turn that is mostly spelled: what a recogniser made of the rest is of it."""
    total = len(u) - bare_from
    if total > 40 or CUE in u.classes or HARMLESS in u.classes[bare_from:]:
        return []
    pieces = [i for i in range(bare_from, len(u)) if _is_spelled(u, i, lexicon)]
    sure = [c for c in found if c.confidence >= 0.85]
    if sure and all(any(c.start <= i < c.stop for c in sure) for i in pieces):
        return []
    asked = next((s.cue for s in scopes if _spells(s)), None)
    letters = sum(kind in "lnc" for kind in u.classes)
    figures = sum(kind in "uztTFH" for kind in u.classes)
    if asked:  # `which one is cheaper` is no answer
        figures -= sum(word in lexicon.frequent for word in u.words)
    kind = _dense_kind(u, asked, found, letters, figures)
    if kind is None or not _is_dense(u, bare_from, len(pieces), asked is not None, lexicon):
        return []
    return [Candidate(kind, bare_from, len(u), 0.55, "".join(u.words[bare_from:]))]


def _spells(scope: Scope) -> bool:
    awaited = scope.expectation is Expectation.ASKED
    return awaited and scope.cue.shape in _SPELLED and scope.cue.kind != ""


def _is_dense(u: Utterance, start: int, material: int, asked: bool, lexicon: Lexicon) -> bool:
    """Tell whether a turn is spelled for the most part; where asked for, what is odd counts."""
    total = len(u) - start
    if not asked:
        return material * 5 >= total * 4
    plain = sum(
        u.words[i] in lexicon.common and not _is_spelled(u, i, lexicon)
        for i in range(start, len(u))
    )
    return material * (4 if total <= 10 else 2) >= total and plain <= material * 2


def _dense_kind(
    u: Utterance, asked: Cue | None, found: list[Candidate], letters: int, figures: int
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


def _is_spelled(u: Utterance, i: int, lexicon: Lexicon) -> bool:
    short = len(u.words[i]) <= 3 and u.words[i].isalpha() and u.words[i] not in lexicon.common
    return u.classes[i] in MATERIAL or short or len(u.words[i]) == 1


def _known(u: Utterance, conversation: Conversation, lexicon: Lexicon) -> list[Candidate]:
    if not conversation.names:
        return []
    mixed = not u.text.isupper() and not u.text.islower()
    return [
        Candidate("per.name", i, i + 1, 0.7, word)
        for i, word in enumerate(w.removesuffix("'s") for w in u.words)
        if word in conversation.names
        and (not mixed or u.capital(i) or word not in lexicon.ambiguous)
    ]


def _merged(candidates: list[Candidate]) -> list[Candidate]:
    """Join what overlaps under the surest kind, so that no word that was found is lost."""
    merged: list[Candidate] = []
    for c in sorted(candidates, key=lambda c: (c.start, -c.stop)):
        if not merged or c.start >= merged[-1].stop:
            merged.append(c)
            continue
        last = merged[-1]
        best = max(last, c, key=_rank)
        merged[-1] = replace(best, start=last.start, stop=max(last.stop, c.stop))
    return merged


def _rank(c: Candidate) -> tuple[bool, bool, float]:
    return c.kind not in QUIET, c.kind in _FIRST and c.confidence >= 0.8, c.confidence
