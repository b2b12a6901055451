import json
import os
import pickle

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from course_lib.llm import bpe_encoding
from course_lib.llm.bpe_encoding import apply_merges
from course_lib.llm.tokenizer import BYTES, SPLIT_PATTERN, Tokenizer, split_words, train_bpe
from tests.llm import hugging_face
from tests.llm.texts import TRICKY, texts

CORPUS = (
    "low lower lowest lowly, slow slower; naïve 🙂🙂 漢字\n\n    the the then  aaaa aaa aa 2024"
)
SPECIALS = ["<|end|>", "<|end|><|end|>", "<|e", "🙂", "end|><", " the"]  # they overlap
merge_lists = st.builds(train_bpe, st.just(CORPUS) | texts(), st.integers(0, 80))


@st.composite
def made_up_merges(draw):
    """Merges that no training would give, such as ab, bc, a+bc: only the order decides."""
    vocab, merges = list(BYTES), []
    for _ in range(draw(st.integers(0, 20))):
        choice = st.sampled_from([*b"ab ", *range(256, len(vocab))])
        pair = draw(choice), draw(choice)
        token = vocab[pair[0]] + vocab[pair[1]]
        if token not in vocab:  # Hugging Face keeps tokens by their text: each only once
            vocab.append(token)
            merges.append(pair)
    return merges


# Words


@given(texts())
def test_words_joined_are_the_text(text):
    assert "".join(split_words(text)) == text


@given(texts())
def test_words_are_cut_where_gpt2_cuts_them(text):
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs = [text[start:end] for _, (start, end) in byte_level.pre_tokenize_str(text)]
    assert split_words(text) == theirs


@given(texts(), st.sampled_from([r"\w+", r"\w*", r" ?\p{L}+", "a", "(?i:THE)", ""]))
def test_no_character_is_lost_whatever_the_pattern(text, pattern):
    assert "".join(split_words(text, pattern)) == text


def test_a_pattern_with_a_capturing_group_is_refused():
    with pytest.raises(ValueError, match=r"must use \(\?:\.\.\.\) for its groups, got '\(a\)b'"):
        split_words("ab", "(a)b")


# Ids


@settings(max_examples=150)
@given(merge_lists | made_up_merges(), texts())
def test_ids_are_hugging_faces(merges, text):
    tokenizer = Tokenizer(merges)
    theirs = hugging_face.encoder(tokenizer.vocab, merges)
    assert tokenizer.encode(text) == theirs.encode(text).ids


@settings(max_examples=100)
@given(merge_lists, st.lists(texts() | st.sampled_from(SPECIALS), max_size=6).map("".join))
def test_ids_are_hugging_faces_with_overlapping_special_tokens(merges, text):
    tokenizer = Tokenizer(merges, SPECIALS)
    theirs = hugging_face.encoder(tokenizer.vocab[: 256 + len(merges)], merges, SPECIALS)
    if tokenizer.vocab_size != theirs.get_vocab_size():
        return  # a merge made a special token's text: Hugging Face gives both one id
    assert tokenizer.encode(text, allowed="all") == theirs.encode(text).ids


@settings(max_examples=100)
@given(merge_lists, texts())
def test_ids_are_tiktokens(merges, text):
    tokenizer = Tokenizer(merges)
    ranks = {token: id for id, token in enumerate(tokenizer.vocab)}
    theirs = tiktoken.Encoding(
        "ours", pat_str=SPLIT_PATTERN, mergeable_ranks=ranks, special_tokens={}
    )
    assert tokenizer.encode(text) == theirs.encode_ordinary(text)


def test_the_earliest_merge_comes_first_wherever_it_stands():
    bc_then_ab = Tokenizer([tuple(b"bc"), tuple(b"ab")])
    assert bc_then_ab.encode("abc") == [97, 256]
    assert Tokenizer([tuple(b"aa")]).encode("aaaaa") == [256, 256, 97]


