"""Conversion factors: the only place where one unit is turned into another."""

from typing import Final

BYTES_PER_GIB: Final = 2**30
BYTES_PER_GB: Final = 10**9
FLOPS_PER_MULTIPLY_ADD: Final = 2
FLOPS_PER_GFLOP: Final = 10**9
FLOPS_PER_TFLOP: Final = 10**12
PARAMETERS_PER_BILLION: Final = 10**9
TOKENS_PER_BILLION: Final = 10**9
TOKENS_PER_MILLION: Final = 10**6
SECONDS_PER_HOUR: Final = 3600
MINUTES_PER_HOUR: Final = 60
MS_PER_SECOND: Final = 1000
HOURS_PER_DAY: Final = 24
DAYS_PER_MONTH: Final = 365.25 / 12
"""Mean Gregorian month; finance compares months, scenarios have days."""
HOURS_PER_YEAR: Final = 365.25 * HOURS_PER_DAY
"""Mean Gregorian year: twelve of the months above."""
MONTHS_PER_YEAR: Final = 12
MONTHS_PER_QUARTER: Final = 3
WATTS_PER_KW: Final = 1000
WH_PER_MWH: Final = 10**6
JOULES_PER_WH: Final = 3600
JOULES_PER_KWH: Final = JOULES_PER_WH * WATTS_PER_KW
KWH_PER_MWH: Final = 1000
GRAMS_PER_TONNE: Final = 10**6
KG_PER_TONNE: Final = 1000
LITRES_PER_M3: Final = 1000
