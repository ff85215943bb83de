"""Blind tokens: found by who has the key, nothing but a count to who has not."""

import json
import random
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.backends.memory_shelf import MemoryTokens
from sottovoce.values.errors import Missing, Tampered
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import State
from sottovoce.vault.keys import tokens_name
from sottovoce.vault.seek import placing, seek, striking, term_key, unsound
from sottovoce.vault.tokens import BACK, LABEL, Mention, Posting, Purpose, Term, TokenKey
from sottovoce.wiring import embedded

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "index.json").read_text())
ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
SECRET = bytes(range(32))
WORDS = [Term(Purpose.WORDS, text) for text in ("pilcrow", "zeppelin", "gantry", "ochre", "sluice")]
PHONE = Term(Purpose.IDENTIFIERS, "tel:125550147")


def key(purpose: Purpose) -> bytes:
    return SECRET


def recording(number: int) -> RecordingId:
    return RecordingId(f"rec_{number:020x}")


def rotten_in(tokens) -> list[RecordingId]:
    def keyed(purpose: Purpose) -> TokenKey:
        return TokenKey(key(purpose), purpose)

    return [posting.recording for posting in unsound(list(tokens.every()), tokens, keyed)]


def found(tokens, term) -> list[RecordingId]:
    sought = term_key(term, key)
    assert sought is not None
    return [posting.recording for posting in seek(sought, tokens)]


@pytest.mark.parametrize("vector", VECTORS["postings"], ids=lambda vector: vector["text"])
def test_a_posting_is_that_of_the_page(vector) -> None:
    purpose = Purpose(vector["purpose"])
    token_key = TokenKey(bytes.fromhex(VECTORS["secret"]), purpose)
    term = token_key.term(Term(purpose, vector["text"]))
    made = token_key.posting(
        term, vector["number"], RecordingId(vector["recording"]), vector["channel"]
    )

    assert (made.label.hex(), made.back.hex()) == (vector["label"], vector["back"])
    assert (len(made.label), len(made.back)) == (LABEL, BACK)
    assert token_key.back(made) == (term, vector["number"])


@pytest.mark.parametrize(
    "change",
    [
        {"label": bytes(16)},
        {"purpose": Purpose.IDENTIFIERS},
        {"recording": recording(9)},
        {"channel": 1},
        {"back": bytes(56)},
        {"back": b""},
    ],
)
def test_a_posting_that_was_changed_does_not_open(change) -> None:
    token_key = TokenKey(SECRET, Purpose.WORDS)
    made = token_key.posting(token_key.term(WORDS[0]), 3, recording(1), 0)
    changed = {name: getattr(made, name) for name in Posting.__slots__} | change
    with pytest.raises(Tampered):
        TokenKey(SECRET, changed["purpose"]).back(Posting(**changed))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.sets(st.integers(0, 4)), st.integers(0, 1))))
def test_whatever_comes_and_goes_what_is_there_is_found(steps) -> None:
    tokens, held = MemoryTokens(), {}
    for number, terms, channel in steps:
        if number in held:
            tokens.change(striking(tokens.of_recording(recording(number)), tokens, key))
            del held[number]
        else:
            said = [Mention(WORDS[term], channel) for term in terms]
            tokens.change(placing(recording(number), said, tokens, key))
            held[number] = terms
        for index, term in enumerate(WORDS):
            wanted = sorted(recording(one) for one, terms in held.items() if index in terms)
            assert sorted(found(tokens, term)) == wanted
        assert rotten_in(tokens) == []
    assert len(tokens.postings) == sum(map(len, held.values()))


def test_thousands_of_postings_of_a_term_are_found_and_taken_away() -> None:
    tokens, chance = MemoryTokens(), random.Random(5)  # noqa: S311 - repeatable
    for number in range(3000):
        tokens.change(placing(recording(number), [Mention(WORDS[0], 0)], tokens, key))
    gone = set(chance.sample(range(3000), 400))
    for number in gone:
        tokens.change(striking(tokens.of_recording(recording(number)), tokens, key))

    assert sorted(found(tokens, WORDS[0])) == [recording(n) for n in range(3000) if n not in gone]
    assert rotten_in(tokens) == []


