"""Source credentials: the tokens with which lead sources post (ACC-2)."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.named import NamedCampaign
from chalicelib.http.schemas.values import Identifier, Name, Version, given_values, optional
from chalicelib.users.domain.credentials import Credential, CredentialUse


def _distinct(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


CampaignIds = Annotated[list[Identifier], Field(min_length=1, max_length=100), AfterValidator(_distinct)]


class NewCredential(Contract):
    """A credential to create."""

    kind: Literal["source"] = "source"
    name: Name
    campaign_ids: CampaignIds

    def values(self) -> dict[str, Any]:
        """Return the fields that were given, as domain values."""
        return given_values(self)


class CredentialChange(Contract):
    """Changes to a credential. A field that is left out keeps its value."""

    version: Version
    name: Name = optional()
    campaign_ids: CampaignIds = optional()

    def values(self) -> dict[str, Any]:
        """Return the fields to change, as domain values."""
        return given_values(self)


class CredentialResponse(Contract):
    """A credential, without its tokens."""

    id: str
    version: int
    kind: str
    name: str
    campaign_ids: list[str]
    campaigns: list[NamedCampaign]
    live_tokens: int
    last_used_on: str | None
    refused_today: int
    look_ups_today: int = Field(description="Dry runs and test leads of today.")

    @classmethod
    def of(cls, use: CredentialUse) -> "CredentialResponse":
        """Return a credential as the API shows it."""
        return cls(
            **_values_of(use.credential),
            last_used_on=use.last_used_on,
            refused_today=use.refused_today,
            look_ups_today=use.look_ups_today,
        )


class NewToken(Contract):
    """A credential with a new token. The token is shown only once."""

    id: str
    version: int
    kind: str
    name: str
    campaign_ids: list[str]
    campaigns: list[NamedCampaign]
    live_tokens: int
    token: str = Field(repr=False)

    @classmethod
    def of(cls, credential: Credential, token: str) -> "NewToken":
        """Return a credential with its new token."""
        return cls(**_values_of(credential), token=token)


class CredentialPage(Contract):
    """One page of credentials."""

    items: list[CredentialResponse]
    next: str | None


def _values_of(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "version": credential.version,
        "kind": credential.kind,
        "name": credential.name,
        "campaign_ids": list(credential.campaign_ids),
        "campaigns": [NamedCampaign(id=campaign_id) for campaign_id in credential.campaign_ids],
        "live_tokens": len(credential.secrets),
    }
