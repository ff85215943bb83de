"""Several persons on one channel: together they are the sound, and each can go alone."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.values.errors import Missing, Tampered
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.sound import SealedSound
from sottovoce.vault.strands import (
    Stretch,
    Turn,
    divide,
    join,
    read_turns,
    split,
    stretches,
    turns_texts,
)
from sottovoce.vault.tokens import Mention, Purpose, Term

ANN, BEN, CAT = PersonId("ann-1"), PersonId("ben-2"), PersonId("cat-3")
FRAMES = 4000
TURNS = [Turn(0, 1000, 0), Turn(1000, 2000, 1), Turn(1800, 2600, 2), Turn(3000, 3500, 0)]
"""Ann alone, Ben alone, Ben and Cat at once, Cat alone, nobody, Ann alone, nobody."""


def holding(persons: Sequence[PersonId], strands: tuple[int, ...], frames: int = FRAMES) -> Holding:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    recording = RecordingId("rec_" + "1" * 20)
    return Holding(recording, State.KEPT, at, 8000, frames, tuple(persons), strands=strands)


def noise(channels: int, frames: int = FRAMES, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, (channels, frames)).astype(np.int16)


def test_a_channel_is_divided_by_whose_it_is() -> None:
    divided = stretches(TURNS, holding((ANN, BEN, CAT), (0, 0, 0)))

    assert divided == {
        0: (
            Stretch(0, 1000, (0,)),
            Stretch(1000, 1800, (1,)),
            Stretch(1800, 2000, (1, 2)),
            Stretch(2000, 2600, (2,)),
            Stretch(2600, 3000, (0, 1, 2)),
            Stretch(3000, 3500, (0,)),
            Stretch(3500, 4000, (0, 1, 2)),
        )
    }


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.builds(Turn, st.integers(0, 120), st.integers(0, 160), st.integers(0, 3))),
    st.lists(st.integers(1, 60), min_size=1, max_size=5),
)
def test_whatever_the_turns_are_the_sum_is_the_sound(turns, sizes) -> None:
    frames = sum(sizes)
    of = holding((ANN, BEN, CAT, ANN), (0, 0, 0, 1), frames)
    sound, divided = noise(2, frames), stretches(turns, of)
    blocks = np.split(sound, np.cumsum(sizes)[:-1], axis=1)
    strands = np.concatenate(list(split(blocks, of, divided)), axis=1)

    for channel, said in divided.items():
        assert [s.start for s in said] == [0, *(s.stop for s in said[:-1])]
        assert said[-1].stop == frames
        mine = list(of.strands_of(channel))
        assert np.array_equal(strands[mine].sum(axis=0, dtype=np.int16), sound[channel])
        for stretch in said:
            others = [s for s in mine if s not in stretch.owners]
            assert not strands[others, stretch.start : stretch.stop].any()


def test_a_share_without_the_others_tells_nothing() -> None:
    """Loud, constant sound: the shares are spread over all values, and unlike it."""
    of = holding((ANN, BEN), (0, 0), 50_000)
    sound = np.full((1, 50_000), 12_345, dtype=np.int16)
    (strands,) = split([sound], of, stretches([], of))

    for strand in strands:
        assert abs(float(strand.astype(np.float64).mean())) < 600
        assert 18_000 < float(strand.std()) < 20_000
        assert np.mean(strand == 12_345) < 0.001


@given(st.binary(max_size=300), st.integers(1, 5))
def test_a_text_needs_all_its_shares(data, count) -> None:
    shares = divide(data, count)

    assert join(shares) == data
    assert {len(share) for share in shares} == {len(data)}
    if count > 1 and len(data) > 8:
        assert join(shares[1:]) != data
        assert data not in shares


def test_shares_of_unlike_length_are_tampered() -> None:
    with pytest.raises(Tampered):
        join([b"ab", b"a"])


def test_the_turns_of_a_strand_say_with_whom_it_shares() -> None:
    of = holding((ANN, BEN, CAT), (0, 0, 0))
    texts = turns_texts(of, stretches(TURNS, of))

    assert read_turns(texts[1]) == (
        Stretch(1000, 1800, ()),
        Stretch(1800, 2000, (2,)),
        Stretch(2600, 3000, (0, 2)),
        Stretch(3500, 4000, (0, 2)),
    )


@pytest.mark.parametrize("text", [b"", b"{}", b'{"turns": [[1]]}', b'{"turns": 3}', b"[]"])
def test_turns_of_another_form_are_tampered(text: bytes) -> None:
    with pytest.raises(Tampered):
        read_turns(text)


# In a vault


def meeting(folder, ways, vault, *, state=State.KEPT, said=()):
    sound = noise(1)
    recording = RecordingId(f"rec_{len(list(vault.list())) + 1:020x}")
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(ANN, BEN, CAT),
        strands=(0, 0, 0),
        job=b"[]",
        fingerprint="",
        event=vault.event("recording.admitted", recording),
    )
    arrival.write(sound)
    arrival.complete(event=vault.event("recording.arrived", recording))
    with vault.open_arrival(recording) as opened:
        assert np.array_equal(opened.sound.read(0, 0, FRAMES), sound[0])
        assert (opened.sound.channels, opened.job) == (1, b"[]")
    vault.keep(
        recording,
        sound=iter(np.array_split(sound, 3, axis=1)),
        texts={
            "words": [b"ann pilcrow", b"ben zeppelin", b"cat gantry"],
            "common": [b"common sluice"],
        },
        state=state,
        event=vault.event("recording.kept", recording),
        turns=TURNS,
        mentions=[Mention(term, strand) for strand, term in said],
    )
    return recording, sound[0]


def masked(sound: np.ndarray, *silent: tuple[int, int]) -> np.ndarray:
    left = sound.copy()
    for start, stop in silent:
        left[start:stop] = 0
    return left


def test_a_meeting_comes_back_as_it_was(folder, ways) -> None:
    vault = folder.open()
    recording, sound = meeting(folder, ways, vault)
    with vault.open(recording) as opened:
        assert np.array_equal(opened.sound.read(0, 0, FRAMES), sound)
        assert np.array_equal(opened.sound.read(0, 1900, 2100), sound[1900:2100])
        assert [opened.text("words", s) for s in range(3)] == [
            b"ann pilcrow",
            b"ben zeppelin",
            b"cat gantry",
        ]
        assert opened.text("common", 0) == b"common sluice"
        assert opened.masked(0) == ()
    shown = vault.show(recording)
    assert (shown.channels, shown.persons, shown.strands) == (1, (ANN, BEN, CAT), (0, 0, 0))
    assert list(vault.check(progress=lambda size: None)) == []


def test_one_goes_and_what_is_the_others_alone_stays(folder, ways) -> None:
    vault = folder.open()
    words = [Term(Purpose.WORDS, text) for text in ("pilcrow", "zeppelin", "gantry")]
    recording, sound = meeting(folder, ways, vault, said=enumerate(words))
    vault.erase_person(BEN, event=vault.event("person.erased"))
    with vault.open(recording) as opened:
        heard = opened.sound.read(0, 0, FRAMES)
        assert np.array_equal(heard, masked(sound, (1000, 2000), (2600, 3000), (3500, 4000)))
        assert opened.text("words", 0) == b"ann pilcrow"
        assert opened.text("words", 2) == b"cat gantry"
        assert opened.masked(0) == (range(1000, 2000), range(2600, 3000), range(3500, 4000))
        assert opened.common("common") == {}
        for name, number in (("words", 1), ("common", 0)):
            with pytest.raises(Missing):
                opened.text(name, number)
    assert dict(vault.people()) == {ANN: 1, CAT: 1}
    assert list(vault.check(progress=lambda size: None)) == []
    assert vault.erase_person(BEN, event=vault.event("person.erased")) is None

    vault.erase_person(CAT, event=vault.event("person.erased"))
    with vault.open(recording) as opened:
        left = masked(sound, (1000, 3000), (3500, 4000))
        assert np.array_equal(opened.sound.read(0, 0, FRAMES), left)
    vault.erase_person(ANN, event=vault.event("person.erased"))
    assert vault.show(recording).state is State.ERASED
    assert folder.files() == []


def test_of_who_is_erased_no_sound_and_no_word_is_left(folder, ways, steps) -> None:
    """Each strand's key is destroyed with its person; what is left is shares and others' frames."""
    vault = folder.open()
    recording, _ = meeting(folder, ways, vault)
    vault.erase_person(BEN, event=vault.event("person.erased"))
    files = {name for name in folder.files() if name.startswith(f"{recording}/")}

    assert not any("-1.seal" in name for name in files)
    assert any("-0.seal" in name for name in files)
    names = {str(name) for name in vault.keys.names()}
    assert f"object key of {recording}/1" not in names
    assert f"object key of {recording}/2" in names


def test_keys_of_strands_are_rotated_and_the_rest_goes_on(folder, ways) -> None:
    vault = folder.open()
    recording, sound = meeting(folder, ways, vault)
    vault.rotate_person(CAT, event=vault.event("key.rotated", level="person"))
    vault.rotate_tenant(event=vault.event("key.rotated", level="tenant"))
    with vault.open(recording) as opened:
        assert np.array_equal(opened.sound.read(0, 0, FRAMES), sound)


def test_interrupted_at_any_step_it_finishes(folder, ways, steps) -> None:
    vault = folder.open()
    recording, sound = meeting(folder, ways, vault)
    vault.close()

    def erase() -> None:
        again = folder.open()
        again.erase_person(BEN, event=again.event("person.erased"))
        again.close()

    total = steps.of(erase, deadly=100_000)
    assert total > 5
    fresh = folder.open()
    recording, sound = meeting(folder, ways, fresh)
    fresh.close()
    for step in steps.points(total, 5):
        steps.of(erase, deadly=step)
        vault = folder.open()
        vault.recover(partial(vault.event, "recording.undone"))
        vault.erase_person(BEN, event=vault.event("person.erased"))
        with vault.open(recording) as opened:
            assert not opened.sound.read(0, 1000, 2000).any()
            assert np.array_equal(opened.sound.read(0, 0, 1000), sound[:1000])
        assert list(vault.check(progress=lambda size: None)) == []
        recording, sound = meeting(folder, ways, vault)
        vault.close()


def test_a_stereo_recording_may_share_one_of_its_channels(folder, ways) -> None:
    vault = folder.open()
    sound = noise(2)
    recording = RecordingId("rec_" + "7" * 20)
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(ANN, BEN, CAT),
        strands=(0, 1, 1),
        job=b"",
        fingerprint="",
        event=vault.event("recording.admitted", recording),
    )
    arrival.write(sound)
    arrival.complete(event=vault.event("recording.arrived", recording))
    vault.keep(
        recording,
        sound=iter([sound]),
        texts={"words": [b"a", b"b", b"c"], "case": [b"first", b"second"]},
        state=State.QUARANTINED,
        event=vault.event("recording.kept", recording),
        turns=[Turn(0, 2000, 1), Turn(2000, 4000, 2)],
    )
    vault.erase_person(CAT, event=vault.event("person.erased"))
    with vault.open(recording) as opened:
        assert np.array_equal(opened.sound.read(0, 0, FRAMES), sound[0])
        assert np.array_equal(opened.sound.read(1, 0, FRAMES), masked(sound[1], (2000, 4000)))
        assert opened.common("case") == {0: b"first"}
        assert (opened.masked(0), opened.masked(1)) == ((), (range(2000, 4000),))
    assert json.loads(opened._whole("turns", 0))["turns"] == [[0, FRAMES, []]]


class Looked(Sequence[Stretch]):
    """Stretches that count how often one is looked at."""

    def __init__(self, said: Sequence[Stretch]) -> None:
        self.said, self.times = said, 0

    def __len__(self) -> int:
        return len(self.said)

    def __getitem__(self, place):
        self.times += 1
        return self.said[place]


def test_a_block_looks_only_at_its_own_stretches() -> None:
    frames, step = 64_000, 500
    of = holding((ANN, BEN), (0, 0), frames)
    turns = [Turn(at, at + 100, at // 100 % 2) for at in range(0, frames, 100)]
    looked = Looked(stretches(turns, of)[0])
    list(split(np.split(noise(1, frames), frames // step, axis=1), of, {0: looked}))

    # Once for where they begin, once for the block: it grows with the turns, not with their square.
    assert looked.times <= 2 * len(looked) + frames // step


def test_noise_is_silenced_wherever_a_reader_begins() -> None:
    class Ones:
        size = 2 * 100

        def read_at(self, offset: int, size: int) -> bytearray:
            return bytearray(b"\1\0" * (min(size, self.size - offset) // 2))

    noisy = (range(10, 20), range(30, 31), range(90, 100))
    sound = SealedSound({0: Ones()}, [(0,)], 8000, {0: noisy})
    whole = sound.read(0, 0, 100)

    assert [at for at in range(100) if not whole[at]] == [at for one in noisy for at in one]
    for start in range(100):
        for stop in (start, start + 1, start + 7, 100):
            assert np.array_equal(sound.read(0, start, stop), whole[start:stop])
