"""How much of a training step is matrix products, and how soon a known loss is reached.

    python benchmarks/training.py

1. Throughput: the time of a step's matrix products alone, over the time of a whole step (forward,
   backward, optimizers). Both take turns in one process; medians.
2. Time to loss, on Shakespeare's plays by characters: what a classic recipe reaches in 2,000
   steps, and after which part of its time ours is there. The settings were chosen on the first
   half of the plays, the figures are of the second half.

Exits with 1 if a bar is missed.
"""

import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from course_lib import assets
from course_lib.llm.batches import Batch, Batches, row_batches, text_batches
from course_lib.llm.loss import next_token_loss
from course_lib.llm.model import GPT, ModelConfig
from course_lib.llm.training import Trainer, TrainingConfig, evaluate, standard_optimizers
from course_lib.memory import keep_freed
from course_lib.runs.presets import PRESETS, Preset
from course_lib.runs.town import town_rows, town_tokenizer
from course_lib.tinyville.world import make_world

SEEDS = (0, 1)
ROUNDS = 15
SHARE_BAR, TIME_BAR = 0.70, 0.20
CLASSIC_STEPS, OUR_STEPS = 2000, 240
CLASSIC_ROWS, OUR_ROWS = 12, 24
BLOCK = 64
WIDE = replace(PRESETS["base"], batch_size=32, n_layer=4, d_model=192, d_ff=768)
SHAPES = {**PRESETS, "wide": WIDE}


def matrix_products(config: ModelConfig, B: int, T: int) -> list[tuple[tuple, tuple]]:
    """Return the shapes of all matrix products of one training step."""
    C, F, V, H = config.d_model, config.d_ff, config.vocab_size, config.n_head
    linear = [(C, C)] * 4 + [(C, F), (F, C)] + [(C, F)] * (config.feed_forward == "swiglu")
    linear = linear * config.n_layer + [(C, V)]
    pairs = []
    for n_in, n_out in linear:  # y = x W, then both gradients
        N = B * T
        pairs += [((N, n_in), (n_in, n_out)), ((N, n_out), (n_out, n_in)), ((n_out, N), (N, n_in))]
    D = C // H
    wide, tall = ((B * H, T, D), (B * H, D, T)), ((B * H, T, T), (B * H, T, D))
    # Scores and mixed values; of each, the gradients of both factors.
    return pairs + [wide, tall, tall, tall, wide, tall] * config.n_layer


def measure_throughput(name: str, preset: Preset) -> float:
    """Return which part of a training step of a preset its matrix products alone would take."""
    torch.set_num_threads(preset.n_threads)
    world = make_world(preset.world)
    tokenizer = town_tokenizer(world)
    rows = town_rows(world, tokenizer, 0, 4000)
    model = GPT(preset.model_config(tokenizer.vocab_size))
    optimizers = standard_optimizers(model, preset.matrix_lr, preset.table_lr)
    trainer = Trainer(model, optimizers, TrainingConfig(steps=10_000))
    batches = row_batches(rows, preset.batch_size, 0)
    shapes = matrix_products(model.config, preset.batch_size, rows.ids.size(1))
    factors = [(torch.randn(a), torch.randn(b)) for a, b in shapes]

    def products() -> None:
        for a, b in factors:
            torch.matmul(a, b)

    def step() -> None:
        trainer.take_step(batches(trainer.step))

    steps, alone = [], []
    for _ in range(ROUNDS + 2):
        steps.append(seconds(step))
        alone.append(seconds(products))
    share = statistics.median(alone[2:]) / statistics.median(steps[2:])
    tokens = preset.batch_size * rows.ids.size(1) / statistics.median(steps[2:])
    print(f"{name:6} {share:.2f} of the products' speed; {tokens:,.0f} tokens a second")
    return share


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def shakespeare() -> tuple[Batches, list[Batch], int]:
    """Return how to cut batches from the second half of the plays, held-out ones, and V."""
    text = assets.path("shakespeare").read_text()
    half = text[len(text) // 2 :]
    number = {character: id for id, character in enumerate(sorted(set(half)))}
    ids = torch.tensor([number[character] for character in half])
    cut = len(ids) * 9 // 10
    held_out = text_batches(ids[cut:], B=100, T=BLOCK, seed=7)
    return (
        lambda B, seed: text_batches(ids[:cut], B, BLOCK, seed),
        [held_out(number) for number in range(10)],
        len(number),
    )


def train_classic(batches: Batches, V: int, seed: int) -> tuple[float, GPT]:
    """Train as small GPTs have been trained since 2019; return the seconds and the model."""
    torch.manual_seed(seed)
    model = GPT(
        ModelConfig(
            vocab_size=V, context_length=BLOCK, d_model=128, n_layer=4, n_head=4, n_kv_head=4,
            d_ff=512, norm="layer", feed_forward="gelu", positions="learned", tied_head=True,
        )
    )  # fmt: skip
    for block in model.blocks:
        block.norm_1, block.norm_2 = nn.LayerNorm(128), nn.LayerNorm(128)  # faster than ours
        for matrix in (block.attention.output.weight, block.feed_forward.down.weight):
            nn.init.normal_(matrix, std=0.02 / math.sqrt(8))  # GPT-2's, one over root of 2 layers
    model.norm = nn.LayerNorm(128)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    start = time.perf_counter()
    for step in range(CLASSIC_STEPS):
        cosine = (1 + math.cos(math.pi * (step - 100) / (CLASSIC_STEPS - 100))) / 2
        lr = 1e-3 * (step + 1) / 100 if step < 100 else 1e-4 + 9e-4 * cosine
        optimizer.param_groups[0]["lr"] = lr
        batch = batches(step)
        next_token_loss(model(batch.ids), batch.targets).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return time.perf_counter() - start, model


def train_ours(batches: Batches, V: int, seed: int) -> tuple[float, GPT]:
    """Train with the library's own settings; return the seconds and the model."""
    torch.manual_seed(seed)
    model = GPT(
        ModelConfig(
            vocab_size=V, context_length=BLOCK, d_model=128, n_layer=3, n_head=4, n_kv_head=4,
            d_ff=336, rope_base=1000.0,
        )
    )  # fmt: skip
    optimizers = standard_optimizers(model, table_lr=0.01)
    config = TrainingConfig(steps=OUR_STEPS, warmup=20, decay=0.6)
    trainer = Trainer(model, optimizers, config)
    start = time.perf_counter()
    trainer.run(batches, lambda report: None)
    return time.perf_counter() - start, model


def main() -> None:
    keep_freed()
    print("Throughput: training step beside its matrix products alone")
    shares = {name: measure_throughput(name, preset) for name, preset in SHAPES.items()}
    torch.set_num_threads(2)
    print("\nTime to loss: Shakespeare by characters, second half of the plays")
    cut, held_out, V = shakespeare()
    ratios, reached = [], []
    for seed in SEEDS:
        our_seconds, ours = train_ours(cut(OUR_ROWS, seed), V, seed)
        their_seconds, classic = train_classic(cut(CLASSIC_ROWS, seed), V, seed)
        our_loss, their_loss = evaluate(ours, held_out), evaluate(classic, held_out)
        ratios.append(our_seconds / their_seconds)
        reached.append(our_loss <= their_loss)
        print(
            f"seed {seed}: classic {their_loss:.3f} in {their_seconds:.0f} s, ours {our_loss:.3f} "
            f"in {our_seconds:.0f} s: {ratios[-1]:.2f} of its time"
        )
    kept = all(reached) and statistics.median(ratios) <= TIME_BAR
    kept = kept and max(shares.values()) >= SHARE_BAR
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
