"""A check names everything that is wrong with a vault, and repair clears away what is nobody's."""

import random
import sqlite3
import tracemalloc
from collections import Counter
from datetime import UTC, datetime

import pytest

from sottovoce.values.ids import RecordingId, new_recording_id
from sottovoce.vault.check import Fault, Looked, check
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.tokens import Mention, Purpose, Term

AT = datetime(2025, 1, 1, tzinfo=UTC)


class Held:
    """A vault with a kept, a quarantined, an arrived and an erased recording."""

    def __init__(self, folder, ways) -> None:
        self.folder = folder
        self.vault = folder.open()
        self.sound = ways.stereo(80_000)
        self.kept, self.quarantined, self.arrived, self.erased = (
            ways.arrive(self.vault, self.sound) for _ in range(4)
        )
        ways.keep(self.vault, self.kept, self.sound)
        ways.keep(self.vault, self.quarantined, self.sound, state=State.QUARANTINED)
        self.vault.erase(self.erased, event=self.event("recording.erased", self.erased))

    def event(self, kind: str, recording=None):
        return self.vault.event(kind, recording)

    def found(self) -> list[tuple[Fault, str]]:
        return [(t.fault, t.thing) for t in self.vault.check(progress=lambda size: None)]

    def repair(self) -> None:
        troubles = list(self.vault.check(progress=lambda size: None))
        self.vault.repair(troubles, event=self.event("vault.repaired"))

    def files(self) -> list:
        return sorted(p for p in (self.folder.path / "objects").rglob("*") if p.is_file())

    def sql(self, statement: str, *values: object) -> object:
        connection = sqlite3.connect(self.folder.path / "vault.db")
        row = connection.execute(statement, values).fetchone()
        connection.commit()
        connection.close()
        return row[0] if row else None


@pytest.fixture
def held(folder, ways) -> Held:
    return Held(folder, ways)


def test_a_sound_vault_has_no_trouble(held) -> None:
    assert held.found() == []


def test_everything_that_is_sealed_is_read(held) -> None:
    read: list[int] = []
    list(held.vault.check(progress=read.append))

    sound = held.sound.nbytes * 3
    assert sound <= sum(read) < sound + 1000


def test_any_flipped_byte_of_any_part_is_found_and_the_part_is_named(held) -> None:
    chance = random.Random(7)  # noqa: S311 - any bytes will do
    for path in held.files():
        data = path.read_bytes()
        for place in {0, 1, 39, 40, 65535, 65536, len(data) - 1, chance.randrange(len(data))}:
            if place >= len(data):
                continue
            spoilt = bytearray(data)
            spoilt[place] ^= 1 << chance.randrange(8)
            path.write_bytes(spoilt)
            thing = f"the part {path.name.removesuffix('.seal')} of {path.parent.name}"

            assert held.found() == [(Fault.ROTTEN, thing)]
        path.write_bytes(data)
    assert held.found() == []


def test_a_part_that_is_gone_or_cut_off_is_named(held) -> None:
    path = held.folder.path / "objects" / held.kept / "words-1.seal"
    data = path.read_bytes()
    path.unlink()
    assert held.found() == [(Fault.LOST, f"the part words-1 of {held.kept}")]

    path.write_bytes(data[:-1])
    assert held.found() == [(Fault.ROTTEN, f"the part words-1 of {held.kept}")]


def test_a_key_that_is_gone_or_changed_is_named(held) -> None:
    slot = held.sql("SELECT slot FROM key_name WHERE id = ?", f"{held.kept}/1")
    held.sql("UPDATE key_slot SET wrapped = randomblob(61) WHERE slot = ?", slot)
    assert held.found() == [(Fault.ROTTEN, f"the object key of {held.kept}/1")]

    held.sql("DELETE FROM key_name WHERE id = ?", f"{held.kept}/1")
    found = held.found()
    assert (Fault.LOST, f"the object key of {held.kept}/1") in found
    assert (Fault.LEFT_OVER, "1 destroyed keys that are not overwritten") in found


def test_a_person_key_that_is_gone_is_named_once_a_recording(held, ways) -> None:
    held.sql("DELETE FROM key_name WHERE purpose = 'person' AND id = ?", ways.agent)
    found = held.found()

    assert found.count((Fault.LOST, f"the person key of {ways.agent}")) == 2


def test_a_row_that_contradicts_its_seals_is_named(held) -> None:
    held.sql("UPDATE holding SET frames = frames - 1 WHERE id = ?", held.kept)

    found = f"the index of recordings: the row of {held.kept} is not what was written"
    assert held.found() == [(Fault.ROTTEN, found)]


def test_a_damaged_row_is_found(held) -> None:
    held.sql("UPDATE holding SET state = 'nonsense' WHERE id = ?", held.kept)

    found = "the index of recordings: a row of the vault's index is damaged"
    assert held.found() == [(Fault.ROTTEN, found)]


def test_orphans_are_cleared_away_and_nothing_else(held) -> None:
    objects = held.folder.path / "objects"
    before = held.folder.files()
    (objects / held.erased).mkdir()
    (objects / held.erased / "audio-0.seal").write_bytes(b"left")
    (objects / held.kept / "arrival-0.seal.part").write_bytes(b"left")
    (objects / held.kept / "audio-7.seal").write_bytes(b"left")
    assert {fault for fault, _ in held.found()} == {Fault.ORPHAN}
    held.repair()

    assert held.found() == []
    assert held.folder.files() == before


