"""Make tail.json by hand from docs/spec/ledger.md; it shares no code with the product.

Run as ``python tests/vectors/tail_make.py > tests/vectors/tail.json``.
"""

import hashlib
import hmac
import json
import sys
from base64 import b64encode

SEED = bytes(range(32))
ORIGIN = "sottovoce.example/ledger/56475aa75463474c"
ROOT = hashlib.sha256(b"five entries").digest()

key = hmac.new(SEED, b"sottovoce ledger tail v1", hashlib.sha256).digest()
text = f"{ORIGIN}\n5\n{b64encode(ROOT).decode()}\n"
mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
said = {"seed": SEED.hex(), "origin": ORIGIN, "size": 5, "root": ROOT.hex(), "mac": mac}
json.dump(said, sys.stdout, indent=1)
print()
