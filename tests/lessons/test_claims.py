"""Every claim has its place in a lesson and gets the verdict that was found when it was studied."""

from tests.lessons.claims_ledger import LEDGER, ROOT, claims_of, ledger

VERDICTS = {
    "00_start": {
        "The sky is continues with blue": "holds with a condition",
        "The cat sat on the continues with mat": "holds with a condition",
        "mat, floor and roof are what a model says first": "false",
        "Ask a language model twice and you get the same answer": "holds with a condition",
        "SmolLM2-135M has 135 million parameters": "holds",
        "GPT-4 has about a trillion parameters": "cannot be checked",
    },
    "01_tokenization": {
        "tokenization is token + ization": "holds",
        "Hello, world! is 4 tokens": "holds",
        "strawberry is straw + berry": "false",
        "123 + 456 is 3 tokens": "false",
        "GPT is G + PT": "holds with a condition",
        "The Agentic AI Academy teaches advanced AI skills. is 10 tokens": "holds",
        "The cat sat on is 464 2368 3520 319 in GPT-2": "false",
        "A token is 3 to 4 characters": "holds with a condition",
        "A million tokens is about 750,000 words": "holds with a condition",
    },
}


def test_each_claim_gets_its_verdict():
    found = {
        solution.stem: {
            claim.partition(", ")[0] if verdict == "holds with a condition" else claim: verdict
            for claim, verdict, _ in claims_of(solution)
        }
        for solution in sorted(ROOT.glob("solutions/*/*.ipynb"))
    }
    assert found == VERDICTS


def test_the_ledger_is_fresh():
    assert LEDGER.read_text(encoding="utf-8") == ledger(), (
        "docs/claims.md is stale: python -m tests.lessons.claims_ledger"
    )
