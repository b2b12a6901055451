"""Answers to `one_hot_lookup`."""

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@right("one_hot_lookup")
def lookup_with_one_hot(ids, table):
    return F.one_hot(ids, table.size(0)).float() @ table


@right("one_hot_lookup")
def lookup_with_a_comparison(ids, table):
    V = table.shape[0]
    one_hot = (ids[:, :, None] == torch.arange(V)).to(table.dtype)
    return torch.einsum("btv,vc->btc", one_hot, table)


@right("one_hot_lookup")
def lookup_with_rows_of_the_identity(ids, table):
    return torch.matmul(torch.eye(len(table))[ids], table)


@right("one_hot_lookup")
def lookup_with_loops(ids, table):
    B, T = ids.shape
    one_hot = torch.zeros(B, T, len(table))
    for b in range(B):
        for t in range(T):
            one_hot[b, t, ids[b, t]] = 1.0
    result = torch.zeros(B, T, table.shape[1])
    for v in range(len(table)):
        result += one_hot[:, :, v : v + 1] * table[v]
    return result


@right("one_hot_lookup")
def lookup_by_sums_of_products(ids, table):
    one_hot = F.one_hot(ids, len(table)).float()
    return (one_hot.unsqueeze(-1) * table).sum(dim=2)


@right("one_hot_lookup")
def lookup_with_a_linear_map(ids, table):
    return F.linear(F.one_hot(ids, len(table)).float(), table.T)


@wrong("one_hot_lookup", "looks_up_by_index")
def lookup_by_index(ids, table):
    return table[ids]


@wrong("one_hot_lookup", "looks_up_by_index")
def lookup_by_embedding(ids, table):
    return F.embedding(ids, table)


@wrong("one_hot_lookup", "looks_up_by_index")
def lookup_by_index_select(ids, table):
    return table.index_select(0, ids.flatten()).view(*ids.shape, -1)


@wrong("one_hot_lookup", "looks_up_by_index")
def lookup_by_lists(ids, table):
    return torch.stack([table[row] for row in ids.tolist()])


@wrong("one_hot_lookup", "without_a_product")
def lookup_one_by_one(ids, table):
    return torch.stack([torch.stack([table[int(i)] for i in row]) for row in ids])


@wrong("one_hot_lookup", "without_a_product")
def lookup_in_unbound_rows(ids, table):
    rows = table.unbind(0)
    return torch.stack([torch.stack([rows[i] for i in row]) for row in ids.tolist()])


@wrong("one_hot_lookup", "looks_up_by_index")
def lookup_in_a_list(ids, table):
    rows = table.tolist()
    return torch.tensor([[rows[i] for i in row] for row in ids.tolist()])


@wrong("one_hot_lookup", "looks_up_by_index")
def lookup_in_an_array(ids, table):
    return torch.from_numpy((table * torch.ones(1)).numpy()[ids.numpy()])


@wrong("one_hot_lookup", "without_a_product")
def lookup_times_one(ids, table):
    return torch.stack([torch.stack([table.select(0, i) * 1.0 for i in row]) for row in ids])


@wrong("one_hot_lookup", "without_a_product")
def lookup_by_a_mask(ids, table):
    rows = (ids.unsqueeze(-1) == torch.arange(len(table))).unsqueeze(-1)  # (B, T, V, 1)
    return torch.where(rows, table, 0.0).sum(dim=2)


@wrong("one_hot_lookup", "integer_one_hot")
def lookup_with_whole_numbers(ids, table):
    return F.one_hot(ids, table.size(0)) @ table


@wrong("one_hot_lookup", "width_of_the_largest_id")
def lookup_without_the_number_of_rows(ids, table):
    return F.one_hot(ids).float() @ table


@wrong("one_hot_lookup", "width_of_the_largest_id")
def lookup_with_the_largest_id(ids, table):
    one_hot = torch.zeros(*ids.shape, int(ids.max()) + 1)
    one_hot.scatter_(-1, ids.unsqueeze(-1), 1.0)
    return one_hot @ table


@wrong("one_hot_lookup", "columns_for_rows")
def lookup_of_columns(ids, table):
    return F.one_hot(ids, table.size(0)).float() @ table.T


@wrong("one_hot_lookup", "columns_for_rows")
def lookup_with_a_linear_layer(ids, table):
    return F.linear(F.one_hot(ids, table.size(0)).float(), table)


@wrong("one_hot_lookup", "returns_the_one_hot_rows")
def lookup_without_the_product(ids, table):
    return F.one_hot(ids, len(table)).float()


@wrong("one_hot_lookup", "counts_from_one")
def lookup_from_one(ids, table):
    one_hot = (ids[:, :, None] == torch.arange(1, len(table) + 1)).float()
    return one_hot @ table


@wrong("one_hot_lookup", "writes_the_id")
def lookup_with_ids_for_ones(ids, table):
    V = len(table)
    rows = torch.zeros(*ids.shape, V)
    rows.scatter_(-1, ids.unsqueeze(-1), ids.unsqueeze(-1).float())
    return rows @ table


@wrong("one_hot_lookup", "adds_the_positions")
def lookup_as_a_bag(ids, table):
    return F.one_hot(ids, len(table)).sum(dim=1).float() @ table


@wrong("one_hot_lookup", "flattens_the_batch")
def lookup_that_stays_flat(ids, table):
    return F.one_hot(ids.flatten(), len(table)).float() @ table


@wrong("one_hot_lookup", "swaps_batch_and_time")
def lookup_by_columns_of_ids(ids, table):
    return F.one_hot(ids.T, len(table)).float() @ table


@wrong("one_hot_lookup", "only_the_first_row")
def lookup_of_the_first_row(ids, table):
    return (F.one_hot(ids[0], len(table)).float() @ table).unsqueeze(0)


@wrong("one_hot_lookup", "wrong_dtype")
def lookup_in_float64(ids, table):
    return F.one_hot(ids, len(table)).double() @ table.double()


@wrong("one_hot_lookup", "wrong_type")
def lookup_as_a_list(ids, table):
    return lookup_with_one_hot(ids, table).tolist()


@wrong("one_hot_lookup", "ignores_input")
def lookup_of_the_example(ids, table):
    return torch.tensor(
        [[[0.33, 0.89, 0.11, 0.56], [0.12, -0.50, 0.33, 0.78], [0.78, 0.30, -0.12, 0.45]]]
    )
