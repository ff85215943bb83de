"""What may not be kept at all is neither in what is kept nor in what is published."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import REAL, SAMPLES, TOY, Shell, find_canaries, sound_canaries, word_canaries
from numpy.typing import NDArray

from sottovoce.values.speech import Span

pytestmark = pytest.mark.slow

CODE = "my security code is three oh five"
NUMBER = toy_speech.CALL[3]
MARGIN_S = 0.45
"""More than what is masked around a finding, with its fade."""


@dataclass(frozen=True)
class Journey:
    """A recording that came, what was published of it, and what the vault gives out of it."""

    shell: Shell
    came: NDArray[np.int16]
    rate_hz: int

    @property
    def kept(self) -> NDArray[np.int16]:
        (path,) = (self.shell.folder / "taken").glob("*.original.flac")
        return self._read(path)

    @property
    def published(self) -> NDArray[np.int16]:
        (path,) = self.shell.out.glob("*.redacted.flac")
        return self._read(path)

    @property
    def words(self) -> list[str]:
        """The texts of the kept segments, in lower case."""
        (path,) = (self.shell.folder / "taken").glob("*.words.json")
        channels = json.loads(path.read_text())["channels"]
        return [s["text"].lower() for channel in channels for s in channel["segments"]]

    def frames(self, span: Span, margin_s: float = 0.0) -> slice:
        first = max(0.0, span.start_s - margin_s)
        return slice(round(first * self.rate_hz), round((span.end_s + margin_s) * self.rate_hz))

    def _read(self, path: Path) -> NDArray[np.int16]:
        samples, rate_hz = soundfile.read(path, dtype="int16")

        assert (samples.shape, rate_hz) == (self.came.shape, self.rate_hz)
        return samples


def travel(folder: Path, program: list[str], recording: Path) -> Journey:
    """Take a recording all the way, and then out of the vault again."""
    shell = Shell(folder, program)
    answer = shell.process(recording, "--json")

    assert answer.status == 0, answer.err
    taken = ("--out", shell.folder / "taken", "--vault", shell.vault)
    assert shell("recordings", "export", answer.object["recording"], *taken).status == 0
    came, rate_hz = soundfile.read(recording, dtype="int16")
    return Journey(shell, came, rate_hz)


@pytest.fixture(scope="module")
def toy_call(tmp_path_factory: pytest.TempPathFactory) -> tuple[Journey, dict[str, Span]]:
    folder = tmp_path_factory.mktemp("toy")
    spans = toy_speech.write_call(folder / "call.wav")
    return travel(folder / "way", TOY, folder / "call.wav"), spans


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    return travel(tmp_path_factory.mktemp("sample"), REAL, SAMPLES / "support-call.flac")


def code_of(spans: dict[str, Span]) -> Span:
    return toy_speech.word_span(spans, CODE, 4, 6)


def test_the_kept_original_is_silent_where_the_code_was_said(toy_call) -> None:
    journey, spans = toy_call
    code = code_of(spans)

    assert np.abs(journey.came[journey.frames(code), 1]).max() > 5000
    assert not journey.kept[journey.frames(code), 1].any()


def test_what_is_hidden_around_the_code_is_burnt_too(toy_call) -> None:
    """The clocks differ, so what is hidden is wider; what is kept must not be less."""
    journey, spans = toy_call

    assert not journey.kept[journey.frames(code_of(spans), 0.06), 1].any()


def test_the_kept_original_is_as_it_came_everywhere_else(toy_call) -> None:
    journey, spans = toy_call
    burnt = np.zeros(journey.came.shape, bool)
    burnt[journey.frames(code_of(spans), MARGIN_S), 1] = True

    assert np.array_equal(journey.kept[~burnt], journey.came[~burnt])


def test_the_kept_words_lack_the_code_and_nothing_else(toy_call) -> None:
    journey, _ = toy_call
    text = "\n".join(journey.words)

    assert "three oh five" not in text
    assert not {"three", "oh"} & set("".join(w for w in journey.words if "security" in w).split())
    assert NUMBER in text
    assert "my name is oliver marsh" in text


def test_what_is_published_has_neither_the_code_nor_the_number(toy_call) -> None:
    journey, spans = toy_call
    number = toy_speech.word_span(spans, NUMBER, 4, 19)
    for span in (code_of(spans), number):
        before = journey.came[journey.frames(span), 1].astype(float)
        after = journey.published[journey.frames(span), 1].astype(float)

        assert abs(np.corrcoef(before, after)[0, 1]) < 0.05
    said = word_canaries([*toy_speech.SECRETS])
    assert find_canaries(said, journey.shell.out) == []


def test_the_arrival_and_its_key_are_gone(toy_call) -> None:
    journey, _ = toy_call
    with closing(sqlite3.connect(journey.shell.vault / "vault.db")) as database:
        purposes = {row[0] for row in database.execute("SELECT purpose FROM key_name")}
        (empty,) = database.execute(
            "SELECT count(*) FROM key_slot WHERE wrapped = zeroblob(length(wrapped))"
        ).fetchone()

    assert purposes == {"service", "tenant", "person", "object"}
    assert empty == 1
    assert not list(journey.shell.vault.rglob("arrival*"))


def test_the_ledger_says_that_it_was_burnt(toy_call) -> None:
    journey, _ = toy_call
    entries = journey.shell("ledger", "list", "--vault", journey.shell.vault, "--json").objects
    (processed,) = (entry for entry in entries if entry["kind"] == "recording.processed")

    assert processed["facts"]["burnt"] == {"fin.cvv": 1}


def truth() -> list[tuple[str, str, Span]]:
    """Return the kind, the value and the time of all that is sensitive in the sample."""
    said = json.loads((SAMPLES / "support-call.truth.json").read_text())
    return [
        (span["kind"], span["value"], Span(span["start_s"], span["end_s"], span["channel"]))
        for span in said["spans"]
    ]


def test_the_code_of_the_sample_is_burnt(sample: Journey) -> None:
    ((_, _, code),) = (row for row in truth() if row[0] == "fin.cvv")

    assert not sample.kept[sample.frames(code), code.channel].any()
    assert not [text for text in sample.words if "three oh five" in text]


def test_all_that_is_sensitive_in_the_sample_is_hidden(sample: Journey) -> None:
    audible = []
    for kind, value, span in truth():
        before = sample.came[sample.frames(span), span.channel].astype(float)
        after = sample.published[sample.frames(span), span.channel].astype(float)
        same = np.mean((before == after) & (np.abs(before) > 100))
        if same > 0.01:
            audible.append((kind, value, round(float(same), 2)))

    assert audible == []


def test_no_sensitive_word_of_the_sample_is_in_any_output(sample: Journey) -> None:
    words = ["Laura", "Oliver", "Marsh", "Alder Lane", "seventeenth", "nineteen eighty", "84902"]
    digits = ["4242428315274962", "2125550147", "four two four", "two one two", "eight four nine"]
    canaries = word_canaries([*words, *digits, "example dot com", "example.com", "three oh five"])

    assert find_canaries(canaries, sample.shell.out, sample.shell.temporary) == []


def test_no_sound_of_the_sample_rests_readable(sample: Journey) -> None:
    canaries = sound_canaries(sample.came, sample.rate_hz)

    assert find_canaries(canaries, sample.shell.vault, sample.shell.temporary) == []
