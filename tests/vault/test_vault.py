"""The life of a recording in an embedded vault."""

import stat
from pathlib import Path

import numpy as np
import pytest

from sottovoce.values.errors import Conflict, Missing, Tampered, Unavailable
from sottovoce.values.ids import new_recording_id
from sottovoce.vault.holding import State
from sottovoce.vault.keys import person_name
from sottovoce.vault.vault import Vault


@pytest.fixture
def vault(folder) -> Vault:
    return folder.open()


def whole(opened) -> np.ndarray:
    sound = opened.sound
    return np.stack([sound.read(c, 0, sound.frames) for c in range(sound.channels)])


def read_all(vault: Vault, recording) -> None:
    with vault.open(recording) as opened:
        whole(opened)
        for channel in (0, 1):
            opened.text("words", channel)


def test_what_arrived_opens_as_it_came(vault, ways) -> None:
    sound = ways.stereo(100_000)
    recording = ways.arrive(vault, sound, job=b"/calls/in.wav")

    with vault.open_arrival(recording) as opened:
        assert np.array_equal(whole(opened), sound)
        assert opened.job == b"/calls/in.wav"
    assert vault.unfinished() == (recording,)


def test_what_is_kept_opens_and_the_arrival_is_gone(folder, vault, ways) -> None:
    sound = ways.stereo(100_000)
    recording = ways.arrive(vault, sound)
    ways.keep(vault, recording, sound // 2)

    with vault.open(recording) as opened:
        assert np.array_equal(whole(opened), sound // 2)
        assert opened.text("words", 1) == b'{"w":1}'
    assert folder.files() == [
        recording,
        *(f"{recording}/{part}.seal" for part in ("audio-0", "audio-1", "words-0", "words-1")),
    ]
    assert vault.unfinished() == ()
    with pytest.raises(Conflict, match="kept, not arrived"):
        vault.open_arrival(recording)


def test_the_holding_tells_ids_states_and_times(vault, ways) -> None:
    sound = ways.stereo(16_000)
    recording = ways.arrive(vault, sound, fingerprint="f" * 64)
    ways.keep(vault, recording, sound, state=State.QUARANTINED)
    holding = vault.show(recording)

    assert tuple(vault.list()) == (holding,)
    assert holding.state is State.QUARANTINED
    assert (holding.duration_s, holding.persons) == (2.0, (ways.agent, ways.caller))
    assert holding.begun_at < holding.arrived_at < holding.settled_at
    assert holding.parts == ("audio", "words")
    assert not holding.unswept


def test_every_change_has_its_entry_and_says_which(folder, vault, ways) -> None:
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound)
    index = ways.keep(vault, recording, sound)
    erased = vault.erase(recording, event=vault.event("recording.erased", recording))

    assert (index, erased) == (2, 3)
    assert folder.entries() == [
        (kind, recording)
        for kind in (
            "recording.admitted",
            "recording.arrived",
            "recording.kept",
            "recording.erased",
        )
    ]


@pytest.mark.parametrize("frames", [0, 1, 32_740, 32_741, 65_500])
def test_a_recording_of_any_length_goes_all_the_way(vault, ways, frames: int) -> None:
    sound = ways.stereo(frames)
    recording = ways.arrive(vault, sound)
    ways.keep(vault, recording, sound)

    with vault.open(recording) as opened:
        assert np.array_equal(whole(opened), sound)


def test_any_second_can_be_read(vault, ways) -> None:
    sound = ways.stereo(200_000)
    recording = ways.arrive(vault, sound)

    with vault.open_arrival(recording) as opened:
        assert np.array_equal(opened.sound.read(1, 120_000, 128_000), sound[1, 120_000:128_000])
        assert np.array_equal(opened.sound.read(0, 199_990, 300_000), sound[0, 199_990:])
        assert len(opened.sound.read(0, 250_000, 300_000)) == 0


def test_blocks_may_lie_any_way_in_memory(vault, ways) -> None:
    sound = ways.stereo(999)
    recording = ways.arrive(vault, np.asfortranarray(sound))

    with vault.open_arrival(recording) as opened:
        assert np.array_equal(whole(opened), sound)


@pytest.mark.parametrize(
    "block",
    [
        np.zeros((2, 5), np.float32),
        np.zeros((1, 5), np.int16),
        np.zeros(5, np.int16),
        np.zeros((5, 2), np.int16),
    ],
)
def test_a_block_of_another_shape_is_refused(vault, ways, block: np.ndarray) -> None:
    recording = new_recording_id()
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(ways.agent, ways.caller),
        job=b"",
        fingerprint="",
        event=vault.event("recording.admitted", recording),
    )

    with pytest.raises(ValueError, match="block"):
        arrival.write(block)


