"""Errors that tell a mistake in `adamw_step`: (name, what was expected, likely cause)."""

T_FROM_0 = (
    "t_from_0",
    "a value, no error",
    "Is t 0 at the first step? `1 - beta ** 0` is 0, and cannot be divided by. Count first, then "
    "use t.",
)
BY_KIND = {
    "ReturnsNoPair": (
        "returns_no_pair",
        "two values, `(param, state)`",
        "Return the new parameter and the new state, with a comma between them.",
    ),
    "ParamIsNoTensor": (
        "param_is_no_tensor",
        "first the new parameter, a tensor",
        "Did the two change places? Or is the parameter made of numbers that were taken out of "
        "their tensors?",
    ),
    "StateIsNoDict": (
        "state_is_no_dict",
        "second the new state, a dict",
        "`state` is a dictionary, both where it comes in and where it comes back.",
    ),
    "ChangesItsInputs": (
        "changed_inputs",
        "the inputs stay as they were",
        "A tensor that comes in belongs to the caller. Lines such as `param -= ...`, `+=` on a "
        "tensor, and methods that end in `_` change it: build a new one.",
    ),
    "ChangesTheState": (
        "changes_the_state",
        "`state` stays as it came in",
        "A dictionary that comes in belongs to the caller, and so do the tensors in it. Return a "
        "new one, `{...}`, with new tensors; lines such as `state[...] = ...`, `+=` on a tensor or "
        "`mul_` change the old.",
    ),
    "KeepsStateElsewhere": (
        "keeps_state_elsewhere",
        "the same `param` as the first time",
        "Something is remembered outside of `state`: in a global variable, in a default argument, "
        "or in an attribute of the function? All tensors of a model would share it.",
    ),
    "ZeroDivisionError": T_FROM_0,
}
NOTHING_AT_FIRST = (
    "needs_a_state",
    "a value, no error",
    "Before the first step `state` is `{}` and holds nothing: what do the means and t begin at? "
    "Later it holds what you returned: are the names the same where you read and where you write?",
)
