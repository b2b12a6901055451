"""Answers to `ppo_clip_loss`."""

import torch

from tests.answers.book import right, wrong


def mean(gain, mask):
    return gain.masked_fill(~mask, 0).sum() / mask.sum().clamp(min=1)


def lesser(ratio, advantages, clip):
    return torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)


@right("ppo_clip_loss")
def ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, mask, clip):
    ratio = (logprobs[mask] - old_logprobs[mask]).exp()  # (n,)
    gain = ratio * advantages[mask]
    clipped = ratio.clamp(1 - clip, 1 + clip) * advantages[mask]
    return -torch.minimum(gain, clipped).sum() / mask.sum().clamp(min=1)


@right("ppo_clip_loss")
def ppo_of_filled_inputs(logprobs, old_logprobs, advantages, mask, clip):
    log_ratio = (logprobs - old_logprobs).masked_fill(~mask, 0)
    advantages = torch.where(mask, advantages, 0.0)
    return mean(torch.max(-lesser(log_ratio.exp(), advantages, clip), torch.tensor(-1e9)), mask)


@right("ppo_clip_loss")
def ppo_token_by_token(logprobs, old_logprobs, advantages, mask, clip):
    loss, n = logprobs.new_zeros(()), 0
    for b, t in mask.nonzero().tolist():
        ratio, advantage = torch.exp(logprobs[b, t] - old_logprobs[b, t]), advantages[b, t]
        kept = min(max(ratio, torch.tensor(1 - clip)), torch.tensor(1 + clip))
        loss = loss - min(ratio * advantage, kept * advantage)
        n += 1
    return loss / max(n, 1)


@right("ppo_clip_loss")
def ppo_of_two_losses(logprobs, old_logprobs, advantages, mask, clip):
    new, old, a = logprobs[mask], old_logprobs[mask], advantages[mask]
    ratio = torch.exp(new - old)
    losses = torch.stack([-a * ratio, -a * torch.clip(ratio, 1 - clip, 1 + clip)])
    return losses.amax(dim=0).sum() / max(len(a), 1)


@right("ppo_clip_loss")
def ppo_by_signs(logprobs, old_logprobs, advantages, mask, clip):
    """A good token's ratio counts up to 1 + clip, a bad one's down to 1 - clip."""
    if not mask.any():
        return torch.tensor(0.0)
    ratio = (logprobs[mask] - old_logprobs[mask]).exp()
    a = advantages[mask]
    return -(torch.where(a > 0, ratio.clamp(max=1 + clip), ratio.clamp(min=1 - clip)) * a).mean()


def wrong_ratio(misconception, name, ratio):
    """Keep a way to get ratios, `ratio(new, old)`, of tokens in the mask."""

    def answer(logprobs, old_logprobs, advantages, mask, clip):
        ratios = ratio(logprobs[mask], old_logprobs[mask])
        return -lesser(ratios, advantages[mask], clip).sum() / mask.sum().clamp(min=1)

    wrong("ppo_clip_loss", misconception, f"ppo_{name}")(answer)


def wrong_gain(misconception, name, gain):
    """Keep a way to get gains, `gain(ratio, advantages, clip)`, of tokens in the mask."""

    def answer(logprobs, old_logprobs, advantages, mask, clip):
        ratio = (logprobs[mask] - old_logprobs[mask]).exp()
        return -gain(ratio, advantages[mask], clip).sum() / mask.sum().clamp(min=1)

    wrong("ppo_clip_loss", misconception, f"ppo_{name}")(answer)


def wrong_mean(misconception, name, method):
    """Keep a way to put right gains together, `method(gain, mask)`; 0 outside the mask."""

    def answer(logprobs, old_logprobs, advantages, mask, clip):
        log_ratio = (logprobs - old_logprobs).masked_fill(~mask, 0)
        advantages = advantages.masked_fill(~mask, 0)
        return method(lesser(log_ratio.exp(), advantages, clip), mask)

    wrong("ppo_clip_loss", misconception, f"ppo_{name}")(answer)


