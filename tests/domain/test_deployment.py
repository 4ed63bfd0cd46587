"""Deployments: degrees of parallelism and what they are called."""

import pytest
from pydantic import ValidationError

from planner.domain.contribution import Origin
from planner.domain.deployment import Parallelism
from planner.domain.hardware import PeakRates


@pytest.mark.parametrize(
    ("degrees", "told", "accelerators"),
    [
        ({}, "tp1", 1),
        ({"tensor": 8}, "tp8", 8),
        ({"pipeline": 4}, "pp4", 4),
        ({"tensor": 8, "pipeline": 2, "data": 16}, "tp8 pp2 dp16", 256),
        ({"tensor": 2, "data": 3}, "tp2 dp3", 6),
    ],
)
def test_parallelism(degrees, told, accelerators):
    parallelism = Parallelism(**degrees)
    assert str(parallelism) == told
    assert parallelism.accelerators == accelerators


def test_degrees_are_at_least_one():
    with pytest.raises(ValidationError):
        Parallelism(tensor=0)


def test_rates_by_precision():
    rates = PeakRates(bf16=989, fp8=1979)
    assert (rates.of("bf16"), rates.of("fp8")) == (989, 1979)
    assert rates.of("fp4") is None
    assert rates.of("int4") is None


def test_origins_say_what_to_look_for():
    assert str(Origin("acme", "acme-planner", "1.2")) == "plugin acme (acme-planner 1.2)"
    assert str(Origin("scenario small")) == "scenario small"
    assert sorted([Origin("b"), Origin("a", "z"), Origin("a")]) == [
        *(Origin("a"), Origin("a", "z"), Origin("b"))
    ]
