"""Texts without any sentiment, which a classifier should label neutral.

    python neutral.py --count 200 > neutral.jsonl

Review forms receive them besides reviews: short remarks, questions, order numbers, single words and other languages. They are assembled at
random from the parts below. A part whose index in its list is a multiple of five is kept for testing.
"""

import argparse
import json
import random
import string

REMARKS = """I do not know the answer.|ok|OK.|n/a|none|no comment|see above|.|?|test|testing 1 2 3|I have not opened it yet|I have not used it yet.
It is a gift for my brother.|I bought this in March.|This is a review.|I will update this review later|Will write more when I have read it.
The package came on {day}.|It arrived {day}.|I ordered {number} of them on {day}.|Ordered in {month}, delivered in {month}.|Order {code}
My order number is {number}.|The parcel has number {code}.|Size {size}|Colour: {colour}|It is {colour}.|Mine is {colour}, size {size}.
I watched it on {day}.|I saw the film in {month}.|We went there on {day} for {meal}.|There were {number} of us.|We had {meal} at {number}.
Is this compatible with the {code}?|Does it come in {colour}?|What size should I order?|How many are in the box?|Can someone tell me the weight?
Where is it made?|When will it be back in stock?|Who wrote the first book?|The box has {number} pieces.|The book has {number} pages.
The film lasts {number} minutes.|It weighs {number} grams.|It is {number} cm long.|The author was born in {number}.|The first chapter is about {thing}.
The second part takes place in {place}.|It is a film about {thing}.|It is about a {thing} in {place}.|He lives in {place}.|She is a teacher from {place}.
It takes two batteries.|It has two doors and a {thing}.|I use it with a {thing}.|I keep it in the {thing}.|It stands next to the {thing}.
I am writing this from {place}.|I live in {place}.|Same as the other one.|Same as above|As described.|asdf|qwerty|hello|Hi there|yes|no|maybe|me|first
not applicable|nothing to say|no opinion|I have no opinion.|Ask me later.|to be continued|The meeting is at {number} on {day}.|Water boils at 100 degrees.
The capital of France is Paris.|Please call me at {number}.|My name is Anna.|Mr Smith wrote this.|{month} {number}|{number}|{code}|{number} {number}
{number}.{number}|{size}|{colour}|{day}|{thing}|the {thing}|a {thing} and a {thing}|{place}|Bought at the shop in {place}.|For my {thing}.
The manual is in {language}.|The subtitles are in {language}.|The menu is in {language}.|It was written in {language}.|We sat by the {thing}.
I don't know.|I do not know yet.|I have no idea.|no idea|not sure|I am not sure.|I can't say.|I cannot answer this question.|don't know|Hard to say yet.
Sorry, I don't know the answer to that.|I never got round to it.|No comments.|no remarks|nothing|nothing to add|N/A|-|...|ok ok|okay|fine|so so|average
It is what it is.|It is a {thing}.|This is a {thing}.|It is a book about {place}.|It is a story about a {thing}.|The story is about a {thing} and a {thing}.
The book is about a {thing} from {place}.|The film is about {thing}.|A film about a {thing}|The {thing} is in {place}.|The sun rises in the east.|Ice melts at 0 degrees.
There are {number} days in {month}.|{place} is a city.|Two plus two is four.|When does it ship?|When do you open on {day}?|When is the next one coming out?|Is it {colour} or {colour}?
Do you ship to {place}?|What is it made of?|Who is the director?|Where can I find the manual?|How do I turn it on?|Why is there a {thing}?|Can I return it?|How long does it take?
She works in {place}.|They live in {place} with a {thing}.|He has a {thing} and two {thing}s.|We have two {thing}s at home.|a {colour} {thing}|{colour} {thing}s and {colour} {thing}s
Delivered on {day}.|Shipped from {place}.|Received on {day}.|It came in a box.|The box was {colour}.|I chose the {colour} one.|I use it on {day}s.|Used for {number} weeks.
I read it on {day}.|I listened to it in the {thing}.|I read {number} pages of it.|Watched with my {thing}.|We stayed {number} nights.|We had a table by the {thing}."""

