"""The exercises of lesson 07, in its order."""

from course_lib.exercises.sft import (
    chat_targets_checks,
    exact_match_checks,
    lora_checks,
    masked_loss_checks,
    pack_examples_checks,
    render_chat_checks,
    response_mask_checks,
)

EXERCISES = (
    render_chat_checks.EXERCISE,
    response_mask_checks.EXERCISE,
    masked_loss_checks.EXERCISE,
    chat_targets_checks.EXERCISE,
    pack_examples_checks.EXERCISE,
    exact_match_checks.EXERCISE,
    lora_checks.EXERCISE,
)
