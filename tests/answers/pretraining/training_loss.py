"""Answers to `training_loss`; `faulty` is the program that the lesson hands out."""

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@wrong("training_loss", "targets_not_shifted")
def faulty(model, ids):
    read = ids[:, :-1]
    logprobs = model(read).log_softmax(dim=-1)  # (B, T, V)
    chosen = logprobs.gather(-1, read[..., None])[..., 0]  # (B, T)
    return -chosen.mean()


def nats_of(logits, targets):
    return -logits.log_softmax(dim=-1).gather(-1, targets[..., None])[..., 0]


@right("training_loss")
def graded_by_gather(model, ids):
    read, targets = ids[:, :-1], ids[:, 1:]
    logprobs = model(read).log_softmax(dim=-1)
    return -logprobs.gather(-1, targets[..., None])[..., 0].mean()


@right("training_loss")
def graded_by_torch(model, ids):
    logits = model(ids[:, :-1])
    return F.cross_entropy(logits.reshape(-1, logits.size(-1)), ids[:, 1:].reshape(-1))


@right("training_loss")
def graded_with_classes_in_front(model, ids):
    return F.cross_entropy(model(ids[:, :-1]).transpose(1, 2), ids[:, 1:])


@right("training_loss")
def graded_position_by_position(model, ids):
    B, T = ids.size(0), ids.size(1) - 1
    logits, total = model(ids[:, :T]), 0
    for b in range(B):
        for t in range(T):
            total = total - logits[b, t].softmax(dim=-1)[ids[b, t + 1]].log()
    return total / (B * T)


@right("training_loss")
def graded_with_rolled_ids(model, ids):
    read, targets = ids[:, :-1], ids.roll(-1, dims=1)[:, :-1]
    logits = model(read)
    nats = logits.logsumexp(-1) - (logits * F.one_hot(targets, logits.size(-1))).sum(-1)
    return nats.sum() / nats.numel()


@right("training_loss")
def graded_by_a_module(model, ids):
    grade = torch.nn.NLLLoss()
    logprobs = torch.nn.functional.log_softmax(model(ids[:, :-1]), dim=2)
    return grade(logprobs.flatten(0, 1), ids[:, 1:].flatten())


def wrong_grade(misconception, name, grade):
    """Keep a way to grade, `grade(logits, ids)`, of logits (B, T, V) and whole rows of ids."""

    def answer(model, ids):
        return grade(model(ids[:, :-1]), ids)

    wrong("training_loss", misconception, f"graded_{name}")(answer)


def wrong_mean(misconception, name, mean):
    """Keep a way to put right nats (B, T) together."""
    wrong_grade(misconception, name, lambda z, ids: mean(nats_of(z, ids[:, 1:])))


def of_targets(scores, ids):
    return scores.gather(-1, ids[:, 1:, None])


for misconception, name, grade in [
    ("targets_not_shifted", "less_the_first", lambda z, i: nats_of(z[:, 1:], i[:, 1:-1]).mean()),
    ("targets_not_shifted", "less_the_last", lambda z, i: nats_of(z[:, :-1], i[:, :-2]).mean()),
    ("shifted_twice", "two_later", lambda z, i: nats_of(z[:, :-1], i[:, 2:]).mean()),
    ("shifted_twice", "by_fewer_targets", lambda z, i: nats_of(z, i[:, 2:]).mean()),
    ("shifted_the_other_way", "by_the_past", lambda z, i: nats_of(z[:, 1:], i[:, :-2]).mean()),
    (
        "shifted_the_other_way",
        "by_a_roll_back",
        lambda z, i: nats_of(z, i[:, :-1].roll(1, dims=1)).mean(),
    ),
    ("rolls_the_row", "by_a_roll", lambda z, i: nats_of(z, i[:, :-1].roll(-1, dims=1)).mean()),
    ("rolls_the_row", "by_a_flat_roll", lambda z, i: nats_of(z, i[:, :-1].roll(-1)).mean()),
    ("last_target_missing", "padded", lambda z, i: nats_of(z, F.pad(i[:, 1:-1], (0, 1))).mean()),
    ("drops_the_last_position", "without_last", lambda z, i: nats_of(z, i[:, 1:-1]).mean()),
    ("drops_the_first_position", "later", lambda z, i: nats_of(z[:, 1:], i[:, 2:]).mean()),
    ("another_number_of_targets", "with_all_ids", lambda z, i: nats_of(z, i).mean()),
    (
        "another_number_of_targets",
        "with_all_ids_by_torch",
        lambda z, i: F.cross_entropy(z.flatten(0, 1), i.flatten()),
    ),
    ("not_flattened", "unflattened", lambda z, i: F.cross_entropy(z, i[:, 1:])),
    (
        "softmax_over_another_axis",
        "over_time",
        lambda z, i: -of_targets(z.log_softmax(1), i).mean(),
    ),
    (
        "softmax_over_another_axis",
        "over_rows",
        lambda z, i: -of_targets(z.log_softmax(0), i).mean(),
    ),
    (
        "softmax_twice",
        "by_probs",
        lambda z, i: F.cross_entropy(z.softmax(-1).flatten(0, 1), i[:, 1:].flatten()),
    ),
    ("forgets_the_softmax", "by_logits", lambda z, i: -of_targets(z, i).mean()),
    (
        "forgets_the_softmax",
        "by_nll_of_logits",
        lambda z, i: F.nll_loss(z.flatten(0, 1), i[:, 1:].flatten()),
    ),
    ("grades_the_best", "the_best", lambda z, i: -z.log_softmax(-1).amax(-1).mean()),
    ("gradient_is_lost", "detached", lambda z, i: nats_of(z.detach(), i[:, 1:]).mean()),
    ("wrong_dtype", "in_double", lambda z, i: nats_of(z.double(), i[:, 1:]).mean()),
]:
    wrong_grade(misconception, name, grade)


