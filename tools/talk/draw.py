"""What a slot is drawn with."""

from dataclasses import dataclass
from random import Random

from talk.figures import words
from talk.stock import Stock


@dataclass(frozen=True, slots=True)
class Draw:
    """Lists and chance; where `words` is true, numbers are said in words."""

    stock: Stock
    random: Random
    words: bool

    def one(self, name: str) -> str:
        """Draw one of the list of this name."""
        return self.stock.draw(name, self.random)

    def number(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return self.random.randint(low, high)

    def said(self, number: int) -> str:
        """Say a number in words, or in figures."""
        return words(number) if self.words else str(number)

    def chance(self, share: float) -> bool:
        """Say yes in this share of times."""
        return self.random.random() < share

    def surname(self) -> str:
        """Draw a last name."""
        return self.stock.culture(self.random).last.draw(self.random)
