"""What was planted in recordings comes out of no sink: docs/sinks.md is the register of them.

Rules:
1. Planted are names and numbers that are said, keys that are typed, a file's name and its tags, and
   words that are secret to an owner.
2. Every command runs, over recordings that are published, quarantined, broken and erased. A new
   command must be run here too, or a test fails.
3. All files that are left and all that was said are searched in every writing; sounds are heard.
"""

import argparse
import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sought
import soundfile
import toy_speech
from command_line import TOY, Answer, Shell, files_under, find_canaries, sound_canaries
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from numpy.typing import NDArray

import dialled
from sottovoce.backends.stream_position import PositionFile
from sottovoce.backends.stream_syslog import framed
from sottovoce.cli.at_vault import published_ledger
from sottovoce.cli.main import parser
from sottovoce.detection.knowledge import shipped
from sottovoce.detection.tones import find_tones
from sottovoce.intake.admit import admit
from sottovoce.intake.bounds import DEFAULT_LIMITS
from sottovoce.ledger.stream import Line, send_next
from sottovoce.ledger.tiles import KEY_FILE
from sottovoce.pipeline import redact
from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.report import render_report, report_of
from sottovoce.redaction.transcript import as_json, as_kept, as_text, as_vtt, redacted_transcript
from sottovoce.values.ids import RecordingId
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Word

pytestmark = pytest.mark.slow

STEM = "quentin-ashdown-55518842"
TAG = "ashdown tagged"
CARD = "4242428315274962"
KEYS = "5019717010103742"
SPOKEN = ("oliver", "marsh", "four two four two four two", "three oh five")
SAID = (*SPOKEN, CARD, KEYS, "305 305")
OF_THE_FILE = ("quentin", "ashdown", TAG, "55518842")
SECRET = "chairs arrive"  # noqa: S105
"""Words that are secret to an owner; they are said in the call."""
BURNT = ("three oh five", KEYS)
LONG = (
    *toy_speech.CALL[:4],
    " ".join(["thank you hello i can have the full back goodbye"] * 6),
)
NOTES = "my name is Oliver Marsh\nthe card number is 4242 4283 1527 4962 code 305\n"


def typed_call() -> NDArray[np.int16]:
    """Return the call with a card typed after it."""
    samples, _ = toy_speech.call()
    draw = random.Random(8)  # noqa: S311 - keys to be found again
    one = dialled.dial(KEYS, dialled.Manner(), rate_hz=toy_speech.RATE_HZ, draw=draw)
    typed = np.stack([np.zeros(len(one.wave)), one.wave * 32767], axis=1)
    return np.concatenate([samples, typed.astype(np.int16)])


def write_tagged(path: Path, samples: NDArray[np.int16]) -> None:
    """Write FLAC whose tags tell of a person."""
    with soundfile.SoundFile(path, "w", toy_speech.RATE_HZ, 2, subtype="PCM_16") as file:
        file.title, file.artist, file.comment = TAG, "quentin ashdown", CARD
        file.write(samples)


