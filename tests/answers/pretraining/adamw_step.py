"""Answers to `adamw_step`; more wrong ones, about what is kept, in adamw_step_kept.py."""

import torch

from tests.answers.book import right, wrong


@right("adamw_step")
def adamw_in_a_few_lines(param, grad, state, lr, betas, eps, weight_decay):
    t = state.get("t", 0) + 1
    mean = betas[0] * state.get("mean", 0) + (1 - betas[0]) * grad
    square = betas[1] * state.get("square", 0) + (1 - betas[1]) * grad**2
    size = (square / (1 - betas[1] ** t)).sqrt() + eps
    new = param - lr * mean / (1 - betas[0] ** t) / size - lr * weight_decay * param
    return new, {"t": t, "mean": mean, "square": square}


@right("adamw_step")
def adamw_as_torch_does(param, grad, state, lr, betas, eps, weight_decay):
    if not state:
        state = dict(step=0, exp_avg=torch.zeros_like(param), exp_avg_sq=torch.zeros_like(param))
    step = state["step"] + 1
    exp_avg = state["exp_avg"].lerp(grad, 1 - betas[0])
    exp_avg_sq = state["exp_avg_sq"].mul(betas[1]).addcmul_(grad, grad, value=1 - betas[1])
    denom = (exp_avg_sq.sqrt() / (1 - betas[1] ** step) ** 0.5).add_(eps)
    p = param.clone().mul_(1 - lr * weight_decay)
    p.addcdiv_(exp_avg, denom, value=-lr / (1 - betas[0] ** step))
    return p, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


@right("adamw_step")
def adamw_number_by_number(param, grad, state, lr, betas, eps, weight_decay):
    numbers, slopes = param.flatten().tolist(), grad.flatten().tolist()
    t, means, squares = state.get("kept") or (0, [0.0] * len(numbers), [0.0] * len(numbers))
    t, means, squares, new = t + 1, list(means), list(squares), []
    for i, (number, slope) in enumerate(zip(numbers, slopes, strict=True)):
        means[i] += (1 - betas[0]) * (slope - means[i])
        squares[i] += (1 - betas[1]) * (slope * slope - squares[i])
        size = (squares[i] / (1 - betas[1] ** t)) ** 0.5
        step = means[i] / (1 - betas[0] ** t) / (size + eps)
        new.append(number - lr * (step + weight_decay * number))
    return torch.tensor(new).reshape(param.shape), {"kept": (t, means, squares)}


@right("adamw_step")
def adamw_from_all_gradients(param, grad, state, lr, betas, eps, weight_decay):
    grads = [*state.get("grads", []), grad]
    ages = range(len(grads) - 1, -1, -1)

    def mean(values, beta):
        weights = [beta**age for age in ages]
        return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)

    step = mean(grads, betas[0]) / (mean([g**2 for g in grads], betas[1]) ** 0.5 + eps)
    return param - lr * (step + weight_decay * param), {"grads": grads}


@right("adamw_step")
def adamw_with_steps_as_a_tensor(param, grad, state, lr, betas, eps, weight_decay):
    state = dict(state)
    state["t"] = state.get("t", torch.tensor(0)) + 1
    for name, beta, new in (("m", betas[0], grad), ("v", betas[1], grad.square())):
        state[name] = beta * state.get(name, torch.zeros(())) + (1 - beta) * new
    m = state["m"] / (1 - betas[0] ** state["t"])
    v = state["v"] / (1 - betas[1] ** state["t"])
    return torch.sub(param * (1 - lr * weight_decay), lr * m / (v.sqrt() + eps)), state


def part(name, misconception, **parts):
    """Register a right step of which some lines are replaced, each a function of what it needs."""

    def answer(param, grad, state, lr, betas, eps, weight_decay):
        b1, b2 = parts.get("betas", lambda b1, b2: (b1, b2))(*betas)
        g = parts.get("grad", lambda g, p, d: g)(grad, param, weight_decay)
        t = state.get("t", parts.get("begin", 0)) + 1
        m = parts.get("mean", lambda m, g, b: b * m + (1 - b) * g)(state.get("m", 0), g, b1)
        v = parts.get("square", lambda v, g, b: b * v + (1 - b) * g * g)(state.get("v", 0), g, b2)
        m_hat, v_hat = parts.get("correct", correct)(m, v, b1, b2, t)
        way = parts.get("way", lambda m, v, e: m / (v.sqrt() + e))(m_hat, v_hat, eps)
        new = parts.get("new", moved)(param, way, lr, weight_decay)
        return new, {"t": t, "m": m, "v": v}

    wrong("adamw_step", misconception, f"adamw_{name}")(answer)


def correct(m, v, b1, b2, t):
    return m / (1 - b1**t), v / (1 - b2**t)


def moved(p, way, lr, d):
    return p - lr * way - lr * d * p


def after_the_step(p, way, lr, d):
    p = p - lr * way
    return p - lr * d * p


