"""Read words as one number, by the grammar of their language.

Rules:
1. A number is tens and units, hundreds of them, thousands and more of those, in falling order.
   Hundreds may be a word of their own (`doscientos`) or a multiple (`thirty three hundred`).
2. Where a language joins tens and units (`treinta y cuatro`), without the joiner they are two
   numbers first and one number second.
3. A sign between two words keeps them apart; so does a digit that more digits follow
   (`eight hundred five five five`). What is kept apart is offered joined as well, and dearer.
4. The first number offered is the plainest.

Not yet: units before tens (German, Dutch) and sums such as the French `quatre-vingt-dix`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.lexicon import Lexicon

_LESS_LIKELY = 0.6


@dataclass(frozen=True, slots=True)
class Stretch:
    """Classes and words one after another, and before each ``&``, ``,`` or a blank."""

    kinds: str
    words: Sequence[str] = field(repr=False)
    links: str

    def kind(self, i: int) -> str:
        """Return the class of word i, or a class that no word has."""
        return self.kinds[i] if i < len(self.kinds) else "$"


def numerals(stretch: Stretch, lexicon: Lexicon) -> Iterator[tuple[int, str, float]]:
    """Yield length, figures and cost of every number of several words that begins here."""
    offered: set[int] = set()
    greedy = number(stretch, lexicon, greedy=True)
    plain = number(stretch, lexicon, greedy=False)
    for length, value, cost in ((*plain, 0.0), (*greedy, _LESS_LIKELY)):
        alone = length == 1 and stretch.kind(0) not in "hk"
        if length and length not in offered and not alone:
            offered.add(length)
            yield length, str(value), cost
    if not offered:
        return
    for i in range(2, max(offered)):  # `two thousand | five`
        part = number(Stretch(stretch.kinds[:i], stretch.words, stretch.links), lexicon)
        if part[0] == i and i not in offered:
            offered.add(i)
            yield i, str(part[1]), _LESS_LIKELY


def number(stretch: Stretch, lexicon: Lexicon, *, greedy: bool = False) -> tuple[int, int]:
    """Return how many words are one number, and its value; none is 0, 0."""
    total, i, last = 0, 0, 0
    while True:
        length, value = _below_thousand(stretch, i, lexicon, greedy=greedy)
        if i and length and not greedy and _is_first_of_digits(stretch, i, length):
            break
        if stretch.kind(i + length) == "k":
            size = lexicon.thousands[stretch.words[i + length]]
            if last and size >= last:
                break
            total += max(value, 1) * size if length else size
            i, last = i + length + 1, size
            if _is_apart(stretch, i, greedy=greedy):
                break
            continue
        if last == 0 or value < last:
            total, i = total + value, i + length
        break
    return i, total


def _is_apart(stretch: Stretch, i: int, *, greedy: bool) -> bool:
    return not greedy and stretch.links[i : i + 1] == ","


def _is_first_of_digits(stretch: Stretch, i: int, length: int) -> bool:
    """Tell whether word i begins digits said one by one, rather than ending a number."""
    if length != 1 or stretch.kind(i) != "u" or stretch.links[i] == "&":
        return False
    return stretch.kind(i + 1) in "uzo"


def _below_thousand(stretch: Stretch, i: int, lexicon: Lexicon, *, greedy: bool) -> tuple[int, int]:
    if stretch.kind(i) == "H":
        length, value = 1, int(lexicon.figures[stretch.words[i]])
    elif stretch.kind(i) == "h" and i == 0:
        length, value = 1, 100
    else:
        length, value = _below_hundred(stretch, i, lexicon, greedy=greedy)
        if not length or stretch.kind(i + length) != "h":
            return (length, value) if stretch.kind(i) != "w" or _is_counted(stretch, i) else (0, 0)
        length, value = length + 1, value * 100
    if _is_apart(stretch, i + length, greedy=greedy):
        return length, value
    more, rest = _below_hundred(stretch, i + length, lexicon, greedy=greedy)
    if more and not greedy and _is_first_of_digits(stretch, i + length, more):
        return length, value
    once = stretch.kind(i + length) == "w" and not _is_counted(stretch, i + length)
    if once or (more and stretch.kind(i + length) == "F" and rest > 99):
        return length, value
    return length + more, value + rest


def _is_counted(stretch: Stretch, i: int) -> bool:
    """Tell whether a word that is a digit only sometimes counts thousands: `un millón`."""
    return stretch.kind(i + 1) == "k"


def _below_hundred(stretch: Stretch, i: int, lexicon: Lexicon, *, greedy: bool) -> tuple[int, int]:
    kind = stretch.kind(i)
    if kind == "F":
        return (1, int(stretch.words[i])) if len(stretch.words[i]) <= 3 else (0, 0)
    if kind not in "utTw":
        return 0, 0
    value = int(lexicon.figures.get(stretch.words[i], "0"))
    after = stretch.kind(i + 1)
    if kind != "T" or after not in "uw":
        return 1, value
    link = stretch.links[i + 1]
    is_joined = link == "&" or (after == "u" and not lexicon.tens_joined and link != ",")
    if is_joined or (greedy and after == "u"):
        return 2, value + int(lexicon.figures.get(stretch.words[i + 1], "0"))
    return 1, value
