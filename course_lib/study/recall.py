"""A race at recalling what stood some way back: networks that read step by step, and attention.

A list of entries, each a letter with a digit, and at its end a letter: which digit stood beside it?
The letter that is asked occurs once, the others as often as they like. Two recurrent networks read
the list into one state of fixed size; one attention layer looks at all entries at once.

`python -m course_lib.study.recall` writes recall_race.csv, in about three minutes.
"""

import csv
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

N_DIGITS = 10
LONGEST = 100  # entries
SHORTEST = 4
WIDTH = 64
BATCH = 64
DISTANCES = (1, 5, 10, 20, 40, 60, 80, 100)
RACE_CSV = "recall_race.csv"


def lists(
    n_letters: int, T: int, B: int, generator: Generator, distance: int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw lists of T entries and the question after them.

    Args:
        n_letters: how many different letters there are, at least 2.
        distance: how many places before the question the right entry stands, 1..T; None draws it.

    Returns:
        letters (B, T + 1), the last the one that is asked; digits (B, T + 1), the last standing
        for "which?"; answers (B,). All int64.
    """
    asked = torch.randint(n_letters, (B,), generator=generator)
    others = torch.randint(n_letters - 1, (B, T), generator=generator)
    letters = others + (others >= asked[:, None])  # any letter but the one that is asked
    digits = torch.randint(N_DIGITS, (B, T), generator=generator)
    places = T - torch.randint(1, T + 1, (B,), generator=generator)
    if distance is not None:
        places = torch.full((B,), T - distance)
    rows = torch.arange(B)
    letters[rows, places] = asked
    answers = digits[rows, places]
    which = torch.full((B, 1), N_DIGITS)
    return torch.cat([letters, asked[:, None]], 1), torch.cat([digits, which], 1), answers


class Recurrent(nn.Module):
    """Read entry after entry into one state, and answer from the last state."""

    def __init__(self, n_letters: int, cell: Callable[..., nn.Module]):
        super().__init__()
        self.letter, self.digit = embeddings(n_letters)
        self.cell = cell(WIDTH, WIDTH, batch_first=True)
        self.answer = nn.Linear(WIDTH, N_DIGITS)

    def forward(self, letters: Tensor, digits: Tensor) -> Tensor:
        """Return scores (B, 10) for the digits."""
        states, _ = self.cell(self.letter(letters) + self.digit(digits))  # (B, T + 1, C)
        return self.answer(states[:, -1])


class Attentive(nn.Module):
    """Let the question take what it needs from all entries, in one attention layer."""

    def __init__(self, n_letters: int):
        super().__init__()
        self.letter, self.digit = embeddings(n_letters)
        self.query = nn.Linear(WIDTH, WIDTH, bias=False)
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)
        self.value = nn.Linear(WIDTH, WIDTH, bias=False)
        self.answer = nn.Linear(WIDTH, N_DIGITS)

    def forward(self, letters: Tensor, digits: Tensor) -> Tensor:
        """Return scores (B, 10) for the digits."""
        entries = self.letter(letters) + self.digit(digits)  # (B, T + 1, C)
        return self.answer((self.weights(entries) @ self.value(entries))[:, 0])

    def weights(self, entries: Tensor) -> Tensor:
        """Return how much the last entry, the question, takes from each: (B, 1, T + 1)."""
        q, k = self.query(entries[:, -1:]), self.key(entries)
        return (q @ k.transpose(-2, -1) / WIDTH**0.5).softmax(dim=-1)


def embeddings(n_letters: int) -> tuple[nn.Embedding, nn.Embedding]:
    """Return tables for letters and for digits; the eleventh digit stands for "which?"."""
    return nn.Embedding(n_letters, WIDTH), nn.Embedding(N_DIGITS + 1, WIDTH)


# name -> (how it is made, its learning rate). The first rate is the best of 1e-3, 2e-3, 5e-3 and
# 1e-2, the second was tried with 8 letters, the third was not tuned.
RUNNERS: dict[str, tuple[Callable[[int], nn.Module], float]] = {
    "recurrent": (lambda n_letters: Recurrent(n_letters, nn.RNN), 1e-3),
    "gated recurrent": (lambda n_letters: Recurrent(n_letters, nn.GRU), 5e-3),
    "attention": (Attentive, 3e-3),
}


def train(runner: str, n_letters: int, n_steps: int, seed: int) -> nn.Module:
    """Return one of `RUNNERS` after training on lists of 4 to 100 entries, most of them short.

    The same seed gives every runner the same lists.
    """
    make, lr = RUNNERS[runner]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = make(n_letters)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = Generator().manual_seed(seed)
    for _ in range(n_steps):
        share = torch.rand((), generator=generator).item()
        T = round(SHORTEST * (LONGEST / SHORTEST) ** share)  # each doubling is as likely
        letters, digits, answers = lists(n_letters, T, BATCH, generator)
        optimizer.zero_grad()
        F.cross_entropy(model(letters, digits), answers).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


@torch.inference_mode()
def accuracy(model: nn.Module, n_letters: int, n_lists: int = 500) -> dict[int, float]:
    """Return {distance: share of right answers} on fresh lists of 100 entries."""
    generator = Generator().manual_seed(10_000)
    right = {}
    for distance in DISTANCES:
        letters, digits, answers = lists(n_letters, LONGEST, n_lists, generator, distance)
        hits = model(letters, digits).argmax(dim=-1) == answers
        right[distance] = hits.float().mean().item()
    return right


def race() -> list[dict]:
    """Return the committed races: rows of runner, letters, steps, seed, distance and accuracy."""
    text = (files("course_lib.study") / RACE_CSV).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    whole = ("letters", "steps", "seed", "distance")
    return [
        {**row, **{name: int(row[name]) for name in whole}, "accuracy": float(row["accuracy"])}
        for row in rows
    ]


def mean_accuracy(rows: Sequence[dict], runner: str, n_letters: int) -> dict[int, float]:
    """Return {distance: accuracy}, the mean over the seeds of `race()`."""
    chosen = [row for row in rows if (row["runner"], row["letters"]) == (runner, n_letters)]
    means = {}
    for distance in sorted({row["distance"] for row in chosen}):
        values = [row["accuracy"] for row in chosen if row["distance"] == distance]
        means[distance] = sum(values) / len(values)
    return means


def write_race(file: Path, letters: Sequence[int], seeds: Sequence[int], n_steps: int) -> None:
    """Run every race and write its rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["runner", "letters", "steps", "seed", "distance", "accuracy"])
        for n_letters in letters:
            for seed in seeds:
                for runner in RUNNERS:
                    model = train(runner, n_letters, n_steps, seed)
                    for distance, value in accuracy(model, n_letters).items():
                        rows.writerow([runner, n_letters, n_steps, seed, distance, f"{value:.3f}"])
                    out.flush()


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_race(Path(__file__).with_name(RACE_CSV), letters=(4, 16), seeds=range(3), n_steps=400)
