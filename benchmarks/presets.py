"""Train Tinyville's presets and measure what they learned.

    python benchmarks/presets.py            tiny and small, three seeds each
    python benchmarks/presets.py base 1     one preset, one seed

A preset is kept to seconds of training, loss over the exact floor on 2,000 new documents, the part
of each kind of probe that is answered right, and the parts of 500 sampled documents and their
sentences that Tinyville could have written. The median of the seeds must reach the bar; the worst
stands beside it.

Exits with 1 if a bar is missed.
"""

import statistics
import sys
import time

import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.model import GPT, count_parameters
from course_lib.llm.training import Trainer, standard_optimizers
from course_lib.memory import keep_freed
from course_lib.runs.measure import accuracy, loss_and_floor, possible_parts, sample_documents
from course_lib.runs.presets import PRESETS
from course_lib.runs.town import town_rows, town_tokenizer
from course_lib.tinyville.probes import PROBES
from course_lib.tinyville.world import make_world

ASKED = ("facts", "held-out pronouns", "sums", "repeats", "questions")
BARS = {  # seconds and ratio at most, then at least
    "tiny": {"seconds": 60, "ratio": 1.08, **dict.fromkeys(ASKED, 0.95), "sentences": 0.98,
             "documents": 0.60},
    "small": {"seconds": 180, "ratio": 1.06, **dict.fromkeys(ASKED, 0.97), "sentences": 0.98,
              "documents": 0.60},
    "base": {"seconds": 900, "ratio": 1.10, "facts": 0.90, "held-out pronouns": 0.90,
             "who has what": 0.80},
}  # fmt: skip
AT_MOST = ("seconds", "ratio")


def measure(name: str, seed: int) -> dict[str, float]:
    """Train a preset and return its figures."""
    preset = PRESETS[name]
    torch.set_num_threads(preset.n_threads)
    world = make_world(preset.world)
    start = time.perf_counter()
    tokenizer = town_tokenizer(world)
    rows = town_rows(world, tokenizer, seed, preset.n_documents)
    made = time.perf_counter() - start
    torch.manual_seed(seed)
    model = GPT(preset.model_config(tokenizer.vocab_size))
    optimizers = standard_optimizers(model, preset.matrix_lr, preset.table_lr)
    trainer = Trainer(model, optimizers, preset.training)
    start = time.perf_counter()
    trainer.run(row_batches(rows, preset.batch_size, seed), lambda report: None)
    found = {"seconds": time.perf_counter() - start}
    loss, floor = loss_and_floor(model.eval(), tokenizer, world, 2000)
    found["ratio"] = loss / floor
    found |= {kind: accuracy(model, tokenizer, PROBES[kind](world)) for kind in PROBES}
    parts = possible_parts(world, sample_documents(model, tokenizer, 500, seed))
    found |= dict(zip(("sentences", "documents"), parts, strict=True))
    print(
        f"{name}, seed {seed}: {count_parameters(model):,} parameters, {made:.0f} s for documents, "
        f"loss {loss:.4f}, floor {floor:.4f}; "
        + ", ".join(f"{what} {value:.3f}" for what, value in found.items()),
        flush=True,
    )
    return found


def main(names: list[str], n_seeds: int) -> None:
    keep_freed()
    missed = []
    for name in names:
        seeds = [measure(name, seed) for seed in range(n_seeds)]
        for what, bar in BARS[name].items():
            values = [figures[what] for figures in seeds]
            median, sign = statistics.median(values), "<=" if what in AT_MOST else ">="
            worst = max(values) if what in AT_MOST else min(values)
            ok = median <= bar if what in AT_MOST else median >= bar
            print(
                f"{name:6} {what:18} median {median:7.3f} {sign} {bar:<6} worst {worst:7.3f}"
                + ("" if ok else "  MISSED")
            )
            missed += [] if ok else [what]
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main(sys.argv[1:2] or ["tiny", "small"], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
