"""Answers to `dpo_loss`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@right("dpo_loss")
def dpo_by_rewards(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    chosen = beta * (policy_chosen - ref_chosen)
    rejected = beta * (policy_rejected - ref_rejected)
    return -F.logsigmoid(chosen - rejected).mean()


@right("dpo_loss")
def dpo_by_log_ratios(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    of_policy = policy_chosen - policy_rejected
    of_reference = ref_chosen - ref_rejected
    return F.softplus(beta * (of_reference - of_policy)).sum() / len(of_policy)


@right("dpo_loss")
def dpo_pair_by_pair(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    losses = []
    for b in range(policy_chosen.size(0)):
        chosen = beta * policy_chosen[b] - beta * ref_chosen[b]
        rejected = beta * policy_rejected[b] - beta * ref_rejected[b]
        losses.append(-torch.stack((chosen, rejected)).log_softmax(dim=0)[0])
    return sum(losses) / len(losses)


@right("dpo_loss")
def dpo_by_cross_entropy(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    moved = torch.stack((policy_chosen - ref_chosen, policy_rejected - ref_rejected), dim=1)
    return F.cross_entropy(beta * moved, torch.zeros(len(moved), dtype=torch.int64))


@right("dpo_loss")
def dpo_with_a_frozen_reference(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    with torch.no_grad():
        margin = ref_chosen - ref_rejected
    logits = policy_chosen - policy_rejected - margin
    return F.binary_cross_entropy_with_logits(beta * logits, torch.ones_like(logits))


@right("dpo_loss")
def dpo_in_float64(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    four = (policy_chosen, policy_rejected, ref_chosen, ref_rejected)
    return dpo_by_log_ratios(*(one.double() for one in four), beta).float()


def wrong_margin(misconception, name, margin):
    """Keep the loss of another margin, `margin(pc, pr, rc, rr, beta)`."""

    def answer(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
        return -F.logsigmoid(
            margin(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta)
        ).mean()

    wrong("dpo_loss", misconception, f"dpo_{name}")(answer)


for misconception, name, margin in [
    ("turned_around", "of_the_worse", lambda pc, pr, rc, rr, b: b * ((pr - rr) - (pc - rc))),
    ("turned_around", "ratio_inverted", lambda pc, pr, rc, rr, b: b * ((rc - pc) - (rr - pr))),
    ("forgets_the_reference", "of_the_policy", lambda pc, pr, rc, rr, b: b * (pc - pr)),
    ("forgets_the_reference", "without_ref_chosen", lambda pc, pr, rc, rr, b: b * (pc - (pr - rr))),
    ("forgets_the_reference", "without_ref_rejected", lambda pc, pr, rc, rr, b: b * (pc - rc - pr)),
    ("crosses_the_reference", "plus_reference", lambda pc, pr, rc, rr, b: b * (pc + rc - pr - rr)),
    (
        "crosses_the_reference",
        "without_brackets",
        lambda pc, pr, rc, rr, b: b * (pc - rc - pr - rr),
    ),
    ("crosses_the_reference", "crossed", lambda pc, pr, rc, rr, b: b * ((pc - rr) - (pr - rc))),
    ("adds_the_rewards", "of_a_sum", lambda pc, pr, rc, rr, b: b * ((pc - rc) + (pr - rr))),
    ("forgets_the_rejected", "of_the_chosen", lambda pc, pr, rc, rr, b: b * (pc - rc)),
    ("forgets_beta", "without_beta", lambda pc, pr, rc, rr, b: (pc - rc) - (pr - rr)),
    ("beta_twice", "beta_squared", lambda pc, pr, rc, rr, b: b * b * ((pc - rc) - (pr - rr))),
    ("divides_by_beta", "over_beta", lambda pc, pr, rc, rr, b: ((pc - rc) - (pr - rr)) / b),
    ("beta_on_a_part", "beta_on_chosen", lambda pc, pr, rc, rr, b: b * (pc - rc) - (pr - rr)),
    ("beta_on_a_part", "beta_on_rejected", lambda pc, pr, rc, rr, b: (pc - rc) - b * (pr - rr)),
    ("beta_on_a_part", "beta_on_policy", lambda pc, pr, rc, rr, b: b * (pc - pr) - (rc - rr)),
    ("beta_on_a_part", "beta_on_reference", lambda pc, pr, rc, rr, b: (pc - pr) - b * (rc - rr)),
    ("beta_on_a_part", "beta_on_the_first", lambda pc, pr, rc, rr, b: b * pc - rc - pr + rr),
    ("fixed_beta", "of_a_tenth", lambda pc, pr, rc, rr, b: 0.1 * ((pc - rc) - (pr - rr))),
    (
        "ratios_for_logarithms",
        "of_ratios",
        lambda pc, pr, rc, rr, b: b * ((pc - rc).exp() - (pr - rr).exp()),
    ),
    ("ratios_for_logarithms", "divided", lambda pc, pr, rc, rr, b: b * (pc / rc - pr / rr)),
    (
        "ratios_for_logarithms",
        "log_of_logs",
        lambda pc, pr, rc, rr, b: b * (torch.log(pc / rc) - torch.log(pr / rr)),
    ),
    (
        "mixes_the_pairs",
        "of_all_pairs",
        lambda pc, pr, rc, rr, b: b * ((pc - rc)[:, None] - (pr - rr)[None]),
    ),
    (
        "mixes_the_pairs",
        "in_reverse",
        lambda pc, pr, rc, rr, b: b * ((pc - rc) - (pr - rr).flip(0)),
    ),
    (
        "gradient_is_lost",
        "frozen_rejected",
        lambda pc, pr, rc, rr, b: b * ((pc - rc) - (pr.detach() - rr)),
    ),
    ("gradient_is_lost", "frozen_policy", lambda pc, pr, rc, rr, b: b * (pc - rc - pr + rr).data),
    ("changed_inputs", "in_place", lambda pc, pr, rc, rr, b: b * ((pc - rc) - (pr - rc.sub_(rr)))),
    ("changed_inputs", "rewards_in_place", lambda pc, pr, rc, rr, b: b * rc.neg_().add_(pc)),
]:
    wrong_margin(misconception, name, margin)


def wrong_loss(misconception, name, loss):
    """Keep another loss of the right margins, `loss(margin, beta)`."""

    def answer(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
        margin = beta * ((policy_chosen - ref_chosen) - (policy_rejected - ref_rejected))
        return loss(margin, beta)

    wrong("dpo_loss", misconception, f"dpo_{name}")(answer)


for misconception, name, loss in [
    ("beta_outside", "beta_outside", lambda m, b: -b * F.logsigmoid(m / b).mean()),
    ("beta_twice", "beta_on_both_sides", lambda m, b: -b * F.logsigmoid(m).mean()),
    ("divides_by_beta", "loss_over_beta", lambda m, b: -F.logsigmoid(m).mean() / b),
    ("wrong_sign", "upside_down", lambda m, b: F.logsigmoid(m).mean()),
    ("sums_the_loss", "summed", lambda m, b: -F.logsigmoid(m).sum()),
    ("one_loss_each", "each", lambda m, b: -F.logsigmoid(m)),
    ("first_pair_only", "first_pair", lambda m, b: F.softplus(-m[0])),
    ("loss_of_the_mean", "of_the_mean", lambda m, b: F.softplus(-m.mean())),
    ("log_of_the_mean", "log_last", lambda m, b: -m.sigmoid().mean().log()),
    ("forgets_the_sigmoid", "of_differences", lambda m, b: -m.mean()),
    ("forgets_the_log", "probability", lambda m, b: -m.sigmoid().mean()),
    ("forgets_the_log", "one_minus", lambda m, b: (1 - m.sigmoid()).mean()),
    ("another_loss", "of_squares", lambda m, b: ((m / b - 1 / (2 * b)) ** 2).mean()),
    ("another_loss", "hinge", lambda m, b: torch.relu(1 - m).mean()),
    ("sigmoid_twice", "sigmoid_twice", lambda m, b: -F.logsigmoid(m.sigmoid()).mean()),
    ("another_logarithm", "in_bits", lambda m, b: F.softplus(-m).mean() / math.log(2)),
    ("log_of_sigmoid", "log_of_a_sigmoid", lambda m, b: -m.sigmoid().log().mean()),
    ("log_of_sigmoid", "by_the_formula", lambda m, b: torch.log(1 + torch.exp(-m)).mean()),
    ("epsilon_caps_the_loss", "plus_tiny", lambda m, b: -(m.sigmoid() + 1e-8).log().mean()),
    ("epsilon_caps_the_loss", "clamped", lambda m, b: -F.logsigmoid(m.clamp(-40, 40)).mean()),
    ("gradient_is_lost", "by_item", lambda m, b: torch.tensor(F.softplus(-m).mean().item())),
    ("wrong_type", "item", lambda m, b: F.softplus(-m).mean().item()),
    ("wrong_type", "with_margins", lambda m, b: (F.softplus(-m).mean(), m)),
    ("wrong_dtype", "in_double", lambda m, b: F.softplus(-m.double()).mean()),
    ("returned_nothing", "nothing", lambda m, b: None),
    ("wrong_value", "median", lambda m, b: F.softplus(-m).median()),
]:
    wrong_loss(misconception, name, loss)


@wrong("dpo_loss", "grades_each_alone")
def dpo_of_each(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    chosen = F.logsigmoid(beta * (policy_chosen - ref_chosen))
    rejected = F.logsigmoid(-beta * (policy_rejected - ref_rejected))
    return -(chosen + rejected).mean()


@wrong("dpo_loss", "raised")
def dpo_that_refuses_probabilities(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta):
    if not 0 < beta < 1:
        raise ValueError("beta must lie between 0 and 1")
    return dpo_by_rewards(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta)
