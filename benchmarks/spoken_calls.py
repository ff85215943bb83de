"""Turns in which a value is asked for, announced, read out, echoed: seeded, with exact gold.

Rules:
1. `asked`: an agent asks and the answer has no cue of its own. `announced`: the speaker says what
   follows. `bare`: neither; what cannot be known from its shape alone is not expected there.
2. A layout says how a value lies over turns: one turn, a turn for each group with another's
   listening between them, or with another's echo of each group. What is echoed is gold as well.
3. The same seed gives the same calls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from spoken_forms import Said, filler, letters, say, singly, ways
from spoken_values import NAMES, Value, draw

MODES = ("asked", "announced", "bare")
LAYOUTS = ("one turn", "over turns", "with echo")
ASKED = {
    "card": ("could you read me the long number across the card", "which card are we charging"),
    "cvv": ("and the three numbers by the signature strip", "what is the security code on it"),
    "pin": ("please tell me your four digit pin", "what pin did you choose"),
    "ssn": ("can i get your social", "what is your full social security number please"),
    "phone_us": ("what number can we reach you on", "could i take a phone number"),
    "phone_uk": ("what is the best number to ring you back on", "and your mobile number"),
    "account": ("what is your account number", "could you read me the account number please"),
    "routing": ("and what is the routing number", "which routing number does your bank use"),
    "sortcode": ("what is the sort code", "can i have your sort code"),
    "nhs": ("do you have your nhs number to hand", "what is your nhs number"),
    "mrn": ("what is your medical record number", "could you give me the patient's m r n"),
    "zip": ("what is your zip code", "and the zip for that address"),
    "code": ("what is the code we just texted you", "read me the one time passcode please"),
    "iban": ("what is the iban", "could you give me the iban of the account"),
    "policy": ("what is your policy number", "can you read me the policy number"),
    "member": ("what is the member id on your insurance card", "and your member number please"),
    "postcode": ("what is your postcode", "and the post code there"),
    "passport": ("what is your passport number", "could you read out the passport number"),
    "licence": ("what is your driver's license number", "and your driving licence number"),
    "plate": ("what is the registration of the car", "what is your license plate"),
    "vin": (
        "what is the vin of the vehicle",
        "could you read me the vehicle identification number",
    ),
    "nino": ("what is your national insurance number", "and your national insurance number"),
    "email": ("what is your email address", "which email should we send it to"),
    "dob": ("what is your date of birth", "and when were you born"),
    "expiry": ("when does the card expire", "and the expiry date"),
}
ANNOUNCED = {
    "card": ("my card number is", "sure the visa is"),
    "cvv": ("the security code is", "the c v v is"),
    "pin": ("my pin is", "the pin number is"),
    "ssn": ("my social security number is", "my social is"),
    "phone_us": ("you can call me at", "my number is"),
    "phone_uk": ("my mobile is", "my phone number is"),
    "account": ("my account number is", "it is account number"),
    "routing": ("the routing number is", "routing number"),
    "sortcode": ("the sort code is", "my sort code is"),
    "nhs": ("my nhs number is", "the nhs number is"),
    "mrn": ("my medical record number is", "the m r n is"),
    "zip": ("my zip code is", "the zip is"),
    "code": ("the verification code is", "my one time passcode is"),
    "iban": ("my iban is", "the iban is"),
    "policy": ("my policy number is", "the policy number is"),
    "member": ("my member id is", "the member number is"),
    "postcode": ("my postcode is", "the postcode is"),
    "passport": ("my passport number is", "the passport number is"),
    "licence": ("my driver's license number is", "my driving licence is"),
    "plate": ("my license plate is", "the registration is"),
    "vin": ("the vin is", "the vehicle identification number is"),
    "nino": ("my national insurance number is", "my n i number is"),
    "email": ("my email is", "you can email me at"),
    "dob": ("my date of birth is", "i was born on"),
    "expiry": ("it expires", "the expiry date is"),
}
BEGINNINGS = ("", "", "it's", "yes it's", "sure", "okay so", "yeah")
ENDINGS = ("", "", "", "thanks", "that's it", "is that okay")
LISTENING = ("okay", "uh huh", "mm hmm", "right", "yes go on")
TALK = (
    "thanks for calling how can i help",
    "i'd like to change something on my file",
    "of course one moment please",
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one person says in one turn, and which characters of it carry the value.

    Speaker 0 is the agent, 1 the caller.
    """

    speaker: int
    text: str = field(repr=False)
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One value in one talk."""

    value: Value
    way: str
    mode: str
    layout: str
    turns: tuple[Spoken, ...] = field(repr=False)


def cases(seed: int, count: int, names: Sequence[str] = NAMES) -> Iterator[Case]:
    """Yield cases that go through kinds, ways, modes and layouts; each is drawn from its number."""
    for number in range(count):
        rng = Random(f"{seed}/{number}")
        name = names[number % len(names)]
        value = draw(name, rng)
        yield case(value, rng.choice(ways(name)), rng.choice(MODES), rng.choice(LAYOUTS), rng)


def case(value: Value, way: str, mode: str, layout: str, rng: Random) -> Case:
    """Return a value said in a way, in a mode, over a layout of turns."""
    groups = say(value, way, rng)
    if len(groups) == 1:
        layout = "one turn"
    elif layout == "with echo" and way in ("corrected", "groups of capitals"):
        layout = "over turns"
    opening = filler(rng.choice(ANNOUNCED[value.name] if mode == "announced" else BEGINNINGS))
    turns = [filler(line) for line in TALK]
    turns[-1] += filler(rng.choice(ASKED[value.name])) if mode == "asked" else []
    turns += _laid_out(opening, groups, layout, value, rng)
    turns[-1] = turns[-1] + filler(rng.choice(ENDINGS))
    dressed = rng.random() < 0.4
    return Case(
        value,
        way,
        mode,
        layout,
        tuple(_spoken(at % 2, turn, dressed=dressed) for at, turn in enumerate(turns)),
    )


def _laid_out(
    opening: list[Said], groups: list[list[Said]], layout: str, value: Value, rng: Random
) -> list[list[Said]]:
    if layout == "one turn":
        return [[*opening, *(said for group in groups for said in group)]]
    turns: list[list[Said]] = []
    for at, group in enumerate(groups):
        turns.append([*opening, *group] if at == 0 else group)
        if at + 1 < len(groups):
            turns.append(_heard(value.groups[at], layout, rng))
    return turns


def _heard(text: str, layout: str, rng: Random) -> list[Said]:
    """Return what the other says between two groups: listening words, or an echo."""
    if layout == "over turns":
        return filler(rng.choice(LISTENING))
    echo = singly(text, rng) if text.isdigit() else letters(text, rng)
    return [*echo, *filler(rng.choice(("", "okay", "yes")))]


def _spoken(speaker: int, turn: Sequence[Said], *, dressed: bool) -> Spoken:
    """Write a turn down: bare, or as a recogniser that adds capitals and stops."""
    text, spans = "", []
    for at, said in enumerate(turn):
        text += " " if text else ""
        word = said.word
        if dressed and at == 0:
            word = word[:1].upper() + word[1:]
        if said.carries:
            spans.append((len(text), len(text) + len(word)))
        text += word
    return Spoken(speaker, text + ("." if dressed and text[-1:].isalnum() else ""), tuple(spans))
