"""Make row.json by hand from docs/spec/vault.md; it shares no code with the product.

Run as ``python tests/vectors/row_make.py > tests/vectors/row.json``.
"""

import hashlib
import hmac
import json
import sys

HASHING = bytes(range(32))

pseudo = hmac.new(bytes(32), HASHING, hashlib.sha256).digest()
key = hmac.new(pseudo, b"sottovoce rows v1\x01", hashlib.sha256).digest()
row = (
    b'["sottovoce row v1","rec_00112233445566778899","kept","2026-01-02T03:04:05.000006+00:00",'
    b'8000,16000,["audio","words"],"0f0f","2026-01-02T03:04:06.000000+00:00",'
    b'"2026-01-02T03:04:07.000000+00:00",null,["caller-1",""]]'
)
said = {"hashing": HASHING.hex(), "key": key.hex(), "row": row.decode()}
json.dump(said | {"seal": hmac.new(key, row, hashlib.sha256).hexdigest()}, sys.stdout, indent=1)
print()
