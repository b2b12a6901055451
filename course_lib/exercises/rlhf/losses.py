"""What exercises about a loss share: mistaken losses as methods, and errors about gradients."""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from course_lib.exercises import codec, tensors
from course_lib.exercises.exercise import Finding, shown
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining import gradient_errors
from course_lib.exercises.rlhf.wanted import loss_or_gradient

Loss = Callable[[dict], Tensor]
Method = Callable[[dict], Tensor]
LOST = replace(
    gradient_errors.LOST,
    cause="The numbers are right, but the gradient is lost, or a part of it. `.item()`, "
    "`.tolist()`, `.detach()`, `no_grad`, numpy, `math` and `torch.tensor(...)` all cut it off: "
    "let torch do every step from the arguments on.",
)
BY_MESSAGE = {
    part: LOST if error is gradient_errors.LOST else error
    for part, error in gradient_errors.BY_MESSAGE.items()
}


def in_float64(loss: Loss) -> Method:
    """Return a loss as a method: of what a case wants, the value or a gradient, as float32."""

    def method(inputs: dict) -> Tensor:
        exact = {name: _exact(value) for name, value in inputs.items()}
        return loss_or_gradient(loss, exact).float()

    return method


def in_float32(loss: Loss) -> Method:
    """Return a loss as a method whose numbers may leave what float32 holds."""
    return lambda inputs: loss_or_gradient(loss, codec.copy(inputs))


def each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


def gradient_error(outcome: Outcome) -> Finding | None:
    """Name an error that torch raises where it takes a gradient, or return None."""
    kind, message = outcome.raised or ("", "")
    for part, error in BY_MESSAGE.items():
        if part in message:
            got = f"{kind}: {shown(message, quote=False)}"
            return Finding(error.name, "", error.expected, got, error.cause)
    return None


def call_text(function: str) -> Callable[[dict], str]:
    """Return how the calls of a function are written, and which gradient is wanted."""

    def written(inputs: dict) -> str:
        arguments = {name: value for name, value in inputs.items() if name != "wanted"}
        call = tensors.call_text(function, arguments)
        wanted = inputs["wanted"]
        return call if wanted == "loss" else f"the gradient for {wanted} of {call}"

    return written


def _exact(value: object) -> object:
    return value.double() if isinstance(value, Tensor) and value.is_floating_point() else value
