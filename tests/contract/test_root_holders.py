"""What each holder of a root key does besides what all of them do."""

import datetime
import ipaddress
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from holders import NOWHERE, Holder
from transit_engine import TransitEngine

from sottovoce.backends.credential_root import credential_root
from sottovoce.backends.root_held import LeasedRoot, parse_held
from sottovoce.backends.transit_root import TransitRoot, open_transit
from sottovoce.values.errors import Missing, Refused, SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.vault.keys import TENANT, KeyName, WrappingKey
from sottovoce.wiring import _holder

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "root.json").read_text())
NAME = KeyName(VECTOR["purpose"], VECTOR["id"])
KEY = bytes.fromhex(VECTOR["key"])


def credential(folder: Path, data: bytes, mode: int = 0o400) -> WrappingKey:
    (folder / "root").write_bytes(data)
    (folder / "root").chmod(mode)
    return credential_root(parse_held("credential:root", vault=VECTOR["vault"]), folder=folder)


def test_the_vector_of_a_credential_opens(tmp_path: Path) -> None:
    root = credential(tmp_path, bytes.fromhex(VECTOR["holder"]))

    assert root.unwrap(bytes.fromhex(VECTOR["credential"]), NAME) == KEY


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33)], ids=len)
def test_a_credential_of_another_length_is_not_taken(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Tampered, match="not 32 bytes"):
        credential(tmp_path, data)


@pytest.mark.parametrize("mode", [0o404, 0o420, 0o402])
def test_a_credential_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Refused, match="others can"):
        credential(tmp_path, bytes(32), mode)


def test_a_passphrase_may_be_a_credential(tmp_path: Path, monkeypatch) -> None:
    from sottovoce.wiring import embedded

    (tmp_path / "sottovoce-passphrase").write_text("correct horse\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    embedded(tmp_path / "vault").close()
    assert "argon2id" in (tmp_path / "vault" / "root.key").read_text()
    embedded(tmp_path / "vault").close()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")

    with pytest.raises(Refused, match="none was given"):
        embedded(tmp_path / "vault")


class Token:
    """The token of the tests, reached around the product."""

    def __init__(self, holder: Holder) -> None:
        import pkcs11

        holder.open()  # It logs in.
        self.holder = holder
        self.library = next(iter(pkcs11._loaded.values()))

    def put(self, label: str, value: bytes, **more: bool) -> Holder:
        from pkcs11 import Attribute, KeyType, ObjectClass

        kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        kept |= {getattr(Attribute, name): truth for name, truth in more.items()}
        uses = {Attribute.ENCRYPT: True, Attribute.DECRYPT: True}
        what = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}
        session = self.library.get_token(token_label="vaults").open(rw=True)  # noqa: S106 - it names the token
        named = {Attribute.LABEL: label, Attribute.VALUE: value, Attribute.TOKEN: True}
        session.create_object(what | named | uses | kept)
        return Holder(f"pkcs11:vaults/{label}", self.holder.secrets, self.holder.away)


@pytest.fixture
def token(holders: dict[str, Holder]) -> Token:
    return Token(holders["pkcs11"])


def test_the_vector_of_a_token_opens(token: Token) -> None:
    holder = token.put("vector", bytes.fromhex(VECTOR["holder"]))

    root = holder.open(VECTOR["vault"], make=False)
    assert root.unwrap(bytes.fromhex(VECTOR["pkcs11"]), NAME) == KEY


def test_a_session_that_is_over_is_begun_anew(token: Token) -> None:
    root = token.holder.open()
    wrapped = root.wrap(KEY, TENANT)
    root._key.session.close()

    assert root.unwrap(wrapped, TENANT) == KEY


