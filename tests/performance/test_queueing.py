"""The M/D/1 queue."""

import pytest

from planner.performance.queueing import mean_wait_s


def test_half_busy_server_makes_one_wait_half_a_service():
    assert mean_wait_s(0.5, 1.0) == pytest.approx(0.5)


def test_queue_that_never_empties_has_no_end():
    assert mean_wait_s(1.0, 1.0) == float("inf")