for misconception, name, ratio in [
    ("ratio_upside_down", "old_over_new", lambda new, old: (old - new).exp()),
    ("no_exponential", "of_differences", lambda new, old: new - old),
    ("no_exponential", "nearly_exponential", lambda new, old: 1 + new - old),
    ("forgets_the_old", "of_probabilities", lambda new, old: new.exp()),
    ("ratio_of_logprobs", "of_logprobs_divided", lambda new, old: new / old),
    ("ratio_is_always_one", "against_itself", lambda new, old: (new - new.detach()).exp()),
    ("divides_probabilities", "of_a_quotient", lambda new, old: new.exp() / old.exp()),
    (
        "divides_probabilities",
        "of_a_safe_quotient",
        lambda new, old: new.exp() / (old.exp() + 1e-8),
    ),
    ("gradient_is_lost", "detached", lambda new, old: (new - old).exp().detach()),
    ("gradient_is_lost", "of_data", lambda new, old: (new.data - old).exp()),
    ("wrong_value", "in_bits", lambda new, old: 2 ** (new - old)),
    ("wrong_value", "of_a_capped_ratio", lambda new, old: (new - old).exp().clamp(max=2.1)),
]:
    wrong_ratio(misconception, name, ratio)

for misconception, name, gain in [
    ("wrong_sign", "upside_down", lambda r, a, clip: -lesser(r, a, clip)),
    (
        "maximum_for_minimum",
        "of_the_greater",
        lambda r, a, clip: torch.maximum(r * a, r.clamp(1 - clip, 1 + clip) * a),
    ),
    (
        "maximum_for_minimum",
        "of_the_lesser_loss",
        lambda r, a, clip: -torch.minimum(-r * a, -r.clamp(1 - clip, 1 + clip) * a),
    ),
    ("not_clipped", "unclipped", lambda r, a, clip: r * a),
    ("clipped_alone", "clipped_alone", lambda r, a, clip: r.clamp(1 - clip, 1 + clip) * a),
    (
        "clips_one_side",
        "clipped_above",
        lambda r, a, clip: torch.minimum(r * a, r.clamp(max=1 + clip) * a),
    ),
    (
        "clips_one_side",
        "clipped_below",
        lambda r, a, clip: torch.minimum(r * a, r.clamp(min=1 - clip) * a),
    ),
    (
        "clips_the_gain",
        "with_clipped_gain",
        lambda r, a, clip: torch.minimum(r * a, (r * a).clamp(1 - clip, 1 + clip)),
    ),
    (
        "clips_around_zero",
        "near_zero",
        lambda r, a, clip: torch.minimum(r * a, r.clamp(-clip, clip) * a),
    ),
    (
        "clips_around_zero",
        "with_clipped_logs",
        lambda r, a, clip: torch.minimum(r * a, r.log().clamp(-clip, clip).exp() * a),
    ),
    (
        "divides_for_the_lower_end",
        "between_quotients",
        lambda r, a, clip: torch.minimum(r * a, r.clamp(1 / (1 + clip), 1 + clip) * a),
    ),
    (
        "gradient_is_lost",
        "half_detached",
        lambda r, a, clip: torch.minimum(r * a, r.detach().clamp(1 - clip, 1 + clip) * a),
    ),
    (
        "wrong_value",
        "with_a_fixed_clip",
        lambda r, a, clip: lesser(r, a, 0.2),
    ),
    (
        "wrong_value",
        "with_a_second_clip",
        lambda r, a, clip: torch.where(
            a < 0, lesser(r, a, clip).maximum(3 * a), lesser(r, a, clip)
        ),
    ),
]:
    wrong_gain(misconception, name, gain)

for misconception, name, method in [
    ("sums_the_loss", "summed", lambda g, m: -g.sum()),
    ("divides_by_all", "over_all_places", lambda g, m: -g.mean()),
    ("divides_by_the_batch", "over_rows", lambda g, m: -g.sum(1).mean()),
    ("divides_by_the_length", "over_the_length", lambda g, m: -g.sum() / m.size(1)),
    ("mean_of_means", "row_means", lambda g, m: -(g.sum(1) / m.sum(1).clamp(min=1)).mean()),
    ("mean_of_means", "nan_row_means", lambda g, m: -(g.sum(1) / m.sum(1)).nanmean()),
    ("divides_by_one_more", "plus_one", lambda g, m: -g.sum() / (m.sum() + 1)),
    ("nan_of_nothing", "unclamped", lambda g, m: -g.sum() / m.sum()),
    ("nan_of_nothing", "of_no_numbers", lambda g, m: -g[m].mean()),
    ("first_row_only", "first_row", lambda g, m: -mean(g[:1], m[:1])),
    ("loss_of_each_token", "each", lambda g, m: -g),
    ("loss_of_each_token", "each_counted", lambda g, m: -g[m]),
    ("wrong_shape", "of_rows", lambda g, m: -g.sum(1) / m.sum(1).clamp(min=1)),
    ("wrong_shape", "in_brackets", lambda g, m: -mean(g, m)[None]),
    ("wrong_type", "item", lambda g, m: -mean(g, m).item()),
    ("wrong_dtype", "in_double", lambda g, m: -mean(g.double(), m)),
    ("returned_nothing", "nothing", lambda g, m: None),
    ("ignores_input", "of_the_example", lambda g, m: torch.tensor(FIRST)),
]:
    wrong_mean(misconception, name, method)

