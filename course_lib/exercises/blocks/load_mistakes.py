"""What went wrong in `load_weights`, told by the names that came and by single tensors.

The first tensor that differs is asked: are these the numbers of another foreign tensor? Of the
right one, turned or in another order? So it is named also where several mistakes meet.
"""

from collections.abc import Callable

from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.blocks.llama_names import EMBED, HEAD, sources
from course_lib.exercises.blocks.load_names import is_layer_mix_up, odd_names, some
from course_lib.exercises.mistakes import Mistake, known_by_property, result_of

TABLES = ("embed.weight", "head.weight")
WITH_PAIRS = ("query.weight", "key.weight")


def named_by_its_tensors(inputs: dict, right: dict, value: dict) -> Mistake | None:
    """Name a mistake by the names of the result, or by the first tensor that is wrong."""
    if set(right) != set(value):
        return odd_names(inputs, right, value)
    wrong = [name for name in right if not tensors.alike(right[name], value[name])]
    name, got = wrong[0], value[wrong[0]]
    if not isinstance(got, Tensor) or got.dtype != right[name].dtype:
        return None
    source = sources(inputs["n_layer"])[name]
    source = source if source in inputs["foreign"] else EMBED
    origin = _origin(inputs["foreign"], got, source)
    if origin and origin != source:
        return _of_another(name, source, origin)
    for mistake in _arrangements(name, right, wrong):
        given = {"weight": inputs["foreign"][source], "head_dim": inputs["head_dim"]}
        if tensors.alike(result_of(mistake.method, given).value, got):
            return mistake
    return None


def contrast(right: dict, value: dict | None) -> tuple[str, str]:
    """Write the first tensor that differs; or which names do, where they are not the same."""
    if value is None:  # an error came instead
        return f"a dict of {len(right)} tensors", ""
    missing, odd = ([n for n in a if n not in b] for a, b in ((right, value), (value, right)))
    if not missing and not odd:
        return tensors.contrast(right, value)
    got = [f"without {some(missing)}"] if missing else []
    got += [f"with {some(odd)}"] if odd else []
    return f"the {len(right)} names of our model and no others", ", ".join(got)


def _origin(foreign: dict, got: Tensor, source: str) -> str:
    """Return which foreign tensor holds the numbers of `got`, in any order; "" for none."""
    numbers = sorted(got.flatten().tolist())
    names = [source, *foreign]
    return next((n for n in names if sorted(foreign[n].flatten().tolist()) == numbers), "")


def _of_another(name: str, source: str, origin: str) -> Mistake:
    """Name a mistake that put one foreign tensor in another's place."""
    what = f"`{name}` holds the numbers of `{origin}`. "
    if name == "head.weight":
        return _found("ties_every_head", what + f"This model has a head of its own: `{HEAD}`.")
    if is_layer_mix_up(source, origin):
        cause = "Block i takes layer i. Is layer 1 told from layers 10 and 11, of two digits?"
        return _found("layers_mixed_up", what + cause)
    if "layernorm" in source and "layernorm" in origin:
        cause = "The norm before attention is `norm_1`, the one after it `norm_2`."
        return _found("norms_swapped", what + cause)
    if {_part(source), _part(origin)} == {"gate_proj", "up_proj"}:
        return _found("gate_and_up_swapped", what + "The gate is what goes through silu.")
    cause = "Take each tensor by its name: the order in which they come may be any."
    return _found("another_tensor", what + cause)


def _part(name: str) -> str:
    return name.removesuffix(".weight").split(".")[-1]


def _found(name: str, cause: str) -> Mistake:
    return Mistake(name, known_by_property, cause)


