"""Activities that are sent again, with and without a key (WRK-3, RET-12, RET-15)."""

import pytest

from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Invalid, Malformed
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import people
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.work.domain.activities import Comment, LoggedCall, Recordable
from tests.factories.leads import DAY, MANAGER, NOW, confirmation_of, confirmed, create_organisation, facts_of
from tests.factories.work import HOUR, actions, create_activity, create_assigned_lead, history

pytestmark = pytest.mark.usefixtures("aws")

CALL = LoggedCall("outgoing", "answered")

SAID = "Prefers mornings, mentioned a divorce."


@pytest.fixture
def lead() -> None:
    """A lead of ten days that the agent has."""
    create_organisation()
    create_assigned_lead()


def test_WRK_3_an_activity_repeated_with_its_key_is_recorded_once(lead: None) -> None:
    first = create_activity(Comment(SAID), NOW + 60, key="k-1")
    assert create_activity(Comment(SAID), NOW + HOUR, key="k-1") == first == facts_of("lead_1")
    assert len(people.list_comments("lead_1", NOW)) == 1
    assert create_activity(Comment(SAID), NOW + HOUR, key="k-2").version == first.version + 1
    assert create_activity(Comment(SAID), NOW + HOUR).version == first.version + 2
    assert actions() == ["assigned", *["comment"] * 3]


def test_RET_12_a_confirmed_change_repeated_after_a_keyed_activity_succeeds(lead: None) -> None:
    def change(token: Confirmation | None) -> Facts:
        return set_retention(MANAGER, "lead_1", RetentionRequest(days=20), token, NOW)

    token = confirmation_of(change)
    change(token)
    facts = create_activity(now=NOW + 60, key="k-1")
    assert change(token) == facts
    assert actions() == ["assigned", "retention", "comment"]


def test_WRK_3_an_activity_repeated_after_a_confirmed_change_counts_once(lead: None) -> None:
    create_activity(now=NOW + 60, key="k-1")
    confirmed(lambda token: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), token, NOW + 61))
    assert create_activity(now=NOW + 62, key="k-1") == facts_of("lead_1")
    assert actions() == ["assigned", "comment", "retention"]


def test_RET_15_activity_keys_end_with_the_person_and_confirmations_stay(
    lead: None,
) -> None:
    confirmed(lambda token: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), token, NOW))
    create_activity(now=NOW + 60, key="k-1")
    before = facts_of("lead_1")
    finish_erasure("lead_1", "schedule", NOW + 20 * DAY)
    after = facts_of("lead_1", NOW + 20 * DAY)
    assert (bool(before.activity_mark), after.activity_mark) == (True, "")
    assert after.confirmed_by == before.confirmed_by != ""


def test_WRK_3_a_key_is_for_one_user_and_one_lead() -> None:
    create_organisation()
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")
    create_activity(key="k-1")
    create_activity(key="k-1", lead_id="lead_2")
    create_activity(key="k-1", actor=MANAGER)
    assert (actions("lead_1"), actions("lead_2")) == (
        ["assigned", "comment", "comment"],
        ["assigned", "comment"],
    )


def test_WRK_3_other_content_under_the_same_key_is_refused(lead: None) -> None:
    create_activity(Comment(SAID), key="k-1")
    others: list[tuple[Recordable, str | None]] = [
        (Comment("Else."), None),
        (CALL, None),
        (Comment(SAID), "2030-01-01"),
    ]
    for content, day in others:
        with pytest.raises(Invalid) as caught:
            create_activity(content, key="k-1", follow_up_on=day)
        assert caught.value.code == "key_reused"
    for key in ("", "x" * 256, "a\nb"):
        with pytest.raises(Malformed):
            create_activity(Comment(SAID), key=key)
    assert actions() == ["assigned", "comment"]


def test_WRK_3_without_a_key_equal_comments_are_two(lead: None) -> None:
    create_activity(Comment(SAID), NOW + 60)
    create_activity(Comment(SAID), NOW + 60)
    assert [detail for kind, detail in history() if kind == "comment"] == [{"text": SAID}] * 2