@pytest.mark.parametrize("character", ["a", " ", "🙂", "\n"])
def test_a_very_long_word_gets_hugging_faces_ids(character):
    merges = train_bpe([character * n for n in (2, 4, 7, 16, 33)], 30)
    text = "x" + character * 50_000 + "y"
    tokenizer = Tokenizer(merges)
    assert tokenizer.encode(text) == hugging_face.encoder(tokenizer.vocab, merges).encode(text).ids


def test_work_grows_with_a_words_length_not_with_its_square():
    class Counting(dict):
        lookups = 0

        def __contains__(self, pair):
            self.lookups += 1
            return super().__contains__(pair)

    def lookups(length):
        merged_id = Counting({pair: 256 + i for i, pair in enumerate(merges)})
        apply_merges([*letters[:length]], merged_id)
        return merged_id.lookups

    letters = "".join(sorted(CORPUS * 40)).replace(" ", "").encode()
    merges = train_bpe(CORPUS, 60)
    assert lookups(2_000) < 2.2 * lookups(1_000) < 2.2 * 4 * 1_000


@given(texts())
def test_the_cache_of_words_changes_no_id(text):
    tokenizer = Tokenizer(train_bpe(CORPUS, 40))
    fresh = tokenizer.encode(text)
    assert tokenizer.encode(text) == fresh


def test_the_cache_of_words_stays_bounded(monkeypatch):
    monkeypatch.setattr(bpe_encoding, "CACHED_WORDS", 3)
    tokenizer = Tokenizer([])
    text = "one two three four five six seven"
    assert tokenizer.encode(text) == list(text.encode())
    assert 0 < len(tokenizer._ids_of_word) <= 3


# Decoding


@given(merge_lists, texts())
def test_decode_undoes_encode(merges, text):
    tokenizer = Tokenizer(merges, ["<|end|>"])
    for ids in (tokenizer.encode(text, allowed="all"), tokenizer.encode_ordinary(text)):
        assert tokenizer.decode(ids) == text
        assert tokenizer.decode_bytes(ids) == text.encode()


@given(st.binary())
def test_invalid_utf8_is_replaced_in_text_and_kept_in_bytes(data):
    tokenizer = Tokenizer([])
    assert tokenizer.decode(list(data)) == data.decode("utf-8", errors="replace")
    assert tokenizer.decode_bytes(list(data)) == data


def test_a_character_cut_in_two_tokens_is_decoded_whole():
    tokenizer = Tokenizer([tuple("é".encode())])
    assert tokenizer.decode([195, 169]) == tokenizer.decode([256]) == "é"
    assert tokenizer.decode([195]) == "�"


@pytest.mark.parametrize("id", [-1, 257, 10**9])
def test_an_id_that_does_not_exist_is_refused(id):
    with pytest.raises(ValueError, match=rf"a token id must be in 0..256, got {id}"):
        Tokenizer([(97, 98)]).decode([97, id])


# Special tokens


def test_the_longest_special_token_wins_where_several_begin():
    tokenizer = Tokenizer([], ["<a>", "<a><b>", "<b>"])
    assert tokenizer.encode("<a><b><b><a>", allowed="all") == [257, 258, 256]


def test_a_special_token_that_is_not_allowed_is_named():
    tokenizer = Tokenizer([], ["<|end|>", "<|start|>"])
    assert tokenizer.encode("x<|start|>", allowed={"<|start|>"}) == [120, 257]
    with pytest.raises(ValueError, match=r"'<\|end\|>', which is not allowed: pass allowed=\{'<"):
        tokenizer.encode("x<|start|> <|end|>", allowed={"<|start|>"})
    assert tokenizer.encode_ordinary("<|end|>") == list(b"<|end|>")


def test_a_misspelled_permission_is_refused():
    tokenizer = Tokenizer([], ["<|end|>"])
    with pytest.raises(ValueError, match=r"allowed must hold .*'<\|end\|>'.*, got '<\|emd\|>'"):
        tokenizer.encode("x", allowed={"<|emd|>"})
    with pytest.raises(ValueError, match='a set of special tokens or "all", got'):
        tokenizer.encode("x", allowed="<|end|>")


