"""The holders of root keys as tests have them: real far sides, each with a way to be away."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from transit_engine import TransitEngine

from sottovoce.backends.root_held import Held, parse_held
from sottovoce.vault.keys import Root
from sottovoce.wiring import _holder

SOFTHSM = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
PIN, TOKEN = "75319024", "t0k3n-of-the-tests"
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Holder:
    """Someone who holds root keys: how its key is named, what is secret, how it goes away."""

    spec: str
    secrets: tuple[bytes, ...]
    away: Callable[[pytest.MonkeyPatch], None]

    def held(self, vault: str = "0f" * 16) -> Held:
        return parse_held(self.spec, vault=vault)

    def open(self, vault: str = "0f" * 16, *, make: bool = True) -> Root:
        return _holder(self.held(vault), make)


@contextmanager
def credential(folder: Path) -> Iterator[Holder]:
    key = os.urandom(32)
    (folder / "sottovoce-root").write_bytes(key)
    (folder / "sottovoce-root").chmod(0o400)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDENTIALS_DIRECTORY", str(folder))
        yield Holder(
            "credential:sottovoce-root",
            (key,),
            lambda patch: patch.delenv("CREDENTIALS_DIRECTORY"),
        )


@contextmanager
def pkcs11(folder: Path) -> Iterator[Holder]:
    module = next((path for path in SOFTHSM if Path(path).exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        pytest.skip("Debian's softhsm2 is not installed: make debian")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    (folder / "pin").write_text(f"{PIN}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        patch.setenv("SOTTOVOCE_PKCS11_MODULE", module)
        patch.setenv("SOTTOVOCE_PKCS11_PIN_FILE", str(folder / "pin"))
        make = ["softhsm2-util", "--init-token", "--free", "--label", "vaults"]
        subprocess.run([*make, "--so-pin", "1357", "--pin", PIN], check=True, capture_output=True)
        yield Holder(
            "pkcs11:vaults/root-1",
            (PIN.encode(),),
            lambda patch: patch.setenv("SOTTOVOCE_PKCS11_MODULE", str(folder / "not-there.so")),
        )


@contextmanager
def kms(folder: Path) -> Iterator[Holder]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_KMS", "http://{}:{}".format(*server.get_host_and_port()))
            patch.setenv("AWS_ACCESS_KEY_ID", "tests")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret-of-the-tests")
            patch.setenv("AWS_MAX_ATTEMPTS", "1")
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            client = boto3.client("kms", region_name="eu-central-1")
            arn = client.create_key()["KeyMetadata"]["Arn"]
            yield Holder(
                f"kms:{arn}",
                (b"s3cret-of-the-tests",),
                lambda patch: patch.setenv("AWS_ENDPOINT_URL_KMS", NOWHERE),
            )
    finally:
        server.stop()


@contextmanager
def transit(folder: Path) -> Iterator[Holder]:
    engine = TransitEngine(TOKEN)
    engine.make("vaults")
    (folder / "token").write_text(TOKEN)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SOTTOVOCE_TRANSIT_ADDRESS", f"http://127.0.0.1:{engine.port}")
            patch.setenv("SOTTOVOCE_TRANSIT_TOKEN_FILE", str(folder / "token"))
            yield Holder(
                "transit:transit/vaults",
                (TOKEN.encode(), *engine.keys["vaults"]),
                lambda patch: patch.setenv("SOTTOVOCE_TRANSIT_ADDRESS", NOWHERE),
            )
    finally:
        engine.close()


@contextmanager
def wrapping(holder: Holder) -> Iterator[Holder]:
    """Have the token draw a key that may wrap and not encrypt, by its own tools."""
    from pkcs11 import Attribute, KeyType, MechanismFlag
    from pkcs11 import lib as library

    holder.open()  # It logs in.
    token = library(os.environ["SOTTOVOCE_PKCS11_MODULE"]).get_token(token_label="vaults")  # noqa: S106 - it names the token
    kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    uses = MechanismFlag.WRAP | MechanismFlag.UNWRAP
    with token.open(rw=True) as session:
        session.generate_key(
            KeyType.AES, 256, label="wrapping-1", store=True, capabilities=uses, template=kept
        )
    yield Holder("pkcs11:vaults/wrapping-1", holder.secrets, holder.away)


FAR_SIDES = {"credential": credential, "pkcs11": pkcs11, "kms": kms, "transit": transit}
BESIDE = {"pkcs11-wrapping": ("pkcs11", wrapping)}
"""Other keys at a far side that is there."""
ALL = (*FAR_SIDES, *BESIDE)