part("l2", "l2_in_the_gradient", grad=lambda g, p, d: g + d * p, new=lambda p, w, lr, d: p - lr * w)
part("decayed_twice", "decays_twice", grad=lambda g, p, d: g + d * p)
part("uncorrected", "no_correction", correct=lambda m, v, b1, b2, t: (m, v))
part("mean_alone", "corrects_only_the_mean", correct=lambda m, v, b1, b2, t: (m / (1 - b1**t), v))
part("half", "corrects_only_the_square", correct=lambda m, v, b1, b2, t: (m, v / (1 - b2**t)))
part("t_at_0", "t_from_0", begin=-1)
part("t_at_2", "t_from_2", begin=1)
part("eps_inside", "eps_inside_the_root", way=lambda m, v, e: m / (v + e).sqrt())
part("no_eps", "forgets_eps", way=lambda m, v, e: m / v.sqrt())
part("swapped_betas", "betas_swapped", betas=lambda b1, b2: (b2, b1))
part("one_beta", "one_beta_for_both", betas=lambda b1, b2: (b1, b1))
part("other_beta", "one_beta_for_both", betas=lambda b1, b2: (b2, b2))
part("crossed", "corrections_swapped", correct=lambda m, v, b1, b2, t: correct(m, v, b2, b1, t))
part("b1_corrects", "one_correction_for_both", correct=lambda m, v, b, c, t: correct(m, v, b, b, t))
part("b2_corrects", "one_correction_for_both", correct=lambda m, v, b, c, t: correct(m, v, c, c, t))
part("mean_squared", "square_of_the_mean", way=lambda m, v, e: m / ((m**2).sqrt() + e))
part("not_squared", "forgets_the_squares", square=lambda v, g, b: b * v + (1 - b) * g)
part("decay_without_lr", "decay_without_lr", new=lambda p, w, lr, d: p - lr * w - d * p)
part("no_decay", "no_decay", new=lambda p, w, lr, d: p - lr * w)
part("growth", "grows_instead_of_decaying", new=lambda p, w, lr, d: p * (1 + lr * d) - lr * w)
part("decay_afterwards", "decays_the_new_value", new=after_the_step)
part("decay_by_1", "decays_by_a_constant", new=lambda p, w, lr, d: p - lr * w - lr * d)
part("where_it_was", "does_not_move", new=lambda p, w, lr, d: p.clone())
part("uphill", "goes_uphill", new=lambda p, w, lr, d: p + lr * w - lr * d * p)
part("both_signs", "goes_uphill", new=lambda p, w, lr, d: p + lr * (w - d * p))
part("no_lr", "forgets_lr", new=lambda p, w, lr, d: p - w - lr * d * p)
part("no_lr_at_all", "forgets_lr", new=lambda p, w, lr, d: p - w - d * p)
part("no_root", "forgets_the_root", way=lambda m, v, e: m / (v + e))
part("momentum", "forgets_the_size", way=lambda m, v, e: m)
part("turned", "betas_turned_around", mean=lambda m, g, b: (1 - b) * m + b * g)
part("squares_turned", "betas_turned_around", square=lambda v, g, b: (1 - b) * v + b * g * g)
part("summed", "sums_for_means", mean=lambda m, g, b: b * m + g)
part("squares_summed", "sums_for_means", square=lambda v, g, b: b * v + g * g)
part(
    "times",
    "multiplies_by_the_correction",
    correct=lambda m, v, b, c, t: (m * (1 - b**t), v * (1 - c**t)),
)
part("same_correction", "t_stays_1", correct=lambda m, v, b1, b2, t: (m / (1 - b1), v / (1 - b2)))
part(
    "power_of_all",
    "correction_is_no_power",
    correct=lambda m, v, b, c, t: (m / (1 - b) ** t, v / (1 - c) ** t),
)
part(
    "no_power",
    "correction_is_no_power",
    correct=lambda m, v, b, c, t: (m / (1 - b * t), v / (1 - c * t)),
)
part("one_size", "one_size_for_all", way=lambda m, v, e: m / (v.mean().sqrt() + e))
part(
    "late",
    "corrects_after_the_root",
    way=lambda m, v, e: m / (v + e),
    correct=lambda m, v, b, c, t: (m / (1 - b**t), v**0.5 / (1 - c**t)),
)
part("the_step", "returns_the_step", new=lambda p, w, lr, d: lr * (w + d * p))
part("minus_the_step", "returns_the_step", new=lambda p, w, lr, d: -lr * (w + d * p))
part("double", "wrong_dtype", new=lambda p, w, lr, d: moved(p.double(), w, lr, d))
part("flat", "wrong_shape", new=lambda p, w, lr, d: moved(p, w, lr, d)[None])
part("nan", "nan_in_result", way=lambda m, v, e: m / (m.sqrt() + e))
part("example", "ignores_input", new=lambda p, w, lr, d: torch.tensor([0.95, -1.925]))


@wrong("adamw_step", "betas_mixed")
def adamw_with_one_share(param, grad, state, lr, betas, eps, weight_decay):
    b1, b2 = betas
    t = state.get("t", 0) + 1
    m = b1 * state.get("m", 0) + (1 - b1) * grad
    v = b2 * state.get("v", 0) + (1 - b1) * grad**2
    m_hat, v_hat = correct(m, v, b1, b2, t)
    return moved(param, m_hat / (v_hat.sqrt() + eps), lr, weight_decay), {"t": t, "m": m, "v": v}


@wrong("adamw_step", "betas_mixed")
def adamw_with_the_other_share(param, grad, state, lr, betas, eps, weight_decay):
    b1, b2 = betas
    t = state.get("t", 0) + 1
    m = b1 * state.get("m", 0) + (1 - b2) * grad
    v = b2 * state.get("v", 0) + (1 - b2) * grad**2
    m_hat, v_hat = correct(m, v, b1, b2, t)
    return moved(param, m_hat / (v_hat.sqrt() + eps), lr, weight_decay), {"t": t, "m": m, "v": v}
