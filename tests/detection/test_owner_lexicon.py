"""An owner's lexicon: what is found of it, what is not, and what is wrong with a file."""

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.lexicon_file import FIELDS, MOST_ENTRIES, MOST_LINE, Role, read_entries
from sottovoce.detection.owner_lexicon import (
    EXACT,
    INFLECTED,
    MOST_BY_SOUND,
    SOUNDS,
    LexiconHit,
    OwnerLexicon,
    load_lexicon,
)
from sottovoce.detection.passages import PassageReader
from sottovoce.detection.phrases import split_words
from sottovoce.detection.sounds_like import load_sounds
from sottovoce.values.errors import Unfit

ROOT = Path(__file__).resolve().parents[2]
FALCON = {"kind": "biz.mnpi", "label": "the merger", "phrases": ["Falcon"]}


def lexicon(*rows: dict[str, object]) -> OwnerLexicon:
    return OwnerLexicon(read_entries("\n".join(map(json.dumps, rows)).encode()))


def falcon(match: str, **more: object) -> OwnerLexicon:
    return lexicon({**FALCON, "match": match, **more})


def found(own: OwnerLexicon, said: str) -> list[str]:
    words = split_words(said)
    return [" ".join(words[hit.start : hit.stop]) for hit in own.find(words)]


def refusal(text: str | bytes) -> str:
    with pytest.raises(Unfit) as caught:
        OwnerLexicon(read_entries(text if isinstance(text, bytes) else text.encode()))
    return str(caught.value)


def test_exact_words_are_found_and_no_others() -> None:
    own = falcon("exact")

    assert found(own, "so Falcon it is") == ["falcon"]
    assert found(own, "falcons and falconry and falcom") == []


@pytest.mark.parametrize("said", ["falcon", "falcons", "falcon's", "Falcons'", "falcon’s"])
def test_inflected_words_are_found(said: str) -> None:
    (hit,) = falcon("inflected").find(split_words(said))

    assert hit.confidence == (EXACT if said == "falcon" else INFLECTED)


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("company", "companies"),
        ("bake", "baking"),
        ("bake", "baked"),
        ("plan", "planning"),
        ("plan", "planned"),
        ("box", "boxes"),
        ("blue heron", "blue heron's"),
        ("carry", "carried"),
        ("o'malley", "omalleys"),
    ],
)
def test_endings_are_cut_as_the_language_has_them(listed: str, said: str) -> None:
    assert found(lexicon({**FALCON, "phrases": [listed]}), said) != []


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("falcon", "falcom"),
        ("falcon", "full con"),
        ("falcon", "falkan"),
        ("falcon", "falcoms"),
        ("phoenix", "fenix"),
        ("blue heron", "blue hair on"),
        ("blue heron", "blew heron"),
        ("northwind", "north wind"),
        ("kestrel", "castrol"),
        ("quasar", "quazer"),
        ("meridian", "meridien"),
        ("zephyr", "zeffer"),
        ("catherine okafor", "kathryn okafer"),
        ("sottovoce", "soto voce"),
    ],
)
def test_words_that_sound_alike_are_found(listed: str, said: str) -> None:
    own = lexicon({**FALCON, "phrases": [listed], "match": "sounds"})

    assert found(own, f"and {said} was there") == [said]


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("falcon", "the volcano fell on us"),
        ("falcon", "we can fall on it"),
        ("phoenix", "we finish at six"),
        ("atlas", "at least that was the last address"),
        ("titan", "the ten of us"),
        ("orion", "or in our own words"),
        ("meridian", "me and marian"),
        ("northwind", "the north win"),
    ],
)
def test_ordinary_talk_does_not_sound_like_an_entry(listed: str, said: str) -> None:
    assert found(lexicon({**FALCON, "phrases": [listed], "match": "sounds"}), said) == []


def test_how_alike_words_must_be_is_the_owners_choice() -> None:
    assert found(falcon("sounds"), "the felgan") == []
    assert found(falcon("sounds", similarity=0.7), "the felgan") == ["felgan"]
    assert found(falcon("sounds", similarity=1.0), "the falcom") == []


