"""Secrets and what is kept of them: gateway secrets as mosquitto keeps them, digests, people's passwords."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets

import argon2

# A gateway's secret has 256 random bits: nothing is gained by a slow hash, and each message of HTTPS pays it.
_ITERATIONS = 101
_ITERATIONS_LIMIT = 1_000_000
_SALT_BYTES = 12  # as mosquitto_passwd makes it

# The smallest in memory of the settings that OWASP holds equal: 7 MiB, for a server that lives in 120.
_hasher = argon2.PasswordHasher(time_cost=5, memory_cost=7_168, parallelism=1)
# Of no password: what an unknown name is checked against, so that it takes as long as a known one.
_NOBODY = "$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def make_secret() -> str:
    """32 random bytes as URL-safe base64, for a gateway, a session or a token."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a session's cookie or a token: a stolen table signs nobody in."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_secret(secret: str) -> str:
    """A gateway's secret in mosquitto's password format, PBKDF2-SHA512: `$7$iterations$salt$hash`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    kept = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(kept).decode()}"


def is_secret(secret: str, kept: str) -> bool:
    """Whether this secret is the one of which `kept` was made."""
    try:
        _, kind, iterations, salt, wanted = kept.split("$")
        count, salted, expected = int(iterations), base64.b64decode(salt), base64.b64decode(wanted)
    except (ValueError, binascii.Error):
        return False
    if kind != "7" or not 0 < count <= _ITERATIONS_LIMIT:
        return False
    return hmac.compare_digest(hashlib.pbkdf2_hmac("sha512", secret.encode(), salted, count), expected)


async def hash_password(password: str) -> str:
    """A person's password, argon2id; in a thread, for it takes its time on purpose."""
    return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Whether it is the password; for a name that is not known it takes as long and says no."""
    try:
        await asyncio.to_thread(_hasher.verify, kept or _NOBODY, password)
    except argon2.exceptions.VerificationError:
        return False
    return kept is not None