FIRST = -0.445957


@wrong("ppo_clip_loss", "ignores_the_mask")
def ppo_of_all(logprobs, old_logprobs, advantages, mask, clip):
    return -lesser((logprobs - old_logprobs).exp(), advantages, clip).mean()


@wrong("ppo_clip_loss", "ignores_the_mask")
def ppo_of_all_over_the_count(logprobs, old_logprobs, advantages, mask, clip):
    gain = lesser((logprobs - old_logprobs).exp(), advantages, clip)
    return -gain.sum() / mask.sum().clamp(min=1)


@wrong("ppo_clip_loss", "mask_turned")
def ppo_of_the_rest(logprobs, old_logprobs, advantages, mask, clip):
    return ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, ~mask, clip)


@wrong("ppo_clip_loss", "something_of_the_rest")
def ppo_with_other_advantages(logprobs, old_logprobs, advantages, mask, clip):
    log_ratio = (logprobs - old_logprobs).masked_fill(~mask, 0)
    return -lesser(log_ratio.exp(), advantages, clip).sum() / mask.sum().clamp(min=1)


@wrong("ppo_clip_loss", "nan_from_outside")
def ppo_times_the_mask(logprobs, old_logprobs, advantages, mask, clip):
    gain = lesser((logprobs - old_logprobs).exp(), advantages, clip)
    return -(gain * mask).sum() / mask.sum().clamp(min=1)


@wrong("ppo_clip_loss", "nan_in_the_gradient")
def ppo_masked_late(logprobs, old_logprobs, advantages, mask, clip):
    return -mean(lesser((logprobs - old_logprobs).exp(), advantages, clip), mask)


@wrong("ppo_clip_loss", "nan_in_the_gradient")
def ppo_chosen_late(logprobs, old_logprobs, advantages, mask, clip):
    gain = lesser((logprobs - old_logprobs).exp(), advantages, clip)
    return -gain[mask].sum() / mask.sum().clamp(min=1)


@wrong("ppo_clip_loss", "no_ratio")
def ppo_without_ratio(logprobs, old_logprobs, advantages, mask, clip):
    return -(logprobs[mask] * advantages[mask]).sum() / mask.sum().clamp(min=1)


@wrong("ppo_clip_loss", "ratio_of_whole_answers")
def ppo_of_rows(logprobs, old_logprobs, advantages, mask, clip):
    log_ratio = (logprobs - old_logprobs).masked_fill(~mask, 0).sum(dim=1, keepdim=True)
    return -mean(lesser(log_ratio.exp(), advantages, clip), mask)


@wrong("ppo_clip_loss", "normalizes_the_advantages")
def ppo_whitened(logprobs, old_logprobs, advantages, mask, clip):
    a = advantages[mask]
    if len(a) > 1:
        advantages = (advantages - a.mean()) / (a.std() + 1e-8)
    return ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, mask, clip)


@wrong("ppo_clip_loss", "normalizes_the_advantages")
def ppo_centered(logprobs, old_logprobs, advantages, mask, clip):
    advantages = advantages - advantages[mask].mean()
    return ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, mask, clip)


@wrong("ppo_clip_loss", "gradient_is_lost")
@torch.no_grad()
def ppo_without_gradients(logprobs, old_logprobs, advantages, mask, clip):
    return ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, mask, clip)


@wrong("ppo_clip_loss", "gradient_is_lost")
def ppo_as_a_new_tensor(logprobs, old_logprobs, advantages, mask, clip):
    loss = ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, mask, clip)
    return torch.tensor(loss.item())


@wrong("ppo_clip_loss", "changed_inputs")
def ppo_that_cleans_up(logprobs, old_logprobs, advantages, mask, clip):
    advantages[~mask] = 0
    old_logprobs[~mask] = 0
    return ppo_of_chosen_tokens(logprobs, old_logprobs, advantages, mask, clip)


@wrong("ppo_clip_loss", "changed_inputs")
def ppo_in_place(logprobs, old_logprobs, advantages, mask, clip):
    logprobs -= old_logprobs
    return -lesser(logprobs[mask].exp(), advantages[mask], clip).sum() / mask.sum().clamp(min=1)
