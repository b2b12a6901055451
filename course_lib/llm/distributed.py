"""Train one model in several processes: each reads some rows, and all add up their gradients.

    torchrun --nproc-per-node 2 -m course_lib.cli train tiny

After the sum every process holds the same gradient, so every copy of the model makes the same
step: data parallelism. Real clusters also split the model itself; see lesson 06.
"""

import os
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor

from course_lib.llm.batches import Batch


def join() -> None:
    """Meet the other processes that torchrun has started; alone, do nothing."""
    if "WORLD_SIZE" in os.environ and not dist.is_initialized():
        dist.init_process_group("gloo")


def meet() -> None:
    """Wait until all processes are here.

    At the end of their work they should meet, and then leave: where one goes while another is
    still busy, gloo sometimes ends it by force, after all is done.
    """
    if dist.is_initialized():
        dist.barrier()


def leave() -> None:
    """Say goodbye to the other processes."""
    if dist.is_initialized():
        dist.destroy_process_group()


def is_first() -> bool:
    """Return whether this process is the one that prints and saves."""
    return not dist.is_initialized() or dist.get_rank() == 0


def count() -> int:
    """Return how many processes there are, this one among them."""
    return dist.get_world_size() if dist.is_initialized() else 1


def share_of(batch: Batch) -> Batch:
    """Return the rows that this process reads: every n-th of `batch` for n processes."""
    if not dist.is_initialized():
        return batch
    return batch.rows(slice(dist.get_rank(), None, dist.get_world_size()))


def add_up(tensors: Iterable[Tensor]) -> None:
    """Replace each tensor by its sum over all processes, in one message."""
    if not dist.is_initialized():
        return
    tensors = list(tensors)
    everything = torch.cat([tensor.flatten() for tensor in tensors])
    dist.all_reduce(everything)
    for tensor, total in zip(tensors, everything.split([t.numel() for t in tensors]), strict=True):
        tensor.copy_(total.view_as(tensor))
