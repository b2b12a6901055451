"""Answers to `critique_and_revise`."""

from tests.answers.book import right, wrong


@right("critique_and_revise")
def revised_in_a_while_loop(prompt, response, critic, reviser, max_rounds):
    revised, n_rounds = response, 0
    while (critique := critic(prompt, revised)) is not None:
        if n_rounds == max_rounds:
            return None
        revised = reviser(prompt, revised, critique)
        n_rounds += 1
    return (revised, response) if n_rounds else None


@right("critique_and_revise")
def revised_in_a_for_loop(prompt, response, critic, reviser, max_rounds):
    critique, revised = critic(prompt, response), response
    if critique is None:
        return None
    for _ in range(max_rounds):
        revised = reviser(prompt, revised, critique)
        critique = critic(prompt, revised)
        if critique is None:
            return revised, response
    return None


@right("critique_and_revise")
def revised_by_recursion(prompt, response, critic, reviser, max_rounds):
    def mended(newest, rounds_left):
        critique = critic(prompt, newest)
        if critique is None:
            return newest
        if rounds_left == 0:
            return None
        return mended(reviser(prompt, newest, critique), rounds_left - 1)

    if critic(prompt, response) is None:
        return None
    chosen = mended(response, max_rounds)
    return None if chosen is None else (chosen, response)


@right("critique_and_revise")
def revised_and_asked_at_the_end(prompt, response, critic, reviser, max_rounds):
    """It asks more often than it has to."""
    responses = [response]
    for _ in range(max_rounds):
        if critic(prompt, responses[-1]) is not None:
            responses.append(reviser(prompt, responses[-1], critic(prompt, responses[-1])))
    is_violated = critic(prompt, response) is not None
    if is_violated and critic(prompt, responses[-1]) is None:
        return responses[-1], response
    return None


def wrong_end(misconception, name, method):
    """Keep what is made of right rounds, `method(responses, is_clean)`."""

    def answer(prompt, response, critic, reviser, max_rounds):
        responses = [response]
        while (critique := critic(prompt, responses[-1])) and len(responses) <= max_rounds:
            responses.append(reviser(prompt, responses[-1], critique))
        return method(responses, critique is None)

    wrong("critique_and_revise", misconception, f"revised_{name}")(answer)


def pair_if(found, pair):
    return pair if found else None


for misconception, name, method in [
    ("swapped", "swapped", lambda r, ok: pair_if(ok and len(r) > 1, (r[0], r[-1]))),
    ("chosen_still_violates", "unasked", lambda r, ok: pair_if(len(r) > 1, (r[-1], r[0]))),
    ("pair_of_what_was_right", "alike", lambda r, ok: pair_if(ok, (r[-1], r[0]))),
    ("pair_of_what_was_right", "whatever_comes", lambda r, ok: (r[-1], r[0])),
    (
        "rejects_the_last_but_one",
        "from_the_last_but_one",
        lambda r, ok: pair_if(ok and len(r) > 1, (r[-1], r[-2:][0])),
    ),
    ("one_round_alone", "the_first", lambda r, ok: pair_if(ok and len(r) > 1, (r[:2][-1], r[0]))),
    ("wrong_type", "chosen_alone", lambda r, ok: pair_if(ok and len(r) > 1, r[-1])),
    ("wrong_type", "as_a_list", lambda r, ok: pair_if(ok and len(r) > 1, [r[-1], r[0]])),
    ("wrong_value", "all_responses", lambda r, ok: pair_if(ok and len(r) > 1, (*r[::-1], "!"))),
    ("pair_of_what_was_right", "as_none_and_original", lambda r, ok: (r[-1] if ok else None, r[0])),
    ("never_a_pair", "never", lambda r, ok: None),
    ("ignores_input", "the_example", lambda r, ok: ("ask her , friend", "ask her , fool")),
]:
    wrong_end(misconception, name, method)


