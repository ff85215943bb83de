"""Everything that is spoken as a short span in one turn, by one pass over its words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sottovoce.detection.ages import find_ages, find_children
from sottovoce.detection.amounts import find_amounts
from sottovoce.detection.appointments import find_appointments
from sottovoce.detection.conditions import find_codes, find_conditions
from sottovoce.detection.credentials import find_credentials
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.links import find_handles, find_links, find_machines, find_sites
from sottovoce.detection.locations import find_coordinates, find_locations
from sottovoce.detection.medicines import find_medicines
from sottovoce.detection.results import find_pressures, find_results
from sottovoce.detection.runs import CueHit
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard, hear, load
from sottovoce.detection.statuses import find_dockets, find_statuses
from sottovoce.detection.utterance import Utterance
from sottovoce.detection.written import chunks, find_bics, find_headers, find_written

Find = Callable[[Heard], tuple[Candidate, ...]]
_NOTHING: frozenset[str] = frozenset()
_TOPIC = frozenset({"hlt.dx"})
_HEALTH = frozenset({"hlt.dx", "hlt.med", "hlt.lab"})
_SURE = 0.8
_NUMBERS = frozenset("uzTtFhk")


@dataclass(frozen=True, slots=True)
class Found:
    """What a turn holds, and the kinds that the next turns may then hold without a cue.

    They are what was asked for, and conditions where health is already talked of.
    """

    candidates: tuple[Candidate, ...] = field(repr=False)
    asks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finder:
    """A function that finds, and what must be heard or awaited for it to find anything."""

    find: Find
    roles: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def _of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_BY_WORDS = (
    Finder(find_children, _of("child age_decade")),
    Finder(find_appointments, _of("visit appointment")),
    Finder(find_conditions, _of("condition condition_plain head condition_ending")),
    Finder(find_medicines, _of("medicine dose_unit")),
    Finder(find_statuses, _of("status status_plain")),
    Finder(find_sites, _of("dot www")),
    Finder(find_handles, _of("network network_bare")),
    Finder(find_locations, _of("corner three_words latitude coordinates dot point degrees")),
    Finder(find_bics, _of("swift")),
    Finder(
        find_credentials,
        _of(
            "secret_cue answer_cue key_words key_start wallet_cue host_cue login_cue seed"
            " rare_symbol pass_phrase repeat"
        ),
        _of("per.credential biz.cred fin.crypto bio.passphrase per.username"),
    ),
)
_BY_NUMBERS = (
    Finder(
        find_ages,
        _of("age_unit age_unit_small age_lead age_own age_other age_turn kin"),
        _of("per.age"),
    ),
    Finder(
        find_amounts,
        _of("sign currency txn_lead income_lead earn score shares"),
        _of("fin.txn fin.income"),
    ),
    Finder(find_results, _of("measure"), _of("hlt.lab")),
    Finder(find_pressures, _of("over")),
    Finder(find_codes, _of("point dot")),
    Finder(find_machines, _of("point dot")),
    Finder(find_dockets, _of("proceeding")),
)


def _index(finders: Sequence[Finder]) -> Mapping[str, tuple[Find, ...]]:
    """List for every role and kind the functions that may find something by it."""
    names = {name for finder in finders for name in finder.roles + finder.kinds}
    return {name: tuple(f.find for f in finders if name in f.roles + f.kinds) for name in names}


_WORDS_ONLY = _index(_BY_WORDS)
_WITH_NUMBERS = _index(_BY_WORDS + _BY_NUMBERS)


def find_spans(
    u: Utterance,
    cues: Sequence[CueHit],
    lexicon: Lexicon,
    *,
    awaited: frozenset[str] = _NOTHING,
) -> Found:
    """Return the short spans of a turn as it was read, before anything is marked in it.

    ``awaited`` are the kinds that earlier turns asked for: their answers need no cue. Candidates
    of different kinds may overlap; the surer one names the words.
    """
    heard = hear(u, cues, lexicon, spans=load(lexicon.language), awaited=awaited)
    by_name = _WORDS_ONLY if _NUMBERS.isdisjoint(u.classes) else _WITH_NUMBERS
    finders = {find for name in (*heard.hits, *awaited) for find in by_name.get(name, ())}
    found = [c for find in finders for c in find(heard)]
    found += find_headers(u)
    if pieces := tuple(chunks(u)):
        found += (*find_written(heard, pieces), *find_links(pieces, heard), *find_coordinates(u))
    if not found and not heard.of("asks"):
        return Found((), _NOTHING)
    joined = tuple(_joined(found))
    is_health = any(c.kind in _HEALTH and c.confidence >= _SURE for c in joined)
    asked = _asked(heard) - {c.kind for c in joined}
    return Found(joined, asked | _TOPIC if is_health else asked)


def _joined(found: list[Candidate]) -> Iterator[Candidate]:
    """Join candidates of one kind that overlap."""
    last: Candidate | None = None
    for c in sorted(found, key=lambda c: (c.kind, c.start, -c.stop)):
        if last is None or c.kind != last.kind or c.start >= last.stop:
            if last is not None:
                yield last
            last = c
            continue
        sure = max(last.confidence, c.confidence)
        last = replace(last, stop=max(last.stop, c.stop), confidence=sure)
    if last is not None:
        yield last


def _asked(heard: Heard) -> frozenset[str]:
    return frozenset(kind for kind in heard.spans.asks if heard.of(f"asks {kind}"))
