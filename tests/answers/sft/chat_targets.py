"""Answers to `chat_targets`; `faulty` is the program that the lesson hands out."""

from itertools import accumulate, chain

import torch

from tests.answers.book import right, wrong


@wrong("chat_targets", "counts_the_later_questions")
def faulty(pieces):
    ids, targets, prompt = [], [], True
    for speaker, piece in pieces:
        if speaker == "assistant":
            prompt = False
        ids += piece
        targets += [-100] * len(piece) if prompt else piece
    return ids[:-1], targets[1:]


def flat(pieces):
    """Return all ids, and who says each."""
    ids = [i for _, piece in pieces for i in piece]
    return ids, [speaker for speaker, piece in pieces for _ in piece]


@right("chat_targets")
def chat_piece_by_piece(pieces):
    ids, targets = [], []
    for speaker, piece in pieces:
        ids += piece
        targets += piece if speaker == "assistant" else [-100] * len(piece)
    return ids[:-1], targets[1:]


@right("chat_targets")
def chat_flattened(pieces):
    ids, says = flat(pieces)
    pairs = zip(ids[1:], says[1:], strict=True)
    return ids[:-1], [i if speaker == "assistant" else -100 for i, speaker in pairs]


@right("chat_targets")
def chat_by_index(pieces):
    ids, says = flat(pieces)
    targets = [-100] * (len(ids) - 1)
    for t in range(len(ids) - 1):
        if says[t + 1] == "assistant":
            targets[t] = ids[t + 1]
    return ids[:-1], targets


@right("chat_targets")
def chat_by_torch(pieces):
    ids = torch.tensor(list(chain.from_iterable(piece for _, piece in pieces)))
    lengths = torch.tensor([len(piece) for _, piece in pieces])
    counted = torch.tensor([speaker == "assistant" for speaker, _ in pieces])
    labels = ids.where(counted.repeat_interleave(lengths), -100)
    return ids[:-1].tolist(), labels[1:].tolist()


@right("chat_targets")
def chat_by_ends(pieces):
    ids, _ = flat(pieces)
    labels, ends = [-100] * len(ids), accumulate(len(piece) for _, piece in pieces)
    for end, (speaker, piece) in zip(ends, pieces, strict=True):
        if speaker == "assistant":
            labels[end - len(piece) : end] = piece
    return ids[:-1], labels[1:]


@right("chat_targets")
def chat_with_a_flag_that_is_put_back(pieces):
    ids, targets, prompt = [], [], True
    for speaker, piece in pieces:
        prompt = speaker != "assistant"
        ids.extend(piece)
        targets.extend([-100] * len(piece) if prompt else piece)
    return ids[:-1], targets[1:]


def labels_where(pieces, counts):
    """Return all ids, and those of pieces that count; `counts(speaker, number)`."""
    ids, _ = flat(pieces)
    return ids, [
        i if counts(speaker, number) else -100
        for number, (speaker, piece) in enumerate(pieces)
        for i in piece
    ]


def places_of_answers(pieces):
    return [n for n, (speaker, _) in enumerate(pieces) if speaker == "assistant"]


def answers_of(pieces):
    return [piece for speaker, piece in pieces if speaker == "assistant"]


def wrong_who(misconception, name, who):
    """Keep a choice of the pieces that count, `who(pieces)(speaker, number)`."""

    def answer(pieces):
        ids, labels = labels_where(pieces, who(pieces))
        return ids[:-1], labels[1:]

    wrong("chat_targets", misconception, f"chat_of_{name}")(answer)


for misconception, name, who in [
    ("counts_everything", "all", lambda p: lambda s, n: True),
    ("counts_the_other_side", "the_user", lambda p: lambda s, n: s == "user"),
    ("counts_the_other_side", "all_but_answers", lambda p: lambda s, n: s != "assistant"),
    ("counts_the_template", "all_but_the_user", lambda p: lambda s, n: s != "user"),
    ("counts_the_template", "marks", lambda p: lambda s, n: s in ("assistant", "template")),
    ("counts_the_system", "the_system", lambda p: lambda s, n: s in ("assistant", "system")),
    ("counts_the_system", "no_marks", lambda p: lambda s, n: s not in ("user", "template")),
    ("counts_the_user", "people", lambda p: lambda s, n: s in ("assistant", "user")),
    ("counts_the_user", "all_but_marks", lambda p: lambda s, n: s != "template"),
    (
        "counts_one_answer",
        "the_first_answer",
        lambda p: lambda s, n: n in places_of_answers(p)[:1],
    ),
    ("counts_one_answer", "the_last_answer", lambda p: lambda s, n: n in places_of_answers(p)[-1:]),
    ("counts_one_answer", "the_last_piece", lambda p: lambda s, n: n == len(p) - 1),
    ("counts_the_later_questions", "all_but_piece_0", lambda p: lambda s, n: _begun(p, n)),
    (
        "counts_some_answers",
        "four_answers",
        lambda p: lambda s, n: n in places_of_answers(p)[:4],
    ),
    (
        "counts_some_answers",
        "the_last_eight",
        lambda p: lambda s, n: n in places_of_answers(p)[-8:],
    ),
    ("asks_the_ids_for_their_speaker", "its_ids", lambda p: lambda s, n: p[n][1] in answers_of(p)),
    (
        "asks_the_ids_for_their_speaker",
        "the_first_alike",
        lambda p: lambda s, n: next(who for who, ids in p if ids == p[n][1]) == "assistant",
    ),
    ("counts_nothing", "nobody", lambda p: lambda s, n: s == "Assistant"),
]:
    wrong_who(misconception, name, who)


def _begun(pieces, number):
    return any(speaker == "assistant" for speaker, _ in pieces[: number + 1])


def wrong_flag(name, *speakers):
    """Keep a flag that is put back only where one of these speakers comes."""

    def answer(pieces):
        ids, targets, prompt = [], [], True
        for speaker, piece in pieces:
            if speaker == "assistant":
                prompt = False
            elif speaker in speakers:
                prompt = True
            ids += piece
            targets += [-100] * len(piece) if prompt else piece
        return ids[:-1], targets[1:]

    wrong("chat_targets", "flag_put_back_too_late", f"chat_with_a_flag_until_{name}")(answer)


wrong_flag("the_user", "user")
wrong_flag("a_prompt", "user", "system")
wrong_flag("the_template", "template")
wrong_flag("user_or_template", "user", "template")
