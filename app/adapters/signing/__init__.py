"""Electronic signatures of certificates: one Protocol, nobody who signs, and the organizations' own keys.

``pades`` needs the extra of requirements-sign.txt; ``choice`` imports it where a key is configured.
"""

from app.adapters.signing.signer import FakeSigner, Signer, SigningFailed

__all__ = ["FakeSigner", "Signer", "SigningFailed"]
