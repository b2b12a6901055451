"""Let principles, not people, say which of two answers is better: critique, revise, compare.

After constitutional AI: Bai et al., 2022, https://arxiv.org/abs/2212.08073. There one model is
asked to criticize its own answer by a written principle, and to revise it; on the revisions it
is tuned, and its preferences come from another step, in which it compares two of its answers.
Here revision and original are the pair, and whoever criticizes and revises is handed in.
"""

from collections.abc import Callable


def critique_and_revise(
    prompt: str,
    response: str,
    critic: Callable[[str, str], str | None],
    reviser: Callable[[str, str, str], str],
    max_rounds: int,
) -> tuple[str, str] | None:
    """Return a revised response and the original, as (chosen, rejected) of a preference.

    Args:
        prompt: what was asked.
        response: the original answer.
        critic: `critic(prompt, response)` returns a critique, or None where nothing is violated.
        reviser: `reviser(prompt, response, critique)` returns another response.
        max_rounds: how often the response is revised at most. It is criticized once more than that.

    Returns:
        None where there is nothing to learn: the original violates nothing, or the last revision
        still violates something. Nobody should be taught to prefer that.

    Example:
        >>> def critic(prompt, response):
        ...     return "It is rude." if "stupid" in response else None
        >>> def reviser(prompt, response, critique):
        ...     return response.replace("stupid ", "")
        >>> critique_and_revise("Why?", "Because, stupid one.", critic, reviser, max_rounds=2)
        ('Because, one.', 'Because, stupid one.')
    """
    revised = response
    for n_revisions in range(max_rounds + 1):
        critique = critic(prompt, revised)
        if critique is None:
            return (revised, response) if n_revisions > 0 else None
        if n_revisions < max_rounds:
            revised = reviser(prompt, revised, critique)
    return None
