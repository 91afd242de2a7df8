"""Files in a bucket: sealed, under names that tell nothing, swept without losing any, and told of when they are away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.adapters import object_storage
from app.adapters.object_storage import Bucket, ObjectStorage
from app.adapters.sealing import StorageAway, StorageDamaged
from app.adapters.storage import DiskStorage
from app.adapters.storage_choice import storage_at
from app.cipher import Algorithm, KeyRing
from config import Misconfigured
from tests.support.files import KEYS, OLD, SHA256_OF_ABC
from tests.support.object_store import SECRET, client_of, keys_in, nobody_answers

CONTENT = "身份证 530102197505200011".encode() * 100
NAME = KEYS.index(SHA256_OF_ABC, "file").hex()


def content_of(bucket: Bucket, key: str) -> bytes:
    body: bytes = client_of(bucket).get_object(Bucket=bucket.name, Key=key)["Body"].read()
    return body


def test_nothing_in_the_bucket_shows_a_file_or_its_digest(objects: ObjectStorage, bucket: Bucket) -> None:
    digest = objects.put(CONTENT)
    (key,) = keys_in(bucket)
    assert key == f"registry/sealed/{KEYS.index(digest, 'file').hex()}"
    assert digest not in key
    assert CONTENT[:20] not in content_of(bucket, key)


def test_damage_is_told_and_not_overwritten(objects: ObjectStorage, bucket: Bucket) -> None:
    objects.put(b"abc")
    key = f"registry/sealed/{NAME}"
    damaged = content_of(bucket, key)[:-1] + b"?"
    client_of(bucket).put_object(Bucket=bucket.name, Key=key, Body=damaged)
    with pytest.raises(StorageDamaged):
        objects.read(SHA256_OF_ABC)
    with pytest.raises(StorageDamaged):
        objects.put(b"abc")
    assert content_of(bucket, key) == damaged


def test_reseal_brings_old_files_under_the_present_key(objects: ObjectStorage, bucket: Bucket) -> None:
    old = ObjectStorage(bucket, OLD)
    digests = [old.put(str(number).encode()) for number in range(3)]
    objects.put(b"abc")
    next(iter(objects.reseal()))  # stopped in the middle
    assert sum(objects.reseal()) in (2, 3)
    assert not any(objects.reseal())
    only_new = ObjectStorage(bucket, KeyRing({2: b"2" * 32}, b"i" * 32, Algorithm.SM4_GCM))
    assert [only_new.read(digest) for digest in digests] == [b"0", b"1", b"2"]


def test_what_nobody_names_goes_in_two_sweeps_a_day_apart(objects: ObjectStorage, bucket: Bucket) -> None:
    named, nobody_s = objects.put(b"abc"), objects.put(b"refused")
    assert objects.sweep([named]) == 0  # both are young
    assert objects.sweep([named], older_than_seconds=0) == 1
    assert [objects.exists(digest) for digest in (named, nobody_s)] == [True, False]
    assert objects.sweep([named]) == 0  # what was put aside is young there
    assert len(keys_in(bucket)) == 2
    assert objects.sweep([named], older_than_seconds=0) == 0
    assert keys_in(bucket) == [f"registry/sealed/{NAME}"]
    assert list(objects.digests()) == [named]


def test_what_is_put_again_while_it_is_swept_stays(
    objects: ObjectStorage, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row comes after the sweep has asked for the rows: the content is read from aside, and comes back."""
    objects.put(b"abc")
    delete = objects._delete

    def put_before(key: str) -> None:
        if key.startswith("registry/sealed/"):
            objects.put(b"abc")
        delete(key)

    monkeypatch.setattr(objects, "_delete", put_before)
    objects.sweep([], older_than_seconds=0)
    monkeypatch.undo()
    assert keys_in(bucket) == [f"registry/aside/{NAME}"]
    assert objects.read(SHA256_OF_ABC) == b"abc"
    assert objects.size(SHA256_OF_ABC) == 3
    objects.sweep([SHA256_OF_ABC])
    assert keys_in(bucket) == [f"registry/sealed/{NAME}"]
    assert objects.read(SHA256_OF_ABC) == b"abc"


def test_one_content_put_by_many_threads_at_once_is_stored_once(objects: ObjectStorage, bucket: Bucket) -> None:
    barrier = threading.Barrier(4)

    def put(_: int) -> str:
        barrier.wait()
        return objects.put(CONTENT)

    with ThreadPoolExecutor(4) as pool:
        (digest,) = set(pool.map(put, range(4)))
    assert len(keys_in(bucket)) == 1
    assert objects.read(digest) == CONTENT


