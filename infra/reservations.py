"""Reserved executions: whether the account can spare them, and a line for work that has none (ACC-13).

Lambda keeps 100 executions of an account for functions without a reservation. A new account may run only ten at once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.errors import DeploymentFailed
from infra.safeguards import given_parameters, kept_parameters

if TYPE_CHECKING:
    from infra.aws_cli import Aws

_NEVER_RESERVED = 100
_PROPERTY = "ReservedConcurrentExecutions"
_MORE = "docs/protection.md says more."


class _Account(NamedTuple):
    """How many executions Lambda lets the account run at once in the region, and how many have no reservation."""

    limit: int
    unreserved: int

    def __str__(self) -> str:
        return (
            f"Lambda runs {self.limit} executions at once for this account in this region, "
            f"and keeps {_NEVER_RESERVED} of them unreserved"
        )


def check_reservations(
    aws: "Aws", stack: str, template: Mapping[str, Any], parameters: Sequence[str]
) -> None:
    """Raise DeploymentFailed if the account cannot spare what is to be reserved; print a line for what is not.

    Where the account's limit cannot be read, CloudFormation refuses what it cannot reserve.
    """
    functions, kept = functions_by_parameter(template), kept_parameters(aws, stack)
    wanted = _executions(functions, {**kept, **given_parameters(parameters)})
    account = _account(aws)
    if account:
        _require_room(account, sum(_executions(functions, kept).values()), sum(wanted.values()))
    if without := sorted(name for name, executions in wanted.items() if not executions):
        print(
            f"nothing is reserved by {', '.join(without)}: a flood of requests can delay this work. {_MORE}"
        )


def functions_by_parameter(template: Mapping[str, Any]) -> Counter[str]:
    """Return each parameter that reserves executions, with the number of functions that get so many."""
    properties = (resource.get("Properties", {}) for resource in template["Resources"].values())
    return Counter(each[_PROPERTY]["Fn::If"][1]["Ref"] for each in properties if _PROPERTY in each)


def _account(aws: "Aws") -> _Account | None:
    answer = aws.query_or_none("lambda", "get-account-settings")
    if answer is None:
        return None
    limits = answer["AccountLimit"]
    return _Account(limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"])


def _require_room(account: _Account, reserved: int, wanted: int) -> None:
    room = max(0, account.unreserved + reserved - _NEVER_RESERVED)
    if wanted > room:
        raise DeploymentFailed(
            f"{wanted} executions are to be reserved, and {room} can be: {account}. "
            f'Raise the quota "Concurrent executions" of Lambda, or reserve less. {_MORE}'
        )
    print(f"{account}: {wanted} are reserved here, and {room - wanted} more can be")


def _executions(functions: Mapping[str, int], values: Mapping[str, str]) -> dict[str, int]:
    """Return how many executions each parameter reserves: its value for each of its functions."""
    return {name: count * _number(name, values.get(name, "0")) for name, count in functions.items()}


def _number(name: str, value: str) -> int:
    if not value.isdecimal():
        raise DeploymentFailed(f"{name} is a whole number of executions, 0 for none")
    return int(value)
