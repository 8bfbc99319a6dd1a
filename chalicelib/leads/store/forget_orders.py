"""The open forget orders, in one partition of the table `contacts` (PRI-8a).

`applied` is the only place that decides whether an order covers a lead. `leads.get`, `get_many` and `get_with_people`
call it, so every reader treats such a lead as forgotten.
"""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import batch, once, rows
from chalicelib.aws.dynamodb.batch import Check, Delete, Put, Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.leads.domain.forget_orders import ForgetOrder, OpenOrders, OrderReading, as_forgotten
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index

PARTITION = "forget#orders"
_HEAD = "head"
_ORDER = "order#"


class ForgetOrderRow(Row):
    """One open order (`order#<job id>`), or the version of their list (`head`). Neither has an end."""

    TABLE: ClassVar[str] = "contacts"

    class Meta(MetaDefaults):
        """Table settings."""

    ref = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)


def read(now: int) -> OpenOrders:
    """Return the open orders (strongly consistent), read once in a request.

    Read them before the facts. A lead is marked before its order closes. So facts that are read after an order closed
    have the mark.
    """
    return once.in_request(PARTITION, lambda: read_again(now))


def read_again(now: int) -> OpenOrders:
    """Return the open orders as they are now, whatever the request has read; for a write that needs them."""
    version, orders = 0, []
    for row in rows.query(ForgetOrderRow, PARTITION, now):
        if row.entry == _HEAD:
            version = int(row.version or 0)
        else:
            orders.append(_order(row)[0])
    return OpenOrders(tuple(orders), version)


def list_work(now: int) -> list[tuple[ForgetOrder, dict[str, Any]]]:
    """Return each open order with the work that its job was started with."""
    return [_order(row) for row in rows.query(ForgetOrderRow, PARTITION, now, _ORDER)]


def applied(found: Iterable[Facts], orders: OpenOrders, now: int) -> list[Facts]:
    """Return the facts in order; a lead that an order covers is returned as forgotten.

    Without an open order for its project a lead costs no read. Otherwise its entries in the contact index are read.
    """
    facts = list(found)
    projects = {lead.lead_id: lead.project_id for lead in facts} if orders.orders else {}
    suspects = {lead.lead_id: orders.for_lead(lead, now) for lead in facts} if orders.orders else {}
    keys = [
        contact_index.lead_key(ref, lead_id)
        for lead_id, candidates in suspects.items()
        for order in candidates
        for ref in order.refs_in(projects[lead_id])
    ]
    if not keys:
        return facts
    listed = batch.read_many(keys, now).rows
    return [_applied(lead, suspects[lead.lead_id], listed) for lead in facts]


def _applied(facts: Facts, candidates: list[ForgetOrder], listed: dict[batch.Key, Row]) -> Facts:
    for order in candidates:
        refs = order.refs_in(facts.project_id)
        if any(contact_index.lead_key(ref, facts.lead_id) in listed for ref in refs):
            return as_forgotten(facts, order)
    return facts


def open_order(order: ForgetOrder, work: dict[str, Any], seen: OpenOrders) -> list[batch.Write]:
    """Return the writes of a new order, if no order and no legal hold came after the orders that were read."""
    first, *more = order.readings
    body: dict[str, Any] = {"refs": first.refs, "projects": first.projects, "at": order.at, "work": work}
    if more:
        body["more"] = [[reading.refs, reading.projects] for reading in more]
    row = ForgetOrderRow(PARTITION, _ORDER + order.id, body=json.dumps(body, separators=(",", ":")))
    return [Put(row, ForgetOrderRow.ref.does_not_exist()), next_version(seen)]


def close_order(order_id: str) -> Delete:
    """Return the write that closes an order. Unconditional: an absent order is no error."""
    return Delete(ForgetOrderRow(PARTITION, _ORDER + order_id))


def next_version(seen: OpenOrders) -> Update:
    """Return the write that raises the version of the list, if it is as it was read.

    A legal hold makes it too. So an order and a legal hold never miss each other (RET-19).
    """
    head = ForgetOrderRow(PARTITION, _HEAD)
    return Update(head, [ForgetOrderRow.version.set(seen.version + 1)], _as_read(seen))


def require_version(seen: OpenOrders) -> Check:
    """Return the condition that the version is as it was read; for a write that takes a contact from a lead (PRI-9)."""
    return Check(ForgetOrderRow(PARTITION, _HEAD), _as_read(seen))


def _as_read(seen: OpenOrders) -> Any:
    return ForgetOrderRow.version == seen.version if seen.version else ForgetOrderRow.ref.does_not_exist()


def _order(row: ForgetOrderRow) -> tuple[ForgetOrder, dict[str, Any]]:
    body = json.loads(row.body or "{}")
    stored = [(body["refs"], body["projects"]), *body.get("more", ())]
    readings = tuple(OrderReading(tuple(refs), tuple(projects)) for refs, projects in stored)
    return ForgetOrder(row.entry.removeprefix(_ORDER), readings, body["at"]), body["work"]
