"""Words and clauses of which `behaviours.py` and `groups.py` make texts, and how a frame is filled with them.

Every list is split in two by a digest of each entry: about a fifth is for testing only. The split of an entry does not
change when a list grows, so a text that a test holds back never slips into training later.
"""

import hashlib
import random
import re
import string


def listed(text: str) -> list[str]:
    """The entries of a list written as lines of `a|b|c`; repeated entries are dropped."""
    return list(dict.fromkeys(part for line in text.strip().split("\n") for part in line.strip().split("|") if part))


def is_for_testing(entry: str) -> bool:
    return hashlib.sha256(entry.encode()).digest()[0] % 5 == 0


def split(entries: list[str], testing: bool) -> list[str]:
    """The part of a list that is for training, or for testing; neither part may be empty."""
    part = [entry for entry in entries if is_for_testing(entry) == testing]
    if not part:
        raise ValueError(f"no entry for {'testing' if testing else 'training'} in {entries}")
    return part


# What reviews are about. Singular nouns that follow "the", "this" or "my".
THINGS = """kettle|blender|toaster|vacuum cleaner|coffee maker|air fryer|frying pan|knife set|lamp|desk|office chair|sofa|mattress|pillow
duvet|rug|curtain|bookshelf|mirror|clock|candle|vase|laptop|tablet|phone|phone case|charger|cable|keyboard|mouse|monitor|printer
router|speaker|headset|camera|tripod|drone|watch|smartwatch|battery|power bank|drill|hammer|ladder|tool box|lawn mower|garden hose
tent|sleeping bag|backpack|suitcase|bike|helmet|yoga mat|treadmill|tennis racket|guitar|amplifier|microphone|piano bench|toy|puzzle
board game|doll|stroller|car seat|crib|bottle|lunch box|water filter|shampoo|face cream|lipstick|perfume|razor|toothbrush|hair dryer
vitamin|dog bed|cat tree|leash|aquarium|seat cover|tyre|dash cam|notebook|pen|planner|product|item|gadget|device|set|kit|model|brand
umbrella|wallet|necklace|bracelet|ring|heater|fan|humidifier|thermostat|doorbell|light bulb|paint|glue|tape|remote|projector|monitor arm"""
CLOTHES = """dress|shirt|blouse|sweater|cardigan|jacket|coat|skirt|top|tee|hoodie|swimsuit|romper|jumpsuit|vest|scarf|hat|belt|bra|tunic
blazer|raincoat|sweatshirt|polo|nightgown|robe|tank top|parka|turtleneck|camisole"""
FOOD = """pizza|burger|soup|salad|pasta|steak|curry|biryani|sushi|taco|sandwich|breakfast|dessert|cake|ice cream|coffee|tea|wine|beer
noodle dish|fish|chicken|bread|cheese|sauce|chocolate|snack|juice|rice|kebab|omelette|pancake|pie|brunch|lunch|dinner|menu|buffet|meal"""
VENUES = """restaurant|hotel|cafe|bar|bakery|salon|gym|garage|clinic|museum|hostel|resort|spa|pub|bistro|diner|food truck|campsite|theatre|cinema
shop|store|market|pharmacy|library|guest house|room|lobby|pool|terrace|apartment|cottage|barber|car wash|dentist|nail studio"""
MEDIA = """film|movie|book|novel|album|song|series|show|episode|documentary|game|podcast|audiobook|play|comic|memoir|thriller|sequel|story|script
soundtrack|biography|cookbook|magazine|concert|cartoon|trilogy|textbook"""
DIGITAL = """app|website|update|interface|login screen|search function|software|plugin|dark mode|subscription|game mode|map|checkout page
browser extension|desktop version|mobile version|menu layout|sync feature|booking form|player"""
SERVICES = """delivery|packaging|seller|support|customer service|driver|courier|staff|waiter|waitress|receptionist|technician|manager|service|installer
shipping|support team|host|chef|bartender|cleaner|mechanic|stylist|trainer|guide|cashier|sales team|plumber|electrician|help desk"""

