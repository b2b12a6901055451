"""Errors of the script that drives `KVCache`: (name, what was expected, likely cause)."""

BY_KIND = {
    "LengthIsNoInt": (
        "length_is_no_int",
        "`length`, an int",
        "`cache.length` is read without brackets. Keep a plain number: a method with `def`, or a "
        "tensor, is not one.",
    ),
    "RefusesFromTheStart": (
        "refuses_what_fits",
        "a new cache takes every chunk that is not longer than `context_length`",
        "Is the comparison the right way round? Or does what is counted belong to the class, so "
        "that a new cache is not empty?",
    ),
    "ReturnsNothing": (
        "append_returns_nothing",
        "two tensors, all keys and all values",
        "The positions were added; is the `return` missing?",
    ),
    "ReturnsNoPair": (
        "append_returns_no_pair",
        "two tensors, all keys and all values",
        "It returns both with a comma between them: `return keys, values`.",
    ),
}
