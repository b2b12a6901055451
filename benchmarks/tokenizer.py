"""Our tokenizer beside Hugging Face's, sentencepiece, tiktoken and a plain trainer.

    python benchmarks/tokenizer.py

Time is CPU seconds of the whole process, threads included; each figure is the median of five
runs, which take turns. Text: 1 MB of Shakespeare's plays to train on and the next 1 MB to encode.

Memory is the peak of a process of its own (VmHWM of Linux) less what it held before training
(VmRSS): at that point it has imported one trainer and read the text as a list of lines.

Exits with 1 if a bar is missed.
"""

import io
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from course_lib import assets
from course_lib.smollm2 import byte_characters

ROUNDS = 5
MB = 1_000_000
VOCAB_SIZES = (512, 1024, 4096)
N_MERGES = 4096  # of the encoders
NAIVE_MERGES = 4  # the plain trainer takes seconds for these
COLUMNS = ["", "ours", "Hugging Face", "ratio", "bar", "sentencepiece", "tiktoken", "naive"]


def train_ours(lines: list[str], vocab_size: int) -> list[tuple[int, int]]:
    from course_lib.llm.tokenizer import train_bpe

    return train_bpe(lines, vocab_size - 256)


def train_hugging_face(lines: list[str], vocab_size: int) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)


def train_hugging_face_on_one_thread(lines: list[str], vocab_size: int) -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    train_hugging_face(lines, vocab_size)
    del os.environ["TOKENIZERS_PARALLELISM"]


def train_sentencepiece(lines: list[str], vocab_size: int) -> bytes:
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type="bpe",
        vocab_size=vocab_size,
        minloglevel=2,
    )
    return model.getvalue()


def train_naive(lines: list[str], vocab_size: int) -> None:
    """Count all pairs of the text again for each merge."""
    from course_lib.llm.tokenizer import split_words

    words = [list(word.encode()) for line in lines for word in split_words(line)]
    for new_id in range(256, vocab_size):
        counts = Counter(pair for ids in words for pair in pairwise(ids))
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        for ids in words:
            i = 0
            while i < len(ids) - 1:
                if (ids[i], ids[i + 1]) == best:
                    ids[i : i + 2] = [new_id]
                i += 1


TRAINERS = {"ours": train_ours, "Hugging Face": train_hugging_face}


