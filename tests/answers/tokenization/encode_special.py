"""Answers to `encode_special`."""

import regex

from tests.answers.book import right, wrong


@right("encode_special")
def special_with_a_pattern(text, encode, specials, allowed):
    if not specials:
        return encode(text)
    longest_first = sorted(specials, key=len, reverse=True)
    pattern = "(" + "|".join(regex.escape(special) for special in longest_first) + ")"
    ids = []
    for i, piece in enumerate(regex.split(pattern, text)):
        if i % 2 == 0:
            ids.extend(encode(piece) if piece else [])
        elif piece in allowed:
            ids.append(specials[piece])
        else:
            raise ValueError(f"special token {piece} is not allowed here")
    return ids


@right("encode_special")
def special_place_by_place(text, encode, specials, allowed):
    ids, start, i = [], 0, 0
    while i < len(text):
        here = [special for special in specials if text.startswith(special, i)]
        if not here:
            i += 1
            continue
        special = max(here, key=len)
        if special not in allowed:
            raise ValueError(special)
        ids += encode(text[start:i]) + [specials[special]]
        i += len(special)
        start = i
    return ids + encode(text[start:])


@right("encode_special")
def special_by_recursion(text, encode, specials, allowed):
    for special in sorted(specials, key=len, reverse=True):
        before, found, after = text.partition(special)
        if found:
            if special not in allowed:
                raise ValueError(f"{special!r} stands in the text and is not allowed")
            left = special_by_recursion(before, encode, specials, allowed)
            right = special_by_recursion(after, encode, specials, allowed)
            return [*left, specials[special], *right]
    return encode(text)


class NotAllowed(ValueError):
    """An error of the learner's own, which is a ValueError too."""


@right("encode_special")
def special_with_an_error_of_its_own(text, encode, specials, allowed):
    try:
        return special_with_a_pattern(text, encode, specials, allowed)
    except ValueError as error:
        raise NotAllowed(str(error)) from None


def special_like(text, encode, specials, allowed, *, order=None, is_special=None):
    """Encode with another order of the special tokens, or another idea of which count."""
    names = order(specials) if order else sorted(specials, key=len, reverse=True)
    if not names:
        return encode(text)
    ids = []
    for piece in regex.split("(" + "|".join(map(regex.escape, names)) + ")", text):
        special = piece in names if is_special is None else is_special(piece)
        ids += [specials[piece]] if special else encode(piece)
    return ids


@wrong("encode_special", "special_though_not_allowed")
def special_always(text, encode, specials, allowed):
    return special_like(text, encode, specials, allowed)


@wrong("encode_special", "hides_what_is_not_allowed")
def special_only_the_allowed(text, encode, specials, allowed):
    names = lambda specials: sorted(allowed, key=len, reverse=True)  # noqa: E731
    return special_like(text, encode, specials, allowed, order=names)


@wrong("encode_special", "error_without_the_name")
def special_with_a_mute_error(text, encode, specials, allowed):
    try:
        return special_with_a_pattern(text, encode, specials, allowed)
    except ValueError:
        raise ValueError("special token not allowed") from None


@wrong("encode_special", "raised_the_wrong_error")
def special_with_assert(text, encode, specials, allowed):
    try:
        return special_with_a_pattern(text, encode, specials, allowed)
    except ValueError as error:
        raise AssertionError(str(error)) from None


@wrong("encode_special", "text_though_special")
def special_never(text, encode, specials, allowed):
    return encode(text)


@wrong("encode_special", "drops_text")
def special_only(text, encode, specials, allowed):
    pattern = "|".join(regex.escape(s) for s in sorted(specials, key=len, reverse=True))
    return [specials[s] for s in regex.findall(pattern, text) if s]


@wrong("encode_special", "drops_specials")
def special_split_without_a_group(text, encode, specials, allowed):
    pattern = "|".join(regex.escape(s) for s in sorted(specials, key=len, reverse=True))
    return [i for piece in regex.split(pattern, text) for i in encode(piece)]


@wrong("encode_special", "drops_the_tail")
def special_without_the_tail(text, encode, specials, allowed):
    ids, start = [], 0
    pattern = "|".join(regex.escape(s) for s in sorted(specials, key=len, reverse=True))
    for match in regex.finditer(pattern, text):
        ids += encode(text[start : match.start()]) + [specials[match.group()]]
        start = match.end()
    return ids


@wrong("encode_special", "specials_at_the_end")
def special_after_the_text(text, encode, specials, allowed):
    found = []
    for special in sorted(specials, key=len, reverse=True):
        found += [specials[special]] * text.count(special)
        text = text.replace(special, "")
    return encode(text) + found


@wrong("encode_special", "only_the_first_special")
def special_once(text, encode, specials, allowed):
    places = [(text.find(special), special) for special in specials if special in text]
    if not places:
        return encode(text)
    place, special = min(places)
    return encode(text[:place]) + [specials[special]] + encode(text[place + len(special) :])


@wrong("encode_special", "encodes_letter_by_letter")
def special_letter_by_letter(text, encode, specials, allowed):
    one = lambda piece: [i for letter in piece for i in encode(letter)]  # noqa: E731
    return special_with_a_pattern(text, one, specials, allowed)


@wrong("encode_special", "shorter_special_first")
def special_in_dict_order(text, encode, specials, allowed):
    return special_like(text, encode, specials, allowed, order=list)


@wrong("encode_special", "names_read_as_patterns")
def special_without_escape(text, encode, specials, allowed):
    pattern = "(" + "|".join(sorted(specials, key=len, reverse=True)) + ")"
    ids = []
    for i, piece in enumerate(regex.split(pattern, text)):
        if i % 2 == 0:
            ids.extend(encode(piece))
        elif piece in allowed:
            ids.append(specials[piece])
        else:
            raise ValueError(f"special token {piece} is not allowed here")
    return ids


@wrong("encode_special", "refuses_what_is_not_there")
def special_refuses_too_much(text, encode, specials, allowed):
    for special in specials:
        if special not in allowed:
            raise ValueError(f"special token {special} is not allowed")
    return special_with_a_pattern(text, encode, specials, allowed)


@wrong("encode_special", "refuses_what_is_allowed")
def special_the_other_way_round(text, encode, specials, allowed):
    not_allowed = set(specials) - set(allowed)
    return special_with_a_pattern(text, encode, specials, not_allowed)


@wrong("encode_special", "looks_up_the_wrong_piece")
def special_looks_up_everything(text, encode, specials, allowed):
    return special_like(text, encode, specials, allowed, is_special=lambda piece: True)


@wrong("encode_special", "ignores_input")
def special_of_the_example(text, encode, specials, allowed):
    return [256, 300, 257]