PRAISE = """great|good|excellent|fantastic|wonderful|amazing|awesome|superb|brilliant|perfect|outstanding|terrific|lovely|impressive|nice
fabulous|marvelous|splendid|delightful|beautiful|exceptional|incredible|phenomenal|stunning|first-rate|top-notch|solid|reliable|remarkable
pleasant|charming|magnificent|flawless|spectacular|sensational|enjoyable|adorable|gorgeous|stellar|magical|super|well made|high quality
well thought out|a joy|a gem|a delight|a treat|a dream|a lifesaver|a bargain|a winner|a masterpiece|a keeper|second to none|spot on
out of this world|beyond my expectations|better than expected|simply the best|just what I needed|exactly what I wanted|the best|worth it
dependable|elegant|thoughtful|refreshing|inspiring|satisfying|exquisite|admirable|captivating|commendable|heavenly|ideal|extraordinary
exciting|fun|glorious|praiseworthy|rewarding|sublime|superior|tasteful|world-class|fine craftsmanship|unbeatable|mind-blowing|as good as it gets"""
BLAME = """bad|terrible|awful|horrible|poor|dreadful|disappointing|useless|worthless|lousy|pathetic|atrocious|abysmal|mediocre at best|appalling
shoddy|flimsy|defective|unreliable|unacceptable|horrendous|disgusting|annoying|frustrating|ridiculous|laughable|inferior|dismal|miserable
unpleasant|unusable|garbage|junk|rubbish|trash|crap|a joke|a scam|a rip-off|a disaster|a nightmare|a mess|a letdown|a disgrace|a failure
a waste of space|below average|not up to standard|not fit for purpose|worse than expected|the worst|badly made|poorly made|cheaply made
low quality|falling apart|broken|faulty|beyond awful|hopeless|pitiful|embarrassing|overpriced|overrated|ugly|dull|boring|sloppy|careless
difficult|rough|weird|creepy|lame|unhappy|sad|nasty|hideous|ghastly|substandard|subpar|infuriating|tedious|wretched|vile|insulting|deplorable
inexcusable|unprofessional|dishonest|an insult|an embarrassment|a fiasco|third-rate|dire|painful|irritating|lacking in every way"""
MILD = """okay|ok|alright|average|so-so|passable|acceptable|adequate|middling|fair|unremarkable|nothing special|nothing fancy|run of the mill
neither good nor bad|just okay|not great, not terrible|middle of the road|tolerable|decent enough|mediocre|a mixed bag|hit or miss|standard
ordinary|serviceable|all right|so so|fine, I guess|about what you would expect|as expected, no more|bearable|bog standard|neither here nor there
meh|unexceptional|satisfactory|nothing to write home about|a bit of both|good in parts|so-so at best|sufficient|comme ci comme ca|50/50"""
# Adjectives that say nothing good or bad.
PLAIN = """blue|red|green|black|white|grey|brown|yellow|purple|beige|silver|wooden|plastic|metal|steel|leather|cotton|woollen|round|square|oval
rectangular|electric|digital|manual|annual|weekly|daily|local|regional|foreign|rural|urban|northern|southern|western|eastern|striped|plain
long-sleeved|short-sleeved|knee-length|medium-sized|twelve-inch|portable|wall-mounted|two-piece|three-part|paperback|hardcover|animated
seasonal|vegetarian|indoor|outdoor|overhead|public|private|commercial|industrial|medical|musical|historical|second|third|previous|current|recent
triangular|checked|spotted|magnetic|wireless|rechargeable|battery-powered|mechanical|hourly|monthly|navy|orange|pink|turquoise|denim|linen|silk"""

