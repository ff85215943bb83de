"""Street addresses of languages that say the street first: `calle mayor, número doce, tercero b`.

Rules:
1. A street word, a name and a number are an address; what follows the number (floor, door, side) is
   of it.
2. A street word that is an ordinary word as well needs a number after its name.
3. A street word and a name in capitals are an address without a number.
"""

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.utterance import NUMBER, Utterance

_LONGEST_NAME = 7
_LONGEST_NUMBER = 6
_LONGEST_REST = 10


def named_street(u: Utterance, i: int, lexicon: Lexicon) -> tuple[int, int, float] | None:
    """Return an address that begins with street word i: its words and how sure it is."""
    stop, named = _name(u, i + 1, lexicon)
    number = _number(u, stop, lexicon)
    if number > stop and (named or _is_numbered(u, stop, number, lexicon)):
        return i, _rest(u, number, lexicon), 0.9
    if not named or u.words[i] in lexicon.weak_streets or u.text.isupper():
        return None
    capital = any(u.capital(k) and u.words[k] not in lexicon.directions for k in range(i + 1, stop))
    return (i, stop, 0.7) if capital else None


def _name(u: Utterance, i: int, lexicon: Lexicon) -> tuple[int, bool]:
    """Return the end of a street's name, and whether it says more than `de la`."""
    j, named = i, False
    while j < min(len(u), i + _LONGEST_NAME):
        word = u.words[j]
        if u.classes[j] in NUMBER or not word[0].isalpha() or (j > i and "." in u.gap(j)):
            break
        told = word in lexicon.street_names or word in lexicon.given or u.capital(j)
        if word in lexicon.number_words and not told:
            break
        if word not in lexicon.directions and word in lexicon.common and not told:
            break
        named |= word not in lexicon.directions
        j += 1
    return j, named


def _number(u: Utterance, i: int, lexicon: Lexicon) -> int:
    """Return the end of a number from word i, or i."""
    j = i + (i < len(u) and u.words[i] in lexicon.number_words)
    start = j
    while j < min(len(u), start + _LONGEST_NUMBER) and u.classes[j] in NUMBER | {"&", "w"}:
        j += 1
    return j if j > start and any(u.classes[k] in NUMBER for k in range(start, j)) else i


def _is_numbered(u: Utterance, i: int, stop: int, lexicon: Lexicon) -> bool:
    """Tell whether a street that has a number for a name has a house number: `carrera 7 # 45`."""
    signs = lexicon.number_words | {"#"}
    return any(u.words[k] in signs for k in range(i, stop + 1) if k < len(u))


def _rest(u: Utterance, i: int, lexicon: Lexicon) -> int:
    """Return the end of floor, door and side after a house number."""
    best = j = i
    while j < min(len(u), i + _LONGEST_REST):
        word, kind = u.words[j], u.classes[j]
        known = word in lexicon.unit_words or word in lexicon.ordinals
        figure = (
            kind in NUMBER or (kind in "lvc" and len(word) <= 2) or word in lexicon.number_words
        )
        if u.gap(j).strip(" ,º-#"):
            break
        if known or figure or word in lexicon.ordinal_suffixes or kind == "n":
            best = j + 1 if known or word not in lexicon.common or kind in NUMBER else best
        elif word not in lexicon.directions:
            break
        j += 1
    return best
