"""Workloads: ways to state sizes, and what follows from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.domain.requests import RequestClass
from planner.domain.workload import BatchInference, Pretraining, Serving

BASE = {"name": "w", "kind": "serving", "architecture": "llama-3.1-8b", "requests_per_s": 2}
ALIKE = {"input_tokens": 100, "output_tokens": 50}
TABLE = {"request_classes": (RequestClass(input_tokens=10, output_tokens=5),)}
TRACE = {"request_trace": "trace.csv"}


def serving(**fields):
    return Serving.model_validate(BASE | fields)


def test_defaults():
    chat = serving(**ALIKE)
    assert (chat.priority, chat.ttft_ms, chat.tpot_ms) == (5, 2000, 100)
    assert (chat.target_utilisation, chat.weight_precision, chat.kv_precision) == (
        *(0.8, "bf16", "bf16"),
    )
    assert chat.unmet_penalty_usd is chat.sites is chat.allow_interruptible is None


@pytest.mark.parametrize("sizes", [ALIKE, TABLE, TRACE])
def test_each_way_to_state_sizes_will_do_alone(sizes):
    assert serving(**sizes).name == "w"


@pytest.mark.parametrize(
    "sizes", [{}, ALIKE | TABLE, ALIKE | TRACE, TABLE | TRACE, {"input_tokens": 1} | TRACE]
)
def test_sizes_are_stated_in_one_way(sizes):
    with pytest.raises(ValidationError, match="state request sizes in exactly one way"):
        serving(**sizes)


@pytest.mark.parametrize("field", ["input_tokens", "output_tokens"])
def test_sizes_have_two_sides(field):
    with pytest.raises(ValidationError, match="input_tokens and output_tokens go together"):
        serving(**{field: 100})


def test_a_rate_is_stated_or_comes_from_a_trace():
    assert serving(**TRACE, requests_per_s=None).requests_per_s is None
    for sizes in (ALIKE, TABLE):
        with pytest.raises(ValidationError, match="requests_per_s is needed unless"):
            serving(**sizes, requests_per_s=None)


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(ValidationError) as caught:
        serving(requests_per_s=None)
    (error,) = caught.value.errors()
    assert "state request sizes in exactly one way" in error["msg"]
    assert "requests_per_s is needed unless request_trace or demand gives the rate" in error["msg"]


def test_alike_requests_are_one_class():
    chat = serving(**ALIKE)
    assert chat.classes == (RequestClass(weight=1, input_tokens=100, output_tokens=50),)
    assert chat.class_shares == (1,)
    assert chat.tokens_per_request == 150


def test_shares_follow_from_weights():
    rows = tuple(
        RequestClass(weight=weight, input_tokens=tokens, output_tokens=1)
        for weight, tokens in ((1, 99), (3, 199))
    )
    chat = serving(request_classes=rows)
    assert chat.classes == rows
    assert chat.class_shares == (0.25, 0.75)
    assert chat.tokens_per_request == pytest.approx(0.25 * 100 + 0.75 * 200)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=50))
def test_shares_add_up_to_one(weights):
    rows = tuple(RequestClass(weight=each, input_tokens=1, output_tokens=1) for each in weights)
    chat = serving(request_classes=rows)
    assert sum(chat.class_shares) == pytest.approx(1)
    assert chat.tokens_per_request == pytest.approx(2)


def test_a_trace_that_nobody_read_has_no_classes():
    with pytest.raises(ValueError, match="w: request_trace has not been read yet"):
        _ = serving(**TRACE).classes


def test_a_table_has_at_most_400_rows():
    row = RequestClass(input_tokens=1, output_tokens=1)
    assert len(serving(request_classes=(row,) * 400).classes) == 400
    with pytest.raises(ValidationError):
        serving(request_classes=(row,) * 401)


def test_a_workload_that_may_run_nowhere_is_none():
    assert serving(**ALIKE, sites=("hall",)).sites == ("hall",)
    with pytest.raises(ValidationError, match="at least 1 item"):
        serving(**ALIKE, sites=())


def test_batches_state_tokens_and_a_deadline():
    fields = {"name": "b", "kind": "batch_inference", "architecture": "a", **ALIKE}
    batch = BatchInference.model_validate({**fields, "tokens_b": 3, "deadline_days": 2})
    assert batch.tokens_per_request == 150
    for field in ("tokens_b", "deadline_days"):
        with pytest.raises(ValidationError, match=field):
            BatchInference.model_validate(
                {**fields, "tokens_b": 3, "deadline_days": 2, field: 0},
            )


def test_pretraining_defaults():
    run = Pretraining(name="p", kind="pretraining", architecture="a", tokens_b=1, deadline_days=1)
    assert (run.sequence_tokens, run.global_batch_tokens_m) == (4096, 4)
    assert (run.precision, run.accelerators) == ("bf16", None)


SMALL = {"architecture": "llama-3.1-8b", "quality": 0.6}
LARGE = {"architecture": "llama-3.1-70b", "quality": 0.9}


def choosing(*choices, **fields):
    return serving(architecture=None, choices=choices, **ALIKE, **fields)


def test_precisions_of_a_workload_are_the_defaults_of_its_choices():
    chat = choosing(SMALL, LARGE | {"weight_precision": "bf16"}, weight_precision="fp8")
    assert [each.weight_precision for each in chat.variants] == ["fp8", "bf16"]
    assert [each.kv_precision for each in chat.variants] == ["bf16", "bf16"]
    (alone,) = serving(**ALIKE, kv_precision="fp8").variants
    assert (alone.architecture, alone.kv_precision, alone.max_share) == ("llama-3.1-8b", "fp8", 1)


def test_the_best_mix_is_as_good_as_a_minimum_may_be():
    """0.4 of the requests on the large one, the others on the small: 0.4 x 0.9 + 0.6 x 0.6."""
    capped = LARGE | {"max_share": 0.4}
    assert choosing(SMALL, capped, minimum_quality=0.72).minimum_quality == 0.72
    with pytest.raises(ValidationError, match=r"must be at most 0\.72, .*, not 0\.73"):
        choosing(SMALL, capped, minimum_quality=0.73)
    # what the large one may not take can stay undone
    assert choosing(SMALL, capped, minimum_quality=0.73, unmet_penalty_usd=5.0).choices


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"architecture": None}, "in exactly one way: architecture, choices, or cascade"),
        ({"choices": (SMALL,)}, "in exactly one way: architecture, choices, or cascade"),
        ({"minimum_quality": 0.5}, "minimum_quality needs choices, each with a quality"),
        (
            {
                "architecture": None,
                "choices": (
                    SMALL,
                    SMALL | {"weight_precision": "bf16"},
                ),
            },
            r"two choices are llama-3\.1-8b bf16 \(kv bf16\)",
        ),
        (
            {
                "architecture": None,
                "choices": (
                    SMALL,
                    {"architecture": "llama-3.1-70b"},
                ),
                "minimum_quality": 0.5,
            },
            "minimum_quality needs a quality of each of the choices",
        ),
        (
            {
                "architecture": None,
                "choices": (
                    SMALL,
                    LARGE,
                ),
                "minimum_quality": 0.91,
            },
            r"must be at most 0\.9, the best",
        ),
        (
            {"architecture": None, "choices": (SMALL | {"max_share": 0.6},)},
            r"the max_share of all choices add up to 0\.6",
        ),
    ],
)
def test_choices_that_contradict_themselves_are_refused(fields, told):
    with pytest.raises(ValidationError, match=told):
        serving(**ALIKE, **fields)