def test_a_token_that_does_not_open_is_struck_out_and_the_others_are_closed_up() -> None:
    tokens = MemoryTokens()
    for number in range(5):
        said = [Mention(term, 0) for term in WORDS]
        tokens.change(placing(recording(number), said, tokens, key))
    rotten = tokens.of_recording(recording(2))[0]
    tokens.postings[rotten.label] = Posting(
        rotten.label, rotten.purpose, rotten.recording, rotten.channel, bytes(BACK)
    )
    assert rotten_in(tokens) == [recording(2)]
    tokens.change(striking(tokens.of_recording(recording(2)), tokens, key))

    assert tokens.of_recording(recording(2)) == ()
    whole = [recording(n) for n in (0, 1, 3, 4)]
    assert all(sorted(found(tokens, term)) == whole for term in WORDS)
    assert rotten_in(tokens) == [recording(3)]


def test_a_gap_hides_none_of_the_others() -> None:
    tokens = MemoryTokens()
    for number in range(200):
        tokens.change(placing(recording(number), [Mention(PHONE, 0)], tokens, key))
    for number in (3, 40):
        del tokens.postings[tokens.of_recording(recording(number))[0].label]

    assert found(tokens, PHONE) == [recording(n) for n in range(200) if n not in (3, 40)]


def test_a_token_that_is_gone_is_missed_by_the_one_after_it() -> None:
    tokens = MemoryTokens()
    for number in range(3):
        tokens.change(placing(recording(number), [Mention(PHONE, 1)], tokens, key))
    del tokens.postings[tokens.of_recording(recording(1))[0].label]

    assert rotten_in(tokens) == [recording(2)]


def test_a_token_that_moved_since_it_was_read_is_not_unsound() -> None:
    tokens = MemoryTokens()
    for number in range(3):
        tokens.change(placing(recording(number), [Mention(PHONE, 1)], tokens, key))
    read = list(tokens.every())
    for number in (0, 1):
        tokens.change(striking(tokens.of_recording(recording(number)), tokens, key))

    assert unsound(read, tokens, lambda purpose: TokenKey(SECRET, purpose)) == []


def test_without_a_key_nothing_is_found_and_everything_can_be_erased() -> None:
    def lost(purpose: Purpose) -> bytes:
        raise Missing("gone")

    tokens = MemoryTokens()
    tokens.change(placing(recording(1), [Mention(PHONE, 0)], tokens, key))
    tokens.change(striking(tokens.of_recording(recording(1)), tokens, lost))

    assert term_key(PHONE, lost) is None
    assert tokens.postings == {}


@pytest.mark.parametrize("gap", range(20))
def test_a_gap_that_a_lost_token_left_takes_no_other_token_away(gap: int) -> None:
    tokens = MemoryTokens()
    for number in range(20):
        tokens.change(placing(recording(number), [Mention(WORDS[0], 0)], tokens, key))
    sought = term_key(WORDS[0], key)
    assert sought is not None
    del tokens.postings[sought.label(gap)]
    tokens.change(placing(recording(99), [Mention(WORDS[0], c) for c in (0, 1)], tokens, key))

    left = {posting.recording for posting in tokens.every()}
    assert left == {recording(n) for n in (*range(20), 99) if n != gap}


# In a vault


def kept(folder, ways, vault, *persons: PersonId, said=()) -> RecordingId:
    sound = ways.stereo(4000)[: len(persons)]
    recording = ways.arrive(vault, sound, persons=persons)
    vault.keep(
        recording,
        sound=iter([sound]),
        texts={"words": [b"{}"] * len(persons)},
        state=State.KEPT,
        event=vault.event("recording.kept", recording),
        mentions=[Mention(term, channel) for channel, term in said],
    )
    return recording


