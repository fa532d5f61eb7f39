"""A passkey in software: what a browser and its authenticator answer (ES256, attestation none), and ways to answer falsely."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, CREDENTIAL = 0x01, 0x04, 0x40
NONE = bytes(16)


@dataclass
class SoftwareAuthenticator:
    """One credential on one device."""

    host: str = "localhost"
    origin: str = "https://localhost"
    count: int = 0
    flags: int = PRESENT | VERIFIED
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))
    user: str = ""

    def made(self, options: dict[str, Any]) -> str:
        """The answer to a request for a new passkey."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = NONE + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        said = self._data(self.flags | CREDENTIAL) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        client = self._client("webauthn.create", options["challenge"])
        return self._json({"clientDataJSON": client, "attestationObject": attestation})

    def used(self, options: dict[str, Any], *, user: str | None = None) -> str:
        """The answer to a challenge."""
        self.count += 1
        said, client = self._data(self.flags), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(said + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": said, "signature": signature}
        return self._json(response, userHandle=self.user if user is None else user)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _json(self, response: dict[str, bytes], **more: str) -> str:
        shown = {name: bytes_to_base64url(value) for name, value in response.items()} | more
        named = bytes_to_base64url(self.id)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": shown})


def challenge_of(options: dict[str, Any]) -> bytes:
    """The challenge as the server drew it."""
    return base64url_to_bytes(options["challenge"])