def everything(storage: ObjectStorage) -> dict[str, Callable[[], Any]]:
    return {
        "put": lambda: storage.put(b"abc"),
        "read": lambda: storage.read(SHA256_OF_ABC),
        "exists": lambda: storage.exists(SHA256_OF_ABC),
        "digests": lambda: list(storage.digests()),
        "sweep": lambda: storage.sweep([]),
    }


def refused_by(storage: ObjectStorage, caplog: pytest.LogCaptureFixture, reason: str) -> None:
    for name, ask in everything(storage).items():
        caplog.clear()
        with pytest.raises(StorageAway) as caught:
            ask()
        assert caught.value.message == "文件存储暂时没有应答，这次操作没有完成。请过几分钟再试。", name
        assert caplog.messages == [f"the object storage does not serve: {reason}"], name
        assert str(caught.value) == f"object storage: {reason}"


def test_a_store_that_is_not_there_is_said_to_be_away(
    bucket: Bucket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_storage, "TRIES", 1)
    away = ObjectStorage(replace(bucket, endpoint="http://127.0.0.1:1"), KEYS)
    refused_by(away, caplog, "EndpointConnectionError")


def test_a_store_without_our_bucket_is_away_too(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    lost = ObjectStorage(replace(bucket, name="elsewhere"), KEYS)
    with pytest.raises(StorageAway):
        lost.put(b"abc")
    with pytest.raises(StorageAway):
        lost.read(SHA256_OF_ABC)
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert told == ["the object storage does not serve: NoSuchBucket"] * 2


def test_a_store_that_says_nothing_is_not_waited_for_long(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_storage, "READ_SECONDS", 0.2)
    monkeypatch.setattr(object_storage, "TRIES", 2)
    with nobody_answers(bucket) as silent:
        began = time.monotonic()
        with pytest.raises(StorageAway, match="ReadTimeoutError"):
            ObjectStorage(silent, KEYS).put(b"abc")
    assert 0.4 < time.monotonic() - began < 4
    # As it is set for good: three tries of so long, and what is waited between them.
    monkeypatch.undo()
    assert (object_storage.CONNECT_SECONDS + object_storage.READ_SECONDS) * object_storage.TRIES < 40


def test_credentials_are_in_no_log(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    storage = ObjectStorage(bucket, KEYS)
    storage.put(CONTENT)
    with pytest.raises(StorageAway):
        ObjectStorage(replace(bucket, name="elsewhere"), KEYS).put(b"abc")
    assert "does not serve" in caplog.text
    for secret in (SECRET, bucket.key_id):
        assert secret not in caplog.text
    assert SECRET not in repr(bucket)


CHOSEN = {
    "STORAGE_URL": "s3://files/registry/?addressing=path",
    "STORAGE_ENDPOINT": "https://s3.example.gov.cn",
    "STORAGE_REGION": "",
    "STORAGE_ACCESS_KEY_ID": "id",
    "STORAGE_ACCESS_KEY_SECRET": SECRET,
}


def test_the_settings_name_the_storage(tmp_path: Path) -> None:
    assert isinstance(storage_at({"STORAGE_URL": "", "STORAGE_PATH": str(tmp_path)}, KEYS), DiskStorage)
    chosen = storage_at(CHOSEN, KEYS)
    assert isinstance(chosen, ObjectStorage)
    assert (chosen._bucket, chosen._sealed) == ("files", "registry/sealed/")
    assert chosen._client.meta.endpoint_url == "https://s3.example.gov.cn"
    config = chosen._client.meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (3, 10, 3)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"STORAGE_URL": "files/registry"}, "须写作 s3://"),
        ({"STORAGE_URL": "s3:///registry"}, "须写作 s3://"),
        ({"STORAGE_URL": "s3://id:secret@files"}, "须写作 s3://"),
        ({"STORAGE_URL": "s3://files?addressing=odd"}, "须写作 s3://"),
        ({"STORAGE_URL": "s3://files?secret=odd"}, "须写作 s3://"),
        ({"STORAGE_ENDPOINT": "s3.example.gov.cn"}, "须以 https:// 或 http:// 开头"),
        ({"STORAGE_ENDPOINT": "", "STORAGE_ACCESS_KEY_SECRET": ""}, "STORAGE_ENDPOINT、STORAGE_ACCESS_KEY_SECRET$"),
    ],
)
def test_half_a_storage_is_refused(changed: dict[str, str], says: str) -> None:
    with pytest.raises(Misconfigured, match=says) as refused:
        storage_at({**CHOSEN, **changed}, KEYS)
    assert "secret@" not in str(refused.value)


def test_without_its_client_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str) -> None:
        raise ModuleNotFoundError(name="boto3")

    monkeypatch.setattr("app.adapters.storage_choice.import_module", lacking)
    with pytest.raises(Misconfigured, match=r"boto3 没有安装，请执行 pip install -r requirements-s3\.txt"):
        storage_at(CHOSEN, KEYS)
