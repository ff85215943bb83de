"""Entries: what goes in comes out, and nothing unforeseen goes in."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.ledger.canonical import canonical, read_canonical
from sottovoce.ledger.entry import decode_entry, encode_entry
from sottovoce.ledger.events import (
    BY_ACTION,
    BY_KIND,
    COUNT,
    EVENT_KINDS,
    NEVER,
    TRUTH,
    VERSION,
)
from sottovoce.values.errors import Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

CANARY = "Wilhelmina Featherstonehaugh"
ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "spec" / "events.md"
REGISTER = ROOT / "src" / "sottovoce" / "ledger" / "events.toml"
_DRAWN = {
    COUNT.name: st.integers(0, 2**53 - 1),
    TRUTH.name: st.booleans(),
    BY_KIND.name: st.dictionaries(st.sampled_from(["fin.pan", "per.name"]), st.integers(0, 99)),
    BY_ACTION.name: st.dictionaries(st.sampled_from(["mask", "burn"]), st.integers(0, 99)),
    "digest": st.just("0f" * 32),
    "keyed hash": st.just("f0" * 32),
    "backup": st.just("bkp_" + "0f" * 10),
    "purpose": st.text("az09._-", min_size=1, max_size=40),
    "profile": st.text("az", min_size=1, max_size=40),
    "language": st.text("az", min_size=2, max_size=3),
    "reason": st.sampled_from(["cut_off", "leak"]),
    "extent": st.sampled_from(["default", "full"]),
    "decision": st.sampled_from(["publish", "keep"]),
    "grounds": st.sampled_from(["no_leak", "authorised"]),
    "voice": st.sampled_from(["as-is", "light", "strong"]),
    "part": st.sampled_from(["audio", "words"]),
    "recipient": st.just("0f" * 16),
    "tokens": st.sampled_from(["identifiers", "words"]),
    "level": st.sampled_from(["root", "person"]),
    "act": st.sampled_from(["root", "destroy"]),
    "why": st.sampled_from(["unsigned", "same"]),
    "public key": st.just("0a" * 32),
    "signature": st.just("0b" * 64),
    "request": st.just("apr_" + "0c" * 10),
    "provider": st.sampled_from(["file", "kms"]),
}


@st.composite
def events(draw):
    kind = draw(st.sampled_from(list(EVENT_KINDS.values())))
    names = draw(st.sets(st.sampled_from(sorted(kind.facts))))
    has_recording = draw(st.booleans()) if kind.has_recording is None else kind.has_recording
    return Event(
        kind.name,
        draw(st.datetimes(timezones=st.just(UTC))),
        ActorId(draw(st.sampled_from(["local", "uid:1000", "act_" + "0" * 20]))),
        RecordingId("rec_" + "a" * 20) if has_recording else None,
        {name: draw(_DRAWN[kind.facts[name].name]) for name in names},
    )


@given(events())
def test_an_entry_gives_its_event_back_to_the_millisecond(event):
    cut = event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)

    assert decode_entry(encode_entry(event)) == replace(event, at=cut)


def test_the_entries_made_by_hand_are_ours(vectors):
    for text in vectors["log"]["entries"]:
        assert encode_entry(decode_entry(text.encode())) == text.encode()


def test_every_flipped_bit_of_an_entry_gives_unfit_or_other_bytes(ways):
    entry = encode_entry(ways.event(5, purpose="support", channels=2))
    for place in range(len(entry)):
        for bit in range(8):
            changed = bytearray(entry)
            changed[place] ^= 1 << bit
            try:
                event = decode_entry(bytes(changed))
            except Unfit:
                continue
            assert encode_entry(event) == bytes(changed)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_entry(data):
    with pytest.raises(Unfit):
        decode_entry(data)


@pytest.mark.parametrize(
    "data",
    [b'{"a":1,"a":1}', b'{"a": 1}', b"1.5", b"1e3", b"NaN", b"-0", b'"\\u0041"', b"[" * 100_000,
     b"1" * 5000, b'"\xff"', b"\xef\xbb\xbf1", b'"\\ud800"', b"9007199254740992", b"",
     b'{"b":1,"a":1}', b'"\\' * 40_000, b"\x00\x00\x00{", b"nul"],
)  # fmt: skip
def test_json_in_another_form_is_unfit(data):
    with pytest.raises(Unfit):
        read_canonical(data, what="it", limit=1 << 20)


def test_a_value_deeper_than_the_limit_is_unfit_and_brackets_in_strings_are_not_depth():
    deep = canonical("[" * 100)

    assert read_canonical(deep, what="it", limit=1000) == "[" * 100
    with pytest.raises(Unfit, match="16 levels"):
        read_canonical(b"[" * 17 + b"]" * 17, what="it", limit=1000)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": CANARY},
        {"kind": "recording." + CANARY},
        {"actor": CANARY},
        {"actor": "local\n"},
        {"recording": CANARY},
        {"recording": "rec_" + "0" * 20 + "\n"},
        {"recording": None},
        {"facts": {CANARY: 1}},
        {"facts": {"purpose": CANARY}},
        {"facts": {"purpose": ""}},
        {"facts": {"purpose": "a" * 41}},
        {"facts": {"purpose": "a\n"}},
        {"facts": {"fingerprint": CANARY}},
        {"facts": {"fingerprint": "F" * 64}},
        {"facts": {"channels": CANARY}},
        {"facts": {"channels": True}},
        {"facts": {"channels": -1}},
        {"facts": {"channels": 2**53}},
        {"facts": {"channels": 1.5}},
        {"facts": {"channels": {"fin.pan": 1}}},
        {"at": datetime(2025, 1, 1)},
        {"at": datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
    ],
)
def test_what_is_not_in_the_register_is_refused_without_repeating_it(ways, change):
    with pytest.raises(ValueError, match=r"must") as caught:
        encode_entry(replace(ways.event(1), **change))

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "facts",
    [{"kinds": {CANARY: 1}}, {"kinds": {"fin.pan": CANARY}}, {"actions": {"shout": 1}},
     {"reason": CANARY}, {"leak_checked": 1}, {"kinds": CANARY}],
)  # fmt: skip
def test_counts_are_only_by_kinds_and_actions_that_there_are(ways, facts):
    with pytest.raises(ValueError, match=r"must") as caught:
        encode_entry(ways.event(1, "recording.processed", **facts))

    assert CANARY not in str(caught.value)


@given(st.text(min_size=1).filter(lambda text: not text.isascii() or " " in text))
def test_no_text_with_a_space_or_beyond_ascii_fits_any_shape(text):
    shapes = {shape for kind in EVENT_KINDS.values() for shape in kind.facts.values()}

    assert not any(shape.fits(text) or shape.fits({text: 1}) for shape in shapes)


def test_the_page_of_events_tells_the_whole_register():
    page = PAGE.read_text(encoding="utf-8")
    about = {True: "yes", False: "no", None: "perhaps"}
    for kind in EVENT_KINDS.values():
        facts = ", ".join(f"`{name}` {shape.name}" for name, shape in kind.facts.items())

        assert f"| `{kind.name}` | {kind.meaning} | {about[kind.has_recording]} | {facts} |" in page
        for shape in kind.facts.values():
            assert f"| {shape.name} | {shape.meaning} |" in page
    assert page.count("\n| `") == len(EVENT_KINDS)


def test_the_page_tells_the_registers_version_and_what_is_never_in_it():
    page = " ".join(PAGE.read_text(encoding="utf-8").split())

    assert page.startswith(f"# Event kinds, version {VERSION} ")
    assert f"**Never in any event:** {', '.join(NEVER)}." in page


def test_every_shape_and_group_of_the_register_is_used():
    register = tomllib.loads(REGISTER.read_text(encoding="utf-8"))
    used = {shape.name for kind in EVENT_KINDS.values() for shape in kind.facts.values()}

    assert set(register["shape"]) == used
    assert set(register["facts"]) == {kind["like"] for kind in register["kind"] if "like" in kind}
    assert len(EVENT_KINDS) == len(register["kind"])
    known = {"name", "meaning", "recording", "like", "facts"}
    assert all(set(kind) <= known for kind in register["kind"])
