"""What the organisation sets up, and its versions."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.domain.access import Permission, Role
from chalicelib.domain.retention import Policy
from chalicelib.domain.setup import (
    Assignment,
    Campaign,
    ConfigItem,
    Credential,
    Field,
    LeadType,
    Organisation,
    OutcomeRule,
    Project,
    User,
)
from chalicelib.stores import batch, setup
from tests.faults.faults import metered
from tests.stores.examples import NOW, campaign, write

pytestmark = pytest.mark.usefixtures("aws")
THINGS: tuple[ConfigItem, ...] = (
    Organisation(version=1, statuses=("paused",), max_lag="PT1M"),
    Project(
        id="prj_1",
        version=1,
        name="Loans",
        outcomes=(OutcomeRule("won", 60),),
        inactivity=None,
        default_retention=Policy(30),
    ),
    LeadType(id="lt_1", version=1, name="Loan", fields=(Field("phone", "Phone", "phone", duplicate="p"),)),
    campaign(),
    campaign(
        price=None, password_hash="hash", assignment=Assignment("usr_1", "solar", "a"), status="on_hold"
    ),
    campaign(price=Decimal("0")),
    User(
        id="usr_1",
        version=1,
        email="ada@example.com",
        name="Ada",
        role=Role.AGENT,
        project_ids=("prj_1",),
        withdrawn=(Permission.LEADS_WORK,),
    ),
    Credential(id="crd_1", version=1, name="Site", campaign_ids=("cmp_1",), secrets=("hash",)),
)


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_what_is_written_is_read_again(thing: ConfigItem) -> None:
    write(*setup.insert(thing))

    kind = type(thing)
    assert setup.get(kind, thing.id, NOW) == thing
    assert setup.from_batch(kind, thing.id, batch.read([setup.key(kind, thing.id)], NOW)) == thing
    assert setup.list_all(kind) == [thing]
    assert setup.list_page(kind, 5) == ([thing], None)


def test_a_thing_is_added_only_where_none_is() -> None:
    write(*setup.insert(campaign()))

    with pytest.raises(batch.Cancelled):
        write(*setup.insert(campaign(status="closed")))
    assert setup.get(Campaign, "cmp_1", NOW) == campaign()


def test_a_change_replaces_the_version_that_was_read_and_keeps_the_earlier_ones() -> None:
    write(*setup.insert(campaign()))
    second = campaign(version=2, status="closed")

    write(*setup.update(second))

    with pytest.raises(batch.Cancelled):
        write(*setup.update(campaign(version=2, status="late")))
    assert setup.get(Campaign, "cmp_1", NOW) == second
    assert setup.get_version(Campaign, "cmp_1", 1, NOW) == campaign()
    assert setup.get_version(Campaign, "cmp_1", 2, NOW) == second
    assert setup.get_version(Campaign, "cmp_1", 3, NOW) is None


def test_no_change_brings_back_what_was_removed() -> None:
    write(*setup.insert(campaign()))
    with pytest.raises(batch.Cancelled):
        write(*setup.delete(campaign(version=9)))
    write(*setup.delete(campaign()))

    with pytest.raises(batch.Cancelled):
        write(*setup.update(campaign(version=2)))
    assert setup.get(Campaign, "cmp_1", NOW) is None
    assert setup.get_version(Campaign, "cmp_1", 1, NOW) == campaign()


def test_a_kind_is_read_page_by_page_in_the_order_things_were_made() -> None:
    for number in range(5):
        write(*setup.insert(replace(campaign(), id=f"cmp_{number}")))
    write(*setup.insert(Project(id="prj_1", version=1, name="Loans")))

    first, after = setup.list_page(Campaign, 3)
    rest, end = setup.list_page(Campaign, 3, after)

    assert [one.id for one in first + rest] == [f"cmp_{number}" for number in range(5)]
    assert end is None


def test_ACC_2_a_thing_is_remembered_for_ten_seconds_at_most() -> None:
    write(*setup.insert(campaign()))
    with metered() as meter:
        read = [setup.cached(Campaign, "cmp_1", NOW + at) for at in (0, 9, 10, 19)]
    assert read == [campaign()] * 4
    assert meter.round_trips == 2

    write(*setup.update(campaign(version=2, status="closed")))
    later = [setup.cached(Campaign, "cmp_1", NOW + at) for at in (19, 20)]
    assert [one.status if one else None for one in later] == ["active", "closed"]


def test_ACC_2_absence_is_never_remembered() -> None:
    assert setup.cached(Campaign, "cmp_1", NOW) is None
    write(*setup.insert(campaign()))

    assert setup.cached(Campaign, "cmp_1", NOW) == campaign()


def test_ACC_2_a_clock_that_goes_back_trusts_no_memory() -> None:
    write(*setup.insert(campaign()))
    setup.cached(Campaign, "cmp_1", NOW)

    with metered() as meter:
        setup.cached(Campaign, "cmp_1", NOW - 1)
    assert meter.round_trips == 1


def test_data_md_a_key_s_fingerprint_is_registered_once() -> None:
    assert setup.key_fingerprint("contacts", NOW) is None
    write(*setup.register_key("contacts", "one"))

    with pytest.raises(batch.Cancelled):
        write(*setup.register_key("contacts", "other"))
    assert setup.key_fingerprint("contacts", NOW) == "one"


def test_RET_4_a_batch_read_never_comes_from_memory() -> None:
    write(*setup.insert(campaign()))
    setup.cached(Campaign, "cmp_1", NOW)
    write(*setup.update(campaign(version=2, retention=Policy(1))))

    found = setup.from_batch(Campaign, "cmp_1", batch.read([setup.key(Campaign, "cmp_1")], NOW))

    assert found is not None
    assert found.retention == Policy(1)


def test_a_row_of_an_earlier_release_reads_with_today_s_defaults() -> None:
    setup.ConfigRow("project", "prj_1", version=1, body='{"id":"prj_1","version":1,"name":"Loans"}').save()

    assert setup.get(Project, "prj_1", NOW) == Project(id="prj_1", version=1, name="Loans")


def test_a_row_of_a_later_release_reads_without_what_is_not_known_yet() -> None:
    body = '{"id":"prj_1","version":1,"name":"Loans","colour":"red"}'
    setup.ConfigRow("project", "prj_1", version=1, body=body).save()

    assert setup.get(Project, "prj_1", NOW) == Project(id="prj_1", version=1, name="Loans")
