"""PAdES signatures (ETSI EN 319 142-1, baseline B-B; B-T with a time stamp) by pyHanko.

The signature is invisible and certifies that nothing may be changed (DocMDP 1): the printed seal is the
office's own procedure.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import Signer as CmsSigner
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

from app.adapters.signing.signer import SigningFailed
from app.adapters.signing.tokens import Token
from app.domain.validity import now_utc
from config import Misconfigured

FIELD = "Signature"
SUBJECT_LENGTH = 200
# pyHanko tells of each file it signs; what went wrong reaches our log by SigningFailed.
logging.getLogger("pyhanko").setLevel(logging.ERROR)


@dataclass
class PadesSigner:
    """A certificate and its key; ``let_go`` is done after a failure."""

    certificate: x509.Certificate
    key: Callable[[], CmsSigner]
    timestamp_url: str | None = None
    let_go: Callable[[], None] = lambda: None
    _signing: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def subject(self) -> str:
        """The common name."""
        return str(self.certificate.subject.native.get("common_name", ""))[:SUBJECT_LENGTH]

    @property
    def not_after(self) -> datetime:
        """When the certificate ends."""
        moment: datetime = self.certificate.not_valid_after
        return moment

    def sign(self, pdf: bytes) -> bytes:
        """See ``Signer``. Refuses with a certificate that is not yet or no longer valid."""
        if not self.certificate.not_valid_before <= now_utc() <= self.certificate.not_valid_after:
            raise SigningFailed(f"the certificate of {self.subject} is not valid now")
        with self._signing:
            try:
                return self._signed(pdf)
            except Exception:
                # A device ends sessions that were idle, or comes back from a restart: it is asked once more.
                self.let_go()
            try:
                return self._signed(pdf)
            except Exception as error:
                # A token, a time stamp authority and pyHanko have errors of their own; each means: not signed.
                self.let_go()
                raise SigningFailed(f"{type(error).__name__}: {error}") from error

    def _signed(self, pdf: bytes) -> bytes:
        output = io.BytesIO()
        sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)),
            PdfSignatureMetadata(
                field_name=FIELD,
                md_algorithm="sha256",
                subfilter=SigSeedSubFilter.PADES,
                certify=True,
                docmdp_permissions=MDPPerm.NO_CHANGES,
            ),
            signer=self.key(),
            timestamper=self._timestamper(),
            output=output,
        )
        return output.getvalue()

    def _timestamper(self) -> RequestsHTTPTimeStamper | None:
        if self.timestamp_url is None:
            return None
        made: RequestsHTTPTimeStamper = RequestsHTTPTimeStamper(self.timestamp_url)  # type: ignore[no-untyped-call]
        return made


def from_pkcs12(pkcs12: Path, passphrase_file: Path, timestamp_url: str | None = None) -> PadesSigner:
    """A key in a PKCS#12 file (.p12, .pfx). Raises ``Misconfigured``."""
    try:
        signer = SimpleSigner.load_pkcs12_data(
            pkcs12.read_bytes(), other_certs=[], passphrase=_secret(passphrase_file).encode()
        )
    except (OSError, ValueError) as error:
        raise Misconfigured(f"签名证书 {pkcs12} 打不开，请检查文件和口令：{error}") from error
    return PadesSigner(_required(signer.signing_cert, str(pkcs12)), lambda: signer, timestamp_url)


def from_pkcs11(
    pkcs11: Path, token: str, certificate: str, key: str, pin_file: Path, timestamp_url: str | None = None
) -> PadesSigner:
    """A key that never leaves its device, behind a PKCS#11 module. Raises ``Misconfigured``."""
    held = Token(pkcs11, token, _secret(pin_file), certificate, key)
    try:
        found = _required(held.certificate(), token)
    except Misconfigured:
        raise
    except Exception as error:
        # Whatever is wrong with a module, a token, a PIN or a label.
        raise Misconfigured(f"签名设备 {token} 打不开：{type(error).__name__} {error}") from error
    return PadesSigner(found, held.key, timestamp_url, held.close)


def _secret(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise Misconfigured(f"口令文件 {file} 读不出来：{error}") from error


def _required(found: x509.Certificate | None, place: str) -> x509.Certificate:
    if found is None:
        raise Misconfigured(f"{place} 中没有签名证书")
    return found
