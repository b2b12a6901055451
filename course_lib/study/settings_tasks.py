"""Four kinds of small tasks for SmolLM2, and how what it writes is graded.

Nothing that a model wrote is ever run: code is only parsed. No task was chosen or left out for
what greedy choice makes of it.
"""

import ast
import re
import warnings
from dataclasses import dataclass

from course_lib import smollm2

KINDS = ("facts", "code", "prose", "ideas")
LENGTHS = {"facts": 14, "code": 40, "prose": 80, "ideas": 6}  # tokens, at most


@dataclass(frozen=True)
class Task:
    """Something to write, and what counts as right.

    Attributes:
        kind: one of `KINDS`.
        question: what the user asks, in chat form; None where `start` is a text of its own.
        start: how the answer begins; the model goes on from there.
        accepted: right words (facts), right expressions (code), known names (ideas).
    """

    kind: str
    question: str | None
    start: str = ""
    accepted: tuple[str, ...] = ()

    def prompt(self) -> list[int]:
        """Return the ids that the model goes on from."""
        tokenizer = smollm2.load_tokenizer()
        start = tokenizer.encode_ordinary(self.start)
        if self.question is None:
            return start
        message = {"role": "user", "content": self.question}
        return smollm2.encode_messages(tokenizer, [message]) + start


def has_word(text: str, words: tuple[str, ...]) -> bool:
    """Say whether one of the words or names stands in a text, whole, in any case.

    Example:
        >>> has_word("3 + 4 = 7.", ("7", "seven")), has_word("It is 17.", ("7", "seven"))
        (True, False)
    """
    return bool(_first_name(text, words))


def code_block(start: str, text: str) -> str | None:
    """Return the code of an answer up to the fence that ends it; None where no fence comes.

    Args:
        start: how the answer began, with the fence that opens the block.
        text: what the model wrote.
    """
    code, fence, _ = text.partition("```")
    return start.partition("```python\n")[2] + code if fence else None


def parses(code: str | None) -> bool:
    """Say whether a text is Python by its form; it is not run."""
    return _parsed(code) is not None


def returns_one_of(code: str | None, expressions: tuple[str, ...]) -> bool:
    """Say whether code is one function that does nothing but return one of the expressions.

    Spaces, brackets that change nothing, comments and a docstring do not matter.

    Args:
        code: None is never right.
        expressions: as `ast.unparse` writes them.

    Example:
        >>> returns_one_of("def double(x):\\n    return (2*x)", ("x * 2", "2 * x"))
        True
    """
    match _parsed(code):
        case ast.Module(body=[ast.FunctionDef(body=[*before, ast.Return(value=value)])]) if value:
            docstring = [isinstance(line, ast.Expr) for line in before]
            return docstring in ([], [True]) and ast.unparse(value) in expressions
    return False


def idea(text: str, known: tuple[str, ...]) -> tuple[str, bool]:
    """Return (an answer in short, whether it is a known name): a known name if one stands there.

    Otherwise the answer is what stands before the first mark, in small letters.

    Example:
        >>> idea(" African Elephant. They", ("elephant", "lion"))
        ('elephant', True)
        >>> idea(" Azalia, a", ("brazil",))
        ('azalia', False)
    """
    first = re.split(r"[.,;:!?(\n]", text, maxsplit=1)[0]
    if name := _first_name(first, known):
        return name, True
    return " ".join(re.findall(r"[^\W\d_]+", first.lower())), False


def _first_name(text: str, names: tuple[str, ...]) -> str:
    either = "|".join(re.escape(name) for name in names)
    found = re.search(rf"(?<!\w)(?:{either})(?!\w)", text.lower())
    return found[0] if found else ""


def _parsed(code: str | None) -> ast.Module | None:
    if code is None:
        return None
    with warnings.catch_warnings(action="ignore"):  # odd code may be legal, and warned of
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _function(head: str, does: str, *expressions: str) -> Task:
    question = f"Write a Python function {head} that returns {does}."
    return Task("code", question, f"```python\ndef {head}:", expressions)


def _names(kind: str, start: str, names: str) -> Task:
    names = tuple(name.strip() for name in names.split(","))
    return Task("ideas", f"Name {kind}.", start, names)


CAPITALS = {
    "France": "paris",
    "Italy": "rome",
    "Spain": "madrid",
    "Germany": "berlin",
    "Japan": "tokyo",
    "Egypt": "cairo",
}
SUMS = {"2 + 2": ("4", "four"), "3 + 4": ("7", "seven"), "5 + 3": ("8", "eight")}

