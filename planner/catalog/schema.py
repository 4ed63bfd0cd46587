"""JSON Schemas: of a scenario, for editors that complete and check, and of what is printed."""

from typing import Any, Final

from planner.domain.estimate import Estimate
from planner.domain.record import Record
from planner.domain.scenario import Scenario

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID: Final = "urn:gpu-cluster-planner:scenario:1"
"""Version 1 is the one that `schema_version` of a scenario means."""

ESTIMATE_SCHEMA_ID: Final = "urn:gpu-cluster-planner:estimate:1"

UNITS: Final[dict[str, str]] = {
    "_usd_per_kwh": "USD per kWh",
    "_usd_per_mwh": "USD per MWh",
    "_usd_per_tonne": "USD per tonne",
    "usd_per_node_hour": "USD per node and hour",
    "_usd_per_million_tokens": "USD per million tokens",
    "_usd_per_million_input_tokens": "USD per million input tokens",
    "_usd_per_million_output_tokens": "USD per million output tokens",
    "_usd_per_request": "USD per request",
    "_usd_per_user_month": "USD per user and month",
    "usd_per_gb": "USD per GB",
    "_usd": "USD",
    "_g_per_kwh": "g CO2e per kWh",
    "_gb_per_s": "GB/s",
    "_gb": "GB",
    "_tokens_per_s": "tokens per second",
    "_tokens_per_s_per_accelerator": "tokens per second and accelerator",
    "_joules_per_token": "J per token",
    "_per_s": "per second",
    "_tflops": "TFLOP/s",
    "_gib": "GiB",
    "_gib_per_accelerator": "GiB",
    "_mwh": "MWh",
    "_hours": "hours",
    "_kw": "kW",
    "_wh": "Wh",
    "_w": "W",
    "_ms": "ms",
    "_days": "days",
    "_minutes": "minutes",
    "_years": "years",
    "_kw_per_hour": "kW per hour",
    "_l_per_kwh": "litres per kWh",
    "_tonnes": "t CO2e",
    "_usd_per_gb": "USD per GB",
    "_usd_per_accelerator": "USD per accelerator",
    "_kg_co2e": "kg CO2e",
    "_usd_per_kw_month": "USD per kW and month",
    "_months": "months",
    "_tokens_m": "millions of tokens",
    "_parameters_b": "billions of parameters",
    "tokens_b": "billions of tokens",
    "_tokens": "tokens",
}
"""Unit by the end of a field's name, longer ends first."""


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario, with descriptions, units and examples.

    `unit` is a keyword of our own; editors pass over it, so descriptions end with it too.
    """
    return {"$schema": DIALECT, "$id": SCHEMA_ID, **_with_units(Scenario)}


def estimate_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what `gpuplan estimate --json` prints."""
    return {"$schema": DIALECT, "$id": ESTIMATE_SCHEMA_ID, **_with_units(Estimate)}


def _with_units(record: type[Record]) -> dict[str, Any]:
    schema = record.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for name, field in part.get("properties", {}).items():
            _tell_unit(name, field)
    return schema


def _tell_unit(name: str, field: dict[str, Any]) -> None:
    unit = next((unit for ending, unit in UNITS.items() if f"_{name}".endswith(ending)), None)
    if unit is None:
        return
    field["unit"] = unit
    told = [field["description"]] if "description" in field else []
    field["description"] = "\n\n".join([*told, f"Unit: {unit}."])
