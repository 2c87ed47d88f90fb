"""Small secrets sealed with a key from the settings (Fernet: AES-128-CBC and HMAC-SHA-256)."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet


class FernetSecrets:
    """``secret_key`` may be any text of 32 characters or more; its SHA-256 is the key."""

    def __init__(self, secret_key: str) -> None:
        if len(secret_key) < 32:
            raise ValueError("CASQUILLO_SECRET_KEY must have 32 characters or more")
        self._fernet = Fernet(urlsafe_b64encode(sha256(secret_key.encode()).digest()))

    def seal(self, secret: bytes) -> bytes:
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        return self._fernet.decrypt(sealed)
