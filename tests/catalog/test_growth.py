"""Growth and falling prices over decades: numbers that mean something, or a fault of the field."""

import pytest

CHAT = "    requests_per_s: 5\n"


@pytest.fixture
def growing(changed):
    """The small scenario over so many months, with something more said of its chat."""
    return lambda months, more: changed("  days: 30\n", f"  months: {months}\n").replace(
        CHAT, CHAT + more
    )


@pytest.mark.parametrize(
    ("months", "growth", "factor"),
    [(1200, 10, "1e+1250"), (120, -0.999, "1e-360"), (1200, 0.03, "1e+15")],
)
def test_demand_stays_within_what_numbers_mean(fault_of, growing, months, growth, factor):
    fault = fault_of(growing(months, f"    growth_per_month: {growth}\n"))
    assert fault.field == "workloads.0.growth_per_month"
    assert fault.line is not None
    assert fault.rule.startswith(f"comes to a factor of {factor} over the horizon")
    assert fault.value == str(float(growth))


@pytest.mark.parametrize("change", [10, -0.9999])
def test_so_do_prices(fault_of, growing, change):
    more = f"    revenue: {{usd_per_request: 1, change_per_quarter: {change}}}\n"
    assert fault_of(growing(1200, more)).field == "workloads.0.revenue.change_per_quarter"


@pytest.mark.parametrize(("months", "growth"), [(36, 0.5), (1200, 0.02), (120, -0.2)])
def test_what_companies_hope_for_is_no_fault(read, growing, months, growth):
    scenario = read(growing(months, f"    growth_per_month: {growth}\n"))
    assert scenario.workloads[0].growth_per_month == growth
