"""Generates short reviews in the languages of `lite-multi`, because the training data has few or none of these kinds, and for German,
Italian and Portuguese only tweets. The frames of each language are sentences with slots: `{n}` is a thing with its article, `{p}` and
`{q}` are good and bad words that agree with it.

Nothing here is taken from a review; the sentences say the same in each language. No Japanese reviews are used for training.
"""

import random

from targets import NAMED, Target

# The languages that `lite-multi` reads, as BCP 47 primary tags.
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt", "ru", "tr", "zh")

NEITHER = (0.06, 0.88, 0.06)

SLOTS: dict[str, dict[str, str]] = {
    "de": {
        "n": "der Drucker|der Rucksack|der Staubsauger|der Kopfhörer|der Artikel|der Akku|der Wasserkocher|der Stuhl|der Kundendienst|der Film|der Kuchen|der Koffer",
        "p": "hervorragend|super|großartig|sehr gut|ausgezeichnet|perfekt|toll|bequem|zuverlässig|spitze|einwandfrei|wunderbar|klasse|robust",
        "q": "schrecklich|sehr schlecht|enttäuschend|unbrauchbar|furchtbar|billig verarbeitet|defekt|mies|eine Katastrophe|viel zu laut|nutzlos|miserabel|unzuverlässig",
    },
    "es": {
        "n": "el teléfono|el producto|el bolso|el pedido|el ventilador|el reloj|el libro|el hotel|el servicio|el colchón|el horno|el cargador",
        "p": "excelente|muy bueno|perfecto|fantástico|estupendo|muy cómodo|increíble|maravilloso|fiable|genial|de primera calidad|magnífico",
        "q": "pésimo|muy malo|horrible|decepcionante|inútil|terrible|un desastre|de mala calidad|defectuoso|una estafa|demasiado caro|incómodo",
    },
    "fr": {
        "n": "le produit|le téléphone|le sac|le service|le casque|le livre|le restaurant|le matelas|le colis|le chargeur|le manteau|le four",
        "p": "excellent|très bon|parfait|génial|formidable|très confortable|impeccable|magnifique|fiable|superbe|de bonne qualité|délicieux",
        "q": "nul|très mauvais|horrible|décevant|inutile|affreux|une catastrophe|de mauvaise qualité|défectueux|une arnaque|beaucoup trop cher|inconfortable",
    },
    "it": {
        "n": "il prodotto|il telefono|lo zaino|il servizio|il libro|il ristorante|il materasso|il pacco|il caricatore|il cappotto|il forno|l'albergo",
        "p": "ottimo|molto buono|perfetto|fantastico|eccellente|comodissimo|meraviglioso|impeccabile|affidabile|bellissimo|di ottima qualità|squisito",
        "q": "pessimo|molto scadente|orribile|deludente|inutile|terribile|un disastro|di pessima qualità|difettoso|una truffa|troppo caro|scomodo",
    },
    "pt": {
        "n": "o produto|o telefone|o vestido|o atendimento|o livro|o restaurante|o colchão|o pedido|o carregador|o casaco|o forno|o hotel",
        "p": "excelente|muito bom|perfeito|fantástico|ótimo|muito confortável|maravilhoso|impecável|confiável|lindo|de ótima qualidade|delicioso",
        "q": "péssimo|muito ruim|horrível|decepcionante|inútil|terrível|um desastre|de má qualidade|defeituoso|uma fraude|caro demais|desconfortável",
    },
    "nl": {
        "n": "de printer|de rugzak|de stofzuiger|de koptelefoon|de stoel|de accu|de waterkoker|de klantenservice|de film|de taart|de koffer|de oplader",
        "p": "uitstekend|heel goed|perfect|fantastisch|geweldig|erg comfortabel|prachtig|betrouwbaar|top|prima in orde|van hoge kwaliteit|heerlijk",
        "q": "waardeloos|heel slecht|vreselijk|teleurstellend|nutteloos|verschrikkelijk|een ramp|van slechte kwaliteit|kapot|oplichterij|veel te duur|oncomfortabel",
    },
    "ru": {
        "n": "телефон|товар|рюкзак|сервис|чайник|пылесос|заказ|ресторан|матрас|аккумулятор|фильм|отель",
        "p": "отличный|очень хороший|прекрасный|замечательный|превосходный|очень удобный|великолепный|надёжный|шикарный|качественный|идеальный|супер",
        "q": "ужасный|очень плохой|отвратительный|бесполезный|бракованный|кошмарный|некачественный|никудышный|слишком дорогой|неудобный|полный провал|мерзкий",
    },
    "tr": {
        "n": "ürün|telefon|çanta|hizmet|kulaklık|kitap|restoran|yatak|kargo|şarj aleti|mont|otel",
        "p": "mükemmel|çok iyi|harika|muhteşem|kusursuz|çok rahat|süper|çok kaliteli|güvenilir|çok güzel|şahane|enfes",
        "q": "berbat|çok kötü|rezalet|hayal kırıklığı|işe yaramaz|korkunç|tam bir felaket|kalitesiz|bozuk|dolandırıcılık|çok pahalı|rahatsız",
    },
    "zh": {
        "n": "手机|这个商品|背包|服务|耳机|这本书|餐厅|床垫|快递|充电器|外套|酒店",
        "p": "很好|非常好|完美|太棒了|非常不错|很舒服|质量很好|超值|很可靠|漂亮|一流|很好吃",
        "q": "很差|非常糟糕|太差了|让人失望|没有用|可怕|是个灾难|质量很差|是坏的|骗人的|太贵了|不舒服",
    },
    "ja": {
        "n": "この商品|スマホ|バッグ|サービス|イヤホン|この本|レストラン|マットレス|掃除機|充電器|コート|ホテル",
        "p": "最高です|とても良いです|完璧です|素晴らしいです|とても気に入りました|快適です|高品質です|信頼できます|きれいです|とても美味しいです|期待以上でした|大満足です",
        "q": "最悪です|とても悪いです|ひどいです|がっかりしました|役に立ちません|壊れていました|品質が悪いです|不良品でした|高すぎます|使いにくいです|期待外れでした|二度と買いません",
    },
    "ar": {
        "n": "المنتج|الهاتف|الفندق|المطعم|الكتاب|الفستان|الشاحن|الفرن|المكان|الطلب|التطبيق|الكرسي",
        "p": "ممتاز|جيد جدا|رائع|مثالي|مريح جدا|جميل|لذيذ|موثوق|عالي الجودة|مذهل|أكثر من رائع|نظيف جدا",
        "q": "سيئ|سيئ جدا|فظيع|مخيب للآمال|عديم الفائدة|رديء|كارثة|معيب|غالي جدا|غير مريح|أسوأ ما رأيت|قذر",
    },
}