FACTS = [
    *(Task("facts", f"What is the capital of {c}?", "", (a,)) for c, a in CAPITALS.items()),
    *(Task("facts", f"What is {numbers}?", "", answer) for numbers, answer in SUMS.items()),
    Task("facts", "What is the opposite of hot?", "", ("cold",)),
    Task("facts", "Which day comes after Monday?", "", ("tuesday",)),
    Task("facts", "Which planet is the largest?", "", ("jupiter",)),
]
CODE = [
    _function("add(a, b)", "the sum of two numbers", "a + b", "b + a", "sum([a, b])"),
    _function("square(x)", "the square of a number", "x * x", "x ** 2", "pow(x, 2)"),
    _function("double(x)", "twice a number", "x * 2", "2 * x", "x + x"),
    _function("is_even(n)", "whether a number is even", "n % 2 == 0", "not n % 2"),
    _function("last(items)", "the last item of a list", "items[-1]", "items[len(items) - 1]"),
    _function("count(items)", "how many items a list has", "len(items)"),
]
PROSE = [
    Task("prose", None, "Once upon a time, in a village by the sea, there lived an old woman who"),
    Task("prose", None, "The train stopped between two stations. Nobody in the carriage"),
    Task("prose", None, "When Tom opened the letter that his grandfather had left him, he"),
]
ANIMALS = """
    ant, antelope, ape, armadillo, badger, bat, bear, beaver, bee, bird, bison, boar, buffalo,
    butterfly, camel, cat, cheetah, chimpanzee, chicken, cobra, cougar, cow, coyote, crab,
    crocodile, crow, deer, dog, dolphin, donkey, duck, eagle, elephant, elk, falcon, ferret, fish,
    flamingo, fox, frog, gazelle, giraffe, goat, goose, gorilla, hamster, hare, hawk, hedgehog,
    hippopotamus, horse, hyena, jaguar, jellyfish, kangaroo, koala, lemur, leopard, lion, lizard,
    llama, lobster, lynx, monkey, moose, mouse, octopus, orangutan, ostrich, otter, owl, ox, panda,
    panther, parrot, peacock, penguin, pig, pigeon, platypus, puma, rabbit, raccoon, rat, raven,
    reindeer, rhinoceros, salmon, seal, shark, sheep, skunk, sloth, snail, snake, spider, squirrel,
    swan, tiger, toad, tortoise, turkey, turtle, walrus, wasp, whale, wolf, wombat, zebra,
    anaconda, alligator, sparrow, python, polar bear, blue whale"""
FRUITS = """
    apple, apricot, avocado, banana, blackberry, blueberry, cherry, clementine, coconut,
    cranberry, currant, date, dragon fruit, durian, elderberry, fig, gooseberry, grape, grapefruit,
    guava, honeydew, jackfruit, kiwi, kumquat, lemon, lime, lychee, mandarin, mango, melon,
    mulberry, nectarine, olive, orange, papaya, passion fruit, peach, pear, persimmon, pineapple,
    plum, pomegranate, quince, raspberry, starfruit, strawberry, tangerine, tomato, watermelon"""
COLOURS = """
    red, orange, yellow, green, blue, purple, violet, pink, brown, black, white, grey, gray,
    turquoise, teal, cyan, magenta, indigo, gold, silver, beige, crimson, scarlet, maroon, navy,
    olive, lavender, lilac, mauve, coral, salmon, peach, amber, ivory, cream, tan, khaki, mint,
    emerald, azure, burgundy, charcoal, fuchsia, aqua, bronze, copper, ruby, sapphire, rose"""
COUNTRIES = """
    afghanistan, albania, algeria, andorra, angola, argentina, armenia, australia, austria,
    azerbaijan, bahamas, bahrain, bangladesh, barbados, belarus, belgium, belize, benin, bhutan,
    bolivia, bosnia, botswana, brazil, brunei, bulgaria, burkina faso, burundi, cambodia,
    cameroon, canada, cape verde, chad, chile, china, colombia, comoros, congo, costa rica,
    croatia, cuba, cyprus, czech republic, czechia, denmark, djibouti, dominica,
    dominican republic, east timor, ecuador, egypt, el salvador, england, eritrea, estonia,
    eswatini, ethiopia, fiji, finland, france, gabon, gambia, georgia, germany, ghana,
    great britain, greece, grenada, guatemala, guinea, guyana, haiti, honduras, hungary, iceland,
    india, indonesia, iran, iraq, ireland, israel, italy, ivory coast, jamaica, japan, jordan,
    kazakhstan, kenya, kiribati, kosovo, kuwait, kyrgyzstan, laos, latvia, lebanon, lesotho,
    liberia, libya, liechtenstein, lithuania, luxembourg, madagascar, malawi, malaysia, maldives,
    mali, malta, mauritania, mauritius, mexico, micronesia, moldova, monaco, mongolia, montenegro,
    morocco, mozambique, myanmar, namibia, nauru, nepal, netherlands, new zealand, nicaragua,
    niger, nigeria, north korea, north macedonia, norway, oman, pakistan, palau, palestine,
    panama, papua new guinea, paraguay, peru, philippines, poland, portugal, qatar, romania,
    russia, rwanda, samoa, san marino, saudi arabia, scotland, senegal, serbia, seychelles,
    sierra leone, singapore, slovakia, slovenia, solomon islands, somalia, south africa,
    south korea, south sudan, spain, sri lanka, sudan, suriname, sweden, switzerland, syria,
    taiwan, tajikistan, tanzania, thailand, togo, tonga, trinidad, tunisia, turkey, turkmenistan,
    tuvalu, uganda, ukraine, united arab emirates, united kingdom, united states, uruguay,
    uzbekistan, vanuatu, vatican city, venezuela, vietnam, wales, yemen, zambia, zimbabwe"""
IDEAS = [
    _names("an animal", "An animal that comes to mind is the", ANIMALS),
    _names("a fruit", "A fruit that comes to mind is the", FRUITS),
    _names("a colour", "A colour that comes to mind is", COLOURS),
    _names("a country", "A country that comes to mind is", COUNTRIES),
]
TASKS = [*FACTS, *CODE, *PROSE, *IDEAS]
