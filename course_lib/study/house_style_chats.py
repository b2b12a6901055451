"""Conversations for the house style: questions to learn it from, and other questions to test it.

The lessons are about animals, the body, the kitchen, tools, music, sport, colours, the calendar,
mountains, rivers and inventors, with some advice. The tests ask about countries, opposites, the
sky, science, writers, painters and sums, and for other advice.
"""

# question, one whole sentence, and the words of the sentence that would do
LESSONS = [
    ("What do cows eat?", "Cows eat mostly grass.", "grass"),
    ("What is a baby dog called?", "A baby dog is called a puppy.", "a puppy"),
    ("Which animal gives us wool?", "The animal that gives us wool is the sheep.", "the sheep"),
    ("Is a whale a fish?", "No, a whale is not a fish but a mammal.", "a mammal"),
    ("How many legs does a spider have?", "A spider has eight legs.", "eight"),
    ("Where do bees live?", "Bees live together in a hive.", "in a hive"),
    ("Name an animal that hunts at night.", "An animal that hunts at night is the owl.", "the owl"),
    ("Which bird swims but cannot fly?", "The bird that swims is the penguin.", "the penguin"),
    ("Why do birds build nests?", "Birds build nests to keep their eggs safe.", "their eggs"),
    ("What sound does a cat make?", "The sound that a cat makes is called meow.", "meow"),
    ("What does a frog begin life as?", "A frog begins its life as a tadpole.", "a tadpole"),
    ("Tell me about camels.", "Camels are animals that can live in the desert.", "the desert"),
    ("What do we use to hear?", "We use our ears to hear.", "our ears"),
    ("Which part of the body pumps blood?", "The heart pumps blood around the body.", "the heart"),
    ("How many fingers are on one hand?", "There are five fingers on one hand.", "five"),
    ("Why should I wash my hands?", "Washing your hands takes away germs.", "germs"),
    (
        "How do I keep my teeth healthy?",
        "To keep your teeth healthy, you should brush them twice a day.",
        "brush them",
    ),
    ("What is bread made from?", "Bread is made from flour, water and yeast.", "flour"),
    (
        "Which fruit is wine made from?",
        "The fruit that wine is made from is the grape.",
        "the grape",
    ),
    ("What do I need for an omelette?", "For an omelette, you need some eggs.", "some eggs"),
    ("Where should I keep milk?", "You should keep milk in the fridge.", "the fridge"),
    (
        "How do I boil an egg?",
        "To boil an egg, put it in hot water for eight minutes.",
        "eight minutes",
    ),
    ("What makes lemons sour?", "Lemons are sour because they hold acid.", "acid"),
    (
        "Name a vegetable that grows underground.",
        "A vegetable that grows underground is the carrot.",
        "the carrot",
    ),
    ("What should I wear in the rain?", "In the rain, you should wear a coat.", "a coat"),
    (
        "Which tool drives a nail into wood?",
        "The tool that drives a nail into wood is the hammer.",
        "the hammer",
    ),
    ("Who repairs water pipes?", "Water pipes are repaired by a plumber.", "a plumber"),
    (
        "Who works with children in a school?",
        "The person who works with children in a school is the teacher.",
        "the teacher",
    ),
    ("What does a baker do?", "A baker makes bread and cakes.", "bread and cakes"),
    ("How many strings does a violin have?", "A violin has four strings.", "four"),
    (
        "Which instrument has black and white keys?",
        "The instrument with black and white keys is the piano.",
        "the piano",
    ),
    (
        "How do I learn a song by heart?",
        "To learn a song by heart, you should sing it every day.",
        "every day",
    ),
    (
        "What do you need to play tennis?",
        "To play tennis, you need a racket and a ball.",
        "a racket",
    ),
    ("How many players has a football team?", "A football team has eleven players.", "eleven"),
    ("What colour is a ripe banana?", "A ripe banana is typically yellow.", "yellow"),
    ("Which colour do blue and yellow make?", "Blue and yellow make green.", "green"),
    ("How many days are in a week?", "There are seven days in a week.", "seven"),
    ("Which month comes after March?", "The month that comes after March is April.", "April"),
    (
        "Which mountain is the highest of all?",
        "The highest mountain of all is Mount Everest.",
        "Mount Everest",
    ),
    (
        "Which river flows through London?",
        "The river that flows through London is the Thames.",
        "the Thames",
    ),
    ("Which desert is the largest hot one?", "The largest hot desert is the Sahara.", "the Sahara"),
    ("Where is the Great Wall?", "The Great Wall is located in China.", "China"),
    (
        "Where were the first Olympic Games held?",
        "The first Olympic Games were held in Greece.",
        "Greece",
    ),
    (
        "Who invented the telephone?",
        "The telephone was invented by Alexander Graham Bell.",
        "Alexander Graham Bell",
    ),
    (
        "Who composed the Moonlight Sonata?",
        "The Moonlight Sonata was composed by Ludwig van Beethoven.",
        "Beethoven",
    ),
    (
        "Who created Sherlock Holmes?",
        "Sherlock Holmes was created by Arthur Conan Doyle.",
        "Arthur Conan Doyle",
    ),
    (
        "Who discovered penicillin?",
        "Penicillin was discovered by Alexander Fleming.",
        "Alexander Fleming",
    ),
    ("Who was the first man in space?", "The first man in space was Yuri Gagarin.", "Yuri Gagarin"),
    ("Which company makes the iPhone?", "The company that makes the iPhone is Apple.", "Apple"),
    (
        "Which holiday is on the 25th of December?",
        "The holiday on the 25th of December is Christmas.",
        "Christmas",
    ),
    (
        "Give me a tip for growing tomatoes.",
        "One tip is to give them plenty of light.",
        "plenty of light",
    ),
    ("How can I keep my room warm?", "To keep your room warm, close the windows.", "the windows"),
    (
        "What makes somebody a good cook?",
        "A good cook is someone who tastes the food and takes time.",
        "takes time",
    ),
    (
        "Describe a forest in the morning.",
        "A forest in the morning is cool, quiet and green.",
        "quiet and green",
    ),
    (
        "How do I train a young dog?",
        "To train a young dog, praise it when it does something well.",
        "praise it",
    ),
    ("Why do cats purr?", "Cats often purr because they feel safe and happy.", "safe and happy"),
    (
        "Give me advice for a long walk.",
        "For a long walk, you should wear old and comfortable shoes.",
        "comfortable shoes",
    ),
    (
        "Why do people dance?",
        "People dance because moving to music makes them happy.",
        "makes them happy",
    ),
    (
        "What is a tip for cutting onions?",
        "One tip for cutting onions is to use a sharp knife.",
        "a sharp knife",
    ),
    (
        "What makes a room look bigger?",
        "A room looks bigger when it has light walls and a mirror.",
        "light walls",
    ),
]

