"""Sums of money that belong to somebody: balances, payments, income, debts, orders of shares.

Rules:
1. A sum with its currency counts where talk of an account or a payment is near; the price of a
   dinner or a company's earnings are none.
2. A number without a currency counts right after such a word (`balance is twelve fifty`), or as
   the answer to a question for it.
3. Millions and more are a company's, unless they are said to be somebody's own.
4. Income and debts are known by their words, a credit score by its range.
"""

from bisect import bisect_left
from collections.abc import Sequence

from sottovoce.detection.quantities import Quantity, quantity_at, quantity_before
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard, Hit

TXN, INCOME, ORDER = "fin.txn", "fin.income", "fin.security_id"
_REACH, _REACH_BACK = 12, 7
_LONGEST_ANSWER = 10
_MOST_FIGURES = 7
_SCORES = (300, 900)


def find_amounts(heard: Heard) -> tuple[Candidate, ...]:
    """Return sums of money, income, debts, credit scores and orders of shares."""
    found: dict[int, Candidate] = {}
    for start, stop, is_large in _sums(heard):
        if kind := _kind(heard, start, stop, is_large=is_large):
            found.setdefault(start, Candidate(kind, start, stop, 0.8))
    for c in (*_bare(heard), *_scores(heard), *_orders(heard), *_answers(heard)):
        found.setdefault(c.start, c)
    return tuple(found.values())


def _sums(heard: Heard) -> list[tuple[int, int, bool]]:
    """Return sums with their currency, in words."""
    found: list[tuple[int, int, bool]] = []
    for start, stop in heard.of("sign"):
        if (q := quantity_at(heard, stop)) and not heard.u.gap(stop).strip():
            found.append((start, _sum_end(heard, q.stop), _is_large(heard, q)))
    for start, stop in heard.of("currency"):
        if found and start < found[-1][1]:
            continue
        begin = start
        while begin > 0 and heard.u.words[begin - 1] in heard.spans.words("before_currency"):
            begin -= 1
        begin = begin - 1 if begin and heard.u.words[begin - 1] in _marks(heard) else begin
        q = next((q for i in (begin, start, stop) if (q := quantity_before(heard, i))), None)
        if q:
            found.append((q.start, _cents(heard, stop), _is_large(heard, q)))
    return sorted(found)


def _marks(heard: Heard) -> frozenset[str]:
    return heard.spans.words("thousand_marks")


def _sum_end(heard: Heard, i: int) -> int:
    """Take in the `k` of `$250k`, and a currency said after a sign."""
    if i < len(heard.u) and heard.u.words[i] in _marks(heard) and not heard.u.gap(i):
        i += 1
    return max(i, heard.starts("currency", i))


def _cents(heard: Heard, i: int) -> int:
    """Return the end of `fifty` or `and fifty cents` after dollars."""
    joined = i + 1 < len(heard.u) and heard.u.words[i] == heard.lexicon.joiner
    q = quantity_at(heard, i + 1 if joined else i)
    if q is None or q.figures > 2 or heard.is_break(i):
        return i
    cents = heard.starts("cents", q.stop)
    if cents > q.stop:
        return cents
    return q.stop if not joined and heard.ends(q.stop, "amount_after", "clause") else i


def _is_large(heard: Heard, q: Quantity) -> bool:
    words = heard.u.words[q.start : min(len(heard.u), q.stop + 1)]
    return not heard.spans.words("millions").isdisjoint(words)


def _kind(heard: Heard, start: int, stop: int, *, is_large: bool) -> str | None:
    """Name a sum by the nearest word that says whose it is."""
    if heard.starts("unit_price", stop) > stop:
        return None
    own = _near(heard.of("money_own"), start, stop)
    if is_large and own is None:
        return None
    near = {
        kind: far
        for role, kind in (("income", INCOME), ("txn", TXN))
        if (far := _near(heard.of(role), start, stop)) is not None
    }
    if heard.starts("per_time", stop) > stop:
        return INCOME if heard.is_near("earn", start, start, reach=5) else None
    if near:
        return min(near, key=lambda kind: near[kind])
    return TXN if {TXN, INCOME} & heard.awaited and len(heard.u) <= _LONGEST_ANSWER else None


def _near(hits: Sequence[Hit], start: int, stop: int) -> int | None:
    """Return how far the nearest of the hits lies from words start to stop, if it is in reach."""
    k = bisect_left(hits, (start, 0))
    far = [start - b for _, b in hits[max(0, k - 3) : k] if start - b <= _REACH]
    far += [a - stop + 1 for a, _ in hits[k : k + 3] if 0 <= a - stop <= _REACH_BACK]
    return min(far, default=None)


def _bare(heard: Heard) -> list[Candidate]:
    """Read `balance is twelve fifty`, `transfer 200 to`, `i owe four thousand`."""
    found = []
    for role, kind in (("txn_lead", TXN), ("income_lead", INCOME)):
        for _, stop in heard.of(role):
            q = quantity_at(heard, heard.over(stop, "amount_gap"))
            if q and q.figures <= _MOST_FIGURES and _is_sum(heard, q, role):
                end = _sum_end(heard, q.stop)
                found.append(Candidate(kind, q.start, end, 0.65))
    for _, stop in heard.of("earn"):
        q = quantity_at(heard, heard.over(stop, "amount_gap"))
        if q and q.value >= 10 and heard.starts("per_time", end := _sum_end(heard, q.stop)) > end:
            found.append(Candidate(INCOME, q.start, end, 0.7))
    return found


def _is_sum(heard: Heard, q: Quantity, role: str) -> bool:
    if q.value < 1 or (_is_large(heard, q) and not _near(heard.of("money_own"), q.start, q.stop)):
        return False
    if role == "income_lead" and q.value < 100:
        return False
    if heard.starts("unit_price", _sum_end(heard, q.stop)) > q.stop:
        return False
    after = heard.u.gap(q.stop)
    if q.stop < len(heard.u) and after in {"/", ":", "-", "."}:
        return False
    return heard.ends(_sum_end(heard, q.stop), "amount_after", "clause")


def _scores(heard: Heard) -> list[Candidate]:
    found = []
    for _, stop in heard.of("score"):
        for i in range(stop, min(len(heard.u), stop + 8)):
            q = quantity_at(heard, i)
            if q and _SCORES[0] <= q.value <= _SCORES[1]:
                found.append(Candidate(INCOME, q.start, q.stop, 0.85))
                break
    return found


def _orders(heard: Heard) -> list[Candidate]:
    """Read `sell 200 shares of northwind at 45`."""
    found = []
    for start, stop in heard.of("shares"):
        q = quantity_before(heard, start)
        if q is None or _is_large(heard, q) or _near(heard.of("trade"), q.start, stop) is None:
            continue
        if heard.starts("stock_of", stop) > stop:
            continue
        end, names = stop, heard.over(stop, "of_shares")
        if names > stop:
            end = names
            while end < min(len(heard.u), names + 3) and not heard.ends(end, "order_after"):
                end += 1
        price = quantity_at(heard, heard.over(end, "order_after"))
        found.append(Candidate(ORDER, q.start, price.stop if price else end, 0.75))
    return found


def _answers(heard: Heard) -> list[Candidate]:
    kind = next((k for k in (INCOME, TXN) if k in heard.awaited), None)
    if kind is None or len(heard.u) > _LONGEST_ANSWER:
        return []
    for i in range(len(heard.u)):
        if q := quantity_at(heard, i):
            fits = q.figures <= _MOST_FIGURES and heard.ends(q.stop, "amount_after", "clause")
            return [Candidate(kind, q.start, q.stop, 0.65)] if fits else []
    return []
