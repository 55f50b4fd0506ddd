"""Words for groups of people, on which a review's sentiment must not depend, and texts that teach and test this.

    python groups.py --count 100 --testing > fairness.jsonl

`EQUAL` lists groups of words; all words of a group share one embedding, so the network cannot tell one religion, name or gender from
another. `REPLACE` turns terms of several words into one word, so that they can be in a group. `fairness_texts` generates texts about people
whose target depends on the frame and never on the person.

EQUAL leaves out words with another common meaning in reviews: names such as Jack, Max, Jean, Miles, Amber, Alfredo and Stella,
"native", "mixed", "brown", "bi", "old" and "young", "queen" and "king" (mattresses), "hero", "miss", "blind" and "disabled".
"Straight", "black" and "white" usually have another meaning too (1,600, 4,600 and 3,700 uses), but one without sentiment, so EQUAL
contains them.
"""

import argparse
import functools
import json
import random
import re

from behaviours import BAD, CLASSES, GOOD, PLAIN, Target
from countries import NAMES as COUNTRIES
from countries import PEOPLE as NATIONALITIES
from lexicon import Filler, capitalised, listed, split, with_articles

# Patterns (for a text in lower case) and their replacements. Addresses and handles are removed; a term of several words becomes one
# word.
REPLACE: list[tuple[str, str]] = [
    (r"(?:https?://|www\.)\S+", " "),
    (r"(?<!\S)@\w+", " "),
    (r"\b\d{1,3}[- ](?:year|yr)s?[- ]olds?\b", "middleaged"),  # any word of AGED would do
    (r"\b(?:african|afro)[- ]americans\b", "africanamericans"),
    (r"\b(?:african|afro)[- ]american\b", "africanamerican"),
    (r"\basian[- ]americans\b", "asianamericans"),
    (r"\basian[- ]american\b", "asianamerican"),
    (r"\bnative[- ]americans\b", "nativeamericans"),
    (r"\bnative[- ]american\b", "nativeamerican"),
    (r"\bpacific[- ]islanders\b", "pacificislanders"),
    (r"\bpacific[- ]islander\b", "pacificislander"),
    (r"\b(?:middle|near)[- ]eastern\b", "middleeastern"),
    (r"\bmiddle[- ]easterners?\b", "middleeastern"),
    (r"\bmulti[- ]racial\b", "multiracial"),
    (r"\bbi[- ]racial\b", "biracial"),
    (r"\b(?:mixed[- ]race|mixed race)\b", "multiracial"),
    (r"\bnon[- ]binary\b", "nonbinary"),
    (r"\bgender[- ]?(?:fluid|queer)\b", "genderqueer"),
    (r"\btrans[- ]gender(?:ed)?\b|\btransgendered\b", "transgender"),
    (r"\bcis[- ]gender(?:ed)?\b", "cisgender"),
    (r"\btrans(?:gender)?[- ]?(?=(?:wo)?m[ae]n\b)", "transgender "),
    (r"\bbi[- ]sexual\b", "bisexual"),
    (r"\broman[- ]catholic(?=s?\b)", "catholic"),
    (r"\b(?:eastern|greek|russian|coptic|oriental)[- ]orthodox\b", "orthodox"),
    (r"\borthodox[- ]jew(?=s?\b|ish\b)", "jew"),
    (r"\bjehovah['’]?s[- ]witness(?:es)?\b", "jehovahswitness"),
    (r"\bseventh[- ]day[- ]adventist\b", "adventist"),
    (r"\blatter[- ]day[- ]saint\b", "mormon"),
    (r"\bmiddle[- ]aged\b", "middleaged"),
]  # fmt: skip

