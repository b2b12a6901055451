"""Answers to `generate` that read, stop or return what they should not."""

import torch

from tests.answers.book import wrong
from tests.answers.sampling.generate import choose, loop, wrong_loop

wrong_loop("first_position", "generate_from_the_first", logits_of=lambda m, ids, T: m(ids)[:, 0])
wrong_loop(
    "last_but_one_position",
    "generate_from_the_last_but_one",
    logits_of=lambda m, ids, T: m(ids)[:, -min(2, ids.size(1))],
)
wrong_loop(
    "last_but_one_position",
    "generate_from_the_end_of_the_prompt_before",
    logits_of=lambda m, ids, T: m(ids[:, : max(1, ids.size(1) - 1)])[:, -1],
)
wrong_loop(
    "feeds_only_the_last",
    "generate_from_the_last_id",
    logits_of=lambda m, ids, T: m(ids[:, -1:])[:, -1],
)
wrong_loop(
    "feeds_only_the_new",
    "generate_as_if_the_model_remembered",
    logits_of=lambda m, ids, T: m(ids if ids.size(1) == T else ids[:, -1:])[:, -1],
)
wrong_loop(
    "feeds_only_the_new",
    "generate_from_all_new_ids",
    logits_of=lambda m, ids, T: m(ids if ids.size(1) == T else ids[:, T:])[:, -1],
)
wrong_loop(
    "feeds_only_the_prompt",
    "generate_from_the_prompt",
    logits_of=lambda m, ids, T: m(ids[:, :T])[:, -1],
)
wrong_loop("stops_all_rows", "generate_until_any_stops", over=lambda stopped: stopped.any())
wrong_loop("stops_all_rows", "generate_until_the_first_stops", over=lambda stopped: stopped[0])
wrong_loop("runs_to_the_end", "generate_without_an_end", over=lambda stopped: False)
wrong_loop("fills_with_another_id", "generate_filled_with_zero", fill=0)
wrong_loop("leaves_the_stop_out", "generate_without_the_stop", before=True)
wrong_loop(
    "stop_in_the_prompt_counts",
    "generate_stopped_by_its_prompt",
    start=lambda ids, stop: (ids == (-1 if stop is None else stop)).any(1, keepdim=True),
)
wrong_loop(
    "stop_in_the_prompt_counts",
    "generate_stopped_by_the_end_of_its_prompt",
    start=lambda ids, stop: ids[:, -1:] == (-1 if stop is None else stop),
)


@wrong("generate", "stop_in_the_prompt_counts")
def generate_that_looks_at_all_ids(model, ids, max_new_tokens, temperature, stop_id, generator):
    stop = -1 if stop_id is None else stop_id
    for _ in range(max_new_tokens):
        stopped = (ids == stop).any(1, keepdim=True)
        new = choose(model(ids)[:, -1], temperature, generator)
        ids = torch.cat((ids, new.masked_fill(stopped, stop)), 1)
        if (ids == stop).any(1).all():
            break
    return ids


@wrong("generate", "goes_on_after_the_stop")
def generate_until_all_have_one(model, ids, max_new_tokens, temperature, stop_id, generator):
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], temperature, generator)
        ids = torch.cat((ids, new), 1)
        if stop_id is not None and (ids == stop_id).any(1).all():
            break
    return ids


@wrong("generate", "zero_is_no_stop")
def generate_with_a_true_stop(model, ids, max_new_tokens, temperature, stop_id, generator):
    return loop(model, ids, max_new_tokens, temperature, stop_id or None, generator)


@wrong("generate", "never_stops")
def generate_without_a_stop(model, ids, max_new_tokens, temperature, stop_id, generator):
    return loop(model, ids, max_new_tokens, temperature, None, generator)


@wrong("generate", "goes_on_after_the_stop")
def generate_without_waiting(model, ids, max_new_tokens, temperature, stop_id, generator):
    stopped = torch.zeros(len(ids), 1, dtype=torch.bool)
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], temperature, generator)
        ids = torch.cat((ids, new), 1)
        stopped |= new == (-1 if stop_id is None else stop_id)
        if stopped.all():
            break
    return ids


@wrong("generate", "goes_on_after_the_stop")
def generate_until_all_stop_at_once(model, ids, max_new_tokens, temperature, stop_id, generator):
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], temperature, generator)
        ids = torch.cat((ids, new), 1)
        if stop_id is not None and (new == stop_id).all():
            break
    return ids


