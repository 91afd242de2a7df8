"""A store that speaks S3, on the loopback: moto's server, which a test can also take away."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from app.adapters.object_storage import Bucket

SECRET = "a secret of nobody's"
_made = count(1)


@contextmanager
def served() -> Iterator[str]:
    """The address of a store."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@cache
def client_of(bucket: Bucket) -> Any:
    """Somebody who looks into the store past our own adapter."""
    return boto3.client(
        "s3",
        endpoint_url=bucket.endpoint,
        region_name=bucket.region,
        aws_access_key_id=bucket.key_id,
        aws_secret_access_key=bucket.key_secret,
    )


def bucket_at(endpoint: str) -> Bucket:
    """A new bucket in the store. Stores of one process have their contents in common, so each has a name of its own."""
    bucket = Bucket(endpoint, "us-east-1", f"files-{next(_made)}", "registry/", "path", "key-of-nobody", SECRET)
    client_of(bucket).create_bucket(Bucket=bucket.name)
    return bucket


def keys_in(bucket: Bucket) -> list[str]:
    """What lies in it, by its whole name."""
    return [found["Key"] for found in client_of(bucket).list_objects_v2(Bucket=bucket.name).get("Contents", [])]


def empty(bucket: Bucket) -> None:
    """Takes everything out of it."""
    for key in keys_in(bucket):
        client_of(bucket).delete_object(Bucket=bucket.name, Key=key)


@contextmanager
def nobody_answers(bucket: Bucket) -> Iterator[Bucket]:
    """The bucket at an address that takes connections, and says nothing to them."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield replace(bucket, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
