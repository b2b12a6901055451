"""The truth of `count_parameters`: list every matrix of a model, and add up their sizes."""

PARTS = ("attention", "feed_forward", "embeddings", "norms")


def matrices(config: dict) -> dict[str, list[tuple[int, int]]]:
    """Return (rows, columns) of each matrix, by the part of the model in which it stands.

    Rows are what comes out, columns what goes in; the weights of a norm are one row.
    """
    C, F = config["d_model"], config["d_ff"]
    D = C // config["n_head"]
    n_queries, n_keys = config["n_head"] * D, config["n_kv_head"] * D
    tokens = (config["vocab_size"], C)
    found = {part: [] for part in PARTS}
    found["embeddings"] += [tokens, (config["n_positions"], C)]
    for _ in range(config["n_layer"]):
        found["norms"] += [(1, C), (1, C)]
        found["attention"] += [(n_queries, C), (n_keys, C), (n_keys, C), (C, n_queries)]
        found["feed_forward"] += [(F, C), (C, F)]
        if config["gated"]:
            found["feed_forward"].append((F, C))
    found["norms"].append((1, C))
    if not config["tied_head"]:
        found["embeddings"].append(tokens)
    return found


def truth(inputs: dict) -> dict[str, int]:
    """Return the number of parameters in each part, and in all of them."""
    sizes = {
        part: sum(rows * columns for rows, columns in listed)
        for part, listed in matrices(inputs["config"]).items()
    }
    return {**sizes, "total": sum(sizes.values())}
