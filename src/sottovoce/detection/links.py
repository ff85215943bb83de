"""Addresses on the net and names there: sites, handles, the numbers of machines.

Rules:
1. A site has a known ending after a dot, said or written, or begins with `www` or a scheme; what
   follows a slash belongs to it. After an `at` it is a part of an e-mail address and left alone.
2. A handle follows the name of a network and `is`, or begins with a written `@`.
3. Three or more dots between small numbers are the address of a machine; after a cue, one dot.
"""

import re
from collections.abc import Iterable

from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard
from sottovoce.detection.utterance import Utterance
from sottovoce.detection.written import Chunk

URL, IP = "per.url", "per.ip"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,11}://\S+|www\d?\.\S+", re.I)
_BARE = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}([a-z]{2,10})(?::\d{1,5})?(/\S*)?", re.I)
_HANDLE = re.compile(r"@[A-Za-z_][\w.]{1,30}")
_LONGEST_LABEL = 3
_LONGEST_PATH = 24
_LONGEST_HANDLE = 10
_SPELLED = frozenset("uzotTFlnR")
_FIGURES = frozenset("uzotTFh")


def find_links(pieces: Iterable[Chunk], heard: Heard) -> tuple[Candidate, ...]:
    """Return written sites and handles."""
    found = []
    for chunk in pieces:
        text = chunk.text
        if _SCHEME.fullmatch(text):
            found.append(Candidate(URL, chunk.start, chunk.stop, 0.95, text))
        elif _HANDLE.fullmatch(text):
            found.append(Candidate(URL, chunk.start, chunk.stop, 0.8, text))
        elif "@" not in text and (match := _BARE.fullmatch(text)):
            ending, path = match[1].lower(), match[2]
            strong = ending in heard.spans.words("site_endings")
            if strong or (path and ending in heard.lexicon.endings):
                found.append(Candidate(URL, chunk.start, chunk.stop, 0.85, text))
    return tuple(found)


def find_sites(heard: Heard) -> tuple[Candidate, ...]:
    """Return sites that are said: `w w w dot example dot com slash jane`."""
    found: list[Candidate] = []
    floor = 0
    for start, stop in heard.of("dot"):
        if start < floor or not _is_ending(heard, stop):
            continue
        begin = _label_start(heard, start, floor)
        if begin is None:
            continue
        end = _path_end(heard, _more_endings(heard, stop + 1))
        found.append(Candidate(URL, begin, end, 0.85, "".join(heard.u.words[begin:end])))
        floor = end
    for start, stop in heard.of("www"):
        if not any(c.start <= start < c.stop for c in found):
            end = _path_end(heard, stop)
            if end > stop:
                found.append(Candidate(URL, start, end, 0.8))
    return tuple(found)


def _is_ending(heard: Heard, i: int) -> bool:
    u = heard.u
    if i >= len(u) or heard.is_break(i):
        return False
    if u.words[i] in heard.spans.words("site_endings"):
        return True
    spelled = "".join(u.words[i : i + 3])
    return spelled in heard.spans.words("site_endings") and all(
        len(w) == 1 for w in u.words[i : i + 3]
    )


def _more_endings(heard: Heard, i: int) -> int:
    """Take in `dot u k` after `dot co`."""
    u = heard.u
    if (
        "".join(u.words[i - 1 : i + 2]) in heard.spans.words("site_endings")
        and len(u.words[i - 1]) == 1
    ):
        i += 2
    while i + 1 < len(u) and u.words[i] in heard.lexicon.dot and len(u.words[i + 1]) <= 3:
        i += 2
        if len(u.words[i - 1]) == 1 and i < len(u) and len(u.words[i]) == 1:
            i += 1
    return i


def _label_start(heard: Heard, dot: int, floor: int) -> int | None:
    """Walk back over the labels before an ending; None where they belong to an e-mail address."""
    u, lexicon = heard.u, heard.lexicon
    j, plain = dot, 0
    while j > floor and dot - j < _LONGEST_PATH:
        word, kind = u.words[j - 1], u.classes[j - 1]
        if word in lexicon.at or heard.is_break(j):
            break
        if u.words[j] in lexicon.dot:
            plain = 0
        joined = word in lexicon.dot or word in heard.spans.words("link_signs")
        if not joined and kind not in _SPELLED:
            if plain and (word in lexicon.common or plain >= _LONGEST_LABEL):
                break
            if word in heard.spans.words("link_leads"):
                break
            plain += 1
        j -= 1
    mail = j > 0 and u.words[j - 1] in lexicon.at and not _is_invited(heard, j - 1)
    return None if mail or j == dot else j


