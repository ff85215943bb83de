"""Find recordings by blind tokens, and keep the numbers of tokens without gaps.

Rules:
1. To add or to take away a posting costs some questions to the shelf, by the logarithm of how many
   postings the term has.
2. Where a posting goes, the last one of its term takes its number: no gap tells that one was there.
3. What keeps from finding never keeps from erasing: tokens whose key is gone are struck out as well.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from sottovoce.values.errors import Missing, Tampered
from sottovoce.values.ids import RecordingId
from sottovoce.vault.tokens import (
    Change,
    Mention,
    Posting,
    Purpose,
    Term,
    TermKey,
    TokenKey,
    Tokens,
)

_DOUBLINGS = 24
_CUTS = 16
_FIRST, _MOST = 32, 4096
Key = Callable[[Purpose], bytes]
"""Returns the secret of a purpose, or raises Missing or Tampered."""
_Free = Mapping[TokenKey, Mapping[TermKey, Mapping[int, Posting]]]


def seek(term: Term, tokens: Tokens, key: Key) -> Iterator[Posting]:
    """Yield the postings of a term; none when there is no key, for then nothing was placed."""
    try:
        token_key = TokenKey(key(term.purpose), term.purpose)
    except Missing:
        return
    term_key, number, size = token_key.term(term), 0, _FIRST
    while True:
        labels = [term_key.label(n) for n in range(number, number + size)]
        found = tokens.among(labels)
        yield from (found[label] for label in labels if label in found)
        if len(found) < size:
            return
        number, size = number + size, min(2 * size, _MOST)


def placing(
    recording: RecordingId, mentions: Iterable[Mention], tokens: Tokens, key: Key
) -> Change:
    """Make the postings of a recording that has none; a term counts once a channel."""
    keyed = cache(lambda purpose: TokenKey(key(purpose), purpose))
    said = [
        (keyed(m.term.purpose), keyed(m.term.purpose).term(m.term), m.channel)
        for m in dict.fromkeys(mentions)
    ]
    next_number = _ends([term for _, term, _ in said], tokens)
    placed = []
    for token_key, term, channel in said:
        placed.append(token_key.posting(term, next_number[term], recording, channel))
        next_number[term] += 1
    return Change(tuple(placed))


def striking(gone: Sequence[Posting], tokens: Tokens, key: Key) -> Change:
    """Take postings away, and let the last of each term take the numbers that become free."""
    keyed = cache(lambda purpose: TokenKey(key(purpose), purpose))
    free: dict[Purpose, dict[TermKey, dict[int, Posting]]] = {}
    try:
        for posting in gone:
            terms = free.setdefault(posting.purpose, defaultdict(dict))
            term, number = keyed(posting.purpose).back(posting)
            terms[term][number] = posting
        return _closed_up({keyed(purpose): terms for purpose, terms in free.items()}, tokens)
    except (Missing, Tampered):
        return Change(struck=tuple(posting.label for posting in gone))


def _closed_up(free: _Free, tokens: Tokens) -> Change:
    placed: list[Posting] = []
    struck: set[bytes] = set()
    ends = _ends([term for terms in free.values() for term in terms], tokens)
    for token_key, terms in free.items():
        for term, gone in terms.items():
            # A number beyond the end lies behind a gap, which only a lost key leaves.
            left = ends[term] - sum(number < ends[term] for number in gone)
            tail = [n for n in range(left, ends[term]) if n not in gone]
            last = tokens.among([term.label(n) for n in tail])
            holes = (number for number in sorted(gone) if number < left)
            for number, posting in zip(holes, last.values(), strict=False):
                placed.append(token_key.posting(term, number, posting.recording, posting.channel))
            struck |= {*last, *(posting.label for posting in gone.values())}
    return Change(tuple(placed), tuple(sorted(struck - {posting.label for posting in placed})))


def _ends(terms: Sequence[TermKey], tokens: Tokens) -> dict[TermKey, int]:
    """Return for each term how many postings it has, by questions that are asked of all at once."""
    low = dict.fromkeys(terms, 0)
    high: dict[TermKey, int | None] = dict.fromkeys(terms)
    while open_terms := [term for term in low if low[term] != high[term]]:
        asked = {t: {n: t.label(n) for n in _probes(low[t], high[t])} for t in open_terms}
        there = tokens.among([label for labels in asked.values() for label in labels.values()])
        for term, labels in asked.items():
            for number, label in labels.items():
                if label not in there:
                    high[term] = number
                    break
                low[term] = number + 1
    return low


def _probes(low: int, high: int | None) -> list[int]:
    """Return numbers to ask for, ascending; all below `low` are there and `high` is not."""
    if high is None:
        return [low + (1 << doubling) - 1 for doubling in range(_DOUBLINGS)]
    step = max(1, (high - low) // _CUTS)
    return list(range(low, high, step))
