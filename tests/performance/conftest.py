"""Catalog parts in servers of eight, and architectures as the physics sees them."""

import pytest

from planner.domain.hardware import NodeType


@pytest.fixture(scope="session")
def server():
    """A server of `count` accelerators with a network of 8 x 50 GB/s."""

    def build(accelerator, count=8, **changes):
        fields = {
            "name": "server",
            "accelerator": accelerator,
            "accelerators_per_node": count,
            "host_power_w": 1500.0,
            "host_power_basis": "estimate",
            "network_gb_per_s": 400.0,
            "source": "made up for a test",
        }
        return NodeType(**{**fields, **changes})

    return build


@pytest.fixture(scope="session")
def profile(catalog):
    """The profile of a catalog architecture."""
    return lambda name: catalog.profile(catalog.architectures[name])
