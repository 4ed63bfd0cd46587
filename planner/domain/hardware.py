"""Accelerators and the servers they sit in."""

from typing import Literal

from planner.domain.precision import Precision
from planner.domain.record import Count, Name, NonNegative, Positive, Record, Sentence


class PeakRates(Record):
    """Dense (never 2:4-sparse) peak matrix rates in TFLOP/s; TOP/s for int8. None: no such mode."""

    fp32: Positive | None = None
    tf32: Positive | None = None
    bf16: Positive | None = None
    fp16: Positive | None = None
    fp8: Positive | None = None
    int8: Positive | None = None
    fp4: Positive | None = None

    def of(self, precision: Precision) -> float | None:
        """The rate for arithmetic in `precision`; None where the part has no such mode."""
        rate: float | None = getattr(self, precision, None)
        return rate


class Accelerator(Record):
    """One GPU, TPU or NPU part, as its vendor specifies it."""

    name: Name
    """Catalog id, for instance `H100-80GB-SXM`."""
    title: Sentence
    """The vendor's own name of the part."""
    vendor: Sentence
    segment: Literal["datacenter", "workstation", "consumer", "edge"]
    form_factor: str | None = None
    release_year: int | None = None
    memory_gib: Positive
    """Device memory. Vendors print GB; memory parts come in powers of two, so it is GiB."""
    memory_type: str | None = None
    memory_bandwidth_gb_per_s: Positive
    """Peak, decimal GB."""
    peak_dense_tflops: PeakRates
    achievable_bf16_tflops: Positive | None = None
    """Best large GEMM somebody measured; None where nobody published one."""
    achievable_fp8_tflops: Positive | None = None
    tdp_w: Positive | None = None
    """Largest sustained power of the part; None where the vendor does not say."""
    power_cap_w: Positive | None = None
    """That it is held to below `tdp_w`; its rates here are those without the cap."""
    tdp_basis: str | None = None
    """What the vendor calls that power (TDP, TBP, TGP, an estimate ...)."""
    scaleup_link: str | None = None
    scaleup_gb_per_s: Positive | None = None
    """Scale-up (NVLink, xGMI, ICI) bandwidth per accelerator and direction; None: only PCIe."""
    scaleup_domain_size: Count = 1
    """How many accelerators the scale-up links join at most."""
    pcie_gb_per_s: Positive | None = None
    """Per direction."""
    list_price_usd: Positive | None = None
    price_basis: str | None = None
    embodied_kg_co2e: Positive | None = None
    """What making one part emitted, CO2-equivalent, from cradle to gate, with its share of the
    board it comes on; None where nobody published a figure for this part."""
    embodied_basis: str | None = None
    """Who published it, for what, and how sure it is."""
    confidence: Literal["high", "medium", "low"]
    doubt: str | None = None
    """What a cross-check of the figures found; None: nothing."""
    source: Sentence
    notes: str | None = None


class NodeType(Record):
    """A server with a fixed number of one accelerator: the unit that is bought."""

    name: Name
    """Catalog id: `provider/instance-type` in a cloud, a plain name for a server one can buy."""
    accelerator: Name
    accelerators_per_node: Count
    host_power_w: NonNegative
    """Power of everything in the server but the accelerators: CPUs, memory, fans, NICs, losses."""
    host_power_basis: Literal["measured", "nameplate", "estimate"]
    network_gb_per_s: NonNegative = 0
    """Scale-out network of the whole node per direction; 0: not meant to span nodes."""
    provider: str | None = None
    vcpus: Positive | None = None
    memory_gib: Positive | None = None
    """Host memory."""
    battery_wh: Positive | None = None
    """Energy of the full battery; omitted: it has none, or is plugged in."""
    embodied_host_kg_co2e: Positive | None = None
    """What making everything in the server but the accelerators emitted, CO2-equivalent; None
    where nobody published a figure."""
    embodied_host_basis: str | None = None
    source: Sentence
    notes: str | None = None