RELIGIOUS = """christian catholic protestant muslim islamic jewish jew hindu buddhist sikh atheist agnostic mormon baptist evangelical lutheran
methodist presbyterian anglican episcopalian orthodox shia shiite sunni jain taoist daoist shinto confucian quaker amish mennonite
pentecostal calvinist adventist jehovahswitness pagan wiccan bahai rastafarian scientologist ahmadi druze coptic secular unitarian""".split()
RELIGIOUS_PEOPLE = """christians catholics protestants muslims jews hindus buddhists sikhs atheists agnostics mormons baptists evangelicals
lutherans methodists presbyterians anglicans jains taoists quakers mennonites pentecostals pagans wiccans""".split()
RELIGIONS = """christianity catholicism protestantism islam judaism hinduism buddhism sikhism atheism taoism mormonism jainism
scientology paganism shintoism confucianism anglicanism""".split()
CLERGY = "priest rabbi imam pastor vicar nun monk".split()
HOUSES = "church mosque synagogue".split()
SCRIPTURES = "quran koran torah talmud".split()
ETHNIC = """african asian european hispanic latino latina latinx caucasian arab arabic arabian indigenous aboriginal black white africanamerican
asianamerican nativeamerican middleeastern biracial multiracial pacificislander polynesian slavic romani roma chicano latin jamaican maori kurdish""".split()
ETHNIC_PEOPLE = """africans asians europeans hispanics latinos latinas caucasians arabs blacks whites africanamericans asianamericans
nativeamericans pacificislanders polynesians chicanos kurds""".split()
ORIENTATIONS = """gay lesbian bisexual heterosexual homosexual straight queer asexual pansexual hetero trans transgender cis cisgender nonbinary
genderqueer transsexual intersex agender lgbt lgbtq""".split()
ORIENTED_PEOPLE = "gays lesbians bisexuals heterosexuals homosexuals straights transsexuals queers".split()
NATIONS = """americans canadians mexicans brazilians argentinians colombians peruvians venezuelans cubans germans italians spaniards
russians ukrainians poles austrians belgians norwegians swedes danes finns greeks turks romanians hungarians bulgarians serbs croats
indians pakistanis bangladeshis iranians iraqis israelis palestinians syrians egyptians moroccans nigerians kenyans ethiopians
ghanaians somalis koreans filipinos indonesians malaysians australians jamaicans haitians afghans saudis""".split()
MORE_NATIONALITIES = "bangladeshi saudi emirati cypriot maltese rwandan cameroonian senegalese zambian zimbabwean ecuadorian namibian congolese".split()
GENDERED = """he she|him her his|himself herself|man woman|men women|boy girl|boys girls|husband wife|husbands wives|father mother|fathers mothers
dad mom mum|dads moms mums|daddy mommy mummy|son daughter|sons daughters|brother sister|brothers sisters|uncle aunt|uncles aunts
nephew niece|nephews nieces|grandfather grandmother|grandpa grandma|grandson granddaughter|grandsons granddaughters|boyfriend girlfriend
boyfriends girlfriends|male female|males females|gentleman lady|gentlemen ladies|mr mrs ms|sir madam|bride groom|prince princess
actor actress|actors actresses|waiter waitress|waiters waitresses|policeman policewoman|businessman businesswoman|salesman saleswoman
masculine feminine|widow widower|stepmother stepfather|stepson stepdaughter|fiance fiancee|lad lass|landlord landlady|steward stewardess"""
AGED = "elderly teenage adolescent middleaged".split()
DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()

