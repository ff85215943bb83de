"""Make index.json by hand from docs/spec/index.md; it shares no code with the product.

Run as ``python tests/vectors/index_make.py > tests/vectors/index.json``.
"""

import hmac
import json
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

SECRET = bytes(range(32))
SAID = (
    ("identifiers", "tel:125550147", 0, "rec_00112233445566778899", 1),
    ("identifiers", "tel:125550147", 1, "rec_00112233445566778899", 0),
    ("words", "zeppelin", 300, "rec_aabbccddeeff00112233", 7),
    ("words", "stra\u00dfe".casefold(), 0, "rec_aabbccddeeff00112233", 0),
)


def derived(info: bytes, length: int) -> bytes:
    key, out, block = hmac.digest(bytes(32), SECRET, "sha256"), b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def posting(
    purpose: str, text: str, number: int, recording: str, channel: int
) -> dict[str, object]:
    head = f"sottovoce token v1\nlocal\n{purpose}\n".encode()
    term = hmac.digest(derived(head + b"terms", 32), text.encode(), "sha256")
    label = hmac.digest(term, number.to_bytes(8, "big"), "sha256")[:16]
    bound = [label, recording.encode(), str(channel).encode()]
    back = AESSIV(derived(head + b"back", 64)).encrypt(term + number.to_bytes(8, "big"), bound)
    said = {"purpose": purpose, "text": text, "number": number}
    where = {"recording": recording, "channel": channel}
    return {**said, **where, "label": label.hex(), "back": back.hex()}


json.dump(
    {"secret": SECRET.hex(), "postings": [posting(*said) for said in SAID]}, sys.stdout, indent=1
)
print()
