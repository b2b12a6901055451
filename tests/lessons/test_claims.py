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
    "02_embeddings": {
        "The cosine of king and queen in SmolLM2's table is 0.66": "holds with a condition",
        "The cosine of cat and dog in SmolLM2's table is 0.72": "holds with a condition",
        "The cosine of cat and car in SmolLM2's table is 0.57": "holds with a condition",
        "The cosine of king and pizza in SmolLM2's table is 0.03": "holds with a condition",
        "king − man + woman is queen in SmolLM2's table": "holds with a condition",
        "Paris − France + Italy is Rome in SmolLM2's table": "false",
        "Such analogies work in general": "holds with a condition",
        "The two senses of bank drift apart layer by layer": "holds with a condition",
        "A language model has one vector for each word": "holds with a condition",
        "Attention without positions cannot tell two orders apart": "holds with a condition",
        "Position 2 at width 4 is .91 −.42 .14 −.99": "false",
        "Sinusoidal positions let a model read texts longer than any it was trained on "
        "(Vaswani and others, 2017, hoped so)": "false",
        "RoPE lets a model read texts longer than any it was trained on": "holds with a condition",
    },
    "03_attention": {
        "A recurrent network forgets what is far back": "holds with a condition",
        "Attention recalls equally well at any distance": "holds",
        "The weights are .27 .27 .45 / .38 .38 .23 / .51 .19 .31": "holds",
        "The first output is .72 .72 .27 .27": "false",
        "Head 8 of layer 13 finds the cat that it means": "holds with a condition",
        "Head 3 of layer 9 follows the animal in both orders": "holds",
        "Attention at it shows whether the animal is tired or the street wide": "false",
        "Most of the attention goes to tokens other than the first": "false",
        "The cost of attention grows with the square of the text": "holds with a condition",
        "Attention is most of what a language model computes": "holds with a condition",
    },
    "04_blocks": {
        "Without a residual path the gradient vanishes": "holds with a condition",
        "Without a residual path random layers make all tokens alike": "holds",
        "Without a residual path a deep model does not learn to use its context": "holds",
        "Without norms a deep model does not learn": "holds with a condition",
        "Pre-norm learns more easily than post-norm": "holds",
        "Post-norm needs a warm-up": "false",
        "Two thirds of the parameters are in the feed-forward layers": "holds with a condition",
        "Embeddings hardly count": "holds with a condition",
        "Copying from the text is the work of attention": "holds with a condition",
        "Facts do not need attention": "false",
        "Facts are stored in the feed-forward layers": "cannot be checked",
        "What a model cannot do without a part was stored in that part": "false",
        "A capital hangs on the neuron that speaks most for it": "false",
        "The right word is likeliest only at the very end": "holds with a condition",
    },
    "05_sampling": {
        "At T = 1 the probabilities are .58 .21 .13 .08": "holds",
        "At T = 0.5 the probabilities are .83 .11 .04 .02": "holds",
        "At T = 2 the probabilities are .41 .25 .19 .15": "holds",
        "Greedy decoding repeats itself": "holds with a condition",
        "A token that is written costs more than one that is read": "holds",
        "The tokens of a long answer need more arithmetic than those of a short one": (
            "holds with a condition"
        ),
        "Low temperature for facts": "holds",
        "Low temperature for code": "holds",
        "High temperature for ideas": "holds with a condition",
        "A higher temperature makes prose less repetitive": "holds",
        "A higher temperature makes better prose": "cannot be checked",
    },
    "06_pretraining": {
        "The model with the lower loss a token predicts better": "holds with a condition",
        "Abilities of language models appear suddenly": "holds with a condition",
        "Duplicates in the training text do harm": "holds with a condition",
        "Mixed precision makes training faster": "holds with a condition",
        "Mixed precision costs quality": "cannot be checked",
        "Performance follows a power law in size": "holds with a condition",
        "A smaller model on more data beats a larger one on less": "holds with a condition",
        "Language models know famous texts by heart": "holds with a condition",
    },
    "07_sft": {
        "Fine-tuning teaches a model to answer about people it has no examples of": (
            "holds with a condition"
        ),
        "A model that can recite a fact can answer a question about it": "holds with a condition",
        "A fact can be asked for only if it was told in several wordings": "false",
        "A model can learn to say that it does not know": "holds with a condition",
        "A few clean examples beat many noisy ones": "holds with a condition",
        "Only fine-tuning gives a model a form, a prompt cannot": "false",
        "Fine-tuning to a form leaves everything else as it was": "false",
    },
    "08_rlhf": {
        "A ranking of four is worth as much as six pairs": "false",
        "k3 is the best of the three estimates of KL": "holds with a condition",
        "A price on moving away prevents reward hacking": "holds with a condition",
        "A bias that is known can be subtracted from the reward": "false",
        "What raters cannot see, they cannot prefer": "holds",
        "DPO makes the chosen answers likelier": "false",
        "A reward that a program can check teaches a model the task": "holds with a condition",
        "DPO is cheaper than PPO": "holds",
        "DPO is steadier than PPO": "cannot be checked",
        "One of PPO, DPO and GRPO is the best": "cannot be checked",
        "A model that is harmless and honest is a good one": "false",
        "Pairs teach more than the better answers alone": "false",
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
