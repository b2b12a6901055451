"""Likely causes of errors and wrong types, whatever the exercise, in words for the learner."""

ANY_ERROR = (
    "Run your function on this input in a cell of your own, and print what it holds just before "
    "that line."
)
WRONG_ERROR = (
    "The task asks for another error here. Test for it first, and `raise` the one that the task "
    "names; an `assert`, or a line that fails by itself, raises its own."
)
ERRORS = {
    "RecursionError": "The function calls itself without an end. Which call should be the last "
    "one, and what makes it return without another?",
    "SystemExit": "`exit()` and `quit()` leave Python. To end a function, use `return`.",
    "EOFError": "Nobody is there to type when your function is checked. Use its arguments instead "
    "of `input()`.",
    "NameError": "A name that Python does not know here: is it misspelled, or made in a cell that "
    "you have not run?",
    "ModuleNotFoundError": "This package is not part of the course. The set-up cell of the lesson "
    "imports all that is needed.",
}
ANY_TYPE = (
    "Look at what the task says about the value that comes back: its type, and the types of what "
    "is inside it."
)
TYPES = {
    "generator": "`yield` and `(... for ...)` make a generator, which gives its values only when "
    "asked. Should `list(...)` stand around it?",
    "coroutine": "`async def` makes a function that waits to be started. A plain `def` is enough.",
    "function": "Did you return the function itself, without the brackets that call it?",
    "map": "`map` gives its values only when asked. Put `list(...)` around it.",
    "filter": "`filter` gives its values only when asked. Put `list(...)` around it.",
    "zip": "`zip` gives its values only when asked. Put `list(...)` around it.",
    "set": "A set forgets the order of its items, and how often each occurs.",
    "numpy": "numpy has types of its own, which look like Python's and are not. For an array, "
    "`.tolist()` gives plain Python values; for one number, `.item()`.",
    "torch.Tensor": "A tensor is not a plain Python value. `.tolist()` gives one.",
}
NOT_A_TENSOR = {
    "numpy": "An array of numpy is not a tensor. With torch's own functions you need no numpy; "
    "`torch.from_numpy` makes a tensor of an array.",
    "float": "`.item()` takes the number out of its tensor, and the gradient is lost with it. "
    "Leave it inside. A number of your own gets into one by `torch.tensor`.",
    "list": "`torch.stack` makes one tensor of a list of tensors, `torch.tensor` of a list of "
    "numbers.",
    "tuple": "Do you return several things? A comma behind a value makes a tuple, too. And "
    "`.max(dim)` gives the values together with their places.",
}

NOT_A_TUPLE = {
    "torch.Tensor": "One tensor came back, where several values are asked for. `return a, b` hands "
    "back both.",
    "list": "Square brackets make a list. `return a, b`, with a comma alone, makes a tuple.",
}


def of_error(kind: str, message: str, wanted: str) -> str:
    """Return why an error may have come up; `wanted` names another that should have, or is ""."""
    if kind == "TypeError" and "positional argument" in message:
        return "Does your function still take the arguments that the task names, and only those?"
    return ERRORS.get(kind, WRONG_ERROR if wanted else ANY_ERROR)


def of_type(name: str, wanted: str) -> str:
    """Return why a value of this type, "numpy.int64" say, may have come back for another."""
    known = {**TYPES, **{"torch.Tensor": NOT_A_TENSOR, "tuple": NOT_A_TUPLE}.get(wanted, {})}
    return known.get(name) or known.get(name.partition(".")[0]) or ANY_TYPE