POSITIVE_VERBS = """love loves loved|adore adores adored|like likes liked|enjoy enjoys enjoyed|recommend recommends recommended
appreciate appreciates appreciated|admire admires admired|treasure treasures treasured|praise praises praised|cherish cherishes cherished
value values valued|welcome welcomes welcomed|celebrate celebrates celebrated|applaud applauds applauded|savour savours savoured"""
NEGATIVE_VERBS = """hate hates hated|dislike dislikes disliked|regret regrets regretted|despise despises despised|loathe loathes loathed
detest detests detested|resent resents resented|dread dreads dreaded|abhor abhors abhorred|curse curses cursed
condemn condemns condemned|deplore deplores deplored|scorn scorns scorned"""
PLAIN_VERBS = """see sees saw|find finds found|own owns owned|use uses used|open opens opened|buy buys bought|order orders ordered|notice notices noticed
watch watches watched|read reads read|carry carries carried|hold holds held|visit visits visited|store stores stored|wear wears wore
borrow borrows borrowed|receive receives received|measure measures measured|mention mentions mentioned|photograph photographs photographed
pass passes passed|unpack unpacks unpacked|register registers registered|photocopy photocopies photocopied|describe describes described"""

GOOD = """the sound is crisp and clear|it charges in no time|the fabric is soft and warm|the staff went out of their way for us|the flavour is rich
the pages turn themselves|it fits like a glove|we felt welcome from the first minute|the picture is razor sharp|it works like a charm
the colours are vivid|my kids can't stop playing with it|the room was spotless|the food came hot and fresh|setup took two minutes
it holds a charge for days|the stitching is neat|it survived three drops without a scratch|the acting is superb|the plot kept me guessing
I laughed from start to finish|support answered within minutes|the driver was friendly and on time|it arrived a day early|everything was well packed
the view took our breath away|it makes my mornings easier|I sleep like a baby on it|my skin has never felt better|it cleans up in seconds
the portions are generous|the prices are fair|the app is fast and stable|I use it every single day|I would buy it again in a heartbeat
I got so many compliments|it looks even better in person|I can't wait to go back|it is built to last|it does everything I hoped for
the handle feels sturdy|the author knows how to tell a story|the songs stay in my head|the taste is heavenly|the bed was so comfortable
I finished it in one sitting|it solved my problem at once|the instructions are clear|the battery lasts forever|the seller was honest and helpful
it was worth the wait|my back pain is gone|the zipper glides smoothly|the crust was perfectly crisp|the waiter made our evening
I recommend it to all my friends|we had the time of our lives|it runs quietly|my dog loves it|my daughter adores it|it brought a smile to my face
they fixed it free of charge|they replaced it without any fuss|it looks elegant|I am thrilled with it|I couldn't be happier|we will be back
it made my day|thumbs up|hats off to the team|five stars from me|what a find|money well spent|I am impressed|it exceeded my expectations
it feels premium|the quality surprised me|the checkout was quick and easy|the smell is divine|it keeps drinks cold all day|it is a pleasure to use
the children had a ball|the pool was clean and warm|it saved me hours|I learned so much from it|the ending moved me to tears of joy"""
BAD = """the sound crackles|it takes forever to charge|the fabric itches|the staff ignored us|it tastes like cardboard|I gave up after twenty pages
it fell apart in my hands|we waited an hour for a table|the picture is blurry|it stopped working after a week|the colour washed out at once
my kids lost interest after five minutes|the room smelled of mould|the food came cold|setup took all evening|the battery dies within an hour
the seams came undone|it cracked on the first day|the acting is wooden|the plot makes no sense|I nearly fell asleep|support never answered
the driver was rude|it arrived two weeks late|the box was crushed|the view was a brick wall|it is more trouble than it's worth|my back hurts from it
it gave me a rash|it is impossible to clean|the portions are tiny|the prices are outrageous|the app crashes all the time|it is gathering dust
I want my money back|I sent it straight back|it looks nothing like the photo|I will never go back|it broke right away|it does nothing it promises
the handle snapped off|the author can't write|the songs all sound the same|the bed was hard as a rock|I threw it in the bin|it made things worse
the instructions are useless|the seller lied to me|it leaks everywhere|it rusted in a month|the zipper jams every time|the crust was burnt
the waiter was arrogant|I warned all my friends about it|it ruined our holiday|it is so loud I can't think|my dog is scared of it|the toilet was filthy
they refused to refund me|they charged me twice|it looks cheap|I am so disappointed|I couldn't be more annoyed|we won't be back|it ruined my day
thumbs down|shame on them|one star is too many|what a letdown|money down the drain|I feel cheated|it fell far short of what I expected
it feels flimsy|the quality is a joke|the checkout kept failing|the smell made me sick|it doesn't keep anything cold|it is a pain to use
I was on hold for two hours|the wrong item came|half the parts were missing|nobody apologised|there was hair in my soup|it overheats
the update broke everything|it deletes my files|the ads are unbearable|it shrank to doll size|the ending made me angry|it scratched my floor"""
FACTS = """it has two pockets|I ordered it in March|we were a party of four|it comes in three colours|the box holds six pieces|it weighs about two pounds
I bought it for my brother|it runs on batteries|the book has twelve chapters|the film is two hours long|we sat near the window|it is made of wood
I live in an apartment|I am 5'4" and usually wear a medium|the shop is on the corner|it came in a brown box|the cable is one metre long
we stayed two nights|I watched it on Friday|I use it in the kitchen|it sits on my desk|it was a birthday present|my sister has the same one
I paid by card|the menu changes every month|the manual is in English|it plugs into the wall|there are four settings|I chose the larger size
I read it on the train|the parking lot is behind the building|it was raining that day|we went there after work|I downloaded it last week
it opens at nine|the package came on Tuesday|the seller is based in Ohio|I work from home|it replaced an older one|I have two of these
the hotel is near the station|I ordered the soup|the jacket is blue|it has a USB port|I signed up in June|the story is set in Norway
we took the bus|the pool is on the second floor|I ordered online|the label says cotton|it folds in half|I have had it for a month"""

