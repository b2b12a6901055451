"""Answers to `repetition_penalty` that penalize the wrong tokens, or some of them too often."""

import torch
import torch.nn.functional as F

from tests.answers.book import wrong
from tests.answers.sampling.repetition_penalty import (
    lowered,
    penalty_gathered_and_scattered,
    refuse_bad,
)


@wrong("repetition_penalty", "each_time_it_occurs")
def penalty_in_a_loop_over_ids(logits, ids, penalty):
    refuse_bad(penalty)
    new = logits.clone()
    for b, said in enumerate(ids.tolist()):
        for i in said:
            new[b, i] = lowered(new[b, i], penalty)
    return new


@wrong("repetition_penalty", "each_time_it_occurs")
def penalty_to_the_power_of_counts(logits, ids, penalty):
    refuse_bad(penalty)
    counts = F.one_hot(ids, logits.size(-1)).sum(dim=1)
    return lowered(logits, penalty**counts)


@wrong("repetition_penalty", "all_rows_by_all_ids")
def penalty_of_the_union(logits, ids, penalty):
    refuse_bad(penalty)
    new = logits.clone()
    said = ids.unique()
    new[:, said] = lowered(new[:, said], penalty)
    return new


@wrong("repetition_penalty", "all_rows_by_all_ids")
def penalty_with_a_colon(logits, ids, penalty):
    refuse_bad(penalty)
    new = logits.clone()
    new[:, ids] = lowered(logits[:, ids], penalty)
    return new


@wrong("repetition_penalty", "all_rows_by_the_first")
def penalty_of_the_first_row(logits, ids, penalty):
    refuse_bad(penalty)
    new = logits.clone()
    new[:, ids[0]] = lowered(logits[:, ids[0]], penalty)
    return new


@wrong("repetition_penalty", "only_the_first_row")
def penalty_in_the_first_row(logits, ids, penalty):
    refuse_bad(penalty)
    new = logits.clone()
    new[0, ids[0]] = lowered(logits[0, ids[0]], penalty)
    return new


@wrong("repetition_penalty", "only_the_last_token")
def penalty_of_the_last(logits, ids, penalty):
    refuse_bad(penalty)
    last = ids[:, -1:]
    return logits.scatter(-1, last, lowered(logits.gather(-1, last), penalty))


@wrong("repetition_penalty", "not_the_last_token")
def penalty_of_all_but_the_last(logits, ids, penalty):
    refuse_bad(penalty)
    before = ids[:, :-1]
    return logits.scatter(-1, before, lowered(logits.gather(-1, before), penalty))


@wrong("repetition_penalty", "only_what_repeats")
def penalty_of_repeats(logits, ids, penalty):
    refuse_bad(penalty)
    twice = F.one_hot(ids, logits.size(-1)).sum(dim=1) > 1
    return torch.where(twice, lowered(logits, penalty), logits)


@wrong("repetition_penalty", "skips_id_0")
def penalty_without_id_0(logits, ids, penalty):
    refuse_bad(penalty)
    new = penalty_gathered_and_scattered(logits, ids, penalty)
    new[:, 0] = logits[:, 0]
    return new


@wrong("repetition_penalty", "penalizes_every_token")
def penalty_on_all(logits, ids, penalty):
    refuse_bad(penalty)
    return lowered(logits, penalty)


@wrong("repetition_penalty", "penalizes_the_others")
def penalty_on_the_others(logits, ids, penalty):
    refuse_bad(penalty)
    said = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, ids, True)
    return torch.where(said, logits, lowered(logits, penalty))


@wrong("repetition_penalty", "nothing_is_penalized")
def penalty_on_a_copy(logits, ids, penalty):
    refuse_bad(penalty)
    seen = logits.gather(-1, ids)
    seen[seen > 0] /= penalty
    seen[seen < 0] *= penalty
    return logits.clone()