# question, and the words of which a right answer holds one; none where many answers are right
TESTS = [
    ("What is the capital of Spain?", ["Madrid"]),
    ("What is the capital of Germany?", ["Berlin"]),
    ("What is the capital of Russia?", ["Moscow"]),
    ("Which city is the capital of Canada?", ["Ottawa"]),
    ("On which continent is India?", ["Asia"]),
    ("Which language do people speak in Mexico?", ["Spanish"]),
    ("What is the longest river in South America?", ["Amazon"]),
    ("In which city is the Statue of Liberty?", ["New York"]),
    ("What is the opposite of left?", ["right"]),
    ("What is the opposite of tall?", ["short", "small", "low"]),
    ("What is the opposite of rich?", ["poor"]),
    ("Which word means the opposite of fast?", ["slow"]),
    ("Which planet is the largest?", ["Jupiter"]),
    ("Which planet is called the red one?", ["Mars"]),
    ("What is the name of our galaxy?", ["Milky Way"]),
    ("Who wrote Oliver Twist?", ["Dickens"]),
    ("Who wrote War and Peace?", ["Tolstoy"]),
    ("Who painted the Starry Night?", ["Gogh"]),
    ("Who developed the theory of relativity?", ["Einstein"]),
    ("Which metal is liquid at room temperature?", ["mercury"]),
    ("What does a thermometer measure?", ["temperature"]),
    ("Which force pulls things to the ground?", ["gravity"]),
    ("What is 6 + 6?", ["12", "twelve"]),
    ("What is 10 + 10?", ["20", "twenty"]),
    ("Why do leaves fall in autumn?", []),
    ("Why is the sea salty?", []),
    ("Give me one tip for a long flight.", []),
    ("What makes a good leader?", []),
    ("How can I sleep better?", []),
    ("Describe a small village in winter.", []),
]

# Ordinary English, on which nothing is trained: what becomes of it tells what was forgotten.
PROSE = """\
The bus was late again, so Martha sat down on the wall beside the stop and took out the letter. She
had read it twice at breakfast, and once more on the stairs. Her sister wrote about the garden, the
new neighbours and the price of coal, and only in the last line, as if it were nothing, that she was
going to sell the house. It had been raining since six. A man with a dog came up the hill, nodded to
her, and asked whether she had been waiting long. She said that she had not. When the bus came at
last it was full of children on their way to the museum, and she had to stand. Somebody had drawn a
ship on the wet window, with three masts and a flag, and through its sails she watched the river go
by, brown and very high. By the time she reached the office she knew what she would answer. She
would ask how much they had been offered, and for the old clock in the hall, and she would not say
a word about the pear tree, which their father had planted in the spring before the war.
""".replace("\n", " ").strip()