WHO = """my wife|my husband|my brother|my sister|my mother|my father|my boss|my neighbour|my friends|everyone else|the critics|most reviewers
my roommate|my colleagues|my teacher|half the internet|my cousin|the guy at the store|my parents|other customers|my partner|my flatmate"""
PERSON = """Anna|Peter|Maria|Tom|Julia|Kevin|Laura|Ahmed|Wei|Carlos|Priya|Olga|Sven|Fatima|Kenji|Elena|Marcus|Nadia|Diego|Ingrid|Samuel|Lucy"""
PLACES = """Boston|Chicago|London|Paris|Berlin|Madrid|Toronto|Sydney|Mumbai|Nairobi|Oslo|Lima|Cairo|Denver|Austin|Seattle|Leeds|Dublin|Rome|Osaka"""
TIMES = """a day|two days|a week|ten minutes|three uses|one wash|a month|the first try|an hour|a weekend|two washes|six months|half a year|one evening"""
BRANDS = """Bosch|Sony|Philips|Samsung|Braun|Canon|Logitech|Dyson|Lenovo|Nokia|Garmin|Makita|Tefal|Yamaha|Epson|Casio|Panasonic|Acer"""
INTENSIFIERS = """really|very|extremely|so|absolutely|truly|incredibly|totally|utterly|super|remarkably|exceptionally|seriously|insanely|particularly
genuinely|ridiculously|unbelievably|quite simply|outright|downright|positively"""
REDUCERS = """somewhat|kind of|sort of|slightly|a bit|a little|rather|mildly|fairly|more or less|to some extent|in a way"""
ASIDES = """given all the hype around it|given how long I have had it|considering that I bought it in spring|all things considered|after a month with it
given that my family of five uses it|despite what the label says|considering where it is made|after reading the whole manual|given the season
having used it at home and at work|taking into account that it was a gift|given my history with this shop|seeing that we came on a Sunday
with two small children in the house|after everything I read in the forum|given that I came all the way from the coast|looking back on last year
whatever the advert says|given the time I spent on it|living in a small flat|being new to this sort of thing|after talking to the owner"""
WEATHER = """weather|rain|sunset|winter|traffic|neighbourhood|morning|party|concert|lecture|meeting|holiday|journey|teacher|neighbour|doctor"""