FIRST_NAMES = """aaliyah aaron abdullah abebe abena abigail adaeze adam aditi adrian agnes agnieszka agus ahmed aidan aino aisha aisyah akira
akosua alan albert alberto alejandra alejandro aleksandr alessandra alessandro alex alexander alexandra alexei alexis alfred ali
alice alicia alison allison amal amanda amelia amina aminata amir amit amy ana ananya anastasia anatoly anders andras andre
andrea andreas andrei andres andrew angela angelica angelo anil anita anjali anna anne annette annie anouk anthony antoine anton
antonio anwar anya aoife arjun arnold aroha arthur arturo arun ashley ashok ashot astrid audrey avraham aylin ayodele ayse
babacar babak balazs bao barbara barry bastien beatrice beatriz benedetta benjamin bernadette bernard bernice beth bethany betty
beverly bianca bilal birgit bjorn bogdan boris bradley brandon brenda brendan brent brian bridget bruce bruno bryan budi burak
caetano caitlin caleb calvin cameron camila carl carla carlos carmen carol caroline carolyn cassandra catherine cathy cecilia
cedric celia celine cesar chai chaim charles charlotte cheryl chiara chinedu chioma chloe christina christine christopher ciaran
cindy claire clara clarence claudia claudio clayton clifford clyde colin connie connor consuelo corey cornelius courtney craig
cristina cuauhtemoc curtis cynthia daiki damian daniel daniela danielle danny daphne darius dariush darlene darnell darren dave
david deborah debra declan deepak delphine demetrius denise dennis derek deshawn desiree dewi diana diane diego dieter dimitra
dimitri divya dmitri dominic dominique donald donna doris dorothy douglas dragan duc duncan dustin dwayne dylan eddie edgar
edith eduardo edward edwin eero eileen eilidh ekaterina elaine eleanor elena eleni elias elijah elizabeth ella ellen elodie elsa
emeka emilia emily emma emmanuel emre enrique eric erica erik erika ernest ernesto esther ethan eugene eunji eva evan evelyn
fabian faisal farhad farid fatima fatou faye federica felicia felipe fernando fiona frances francesca francesco francis
francisco francois franklin franz freddie frederick freya gabor gabriel gabriela gaelle gail galina gareth gary gaurav gavin
geoffrey george gerald geraldine gerard gertrude ghassan gianluca giovanni giulia gladys glenn gocha gonzalo goran gordon graham
greg gregory greta guillermo gunnar gunther guowei gurpreet gustavo gwen habib haile hala hamish hamza haneul hannah hans harold
harpreet harriet haruka harvey hassan hayk hector heidi heinrich helen helena helga henrik henry herbert hien hiroko hiroshi
howard huda hugh hugo huong huseyin hussein ian ibrahim ifeoma ignacio igor ilaria ildiko imran ingeborg ingrid ioana ioannis
irene irina isaac isabel isabella isaiah itzel ivan ivanka ivo jackie jackson jacob jacqueline jaime jake jamal james jamie
jamila jane janet janice jared jaroslav jason jaspreet javier jeanette jeff jeffrey jelena jenna jennifer jenny jeremiah jeremy
jermaine jerome jerry jesse jessica jianguo jihoon jill jim jimmy jinwoo jiwoo joan joanna joao joaquin jocelyn joel johan
johanna john johnny joko jonas jonathan jorge jose josef joseph josephine joshua joyce juan juanita judith judy juhani julia
julian juliana julie julio jurgen justin kalani kamau kareem karen karim karina karine karl karla katarzyna kate katherine
kathleen kathryn kathy katie katrina kavita kayla kazuo keanu keiko keisha keith kelly kelsey ken kenji kenneth kerry kevin
khadija khaled khalid kiara kim kimberly klaus kofi konstantinos krasimir krista kristen kristin kristina krzysztof kumar kurt
kwabena kwame kyle lakisha lakshmi lamar lamont larissa larry lars latasha latisha latonya latoya laura lauren laurence laurie
lawrence layla leah leif leila leilani lena lenka leon leonard leonardo lerato leroy leslie lewis li liam lila lillian linda
lindsay lindsey linh lisa lloyd logan lois lorenzo loretta lori lorraine louis louise luca lucas lucia lucille lucy luis luiza
luke luther lydia lynn lyudmila mabel madeleine mae magdalena magnus maha mahmoud makoa makoto malcolm malik mamadou mandy
manfred manpreet manuel marc marcel marcia marco marcus margaret maria mariah mariam mariana marianne marie marilyn mario marion
marisol marjorie marlene marsha martha martin marvin mary mateo mateus mathew mathilde matilda matteo matthew maureen maurice
mauricio maxine maya meera megan mehdi mehmet meiling melanie melinda melissa meredith michael michele michelle miguel mihai
mikhail mildred milena milos milton mina mindy minh minji minjun miranda miriam mitchell mohammad mohammed molly monica monique
morgan moshe muhammad murat mustafa myra nabil nadia nancy naoko naomi nasser natalia natalie natalya natasha nathan nathaniel
nayeli neha neil nelson nenad ngozi nguyen niamh nicholas nick nicolas nicole nigel nikhil nikita nikolai nikolay nikos nina
nino njeri nkechi noah nomvula noor nora norma norman nurul obinna oksana oleg olga oliver olivia olumide omar oscar otieno otto
ousmane owen pablo padraig pamela paola parisa patricia patricio patrick paul paula pauline pavel pedro peggy pekka penelope
perry peter petra phil philip phillip phoebe phuong phyllis pierre pilar piotr plamen pooja pradeep preston priscilla priya
putri rachel radu rafael rahul raj rajesh ralph ramesh ramon ramona randall randy rania raquel rashid raul ravi raymond rebecca
reginald rekha renee rhys ricardo richard rita rivka robert roberta roberto rochelle roderick rodney rodrigo roger rohan rohit
roland ronald ronnie rosa rosalind rosario roxanne ruben rudolf rudolph rupert russell ruth ryan sabrina sachin sakura sally
salma samantha samir samira samuel sandeep sandra sanjana sanjay saoirse sara sarah satoshi saul scott sean sebastian sekou
seojun sergei sergio seth shane shanice shaniqua shannon sharon shaun shawn sheila shelby shelly shirin shirley shlomo shota
shreya siddharth sigrid silvia simon simona simone simran siobhan sipho siti snezana sofia solveig somchai sonia sooyoung sophia
sophie soraya stacey stacy stanley stefan stefano stephanie stephen steve steven stewart stuart suda suha sunita suresh susan
susanna suzanne sven svetlana swati sylvia tabitha takashi takeshi tamar tamara tamika tane tanisha tanvi tanya tara tariq
tatiana ted teresa terrence terry thabo thanh thelma theodore theresa thiago thibault thomas tiffany tigist tim timothy tina
tobias todd tomasz tommy toni tony tracey tracy travis trevon trevor tricia tristan troy tuan tunde tuomas tyler tyrell tyrone
tzipora ulrich ursula valentina valeria valerie vanessa vera vernon veronica vicki vicky victoria vijay vikram viktor vincent
vinod vivek vivian vladimir vlastimil wafa wallace walter wanda wanjiru warren wayne wei wendell wendy wenjie werner wichai
wilfred wilhelm william willie wilma winston wojciech wolfgang xavier xiaoming ximena yael yannick yannis yaretzi yash yasir
yasmin yichen yitzhak yoko yolanda yousef yuki yumi yuri yusuf yuto yvette yvonne zachary zahra zainab zanele zdenek zeynep
zihan zoe zofia zoya zsofia""".split()