def test_a_key_wraps_and_opens_in_one_way_only(holders: dict[str, Holder]) -> None:
    by_gcm, by_wrapping = holders["pkcs11"].open(), holders["pkcs11-wrapping"].open()
    from pkcs11 import Attribute

    uses = ("ENCRYPT", "DECRYPT", "WRAP", "UNWRAP")
    for root, may in (
        (by_gcm, [True, True, False, False]),
        (by_wrapping, [False, False, True, True]),
    ):
        assert [root._key[getattr(Attribute, use)] for use in uses] == may
    assert by_gcm.wrap(KEY, TENANT)[:1] == b"\x11"
    assert by_wrapping.wrap(KEY, TENANT)[:1] == b"\x12"


def test_nothing_passing_is_left_in_the_token(holders: dict[str, Holder]) -> None:
    from pkcs11 import Attribute, KeyType

    root = holders["pkcs11-wrapping"].open()
    root.unwrap(root.wrap(KEY, TENANT), TENANT)

    left = root._key.session.get_objects({Attribute.KEY_TYPE: KeyType.GENERIC_SECRET})
    assert list(left) == []


def test_the_key_that_is_drawn_never_comes_out(token: Token) -> None:
    from pkcs11 import Attribute
    from pkcs11.exceptions import AttributeSensitive

    key = token.holder.open()._key
    wanted = ("SENSITIVE", "EXTRACTABLE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "LOCAL")
    assert [key[getattr(Attribute, name)] for name in wanted] == [True, False, True, True, True]
    with pytest.raises(AttributeSensitive):
        key[Attribute.VALUE]


@pytest.mark.parametrize("more", [{"EXTRACTABLE": True}, {"SENSITIVE": False}], ids=str)
def test_a_key_that_could_come_out_is_refused(token: Token, more: dict[str, bool]) -> None:
    holder = token.put(f"open-{next(iter(more))}", bytes(range(32)), **more)

    with pytest.raises(Refused, match="could be taken out"):
        holder.open()


def test_two_keys_of_one_label_are_refused(token: Token) -> None:
    for value in (bytes(range(32)), bytes(range(1, 33))):
        holder = token.put("twins", value)

    with pytest.raises(Refused, match="more than one"):
        holder.open()


def test_a_key_of_fewer_bits_is_refused(token: Token) -> None:
    with pytest.raises(Refused, match="256 bits"):
        token.put("short", bytes(range(16))).open()


def test_a_token_that_is_not_there_is_unavailable(token: Token) -> None:
    with pytest.raises(Unavailable, match="token others is not there"):
        Holder("pkcs11:others/root", (), token.holder.away).open()


def test_a_pin_that_is_no_text_is_unfit(holders: dict[str, Holder], tmp_path, monkeypatch) -> None:
    (tmp_path / "pin").write_bytes(b"\xff\xfe1234")
    monkeypatch.setenv("SOTTOVOCE_PKCS11_PIN_FILE", str(tmp_path / "pin"))

    with pytest.raises(Unfit, match="not text"):
        holders["pkcs11"].open()


def test_a_wrong_pin_is_refused_and_not_repeated(
    holders: dict[str, Holder], tmp_path: Path, monkeypatch
) -> None:
    import pkcs11

    holders["pkcs11"].open()
    for library in pkcs11._loaded.values():
        library.finalize()  # Every login ends.
    (tmp_path / "pin").write_text("8642")
    with monkeypatch.context() as patch:
        patch.setenv("SOTTOVOCE_PKCS11_PIN_FILE", str(tmp_path / "pin"))
        with pytest.raises(Refused, match="PIN does not open") as said:
            holders["pkcs11"].open()

    assert "8642" not in f"{said.value}{said.value.hint}"
    holders["pkcs11"].open()


def test_kms_opens_with_the_whole_context_only(holders: dict[str, Holder]) -> None:
    root = holders["kms"].open()
    blob = root.wrap(KEY, TENANT)[1:]
    arn = holders["kms"].held().key
    context = {"sottovoce-vault": "0f" * 16, "sottovoce-key": "tenant/local"}

    opened = root._client.decrypt(KeyId=arn, CiphertextBlob=blob, EncryptionContext=context)
    assert opened["Plaintext"] == KEY
    for other in ({}, context | {"sottovoce-key": "service/signing"}, context | {"more": "x"}):
        with pytest.raises(root._client.exceptions.InvalidCiphertextException):
            root._client.decrypt(KeyId=arn, CiphertextBlob=blob, EncryptionContext=other)


def test_what_another_key_of_kms_wrapped_does_not_open(holders: dict[str, Holder]) -> None:
    root = holders["kms"].open()
    arn = root._client.create_key()["KeyMetadata"]["Arn"]
    wrapped = _holder(parse_held(f"kms:{arn}", vault="0f" * 16), False).wrap(KEY, TENANT)

    with pytest.raises(Tampered):
        root.unwrap(wrapped, TENANT)


def test_kms_is_asked_in_the_region_of_the_key_whatever_the_settings_say(
    holders: dict[str, Holder], monkeypatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    assert holders["kms"].open()._client.meta.region_name == "eu-central-1"


def test_a_key_that_is_not_at_kms_is_missing(holders: dict[str, Holder]) -> None:
    arn = holders["kms"].held().key
    other = _holder(parse_held(f"kms:{arn[:-4]}0000", vault="0f" * 16), False)

    with pytest.raises(Missing):
        other.wrap(KEY, TENANT)


SAID = [
    ("DisabledException", Unavailable),
    ("KMSInvalidStateException", Unavailable),
    ("ThrottlingException", Unavailable),
    ("KMSInternalException", Unavailable),
    ("UnrecognizedClientException", Refused),
    ("AccessDeniedException", Refused),
    ("NotFoundException", Missing),
    ("InvalidCiphertextException", Tampered),
    ("IncorrectKeyException", Tampered),
]


@pytest.mark.parametrize(("code", "expected"), SAID)
def test_what_kms_says_is_told_by_its_code_alone(
    holders: dict[str, Holder], code: str, expected: type[SottovoceError]
) -> None:
    from botocore.stub import Stubber

    root = holders["kms"].open()
    wrapped = root.wrap(KEY, TENANT)
    with Stubber(root._client) as stub:
        for what in ("decrypt", "encrypt"):
            stub.add_client_error(what, code, "arn:of:somebody is not authorised")
        with pytest.raises(expected) as said:
            root.unwrap(wrapped, TENANT)

    assert "somebody" not in f"{said.value}{said.value.hint}"
    assert said.value.hint


@pytest.fixture
def engine() -> Iterator[TransitEngine]:
    engine = TransitEngine("the-token")
    engine.make("vaults")
    yield engine
    engine.close()


def transit(address: str, token: bytes = b"the-token", **more: object) -> TransitRoot:
    held = parse_held("transit:transit/vaults", vault="0f" * 16)
    return open_transit(held, address=address, token=lambda: token, **more)


def test_the_engine_is_asked_as_its_makers_say(engine: TransitEngine) -> None:
    root = transit(f"http://127.0.0.1:{engine.port}/", namespace="team/one")
    root.unwrap(root.wrap(KEY, TENANT), TENANT)

    paths, headers = zip(*engine.seen, strict=True)
    assert paths == ("/v1/transit/encrypt/vaults", "/v1/transit/decrypt/vaults")
    assert {h["X-Vault-Token"] for h in headers} == {"the-token"}
    assert {h["X-Vault-Namespace"] for h in headers} == {"team/one"}


def test_what_an_older_version_of_the_key_wrapped_opens(engine: TransitEngine) -> None:
    root = transit(f"http://127.0.0.1:{engine.port}")
    old = root.wrap(KEY, TENANT)
    engine.rotate("vaults")

    assert root.unwrap(old, TENANT) == KEY
    assert root.wrap(KEY, TENANT).startswith(b"\x31vault:v2:")


def test_a_wrong_tag_is_one_whatever_the_version_of_the_engine_says(engine: TransitEngine) -> None:
    root = transit(f"http://127.0.0.1:{engine.port}")
    wrapped = root.wrap(KEY, TENANT)
    for engine.wrong_tag_status in (400, 500):
        with pytest.raises(Tampered):
            root.unwrap(wrapped, KeyName("person", "x"))


def test_a_wrong_token_is_refused_and_not_repeated(engine: TransitEngine) -> None:
    with pytest.raises(Refused, match="status 403") as said:
        transit(f"http://127.0.0.1:{engine.port}", b"another-one").wrap(KEY, TENANT)
    assert "another-one" not in repr(said.value)


def test_a_sealed_engine_is_unavailable_and_a_key_that_is_not_there_missing(
    engine: TransitEngine,
) -> None:
    root = transit(f"http://127.0.0.1:{engine.port}")
    engine.is_sealed = True
    with pytest.raises(Unavailable, match="status 503"):
        root.wrap(KEY, TENANT)
    engine.is_sealed = False
    engine.keys.clear()

    with pytest.raises(Missing):
        root.wrap(KEY, TENANT)


ODD = [
    (200, b"not json"),
    (200, b"{}"),
    (200, b'{"data": []}'),
    (200, b'{"data": {"plaintext": 7, "ciphertext": 7}}'),
    (200, b'{"data": {"plaintext": "!", "ciphertext": "two words"}}'),
    (200, '{"data": {"plaintext": "\u00e9", "ciphertext": "\u00e9"}}'.encode()),
    (200, b"[" * 60_000),
    (302, b""),
    (404, b"{}"),
]


@pytest.mark.parametrize(("status", "answer"), ODD)
def test_an_odd_answer_is_unavailable(monkeypatch, status: int, answer: bytes) -> None:
    root = transit("http://127.0.0.1:1")
    monkeypatch.setattr(root, "_post", lambda path, body: (status, answer))

    with pytest.raises(Unavailable):
        root.wrap(KEY, TENANT)
    with pytest.raises(Unavailable):
        root.unwrap(b"\x31vault:v1:AAAA", TENANT)


FAR = [
    "http://bao.example:8200",
    "ftp://127.0.0.1",
    "https://",
    "https://user@bao.example",
    "https://bao.example/v1",
    "https://bao.example:99999",
    "bao.example",
]


@pytest.mark.parametrize("address", FAR)
def test_an_address_that_is_not_https_is_unfit(address: str) -> None:
    with pytest.raises(Unfit):
        transit(address)


@pytest.mark.parametrize(
    "token", [b"", b"two words", b"a\r\nX-Other: b", bytes(3000)], ids=range(4)
)
def test_a_token_that_is_none_is_unfit(token: bytes) -> None:
    with pytest.raises(Unfit, match="token"):
        transit(NOWHERE, token)


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for this machine, of its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "engine")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now.replace(year=9999)
    ).add_extension(here, critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "pem").write_bytes(pem)
    (folder / "key").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem", folder / "key")
    return context, folder / "pem"


