"""Small secrets at rest (seeds of authenticator apps): AES-256-GCM, and keyed hashes for what is only compared.

Keys come from the installation's audit key by HKDF, one for each purpose, and the row that a secret belongs to is bound in,
so that one copied into another row does not open. Whoever has the database file alone reads nothing. Losing the key means
that seeds open no more and recovery codes are worth nothing: people then use a passkey, or a code of an administrator, and
set their authenticator up anew. Nothing of the clinical record is encrypted here, and none is lost with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

NONCE_BYTES = 12
"""96 bits, drawn anew for every secret: what GCM asks for (NIST SP 800-38D)."""
KEY_BYTES = 32


class Unreadable(ValueError):
    """A stored secret that does not open: another key, another row, or bytes that were changed."""


def encrypted(key: bytes, purpose: str, identity: str, secret: str) -> str:
    """Encrypt a text for one purpose and one row; gives nonce and ciphertext in URL-safe base64."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # Slow to load, and needed by few requests.

    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_key(key, purpose)).encrypt(nonce, secret.encode(), _bound(purpose, identity))
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypted(key: bytes, purpose: str, identity: str, stored: str) -> str:
    """Open what ``encrypted`` made for the same purpose and row. Raises Unreadable."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        sealed = base64.b64decode(stored, altchars=b"-_", validate=True)
        opened = AESGCM(_key(key, purpose)).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(purpose, identity)
        )
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"A stored secret ({purpose}) does not open with this installation's key.") from error
    return opened.decode()


def keyed_hash(key: bytes, purpose: str, text: str) -> str:
    """The HMAC-SHA256 of a text under a key of its own for the purpose, in hexadecimal digits."""
    return hmac.new(_key(key, purpose), text.encode(), hashlib.sha256).hexdigest()


def _key(key: bytes, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"clinic {purpose}".encode()).derive(key)


def _bound(purpose: str, identity: str) -> bytes:
    return f"{purpose}\0{identity}".encode()