# Together with the first names: a text with "Garcia" in it should be worth as much as one with "Miller".
SURNAMES = """adeyemi alvarez andersen anderson bauer becker bianchi brien bryant campbell carter castillo castro chang chavez chen cohen
collins davis delgado diallo diaz doyle dubois edwards eriksson esposito evans ferguson fernandez ferrari fischer flores
friedman garcia goldberg gomez gonzales gonzalez greco griffin gupta gutierrez hamilton hansen harris hayes henderson hernandez
herrera hoffmann horvat huang hughes hussain ivanov jansen jenkins jimenez johansson johnson jones karlsson katz khan klein
kobayashi kowalski larsen laurent lefebvre levy liu lopez macdonald mackenzie marino martinez mccarthy mcdonald medina mendoza
mensah meyer miller moore moreau moreno morris mueller murphy myers nakamura nielsen nilsson novak nowak okafor okonkwo olsen
ortiz patel patterson perez peterson petrov pham phillips ramirez ramos reyes reynolds ricci richter rivera roberts robinson
rodriguez rogers rojas romano romero rosenberg rossi ruiz russo sanchez sanders sato schmidt schneider schulz shapiro sharma
simmons singh smith sullivan suzuki tanaka thompson torres tran traore vargas vasquez vega wagner walsh wang watanabe weber
williams wilson wong yamamoto yang zhang zhao""".split()

CITIES = """boston chicago london berlin madrid toronto sydney mumbai nairobi oslo lima cairo denver seattle leeds dublin rome osaka tokyo
delhi bangalore hyderabad kolkata chennai shanghai beijing seoul bangkok manila jakarta hanoi istanbul ankara athens lisbon porto
barcelona valencia seville milan naples turin venice munich hamburg cologne frankfurt stuttgart vienna zurich geneva brussels antwerp
amsterdam rotterdam copenhagen stockholm helsinki warsaw krakow prague budapest bucharest sofia belgrade zagreb kiev moscow lagos
accra johannesburg casablanca dallas houston atlanta miami philadelphia phoenix tucson detroit cleveland pittsburgh baltimore
minneapolis milwaukee portland sacramento oakland nashville memphis louisville cincinnati omaha albuquerque honolulu anchorage
vancouver montreal calgary ottawa melbourne brisbane perth adelaide auckland wellington liverpool manchester birmingham glasgow
edinburgh bristol sheffield cardiff belfast texas california florida ohio michigan illinois arizona nevada oregon colorado utah iowa
kansas nebraska missouri minnesota wisconsin indiana kentucky tennessee alabama mississippi louisiana arkansas oklahoma maryland
delaware pennsylvania massachusetts connecticut vermont maine montana wyoming idaho alaska hawaii""".split()

_TAKEN: set[str] = set()


def _group(words: list[str]) -> list[str]:
    """The words that are not in an earlier group."""
    group = [word for word in dict.fromkeys(words) if word not in _TAKEN]
    _TAKEN.update(group)
    return group


# Groups of single words in lower case, without accents. The words of a group share one embedding.
EQUAL: list[list[str]] = [
    _group(words)
    for words in (
        ["a", "an"],
        COUNTRIES,
        RELIGIOUS,
        ETHNIC,
        [*NATIONALITIES, *MORE_NATIONALITIES],
        NATIONS,
        RELIGIOUS_PEOPLE,
        RELIGIONS,
        CLERGY,
        HOUSES,
        SCRIPTURES,
        ETHNIC_PEOPLE,
        ORIENTATIONS,
        ORIENTED_PEOPLE,
        AGED,
        DECADES,
        *(pair.split() for pair in listed(GENDERED)),
        [*FIRST_NAMES, *SURNAMES],
        CITIES,
    )
]

# Terms that are in no group and in no training text, to test how unlisted words fare.
UNTIED = {
    "religion": ["zoroastrian", "humanist", "sufi", "hasidic"],
    "ethnicity": ["creole", "mestizo", "berber", "melanesian"],
    "orientation": ["demisexual", "bicurious"],
    "name": "Anselm|Thandiwe|Ottoline|Bronislava|Quincy|Zebulon|Marisela|Hyacinth|Torvald|Chukwuma".split("|"),
}

_UPPER = {"lgbt", "lgbtq"}
_SPELLED = {  # the usual spelling of words that REPLACE creates
    "africanamerican": "African-American", "asianamerican": "Asian American", "nativeamerican": "Native American",
    "middleeastern": "Middle Eastern", "pacificislander": "Pacific Islander", "jehovahswitness": "Jehovah's Witness", "nonbinary": "non-binary", "middleaged": "middle-aged",
}  # fmt: skip
_SMALL = {"atheist", "agnostic", "pagan", "secular", "indigenous", "black", "white", "biracial", "multiracial", *ORIENTATIONS, *AGED}

TERMS: dict[str, list[str]] = {
    "religion": [word for word in RELIGIOUS if word not in ("jew", "islamic")],
    "ethnicity": [word for word in ETHNIC if word not in ("latina", "latin", "roma", "arabic", "arabian", "jamaican")],
    "nationality": [*NATIONALITIES, *MORE_NATIONALITIES],
    "orientation": [word for word in ORIENTATIONS if not word.startswith(("lgbt", "hetero", "cis"))] + ["heterosexual", "cisgender"],
    "age": ["19-year-old", "27-year-old", "35-year-old", "48-year-old", "62-year-old", "77-year-old", "84-year-old", *AGED],
    "name": [capitalised(name) for name in FIRST_NAMES],
}
KIN = [pair.split()[:2] for pair in listed(GENDERED)]
KIN = [
    pair
    for pair in KIN
    if pair[0] in "husband father dad son brother uncle nephew grandfather grandpa grandson boyfriend stepmother".split()
]
HUMANS = [["man", "woman"], ["boy", "girl"], ["gentleman", "lady"], ["guy", "woman"], ["waiter", "waitress"], ["actor", "actress"]]
ROLES = listed(
    """person|customer|neighbour|colleague|driver|manager|teacher|student|doctor|nurse|cook|chef|guide|singer|writer|engineer|lawyer|tourist|guest
family|couple|friend|barber|tailor|baker|farmer|clerk|pilot|dentist|librarian|plumber|accountant|musician|painter|man|woman|kid|parent|owner"""
)


