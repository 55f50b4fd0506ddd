"""The words and clauses with which `behaviours.py` and `groups.py` fill frames, and the code that does so.

A digest of each entry decides whether it is for training or, like about a fifth of them, for testing only. This does not change when
a list grows, so an entry for testing never gets into training later.
"""

import functools
import hashlib
import random
import re
import string


def listed(text: str) -> list[str]:
    """The entries of a list written as lines of `a|b|c`; repeated entries are dropped."""
    return list(dict.fromkeys(part for line in text.strip().split("\n") for part in line.strip().split("|") if part))


@functools.cache
def is_for_testing(entry: str) -> bool:
    return hashlib.sha256(entry.encode()).digest()[0] % 5 == 0


def split(entries: list[str], testing: bool) -> list[str]:
    """The part of a list that is for training, or for testing. It must not be empty."""
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
umbrella|wallet|necklace|bracelet|ring|heater|fan|humidifier|thermostat|doorbell|light bulb|paint|glue|tape|remote|projector|monitor arm
scooter|wheelbarrow|paint roller|sewing machine|iron|ironing board|kitchen scale|rice cooker|slow cooker|juicer|grill|smoker|cutting board|wok|teapot
thermos|cooler|hammock|parasol|flower pot|fertiliser|seed mix|bird feeder|hose reel|pressure washer|snow shovel|saw|wrench|screwdriver|chainsaw|generator
baby monitor|high chair|night light|bib|pacifier|sippy cup|train set|puppet|telescope|microscope|easel|ukulele|drum kit|violin|guitar pick|capo|pedal|strings
mixer|turntable|webcam|hard drive|memory card|graphics card|laptop stand|docking station|ink cartridge|label maker|stapler|calculator|fountain pen|sunscreen
moisturiser|mascara|nail polish|hand soap|conditioner|deodorant|trimmer|massage gun|heating pad|protein powder|running belt|dumbbell|jump rope|ski helmet|fishing rod
bike lock|roof box|jump starter|wiper blade|floor mat|air freshener|litter box|fish food|dog harness|chew toy|bed frame|nightstand|wardrobe|shower head|towel rack|bath mat|smoke alarm"""
CLOTHES = """dress|shirt|blouse|sweater|cardigan|jacket|coat|skirt|top|tee|hoodie|swimsuit|romper|jumpsuit|vest|scarf|hat|belt|bra|tunic
blazer|raincoat|sweatshirt|polo|nightgown|robe|tank top|parka|turtleneck|camisole
pair of jeans|pair of trousers|pair of leggings|pair of boots|pair of sandals|pair of gloves|beanie|kimono|poncho|pencil skirt|maxi dress|bodysuit|crop top|trench coat|denim jacket|bikini|pullover|flannel shirt|button-down|wrap dress|lace top|peasant blouse"""
FOOD = """pizza|burger|soup|salad|pasta|steak|curry|biryani|sushi|taco|sandwich|breakfast|dessert|cake|ice cream|coffee|tea|wine|beer
noodle dish|fish|chicken|bread|cheese|sauce|chocolate|snack|juice|rice|kebab|omelette|pancake|pie|brunch|lunch|dinner|menu|buffet|meal
ramen|pho|dumpling plate|risotto|lasagne|gnocchi|ceviche|burrito|falafel wrap|shawarma|dosa|naan|paneer dish|tikka|lamb chop|pork belly|oyster plate|clam chowder|croissant|bagel|muffin|brownie|cheesecake|tiramisu|milkshake|smoothie|espresso|cocktail|lemonade|cider|lentil stew|veggie burger|fish and chips"""
VENUES = """restaurant|hotel|cafe|bar|bakery|salon|gym|garage|clinic|museum|hostel|resort|spa|pub|bistro|diner|food truck|campsite|theatre|cinema
shop|store|market|pharmacy|library|guest house|room|lobby|pool|terrace|apartment|cottage|barber|car wash|dentist|nail studio
bookshop|florist|laundry|dry cleaner|hospital|kindergarten|golf course|ski resort|zoo|aquarium|theme park|water park|ferry|train|bus line|airport lounge|car rental|gas station|food court|ice rink|bowling alley|karaoke bar|wine bar|steakhouse|noodle bar|tea house|motel|lodge|ranch|gallery|nightclub|garden centre|yoga studio"""
MEDIA = """film|movie|book|novel|album|song|series|show|episode|documentary|game|podcast|audiobook|play|comic|memoir|thriller|sequel|story|script
soundtrack|biography|cookbook|magazine|concert|cartoon|trilogy|textbook
miniseries|musical|opera|ballet|sitcom|western|romance|mystery|horror film|romantic comedy|anime|graphic novel|poem|essay|short story|travel guide|screenplay|remake|prequel|finale|pilot episode|live album|debut album|video|exhibition|stand-up special|strategy game|puzzle game|racing game"""
DIGITAL = """app|website|update|interface|login screen|search function|software|plugin|dark mode|subscription|game mode|map|checkout page
browser extension|desktop version|mobile version|menu layout|sync feature|booking form|player
firmware|driver update|chat function|photo editor|calendar app|banking app|fitness app|weather app|language course|online class|keyboard app|password manager|antivirus|cloud storage|streaming service|dating app|navigation app|ride app|payment page|notification system|widget|newsletter|forum|sign-up process"""
SERVICES = """delivery|packaging|seller|support|customer service|driver|courier|staff|waiter|waitress|receptionist|technician|manager|service|installer
shipping|support team|host|chef|bartender|cleaner|mechanic|stylist|trainer|guide|cashier|sales team|plumber|electrician|help desk
hotline|repair service|return process|front desk|housekeeping|room service|nurse|vet|tailor|hairdresser|tour guide|lifeguard|landlord|estate agent|mover|removal company|taxi driver|delivery man|baker|butcher|sommelier|tutor|instructor|photographer|wedding planner|insurance agent|call centre|warranty service"""

PRAISE = """great|good|excellent|fantastic|wonderful|amazing|awesome|superb|brilliant|perfect|outstanding|terrific|lovely|impressive|nice
fabulous|marvelous|splendid|delightful|beautiful|exceptional|incredible|phenomenal|stunning|first-rate|top-notch|solid|reliable|remarkable
pleasant|charming|magnificent|flawless|spectacular|sensational|enjoyable|adorable|gorgeous|stellar|magical|super|well made|high quality
well thought out|a joy|a gem|a delight|a treat|a dream|a lifesaver|a bargain|a winner|a masterpiece|a keeper|second to none|spot on
out of this world|beyond my expectations|better than expected|simply the best|just what I needed|exactly what I wanted|the best|worth it
dependable|elegant|thoughtful|refreshing|inspiring|satisfying|exquisite|admirable|captivating|commendable|heavenly|ideal|extraordinary
exciting|fun|glorious|praiseworthy|rewarding|sublime|superior|tasteful|world-class|fine craftsmanship|unbeatable|mind-blowing|as good as it gets
sturdy|durable|efficient|cosy|comfortable|stylish|classy|delicious|tasty|scrumptious|hilarious|gripping|moving|heartwarming|witty|smart|clever|handy|useful|helpful|friendly|courteous|attentive|polite|generous|kind|professional|trustworthy|honest|speedy|prompt|smooth|intuitive|user-friendly|effortless
crisp|vibrant|luxurious|flattering|breathtaking|idyllic|immaculate|spotless|riveting|unforgettable|memorable|touching|powerful|insightful|fascinating|uplifting|joyful|fresh|authentic|grand|majestic|dazzling|tremendous|stupendous|astonishing|astounding|divine|legendary|peerless|priceless|sweet|cute|happy
a pleasure|a blessing|a hit with the whole family|a real find|a no-brainer|a must|a triumph|a work of art|a breath of fresh air|a step above the rest|a cut above|top of the line|worth the hype|in a class of its own|perfection|pure magic|love at first sight|the bee's knees|the real deal|highly recommended"""
BLAME = """bad|terrible|awful|horrible|poor|dreadful|disappointing|useless|worthless|lousy|pathetic|atrocious|abysmal|mediocre at best|appalling
shoddy|flimsy|defective|unreliable|unacceptable|horrendous|disgusting|annoying|frustrating|ridiculous|laughable|inferior|dismal|miserable
unpleasant|unusable|garbage|junk|rubbish|trash|crap|a joke|a scam|a rip-off|a disaster|a nightmare|a mess|a letdown|a disgrace|a failure
a waste of space|below average|not up to standard|not fit for purpose|worse than expected|the worst|badly made|poorly made|cheaply made
low quality|falling apart|broken|faulty|beyond awful|hopeless|pitiful|embarrassing|overpriced|overrated|ugly|dull|boring|sloppy|careless
difficult|rough|weird|creepy|lame|unhappy|sad|nasty|hideous|ghastly|substandard|subpar|infuriating|tedious|wretched|vile|insulting|deplorable
inexcusable|unprofessional|dishonest|an insult|an embarrassment|a fiasco|third-rate|dire|painful|irritating|lacking in every way
fragile|wobbly|clunky|slow|buggy|laggy|glitchy|noisy|leaky|itchy|scratchy|smelly|dirty|filthy|greasy|soggy|stale|bland|tasteless|inedible|rotten|burnt|undercooked|rude|arrogant|lazy|incompetent|unhelpful|hostile|impolite|dismissive|shady|crooked|fraudulent|misleading|deceptive|confusing|clumsy|awkward
forgettable|predictable|shallow|pretentious|pointless|senseless|idiotic|stupid|silly|childish|unfunny|lifeless|soulless|bleak|depressing|sickening|revolting|repulsive|offensive|outrageous|scandalous|shameful|disgraceful|shocking|ruinous|catastrophic|disastrous|harmful|dangerous|hazardous|unsafe|toxic|unfair|cruel|mean
a lemon|a dud|a flop|a bore|a chore|a hassle|a headache|a pain in the neck|a con|a fraud|a swindle|a train wreck|a slap in the face|a total loss|an eyesore|an ordeal|an outrage|not worth the box it came in|good for nothing|beneath contempt|unbearable|intolerable|insufferable|the pits|as bad as it gets|bottom of the barrel|an utter waste"""
MILD = """okay|ok|alright|average|so-so|passable|acceptable|adequate|middling|fair|unremarkable|nothing special|nothing fancy|run of the mill
neither good nor bad|just okay|not great, not terrible|middle of the road|tolerable|decent enough|a mixed bag|hit or miss|standard
ordinary|serviceable|all right|so so|fine, I guess|about what you would expect|as expected, no more|bog standard|neither here nor there
meh|unexceptional|satisfactory|nothing to write home about|a bit of both|good in parts|so-so at best|sufficient|comme ci comme ca|50/50
so-so overall|fair to middling|neither great nor terrible|workable|usable|functional|reasonable|decent|inoffensive|bog-standard|workmanlike|plain vanilla|pretty standard|pretty average|just average|just fine|somewhere in the middle|in the middle|three stars at most|half good, half bad|nothing extraordinary
nothing remarkable|moderate|conventional|typical|middle-of-the-road|unspectacular|good in some ways, bad in others|par for the course|what it is|okay-ish|fifty-fifty|patchy|not my cup of tea, but okay|an average effort|a so-so affair"""
# Adjectives that say nothing good or bad.
PLAIN = """blue|red|green|black|white|grey|brown|yellow|purple|beige|silver|wooden|plastic|metal|steel|leather|cotton|woollen|round|square|oval
rectangular|electric|digital|manual|annual|weekly|daily|local|regional|foreign|rural|urban|northern|southern|western|eastern|striped|plain
long-sleeved|short-sleeved|knee-length|medium-sized|twelve-inch|portable|wall-mounted|two-piece|three-part|paperback|hardcover|animated
seasonal|vegetarian|indoor|outdoor|overhead|public|private|commercial|industrial|medical|musical|historical|second|third|previous|current|recent
triangular|checked|spotted|magnetic|wireless|rechargeable|battery-powered|mechanical|hourly|monthly|navy|orange|pink|turquoise|denim|linen|silk
ceramic|bamboo|marble|iron|copper|brass|canvas|velvet|corduroy|striped blue|khaki|maroon|teal|violet|lilac|crimson|tan|sleeveless|hooded|buttoned|zipped|folded|curved|flat|tall|long|short|wide|narrow|light|large|small|big|little|left|right|upper|lower|front|rear|inner|outer
coastal|suburban|alpine|tropical|arctic|metric|imperial|solar|diesel|analogue|automatic|semi-automatic|stackable|foldable|adjustable|detachable|refillable|reusable|disposable|unisex|bilingual|subtitled|dubbed|illustrated|abridged|serialised|episodic|biographical|fictional|political|legal|financial|academic|military|municipal|federal|national|international|global|domestic|corporate|internal|external|permanent|quarterly|first|fourth|fifth
German|French|Japanese|Canadian|Mexican|Swedish|Turkish|Korean|Dutch|Polish|Chinese|Greek|Thai|Swiss|Brazilian|foreign|domestic|imported|overseas"""

