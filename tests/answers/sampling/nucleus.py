"""Answers to `nucleus`, the bug hunt; `faulty` is the program that the lesson hands out.

More of them are in top_p_filter.py: what is asked for is the same.
"""

import torch

from tests.answers.book import right, wrong


@wrong("nucleus", "drops_the_crossing_token")
def faulty(logits, p):
    if not 0 < p <= 1:
        raise ValueError(f"expected p above 0 and at most 1, got {p}")
    if p == 1:
        return logits.clone()
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    cumulative = ordered.softmax(dim=-1).cumsum(dim=-1)
    remove = cumulative > p
    remove = remove.scatter(-1, ids, remove)
    return logits.masked_fill(remove, float("-inf"))


def handed_out(logits, p, mend, mend_at_home=lambda remove: remove):
    """Run the program as it came, with a mend of its mask before or behind the way back."""
    if not 0 < p <= 1:
        raise ValueError(f"expected p above 0 and at most 1, got {p}")
    if p == 1:
        return logits.clone()
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    remove = mend(probs.cumsum(dim=-1) > p, probs, p)
    remove = mend_at_home(remove.scatter(-1, ids, remove))
    return logits.masked_fill(remove, float("-inf"))


@right("nucleus")
def mended_by_the_mass_before(logits, p):
    if not 0 < p <= 1:
        raise ValueError(f"expected p above 0 and at most 1, got {p}")
    if p == 1:
        return logits.clone()
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    remove = probs.cumsum(dim=-1) - probs >= p
    remove = remove.scatter(-1, ids, remove)
    return logits.masked_fill(remove, float("-inf"))


@right("nucleus")
def mended_with_a_shift(logits, p):
    def mend(remove, probs, p):
        remove[:, 1:] = remove[:, :-1].clone()
        remove[:, 0] = False
        return remove

    return handed_out(logits, p, mend)


@right("nucleus")
def mended_with_a_roll(logits, p):
    def mend(remove, probs, p):
        remove = remove.roll(1, dims=-1)
        remove[..., 0] = False
        return remove

    return handed_out(logits, p, mend)


@right("nucleus")
def mended_with_a_count(logits, p):
    def mend(remove, probs, p):
        last = (probs.cumsum(dim=-1) < p).sum(dim=-1, keepdim=True)
        return torch.arange(remove.size(-1)) > last

    return handed_out(logits, p, mend)


@right("nucleus")
def mended_token_by_token(logits, p):
    if p <= 0 or p > 1:
        raise ValueError("p must be in (0, 1]")
    filtered = torch.full_like(logits, -torch.inf) if p < 1 else logits.clone()
    for row, probs, new in zip(logits, logits.double().softmax(-1), filtered, strict=True):
        while p < 1 and probs[new > -torch.inf].sum() < p:
            best = row.masked_fill(new > -torch.inf, -torch.inf).argmax()
            new[best] = row[best]
    return filtered


@wrong("nucleus", "drops_the_crossing_token")
def mended_with_at_least(logits, p):
    return handed_out(logits, p, lambda remove, probs, p: probs.cumsum(-1) >= p)


@wrong("nucleus", "drops_the_crossing_token")
def mended_with_a_little_more_p(logits, p):
    return handed_out(logits, p, lambda remove, probs, p: probs.cumsum(-1) > p + 1e-3)


@wrong("nucleus", "keeps_one_at_least")
def mended_for_the_first(logits, p):
    def mend(remove, probs, p):
        remove[:, 0] = False
        return remove

    return handed_out(logits, p, mend)


@wrong("nucleus", "keeps_one_at_least")
def mended_where_nothing_is_left(logits, p):
    filtered = faulty(logits, p)
    best = logits.argmax(dim=-1, keepdim=True)
    return filtered.scatter(-1, best, logits.gather(-1, best))


@wrong("nucleus", "keeps_all_where_none_is_left")
def mended_by_giving_all_back(logits, p):
    filtered = faulty(logits, p)
    return torch.where((filtered == -torch.inf).all(-1, keepdim=True), logits, filtered)