def test_an_abandoned_arrival_leaves_nothing_but_its_entries(folder, vault, ways) -> None:
    recording = new_recording_id()
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(ways.agent,),
        job=b"",
        fingerprint="f",
        event=vault.event("recording.admitted", recording),
    )
    arrival.write(ways.stereo(100_000)[:1])
    arrival.abandon(event=vault.event("recording.undone", recording))

    assert (folder.files(), tuple(vault.list()), vault.same_bytes("f")) == ([], (), ())
    assert [kind for kind, _ in folder.entries()] == ["recording.admitted", "recording.undone"]
    with pytest.raises(Missing):
        vault.show(recording)
    with pytest.raises(ValueError, match="already"):
        arrival.complete(event=vault.event("recording.arrived", recording))


def test_the_same_bytes_again_are_known(vault, ways) -> None:
    first = ways.arrive(vault, ways.stereo(10), fingerprint="a" * 64)
    second = ways.arrive(vault, ways.stereo(10), fingerprint="a" * 64)
    ways.arrive(vault, ways.stereo(10), fingerprint="b" * 64)

    assert vault.same_bytes("a" * 64) == (first, second)
    assert vault.same_bytes("c" * 64) == ()
    assert vault.same_bytes("") == ()


def test_results_of_another_length_are_refused_and_the_arrival_stays(folder, vault, ways) -> None:
    sound = ways.stereo(1000)
    recording = ways.arrive(vault, sound)
    before = folder.files()
    with pytest.raises(ValueError, match="999 frames; 1000 arrived"):
        ways.keep(vault, recording, sound[:, :999])
    with pytest.raises(ValueError, match="2 entries, one a strand or channel"):
        ways.keep(vault, recording, sound, words=(b"one",))

    assert folder.files() == before
    assert vault.unfinished() == (recording,)


def test_a_failure_in_the_middle_of_the_results_leaves_the_arrival(folder, vault, ways) -> None:
    sound = ways.stereo(100_000)
    recording = ways.arrive(vault, sound)
    before = folder.files()

    def broken():
        yield sound[:, :50_000]
        raise RuntimeError("the engine fell over")

    with pytest.raises(RuntimeError, match="fell over"):
        vault.keep(
            recording,
            sound=broken(),
            texts={},
            state=State.KEPT,
            event=vault.event("recording.kept", recording),
        )

    assert folder.files() == before
    ways.keep(vault, recording, sound)
    assert vault.show(recording).state is State.KEPT


def test_a_failing_journal_stops_the_change(folder, ways) -> None:
    class Failing(ways.journal):
        def append(self, event):
            if event.kind == "recording.kept":
                raise Unavailable("the log cannot be written")
            return super().append(event)

    vault = folder.open(journal=Failing)
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound)
    with pytest.raises(Unavailable):
        ways.keep(vault, recording, sound)

    assert vault.show(recording).state is State.ARRIVED
    with vault.open_arrival(recording) as opened:
        assert np.array_equal(whole(opened), sound)


def test_keeping_twice_is_a_conflict(vault, ways) -> None:
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound)
    ways.keep(vault, recording, sound)

    with pytest.raises(Conflict, match="kept, not arrived"):
        ways.keep(vault, recording, sound)


def test_an_erased_recording_cannot_be_opened(folder, vault, ways) -> None:
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound, fingerprint="a")
    ways.keep(vault, recording, sound)
    vault.erase(recording, event=vault.event("recording.erased", recording))
    left = vault.show(recording)

    assert left.state is State.ERASED
    assert (left.persons, left.frames, left.fingerprint, left.parts) == ((), 0, "", ())
    assert left.begun_at < left.settled_at < left.erased_at
    assert folder.files() == []
    assert vault.same_bytes("a") == ()
    with pytest.raises(Missing, match="is erased"):
        vault.open(recording)


def test_erasing_twice_is_the_same(folder, vault, ways) -> None:
    recording = ways.arrive(vault, ways.stereo(100))
    first = vault.erase(recording, event=vault.event("recording.erased", recording))
    before = vault.show(recording), folder.entries()
    second = vault.erase(recording, event=vault.event("recording.erased", recording))

    assert (first, second) == (2, None)
    assert (vault.show(recording), folder.entries()) == before


