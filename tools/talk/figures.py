"""Numbers as people say them, and as recognisers print them."""

from random import Random

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_ORDINAL = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def words(number: int) -> str:
    """Say a whole number from 0 to 999,999,999."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens = _TENS[number // 10]
        return tens if number % 10 == 0 else f"{tens} {_ONES[number % 10]}"
    for size, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return f"{words(number // size)} {name}" + (f" {words(rest)}" if rest else "")
    raise AssertionError


def ordinal_words(number: int) -> str:
    """Say an ordinal number: twenty first."""
    head, _, last = words(number).rpartition(" ")
    tens = last.endswith("ty")
    last = last[:-1] + "ieth" if tens else _ORDINAL.get(last, last + "th")
    return f"{head} {last}".strip()


def ordinal(number: int) -> str:
    """Print an ordinal number: 21st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{ending or 'th'}"


def digit_words(digits: str, random: Random) -> str:
    """Say digits one by one, some in pairs and doubles."""
    oh = "oh" if random.random() < 0.6 else "zero"
    said, at = list[str](), 0
    while at < len(digits):
        pair = digits[at : at + 2]
        if len(pair) == 2 and pair[0] == pair[1] and random.random() < 0.15:
            said.append("double " + (oh if pair[0] == "0" else _ONES[int(pair[0])]))
            at += 2
        elif len(pair) == 2 and pair[0] > "1" and random.random() < 0.12:
            said.append(words(int(pair)))
            at += 2
        else:
            said.append(oh if digits[at] == "0" else _ONES[int(digits[at])])
            at += 1
    return " ".join(said)


def year_words(year: int, random: Random) -> str:
    """Say a year: nineteen eighty four, two thousand six, twenty twelve."""
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010 or (year >= 2000 and random.random() < 0.2):
        return words(year)
    if rest == 0:
        return f"{words(century)} hundred"
    return f"{words(century)} " + (f"oh {words(rest)}" if rest < 10 else words(rest))


def house_words(number: int, random: Random) -> str:
    """Say a number of a house: twelve oh four, three forty five, ninety one hundred."""
    hundreds, rest = divmod(number, 100)
    if number < 100 or random.random() < 0.15:
        return words(number)
    if random.random() < 0.2:
        return digit_words(str(number), random)
    if rest == 0:
        return f"{words(hundreds)} hundred"
    return f"{words(hundreds)} " + (f"oh {words(rest)}" if rest < 10 else words(rest))
