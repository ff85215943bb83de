"""Makes new examples of old ones: other names, other writing, what recognisers do to words."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sottovoce.detection.tagger import LABELS
from tagger.examples import NUMBERS, PLAIN, Example, bit, words_of
from tagger.lists import Pool, word_list

HERE = Path(__file__).parent
TITLES = frozenset(word_list("titles"))
DIGITS, TEENS, TENS = word_list("digits"), word_list("teens"), word_list("tens")
PARTICLES = ("van", "de", "von", "di", "al", "Mc", "O", "del")
SIDES = ("North", "South", "East", "West", "N", "S", "E", "W")
SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("k", "c"), ("c", "k"), ("ie", "y"), ("y", "ie"), ("ee", "ea"),
    ("ea", "ee"), ("ll", "l"), ("l", "ll"), ("nn", "n"), ("n", "nn"), ("tt", "t"), ("t", "tt"),
    ("s", "z"), ("z", "s"), ("ou", "oo"), ("ai", "ay"), ("a", "e"), ("e", "a"), ("o", "a"),
    ("i", "e"), ("gh", ""), ("h", ""), ("v", "b"), ("b", "p"), ("m", "n"), ("n", "m"),
    ("th", "t"), ("sh", "ch"), ("er", "a"), ("son", "sen"), ("x", "ks"), ("w", "v"),
)  # fmt: skip


class Maker:
    """Draws from the pools with the dice it is given."""

    def __init__(self, pools: dict[str, Pool], dice: random.Random) -> None:
        self.pools, self.dice = pools, dice
        self.own = _lines("sentences.txt")
        self.nothing = _lines("plain.txt")
        self.stems = tuple((HERE / "lists/organisations.txt").read_text("utf-8").split())
        self._by_slot: dict[str, Callable[[], str]] = {
            "name": self.name, "given": lambda: self.draw("given"),
            "surname": lambda: self.draw("surname"), "place": self.place, "org": self.firm,
            "condition": self.condition, "medicine": lambda: self.draw("medicine"),
            "address": self.address, "spelled": self.spelled, "kin": self.kin,
        }  # fmt: skip

    def draw(self, what: str) -> str:
        return self.pools[what].draw(self.dice)

    def name(self) -> str:
        roll = self.dice.random()
        first, last = self.draw("given"), self.draw("surname")
        if roll < 0.06:
            return f"{first} {self.draw('given')} {last}"
        if roll < 0.10:
            return f"{first} {self.dice.choice('ABCDEFGHJKLMNPRSTW')} {last}"
        if roll < 0.13:
            return f"{first} {self.dice.choice(PARTICLES)} {last}"
        if roll < 0.17:
            return f"{last} {first}"
        if roll < 0.22:
            return f"{last} {first} {self.dice.choice('ABCDEFGHJKLMNPRSTW')}"
        if roll < 0.24:
            return f"{first} {last}-{self.draw('surname')}"
        return f"{first} {last}"

    def kin(self) -> str:
        return f"{self.any_of('kin')} {self.draw('given')}"

    def condition(self) -> str:
        """Return a condition, now and then one made of a part of the body, or more exact."""
        roll = self.dice.random()
        if roll < 0.12:
            whole = f"{self.any_of('parts')} {self.any_of('troubles')}"
        else:
            whole = self.draw("condition")
        if self.dice.random() < 0.1:
            return f"{self.any_of('sides')} {whole}"
        plural = whole[-1].isalpha() and whole[-1] != "s" and " of " not in whole
        return whole + "s" if plural and self.dice.random() < 0.06 else whole

    def any_of(self, words: str) -> str:
        return self.dice.choice(word_list(words))

    def place(self) -> str:
        return self.draw("city" if self.dice.random() < 0.75 else "region")

    def firm(self) -> str:
        if self.dice.random() < 0.35:
            return self.draw("company")
        roll = self.dice.random()
        word = self.dice.choice(word_list("companies"))
        if roll < 0.3:
            return f"{self.draw('surname')} {word}"
        if roll < 0.5:
            return f"{self.dice.choice(self.stems).capitalize()} {word}"
        if roll < 0.6:
            return f"{self.draw('surname')} and {self.draw('surname')}"
        if roll < 0.7:
            return f"{self.draw('city')} {word}"
        if roll < 0.8:
            return f"{self.draw('plain').capitalize()} {word}"
        if roll < 0.9:
            return (self.dice.choice(self.stems) + self.draw("plain")[:6]).capitalize()
        return f"{self.draw('plain').capitalize()} {self.draw('plain').capitalize()}"

    def spelled(self) -> str:
        return " ".join(
            self.draw(self.dice.choice(("given", "surname")))[:10].lower().replace("'", "")
        )

    def number(self) -> str:
        roll, dice = self.dice.random(), self.dice
        if roll < 0.45:
            return str(
                dice.choice(
                    (dice.randrange(1, 200), dice.randrange(100, 10000), dice.randrange(1, 40))
                )
            )
        if roll < 0.6:
            return dice.choice(DIGITS[1:] + TEENS + TENS)
        if roll < 0.75:
            return f"{dice.choice(TENS)} {dice.choice(DIGITS[1:])}"
        if roll < 0.85:
            return " ".join(dice.choice(DIGITS) for _ in range(dice.randrange(2, 5)))
        if roll < 0.93:
            return f"{dice.choice(TEENS + TENS)} {dice.choice(TEENS + TENS)}"
        rest = "and " + dice.choice(TENS) if dice.random() < 0.5 else ""
        return f"{dice.choice(DIGITS[1:])} hundred {rest}".strip()

    def street(self) -> str:
        roll, dice = self.dice.random(), self.dice
        if roll < 0.35:
            core = self.draw("surname")
        elif roll < 0.6:
            core = self.draw("plain").capitalize()
        elif roll < 0.7:
            core = f"{self.draw('plain').capitalize()} {self.draw('plain').capitalize()}"
        elif roll < 0.8:
            core = self.draw("city")
        elif roll < 0.9:
            core = dice.choice(word_list("street_ordinals"))
        elif roll < 0.98:
            core = dice.choice(word_list("street_cores"))
        else:
            core = dice.choice("ABCDEFGHJKLMNP")
        ending = dice.choice(word_list("streets")[: 9 if dice.random() < 0.7 else None])
        whole = f"{core} {ending}"
        if dice.random() < 0.1:
            whole = f"{dice.choice(SIDES)} {whole}"
        if dice.random() < 0.03:
            whole = dice.choice(
                (
                    "Broadway",
                    f"Highway {dice.randrange(1, 200)}",
                    f"Camino {core}",
                    f"Via {core}",
                    f"Rue {core}",
                )
            )
        return whole

    def address(self) -> str:
        dice = self.dice
        whole = f"{self.number()} {self.street()}" if dice.random() < 0.92 else self.street()
        if dice.random() < 0.04:
            whole += f" {dice.choice((*SIDES, 'Northeast', 'Southwest', 'NW', 'SE'))}"
        if dice.random() < 0.2:
            unit = dice.choice(("apartment", "apt", "suite", "unit", "flat", "#", "#", "floor", ""))
            letter, number = dice.choice("ABCDEFGHKLMS"), dice.randrange(1, 400)
            door = (str(number), str(number), letter, f"{letter} {number}", f"{number} {letter}")
            whole += f" {unit} {dice.choice((*door, dice.choice(DIGITS)))}"
        return whole

    def sentence(self) -> Example:
        """Return an own sentence with its slots filled."""
        line = self.dice.choice(self.nothing if self.dice.random() < 0.3 else self.own)
        before, _, text = line.rpartition("|")
        asked = re.sub(r"\{(\w+)\}", lambda m: self._by_slot[m[1]](), before)
        words: list[str] = []
        may: list[int] = []
        for part in re.split(r"(\{\w+\})", text):
            label = part[1:-1] if part.startswith("{") else ""
            said = words_of(self._by_slot[label]() if label else part)
            words += said
            may += [_mask(label)] * len(said)
        return Example(tuple(words), tuple(may), words_of(asked), "own")

    def new(self, label: str, old: Sequence[str], ahead: str) -> str:
        """Return another entry of a label, about as long as the old one."""
        if label == "name":
            if len(old) > 1:
                return self.name()
            titled = ahead.lower() in TITLES
            return self.draw(
                "surname" if self.dice.random() < (0.8 if titled else 0.3) else "given"
            )
        return self._by_slot["org" if label == "organisation" else label]()


def _mask(slot: str) -> int:
    if not slot:
        return PLAIN
    known = {
        "given": "name",
        "surname": "name",
        "spelled": "name",
        "kin": "name",
        "org": "organisation",
    }
    return bit(known.get(slot, slot))


def _lines(name: str) -> tuple[str, ...]:
    lines = (HERE / "lists" / name).read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def swapped(found: Example, maker: Maker, share: float) -> Example:
    """Put other entries in place of a share of the labelled ones."""
    words, may = list(found.words), list(found.may)
    for label, start, stop in reversed(found.runs()):
        if maker.dice.random() >= share:
            continue
        old = words[start:stop]
        if all(len(word) == 1 for word in old):
            continue
        ahead = words[start - 1] if start else ""
        new = list(words_of(maker.new(LABELS[label], old, ahead)))
        if old[0].islower():
            new = [word.lower() for word in new]
        elif old[0].isupper() and len(old[0]) > 1 and label != NUMBERS["organisation"]:
            new = [word.upper() for word in new]
        if new:
            words[start:stop], may[start:stop] = new, [1 << label] * len(new)
    return replace(found, words=tuple(words), may=tuple(may))


def misheard(word: str, dice: random.Random) -> str:
    """Return a word as a recogniser may print it: spelled by sound."""
    for _ in range(8):
        old, new = dice.choice(SOUNDS)
        at = word.lower().rfind(old)
        if at >= 0 and len(word) > 3:
            return word[:at] + new + word[at + len(old) :]
    return word


def noisy(found: Example, dice: random.Random) -> Example:
    """Misspell, split and join words as recognisers do, names above all."""
    words: list[str] = []
    may: list[int] = []
    for word, mask in zip(found.words, found.may, strict=True):
        special = not mask & PLAIN
        if word.isalpha() and len(word) > 3 and dice.random() < (0.15 if special else 0.01):
            word = misheard(word, dice)
        if special and word.isalpha() and len(word) > 6 and dice.random() < 0.04:
            cut = dice.randrange(2, len(word) - 2)
            words += [word[:cut], word[cut:]]
            may += [mask, mask]
        elif special and words and may[-1] == mask and word.isalpha() and dice.random() < 0.02:
            words[-1] += word
        elif dice.random() > 0.005:
            words.append(word)
            may.append(mask)
    return replace(found, words=tuple(words), may=tuple(may)) if words else found


def recased(found: Example, dice: random.Random) -> Example:
    """Write a turn as another recogniser would: in small letters, in capitals, with few."""
    roll = dice.random()
    words, before = found.words, found.before
    if roll < 0.5:
        words, before = _lower(words), _lower(before)
    elif roll < 0.53:
        words, before = _lower(words), before
    elif roll < 0.57 and words:
        words = (words[0].capitalize(), *_lower(words[1:]))
    elif roll < 0.6:
        words = tuple(w.capitalize() if dice.random() < 0.3 else w for w in words)
    return replace(found, words=words, before=before)


def _lower(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def other_words(found: Example, maker: Maker) -> Example:
    """Put plain words in place of some others, so that no plain word must be known."""
    words = list(found.words)
    for i, mask in enumerate(found.may):
        if (
            mask == PLAIN
            and len(words[i]) > 3
            and words[i].islower()
            and maker.dice.random() < 0.05
        ):
            words[i] = maker.draw("plain")
    return replace(found, words=tuple(words))


def cropped(found: Example, dice: random.Random, most: int = 60) -> Example:
    """Cut a turn where a recogniser might, and a long one to a bounded length."""
    count = len(found.words)
    if count <= most and (count < 6 or dice.random() > 0.15):
        return found
    size = min(most, dice.randrange(3, count)) if count > 3 else count
    size = most if count > most and dice.random() < 0.7 else size
    start = dice.randrange(0, count - size + 1)
    before = found.before if start == 0 else ()
    return replace(
        found,
        words=found.words[start : start + size],
        may=found.may[start : start + size],
        before=before,
    )


def rounds(examples: Sequence[Example], maker: Maker, own: int, share: float) -> Iterator[Example]:
    """Yield one round of training: every example changed, and own sentences between them."""
    dice = maker.dice
    others = [e for e in examples if len(e.words) < 20]
    for found in [*examples, *(maker.sentence() for _ in range(own))]:
        found = cropped(swapped(found, maker, share), dice)
        if dice.random() < 0.5:
            found = noisy(found, dice)
        found = recased(other_words(found, maker), dice)
        roll = dice.random()
        if roll < 0.25:
            found = replace(found, before=())
        elif roll < 0.4 and others:
            found = replace(found, before=dice.choice(others).words)
        yield found