def test_the_engine_is_known_by_its_certificate(tmp_path: Path) -> None:
    context, authority = certified(tmp_path)
    engine = TransitEngine("the-token", tls=context)
    engine.make("vaults")
    address = f"https://127.0.0.1:{engine.port}"
    try:
        known = transit(address, authority=authority)
        assert known.unwrap(known.wrap(KEY, TENANT), TENANT) == KEY
        before = len(engine.seen)
        with pytest.raises(Refused, match="certificate"):
            transit(address).wrap(KEY, TENANT)
        assert len(engine.seen) == before
    finally:
        engine.close()


def test_a_lease_asks_again_when_it_is_over_and_overwrites_what_it_kept() -> None:
    asked, now = [], [0.0]
    under = WrappingKey(bytes(32))
    root = LeasedRoot(under, used=lambda: asked.append(1), lease_s=10, clock=lambda: now[0])
    wrapped = root.wrap(KEY, TENANT)
    for now[0] in (0.0, 5.0, 9.9):
        assert root.unwrap(wrapped, TENANT) == KEY
    (kept,) = [key for _, key in root._open.values()]
    assert len(asked) == 1

    now[0] = 10.0
    assert root.unwrap(wrapped, TENANT) == KEY
    assert len(asked) == 2
    assert kept == bytes(32)
