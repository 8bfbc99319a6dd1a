"""The lines and charts of the benchmarks' page."""

from tests.benchmarks.figures import Figure, chart


def test_a_ratio_must_not_pass_its_bar() -> None:
    assert Figure("B3", "CPU", "µs", 2, 20, 10).met
    assert not Figure("B3", "CPU", "µs", 2, 21, 10).met
    assert "| 2.10 | 2 | **missed** |" in Figure("B3", "CPU", "µs", 2, 21, 10).line()


def test_a_ratio_with_a_least_bar_must_reach_it() -> None:
    assert Figure("B10", "leads", "leads", 10, 400, 40, least=True).met
    assert not Figure("B10", "leads", "leads", 10, 399, 40, least=True).met
    assert "| 10.00 | ≥ 10 | met |" in Figure("B10", "leads", "leads", 10, 400, 40, least=True).line()


def test_a_chart_has_its_figures_in_a_table_and_in_a_drawing() -> None:
    text = chart("Leads a second", "callers", [1, 4], [64.4, 1_206.0])
    assert "| callers | 1 | 4 |" in text
    assert "| leads a second | 64 | 1,206 |" in text
    assert 'x-axis "callers" ["1", "4"]' in text
    assert "line [64, 1206]" in text
