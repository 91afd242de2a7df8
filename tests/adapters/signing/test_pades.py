"""Signatures that two independent readers find good: pyHanko's validation and poppler's pdfsig."""

from __future__ import annotations

import io
import os
import subprocess
from datetime import date
from pathlib import Path

import pkcs11
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from app.adapters.signing import Signer, SigningFailed
from app.adapters.signing.choice import signers_in
from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from config import Misconfigured
from tests.adapters.signing.conftest import MODULE, SUBJECT, Authority, TimeServer, write_pkcs12

DAY = date(2020, 10, 15)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A certificate as the product draws it."""
    return render_certificate(
        CertificateData("张三", "云南省应急管理厅", "省化工-防爆", "YNS20201015001", DAY, None, DAY)
    )


def signers_of(folder: Path, *lines: str) -> dict[str, Signer]:
    """The signers of a file with one organization."""
    file = folder / "signers.toml"
    file.write_text("\n".join(["[YNS]", *lines]), "utf-8")
    return dict(signers_in(str(file)))


def in_file(folder: Path, *more: str) -> Signer:
    """The organization's, its key in a file."""
    return signers_of(folder, "pkcs12 = 'seal.p12'", "passphrase_file = 'passphrase'", *more)["YNS"]


def in_token(folder: Path, key: str = "seal") -> Signer:
    """The organization's, its key in the token."""
    named = f"pkcs11 = '{MODULE}'", "token = 'registry'", "certificate = 'seal'", f"key = '{key}'", "pin_file = 'pin'"
    return signers_of(folder, *named)["YNS"]