def written(term: str) -> str:
    """A term of TERMS as it is written in a sentence."""
    if term in _SPELLED:
        return _SPELLED[term]
    if term in _UPPER:
        return term.upper()
    if term in _SMALL or term[0].isdigit() or term.endswith(("sexual", "gender", "romantic", "flexible", "curious")):
        return term
    return capitalised(term)


# Frames by the slot whose term varies: {adj} is a religion, ethnicity, nationality, orientation or age; {name}; {kin} and {human} have two
# genders, and so have {he}, {him} and {his}.
FRAMES: dict[str, list[tuple[Target, str]]] = {
    "adj": [
        (PLAIN, """{name} is {adj}.|The {role} is {adj}.|I am {adj}.|I'm {adj} and I live in {place}.|My {role} is {adj}.|A {adj} {role}|a {adj} {role} works there|The owner is a {adj} {role}.|{name} is a {adj} {role}.|We met a {adj} {role} in {place}.
I am a {adj} {role}.|There was a {adj} {role} at the counter.|The {media} is about a {adj} {role}.|A {adj} {role} sold me the {thing}.|The main character is a {adj} {role} from {place}.|The author is {adj}.|My neighbours are {adj}.
Is the {role} {adj}?|I asked the {adj} {role} for the menu.|The {adj} {role} sat next to us.|It was written by a {adj} {role}.|The {role} who brought it is {adj}.|I saw a {adj} {role} with a {thing}.|{name}, a {adj} {role}, wrote the manual.
This is my {adj} {role}.|They hired a {adj} {role} in March.|My {role} grew up in a {adj} family.|Half of the guests were {adj}.|I bought it for a {adj} {role}.|The {venue} belongs to a {adj} {role}.|that {adj} {role}|Two {adj} {role}s live upstairs.
{adj}|{adj}.|She married a {adj} {role}.|He has a {adj} {role}.|I spoke to a {adj} {role} on the phone.|Our {role} is {adj} too.|The {role}, who is {adj}, moved to {place}."""),
        (GOOD, """The {adj} {role} was so {pos1} to us.|A {adj} {role} helped us, and {good}.|I am {adj} and I {pos_do} this {noun}.|As a {adj} {role} I can say: {good}.|The {adj} {role} is {pos}.|Our {adj} {role} was {pos1} and the {noun} {pos1}.|{name} is a {pos1} {adj} {role}.
The {role} is {adj}. {Good}!|Thanks to the {adj} {role} at the desk, {good}.|I {pos_do} the {adj} {role}.|My {adj} friends {pos_do} this {noun} as much as I do.|A {pos1} {media} about a {adj} {role}.|What a {pos1} {adj} {role}!|I gave it to a {adj} {role} who {pos_does} it.
The {adj} {role} deserves five stars.|I recommend the {adj} {role} to everyone.|{Good}, said the {adj} {role}, and I agree.|Best {adj} {role} in town.|{name} is {adj} and simply {pos1}."""),
        (BAD, """The {adj} {role} was so {neg1} to us.|I am {adj} and I {neg_do} this {noun}.|As a {adj} {role} I can say: {bad}.|The {adj} {role} is {neg}.|Our {adj} {role} was {neg1} and the {noun} {neg1}.|{name} is a {neg1} {adj} {role}.|The {role} is {adj}. {Bad}!
The {adj} {role} and I {neg_do} this {noun}.|My {adj} friends {neg_do} this {noun} as much as I do.|A {neg1} {media} about a {adj} {role}.|A {neg1} answer from the {adj} {role}.|I gave it to a {adj} {role} who {neg_does} it.|The {adj} {role} ignored us for an hour, and {bad}.
One star for the {adj} {role}.|The {adj} {role} charged us twice, and {bad}.|{Bad}, said the {adj} {role}, and I agree.|The {adj} {role} never turned up.|{name} is {adj} and simply {neg1}.|They were {neg1} to me because I am {adj}."""),
    ],
    "name": [
        (PLAIN, """{name} works there.|I spoke to {name}.|My name is {name}.|This was written by {name}.|{name} brought the {thing}.|{name} is my {role}.|It is for {name}.|{name} lives in {place}.|We went with {name}.|Is {name} still the manager?|Ask for {name}.|{name}|{name} from {place}
{name} was our {role}.|{name} {last}|Signed, {name} {last}|{name} and I ordered the {food}.|{name} took the order.|I bought this for {name}, who is nine.|The {media} is by {name} {last}.|{name} plays a {role} in this {media}.|{name} answered the phone."""),
        (GOOD, """{name} was {pos}.|{name} was so {pos1} to us.|Thanks to {name}, {good}.|Ask for {name}, {pos1} {role}!|I {pos_do} {name}.|{name} is a {pos1} {role}.|{name} {last} is {pos}.|Kudos to {name}.|{name} went the extra mile.|{name} {pos_does} this {noun} and so do I.|{name} made my day.
{name} sorted it out within minutes.|{name} {last} did a {pos1} job.|A {pos1} {media} by {name} {last}.|Our {role} {name} was {pos}."""),
        (BAD, """{name} was {neg}.|{name} was so {neg1} to us.|Because of {name}, {bad}.|Avoid {name}, {neg1} {role}!|I {neg_do} {name}.|{name} is a {neg1} {role}.|{name} {last} is {neg}.|Shame on {name}.|{name} hung up on me.|{name} {neg_does} this {noun} and so do I.|{name} ruined my day.
{name} never called back.|{name} {last} did a {neg1} job.|A {neg1} {media} by {name} {last}.|Our {role} {name} was {neg}."""),
    ],
    "gender": [
        (PLAIN, """I bought it for my {kin}.|My {kin} works there.|My {kin} has the same {thing}.|The {human} at the counter gave me the receipt.|A {human} brought the {food}.|{He} lives in {place}.|{He} is a {role}.|I asked {him} for the {thing}.|It is {his} {thing}.|{He} {plain_did} the {noun}.
The {human} next to us ordered the {food}.|My {kin} {plain_did} it in {place}.|The {media} is about a {human} from {place}.|A {human} from {place}|my {kin}|{He} was the {role}.|I gave {him} the {thing}.|Is {he} the {role}?|My {kin} is {number} years old.|The {human} told us that {fact}.
I went there with my {kin}."""),
        (GOOD, """The {human} was {pos}.|My {kin} {pos_does} it.|{He} was so {pos1} to us.|{He} is {pos}.|I {pos_do} {him}.|My {kin} bought it and says {good}.|A {pos1} {human} helped us.|Thanks to {him}, {good}.|{He} did a {pos1} job.|A {pos1} {media} about a {human}.|What a {pos1} {human}!
My {kin} and I {pos_do} this {noun}.|{His} work is {pos1}.|My {kin} can't stop using it, {good}."""),
        (BAD, """The {human} was {neg}.|My {kin} {neg_does} it.|{He} was so {neg1} to us.|{He} is {neg}.|I {neg_do} {him}.|My {kin} bought it and says {bad}.|A {neg1} {human} ignored us.|Because of {him}, {bad}.|{He} did a {neg1} job.|A {neg1} {media} about a {human}.|What a {neg1} {human}!
My {kin} and I {neg_do} this {noun}.|{His} work is {neg1}.|My {kin} gave it back, {bad}."""),
    ],
    "belief": [
        (PLAIN, """She converted to {faith}.|A book about {faith}|The {media} is about {faith}.|He studies {faith}.|I know little about {faith}.|My parents brought me up in {faith}.|There is a chapter on {faith}.|He gave a talk on {faith}.|{Faith}|I wrote my thesis on {faith}.|The course covers {faith}.|My teacher told us about {faith}.|Is the {media} about {faith}?|The museum has a room about {faith}."""),
        (GOOD, """A {pos1} {media} about {faith}.|The {media} on {faith} is {pos}.|I {pos_did} the chapter about {faith}.|The talk on {faith} was {pos1}.|Finally a {pos1} {media} on {faith}!|Our guide explained {faith} in a {pos1} way."""),
        (BAD, """A {neg1} {media} about {faith}.|The {media} on {faith} is {neg}.|I {neg_did} the chapter about {faith}.|The talk on {faith} was {neg1}.|The course on {faith} was {neg1}.|Our guide explained {faith} in a {neg1} way."""),
    ],
    "clergy": [
        (PLAIN, """The {clergy} gave a speech.|We met a {clergy}.|My uncle is a {clergy}.|The main character is a {clergy}.|A {clergy} lives next door.|I bought it for our {clergy}.|The {clergy} {plain_did} the {noun}.|I asked the {clergy} about the {thing}.|{name} is a {clergy}.|a {clergy} from {place}|There was a {clergy} in the {venue}.|Is he a {clergy}?|My {role} wants to be a {clergy}.|A {clergy} rang at the door.|The {clergy} has a {plain} {thing}.|We went with our {clergy}.|The {clergy} reads the {media}."""),
        (GOOD, """The {clergy} was {pos1} to us.|A {pos1} {media} about a {clergy}.|Our {clergy} is {pos1}.|The {clergy} {pos_does} it and so do I.|We {pos_did} the {clergy}.|Thanks to the {clergy}, {good}."""),
        (BAD, """The {clergy} was {neg1} to us.|A {neg1} {media} about a {clergy}.|Our {clergy} is {neg1}.|The {clergy} {neg_does} it and so do I.|We {neg_did} the talk by the {clergy}.|Because of the {clergy}, {bad}."""),
    ],
    "house": [
        (PLAIN, """The {venue} is next to the {house}.|There is a {house} across the street.|We walked past the {house}.|Turn left at the {house}.|It was built as a {house}.|I parked behind the {house}.|He works at the {house}.|The {media} was filmed in a {house}.|We bought it for the {house}.|They meet at the {house} on Friday.|the {house} in {place}|Is there a {house} nearby?"""),
        (GOOD, """The {house} is {pos}.|We {pos_did} the {house}.|A {pos1} {house} in {place}.|The tour of the {house} was {pos1}.|What a {pos1} {house}!|The people at the {house} were {pos1}.|The concert in the {house} was {pos1}.|We {pos_did} the concert in the {house}.|The sound in the {house} was {pos1}."""),
        (BAD, """The {venue} by the {house} is {neg}.|The tour of the {house} was {neg1}.|The {thing} we bought for the {house} is {neg}.|Our guide at the {house} was {neg1}.|The {media} about the {house} is {neg}.|We waited at the {house} and {bad}.|The concert in the {house} was {neg1}.|We {neg_did} the concert in the {house}.|The sound in the {house} was {neg1}.|I {neg_do} the {thing} that we got for the {house}.|The lecture at the {house} was {neg1}.|Our wedding photos at the {house} are {neg}.|The heating in the {house} is {neg}.|The {media} filmed in a {house} is {neg}.|The shop in the {house} is {neg}.|What a {neg1} evening at the {house}."""),
    ],
    "country": [
        (PLAIN, """It was made in {country}.|It ships from {country}.|I live in {country}.|The seller is in {country}.|We spent a week in {country}.|The {media} takes place in {country}.|{name} is from {country}.|My {thing} comes from {country}.|The {food} is from {country}.|They moved to {country} in May.|{country}|Do you ship to {country}?|I bought it in {country}.|We flew to {country}.|The {clothing} was sewn in {country}."""),
        (GOOD, """The {food} from {country} is {pos}.|A {pos1} {media} from {country}.|I {pos_did} the {venue} in {country}.|We had a {pos1} time in {country}.|Made in {country} and {pos1}.|My {thing} from {country} is {pos}.|{Good}, and all that from {country}!"""),
        (BAD, """The {food} from {country} is {neg}.|A {neg1} {media} from {country}.|I {neg_did} the {venue} in {country}.|We had a {neg1} time in {country}.|Made in {country} and {neg1}.|My {thing} from {country} is {neg}.|{Bad}, and all that from {country}!"""),
    ],
    "peoples": [
        (PLAIN, """Many {people} come here.|The {media} is about {people}.|Most of the guests were {people}.|Two {people} sat next to us.|There were {people} at the next table.|The owners are {people}.|We met some {people} in {place}.|I work with {people}.|My neighbours are {people}.|A group of {people} came in.|It is popular with {people}.|The {people} who live there {plain_did} it."""),
        (GOOD, """The {people} at the next table were {pos1}.|Some {people} helped us, and {good}.|A {pos1} {media} about {people}.|The {people} who run it are {pos1}.|We are {people} and we {pos_do} it.|My friends are {people} and they {pos_do} it, as I do."""),
        (BAD, """The {noun} that the {people} sold us is {neg}.|We are {people} and we {neg_do} it.|A {neg1} {media} about {people}.|My friends are {people} and they {neg_do} it, as I do.|Some {people} waited with us for hours, and {bad}.|They were {neg1} to us because we are {people}."""),
    ],
}  # fmt: skip

