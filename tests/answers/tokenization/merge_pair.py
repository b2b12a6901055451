"""Answers to `merge_pair`."""

from tests.answers.book import right, wrong


@right("merge_pair")
def merge_with_a_while_loop(ids, pair, new_id):
    result = []
    i = 0
    while i < len(ids):
        if i < len(ids) - 1 and ids[i] == pair[0] and ids[i + 1] == pair[1]:
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@right("merge_pair")
def merge_with_an_iterator(ids, pair, new_id):
    rest, merged = iter(zip(ids, [*ids, None][1:], strict=True)), []
    for here in rest:
        if here == pair:
            merged.append(new_id)
            next(rest)
        else:
            merged.append(here[0])
    return merged


@right("merge_pair")
def merge_as_text(ids, pair, new_id):
    text = "".join(map(chr, ids)).replace(chr(pair[0]) + chr(pair[1]), chr(new_id))
    return [ord(character) for character in text]


@wrong("merge_pair", "drops_the_last_id")
def merge_up_to_the_last(ids, pair, new_id):
    result, i = [], 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@wrong("merge_pair", "keeps_the_second_half")
def merge_in_single_steps(ids, pair, new_id):
    return [new_id if (a, b) == pair else a for a, b in zip(ids, [*ids[1:], -1], strict=True)]


@wrong("merge_pair", "only_the_first")
def merge_the_first_place(ids, pair, new_id):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return ids[:i] + [new_id] + ids[i + 2 :]
    return list(ids)


@wrong("merge_pair", "ignores_order")
def merge_either_way_round(ids, pair, new_id):
    result, i = [], 0
    while i < len(ids):
        if len(ids[i : i + 2]) == 2 and set(ids[i : i + 2]) == set(pair):
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@wrong("merge_pair", "matches_one_half")
def merge_at_the_left_half(ids, pair, new_id):
    result, i = [], 0
    while i < len(ids):
        if ids[i] == pair[0]:
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@wrong("merge_pair", "overlapping")
def merge_overlapping_places(ids, pair, new_id):
    starts = [i for i in range(len(ids) - 1) if (ids[i], ids[i + 1]) == pair]
    merged = []
    for i, old in enumerate(ids):
        if i in starts:
            merged.append(new_id)
        elif i - 1 not in starts:
            merged.append(old)
    return merged


@wrong("merge_pair", "from_the_right")
def merge_from_the_right(ids, pair, new_id):
    result = list(ids)
    i = len(result) - 2
    while i >= 0:
        if (result[i], result[i + 1]) == pair:
            result[i : i + 2] = [new_id]
            i -= 1
        i -= 1
    return result


@wrong("merge_pair", "merges_its_own_result")
def merge_until_none_is_left(ids, pair, new_id):
    result = list(ids)
    while pair in list(zip(result, result[1:], strict=False)):
        i = list(zip(result, result[1:], strict=False)).index(pair)
        result[i : i + 2] = [new_id]
    return result


@wrong("merge_pair", "merges_its_own_result")
def merge_at_the_end_of_the_result(ids, pair, new_id):
    result = []
    for i in ids:
        if result and (result[-1], i) == pair:
            result[-1] = new_id
        else:
            result.append(i)
    return result


@wrong("merge_pair", "merges_nothing")
def merge_lists_with_tuples(ids, pair, new_id):
    result, i = [], 0
    while i < len(ids):
        if ids[i : i + 2] == pair:
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@wrong("merge_pair", "reads_past_the_end")
def merge_past_the_end(ids, pair, new_id):
    result, i = [], 0
    while i < len(ids):
        if (ids[i], ids[i + 1]) == pair:
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@wrong("merge_pair", "reads_past_the_end")
def merge_past_the_end_at_times(ids, pair, new_id):
    result, i = [], 0
    while i < len(ids):
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            result.append(new_id)
            i += 2
        else:
            result.append(ids[i])
            i += 1
    return result


@wrong("merge_pair", "changed_inputs")
def merge_in_place(ids, pair, new_id):
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            ids[i : i + 2] = [new_id]
        i += 1
    return ids


@wrong("merge_pair", "ignores_input")
def merge_the_example(ids, pair, new_id):
    return [9, 2, 3, 4]


@wrong("merge_pair", "wrong_type")
def merge_with_yield(ids, pair, new_id):
    yield from merge_with_a_while_loop(ids, pair, new_id)
