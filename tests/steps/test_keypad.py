"""What was typed is heard by nobody; what is left of it in the redacted sound is a leak."""

import numpy as np

from sottovoce.detection.keypad import HIGH_HZ, LOW_HZ
from sottovoce.detection.tones import find_entries, find_tones
from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.profile import Profile, load_profile
from sottovoce.redaction.rehear import LeakCheck
from sottovoce.steps.hiding import plan
from sottovoce.steps.keypad import hide_tones_left, shown_tones, without_tones
from sottovoce.values.finding import Action
from sottovoce.values.sound import SoundInMemory

RATE_HZ = 8_000
PASSED = LeakCheck(True, 1, ())


def typed(*starts_s: float) -> SoundInMemory:
    """Return six seconds with the key 5, for a tenth of a second each."""
    wave = np.zeros(6 * RATE_HZ)
    at = np.arange(RATE_HZ // 10) / RATE_HZ
    for start_s in starts_s:
        first = round(start_s * RATE_HZ)
        tones = np.sin(2 * np.pi * LOW_HZ[1] * at) + np.sin(2 * np.pi * HIGH_HZ[1] * at)
        wave[first : first + len(at)] = tones * 4_000
    return SoundInMemory(RATE_HZ, (wave.astype(np.int16),))


def test_who_listens_hears_no_tones() -> None:
    sound = typed(1.0, 1.3, 4.9, 5.2)
    quiet = without_tones(sound, find_entries(sound))

    assert not quiet.read(0, 0, quiet.frames).any()


def test_who_listens_hears_what_is_said_between_tones() -> None:
    sound = typed(1.0, 2.5)
    hum = np.sin(2 * np.pi * 150 * np.arange(6 * RATE_HZ) / RATE_HZ) * 400
    talk = SoundInMemory(RATE_HZ, (sound.samples[0] + hum.astype(np.int16),))
    quiet = without_tones(talk, find_entries(talk))
    pause = slice(round(1.2 * RATE_HZ), round(2.4 * RATE_HZ))

    assert find_tones(talk)[0].end_s > 2.5
    assert (quiet.read(0, pause.start, pause.stop) == talk.samples[0][pause]).all()
    assert not quiet.read(0, round(1.01 * RATE_HZ), round(1.09 * RATE_HZ)).any()


def test_what_may_be_talk_is_heard_as_it_is_and_hidden_all_the_same() -> None:
    sound, profile = typed(2.0), load_profile("pci")
    (entry,) = find_entries(sound)
    heard = without_tones(sound, [entry])
    (mask,) = plan([entry.finding], (), profile, sound)

    assert not entry.is_sure
    assert (heard.read(0, 0, heard.frames) == sound.samples[0]).all()
    assert (mask.span.start_s, mask.span.end_s) < (2.0, 2.2)
    assert mask.span.end_s > 2.1


def test_the_text_has_a_placeholder_for_each_entry() -> None:
    segments = shown_tones(find_tones(typed(1.0, 1.3, 4.9)))

    assert [[word.text for word in s.words] for s in segments] == [["[DTMF]"], ["[DTMF]"]]


def test_nothing_left_leaves_the_check_as_it_was() -> None:
    sound = typed(1.0)
    findings = find_tones(sound)

    assert hide_tones_left(findings, PASSED, load_profile("pci"), sound) == (findings, PASSED)


def test_what_was_not_found_at_first_is_hidden_and_counted() -> None:
    sound, profile = typed(1.0, 1.3, 4.9), load_profile("pci")
    findings, check = hide_tones_left((), PASSED, profile, sound)
    masks = plan(findings, check.hidden, profile, sound)

    assert (check.passed, dict(check.heard), dict(check.left)) == (True, {"fin.dtmf": 2}, {})
    assert {mask.action for mask in masks} == {Action.BURN}
    assert find_tones(MaskedSound(sound, [mask.span for mask in masks])) == ()


def test_what_cannot_be_hidden_is_a_leak() -> None:
    keeps = Profile("keeps", 1, "", {"fin.dtmf": Action.KEEP})
    _, check = hide_tones_left((), PASSED, keeps, typed(1.0))

    assert not check.passed
    assert [leak.kind for leak in check.remaining] == ["fin.dtmf"]
    assert dict(check.left) == {"fin.dtmf": 1}
