"""Choices of architecture in scenario files: what is told of wrong ones, and where."""

import pytest

ONE = "    architecture: llama-3.1-8b\n"
CHOICES = """\
    choices:
      - { architecture: llama-3.1-8b, weight_precision: fp8, quality: 0.68, max_share: 0.7 }
      - { architecture: llama-3.1-70b, quality: 0.80 }
    minimum_quality: 0.75
"""
WORKLOAD_LINE = 23
FIRST_CHOICE_LINE = 26


@pytest.fixture
def choosing(changed):
    """The small scenario with choices, in which one piece of text is replaced."""

    def change(old="", new=""):
        assert not old or CHOICES.count(old) == 1, old
        return changed(ONE, CHOICES.replace(old, new) if old else CHOICES)

    return change


def test_choices_are_read(read, choosing):
    chat = read(choosing()).workloads[0]
    assert chat.architecture is None
    assert [str(each) for each in chat.variants] == [
        "llama-3.1-8b fp8 (kv bf16)",
        "llama-3.1-70b bf16 (kv bf16)",
    ]
    assert [each.max_share for each in chat.variants] == [0.7, 1.0]


def test_an_unknown_architecture_of_a_choice_is_told_with_the_nearest(fault_of, choosing):
    fault = fault_of(choosing("llama-3.1-8b", "lama-3.1-8b"))
    assert (fault.field, fault.line) == ("workloads.0.choices.0.architecture", FIRST_CHOICE_LINE)
    assert fault.rule == "unknown architecture"
    assert "llama-3.1-8b" in fault.hint


def test_a_choice_may_be_an_architecture_of_the_scenario(read, choosing):
    text = choosing("architecture: llama-3.1-70b", "architecture: my-moe")
    assert read(text).workloads[0].variants[1].architecture == "my-moe"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "    choices:\n",
            f"{ONE}    choices:\n",
            "exactly one way: architecture, choices, or cascade",
        ),
        ("minimum_quality: 0.75", "minimum_quality: 0.81", "must be at most 0.8, the best"),
        (", quality: 0.80", "", "needs a quality of each of the choices"),
        ("llama-3.1-70b, quality", "llama-3.1-8b, weight_precision: fp8, quality", "two choices"),
    ],
)
def test_a_contradiction_is_told_at_its_workload(fault_of, choosing, old, new, told):
    fault = fault_of(choosing(old, new))
    assert told in fault.rule
    assert (fault.field, fault.line) == ("workloads.0", WORKLOAD_LINE)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("max_share: 0.7", "max_share: 1.7", "max_share"),
        ("quality: 0.68", "quality: -1", "quality"),
        ("weight_precision: fp8", "weight_precision: fp7", "weight_precision"),
        ("weight_precision: fp8", "weights: fp8", "weights"),
    ],
)
def test_a_wrong_value_is_told_at_its_choice(fault_of, choosing, old, new, field):
    fault = fault_of(choosing(old, new))
    assert fault.field == f"workloads.0.choices.0.{field}"
    assert fault.line == FIRST_CHOICE_LINE
