"""Keys in devices behind PKCS#11, by pyHanko and python-pkcs11."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pkcs11
from asn1crypto import x509
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

_initialized: dict[Path, int] = {}
"""Which process spoke to a module last: what it gave out does not outlive a fork."""


@dataclass
class Token:
    """A key and its certificate by their labels; its session is opened when a process first signs."""

    module: Path
    label: str
    pin: str = field(repr=False)
    certificate_label: str
    key_label: str
    _session: pkcs11.Session | None = field(default=None, init=False, repr=False)
    _process: int = field(default=0, init=False, repr=False)

    def certificate(self) -> x509.Certificate | None:
        """The certificate. No session stays open: what starts a server is not what signs."""
        found: x509.Certificate | None = self.key().signing_cert
        self.close()
        return found

    def key(self) -> PKCS11Signer:
        """What signs."""
        if self._session is None or self._process != os.getpid():
            self._session, self._process = self._open(), os.getpid()
        return PKCS11Signer(self._session, cert_label=self.certificate_label, key_label=self.key_label)

    def close(self) -> None:
        """Lets the session go, so that the next signature opens one: after a failure it may be dead."""
        session, self._session = self._session, None
        if session is not None and self._process == os.getpid():
            with suppress(pkcs11.PKCS11Error):
                session.close()

    def _open(self) -> pkcs11.Session:
        if _initialized.get(self.module, os.getpid()) != os.getpid():
            pkcs11.lib(str(self.module)).reinitialize()
        _initialized[self.module] = os.getpid()
        return open_pkcs11_session(str(self.module), token_criteria=TokenCriteria(label=self.label), user_pin=self.pin)
