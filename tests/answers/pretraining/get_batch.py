"""Answers to `get_batch`; more wrong ones in get_batch_draws.py."""

import torch

from tests.answers.book import right, wrong


def refuse_short(ids, T):
    if len(ids) < T + 1:
        raise ValueError(f"expected a text of more than {T} ids, got {len(ids)}")


def draw(ids, B, T, generator):
    """Return starts (B, 1), right ones."""
    refuse_short(ids, T)
    return torch.randint(len(ids) - T, (B, 1), generator=generator)


@right("get_batch")
def batch_by_places(ids, B, T, generator):
    n_starts = len(ids) - T
    if n_starts < 1:
        raise ValueError("too short")
    starts = torch.randint(n_starts, (B, 1), generator=generator)
    places = starts + torch.arange(T)  # (B, T)
    return ids[places], ids[places + 1]


@right("get_batch")
def batch_row_by_row(ids, B, T, generator):
    refuse_short(ids, T)
    x, y = [], []
    for _ in range(B):
        start = torch.randint(0, len(ids) - T, (1,), generator=generator).item()
        x.append(ids[start : start + T])
        y.append(ids[start + 1 : start + T + 1])
    return torch.stack(x), torch.stack(y)


@right("get_batch")
def batch_of_all_windows(ids, B, T, generator):
    if ids.numel() <= T:
        raise ValueError(f"{ids.numel()} ids hold no window of {T + 1}")
    windows = ids.unfold(0, T + 1, 1)
    chosen = torch.multinomial(torch.ones(len(windows)), B, replacement=True, generator=generator)
    return windows[chosen, :-1], windows[chosen, 1:]


@right("get_batch")
def batch_in_lists(ids, B, T, generator):
    text = ids.tolist()
    n_starts = sum(start + T < len(text) for start in range(len(text)))
    if n_starts == 0:
        raise ValueError("no start")
    shares = torch.rand(B, generator=generator, dtype=torch.float64).tolist()
    starts = [int(share * n_starts) for share in shares]
    x = [text[start : start + T] for start in starts]
    y = [text[start + 1 : start + T + 1] for start in starts]
    return torch.tensor(x), torch.tensor(y)


@right("get_batch")
def batch_of_shuffled_starts(ids, B, T, generator):
    """Take the first of a new permutation for each row."""
    refuse_short(ids, T)
    starts = [torch.randperm(len(ids) - T, generator=generator)[0] for _ in range(B)]
    rows = torch.stack([ids[start : start + T + 1] for start in starts])
    return rows[:, :T].contiguous(), rows[:, 1:].contiguous()


@right("get_batch")
def batch_of_a_rolled_text(ids, B, T, generator):
    places = draw(ids, B, T, generator) + torch.arange(T)
    return torch.take(ids, places), ids.roll(-1)[places]


def wrong_cut(misconception, name, cut):
    """Keep a way to make the pair, `cut(ids, starts, T)`, of right starts (B, 1)."""

    def answer(ids, B, T, generator):
        return cut(ids, draw(ids, B, T, generator), T)

    wrong("get_batch", misconception, f"batch_{name}")(answer)


def cut(ids, starts, T):
    return ids[starts + torch.arange(T)]


def pair(ids, starts, T):
    return cut(ids, starts, T), cut(ids, starts + 1, T)


def both(method):
    """Return a cut that does something more with x and with y."""
    return lambda ids, starts, T: tuple(method(part) for part in pair(ids, starts, T))


def anywhere(ids, starts, T):
    """Cut at other starts, which follow from the right ones."""
    n_starts = len(ids) - T
    return cut(ids, (7 * starts + 3) % n_starts, T)


def padded(ids, starts, T):
    x = cut(ids, starts, T)
    return x, torch.cat((x[:, 1:], torch.zeros_like(starts)), dim=1)


def shortened(ids, starts, T):
    row = cut(ids, starts, T)
    return row[:, :-1], row[:, 1:]


for misconception, name, method in [
    ("targets_not_shifted", "that_repeats", lambda i, s, T: (cut(i, s, T), cut(i, s, T))),
    ("targets_before", "swapped", lambda i, s, T: (cut(i, s + 1, T), cut(i, s, T))),
    ("targets_before", "that_looks_back", lambda i, s, T: (cut(i, s, T), cut(i, s - 1, T))),
    ("targets_two_later", "two_later", lambda i, s, T: (cut(i, s, T), cut(i.roll(-2), s, T))),
    ("reads_beyond_the_end", "beyond", lambda i, s, T: (cut(i, s, T), cut(i, s + 2, T))),
    ("reads_beyond_the_end", "next_window", lambda i, s, T: (cut(i, s, T), cut(i, s + T, T))),
    ("targets_rolled", "rolled", lambda i, s, T: (cut(i, s, T), cut(i, s, T).roll(-1, 1))),
    ("last_target_wrong", "padded", padded),
    ("targets_drawn_apart", "drawn_apart", lambda i, s, T: (cut(i, s, T), anywhere(i, s, T))),
    ("one_target_a_row", "one_target", lambda i, s, T: (cut(i, s, T), i[s + T])),
    ("one_target_a_row", "one_flat_target", lambda i, s, T: (cut(i, s, T), i[s + T][:, 0])),
    ("transposed", "transposed", both(lambda part: part.T)),
    ("wrong_shape", "flat", both(lambda part: part.flatten())),
    ("wrong_shape", "of_one_row", both(lambda part: part[0])),
    ("window_too_short", "shortened", shortened),
    ("window_too_short", "short_y", lambda i, s, T: (cut(i, s, T), cut(i, s, T)[:, 1:])),
    ("window_too_long", "long_x", lambda i, s, T: (cut(i, s, T + 1), cut(i, s + 1, T))),
    ("places_for_ids", "places", lambda i, s, T: pair(torch.arange(len(i)), s, T)),
    ("wrong_dtype", "floats", both(lambda part: part.float())),
    ("wrong_dtype", "short_ids", both(lambda part: part.int())),
    ("wrong_inner_type", "lists", both(lambda part: part.tolist())),
    ("wrong_type", "numpy", both(lambda part: part.numpy())),
    ("wrong_type", "one_tensor", lambda i, s, T: torch.stack(pair(i, s, T))),
    ("wrong_type", "list_of_two", lambda i, s, T: list(pair(i, s, T))),
    ("wrong_type", "x_alone", lambda i, s, T: cut(i, s, T)),
    ("returned_nothing", "nothing", lambda i, s, T: None),
    ("changed_inputs", "in_place", lambda i, s, T: (cut(i, s, T), cut(i.copy_(i.roll(-1)), s, T))),
    ("not_a_pair", "three", lambda i, s, T: (*pair(i, s, T), s)),
]:
    wrong_cut(misconception, name, method)


@wrong("get_batch", "targets_a_window_later")
def batch_of_questions_and_answers(ids, B, T, generator):
    """Leave room for both windows."""
    refuse_short(ids, T)
    starts = torch.randint(max(len(ids) - 2 * T + 1, 1), (B, 1), generator=generator)
    longer = torch.cat((ids, ids))
    return cut(ids, starts, T), cut(longer, starts + T, T)


@wrong("get_batch", "ignores_input")
def batch_of_the_example(ids, B, T, generator):
    rows = torch.tensor([[7, 2, 9, 4], [2, 9, 4, 5], [7, 2, 9, 4], [7, 2, 9, 4]])
    return rows[:, :-1], rows[:, 1:]
