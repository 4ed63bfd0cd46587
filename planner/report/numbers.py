"""Numbers as people read them: thousands separators, three digits that matter, units."""

from math import floor, log10
from typing import Final

from planner.units import DAYS_PER_MONTH

DIGITS: Final = 3
"""Significant digits of what is below a thousand; no input is known better."""
SMALLEST_WRITTEN_OUT: Final = 1e-4
"""Smaller numbers are written with an exponent."""
LARGEST_WHOLE_USD: Final = 10**8
"""From here on, money is told in millions."""
USD_PER_MILLION_USD: Final = 10**6
SMALLEST_SHARE: Final = 1e-6
"""Shares are checked to this tolerance; nearer to all is all."""
BRIEF_SHARE: Final = 1e-3
"""Shares this far from nothing and from all need no more than one decimal."""
NOT_KNOWN: Final = "-"


def quantity(value: float | None) -> str:
    """`12,345`, `45`, `1.23`, `0.0123`; `-` for None. Whole numbers get no decimals."""
    if value is None:
        return NOT_KNOWN
    if value == round(value):
        return f"{value:,.0f}"
    rounded = float(f"{value:.{DIGITS}g}")
    if abs(rounded) >= 10**DIGITS:
        return f"{value:,.0f}"
    if abs(rounded) < SMALLEST_WRITTEN_OUT:
        return f"{value:.{DIGITS}g}"
    decimals = DIGITS - 1 - floor(log10(abs(rounded)))
    return f"{rounded:,.{decimals}f}"


def usd(value: float | None) -> str:
    """`$1,235`, `$12.30`, `$0.0123`, `$123.46 M`; `-` for None."""
    if value is None:
        return NOT_KNOWN
    sign, amount = "-" if value < 0 else "", abs(value)
    if amount >= LARGEST_WHOLE_USD:
        return f"{sign}${amount / USD_PER_MILLION_USD:,.2f} M"
    if 1 <= amount < 10**DIGITS:
        return f"{sign}${amount:.2f}"
    return f"{sign}${quantity(amount)}"


def percent(share: float | None) -> str:
    """`65.3%`, `99.9999%`, `<0.0001%`: what is not nothing or all is not told as if it were."""
    if share is None:
        return NOT_KNOWN
    if share in (0, 1) or abs(1 - share) < SMALLEST_SHARE:
        return f"{abs(share):.0%}"
    if 0 < share < SMALLEST_SHARE:
        return f"<{SMALLEST_SHARE:.4%}"
    is_near = abs(share) < BRIEF_SHARE or 0 < 1 - share < BRIEF_SHARE
    decimals = 4 if is_near else 1
    return f"{share:.{decimals}%}"


def per_month(total: float, days: float) -> float:
    """What a total over `days` is in a mean month."""
    return total / days * DAYS_PER_MONTH