@wrong("generate", "ends_one_step_late")
def generate_that_looks_too_late(model, ids, max_new_tokens, temperature, stop_id, generator):
    stopped = torch.zeros(len(ids), 1, dtype=torch.bool)
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], temperature, generator)
        if stop_id is not None:
            new = torch.where(stopped, stop_id, new)
        ids = torch.cat((ids, new), 1)
        if stopped.all():
            break
        stopped |= new == (-1 if stop_id is None else stop_id)
    return ids


@wrong("generate", "one_token_too_few")
def generate_one_less(model, ids, max_new_tokens, *rest):
    return loop(model, ids, max_new_tokens - 1, *rest)


@wrong("generate", "one_token_too_many")
def generate_one_more(model, ids, max_new_tokens, *rest):
    return loop(model, ids, max_new_tokens + 1, *rest)


@wrong("generate", "one_token_at_least")
def generate_at_least_one(model, ids, max_new_tokens, *rest):
    return loop(model, ids, max(1, max_new_tokens), *rest)


@wrong("generate", "counts_the_prompt")
def generate_to_a_length(model, ids, max_new_tokens, *rest):
    return loop(model, ids, max_new_tokens - ids.size(1), *rest)


@wrong("generate", "drops_the_prompt")
def generate_new_ids_only(model, ids, *rest):
    return loop(model, ids, *rest)[:, ids.size(1) :]


@wrong("generate", "drops_the_start_of_the_prompt")
def generate_from_the_last_on(model, ids, *rest):
    return loop(model, ids, *rest)[:, ids.size(1) - 1 :]


@wrong("generate", "returns_only_the_last")
def generate_the_last_column(*inputs):
    return loop(*inputs)[:, -1:]


@wrong("generate", "returns_only_the_last")
def generate_the_last_ids(*inputs):
    return loop(*inputs)[:, -1]


@wrong("generate", "new_tokens_first")
def generate_backwards(model, ids, *rest):
    text, T = loop(model, ids, *rest), ids.size(1)
    return torch.cat((text[:, T:], text[:, :T]), dim=1)


@wrong("generate", "appends_every_position")
def generate_at_every_position(model, ids, max_new_tokens, *rest):
    for _ in range(max_new_tokens):
        ids = torch.cat((ids, model(ids).argmax(-1)), dim=1)
    return ids


@wrong("generate", "draws_for_every_position")
def generate_draws_at_every_position(model, ids, max_new_tokens, temperature, stop_id, generator):
    if temperature == 0:
        return loop(model, ids, max_new_tokens, temperature, stop_id, generator)
    probs = (model(ids) / temperature).softmax(-1)
    return torch.cat((ids, torch.multinomial(probs, 1, generator=generator)), dim=1)


@wrong("generate", "new_tokens_without_an_axis")
def generate_without_keepdim(model, ids, max_new_tokens, *rest):
    for _ in range(max_new_tokens):
        ids = torch.cat((ids, model(ids)[:, -1].argmax(dim=-1)), dim=1)
    return ids


@wrong("generate", "needs_a_stop")
def generate_with_any_stop(model, ids, max_new_tokens, temperature, stop_id, generator):
    stopped = torch.zeros(len(ids), 1, dtype=torch.bool)
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], temperature, generator).masked_fill(stopped, stop_id)
        stopped |= new == stop_id
        ids = torch.cat((ids, new), 1)
        if stopped.all():
            break
    return ids


@wrong("generate", "changed_inputs")
def generate_in_a_window(model, ids, max_new_tokens, temperature, stop_id, generator):
    text = ids.clone()
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], temperature, generator)
        text = torch.cat((text, new), 1)
        ids[:, :-1] = ids[:, 1:].clone()
        ids[:, -1:] = new
    return text


@wrong("generate", "wrong_type")
def generate_lists(*inputs):
    return loop(*inputs).tolist()


@wrong("generate", "wrong_dtype")
def generate_floats(*inputs):
    return loop(*inputs).float()


@wrong("generate", "wrong_dtype")
def generate_short_ids(*inputs):
    return loop(*inputs).int()


@wrong("generate", "ignores_input")
def generate_the_example(*inputs):
    return torch.tensor([[0, 4, 0, 1, 2, 3], [0, 2, 3, 3, 3, 3]])