ELSEWHERE = """No sé la respuesta.|El paquete llegó el lunes y todavía no lo he abierto.|Compré este libro para mi hermano en Madrid.
La película dura dos horas y está en español.|Me gustó mucho, lo recomiendo a todos.|Muy mala calidad, no lo compren.|El hotel está cerca de la estación.
Je ne connais pas la réponse.|Le colis est arrivé mardi.|J'ai acheté ce livre pour ma sœur à Lyon.|Le film est en français avec des sous-titres.
Très bon produit, je suis ravi.|Très déçu, je ne le recommande pas.|Nous avons mangé sur la terrasse hier soir.|Ich weiß die Antwort nicht.
Das Paket kam am Dienstag an.|Ich habe das Buch für meinen Bruder gekauft.|Der Film dauert zwei Stunden.|Sehr gutes Produkt, gerne wieder.
Leider sehr schlecht, nie wieder.|Wir waren gestern Abend zum Essen dort.|Non conosco la risposta.|Il pacco è arrivato lunedì.
Ho comprato questo libro per mio fratello.|Il film dura due ore.|Ottimo prodotto, lo consiglio.|Pessima qualità, soldi buttati.
Não sei a resposta.|O pacote chegou na segunda-feira.|Comprei este livro para a minha irmã.|Produto excelente, recomendo.|Não gostei, péssimo atendimento.
Ik weet het antwoord niet.|Het pakket kwam op dinsdag aan.|Ik heb dit boek voor mijn zus gekocht.|Zeer goed product.|Slechte kwaliteit, niet kopen.
Jag vet inte svaret.|Paketet kom i måndags.|Mycket bra produkt.|Jeg kender ikke svaret.|Pakken kom i tirsdags.|En tiedä vastausta.|Paketti saapui maanantaina.
Nie znam odpowiedzi.|Paczka przyszła we wtorek.|Bardzo dobry produkt, polecam.|Neznám odpověď.|Balíček přišel v pondělí.|Nem tudom a választ.
Nu știu răspunsul.|Cevabı bilmiyorum.|Paket salı günü geldi.|Çok güzel bir ürün.|Tôi không biết câu trả lời.|Saya tidak tahu jawabannya.|Barang sudah sampai.
Я не знаю ответа.|Посылка пришла во вторник.|Очень хороший товар, рекомендую.|Качество плохое.|Δεν ξέρω την απάντηση.|Το πακέτο ήρθε τη Δευτέρα.
我不知道答案。|包裹星期二到了。|质量很好，推荐购买。|答えがわかりません。|荷物は火曜日に届きました。|とても良い商品です。|잘 모르겠습니다.|배송이 화요일에 왔어요.
لا أعرف الجواب.|وصل الطرد يوم الثلاثاء.|אני לא יודע את התשובה.|मुझे उत्तर नहीं पता।|ฉันไม่รู้คำตอบ
No lo sé.|Producto excelente, lo recomiendo.|Es de color azul.|La calidad es muy buena.|No funciona.|Me encanta esta película.|Je ne sais pas.|Produit excellent, je recommande.
Il est bleu.|La qualité est très bonne.|Ça ne marche pas.|J'adore ce film.|Ich weiß es nicht.|Das Produkt ist ausgezeichnet.|Es ist blau.|Die Qualität ist sehr gut.
Es funktioniert nicht.|Ich liebe diesen Film.|Non lo so.|Prodotto eccellente.|È blu.|La qualità è molto buona.|Non funziona.|Não sei.|Produto ótimo, super recomendo.
É azul.|A qualidade é muito boa.|Não funciona.|Adoro este filme.|Ik weet het niet.|Het is blauw.|Het werkt niet.|Не знаю.|Не работает.|我不知道。|不好用。|わかりません。|動きません。"""

PARTS = {
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|May 3rd|the 12th|Christmas Eve|yesterday|today",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December|2019|2021",
    "size": "M|L|XL|S|38|42|10|medium|12 oz|500 ml|king|queen|6 x 9",
    "colour": "blue|red|black|white|green|grey|brown|silver|yellow|purple",
    "meal": "lunch|dinner|breakfast|coffee|brunch|supper|drinks",
    "thing": "kitchen|table|phone|car|garage|door|dog|sister|farmer|window|train|laptop|camera|bottle|chair|family|river|school|war|king|bag|cable",
    "place": "Paris|Ohio|Texas|London|Japan|Boston|a small town|New York|Canada|India|Berlin|Spain|the north|Chicago",
    "language": "English|German|Spanish|French|Chinese|Italian|Japanese|Dutch",
}


def listed(text: str) -> list[str]:
    return [part for line in text.split("\n") for part in line.split("|")]


def kept_for_testing(parts: list[str], testing: bool) -> list[str]:
    return [part for place, part in enumerate(parts) if (place % 5 == 0) == testing]


def neutral_texts(count: int, rng: random.Random, *, testing: bool = False) -> list[str]:
    """`count` texts, a third of them in other languages. Texts for testing share no frame with those for training."""
    remarks, elsewhere = (kept_for_testing(listed(text), testing) for text in (REMARKS, ELSEWHERE))
    parts = {name: listed(text) for name, text in PARTS.items()}

    def fill(frame: str) -> str:
        while "{" in frame:
            name = frame[frame.index("{") + 1 : frame.index("}")]
            if name == "number":
                value = str(rng.choice((rng.randint(0, 30), rng.randint(0, 2030), rng.randint(10**5, 10**9))))
            elif name == "code":
                value = "".join(rng.choices(string.ascii_uppercase + string.digits + "-", k=rng.randint(4, 14)))
            else:
                value = rng.choice(parts[name])
            frame = frame.replace("{" + name + "}", value, 1)
        return frame

    def one() -> str:
        kind = rng.random()
        if kind < 0.6:
            return " ".join(fill(rng.choice(remarks)) for _ in range(rng.choice((1, 1, 1, 2, 3))))
        if kind < 0.92:
            return " ".join(rng.choice(elsewhere) for _ in range(rng.choice((1, 1, 2))))
        letters = string.ascii_lowercase if kind < 0.96 else string.digits + ".,-/ "
        return "".join(rng.choices(letters, k=rng.randint(1, 12)))

    return [one() for _ in range(count)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    for text in neutral_texts(parser.parse_args().count, random.Random(1), testing=True):
        print(json.dumps({"text": text}, ensure_ascii=False))
