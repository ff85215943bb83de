"""A root key that the service manager hands over in a file of ``$CREDENTIALS_DIRECTORY``.

systemd decrypts it when the service starts and shows it to the service alone, in memory that is not
swapped (systemd.exec(5), LoadCredential= and LoadCredentialEncrypted=).
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sottovoce.backends.root_held import Held
from sottovoce.values.errors import Refused, Tampered, Unavailable
from sottovoce.vault.keys import KEY, WrappingKey


def credential_root(held: Held, *, folder: Path | None) -> WrappingKey:
    """Read the 32 bytes of a credential and bind what they wrap to the vault.

    Raises Unavailable where the service manager gave none, Refused where others could read it,
    Tampered where it is not 32 bytes long.
    """
    info = f"sottovoce credential root v1\n{held.vault}".encode()
    return WrappingKey(
        HKDF(algorithm=SHA256(), length=KEY, salt=None, info=info).derive(_read(held.key, folder))
    )


def _read(name: str, folder: Path | None) -> bytes:
    if folder is None:
        raise Unavailable(
            "the vault's root key is a credential, and the service manager gave us none",
            hint="run as a service with LoadCredential=, or set CREDENTIALS_DIRECTORY",
        )
    try:
        file = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(
            f"the credential {name} cannot be read",
            hint=f"LoadCredentialEncrypted={name}:... in the unit, then start it anew",
        ) from error
    with open(file, "rb") as stream:
        # What an access list gives to the service is shown as the group's.
        if os.fstat(file).st_mode & 0o027:
            raise Refused(
                f"others can read or write the credential {name}",
                hint="its mode must be 0400, or 0440 where an access list lets the service read",
            )
        key = stream.read(KEY + 1)
    if len(key) != KEY:
        raise Tampered(
            f"the credential {name} is not {KEY} bytes long",
            hint="it must be the bytes that the vault's root key was made with",
        )
    return key