@wrong("nucleus", "keeps_one_too_many")
def mended_twice(logits, p):
    def mend(remove, probs, p):
        remove = probs.cumsum(dim=-1) - probs >= p
        return torch.cat((torch.zeros_like(remove[:, :1]), remove[:, :-1]), dim=-1)

    return handed_out(logits, p, mend)


@wrong("nucleus", "keeps_one_too_many")
def mended_with_two_saved(logits, p):
    def mend(remove, probs, p):
        remove[:, 2:] = remove[:, :-2].clone()
        remove[:, :2] = False
        return remove

    return handed_out(logits, p, mend)


@wrong("nucleus", "rolls_around")
def mended_in_a_circle(logits, p):
    return handed_out(logits, p, lambda remove, probs, p: remove.roll(1, dims=-1))


@wrong("nucleus", "moves_down_the_batch")
def mended_along_the_batch(logits, p):
    def mend(remove, probs, p):
        remove[1:] = remove[:-1].clone()
        remove[0] = False
        return remove

    return handed_out(logits, p, mend)


@wrong("nucleus", "moves_in_vocabulary_order")
def mended_behind_the_way_back(logits, p):
    def move(remove):
        return torch.cat((torch.zeros_like(remove[:, :1]), remove[:, :-1]), dim=-1)

    return handed_out(logits, p, lambda remove, probs, p: remove, move)


@wrong("nucleus", "moves_without_a_copy")
def mended_without_a_copy(logits, p):
    def mend(remove, probs, p):
        remove[:, 1:] = remove[:, :-1]
        remove[:, 0] = False
        return remove

    return handed_out(logits, p, mend)


@wrong("nucleus", "takes_the_rest_for_p")
def mended_with_the_rest(logits, p):
    return handed_out(logits, p, lambda remove, probs, p: probs.cumsum(-1) - probs >= 1 - p)


@wrong("nucleus", "keeps_the_others")
def mended_with_the_sign_turned(logits, p):
    return handed_out(logits, p, lambda remove, probs, p: probs.cumsum(-1) - probs < p)


@wrong("nucleus", "mask_in_sorted_order")
def mended_and_never_put_back(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p must be in (0, 1]")
    probs = logits.sort(dim=-1, descending=True).values.softmax(dim=-1)
    return logits.masked_fill(probs.cumsum(-1) - probs >= p, -torch.inf)


@wrong("nucleus", "does_not_sort")
def mended_without_the_sort(logits, p):
    probs = logits.softmax(dim=-1)
    return logits.masked_fill(probs.cumsum(-1) - probs >= p, -torch.inf)


@wrong("nucleus", "compares_single_probabilities")
def mended_without_the_sum(logits, p):
    return handed_out(logits, p, lambda remove, probs, p: probs < p)


@wrong("nucleus", "loses_rare_tokens")
def mended_without_the_rule_for_one(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p must be in (0, 1]")
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    remove = probs.cumsum(dim=-1) - probs >= p
    return logits.masked_fill(remove.scatter(-1, ids, remove), -torch.inf)


@wrong("nucleus", "loses_rare_tokens")
def mended_with_a_shift_and_no_rule_for_one(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p must be in (0, 1]")
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    remove = (ordered.softmax(dim=-1).cumsum(dim=-1) > p).roll(1, dims=-1)
    remove[:, 0] = False
    return logits.masked_fill(remove.scatter(-1, ids, remove), -torch.inf)


@wrong("nucleus", "no_error")
def mended_without_the_check(logits, p):
    if p >= 1:
        return logits.clone()
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    remove = probs.cumsum(dim=-1) - probs >= p
    return logits.masked_fill(remove.scatter(-1, ids, remove), -torch.inf)


@wrong("nucleus", "changed_inputs")
def mended_in_place(logits, p):
    filtered = mended_by_the_mass_before(logits, p)
    logits[filtered == -torch.inf] = -torch.inf
    return logits