@wrong("critique_and_revise", "chosen_still_violates")
def revised_without_a_last_question(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            break
        revised = reviser(prompt, revised, critique)
    return None if revised == response else (revised, response)


@wrong("critique_and_revise", "last_revision_not_asked_about")
def revised_until_rounds_are_over(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            return None if revised == response else (revised, response)
        revised = reviser(prompt, revised, critique)
    return None


@wrong("critique_and_revise", "one_round_alone")
def revised_once(prompt, response, critic, reviser, max_rounds):
    critique = critic(prompt, response)
    return None if critique is None else (reviser(prompt, response, critique), response)


@wrong("critique_and_revise", "one_round_alone")
def revised_once_and_asked(prompt, response, critic, reviser, max_rounds):
    critique = critic(prompt, response)
    if critique is None:
        return None
    revised = reviser(prompt, response, critique)
    return (revised, response) if critic(prompt, revised) is None else None


@wrong("critique_and_revise", "never_a_pair")
def revised_and_asked_about_the_original(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            break
        revised = reviser(prompt, revised, critique)
    return (revised, response) if critic(prompt, response) is None else None


@wrong("critique_and_revise", "never_a_pair")
def revised_with_none_for_good_news(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            return None
        revised = reviser(prompt, revised, critique)
    return revised, response


@wrong("critique_and_revise", "asks_about_another")
def revised_by_questions_about_the_original(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, response)
        if critique is None:
            break
        revised = reviser(prompt, revised, critique)
    return None if revised == response else (revised, response)


@wrong("critique_and_revise", "revises_another")
def revised_from_the_original(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            return None if revised == response else (revised, response)
        revised = reviser(prompt, response, critique)
    return None


@wrong("critique_and_revise", "revises_another")
def revised_with_turned_arguments(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            break
        revised = reviser(prompt, critique, revised)
    return None if revised == response else (revised, response)


@wrong("critique_and_revise", "hands_on_another_critique")
def revised_by_the_first_critique(prompt, response, critic, reviser, max_rounds):
    critique, revised = critic(prompt, response), response
    if critique is None:
        return None
    for _ in range(max_rounds):
        revised = reviser(prompt, revised, critique)
        if critic(prompt, revised) is None:
            return revised, response
    return None


@wrong("critique_and_revise", "asks_about_something_else")
def revised_with_turned_questions(prompt, response, critic, reviser, max_rounds):
    critique = critic(response, prompt)
    return None if critique is None else (reviser(prompt, response, critique), response)


@wrong("critique_and_revise", "asks_about_something_else")
def revised_as_the_next_prompt(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, revised)
        if critique is None:
            break
        prompt = revised = reviser(prompt, revised, critique)
    return revised, response


@wrong("critique_and_revise", "too_many_rounds")
def revised_without_a_count(prompt, response, critic, reviser, max_rounds):
    revised = response
    while critique := critic(prompt, revised):
        revised = reviser(prompt, revised, critique)
    return None if revised == response else (revised, response)


@wrong("critique_and_revise", "too_many_rounds")
def revised_once_more(prompt, response, critic, reviser, max_rounds):
    revised = response
    for n in range(max_rounds + 1):
        critique = critic(prompt, revised)
        if critique is None:
            return (revised, response) if n else None
        revised = reviser(prompt, revised, critique)
    return None


@wrong("critique_and_revise", "revises_what_is_right")
def revised_all_rounds_long(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        revised = reviser(prompt, revised, critic(prompt, revised))
    return revised, response


@wrong("critique_and_revise", "asks_without_end")
def revised_with_a_count_in_the_wrong_place(prompt, response, critic, reviser, max_rounds):
    revised, n_rounds = response, 0
    while n_rounds < max_rounds:
        critique = critic(prompt, revised)
        if critique is not None:
            revised = reviser(prompt, revised, critique)
            n_rounds += 1
    return (revised, response) if critic(prompt, revised) is None else None


@wrong("critique_and_revise", "revises_another")
def revised_and_forgotten(prompt, response, critic, reviser, max_rounds):
    revised = response
    for _ in range(max_rounds):
        critique = critic(prompt, response)
        if critique is None:
            break
        revised = reviser(prompt, response, critique)
    return None if revised == response else (revised, response)


@wrong("critique_and_revise", "raised")
def revised_or_refused(prompt, response, critic, reviser, max_rounds):
    result = revised_in_a_for_loop(prompt, response, critic, reviser, max_rounds)
    if result is None:
        raise ValueError("no pair")
    return result
