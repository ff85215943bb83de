"""Measure an owner's lexicon: what is found by sound, false alarms, time to load and to look.

Names are those that callers of the evaluation data said; code names are ours. Prints none of the
data. Run: ``python benchmarks/eval_lexicon.py``.
"""

import random
import time
from collections.abc import Sequence

from evaluation import expect_data, rows
from sottovoce.detection.lexicon_file import How, LexiconEntry, Role
from sottovoce.detection.owner_lexicon import OwnerLexicon
from sottovoce.detection.phrases import split_words
from sottovoce.values.errors import Unfit

CODES = """
falcon phoenix titan apollo orion mercury neptune kestrel osprey quasar zephyr sequoia juniper
everest monsoon bluebird nightingale marlin cobalt sapphire granite bluebonnet avalanche magellan
caravel obsidian longbow hawthorn meridian tamarind catalyst sandpiper peregrine sycamore
thunderbolt cascade halcyon bramble northwind lodestar carnival pelican gondola waterfall marzipan
cinnabar badger walrus juggernaut
"""
PARTS = "fal kor ves tri on dra mex pol ari zen qua bel tor nix ula gan rho sev cam lin"
SIMILAR = (0.90, 0.86, 0.80)


def entry(phrase: str, how: How, similarity: float | None = None) -> LexiconEntry:
    words = split_words(phrase.lower().replace("'", "").replace("-", " "))
    return LexiconEntry("per.name", "name", Role.FINDING, how, similarity, (words,))


def by_sound(phrases: Sequence[str], similarity: float | None = None) -> OwnerLexicon:
    return OwnerLexicon(entry(phrase, How.SOUNDS, similarity) for phrase in phrases)


def fits(phrase: str) -> bool:
    try:
        return len(by_sound([phrase])) == 1
    except Unfit:
        return False


def said_names() -> list[tuple[str, tuple[str, ...]]]:
    """Return names and surnames that were said, each with what a recogniser printed."""
    said = []
    for row in rows("text/evi_en.jsonl"):
        if row["utt_label"] == "PERSON" and row["gold_value"]:
            whole = str(row["gold_value"]).lower().replace("-", " ")
            said += [
                (name, split_words(str(row["text"])))
                for name in sorted({whole, whole.split()[-1]})
                if fits(name)
            ]
    return said


def recall(said: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    for similarity in (*SIMILAR, 0.78):
        printed = heard = 0
        for name, words in said:
            hits = list(by_sound([name], similarity).find(words))
            is_printed = any(hit.confidence > 0.9 for hit in hits)
            printed += is_printed
            heard += bool(hits) and not is_printed
        rest = len(said) - printed
        print(
            f"names of callers: {printed / len(said):.1%} of {len(said)} as printed; "
            f"by sound at {similarity:.2f} {heard / rest:.1%} of the other {rest}"
        )


def alarms(what: str, phrases: Sequence[str]) -> None:
    for name in ("earnings21", "slurp_devel"):
        texts = [split_words(str(row["text"])) for row in rows(f"text/{name}.jsonl")]
        words = sum(map(len, texts))
        for similarity in SIMILAR:
            own = by_sound(phrases, similarity)
            hits = sum(hit.confidence <= 0.9 for text in texts for hit in own.find(text))
            print(
                f"{len(phrases)} {what} at {similarity:.2f}, {name}: "
                f"{10_000 * hits / words:.1f} hits by sound in 10,000 words"
            )


def invented(draw: random.Random) -> str:
    parts = PARTS.split()
    return "t" + "".join(draw.choices(parts, k=draw.choice((2, 3, 3))))


def speed(how: How, count: int) -> None:
    draw = random.Random(1)
    phrases = [" ".join(invented(draw) for _ in range(draw.choice((1, 2)))) for _ in range(count)]
    entries = [entry(phrase, how) for phrase in phrases]
    start = time.process_time()
    own = OwnerLexicon(entries)
    loaded = time.process_time() - start
    texts = [split_words(str(row["text"])) for row in rows("text/earnings21.jsonl")]
    words, start = sum(map(len, texts)), time.process_time()
    for text in texts:
        list(own.find(text))
    each = words / (time.process_time() - start)
    print(f"{count} entries, {how.value}: made in {loaded:.2f} s, {each:,.0f} words/s")


def main() -> None:
    expect_data()
    said = said_names()
    recall(said)
    draw = random.Random(3)
    surnames = sorted({name for name, _ in said if " " not in name})
    whole = sorted({name for name, _ in said if " " in name})
    alarms("code names", [code for code in CODES.split() if fits(code)])
    alarms("surnames", draw.sample(surnames, 50))
    alarms("full names", draw.sample(whole, 50))
    for how, count in (
        (How.INFLECTED, 50_000),
        (How.SOUNDS, 50),
        (How.SOUNDS, 1_000),
        (How.SOUNDS, 10_000),
    ):
        speed(how, count)


if __name__ == "__main__":
    main()