def looked_for(vault, *terms: Term) -> tuple[RecordingId, ...]:
    def event(asked: str, found: int):
        return vault.event("index.searched", None, asked=asked, found=found)

    return vault.seek(terms, event=event)


def test_recordings_are_found_by_all_of_some_words_and_that_is_written(folder, ways) -> None:
    vault = folder.open()
    one = kept(folder, ways, vault, ANN, BEN, said=[(0, WORDS[0]), (1, WORDS[1]), (1, PHONE)])
    two = kept(folder, ways, vault, ANN, said=[(0, WORDS[0])])

    assert looked_for(vault, WORDS[0]) == tuple(sorted((one, two)))
    assert looked_for(vault, WORDS[0], WORDS[1]) == (one,)
    assert looked_for(vault, PHONE) == (one,)
    assert looked_for(vault, WORDS[2]) == ()
    assert folder.entries()[-1][0] == "index.searched"
    facts = folder.facts()
    assert facts["found"] == 0
    assert len(str(facts["asked"])) == 64


def test_an_erased_person_is_found_no_more_and_who_stays_is(folder, ways) -> None:
    vault = folder.open()
    shared = kept(folder, ways, vault, ANN, BEN, said=[(0, PHONE), (0, WORDS[0]), (1, WORDS[1])])
    hers = kept(folder, ways, vault, ANN, said=[(0, PHONE)])
    his = kept(folder, ways, vault, BEN, said=[(0, WORDS[0]), (0, PHONE)])
    vault.erase_person(ANN, event=vault.event("person.erased"))

    assert looked_for(vault, PHONE) == looked_for(vault, WORDS[0]) == (his,)
    assert looked_for(vault, WORDS[1]) == (shared,)
    vault.erase(his, event=vault.event("recording.erased", his))
    assert looked_for(vault, PHONE) == ()
    assert vault._tokens.of_recording(hers) == vault._tokens.of_recording(his) == ()
    assert list(vault.check(progress=lambda size: None)) == []


def test_an_erased_persons_labels_are_in_no_byte_of_the_vault(folder, ways) -> None:
    vault = folder.open()
    kept(folder, ways, vault, ANN, said=[(0, term) for term in (*WORDS, PHONE)])
    labels = [posting.label for posting in vault._tokens.every()]
    assert all(label in folder.raw() for label in labels)
    vault.erase_person(ANN, event=vault.event("person.erased"))

    assert not any(label in folder.raw() for label in labels)


def test_a_destroyed_key_takes_all_its_tokens_along(folder, ways) -> None:
    vault = folder.open()
    before = kept(folder, ways, vault, ANN, said=[(0, WORDS[0]), (0, PHONE)])
    wrapped = vault.keys._shelf.wrapped(tokens_name(Purpose.WORDS))
    event = vault.event("index.destroyed", tokens="words")

    assert vault.destroy_tokens(Purpose.WORDS, event=event) is not None
    assert vault.destroy_tokens(Purpose.WORDS, event=event) is None
    assert wrapped not in folder.raw()
    assert looked_for(vault, WORDS[0]) == ()
    assert looked_for(vault, PHONE) == (before,)
    after = kept(folder, ways, vault, ANN, said=[(0, WORDS[0])])
    assert looked_for(vault, WORDS[0]) == (after,)


def test_tokens_are_found_after_the_tenants_key_is_rotated(folder, ways) -> None:
    vault = folder.open()
    one = kept(folder, ways, vault, ANN, said=[(0, PHONE)])
    vault.rotate_tenant(event=vault.event("key.rotated", level="tenant"))

    assert looked_for(vault, PHONE) == (one,)


