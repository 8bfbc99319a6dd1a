"""The scenario of reports and forecasts."""

from tests.http.examples.example_run import ExampleRun


def play(run: ExampleRun) -> None:
    """Report the leads of a campaign, and ask what will be erased when."""
    for number in range(50, 53):
        run.lead(phone=f"+1 202-555-01{number}", email=f"person{number}@example.com")
    run.lead(phone="+1 202-555-0154", email="gus@example.com", state="TX")
    run.show("get_report", "two_days")
    run.show("get_forecast", "three_months")
    run.show("run_what_if", "shorter")
    run.show("correct_prices", "price")