@pytest.mark.parametrize("special_tokens", ["<e>", ["<a>", "<a>"], [""]])
def test_special_tokens_that_make_no_sense_are_refused(special_tokens):
    with pytest.raises(ValueError, match="special.tokens must"):
        Tokenizer([], special_tokens)


# The whole


def test_ids_count_up_through_base_merges_and_special_tokens():
    base = [b"<pad>", b"b", b"a", b"<unk>"]
    tokenizer = Tokenizer([(2, 1), (4, 4)], ["<end>", "<pad>"], base=base)
    assert tokenizer.vocab == [*base, b"ab", b"abab", b"<end>"]
    assert tokenizer.special_tokens == {"<end>": 6, "<pad>": 0}
    assert tokenizer.vocab_size == 7
    assert tokenizer.encode("<pad>ababa<end>", allowed="all") == [0, 5, 2, 6]
    assert tokenizer.encode("xaxbx") == [4]  # a byte without a token is left out


def test_train_makes_the_size_that_is_asked_for():
    tokenizer = Tokenizer.train(CORPUS, 300, ["<|end|>"])
    assert tokenizer.vocab_size == 300
    assert tokenizer.merges == train_bpe(CORPUS, 43)
    assert tokenizer.special_tokens == {"<|end|>": 299}
    assert Tokenizer.train("ab", 300).vocab_size == 257
    with pytest.raises(ValueError, match="256 bytes and 1 special tokens, got 256"):
        Tokenizer.train(CORPUS, 256, ["<|end|>"])


@pytest.mark.parametrize("merges", [[(97, 256)], [(97, 98), (257, 97)], [(-1, 97)]])
def test_a_merge_of_ids_that_do_not_exist_yet_is_refused(merges):
    with pytest.raises(ValueError, match="a merge joins ids made before it, here 0..25[56], got"):
        Tokenizer(merges)


def test_a_merge_listed_twice_is_refused():
    with pytest.raises(ValueError, match="every pair in merges must differ"):
        Tokenizer([(97, 98), (97, 98)])


def test_a_saved_tokenizer_comes_back_the_same(tmp_path):
    path = tmp_path / "tokenizer.json"
    saved = Tokenizer(train_bpe(CORPUS, 30), ["<|end|>", "🙂"], r"\S+|\s+", [*BYTES[::-1]])
    saved.save(path)
    loaded = Tokenizer.load(path)
    for text in [CORPUS, "".join(TRICKY)]:
        assert loaded.encode(text, allowed="all") == saved.encode(text, allowed="all")
    for name in ["merges", "special_tokens", "pattern", "base", "vocab"]:
        assert getattr(loaded, name) == getattr(saved, name)


def test_a_saved_tokenizer_can_be_read_by_people(tmp_path):
    Tokenizer([(108, 111), (256, 119)], ["<|end|>"]).save(tmp_path / "tokenizer.json")
    text = (tmp_path / "tokenizer.json").read_text()
    assert '"merges": [\n[108, 111],\n[256, 119]\n]' in text
    assert json.loads(text)["special_tokens"] == ["<|end|>"]


def test_a_save_that_fails_leaves_the_file_before_it(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    Tokenizer([(97, 98)]).save(path)

    def disk_full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", disk_full)
    with pytest.raises(OSError, match="no space left"):
        Tokenizer([]).save(path)
    assert Tokenizer.load(path).merges == [(97, 98)]
    assert os.listdir(tmp_path) == ["tokenizer.json"]


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text('{"version": "1.0", "model": {}}')
    with pytest.raises(ValueError, match="was not written by Tokenizer.save: it has no 'merges'"):
        Tokenizer.load(path)


def test_a_tokenizer_can_be_sent_to_another_process():
    tokenizer = Tokenizer(train_bpe(CORPUS, 30), ["<|end|>"])
    tokenizer.encode(CORPUS)
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert copy.encode(CORPUS) == tokenizer.encode(CORPUS)