def cpu_seconds(runs: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median CPU seconds of each run; the runs take turns."""
    seconds = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            time.sleep(0.1)  # until the threads of the run before are asleep
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def row(what: str, figures: dict[str, float], bar: str = "", digits: int = 2) -> list[str]:
    """Return one line of the table; the bar is a sign and a number, such as "<= 1.05"."""
    ratio = figures["ours"] / figures["Hugging Face"]
    if bar:
        sign, limit = bar.split()
        met = ratio <= float(limit) if sign == "<=" else ratio >= float(limit)
        bar += "" if met else " MISSED"
    peers = [f"{figures[name]:.{digits}f}" if name in figures else "" for name in COLUMNS[5:]]
    both = [f"{figures[name]:.{digits}f}" for name in ("ours", "Hugging Face")]
    return [what, *both, f"{ratio:.2f}", bar, *peers]


def training_rows(lines: list[str]) -> list[list[str]]:
    rows = []
    for size in VOCAB_SIZES:
        trainers = TRAINERS | {
            "alone": train_hugging_face_on_one_thread,
            "sentencepiece": train_sentencepiece,
        }
        runs = {name: partial(train, lines, size) for name, train in trainers.items()}
        seconds = cpu_seconds(runs)
        alone = {"ours": seconds["ours"], "Hugging Face": seconds.pop("alone")}
        rows.append(row(f"train to {size:,}: CPU s", seconds, "<= 1.05"))
        rows.append(row(f"train to {size:,}, its threads off: CPU s", alone))
    size = 256 + NAIVE_MERGES
    trainers = TRAINERS | {"naive": train_naive}
    runs = {name: partial(train, lines, size) for name, train in trainers.items()}
    rows.append(row(f"train to {size:,}: CPU s", cpu_seconds(runs, rounds=1)))
    return rows


def memory_rows() -> list[list[str]]:
    if not Path("/proc/self/status").exists():
        return [["memory: measured on Linux only", *[""] * (len(COLUMNS) - 1)]]
    rows = []
    for size in VOCAB_SIZES:
        growth = {}
        for name in TRAINERS:
            command = [sys.executable, __file__, "memory", name, str(size)]
            runs = [subprocess.run(command, capture_output=True, check=True) for _ in range(ROUNDS)]
            growth[name] = statistics.median(float(run.stdout) for run in runs)
        rows.append(row(f"train to {size:,}: MB above the start", growth, "<= 1.2", digits=1))
    return rows


def print_memory(name: str, vocab_size: int) -> None:
    """Train in this process, and print how many MB its peak lies above its start."""

    def read(field: str) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 / MB for line in lines if line.startswith(field))

    TRAINERS[name](["a b"], 257)  # so that its modules are imported
    text = plays()[:MB]
    lines = text.splitlines(keepends=True)
    start = read("VmRSS")
    TRAINERS[name](lines, vocab_size)
    print(read("VmHWM") - start)


def hugging_face_encoder(vocab: list[bytes], merges: list[tuple[int, int]]):
    from tokenizers import Tokenizer, models, pre_tokenizers

    characters = byte_characters()
    names = ["".join(characters[byte] for byte in token) for token in vocab]
    ids = {name: id for id, name in enumerate(names)}
    tokenizer = Tokenizer(models.BPE(ids, [(names[a], names[b]) for a, b in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def encoding_rows(lines: list[str], text: str) -> list[list[str]]:
    import sentencepiece
    import tiktoken

    from course_lib.llm.tokenizer import SPLIT_PATTERN, Tokenizer

    merges = train_ours(lines, 256 + N_MERGES)
    ours, ours_cold = Tokenizer(merges), [Tokenizer(merges) for _ in range(ROUNDS)]
    encoders = [hugging_face_encoder(ours.vocab, merges) for _ in range(2 * ROUNDS + 1)]
    theirs, theirs_cold, batch_cold = encoders[0], encoders[1 : ROUNDS + 1], encoders[ROUNDS + 1 :]
    ranks = {token: id for id, token in enumerate(ours.vocab)}
    tik = tiktoken.Encoding("ours", pat_str=SPLIT_PATTERN, mergeable_ranks=ranks, special_tokens={})
    pieces = sentencepiece.SentencePieceProcessor(model_proto=train_sentencepiece(lines, N_MERGES))
    text_lines = text.splitlines(keepends=True)

    without_cache = {
        "tiktoken": lambda: tik.encode_ordinary(text),
        "sentencepiece": lambda: pieces.encode(text),
    }
    cold = cpu_seconds(
        {
            "ours": lambda: ours_cold.pop().encode(text),
            "Hugging Face": lambda: theirs_cold.pop().encode(text),
            "batch": lambda: batch_cold.pop().encode_batch_fast(text_lines),
        }
        | without_cache
    )
    if not ours.encode(text) == theirs.encode(text).ids == tik.encode_ordinary(text):
        raise SystemExit("the ids differ")
    warm = cpu_seconds(
        {
            "ours": lambda: ours.encode(text),
            "Hugging Face": lambda: theirs.encode(text),
            "batch": lambda: theirs.encode_batch_fast(text_lines),
        }
        | without_cache
    )
    rows = []
    for state, seconds, bar in [("warm", warm, ">= 5"), ("cold", cold, ">= 2.5")]:
        speed = {name: len(text) / MB / value for name, value in seconds.items()}
        batch = {"ours": speed["ours"], "Hugging Face": speed.pop("batch")}
        rows.append(row(f"encode, {state} cache: MB a CPU s", speed, bar))
        rows.append(row(f"encode, {state}, its encode_batch_fast: MB a CPU s", batch))
    return rows


def plays() -> str:
    return assets.path("shakespeare").read_text(encoding="utf-8")


def main() -> int:
    text = plays()
    lines = text[:MB].splitlines(keepends=True)
    rows = training_rows(lines) + memory_rows() + encoding_rows(lines, text[MB : 2 * MB])
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    for cells in [COLUMNS, rule, *rows]:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print(f"| {' | '.join(padded)} |")
    return 1 if any("MISSED" in cells[4] for cells in rows) else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        print_memory(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
