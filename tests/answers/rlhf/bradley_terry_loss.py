"""Answers to `bradley_terry_loss`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@right("bradley_terry_loss")
def preference_by_logsigmoid(chosen, rejected):
    return -F.logsigmoid(chosen - rejected).mean()


@right("bradley_terry_loss")
def preference_pair_by_pair(chosen, rejected):
    total = 0
    for a, b in zip(chosen, rejected, strict=True):
        total = total + torch.clamp(b - a, min=0) + torch.log1p(torch.exp(-torch.abs(a - b)))
    return total / len(chosen)


@right("bradley_terry_loss")
def preference_by_softplus(chosen, rejected):
    return F.softplus(rejected - chosen).sum() / chosen.numel()


@right("bradley_terry_loss")
def preference_by_cross_entropy(chosen, rejected):
    both = torch.stack((chosen, rejected), dim=1)
    return F.cross_entropy(both, torch.zeros(len(chosen), dtype=torch.int64))


@right("bradley_terry_loss")
def preference_by_log_softmax(chosen, rejected):
    return -torch.stack([chosen, rejected]).log_softmax(dim=0)[0].mean()


@right("bradley_terry_loss")
def preference_by_logaddexp(chosen, rejected):
    return (torch.logaddexp(chosen, rejected) - chosen).mean()


@right("bradley_terry_loss")
def preference_by_binary_cross_entropy(chosen, rejected):
    return F.binary_cross_entropy_with_logits(chosen - rejected, torch.ones_like(chosen))


@right("bradley_terry_loss")
def preference_in_float64(chosen, rejected):
    return torch.logaddexp(torch.zeros(()), rejected.double() - chosen.double()).mean().float()


def wrong_margin(misconception, name, loss):
    """Keep a loss of the right margins."""

    def answer(chosen, rejected):
        return loss(chosen - rejected)

    wrong("bradley_terry_loss", misconception, f"preference_{name}")(answer)


for misconception, name, loss in [
    ("wrong_sign", "upside_down", lambda m: F.logsigmoid(m).mean()),
    ("turned_around", "of_the_worse", lambda m: F.softplus(m).mean()),
    ("turned_around", "negated_inside", lambda m: -F.logsigmoid(-m).mean()),
    ("sums_the_loss", "summed", lambda m: -F.logsigmoid(m).sum()),
    ("one_loss_each", "each", lambda m: -F.logsigmoid(m)),
    ("first_pair_only", "first_pair", lambda m: -F.logsigmoid(m[0])),
    ("loss_of_the_mean", "of_the_mean", lambda m: F.softplus(-m.mean())),
    ("log_of_the_mean", "log_last", lambda m: -m.sigmoid().mean().log()),
    ("forgets_the_sigmoid", "of_differences", lambda m: -m.mean()),
    ("forgets_the_sigmoid", "of_differences_up", lambda m: m.mean()),
    ("forgets_the_log", "probability", lambda m: m.sigmoid().mean()),
    ("forgets_the_log", "one_minus", lambda m: (1 - m.sigmoid()).mean()),
    ("forgets_the_log", "minus_probability", lambda m: -m.sigmoid().mean()),
    ("another_loss", "hinge", lambda m: F.relu(1 - m).mean()),
    ("another_loss", "perceptron", lambda m: F.relu(-m).mean()),
    ("another_loss", "brier", lambda m: F.mse_loss(m.sigmoid(), torch.ones_like(m))),
    ("another_loss", "squared", lambda m: ((m - 1) ** 2).mean()),
    ("sigmoid_twice", "sigmoid_twice", lambda m: -F.logsigmoid(torch.sigmoid(m)).mean()),
    ("another_logarithm", "in_bits", lambda m: -F.logsigmoid(m).mean() / math.log(2)),
    ("another_logarithm", "by_log10", lambda m: -m.sigmoid().log10().mean()),
    ("log_of_sigmoid", "log_of_a_sigmoid", lambda m: -torch.log(torch.sigmoid(m)).mean()),
    ("log_of_sigmoid", "by_a_fraction", lambda m: -(1 / (1 + (-m).exp())).log().mean()),
    ("log_of_sigmoid", "by_the_formula", lambda m: torch.log(1 + torch.exp(-m)).mean()),
    ("log_of_sigmoid", "by_log1p", lambda m: torch.log1p(torch.exp(-m)).mean()),
    ("log_of_sigmoid", "by_exponentials", lambda m: -(m.exp() / (m.exp() + 1)).log().mean()),
    ("epsilon_caps_the_loss", "plus_tiny", lambda m: -(m.sigmoid() + 1e-9).log().mean()),
    ("epsilon_caps_the_loss", "plus_small", lambda m: -(m.sigmoid() + 1e-6).log().mean()),
    ("epsilon_caps_the_loss", "clamped", lambda m: -m.sigmoid().clamp(min=1e-12).log().mean()),
    ("epsilon_caps_the_loss", "clamped_inside", lambda m: F.softplus(-m.clamp(-30, 30)).mean()),
    ("epsilon_caps_the_loss", "bce", lambda m: F.binary_cross_entropy(m.sigmoid(), m * 0 + 1)),
    ("gradient_is_lost", "detached", lambda m: F.softplus(-m.detach()).mean()),
    ("gradient_is_lost", "by_item", lambda m: torch.tensor(F.softplus(-m).mean().item())),
    ("wrong_type", "item", lambda m: F.softplus(-m).mean().item()),
    ("wrong_type", "with_margins", lambda m: (F.softplus(-m).mean(), m)),
    ("wrong_dtype", "in_double", lambda m: F.softplus(-m.double()).mean()),
    ("wrong_shape", "in_brackets", lambda m: F.softplus(-m).mean(dim=0, keepdim=True)),
    ("returned_nothing", "nothing", lambda m: None),
    ("ignores_input", "of_the_example", lambda m: torch.tensor(0.8047555)),
    ("wrong_value", "median", lambda m: F.softplus(-m).median()),
    ("wrong_value", "largest", lambda m: F.softplus(-m).max()),
]:
    wrong_margin(misconception, name, loss)


@wrong("bradley_terry_loss", "adds_the_rewards")
def preference_of_a_sum(chosen, rejected):
    return -F.logsigmoid(chosen + rejected).mean()


@wrong("bradley_terry_loss", "forgets_the_rejected")
def preference_of_the_chosen(chosen, rejected):
    return -F.logsigmoid(chosen).mean()


@wrong("bradley_terry_loss", "grades_each_alone")
def preference_of_each(chosen, rejected):
    return -(F.logsigmoid(chosen) + F.logsigmoid(-rejected)).mean()


@wrong("bradley_terry_loss", "grades_each_alone")
def preference_of_good_and_bad(chosen, rejected):
    rewards = torch.cat((chosen, rejected))
    labels = torch.cat((torch.ones_like(chosen), torch.zeros_like(rejected)))
    return F.binary_cross_entropy_with_logits(rewards, labels)


@wrong("bradley_terry_loss", "mixes_the_pairs")
def preference_of_all_pairs(chosen, rejected):
    return -F.logsigmoid(chosen.unsqueeze(1) - rejected).mean()


@wrong("bradley_terry_loss", "mixes_the_pairs")
def preference_in_reverse(chosen, rejected):
    return -F.logsigmoid(chosen - rejected.flip(0)).mean()


@wrong("bradley_terry_loss", "mixes_the_pairs")
def preference_over_the_batch(chosen, rejected):
    places = torch.arange(len(chosen))
    logits = torch.cat((chosen, rejected)).expand(len(chosen), -1)
    return F.cross_entropy(logits, places)


@wrong("bradley_terry_loss", "log_of_sigmoid")
def preference_of_shares(chosen, rejected):
    return -torch.log(chosen.exp() / (chosen.exp() + rejected.exp())).mean()


@wrong("bradley_terry_loss", "log_of_sigmoid")
def preference_of_a_log_sum(chosen, rejected):
    return (torch.log(chosen.exp() + rejected.exp()) - chosen).mean()


@wrong("bradley_terry_loss", "gradient_is_lost")
def preference_without_gradients(chosen, rejected):
    with torch.no_grad():
        return -F.logsigmoid(chosen - rejected).mean()


@wrong("bradley_terry_loss", "gradient_is_lost")
def preference_that_freezes_the_rejected(chosen, rejected):
    return -F.logsigmoid(chosen - rejected.detach()).mean()


@wrong("bradley_terry_loss", "changed_inputs")
def preference_in_place(chosen, rejected):
    return F.softplus(rejected.sub_(chosen)).mean()


@wrong("bradley_terry_loss", "raised")
def preference_that_refuses_a_tie(chosen, rejected):
    if (chosen == rejected).all():
        raise ValueError("no preference")
    return -F.logsigmoid(chosen - rejected).mean()