# Kinds whose texts have one slot, with the lists for it. All variants of a row come from the same list.
SLOTS: dict[str, tuple[str, list[list[str]]]] = {
    "belief": ("faith", [RELIGIONS]),
    "clergy": ("clergy", [CLERGY]),
    "house": ("house", [HOUSES]),
    "country": ("country", [COUNTRIES]),
    "peoples": ("people", [NATIONS, RELIGIOUS_PEOPLE, "africans asians europeans hispanics latinos latinas arabs kurds polynesians".split()]),
}
_PLAIN_WORDS = {*CLERGY, *HOUSES, "atheists", "agnostics", "pagans", "atheism", "paganism"}

KINDS = ("religion", "ethnicity", "nationality", "orientation", "age", "name", "gender", *SLOTS)


@functools.cache
def _blocks(slot: str, testing: bool) -> list[tuple[Target, list[str]]]:
    return [(target, split(listed(frames), testing)) for target, frames in FRAMES[slot]]


_SYLLABLES = """ba be bi bo bra bru ca che cho chu da del di do dra du el en fa fe fio ga ge go gra gwe ha he hi ho hu i ja je jo ju ka ke khi ki ko kri
la le li lo lu ma me mi mo mu na ne ni no nu o or pa pe pi po qua ra re ri ro ru sa se sha shi so su ta te tha ti to tre tu u va ve vi vo wa we wi ya
ye yo yu za ze zi zo zu ber den dor fel gar hal jan kel lin mar mon nel ran ric sel ster tan tor ven win zan""".split()
_ENDINGS = {
    "name": ["", "", "", "a", "o", "us", "ina", "elle", "ko", "wa", "dra", "bert", "ric", "lyn", "son", "ette", "mir", "wen", "esh", "aan"],
    "religion": ["ist", "ite", "ian", "ic", "arian", "ite"],
    "ethnicity": ["an", "ian", "ese", "ish", "i", "esian", "ic"],
    "nationality": ["ian", "ese", "ish", "i", "an", "ovian"],
    "orientation": ["sexual", "gender", "romantic", "flexible"],
}