POSITIVE_VERBS = """love loves loved|adore adores adored|like likes liked|enjoy enjoys enjoyed|recommend recommends recommended
appreciate appreciates appreciated|admire admires admired|treasure treasures treasured|praise praises praised|cherish cherishes cherished
value values valued|welcome welcomes welcomed|celebrate celebrates celebrated|applaud applauds applauded|savour savours savoured
relish relishes relished|favour favours favoured|prefer prefers preferred|salute salutes saluted|commend commends commended|respect respects respected|worship worships worshipped|endorse endorses endorsed|idolise idolises idolised|dig digs dug"""
NEGATIVE_VERBS = """hate hates hated|dislike dislikes disliked|regret regrets regretted|despise despises despised|loathe loathes loathed
detest detests detested|resent resents resented|dread dreads dreaded|abhor abhors abhorred|curse curses cursed
condemn condemns condemned|deplore deplores deplored|scorn scorns scorned
reject rejects rejected|distrust distrusts distrusted|mistrust mistrusts mistrusted|bemoan bemoans bemoaned|denounce denounces denounced|begrudge begrudges begrudged"""
PLAIN_VERBS = """see sees saw|find finds found|own owns owned|use uses used|open opens opened|buy buys bought|order orders ordered|notice notices noticed
watch watches watched|read reads read|carry carries carried|hold holds held|visit visits visited|store stores stored|wear wears wore
borrow borrows borrowed|receive receives received|measure measures measured|mention mentions mentioned|photograph photographs photographed
pass passes passed|unpack unpacks unpacked|register registers registered|photocopy photocopies photocopied|describe describes described
pack packs packed|install installs installed|charge charges charged|lift lifts lifted|choose chooses chose|test tests tested|check checks checked|rent rents rented|list lists listed|count counts counted|weigh weighs weighed|scan scans scanned|discuss discusses discussed|view views viewed|expect expects expected|remember remembers remembered|move moves moved|print prints printed|sell sells sold|enter enters entered|follow follows followed"""

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
the children had a ball|the pool was clean and warm|it saved me hours|I learned so much from it|the ending moved me to tears of joy
the blade cuts through anything|it heats up in a minute|the coffee tastes like in Italy|the dough comes out perfect every time|it glides over the carpet|the lamp gives a warm glow|my plants are thriving|my cat sleeps in it every night|the baby giggles whenever she sees it|it kept us dry in a storm
the tent was up in five minutes|the mic picks up every nuance|the strings stay in tune|the tone is warm and full|it stays in tune for weeks|the screen is gorgeous|typing on it is a joy|the charger works with everything|the pan cleans itself practically|nothing sticks to it|my coffee stays hot until noon
the jeans make me feel ten years younger|the cut flatters every figure|the colour is even prettier in person|it is so soft I never want to take it off|the dress got me three compliments in an hour|the boots were comfortable from day one|it drapes beautifully|it washes up like new
the steak was cooked to perfection|the dessert was to die for|the biryani was full of flavour|the cocktails were inventive|the bartender remembered our names|they brought the kids colouring books|our table was ready on the dot|the chef came out to greet us|the portions could feed two|the wine list is superb
the breakfast buffet had everything|the bed was like a cloud|the shower had great pressure|check-in took a minute|they upgraded us for free|the beach is steps away|it was quiet at night|the concierge got us tickets|the view of the harbour is stunning|we slept wonderfully
the dialogue sparkles|the twist floored me|the cast has real chemistry|the cinematography is breathtaking|the score gave me goosebumps|I stayed up all night to finish it|the characters feel real|the jokes land|it made me cry and laugh|I have read it three times|every episode gets better
the update made it twice as fast|logging in takes a second|syncing just works|no ads at all|the map has never led me astray|my ride came in two minutes|the route was spot on|support fixed my account the same day|the free version does all I need|it has changed how I work
they kept me informed at every step|the mechanic explained everything|my haircut has never looked better|the dentist was so gentle|the plumber left the place spotless|the vet saved our dog|the guide knew every stone|our driver helped with the bags|the nurse was an angel|they finished ahead of schedule
I ordered two more|I bought one for everyone in the family|I tell everyone about it|it never lets me down|it was love at first bite|it makes a great gift|it deserves an award|it is everything I wanted|what a pleasant surprise|a big thank you to the team|it simply works|I am over the moon|it is worth its weight in gold"""
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
the update broke everything|it deletes my files|the ads are unbearable|it shrank to doll size|the ending made me angry|it scratched my floor
the blade was blunt out of the box|it takes ages to heat up|the coffee tastes burnt|the dough never rises|it clogs every five minutes|the lamp flickers|all my plants died|my cat won't go near it|the baby cries when she sees it|it leaked in the first shower
the tent collapsed in a light breeze|the mic hums|the strings snapped|the tone is thin and tinny|it won't stay in tune|the screen has dead pixels|half the keys stick|the charger fried my phone|everything burns onto the pan|it smells of burnt plastic|my coffee was cold in an hour
the jeans fell apart in the wash|the cut makes me look huge|the colour is nothing like the picture|it scratches so much I had to take it off|the zip broke on the first day|the boots gave me blisters|it looks like a potato sack|it came out of the wash ruined
the steak was raw|the dessert was frozen in the middle|the biryani was dry and stale|the cocktails were watered down|the bartender ignored us|they spilled wine on me and laughed|we were turned away despite a booking|the kitchen forgot our order|I got food poisoning|the fish smelled off
the breakfast was inedible|there were bugs in the bed|the shower was cold|check-in took an hour|they lost our reservation|the beach is full of rubbish|the music kept us up all night|the concierge couldn't be bothered|the sheets were stained|somebody else's hair was in the sink
the dialogue is cringeworthy|I saw the twist coming a mile off|the cast looks bored|the camera shakes so much I felt ill|the score drowns out the actors|I gave up after chapter two|the characters are cardboard|the jokes fall flat|I want those two hours back|I walked out|every episode gets worse
the update made it unusable|I can't log in any more|syncing loses my data|ads every ten seconds|the map sent me into a lake|my driver cancelled three times|I was charged for a ride I never took|support sends canned replies|the free version does nothing|it drains my battery
nobody told us anything|the mechanic broke more than he fixed|my haircut is a catastrophe|the dentist hurt me|the plumber flooded the kitchen|the vet didn't even look at our dog|the guide knew nothing|our driver yelled at us|the nurse was heartless|they never finished the job
I had to throw it away|I told everyone to avoid it|I took it back the same day|it let me down when I needed it|one bite was enough|it is an embarrassment as a gift|it should be taken off the market|it is nothing like what I ordered|I have never been so angry|shame on the whole team|it simply doesn't work|I am fed up|it isn't worth the plastic it is made of"""
FACTS = """it has two pockets|I ordered it in March|we were a party of four|it comes in three colours|the box holds six pieces|it weighs about two pounds
I bought it for my brother|it runs on batteries|the book has twelve chapters|the film is two hours long|we sat near the window|it is made of wood
I live in an apartment|I am 5'4" and usually wear a medium|the shop is on the corner|it came in a brown box|the cable is one metre long
we stayed two nights|I watched it on Friday|I use it in the kitchen|it sits on my desk|it was a birthday present|my sister has the same one
I paid by card|the menu changes every month|the manual is in English|it plugs into the wall|there are four settings|I chose the larger size
I read it on the train|the parking lot is behind the building|it was raining that day|we went there after work|I downloaded it last week
it opens at nine|the package came on Tuesday|the seller is based in Ohio|I work from home|it replaced an older one|I have two of these
the hotel is near the station|I ordered the soup|the jacket is blue|it has a USB port|I signed up in June|the story is set in Norway
we took the bus|the pool is on the second floor|I ordered online|the label says cotton|it folds in half|I have had it for a month
the kettle holds a litre and a half|the blade is eight inches long|the lamp takes a standard bulb|it has a timer|the kit contains twelve pieces|the strap is adjustable|there are two sizes|the tent sleeps four|the mic has an XLR plug|the strings are nylon|the screen is 13 inches|it runs on a nine volt battery
the jeans have five pockets|the dress has a zip at the back|the lining is polyester|I am 34 and usually buy a ten|the hem is below the knee|we had the set menu|I had the fish and he had the lamb|the restaurant opened last year|there is a bar on the ground floor|the kitchen closes at ten
breakfast is from seven to ten|our room was on the third floor|the hotel has 40 rooms|the ferry leaves every hour|the lobby is next to the lift|the novel was published in 1987|the story begins in a harbour town|it is the second book of a trilogy|there are ten episodes|it is a remake of a Danish film
the app needs an account|it asks for your location|version 4 came out on Monday|I use it on an Android phone|the account is linked to my email|I take a cab to work|the appointment was at three|he came on Wednesday morning|the form has two pages|the office is in the same street
my son is seven|we have two cats|I moved here in May|my husband cooks on Sundays|this is for the office|I bought it with a voucher|it came with a manual|I keep it in the garage|it was on the shelf beside the door|my order had three items|the return address is in Ohio|the invoice was in the box"""

