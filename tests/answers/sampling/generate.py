"""Answers to `generate`: right ones, and the loop that most of the wrong ones share."""

import torch

from tests.answers.book import right, wrong


def choose(logits, temperature, generator):
    """Return the next token of each row, (B, 1), of logits (B, V)."""
    if temperature == 0:
        return logits.argmax(dim=-1, keepdim=True)
    return torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)


@right("generate")
def generate_all_rows_at_once(model, ids, max_new_tokens, temperature, stop_id, generator):
    stopped = torch.zeros(ids.size(0), 1, dtype=torch.bool)
    for _ in range(max_new_tokens):
        logits = model(ids)[:, -1]
        if temperature == 0:
            new = logits.argmax(dim=-1, keepdim=True)
        else:
            probs = (logits / temperature).softmax(dim=-1)
            new = torch.multinomial(probs, 1, generator=generator)
        if stop_id is not None:
            new = new.masked_fill(stopped, stop_id)
            stopped = stopped | (new == stop_id)
        ids = torch.cat((ids, new), dim=1)
        if stopped.all():
            break
    return ids


@right("generate")
def generate_row_by_row(model, ids, max_new_tokens, temperature, stop_id, generator):
    rows = []
    for row in ids.tolist():
        new = []
        while len(new) < max_new_tokens and (not new or new[-1] != stop_id):
            logits = model(torch.tensor([row + new]))[:, -1]
            new.append(choose(logits, temperature, generator).item())
        rows.append(row + new)
    longest = max(map(len, rows))
    return torch.tensor([row + [stop_id] * (longest - len(row)) for row in rows])


@right("generate")
def generate_into_a_full_table(model, ids, max_new_tokens, temperature, stop_id, generator):
    B, T = ids.shape
    text = torch.zeros(B, T + max_new_tokens, dtype=torch.int64)
    text[:, :T] = ids
    open_rows = torch.arange(B)
    end = T
    while end < T + max_new_tokens and len(open_rows) > 0:
        new = choose(model(text[open_rows, :end])[:, -1], temperature, generator)[:, 0]
        if stop_id is not None:
            text[:, end] = stop_id
        text[open_rows, end] = new
        end += 1
        open_rows = open_rows if stop_id is None else open_rows[new != stop_id]
    return text[:, :end]


@right("generate")
def generate_by_a_sum_of_shares(model, ids, max_new_tokens, temperature, stop_id, generator):
    T = ids.shape[1]
    for step in range(max_new_tokens):
        if stop_id is not None and step and (ids[:, T:] == stop_id).any(1).all():
            break
        logits = model(ids)[:, -1].double()
        if temperature == 0:
            new = logits.max(dim=-1).indices
        else:
            sums = (logits / temperature).softmax(-1).cumsum(-1)
            chance = torch.rand(len(ids), 1, generator=generator, dtype=torch.float64)
            new = (sums < chance * sums[:, -1:]).sum(-1)
        if stop_id is not None:
            new[(ids[:, T:] == stop_id).any(1)] = stop_id
        ids = torch.cat([ids, new[:, None]], dim=1)
    return ids


@right("generate")
def generate_by_noise(model, ids, max_new_tokens, temperature, stop_id, generator):
    """The largest of logits with Gumbel noise is a draw from their softmax."""
    text, done = ids.clone(), [False] * len(ids)
    for _ in range(max_new_tokens):
        logits = model(text)[:, -1]
        if temperature != 0:
            chance = torch.rand(logits.shape, generator=generator, dtype=torch.float64)
            logits = logits.double() / temperature - (-chance.log()).log()
        new = torch.tensor(
            [stop_id if over else int(row.argmax()) for row, over in zip(logits, done, strict=True)]
        )
        text = torch.cat([text, new.unsqueeze(1)], 1)
        done = [over or id == stop_id for over, id in zip(done, new.tolist(), strict=True)]
        if all(done):
            return text
    return text


def loop(
    model,
    ids,
    max_new_tokens,
    temperature,
    stop_id,
    generator,
    logits_of=lambda model, ids, T: model(ids)[:, -1],
    take=choose,
    start=None,
    over=lambda stopped: stopped.all(),
    fill=None,
    before=False,
):
    """The usual loop, with one part of it another."""
    T = ids.size(1)
    stopped = torch.zeros(len(ids), 1, dtype=torch.bool) if start is None else start(ids, stop_id)
    for _ in range(max_new_tokens):
        new = take(logits_of(model, ids, T), temperature, generator)
        if stop_id is not None:
            new = new.masked_fill(stopped, stop_id if fill is None else fill)
            stopped = stopped | (new == stop_id)
        if before and over(stopped):
            break
        ids = torch.cat((ids, new), dim=1)
        if over(stopped):
            break
    return ids


def wrong_loop(misconception, name, **other):
    wrong("generate", misconception, name)(lambda *inputs: loop(*inputs, **other))