def to_pairs(weight: Tensor, D: int) -> Tensor:
    """Return rows that stood as x0, x2, ..., x1, x3, ... in each D of them, as x0, x1, x2, ..."""
    return weight.unflatten(0, (-1, 2, D // 2)).transpose(1, 2).flatten(0, 2)


def _to_halves(weight: Tensor, D: int) -> Tensor:
    return weight.unflatten(0, (-1, D // 2, 2)).transpose(1, 2).flatten(0, 2)


def _second_first(weight: Tensor, D: int) -> Tensor:
    return to_pairs(weight, D).unflatten(0, (-1, 2)).flip(1).flatten(0, 1)


def _turn(method: Callable[[Tensor, int], Tensor]) -> Callable[[dict], Tensor]:
    """Return the method of a mistake with one foreign matrix and the width of a head."""
    return lambda inputs: method(inputs["weight"], inputs["head_dim"])


def _arrangements(name: str, right: dict, wrong: list[str]) -> tuple[Mistake, ...]:
    """Return the mistakes that turn or reorder the tensor of this name."""
    if name in TABLES:
        return (TABLE_TURNED,)
    if not name.startswith("blocks."):
        return ()
    if not name.endswith(WITH_PAIRS):
        return (*_not_turned(right, wrong), *REORDERED)
    orders = ORDERS
    if name.endswith("key.weight"):
        orders = (ONLY_QUERIES, *ORDERS)  # queries come first, so theirs are right
    return (*_not_turned(right, wrong), *orders)


def _not_turned(right: dict, wrong: list[str]) -> tuple[Mistake, ...]:
    """Return the mistake of a transpose that is missing, everywhere or here."""
    matrices = [n for n in right if n.startswith("blocks.") and right[n].ndim == 2]
    if set(matrices) <= set(wrong):
        name, cause = "not_transposed", NOT_TURNED
    else:
        parts = sorted({n.split(".", 2)[2].removesuffix(".weight") for n in wrong})
        name, cause = "some_not_transposed", f"Wrong in {some(parts)}. {NOT_TURNED}"
    ways = (
        lambda w, D: w,
        to_pairs,
        lambda w, D: to_pairs(w.T, D).T,
        lambda w, D: _to_halves(w.T, D).T,
    )
    return tuple(Mistake(name, _turn(way), cause) for way in ways)


NOT_TURNED = (
    "There a matrix of a layer is (in, out), ours is (out, in): transpose each, also the square "
    "ones, which no shape tells apart."
)
AT_ONCE = (
    "All rows were put in order at once, as if they were one head. Each head has its own "
    "`head_dim` rows: cut by heads first."
)
TABLE_TURNED = Mistake(
    "transposes_the_tables",
    _turn(lambda w, D: w.T),
    "The tables are (V, C) there and here: they stay as they are.",
)
ONLY_QUERIES = Mistake(
    "only_queries_in_order",
    _turn(lambda w, D: w.T),
    "The keys are still split in halves, and the queries are not. Both are turned by their "
    "position, so both need the new order.",
)
ORDERS = (
    Mistake(
        "order_as_before",
        _turn(lambda w, D: w.T),
        "The rows are still in the order of the other library: in each head x0, x2, x4, ..., then "
        "x1, x3, x5, ... Ours has neighbors side by side.",
    ),
    Mistake(
        "order_backwards",
        _turn(lambda w, D: _to_halves(w.T, D)),
        "This splits each head in halves, as `to_half_split` did in lesson 2. They are split "
        "already: undo it. (With 4 rows to a head, both are the same.)",
    ),
    Mistake("all_heads_at_once", _turn(lambda w, D: to_pairs(w.T, len(w.T))), AT_ONCE),
    Mistake("all_heads_at_once", _turn(lambda w, D: _to_halves(w.T, len(w.T))), AT_ONCE),
    Mistake(
        "order_of_the_columns",
        _turn(lambda w, D: to_pairs(w, D).T),
        "The columns were put in order, in place of the rows. Transpose first; then a head is "
        "`head_dim` rows.",
    ),
    Mistake(
        "second_before_first",
        _turn(lambda w, D: _second_first(w.T, D)),
        "The two rows of each pair have changed places. The first half holds x0, x2, x4.",
    ),
)
REORDERED = tuple(
    Mistake(
        "reorders_too_much",
        _turn(method),
        "This matrix was put in a new order. Position turns queries and keys alone: values, "
        "output and feed-forward keep theirs.",
    )
    for method in (
        lambda w, D: to_pairs(w.T, D),
        lambda w, D: to_pairs(w, D).T,
        lambda w, D: _to_halves(w.T, D),
        lambda w, D: to_pairs(w.T, len(w.T)),
    )
)


def _wants_a_head(inputs: dict) -> None:
    if HEAD not in inputs["foreign"]:
        raise KeyError(HEAD)


MISTAKES = (
    Mistake(
        "wants_a_head",
        _wants_a_head,
        "This model has no `lm_head.weight`: its head is tied. Ask whether `foreign` has the name, "
        "and take the embedding table where it has not.",
    ),
)
