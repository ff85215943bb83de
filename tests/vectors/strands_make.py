"""Make strands.json by hand from docs/spec/strands.md; it shares no code with the product.

One channel of sixteen frames and three persons. Run as
``python tests/vectors/strands_make.py > tests/vectors/strands.json``.
"""

import hashlib
import hmac
import io
import json
import sys

FRAMES = 16
SOUND = [(frame * 4099 + 32768) % 65536 - 32768 for frame in range(FRAMES)]
TURNS = [(0, 4, 0), (4, 9, 1), (7, 12, 2)]
COMMON = b'{"said":"sluice"}'
ROW_KEY = bytes(range(32))


def signed(value: int) -> int:
    return (value + 32768) % 65536 - 32768


drawn = io.BytesIO(hashlib.shake_256(b"strands").digest(4096))
owners = [sorted(who for start, stop, who in TURNS if start <= f < stop) for f in range(FRAMES)]
owners = [some or [0, 1, 2] for some in owners]
strands = [[0] * FRAMES for _ in range(3)]
for frame, some in enumerate(owners):
    for strand in some[:-1]:
        strands[strand][frame] = int.from_bytes(drawn.read(2), "little", signed=True)
    sent = sum(strands[strand][frame] for strand in some[:-1])
    strands[some[-1]][frame] = signed(SOUND[frame] - sent)

texts: list[list[list[object]]] = [[], [], []]
begun = 0
for frame in range(1, FRAMES + 1):
    if frame == FRAMES or owners[frame] != owners[begun]:
        for strand in owners[begun]:
            others = [other for other in owners[begun] if other != strand]
            texts[strand].append([begun, frame, others])
        begun = frame

shares = [drawn.read(len(COMMON)) for _ in range(2)]
shares.append(bytes(a ^ b ^ c for a, b, c in zip(COMMON, *shares, strict=True)))

erased = {}
for gone in range(3):
    erased[str(gone)] = [0 if gone in owners[f] else SOUND[f] for f in range(FRAMES)]

row = (
    b'["sottovoce row v1","rec_00112233445566778899","kept","2026-01-02T03:04:05.000006+00:00",'
    b'8000,16,["audio","common","turns","words"],"0f0f","2026-01-02T03:04:06.000000+00:00",'
    b'"2026-01-02T03:04:07.000000+00:00",null,["ann-1","","cat-3"],[0,0,0]]'
)
said = {
    "sound": SOUND,
    "strands": strands,
    "turns": [json.dumps({"version": 1, "turns": t}, separators=(",", ":")) for t in texts],
    "erased": erased,
    "shares": [share.hex() for share in shares],
    "common": COMMON.decode(),
    "row_key": ROW_KEY.hex(),
    "row": row.decode(),
    "seal": hmac.new(ROW_KEY, row, hashlib.sha256).hexdigest(),
}
json.dump(said, sys.stdout, indent=1)
print()
