"""The tagger finds names and the like in words, wherever the text is cut, quickly."""

import random
import time
from importlib.resources import files
from pathlib import Path

import pytest

from sottovoce.detection.phrases import WORD
from sottovoce.detection.tagger import LABELS, Tagger, evened, fold, load_tagger, pieces


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger()


def marked(tagger: Tagger, text: str, before: str = "") -> dict[str, str]:
    words = WORD.findall(text)
    found = tagger.tag(words, before=WORD.findall(before))
    return {" ".join(words[t.start : t.stop]): t.label for t in found}


@pytest.mark.parametrize(
    ("text", "what", "label"),
    [
        ("my name is priya raman and i have a question", "priya raman", "name"),
        ("thank you jonathan have a nice day", "jonathan", "name"),
        ("i have an appointment with doctor okafor", "okafor", "name"),
        ("i am flying from lisbon on monday", "lisbon", "place"),
        (
            "i was diagnosed with rheumatoid arthritis last year",
            "rheumatoid arthritis",
            "condition",
        ),
        ("i take lisinopril twice a day", "lisinopril", "medicine"),
        ("please ship it to 48 maple avenue", "48 maple avenue", "address"),
        ("Please ship it to 48 Maple Avenue.", "48 Maple Avenue", "address"),
    ],
)
def test_what_is_sensitive_is_marked(tagger: Tagger, text: str, what: str, label: str) -> None:
    assert marked(tagger, text).get(what) == label


@pytest.mark.parametrize(
    "text",
    [
        "will you mark the date in may please",
        "i would like a table for two at seven",
        "prices rose in the first quarter",
        "no that is fine thank you very much",
    ],
)
def test_plain_talk_has_no_marks(tagger: Tagger, text: str) -> None:
    assert marked(tagger, text) == {}


def test_a_question_makes_its_bare_answer_a_name(tagger: Tagger) -> None:
    assert marked(tagger, "frost", "what is your surname please") == {"frost": "name"}


def test_where_a_long_text_is_cut_changes_nothing(
    tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(3)  # noqa: S311 - to repeat, not to hide
    talk = "well then i said to anna that it was about the order from berlin last week"
    words = [dice.choice(WORD.findall(talk)) for _ in range(1500)]
    before = ("what", "is", "your", "name")
    found = []
    for piece in (37, 512, 10_000):
        monkeypatch.setattr("sottovoce.detection.tagger.PIECE", piece)
        found.append(tagger.tag(words, before=before, least=0.3))

    assert len(found[0]) > 50
    for other in found[1:]:
        assert [(f.label, f.start, f.stop) for f in found[0]] == [
            (f.label, f.start, f.stop) for f in other
        ]
        assert [f.probability for f in found[0]] == pytest.approx(
            [f.probability for f in other], abs=1e-3
        )


def test_time_grows_with_length_only(tagger: Tagger) -> None:
    words = ["otorhinolaryngologist", "of", "ulaanbaatar"] * 10_000
    tagger.tag(words[:3000])  # what is learnt at the first look is kept
    spent = []
    for length in (3_000, 30_000):
        start = time.process_time()
        tagger.tag(words[:length])
        spent.append(time.process_time() - start)

    assert spent[1] < 40 * spent[0] + 1


def test_figures_and_case_of_a_shouted_text_say_nothing() -> None:
    assert fold("4111") == fold("0000")
    assert evened(["MY", "NAME"]) == ["my", "name"]
    assert evened(["My", "NAME"]) == ["My", "NAME"]


def test_a_long_word_is_looked_at_only_in_part() -> None:
    assert len(pieces(fold("a" * 10_000_000), 1 << 16)) < 120


def test_nothing_is_found_in_nothing(tagger: Tagger) -> None:
    assert tagger.tag(()) == ()
    assert tagger.tag((), before=("what", "is", "your", "name")) == ()


def test_marks_are_of_the_known_labels_and_inside(tagger: Tagger) -> None:
    dice = random.Random(5)  # noqa: S311 - to repeat, not to hide
    signs = "abcdeXYZ01éß’'ñ中ع🙂"
    for _ in range(200):
        words = WORD.findall("".join(dice.choice(signs + "   ") for _ in range(60)))
        for found in tagger.tag(words, before=words[:3], least=0.1):
            assert found.label in LABELS[1:]
            assert 0 <= found.start < found.stop <= len(words)
            assert 0 < found.probability <= 1


def test_no_word_can_be_read_in_the_model() -> None:
    data = files("sottovoce.detection").joinpath("data/en/tagger.npz").read_bytes().lower()

    assert len(data) < 6_000_000
    for word in (b"smith", b"jennifer", b"london", b"diabetes", b"aspirin"):
        assert word not in data


def test_the_card_is_of_this_model(tagger: Tagger) -> None:
    card = Path(__file__).parents[2] / "docs" / "tagger.md"

    assert tagger.digest in card.read_text("utf-8")
