"""One stand-in for one value, nothing else for any other, and no way back."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.lexicon import load
from sottovoce.redaction.draw import Draw
from sottovoce.redaction.profile import Profile, load_profile, read_profile
from sottovoce.redaction.standins import Making, StandIn, stand_ins
from sottovoce.redaction.tongue import load_tongue
from sottovoce.redaction.words import mask_words
from sottovoce.values.finding import Finding
from sottovoce.values.kinds import KINDS, MUST_BURN
from sottovoce.values.speech import Segment, Word

ALL = "".join(f'"{k}" = "replace"\n' for k in KINDS if k not in MUST_BURN)
KEY = bytes(range(32))
KEYS = st.binary(min_size=32, max_size=32)


def profile(rules: str = "") -> Profile:
    return read_profile(f'name = "own"\nversion = 1\n[kinds]\n{ALL}[replace]\n{rules}\n'.encode())


TAG, NATURAL = profile(), profile('style = "natural"')


def talk(
    *said: tuple[str, str | None] | tuple[str, str, str],
) -> tuple[list[Segment], list[Finding]]:
    """Make a talk of texts, each with its kind, or None, and its value, or the text itself."""
    segments, findings, at = [], [], 0.0
    for text, kind, *value in said:
        words = tuple(
            Word(at + i / 2, at + i / 2 + 0.4, word, 0.9, 0) for i, word in enumerate(text.split())
        )
        at += len(words) / 2 + 1
        segments.append(Segment(words[0].start_s, words[-1].end_s, 0, words))
        if kind:
            start, end = words[0].start_s, words[-1].end_s
            plain = value[0] if value else text.casefold().strip(",. ")
            findings.append(Finding(kind, start, end, 0, 0.9, words, plain))
    return segments, findings


def making(
    key: bytes = KEY, *, links: bool = False, language: str = "en", person: str = ""
) -> Making:
    return Making(Draw(key, links), language, 2026, person)


def shown(*said, of: Profile = NATURAL, by: Making | None = None) -> list[str]:
    """Return what stands in the transcript for each text that has a kind."""
    segments, findings = talk(*said)
    stands_for = stand_ins(findings, segments, of, by or making())
    texts = mask_words(segments, findings, (), of, stands_for)
    return [segment.text for segment, (_, kind, *_) in zip(texts, said, strict=True) if kind]


def name(*texts: str) -> list[tuple[str, str]]:
    return [(text, "per.name") for text in texts]


def test_a_part_of_a_name_is_of_the_person_whose_full_name_is_said() -> None:
    whole, given_name, family, owned = shown(
        *name("Anna Kowalski", "Anna"), ("thank you Mrs.", None), *name("Kowalski", "Kowalski's")
    )
    first, last = whole.split()

    assert (given_name, family, owned) == (first, last, f"{last}'s")
    assert shown(*name("Anna Kowalski", "Anna", "Kowalski's"), of=TAG) == ["[NAME-1]"] * 3


@pytest.mark.parametrize(
    "other",
    [
        "ANNA KOWALSKI",
        "Anna Kovalsky",
        "anna kowalski's",
        "Anna Kowalski,",
        "Ánna Kowalski",
        "Anna K",
        "Anna Maria Kowalski",
        "A. Kowalski",
    ],
)
def test_a_name_said_otherwise_is_of_the_same_person(other: str) -> None:
    assert shown(*name("Anna Kowalski", other), of=TAG) == ["[NAME-1]"] * 2


@pytest.mark.parametrize(
    "other", ["Anna Kowalczyk", "Hanna Kowalski", "Piotr Kowalski", "Kowal", "Ann Marie", "Anna B"]
)
def test_another_name_is_of_another_person(other: str) -> None:
    assert shown(*name("Anna Kowalski", other), of=TAG) == ["[NAME-1]", "[NAME-2]"]


def test_a_name_that_two_persons_have_is_linked_to_neither() -> None:
    texts = shown(
        *name("Anna Kowalski", "Piotr Kowalski", "Kowalski", "Anna Smith", "Anna"), of=TAG
    )

    assert texts == [f"[NAME-{i}]" for i in range(1, 6)]


def test_after_a_title_a_lone_name_is_a_family_name() -> None:
    (titled,) = shown(("Doctor", None), *name("Lee"))
    (plain,) = shown(("hello", None), *name("Lee"))
    people = load_tongue("en").people

    assert titled in people.families
    assert plain in {name for names in people.invented.values() for name in names}


@pytest.mark.parametrize(("real", "gender"), [("Anna", "f"), ("Peter", "m"), ("Bao", "n")])
def test_an_invented_name_says_no_other_gender(real: str, gender: str) -> None:
    (text,) = shown(*name(f"{real} Kowalski"))

    assert text.split()[0] in load_tongue("en").people.invented[gender]


def test_a_card_said_in_pieces_of_any_size_has_one_stand_in() -> None:
    card = "4242428315274962"
    texts = shown(
        ("4242 4283 1527 4962", "fin.pan", card),
        ("four two four two and so on", "fin.pan", card),
        ("4962", "fin.pan", "4962"),
    )
    whole = texts[0]

    assert whole == texts[1]
    assert texts[2] == whole[-4:]


def test_last_figures_that_two_numbers_end_with_are_of_neither() -> None:
    texts = shown(
        ("a", "fin.acct", "11114962"),
        ("b", "fin.acct", "22224962"),
        ("c", "fin.acct", "4962"),
        of=TAG,
    )

    assert texts == ["[ACCOUNT-1]", "[ACCOUNT-2]", "[ACCOUNT-3]"]


def test_a_telephone_number_with_and_without_its_country_is_one() -> None:
    one, other = shown(("a", "per.phone", "4155552671"), ("b", "per.phone", "14155552671"))

    assert one == other


def test_an_email_address_is_one_however_it_is_said() -> None:
    one, other = shown(
        ("a", "per.email", "annadotkowalskiatgmaildotcom"),
        ("b", "per.email", "anna.kowalski@gmail.com"),
    )

    assert one == other
    assert one.endswith("@example.com")


def test_what_has_no_value_has_no_number() -> None:
    assert shown(("blue horse", "per.credential", "")) == ["[PASSWORD]"]
    assert (
        shown(("14 Elm Street", "per.address", ""), ("14 elm street", "per.address", ""), of=TAG)
        == ["[ADDRESS-1]"] * 2
    )


KIND = st.sampled_from(
    [
        "per.name",
        "per.phone",
        "fin.pan",
        "per.email",
        "per.ssn",
        "hlt.mrn",
        "fin.acct",
        "per.address",
        "per.place",
        "per.ip",
    ]
)
VALUE = {
    "per.name": st.sampled_from(
        [
            f"{a} {b}"
            for a in ("ada", "bo", "cy", "di", "ed")
            for b in ("fox", "gray", "hill", "ink")
        ]
    ),
    "per.phone": st.text("0123456789", min_size=10, max_size=10),
    "fin.pan": st.text("0123456789", min_size=16, max_size=16),
    "per.email": st.sampled_from([f"{c}@mail.test" for c in "abcdefgh"]),
    "per.ip": st.sampled_from([f"10.0.0.{i}" for i in range(9)]),
    "per.place": st.sampled_from(["rome", "york", "bath", "bonn"]),
    "per.address": st.sampled_from([f"{i} elm street" for i in range(1, 9)]),
}
SPOKEN = KIND.flatmap(
    lambda kind: st.tuples(
        st.just("said"),
        st.just(kind),
        VALUE.get(kind, st.text("0123456789", min_size=6, max_size=9)),
    )
)


@settings(deadline=None, max_examples=150)
@given(st.lists(SPOKEN, max_size=25), KEYS, st.booleans(), st.sampled_from([TAG, NATURAL]))
def test_two_values_never_share_a_stand_in_and_one_never_has_two(said, key, links, of) -> None:
    texts = shown(*said, of=of, by=making(key, links=links))
    pairs = {((kind, value), text) for (_, kind, value), text in zip(said, texts, strict=True)}
    values = {value for value, _ in pairs}

    # A part of a telephone number or a card drawn here is never the end of another but by chance.
    assert len(pairs) == len(values) == len({text for _, text in pairs})


@settings(deadline=None, max_examples=150)
@given(st.lists(SPOKEN, max_size=25), KEYS)
def test_no_stand_in_is_anything_that_is_said(said, key) -> None:
    segments, findings = talk(*said)
    stands_for = stand_ins(findings, segments, NATURAL, making(key))
    values = {re.sub(r"\W", "", finding.value) for finding in findings}

    for stand_in in stands_for.values():
        assert re.sub(r"\W", "", stand_in.text.casefold()) not in values


def test_a_name_that_is_said_is_never_invented() -> None:
    (first,) = shown(*name("Anna Kowalski"))
    given_name, family = first.split()
    (second,) = shown(*name("Anna Kowalski"), (f"I met {given_name} today", None))
    (third,) = shown(*name("Anna Kowalski"), (f"the {family.upper()}'s are here", None))

    assert given_name not in second
    assert family not in third or second


def test_a_number_of_which_the_last_figures_are_said_does_not_end_a_stand_in() -> None:
    value = "4242428315274962"
    (card,) = shown(("a", "fin.pan", value))
    ending = card.replace(" ", "")[-4:]
    texts = shown(("a", "fin.pan", value), ("b", "fin.acct", ending))

    assert not texts[0].endswith(ending)


def test_a_key_of_one_recording_links_nothing() -> None:
    said = (*name("Anna Kowalski"), ("a", "fin.pan", "4242428315274962"))
    one, other = shown(*said, by=making(b"1" * 32)), shown(*said, by=making(b"2" * 32))

    assert not set(one) & set(other)


def test_a_key_of_a_tenant_links_whatever_else_is_said() -> None:
    said = (*name("Anna Kowalski"), ("a", "fin.pan", "4242428315274962"))
    more = (*name("Bo Lin"), ("b", "fin.pan", "5555444433332226"), *said)
    for of in (TAG, NATURAL):
        alone = shown(*said, of=of, by=making(links=True))
        among = shown(*more, of=of, by=making(links=True))

        assert alone == among[2:]


def test_a_code_of_a_tenant_tells_no_order_and_no_count() -> None:
    texts = shown(*name("Anna Kowalski", "Bo Lin"), of=TAG, by=making(links=True))

    assert all(re.fullmatch(r"\[NAME-[0-9A-Z]{8}\]", text) for text in texts)
    assert len(set(texts)) == 2


def test_two_values_whose_codes_meet_get_two_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    by, number = making(links=True), Draw.number
    assert by.draw

    def met(self: Draw, purpose: str, of: str, below: int) -> int:
        return 1_234_567 if self == by.draw else number(self, purpose, of, below)

    monkeypatch.setattr(Draw, "number", met)
    texts = shown(*name("Anna Kowalski", "Bo Lin", "Anna Kowalski"), of=TAG, by=by)

    assert texts[0] == texts[2] != texts[1]
    assert all(re.fullmatch(r"\[NAME-[0-9A-Z]{8}\]", text) for text in texts)


def test_another_key_draws_other_codes_so_a_destroyed_one_cannot_be_told() -> None:
    said = name("Anna Kowalski")
    before = shown(*said, of=TAG, by=making(b"1" * 32, links=True))

    assert all(
        shown(*said, of=TAG, by=making(bytes([i]) * 32, links=True)) != before
        for i in range(49)
        if bytes([i]) != b"1"
    )


def test_numbers_tell_the_order_and_nothing_else() -> None:
    one = shown(*name("Anna Kowalski", "Bo Lin", "Anna"), of=TAG)
    other = shown(*name("Zoe Adams", "Max Orr", "Zoe"), of=TAG)

    assert one == other == ["[NAME-1]", "[NAME-2]", "[NAME-1]"]


def test_a_stand_in_of_a_person_is_as_long_whatever_the_name() -> None:
    lengths = [
        {len(shown(*name(real), by=making(bytes([i]) * 32))[0]) for i in range(120)}
        for real in ("Bo Li", "Bartholomew Featherstonehaugh")
    ]

    assert len(lengths[0] & lengths[1]) > 5


def test_dates_are_shifted_by_the_same_in_a_recording() -> None:
    rules = profile('dates = "shift"')
    texts = shown(
        ("March 14th, 1984", "per.dob", "x"),
        ("the fifteenth of march nineteen eighty four", "per.dob", "y"),
        ("some day", "per.dob", "z"),
        of=rules,
    )
    days = [re.fullmatch(r"\[DATE \d{4}-\d\d-(\d\d)\]", text) for text in texts[:2]]

    assert (int(days[1][1]) - int(days[0][1])) % 27 in (1, 0, 2, 3)
    assert "1984-03-14" not in texts[0]
    assert texts[2] == "[DATE]"


def test_dates_of_a_person_are_shifted_alike_in_a_tenant_s_recordings() -> None:
    rules = profile('dates = "shift"\nstyle = "natural"')
    said = ("March 14th, 1984", "per.dob", "x")
    texts = {
        person: shown(said, of=rules, by=making(links=True, person=person)) for person in "abcdef"
    }

    assert texts["a"] == shown(said, *name("Bo"), of=rules, by=making(links=True, person="a"))[:1]
    assert len({text for (text,) in texts.values()}) > 3


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (("ninety three", "per.age", "93"), "[AGE 90 or over]"),
        (("eighty nine", "per.age", "89"), "[AGE 89]"),
        (("old", "per.age", ""), "[AGE]"),
        (("June 6, 1984", "per.dob", "x"), "[DATE 1984]"),
        (("June 6, 1930", "per.dob", "x"), "[DATE 90 or over]"),
        (("June 6", "per.date", "x"), "[DATE]"),
        (("Boston", "per.place", "boston"), "[PLACE Massachusetts]"),
        (("Springfield", "per.place", "springfield"), "[PLACE]"),
        (("94103", "per.postcode", "94103"), "[POSTCODE 941]"),
        (("03601", "per.postcode", "03601"), "[POSTCODE 000]"),
        (("12 Elm Street, Salem, Oregon", "per.address", ""), "[ADDRESS Oregon]"),
    ],
)
def test_safe_harbor_says_what_it_may(said, text: str) -> None:
    assert shown(said, of=load_profile("hipaa-safe-harbor")) == [text]


def test_research_says_invented_values() -> None:
    texts = shown(
        *name("Anna Kowalski"),
        ("x", "fin.pan", "4242428315274962"),
        ("y", "per.phone", "4155552671"),
        ("March 14th, 1984", "per.dob", "z"),
        ("ninety", "per.age", "90"),
        of=load_profile("research"),
    )

    assert not any(text.startswith("[") for text in texts[:4])
    assert texts[4] == "[AGE-1]"


@pytest.mark.parametrize("language", ["es", "de", "xx", "../en", ""])
def test_in_any_language_a_value_has_a_stand_in(language: str) -> None:
    texts = shown(*name("Ana García", "Ana García"), by=making(language=language))

    assert texts[0] == texts[1]
    assert (texts[0] == "[NAME-1]") == (language != "es")


def test_without_a_key_there_are_numbers_only() -> None:
    assert shown(*name("Anna Kowalski"), by=Making()) == ["[NAME-1]"]


def test_when_nothing_is_free_a_value_is_numbered() -> None:
    said = [("x", "per.phone", f"{n:07}") for n in range(2000000, 2000200)]
    texts = shown(*said)

    assert len(set(texts)) == 200
    assert any(text.startswith("[PHONE-") for text in texts)


def test_nothing_of_a_stand_in_is_in_a_traceback() -> None:
    assert "Quill" not in repr(StandIn("Quill", ("Quill",)))
    assert "per_7" not in repr(making(person="per_7"))
    assert KEY.hex()[:8] not in repr(making())
    assert "\\x01" not in repr(making())


def test_thousands_of_people_take_no_time_that_grows_with_their_square() -> None:
    letters = "bdfgjlmnprstvz"
    said = [
        (f"Q{a}e{b}o{c}a Z{c}o{a}e{b}o", "per.name")
        for a in letters
        for b in letters
        for c in letters
    ]
    segments, findings = talk(*said)
    stands_for = stand_ins(findings, segments, NATURAL, making())

    assert len({stand_in.text for stand_in in stands_for.values()}) == len(findings)


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_invented_name_is_of_nobody_that_the_language_knows(language: str) -> None:
    people, lexicon = load_tongue(language).people, load(language)
    invented = {name for names in people.invented.values() for name in names}
    known = lexicon.given | lexicon.ambiguous | lexicon.surnames

    assert not {name.casefold() for name in (*invented, *people.families)} & known


def test_a_replaced_finding_equal_to_another_has_its_stand_in() -> None:
    segments, findings = talk(*name("Anna Kowalski"))
    copy = replace(findings[0])

    assert stand_ins(findings, segments, NATURAL, making())[copy].text


def test_a_card_said_in_pieces_has_the_pieces_of_one_stand_in() -> None:
    groups = [(g, "fin.pan", g) for g in ("4242", "4283", "1527", "4962")]
    texts = shown(*groups)
    (whole,) = shown(("all of it", "fin.pan", "4242428315274962"))

    assert " ".join(texts) == whole
    assert shown(*groups, of=TAG) == ["[CARD-1]"] * 4


@pytest.mark.parametrize("groups", [["415", "555", "2671"], ["1", "415", "5552671"]])
def test_a_telephone_number_said_in_pieces_has_the_pieces_of_one_stand_in(groups) -> None:
    texts = shown(*((g, "per.phone", g) for g in groups))
    (whole,) = shown(("all of it", "per.phone", "4155552671"))

    assert whole.replace("-", "").endswith("".join(texts[-2:]))
    assert texts[0] == "[PHONE-1]" or len(texts[0]) == 3


def test_numbers_that_make_no_whole_are_numbers_of_their_own() -> None:
    texts = shown(*((g, "fin.pan", g) for g in ("4242", "4283", "1527", "4963")), of=TAG)
    apart = shown(("415", "per.phone", "415"), ("555", "fin.pan", "555"), of=TAG)

    assert texts == ["[CARD-1]", "[CARD-2]", "[CARD-3]", "[CARD-4]"]
    assert apart == ["[PHONE-1]", "[CARD-1]"]


@pytest.mark.parametrize("text", ["June 6, 1984", "June 6, 1930"])
def test_where_it_is_not_known_which_year_it_is_no_date_is_said(text: str) -> None:
    safe = load_profile("hipaa-safe-harbor")

    assert shown((text, "per.dob", "x"), of=safe, by=Making(Draw(KEY))) == ["[DATE]"]
    segments, findings = talk((text, "per.dob", "x"))
    assert mask_words(segments, findings, (), safe)[0].text == "[DATE]"
