"""Low temperature for code and facts, high for prose and ideas? Measured on SmolLM2.

Four kinds of small tasks are written under ten settings, with some seeds each.

`python -m course_lib.study.settings` writes settings.csv.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.resources import files
from math import comb, nan
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Generator

from course_lib import smollm2
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.study import next_token
from course_lib.study.many_rows import write
from course_lib.study.repetition import distinct, repeated
from course_lib.study.settings_tasks import (
    FACTS,
    LENGTHS,
    TASKS,
    Task,
    code_block,
    has_word,
    idea,
    parses,
    returns_one_of,
)

SETTINGS_CSV = "settings.csv"
SETTINGS = {
    "greedy": GREEDY,
    **{f"T {t}": Settings(temperature=t) for t in (0.3, 0.7, 1.0, 1.3, 1.6)},
    **{f"T {t}, top-p 0.9": Settings(temperature=t, top_p=0.9) for t in (1.0, 1.3)},
    **{f"T {t}, min-p 0.1": Settings(temperature=t, min_p=0.1) for t in (1.0, 1.3)},
}
ASKED = 5  # times, for the number of different ideas
DECIMALS = ("distinct_2", "rep_4", "surprise")
COLUMNS = ("kind", "task", "setting", "seed", "tokens", *DECIMALS)
GRADES = ("parses", "right", "answer")  # empty where they do not apply
LIVE_FACTS, LIVE_TIMES = FACTS[::5], 3


class Estimate(NamedTuple):
    """A mean over seeds and its standard error.

    Greedy choice draws nothing: every seed gives the same, and its error is 0.
    """

    mean: float
    error: float


def measure(task: Task, names: Iterable[str], seeds: Sequence[int]) -> list[dict]:
    """Return one row of the table for each of the settings and seeds; greedy has one.

    Every setting gets the same draws, and every task others.
    """
    tokenizer, number = smollm2.load_tokenizer(), TASKS.index(task)
    keys = [(name, seed) for name in names for seed in (seeds[:1] if name == "greedy" else seeds)]
    draws = [Generator().manual_seed(seed * len(TASKS) + number) for _, seed in keys]
    rows = [(SETTINGS[name], draw) for (name, _), draw in zip(keys, draws, strict=True)]
    special, length = tokenizer.special_tokens, LENGTHS[task.kind]
    barred = [*special.values()] if task.kind == "prose" else []  # for texts of one length
    stop_id = special["<|im_end|>"]
    texts = write(next_token.load(), task.prompt(), rows, length, stop_id, barred)
    return [
        {
            "kind": task.kind,
            "task": number,
            "setting": name,
            "seed": seed,
            "tokens": len(text.ids),
            "distinct_2": distinct(text.ids, 2) if len(text.ids) >= 2 else nan,
            "rep_4": repeated(text.ids, 4) if len(text.ids) >= 4 else nan,
            "surprise": text.surprise,
            **grades(task, tokenizer.decode(text.ids)),
        }
        for (name, seed), text in zip(keys, texts, strict=True)
    ]


def grades(task: Task, text: str) -> dict:
    """Return what can be said of the text that was written for a task, without running it.

    `right` is 1 for a fact that holds, for the expected code, and for a known name.
    """
    match task.kind:
        case "facts":
            return {"right": int(has_word(text, task.accepted))}
        case "code":
            code = code_block(task.start, text)
            right = returns_one_of(code, task.accepted)
            return {"parses": int(parses(code)), "right": int(right)}
        case "ideas":
            answer, known = idea(text, task.accepted)
            return {"answer": answer, "right": int(known)}
    return {}


def live(seed: int) -> dict[str, float]:
    """Return the share of right answers by temperature: every fifth fact, asked three times."""
    names = [name for name in SETTINGS if "," not in name]
    seeds = range(LIVE_TIMES * seed, LIVE_TIMES * (seed + 1))
    found = defaultdict(list)
    for task in LIVE_FACTS:
        for row in measure(task, names, seeds):
            found[row["setting"]].append(row["right"])
    return {name: sum(right) / len(right) for name, right in found.items()}


def results(rows: Sequence[dict] | None = None) -> dict[tuple[str, str], dict[str, Estimate]]:
    """Return {(kind, setting): {measure: mean over the seeds, with its standard error}}.

    A seed counts once: its value is the mean over the tasks of a kind. The errors say how far
    other seeds would move the means, and nothing about other tasks.

    Repetition is compared in prose only, where all texts have one length. Besides the columns of
    the table, ideas have "different", how many different answers come if
    a question is asked five times, and "names", how many of these are known names.

    Args:
        rows: of `measure`; None for the committed table.
    """
    groups = defaultdict(list)
    for row in read() if rows is None else rows:
        groups[row["kind"], row["setting"]].append(row)
    found = {}
    for (kind, setting), group in groups.items():
        repeats = ("distinct_2", "rep_4") if kind == "prose" else ()  # else lengths differ
        columns = (
            "tokens",
            *repeats,
            "surprise",
            *(grade for grade in GRADES[:2] if grade in group[0]),
        )
        found[kind, setting] = {name: _over_seeds(group, name) for name in columns}
        if kind == "ideas":
            found[kind, setting] |= _ideas(group, greedy=setting == "greedy")
    return found


def expected_different(answers: Sequence[str | None], k: int) -> float:
    """Return how many different answers k of these hold on average, over all ways to choose k.

    None is no answer. Hurlbert, 1971, "The Nonconcept of Species Diversity", counts species so.

    Raises:
        ValueError: if there are fewer than k.

    Example:
        >>> expected_different(["cat", "cat", "cat", "dog"], 2)  # half of the pairs hold the dog
        1.5
    """
    n = len(answers)
    if not 1 <= k <= n:
        raise ValueError(f"k must be 1 to {n}, the number of answers, got {k}")
    kinds = set(answers) - {None}
    return sum(1 - comb(n - answers.count(kind), k) / comb(n, k) for kind in kinds)


def _over_seeds(rows: Sequence[dict], column: str) -> Estimate:
    by_seed = defaultdict(list)
    for row in rows:
        if row[column] == row[column]:  # not nan: there was something to count
            by_seed[row["seed"]].append(row[column])
    means = [sum(values) / len(values) for values in by_seed.values()]
    means = torch.tensor(means, dtype=torch.float64)
    if len(means) < 2:
        greedy = rows[0]["setting"] == "greedy"
        return Estimate(means.mean().item(), 0.0 if greedy else nan)
    return Estimate(means.mean().item(), means.std().item() / len(means) ** 0.5)


def _ideas(rows: Sequence[dict], greedy: bool) -> dict[str, Estimate]:
    """Estimate "different" and "names"; the error is the jackknife's, which leaves out a seed."""
    by_task = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["seed"]):
        answers = [(row["answer"], row["answer"] if row["right"] else None)]
        by_task[row["task"]] += answers * (ASKED if greedy else 1)
    n, found = min(len(answers) for answers in by_task.values()), {}
    if n < ASKED:
        return {}
    for part, name in enumerate(("different", "names")):

        def mean(left_out: int | None, part: int = part) -> float:
            counts = [
                expected_different([a[part] for i, a in enumerate(task) if i != left_out], ASKED)
                for task in by_task.values()
            ]
            return sum(counts) / len(counts)

        error = 0.0 if greedy else nan
        if n > ASKED and not greedy:
            others = torch.tensor([mean(i) for i in range(n)], dtype=torch.float64)
            error = ((n - 1) * others.var(correction=0).item()) ** 0.5
        found[name] = Estimate(mean(None), error)
    return found


def read() -> list[dict]:
    """Return the committed table, as `measure` gives its rows."""
    text = (files("course_lib.study") / SETTINGS_CSV).read_text(encoding="utf-8")
    whole, words = {"task", "seed", "tokens", "parses", "right"}, {"kind", "setting", "answer"}
    return [
        {
            name: value if name in words else int(value) if name in whole else float(value)
            for name, value in row.items()
            if value or (name == "answer" and row["kind"] == "ideas")
        }
        for row in csv.DictReader(text.splitlines())
    ]


def write_results(file: Path, names: Iterable[str], seeds: Sequence[int]) -> None:
    """Write every task under the named settings with each seed, and save what was measured."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, [*COLUMNS, *GRADES], lineterminator="\n")
        table.writeheader()
        for task in TASKS:
            for row in measure(task, names, seeds):
                decimals = {
                    name: f"{row[name]:.3f}" for name in ("distinct_2", "rep_4", "surprise")
                }
                table.writerow({**row, **decimals})
            out.flush()


if __name__ == "__main__":
    torch.set_num_threads(2)
    write_results(Path(__file__).with_name(SETTINGS_CSV), [*SETTINGS], seeds=range(12))
