"""The one place where backends are chosen."""

import os
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sottovoce.app import App
from sottovoce.backends.embedded_vault import open_vault as open_folder
from sottovoce.backends.file_parts import files_at_work, sync_folder
from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.detection.detector import Guarded, load_detectors
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.intake.bounds import DEFAULT_LIMITS
from sottovoce.ledger.note import ledger_signer
from sottovoce.redaction.light_voice import Bender
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.steps.order import Workshop
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.values.ids import ActorId
from sottovoce.vault.keys import Keys
from sottovoce.vault.vault import Vault

if TYPE_CHECKING:
    from sottovoce.speech.voice import VoiceActivity
    from sottovoce.speech.whisper import Whisper

KEY_FILE = "ledger.vkey"
_MOST_PASSPHRASE = 4096


def embedded(path: Path) -> App:
    """Open the vault of a folder with its ledger, or make them.

    A passphrase that wraps the root key is read from the file that SOTTOVOCE_PASSPHRASE_FILE names.
    """
    return embedded_with_log(path)[0]


def embedded_with_log(path: Path) -> tuple[App, SQLiteLog]:
    """Open the vault of a folder, and its ledger as what it is: a restored one is put on."""
    logs: list[SQLiteLog] = []

    def journal(connection: sqlite3.Connection, keys: Keys) -> SQLiteLog:
        signer = ledger_signer(keys.signing_seed())
        logs.append(SQLiteLog(connection, origin=signer.key.name, signer=signer))
        return logs[0]

    actor = ActorId(f"uid:{os.getuid()}")
    vault = open_folder(
        path,
        journal=journal,
        clock=lambda: datetime.now(UTC),
        actor=actor,
        passphrase=passphrase(),
    )
    signer = ledger_signer(vault.keys.signing_seed())
    _publish_key(path / KEY_FILE, signer.key.vkey)
    return App(vault, logs[0], signer, actor), logs[0]


def open_vault(path: Path) -> Vault:
    """Open the vault of a folder."""
    return embedded(path).vault


def workshop(app: App, *, model: Path | None, knowledge: Knowledge | None = None) -> Workshop:
    """Load the models and gather what recordings are worked on with."""
    # Late, so that a command that hears nothing loads no models.
    from sottovoce.speech import models
    from sottovoce.speech.moonshine import Moonshine
    from sottovoce.speech.sphinx import Sphinx
    from sottovoce.speech.transcribe import Listeners
    from sottovoce.speech.voice import VoiceActivity
    from sottovoce.speech.whisper import Whisper

    known = knowledge or shipped()
    first = _whisper(Whisper, model, known.language)
    listeners = Listeners(
        VoiceActivity(models.silero()),
        first,
        Moonshine(models.moonshine()),
        Sphinx(models.sphinx()),
    )
    return Workshop(app.vault, app.log, app.signer, listeners, DEFAULT_LIMITS, app.actor, known)


def live_ears(model: Path | None, language: str) -> "tuple[VoiceActivity, Whisper]":
    """Load what hears while talk goes on: where voice is, and a recogniser."""
    from sottovoce.speech import models
    from sottovoce.speech.voice import VoiceActivity
    from sottovoce.speech.whisper import QuickWhisper

    return VoiceActivity(models.silero()), _whisper(QuickWhisper, model, language)


def _whisper(kind: "type[Whisper]", model: Path | None, language: str) -> "Whisper":
    from sottovoce.speech import models

    own = model or (Path(named) if (named := os.environ.get("SOTTOVOCE_MODEL")) else None)
    weights = models.own_whisper(own) if own else models.demo_whisper()
    try:
        return kind(weights, language=language)
    except (RuntimeError, ValueError) as error:
        raise Unfit(
            f"the model {weights.name} cannot be loaded",
            hint="give the folder of a whole Whisper model converted to CTranslate2",
        ) from error


def bender() -> Bender:
    """Load what bends voices, or raise Unavailable where it is not installed."""
    from sottovoce.backends.world_bender import WorldBender

    return WorldBender()


def synthesiser() -> Synthesiser:
    """Load the voice that says stand-ins; raise Unavailable when none is installed."""
    from sottovoce.backends.hibari_synthesiser import HibariSynthesiser

    return HibariSynthesiser()


def detectors(names: Iterable[str], *, own: Iterable[str] = ()) -> tuple[Guarded, ...]:
    """Load the detectors that the owner names: a model by its folder, others by entry point.

    A name with a `/` is a folder. They may find the kinds of the register and of the owner's `own`.
    """
    own = frozenset(own)
    loaded: list[Guarded] = []
    for name in dict.fromkeys(names):
        if "/" in name:
            from sottovoce.backends.onnx_detector import open_model

            loaded.append(open_model(Path(name), own=own))
        else:
            loaded += load_detectors([name], own=own)
    return tuple(loaded)


def passphrase() -> bytes | None:
    """Return the passphrase that the settings name a file of, None where they name none."""
    named = os.environ.get("SOTTOVOCE_PASSPHRASE_FILE")
    return passphrase_of(Path(named)) if named else None


def backup_passphrase() -> bytes | None:
    """Return the passphrase of the backups' keys, None where the settings name no file of it."""
    named = os.environ.get("SOTTOVOCE_BACKUP_PASSPHRASE_FILE")
    return passphrase_of(Path(named)) if named else None


def passphrase_of(path: Path) -> bytes:
    """Read a passphrase from its file, or raise Unfit."""
    try:
        with path.open("rb") as file:
            words = file.read(_MOST_PASSPHRASE + 1).rstrip(b"\r\n")
    except OSError as error:
        raise Unfit("the file of the passphrase cannot be read") from error
    if not 8 <= len(words) <= _MOST_PASSPHRASE:
        raise Unfit(f"the passphrase has {len(words)} bytes; it needs 8 to {_MOST_PASSPHRASE}")
    return words


def _publish_key(path: Path, vkey: str) -> None:
    line = f"{vkey}\n".encode()
    with files_at_work():
        if not path.exists():
            aside = path.with_suffix(".part")
            with aside.open("wb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            sync_folder(path.parent)
        if path.read_bytes() != line:
            raise Tampered(
                f"the key that the vault publishes in {KEY_FILE} is not the one that signs",
                hint="find out who changed it; when it is removed the right one is written again",
            )
