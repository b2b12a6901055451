"""Ways to choose a chat's targets that are not right, and what to say to whoever chose them so."""

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sft import chat_targets_ways as ways


def by_property(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    """Name what is no pair of lists."""
    return None if all(type(part) is list for part in value) else NOT_LISTS


NOT_LISTS = Mistake(
    "wrong_inner_type",
    known_by_property,
    "Two lists of ints are asked for. `list(...)` makes one of a tuple, `.tolist()` of a tensor.",
)


def _each(name: str, cause: str, *methods: ways.Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


ONE_LATER = "all ids but the last are read, all but the first are targets"
MISTAKES = (
    NOT_LISTS,
    *_each(
        "counts_the_later_questions",
        "From the first answer on everything counts, so the model learns to ask the next question "
        "as well. Follow the program to the piece after an answer: what does it hold by then?",
        ways.who(lambda token: token.answers > 0),
    ),
    *_each(
        "counts_everything",
        "Every id is a target, whoever says it. Only what the assistant says is to be learned.",
        ways.who(lambda token: True),
    ),
    *_each(
        "counts_the_other_side",
        "It is the other way round: what is not the assistant's is learned, and the answers are "
        "not. Which of the two branches belongs to which speaker?",
        ways.who(lambda token: not token.is_said),
        ways.who(lambda token: token.speaker == "user"),
    ),
    *_each(
        "counts_the_template",
        "The template's marks are learned too. The program that runs the chat writes them; the "
        "assistant's own closing mark stands in its own piece.",
        ways.who(lambda token: token.speaker != "user"),
        ways.who(lambda token: token.is_said or token.speaker == "template"),
    ),
    *_each(
        "counts_the_user",
        "What the user says is learned too. Ask for the one speaker who is to be learned from.",
        ways.who(lambda token: token.speaker != "template"),
        ways.who(lambda token: token.is_said or token.speaker == "user"),
    ),
    *_each(
        "counts_the_system",
        "What the system says is learned too. Ask for the one speaker who is to be learned from, "
        "not for those who are not.",
        ways.who(lambda token: token.is_said or token.speaker == "system"),
    ),
    *_each(
        "flag_put_back_too_late",
        "Behind an answer something counts that somebody else says: a flag goes back only where a "
        "certain speaker comes, and others may come first. Ask each piece anew who says it; then "
        "no flag is needed.",
        *(
            ways.flag_until(*speakers)
            for speakers in (
                *(("user",), ("user", "system"), ("template",), ("template", "system")),
                ("user", "template"),
            )
        ),
    ),
    *_each(
        "counts_some_answers",
        "Only so many answers are learned, and the others are not. A chat may have any number of "
        "them, and all count.",
        *(ways.who(lambda token, n=n: token.is_said and token.answers <= n) for n in range(2, 10)),
        *(ways.who(lambda token, n=n: token.is_said and token.later < n) for n in range(2, 10)),
    ),
    *_each(
        "counts_one_answer",
        "One answer is learned, and the others are not. Every piece of the assistant counts.",
        ways.who(lambda token: token.is_said and token.answers == 1),
        ways.who(lambda token: token.is_said and token.later == 0),
    ),
    *_each(
        "counts_nothing",
        "No id is a target. Print the speakers: is one spelled as in your comparison?",
        ways.who(lambda token: False),
    ),
    *_each(
        "forgets_the_end",
        "The last id of an answer is not learned. It is the mark that closes the answer: who never "
        "learns it never stops.",
        ways.who(lambda token: token.is_said and not token.is_last),
    ),
    *_each(
        "forgets_the_first",
        "The first id of an answer is not learned. It is a target, of the id before the answer.",
        ways.who(lambda token: token.is_said and not token.is_first),
    ),
    *_each(
        "counts_the_end_alone",
        "Of each answer only the last id is learned. All of them are.",
        ways.who(lambda token: token.is_said and token.is_last),
    ),
    *_each(
        "mask_not_shifted",
        "Counted is what follows an id of the assistant. So the first id of an answer is missing, "
        "and the one after its end is there. Ask who says the target, not who says what is read.",
        ways.by_neighbor(-1),
    ),
    *_each(
        "mask_shifted_twice",
        "Counted is what stands before an id of the assistant. So the last id of an answer is "
        "missing, the mark that closes it. Who says the target itself?",
        ways.by_neighbor(1),
    ),
    *_each(
        "targets_not_shifted",
        f"The target at each place is the id that is read there. One further on: {ONE_LATER}.",
        ways.cut(lambda ids, labels: (ids[:-1], labels[:-1])),
        ways.cut(lambda ids, labels: (ids[1:], labels[1:])),
    ),
    *_each(
        "not_cut",
        f"Both lists are as long as the chat, and nothing is shifted: {ONE_LATER}.",
        ways.cut(lambda ids, labels: (ids, labels)),
    ),
    *_each(
        "shifted_the_other_way",
        f"The target is the id before the one that is read. It is the other way: {ONE_LATER}.",
        ways.cut(lambda ids, labels: (ids[1:], labels[:-1])),
    ),
    *_each(
        "shifted_twice",
        "The target is the id two places further on. Once is enough.",
        ways.cut(lambda ids, labels: (ids[:-2], labels[2:])),
        ways.cut(lambda ids, labels: (ids[:-1], labels[2:])),
        ways.cut(lambda ids, labels: (ids[:-1], [*labels[2:], ways.IGNORED])),
    ),
    *_each(
        "reads_the_last_id",
        f"The last id of the chat is read, and nothing follows it: {ONE_LATER}.",
        ways.cut(lambda ids, labels: (ids, labels[1:])),
        ways.cut(lambda ids, labels: (ids, [*labels[1:], ways.IGNORED])),
        ways.cut(lambda ids, labels: (ids, [*labels[1:], *labels[:1]])),
    ),
    *_each(
        "keeps_the_first_target",
        f"The first id of the chat is a target, and nothing is read before it: {ONE_LATER}.",
        ways.cut(lambda ids, labels: (ids[:-1], labels)),
    ),
    *_each(
        "swapped",
        "The two lists changed places: first what is read, then the targets.",
        ways.cut(lambda ids, labels: (labels[1:], ids[:-1])),
    ),
    *_each(
        "fills_with_another_number",
        "Where nothing is to be learned, another number stands than −100. The loss leaves out "
        "−100 alone; 0 would be an id to learn.",
        *(ways.who(lambda token: token.is_said, fill) for fill in (0, -1, 100)),
    ),
    *_each(
        "drops_targets",
        "Targets were left out, so that the rest no longer stand beside what is read. What is not "
        "learned keeps its place, as −100.",
        ways.cut(
            lambda ids, labels: (ids[:-1], [label for label in labels[1:] if label != ways.IGNORED])
        ),
    ),
    *_each(
        "hides_the_question",
        "−100 stands in what is read. The model reads the whole chat; only targets are left out.",
        ways.cut(lambda ids, labels: (labels[:-1], labels[1:])),
    ),
    *_each(
        "leaves_the_question_out",
        "Only answers are read. The model has to read the question as well, or it learns to answer "
        "none.",
        ways.cut(ways.answers_alone),
    ),
    *_each(
        "returns_a_mask",
        "This says which targets count. The targets themselves are asked for: the id, or −100.",
        ways.cut(lambda ids, labels: (ids[:-1], [label != ways.IGNORED for label in labels[1:]])),
        ways.cut(
            lambda ids, labels: (ids[:-1], [int(label != ways.IGNORED) for label in labels[1:]])
        ),
    ),
    *_each(
        "shifts_each_piece",
        "Every piece was cut by itself, so that what follows from one piece to the next is lost. "
        "Join all first, cut once.",
        ways.each_piece,
    ),
    *_each(
        "a_row_for_each_piece",
        "These are lists of lists, one for each piece. A chat is one row: `+=` or `extend` joins, "
        "`append` does not.",
        ways.rows,
    ),
    *_each(
        "stops_after_one_answer",
        "The chat ends after its first answer. All pieces are read.",
        ways.until_one_answer,
    ),
    *_each(
        "asks_the_id_for_its_speaker",
        "An id counts here because the assistant says the same one somewhere else. The same id may "
        "be anybody's: its piece tells who says it.",
        ways.by_membership,
    ),
    *_each(
        "asks_the_ids_for_their_speaker",
        "Two pieces are alike, and only one of them is the assistant's. `piece in ...`, `index` "
        "and a dictionary of pieces compare ids and cannot tell them apart: each piece comes with "
        "its speaker.",
        ways.by_piece(any),
        ways.by_piece(lambda said: said[0]),
        ways.by_piece(lambda said: said[-1]),
        ways.by_piece(all),
    ),
)