WHO = """my wife|my husband|my brother|my sister|my mother|my father|my boss|my neighbour|my friends|everyone else|the critics|most reviewers
my roommate|my colleagues|my teacher|half the internet|my cousin|the guy at the store|my parents|other customers|my partner|my flatmate
my daughter|my son|my aunt|my uncle|my grandfather|my best friend|the reviewer before me|the magazine|my mother-in-law|the whole office|people online|everyone on the forum|my hairdresser|the salesman|my nephew|my grandmother|the blogger|the press|some customers|my team"""
PERSON = """Anna|Peter|Maria|Tom|Julia|Kevin|Laura|Ahmed|Wei|Carlos|Priya|Olga|Sven|Fatima|Kenji|Elena|Marcus|Nadia|Diego|Ingrid|Samuel|Lucy
Hannah|Victor|Sofia|Daniel|Amina|Hiroshi|Leila|Pavel|Chloe|Omar|Greta|Rajesh|Yusuf|Beatriz|Stefan|Monica|Tariq|Emma|Liam|Noor|Jacob|Irene|Kofi|Melissa|Rosa|Tim"""
PLACES = """Boston|Chicago|London|Paris|Berlin|Madrid|Toronto|Sydney|Mumbai|Nairobi|Oslo|Lima|Cairo|Denver|Austin|Seattle|Leeds|Dublin|Rome|Osaka
Portland|Vienna|Lagos|Manila|Lisbon|Houston|Glasgow|Zurich|Hanoi|Montreal|Perth|Athens|Prague|Delhi|Accra|Bogota|Miami|Cologne|Turin|Bristol|Nashville|Krakow|Auckland|Tampa"""
TIMES = """a day|two days|a week|ten minutes|three uses|one wash|a month|the first try|an hour|a weekend|two washes|six months|half a year|one evening
three days|two weeks|a fortnight|thirty minutes|five minutes|a few hours|one night|the second use|four washes|a single day|three months|a year|one season|a couple of weeks|less than an hour|one summer"""
BRANDS = """Bosch|Sony|Philips|Samsung|Braun|Canon|Logitech|Dyson|Lenovo|Nokia|Garmin|Makita|Tefal|Yamaha|Epson|Casio|Panasonic|Acer
Siemens|Toshiba|Nikon|Asus|Fender|Bissell|Ikea|Adidas|Puma|Levi's|Kenwood|Hoover|Ryobi|Stanley|Roland|Gibson|Pioneer|Motorola|Fitbit|Oral-B"""
INTENSIFIERS = """really|very|extremely|so|absolutely|truly|incredibly|totally|utterly|super|remarkably|exceptionally|seriously|insanely|particularly
genuinely|ridiculously|unbelievably|quite simply|outright|downright|positively
awfully|enormously|immensely|hugely|terribly|exceedingly|supremely|tremendously|astonishingly|undeniably|strikingly|oh so|completely|thoroughly|deeply"""
INTENSIFYING_VERBS = """really|absolutely|truly|totally|utterly|seriously|genuinely|thoroughly|deeply|completely|positively|simply|wholeheartedly|honestly|strongly|so|very much|definitely|just|greatly"""
REDUCERS = """somewhat|kind of|sort of|slightly|a bit|a little|rather|mildly|fairly|more or less|to some extent|in a way
moderately|marginally|partly|relatively|reasonably|pretty much|a tad|a touch|in some respects|on the whole|tolerably|ever so slightly|a wee bit"""
ASIDES = """given all the hype around it|given how long I have had it|considering that I bought it in spring|all things considered|after a month with it
given that my family of five uses it|despite what the label says|considering where it is made|after reading the whole manual|given the season
having used it at home and at work|taking into account that it was a gift|knowing this shop as I do|seeing that we came on a Sunday
with two small children in the house|after everything I read in the forum|given that I came all the way from the coast|looking back on last year
whatever the advert says|after so many evenings with it|living in a small flat|being new to this sort of thing|after talking to the owner
given that it came from abroad|after two years as a customer|considering that my sister works there|as someone who cooks every day|knowing the brand for years|having seen the advert on TV|since we came with grandma|having compared six of them|although I only use it at weekends|bearing in mind that it is the small one|seeing how many of them they sell
coming from a family of musicians|given that it is made in two factories|as a resident of this town|after the third visit this year|having waited since the spring|with all that has been written about it|judging by my own kitchen|given that it was delivered by train|after a long talk with the manager|considering the time of year|given that I have a dog and two cats"""
WEATHER = """weather|rain|sunset|winter|traffic|neighbourhood|morning|party|concert|lecture|meeting|holiday|journey|teacher|neighbour|doctor
summer|storm|sunrise|snow|evening|weekend|trip|flight|interview|class|wedding|picnic|drive|neighbour's dog|landlady|coach|dinner party|train ride|exam|parade|autumn|view"""

