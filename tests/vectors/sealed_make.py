"""Make sealed.json by hand from docs/spec/sealed-file.md; it shares no code with the product.

Run as ``python tests/vectors/sealed_make.py > tests/vectors/sealed.json``. The sealed file differs
from run to run, since ML-KEM draws at random. The first seed is the first of those that
draft-connolly-cfrg-xwing-kem publishes, and so is the start of its public key, put here by hand.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEED = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
PUBLISHED = bytes.fromhex("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
SUITE = b"HPKE" + bytes.fromhex("647a00010002")
LABEL = bytes.fromhex("5c2e2f2f5e5c")
BOUND = b"sottovoce sealed file v1\n"
SALT, PREFIX, FILE_KEY = bytes(range(100, 132)), bytes(range(200, 207)), bytes(range(32))
EPHEMERAL = bytes(range(50, 82))


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    out, block = b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def labelled(secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    """The key schedule of RFC 9180, section 5.1, in base mode: key and base nonce."""

    def extracted(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + SUITE + label + ikm)

    def expanded(key: bytes, label: bytes, context: bytes, length: int) -> bytes:
        head = length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label
        return expand(key, head + context, length)

    context = b"\x00" + extracted(b"", b"psk_id_hash", b"") + extracted(b"", b"info_hash", info)
    shared = extracted(secret, b"secret", b"")
    return expanded(shared, b"key", context, 32), expanded(shared, b"base_nonce", context, 12)


def halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    drawn = hashlib.shake_256(seed).digest(96)
    lattice = MLKEM768PrivateKey.from_seed_bytes(drawn[:64])
    return lattice, X25519PrivateKey.from_private_bytes(drawn[64:])


def public_of(seed: bytes) -> bytes:
    lattice, curve = halves(seed)
    return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def combined(lattice: bytes, curve: bytes, sent: bytes, public: bytes) -> bytes:
    return hashlib.sha3_256(lattice + curve + sent + public + LABEL).digest()


def wrap(key: bytes, public: bytes, info: bytes) -> bytes:
    shared, sent = MLKEM768PublicKey.from_public_bytes(public[:1184]).encapsulate()
    own = X25519PrivateKey.from_private_bytes(EPHEMERAL)
    curve = own.exchange(X25519PublicKey.from_public_bytes(public[1184:]))
    mine = own.public_key().public_bytes_raw()
    secret = combined(shared, curve, mine, public[1184:])
    aes, nonce = labelled(secret, info)
    return sent + mine + AESGCM(aes).encrypt(nonce, key, None)


def unwrap(wrapped: bytes, seed: bytes, info: bytes) -> bytes:
    lattice, own = halves(seed)
    sent = wrapped[1088:1120]
    shared = lattice.decapsulate(wrapped[:1088])
    curve = own.exchange(X25519PublicKey.from_public_bytes(sent))
    secret = combined(shared, curve, sent, own.public_key().public_bytes_raw())
    aes, nonce = labelled(secret, info)
    return AESGCM(aes).decrypt(nonce, wrapped[1120:], None)


def derived(key: bytes, salt: bytes, header: bytes) -> AESGCM:
    info = BOUND + hashlib.sha256(header).hexdigest().encode()
    return AESGCM(expand(extract(salt, key), info, 32))


def seal(data: bytes, public: bytes, form: int = 0) -> bytes:
    id = hashlib.sha256(b"sottovoce recipient v1\n" + public).digest()[:16]
    head = b"SVSEALED\x01\x01" + bytes([form]) + id
    header = head + wrap(FILE_KEY, public, BOUND + head)
    aes, sealed = derived(FILE_KEY, SALT, header), b"\x28" + SALT + PREFIX
    pieces, rest = [data[:65480]], data[65480:]
    pieces += [rest[i : i + 65520] for i in range(0, len(rest), 65520)]
    for i, piece in enumerate(pieces):
        nonce = PREFIX + struct.pack(">IB", i, i == len(pieces) - 1)
        sealed += aes.encrypt(nonce, piece, None)
    return header + sealed


def unseal(file: bytes, seed: bytes) -> bytes:
    header, body = file[:1195], file[1195:]
    key = unwrap(header[27:], seed, BOUND + header[:27])
    aes, prefix = derived(key, body[1:33], header), body[33:40]
    count = -(-len(body) // 65536)
    out = b""
    for i in range(count):
        start = 40 if i == 0 else i * 65536
        nonce = prefix + struct.pack(">IB", i, i == count - 1)
        out += aes.decrypt(nonce, body[start : (i + 1) * 65536], None)
    return out


def plaintext(size: int) -> bytes:
    return bytes((i * 7 + i // 251) % 256 for i in range(size))


def main() -> None:
    public = public_of(SEED)
    if not public.startswith(PUBLISHED):
        raise SystemExit("the public key is not the published one")
    id = hashlib.sha256(b"sottovoce recipient v1\n" + public).digest()[:16]
    text = "sottovoce recipient v1\n" + base64.b64encode(public).decode() + "\n"
    files = [
        {
            "size": size,
            "form": form,
            "sealed": base64.b64encode(seal(plaintext(size), public, form)).decode(),
        }
        for size, form in ((0, 0), (1, 1), (65481, 2))
    ]
    json.dump(
        {"seed": SEED.hex(), "recipient": text, "id": id.hex(), "files": files},
        sys.stdout,
        indent=1,
    )
    print()


if __name__ == "__main__":
    main()
