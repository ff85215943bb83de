"""The one place where backends are chosen."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sottovoce.app import App
from sottovoce.backends.embedded_vault import open_vault as open_folder
from sottovoce.backends.embedded_vault import tell_uses
from sottovoce.backends.file_parts import files_at_work, sync_folder
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.postgres_session import Session
from sottovoce.backends.root_held import LEASE_S, Held, parse_held
from sottovoce.backends.root_way import RootWay
from sottovoce.backends.site import Site, site_of
from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.detection.detector import Guarded, load_detectors
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.intake.bounds import DEFAULT_LIMITS
from sottovoce.ledger.note import VerifierKey, ledger_signer
from sottovoce.ledger.tiles import KEY_FILE, SECOND_FILE
from sottovoce.redaction.light_voice import Bender
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.steps.order import Workshop
from sottovoce.values.errors import Tampered, Unavailable, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId
from sottovoce.vault.keys import Keys, Root
from sottovoce.vault.vault import Vault

if TYPE_CHECKING:
    from sottovoce.speech.voice import VoiceActivity
    from sottovoce.speech.whisper import Whisper

_MOST_PASSPHRASE = 4096
_MOST_LEASE_S = 86400


def embedded(path: Path) -> App:
    """Open the vault of a folder with its ledger, or make them, with the root key of the settings.

    A folder with ``site.toml`` says where else they rest.
    A passphrase that wraps it is read from the file that SOTTOVOCE_PASSPHRASE_FILE names; a holder
    that SOTTOVOCE_ROOT names is given it when the vault is made, and must be its holder later.
    A vault from before heads had a second signature is given the key for it.
    """
    way = root_way(passphrase(), held=_setting_of_holder())
    site = site_of(path)
    app, _ = _scaled(path, site, way) if site else _embedded(path, way)
    try:
        tell_uses(path, app.vault, way)
        app = _with_second_key(path, app)
    except BaseException:
        app.close()
        raise
    return app


def _with_second_key(path: Path, app: App) -> App:
    if app.signer.key.second is None:
        with suppress(Unavailable):  # Without room on the disk the next start does it.
            made = app.event("ledger.key_made", keys=1)
            seed = app.vault.make_second_signing(event=made)
            app = replace(app, signer=app.signer.with_second(seed))
            _publish_keys(path, app.signer.key)
    return app


def with_log(path: Path) -> tuple[App, SQLiteLog | PostgresLog]:
    """Open a vault that was put back, wherever it rests, and its ledger: a newer one is put on.

    Nothing is noted by opening it.
    """
    way, site = root_way(passphrase(), held=_setting_of_holder()), site_of(path)
    return _scaled(path, site, way) if site else _embedded(path, way)


def embedded_with_log(path: Path, later: list[Event] | None = None) -> tuple[App, SQLiteLog]:
    """Open a vault that is being restored, and its ledger as what it is: a newer one is put on.

    ``later`` gets what is to be noted after that.
    """
    return _embedded(path, root_way(passphrase()), later)


def _embedded(path: Path, way: RootWay, later: list[Event] | None = None) -> tuple[App, SQLiteLog]:
    logs: list[SQLiteLog] = []

    def journal(connection: sqlite3.Connection, keys: Keys) -> SQLiteLog:
        signer = ledger_signer(keys.signing_seed())
        name, second = signer.key.name, keys.second_seed
        logs.append(SQLiteLog(connection, origin=name, signer=signer, second=second))
        return logs[0]

    actor = ActorId(f"uid:{os.getuid()}")
    vault = open_folder(
        path,
        journal=journal,
        clock=lambda: datetime.now(UTC),
        actor=actor,
        way=way,
        later=later,
    )
    signer = ledger_signer(vault.keys.signing_seed(), second=vault.keys.second_seed())
    _publish_keys(path, signer.key)
    return App(vault, logs[0], signer, actor), logs[0]


def _scaled(path: Path, site: Site, way: RootWay) -> tuple[App, PostgresLog]:
    """Open the vault of a site, with its ledger in the same database."""
    # Late, so that nothing is loaded that could ask a network unless a site does.
    from sottovoce.backends.scaled_vault import open_scaled

    logs: list[PostgresLog] = []

    def journal(session: Session, keys: Keys) -> PostgresLog:
        signer = ledger_signer(keys.signing_seed(), second=keys.second_seed())
        logs.append(PostgresLog(session, signer=signer))
        return logs[0]

    actor = ActorId(f"uid:{os.getuid()}")
    vault = open_scaled(
        path, site, journal=journal, clock=lambda: datetime.now(UTC), actor=actor, way=way
    )
    signer = ledger_signer(vault.keys.signing_seed(), second=vault.keys.second_seed())
    _publish_keys(path, signer.key)
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


def root_way(words: bytes | None, *, held: Held | None = None) -> RootWay:
    """Say how root keys are had: by a passphrase, or of the holders that the settings lead to."""
    return RootWay(words, hold=_holder, held=held, lease_s=_lease_s())


def _holder(held: Held, make: bool) -> Root:
    """Open the holder of a root key; its packages are loaded only when it is the one."""
    get = os.environ.get
    match held.provider:
        case "credential":
            from sottovoce.backends.credential_root import credential_root

            return credential_root(held, folder=_credentials())
        case "pkcs11":
            from sottovoce.backends.pkcs11_root import open_pkcs11

            module = get("SOTTOVOCE_PKCS11_MODULE")
            return open_pkcs11(
                held,
                module=Path(module) if module else None,
                pin=lambda: _secret("SOTTOVOCE_PKCS11_PIN_FILE", "sottovoce-pin", "PIN"),
                make=make,
            )
        case "kms":
            from sottovoce.backends.kms_root import open_kms

            return open_kms(held)
        case _:
            from sottovoce.backends.transit_root import open_transit

            authority = get("SOTTOVOCE_TRANSIT_CA_FILE")
            return open_transit(
                held,
                address=get("SOTTOVOCE_TRANSIT_ADDRESS"),
                token=lambda: _secret("SOTTOVOCE_TRANSIT_TOKEN_FILE", "sottovoce-token", "token"),
                authority=Path(authority) if authority else None,
                namespace=get("SOTTOVOCE_TRANSIT_NAMESPACE"),
            )


def _setting_of_holder() -> Held | None:
    spec = os.environ.get("SOTTOVOCE_ROOT")
    return parse_held(spec) if spec and spec != "file" else None


def _credentials() -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def _secret(variable: str, credential: str, what: str) -> bytes:
    """Read a secret from the file that a setting names, or from the service's credential."""
    named, folder = os.environ.get(variable), _credentials()
    if not named and folder is None:
        raise Unfit(
            f"the {what} of the root key's holder is not at hand",
            hint=f"{variable} names its file, or the service's credential {credential} has it",
        )
    path = folder / credential if folder and not named else Path(str(named))
    return _first_line(path, what, at_least=1)


