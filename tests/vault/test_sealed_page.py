"""The page of the sealed file is enough: by it alone ours is opened, and made for us to open.

The other side is tests/vectors/sealed_make.py: it joins ML-KEM, X25519, SHA-3, HKDF and AES-GCM by
the page, and shares no code with the product.
"""

import base64
import importlib.util
import io
import json
from pathlib import Path

import pytest
from in_memory import Bytes

from sottovoce.values.errors import Unfit
from sottovoce.vault.recipient import RecipientKey, read_recipient
from sottovoce.vault.sealed_file import HEADER, Form, open_body, read_header, seal_file

VECTORS = Path(__file__).parents[1] / "vectors"
DOCUMENT = json.loads((VECTORS / "sealed.json").read_text())
SEED = bytes.fromhex(DOCUMENT["seed"])
KEY = RecipientKey(SEED)

spec = importlib.util.spec_from_file_location("sealed_make", VECTORS / "sealed_make.py")
assert spec is not None
assert spec.loader is not None
stranger = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stranger)


def opened(file: bytes) -> bytes:
    header = read_header(file[:HEADER])
    assert header is not None
    reader = open_body(Bytes(file), header.open(KEY))
    return bytes(reader.read_at(0, reader.size))


def sealed(data: bytes, form: Form = Form.AS_IT_SAYS) -> bytes:
    sink = Bytes()
    assert seal_file(io.BytesIO(data), sink, KEY.recipient, form=form) == len(data)
    return bytes(sink.data)


def test_the_first_key_pair_is_the_published_one() -> None:
    assert stranger.SEED == SEED
    assert KEY.recipient.public.startswith(stranger.PUBLISHED)
    assert KEY.recipient.public == stranger.public_of(SEED)


def test_the_recipient_is_that_of_the_vectors() -> None:
    assert KEY.recipient.text.decode() == DOCUMENT["recipient"]
    assert KEY.recipient.id.hex() == DOCUMENT["id"]
    assert read_recipient(DOCUMENT["recipient"].encode()) == KEY.recipient


@pytest.mark.parametrize("file", DOCUMENT["files"], ids=lambda file: str(file["size"]))
def test_what_was_sealed_by_hand_opens(file: dict[str, object]) -> None:
    data = base64.b64decode(str(file["sealed"]))
    header = read_header(data[:HEADER])

    assert header is not None
    assert header.form == file["form"]
    assert opened(data) == stranger.plaintext(file["size"])


@pytest.mark.parametrize("size", [0, 1, 65480, 65481, 131000, 131001, 200_000])
def test_what_we_seal_is_opened_by_who_has_only_the_page(size: int) -> None:
    data = stranger.plaintext(size)

    assert stranger.unseal(sealed(data), SEED) == data


def test_a_seed_drawn_anew_is_read_by_the_page_too() -> None:
    seed = bytes(range(200, 232))
    key = RecipientKey(seed)
    sink = Bytes()
    seal_file(io.BytesIO(b"sound"), sink, key.recipient, form=Form.MU_LAW)

    assert key.recipient.public == stranger.public_of(seed)
    assert stranger.unseal(bytes(sink.data), seed) == b"sound"
    assert sink.data[10] == 1


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"sottovoce recipient v1\n",
        KEY.recipient.text[:-20],
        KEY.recipient.text.replace(b"v1", b"v2"),
        KEY.recipient.text + b"more",
        b" " + KEY.recipient.text,
        b"sottovoce recipient v1\n" + base64.b64encode(b"\xff" * 1216) + b"\n",
        b"sottovoce recipient v1\n" + base64.b64encode(KEY.recipient.public + b"\0") + b"\n",
    ],
)
def test_what_is_no_recipient_is_unfit(text: bytes) -> None:
    with pytest.raises(Unfit):
        read_recipient(text)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b" \t\r\n\n"])
def test_what_a_mailer_adds_at_the_end_of_a_recipient_is_no_matter(ending: bytes) -> None:
    text = KEY.recipient.text.rstrip().replace(b"\n", b"\r\n") + ending

    assert read_recipient(text) == KEY.recipient
