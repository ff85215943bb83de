"""Make ``second.json``: a head under two keys. Uses nothing of ours; no two runs are the same.

Run as ``python tests/vectors/second_make.py > tests/vectors/second.json``. The seeds are 00 to 1f
and 64 to 83 in hexadecimal. ML-DSA-65 signs with chance in it, so the second line is new each time.
"""

import json
import sys
from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

KIND = b"\xffsottovoce.example/ml-dsa-65"


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def made() -> dict[str, str]:
    first = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    second = MLDSA65PrivateKey.from_seed_bytes(bytes(range(100, 132)))
    name = (
        "sottovoce.example/ledger/" + sha256(first.public_key().public_bytes_raw()).hexdigest()[:16]
    )
    text = f"{name}\n3\n{b64(sha256(b'three entries').digest())}\n"
    found = {"origin": "ours, by tests/vectors/second_make.py", "head": f"{text}\n"}
    for field, key, kind in (("vkey", first, b"\x01"), ("second_vkey", second, KIND)):
        public = kind + key.public_key().public_bytes_raw()
        id_ = sha256(name.encode() + b"\n" + public).digest()[:4]
        found[field] = f"{name}+{id_.hex()}+{b64(public)}"
        found["head"] += f"\N{EM DASH} {name} {b64(id_ + key.sign(text.encode()))}\n"
    return found


if __name__ == "__main__":
    json.dump(made(), sys.stdout, indent=1)
    print()