def _is_invited(heard: Heard, at: int) -> bool:
    """Tell whether an `at` follows `visit us` and opens no e-mail address."""
    return at > 0 and heard.u.words[at - 1] in heard.spans.words("link_invites")


def _path_end(heard: Heard, i: int) -> int:
    u, signs = heard.u, heard.spans.words("link_signs") | heard.lexicon.dot
    stop = min(len(u), i + _LONGEST_PATH)
    while i < stop and u.words[i] in signs and i + 1 < len(u):
        j = i + 1
        while j < stop and u.words[j] in signs:
            j += 1
        first = j
        while j < stop and (j == first or _goes_on(heard, j)) and u.words[j] not in signs:
            j += 1
        i = j
    return i


def _goes_on(heard: Heard, i: int) -> bool:
    """Tell whether word i belongs to what is spelled before it."""
    if heard.is_break(i) or heard.ends(i, "clause"):
        return False
    return heard.u.classes[i] in _SPELLED or heard.u.words[i] not in heard.lexicon.common


def find_handles(heard: Heard) -> tuple[Candidate, ...]:
    """Return the names of somebody in a network."""
    found = [_handle(heard, stop, needs_sign=False) for _, stop in heard.of("network")]
    found += [_handle(heard, stop, needs_sign=True) for _, stop in heard.of("network_bare")]
    return tuple(c for c in found if c)


def _handle(heard: Heard, stop: int, *, needs_sign: bool) -> Candidate | None:
    u = heard.u
    i = heard.starts("handle_word", stop)
    after = heard.over(i, "copula")
    at = after < len(u) and u.words[after] in heard.lexicon.at
    start = after + 1 if at else after
    led = after > i or heard.is_break(i) or at or u.words[stop - 1] in heard.spans.words("copula")
    if not led or start >= len(u):
        return None
    end, signs = _handle_end(heard, start)
    is_spelled = bool(signs) or at or any(kind in "uztTF" for kind in u.classes[start + 1 : end])
    if end == start or (needs_sign and not is_spelled):
        return None
    if not is_spelled and u.words[start] in heard.lexicon.common:
        return None
    return Candidate(URL, start, end, 0.9 if signs or at else 0.65)


def _handle_end(heard: Heard, i: int) -> tuple[int, int]:
    u, signs, count = heard.u, heard.spans.words("link_signs") | heard.lexicon.dot, 0
    j, joined = i, True
    while j < min(len(u), i + _LONGEST_HANDLE):
        is_sign = u.words[j] in signs
        if not is_sign and not joined and not _goes_on(heard, j):
            break
        if j > i and heard.is_break(j) and u.gap(j) not in {".", "_"}:
            break
        if not is_sign and u.words[j] in heard.spans.words("not_handles"):
            break
        count += is_sign
        joined = is_sign
        j += 1
    return j, count


def find_machines(heard: Heard) -> tuple[Candidate, ...]:
    """Return spoken addresses: `one ninety two dot one sixty eight dot one dot five`."""
    found: list[Candidate] = []
    dots = [hit for role in ("dot", "point") for hit in heard.of(role)]
    floor = 0
    for start, stop in sorted(dots):
        if start < floor:
            continue
        first = _number_before(heard, start)
        if first is None:
            continue
        groups, end = _groups(heard, start)
        cued = heard.follows("ip", first, reach=8)
        floor = max(stop, end)
        if groups >= 4 or (cued and groups >= 2):
            found.append(Candidate(IP, first, end, 0.9 if groups == 4 else 0.7))
    return tuple(found)


def _number_before(heard: Heard, dot: int) -> int | None:
    """Return where the number right before a dot begins, if one does."""
    u, j = heard.u, dot
    while j > 0 and dot - j < 5 and u.classes[j - 1] in _FIGURES and not heard.is_break(j):
        j -= 1
    return j if j < dot else None


def _groups(heard: Heard, dot: int) -> tuple[int, int]:
    """Count the numbers that dots join from a dot on, with the one before it."""
    u: Utterance = heard.u
    i, groups = dot, 1
    while i + 1 < len(u) and (u.words[i] in heard.lexicon.dot) and u.classes[i + 1] in _FIGURES:
        j = i + 1
        while (
            j < len(u)
            and j - i < 5
            and u.classes[j] in _FIGURES
            and u.words[j] not in heard.lexicon.dot
        ):
            j += 1
        i, groups = j, groups + 1
    return groups, i