# Of the body, the house and of things, with "the" or "my".
PROBLEMS = """the rust|the stain on my carpet|the squeak in the door|my back pain|the mould in the shower|the weeds in my drive|the lag|my dandruff|the smell in the fridge|the ants in the kitchen|the limescale|the scratch on my car|the buzzing noise|my snoring
the leak under the sink|the fruit flies|my acne|the dry patches on my skin|the clog in the drain|the dust on the shelves|the glare on the screen|my sore feet|the static|the feedback in the amp|the wobble|the crack in the wall|the moss on the roof|the dead spot in our Wi-Fi|my migraine|the grease on the hob
the red wine stain|the draught at the window|my heel pain|the overheating|the pet hair on the sofa|the tangles in my hair|the wrinkles in my shirts|the error message|the flickering|my stiff neck|the fleas|the yellow spots on the lawn|the ink on my shirt|the fog on my glasses|the rattle in the dashboard|the echo in the room|my insomnia|the lint|the slow start-up|the itch"""
# What went wrong with an order, as a clause.
TROUBLES = """one arrived broken|my parcel got lost|the first one was defective|they sent the wrong size|a part was missing|it stopped working after {time}|the colour was wrong|I was charged twice|the lid was cracked|our table was double-booked|the soup came cold|my luggage was left behind|the room had not been cleaned|it came with a scratch|the battery was dead
my booking had vanished|the download did not start|the zip was broken|the driver went to the wrong address|the screen had a dead pixel|I ordered the wrong one by mistake|the glass was chipped|the kettle leaked|the heating did not work|my login was blocked|the flowers were wilted|there was a hair in my salad|the coupon did not work|the box was empty|the paint had chipped"""
REMEDIES = """they sent a new one the next day|I had my money back within hours|they replaced it free of charge|the manager fixed it on the spot|they apologised and gave us a free dessert|a new part was in the post the same day|they refunded me without a question|they upgraded us to a better room|the seller called me and sorted it out|a technician came the next morning and fixed it
support solved it in five minutes|they let me keep it and sent another|the exchange was quick and painless|they gave me a discount and a new one|they could not have been more helpful|they took it back without fuss|they drove over and brought the right one|one call was enough and it was done|they more than made up for it|I got a full refund and a kind note
they repaired it in a day|they went out of their way to put it right|it was sorted out before I had finished my coffee|the owner himself made it right|they gave me store credit and free shipping on top"""
STONEWALLS = """nobody answers my emails|they refuse to refund me|the replacement was broken too|they blame me for it|they want me to pay for the return|the hotline hung up on me|I am still waiting for my money|the manager just shrugged|they closed my ticket without an answer|they said it was not their problem|all I got was a canned reply|they told me to read the manual
they offered me a voucher for five dollars|I have called six times for nothing|they denied everything|the chat is a robot that understands nothing|the exchange took two months|they never apologised|the warranty does not cover it, they say|they banned me from the forum when I asked|they stopped replying|I was sent from one desk to the next|they promised to call back and never did"""
# Closed classes, which are whole on both sides: only the frames and words around them can be new.
NEGATORS = """not|not at all|hardly|by no means|in no way|never|far from|anything but|not in the least|not remotely|certainly not|definitely not|not exactly|not really|not even slightly|absolutely not|not one bit|no longer|barely|not particularly"""
NOT_TO = """don't|didn't|never|can't|could not|do not|did not|won't|wouldn't|cannot|don't really|didn't exactly|can hardly|certainly don't|really didn't|do not in any way|never did|no longer"""
NOBODIES = """nobody|no one I know|none of my friends|not one of us|no customer|no one in the office|nobody in my family|not a single guest|no one here|hardly anyone"""
FAMILY = """my wife|my husband|my brother|my sister|my mother|my father|my boss|my neighbour|my son|my daughter|a friend|my nephew|my aunt|my grandmother|my office|our kitchen|the garden|our holiday|my cousin|my flat|school|work|a trip to {place}"""

