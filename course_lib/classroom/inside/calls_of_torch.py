"""Write down which of torch's functions are called, by whatever name and in whatever helper."""

from collections.abc import Callable
from typing import Any

from torch.overrides import TorchFunctionMode


class CallsOfTorch(TorchFunctionMode):
    """Within it, the names of torch's functions that are called gather in `names`.

    Example:
        >>> import torch
        >>> x = torch.zeros(2)
        >>> with CallsOfTorch() as calls:
        ...     _ = getattr(x, "soft" + "max")(0)
        >>> calls.names
        {'softmax'}
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(
        self, function: Callable, types: tuple, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        self.names.add(str(getattr(function, "__name__", "")))
        return function(*args, **(kwargs or {}))