def test_a_thief_of_two_databases_can_count_and_cannot_tell_them_apart(folder, ways) -> None:
    """One vault says five words over and over, the other a hundred different ones."""
    vault = folder.open()
    alike = [(0, term) for term in WORDS]
    for _ in range(20):
        kept(folder, ways, vault, ANN, said=alike)
    unlike = iter(range(1000))
    for _ in range(20):
        said = [(0, Term(Purpose.WORDS, f"word{next(unlike)}")) for _ in WORDS]
        kept(folder, ways, vault, BEN, said=said)
    with closing(sqlite3.connect(folder.path / "vault.db")) as stolen:
        rows = stolen.execute(
            "SELECT person, token.recording, token.channel, purpose, label, back"
            " FROM token JOIN channel USING (recording, channel)"
        ).fetchall()
    seen = defaultdict(list)
    for person, *row in rows:
        seen[person].append(row)
    shapes = {
        person: Counter(
            (purpose, channel, len(label), len(back)) for _, channel, purpose, label, back in told
        )
        for person, told in seen.items()
    }
    pieces = [row[place][at : at + 8] for row in rows for place in (4, 5) for at in (0, 8)]

    assert shapes["ann-1"] == shapes["ben-2"] == {("words", 0, 16, 56): 100}
    assert len(set(pieces)) == len(pieces) == 800


@pytest.mark.parametrize("column", ["label", "purpose", "recording", "channel", "back"])
def test_a_byte_of_a_token_that_is_changed_is_found_by_the_check(folder, ways, column) -> None:
    vault = folder.open()
    kept(folder, ways, vault, ANN, ANN, said=[(0, WORDS[0]), (0, PHONE)])
    kept(folder, ways, vault, BEN, BEN, said=[(0, WORDS[0])])
    connection = vault._index._connection
    changes = {
        "label": "label = zeroblob(16)",
        "purpose": "purpose = 'words' WHERE purpose = 'identifiers'",
        "recording": "recording = (SELECT min(id) FROM holding WHERE id <> token.recording)",
        "channel": "channel = 1",
        "back": "back = zeroblob(56)",
    }
    where = (
        "" if "WHERE" in changes[column][10:] else " WHERE label = (SELECT min(label) FROM token)"
    )
    if column == "recording":
        where = " WHERE label = (SELECT min(label) FROM token)"
    connection.execute(f"UPDATE token SET {changes[column]}{where}")  # noqa: S608 - they are ours
    troubles = list(vault.check(progress=lambda size: None))

    assert troubles
    assert all("token" in trouble.thing for trouble in troubles)


def test_a_vault_from_before_there_were_tokens_gets_room_for_them(folder, ways) -> None:
    vault = folder.open()
    old = kept(folder, ways, vault, ANN)
    connection = vault._index._connection
    connection.execute("DROP TABLE token")
    connection.execute("DROP TABLE strand")
    connection.execute("DROP INDEX holding_begun")
    connection.execute("PRAGMA user_version = 2")
    vault.close()
    vault = folder.open()

    assert folder.entries()[-2:] == [("vault.migrated", None)] * 2
    new = kept(folder, ways, vault, ANN, said=[(0, PHONE)])
    assert looked_for(vault, PHONE) == (new,)
    assert vault.show(old).id == old


def test_tokens_destroyed_after_a_backup_do_not_come_back(site) -> None:
    site.record(ANN, said=[Mention(WORDS[0], 0), Mention(PHONE, 0)])
    first = site.run("create")["backup"]
    site.erase("index", "destroy", "words")
    site.run("create")
    told = site.restore(first)
    app = embedded(site.back)
    left = {posting.purpose for posting in app.vault._tokens.every()}
    has = [purpose for purpose in Purpose if app.vault.keys.has_tokens(purpose)]
    app.close()

    assert left == {*has} == {Purpose.IDENTIFIERS}
    assert told["tokens_destroyed"] == 1
    facts = [e["facts"] for e in site.ledger(site.back) if e["kind"] == "index.destroyed"]
    assert facts[-1] == {"reason": "reapplied", "tokens": "words"}
    assert site.is_sound(site.back)