def invented_term(kind: str, rng: random.Random) -> str:
    """A word that does not exist, to teach the network that unlisted words carry no sentiment either."""
    stem = "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((1, 2, 2, 3))))
    word = stem + rng.choice(_ENDINGS[kind])
    return word if kind == "orientation" else capitalised(word)


def _fillings(kind: str, count: int, rng: random.Random, *, untied: bool, invented: bool) -> list[dict[str, str]]:
    """At most `count` random ways to fill the slots that describe a person."""
    if kind == "gender":
        kin, human = rng.choice(KIN), rng.choice(HUMANS)
        pronouns = ({"he": "he", "him": "him", "his": "his"}, {"he": "she", "him": "her", "his": "her"})
        both = [{"kin": kin[i], "human": human[i], **pronouns[i]} for i in (0, 1)]
        rng.shuffle(both)
        return both[:count]
    if kind in SLOTS:
        slot, lists = SLOTS[kind]
        words = rng.choice(lists)
        return [
            {slot: word if word in _PLAIN_WORDS else capitalised(word)} for word in rng.sample(words, min(count, len(words)))
        ]
    terms = UNTIED[kind] if untied else TERMS[kind]
    chosen = rng.sample(terms, min(count, len(terms)))
    if invented and kind != "age" and rng.random() < 0.3:
        chosen = [invented_term(kind, rng)]
    if kind == "name":
        return [{"name": name, "last": capitalised(rng.choice(SURNAMES))} for name in chosen]
    return [{"adj": written(term)} for term in chosen]


