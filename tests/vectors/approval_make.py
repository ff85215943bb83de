"""Make approval.json by hand from docs/approvals.md; it shares no code with the product.

Run as ``python tests/vectors/approval_make.py > tests/vectors/approval.json``. Ed25519 is
cryptography's.
"""

import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED = bytes(range(32))
said = {
    "origin": "sottovoce.example/ledger/0123456789abcdef",
    "act": "root",
    "order": "0f" * 32,
    "request": "apr_00112233445566778899",
}
key = Ed25519PrivateKey.from_private_bytes(SEED)
text = "sottovoce approval v1\n" + "".join(f"{value}\n" for value in said.values())
json.dump(
    said
    | {
        "seed": SEED.hex(),
        "approver": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(text.encode()).hex(),
    },
    sys.stdout,
    indent=1,
)
print()
