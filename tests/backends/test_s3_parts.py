"""Parts in a bucket: what a store that fails, is slow, breaks off or lies may not bring about."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from sottovoce.backends.s3_bucket import Bucket, Patience
from sottovoce.backends.s3_parts import Pointer, S3Parts, read_pointer
from sottovoce.backends.s3_place import Place
from sottovoce.values.errors import Tampered, Unavailable, Unfit
from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import Part
from sottovoce.vault.shelf import Resting

sys.path.insert(0, str(Path(__file__).parent))
from bad_store import (
    BadStore,
    Fault,
    bad_store,
    cut_off,
    deletes,
    lies,
    once,
    reads,
    says,
    slow,
    whatever,
    writes,
    writes_less,
)

REGION = "eu-central-1"
ONE = RecordingId("rec_" + "1" * 20)
A, B = Part(ONE, "audio", 0), Part(ONE, "audio", 1)
HASTE = Patience(request_s=0.3, tries=1, all_s=1.0)
CALM = Patience(request_s=10, tries=3, all_s=10)


@pytest.fixture
def place(s3_url: str) -> Place:
    name = f"vault-{os.urandom(6).hex()}"
    client = boto3.client("s3", endpoint_url=s3_url, region_name=REGION)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Place(name, REGION, endpoint=s3_url)


@pytest.fixture
def store(s3_url: str) -> Iterator[BadStore]:
    with bad_store(s3_url) as store:
        yield store


def parts_at(place: Place, store: BadStore, patience: Patience = HASTE) -> S3Parts:
    return S3Parts(Bucket(replace(place, endpoint=store.url), patience=patience), piece=1000)


def good(place: Place) -> S3Parts:
    return S3Parts(Bucket(place), piece=1000)


def put(parts: S3Parts, part: Part, data: bytes) -> None:
    sink = parts.create(part)
    try:
        sink.write(memoryview(data))
        sink.close()
    except BaseException:
        sink.discard()
        raise


def read(parts: S3Parts, part: Part) -> bytes:
    source = parts.open(part)
    view = memoryview(bytearray(source.size))
    assert source.read_into(0, view) == source.size
    return bytes(view)


OLD, NEW = b"o" * 2500, b"n" * 2400

WRONG_WRITES = {
    "500": says(500, writes),
    "503": says(503, writes),
    "500 though it is done": says(500, writes, done=True),
    "slow": slow(writes, 0.5),
    "lying": lies(writes),
    "half of it": writes_less,
    "nothing can be read": says(503, reads),
    "slow to read": slow(reads, 0.5),
}


@pytest.mark.parametrize("fault", WRONG_WRITES.values(), ids=WRONG_WRITES)
def test_a_store_that_fails_on_writing_loses_nothing_and_shows_nothing(
    place: Place, store: BadStore, fault: Fault
) -> None:
    parts = parts_at(place, store)
    put(parts, A, OLD)
    parts.settle([A])
    store.fault = fault
    with pytest.raises(Unavailable):
        put(parts, B, NEW)
    with pytest.raises(Unavailable):
        parts.settle([B])
    store.fault = lambda request: False

    assert read(good(place), A) == OLD
    with pytest.raises(Tampered):
        good(place).open(B)
    assert Resting(B, settled=True) not in list(good(place).resting())


@pytest.mark.parametrize("fault", WRONG_WRITES.values(), ids=WRONG_WRITES)
def test_a_store_that_fails_on_settling_leaves_the_old_or_the_new_and_no_mixture(
    place: Place, store: BadStore, fault: Fault
) -> None:
    parts = parts_at(place, store)
    put(parts, A, OLD)
    parts.settle([A])
    put(parts, A, NEW)
    store.fault = fault
    with pytest.raises(Unavailable):
        parts.settle([A])
    store.fault = lambda request: False
    found = read_pointer(good(place).bucket.read(f"local/{ONE}/audio-0.seal") or b"")

    if found is not None:  # Half of a pointer is none: then the part is missed, loudly.
        assert read(good(place), A) in (OLD, NEW)
    parts.settle([A])
    assert read(good(place), A) == NEW


ONCE_WRONG = {
    "500": once(says(500, whatever)),
    "503": once(says(503, whatever)),
    "500 though it is done": once(says(500, writes, done=True)),
    "answer cut off": once(cut_off(writes)),
    "reading cut off": once(cut_off(reads)),
}


@pytest.mark.parametrize("fault", ONCE_WRONG.values(), ids=ONCE_WRONG)
def test_a_store_that_fails_once_is_asked_again(
    place: Place, store: BadStore, fault: Fault
) -> None:
    parts = parts_at(place, store, CALM)
    store.fault = fault
    put(parts, A, NEW)
    parts.settle([A])

    assert read(good(place), A) == NEW


def test_what_is_deleted_is_looked_for(place: Place, store: BadStore) -> None:
    parts = parts_at(place, store)
    put(parts, A, OLD)
    parts.settle([A])
    store.fault = lies(deletes)
    for clear in (lambda: parts.prune(ONE, ()), lambda: parts.remove(A)):
        with pytest.raises(Unavailable, match="are deleted, and has"):
            clear()
    store.fault = lambda request: False
    parts.prune(ONE, ())

    assert list(parts.resting()) == []


def test_a_read_that_is_cut_off_gives_no_bytes_that_are_not_there(
    place: Place, store: BadStore
) -> None:
    parts = parts_at(place, store)
    put(parts, A, OLD)
    parts.settle([A])
    source = parts.open(A)
    store.fault = cut_off(reads)

    with pytest.raises(Unavailable):
        source.read_into(0, memoryview(bytearray(2000)))


def test_no_object_is_ever_written_over_but_a_pointer(place: Place, store: BadStore) -> None:
    plain: list[str] = []

    def look(request: object) -> bool:
        if writes(request) and request.headers["if-none-match"] != "*":  # type: ignore[attr-defined]
            plain.append(f"{request.path} {request.headers['if-match']}")  # type: ignore[attr-defined]
        return False

    store.fault = look
    parts = parts_at(place, store, CALM)
    for data in (OLD, NEW):
        put(parts, A, data)
        parts.settle([A])

    assert len(plain) == 1
    assert ".seal" in plain[0]
    assert "None" not in plain[0]


def test_a_stretch_of_a_long_part_is_read_by_itself(place: Place, store: BadStore) -> None:
    parts = parts_at(place, store, CALM)
    data = bytes(range(256)) * 40
    put(parts, A, data)
    parts.settle([A])
    source = parts.open(A)
    fetched: list[int] = []

    def look(request: object) -> bool:
        first, last = request.headers["range"].removeprefix("bytes=").split("-")  # type: ignore[attr-defined]
        fetched.append(int(last) - int(first) + 1)
        return False

    store.fault = look
    view = memoryview(bytearray(1500))

    assert source.read_into(5_300, view) == 1500
    assert bytes(view) == data[5_300:6_800]
    assert sum(fetched) == 1500


@pytest.mark.parametrize("change", ["gone", "short", "pointer"])
def test_what_was_changed_in_the_bucket_is_tampered(place: Place, change: str) -> None:
    parts = good(place)
    put(parts, A, OLD)
    parts.settle([A])
    client = boto3.client("s3", endpoint_url=place.endpoint, region_name=REGION)
    keys = [one.key for one in parts.bucket.list(f"local/{ONE}")]
    key = keys[-1] if change == "pointer" else keys[0]
    if change == "gone":
        client.delete_object(Bucket=place.bucket, Key=key)
    else:
        client.put_object(Bucket=place.bucket, Key=key, Body=b"x")

    with pytest.raises(Tampered, match="audio-0"):
        read(parts, A)


def test_strangers_objects_are_told_and_an_older_draw_is_not_taken_for_the_part(
    place: Place,
) -> None:
    parts = good(place)
    put(parts, A, OLD)
    parts.settle([A])
    put(parts, A, NEW)
    client = boto3.client("s3", endpoint_url=place.endpoint, region_name=REGION)
    client.put_object(Bucket=place.bucket, Key=f"local/{ONE}/note.txt", Body=b"x")
    found = list(parts.resting())

    assert found.count(Resting(A, settled=True)) == 1
    assert set(found) == {Resting(A, settled=True), Resting(None, settled=False)}
    assert read(parts, A) == OLD


def test_an_object_that_is_there_with_other_bytes_is_left_as_it_is(place: Place) -> None:
    bucket = Bucket(place)
    bucket.create("local/one", b"first")
    with pytest.raises(Unavailable, match="has not got them"):
        bucket.create("local/one", b"other")

    assert bucket.read("local/one") == b"first"


def test_the_pointer_is_as_its_page_says() -> None:
    line = b"sottovoce part v1\n" + b"0f" * 16 + b" 2500 1000\n"

    assert read_pointer(line) == Pointer("0f" * 16, 2500, 1000)
    assert Pointer("0f" * 16, 2500, 1000).line == line
    for wrong in (line[:-1], line + b"\n", line.replace(b"v1", b"v2"), line.replace(b"25", b"05")):
        assert read_pointer(wrong) is None


@pytest.mark.parametrize(
    "url", ["http://store.example", "http://192.0.2.7:9000", "ftp://localhost"]
)
def test_nothing_is_sent_in_the_clear_but_to_this_machine(url: str) -> None:
    with pytest.raises(Unfit, match="not https"):
        Place("vault", REGION, endpoint=url)
    assert Place("vault", REGION, endpoint="http://127.0.0.1:9000").is_safe


def test_a_failure_names_no_bucket_and_no_host(place: Place) -> None:
    lost = Bucket(replace(place, bucket="another-bucket"), patience=HASTE)
    with pytest.raises(Unavailable) as caught:
        list(lost.list("local"))

    said = f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "another-bucket" not in said
    assert "127.0.0.1" not in said
