"""Errors that tell a mistake in `accumulate_gradients`: (name, what was expected, likely cause)."""

ONCE = "`loss_sum` is called once for each batch, in order"
BY_KIND = {
    "ReturnsOneTensor": (
        "returns_one_tensor",
        "a list with one gradient for each parameter",
        "`params` is a list, of one tensor or of many. What is returned is a list in the same "
        "order.",
    ),
    "NoSuchBatch": (
        "joins_batches",
        "`loss_sum` gets each batch as it stands in `batches`",
        "Were batches joined, cut, or changed? Hand on each as it is, `loss_sum(batch)`: all at "
        "once would not fit into memory.",
    ),
    "NeverCalled": (
        "never_calls_loss_sum",
        ONCE,
        "The gradients are those of the losses that `loss_sum(batch)` computes. Go over the "
        "batches, and hand each of them to it.",
    ),
    "LossComputedTwice": (
        "computes_a_loss_twice",
        ONCE,
        "Half of the work is done for nothing. One call returns both the loss and the count: "
        "`loss, n = loss_sum(batch)`. The tokens need not be known before: divide at the end.",
    ),
    "StoppedEarly": (
        "stops_early",
        ONCE,
        "The loop ended before the last batch. Does a `return` or a `break` stand inside it?",
    ),
    "BatchLeftOut": (
        "leaves_a_batch_out",
        ONCE,
        "Every batch counts. Which ones does your loop go over?",
    ),
    "OutOfOrder": (
        "out_of_order",
        ONCE,
        "Go through the list from its first batch to its last.",
    ),
    "GradientTakenLate": (
        "gradient_taken_late",
        "the gradient of a batch is taken before the loss of the next one is computed",
        "A loss holds on to all that its gradient needs. Where losses are added up, or kept in a "
        "list, all batches are in memory at once: take the gradient inside the loop, and add up "
        "gradients.",
    ),
    "ParamsChanged": (
        "changes_the_params",
        "the parameters keep their values",
        "Does a step stand in the loop, or something else that writes into `param`? Here gradients "
        "are only computed. The step comes later, once for all batches.",
    ),
    "HandsOutGrad": (
        "hands_out_grad",
        "the returned gradients keep their numbers",
        "The list holds the very tensors that stand in `.grad`, so that it changes with them, at "
        "the next step perhaps. Return new ones: a division makes one, `/=` and `div_` do not.",
    ),
}
AGAIN = (
    "backward_a_second_time",
    "a value, no error",
    "The gradient of a loss was taken twice, and what it needs is gone after the first time. Is "
    "the loss of an earlier batch inside a sum whose gradient you take? Take that of each batch's "
    "own loss. For several parameters, one call of `torch.autograd.grad(loss, params)` does all.",
)
NO_GRAPH = (
    "gradient_is_lost",
    "a value, no error",
    "There is nothing that the gradient could be taken of: `torch.no_grad`, `.detach()`, `.item()` "
    "and `torch.tensor(...)` cut it off, and a number such as 0 has none. Take it of the `loss` "
    "that `loss_sum` returns.",
)
A_TUPLE = (
    "takes_a_tuple_for_a_tensor",
    "a value, no error",
    "Two things are tuples here: what `loss_sum` returns, `loss, n_counted = loss_sum(batch)`, and "
    "what `torch.autograd.grad` returns, one gradient for each parameter. Take them apart first.",
)
NO_BATCH = (
    "fails_without_batches",
    "a value, no error",
    "Here is no batch at all, so that the loop does nothing: what is made inside of it does not "
    "exist, and `.grad` may still be None. Begin with zeros before the loop.",
)
EMPTY_GRAD = (
    "grad_is_none",
    "a value, no error",
    "`.grad` is None until the first `backward()` of this parameter. Begin with tensors of zeros "
    "of your own.",
)
BY_ZERO = (
    "divides_by_zero",
    "a value, no error",
    "Something was divided by the number of tokens, and no token was counted: a batch may hold "
    "nothing but padding. Divide once, after the loop, and never by 0.",
)
