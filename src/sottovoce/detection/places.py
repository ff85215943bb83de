"""Where people live and write: street addresses and e-mail addresses, said or written."""

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.streets import named_street
from sottovoce.detection.utterance import Utterance

_NUMBER = frozenset("uzotTFhHR&")
_LONGEST_LOCAL = 24


def find_addresses(
    u: Utterance, *, cue_stops: tuple[int, ...], answer: int | None, lexicon: Lexicon
) -> tuple[Candidate, ...]:
    """Return addresses: a number and a street, a box, what follows a cue, an answer at a word."""
    found: list[Candidate] = []
    stop = 0
    for i, word in enumerate(u.words):
        if i < stop:
            continue
        span = None
        if word in lexicon.streets:
            said_first = lexicon.street_first
            span = named_street(u, i, lexicon) if said_first else _street(u, i, stop, lexicon)
        elif word in lexicon.boxes.by_first and (box := lexicon.boxes.at(u.words, i)):
            span = _numbered(u, i, i + box[0])
        elif word in lexicon.unit_words:
            span = _unit(u, i, stop, lexicon)
        if span:
            end = _with_town(u, span[1], lexicon)
            found.append(Candidate("per.address", span[0], end, span[2]))
            stop = end
    found.extend(_after_cues(u, cue_stops, answer, lexicon))
    return tuple(found)


def _street(u: Utterance, i: int, floor: int, lexicon: Lexicon) -> tuple[int, int, float] | None:
    """Walk back from a street word over its name to its number."""
    j = i - 1
    while j >= max(floor, i - 4) and _street_name(u, j, lexicon):
        j -= 1
    if u.words[i] not in lexicon.weak_streets and (far := _long_number(u, i, floor)) is not None:
        # Three figures and a street word: what is between is a name, whatever was heard of it.
        j = min(j, far)
    named = i - 1 - j
    if named < 1 or j < floor:
        return None
    k = j
    while k >= floor and k > j - 6 and u.classes[k] in _NUMBER:
        k -= 1
    if k == j:
        return None
    weak = u.words[i] in lexicon.weak_streets and not (u.capital(i) and not u.text.isupper())
    length = sum(len(u.words[n]) if u.classes[n] == "F" else 1 for n in range(k + 1, j + 1))
    if weak and length < 2:
        return None
    return k + 1, i + 1, 0.92 if length > 1 else 0.65


def _long_number(u: Utterance, i: int, floor: int) -> int | None:
    """Return the last word of three figures that end up to four words before a street word."""
    j = i - 1
    while j > max(floor + 2, i - 5) and u.classes[j] not in _NUMBER and u.classes[j] not in "xX":
        j -= 1
    is_long = j >= floor + 2 and all(u.classes[n] in _NUMBER for n in range(j - 2, j + 1))
    return j if is_long and j < i - 1 else None


def _street_name(u: Utterance, j: int, lexicon: Lexicon) -> bool:
    word, after = u.words[j], u.words[j + 1]
    if word in lexicon.directions | lexicon.ordinals.keys() | lexicon.ordinal_suffixes:
        return True
    if word in lexicon.street_names and after not in lexicon.weak_streets:
        return True
    if word[0].isdecimal() and after in lexicon.ordinal_suffixes:
        return True
    plain = u.classes[j] in ".nlvc" and word[0].isalpha()
    return plain and (word not in lexicon.common or u.capital(j))


def _numbered(u: Utterance, start: int, i: int) -> tuple[int, int, float] | None:
    j = i
    while j < len(u) and u.classes[j] in _NUMBER:
        j += 1
    return (start, j, 0.85) if j > i else None


def _unit(u: Utterance, i: int, floor: int, lexicon: Lexicon) -> tuple[int, int, float] | None:
    """Read `twelve oh four north main, apartment three b`."""
    end = i + 1
    while end < min(len(u), i + 5) and u.classes[end] in "uzotTFlnvc":
        end += 1
    j = i - 1
    while j >= max(floor, i - 3) and _street_name(u, j, lexicon):
        j -= 1
    k = j
    while k >= floor and u.classes[k] in _NUMBER:
        k -= 1
    if end == i + 1 or k == j or j == i - 1:
        return None
    return k + 1, end, 0.75


def _with_town(u: Utterance, i: int, lexicon: Lexicon) -> int:
    """Return the end of a town, state and code that follow an address."""
    limit = min(len(u), i + 9)
    mixed = not u.text.isupper()
    best = j = i
    while j < limit:
        word, kind, sign = u.words[j], u.classes[j], u.gap(j).strip(" ")
        if sign not in {"", ",", ", "}:
            break
        known = word in lexicon.states | lexicon.unit_words | lexicon.directions
        if kind in _NUMBER or known or (mixed and u.capital(j) and (sign or best == j)):
            best = j + 1
        elif word in lexicon.common:
            break
        j += 1
    return best


