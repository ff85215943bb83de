"""Search bytes for what was planted, in whatever writing, packing or sound it may have come out.

Rules:
1. Bytes are opened as far as they go: compressed, in base64, in hexadecimal, one within another.
2. Text is read as UTF-8 and UTF-16, escapes of JSON, HTML and URLs undone, letters folded, all
   else than letters and digits one space, and digits joined over what separates them.
3. Sound is decoded and heard by ears that understand it exactly, and searched for keypad tones.
"""

import base64
import binascii
import gzip
import html
import json
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import av
import numpy as np
import soxr
from numpy.typing import NDArray
from toy_speech import ToyEar

from sottovoce.detection.tones import find_tones
from sottovoce.values.sound import SoundInMemory

_DEEP = 3
_EAR_HZ = 16_000
_PACKED = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){10,}")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.,_/\-\u2013]{1,2}(?=\d)")


def opened(data: bytes, deep: int = _DEEP) -> Iterator[bytes]:
    """Yield bytes, and what is packed or written in them."""
    yield data
    if not deep:
        return
    for inner in (*_unpacked(data), *_decoded(data)):
        yield from opened(inner, deep - 1)


def _unpacked(data: bytes) -> Iterator[bytes]:
    for magic in _PACKED:
        for found in re.finditer(re.escape(magic), data):
            with suppress(zlib.error, OSError, EOFError):
                wide = 31 if magic[0] == 0x1F else 15
                inner = zlib.decompressobj(wide).decompress(data[found.start() :])
                if len(inner) > 8:
                    yield inner


def _decoded(data: bytes) -> Iterator[bytes]:
    for found in _BASE64.finditer(data):
        for late in range(4):
            text = found.group()[late:].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            with suppress(binascii.Error):
                yield base64.b64decode(text[: len(text) // 4 * 4])
    for found in _HEX.finditer(data):
        yield bytes.fromhex(found.group().decode())


def readings(data: bytes) -> Iterator[str]:
    """Yield the texts that bytes may be, folded for comparing."""
    for text in (
        data.decode("utf-8", "ignore"),
        data.decode("utf-16-le", "ignore"),
        data.decode("utf-16-be", "ignore"),
        data[1:].decode("utf-16-le", "ignore"),
    ):
        yield folded(text)
        plain = _unescaped(unquote(html.unescape(text)))
        if plain != text:
            yield folded(plain)


def folded(text: str) -> str:
    """Return a text in small letters without marks, words by one space, digits joined."""
    text = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(re.findall(r"[^\W_]+", text))


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)


def said(data: bytes, secrets: Iterable[str]) -> list[str]:
    """Return which of some secrets are in bytes; a secret of one word must be a whole word or not.

    A number is found by any eight digits of it that follow one another.
    """
    sought = {secret: list(_pieces(secret)) for secret in secrets}
    texts = [text for inner in opened(data) for text in readings(inner)]
    return [
        secret
        for secret, pieces in sought.items()
        if any(piece in text for text in texts for piece in pieces)
    ]


def _pieces(secret: str) -> Iterator[str]:
    yield folded(secret)
    if secret.isdigit():
        yield from (secret[i : i + 8] for i in range(len(secret) - 7))
        yield " ".join(secret[:6])


def sounds(data: bytes) -> Iterator[SoundInMemory]:
    """Yield the sounds that bytes are, or have in them as a page has."""
    for inner in (data, *(piece for piece in _decoded(data) if len(piece) > 1_000)):
        with (
            suppress(av.error.FFmpegError, IndexError, ValueError),
            av.open(BytesIO(inner)) as file,
        ):
            rate_hz = file.streams.audio[0].rate
            into = av.AudioResampler(format="s16p", rate=rate_hz)
            frames = [f.to_ndarray() for one in file.decode(audio=0) for f in into.resample(one)]
            if frames:
                yield SoundInMemory(rate_hz, tuple(np.concatenate(frames, axis=1)))


def heard(sound: SoundInMemory) -> str:
    """Return what ears for tones make of a sound, all of it, and the keys that are typed in it."""
    ear = ToyEar("seeker")
    waves = [_wave(samples, sound.rate_hz) for samples in sound.samples]
    words = [word.text for wave in waves for one in ear.hear([wave]) for word in one.words]
    return folded(" ".join([*words, *(finding.value for finding in find_tones(sound))]))


def _wave(samples: NDArray[np.int16], rate_hz: int) -> NDArray[np.float32]:
    wave: NDArray[np.float32] = soxr.resample(samples.astype(np.float32) / 32768, rate_hz, _EAR_HZ)
    return wave


def spoken_in(path: Path, secrets: Iterable[str]) -> list[str]:
    """Return which of some secrets are heard in the sounds of a file."""
    texts = [heard(sound) for sound in sounds(path.read_bytes())]
    return [secret for secret in secrets if any(folded(secret) in text for text in texts)]


def hidden_forms(secret: str) -> dict[str, bytes]:
    """Return a secret as it may come out, by the name of the writing: to prove the search."""
    plain = f"it is {secret}, they said, and nothing else".encode()
    deflated = zlib.compress(plain)
    spaced = f"it is {'-'.join(secret[i : i + 4] for i in range(0, len(secret), 4))} yes"
    return {
        "plain": plain,
        "capitals": plain.upper(),
        "UTF-16": plain.decode().encode("utf-16"),
        "UTF-16, one byte late": b"x" + plain.decode().encode("utf-16-le"),
        "base64": base64.b64encode(plain),
        "base64 for URLs": b"?q=" + base64.urlsafe_b64encode(b"\xff\xfe" + plain),
        "hexadecimal": plain.hex().encode(),
        "compressed": b"\0\0" + deflated,
        "gzip": gzip.compress(plain),
        "compressed in base64": base64.b64encode(deflated),
        "escaped for JSON": "".join(f"\\u{ord(c):04x}" for c in plain.decode()).encode(),
        "in JSON": json.dumps({"text": plain.decode()}).encode(),
        "escaped for HTML": "".join(f"&#{ord(c)};" for c in plain.decode()).encode(),
        "escaped for URLs": "".join(f"%{b:02x}" for b in plain).encode(),
        **({"digits apart": spaced.encode()} if secret.isdigit() else {}),
    }
