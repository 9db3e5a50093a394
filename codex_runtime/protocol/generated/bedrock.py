# ruff: noqa: PYI051
"""Signing in with Amazon Bedrock.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from codex_runtime.protocol.base import Wire

__all__ = [
    "AwsCredentialType",
    "BedrockAwsProfile",
    "BedrockCheckGovCloudRequirementsParams",
    "BedrockCheckGovCloudRequirementsResponse",
    "BedrockDiscoverParams",
    "BedrockDiscoverResponse",
    "BedrockEnvironmentCredential",
    "BedrockSetupParams",
    "BedrockSetupResponse",
    "EnvironmentBedrockSetupParams",
    "ProfileBedrockSetupParams",
]


AwsCredentialType: TypeAlias = Literal["accessKeys", "bedrockApiKey"] | str


class BedrockAwsProfile(Wire, frozen=True, kw_only=True, gc=False):
    """An AWS profile of the server's machine."""

    name: str
    region: str | None = None


class BedrockCheckGovCloudRequirementsParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/bedrock/checkGovCloudRequirements``."""


class BedrockCheckGovCloudRequirementsResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/bedrock/checkGovCloudRequirements``.

    Advisory check of the current Bedrock configuration after login or setup.
    """

    is_gov_cloud: bool
    """Whether the active Bedrock authentication resolves to a GovCloud region."""
    should_warn: bool
    """Whether GovCloud is selected and the managed requirements miss the baseline. A false value is
    not a general certification of the network configuration.
    """


class BedrockDiscoverParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/bedrock/discover``."""


class BedrockEnvironmentCredential(Wire, frozen=True, kw_only=True, gc=False):
    """AWS credentials found in the server's environment."""

    type: AwsCredentialType
    region: str | None = None


class BedrockDiscoverResponse(Wire, frozen=True, kw_only=True):
    """Result of ``account/bedrock/discover``."""

    environment_credentials: list[BedrockEnvironmentCredential]
    profiles: list[BedrockAwsProfile]


class ProfileBedrockSetupParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="profile"
):
    """`BedrockSetupParams` with type ``profile``."""

    profile: str
    region: str


class EnvironmentBedrockSetupParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="environment"
):
    """`BedrockSetupParams` with type ``environment``."""

    region: str


BedrockSetupParams: TypeAlias = ProfileBedrockSetupParams | EnvironmentBedrockSetupParams
"""Told apart by ``type``."""


class BedrockSetupResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/bedrock/setup``."""
