"""Write the script of a call by chance: the same seed gives the same script."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from calls import drawn
from calls.chance import chance
from calls.drawn import Drawn, Person
from calls.reading import read_number
from calls.script import ROLES, Band, Script, Speaker, Turn, parse_turn

# A TOML file holds lists and tables; each phrase is checked where it is used.
Phrases = Mapping[str, Any]
_SLOT = re.compile(r"<([a-z]+)>")
_FEWEST, _MOST = 4, 7


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is in a call: what its answers are drawn from."""

    caller: Person
    agent: Person
    shop: str
    street: str
    card: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is the same for all calls of a run; None is drawn for each call."""

    voices: tuple[str, ...]
    band: Band | None = None
    snr_db: float | None = None


_ANSWERS: dict[str, Callable[[Scene, Random], Drawn]] = {
    "name": lambda scene, rng: drawn.say_name(scene.caller),
    "spelled": lambda scene, rng: drawn.say_spelled(scene.caller.last, rng),
    "card": lambda scene, rng: drawn.say_card(scene.card, rng),
    "cvv": lambda scene, rng: drawn.say_cvv(scene.card, rng),
    "expiry": lambda scene, rng: drawn.say_expiry(rng),
    "ssn": lambda scene, rng: drawn.say_ssn(rng),
    "ssn_tail": lambda scene, rng: drawn.say_ssn_tail(rng),
    "phone": lambda scene, rng: drawn.say_phone(rng),
    "account": lambda scene, rng: drawn.say_account(rng),
    "routing": lambda scene, rng: drawn.say_routing(rng),
    "iban": lambda scene, rng: drawn.say_iban(rng),
    "birth": lambda scene, rng: drawn.say_birth(rng),
    "email": lambda scene, rng: drawn.say_email(scene.caller, rng),
    "postcode": lambda scene, rng: drawn.say_postcode(rng),
    "address": lambda scene, rng: drawn.say_address(scene.street, rng),
}
TOPICS = tuple(_ANSWERS)


def write_script(seed: int, number: int, choice: Choice) -> Script:
    """Return call `number` of a seed; it does not depend on how many calls are made."""
    rng = chance("call", seed, number)
    voices = rng.sample(choice.voices, 2) if len(choice.voices) > 1 else choice.voices * 2
    band = rng.choice(tuple(Band))
    snr_db = rng.choice((None, 35.0, 25.0, 20.0, 15.0))
    speakers = [_speaker(voice, rng) for voice in voices]
    return Script(
        name=f"call-{seed}-{number:03d}",
        seed=seed * 1000 + number,
        band=choice.band or band,
        snr_db=snr_db if choice.snr_db is None else choice.snr_db,
        speakers=(speakers[0], speakers[1]),
        turns=tuple(_turns(_lines(rng), rng)),
    )


def _speaker(voice: str, rng: Random) -> Speaker:
    return Speaker(voice, round(rng.uniform(0.9, 1.1), 2), round(rng.uniform(-32.0, -24.0), 1))


def read_phrases() -> Phrases:
    """Return what people say in a call."""
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text("utf-8"))


def _lines(rng: Random) -> list[tuple[str, str]]:
    """Return who says what, in order."""
    phrases = read_phrases()
    scene = _scene(phrases, rng)
    lines = [("agent", _filled(rng.choice(phrases["greetings"]), scene))]
    lines += [("caller", rng.choice(phrases["reasons"])), ("agent", rng.choice(phrases["bridges"]))]
    for topic in _topics(rng):
        lines += _topic(phrases, topic, scene, rng)
        if rng.random() < 0.45:
            lines += map(_who, rng.choice(phrases["chats"]))
    return lines + [_who(line) for line in rng.choice(phrases["goodbyes"])]


def _scene(phrases: Phrases, rng: Random) -> Scene:
    caller, agent = rng.sample(phrases["first_names"], 2)
    return Scene(
        caller=Person(caller, rng.choice(phrases["last_names"])),
        agent=Person(agent, ""),
        shop=rng.choice(phrases["shops"]),
        street=rng.choice(phrases["streets"]),
        card=drawn.draw_card(rng),
    )


def _topics(rng: Random) -> list[str]:
    """Draw topics; what belongs to a card or a name follows it."""
    chosen = rng.sample([t for t in TOPICS if t not in ("spelled", "cvv", "expiry")], _MOST)
    chosen = chosen[: rng.randrange(_FEWEST, _MOST + 1)]
    topics = []
    for topic in chosen:
        topics.append(topic)
        if topic == "card":
            topics += ["expiry", "cvv"]
        if topic == "name" and rng.random() < 0.7:
            topics.append("spelled")
    return topics


def _topic(phrases: Phrases, topic: str, scene: Scene, rng: Random) -> list[tuple[str, str]]:
    talk = phrases["topics"][topic]
    value = _ANSWERS[topic](scene, rng)
    lines = [("agent", rng.choice(talk["ask"]))]
    lines.append(("caller", rng.choice(talk["answer"]).replace("<value>", value.marked)))
    if rng.random() < 0.2:
        lines.append(("agent", "~" + rng.choice(phrases["listening"])))
    if "echo" in talk and rng.random() < 0.6:
        echo = rng.choice(talk["echo"]).replace("<echo>", _echo(value, rng).marked)
        lines += [("agent", _filled(echo, scene)), ("caller", "Yes, that is right.")]
    else:
        lines.append(("agent", rng.choice(phrases["thanks"])))
    return lines


def _echo(value: Drawn, rng: Random) -> Drawn:
    """Return what the agent repeats: a card's last four, another value as it is."""
    if value.kind == "fin.pan":
        return drawn.say_card_tail(value.value, rng)
    if value.value.isdigit():
        return Drawn(value.kind, value.value, read_number(value.value, _thirds(value), rng))
    return value


def _thirds(value: Drawn) -> Sequence[int]:
    size = len(value.value)
    return (*(3 for _ in range((size - 4) // 3)), size - 3 * ((size - 4) // 3))


def _filled(phrase: str, scene: Scene) -> str:
    slots = {
        "agent": drawn.say_first_name(scene.agent).marked,
        "first": drawn.say_first_name(scene.caller).marked,
        "shop": scene.shop,
    }
    return _SLOT.sub(lambda match: slots[match[1]], phrase)


def _who(line: str) -> tuple[str, str]:
    who, _, said = line.partition(": ")
    return who, said


def _turns(lines: Sequence[tuple[str, str]], rng: Random) -> list[Turn]:
    """Place the lines in time; a line that begins with ~ falls into the one before it."""
    turns = []
    for who, said in lines:
        after_s = rng.uniform(0.2, 1.0) if rng.random() > 0.15 else rng.uniform(-0.6, -0.1)
        if said.startswith("~"):
            after_s = rng.uniform(-2.5, -1.0)
        turns.append(parse_turn(ROLES.index(who), round(after_s, 2), said.removeprefix("~")))
    return turns