def status_of(signed: bytes, authority: Authority) -> PdfSignatureStatus:
    """What pyHanko says of the one signature, to who trusts the tests' authority."""
    trust = ValidationContext(trust_roots=[x509.Certificate.load(authority.der())], allow_fetching=False)
    (signature,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    return validate_pdf_signature(signature, trust, ts_validation_context=trust)


def pdfsig(signed: bytes, folder: Path) -> str:
    """What poppler says of it."""
    (folder / "signed.pdf").write_bytes(signed)
    return subprocess.run(["pdfsig", str(folder / "signed.pdf")], capture_output=True, text=True, check=False).stdout


def test_a_key_in_a_file_signs_what_two_readers_find_good(
    key_file: Path, authority: Authority, pdf: bytes, tmp_path: Path
) -> None:
    signer = in_file(tmp_path)
    signed = signer.sign(pdf)
    assert signed.startswith(pdf)
    status = status_of(signed, authority)
    assert status.bottom_line
    assert (status.valid, status.trusted, status.docmdp_ok) == (True, True, True)
    assert status.coverage.name == "ENTIRE_FILE"
    assert (signer.subject, status.signing_cert.subject.native["common_name"]) == (SUBJECT, SUBJECT)
    told = pdfsig(signed, tmp_path)
    assert "Signature is Valid." in told
    assert "ETSI.CAdES.detached" in told
    assert "Total document signed" in told


def test_one_changed_byte_spoils_it(key_file: Path, authority: Authority, pdf: bytes, tmp_path: Path) -> None:
    signed = bytearray(in_file(tmp_path).sign(pdf))
    signed[len(pdf) // 2] ^= 1
    assert "Signature is Valid." not in pdfsig(bytes(signed), tmp_path)
    (signature,) = PdfFileReader(io.BytesIO(bytes(signed))).embedded_signatures
    assert not validate_pdf_signature(signature).intact


def test_a_key_in_a_token_signs_alike(token: str, authority: Authority, pdf: bytes, tmp_path: Path) -> None:
    signer = in_token(tmp_path)
    assert signer.subject == SUBJECT
    for signed in (signer.sign(pdf), signer.sign(pdf)):
        assert status_of(signed, authority).bottom_line
        assert "Signature is Valid." in pdfsig(signed, tmp_path)


def test_a_process_that_was_forked_opens_the_token_itself(token: str, pdf: bytes, tmp_path: Path) -> None:
    signer = in_token(tmp_path)
    signer.sign(pdf)
    child = os.fork()
    if child == 0:
        try:
            signer.sign(pdf)
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_time_stamp_says_when(
    key_file: Path, authority: Authority, time_server: TimeServer, pdf: bytes, tmp_path: Path
) -> None:
    signed = in_file(tmp_path, f"timestamp_url = 'http://127.0.0.1:{time_server.server_port}'").sign(pdf)
    status = status_of(signed, authority)
    assert time_server.asked >= 1
    assert status.timestamp_validity is not None
    assert (status.timestamp_validity.valid, status.timestamp_validity.trusted) == (True, True)


def test_without_the_time_stamp_that_was_asked_for_there_is_no_signature(
    key_file: Path, pdf: bytes, tmp_path: Path
) -> None:
    with pytest.raises(SigningFailed):
        in_file(tmp_path, "timestamp_url = 'http://127.0.0.1:9'").sign(pdf)


def test_a_certificate_that_has_ended_signs_nothing(authority: Authority, pdf: bytes, tmp_path: Path) -> None:
    write_pkcs12(tmp_path, authority.certify(SUBJECT, days=-1))
    with pytest.raises(SigningFailed, match="not valid now"):
        in_file(tmp_path).sign(pdf)


def test_signatures_are_small(key_file: Path, pdf: bytes, tmp_path: Path) -> None:
    assert len(in_file(tmp_path).sign(pdf)) <= 60 * 1024


def test_nobody_signs_where_no_file_is_named() -> None:
    assert dict(signers_in("")) == {}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["pkcs12 = 'gone.p12'", "passphrase_file = 'passphrase'"], "打不开"),
        (["pkcs12 = 'seal.p12'", "passphrase_file = 'gone'"], "口令文件"),
        (["pkcs12 = 'seal.p12'", "passphrase_file = 'seal.toml'"], "打不开"),
        (["pkcs12 = 'seal.p12'"], "应写"),
        (["pkcs12 = 'seal.p12'", "passphrase_file = 'passphrase'", "pin = '1'"], "应写"),
        (["pkcs12 = 1"], "应为文字"),
        (["pkcs12 = "], "读不出来"),
        (["pkcs11 = '/gone.so'", "token = 't'", "certificate = 'c'", "key = 'k'", "pin_file = 'passphrase'"], "打不开"),
    ],
)
def test_a_start_with_keys_that_are_not_there_is_refused(
    key_file: Path, tmp_path: Path, lines: list[str], words: str
) -> None:
    (tmp_path / "seal.toml").write_text("not the passphrase")
    with pytest.raises(Misconfigured, match=words):
        signers_of(tmp_path, *lines)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="SIGNERS_FILE"):
        signers_in(str(tmp_path / "gone.toml"))


def test_a_key_that_the_token_does_not_hold_is_found_out_at_the_start(token: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="签名设备 registry 打不开"):
        in_token(tmp_path, key="another")


def test_a_device_that_lost_its_sessions_is_asked_again(
    token: str, authority: Authority, pdf: bytes, tmp_path: Path
) -> None:
    signer = in_token(tmp_path)
    signer.sign(pdf)
    pkcs11.lib(str(MODULE)).reinitialize()
    assert status_of(signer.sign(pdf), authority).bottom_line


def test_a_device_that_is_gone_signs_nothing(token: str, pdf: bytes, tmp_path: Path) -> None:
    signer = in_token(tmp_path)
    (tmp_path / "tokens").rename(tmp_path / "taken out")
    (tmp_path / "tokens").mkdir()
    pkcs11.lib(str(MODULE)).reinitialize()
    with pytest.raises(SigningFailed) as refused:
        signer.sign(pdf)
    assert refused.value.message.startswith("电子签名没有完成，聘书没有生成")