def _lease_s() -> float:
    text = os.environ.get("SOTTOVOCE_ROOT_LEASE_S", str(int(LEASE_S)))
    if not text.isdecimal() or int(text[:9]) > _MOST_LEASE_S:
        raise Unfit(f"SOTTOVOCE_ROOT_LEASE_S is a number of seconds, at most {_MOST_LEASE_S}")
    return float(text)


def passphrase() -> bytes | None:
    """Return the passphrase that a setting names a file of, or the service's credential has."""
    named, folder = os.environ.get("SOTTOVOCE_PASSPHRASE_FILE"), _credentials()
    if named:
        return passphrase_of(Path(named))
    credential = folder / "sottovoce-passphrase" if folder else None
    return passphrase_of(credential) if credential and credential.exists() else None


def backup_passphrase() -> bytes | None:
    """Return the passphrase of the backups' keys, None where the settings name no file of it."""
    named = os.environ.get("SOTTOVOCE_BACKUP_PASSPHRASE_FILE")
    return passphrase_of(Path(named)) if named else None


def passphrase_of(path: Path) -> bytes:
    """Read a passphrase from its file, or raise Unfit."""
    return _first_line(path, "passphrase", at_least=8)


def _first_line(path: Path, what: str, *, at_least: int) -> bytes:
    try:
        with path.open("rb") as file:
            words = file.read(_MOST_PASSPHRASE + 1).rstrip(b"\r\n")
    except OSError as error:
        raise Unfit(f"the file of the {what} cannot be read") from error
    if not at_least <= len(words) <= _MOST_PASSPHRASE:
        raise Unfit(f"the {what} has {len(words)} bytes; it needs {at_least} to {_MOST_PASSPHRASE}")
    return words


def _publish_keys(folder: Path, key: VerifierKey) -> None:
    _publish_key(folder / KEY_FILE, key.vkey)
    if key.second:
        _publish_key(folder / SECOND_FILE, key.second.vkey)


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
                f"the key that the vault publishes in {path.name} is not the one that signs",
                hint="find out who changed it; when it is removed the right one is written again",
            )
