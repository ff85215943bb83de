import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sottovoce.backends.folder_outlet import EVERY_ROLE, FolderOutlet
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.sound import SoundInMemory

SOUND = SoundInMemory(8000, (np.arange(9000, dtype=np.int16),))
OTHER = SoundInMemory(8000, (np.zeros(9000, np.int16),))


def seen(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_nothing_is_seen_before_it_is_revealed(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"words")
    outlet.put_sound("redacted.flac", SOUND)
    before = seen(tmp_path)
    places = outlet.reveal()

    assert before == set()
    assert {p.name for p in places.values()} == {"call.txt", "call.redacted.flac"}
    assert {p.name for p in tmp_path.iterdir()} == {"call.txt", "call.redacted.flac"}
    assert np.array_equal(
        soundfile.read(places["redacted.flac"], dtype="int16")[0], SOUND.samples[0]
    )


def test_digests_are_those_of_the_files(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    digests = {"txt": outlet.put("txt", b"words"), "a.flac": outlet.put_sound("a.flac", SOUND)}
    places = outlet.reveal()

    assert digests == {
        role: hashlib.sha256(place.read_bytes()).hexdigest() for role, place in places.items()
    }


def test_what_is_discarded_is_gone_and_may_be_discarded_again(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"words")
    outlet.discard()
    outlet.discard()

    assert list(tmp_path.iterdir()) == []


def test_what_was_revealed_stays_when_the_rest_is_discarded(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"words")
    outlet.reveal()
    outlet.discard()

    assert (tmp_path / "call.txt").read_bytes() == b"words"


def test_outputs_that_are_there_stay_whole_until_they_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "call.txt").write_bytes(b"old")
    reader = (tmp_path / "call.txt").open("rb")
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"new")
    before = (tmp_path / "call.txt").read_bytes()
    outlet.reveal()
    with reader:
        held = reader.read()

    assert (before, held) == (b"old", b"old")
    assert (tmp_path / "call.txt").read_bytes() == b"new"


def test_an_output_put_twice_is_the_last(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"a longer first one")
    outlet.put("txt", b"second")
    places = outlet.reveal()

    assert places["txt"].read_bytes() == b"second"


def test_the_rest_of_a_killed_run_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".call.txt.part").write_bytes(b"half of something that was longer")
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"new")

    assert outlet.reveal()["txt"].read_bytes() == b"new"


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_bytes(b"precious")
    for name in (".call.txt.part", "call.txt", ".call.redacted.flac.part"):
        (folder / name).symlink_to(elsewhere)
    outlet = FolderOutlet(folder, "call")
    outlet.put("txt", b"words")
    outlet.put_sound("redacted.flac", SOUND)
    outlet.reveal()

    assert elsewhere.read_bytes() == b"precious"
    assert (folder / "call.txt").read_bytes() == b"words"


@pytest.mark.parametrize(
    "stem", ["..", ".", "", "-", " ", "a\nb", "*", "\udcff", "~", "CON", "a.part"]
)
def test_an_odd_name_stays_in_its_folder(tmp_path: Path, stem: str) -> None:
    folder = tmp_path / "a" / "out"
    folder.mkdir(parents=True)
    outlet = FolderOutlet(folder, stem)
    outlet.put("txt", b"words")
    places = outlet.reveal()

    assert [p.read_bytes() for p in folder.iterdir()] == [b"words"]
    assert places["txt"].parent == folder
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [f"{stem}.txt"]


@pytest.mark.parametrize("stem", ["a/b", "/etc/a", "../a", "a/..", "a\0b"])
def test_a_name_that_leads_elsewhere_is_a_mistake(tmp_path: Path, stem: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        FolderOutlet(tmp_path, stem)


@pytest.mark.parametrize("stem", ["a" * 250, "é" * 125, "\U0001f399" * 60])
def test_a_name_too_long_is_unfit_before_any_work(tmp_path: Path, stem: str) -> None:
    with pytest.raises(Unfit, match="limit is 255") as refusal:
        FolderOutlet(tmp_path, stem)

    assert stem not in str(refusal.value)


def test_the_longest_name_that_is_taken_can_have_every_output(tmp_path: Path) -> None:
    longest = max(n for n in range(255) if _is_taken(tmp_path, "a" * n))
    outlet = FolderOutlet(tmp_path, "a" * longest)
    for role in EVERY_ROLE:
        outlet.put(role, b"x")

    assert len(outlet.reveal()) == len(EVERY_ROLE)
    assert longest > 200


def _is_taken(folder: Path, stem: str) -> bool:
    try:
        FolderOutlet(folder, stem)
    except Unfit:
        return False
    return True


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_a_folder_in_the_place_of_an_output_is_refused_before_any_work(
    tmp_path: Path, role: str
) -> None:
    (tmp_path / f"call.{role}").mkdir()

    with pytest.raises(Unfit, match="a folder stands"):
        FolderOutlet(tmp_path, "call")


def test_a_full_disk_reveals_nothing_and_leaves_nothing(
    tmp_path: Path, files_no_longer_than, capfd
) -> None:
    (tmp_path / "call.txt").write_bytes(b"old")
    outlet = FolderOutlet(tmp_path, "call")
    with files_no_longer_than(600):
        outlet.put("txt", b"words")
        with pytest.raises(Unavailable):
            outlet.put_sound("redacted.flac", SOUND)
        with pytest.raises(Unavailable) as refusal:
            outlet.put("vtt", b"x" * 1000)
    outlet.discard()

    assert "file too large" in str(refusal.value)
    assert [p.name for p in tmp_path.iterdir()] == ["call.txt"]
    assert (tmp_path / "call.txt").read_bytes() == b"old"
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_went_away_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    outlet = FolderOutlet(folder, "call")
    folder.rmdir()

    with pytest.raises(Unavailable):
        outlet.put("txt", b"words")
    with pytest.raises(Unavailable):
        outlet.put_sound("redacted.flac", OTHER)
    outlet.discard()


def test_what_cannot_be_put_in_place_is_said_and_can_be_discarded(tmp_path: Path) -> None:
    outlet = FolderOutlet(tmp_path, "call")
    outlet.put("txt", b"words")
    (tmp_path / "call.txt").mkdir()
    with pytest.raises(Unavailable):
        outlet.reveal()
    outlet.discard()

    assert [p.name for p in tmp_path.iterdir()] == ["call.txt"]