@dataclass
class World:
    """A shell, what its commands answered, and which they were."""

    shell: Shell
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    taken: Path = Path()

    def run(self, *arguments: object, **environment: str) -> Answer:
        answer = self.shell.run(*arguments, **environment)
        self.answers.append((" ".join(map(str, arguments)), answer))
        return answer

    def live(self, samples: NDArray[np.int16], *arguments: object) -> Answer:
        """Let sound pass; what comes out is left in files."""
        line = ["live", f"--rate={toy_speech.RATE_HZ}", "--channels=2", *map(str, arguments)]
        done = subprocess.run(
            [*self.shell.program, *line],
            input=samples.tobytes(),
            cwd=self.shell.folder,
            env=self.shell.environment,
            capture_output=True,
            check=False,
        )
        answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
        self.answers.append((" ".join(line), answer))
        return answer

    def look_for(self, text: str, verb: str) -> None:
        """Look for what was said, which a search reads and must not repeat."""
        line = ["index", verb, "--vault", str(self.shell.vault)]
        done = subprocess.run(
            [*self.shell.program, *line],
            input=text.encode(),
            cwd=self.shell.folder,
            env=self.shell.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
        self.answers.append((" ".join(line), answer))

    def be_witnessed(self) -> None:
        """Have a witness cosign the ledger's head; what both say is kept."""
        folder = self.shell.folder / "more" / "witness"
        line = ["witness", str(folder), "--log", str(self.shell.vault / KEY_FILE), "--port", "0"]
        witness = subprocess.Popen(
            [*self.shell.program, *line],
            cwd=self.shell.folder,
            env=self.shell.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert witness.stdout
        said = [witness.stdout.readline().decode() for _ in range(2)]
        key, url = (text.split()[-1] for text in said)
        (folder / "vkey").write_text(f"{key}\n")
        self.with_vault("ledger", "cosign", "--witness", url, "--witness-key", folder / "vkey")
        one = f'quorum = 1\n[[witness]]\nurl = "{url}"\nkey = "{key}"\n'
        (folder / "witnesses.toml").write_text(one)
        self.with_vault("ledger", "witnesses", folder / "witnesses.toml")
        self.with_vault("ledger", "cosign")
        witness.terminate()
        rest, errors = witness.communicate()
        told = Answer(0, "".join(said) + rest.decode(), errors.decode())
        self.answers.append((" ".join(line), told))

    def with_vault(self, *arguments: object, **environment: str) -> Answer:
        return self.run(*arguments, "--vault", self.shell.vault, **environment)

    @property
    def left(self) -> list[Path]:
        """Return the folders that sinks write to; not the inputs, nor what was exported."""
        shell = self.shell
        return [
            shell.out,
            shell.vault,
            shell.temporary,
            shell.folder / "home",
            self.shell.folder / "more",
        ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Run every command over what was planted."""
    world = World(Shell(tmp_path_factory.mktemp("sinks"), TOY))
    folder = world.shell.folder / "in"
    folder.mkdir()
    write_tagged(folder / f"{STEM}.flac", typed_call())
    toy_speech.write_call(folder / "leaks.wav", LONG)
    toy_speech.write_call(folder / "breaks.wav", (*toy_speech.CALL[:4], toy_speech.BREAKDOWN))
    (folder / "notes.txt").write_text(NOTES)
    (folder / "kinds.toml").write_text(
        f'[[kind]]\nid = "own.goods"\nname = "Goods"\nlabel = "GOODS"\nlexicon = ["{SECRET}"]\n'
    )
    (folder / "lexicon.jsonl").write_text(
        json.dumps({"kind": "biz.tradesecret", "label": "L1", "phrases": [SECRET], "as": "passage"})
    )
    process(world, folder)
    look(world, folder)
    undo(world)
    return world


def process(world: World, folder: Path) -> None:
    own = ("--kinds", folder / "kinds.toml", "--lexicon", folder / "lexicon.jsonl")
    out = ("--out", world.shell.out)
    call = folder / f"{STEM}.flac"
    first = world.with_vault("process", call, *out, *own, "--json", "--person", "cust-1")
    taken = world.shell.folder / "taken"
    recording = first.object["recording"]
    world.with_vault("recordings", "export", recording, "--out", taken, "--json")
    world.taken = taken
    stricter = ("--pseudonyms", "tenant", "--certificate", "full", "--speak")
    for form, fill, more in (
        ("wav", "room", stricter),
        ("opus", "silence", ()),
        ("mp3", "tone", ()),
    ):
        style = ("--sound", form, "--mask", fill)
        world.with_vault(
            "process", call, "--out", folder.parent / "more" / form, *own, *style, *more
        )
    world.with_vault("process", folder / "leaks.wav", *out, TOY_EAR="ghost")
    world.with_vault("process", folder / "breaks.wav", *out, *own, "--json")
    world.with_vault("process", folder / "notes.txt", folder / "kinds.toml", *out)


def held_back(world: World) -> object:
    listed = world.with_vault("recordings", "list", "--json").objects
    return next(one["recording"] for one in listed if one["state"] == "quarantined")


def approver(folder: Path) -> Path:
    """Write the public key of somebody who approves."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    path = folder / "rosa.pub"
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def asked_of_the_ledger(recording: object, more: Path) -> list[tuple[object, ...]]:
    return [
        ("ledger", "list"),
        ("ledger", "list", "--json"),
        ("ledger", "list", "--recording", recording, "--kind", "recording.opened"),
        ("ledger", "list", "--person", "cust-1", "--since", "1d"),
        ("ledger", "list", "--refused", "--json"),
        ("ledger", "show", "0"),
        ("ledger", "prove", "0"),
        ("ledger", "check"),
        ("ledger", "stream", "--to", f"file://{more}/siem.jsonl", "--position", more / "sent"),
        ("ledger", "head"),
        ("ledger", "export", more / "ledger"),
        ("evidence", "bundle", "--recording", recording, "--out", more / "evidence"),
    ]


def look(world: World, folder: Path) -> None:
    more = world.shell.folder / "more"
    recording = world.with_vault("recordings", "list", "--json").objects[0]["recording"]
    for arguments in (
        ("recordings", "list"),
        ("recordings", "show", recording),
        ("open", recording, "--from", "0", "--to", "1", "--out", world.taken),
        ("recipients", "new"),
        ("recipients", "show", "--out", more / "to.txt"),
        ("recipients", "list"),
        ("people", "list"),
        *asked_of_the_ledger(recording, more),
        ("vault", "check"),
        ("vault", "check", "--json"),
        ("vault", "ground"),
        ("keys", "list"),
        ("approvers", "enrol", approver(folder)),
        ("approvers", "list"),
        ("approvers", "remove", approver(folder)),
        ("recordings", "review", held_back(world)),
        ("recordings", "review", held_back(world), "--json"),
        ("verify", world.shell.out),
        ("verify", world.shell.out, "--json"),
    ):
        world.with_vault(*arguments)
    for verb in ("find", "words"):
        world.look_for("oliver marsh", verb)
    to = ("--to", more / "to.txt", "--out", more / "sealed")
    world.run("seal", folder / f"{STEM}.flac", *to)
    for verb in ("create", "list", "verify", "drill"):
        backup(world, verb)
    world.be_witnessed()
    world.with_vault("vault", "migrate", "--owner", "nobody")
    world.run("verify", more / "ledger")
    world.run("verify", more / "evidence")
    key = ("--log", world.shell.vault / KEY_FILE)
    world.run("monitor", more / "memory", *key, "--source", more / "ledger")
    world.run(
        "detect", folder / "notes.txt", "--all", "--passages", "--kinds", folder / "kinds.toml"
    )
    world.live(typed_call(), "--kinds", folder / "kinds.toml", "--sound-out", more / "live.pcm")
    world.run("completion", "bash")
    world.run("--help")


def undo(world: World) -> None:
    decided = ("--publish", "--accept-leak", "--reason", "false_alarm")
    places = ("--out", world.shell.folder / "more" / "decided")
    world.with_vault("recordings", "review", held_back(world), *decided, *places)
    recording = world.with_vault("recordings", "list", "--json").objects[0]["recording"]
    world.with_vault("vault", "repair")
    world.with_vault("pseudonyms", "destroy", "--yes")
    world.with_vault("keys", "rotate", "tenant")
    world.with_vault("index", "destroy", "words", "--yes")
    listed = world.with_vault("recipients", "list", "--json").objects
    world.with_vault("recipients", "destroy", listed[0]["recipient"], "--yes")
    world.with_vault("recordings", "erase", recording, "--yes")
    world.with_vault("people", "erase", "cust-1", "--yes")
    world.with_vault("keys", "destroy", "person", "cust-1", "--yes")
    world.with_vault("recordings", "list")
    backup(world, "create", "--keep-days", "1")
    root = ("--root-key", world.shell.vault / "root.key")
    backup(world, "restore", *root, vault=world.shell.folder / "more" / "back")
    backup(world, "expire", "--keep-days", "0")


def backup(world: World, verb: str, *more: object, vault: Path | None = None) -> None:
    folder = world.shell.folder / "more"
    where = ("--keys", folder / "keys", "--vault", vault or world.shell.vault)
    world.run("backup", verb, folder / "backups", *more, *where)


def commands(above: argparse.ArgumentParser, name: str = "") -> Iterator[str]:
    groups = [a for a in above._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield name
    for group in groups:
        for word, below in group.choices.items():
            yield from commands(below, f"{name} {word}".strip())


def test_every_command_was_run_and_the_main_ones_did_their_work(world: World) -> None:
    """Else: run the new command in `look` or `undo`, over what was planted."""
    ran = [f"{line} " for line, _ in world.answers]
    missing = [c for c in commands(parser()) if not any(line.startswith(f"{c} ") for line in ran)]
    # Published, taken out, published in other forms, quarantined, broken, unfit; then all else.
    statuses = [answer.status for _, answer in world.answers[:8]]
    # How weak the ground of the machine is that runs the tests is nothing that a test decides, and
    # there is no database here: what is said of that is searched all the same.
    other = ("vault ground", "vault migrate")
    rest = [(line, one) for line, one in world.answers[8:] if not line.startswith(other)]
    failed = {line: answer.err for line, answer in rest if answer.status}

    assert missing == []
    assert statuses == [0, 0, 0, 0, 0, 1, 3, 2]
    assert failed == {}
    assert [path.name for path in world.shell.out.glob("leaks.*")] == ["leaks.receipt.json"]


def test_nothing_planted_is_in_any_file_that_is_left(world: World) -> None:
    secrets = (*SAID, *OF_THE_FILE, SECRET)
    found = {
        str(path.relative_to(world.shell.folder)): told
        for path in files_under(*world.left)
        if (told := sought.said(path.read_bytes(), secrets))
    }

    assert found == {}


def test_nothing_planted_is_in_what_any_command_says(world: World) -> None:
    """The name of a file is its owner's, who gave it; it is said to nobody else."""
    secrets = (*SAID, TAG, SECRET)
    found = {
        line: told
        for line, answer in world.answers
        if (told := sought.said((answer.out + answer.err).encode(), secrets))
    }

    assert found == {}


def test_a_watcher_is_told_nothing_planted(world: World, tmp_path: Path) -> None:
    """What goes by syslog is searched as it is framed; by HTTP the same lines go."""
    sent: list[Line] = []

    class Watcher:
        def take(self, lines: Sequence[Line]) -> None:
            sent.extend(lines)

    with closing(PositionFile(tmp_path / "position")) as memory:
        while send_next(partial(published_ledger, world.shell.vault), memory, Watcher()):
            pass
    data = b"".join(framed(line) for line in sent)

    assert {line.kind for line in sent} >= {"recording.arrived", "index.searched", "person.erased"}
    assert sought.said(data, (*SAID, *OF_THE_FILE, SECRET)) == []


def test_no_sound_that_is_left_says_what_was_said(world: World) -> None:
    secrets = (*SPOKEN, KEYS[:4], "three", "oliver marsh")
    kinds = (".flac", ".wav", ".opus", ".mp3", ".html")
    heard = {
        path: [sought.heard(sound) for sound in sought.sounds(path.read_bytes())]
        for path in files_under(*world.left)
        if path.suffix in kinds
    }
    found = {p: s for p, texts in heard.items() for s in secrets if any(s in t for t in texts)}
    # Of what was held back next to nothing is left to be heard.
    deaf = [
        path.name
        for path, texts in heard.items()
        if path.parent.name != "decided" and not any("thank you" in text for text in texts)
    ]

    assert found == {}
    assert deaf == []
    assert {path.suffix for path in heard} == set(kinds)


def test_what_passes_live_says_nothing_planted(world: World) -> None:
    passed = world.shell.folder / "more" / "live.pcm"
    samples = np.frombuffer(passed.read_bytes(), "<i2").reshape(-1, 2)
    sound = SoundInMemory(toy_speech.RATE_HZ, tuple(samples.T.copy()))
    (words,) = (answer.out for line, answer in world.answers if line.startswith("live "))
    heard = sought.heard(sound)

    assert "thank you" in heard
    assert "thank you" in words
    assert [secret for secret in (*SPOKEN, KEYS[:4]) if secret in heard] == []
    assert find_tones(sound) == ()
    assert sought.said(words.encode(), (*SAID, SECRET)) == []


def test_no_sound_rests_readable_in_the_vault(world: World) -> None:
    canaries = sound_canaries(typed_call(), toy_speech.RATE_HZ)

    assert find_canaries(canaries, world.shell.vault, world.shell.temporary) == []


def test_an_export_has_what_is_kept_and_nothing_that_was_burnt(world: World) -> None:
    words, sound = (next(world.taken.glob(f"*.{role}")) for role in ("words.json", "original.flac"))

    assert sought.said(words.read_bytes(), ("oliver marsh", *BURNT)) == ["oliver marsh"]
    assert sought.spoken_in(sound, ("oliver marsh", *BURNT)) == ["oliver marsh"]
    assert sought.said(sound.read_bytes(), OF_THE_FILE) == []


def test_the_name_of_a_file_is_in_no_byte_and_no_argument(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *arguments: object, **options: object) -> None:
            started.append(repr((arguments, options)))
            super().__init__(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", Watched)
    write_tagged(tmp_path / f"{STEM}.flac", typed_call())
    with admit(tmp_path / f"{STEM}.flac", limits=DEFAULT_LIMITS) as admission:
        list(admission)

    assert started
    assert not [line for line in started if "ashdown" in line.replace(str(tmp_path), "").lower()]
    assert {path.name.partition(".")[0] for path in world.shell.out.iterdir()} == {STEM, "leaks"}
    rest = [world.shell.vault, world.shell.temporary, world.shell.folder / "home"]
    assert [path.name for path in files_under(*rest) if "ashdown" in path.name] == []


BROKEN = {
    "profile.toml": f'name = "own"\nversion = 1\n[kinds]\n"oliver marsh {CARD}" = "mask"\n',
    "torn.toml": f'name = "own\nversion = oliver marsh {CARD}\n',
    "kinds.toml": f'[[kind]]\nid = "own.goods"\nlexicon = "oliver marsh {CARD}"\n',
    "lexicon.jsonl": f'{{"kind": "oliver marsh", "phrases": ["{CARD}"\n',
    "words.jsonl": f'{{"kind": "fin.pan", "label": "oliver marsh", "phrases": [{CARD}]}}\n',
    "call.receipt.json": f'{{"oliver marsh": "{CARD}"}}',
    "call.wav": f"RIFF oliver marsh {CARD}",
    "call.flac": f"fLaC oliver marsh {CARD}" * 100,
}


@pytest.mark.parametrize(
    "arguments",
    [
        ("process", "call.wav"),
        ("process", "call.flac", "--json"),
        ("process", "good.wav", "--profile", "profile.toml"),
        ("process", "good.wav", "--profile", "torn.toml"),
        ("process", "good.wav", "--kinds", "kinds.toml"),
        ("process", "good.wav", "--lexicon", "lexicon.jsonl"),
        ("process", "good.wav", "--lexicon", "words.jsonl"),
        ("process", "breaks.wav"),
        ("process", "breaks.wav", "--json"),
        ("detect", "notes.txt", "--lexicon", "lexicon.jsonl"),
        ("verify", "call.receipt.json"),
        ("verify", "."),
        ("recordings", "list", "--vault", "."),
    ],
    ids=" ".join,
)
def test_no_error_repeats_what_it_met(toy: Shell, arguments: Sequence[str]) -> None:
    for name, text in BROKEN.items():
        (toy.folder / name).write_text(text)
    (toy.folder / "notes.txt").write_text(NOTES)
    toy_speech.write_call(toy.folder / "good.wav", toy_speech.CALL[:2])
    toy_speech.write_call(toy.folder / "breaks.wav", (*toy_speech.CALL[:2], toy_speech.BREAKDOWN))
    places = ("--out", "out", "--vault", "vault") if arguments[0] == "process" else ()
    answer = toy.run(*arguments, *places)

    assert answer.status != 0
    assert answer.err + answer.out
    assert sought.said((answer.out + answer.err).encode(), ("oliver", "marsh", CARD)) == []


ELSE = "zeppelin"
"""What a recogniser says that it may have heard besides, of every word."""


def with_alternatives(segment: Segment) -> Segment:
    words = tuple(replace(word, alternatives=(ELSE, "oliver marsh")) for word in segment.words)
    return replace(segment, words=words)


@pytest.fixture(scope="module")
def values() -> list[Any]:
    """Return all that is made of a recording on its way, in memory."""
    samples = typed_call()
    sound = SoundInMemory(toy_speech.RATE_HZ, tuple(samples.T.copy()))
    profile = load_profile("gdpr-default")
    done = redact(sound, profile, toy_speech.listeners(), lambda *_: None, shipped())
    segments = [with_alternatives(segment) for segment in done.transcript.segments]
    shown = redacted_transcript(
        RecordingId("rec_" + "0" * 20), sound, segments, done.findings, done.masks, profile,
        passages=done.passages,
    )  # fmt: skip
    masked = MaskedSound(sound, shown.masked)
    return [sound, done, segments, shown, masked, report_of(masked, shown, ())]


def parts(value: object) -> Iterator[object]:
    """Yield a value and all that is in it."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from parts(getattr(value, one.name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from parts(item)


def test_no_value_shows_what_was_said(values: list[Any]) -> None:
    made = [part for value in values for part in parts(value) if is_dataclass(part)]
    shown = "\n".join(repr(part) for part in made)

    assert any(isinstance(part, Word) and part.text == "marsh" for part in made)
    assert sought.said(shown.encode(), (*SPOKEN, CARD, KEYS, ELSE)) == []


def test_what_a_recogniser_heard_besides_is_in_no_output(values: list[Any]) -> None:
    *_, shown, _, report = values
    outputs = [as_json(shown), as_text(shown), as_vtt(shown), render_report(report)]
    outputs += [as_kept(shown, channel) for channel in (0, 1)]

    assert [sought.said(output, (ELSE, "oliver", "marsh")) for output in outputs] == [[]] * 6


@pytest.mark.parametrize("secret", ["oliver", CARD, "José Núñez"])
def test_the_search_finds_what_it_seeks_in_every_writing(secret: str) -> None:
    """Else the tests above would prove nothing."""
    forms = sought.hidden_forms(secret)

    assert [name for name, data in forms.items() if not sought.said(data, [secret])] == []
    assert not sought.said(b"nothing of it, 4242 and 1527, olive and r", [secret])


def test_the_search_hears_what_it_seeks(tmp_path: Path) -> None:
    write_tagged(tmp_path / "call.flac", typed_call())
    page = b"<i>" + sought.base64.b64encode((tmp_path / "call.flac").read_bytes()) + b"</i>"
    (tmp_path / "page.html").write_bytes(page)
    for path in (tmp_path / "call.flac", tmp_path / "page.html"):
        assert sought.spoken_in(path, (*SPOKEN, KEYS, "counsel")) == [*SPOKEN, KEYS]

    assert sought.said((tmp_path / "call.flac").read_bytes(), OF_THE_FILE[:3]) == list(
        OF_THE_FILE[:3]
    )
