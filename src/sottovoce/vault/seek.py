"""Find recordings by blind tokens, and keep the numbers of tokens without gaps.

Rules:
1. To add or to take away a posting costs some questions to the shelf, by the logarithm of how many
   postings the term has.
2. Where a posting goes, the last one of its term takes its number, so that counting up finds all.
3. What keeps from finding never keeps from erasing: a token that does not open is struck out too.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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

_FEW, _FAR = 4, 8
_CUTS = 8
_FIRST, _MOST = 32, 4096
Key = Callable[[Purpose], bytes]
"""Returns the secret of a purpose, or raises Missing or Tampered."""
_Gone = dict[int, Posting]


def seek(term: TermKey, tokens: Tokens) -> Iterator[Posting]:
    """Yield the postings of a term, in the order in which they were placed."""
    number, size = 0, _FIRST
    while True:
        labels = [term.label(n) for n in range(number, number + size)]
        found = tokens.among(labels)
        yield from (found[label] for label in labels if label in found)
        if not found:
            return  # Only now: a lost token must not hide those behind it.
        number, size = number + size, min(2 * size, _MOST)


def term_key(term: Term, key: Key) -> TermKey | None:
    """Return a term's key, or None when there is no key, for then nothing was placed."""
    try:
        return TokenKey(key(term.purpose), term.purpose).term(term)
    except Missing:
        return None


def placing(
    recording: RecordingId, mentions: Iterable[Mention], tokens: Tokens, key: Key
) -> Change:
    """Make the postings of a recording that has none; a term counts once a channel."""
    keyed = cache(lambda purpose: TokenKey(key(purpose), purpose))
    said = [
        (keyed(m.term.purpose), keyed(m.term.purpose).term(m.term), m.channel)
        for m in dict.fromkeys(mentions)
    ]
    next_number = _ends({term: 0 for _, term, _ in said}, tokens)
    placed, count = [], Counter(term for _, term, _ in said)
    for token_key, term, channel in said:
        number = next_number[term]
        placed.append(token_key.posting(term, number, recording, channel))
        next_number[term] = number + 1
        # The end may be a gap that a lost token left, with tokens of others behind it.
        while count[term] > 1 and tokens.there([term.label(next_number[term])]):
            next_number[term] += 1
    return Change(tuple(placed))


def striking(gone: Sequence[Posting], tokens: Tokens, key: Key) -> Change:
    """Take postings away, and let the last of each term take the numbers that become free."""
    keyed = cache(lambda purpose: TokenKey(key(purpose), purpose))
    free: dict[tuple[TokenKey, TermKey], _Gone] = defaultdict(dict)
    for posting in gone:
        with suppress(Missing, Tampered):
            term, number = keyed(posting.purpose).back(posting)
            free[keyed(posting.purpose), term][number] = posting
    placed, last = _closed_up(free, tokens)
    struck = {*last, *(posting.label for posting in gone)} - {posting.label for posting in placed}
    return Change(tuple(placed), tuple(sorted(struck)))


def _closed_up(
    free: Mapping[tuple[TokenKey, TermKey], _Gone], tokens: Tokens
) -> tuple[list[Posting], set[bytes]]:
    """Return what is placed into the numbers that become free, and the labels it had."""
    # All below the highest number that goes are there, so that the end is not far to seek.
    ends = _ends({term: max(gone) + 1 for (_, term), gone in free.items()}, tokens)
    tails: dict[tuple[TokenKey, TermKey], list[bytes]] = {}
    holes: dict[tuple[TokenKey, TermKey], list[int]] = {}
    for (token_key, term), gone in free.items():
        left = ends[term] - len(gone)
        tails[token_key, term] = [term.label(n) for n in range(left, ends[term]) if n not in gone]
        holes[token_key, term] = [number for number in sorted(gone) if number < left]
    last = tokens.among([label for labels in tails.values() for label in labels])
    placed = [
        token_key.posting(term, number, last[label].recording, last[label].channel)
        for (token_key, term), labels in tails.items()
        for number, label in zip(holes[token_key, term], labels, strict=True)
    ]
    return placed, set(last)


def unsound(
    some: Sequence[Posting], tokens: Tokens, keyed: Callable[[Purpose], TokenKey]
) -> list[Posting]:
    """Return those of some postings that do not open, or have none before them in number.

    One that was moved or struck out since it was read is not among them.
    """
    found: dict[bytes, Posting] = {}
    before: list[tuple[bytes, Posting]] = []
    for posting in some:
        try:
            term, number = keyed(posting.purpose).back(posting)
        except (Missing, Tampered):
            found[posting.label] = posting
            continue
        if term.label(number) != posting.label:
            found[posting.label] = posting
        if number:
            before.append((term.label(number - 1), posting))
    there = tokens.there([label for label, _ in before])
    found |= {posting.label: posting for label, posting in before if label not in there}
    still = tokens.among(list(found)) if found else {}
    return [posting for label, posting in found.items() if still.get(label) == posting]


def _ends(least: Mapping[TermKey, int], tokens: Tokens) -> dict[TermKey, int]:
    """Return for each term how many postings it has, by questions that are asked of all at once.

    ``least`` says how many it has at any rate.
    """
    low = dict(least)
    high: dict[TermKey, int | None] = dict.fromkeys(least)
    while open_terms := [term for term in low if low[term] != high[term]]:
        asked = {t: {n: t.label(n) for n in _probes(low[t], high[t])} for t in open_terms}
        there = tokens.there([label for labels in asked.values() for label in labels.values()])
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
        far = max(_FEW, low)
        return [low, low + 1, low + far, low + _FAR * far]
    step = max(1, (high - low) // _CUTS)
    return list(range(low, high, step))
