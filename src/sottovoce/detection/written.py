"""What has a shape of its own when it is written: keys, addresses of machines and wallets, codes.

Rules:
1. Only what stands between spaces and holds a figure or a sign inside is looked at, once.
2. A checksum or a valid range raises confidence; without it the shape needs a cue nearby.
3. A long string without order is a secret: letters and figures, mixed, with high entropy.
"""

import ipaddress
import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from stdnum import cusip, isin, lei
from stdnum.in_ import pan

from sottovoce.detection.results import is_pressure
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard
from sottovoce.detection.utterance import Utterance

_SIGN = re.compile(r"[\d@/_=#^]|[.:]\w")
_CHUNK = re.compile(r"(?<!\S)(?:[\d@/_=#^]|[^\s\d@/_=#^]+?(?:[\d@/_=#^]|(?<=[.:])\w))\S*")
_LONGEST = 16_384
_NEAR = 8
_EDGES = "\"'()[]{}<>,;!?"
_MAC = re.compile(
    r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}", re.I
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?!\w|\.\d)")
_IPV6 = re.compile(
    r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?::\d{1,3}(?:\.\d{1,3}){3})?(?:%\w{1,16})?(?:/\d{1,3})?",
    re.I,
)
_ICD = re.compile(r"[A-TV-Z]\d[0-9AB]\.[0-9A-Z]{1,4}", re.I)
_ICD_BARE = re.compile(r"[A-TV-Z]\d[0-9AB]", re.I)
_DOCKET = re.compile(
    r"(?:\d{1,2}:)?\d{2}-[a-z]{2,3}-\d{3,7}(?:-[a-z]{2,4}){0,3}|[a-z]{2}-\d{2,4}-\d{3,8}|(?:19|20)\d\d-?[a-z]{2}-?\d{4,8}",
    re.I,
)
_ETHER = re.compile(r"0x[0-9a-f]{40}", re.I)
_BECH = re.compile(r"(?:bc1|tb1|ltc1|addr1)[ac-hj-np-z02-9]{20,100}", re.I)
_BASE58 = re.compile(r"[13LDXrTM][1-9A-HJ-NP-Za-km-z]{24,34}")
_KEYS = re.compile(
    r"(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)[-_]?[\w-]{6,}|sk-[A-Za-z0-9]{16,}|(?:AKIA|ASIA|AROA)[0-9A-Z]{12,20}"
    r"|gh[pousr]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,40}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|npm_\w{20,}|hf_\w{16,}|ya29\.[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|dop_v1_\w{32,}|shpat_\w{16,}|whsec_\w{16,}|AGE-SECRET-KEY-\w{20,}|pypi-[\w-]{16,}|xapp-[\w-]{10,}"
)
_NDC = re.compile(r"\d{4,5}-\d{3,4}-\d{1,2}")
_PAN = re.compile(r"[A-Z]{5}\d{4}[A-Z]", re.I)
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.I)
_TRACKS = re.compile(
    r"%?B\d{12,19}\^[^^\n]{2,26}\^\d{4}[\w ]{0,80}\??|;?\d{12,19}=\d{4}\d{3,30}\??", re.I
)
_PEM = re.compile(r"-{2,5} ?BEGIN [A-Z ]{0,30}PRIVATE KEY ?-{2,5}", re.I)
_RANDOM = re.compile(r"[A-Za-z0-9+/=_.~\-]{20,}")
_SOLID = re.compile(r"[A-Za-z0-9]{10,}")
_INTERNAL = re.compile(
    r"[a-z0-9][\w-]{0,62}(?:\.[\w-]{1,62}){0,6}\.(?:internal|local|corp|lan|intranet)", re.I
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is written between two spaces, without the signs around it; words start to stop."""

    text: str = field(repr=False)
    start: int
    stop: int


def chunks(u: Utterance) -> Iterator[Chunk]:
    """Yield what holds a figure or a sign inside."""
    if not _SIGN.search(u.text):
        return
    for match in _CHUNK.finditer(u.text):
        if match.end() - match.start() > _LONGEST:
            continue
        raw = match.group()
        text = raw.lstrip(_EDGES)
        begin = match.start() + len(raw) - len(text)
        text = text.rstrip(_EDGES + ".:")
        if len(text) >= 3 and (piece := chunk_at(u, begin, text)):
            yield piece


def chunk_at(u: Utterance, begin: int, text: str) -> Chunk | None:
    """Return a piece of the text that begins at a character, with its words."""
    start = bisect_right(u.ends, begin)
    stop = bisect_left(u.starts, begin + len(text))
    return Chunk(text, start, stop) if start < stop else None


def find_written(heard: Heard, pieces: Iterable[Chunk]) -> tuple[Candidate, ...]:
    """Return what the shape of its writing gives away."""
    found = [
        Candidate(named[0], chunk.start, chunk.stop, named[1], chunk.text)
        for chunk in pieces
        if (named := _named(heard, chunk)) is not None
    ]
    return tuple(found)


def find_headers(u: Utterance) -> tuple[Candidate, ...]:
    """Return magnetic tracks and private keys, which have spaces in them."""
    found: list[Candidate] = []
    text = u.text
    if "^" in text or "=" in text:
        found += _matched(u, _TRACKS, "fin.track")
    if "--" in text:
        found += _matched(u, _PEM, "biz.cred")
    return tuple(found)


def _matched(u: Utterance, pattern: re.Pattern[str], kind: str) -> list[Candidate]:
    pieces = (chunk_at(u, m.start(), m.group()) for m in pattern.finditer(u.text))
    return [Candidate(kind, p.start, p.stop, 0.95) for p in pieces if p]


def _named(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    text = chunk.text
    if "@" in text[1:]:
        return None  # an e-mail address
    for name in (_machine, _secret, _wallet, _code, _pressure, _cued):
        if named := name(heard, chunk):
            return named
    return None


def _machine(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    text = chunk.text
    if text.count(".") >= 3 and (match := _IPV4.search(text)):
        if _is_address(match[1]):
            return "per.ip", 0.7 if _near(heard, "version", chunk.start) else 0.95
        return ("per.ip", 0.7) if _near(heard, "ip", chunk.start) else None
    if text.count(":") >= 2 and _IPV6.fullmatch(text) and _is_address(re.split("[%/]", text)[0]):
        return "per.ip", 0.9
    if _MAC.fullmatch(text):
        return "per.device", 0.95
    if _UUID.fullmatch(text):
        return "per.other_unique", 0.7
    return ("biz.cred", 0.7) if _INTERNAL.fullmatch(text) else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _secret(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    text = chunk.text
    if _KEYS.match(text):
        return "biz.cred", 0.95
    if len(text) < 8 or text.isdigit() or "://" in text:
        return None
    if is_random(text) and not (
        _ETHER.fullmatch(text) or _BECH.fullmatch(text) or _is_base58(text)
    ):
        return None if _is_registered(text) else ("biz.cred", 0.8)
    cued = _near(heard, "key_cue", chunk.start)
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return ("biz.cred", 0.8) if cued and mixed else None


def is_random(text: str) -> bool:
    """Tell whether a string looks drawn at random: a long stretch of mixed letters and figures."""
    if not _RANDOM.fullmatch(text):
        return False
    solid = max(_SOLID.findall(text), key=len, default="")
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(solid))
    return changes >= 3 and _entropy(text) >= 3.2


def _entropy(text: str) -> float:
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())


def _is_registered(text: str) -> bool:
    return len(text) == 20 and bool(lei.is_valid(text))


def _is_base58(text: str) -> bool:
    kinds = (str.isdigit, str.isupper, str.islower)
    return bool(_BASE58.fullmatch(text)) and all(any(map(kind, text)) for kind in kinds)


def _wallet(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    text = chunk.text
    if _ETHER.fullmatch(text) or _BECH.fullmatch(text):
        return "fin.crypto", 0.95
    if _is_base58(text):
        return "fin.crypto", 0.9 if _near(heard, "wallet", chunk.start) else 0.75
    return None


def _code(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    text = chunk.text
    if len(text) == 12 and text[:2].isalpha() and isin.is_valid(text):
        return "fin.security_id", 0.95
    if len(text) == 20 and lei.is_valid(text):
        return "fin.security_id", 0.95
    if _PAN.fullmatch(text) and pan.is_valid(text):
        return "per.in_pan", 0.9
    if _DOCKET.fullmatch(text) and (":" in text or _near(heard, "court", chunk.start)):
        return "leg.docket", 0.9
    if _ICD.fullmatch(text):
        return "hlt.dx", 0.85 if _near(heard, "code_cue", chunk.start) or text[1:3] > "09" else 0.7
    return None


def _pressure(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    high, _, low = chunk.text.partition("/")
    if not (high.isdecimal() and low.isdecimal() and len(high) <= 3 and len(low) <= 3):
        return None
    near = heard.is_near("health_talk", chunk.start, chunk.stop, reach=25) or heard.of("measure")
    return ("hlt.lab", 0.85 if near else 0.65) if is_pressure(int(high), int(low)) else None


def _cued(heard: Heard, chunk: Chunk) -> tuple[str, float] | None:
    """Name what only its cue tells from any other code."""
    text = chunk.text
    shaped: tuple[tuple[str, str, Callable[[str], object], float], ...] = (
        ("cusip", "fin.security_id", lambda t: len(t) in {8, 9} and t.isalnum(), 0.85),
        ("ndc", "hlt.med", _NDC.fullmatch, 0.9),
        ("code_cue", "hlt.dx", _ICD_BARE.fullmatch, 0.8),
        ("swift", "fin.bic", _BIC.fullmatch, 0.9),
        ("pan_card", "per.in_pan", _PAN.fullmatch, 0.85),
    )
    for role, kind, fits, confidence in shaped:
        if fits(text) and _near(heard, role, chunk.start):
            return kind, 0.95 if role == "cusip" and cusip.is_valid(text) else confidence
    return None


def _near(heard: Heard, role: str, i: int) -> bool:
    """Tell whether a phrase of a role ends up to eight words before word i."""
    return heard.follows(role, i, reach=_NEAR)


def find_bics(heard: Heard) -> tuple[Candidate, ...]:
    """Return bank codes that are all letters, written right after their cue."""
    found = []
    for _, stop in heard.of("swift"):
        i = heard.over(stop, "copula")
        if i < len(heard.u) and _BIC.fullmatch(heard.u.words[i]) and _is_shouted(heard.u, i):
            found.append(Candidate("fin.bic", i, i + 1, 0.85, heard.u.words[i]))
    return tuple(found)


def _is_shouted(u: Utterance, i: int) -> bool:
    raw = u.text[u.starts[i] : u.ends[i]]
    return raw.isupper() or len(raw) == 8
