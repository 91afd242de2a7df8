"""What the tests of uploads and of storages share: every refusal is quick and says why; each storage in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.filetype import FileRefused, inspect_attachment
from app.adapters.object_storage import Bucket, ObjectStorage
from app.adapters.storage import DiskStorage, MemoryStorage, Storage
from tests.support.files import KEYS
from tests.support.object_store import bucket_at, empty, served

Refusal = Callable[..., str]


@pytest.fixture
def refusal() -> Refusal:
    """Returns the message with which a file is refused, and fails where it takes 2 s or is let in."""

    def refused(data: bytes, filename: str, inspect: Callable[[bytes, str], object] = inspect_attachment) -> str:
        start = time.process_time()
        with pytest.raises(FileRefused) as caught:
            inspect(data, filename)
        assert time.process_time() - start < 2
        assert caught.value.field == "file"
        assert caught.value.message.endswith("。")
        return caught.value.message

    return refused


@pytest.fixture(scope="session")
def kept_in_bucket() -> Iterator[tuple[Bucket, ObjectStorage]]:
    """A bucket and the storage in it; a client takes long to be made, so there is one."""
    with served() as endpoint:
        bucket = bucket_at(endpoint)
        yield bucket, ObjectStorage(bucket, KEYS)


@pytest.fixture
def bucket(kept_in_bucket: tuple[Bucket, ObjectStorage]) -> Bucket:
    """The bucket, empty."""
    empty(kept_in_bucket[0])
    return kept_in_bucket[0]


@pytest.fixture
def objects(bucket: Bucket, kept_in_bucket: tuple[Bucket, ObjectStorage]) -> ObjectStorage:
    """The storage in the empty bucket."""
    return kept_in_bucket[1]


@pytest.fixture(params=["disk", "memory", "objects"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Each storage in turn, empty."""
    if request.param == "objects":
        found: ObjectStorage = request.getfixturevalue("objects")
        return found
    return DiskStorage(tmp_path / "files", KEYS) if request.param == "disk" else MemoryStorage()
