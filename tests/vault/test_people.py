"""Erasing a person reaches every recording of theirs, and nothing of anyone else's."""

import argparse
import json

import numpy as np
import pytest
import soundfile

from sottovoce.cli import people, recordings
from sottovoce.values.errors import Conflict, Missing, Refused, Unavailable
from sottovoce.values.ids import PersonId
from sottovoce.vault.holding import NOBODY, State
from sottovoce.vault.keys import object_name, person_name

SOLO = PersonId("solo-3")


class Called:
    """A vault with a call of agent and caller, another of the agent alone, and a stranger's."""

    def __init__(self, folder, ways) -> None:
        self.folder, self.ways = folder, ways
        self.vault = folder.open()
        self.sound = ways.stereo(80_000)
        self.call, self.other, self.alone = (
            ways.arrive(self.vault, self.sound, persons=persons)
            for persons in (
                (ways.agent, ways.caller),
                (SOLO, ways.caller),
                (ways.caller, ways.caller),
            )
        )
        for recording in (self.call, self.other, self.alone):
            ways.keep(self.vault, recording, self.sound)

    def erase(self, person: PersonId) -> int | None:
        return self.vault.erase_person(person, event=self.vault.event("person.erased"))


@pytest.fixture
def called(folder, ways) -> Called:
    return Called(folder, ways)


def test_the_others_channels_stay_and_theirs_is_silent(called, ways) -> None:
    called.erase(ways.caller)

    with called.vault.open(called.call) as opened:
        assert np.array_equal(opened.sound.read(0, 0, 80_000), called.sound[0])
        assert not opened.sound.read(1, 0, 80_000).any()
        assert opened.sound.read(1, 79_990, 90_000).shape == (10,)
        assert opened.text("words", 0) == b'{"w":0}'
        with pytest.raises(Missing, match="erased with its person"):
            opened.text("words", 1)
    assert called.vault.show(called.call).persons == (ways.agent, NOBODY)


def test_a_recording_that_is_theirs_alone_is_erased(called, ways) -> None:
    called.erase(ways.caller)

    assert called.vault.show(called.alone).state is State.ERASED
    with pytest.raises(Missing):
        called.vault.open(called.alone)


def test_no_key_and_no_file_of_theirs_is_left(called, ways) -> None:
    names = [
        person_name(ways.caller),
        object_name(called.call, 1),
        object_name(called.alone, 0),
        object_name(called.alone, 1),
    ]
    keys = [called.vault.keys._shelf.wrapped(name) for name in names]
    assert all(key and key in called.folder.raw() for key in keys)
    called.erase(ways.caller)

    assert not any(key in called.folder.raw() for key in keys)
    assert not [name for name in called.folder.files() if called.alone in name]
    assert f"{called.call}/audio-0.seal" in called.folder.files()
    assert f"{called.call}/audio-1.seal" not in called.folder.files()
    assert ways.caller.encode() not in called.folder.raw()
    assert list(called.vault.check(progress=lambda size: None)) == []


def test_people_are_counted_by_recordings(called, ways) -> None:
    assert dict(called.vault.people()) == {ways.agent: 1, ways.caller: 3, SOLO: 1}
    called.erase(ways.caller)

    assert dict(called.vault.people()) == {ways.agent: 1, SOLO: 1}


def test_erasing_twice_is_the_same(called, ways) -> None:
    assert called.erase(ways.caller) is not None
    entries = called.folder.entries()

    assert called.erase(ways.caller) is None
    assert called.folder.entries() == entries


def test_the_last_of_two_erased_persons_erases_the_recording(called, ways) -> None:
    called.erase(ways.caller)
    called.erase(ways.agent)

    assert called.vault.show(called.call).state is State.ERASED
    assert not [name for name in called.folder.files() if called.call in name]


def test_a_recording_that_waits_must_be_worked_on_first(called, ways) -> None:
    waiting = ways.arrive(called.vault, called.sound)
    with pytest.raises(Conflict, match=waiting):
        called.erase(ways.caller)

    assert dict(called.vault.people())[ways.caller] == 4


def test_a_person_who_comes_again_has_a_new_key(called, ways) -> None:
    old = called.vault.keys._shelf.wrapped(person_name(ways.caller))
    called.erase(ways.caller)
    again = ways.arrive(called.vault, called.sound)
    ways.keep(called.vault, again, called.sound)

    assert called.vault.keys._shelf.wrapped(person_name(ways.caller)) != old
    with called.vault.open(again) as opened:
        assert np.array_equal(opened.sound.read(1, 0, 80_000), called.sound[1])


def test_what_a_crash_leaves_is_cleared_by_the_next_start(called, ways, monkeypatch) -> None:
    def dies(*parts: object) -> None:
        raise Unavailable("the machine stops")

    monkeypatch.setattr(called.vault._parts, "prune", dies)
    with pytest.raises(Unavailable):
        called.erase(ways.caller)
    called.vault.close()
    vault = called.folder.open()
    vault.recover(lambda recording: vault.event("recording.undone", recording))

    assert f"{called.call}/audio-1.seal" not in called.folder.files()
    assert not [name for name in called.folder.files() if called.alone in name]
    assert list(vault.check(progress=lambda size: None)) == []


def run(called, *words: object) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for module in (people, recordings):
        module.add(commands, open_vault=lambda path: called.folder.open())
    read = parser.parse_args([*map(str, words), "--vault", str(called.folder.path)])
    return int(read.run(read))


def test_the_command_lists_and_erases(called, ways, capsys) -> None:
    called.vault.close()
    assert run(called, "people", "list") == 0
    assert capsys.readouterr().out.split() == ["1", "agent-7", "3", "caller-1", "1", "solo-3"]
    with pytest.raises(Refused, match="nobody can be asked"):
        run(called, "people", "erase", ways.caller)
    assert run(called, "people", "erase", ways.caller, "--yes") == 0
    assert capsys.readouterr().out == "caller-1 is erased from 3 recording(s)\n"
    assert run(called, "people", "erase", ways.caller, "--yes") == 0
    assert "erased already" in capsys.readouterr().out


def test_what_is_left_of_a_recording_can_be_taken_out(called, ways, capsys, tmp_path) -> None:
    called.erase(ways.caller)
    called.vault.close()
    assert run(called, "recordings", "export", called.call, "--out", tmp_path, "--json") == 0

    outputs = json.loads(capsys.readouterr().out)["outputs"]
    sound, _ = soundfile.read(outputs["original"], dtype="int16")
    assert np.array_equal(sound[:, 0], called.sound[0])
    assert not sound[:, 1].any()
    words = json.loads((tmp_path / f"{called.call}.words.json").read_text())
    assert words["channels"] == [{"w": 0}, {"channel": 1, "erased": True}]