def test_erasing_one_recording_leaves_the_persons_others(vault, ways) -> None:
    sound = ways.stereo(100)
    one, two = ways.arrive(vault, sound), ways.arrive(vault, sound)
    ways.keep(vault, one, sound)
    ways.keep(vault, two, sound)
    vault.erase(one, event=vault.event("recording.erased", one))

    with vault.open(two) as opened:
        assert np.array_equal(whole(opened), sound)


def test_destroying_a_persons_key_makes_all_of_theirs_noise(vault, ways) -> None:
    sound = ways.stereo(100)
    recordings = [ways.arrive(vault, sound) for _ in range(2)]
    for recording in recordings:
        ways.keep(vault, recording, sound)
    vault._shelf.put(
        vault.show(recordings[0]),
        added={},
        destroyed=(person_name(ways.caller),),
        event=vault.event("person.erased"),
    )

    for recording in recordings:
        with pytest.raises(Missing, match="person key of caller-1 is destroyed"):
            vault.open(recording)


def test_a_recording_that_is_arriving_cannot_be_erased(vault, ways) -> None:
    recording = new_recording_id()
    vault.begin(
        recording,
        rate_hz=8000,
        persons=(ways.agent,),
        job=b"",
        fingerprint="",
        event=vault.event("recording.admitted", recording),
    )

    with pytest.raises(Conflict, match="is arriving"):
        vault.erase(recording, event=vault.event("recording.erased", recording))


def test_an_id_is_used_once(vault, ways) -> None:
    recording = ways.arrive(vault, ways.stereo(1))

    with pytest.raises(Conflict, match="already"):
        vault.begin(
            recording,
            rate_hz=8000,
            persons=(ways.agent,),
            job=b"",
            fingerprint="",
            event=vault.event("recording.admitted", recording),
        )


def test_a_recording_of_another_vault_is_missing(vault) -> None:
    with pytest.raises(Missing):
        vault.open(new_recording_id())


def test_the_next_start_undoes_what_was_arriving(folder, ways) -> None:
    vault = folder.open()
    recording = new_recording_id()
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(ways.agent,),
        job=b"",
        fingerprint="",
        event=vault.event("recording.admitted", recording),
    )
    arrival.write(ways.stereo(100_000)[:1])
    assert vault.recover(lambda r: vault.event("recording.undone", r)) == ()
    vault.close()
    again = folder.open()
    undone = again.recover(lambda r: again.event("recording.undone", r))

    assert undone == (recording,)
    assert (folder.files(), tuple(again.list())) == ([], ())
    assert folder.entries()[-1] == ("recording.undone", recording)
    assert again.recover(lambda r: again.event("recording.undone", r)) == ()


def test_a_second_writer_is_told_and_a_reader_reads_on(folder, ways) -> None:
    first, second = folder.open(), folder.open()
    sound = ways.stereo(100)
    recording = ways.arrive(first, sound)
    ways.keep(first, recording, sound)

    with pytest.raises(Unavailable, match="another process is working in this vault"):
        ways.arrive(second, sound)
    with pytest.raises(Unavailable, match="another process"):
        second.erase(recording, event=second.event("recording.erased", recording))
    assert [h.id for h in second.list()] == [recording]
    with second.open(recording) as opened:
        assert np.array_equal(whole(opened), sound)
    assert second.note(second.event("recording.exported", recording)) == 3


def test_the_next_writer_may_work_when_the_first_is_done(folder, ways) -> None:
    first = folder.open()
    ways.arrive(first, ways.stereo(1))
    first.close()

    assert ways.arrive(folder.open(), ways.stereo(1))


def test_only_the_owner_can_enter(folder, vault, ways) -> None:
    ways.arrive(vault, ways.stereo(100))
    paths = [folder.path, *folder.path.rglob("*")]
    modes = {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_dir()}
    files = {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_file()}

    assert (modes, files) == ({0o700}, {0o600})


@pytest.mark.parametrize("name", ["audio-0", "audio-1", "words-0", "words-1"])
def test_a_flipped_byte_in_a_part_is_found_and_named(folder, vault, ways, name: str) -> None:
    sound = ways.stereo(100_000)
    recording = ways.arrive(vault, sound)
    ways.keep(vault, recording, sound)
    path = folder.path / "objects" / recording / f"{name}.seal"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)

    with pytest.raises(Tampered, match=f"{name} of {recording}"):
        read_all(vault, recording)


