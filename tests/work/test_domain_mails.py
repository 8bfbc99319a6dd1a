"""The mails to agents (WRK-2, WRK-12)."""

from chalicelib.work.domain import mails

ADDRESS = "https://api.example.com/api"


def test_WRK_2_the_assignment_mail_has_only_id_and_link() -> None:
    mail = mails.of_assigned(["lead_1"], ADDRESS)
    assert mail.subject == "1 lead assigned to you"
    assert mail.text == f"1 lead assigned to you:\n\n{ADDRESS}/v1/leads/lead_1\n"


def test_WRK_2_many_leads_are_one_mail_with_fifty_links_and_a_count() -> None:
    mail = mails.of_assigned([f"lead_{number}" for number in range(53)], ADDRESS)
    assert mail.subject == "53 leads assigned to you"
    assert mail.text.count("/v1/leads/") == 50
    assert "… and 3 more" in mail.text
    exact = mails.of_assigned([f"lead_{number}" for number in range(50)], ADDRESS)
    assert exact.text.count("/v1/leads/") == 50
    assert "more" not in exact.text


def test_WRK_12_the_daily_mail_lists_follow_ups_and_leads_at_risk() -> None:
    mail = mails.of_the_day(["lead_1"], ["lead_2", "lead_3"], ADDRESS)
    assert mail is not None
    follow, risk = mail.text.split("1 lead will be retired soon without an activity:")
    assert "2 leads to follow up today:" in follow
    assert (f"{ADDRESS}/v1/leads/lead_2" in follow, f"{ADDRESS}/v1/leads/lead_3" in follow) == (True, True)
    assert f"{ADDRESS}/v1/leads/lead_1" in risk


def test_WRK_12_an_empty_part_is_left_out_and_an_empty_mail_not_made() -> None:
    risk, follow = mails.of_the_day(["lead_1"], [], ADDRESS), mails.of_the_day([], ["lead_1"], ADDRESS)
    assert risk is not None
    assert follow is not None
    assert "follow up" not in risk.text
    assert "retired" not in follow.text
    assert mails.of_the_day([], [], ADDRESS) is None


def test_SEC_C9_a_stored_name_cannot_write_lines_into_a_mail() -> None:
    name = "Solar\r\n\r\nPay here: https://example.org\u202e\u2028now"

    mail = mails.of_missing_consent("cmp_1", name, 2, "https://api.example.com")

    (line,) = [line for line in mail.text.splitlines() if "Pay here" in line]
    assert line.startswith("Campaign: Solar")
    assert "\u202e" not in mail.text
