"""The words that Tinyville is made of, the most common first.

A village takes a few from the front of each list, a city takes all; nobody takes the strangers.
No word is in two lists. Jobs, pets and objects begin with a sound that "a" goes with, so no
document needs "an". Which person has which job, pet or street is drawn elsewhere, without a look
at the name.
"""


def listed(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


SHE = listed("""
anna mia lena zoe maya nora ella clara emma lucy sara julia laura alice eva lisa marie leila
amina yuki priya elena fatima ines hana carla diana nina tara olivia sophie hannah rachel rebecca
jessica emily megan katie amy susan linda karen nancy betty helen sandra donna carol sharon
michelle kimberly deborah laila aisha zainab mei ling yoko akiko naomi keiko sakura haruka anjali
deepa kavya meera lakshmi sunita indira nadia irina olga svetlana natasha katya tatiana ludmila
galina ingrid astrid freya sigrid greta heidi ursula monika petra renata claudia gabriela camila
valentina isabella lucia carmen rosa teresa dolores juanita paloma pilar bianca chiara francesca
giulia paola simona yvonne colette margot odette simone celine amelie chloe manon wanda agnes
edith mabel maud hilda thelma selma zelda abena ama efua akosua zuri nala imani wanjiru thandi
naledi lerato zanele nomsa ngozi chioma ada malia leilani moana marama paula marta irma rita
""")

HE = listed("""
ben tom max leo omar paul finn noah adam lucas david daniel samuel peter simon oscar hugo felix
karim kenji ravi ivan hassan pedro jun carlos diego nico theo liam james john robert michael
william thomas charles joseph steven kevin brian george edward ronald timothy jason jeffrey ryan
gary eric stephen jonathan larry justin scott brandon ahmed ali yusuf ibrahim wei ming hiro
takeshi akira kazuo satoshi daichi naoki arjun vikram rahul sanjay anand suresh dimitri boris
sergei igor oleg yuri vladimir mikhail anatoly sven lars bjorn erik olaf gunnar hans fritz otto
klaus jurgen stefan matteo luca marco giovanni antonio lorenzo paolo sergio javier miguel rafael
alejandro pablo mateo santos emilio rodrigo henri pierre jacques antoine marcel louis etienne
gaston wilfred ernest cedric albert herbert horace kwame kofi kojo yaw jabari amari themba sipho
thabo mandla bongani emeka chidi obinna tunde keanu kai tane wiremu rangi anton felipe hector
""")

# They live in no town, and no document names them.
STRANGERS = listed("""
vera otis tess gus nell abe lola hank dora rolf cora kurt mona enzo rhea milo wilma nils stella
jorge
""")

COLOURS = listed("""
red blue green yellow purple white black pink brown grey silver turquoise beige navy teal scarlet
crimson maroon khaki indigo magenta violet bronze copper
""")

PETS = listed("""
cat dog rabbit pony turtle hamster goat duck mouse hen goldfish canary lizard frog hedgehog ferret
sheep donkey pigeon goose kitten puppy snail squirrel beaver llama camel panda zebra penguin monkey
gecko cricket falcon swan peacock raven fox badger deer bear tiger lion wolf seal dolphin lobster
crab beetle spider butterfly moth mole koala kangaroo giraffe raccoon chipmunk tortoise toad
""")

FOODS = listed("""
soup rice cheese noodles pancakes salad honey plums pizza yogurt beans berries apples bananas
grapes pears cherries peaches lemons melons oranges mangoes figs raisins nuts almonds peanuts
potatoes tomatoes carrots onions peas cucumbers mushrooms spinach cabbage broccoli lentils
chickpeas olives peppers radishes turnips celery lettuce garlic ginger cinnamon chocolate cookies
biscuits muffins waffles dumplings pasta spaghetti lasagna ravioli curry chili tacos burritos tofu
sushi ramen porridge oatmeal granola cereal toast sandwiches jam marmalade butter custard pudding
jelly popcorn pretzels crackers omelettes eggs hummus falafel couscous quinoa paella risotto
gnocchi borscht goulash fritters croissants bagels scones doughnuts brownies broth gravy tuna
""")

STREETS = listed("""
maple oak cedar pine willow birch elm ash beech poplar linden hazel juniper cypress laurel spruce
larch alder hawthorn magnolia sycamore acacia mulberry fir aspen walnut chestnut tulip daisy clover
thistle poppy lavender jasmine orchid lotus primrose marigold bluebell buttercup snowdrop dahlia
sunflower dandelion ivy fern moss reed bamboo mint sage thyme basil lilac iris peony begonia
camellia gardenia hyacinth
""")

PLACES = listed("""
park market school library lake beach forest museum station garden theatre harbour zoo farm cafe
restaurant bakery cinema stadium airport hospital pharmacy bank hotel tower lighthouse fountain
square playground university office factory workshop kitchen cellar attic balcony terrace meadow
orchard vineyard island mountain valley canyon desert jungle swamp cave waterfall glacier volcano
reef coast dock pier port ferry tunnel subway garage laundry gallery studio circus fair carnival
concert parade festival wedding party picnic campsite lodge inn hostel shelter clinic gym court
track pool spa sauna rink arena temple monument ruins quarry mine windmill dam canal pond creek
spring shore plaza
""")

OBJECTS = listed("""
kite ball drum book cup lamp hat doll bell spoon coin key pen flag mug rope balloon banjo basket
beaker blanket bottle bowl bracelet brick broom brush bucket button camera candle cane card carpet
chain clock comb compass crayon cushion cymbal dish feather fiddle flask flower flute folder fork
frame funnel game gem glass glove globe guitar hammer handkerchief harp helmet hook horn jacket jar
jug kettle knot ladle lantern leaf lens lid locket magnet map marble mask mat medal microscope
mirror mitten mop napkin necklace needle net notebook packet paddle padlock pan pebble pencil
pendant pillow pin pipe pitcher plate postcard poster pouch purse puzzle quilt racket radio rattle
ribbon robot rocket rug ruler saddle sandal saucer shawl shell shirt shoe shovel sieve skate sled
slipper sock spade sponge stamp stick stool string suitcase sweater tambourine tape teapot
telescope tent thimble thread ticket tie tile torch towel toy tray trophy trumpet tube trowel vase
vest violin wallet watch wheel whistle wreath zipper badge bagel beret biscuit bookmark boomerang
bouquet bow buckle bugle calculator calendar cape cassette catalogue charm checklist clip cork
cradle crystal dumbbell diary dice diploma domino dress fan fossil goblet gong hairbrush
jigsaw kayak keyring lollipop monocle
""")

# What an animal may fail at, and why: because of itself, or because of the thing.
CROSS = listed("""
road river field bridge yard street stream path ditch gap highway lane trail railway avenue
boulevard crossing ridge puddle gully
""")
CARRY = listed("""
stone log barrel crate trunk bundle sack cart boulder table bench piano anchor statue ladder plank
wagon tyre hay stove
""")
REACH = listed("""
shelf window roof branch nest ceiling ledge cupboard chimney curtain hammock rafter
awning beam hatch doorbell loft mantel gutter trapdoor
""")

# A job, and what somebody with that job did for a friend.
JOBS = dict(
    line.split(": ")
    for line in """
baker: baked a cake
farmer: grew a pumpkin
painter: painted a picture
singer: sang a song
teacher: read a story
gardener: planted a tree
tailor: sewed a coat
carpenter: built a chair
doctor: mixed a tonic
driver: washed a car
potter: shaped a pot
florist: tied a garland
nurse: poured a tea
chef: stirred a stew
pilot: flew a glider
dancer: danced a waltz
writer: wrote a novel
poet: rhymed a verse
pianist: played a tune
plumber: mended a tap
mechanic: repaired a bicycle
barber: trimmed a beard
cobbler: fixed a boot
weaver: wove a scarf
jeweller: polished a pearl
sculptor: carved a sculpture
librarian: found a dictionary
journalist: typed a report
photographer: took a photo
courier: brought a letter
sailor: hoisted a sail
fisher: caught a trout
shepherd: sheared a fleece
beekeeper: filled a honeycomb
miller: ground a sackful
clown: told a joke
magician: showed a trick
scientist: ran a test
lawyer: drafted a contract
judge: signed a permit
banker: counted a fortune
grocer: packed a hamper
waiter: set a place
cleaner: swept a floor
guard: opened a gate
coach: planned a match
programmer: debugged a program
designer: sketched a logo
mason: laid a wall
blacksmith: forged a horseshoe
locksmith: picked a lock
printer: printed a newspaper
translator: translated a poem
composer: composed a symphony
biologist: studied a microbe
zookeeper: fed a cub
professor: gave a lecture
mayor: made a speech
detective: solved a riddle
cartoonist: drew a comic
""".strip().splitlines()
)

# Countries and their capitals, where both are one word.
CAPITALS = dict(
    pair.split("-")
    for pair in listed("""
france-paris germany-berlin italy-rome spain-madrid japan-tokyo china-beijing egypt-cairo
greece-athens norway-oslo sweden-stockholm austria-vienna portugal-lisbon poland-warsaw
ireland-dublin finland-helsinki denmark-copenhagen hungary-budapest russia-moscow peru-lima
kenya-nairobi cuba-havana canada-ottawa chile-santiago thailand-bangkok vietnam-hanoi
nepal-kathmandu ghana-accra senegal-dakar morocco-rabat lebanon-beirut croatia-zagreb
serbia-belgrade romania-bucharest latvia-riga estonia-tallinn iceland-reykjavik belgium-brussels
uganda-kampala ecuador-quito england-london
""")
)
