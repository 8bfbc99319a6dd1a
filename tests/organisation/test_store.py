"""Configuration items and their versions."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.core.access import Permission, Role
from chalicelib.core.paging import Page
from chalicelib.core.retention import Policy
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import (
    ConfigItem,
    Field,
    LeadType,
    Organisation,
    OutcomeRule,
    Project,
)
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from tests.factories.rows import NOW, create_campaign_row, write
from tests.harness.faults import metered

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
    create_campaign_row(),
    create_campaign_row(
        price=None, password_hash="hash", assignment=Assignment("usr_1", "solar", "a"), status="on_hold"
    ),
    create_campaign_row(price=Decimal("0")),
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
def test_a_written_item_is_read_back(thing: ConfigItem) -> None:
    write(*configuration.insert(thing))

    kind = type(thing)
    assert configuration.get(kind, thing.id, NOW) == thing
    assert (
        configuration.from_batch(kind, thing.id, batch.read([configuration.key(kind, thing.id)], NOW))
        == thing
    )
    assert configuration.list_all(kind) == [thing]
    assert configuration.list_page(kind, 5) == Page([thing], None)


def test_an_item_is_inserted_only_if_absent() -> None:
    write(*configuration.insert(create_campaign_row()))

    with pytest.raises(batch.Cancelled):
        write(*configuration.insert(create_campaign_row(status="closed")))
    assert configuration.get(Campaign, "cmp_1", NOW) == create_campaign_row()


def test_a_change_replaces_the_version_read_and_keeps_earlier_ones() -> None:
    write(*configuration.insert(create_campaign_row()))
    second = create_campaign_row(version=2, status="closed")

    write(*configuration.update(second))

    with pytest.raises(batch.Cancelled):
        write(*configuration.update(create_campaign_row(version=2, status="late")))
    assert configuration.get(Campaign, "cmp_1", NOW) == second
    assert configuration.get_version(Campaign, "cmp_1", 1, NOW) == create_campaign_row()
    assert configuration.get_version(Campaign, "cmp_1", 2, NOW) == second
    assert configuration.get_version(Campaign, "cmp_1", 3, NOW) is None


def test_no_change_restores_a_removed_item() -> None:
    write(*configuration.insert(create_campaign_row()))
    with pytest.raises(batch.Cancelled):
        write(*configuration.delete(create_campaign_row(version=9)))
    write(*configuration.delete(create_campaign_row()))

    with pytest.raises(batch.Cancelled):
        write(*configuration.update(create_campaign_row(version=2)))
    assert configuration.get(Campaign, "cmp_1", NOW) is None
    assert configuration.get_version(Campaign, "cmp_1", 1, NOW) == create_campaign_row()


def test_a_kind_is_read_page_by_page_in_order_of_creation() -> None:
    for number in range(5):
        write(*configuration.insert(replace(create_campaign_row(), id=f"cmp_{number}")))
    write(*configuration.insert(Project(id="prj_1", version=1, name="Loans")))

    first = configuration.list_page(Campaign, 3)
    rest = configuration.list_page(Campaign, 3, first.next)

    assert [item.id for item in (*first.items, *rest.items)] == [f"cmp_{number}" for number in range(5)]
    assert rest.next is None


def test_ACC_2_an_item_is_cached_for_at_most_ten_seconds() -> None:
    write(*configuration.insert(create_campaign_row()))
    with metered() as meter:
        read = [configuration.cached(Campaign, "cmp_1", NOW + at) for at in (0, 9, 10, 19)]
    assert read == [create_campaign_row()] * 4
    assert meter.round_trips == 2

    write(*configuration.update(create_campaign_row(version=2, status="closed")))
    later = [configuration.cached(Campaign, "cmp_1", NOW + at) for at in (19, 20)]
    assert [item.status if item else None for item in later] == ["active", "closed"]


def test_ACC_2_absence_is_never_cached() -> None:
    assert configuration.cached(Campaign, "cmp_1", NOW) is None
    write(*configuration.insert(create_campaign_row()))

    assert configuration.cached(Campaign, "cmp_1", NOW) == create_campaign_row()


def test_ACC_2_a_clock_that_goes_back_invalidates_the_cache() -> None:
    write(*configuration.insert(create_campaign_row()))
    configuration.cached(Campaign, "cmp_1", NOW)

    with metered() as meter:
        configuration.cached(Campaign, "cmp_1", NOW - 1)
    assert meter.round_trips == 1


def test_data_model_the_fingerprint_of_a_key_is_registered_once() -> None:
    assert configuration.key_fingerprint("contacts", NOW) is None
    write(*configuration.register_key("contacts", "one"))

    with pytest.raises(batch.Cancelled):
        write(*configuration.register_key("contacts", "other"))
    assert configuration.key_fingerprint("contacts", NOW) == "one"


def test_RET_4_a_batch_read_never_uses_the_cache() -> None:
    write(*configuration.insert(create_campaign_row()))
    configuration.cached(Campaign, "cmp_1", NOW)
    write(*configuration.update(create_campaign_row(version=2, retention=Policy(1))))

    rows = configuration.from_batch(
        Campaign, "cmp_1", batch.read([configuration.key(Campaign, "cmp_1")], NOW)
    )

    assert rows is not None
    assert rows.retention == Policy(1)


def test_a_row_of_an_earlier_release_has_current_defaults() -> None:
    configuration.ConfigRow(
        "project", "prj_1", version=1, body='{"id":"prj_1","version":1,"name":"Loans"}'
    ).save()

    assert configuration.get(Project, "prj_1", NOW) == Project(id="prj_1", version=1, name="Loans")


def test_a_row_of_a_later_release_is_read_without_unknown_fields() -> None:
    body = '{"id":"prj_1","version":1,"name":"Loans","colour":"red"}'
    configuration.ConfigRow("project", "prj_1", version=1, body=body).save()

    assert configuration.get(Project, "prj_1", NOW) == Project(id="prj_1", version=1, name="Loans")


def test_B3_a_row_is_parsed_again_only_if_its_text_changed() -> None:
    campaign = create_campaign_row()
    write(*configuration.insert(campaign))
    first, again = (_from_batch(campaign.id) for _ in range(2))
    assert first == campaign
    assert first is again

    write(*configuration.update(replace(campaign, version=campaign.version + 1, name="New")))
    changed = _from_batch(campaign.id)
    assert changed is not None
    assert (changed.name, changed.version) == ("New", campaign.version + 1)

    write(*configuration.delete(changed))
    assert _from_batch(campaign.id) is None


def _from_batch(campaign_id: str) -> Campaign | None:
    rows = batch.read([configuration.key(Campaign, campaign_id)], NOW)
    return configuration.from_batch(Campaign, campaign_id, rows)
