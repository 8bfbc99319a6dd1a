"""A user with the name beside the id (USE-U6)."""

from chalicelib.http.schemas.base import Contract


class NamedUser(Contract):
    """A user with the name, of a disabled one, too. The name is null if the user is unknown."""

    id: str
    name: str | None
