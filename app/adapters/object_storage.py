"""Files in a bucket that speaks S3: that of a cloud, or of MinIO or Ceph in a department's own rooms.

Several servers share it. Only what every such store knows is asked of it: whole objects put, read, copied, listed.
"""

from __future__ import annotations

import hashlib
import io
import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.adapters.sealing import PREFIX, Sealing, StorageAway, is_name
from app.cipher import KeyRing

log = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 10, 3
_UNKNOWN = {"NoSuchKey", "NotFound", "404"}


@dataclass(frozen=True)
class Bucket:
    """Where, and as whom. ``folder`` is "" or ends with a slash; ``addressing`` is path, virtual or auto."""

    endpoint: str
    region: str
    name: str
    folder: str
    addressing: str
    key_id: str
    key_secret: str = field(repr=False)


class ObjectStorage:
    """Sealed objects ``sealed/<name>``. Safe for several threads, processes and servers.

    A name stands for one content, so whoever writes it twice writes the same. A sweep has no rename that tells it
    whether a file was just stored again: it puts files ``aside``, from where they are read and brought back as long
    as a row may yet name them, and only the sweep of another day takes them from there.
    """

    def __init__(self, bucket: Bucket, keys: KeyRing) -> None:
        self._sealing = Sealing(keys)
        self._bucket, self._sealed, self._aside = bucket.name, f"{bucket.folder}sealed/", f"{bucket.folder}aside/"
        # At its most talkative the client would log who asks.
        logging.getLogger("botocore").setLevel(logging.WARNING)
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=bucket.endpoint,
            region_name=bucket.region,
            aws_access_key_id=bucket.key_id,
            aws_secret_access_key=bucket.key_secret,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": TRIES},
                s3={"addressing_style": bucket.addressing},
                # Checksums that only Amazon's own store knows are no condition; Content-MD5 is known to every one.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, data: bytes | BinaryIO) -> str:
        """As promised by Storage. Raises StorageDamaged where an object of this name holds something else."""
        content = data if isinstance(data, bytes) else data.read()
        digest = hashlib.sha256(content).hexdigest()
        name = self._sealing.name(digest)
        try:
            # As young as if it had come now: no sweep under way takes it for good.
            self._copy(self._sealed + name, self._sealed + name)
        except FileNotFoundError:
            self._write(name, self._sealing.seal(content, name))
        else:
            # Whoever finds a damaged copy must hear of it now, while the good one is still at hand.
            self.read(digest)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """As promised by Storage."""
        return io.BytesIO(self.read(digest))

    def read(self, digest: str) -> bytes:
        """As promised by Storage."""
        name = self._sealing.name(digest)
        try:
            sealed = self._read(self._sealed + name)
        except FileNotFoundError:
            sealed = self._read(self._aside + name)
        return self._sealing.open(sealed, digest)

    def size(self, digest: str) -> int:
        """As promised by Storage."""
        name = self._sealing.name(digest)
        try:
            return self._sealing.size(self._length(self._sealed + name))
        except FileNotFoundError:
            return self._sealing.size(self._length(self._aside + name))

    def exists(self, digest: str) -> bool:
        """As promised by Storage: not what a sweep has put aside, for that is on its way out."""
        name = self._sealing.name(digest)
        with suppress(FileNotFoundError):
            return self._length(self._sealed + name) > 0
        return False

    def digests(self) -> Iterator[str]:
        """As promised by Storage. Opens every object."""
        names = (name for name, _ in self._listed(self._sealed))
        yield from sorted(self._sealing.digest(self._read(self._sealed + name), name) for name in names)

    def reseal(self) -> Iterator[bool]:
        """As promised by Storage."""
        for name, _ in self._listed(self._sealed):
            stale = self._sealing.is_stale(self._read(self._sealed + name, Range=f"bytes=0-{PREFIX - 1}"))
            if stale:
                self._write(name, self._sealing.renew(self._read(self._sealed + name), name))
            yield stale

    def sweep(self, named: Iterable[str], older_than_seconds: float = 86_400) -> int:
        """As promised by Storage; what was put aside by the sweep of another day goes for good, or comes back."""
        limit = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
        kept = self._sealing.names(named)
        for name, since in self._listed(self._aside):
            with suppress(FileNotFoundError):  # another sweep was quicker
                if name in kept:
                    self._move(self._aside + name, self._sealed + name)
                elif since <= limit:
                    self._delete(self._aside + name)
        removed = 0
        for name, since in self._listed(self._sealed):
            if since <= limit and name not in kept:
                with suppress(FileNotFoundError):
                    self._move(self._sealed + name, self._aside + name)
                    removed += 1
        return removed

    def _move(self, source: str, target: str) -> None:
        self._copy(source, target)
        self._delete(source)

    def _copy(self, source: str, target: str) -> None:
        with self._asked():
            self._client.copy_object(
                Bucket=self._bucket,
                Key=target,
                CopySource={"Bucket": self._bucket, "Key": source},
                # Else an object cannot be copied onto itself.
                MetadataDirective="REPLACE",
            )

    def _write(self, name: str, sealed: bytes) -> None:
        guard = b64encode(hashlib.md5(sealed, usedforsecurity=False).digest()).decode("ascii")
        with self._asked():
            self._client.put_object(Bucket=self._bucket, Key=self._sealed + name, Body=sealed, ContentMD5=guard)

    def _read(self, key: str, **part: str) -> bytes:
        with self._asked():
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key, **part)["Body"].read()
        return content

    def _length(self, key: str) -> int:
        with self._asked():
            return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])

    def _delete(self, key: str) -> None:
        with self._asked():
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Names and since when they are there, in their order, a thousand at a time: there may be millions."""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix))
        while True:
            with self._asked():
                page = next(pages, None)
            if page is None:
                return
            for found in page.get("Contents", ()):
                name = found["Key"].removeprefix(prefix)
                if is_name(name):
                    yield name, found["LastModified"]

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """What the client raises as what a Storage does; the client's own words may hold names and addresses."""
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _UNKNOWN:
                raise FileNotFoundError from None
            raise self._away(code) from None
        except BotoCoreError as error:
            raise self._away(type(error).__name__) from None

    @staticmethod
    def _away(reason: str) -> StorageAway:
        log.error("the object storage does not serve: %s", reason)
        return StorageAway(f"object storage: {reason}")