@pytest.mark.parametrize("name", ["arrival-1", "job-0"])
def test_a_part_that_was_cut_off_is_found_and_named(folder, vault, ways, name: str) -> None:
    recording = ways.arrive(vault, ways.stereo(100_000), job=b"x" * 100)
    path = folder.path / "objects" / recording / f"{name}.seal"
    path.write_bytes(path.read_bytes()[:-1])

    with (
        pytest.raises(Tampered, match=f"{name} of {recording}"),
        vault.open_arrival(recording) as opened,
    ):
        assert opened.job == b"never"


def test_a_part_that_is_gone_is_found_and_named(folder, vault, ways) -> None:
    recording = ways.arrive(vault, ways.stereo(100))
    (folder.path / "objects" / recording / "arrival-1.seal").unlink()

    with pytest.raises(Tampered, match=f"arrival-1 of {recording}"):
        vault.open_arrival(recording)


def swap(one: Path, two: Path) -> None:
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)


def test_parts_swapped_between_channels_do_not_open(folder, vault, ways) -> None:
    recording = ways.arrive(vault, ways.stereo(100))
    objects = folder.path / "objects" / recording
    swap(objects / "arrival-0.seal", objects / "arrival-1.seal")

    with pytest.raises(Tampered, match=f"arrival-0 of {recording}"):
        vault.open_arrival(recording)


def test_parts_swapped_between_recordings_do_not_open(folder, vault, ways) -> None:
    sound = ways.stereo(100)
    one, two = ways.arrive(vault, sound), ways.arrive(vault, sound)
    ways.keep(vault, one, sound)
    ways.keep(vault, two, sound)
    objects = folder.path / "objects"
    swap(objects / one / "audio-1.seal", objects / two / "audio-1.seal")

    with pytest.raises(Tampered, match=f"audio-1 of {one}"):
        vault.open(one)


def test_a_row_that_was_edited_does_not_pass_for_the_recording(folder, vault, ways) -> None:
    recording = ways.arrive(vault, ways.stereo(100))
    vault._shelf._connection.execute("UPDATE holding SET frames = 99")

    with pytest.raises(Tampered, match=f"the row of {recording}"):
        vault.open_arrival(recording)


def test_keys_swapped_between_channels_do_not_open(vault, ways) -> None:
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound, persons=(ways.agent, ways.agent))
    ways.keep(vault, recording, sound)
    vault._shelf._connection.execute(
        "UPDATE key_name SET slot = (SELECT slot FROM key_name WHERE id LIKE '%/1')"
        " WHERE id LIKE '%/0'"
    )

    with pytest.raises(Tampered, match=f"object key of {recording}/0"):
        vault.open(recording)


def test_no_planted_byte_is_in_any_file(folder, vault, ways) -> None:
    words, path = b"call me at 202-555-0143", b"/home/rosa/rosa-diaz.wav"
    tone = (np.arange(50_000) % 777).astype(np.int16)
    sound = np.stack([tone, tone])
    one = ways.arrive(vault, sound, job=path)
    two = ways.arrive(vault, sound, job=path)
    ways.keep(vault, two, sound, words=(words, words))
    before = folder.raw()
    vault.erase(one, event=vault.event("recording.erased", one))

    for raw in (before, folder.raw()):
        assert all(piece not in raw for piece in (words, words[-12:], path, b"rosa"))
        assert tone[100:116].tobytes() not in raw


def test_what_was_only_for_deciding_goes_with_the_decision(folder, vault, ways) -> None:
    sound = ways.stereo(1000)
    recording = ways.arrive(vault, sound)
    vault.keep(
        recording,
        sound=iter([sound]),
        texts={"words": [b"a", b"b"], "case": [b"pilcrow seven", b"d"]},
        state=State.QUARANTINED,
        event=vault.event("recording.quarantined", recording),
    )
    assert f"{recording}/case-0.seal" in folder.files()
    event = vault.event("recording.reviewed", recording)
    vault.settle(recording, state=State.QUARANTINED, without="case", event=event)
    assert f"{recording}/case-0.seal" in folder.files()
    vault.settle(recording, state=State.KEPT, without="case", event=event)

    assert not any("case" in name for name in folder.files())
    assert vault.show(recording).parts == ("audio", "words")
    with vault.open(recording) as opened, pytest.raises(Missing):
        opened.text("case", 0)