def test_the_confidence_by_sound_is_below_that_of_what_is_printed() -> None:
    (hit,) = falcon("sounds").find(["falcom"])

    assert SOUNDS * 0.86 <= hit.confidence <= SOUNDS < INFLECTED < EXACT


def test_what_overlaps_is_told_once_the_surest_then_the_longest() -> None:
    own = lexicon(
        {**FALCON, "phrases": ["heron"], "label": "short"},
        {**FALCON, "phrases": ["blue heron"], "label": "long"},
        {**FALCON, "phrases": ["blew heron"], "label": "sound", "match": "sounds"},
    )

    assert [hit.entry.label for hit in own.find(["blue", "heron", "and", "heron"])] == [
        "long",
        "short",
    ]


def test_an_entry_that_is_a_passage_opens_one_with_its_label_as_reason() -> None:
    own = falcon("sounds", **{"as": "passage"})
    reader = PassageReader(lexicon=own)
    (first,) = reader.read("we should talk about full con next week")
    (second,) = reader.read("the price they want is far too high")

    assert (first.kind, first.reason) == ("biz.mnpi", "the merger")
    assert second.goes_on


def test_an_entry_that_is_a_finding_opens_no_passage() -> None:
    own = falcon("sounds")

    assert own.has(Role.FINDING)
    assert PassageReader(lexicon=own).read("we should talk about falcon") == ()


def test_an_entry_of_a_kind_of_the_owners_may_be_a_passage() -> None:
    own = lexicon({"kind": "own.cave", "label": "cave", "phrases": ["cave"], "as": "passage"})

    assert PassageReader(lexicon=own).read("down in the cave")[0].kind == "own.cave"


def test_a_phrase_that_two_turns_share_opens_a_passage() -> None:
    own = lexicon({**FALCON, "phrases": ["blue heron"], "as": "passage"})
    reader = PassageReader(lexicon=own)
    reader.read("we now talk of blue")

    assert reader.read("heron and its price")[0].kind == "biz.mnpi"


def test_lines_that_are_blank_or_notes_are_passed_over() -> None:
    text = f"# our secrets\n\n  {json.dumps(FALCON)}  \r\n# end\n"

    assert len(OwnerLexicon(read_entries(text.encode()))) == 1


