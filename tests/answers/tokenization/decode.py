"""Answers to `decode`."""

from tests.answers.book import right, wrong


@right("decode")
def decode_joined(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


@right("decode")
def decode_with_a_loop(ids, vocab):
    data = bytearray()
    for i in ids:
        data += vocab[i]
    return str(bytes(data), "utf-8", "replace")


@wrong("decode", "decodes_each_token")
def decode_token_by_token(ids, vocab):
    return "".join(vocab[i].decode("utf-8", errors="replace") for i in ids)


@wrong("decode", "decodes_each_token")
def decode_token_by_token_strictly(ids, vocab):
    return "".join(vocab[i].decode() for i in ids)


@wrong("decode", "stops_at_invalid_bytes")
def decode_strictly(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8")


@wrong("decode", "drops_invalid_bytes")
def decode_ignoring_errors(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="ignore")


@wrong("decode", "shows_escapes")
def decode_with_escapes(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="backslashreplace")


@wrong("decode", "not_utf8")
def decode_latin_1(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("latin-1")


@wrong("decode", "not_utf8")
def decode_with_chr(ids, vocab):
    return "".join(chr(byte) for i in ids for byte in vocab[i])


@wrong("decode", "adds_spaces")
def decode_with_spaces(ids, vocab):
    return b" ".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


@wrong("decode", "strips_spaces")
def decode_and_strip(ids, vocab):
    return decode_joined(ids, vocab).strip()


@wrong("decode", "text_of_bytes")
def decode_with_str(ids, vocab):
    return str(b"".join(vocab[i] for i in ids))


@wrong("decode", "forgets_the_end")
def decode_as_a_stream(ids, vocab):
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return "".join(decoder.decode(vocab[i]) for i in ids)


@wrong("decode", "wrong_type")
def decode_to_bytes(ids, vocab):
    return b"".join(vocab[i] for i in ids)


@wrong("decode", "printed_instead")
def decode_and_print(ids, vocab):
    print(decode_joined(ids, vocab))


@wrong("decode", "ignores_input")
def decode_the_example(ids, vocab):
    return "low lower"