LISTS: dict[str, list[str]] = {
    "thing": listed(THINGS), "clothing": listed(CLOTHES), "food": listed(FOOD), "venue": listed(VENUES), "media": listed(MEDIA),
    "digital": listed(DIGITAL), "service": listed(SERVICES), "pos": listed(PRAISE), "neg": listed(BLAME), "mild": listed(MILD),
    "plain": listed(PLAIN), "good": listed(GOOD), "bad": listed(BAD), "fact": listed(FACTS), "who": listed(WHO), "person": listed(PERSON),
    "place": listed(PLACES), "time": listed(TIMES), "brand": listed(BRANDS), "very": listed(INTENSIFIERS), "rather": listed(REDUCERS),
    "aside": listed(ASIDES), "else": listed(WEATHER),
}  # fmt: skip
LISTS["noun"] = [noun for kind in ("thing", "clothing", "food", "venue", "media", "digital", "service") for noun in LISTS[kind]]
for _kind, _verbs in (("pos", POSITIVE_VERBS), ("neg", NEGATIVE_VERBS), ("plain", PLAIN_VERBS)):
    LISTS[f"{_kind}_verbs"] = listed(_verbs)

_SLOT = re.compile(r"\{(\w+)\}")
_VERB = re.compile(r"(pos|neg|plain)_(do|does|did)")
_ARTICLE = re.compile(r"\b([Aa]) (?=8\d?-|(?!eu|uni(?![nm])|use|usu|ugan|ukr|uru|one\b|once)[aeiou])", re.IGNORECASE)


class Filler:
    """Fills frames from the training lists or, when `testing`, from the lists that training never sees.

    A frame is a text with slots: `{noun}`, `{pos}` and the like draw an entry of a list; `{Good}` draws with a capital;
    `{pos_did}` is a verb with its ending; `{number}` and `{code}` are drawn at random. `{pos1}` draws only single adjectives.
    """

    def __init__(self, rng: random.Random, *, testing: bool) -> None:
        self.rng = rng
        self.testing = testing
        self.lists = {name: split(entries, testing) for name, entries in LISTS.items()}
        for name in ("pos", "neg", "mild"):  # that stand before a noun
            self.lists[f"{name}1"] = [e for e in self.lists[name] if " " not in e]

    def draw(self, name: str) -> str:
        if name == "number":
            return str(self.rng.choice((self.rng.randint(2, 30), self.rng.randint(2, 2030), self.rng.randint(10**5, 10**9))))
        if name == "code":
            return "".join(self.rng.choices(string.ascii_uppercase + string.digits + "-", k=self.rng.randint(5, 12)))
        if verb := _VERB.fullmatch(name):
            return self.rng.choice(self.lists[f"{verb[1]}_verbs"]).split()[("do", "does", "did").index(verb[2])]
        return self.rng.choice(self.lists[name])

    def fill(self, frame: str) -> str:
        def drawn(slot: re.Match) -> str:
            name = slot[1]
            return capitalised(self.draw(name[0].lower() + name[1:])) if name[0].isupper() else self.draw(name)

        while _SLOT.search(frame):
            frame = _SLOT.sub(drawn, frame)
        return with_articles(frame)


def with_articles(text: str) -> str:
    """Writes "an" for "a" where the next word begins with a vowel."""
    return _ARTICLE.sub(r"\1n ", text)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
