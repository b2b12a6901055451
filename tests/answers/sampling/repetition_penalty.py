"""Answers to `repetition_penalty`; more wrong ones in repetition_penalty_tokens.py."""

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def refuse_bad(penalty):
    if penalty <= 0:
        raise ValueError(f"expected a penalty above 0, got {penalty}")


def lowered(logits, penalty):
    return torch.where(logits > 0, logits / penalty, logits * penalty)


@right("repetition_penalty")
def penalty_gathered_and_scattered(logits, ids, penalty):
    refuse_bad(penalty)
    return logits.scatter(-1, ids, lowered(logits.gather(-1, ids), penalty))


@right("repetition_penalty")
def penalty_with_sets(logits, ids, penalty):
    if not penalty > 0:
        raise ValueError("penalty must be above 0")
    new = logits.clone()
    for b in range(len(logits)):
        for i in set(ids[b].tolist()):
            new[b, i] = new[b, i] / penalty if new[b, i] > 0 else new[b, i] * penalty
    return new


@right("repetition_penalty")
def penalty_with_a_mask(logits, ids, penalty):
    refuse_bad(penalty)
    said = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, ids, True)
    return torch.where(said, lowered(logits, penalty), logits)


@right("repetition_penalty")
def penalty_with_one_hot(logits, ids, penalty):
    refuse_bad(penalty)
    said = F.one_hot(ids, logits.size(-1)).sum(dim=1).clamp(max=1)  # (B, V)
    return logits * penalty ** (said * -logits.sign())


@right("repetition_penalty")
def penalty_row_by_row(logits, ids, penalty):
    refuse_bad(penalty)
    rows = []
    for row, said in zip(logits.unbind(), ids.unbind(), strict=True):
        row = row.clone()
        said = said.unique()
        row[said] = row[said].clamp(min=0) / penalty + row[said].clamp(max=0) * penalty
        rows.append(row)
    return torch.stack(rows)


@right("repetition_penalty")
def penalty_in_lists(logits, ids, penalty):
    refuse_bad(penalty)
    return torch.tensor(
        [
            [
                x if i not in said else x / penalty if x >= 0 else x * penalty
                for i, x in enumerate(row)
            ]
            for row, said in zip(logits.tolist(), ids.tolist(), strict=True)
        ]
    )


@wrong("repetition_penalty", "divides_negative_logits")
def penalty_by_division(logits, ids, penalty):
    return logits.scatter(-1, ids, logits.gather(-1, ids) / penalty)


@wrong("repetition_penalty", "multiplies_positive_logits")
def penalty_by_multiplication(logits, ids, penalty):
    return logits.scatter(-1, ids, logits.gather(-1, ids) * penalty)


@wrong("repetition_penalty", "turned_around")
def penalty_as_a_reward(logits, ids, penalty):
    seen = logits.gather(-1, ids)
    return logits.scatter(-1, ids, torch.where(seen < 0, seen / penalty, seen * penalty))


@wrong("repetition_penalty", "subtracts")
def penalty_subtracted(logits, ids, penalty):
    return logits.scatter(-1, ids, logits.gather(-1, ids) - penalty)


@wrong("repetition_penalty", "subtracts")
def penalty_subtracted_for_each_count(logits, ids, penalty):
    return logits - penalty * F.one_hot(ids, logits.size(-1)).sum(dim=1)


@wrong("repetition_penalty", "penalizes_probabilities")
def penalty_on_probabilities(logits, ids, penalty):
    probs = logits.softmax(dim=-1)
    return probs.scatter(-1, ids, probs.gather(-1, ids) / penalty)


@wrong("repetition_penalty", "penalizes_probabilities")
def penalty_on_shares(logits, ids, penalty):
    probs = penalty_on_probabilities(logits, ids, penalty)
    return probs / probs.sum(dim=-1, keepdim=True)


@wrong("repetition_penalty", "penalizes_probabilities")
def penalty_on_probabilities_and_back(logits, ids, penalty):
    return penalty_on_probabilities(logits, ids, penalty).log()


@wrong("repetition_penalty", "penalizes_logarithms")
def penalty_on_logarithms(logits, ids, penalty):
    logs = logits.log_softmax(dim=-1)
    return logs.scatter(-1, ids, logs.gather(-1, ids) * penalty)


@wrong("repetition_penalty", "returns_probabilities")
def penalty_and_softmax(logits, ids, penalty):
    return penalty_gathered_and_scattered(logits, ids, penalty).softmax(dim=-1)


@wrong("repetition_penalty", "forbids_them")
def penalty_without_end(logits, ids, penalty):
    return logits.scatter(-1, ids, float("-inf"))


@wrong("repetition_penalty", "sets_them_to_0")
def penalty_to_zero(logits, ids, penalty):
    return logits.scatter(-1, ids, 0.0)


@wrong("repetition_penalty", "returns_only_the_seen")
def penalty_of_the_seen_alone(logits, ids, penalty):
    refuse_bad(penalty)
    return lowered(logits.gather(-1, ids), penalty)


@wrong("repetition_penalty", "tells_by_1")
def penalty_that_compares_with_1(logits, ids, penalty):
    refuse_bad(penalty)
    seen = logits.gather(-1, ids)
    seen = torch.where(seen > 1, seen / penalty, seen * penalty)
    return logits.scatter(-1, ids, seen)


@wrong("repetition_penalty", "refuses_below_1")
def penalty_of_1_at_least(logits, ids, penalty):
    if penalty < 1:
        raise ValueError("the penalty must be at least 1")
    return penalty_gathered_and_scattered(logits, ids, penalty)


@wrong("repetition_penalty", "refuses_1")
def penalty_above_1(logits, ids, penalty):
    if penalty <= 0 or penalty == 1:
        raise ValueError("a penalty of 1 does nothing")
    return penalty_gathered_and_scattered(logits, ids, penalty)


@wrong("repetition_penalty", "fails_on_an_empty_text")
def penalty_that_needs_a_token(logits, ids, penalty):
    refuse_bad(penalty)
    V = max(logits.size(-1), int(ids.max()) + 1)
    said = F.one_hot(ids, V).amax(dim=1).bool()
    return torch.where(said, lowered(logits, penalty), logits)


@wrong("repetition_penalty", "no_error")
def penalty_of_any_size(logits, ids, penalty):
    return logits.scatter(-1, ids, lowered(logits.gather(-1, ids), penalty))


@wrong("repetition_penalty", "no_error")
def penalty_below_zero_only(logits, ids, penalty):
    if penalty < 0:
        raise ValueError("penalty must not be negative")
    return logits.scatter(-1, ids, lowered(logits.gather(-1, ids), penalty))


@wrong("repetition_penalty", "raised_the_wrong_error")
def penalty_with_an_assert(logits, ids, penalty):
    assert penalty > 0
    return penalty_gathered_and_scattered(logits, ids, penalty)


@wrong("repetition_penalty", "changed_inputs")
def penalty_in_place(logits, ids, penalty):
    refuse_bad(penalty)
    return logits.scatter_(-1, ids, lowered(logits.gather(-1, ids), penalty))


@wrong("repetition_penalty", "wrong_dtype")
def penalty_in_float64(logits, ids, penalty):
    return penalty_gathered_and_scattered(logits.double(), ids, penalty)


@wrong("repetition_penalty", "ignores_input")
def penalty_of_the_example(logits, ids, penalty):
    return torch.tensor([[1.0, -2.0, 0.0, 3.0, -0.5], [1.5, -0.5, -4.0, 2.0, 1.0]])
