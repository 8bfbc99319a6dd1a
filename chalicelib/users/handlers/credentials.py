"""The routes of source credentials."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.users.domain.credentials import KIND, token_of
from chalicelib.users.schemas.credentials import (
    CredentialChange,
    CredentialPage,
    CredentialResponse,
    NewCredential,
    NewToken,
)
from chalicelib.users.usecases.change_credential import change_credential
from chalicelib.users.usecases.create_credential import create_credential
from chalicelib.users.usecases.read_credentials import list_credentials, read_credential
from chalicelib.users.usecases.revoke_credential import revoke_credential
from chalicelib.users.usecases.rotate_credential import rotate_credential

api = Api(__name__)
_ONE = "/v1/credentials/{credential_id}"
_MANAGE = Permission.USERS_MANAGE


@api.route(
    "/v1/credentials",
    methods=["POST"],
    permission=_MANAGE,
    body=NewCredential,
    answer=NewToken,
    status=201,
)
def post_credential(request: ApiRequest[NewCredential]) -> NewToken:
    """Create a source credential for named campaigns.

    The token is shown only once. Only its hash is stored.
    """
    new_id = clock.new_id(KIND)
    token = token_of(new_id, clock.new_secret())
    return NewToken.of(
        create_credential(request.actor, new_id, token, request.body.values(), request.now), token
    )


@api.route("/v1/credentials", permission=_MANAGE, query=PageQuery, answer=CredentialPage)
def get_credentials(request: ApiRequest[None, PageQuery]) -> CredentialPage:
    """List the credentials with their last use and today's failures."""
    page = list_credentials(
        request.actor, request.query.limit, cursors.decrypt(request, LastKey), request.now
    )
    items = [CredentialResponse.of(credential) for credential in page.items]
    return CredentialPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=_MANAGE, answer=CredentialResponse)
def get_credential(request: ApiRequest, credential_id: str) -> CredentialResponse:
    """Read a credential, without its tokens."""
    return CredentialResponse.of(read_credential(request.actor, credential_id, request.now))


@api.route(_ONE, methods=["PATCH"], permission=_MANAGE, body=CredentialChange, answer=CredentialResponse)
def patch_credential(request: ApiRequest[CredentialChange], credential_id: str) -> CredentialResponse:
    """Change a credential's name or campaigns. It takes effect within ten seconds."""
    change_credential(request.actor, credential_id, request.body.version, request.body.values(), request.now)
    return CredentialResponse.of(read_credential(request.actor, credential_id, request.now))


@api.route(f"{_ONE}/rotate", methods=["POST"], permission=_MANAGE, answer=NewToken)
def post_credential_rotate(request: ApiRequest, credential_id: str) -> NewToken:
    """Add a second live token to a credential.

    Both are valid, so that the source can change over. With a third one the oldest becomes invalid.
    """
    token = token_of(credential_id, clock.new_secret())
    return NewToken.of(rotate_credential(request.actor, credential_id, token, request.now), token)


@api.route(_ONE, methods=["DELETE"], permission=_MANAGE, status=204)
def delete_credential(request: ApiRequest, credential_id: str) -> None:
    """Revoke a credential with all its tokens. It takes effect within ten seconds."""
    revoke_credential(request.actor, credential_id, request.now)
