"""SmolLM2-135M in our classes beside transformers: tokens a second, and what memory allows.

    python benchmarks/smollm2.py

To write one token a model must read every weight once. So the time to read them is the least that
a token can take: the roofline (Williams et al., 2009, https://doi.org/10.1145/1498765.1498785).
The bandwidth is measured here too, by the sum of one big tensor.

All models write the same number of tokens from one prompt, greedily and with their caches, and
take turns; each figure is the median. Exits with 1 if a bar is missed.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import transformers
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from course_lib import assets, smollm2
from course_lib.llm.generation import stream
from course_lib.llm.model import GPT, count_parameters
from course_lib.llm.quantization import quantize

ROUNDS = 7
NEW_TOKENS = 32
CACHED_TOKENS = 256
PROMPT = "Once upon a time"  # short, so that reading it takes no part of the time worth naming
LOAD = """
import time, torch
start = time.perf_counter()
from course_lib import smollm2
smollm2.load_model()
model = time.perf_counter()
smollm2.load_tokenizer()
print(model - start, time.perf_counter() - model)
"""


def load_peer() -> transformers.LlamaForCausalLM:
    """Return transformers' SmolLM2, with the attention that it chooses for itself."""
    path = assets.path("smollm2")
    config = transformers.AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
    model = transformers.LlamaForCausalLM(config)
    weights = load_gguf_checkpoint(path, return_tensors=True, model_to_load=model)["tensors"]
    model.load_state_dict({n: torch.as_tensor(w) for n, w in weights.items()}, strict=False)
    model.tie_weights()
    return model.eval()


def take_turns(
    runs: dict[str, Callable[[], object]], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Return the seconds of each run in each round, after one round that is not counted."""
    seconds = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: values[1:] for name, values in seconds.items()}


def peer_generate(model: transformers.LlamaForCausalLM, ids: list[int]) -> list[int]:
    text = torch.tensor([ids])
    with torch.inference_mode():
        written = model.generate(
            text,
            attention_mask=torch.ones_like(text),
            max_new_tokens=NEW_TOKENS,
            min_new_tokens=NEW_TOKENS,
            do_sample=False,
            pad_token_id=0,
        )
    return written[0, len(ids) :].tolist()


def decoding(ours: GPT) -> list[str]:
    """Print tokens a second of three models and their roofline; return the bars missed."""
    ids = smollm2.load_tokenizer().encode(PROMPT)
    theirs, small = load_peer(), quantize(ours)
    assert list(stream(ours, ids, NEW_TOKENS)) == peer_generate(theirs, ids)
    block = torch.ones(64_000_000)
    seconds = take_turns(
        {
            "transformers, float32": lambda: peer_generate(theirs, ids),
            "ours, float32": lambda: list(stream(ours, ids, NEW_TOKENS)),
            "ours, int8": lambda: list(stream(small, ids, NEW_TOKENS)),
            "bandwidth": lambda: block.sum(),
        }
    )
    bandwidth = block.nbytes / statistics.median(seconds.pop("bandwidth"))
    print(f"memory bandwidth: {bandwidth / 1e9:.1f} GB/s (sum of one tensor of 256 MB)\n")
    print(f"{'':24}{'tokens/s':>10}{'x theirs':>10}{'roofline':>10}{'of it':>8}{'bar':>8}")
    rates = {n: NEW_TOKENS / statistics.median(values) for n, values in seconds.items()}
    peer = seconds["transformers, float32"]
    missed = []
    for name, bar in (
        ("transformers, float32", 0.0),
        ("ours, float32", 0.95),
        ("ours, int8", 1.5),
    ):
        # The ratio of each round, for a round's three runs meet the same machine.
        ratio = statistics.median(p / s for p, s in zip(peer, seconds[name], strict=True))
        n_bytes = count_parameters(ours) * (1 if name == "ours, int8" else 4)
        roofline = bandwidth / n_bytes
        print(
            f"{name:24}{rates[name]:10.2f}{ratio:10.2f}{roofline:10.2f}"
            f"{rates[name] / roofline:8.0%}{f'{bar:.2f}' if bar else '':>8}"
        )
        if ratio < bar:
            missed.append(f"{name}: {ratio:.2f} of transformers, bar {bar}")
    return missed


def loading() -> None:
    """Print the seconds to load in a fresh process, the second time (the file is in memory)."""
    runs = [
        subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    model, tokenizer = map(float, runs[-1].stdout.split())
    print(f"to load, torch being imported: model {model:.2f} s, tokenizer {tokenizer:.2f} s")


def caching(ours: GPT) -> list[str]:
    """Print what the cache is worth for 256 tokens; return the bar if it is missed.

    Without a cache each token reads the whole text again. Its time grows evenly with the length
    of the text, so the time of all 256 is taken from that of every 32nd.
    """
    ids = torch.ones(1, CACHED_TOKENS, dtype=torch.int64)
    lengths = range(16, CACHED_TOKENS, 32)

    def read_again() -> None:
        with torch.inference_mode():
            for length in lengths:
                ours(ids[:, :length])

    seconds = take_turns(
        {"cached": lambda: list(stream(ours, [1], CACHED_TOKENS)), "read again": read_again},
        rounds=3,
    )
    cached = statistics.median(seconds["cached"])
    uncached = statistics.median(seconds["read again"]) * CACHED_TOKENS / len(lengths)
    ratio = uncached / cached
    print(
        f"\n{CACHED_TOKENS} tokens, float32: {cached:.1f} s with the cache, {uncached:.1f} s "
        f"without, a factor of {ratio:.1f} (bar 5)"
    )
    return [f"cache: a factor of {ratio:.1f}, bar 5"] if ratio < 5 else []


def main() -> int:
    print(f"{torch.get_num_threads()} threads, median of {ROUNDS} rounds of {NEW_TOKENS} tokens")
    loading()
    ours = smollm2.load_model()
    missed = decoding(ours) + caching(ours)
    print("\n".join(f"MISSED {bar}" for bar in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
