"""Make ledger.json: published vectors with their origin, and entries, a log and a receipt of ours.

Run as ``python tests/vectors/ledger_make.py > tests/vectors/ledger.json``. It shares no code with
the product: the tree is written from the recursive definitions of RFC 6962, the rest by hand from
docs/spec/ledger.md and docs/spec/receipt.md.
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED = bytes(range(32))
SALT = bytes(range(64, 96))
ORIGIN = "sottovoce.example/ledger/vector"

RFC6962 = {
    "origin": "the eight leaves of the Certificate Transparency reference tests, as published in"
    " github.com/transparency-dev/merkle, proof/verify_test.go (Apache-2.0, Google LLC)",
    "leaves": [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ],
    "roots": [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ],
    "inclusion": [
        {
            "index": 0,
            "size": 8,
            "proof": [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        },
        {
            "index": 5,
            "size": 8,
            "proof": [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        },
        {
            "index": 2,
            "size": 3,
            "proof": ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        },
        {
            "index": 1,
            "size": 5,
            "proof": [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        },
    ],
    "consistency": [
        {"old": 1, "new": 1, "proof": []},
        {
            "old": 1,
            "new": 8,
            "proof": [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        },
        {
            "old": 6,
            "new": 8,
            "proof": [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        },
        {
            "old": 2,
            "new": 5,
            "proof": [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        },
        {
            "old": 6,
            "new": 7,
            "proof": [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        },
    ],
}

NOTE = {
    "origin": "the example of golang.org/x/mod/sumdb/note (BSD-3-Clause, The Go Authors), a"
    " published test key",
    "vkey": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "skey": "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    "text": "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n",
    "signature": "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6K"
    "E6RyyBwJnAM=",
}

TILES = {
    "origin": "the examples in the text of c2sp.org/tlog-tiles",
    "paths": {"1234067": "x001/x234/067", "0": "000", "999": "999", "1000": "x001/000"},
    "size": 70000,
    "full": {"0": 273, "1": 1, "2": 0},
    "partial": {"0": 112, "1": 17, "2": 1},
}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:])).digest()


def audit_path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*audit_path(m, entries[:k]), tree_hash(entries[k:])]
    return [*audit_path(m - k, entries[k:]), tree_hash(entries[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


FACTS = {
    "recording": "rec_00112233445566778899",
    "actor": "local",
    "purpose": "support",
    "persons": ["agent-7", "caller-1"],
    "profile": {"name": "gdpr-default", "sha256": "11" * 32},
    "findings": {"fin.pan": 1, "per.name": 2},
    "actions": {"mask": 3},
    "burnt": {},
    "masked_ms": 5400,
    "duration_ms": 90000,
    "quarantined": False,
    "leak_check": {
        "listener": "moonshine-tiny-en",
        "rounds": 1,
        "heard_again": {},
        "passed": True,
    },
}


def log() -> dict[str, object]:
    packed = json.dumps(FACTS, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(SALT + packed).hexdigest()
    written = entries(digest)
    raw = [entry.encode() for entry in written]
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    public = private.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    typed = b64(bytes([1]) + public)
    vkey = f"{ORIGIN}+{key_id.hex()}+{typed}"
    text = f"{ORIGIN}\n{len(raw)}\n{b64(tree_hash(raw))}\n"
    signature = b64(key_id + private.sign(text.encode()))
    head = f"{text}\n\u2014 {ORIGIN} {signature}\n"
    return {
        "origin": "tests/vectors/ledger_make.py, by hand from docs/spec",
        "seed": SEED.hex(),
        "salt": SALT.hex(),
        "name": ORIGIN,
        "vkey": vkey,
        "facts": FACTS,
        "digest": digest,
        "entries": written,
        "head": head,
        "receipt": receipt(statement(raw, digest, head), vkey, private),
    }


def entries(digest: str) -> list[str]:
    return [
        '{"actor":"local","at":"2025-01-01T00:00:00.000Z","facts":{"format":1},'
        '"kind":"vault.created","v":1}',
        '{"actor":"local","at":"2025-01-01T00:00:01.250Z","facts":{"channels":2,"fingerprint":"'
        + "ab" * 32
        + '","frames":720000,"rate_hz":8000},"kind":"recording.arrived",'
        '"recording":"rec_00112233445566778899","v":1}',
        '{"actor":"local","at":"2025-01-01T00:01:00.999Z","facts":{"commitment":"'
        + digest
        + '","kinds":{"fin.pan":1,"per.name":2},"leak_checked":true,"masked_ms":5400},'
        '"kind":"recording.processed","recording":"rec_00112233445566778899","v":1}',
    ]


def statement(raw: list[bytes], digest: str, head: str) -> bytes:
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "redacted.flac", "digest": {"sha256": "22" * 32}},
            {"name": "transcript.json", "digest": {"sha256": "33" * 32}},
        ],
        "predicateType": "https://sottovoce.example/receipt/v1",
        "predicate": {
            "facts": FACTS,
            "commitment": {"salt": SALT.hex(), "digest": digest},
            "entry": b64(raw[2]),
            "index": 2,
            "proof": [b64(one) for one in audit_path(2, raw)],
            "checkpoint": head,
        },
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def receipt(stated: bytes, vkey: str, private: Ed25519PrivateKey) -> str:
    kind = "application/vnd.in-toto+json"
    encoded = f"DSSEv1 {len(kind)} {kind} {len(stated)} ".encode() + stated
    return (
        '{\n  "payload": "'
        + b64(stated)
        + '",\n  "payloadType": "'
        + kind
        + '",\n  "signatures": [\n    {\n      "keyid": "'
        + vkey
        + '",\n      "sig": "'
        + b64(private.sign(encoded))
        + '"\n    }\n  ]\n}\n'
    )


if __name__ == "__main__":
    vectors = {"rfc6962": RFC6962, "note": NOTE, "tiles": TILES, "log": log()}
    json.dump(vectors, sys.stdout, indent=1)
    print()
