"""How fast Tinyville's documents are written and read.

    python benchmarks/tinyville.py

Time is CPU seconds of the one process; each figure is the median of five runs. "join" is a floor
for any generator in Python: it puts random words together, as many as the documents have, with
`random.choices` and `str.join`, and knows no grammar. Reading is `logprob`, which tries one kind
of document after the other until one fits.
"""

import random
import statistics
import time
from collections.abc import Callable

from course_lib.tinyville.documents import is_possible_sentence, logprob, vocabulary, write
from course_lib.tinyville.sentences import cut_sentences
from course_lib.tinyville.world import SIZES, make_world

ROUNDS = 5
N_WRITTEN, N_READ = 20_000, 2000
COLUMNS = ["", "MB/s", "us a document", "join: MB/s", "ratio"]


def seconds(work: Callable[[], object]) -> float:
    """Return the median CPU time of five calls."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def rows(size: str) -> list[list[str]]:
    """Return the lines of the table for one world."""
    world = make_world(size)
    words = [word.strip() for word in vocabulary(world)]
    table = []
    for name, kinds in (("stories", ["story"]), ("mixture", None)):
        texts = write(world, 1, N_WRITTEN, kinds)
        megabytes = sum(map(len, texts)) / 1e6
        lengths = [len(text.split()) for text in texts]
        joined = [" ".join(random.choices(words, k=length)) for length in lengths]
        joined_megabytes = sum(map(len, joined)) / 1e6
        ours = seconds(lambda kinds=kinds: write(world, 1, N_WRITTEN, kinds))
        join = seconds(
            lambda lengths=lengths: [" ".join(random.choices(words, k=k)) for k in lengths]
        )
        rate, join_rate = megabytes / ours, joined_megabytes / join
        table.append(
            [f"{size}: write {name}", f"{rate:.1f}", f"{1e6 * ours / N_WRITTEN:.0f}"]
            + [f"{join_rate:.1f}", f"{rate / join_rate:.2f}"]
        )
    texts = write(world, 2, N_READ)
    sentences = [sentence for text in texts for sentence in cut_sentences(text)]
    reading = seconds(lambda: [logprob(world, text) for text in texts])
    asking = seconds(lambda: [is_possible_sentence(world, text) for text in sentences])
    for name, taken, what in (("logprob", reading, texts), ("each sentence", asking, sentences)):
        rate = sum(map(len, what)) / 1e6 / taken
        table.append([f"{size}: {name}", f"{rate:.2f}", f"{1e6 * taken / N_READ:.0f}", "", ""])
    return table


def main() -> None:
    table = [COLUMNS, *(row for size in SIZES for row in rows(size))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for i, row in enumerate(table):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("| " + " | ".join(cells) + " |")
        if i == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


if __name__ == "__main__":
    main()
