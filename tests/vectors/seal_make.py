"""Make seal.json: streams sealed by Tink, and streams written by hand from docs/spec/seal.md.

Run as ``python tests/vectors/seal_make.py > tests/vectors/seal.json``. It shares no code with the
product. Streams by Tink differ from run to run, since Tink draws salt and prefix.
"""

import base64
import hashlib
import io
import json
import struct
import sys

import tink
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

KEY = bytes(range(32))
SALT = bytes(range(100, 132))
PREFIX = bytes(range(200, 207))
AD = b"sottovoce seal v1\nlocal\nrec_00112233445566778899\naudio\n1"


def plaintext(size: int) -> bytes:
    return bytes((i * 7 + i // 251) % 256 for i in range(size))


def by_hand(data: bytes) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=SALT, info=AD).derive(KEY)
    pieces, rest = [data[:65480]], data[65480:]
    pieces += [rest[i : i + 65520] for i in range(0, len(rest), 65520)]
    sealed = b"\x28" + SALT + PREFIX
    for i, piece in enumerate(pieces):
        nonce = PREFIX + struct.pack(">IB", i, i == len(pieces) - 1)
        sealed += AESGCM(derived).encrypt(nonce, piece, None)
    return sealed


def tink_primitive(key: bytes) -> streaming_aead.StreamingAead:
    value = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=key)
    value.params.hkdf_hash_type = common_pb2.SHA256
    value.params.derived_key_size = 32
    value.params.ciphertext_segment_size = 65536
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(
        key_id=1,
        status=tink_pb2.ENABLED,
        output_prefix_type=tink_pb2.RAW,
        key_data=tink_pb2.KeyData(
            type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
            value=value.SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
    )
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class Kept(io.BytesIO):
    """A file whose bytes can still be had after it was closed."""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()


def by_tink(data: bytes) -> bytes:
    out = Kept()
    with tink_primitive(KEY).new_encrypting_stream(out, AD) as stream:
        stream.write(data)
    return out.kept


def row(maker: str, size: int, sealed: bytes) -> dict[str, object]:
    shown: dict[str, object] = {"maker": maker, "size": size}
    shown["sealed_sha256"] = hashlib.sha256(sealed).hexdigest()
    if maker == "tink" or size < 100:
        shown["sealed"] = base64.b64encode(sealed).decode()
    return shown


def main() -> None:
    streaming_aead.register()
    rows = [row("tink", n, by_tink(plaintext(n))) for n in (0, 1, 65481)]
    sizes = (0, 1, 65479, 65480, 65481, 65480 + 65520, 65480 + 65520 + 1, 300000)
    rows += [row("by hand", n, by_hand(plaintext(n))) for n in sizes]
    document = {
        "format": "docs/spec/seal.md",
        "origin": "made for this project by tests/vectors/seal_make.py",
        "tink": "tink 1.16.1 from PyPI",
        "key": KEY.hex(),
        "salt": SALT.hex(),
        "prefix": PREFIX.hex(),
        "associated_data": AD.decode(),
        "streams": rows,
    }
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
