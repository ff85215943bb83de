"""One suite for every root key, wherever it is held: what the vault may rely on."""

import base64
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from holders import ALL, Holder

from sottovoce.backends.root_file import Argon2Cost, make_root
from sottovoce.values.errors import Tampered, Unavailable
from sottovoce.vault.keys import TENANT, KeyName, Root, WrappingKey

KEY = bytes(range(100, 132))
PERSON = KeyName("person", "caller-1")
OpenRoot = Callable[[str], Root]
"""Open the root of a vault; the same one again for the same id."""


@pytest.fixture(params=["memory", "file", *ALL])
def open_root(request: pytest.FixtureRequest, tmp_path: Path) -> OpenRoot:
    if request.param in ALL:
        return request.getfixturevalue("holders")[request.param].open
    if request.param == "memory":
        return lambda vault="ab" * 16: WrappingKey(bytes.fromhex(vault * 2))
    cost, made = Argon2Cost(time=1, memory_kib=64, lanes=1), {}

    def from_file(vault: str = "ab" * 16) -> Root:
        if vault not in made:
            made[vault] = make_root(tmp_path / vault, passphrase=b"correct horse", cost=cost)
        return made[vault]

    return from_file


@pytest.fixture
def root(open_root: OpenRoot) -> Root:
    return open_root()


def test_what_was_wrapped_opens_again(open_root: OpenRoot) -> None:
    wrapped = open_root().wrap(KEY, TENANT)

    assert open_root().unwrap(wrapped, TENANT) == KEY
    assert KEY not in wrapped


def test_the_same_key_is_never_wrapped_the_same(root: Root) -> None:
    assert len({root.wrap(KEY, TENANT) for _ in range(3)}) == 3


@pytest.mark.parametrize("name", [PERSON, KeyName("tenant", "locaL"), KeyName("service", "local")])
def test_a_key_opens_under_its_name_only(root: Root, name: KeyName) -> None:
    wrapped = root.wrap(KEY, TENANT)

    with pytest.raises(Tampered, match="does not open"):
        root.unwrap(wrapped, name)


def test_a_key_of_another_vault_does_not_open(open_root: OpenRoot) -> None:
    wrapped = open_root().wrap(KEY, TENANT)

    with pytest.raises(Tampered, match="does not open"):
        open_root("cd" * 16).unwrap(wrapped, TENANT)


def test_a_flipped_bit_is_found_wherever_it_is(root: Root) -> None:
    wrapped = root.wrap(KEY, TENANT)
    step = 1 if len(wrapped) in (61, 89) else 5
    for place in (*range(0, len(wrapped), step), len(wrapped) - 1):
        changed = bytearray(wrapped)
        changed[place] ^= 0x01
        if _is_the_same_text(bytes(changed), wrapped):
            continue

        with pytest.raises(Tampered, match="does not open"):
            root.unwrap(bytes(changed), TENANT)


def _is_the_same_text(changed: bytes, wrapped: bytes) -> bool:
    """Base64 has bits at its end that mean nothing."""
    try:
        one, two = (
            base64.b64decode(t.rpartition(b":")[2], validate=True) for t in (changed, wrapped)
        )
    except ValueError:
        return False
    return one == two and changed.rpartition(b":")[0] == wrapped.rpartition(b":")[0] != b""


STRANGE = [
    b"",
    b"\x01",
    b"\x11" * 61,
    b"\x21" + bytes(90),
    b"\x31vault:v1:AAAA",
    b"\x31\xff",
    b"x" * 9000,
]


@pytest.mark.parametrize("wrapped", STRANGE, ids=range(len(STRANGE)))
def test_what_was_never_wrapped_does_not_open(root: Root, wrapped: bytes) -> None:
    with pytest.raises(Tampered, match="does not open"):
        root.unwrap(wrapped, TENANT)


def test_a_piece_or_more_than_all_does_not_open(root: Root) -> None:
    wrapped = root.wrap(KEY, TENANT)
    for changed in (wrapped[:-1], wrapped[:20], wrapped + b"A"):
        with pytest.raises(Tampered, match="does not open"):
            root.unwrap(changed, TENANT)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)], ids=len)
def test_only_keys_are_wrapped(root: Root, key: bytes) -> None:
    with pytest.raises(ValueError, match="key must have 32 bytes"):
        root.wrap(key, TENANT)


def test_a_holder_who_is_away_is_unavailable_and_says_what_to_do(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = holder.open().wrap(KEY, TENANT)
    holder.away(monkeypatch)

    with pytest.raises(Unavailable) as said:
        holder.open().unwrap(wrapped, TENANT)
    assert said.value.hint


def test_nothing_secret_is_shown_logged_or_said(
    holder: Holder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd
) -> None:
    caplog.set_level(logging.INFO)
    root = holder.open()
    wrapped = root.wrap(KEY, TENANT)
    root.unwrap(wrapped, TENANT)
    shown = [repr(root), str(root), repr(holder.held())]
    with pytest.raises(Tampered) as tampered:
        root.unwrap(wrapped, PERSON)
    holder.away(monkeypatch)
    with pytest.raises(Unavailable) as away:
        holder.open().unwrap(wrapped, TENANT)
    for error in (tampered.value, away.value):
        shown += [repr(error), str(error), error.hint]
    said = "\n".join([*shown, caplog.text, *capfd.readouterr()])

    for secret in (KEY, *holder.secrets):
        forms = (repr(secret)[2:-1], secret.hex(), base64.b64encode(secret).decode())
        assert not [form for form in forms if form in said]
