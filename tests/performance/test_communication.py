"""Collectives against published NCCL 2.27 latencies (ai-dynamo/aiconfigurator)."""

import pytest

from planner.performance.communication import all_reduce_s, can_talk, is_linked

MIB = 2**20


@pytest.mark.parametrize(
    ("part", "participants", "message_bytes", "published_us"),
    [
        ("H100-80GB-SXM", 2, 8192, 6.77),
        ("H100-80GB-SXM", 8, 8192, 15.96),
        ("H100-80GB-SXM", 8, 256 * MIB, 1092.1),
        ("A100-80GB-SXM", 4, 2 * MIB, 46.22),
        ("A100-80GB-SXM", 8, 512 * MIB, 4225.9),
        ("B200", 8, 512 * MIB, 1334.6),
        ("L40S", 2, 256 * MIB, 13373.0),
        ("L40S", 4, 256 * MIB, 78355.0),
        ("L40S", 8, 512 * MIB, 649471.0),
    ],
)
def test_all_reduce_takes_about_what_was_measured(
    catalog, part, participants, message_bytes, published_us
):
    predicted_us = all_reduce_s(message_bytes, participants, catalog.accelerators[part]) * 1e6
    assert 0.5 <= predicted_us / published_us <= 2


def test_alone_there_is_nothing_to_exchange(catalog):
    assert all_reduce_s(1e9, 1, catalog.accelerators["L4"]) == 0


def test_parts_without_any_link_work_alone(catalog, server):
    part = catalog.accelerators["M2-Ultra-76c"]
    assert can_talk(server(part.name), part, 1)
    assert not can_talk(server(part.name), part, 2)


def test_without_a_network_nothing_spans_nodes(catalog, server):
    part = catalog.accelerators["H100-80GB-SXM"]
    assert is_linked(server(part.name), part, 16)
    assert not is_linked(server(part.name, network_gb_per_s=0.0), part, 16)
