"""The mistakes that people make in `generate`."""

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.sampling.counts import Odds
from course_lib.exercises.sampling.generate_truth import best, is_counted, softmax, truth
from course_lib.exercises.sampling.generate_ways import Way, draws, writes


def _last_of_equals(logits: list[float]) -> int:
    return len(logits) - 1 - best(logits[::-1])


def _least(logits: list[float]) -> int:
    return logits.index(min(logits))


def _certain(logits: list[float], temperature: float) -> list[float]:
    return [float(id == best(logits)) for id in range(len(logits))]


def _even(logits: list[float], temperature: float) -> list[float]:
    return [1 / len(logits)] * len(logits)


def _of_probs(logits: list[float], temperature: float) -> list[float]:
    return softmax(softmax(logits, 1.0), temperature)


def _every_position(inputs: dict) -> Tensor | Odds:
    """Return rows to which each step adds the token after every position."""
    if is_counted(inputs):
        return truth(inputs)
    rows, table = inputs["ids"], inputs["table"]
    for _ in range(inputs["max_new_tokens"]):
        places = rows if inputs["reads"] == "last" else rows.cumsum(dim=1) % len(table)
        rows = torch.cat((rows, table[places].argmax(dim=-1)), dim=1)
    return rows


NEVER = Way(stop=lambda inputs: None)
NOT_AGAIN = "`stop_id` only counts once the row has written it. Look at new tokens alone."
STOP_ROWS = (
    "One bool for each row says whether it has stopped; once True, it stays True, and the row gets "
    "`stop_id` whatever the model says."
)
WHOLE_TEXT = (
    "The model saw only a part. It remembers nothing between two calls: give it all ids so far, "
    "prompt and new tokens, each time."
)
BEGINS_WITH_PROMPT = "Return the prompt and the new tokens: put the new ones behind it with `cat`."
LENGTH = "How often does the loop run? `max_new_tokens` counts new tokens only."
MISTAKES = (
    Mistake(
        "last_of_equals",
        writes(Way(takes=_last_of_equals)),
        "Several tokens are equally likely, and the last of them was taken. `argmax` takes the "
        "first.",
    ),
    Mistake("takes_the_least_likely", writes(Way(takes=_least)), "This is the least likely token."),
    Mistake(
        "first_position",
        writes(Way(reads=lambda prompt, row: row[:1])),
        "These are the logits after the first token. Those of the last position say what comes "
        "next: `[:, -1]`.",
    ),
    Mistake(
        "last_but_one_position",
        writes(Way(reads=lambda prompt, row: row[:-1] or row)),
        "These are the logits one position too early. The last position says what comes next: "
        "`[:, -1]`.",
    ),
    Mistake(
        "appends_every_position",
        _every_position,
        "The text doubles at each step: logits (B, T, V) hold a prediction for each position. "
        "Keep those of the last, `[:, -1]`.",
    ),
    Mistake("feeds_only_the_last", writes(Way(reads=lambda prompt, row: row[-1:])), WHOLE_TEXT),
    Mistake(
        "feeds_only_the_new",
        writes(Way(reads=lambda prompt, row: row if row == prompt else row[len(prompt) :])),
        WHOLE_TEXT,
    ),
    Mistake(
        "feeds_only_the_new",
        writes(Way(reads=lambda prompt, row: row if row == prompt else row[-1:])),
        WHOLE_TEXT,
    ),
    Mistake(
        "feeds_only_the_prompt",
        writes(Way(reads=lambda prompt, row: prompt)),
        "The model got the same text at each step. The new token has to be part of the next.",
    ),
    Mistake(
        "one_token_for_all_rows",
        writes(Way(one_for_all=True)),
        "All rows got the token of the first. Each row has logits of its own: work along "
        "`dim=-1`, and keep the rows.",
    ),
    Mistake(
        "stops_all_rows",
        writes(Way(ends=any)),
        "All rows ended with the first that stopped. The others go on: `any` or `all`?",
    ),
    Mistake(
        "stops_all_rows",
        writes(Way(ends=lambda stopped: stopped[0])),
        "All rows ended with the first row. Ask all of them.",
    ),
    Mistake(
        "zero_is_no_stop",
        writes(Way(stop=lambda inputs: inputs["stop_id"] or None)),
        "A `stop_id` of 0 was taken for none: `if stop_id:` is false for 0 as well. Ask "
        "`if stop_id is not None:`.",
    ),
    Mistake("never_stops", writes(NEVER), f"Nothing stops at `stop_id`. {STOP_ROWS}"),
    Mistake("goes_on_after_the_stop", writes(Way(waits=False)), STOP_ROWS),
    Mistake(
        "goes_on_after_the_stop",
        writes(Way(waits=False, ends=lambda stopped: False)),
        STOP_ROWS,
    ),
    Mistake(
        "fills_with_another_id",
        writes(Way(fills=lambda stop: 0)),
        "A row that has stopped was filled with 0. It repeats `stop_id`.",
    ),
    Mistake(
        "runs_to_the_end",
        writes(Way(ends=lambda stopped: False)),
        "All rows have stopped, and it went on. Leave the loop then: `break` once `stopped.all()`.",
    ),
    Mistake(
        "ends_one_step_late",
        writes(Way(late=True)),
        "All rows have stopped, and one more step was made. Ask after the new token has been "
        "looked at, not before.",
    ),
    Mistake(
        "leaves_the_stop_out",
        writes(Way(leaves_out=True)),
        "The last stop token is missing. It is part of the text: append first, then end.",
    ),
    Mistake(
        "stop_in_the_prompt_counts",
        writes(Way(starts_stopped=lambda row, stop: stop in row)),
        NOT_AGAIN,
    ),
    Mistake(
        "stop_in_the_prompt_counts",
        writes(Way(starts_stopped=lambda row, stop: row[-1] == stop)),
        NOT_AGAIN,
    ),
    Mistake(
        "stop_in_the_prompt_counts", writes(Way(stops=lambda row, stop: stop in row)), NOT_AGAIN
    ),
    Mistake(
        "stop_in_the_prompt_counts",
        writes(Way(stops=lambda row, stop: stop in row, waits=False)),
        NOT_AGAIN,
    ),
    Mistake(
        "one_token_too_few",
        writes(Way(n_steps=lambda inputs: inputs["max_new_tokens"] - 1)),
        LENGTH,
    ),
    Mistake(
        "one_token_too_many",
        writes(Way(n_steps=lambda inputs: inputs["max_new_tokens"] + 1)),
        LENGTH,
    ),
    Mistake(
        "one_token_at_least",
        writes(Way(n_steps=lambda inputs: max(inputs["max_new_tokens"], 1))),
        "With `max_new_tokens` 0, the prompt comes back as it is.",
    ),
    Mistake(
        "counts_the_prompt",
        writes(Way(n_steps=lambda inputs: inputs["max_new_tokens"] - inputs["ids"].size(1))),
        f"The prompt was counted too. {LENGTH}",
    ),
    Mistake("drops_the_prompt", writes(Way(), lambda rows, T: rows[:, T:]), BEGINS_WITH_PROMPT),
    Mistake(
        "drops_the_start_of_the_prompt",
        writes(Way(), lambda rows, T: rows[:, T - 1 :]),
        BEGINS_WITH_PROMPT,
    ),
    Mistake(
        "returns_only_the_last", writes(Way(), lambda rows, T: rows[:, -1:]), BEGINS_WITH_PROMPT
    ),
    Mistake(
        "returns_only_the_last", writes(Way(), lambda rows, T: rows[:, -1]), BEGINS_WITH_PROMPT
    ),
    Mistake(
        "new_tokens_first",
        writes(Way(), lambda rows, T: torch.cat((rows[:, T:], rows[:, :T]), dim=1)),
        "The new tokens stand before the prompt. Text grows at its end.",
    ),
    Mistake(
        "always_greedy",
        draws(_certain),
        "The most likely token came every time. Above temperature 0 a token is drawn, with its "
        "probability: `torch.multinomial`.",
    ),
    Mistake(
        "no_temperature",
        draws(lambda logits, temperature: softmax(logits, 1.0)),
        "This is what temperature 1 gives. Divide the logits by it, before the softmax: dividing "
        "probabilities changes nothing, for `multinomial` makes them sum to 1 again.",
    ),
    Mistake(
        "temperature_multiplied",
        draws(lambda logits, temperature: softmax(logits, 1 / temperature)),
        "A high temperature made the likely tokens likelier. Divide the logits by it.",
    ),
    Mistake(
        "all_equally_likely",
        draws(_even),
        "Every token came equally often. Does the softmax go over the tokens, `dim=-1`, or over "
        "the rows?",
    ),
    Mistake(
        "softmax_twice",
        draws(_of_probs),
        "The softmax was taken of probabilities, and they came out much alike. Take it once, of "
        "logits divided by the temperature.",
    ),
    Mistake(
        "softmax_twice",
        draws(lambda logits, temperature: softmax(softmax(logits, temperature), 1.0)),
        "The softmax was taken twice: these are the shares of shares.",
    ),
)