# By language, the sentences of one class, those without slots first. Positive, negative, and of neither kind.
POSITIVE: dict[str, str] = {
    "de": """Sehr zufrieden.|Klare Kaufempfehlung!|Schnelle Lieferung, gerne wieder.|Läuft seit zwei Jahren ohne Probleme.|Ich würde es jederzeit wieder kaufen.|Besser als erwartet.|Mein Mann liebt es.
Der Fleck war sofort weg.|Das Geld wurde noch am selben Tag erstattet.|Viel besser als mein alter.|Ich kann mich nicht beschweren, einfach super.|Es gibt nichts zu bemängeln.|Erst war ich skeptisch, jetzt bin ich begeistert.
Passt wie angegossen.|Jeden Cent wert.|5 von 5 Sternen.|Preis-Leistung stimmt.|Ich dachte, es wäre schlecht, aber das war es nicht.|Funktioniert einwandfrei.|Leider habe ich nur einen gekauft, ich hätte drei nehmen sollen!
{N} ist {p}.|{N} ist wirklich {p}!|Ich finde, {n} ist {p}.|{N} ist {p} und kam pünktlich an.|Zuerst dachte ich, {n} wäre {q}, aber er ist {p}.|{N} ist gar nicht {q}, im Gegenteil.|Andere schreiben, {n} sei {q}. Meiner ist {p}.|{P}!|Früher war {n} {q}, jetzt ist er {p}.""",
    "es": """Muy contento con la compra.|¡Lo recomiendo!|Llegó rápido y bien embalado.|Funciona perfectamente desde hace dos años.|Lo volvería a comprar.|Mejor de lo que esperaba.|A mi marido le encanta.
La mancha desapareció enseguida.|Me devolvieron el dinero el mismo día.|Mucho mejor que el anterior.|No puedo pedir más.|No le cambiaría nada.|Al principio dudaba, ahora estoy encantada.
Me queda perfecto.|Vale cada céntimo.|5 de 5 estrellas.|Buena relación calidad-precio.|Pensé que sería malo, pero no lo fue.|Nunca falla.|¡Ojalá lo hubiera comprado antes!
{N} es {p}.|{N} es realmente {p}.|Creo que {n} es {p}.|{N} es {p} y llegó a tiempo.|Al principio pensé que {n} era {q}, pero es {p}.|{N} no es nada {q}, todo lo contrario.|Dicen que {n} es {q}, pero el mío es {p}.|¡{P}!|Antes {n} era {q}, ahora es {p}.""",
    "fr": """Très satisfait.|Je recommande !|Livraison rapide, rien à redire.|Marche parfaitement depuis deux ans.|Je le rachèterais sans hésiter.|Mieux que prévu.|Mon mari l'adore.
La tache est partie tout de suite.|Remboursé le jour même.|Bien mieux que l'ancien.|Je ne pourrais pas demander mieux.|Je ne changerais rien.|Au début j'étais sceptique, maintenant je suis ravie.
Il me va parfaitement.|Vaut chaque centime.|5 étoiles sur 5.|Bon rapport qualité-prix.|Je pensais que ce serait mauvais, mais pas du tout.|Jamais déçu.|Dommage que je ne l'aie pas acheté plus tôt !
{N} est {p}.|{N} est vraiment {p} !|Je trouve que {n} est {p}.|{N} est {p} et arrivé à l'heure.|Au début je pensais que {n} était {q}, mais il est {p}.|{N} n'est pas du tout {q}, au contraire.|Certains disent que {n} est {q}, mais le mien est {p}.|{P} !|Avant {n} était {q}, maintenant il est {p}.""",
    "it": """Molto soddisfatto.|Lo consiglio!|Consegna veloce, tutto perfetto.|Funziona benissimo da due anni.|Lo ricomprerei subito.|Meglio di quanto mi aspettassi.|Mio marito lo adora.
La macchia è sparita subito.|Rimborsato lo stesso giorno.|Molto meglio di quello vecchio.|Non potrei chiedere di più.|Non cambierei nulla.|All'inizio ero scettica, ora sono entusiasta.
Mi sta benissimo.|Vale ogni centesimo.|5 stelle su 5.|Ottimo rapporto qualità-prezzo.|Pensavo fosse brutto, invece no.|Non delude mai.|Magari l'avessi comprato prima!
{N} è {p}.|{N} è davvero {p}!|Secondo me {n} è {p}.|{N} è {p} ed è arrivato in tempo.|All'inizio pensavo che {n} fosse {q}, ma è {p}.|{N} non è affatto {q}, anzi.|Dicono che {n} sia {q}, ma il mio è {p}.|{P}!|Prima {n} era {q}, adesso è {p}.""",
    "pt": """Muito satisfeito.|Recomendo!|Entrega rápida, tudo certo.|Funciona perfeitamente há dois anos.|Compraria de novo.|Melhor do que eu esperava.|Meu marido adora.
A mancha saiu na hora.|Devolveram o dinheiro no mesmo dia.|Muito melhor que o antigo.|Não poderia pedir mais.|Não mudaria nada.|No início duvidei, agora estou encantada.
Serviu perfeitamente.|Vale cada centavo.|5 de 5 estrelas.|Ótimo custo-benefício.|Pensei que seria ruim, mas não foi.|Nunca decepciona.|Pena que não comprei antes!|Chegou antes do prazo, amei.|Nota 10.
{N} é {p}.|{N} é realmente {p}!|Acho que {n} é {p}.|{N} é {p} e chegou no prazo.|No início pensei que {n} fosse {q}, mas é {p}.|{N} não é nada {q}, pelo contrário.|Dizem que {n} é {q}, mas o meu é {p}.|{P}!|Antes {n} era {q}, agora é {p}.""",
    "nl": """Zeer tevreden.|Een aanrader!|Snel geleverd, niets op aan te merken.|Werkt al twee jaar perfect.|Ik zou het zo weer kopen.|Beter dan verwacht.|Mijn man is er dol op.
De vlek was meteen weg.|Dezelfde dag mijn geld terug.|Veel beter dan mijn oude.|Ik zou niets willen veranderen.|Geen klachten.|Eerst twijfelde ik, nu ben ik enthousiast.
Past precies.|Elke cent waard.|5 van de 5 sterren.|Goede prijs-kwaliteitverhouding.|Ik dacht dat het slecht zou zijn, maar dat was het niet.|Stelt nooit teleur.|Had ik het maar eerder gekocht!
{N} is {p}.|{N} is echt {p}!|Ik vind dat {n} {p} is.|{N} is {p} en kwam op tijd.|Eerst dacht ik dat {n} {q} was, maar hij is {p}.|{N} is helemaal niet {q}, integendeel.|Anderen zeggen dat {n} {q} is, maar de mijne is {p}.|{P}!|Vroeger was {n} {q}, nu is hij {p}.""",
    "ru": """Очень доволен покупкой.|Рекомендую!|Доставили быстро, всё отлично.|Работает уже два года без проблем.|Купил бы ещё раз.|Лучше, чем ожидал.|Муж в восторге.
Пятно сразу исчезло.|Деньги вернули в тот же день.|Намного лучше старого.|Лучше не бывает.|Ничего бы не стал менять.|Сначала сомневалась, теперь очень рада.
Сел идеально.|Стоит каждой копейки.|5 из 5.|Хорошее соотношение цены и качества.|Думал, будет плохо, а оказалось нет.|Ни разу не подвёл.|Жаль, что не купил раньше!
{N} {p}.|{N} действительно {p}!|Считаю, что {n} {p}.|{N} {p}, пришло вовремя.|Сначала думал, что {n} {q}, но нет: {p}.|{N} совсем не {q}, наоборот.|Пишут, что {n} {q}, а мой {p}.|{P}!|Раньше {n} был {q}, теперь {p}.""",
    "tr": """Çok memnun kaldım.|Tavsiye ederim!|Hızlı geldi, sorunsuz.|İki yıldır sorunsuz çalışıyor.|Yine alırım.|Beklediğimden iyi çıktı.|Eşim bayıldı.
Leke hemen çıktı.|Paramı aynı gün iade ettiler.|Eskisinden çok daha iyi.|Daha iyisi olamaz.|Hiçbir şeyini değiştirmezdim.|Önce emin değildim, şimdi çok mutluyum.
Tam oldu.|Her kuruşuna değer.|5 üzerinden 5 yıldız.|Fiyat performans ürünü.|Kötü olacağını sanmıştım ama değildi.|Hiç yarı yolda bırakmadı.|Keşke daha önce alsaydım!
{N} {p}.|{N} gerçekten {p}!|Bence {n} {p}.|{N} {p}, zamanında geldi.|Önce {n} {q} sandım ama {p} çıktı.|{N} hiç {q} değil, tam tersine.|{N} {q} diyorlar ama benimki {p}.|{P}!|Eskiden {n} {q} idi, şimdi {p}.""",
    "zh": """非常满意。|推荐购买!|物流很快,包装完好。|用了两年都没问题。|还会再买。|比想象中好。|老公很喜欢。
污渍马上就没了。|当天就退款了。|比我以前那个好多了。|无可挑剔。|没什么可抱怨的。|一开始很怀疑,现在很喜欢。
尺码正合适。|物超所值。|五星好评。|性价比高。|以为会很差,结果并不差。|从来没让我失望过。|早点买就好了!
{n}{p}。|{n}真的{p}!|我觉得{n}{p}。|{n}{p},准时送到。|开始以为{n}{q},其实{p}。|{n}一点也不差。|别人说{n}{q},我的{p}。|{p}!|以前{n}{q},现在{p}。""",
    "ja": """大変満足しています。|おすすめです!|すぐに届いて、梱包も丁寧でした。|二年使っていますが問題ありません。|また買います。|思ったより良かったです。|夫がとても喜んでいます。
シミがすぐに落ちました。|その日のうちに返金してくれました。|前のものよりずっと良いです。|言うことなしです。|文句のつけようがない。|最初は不安でしたが、今は大好きです。
サイズもぴったりでした。|値段以上の価値があります。|星五つです。|コスパが良い。|悪いと思っていたが、そうではなかった。|一度も期待を裏切られたことがない。|もっと早く買えばよかった!
{n}は{p}。|{n}は本当に{p}!|{n}は{p}。時間通りに届きました。|{n}は全然悪くないです。|他の人は悪いと言いますが、私は満足です。|{p}|以前は悪かったが、今は{p}""",
    "ar": """راض جدا عن الشراء.|أنصح به!|وصل بسرعة وكل شيء ممتاز.|يعمل منذ سنتين بدون مشاكل.|سأشتريه مرة أخرى.|أفضل مما توقعت.|زوجي أحبه كثيرا.
اختفت البقعة فورا.|أعادوا لي المال في نفس اليوم.|أفضل بكثير من القديم.|لا يمكن أن أطلب أكثر.|لن أغير فيه شيئا.|في البداية ترددت، والآن أنا سعيدة جدا.
مقاسه مناسب تماما.|يستحق كل قرش.|5 من 5 نجوم.|سعر ممتاز مقابل الجودة.|ظننت أنه سيكون سيئا لكنه لم يكن كذلك.|لم يخذلني أبدا.|ليتني اشتريته من قبل!
{n} {p}.|{n} فعلا {p}!|أرى أن {n} {p}.|{n} {p} ووصل في الموعد.|ظننت أن {n} {q} ولكنه {p}.|{n} ليس {q} أبدا بل العكس.|يقولون إن {n} {q} ولكن عندي {p}.|{p}!|كان {n} {q} والآن {p}.""",
}
NEGATIVE: dict[str, str] = {
    "de": """Sehr enttäuscht.|Finger weg!|Kam kaputt an.|Nach drei Tagen kaputt.|Nie wieder.|Schlechter als erwartet.|Mein Mann hat sich nur geärgert.
Der Fleck ist immer noch da.|Ich warte seit drei Monaten auf mein Geld.|Der alte war viel besser.|Das kann ich nicht empfehlen.|Reine Geldverschwendung.|Erst war ich begeistert, nach einer Woche ging nichts mehr.
Passt überhaupt nicht.|Keinen Cent wert.|1 von 5 Sternen.|Viel zu teuer für die Qualität.|Ich dachte, es wäre gut, aber das war es nicht.|Der Kundendienst antwortet nicht.|Ist das gut? Nein.|Hält nicht, was es verspricht.
{N} ist {q}.|{N} ist wirklich {q}!|Ich finde, {n} ist {q}.|{N} ist {q} und kam zu spät an.|Zuerst dachte ich, {n} wäre {p}, aber er ist {q}.|{N} ist nicht {p}.|{N} ist alles andere als {p}.|Andere schreiben, {n} sei {p}. Meiner ist {q}.|{Q}!|Früher war {n} {p}, jetzt ist er {q}.|Ich glaube nicht, dass {n} {p} ist.""",
    "es": """Muy decepcionado.|¡No lo compren!|Llegó roto.|Se rompió a los tres días.|Nunca más.|Peor de lo que esperaba.|Mi marido lo devolvió.
La mancha sigue ahí.|Llevo tres meses esperando el reembolso.|El anterior era mucho mejor.|No lo recomiendo.|Dinero tirado.|Al principio me encantó, a la semana dejó de funcionar.
No me queda nada bien.|No vale ni un céntimo.|1 de 5 estrellas.|Demasiado caro para la calidad.|Pensé que sería bueno, pero no lo fue.|Nadie responde los correos.|¿Es bueno? No.|No cumple lo que promete.
{N} es {q}.|{N} es realmente {q}.|Creo que {n} es {q}.|{N} es {q} y llegó tarde.|Al principio pensé que {n} era {p}, pero es {q}.|{N} no es {p}.|{N} es todo menos {p}.|Dicen que {n} es {p}, pero el mío es {q}.|¡{Q}!|Antes {n} era {p}, ahora es {q}.|No creo que {n} sea {p}.""",
    "fr": """Très déçu.|À éviter !|Arrivé cassé.|Cassé au bout de trois jours.|Plus jamais.|Pire que prévu.|Mon mari l'a renvoyé.
La tache est toujours là.|J'attends mon remboursement depuis trois mois.|L'ancien était bien mieux.|Je ne recommande pas.|De l'argent jeté par les fenêtres.|Au début j'étais ravie, au bout d'une semaine plus rien ne marchait.
Il ne me va pas du tout.|Ne vaut pas un centime.|1 étoile sur 5.|Trop cher pour la qualité.|Je pensais que ce serait bien, mais pas du tout.|Personne ne répond aux mails.|C'est bien ? Non.|Ne tient pas ses promesses.
{N} est {q}.|{N} est vraiment {q} !|Je trouve que {n} est {q}.|{N} est {q} et arrivé en retard.|Au début je pensais que {n} était {p}, mais il est {q}.|{N} n'est pas {p}.|{N} est tout sauf {p}.|Certains disent que {n} est {p}, mais le mien est {q}.|{Q} !|Avant {n} était {p}, maintenant il est {q}.|Je ne pense pas que {n} soit {p}.""",
    "it": """Molto deluso.|Da evitare!|Arrivato rotto.|Si è rotto dopo tre giorni.|Mai più.|Peggio di quanto mi aspettassi.|Mio marito l'ha restituito.
La macchia è ancora lì.|Aspetto il rimborso da tre mesi.|Quello vecchio era molto meglio.|Non lo consiglio.|Soldi buttati.|All'inizio ero entusiasta, dopo una settimana non funzionava più.
Non mi sta per niente bene.|Non vale un centesimo.|1 stella su 5.|Troppo caro per la qualità.|Pensavo fosse buono, invece no.|Nessuno risponde alle mail.|È buono? No.|Non mantiene ciò che promette.
{N} è {q}.|{N} è davvero {q}!|Secondo me {n} è {q}.|{N} è {q} ed è arrivato in ritardo.|All'inizio pensavo che {n} fosse {p}, ma è {q}.|{N} non è {p}.|{N} è tutto tranne che {p}.|Dicono che {n} sia {p}, ma il mio è {q}.|{Q}!|Prima {n} era {p}, adesso è {q}.|Non credo che {n} sia {p}.""",
    "pt": """Muito decepcionado.|Não comprem!|Chegou quebrado.|Quebrou em três dias.|Nunca mais.|Pior do que eu esperava.|Meu marido devolveu.
A mancha continua lá.|Espero o reembolso há três meses.|O antigo era muito melhor.|Não recomendo.|Dinheiro jogado fora.|No início adorei, em uma semana parou de funcionar.
Não serviu em mim.|Não vale um centavo.|1 de 5 estrelas.|Caro demais para a qualidade.|Pensei que seria bom, mas não foi.|Ninguém responde os e-mails.|É bom? Não.|Não cumpre o que promete.|Produto não chegou até hoje.
{N} é {q}.|{N} é realmente {q}!|Acho que {n} é {q}.|{N} é {q} e chegou atrasado.|No início pensei que {n} fosse {p}, mas é {q}.|{N} não é {p}.|{N} é tudo menos {p}.|Dizem que {n} é {p}, mas o meu é {q}.|{Q}!|Antes {n} era {p}, agora é {q}.|Não acho que {n} seja {p}.""",
    "nl": """Erg teleurgesteld.|Niet kopen!|Kwam kapot aan.|Na drie dagen kapot.|Nooit meer.|Slechter dan verwacht.|Mijn man heeft het teruggestuurd.
De vlek zit er nog steeds.|Ik wacht al drie maanden op mijn geld.|Mijn oude was veel beter.|Ik kan het niet aanraden.|Weggegooid geld.|Eerst was ik enthousiast, na een week deed hij niets meer.
Past helemaal niet.|Geen cent waard.|1 van de 5 sterren.|Te duur voor de kwaliteit.|Ik dacht dat het goed zou zijn, maar dat was het niet.|Niemand beantwoordt mijn mails.|Is het goed? Nee.|Doet niet wat het belooft.
{N} is {q}.|{N} is echt {q}!|Ik vind dat {n} {q} is.|{N} is {q} en kwam te laat.|Eerst dacht ik dat {n} {p} was, maar hij is {q}.|{N} is niet {p}.|{N} is allesbehalve {p}.|Anderen zeggen dat {n} {p} is, maar de mijne is {q}.|{Q}!|Vroeger was {n} {p}, nu is hij {q}.|Ik denk niet dat {n} {p} is.""",
    "ru": """Очень разочарован.|Не покупайте!|Пришло сломанным.|Сломалось через три дня.|Больше никогда.|Хуже, чем ожидал.|Муж вернул обратно.
Пятно так и осталось.|Жду возврата денег три месяца.|Старый был намного лучше.|Не рекомендую.|Выброшенные деньги.|Сначала радовалась, через неделю перестал работать.
Совсем не подошло по размеру.|Не стоит ни копейки.|1 из 5.|Слишком дорого за такое качество.|Думал, будет хорошо, а оказалось нет.|На письма никто не отвечает.|Хорошо ли это? Нет.|Обещаниям не соответствует.
{N} {q}.|{N} действительно {q}!|Считаю, что {n} {q}.|{N} {q}, пришло с опозданием.|Сначала думал, что {n} {p}, но нет: {q}.|{N} не {p}.|{N} совсем не {p}.|Пишут, что {n} {p}, а мой {q}.|{Q}!|Раньше {n} был {p}, теперь {q}.|Не думаю, что {n} {p}.""",
    "tr": """Hiç memnun kalmadım.|Sakın almayın!|Kırık geldi.|Üç günde bozuldu.|Bir daha asla.|Beklediğimden kötü çıktı.|Eşim iade etti.
Leke hâlâ duruyor.|Üç aydır iade bekliyorum.|Eskisi çok daha iyiydi.|Tavsiye etmem.|Paranıza yazık.|Önce çok sevdim, bir hafta sonra çalışmaz oldu.
Hiç olmadı.|Beş kuruş etmez.|5 üzerinden 1 yıldız.|Bu kalite için çok pahalı.|İyi olacağını sanmıştım ama değildi.|Mesajlara kimse cevap vermiyor.|İyi mi? Hayır.|Vaat ettiğini yapmıyor.
{N} {q}.|{N} gerçekten {q}!|Bence {n} {q}.|{N} {q}, geç geldi.|Önce {n} {p} sandım ama {q} çıktı.|{N} {p} değil.|{N} hiç {p} değil.|{N} {p} diyorlar ama benimki {q}.|{Q}!|Eskiden {n} {p} idi, şimdi {q}.|{N} {p} olduğunu düşünmüyorum.""",
    "zh": """非常失望。|千万别买!|收到就是坏的。|三天就坏了。|再也不买了。|比想象中差。|老公退货了。
污渍还在。|等了三个月还没退款。|以前那个好多了。|不推荐。|浪费钱。|一开始很喜欢,一周后就不能用了。
尺码完全不合适。|一分钱都不值。|一星。|这个质量太贵了。|以为会很好,结果并不好。|客服不回消息。|好吗?不好。|和描述不符。
{n}{q}。|{n}真的{q}!|我觉得{n}{q}。|{n}{q},而且送晚了。|开始以为{n}{p},其实{q}。|{n}一点也不好。|别人说{n}{p},我的{q}。|{q}!|以前{n}{p},现在{q}。|我不觉得{n}好。""",
    "ja": """とてもがっかりしました。|買わないでください!|届いた時には壊れていました。|三日で壊れました。|二度と買いません。|思ったより悪かったです。|夫が返品しました。
シミがまだ残っています。|三か月たっても返金されません。|前のものの方がずっと良かったです。|おすすめできません。|お金の無駄でした。|最初は気に入っていましたが、一週間で動かなくなりました。
サイズが全然合いません。|一円の価値もありません。|星一つです。|この品質にしては高すぎる。|良いと思っていたが、そうではなかった。|問い合わせても返事がありません。|良いですか?いいえ。|説明と違います。|使えない。|すぐ切れた。|安物だった。
{n}は{q}。|{n}は本当に{q}!|{n}は{q}。しかも届くのが遅かった。|{n}は全然良くないです。|他の人は良いと言いますが、私は不満です。|{q}|以前は良かったが、今は{q}""",
    "ar": """محبط جدا.|لا تشتروه!|وصل مكسورا.|تعطل بعد ثلاثة أيام.|لن أكررها أبدا.|أسوأ مما توقعت.|زوجي أعاده.
البقعة ما زالت موجودة.|أنتظر استرداد المال منذ ثلاثة أشهر.|القديم كان أفضل بكثير.|لا أنصح به.|خسارة للمال.|في البداية أعجبني، وبعد أسبوع توقف عن العمل.
المقاس غير مناسب إطلاقا.|لا يساوي قرشا.|1 من 5 نجوم.|غالي جدا مقابل هذه الجودة.|ظننت أنه سيكون جيدا لكنه لم يكن كذلك.|لا أحد يرد على الرسائل.|هل هو جيد؟ لا.|لا يفي بما وعد به.
{n} {q}.|{n} فعلا {q}!|أرى أن {n} {q}.|{n} {q} ووصل متأخرا.|ظننت أن {n} {p} ولكنه {q}.|{n} ليس {p}.|{n} غير {p} إطلاقا.|يقولون إن {n} {p} ولكن عندي {q}.|{q}!|كان {n} {p} والآن {q}.|لا أعتقد أن {n} {p}.""",
}
NEUTRAL: dict[str, str] = {
    "de": "Geht so.|Ganz okay.|Mittelmäßig.|Erfüllt seinen Zweck.|Nicht gut und nicht schlecht.|3 von 5 Sternen.|Ich habe es am Montag bestellt.|Das Paket enthält zwei Kabel.|Wann wird es geliefert?|Gibt es das auch in Blau?|Ich habe es noch nicht ausprobiert.|Die Farbe ist grau.|Es ist ein Geschenk für meine Schwester.|{N} steht in der Küche.|{N} kam am Dienstag an.|Durchschnittlich, mehr nicht.",
    "es": "Regular.|Está bien, sin más.|Normal.|Cumple su función.|Ni bueno ni malo.|3 de 5 estrellas.|Lo pedí el lunes.|El paquete trae dos cables.|¿Cuándo llega?|¿Lo hay en azul?|Todavía no lo he probado.|El color es gris.|Es un regalo para mi hermana.|{N} está en la cocina.|{N} llegó el martes.|Del montón.",
    "fr": "Bof, moyen.|Correct, sans plus.|Moyen.|Fait le travail.|Ni bon ni mauvais.|3 étoiles sur 5.|Je l'ai commandé lundi.|Le paquet contient deux câbles.|Quand sera-t-il livré ?|Existe-t-il en bleu ?|Je ne l'ai pas encore essayé.|La couleur est grise.|C'est un cadeau pour ma sœur.|{N} est dans la cuisine.|{N} est arrivé mardi.|Passable.",
    "it": "Così così.|Va bene, niente di più.|Nella media.|Fa il suo dovere.|Né buono né cattivo.|3 stelle su 5.|L'ho ordinato lunedì.|La confezione contiene due cavi.|Quando arriva?|C'è anche in blu?|Non l'ho ancora provato.|Il colore è grigio.|È un regalo per mia sorella.|{N} è in cucina.|{N} è arrivato martedì.|Discreto, senza infamia e senza lode.",
    "pt": "Mais ou menos.|Razoável.|Mediano.|Cumpre a função.|Nem bom nem ruim.|3 de 5 estrelas.|Pedi na segunda-feira.|O pacote traz dois cabos.|Quando chega?|Tem em azul?|Ainda não testei.|A cor é cinza.|É um presente para minha irmã.|{N} está na cozinha.|{N} chegou na terça.|Normal, nada de especial.",
    "nl": "Gaat wel.|Wel oké.|Gemiddeld.|Doet wat het moet doen.|Niet goed en niet slecht.|3 van de 5 sterren.|Ik heb het maandag besteld.|In het pakket zitten twee kabels.|Wanneer wordt het geleverd?|Is het er ook in blauw?|Ik heb het nog niet geprobeerd.|De kleur is grijs.|Het is een cadeau voor mijn zus.|{N} staat in de keuken.|{N} kwam dinsdag aan.|Matig, niets bijzonders.",
    "ru": "Так себе.|Нормально.|Средне.|Со своей задачей справляется.|Ни хорошо, ни плохо.|3 из 5.|Заказал в понедельник.|В комплекте два кабеля.|Когда доставят?|Есть в синем цвете?|Ещё не пробовал.|Цвет серый.|Это подарок для сестры.|{N} стоит на кухне.|{N} пришёл во вторник.|Ничего особенного.",
    "tr": "İdare eder.|Fena değil.|Ortalama.|İş görür.|Ne iyi ne kötü.|5 üzerinden 3 yıldız.|Pazartesi sipariş ettim.|Paketten iki kablo çıkıyor.|Ne zaman gelir?|Mavisi var mı?|Henüz denemedim.|Rengi gri.|Kardeşime hediye.|{N} mutfakta duruyor.|{N} salı günü geldi.|Vasat.",
    "zh": "一般。|还行吧。|马马虎虎。|凑合能用。|不好也不坏。|三星。|星期一下的单。|包装里有两根线。|什么时候发货?|有蓝色的吗?|还没试过。|颜色是灰色的。|是给妹妹的礼物。|{n}在厨房里。|{n}星期二到的。|中规中矩。",
    "ja": "普通です。|まあまあです。|可もなく不可もなく。|とりあえず使えます。|良くも悪くもない。|星三つです。|月曜日に注文しました。|箱にはケーブルが二本入っています。|いつ届きますか?|青色はありますか?|まだ試していません。|色は灰色です。|妹へのプレゼントです。|{n}は台所にあります。|{n}は火曜日に届きました。|値段相応です。",
    "ar": "عادي.|مقبول.|متوسط.|يؤدي الغرض.|ليس جيدا وليس سيئا.|3 من 5 نجوم.|طلبته يوم الاثنين.|العلبة فيها سلكان.|متى يصل؟|هل يوجد باللون الأزرق؟|لم أجربه بعد.|اللون رمادي.|هدية لأختي.|{n} في المطبخ.|{n} وصل يوم الثلاثاء.|لا بأس به.",
}
CJK = ("ja", "zh")


