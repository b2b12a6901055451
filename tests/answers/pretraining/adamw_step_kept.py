"""Wrong answers to `adamw_step` about what it keeps, changes and returns."""

import torch

from tests.answers.book import wrong
from tests.answers.pretraining.adamw_step import adamw_in_a_few_lines as right_step


def bad(misconception):
    return wrong("adamw_step", misconception)


@bad("starts_anew")
def adamw_that_returns_the_old_state(param, grad, state, *more):
    return right_step(param, grad, state, *more)[0], state


@bad("starts_anew")
def adamw_that_returns_an_empty_state(param, grad, state, *more):
    return right_step(param, grad, state, *more)[0], {}


@bad("starts_anew")
def adamw_that_reads_no_state(param, grad, state, *more):
    return right_step(param, grad, {}, *more)


@bad("starts_anew")
def adamw_that_keeps_t_alone(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return new, {"t": kept["t"]}


@bad("t_stays_1")
def adamw_that_forgets_t(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return new, {"mean": kept["mean"], "square": kept["square"]}


@bad("t_stays_1")
def adamw_that_sums_and_corrects_nothing(param, grad, state, lr, betas, eps, weight_decay):
    mean = betas[0] * state.get("mean", 0) + grad
    square = betas[1] * state.get("square", 0) + grad**2
    new = param - lr * (mean / (square.sqrt() + eps) + weight_decay * param)
    return new, {"mean": mean, "square": square}


@bad("forgets_a_mean")
def adamw_that_forgets_the_mean(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return new, {"t": kept["t"], "square": kept["square"]}


@bad("forgets_a_mean")
def adamw_that_forgets_the_square(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return new, {"t": kept["t"], "mean": kept["mean"]}


@bad("forgets_the_mean")
def adamw_along_the_gradient(param, grad, state, lr, betas, eps, weight_decay):
    t = state.get("t", 0) + 1
    square = betas[1] * state.get("square", 0) + (1 - betas[1]) * grad**2
    size = (square / (1 - betas[1] ** t)).sqrt() + eps
    return param - lr * (grad / size + weight_decay * param), {"t": t, "square": square}


@bad("uses_the_old_means")
def adamw_with_the_old_means(param, grad, state, lr, betas, eps, weight_decay):
    zero = torch.zeros_like(param)
    mean, square = state.get("mean", zero), state.get("square", zero)
    t = state.get("t", 0) + 1
    step = mean / (1 - betas[0] ** t) / ((square / (1 - betas[1] ** t)).sqrt() + eps)
    kept = {"t": t, "mean": mean.lerp(grad, 1 - betas[0])}
    kept["square"] = square.lerp(grad**2, 1 - betas[1])
    return param - lr * (step + weight_decay * param), kept


@bad("eps_before_the_correction")
def adamw_of_the_efficient_kind(param, grad, state, lr, betas, eps, weight_decay):
    _, kept = right_step(param, grad, state, lr, betas, eps, weight_decay)
    size = lr * (1 - betas[1] ** kept["t"]) ** 0.5 / (1 - betas[0] ** kept["t"])
    new = param - size * kept["mean"] / (kept["square"].sqrt() + eps) - lr * weight_decay * param
    return new, kept


@bad("square_of_the_mean")
def adamw_that_squares_the_new_mean(param, grad, state, lr, betas, eps, weight_decay):
    t = state.get("t", 0) + 1
    mean = betas[0] * state.get("mean", 0) + (1 - betas[0]) * grad
    square = betas[1] * state.get("square", 0) + (1 - betas[1]) * mean**2
    step = mean / (1 - betas[0] ** t) / ((square / (1 - betas[1] ** t)).sqrt() + eps)
    kept = {"t": t, "mean": mean, "square": square}
    return param - lr * (step + weight_decay * param), kept


def keeps_corrected(name, kept_mean, kept_square):
    def answer(param, grad, state, lr, betas, eps, weight_decay):
        new, kept = right_step(param, grad, state, lr, betas, eps, weight_decay)
        mean = kept["mean"] / (1 - betas[0] ** kept["t"])
        square = kept["square"] / (1 - betas[1] ** kept["t"])
        kept["mean"] = mean if kept_mean else kept["mean"]
        kept["square"] = square if kept_square else kept["square"]
        return new, kept

    wrong("adamw_step", "keeps_the_corrected", name)(answer)


keeps_corrected("adamw_keeps_both_corrected", True, True)
keeps_corrected("adamw_keeps_the_corrected_mean", True, False)
keeps_corrected("adamw_keeps_the_corrected_square", False, True)


@bad("keeps_the_first_settings")
def adamw_with_the_settings_of_the_start(param, grad, state, lr, betas, eps, weight_decay):
    lr, weight_decay = state.get("settings", (lr, weight_decay))
    new, kept = right_step(param, grad, state, lr, betas, eps, weight_decay)
    return new, {**kept, "settings": (lr, weight_decay)}


@bad("changes_the_state")
def adamw_that_writes_into_the_state(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    state.update(kept)
    return new, state


@bad("changes_the_state")
def adamw_that_begins_in_the_state(param, grad, state, *more):
    if not state:
        state.update(t=0, mean=torch.zeros_like(param), square=torch.zeros_like(param))
    return right_step(param, grad, state, *more)


@bad("changes_the_state")
def adamw_that_changes_the_tensors_inside(param, grad, state, lr, betas, eps, weight_decay):
    kept = dict(state) or {"mean": torch.zeros_like(param), "square": torch.zeros_like(param)}
    kept["t"] = kept.get("t", 0) + 1
    kept["mean"].mul_(betas[0]).add_(grad, alpha=1 - betas[0])
    kept["square"].mul_(betas[1]).addcmul_(grad, grad, value=1 - betas[1])
    size = (kept["square"] / (1 - betas[1] ** kept["t"])).sqrt() + eps
    step = kept["mean"] / (1 - betas[0] ** kept["t"]) / size
    return param - lr * (step + weight_decay * param), kept


GLOBAL = {}


@bad("keeps_state_elsewhere")
def adamw_with_a_global(param, grad, state, *more):
    fits = "mean" in GLOBAL and GLOBAL["mean"].shape == grad.shape
    new, kept = right_step(param, grad, GLOBAL if fits else {}, *more)
    GLOBAL.update(kept)
    return new, {}


@bad("keeps_state_elsewhere")
def adamw_with_a_default(param, grad, state, lr, betas, eps, weight_decay, memory={}):  # noqa: B006
    if not state:
        memory.clear()
    new, kept = right_step(param, grad, memory, lr, betas, eps, weight_decay)
    memory.update(kept)
    return new, {"began": True}


@bad("keeps_state_elsewhere")
def adamw_that_counts_in_a_global(param, grad, state, *more):
    GLOBAL["steps"] = GLOBAL.get("steps", 0) + 1 if state else 1
    new, kept = right_step(param, grad, {**state, "t": GLOBAL["steps"] - 1}, *more)
    return new, {**kept, "t": 0}


@bad("needs_a_state")
def adamw_that_expects_a_state(param, grad, state, *more):
    state["mean"] * 1
    return right_step(param, grad, state, *more)


@bad("needs_a_state")
def adamw_that_begins_with_none(param, grad, state, *more):
    state.get("mean") * 1
    return right_step(param, grad, state, *more)


@bad("t_from_0")
def adamw_that_divides_numbers(param, grad, state, lr, betas, eps, weight_decay):
    lr / (1 - betas[0] ** state.get("t", 0))
    return right_step(param, grad, state, lr, betas, eps, weight_decay)


@bad("changed_inputs")
def adamw_in_place(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return param.copy_(new), kept


@bad("changed_inputs")
def adamw_that_changes_the_gradient(param, grad, state, *more):
    result = right_step(param, grad, state, *more)
    grad.mul_(0.5)
    return result


@bad("returns_no_pair")
def adamw_without_a_state(param, grad, state, *more):
    return right_step(param, grad, state, *more)[0]


@bad("returns_no_pair")
def adamw_in_a_list(param, grad, state, *more):
    return list(right_step(param, grad, state, *more))


@bad("returns_no_pair")
def adamw_with_three_values(param, grad, state, *more):
    return *right_step(param, grad, state, *more), 1


@bad("param_is_no_tensor")
def adamw_the_other_way_round(param, grad, state, *more):
    return right_step(param, grad, state, *more)[::-1]


@bad("param_is_no_tensor")
def adamw_in_numbers(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return new.tolist(), kept


@bad("state_is_no_dict")
def adamw_with_a_tuple_for_a_state(param, grad, state, *more):
    new, kept = right_step(param, grad, state, *more)
    return new, tuple(kept.values())


@bad("returned_nothing")
def adamw_that_returns_nothing(param, grad, state, *more):
    right_step(param, grad, state, *more)


@bad("printed_instead")
def adamw_that_prints(param, grad, state, *more):
    print(right_step(param, grad, state, *more))


@bad("not_attempted")
def adamw_not_written(param, grad, state, lr, betas, eps, weight_decay):
    raise NotImplementedError