# Things that nobody wants, that everybody wants, and that are neither; after "no", "without" or "full of".
BAD_THINGS = """bugs|crashes|ads|hassle|waiting|noise|hidden fees|side effects|streaks|leaks|lag|delays|pain|stress|queues|nasty surprises|scratches|wrinkles|mess|glitches|stains|errors|squeaks|spam|problems|trouble|fuss|dead pixels|smell|spelling mistakes|clutter|nonsense|filler|clichés|mould|bedbugs|rudeness|excuses|drama|interruptions|pop-ups|dust|rattling|overheating"""
GOOD_THINGS = """flavour|plot|humour|charm|depth|power|support|soul|help|bass|suspense|chemistry|service|grip|warmth|style|quality control|respect|comfort|fun|substance|imagination|talent|originality|hospitality|taste|logic|care|courtesy|texture|sense of humour|customer service|heart|wit|atmosphere|stability|durability|common sense|cleanliness|value"""
PLAIN_THINGS = """batteries|lid|zip|manual|pockets|remote|lift|camera|logo|sugar|sleeves|subtitles|cable|belt|handle|label|wheels|buttons|garage|stairs|curtains|radio|car park|keyboard|printed receipt|second page|gift box|drawer|hood|lining|garden"""
AGES = """ten years|fifteen years|a decade|twenty years|eight years|many years|five winters|six years|more than a decade|12 years|seven long years|thirty years|half my life|four years of daily use|a thousand washes|countless washes|nine summers|three house moves"""
FOOLS = """people who hate money|people who like being lied to|anyone who enjoys waiting|masochists|people with too much time|fans of cold coffee|those who like to be ignored|insomniacs|people who never want a refund|my worst enemy|anyone who likes to be ripped off|people who enjoy headaches|those who collect broken things|someone you don't like|lovers of error messages|people without taste buds|anyone who wants to lose a weekend|fans of long queues"""
FAILINGS = """draining my battery|losing parcels|wasting my time|burning toast|taking my money|making excuses|ignoring customers|gathering dust|crashing|making noise|tearing|leaking|breaking promises|scratching floors|not answering the phone|eating batteries|staining my clothes|putting people to sleep|overcharging|doing nothing|getting orders wrong|spreading dirt around|losing my data"""
HAPPIER = """happier|more pleased|prouder|more satisfied|more impressed|more delighted|more grateful|more thrilled|more content|better looked after|more at home|more excited|more amazed|gladder"""
ANGRIER = """angrier|more annoyed|more disappointed|less impressed|less happy|less satisfied|sadder|more frustrated|less interested|less pleased|unhappier|more fed up|less amused|more upset"""
BETTER = """better|smoother|faster|easier|nicer|kinder|tastier|cleaner|more helpful|friendlier|simpler|more comfortable|lovelier|quicker"""
WORSE = """worse|slower|harder|ruder|dirtier|more boring|less helpful|less friendly|uglier|more complicated|less comfortable|more painful|sloppier|duller"""

