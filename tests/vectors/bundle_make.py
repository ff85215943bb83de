"""Make bundle.json by hand from docs/spec/bundle.md; it shares no code with the product.

Seven entries, of which the third, fourth and sixth are in the bundle. Run as
``python tests/vectors/bundle_make.py > tests/vectors/bundle.json``.
"""

import hashlib
import json
import sys
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = f"sottovoce.example/ledger/{hashlib.sha256(PUBLIC).hexdigest()[:16]}"
ID = hashlib.sha256(NAME.encode() + b"\n\x01" + PUBLIC).digest()[:4]
ONE, OTHER = "rec_00000000000000000001", "rec_00000000000000000002"


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def line(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def note(text: str) -> str:
    return f"{text}\n\u2014 {NAME} {b64(ID + KEY.sign(text.encode()))}\n"


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it stands there."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node(root(leaves[:k]), root(leaves[k:]))


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, as it stands there."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


entries = [
    f'{{"actor":"tester","at":"2026-01-02T03:04:{number:02}.000Z","facts":{{}},'
    f'"kind":"recording.arrived","recording":"{ONE if number in (2, 3, 5) else OTHER}","v":1}}'
    for number in range(7)
]
leaves = [hashlib.sha256(b"\0" + entry.encode()).digest() for entry in entries]
head = note(f"{NAME}\n7\n{b64(root(leaves))}\n")
heading = {
    "about": {"what": "recording", "recordings": [ONE]},
    "head": head,
    "keys": f"{NAME}+{ID.hex()}+{b64(bytes([1]) + PUBLIC)}",
    "made_at": "2026-01-03T00:00:00.000Z",
}
whole = b"sottovoce evidence v1\n" + line(heading)
for index in (2, 3, 5):
    proof = [b64(one) for one in path(index, leaves)]
    whole += line({"entry": entries[index], "index": index, "proof": proof})
closing = note(f"sottovoce evidence v1\n{hashlib.sha256(whole).hexdigest()}\n")
whole += line({"entries": 3, "note": closing})
json.dump({"seed": bytes(range(32)).hex(), "bundle": whole.decode()}, sys.stdout, indent=1)
print()
