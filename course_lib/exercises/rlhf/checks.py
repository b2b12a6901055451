"""The exercises of lesson 08, in its order."""

from course_lib.exercises.rlhf import (
    bradley_terry_loss_checks,
    critique_and_revise_checks,
    dpo_loss_checks,
    grpo_advantages_checks,
    kl_estimates_checks,
    penalized_returns_checks,
    ppo_clip_loss_checks,
    returns_and_advantages_checks,
)

EXERCISES = (
    bradley_terry_loss_checks.EXERCISE,
    kl_estimates_checks.EXERCISE,
    returns_and_advantages_checks.EXERCISE,
    ppo_clip_loss_checks.EXERCISE,
    penalized_returns_checks.EXERCISE,
    dpo_loss_checks.EXERCISE,
    grpo_advantages_checks.EXERCISE,
    critique_and_revise_checks.EXERCISE,
)
