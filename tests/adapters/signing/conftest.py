"""An authority of the tests' own, keys that it has certified in a file and in a token, and an authority of time."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.support.parts import left_out

SUBJECT = "云南省应急管理厅（测试）"
PIN = "648219"
PASSPHRASE = "a passphrase: for tests"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")

Key = rsa.RSAPrivateKey


@dataclass(frozen=True)
class Certified:
    """A key with its certificate."""

    key: Key
    certificate: x509.Certificate

    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def key_der(self) -> bytes:
        """The key, PKCS#8, in clear."""
        return self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True)
class Authority(Certified):
    """Who certifies them."""

    def certify(self, name: str, *, days: int = 30, usage: x509.ObjectIdentifier | None = None) -> Certified:
        """A key that is certified from yesterday on, or that ended ``-days`` days ago."""
        key = rsa.generate_private_key(65537, 2048)
        start = datetime.now(UTC) - timedelta(days=1 if days > 0 else 60)
        builder = _builder(name, self.certificate.subject, key, start, datetime.now(UTC) + timedelta(days=days))
        usages = {"digital_signature": True, "content_commitment": True}
        builder = builder.add_extension(_usage(**usages), critical=True)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        return Certified(key, builder.sign(self.key, hashes.SHA256()))


def _usage(**usages: bool) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{one: usages.get(one, False) for one in every})


def _builder(name: str, issuer: x509.Name | None, key: Key, start: datetime, end: datetime) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Trusted by nobody but these tests."""
    key = rsa.generate_private_key(65537, 2048)
    moment = datetime.now(UTC)
    builder = _builder("测试认证机构", None, key, moment - timedelta(days=90), moment + timedelta(days=365))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return Authority(key, builder.sign(key, hashes.SHA256()))


@pytest.fixture(scope="session")
def organization_key(authority: Authority) -> Certified:
    """An organization's."""
    return authority.certify(SUBJECT)


@pytest.fixture
def key_file(tmp_path: Path, organization_key: Certified) -> Path:
    """The organization's key as PKCS#12, its passphrase beside it in ``passphrase``."""
    return write_pkcs12(tmp_path, organization_key)


def write_pkcs12(folder: Path, certified: Certified) -> Path:
    """Writes ``seal.p12`` and ``passphrase``."""
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n", "utf-8")
    file = folder / "seal.p12"
    sealed = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", certified.key, certified.certificate, None, sealed))
    return file


@pytest.fixture
def token(tmp_path: Path, organization_key: Certified, monkeypatch: pytest.MonkeyPatch) -> str:
    """The organization's key in a token of SoftHSM, both labelled ``seal``; the PIN lies in ``pin``."""
    if not MODULE.exists() or shutil.which("softhsm2-util") is None:
        left_out("softhsm2 is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n")
    (tmp_path / "pin").write_text(PIN)
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "registry", "--pin", PIN, "--so-pin", "771203"],
        check=True, capture_output=True,
    )  # fmt: skip
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    with library.get_token(token_label="registry").open(user_pin=PIN, rw=True) as session:
        numbers = organization_key.key.private_numbers()
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
                pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.RSA,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: "seal",
                pkcs11.Attribute.ID: b"\1",
                pkcs11.Attribute.SIGN: True,
                pkcs11.Attribute.MODULUS: _bytes(numbers.public_numbers.n),
                pkcs11.Attribute.PUBLIC_EXPONENT: _bytes(numbers.public_numbers.e),
                pkcs11.Attribute.PRIVATE_EXPONENT: _bytes(numbers.d),
                pkcs11.Attribute.PRIME_1: _bytes(numbers.p),
                pkcs11.Attribute.PRIME_2: _bytes(numbers.q),
                pkcs11.Attribute.EXPONENT_1: _bytes(numbers.dmp1),
                pkcs11.Attribute.EXPONENT_2: _bytes(numbers.dmq1),
                pkcs11.Attribute.COEFFICIENT: _bytes(numbers.iqmp),
            }
        )
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: "seal",
                pkcs11.Attribute.ID: b"\1",
                pkcs11.Attribute.SUBJECT: organization_key.certificate.subject.public_bytes(),
                pkcs11.Attribute.VALUE: organization_key.der(),
            }
        )
    return "registry"


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


class TimeServer(ThreadingHTTPServer):
    """An authority of time: RFC 3161 over HTTP."""

    authority: DummyTimeStamper
    asked: int


class _Answer(BaseHTTPRequestHandler):
    server: TimeServer

    def do_POST(self) -> None:
        request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        response = self.server.authority.request_tsa_response(request).dump()
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def time_server(authority: Authority) -> Iterator[TimeServer]:
    """Answers on the loopback address."""
    clock = authority.certify("测试时间戳", usage=ExtendedKeyUsageOID.TIME_STAMPING)
    store = SimpleCertificateStore()
    store.register(asn1_x509.Certificate.load(authority.der()))
    server = TimeServer(("127.0.0.1", 0), _Answer)
    server.asked = 0
    server.authority = DummyTimeStamper(
        asn1_x509.Certificate.load(clock.der()), asn1_keys.PrivateKeyInfo.load(clock.key_der()), certs_to_embed=store
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
