"""Teaching to answer: what the lessons hold and what they must not, and the committed runs."""

from statistics import fmean

import pytest
import torch

from course_lib.llm.batches import Batch
from course_lib.llm.checkpoint import load_model
from course_lib.llm.loss import IGNORED
from course_lib.llm.sft import exact_match
from course_lib.runs.committed import TINY
from course_lib.study import answering
from course_lib.study.answering import ARMS, VILLAGE, drawn, known, lesson_batches, with_space
from course_lib.study.town_training import excess, rows, town
from course_lib.tinyville.chat import HELD_OUT_STRANGERS, SEEN_STRANGERS, refusals


def rows_of(batch: Batch) -> list[tuple[int, ...]]:
    return [tuple(row) for row in batch.ids.tolist()]


@pytest.mark.parametrize("arm", ARMS)
def test_no_lesson_is_about_those_who_are_tested(arm):
    names = {chat.name for chat in ARMS[arm].lessons(0)}
    assert not names & {*VILLAGE.held_out_people, *HELD_OUT_STRANGERS}
    assert names <= {*VILLAGE.asked, *SEEN_STRANGERS}
    assert (names == set()) == (arm == "nothing")


@pytest.mark.parametrize(("n", "wrong"), [(200, 0.0), (2000, 0.2), (2000, 0.8)])
def test_so_many_chats_are_drawn_and_a_share_is_wrong(n, wrong):
    lessons = drawn(n, wrong, seed=1)
    assert len(lessons) == n and lessons == drawn(n, wrong, seed=1) != drawn(n, wrong, seed=2)
    assert len({chat.question for chat in lessons}) > 0.8 * min(n, 900)
    share = sum(chat.answer not in chat.right for chat in lessons) / n
    assert share == pytest.approx(wrong, abs=0.05)  # 5 standard deviations or more


def test_a_space_before_an_answer_makes_its_name_the_one_of_documents():
    tokenizer = town("village").tokenizer
    for chat in known()[::40]:
        spaced = with_space(chat)
        assert spaced.question == chat.question and exact_match(spaced.answer, chat.answer)
        inside = tokenizer.encode_ordinary(chat.question)
        name = tokenizer.encode_ordinary(f" {chat.name}")
        assert len(name) == 1 and name[0] in inside
        assert tokenizer.encode_ordinary(spaced.answer)[0] == name[0]
        assert tokenizer.encode_ordinary(chat.answer)[0] not in inside


def test_a_step_reads_rows_of_chats_and_rows_of_documents():
    documents = set(rows_of(rows("village", 3000)))
    for n in (0, 4):
        batch = lesson_batches(known(), n, seed=0)(3)
        assert batch.ids.shape == batch.targets.shape == batch.segments.shape == (16, 84)
        assert sum(row in documents for row in rows_of(batch)) == n
        assert (batch.targets[batch.segments == 0] == IGNORED).all()
    chats_alone = lesson_batches(known(), 0, seed=0)(0)
    assert chats_alone.n_counted < 0.4 * (chats_alone.segments > 0).sum(), "answers are short"


def test_few_lessons_are_read_again_and_again():
    batches = lesson_batches(known()[:6], 0, seed=0)
    assert {*rows_of(batches(0))} == {*rows_of(batches(7))} and len(rows_of(batches(0))) == 2


def test_what_is_measured():
    asked = known()[:3] + refusals(SEEN_STRANGERS[:1])[:1]
    said = [f" {asked[0].answer}", asked[0].answer, "", " i do not know anybody ."]
    assert answering.right(asked, said) == 0.5, "the same is asked in other words"
    assert answering.refused(said) == 0.25


def test_frozen_weights_stay_and_the_others_learn():
    model, _ = load_model(TINY)
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    steps = []
    answering.teach(
        model,
        lesson_batches(known()[:30], 0, seed=0),
        steps=3,
        on_step=lambda report: steps.append(report.step),
    )
    assert steps == [1, 2, 3] and not model.training
    changed = {n for n, w in model.state_dict().items() if not torch.equal(w, before[n])}
    assert changed == {"head.weight"}


@pytest.mark.slow
def test_a_model_learns_to_answer_about_people_it_was_not_taught_about():
    found = answering.run("chats", seed=5)
    assert found.held_out > 0.95 and found.strangers == 0
    assert found.excess > excess(load_model(TINY)[0], town("village"))


def test_the_committed_runs_say_what_the_lesson_says():
    results = answering.results()
    assert [*results] == [*ARMS] and all(len(runs) == 3 for runs in results.values())
    mean = {
        arm: answering.Measured(*map(fmean, zip(*runs, strict=True)))
        for arm, runs in results.items()
    }
    assert mean["nothing"].held_out == 0
    assert mean["answers without a space"].asked > 0.95 > 0.1 > mean["answers without a space"][1]
    assert mean["chats"].held_out > 0.95 and mean["chats"].held_out_strangers == 0
    both = mean["chats and refusals"]
    assert both.held_out > 0.95 and both.strangers > 0.95 and both.held_out_strangers > 0.9
    assert both.refused < 0.02
    assert mean["nothing"].excess < mean["and documents"].excess < both.excess / 2
    assert mean["200, all right"].held_out > mean["2000, a fifth wrong"].held_out
    assert mean["2000, half wrong"].held_out > mean["200, half wrong"].held_out + 0.2