for misconception, name, mean in [
    ("sums_the_loss", "summed", torch.sum),
    ("sums_the_loss", "of_row_sums", lambda nats: nats.sum(1).mean()),
    ("sums_the_loss", "of_column_sums", lambda nats: nats.sum(0).mean()),
    ("sums_the_loss", "by_the_batch", lambda nats: nats.sum() / len(nats)),
    ("divides_by_all_ids", "by_all_ids", lambda nats: nats.sum() / (len(nats) + nats.numel())),
    ("last_position_only", "at_last", lambda nats: nats[:, -1].mean()),
    ("first_row_only", "in_the_first_row", lambda nats: nats[0].mean()),
    ("wrong_sign", "upside_down", lambda nats: -nats.mean()),
    ("probability_for_loss", "by_probability", lambda nats: (-nats).exp().mean()),
    ("probability_for_loss", "by_minus_probability", lambda nats: -(-nats).exp().mean()),
    ("log_of_the_mean", "log_last", lambda nats: -(-nats).exp().mean().log()),
    ("perplexity", "perplexity", lambda nats: nats.mean().exp()),
    ("another_logarithm", "in_bits", lambda nats: nats.mean() / torch.tensor(2.0).log()),
    ("loss_of_each_position", "each", lambda nats: nats),
    ("loss_of_each_position", "each_flat", lambda nats: nats.flatten()),
    ("wrong_shape", "of_rows", lambda nats: nats.mean(dim=1)),
    ("wrong_shape", "in_brackets", lambda nats: nats.mean()[None]),
    ("wrong_type", "item", lambda nats: nats.mean().item()),
    ("gradient_is_lost", "new_tensor", lambda nats: torch.tensor(nats.mean().item())),
    ("returned_nothing", "nothing", lambda nats: None),
    ("ignores_input", "of_the_example", lambda nats: torch.tensor(1.9605178)),
    ("wrong_value", "median", lambda nats: nats.median() + nats.mean()),
]:
    wrong_mean(misconception, name, mean)


@wrong("training_loss", "reads_the_last_id")
def graded_less_the_last_logits(model, ids):
    logits = model(ids)[:, :-1]
    return nats_of(logits, ids[:, 1:]).mean()


@wrong("training_loss", "reads_the_last_id")
def graded_of_all_ids(model, ids):
    return nats_of(model(ids), ids).mean()


@wrong("training_loss", "reads_the_last_id")
def graded_of_other_rows(model, ids):
    return nats_of(model(ids[:-1]), ids[1:]).mean()


@wrong("training_loss", "shifted_the_other_way")
def graded_of_the_end_by_the_start(model, ids):
    return nats_of(model(ids[:, 1:]), ids[:, :-1]).mean()


@wrong("training_loss", "targets_not_shifted")
def graded_of_the_end(model, ids):
    return nats_of(model(ids[:, 1:]), ids[:, 1:]).mean()


@wrong("training_loss", "drops_the_last_position")
def graded_of_two_ids_less(model, ids):
    return graded_by_gather(model, ids if ids.size(1) < 3 else ids[:, :-1])


@wrong("training_loss", "several_calls")
def graded_row_by_row(model, ids):
    return torch.stack([graded_by_gather(model, row[None]) for row in ids]).mean()


@wrong("training_loss", "several_calls")
def graded_after_each_position(model, ids):
    T = ids.size(1) - 1
    logits = [model(ids[:, : t + 1])[:, -1] for t in range(T)]
    return nats_of(torch.stack(logits, dim=1), ids[:, 1:]).mean()


@wrong("training_loss", "what_the_model_refuses")
def graded_of_single_rows(model, ids):
    return torch.stack([nats_of(model(row[:-1]), row[1:]).mean() for row in ids]).mean()


@wrong("training_loss", "model_not_asked")
def graded_without_the_model(model, ids):
    return torch.tensor(0.0)


@wrong("training_loss", "gradient_is_lost")
def graded_without_gradients(model, ids):
    with torch.no_grad():
        return graded_by_gather(model, ids)


@wrong("training_loss", "changed_what_the_gradient_needs")
def graded_that_clears_up(model, ids):
    probs = model(ids[:, :-1]).softmax(dim=-1)
    nats = -probs.gather(-1, ids[:, 1:, None]).log()
    probs.zero_()
    return nats.mean()


@wrong("training_loss", "changed_inputs")
def graded_in_place(model, ids):
    logits = model(ids[:, :-1])
    ids[:, :-1] = ids[:, 1:].clone()
    return nats_of(logits, ids[:, :-1]).mean()