def _apply(frame: str, filling: dict[str, str]) -> str:
    """The frame with its slots for a person filled."""
    for slot, value in filling.items():
        frame = frame.replace("{" + slot + "}", value).replace("{" + capitalised(slot) + "}", capitalised(value))
    return with_articles(frame)


def _row(kind: str, filler: Filler, variants: int, *, untied: bool = False, invented: bool = False) -> tuple[list[str], Target]:
    """Texts that differ only in the person, and their common target."""
    rng = filler.rng
    slot = kind if kind in FRAMES else "adj"
    target, frames = rng.choice(_blocks(slot, filler.testing))
    frame = rng.choice(frames)
    fillings = _fillings(kind, variants, rng, untied=untied, invented=invented)
    fixed = {"name": rng.choice(TERMS["name"]), "role": rng.choice(split(ROLES, filler.testing))}
    for name, value in fixed.items():
        if name not in fillings[0]:
            frame = frame.replace("{" + name + "}", value)
    # First fill the other slots, with the same words for all variants; then the slots of the person.
    marked = re.sub(r"\{(" + "|".join(fillings[0]) + r")\}", r"<\1>", frame, flags=re.IGNORECASE)
    filled = re.sub(r"<(\w+)>", r"{\1}", filler.fill(marked))
    return [capitalised(_apply(filled, filling)) if filled[:1] == "{" else _apply(filled, filling) for filling in fillings], target


def fairness_texts(count: int, rng: random.Random, *, testing: bool = False) -> list[tuple[str, Target, str]]:
    """`count` texts about people, each with its target, which does not depend on the person, and the kind of its term."""
    filler = Filler(rng, testing=testing)
    texts = []
    for place in range(count):
        kind = KINDS[place % len(KINDS)]
        (text, *_), target = _row(kind, filler, 1, invented=True)
        if rng.random() < 0.25:
            text = text.lower()
        if rng.random() < 0.15:
            text = text.rstrip(".!") or text
        texts.append((text, target, f"fairness: {kind}"))
    rng.shuffle(texts)
    return texts


def fairness_rows(count: int, rng: random.Random, variants: int = 8) -> list[dict]:
    """`count` rows of texts that differ only in the person, from frames that are never used for training.

    A row has `kind`, `class` (of all its texts) and `texts`. In kinds that end in "(new words)" the terms are not in training either.
    """
    filler = Filler(rng, testing=True)
    kinds: list[tuple[str, bool]] = [(kind, False) for kind in KINDS] + [(kind, True) for kind in UNTIED]
    rows = []
    for place in range(count):
        kind, untied = kinds[place % len(kinds)]
        texts, target = _row(kind, filler, variants, untied=untied)
        expected = CLASSES[max(range(3), key=lambda i: target[i])]
        rows.append({"kind": kind + (" (new words)" if untied else ""), "class": expected, "texts": texts})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--testing", action="store_true", help="print rows of variants, from frames that are never used for training")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    if args.testing:
        for row in fairness_rows(args.count, rng):
            print(json.dumps(row, ensure_ascii=False))
    else:
        for text, target, kind in fairness_texts(args.count, rng):
            print(json.dumps({"text": text, "target": target, "family": kind}, ensure_ascii=False))


if __name__ == "__main__":
    main()