def row(**more: object) -> str:
    return json.dumps({**FALCON, **more})


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("falcon", "not one JSON object"),
        ("[]", "not one JSON object"),
        ("{", "not one JSON object"),
        ("[" * 5000, "not one JSON object"),
        ('{"kind": "biz.mnpi", "kind": "biz.mnpi"}', "a field is there twice"),
        (row(weight=1), "there is no field weight"),
        (row(**{"\u001b[2J": 1}), "there is no field number 4"),
        (row(kind="biz.gold"), "kind is none of ours"),
        (row(kind=3), "kind is none of ours"),
        (row(label=""), "label is not 1 to 60"),
        (row(label="two\nlines"), "label has"),
        (row(label=" a"), "label has"),
        (row(phrases=[]), "phrases is not a list"),
        (row(phrases="falcon"), "phrases is not a list"),
        (row(phrases=["a", 3]), "entry 2 of phrases is not 1 to 100 characters"),
        (row(phrases=["..."]), "entry 1 of phrases is not 1 to 8 words"),
        (row(phrases=["a b c d e f g h i"]), "entry 1 of phrases is not 1 to 8 words"),
        (row(match="fuzzy"), "match is none of exact, inflected, sounds"),
        (row(match=[]), "match is none of"),
        (row(**{"as": "secret"}), "as is none of finding, passage"),
        (row(similarity=0.9), "similarity is for entries"),
        (row(match="sounds", similarity=0.2), "similarity is not a number from 0.7 to 1"),
        (row(match="sounds", similarity=True), "similarity is not a number"),
        (row(match="sounds", similarity="0.9"), "similarity is not a number"),
        (row(match="sounds", similarity=None), "similarity is not a number"),
        (row(match="sounds", phrases=["falcon", "it"]), "entry 2 of phrases has figures, or"),
        (row(match="sounds", phrases=["falcon 9"]), "entry 1 of phrases has figures, or"),
        (row(label="x" * MOST_LINE), "more than 16384 bytes"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(line: str, wrong: str) -> None:
    said = refusal(f"# note\n{row()}\n{line}\n")

    assert said.startswith("lexicon line 3: ")
    assert wrong in said


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    assert "line 2" in refusal(row().encode() + b'\n{"kind": "\xff"}')


@pytest.mark.parametrize("line", [row(label="a\nsecret"), row(phrases=["secret . " * 9])])
def test_an_error_never_says_what_the_owner_wrote(line: str) -> None:
    assert "secret" not in refusal(line)


def test_a_lexicon_without_an_entry_is_refused() -> None:
    assert "no entry" in refusal("# nothing yet\n")


def test_too_many_entries_are_refused() -> None:
    assert f"more than {MOST_ENTRIES} entries" in refusal(f"{row()}\n" * (MOST_ENTRIES + 1))


def test_too_many_phrases_by_sound_are_refused() -> None:
    many = row(match="sounds", phrases=["falcon"] * 100)

    assert f"more than {MOST_BY_SOUND} phrases" in refusal(f"{many}\n" * (MOST_BY_SOUND // 100 + 1))


def test_a_lexicon_is_loaded_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(row())

    assert found(load_lexicon(tmp_path / "own.jsonl"), "falcon") == ["falcon"]


def test_a_file_that_cannot_be_read_is_refused_without_its_name(tmp_path: Path) -> None:
    with pytest.raises(Unfit) as caught:
        load_lexicon(tmp_path / "secret.jsonl")

    assert "secret" not in str(caught.value)


def test_nothing_of_an_entry_but_kind_and_label_is_shown() -> None:
    (hit,) = falcon("sounds").find(["falcom"])

    assert "falcon" not in repr(hit).lower()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_lexicon_or_the_one_error(data: bytes) -> None:
    try:
        own = OwnerLexicon(read_entries(data))
    except Unfit:
        return
    assert len(own) > 0


OWN = lexicon({**FALCON, "phrases": ["falcon", "blue heron"], "match": "sounds"})
SAID = st.sampled_from(["falcon", "full", "con", "blue", "hair", "on", "7", "'", "", "ñandú", "鷹"])


@given(st.lists(st.one_of(SAID, st.text(max_size=8)), max_size=12))
def test_hits_lie_within_the_words_and_apart(words: list[str]) -> None:
    hits: list[LexiconHit] = list(OWN.find(words))

    assert all(0 <= h.start < h.stop <= len(words) and 0 < h.confidence < 1 for h in hits)
    assert all(a.stop <= b.start for a, b in pairwise(hits))


@given(st.integers(0, 20), st.integers(0, 20))
def test_an_entry_is_found_wherever_it_stands(before: int, after: int) -> None:
    words = ["and"] * before + ["full", "con"] + ["we"] * after

    assert [(h.start, h.stop) for h in OWN.find(words)] == [(before, before + 2)]


def test_sounds_are_alike_by_the_same_measure_both_ways() -> None:
    sounds = load_sounds()
    a, b = sounds.of("falcon"), sounds.of("volcano")

    assert sounds.similarity(a, b) == pytest.approx(sounds.similarity(b, a))
    assert sounds.similarity(a, a) == 1
    assert sounds.similarity("", a) < 0.6


@pytest.mark.parametrize("unit", [["full", "con"], ["a"], ["falco" * 2000], ["blue", "hair"]])
def test_time_grows_with_the_words_and_no_faster(unit: list[str]) -> None:
    def seconds(count: int) -> float:
        words = unit * (count // len(unit))
        start = time.process_time()
        list(OWN.find(words))
        return time.process_time() - start

    seconds(100)
    assert min(seconds(16_000) for _ in range(2)) < 24 * max(seconds(2_000), 0.005)


def test_the_specification_names_every_field_and_its_example_is_read() -> None:
    page = (ROOT / "docs" / "spec" / "lexicon.md").read_text(encoding="utf-8")
    example = page.split("```json")[1].split("```")[0]

    assert len(OwnerLexicon(read_entries(example.encode()))) == 4
    assert all(f"| `{name}` |" in page for name in FIELDS)
