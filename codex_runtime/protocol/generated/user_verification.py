# ruff: noqa: PYI051, TC001
"""Proof that a user is present.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.events import RequestId

__all__ = [
    "UserVerificationCancelParams",
    "UserVerificationCancelResponse",
    "UserVerificationDeleteParams",
    "UserVerificationDeleteResponse",
    "UserVerificationEnrollParams",
    "UserVerificationEnrollResponse",
    "UserVerificationProof",
    "UserVerificationStatusParams",
    "UserVerificationStatusResponse",
    "UserVerificationUnavailableReason",
    "UserVerificationVerifyParams",
    "UserVerificationVerifyResponse",
]


class UserVerificationCancelParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``userVerification/cancel``.

    Cancels a native verification RPC issued on this connection, not an elicitation. Use a fresh
    request ID for each operation and a distinct ID for this cancellation RPC.
    """

    request_id: RequestId


class UserVerificationCancelResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``userVerification/cancel``.

    Acknowledges the cancellation signal; native work may still be finishing. Unknown or finished
    requests are a no-op, and completed effects are not rolled back.
    """


class UserVerificationDeleteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``userVerification/delete``."""


class UserVerificationDeleteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``userVerification/delete``."""


class UserVerificationEnrollParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``userVerification/enroll``."""


class UserVerificationEnrollResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``userVerification/enroll``.

    Public metadata for a created or reused local credential. The caller completes backend
    registration; this response does not establish server enrollment. Older app-servers omit the
    metadata fields; callers must check both before registration.
    """

    credential_id: str
    algorithm: str | None = None
    public_key: str | None = None
    """Unpadded base64url of the SubjectPublicKeyInfo DER encoding."""


class UserVerificationProof(Wire, frozen=True, kw_only=True, gc=False):
    """A signature over the exact decoded challenge.

    The verifier validates and consumes it.
    """

    credential_id: str
    signature: str
    """Unpadded base64url DER ECDSA signature using P-256 and SHA-256."""


class UserVerificationStatusParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``userVerification/status``."""


UserVerificationUnavailableReason: TypeAlias = (
    Literal[
        "credentialMissing",
        "biometricsUnavailable",
        "providerUnavailable",
    ]
    | str
)


class UserVerificationStatusResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``userVerification/status``.

    Local readiness only; this neither prompts nor queries server registration.
    """

    credential_id: str | None = None
    unavailable_message: str | None = None
    unavailable_reason: UserVerificationUnavailableReason | None = None


class UserVerificationVerifyParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``userVerification/verify``.

    Local signing primitive, independent of any pending elicitation.
    """

    challenge: str
    """Unpadded base64url encoding of 1-4096 challenge bytes."""
    description: str
    """Additional display context; at most 4096 UTF-8 bytes."""
    title: str
    """Display context already approved by the UI; 1-256 UTF-8 bytes."""


class UserVerificationVerifyResponse(Wire, frozen=True, kw_only=True):
    """Result of ``userVerification/verify``."""

    proof: UserVerificationProof