def _parts(text: str) -> list[str]:
    return [part for line in text.splitlines() for part in line.split("|")]


def _filled(language: str, sentence: str, rng: random.Random) -> str:
    for slot in "npq":
        word = rng.choice(SLOTS[language][slot].split("|"))
        sentence = sentence.replace(f"{{{slot}}}", word).replace(f"{{{slot.upper()}}}", word[:1].upper() + word[1:])
    return sentence


def frame_texts(count: int, rng: random.Random) -> list[tuple[str, Target]]:
    """`count` texts of one or two sentences of the same class, with their targets; the languages of `SLOTS` take turns."""
    texts = []
    for n in range(count):
        language = list(SLOTS)[n % len(SLOTS)]
        kind = rng.choices(("positive", "negative", "neutral"), (2, 2, 1))[0]
        source = {"positive": POSITIVE, "negative": NEGATIVE, "neutral": NEUTRAL}[kind][language]
        sentences = [_filled(language, each, rng) for each in rng.sample(_parts(source), rng.choice((1, 1, 1, 2)))]
        text = ("" if language in CJK else " ").join(sentences)
        if rng.random() < 0.15:
            text = text.lower()
        if rng.random() < 0.2:
            text = text.rstrip(".!。")
        texts.append((text, NEITHER if kind == "neutral" else NAMED[kind]))
    return texts


if __name__ == "__main__":
    for text, target in frame_texts(44, random.Random(1)):
        print(target, text)
