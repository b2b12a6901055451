"""Wrong answers to `chat_targets` that cut, fill or join wrongly."""

import torch

from tests.answers.book import wrong
from tests.answers.sft.chat_targets import chat_flattened, flat, labels_where


def wrong_cut(misconception, name, cut):
    """Keep a way to cut all ids and all right labels, `cut(ids, labels)`."""

    def answer(pieces):
        return cut(*labels_where(pieces, lambda speaker, _: speaker == "assistant"))

    wrong("chat_targets", misconception, f"chat_{name}")(answer)


for misconception, name, cut in [
    ("targets_not_shifted", "unshifted", lambda i, z: (i[:-1], z[:-1])),
    ("targets_not_shifted", "unshifted_at_the_end", lambda i, z: (i[1:], z[1:])),
    ("not_cut", "uncut", lambda i, z: (i, z)),
    ("shifted_the_other_way", "backwards", lambda i, z: (i[1:], z[:-1])),
    ("shifted_twice", "two_later", lambda i, z: (i[:-2], z[2:])),
    ("shifted_twice", "two_later_and_uneven", lambda i, z: (i[:-1], z[2:])),
    ("shifted_twice", "two_later_and_filled", lambda i, z: (i[:-1], [*z[2:], -100])),
    ("reads_the_last_id", "with_all_read", lambda i, z: (i, z[1:])),
    ("reads_the_last_id", "with_all_read_and_filled", lambda i, z: (i, [*z[1:], -100])),
    ("keeps_the_first_target", "with_all_targets", lambda i, z: (i[:-1], z)),
    ("reads_the_last_id", "rolled", lambda i, z: (i, [*z[1:], z[0]])),
    ("swapped", "swapped", lambda i, z: (z[1:], i[:-1])),
    ("fills_with_another_number", "of_zeros", lambda i, z: (i[:-1], [max(x, 0) for x in z[1:]])),
    ("fills_with_another_number", "of_minus_1", lambda i, z: (i[:-1], [max(x, -1) for x in z[1:]])),
    (
        "fills_with_another_number",
        "of_plus_100",
        lambda i, z: (i[:-1], [abs(x) if x == -100 else x for x in z[1:]]),
    ),
    ("drops_targets", "of_counted", lambda i, z: (i[:-1], [x for x in z[1:] if x != -100])),
    ("hides_the_question", "of_answers", lambda i, z: (z[:-1], z[1:])),
    ("leaves_the_question_out", "alone", lambda i, z: _counted_only(z)),
    ("returns_a_mask", "of_bools", lambda i, z: (i[:-1], [x != -100 for x in z[1:]])),
    ("returns_a_mask", "of_ones", lambda i, z: (i[:-1], [int(x != -100) for x in z[1:]])),
    ("wrong_inner_type", "of_tensors", lambda i, z: (torch.tensor(i[:-1]), torch.tensor(z[1:]))),
    ("wrong_inner_type", "of_tuples", lambda i, z: (tuple(i[:-1]), tuple(z[1:]))),
    ("wrong_inner_type", "of_floats", lambda i, z: (i[:-1], [float(x) for x in z[1:]])),
    ("returns_no_pair", "of_lists", lambda i, z: [i[:-1], z[1:]]),
    ("returns_no_pair", "without_read", lambda i, z: z[1:]),
    ("returned_nothing", "nothing", lambda i, z: None),
    ("wrong_value", "sorted", lambda i, z: (i[:-1], sorted(z[1:]))),
]:
    wrong_cut(misconception, name, cut)


def _counted_only(labels):
    answers = [i for i in labels if i != -100]
    return answers[:-1], answers[1:]


@wrong("chat_targets", "ignores_input")
def chat_of_the_example(pieces):
    read = [1, 11, 12, 2, 21, 22, 9, 1, 13, 2, 23]
    return read, [-100, -100, -100, 21, 22, 9, -100, -100, -100, 23, 9]


@wrong("chat_targets", "mask_not_shifted")
def chat_masked_by_who_is_read(pieces):
    ids, says = flat(pieces)
    targets = [i if s == "assistant" else -100 for i, s in zip(ids[1:], says[:-1], strict=True)]
    return ids[:-1], targets


@wrong("chat_targets", "mask_shifted_twice")
def chat_masked_by_who_comes_next(pieces):
    ids, says = flat(pieces)
    says = [*says[2:], ""]
    targets = [i if s == "assistant" else -100 for i, s in zip(ids[1:], says, strict=True)]
    return ids[:-1], targets


def wrong_answer_ids(misconception, name, learned):
    """Keep a way to choose what is learned of each answer, `learned(piece)`."""

    def answer(pieces):
        ids, labels = [], []
        for speaker, piece in pieces:
            ids += piece
            labels += learned(piece) if speaker == "assistant" else [-100] * len(piece)
        return ids[:-1], labels[1:]

    wrong("chat_targets", misconception, f"chat_{name}")(answer)


for misconception, name, learned in [
    ("forgets_the_end", "without_end", lambda piece: [*piece[:-1], -100]),
    ("forgets_the_first", "without_first", lambda piece: [-100, *piece[1:]]),
    ("counts_the_end_alone", "end_only", lambda piece: [-100] * (len(piece) - 1) + piece[-1:]),
]:
    wrong_answer_ids(misconception, name, learned)


@wrong("chat_targets", "shifts_each_piece")
def chat_cut_in_each_piece(pieces):
    read, targets = [], []
    for speaker, piece in pieces:
        read += piece[:-1]
        targets += piece[1:] if speaker == "assistant" else [-100] * (len(piece) - 1)
    return read, targets


@wrong("chat_targets", "a_row_for_each_piece")
def chat_of_rows(pieces):
    answers = [
        piece if speaker == "assistant" else [-100] * len(piece) for speaker, piece in pieces
    ]
    return [piece for _, piece in pieces], answers


@wrong("chat_targets", "stops_after_one_answer")
def chat_that_breaks(pieces):
    ids, targets = [], []
    for speaker, piece in pieces:
        ids += piece
        targets += piece if speaker == "assistant" else [-100] * len(piece)
        if speaker == "assistant":
            break
    return ids[:-1], targets[1:]


@wrong("chat_targets", "asks_the_id_for_its_speaker")
def chat_by_membership(pieces):
    ids, _ = flat(pieces)
    said = {i for speaker, piece in pieces if speaker == "assistant" for i in piece}
    return ids[:-1], [i if i in said else -100 for i in ids[1:]]


@wrong("chat_targets", "fails_without_an_answer")
def chat_from_the_first_answer_on(pieces):
    [speaker for speaker, _ in pieces].index("assistant")
    return chat_flattened(pieces)


@wrong("chat_targets", "changed_inputs")
def chat_that_grows_a_piece(pieces):
    ids, targets = pieces[0][1], []
    for _, piece in pieces[1:]:
        ids += piece
    for speaker, piece in pieces:
        targets += piece if speaker == "assistant" else [-100] * len(piece)
    return ids[:-1], targets[1:]


@wrong("chat_targets", "changed_inputs")
def chat_that_masks_in_place(pieces):
    ids, _ = flat(pieces)
    for speaker, piece in pieces:
        if speaker != "assistant":
            piece[:] = [-100] * len(piece)
    return ids[:-1], flat(pieces)[0][1:]


@wrong("chat_targets", "raised")
def chat_that_adds_numbers(pieces):
    ids = []
    for _, piece in pieces:
        ids += piece[0]
    return ids[:-1], ids[1:]


@wrong("chat_targets", "not_attempted")
def chat_placeholder(pieces):
    raise NotImplementedError