def _after_cues(
    u: Utterance, cue_stops: tuple[int, ...], answer: int | None, lexicon: Lexicon
) -> list[Candidate]:
    found = []
    for stop in (*cue_stops, *(() if answer is None else (answer,))):
        start = stop
        while start < len(u) and (opener := lexicon.openers.at(u.words, start)):
            start += opener[0]
        end = start
        while end < min(len(u), start + 14) and _place_word(u, end, lexicon):
            end += 1
        if end > start and (stop == answer or _is_placed(u, start, end, lexicon)):
            found.append(Candidate("per.address", start, end, 0.7))
    return found


def _is_placed(u: Utterance, start: int, end: int, lexicon: Lexicon) -> bool:
    """Tell whether words after a cue look like a place: a number, a street or a capital."""
    return any(
        u.classes[i] in _NUMBER
        or u.words[i] in lexicon.streets
        or u.words[i] in lexicon.states
        or u.capital(i)
        for i in range(start, end)
    )


def _place_word(u: Utterance, i: int, lexicon: Lexicon) -> bool:
    word = u.words[i]
    if u.classes[i] in "X":
        return False
    if (
        u.classes[i] in "uzotTFhHR&lnc"
        or word in lexicon.streets
        or word in lexicon.directions
        or word in lexicon.ordinals
        or word in lexicon.ordinal_suffixes
    ):
        return True
    return word not in lexicon.common and word[0].isalnum()


def find_emails(
    u: Utterance, *, cue_stops: tuple[int, ...], lexicon: Lexicon
) -> tuple[Candidate, ...]:
    """Return e-mail addresses, written or said with `at` and `dot`."""
    found: list[Candidate] = []
    stop = 0
    for i, word in enumerate(u.words):
        if word not in lexicon.at or i < stop or i == 0:
            continue
        end = _domain(u, i, lexicon)
        if end == i:
            continue
        floor = max([stop, i - _LONGEST_LOCAL, *(s for s in cue_stops if s < i)])
        start = _local(u, i, floor, lexicon, cued=floor in cue_stops)
        if start < i:
            found.append(
                Candidate(
                    "per.email",
                    start,
                    end,
                    0.95 if word == "@" else 0.9,
                    "".join(u.words[start:end]),
                )
            )
            stop = end
    return tuple(found)


def _after_openers(u: Utterance, start: int, stop: int, lexicon: Lexicon) -> int:
    while start < stop and (match := lexicon.openers.at(u.words, start)):
        start += match[0]
    return start


def _domain(u: Utterance, i: int, lexicon: Lexicon) -> int:
    """Return the end of a domain after the `at` of word i, or i."""
    written = u.words[i] == "@"
    best = i
    for j in range(i + 1, min(len(u), i + 10)):
        word = u.words[j]
        if word in lexicon.at:
            break
        dotted = u.words[j - 1] in lexicon.dot or u.gap(j).lstrip() == "."
        if (word in lexicon.endings and dotted) or (word in lexicon.providers and j <= i + 2):
            best = j + 1
        elif (best > i and word not in lexicon.dot and not dotted) or (
            written
            and " " in u.gap(j)
            and word not in lexicon.dot
            and u.words[j - 1] not in lexicon.dot
        ):
            break
    if written and best == i and i + 1 < len(u) and not u.gap(i + 1).strip(" "):
        return i + 2
    return best


def _local(u: Utterance, i: int, floor: int, lexicon: Lexicon, *, cued: bool) -> int:
    """Return where the part before `at` begins.

    After a cue all of it is taken: recognisers make ordinary words of names in an address.
    """
    if cued and i - floor <= _LONGEST_LOCAL:
        return _after_openers(u, floor, i, lexicon)
    j = i
    plain = 0
    while j > floor:
        word, kind = u.words[j - 1], u.classes[j - 1]
        joined = (u.gap(j) in {"", ".", "-"} and u.words[j] != "@") or word in lexicon.email_joins
        carried = joined or kind in "uzotTFlnvcRsh" or u.words[j] in lexicon.email_joins or j == i
        if not carried and (word in lexicon.common or plain >= 2):
            break
        if (
            u.words[i] == "@"
            and " " in u.gap(j)
            and u.words[j] not in lexicon.email_joins
            and word not in lexicon.email_joins
        ):
            break
        plain += not carried or j == i
        j -= 1
    return j
