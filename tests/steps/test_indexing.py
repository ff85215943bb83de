"""By what a recording is found: normal forms, and nothing of what is burnt."""

from dataclasses import replace

import pytest

from sottovoce.detection.knowledge import shipped
from sottovoce.redaction.mask import Mask
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.steps.indexing import Indexed, identifier, mentions, telephone, words_of
from sottovoce.values.finding import Action, Finding
from sottovoce.values.speech import Span
from sottovoce.vault.tokens import Mention, Purpose, Term

LEXICON = shipped("en").lexicon
PROFILE = load_profile("gdpr-default")
PHONE = Finding("per.phone", 1.0, 3.0, 0, 0.9, (), "2125550147")
ACCOUNT = Finding("fin.acct", 5.0, 6.0, 1, 0.9, (), "0044 1234-x")
CODE = Finding("fin.cvv", 8.0, 9.0, 0, 0.9, (), "30517")
NAME = Finding("per.name", 8.0, 9.0, 0, 0.9, (), "zeppelin")


def segment(text: str, *, channel: int = 0, hidden: int = 99) -> RedactedSegment:
    words = tuple(
        RedactedWord(float(n), n + 0.9, word, 0.9, n == hidden)
        for n, word in enumerate(text.split())
    )
    return RedactedSegment(0.0, float(len(words)), channel, words, invented=False)


def found(findings=(), kept=(), burnt=(), indexed=Indexed.ALL, profile=PROFILE) -> set[Mention]:
    masks = [Mask(span, Action.BURN) for span in burnt]
    return set(mentions(findings, kept, masks, profile, LEXICON, indexed))


@pytest.mark.parametrize(
    "said", ["2125550147", "(212) 555-0147", "+1 212 555 0147", "001-212.555.0147"]
)
def test_a_telephone_number_is_its_last_nine_digits(said: str) -> None:
    assert telephone(said) == Term(Purpose.IDENTIFIERS, "tel:125550147")


def test_an_identifier_is_its_letters_and_digits_folded() -> None:
    assert identifier("Oliver.Marsh@Example.COM").text == "id:olivermarshexamplecom"
    assert identifier("\uff14\uff12 DE-89") == identifier("42de89")


def test_words_are_folded_and_come_once() -> None:
    terms = words_of("The Stra\u00dfe, the O\u2019Brien; STRASSE!")

    assert [term.text for term in terms] == ["the", "strasse", "o'brien"]


def test_what_identifies_is_found_on_its_channel() -> None:
    assert found([PHONE, ACCOUNT, NAME]) == {
        Mention(telephone("2125550147"), 0),
        Mention(identifier("00441234x"), 1),
    }


def test_what_is_burnt_or_lies_in_what_is_burnt_is_not_found() -> None:
    burns = replace(PROFILE, actions={**PROFILE.actions, "fin.acct": Action.BURN})

    assert found([CODE]) == set()
    assert found([ACCOUNT], profile=burns) == set()
    assert found([PHONE, ACCOUNT], burnt=[Span(2.5, 4.0, 0)]) == found([ACCOUNT])
    assert found([PHONE], burnt=[Span(2.5, 4.0, 1)]) == found([PHONE])


def test_too_short_a_value_identifies_nobody() -> None:
    assert found([replace(ACCOUNT, value="12-3")]) == set()
    assert found([replace(ACCOUNT, value="")]) == set()


def test_uncommon_words_are_found_but_masked_and_invented_ones_not() -> None:
    kept = segment("the zeppelin carries ochre [NAME]", hidden=4)
    invented = replace(segment("pilcrow", channel=1), invented=True)
    texts = {(mention.term.text, mention.channel) for mention in found(kept=[kept, invented])}

    assert ("zeppelin", 0) in texts
    assert ("ochre", 0) in texts
    assert not {"the", "name", "pilcrow"} & {text for text, _ in texts}


def test_only_what_is_wanted_is_indexed() -> None:
    both = {"findings": [PHONE], "kept": [segment("zeppelin")]}

    assert found(**both, indexed=Indexed.NOTHING) == set()
    assert {m.term.purpose for m in found(**both, indexed=Indexed.IDENTIFIERS)} == {
        Purpose.IDENTIFIERS
    }
    assert len(found(**both)) == 2
