"""Make backup.json by hand from docs/spec/backup.md; it shares no code with the product.

Run as ``python tests/vectors/backup_make.py > tests/vectors/backup.json``.
"""

import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT, NAMES, KEY = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
SALT, PREFIX, NONCE = bytes(range(100, 132)), bytes(range(200, 207)), bytes(range(12))
BACKUP = "bkp_00112233445566778899"
RECORDING = "rec_99887766554433221100"


def sealed(kind: str, name: str, data: bytes) -> bytes:
    info = f"sottovoce backup v1\n{kind}\n{name}".encode()
    derived = HKDF(algorithm=SHA256(), length=32, salt=SALT, info=info).derive(KEY)
    nonce = PREFIX + b"\0\0\0\0\1"
    return b"\x28" + SALT + PREFIX + AESGCM(derived).encrypt(nonce, data, None)


part = bytes([40]) + bytes(range(39)) + b"the rest of a part"
said = f"sottovoce backup part v1\n{RECORDING}\naudio\n1\n".encode() + part[:40]
digits = hmac.new(NAMES, said, hashlib.sha256).hexdigest()
heading = {"v": 1, "backup": BACKUP, "made_at": "2026-01-02T03:04:05.000006+00:00", "entries": 7}
heading |= {"database": 4096, "parts": 1, "root": None}
manifest = f"{json.dumps(heading)}\n{RECORDING} audio 1 {len(part)} {digits}\n".encode()
wrapped = b"\1" + NONCE
wrapped += AESGCM(ROOT).encrypt(NONCE, KEY, f"sottovoce wrap v1\nbackup\n{BACKUP}".encode())
json.dump(
    {
        "part": part.hex(),
        "names": NAMES.hex(),
        "digits": digits,
        "recording": RECORDING,
        "backup": BACKUP,
        "key": KEY.hex(),
        "manifest": sealed("manifest", BACKUP, manifest).hex(),
        "root": ROOT.hex(),
        "wrapped": wrapped.hex(),
    },
    sys.stdout,
    indent=1,
)
print()
