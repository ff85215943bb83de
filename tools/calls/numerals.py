"""Which digits the words of a number carry, and which words carry them.

1. A unit or `oh` is one digit; a teen is two; `forty one` is 41, `forty` alone is 40.
2. `double` and `triple` repeat the unit that follows.
3. `hundred` puts two zeros after the words before it, `thousand` three; a smaller number
   that follows without a pause fills the zeros: `two thousand six` is 2006.
4. A comma ends a number: `twenty, four` is 20 and 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

UNITS: tuple[str, ...] = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)
TEENS: tuple[str, ...] = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen")
TEENS += ("sixteen", "seventeen", "eighteen", "nineteen")
TENS: tuple[str, ...] = (
    "",
    "",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)
ORDINALS: tuple[str, ...] = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
)
ORDINALS += ("ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth")
ORDINALS += ("sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth")
_REPEATS = {"double": 2, "triple": 3}
_ZEROS = {"hundred": 2, "thousand": 3}

_UNIT = {word: value for value, word in enumerate(UNITS)} | {"oh": 0, "nought": 0}
_UNIT |= {word: value for value, word in enumerate(ORDINALS[:10]) if word}
_TEEN = {word: value for value, word in enumerate(TEENS, 10)}
_TEEN |= {word: value for value, word in enumerate(ORDINALS) if value >= 10}
_TEEN |= {"thirtieth": 30}
_TEN = {word: 10 * value for value, word in enumerate(TENS) if word}


@dataclass(frozen=True, slots=True)
class Numeral:
    """The digits that words first to last (last included) say together."""

    digits: str
    first: int
    last: int


def find_numerals(words: Sequence[str]) -> tuple[Numeral, ...]:
    """Return every numeral in the words, in order."""
    found: list[Numeral] = []
    index = 0
    while index < len(words):
        numeral = _numeral_at(words, index)
        if numeral is None:
            index += 1
            continue
        found.append(numeral)
        index = numeral.last + 1
    return tuple(found)


def _numeral_at(words: Sequence[str], index: int) -> Numeral | None:
    if repeat := _REPEATS.get(_bare(words[index])):
        unit = _UNIT.get(_bare(words[index + 1])) if index + 1 < len(words) else None
        return None if unit is None else Numeral(str(unit) * repeat, index, index + 1)
    small = _small_at(words, index)
    if small is None:
        return None
    return _with_zeros(words, small)


def _small_at(words: Sequence[str], index: int) -> Numeral | None:
    """Read a number below one hundred."""
    word = _bare(words[index])
    if word in _UNIT or word in _TEEN:
        return Numeral(str(_UNIT.get(word, _TEEN.get(word))), index, index)
    if word not in _TEN:
        return None
    unit = _UNIT.get(_bare(words[index + 1])) if _goes_on(words, index) else None
    return Numeral(str(_TEN[word] + (unit or 0)), index, index + 1 if unit else index)


def _with_zeros(words: Sequence[str], small: Numeral) -> Numeral:
    follows = _goes_on(words, small.last)
    zeros = _ZEROS.get(_bare(words[small.last + 1])) if follows else None
    if zeros is None:
        return small
    last = small.last + 1
    rest = _small_at(words, last + 1) if _goes_on(words, last) else None
    if rest is None or zeros == 2:
        return Numeral(small.digits + "0" * zeros, small.first, last)
    return Numeral(small.digits + rest.digits.rjust(zeros, "0"), small.first, rest.last)


def _goes_on(words: Sequence[str], index: int) -> bool:
    return index + 1 < len(words) and words[index][-1].isalpha()


def _bare(word: str) -> str:
    return word.strip(".,;:!?").lower()