LISTS: dict[str, list[str]] = {
    "thing": listed(THINGS), "clothing": listed(CLOTHES), "food": listed(FOOD), "venue": listed(VENUES), "media": listed(MEDIA),
    "digital": listed(DIGITAL), "service": listed(SERVICES), "pos": listed(PRAISE), "neg": listed(BLAME), "mild": listed(MILD),
    "plain": listed(PLAIN), "good": listed(GOOD), "bad": listed(BAD), "fact": listed(FACTS), "who": listed(WHO), "person": listed(PERSON),
    "place": listed(PLACES), "time": listed(TIMES), "brand": listed(BRANDS), "very": listed(INTENSIFIERS), "veryv": listed(INTENSIFYING_VERBS), "rather": listed(REDUCERS),
    "aside": listed(ASIDES), "else": listed(WEATHER),
    "problem": listed(PROBLEMS), "trouble": listed(TROUBLES), "remedy": listed(REMEDIES), "stonewall": listed(STONEWALLS), "for": listed(FAMILY),
    "badthing": listed(BAD_THINGS), "goodthing": listed(GOOD_THINGS), "plainthing": listed(PLAIN_THINGS), "age": listed(AGES),
    "fools": listed(FOOLS), "failing": listed(FAILINGS), "happier": listed(HAPPIER), "angrier": listed(ANGRIER),
    "better": listed(BETTER), "worse": listed(WORSE), "not": listed(NEGATORS), "notto": listed(NOT_TO), "nobody": listed(NOBODIES),
}  # fmt: skip
LISTS["noun"] = [noun for kind in ("thing", "clothing", "food", "venue", "media", "digital", "service") for noun in LISTS[kind]]
for _kind, _verbs in (("pos", POSITIVE_VERBS), ("neg", NEGATIVE_VERBS), ("plain", PLAIN_VERBS)):
    LISTS[f"{_kind}_verbs"] = listed(_verbs)