def test_keys_of_nobody_and_traces_are_overwritten(held, folder) -> None:
    slot = "INSERT INTO key_slot (wrapped) VALUES (?)"
    held.sql(slot, b"trace" + bytes(56))
    held.sql(slot, b"orphan" + bytes(55))
    held.sql("INSERT INTO key_name SELECT 'object', ?, max(slot) FROM key_slot", f"{held.erased}/0")
    assert {fault for fault, _ in held.found()} == {Fault.ORPHAN, Fault.LEFT_OVER}
    held.repair()

    assert held.found() == []
    assert not any(word in folder.raw() for word in (b"trace", b"orphan"))


def test_what_is_not_ours_is_counted_and_left(held) -> None:
    objects = held.folder.path / "objects"
    (objects / "anna kowalska.txt").write_text("mine")
    (objects / held.kept / "notes.seal").write_text("mine")
    assert held.found() == [(Fault.STRANGE, "2 files that are not the vault's")]
    held.repair()

    assert (objects / "anna kowalska.txt").read_text() == "mine"


def test_what_is_lost_stays_named_after_repair(held) -> None:
    (held.folder.path / "objects" / held.kept / "audio-0.seal").unlink()
    held.repair()

    assert held.found() == [(Fault.LOST, f"the part audio-0 of {held.kept}")]


def test_work_that_goes_on_is_no_trouble(held, ways) -> None:
    """A recording that comes, and one that goes, while the check reads, are as they should be."""
    changed = False

    def meanwhile(size: int) -> None:
        nonlocal changed
        if not changed:
            changed = True
            ways.arrive(held.vault, held.sound)
            held.vault.erase(held.kept, event=held.event("recording.erased", held.kept))

    assert list(held.vault.check(progress=meanwhile)) == []
    assert changed


@pytest.mark.parametrize("when", Looked)
def test_whatever_is_looked_at_may_change_meanwhile(held, ways, when: Looked) -> None:
    """Names, rows and files are read ahead: what they told of is kept or erased by then."""
    changed = False

    def meanwhile(what: Looked, some: int) -> None:
        nonlocal changed
        if what is when and not changed:
            changed = True
            ways.keep(held.vault, held.arrived, held.sound)
            for recording in (held.kept, held.quarantined):
                held.vault.erase(recording, event=held.event("recording.erased", recording))

    mentions = [Mention(Term(Purpose.WORDS, "ochre"), 0)]
    ways.keep(held.vault, ways.arrive(held.vault, held.sound), held.sound, mentions=mentions)
    assert list(held.vault.check(progress=lambda size: None, counted=meanwhile)) == []
    assert changed


def test_a_file_beside_a_part_that_is_wanted_never_takes_the_part_along(held) -> None:
    """It was an orphan, and to remove it removed the kept sound under the same name."""
    folder = held.folder.path / "objects" / held.kept
    (folder / "audio-0.seal.part").write_bytes(b"left")

    assert held.found() == [(Fault.STRANGE, "1 files that are not the vault's")]
    held.repair()
    assert (folder / "audio-0.seal").exists()
    with held.vault.open(held.kept) as opened:
        assert (opened.sound.read(0, 0, 80_000) == held.sound[0]).all()


def test_what_is_being_written_is_nobodys_trouble(held, ways) -> None:
    """The files aside of an arrival, and of results that are sealed, look like strangers'."""
    seen: list[list] = []

    def blocks():
        for start in range(0, 80_000, 40_000):
            seen.append(held.found())
            yield held.sound[:, start : start + 40_000]

    held.vault.keep(
        held.arrived,
        sound=blocks(),
        texts={"words": [b"[]", b"[]"]},
        state=State.KEPT,
        event=held.event("recording.kept", held.arrived),
    )
    arrival = held.vault.begin(
        new_recording_id(),
        rate_hz=8000,
        persons=(ways.agent, ways.caller),
        job=b"job",
        fingerprint="",
        event=held.event("recording.admitted"),
    )
    arrival.write(held.sound)
    seen.append(held.found())
    arrival.abandon(event=held.event("recording.undone", arrival.id))

    assert seen == [[], [], []]


class Many:
    """An index of very many recordings that were erased, made as they are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def list(self, state=None, *, after=None):
        return map(self._made, range(self.count))

    def find(self, recording: RecordingId) -> Holding:
        return self._made(int(recording.removeprefix("rec_"), 16))

    def _made(self, number: int) -> Holding:
        return Holding(RecordingId(f"rec_{number:020x}"), State.ERASED, AT)


def test_memory_does_not_grow_with_what_is_held(held) -> None:
    def peak(count: int) -> int:
        vault = held.vault
        tracemalloc.start()
        try:
            looks = check(
                Many(count),
                vault._parts,
                vault._tokens,
                vault.keys,
                progress=lambda size: None,
                counted=lambda what, some: None,
            )
            assert sum(trouble.fault is Fault.LOST for trouble in looks) == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # What is loaded once is loaded.
    assert peak(4000) < 1.5 * peak(40)


def test_what_is_looked_at_is_counted(held) -> None:
    seen: Counter[Looked] = Counter()

    def counted(what: Looked, some: int) -> None:
        seen[what] += some

    list(held.vault.check(progress=lambda size: None, counted=counted))

    assert seen[Looked.RECORDINGS] == 4
    assert seen[Looked.FILES] == len(held.files())
    assert seen[Looked.KEYS] == held.sql("SELECT count(*) FROM key_name")


def test_what_is_wrong_is_told_before_all_is_read(held) -> None:
    (held.folder.path / "objects" / held.kept / "audio-0.seal").unlink()
    read: list[int] = []
    looks = held.vault.check(progress=read.append)
    first = next(looks)
    before = sum(read)
    list(looks)

    assert first.fault is Fault.LOST
    assert before < sum(read)
