"""Make root.json by hand from docs/spec/vault.md; it shares no code with the product.

Run as ``python tests/vectors/root_make.py > tests/vectors/root.json``. AES-GCM is cryptography's.
"""

import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HOLDER, KEY, NONCE = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 76))
VAULT = "00112233445566778899aabbccddeeff"

pseudo = hmac.new(bytes(32), HOLDER, hashlib.sha256).digest()
info = b"sottovoce credential root v1\n" + VAULT.encode() + b"\x01"
under = hmac.new(pseudo, info, hashlib.sha256).digest()
credential = AESGCM(under).encrypt(NONCE, KEY, b"sottovoce wrap v1\ntenant\nlocal")
bound = b"sottovoce root v1\n" + VAULT.encode() + b"\ntenant\nlocal"
token = AESGCM(HOLDER).encrypt(NONCE, KEY, bound)
said = {
    "holder": HOLDER.hex(),
    "vault": VAULT,
    "purpose": "tenant",
    "id": "local",
    "key": KEY.hex(),
    "credential": (b"\x01" + NONCE + credential).hex(),
    "pkcs11": (b"\x11" + NONCE + token).hex(),
}
json.dump(said, sys.stdout, indent=1)
print()
