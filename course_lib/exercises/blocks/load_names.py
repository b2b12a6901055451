"""What the names alone of a loaded model tell of a mistake."""

from collections.abc import Sequence

from course_lib.exercises.mistakes import Mistake, known_by_property

SHOWN = 3  # names in a finding


def odd_names(inputs: dict, right: dict, value: dict) -> Mistake:
    """Name the mistake behind names that are missing, or that our model does not know."""
    missing, odd = ([n for n in a if n not in b] for a, b in ((right, value), (value, right)))
    if not all(isinstance(name, str) for name in odd):
        return _found("wrong_names", "The names of a dict of weights are strings.")
    if odd and all(f"{name}.weight" in right for name in odd):
        return _found("forgets_weight", "Every name ends in `.weight`, here and there.")
    if any(_foreign_words(inputs, right) & set(name.split(".")) for name in odd):
        return _found("foreign_names", f"A name of the other library is left: {some(odd, 1)}.")
    if missing == ["head.weight"] and not odd:
        return _found(
            "no_head",
            "`head.weight` is missing. A tied head is the embedding table, and `load_state_dict` "
            "wants it by its own name too.",
        )
    layers = sorted({int(name.split(".")[1]) for name in missing if name.startswith("blocks.")})
    if layers and min(layers) > 9:
        return _found(
            "layers_mixed_up",
            "Blocks from 10 on are missing. Is only the first digit of a layer's number read, or "
            '"layers.1" found in "layers.10"?',
        )
    if odd and all(name.startswith(f"blocks.{inputs['n_layer']}.") for name in odd):
        return _found("layers_from_one", "Layers count from 0, in both libraries.")
    if layers and all(_whole_block(i, right, missing) for i in layers):
        return _found(
            "layers_missing",
            f"Without block {some([str(i) for i in layers])}. All from 0 to n_layer - 1 are asked "
            "for: `range(n_layer)`.",
        )
    if odd and not missing:
        return _found("extra_names", "Our model has no place for these: leave them out.")
    return _found("wrong_names", "Compare letter by letter: which part of the name is not ours?")


def is_layer_mix_up(source: str, origin: str) -> bool:
    """Return whether two foreign names are the same part of two layers."""
    ours, theirs = source.split("."), origin.split(".")
    return ours[:2] == theirs[:2] == ["model", "layers"] and ours[3:] == theirs[3:]


def some(names: Sequence[str], n: int = SHOWN) -> str:
    """Return the first names of many in one line.

    Example:
        >>> some(["a", "b", "c"], 2)
        'a, b and 1 more'
    """
    more = f" and {len(names) - n} more" if len(names) > n else ""
    return ", ".join(map(str, names[:n])) + more


def _foreign_words(inputs: dict, right: dict) -> set[str]:
    """Return the words of names that only the other library uses."""
    theirs, ours = ({w for name in d for w in name.split(".")} for d in (inputs["foreign"], right))
    return theirs - ours


def _whole_block(i: int, right: dict, missing: list[str]) -> bool:
    return {name for name in right if name.startswith(f"blocks.{i}.")} <= set(missing)


def _found(name: str, cause: str) -> Mistake:
    return Mistake(name, known_by_property, cause)