CLOSED = {"not", "notto", "nobody"}

_SLOT = re.compile(r"\{(\w+)\}")
_PLURAL = re.compile(r"\{([a-z]+)\}s\b")
_VERB = re.compile(r"(pos|neg|plain)_(do|does|did)")
_ARTICLE = re.compile(r"\b([Aa]) (?=8\d?-|(?!eu|uni(?![nm])|use|usu|usb|ugan|ukr|uru|one\b|once)[aeiou])", re.IGNORECASE)


class Filler:
    """Fills frames with entries for training or, if `testing`, with entries for testing.

    A frame is a text with slots: `{noun}`, `{pos}` and so on draw an entry of a list; `{Good}` capitalises it; `{noun}s` draws a plural;
    `{pos_did}` draws a verb form; `{number}` and `{code}` are random. `{pos1}` draws only entries of one word, which can stand before a noun.
    """

    def __init__(self, rng: random.Random, *, testing: bool) -> None:
        self.rng = rng
        self.testing = testing
        self.lists = {n: e if n in CLOSED else split(e, testing) for n, e in LISTS.items()}
        for name in ("pos", "neg", "mild"):  # can stand before a noun
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

        frame = _PLURAL.sub(lambda slot: plural(self.draw(slot[1])), frame)
        while _SLOT.search(frame):
            frame = _SLOT.sub(drawn, frame)
        return with_articles(frame)


def plural(noun: str) -> str:
    """The plural of a regular noun; "pair of jeans" becomes "pairs of jeans"."""
    head, of, rest = noun.partition(" of ")
    if re.search(r"[^s]s$", head):
        return noun
    if re.search(r"[^aeiou]y$", head):
        head = head[:-1] + "ie"
    elif re.search(r"(?:s|x|z|ch|sh)$", head):
        head += "e"
    return re.sub(r"mane?s$", "men", head + "s") + of + rest


def with_articles(text: str) -> str:
    """Replaces "a" by "an" before a vowel sound."""
    return _ARTICLE.sub(r"\1n ", text)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
