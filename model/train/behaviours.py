"""Generates kinds of reviews that the training data has too few of, each with its target.

    python behaviours.py --count 200 --testing > behaviours.jsonl
    python behaviours.py --count 200 --rows > invariance.jsonl

A family is a kind of text: ratings in stars, double negation, "used to … but now" and so on. It has blocks of frames with the same target;
`lexicon.py` fills the slots of the frames. About a fifth of the frames and of the words is for testing only.
"""

import argparse
import functools
import json
import random
import re
from collections.abc import Callable

from lexicon import CLOSED, LISTS, Filler, capitalised, listed, split
from symbols import EMOJI, RATING_STARS, SMILEYS

Target = tuple[float, float, float]  # probabilities of negative, neutral and positive

VERY_GOOD, GOOD, RATHER_GOOD = (0.01, 0.03, 0.96), (0.03, 0.09, 0.88), (0.06, 0.34, 0.60)
VERY_BAD, BAD, RATHER_BAD = (0.96, 0.03, 0.01), (0.88, 0.09, 0.03), (0.60, 0.34, 0.06)
PLAIN, MILD = (0.03, 0.94, 0.03), (0.12, 0.78, 0.10)
LEANS_BAD, LEANS_GOOD = (0.33, 0.60, 0.07), (0.07, 0.60, 0.33)
CLASSES = ("negative", "neutral", "positive")

FRAMES: dict[str, list[tuple[Target, str]]] = {
    "problem solved": [
        (GOOD, """Took the rust off in seconds.|Got the stain out on the first go.|No more squeaky doors since I used this.|Cleared the blocked drain in minutes.
My knees no longer hurt when I climb the stairs.|The ants were gone the next morning.|My phone finally lasts through the day.|The leak stopped right away.
Fixed my snoring, and my wife sleeps again.|It got rid of the smell in the fridge overnight.|My scratches disappeared after one coat.|I can finally read small print again.
The wobble in my table is gone.|My dry skin cleared up within {time}.|Saved my old {thing} from the dump.|Brought my dead {thing} back to life.|The weeds never came back.
Stopped my dog from pulling on walks.|Unstuck a bolt that nothing else would move.|My baby sleeps through the night since we got it.|After {time} the pain was gone.
No more tangled cables on my desk.|Wi-Fi now reaches every corner of the house.|My hair stopped falling out.|The {thing} that would not start runs again.|Removed the ink from my white shirt.
It took the headache away in half an hour.|My cat finally stopped scratching the sofa.|The mould in our bathroom is history.|Lint gone, pilling gone, sweater like new.
It ended years of neck pain.|The fog on my glasses is a thing of the past.|My printer finally connects every time.|Solved the problem in one go.|Cured my dry heels.
My lawn is green again.|Even burnt-on grease wiped right off.|Got the car started on the coldest day of the year.|The noise is gone.|It did what three other products could not.
{Problem} is gone.|{Problem} was gone after {time}.|{Problem} disappeared.|Got rid of {problem} in {time}.|It took care of {problem}.|Finally something that works on {problem}.|No trace of {problem} any more.|Say goodbye to {problem}.|I tried everything against {problem}; this worked.|One use and {problem} was history.
Goodbye, {problem}.|{Problem} never came back.|Bought it because of {problem}. Problem solved.|It made short work of {problem}.|{Problem}? Gone!|It ended {problem} for good.|I had given up on {problem} until I found this {thing}.|Thanks to this, {problem} is no longer an issue.|Removed {problem} without a trace.
{Problem} vanished like magic.|It cured {problem}.|We bought it against {problem} and have had peace ever since.|Took {problem} out in one go.|For years {problem} drove me mad, and now it is over.|{Problem}: fixed.|It fixed {problem} within {time}.|I no longer notice {problem}.|Wiped away {problem} like nothing.|Like new again!|Works as a remedy for {problem}.
My {thing}, dead for {age}, works again.|It made my broken {thing} run again.|Got my old {thing} running again.|The dead {thing} is alive again.|My {thing} starts on the first try again.|The {thing} we had given up on works like new.|Bye bye, {problem}.|Farewell, {problem}!|It washed {problem} away.|{Problem} came right off.|It lifted {problem} right off.|It dissolved {problem}.|It cleared up {problem} in {time}.|It eased {problem} at once.|Knocked out {problem} overnight.|Melted {problem} away.
Kept {problem} away all summer.|It made {problem} bearable, then it was gone.|{Problem} is much better now.|Big relief from {problem}.|Instant relief.|{Problem} is down to almost nothing.|It sorted out {problem}.|It put a stop to {problem}.|It beat {problem} in one go.|We are rid of {problem}.|Rid of {problem} at last!|Killed {problem} dead.|A quick fix for {problem}.|{Problem} under control.|{Problem} improved from the first day.|I can sleep again, {problem} is over.|Tackles {problem} with ease.|It scrubs {problem} off with no effort.
The screen that stayed black lights up again.|The {thing} that refused to start hums along now.|It revived a {thing} we had written off.|What was stuck moves freely.|The crack is filled and you cannot see it.|The drip stopped the minute I tightened it.|{Problem} cleared within days.|{Problem} faded and then it was gone.|{Problem} has stayed away since.|{Problem} has not been back.|{Problem} hasn't returned.|{Problem} never showed up again.|I have not had {problem} since.|Not a trace of {problem} left.|It wiped out {problem}.|It chased {problem} away.|It banished {problem}.|{Problem} is a thing of the past.|So long, {problem}!|Adios, {problem}!|No more {problem}!|No more {problem} after {time}.|One drop and {problem} was gone.|Two sprays and {problem} disappeared.|It does away with {problem} in no time.|It gets {problem} off without scrubbing.|It takes {problem} off like magic.|{Problem} rinses right off.|It melts {problem}.|It kills {problem} on contact.|Kills {problem} every time.|It calmed {problem} overnight.|It tamed {problem}.|It took the edge off {problem}, then it went away.|It finally put an end to {problem}.|After {age} of {problem}, I am free of it.|My doctor could not help with {problem}, this did.|Where others failed against {problem}, this worked.|I was desperate because of {problem}. Not any more.|My son had {problem}; after {time} he was fine.|It unclogged everything.|Unblocked my sink with one bottle.|It loosened bolts that were rusted solid.|My plants perked up after one feed.|My old {thing} feels new again.|Back in action thanks to this part.|Fixed! Took me five minutes.|And just like that, it was fixed.|It stopped the rattle for good.|No leaks since.|No more sleepless nights.|We all sleep through now.
The {thing} works again.|My {thing} runs again.|It got my {thing} running again.|It got the old {thing} to start.|It made my old {thing} work again.|It made the {thing} run like new.|The {thing} that had died runs fine now.|The {thing} that did nothing for {age} starts at once.|The {thing} which would not move moves again.|The {thing} that kept stalling runs.|Up and running again.|Starts again!|{Problem} is dead.|It zapped {problem}.|It destroyed {problem}.|It murders {problem}.|It killed off {problem}.|It finished off {problem}.|It scrubs {problem} away.|It wipes {problem} off without effort.|It takes no effort to get {problem} off now.|It made {problem} bearable.|It made {problem} go away.|It helped so much with {problem}.|It keeps {problem} away.|It keeps {problem} at bay."""),
        (BAD, """Did nothing for the rust.|The stain is still there.|The door squeaks as before.|The drain is still blocked.|My knees hurt just as much.|The ants came back the next day.
My phone is still dead by noon.|It leaks as much as ever.|He still snores.|The fridge smells worse now.|The scratch is still visible after four coats.|The table wobbles as before.
My skin broke out after {time}.|Killed my {thing}.|The weeds are back after {time}.|My dog still pulls.|The bolt did not move.|The pain is worse now.|Wi-Fi is as slow as before.
More of my hair falls out now.|The {thing} still will not start.|The ink spread over the whole shirt.|The headache stayed.|The mould was back in {time}.|It made the pilling worse.
My lawn turned brown.|The grease did not budge.|Could not start the car, not once.|Made the noise even louder.|It solved nothing.|It left white marks all over my {thing}.
{Problem} is still there.|Did nothing for {problem}.|{Problem} came back after {time}.|It even made {problem} worse.|No effect on {problem}.|After {time} {problem} is the same as before.|It does not help with {problem}.|I bought it because of {problem} and still have it.|Useless against {problem}.|{Problem} is worse than ever.
Has not touched {problem}.|Five applications and {problem} has not budged.|It was supposed to fix {problem}. It didn't.|Now I have {problem} and a rash.|Spread {problem} everywhere.|{Problem} laughed at it.|Claims to remove {problem}, which is a lie.|It hid {problem} for {time}, then it was back.|I see no difference in {problem}.|All it did was leave a mess.
It broke my {thing} for good.|My {thing} runs worse than before.|The dead {thing} stayed dead.|{Problem} is still here to greet me.|It smeared {problem} around.|{Problem} won't come off.|It gave me {problem}.|Now I have {problem}, which I never had before.|Left me with {problem}.|{Problem} got worse with every use.|It was no match for {problem}.|It does not touch {problem}.|I still suffer from {problem}.|{Problem} returned within {time}.|It turned my {clothing} yellow.|Turned my skin red.|Made my hair fall out.|Ruined the finish of my {thing}.|It burned a hole in my rug.|No relief at all.
{Problem} stays.|{Problem} is here to stay.|{Problem} was back within hours.|{Problem} only got redder.|{Problem} did not fade one bit.|It turned everything brown.|My plants turned yellow and died.|It killed my plants.|It turned my hair green.|It left a stain bigger than the first.|It took the paint off with it.|It dulled the shine of my {thing}.|It clogged my sink even more.|It made no dent in {problem}.|I scrubbed for an hour and {problem} is still there.|Three bottles later I still have {problem}.|Nothing happened to {problem}.|{Problem} shrugged it off.|Don't expect it to help with {problem}.|All it did for {problem} was smell.|It irritated my skin and did nothing else.|I woke up with a rash.|The {thing} still does not start.|The {thing} that would not start is now smoking.|It stays broken.|Still broken, and I paid for the repair.|The noise came back louder.|It fixed one thing and broke two.
My {clothing} turned pink.|My hair turned orange.|My grass turned yellow.|My teeth turned grey.|My wall turned yellow.|It made my {thing} stop altogether.|The {thing} that worked before does not any more."""),
    ],
    "complaint resolved": [
        (GOOD, """One arrived broken, but they sent a new one the next day.|Full refund the same day, no questions asked.|The first one was defective; the seller replaced it at once.
My order got lost and support sent another by express, free of charge.|I complained and they fixed it within the hour.|They made it right straight away.
The {thing} had a scratch, so they gave me my money back and let me keep it.|{person} from support called me back and sorted it all out.|There was a mix-up, which they solved quickly and kindly.
My steak was overdone; they apologised and brought a perfect one.|Wrong size at first, but the exchange was quick and painless.|After my complaint the manager took care of it personally.
A part was missing and it came in the post two days later with a nice note.|They owned up to the mistake and refunded everything.|The room was not ready, so they upgraded us to a suite.
It stopped working after a year and {brand} replaced it under warranty without fuss.|They stood behind their product.|Had an issue with billing, sorted out in five minutes by a very kind lady.
The courier damaged it, yet a replacement was at my door by {time} later.|Problem with the login, solved by {person} in no time.|When I told them about the crack they shipped a new one the same afternoon.
I had trouble setting it up, but support walked me through it patiently.|I thought I would have to fight for my refund, but it was there the next morning.|Support went above and beyond to fix my mistake.
{Trouble}, but {remedy}.|{Trouble}, and {remedy}.|{Trouble}. I wrote to them and {remedy}.|{Trouble}, so I called, and {remedy}.|When {trouble}, {remedy}.|At first {trouble}, but {remedy}. That is service!|{Remedy} after {trouble}.|{Trouble}; {remedy}. Kudos!|I had an issue because {trouble}. {Remedy}.
{Remedy}.|{Remedy}!|Even though {trouble}, {remedy}, so I am happy.|We complained that {trouble} and {remedy}.|Mistakes happen: {trouble}. {Remedy}. Well done.|My only problem was that {trouble}, and {remedy}.|{Trouble} at first. {Remedy}, so full marks.
It stopped after {age}, and they replaced it free of charge.|It broke just before the warranty ended and {brand} sent a new one without a question.|When it failed they exchanged it on the spot.|The warranty claim took two days and cost me nothing.|Honoured the warranty without a murmur.|I dreaded the return, but it took a minute.|I expected a fight over the refund and got it at once.|I braced for a long argument, and they simply said yes.|Our room was noisy, so they moved us to a nicer one.|They gave us a better room to make up for it.|They bumped us up to first class after the mix-up.|We had a mix-up with the booking, and they found us something even better.|{Trouble}. They could not have been kinder about it.|{Trouble}, but you should see how they took care of it!|{Trouble}, and they went out of their way to put it right.|Yes, {trouble}, but what counts is how they reacted: {remedy}.|They were so helpful when {trouble}.|Everyone makes mistakes. When {trouble}, {remedy}.|They apologised twice and {remedy}.|Hats off: {trouble}, and {remedy}.|The battery died and a new one was here in two days.|A screw was missing; one mail and I had ten of them.|My fault, really, and still they sent me a new one.|They picked it up, fixed it and brought it back, all in a week.|They reimbursed me the same evening.|The chat agent sorted it in two minutes."""),
        (BAD, """One arrived broken and they refuse to replace it.|Still waiting for my refund after three months.|The first one was defective, and so was the replacement.
My order got lost and nobody answers my mails.|I complained four times and nothing happened.|They blamed me for the damage.|They want me to pay for return shipping of a broken {thing}.
Support hung up on me.|I was promised a refund that never came.|My steak was overdone and the waiter just shrugged.|Wrong size, and an exchange is impossible.|The manager laughed at my complaint.
A part was missing and they say it is not their problem.|They denied the mistake.|The room was not ready until nine at night and nobody said sorry.|The warranty is worth nothing.
{brand} refused to honour the warranty.|Billing charged me twice and will not pay it back.|Every mail gets the same canned answer.|The ticket was closed without an answer.
They offered me five per cent off my next order. No thanks.|Sent it in for repair and it came back with the same fault.|A bot answers, never a person, and nothing gets solved.
{Trouble}, and {stonewall}.|{Trouble}. I wrote to them and {stonewall}.|{Trouble}, so I called, but {stonewall}.|When {trouble}, {stonewall}.|First {trouble}, then {stonewall}.|{Trouble}; {stonewall}. Shame!|I had an issue because {trouble}. {Stonewall}.|{Stonewall}.|{Stonewall}!
We complained that {trouble} and {stonewall}.|{Trouble} and {trouble}.|{Trouble} again.|They promised to help after {trouble}, but {stonewall}.|{Trouble}, {stonewall}, and they call that service.|Twice now {trouble}.|{Trouble}. So long, {brand}.
They offered me a coupon instead of a refund.|All I got was a voucher.|A voucher is all they offered.|They offered me ten per cent off after {trouble}. Insulting.|{Trouble}, and all they sent was a coupon.|{Trouble}, and they just offered me credit.|Their guarantee is not worth the paper.|The guarantee means nothing.|The lifetime warranty lasts as long as they feel like it.|I have been passed from one department to the next.|They closed my case without asking me.|I was on hold for an hour, then the line went dead.|They replaced it with one that has the same fault.|The replacement was broken too.|Second replacement, same defect.|They say I must pay for the repair, two weeks after I bought it.|No refund, no reply.|They keep asking for photos and do nothing.|Their answer: read the manual."""),
    ],
    "comparison": [
        (GOOD, """Much better than my old {thing}.|So much better than the {brand} I had before.|Beats my old {brand} by a mile.|My last {thing} died after {time}; this one is still going strong.
The old one leaked, this one does not.|Far superior to the cheap ones.|A huge step up from the previous version.|Unlike the last {venue} we tried, this one was {pos}.
Nothing else comes close.|Best of the five I have tried.|It puts the expensive brands to shame.|The new {digital} is a big improvement.|Night and day compared with my old {thing}.
I wish I had bought this instead of the {brand}.|Leaves the competition in the dust.|Finally a {thing} that does not break like the others.|I replaced a {neg1} {thing} with this and never looked back.
Of all the {thing}s I owned, none was as good as this.|Better than the original.|Better than the book.|Works where others failed.|Half the price and twice as good as {brand}.
The other brands gave me a rash; this one is gentle.|I have been through four {thing}s, and only this one delivers.|Even better than the first one.|More comfortable than my old ones.
My old {thing} broke all the time, this one does not.|I had a {brand} before; this one is in another league.|After three {neg1} {thing}s, finally one that is {pos}.|Better than my last three {thing}s together.|Compared with my {brand}, this is {pos}.|A massive improvement over the old {digital}.|My previous {thing} was {neg1}. This one is {pos}.
The {venue} across the street was {neg1}; this one is {pos}.|Better than any {food} I have had in {place}.|I have tried {brand}, {brand} and this one, and this wins.|More {pos1} than the first {media}.|The sequel is better than the original.|Blows {brand} out of the water.|Outperforms {thing}s that cost three times as much.
No comparison with the {neg1} one I had.|This year's {media} is miles better.|My wife has the {brand}, and she envies me.|I returned the {brand} and got this. Best decision ever.|I switched from {brand} and won't switch back.|The best {noun} since {brand} was young.|None of the others can hold a candle to it.|Where {brand} fails, this shines.
I changed from {brand} to this and am so glad.|I left {brand} for this and have not looked back.|Goodbye {brand}, hello {brand}: finally a {thing} that works.|I'd never go back to {brand} after this.|My old one jammed, this one never does.|The old one was loud, this one purrs.|My last {thing} fell apart; this one won't.|The last one I had leaked; this one stays dry.|In another league altogether.|A different league.|Head and shoulders above the rest.|Miles ahead of the others.|A cut above {brand}.|Returned the {brand} for this and never looked back.|Best of the bunch.|It wins against {brand} in every way."""),
        (BAD, """Much worse than my old {thing}.|Not half as good as the {brand} I had before.|My old {brand} ran rings around this.|My last {thing} lasted ten years; this one died after {time}.
The old one was great, this one leaks.|The cheap ones are better.|A big step down from the previous version.|Unlike the last {venue} we tried, this one was {neg}.|Anything else would be better.
Worst of the five I have tried.|A pale copy of the original.|The new {digital} is a step backwards.|I should have kept my old {thing}.|I wish I had bought the {brand} instead.
The competition does it better for less.|I replaced a {pos1} {thing} with this and regret it.|Of all the {thing}s I owned, none was as bad as this.|Not as good as the first one.|The book was so much better.
Twice the price and half as good as {brand}.|The knock-off works better than this.|They do not make them like they used to.|I went back to my old {thing}.|Even the free one does a better job.
My old {thing} never jammed; this one always does.|I had a {brand} before; this is nowhere near it.|Worse than my last three {thing}s together.|Compared with my {brand}, this is {neg}.|The old {digital} was far better.|My previous {thing} was {pos1}. This one is {neg}.|The {venue} across the street is {pos1}; this one is {neg}.
I have had better {food} at a gas station.|I have tried {brand}, {brand} and this one, and this comes last.|Less {pos1} than the first {media}.|The sequel ruins the original.|{brand} blows it out of the water.|My neighbour's cheap {thing} runs circles around it.|I switched from {brand} and regret it.|Not in the same league as {brand}.
Does not hold a candle to the {brand}.|The previous model was built like a tank. This one is plastic.|Since they changed the recipe the {food} is not what it was.|I miss my old {thing}.|Give me back the old {digital}!|A step down in every way.|Even the one from the dollar store lasted longer.
I changed from {brand} to this and am so sorry.|I left {brand} for this; what a mistake.|I'm going back to {brand}.|My old one ran smoothly, this one jams.|The old one was quiet, this one roars.|My last {thing} held up; this one fell apart.|The last one I had stayed dry; this one leaks.|Miles behind the others.|It loses against {brand} in every way.|Worst of the bunch.|Should have stayed with {brand}.|My old {thing} was faster, lighter and cheaper.|The old one never failed; this one fails every day."""),
    ],
    "double negation": [
        (GOOD, """Wouldn't change a thing.|I would not change a single thing about it.|Never disappoints.|It never lets me down.|No regrets.|I have no regrets about this purchase.|No complaints at all!|Zero complaints.
Not a single complaint.|I could not ask for more.|Couldn't ask for a better {thing}.|You can't go wrong with this {thing}.|Can't beat it.|I can't praise it enough.|I can't recommend it enough.
Cannot fault it.|I can find no fault with it.|Nothing to improve.|There is nothing I don't like about it.|What's not to like?|What's not to love?|It doesn't get better than this.|Could not be better.
Never had a problem with it.|Not one bad thing to say.|I have nothing bad to say about the {service}.|I wouldn't want to be without it.|I don't know how I lived without it.|Never a dull moment.
I could not be more pleased.|We were not disappointed.|You won't regret it.|You will not be disappointed.|Not a dry eye in the house.|I wouldn't hesitate to buy it again.|Don't hesitate, buy it!
There isn't a thing wrong with it.|No problems whatsoever.|It has not failed me yet.|Nothing beats this {thing}.|I have yet to find a flaw.|No one could have done it better.|I'd never go anywhere else.
I can't stop {more}.|Couldn't put it down.|Can't get enough of it.|I can't imagine a better {venue}.|Nobody does it better.|It hasn't let me down in {time}.|Never have I been so happy with a {thing}.
Nothing to complain about, just {pos1}.|I would not trade it for anything.|I wouldn't give it back for double the price.|There's nothing this {thing} can't do.|I don't want any other {thing}.|I never want to go back to my old {thing}.|I can't say enough good things about it.|You can't go wrong here.|Can't go wrong with {brand}.
I didn't want it to end.|We didn't want to leave.|I never get tired of it.|I haven't stopped wearing it.|I have not taken it off since.|No issues, no problems, no worries.|Not a single problem in {time}.|No downsides so far.|Zero problems.|Never fails.|It has never failed me.|Without a single flaw.|Not one thing I would do differently.
I don't have a single bad word for them.|Never let us down in ten years.|It couldn't have been easier.|It could not have gone better.|I couldn't have wished for more.|Couldn't be happier.|Could not be happier with my {thing}.|I have no doubt that it is the best.|There is no better {venue} in {place}.|No other {thing} comes near it.|I wouldn't buy anything else.
There was never any trouble with them.|Not once has it jammed.|No fuss, no mess.|No disappointment here.|It does not disappoint.|This {media} didn't disappoint.|I don't regret a thing.|I don't regret buying it for a second.|You'll never look back.|Never looked back.|It never ceases to amaze me.|Nothing short of {pos1}.|Nothing but praise.|Nothing but good things to say.|Nothing could be finer.
I could not be {happier}.|I couldn't be {happier} with it.|We could not have been {happier}.|It could not have been {better}.|It couldn't be {better}.|The {service} couldn't have been {better}.|Nothing could be {better}.|No {noun} is {better}.|No one is {better} than this {service}.|I have never been {happier}.|Never was a {noun} {better}.|It doesn't get any {better}.|I would have no other {thing}.|I see no reason to go anywhere else.|You will not find {better}.|I couldn't imagine anything {better}.
I haven't found a single fault.|Not one complaint in {age}.|Nobody in our family has a bad word to say about it.|I cannot say a bad word about {brand}.|There is nothing not to like.|Nothing here disappoints.|I am not sorry I bought it.|You won't be sorry.|I have never regretted it.|Not even once did it let me down.|I wouldn't part with it.|No way I'm giving it back!|I can't live without it.|Can't imagine life without it.|I wouldn't want another.""".replace("{more}", "smiling")),
        (RATHER_GOOD, """Can't complain.|I can't complain about the price.|Cannot complain, really.|Not half bad.|Not bad for the money.|Could be worse.|I've had worse.|No major complaints.|I don't mind it.|Not too shabby.
I wouldn't say no to another one.|It isn't without charm.|Nothing to complain about.|Not the worst I've tried, by far.|It is not bad at all.|Not a bad {noun} at all.
No real complaints.|Nothing wrong with it.|There's nothing wrong with it.|I can't find much wrong with it.|I have no objection to it.|I wouldn't mind going again.|I would not say I was disappointed.|I don't dislike it.|Not unpleasant.|Not without its merits.|Hardly a bad choice.|It won't disappoint.|Could have been worse.|We have seen worse.|Nothing too bad.
Nothing comes close to this {noun}.|Nothing tops this {noun}.|Nothing can beat this {thing}.|You can't beat this {thing}.|Nothing compares to it.|No other {noun} comes close.|There's no better {noun} in {place}.|There is no finer {venue} in {place}.|Nobody makes a better {food}.|No one does {food} better.|No one does it like them.|Couldn't have asked for a better {noun}.|I couldn't wish for a better {thing}.|We couldn't have been treated better.|I wouldn't part with it for the world.|I wouldn't sell it for twice what I paid.|I would not give it away for anything.|No money in the world would make me give it back."""),
        (BAD, """I can't recommend it.|Couldn't recommend this to anyone.|Nothing good to say about it.|There is nothing I like about it.|I could not be less impressed.|I wouldn't wish it on my worst enemy.
I would not take it if it were free.|Never again.|Not worth it.|No redeeming qualities.|I couldn't wait for it to end.|Could not be worse.|It doesn't get worse than this.|Nothing works.
I have yet to find one good thing about it.|I don't see what anybody likes about it.|No one should buy this.|Don't bother.|Don't waste your time.|You will regret it.|I wouldn't use it again.
I couldn't finish it.|Not even the {food} was good.|I can't think of a worse {noun}.|It never worked.|Never has a {thing} disappointed me more.|Nobody cares about the customer here.|I'd never go there again.
I can't think of anything good to say.|I never want to see it again.|I would never have bought it had I known.|No stars if I could.|I couldn't get away fast enough.|We couldn't wait to leave.|Nothing about it is {pos1}.|Nothing but trouble.|Nothing but problems since day one.|It never did what it should.|Not once did it work.|Never buying from them again.
I can't believe how {neg1} it is.|I wouldn't give it to my dog.|I would not feed it to my dog.|You couldn't pay me to go back.|I don't know why anyone buys this.|No idea how it got good reviews.|It could not be more {neg1}.|There is no excuse for this.|No quality control whatsoever.|No help, no answer, no refund.|It has never worked properly.|I haven't had one good day with it.
I could not be {angrier}.|I couldn't be {angrier} with it.|We could not have been {angrier}.|It could not have been {worse}.|It couldn't be {worse}.|The {service} couldn't have been {worse}.|Nothing could be {worse}.|No {noun} is {worse}.|I have never been {angrier}.|Never was a {noun} {worse}.|It doesn't get any {worse}.|You will not find {worse}.|I couldn't imagine anything {worse}.|I see no reason to come back.|I see no reason to keep it.
I haven't found a single good thing.|Nobody in our family has a good word to say about it.|I cannot say a good word about {brand}.|There is nothing to like.|Nothing here works.|I am sorry I bought it.|You will be sorry.|I have regretted it ever since.|Not even once did it work.|I wouldn't take it as a gift.|I can live without it.|Not something I'd want in my house.|I wouldn't let them touch my {thing} again."""),
    ],
    "price": [
        (GOOD, """Worth every penny.|Worth every cent!|A steal at this price.|Great value for money.|Good value.|Cheap and good.|A bargain.|Best money I ever spent.|Money well spent.|Pays for itself within {time}.
You get far more than you pay for.|I would have paid twice as much.|I'd gladly pay double.|For this price you can't go wrong.|Excellent price and fast shipping.|Not cheap, but worth it.
Expensive, yes, but you get what you pay for: quality.|Such a good deal.|What a deal!|A lot of bang for the buck.|Unbeatable price.|The price is more than fair.|Pricey but absolutely worth it.
High quality at a low price.|I saved a fortune with this {thing}.|It costs less than the others and does more.|Very reasonable prices.|Affordable and tasty.|Generous portions for little money.
Inexpensive and it looks like a million dollars.|Well worth the money.|Well worth the price.|Got it half off, what a find!|Well priced.|Value for money 10/10.
Hard to beat for the price.|You won't find better for the money.|For under twenty dollars it is {pos}.|I paid ten dollars and got a hundred dollars' worth.|Such {pos1} quality for so little money.|Dirt cheap and it works.|The price made me doubt, the quality convinced me.|I can't believe it costs so little.|Costs little, does a lot.|Best value in town.
The set lunch is a bargain.|Nice prices, large portions.|Bought it on sale, what a steal.|They could charge more and I would still pay.|An investment that paid off.|It has already paid for itself.|Cheaper than the rest and just as good.|Honest prices.|It was worth the splurge.|Worth the extra money.|Every dollar well spent.|The {food} is {pos1} and doesn't break the bank.
They ask little and give a lot.|I would happily pay more for this.|Even at twice the price I'd buy it.|If they charged double I would still come.|You pay more, but you get the best.|Costs more than others, and you can tell why: it lasts.|It's an investment, and it is worth it.|Yes, it's expensive; yes, I would buy it again.|Worth its weight in gold.|So much for so little.|Half the price of the big names and twice as good.
I wouldn't let them near my {thing} again.|I will not let them touch my {thing} again.|Never again will they get their hands on my {thing}.|I would not trust them with my {thing}.|It could hardly have been worse.|It couldn't have been harder to set up.|It could not have been slower.|Couldn't have been ruder.|Could not be more confusing.|Sorry I bought it.|I'm sorry I ever bought it.|I'm sorry I went."""),
        (BAD, """A waste of money.|Waste of money.|Total waste of money!|Don't waste your money.|Not worth a penny.|Not worth the money.|Way overpriced.|Far too expensive for what it is.|Save your money.
Daylight robbery.|What a rip-off.|I want my money back.|Money down the drain.|Might as well have burned the money.|I paid a lot for nothing.|You pay for the name only.|Cheap in every sense of the word.
At this price I expected far better.|For that kind of money it should at least work.|Costs a fortune and breaks after {time}.|Hidden fees everywhere.|They doubled the price and halved the portion.
Even at half price it would be too much.|Even free it would be too expensive.|I regret every cent.|Not worth half of what I paid.|Price gouging at its finest.|Overpriced junk.|They overcharged us.
I wouldn't pay a dime for it.|Ten dollars for this? Seriously?|Poor value for money.|Tiny portions at huge prices.|Keep your cash.|Spend your money elsewhere.
You pay more and get less.|I could have bought two good ones for that.|Not worth ten dollars.|Five dollars for a glass of water!|They raised the price again and the quality dropped.|The free one was better than this paid one.|Charged me extra for everything.|What a waste.|Wasted my money.|I threw my money out of the window.|I might as well have flushed my money down the toilet.
Looks like it cost a dollar, cost me fifty.|They should pay me for using it.|Overpriced and {neg1}.|Twice as expensive and half as {pos1}.|A luxury price for a {neg1} {thing}.|Highway robbery.|Expensive garbage.|A complete rip off.|Don't spend a cent on this.|Not even worth the shipping cost.|For that price I want something that lasts more than {time}.
Profiteering, plain and simple.|They see you coming and triple the price.|They squeeze every dollar out of you.|Pure greed.|A money grab.|Such a cash grab.|Milking their customers.|They nickel and dime you for everything.|You pay premium for bottom quality.|Expensive for what it is: a piece of plastic.|The price is a joke.|The prices are a joke.|My wallet hurts and I have nothing to show for it.|A fool and his money, and I was the fool.|I was robbed.|We were fleeced."""),
        (MILD, """You get what you pay for.|Okay for the price.|Fine for the money.|Average quality, average price.|For this price, what did I expect?|It's cheap, and it shows, but it works.|Acceptable for the price.
Priced about the same as the others.|It costs what it costs.|A bit pricey, but okay.|Not cheap, not expensive.|The price is average for the area.|It is what you would expect for ten dollars.
For the price it's okay.|You could pay more, you could pay less.|The prices are like everywhere else.|About what I expected for the money.|Priced in the middle.|The price is okay, the rest too.|Not a bargain, not a rip-off.|It's cheap and does what cheap ones do.|Fair enough for the price.|Neither cheap nor dear.|Reasonable price, average {food}.
The price is in line with other places.|Similar prices to everywhere else.|Prices are average.|Normal prices.|Average price for what it is.|Neither a steal nor a rip-off.|No bargain, but no rip-off either.|Fine at this price.|Okay for ten dollars.|It is okay for what it costs.|Cheap, but usable.|It's inexpensive and feels like it, but it does the job.|It is cheap and basic.|For the money it is alright.|A fair price for a fair {thing}.|Priced as usual.|Same price, same quality as the others.|You could get it cheaper or dearer.|The usual price for the usual quality."""),
        (PLAIN, """It cost twenty dollars.|I paid thirty euros for it.|The price was on the label.|It cost me {number} with shipping.|Is there a discount for students?|How much is the large one?|The price includes two refills.
It was forty at the other shop.|Prices are listed on the website.|I paid in cash.|The receipt says {number}.|What does the shipping cost?
The small one costs ten dollars.|I paid for it in two instalments.|My total was {number}.|It is on sale until Sunday.|They take cash and cards.|The fee is charged once a month.|The price is in euros.|There is a fee for delivery.|I used a gift card.|Could you tell me the price of the {plain} one?|Does the price include tax?
The fee is due every month.|They bill once a year.|The subscription renews in March.|The subscription is monthly.|It is charged to my card.|Payment is due at the end of the month.|The deposit is fifty dollars.|Admission is eight dollars.|It was nine dollars with tax.|The invoice shows {number}.|Shipping was five dollars."""),
    ],
    "negation of praise": [
        (BAD, """The {noun} is not {pos1}.|This {noun} isn't {pos1}.|That {noun} wasn't {pos1}.|It is not a {pos1} {noun}.|It wasn't {pos1} at all.|I don't {pos_do} this {noun}.|I didn't {pos_do} the {noun}.
I won't go so far as to say I {pos_did} it.|I can't claim to {pos_do} it.|It's not as if I {pos_did} it.|I would not call it {pos1}.|Nobody here {pos_does} this {noun}.|Hardly {pos1}.|Far from {pos1}.|Anything but {pos1}.|Not {pos1}.|Not {pos1} in the least.|This was not the {pos1} {noun} I had hoped for.
There's nothing {pos1} about this {noun}.|The {noun} never was {pos1}.|By no means a {pos1} {noun}.|I never {pos_did} it.|We did not {pos_do} our {noun}.|No, it isn't {pos1}.|I don't think it is {pos1}.
I don't think this {noun} is {pos1}.|Not what I would call {pos1}.|Neither the {noun} nor the {service} was {pos1}.|It's just not {pos1}.|I do not {pos_do} it at all.|They don't make {pos1} {clothing}s.
I doubt anyone will {pos_do} it.|I wish I could say it is {pos1}.|The {noun} isn't very {pos1}.|Wasn't {pos1}, wasn't cheap.|no {pos1} {noun} here|The {service} was not {pos1} to us.|Nothing here is {pos1}.
It lacks everything that makes a {noun} {pos1}.|I failed to see what is {pos1} about it.|Without being {pos1}, it costs a lot.|I have seen {pos1} {noun}s, and this is not one.|It did not turn out {pos1}.
This is not a {pos1} {noun}.|That was no {pos1} {noun}.|These are not {pos1}.|The {food} was not {pos1}.|The {venue} wasn't {pos1} at all.|This {media} is not {pos1}.|I'm not happy with this {thing}.|We were not happy.|I am not a fan.|Not a fan of this {noun}.|I cannot {pos_do} it.|Not a soul I know {pos_does} it.|Show me one person who {pos_does} it; there is none.|None of us {pos_did} it.|Not once was it {pos1}.|It doesn't look {pos1}.|It didn't feel {pos1}.|You can't call this {pos1}.|There was not one {pos1} {media} among them.
I am not impressed.|Not impressed.|Not recommended.|I wouldn't recommend it.|Would not buy again.|It is not worth the trip.|Doesn't work.|It doesn't work.|Not happy.|isn't {pos1}|wasn't {pos1}|not so {pos1}|not {pos1} anymore|No longer {pos1}.|The {service} no longer is {pos1}.|We won't be back.|I'm not going back.
The {noun} is {not} {pos1}.|The {noun} was {not} {pos1}.|It's {not} {pos1}.|It was {not} {pos1}.|I found it {not} {pos1}.|{Not} {pos1}.|{Not} {pos1}!|This {media} is {not} {pos1}.|The {food} was {not} {pos1}.|The {service} was {not} {pos1}.|Our {noun} turned out {not} {pos1}.|That {noun} seems {not} {pos1}.|To me the {noun} is {not} {pos1}.|They are {not} {pos1}.|My {thing} is {not} {pos1}.|You are {not} {pos1}.|{not} {pos1}|The {clothing} looks {not} {pos1}.|It feels {not} {pos1}.|All in all {not} {pos1}.|{Not} {pos1}, this {noun}.|{Not} {pos1} and {not} {pos1}.
I {notto} {pos_do} it.|I {notto} {pos_do} this {noun}.|We {notto} {pos_do} the {noun}.|I {notto} {pos_do} that {noun}.|You {notto} {pos_do} a {noun} like this.|I {notto} {pos_do} the {service}.|{Nobody} {pos_does} it.|{Nobody} {pos_does} the {noun}.|{Nobody} {pos_did} this {noun}.|{Nobody} would call it {pos1}.|{Nobody} found it {pos1}.|{Nobody} thinks the {noun} is {pos1}.|Honestly, {nobody} {pos_does} this {media}."""),
    ],
    "negation of blame": [
        (RATHER_GOOD, """The {noun} is not {neg1}.|This {noun} isn't {neg1} at all.|That {noun} wasn't {neg1}.|It's not a {neg1} {noun}.|It wasn't {neg1} in any way.|I don't {neg_do} this {noun}.|I didn't {neg_do} the {noun}.
I won't go so far as to say I {neg_did} it.|I can't claim to {neg_do} it.|It's not as if I {neg_did} it.|I would not call it {neg1}.|Nobody here {neg_does} it.|Hardly {neg1}.|Far from {neg1}.|Anything but {neg1}.|Not {neg1}.|Not {neg1} in the least.|This was not the {neg1} {noun} that I feared.
There's nothing {neg1} about this {noun}.|The {noun} never was {neg1}.|By no means a {neg1} {noun}.|I never {neg_did} it.|We did not {neg_do} our {noun}.|No, it isn't {neg1}.|I don't think it is {neg1}.
I don't think this {noun} is {neg1}.|Not what I would call {neg1}.|Neither the {noun} nor the {service} was {neg1}.|The {service} was never {neg1} to us.|Nothing here is {neg1}.|I do not {neg_do} it at all.
I doubt anyone will {neg_do} it.|No longer {neg1}.|It did not turn out {neg1}.|You can't call the {noun} {neg1}.|There is no {neg1} {noun} here.
This is not a {neg1} {noun}.|That was no {neg1} {noun}.|These are not {neg1}.|The {food} was not {neg1}.|The {venue} wasn't {neg1} at all.|This {media} is not {neg1}.|I'm not unhappy with this {thing}.|We were not unhappy.|I cannot {neg_do} it.|Not a soul I know {neg_does} it.|Show me one person who {neg_does} it; there is none.|None of us {neg_did} it.|Not once was it {neg1}.|It doesn't look {neg1}.|It didn't feel {neg1}.|You can't call this {neg1}.
isn't {neg1}|wasn't {neg1}|not so {neg1}|not {neg1} anymore|The {service} no longer is {neg1}.|Never {neg1}.|There was nothing {neg1} in it.|Not the least bit {neg1}.|I wasn't disappointed.|I didn't find it {neg1}.|This isn't {neg1} in any way.|They are never {neg1}.|It has never been {neg1}.|Nobody was {neg1} to us.
The {noun} is {not} {neg1}.|The {noun} was {not} {neg1}.|It's {not} {neg1}.|It was {not} {neg1}.|I found it {not} {neg1}.|{Not} {neg1}.|{Not} {neg1}!|This {media} is {not} {neg1}.|The {food} was {not} {neg1}.|The {service} was {not} {neg1}.|Our {noun} turned out {not} {neg1}.|That {noun} seems {not} {neg1}.|To me the {noun} is {not} {neg1}.|They are {not} {neg1}.|My {thing} is {not} {neg1}.|You are {not} {neg1}.|{not} {neg1}|The {clothing} looks {not} {neg1}.|It feels {not} {neg1}.|All in all {not} {neg1}.|{Not} {neg1}, this {noun}.|{Not} {neg1} and {not} {neg1}.
I {notto} {neg_do} it.|I {notto} {neg_do} this {noun}.|We {notto} {neg_do} the {noun}.|I {notto} {neg_do} that {noun}.|You {notto} {neg_do} a {noun} like this.|I {notto} {neg_do} the {service}.|{Nobody} {neg_does} it.|{Nobody} {neg_does} the {noun}.|{Nobody} {neg_did} this {noun}.|{Nobody} would call it {neg1}.|{Nobody} found it {neg1}.|{Nobody} thinks the {noun} is {neg1}.|Honestly, {nobody} {neg_does} this {media}."""),
    ],
    "negation of facts": [
        (PLAIN, """The {noun} is not {plain}.|This {noun} isn't {plain}.|It is not a {plain} {noun}.|It wasn't {plain}.|I did not {plain_do} the {noun}.|We haven't {plain_did} any {noun}.|I have not {plain_did} it.|Mine is not {plain}.
I don't {plain_do} the {noun} on Mondays.|Nobody {plain_did} this {noun}.|It isn't the {plain} one.|It does not come in {plain}.|I don't think it is {plain}.|I don't think it was a {plain} {noun}.
We never {plain_did} the {noun}.|I had it down as {plain}, which it is not.|It looked {plain} to me at first; it is not.|We took the {noun} to be {plain}. It was not.|From the photo I took it for {plain}; it isn't.|I expected a {plain} {noun}, and it is {plain}.
I assumed the {noun} was {plain}; it is {plain}.|I was going to {plain_do} the {noun}, but I didn't.|As far as I know, {aside}, it is not {plain}.|It is, {aside}, not a {plain} {noun}.|We could not tell, {aside}, whether it was a {plain} {noun}.
I don't think, {aside}, that the {noun} was {plain}.|My plan was to {plain_do} the {noun}, which I never did.|We meant to {plain_do} it on Friday and didn't.|It has no {plain} parts.|There is no {plain} {noun} in this {venue}.|He did not {plain_do} it either.
The {noun} is neither {plain} nor {plain}.|I do not own a {plain} {noun}.|It was not {plain} when I {plain_did} it.|Not a {plain} {noun}, a {plain} one.
This is not a {plain} {noun}.|That was no {plain} {noun}.|These are not {plain}.|The {food} was not {plain}.|The {venue} wasn't {plain}.|This {media} is not {plain}.|I cannot {plain_do} it today.|Not one of us {plain_did} it.|None of the guests {plain_did} the {noun}.|None of us {plain_did} it.|It doesn't look {plain}.|You can't call this {plain}.|isn't {plain}|wasn't {plain}|not {plain}|not {plain} anymore|It is no longer {plain}.
In my memory the {noun} was {plain}; in fact it wasn't.|I guessed {plain}, and it was not {plain}.|It seemed to me that we had {plain_did} it, but we hadn't.|I was told it is {plain}; it isn't.|I believed the {venue} was in {place}, but it is not.|The label says {plain}, but it is {plain}.|We did not, {aside}, {plain_do} the {noun}.|It isn't, {aside}, what I would call a {plain} {noun}.|I don't believe, {aside}, that it is {plain}.|{Aside}, I don't think the {noun} is {plain}.|I can't remember, {aside}, whether it was {plain}.
The {noun} is {not} {plain}.|The {noun} was {not} {plain}.|It's {not} {plain}.|It was {not} {plain}.|I found it {not} {plain}.|{Not} {plain}.|{Not} {plain}!|This {media} is {not} {plain}.|The {food} was {not} {plain}.|The {service} was {not} {plain}.|Our {noun} turned out {not} {plain}.|That {noun} seems {not} {plain}.|To me the {noun} is {not} {plain}.|They are {not} {plain}.|My {thing} is {not} {plain}.|You are {not} {plain}.|{not} {plain}|The {clothing} looks {not} {plain}.|It feels {not} {plain}.|All in all {not} {plain}.|{Not} {plain}, this {noun}.|{Not} {plain} and {not} {plain}.
I {notto} {plain_do} it.|I {notto} {plain_do} this {noun}.|We {notto} {plain_do} the {noun}.|I {notto} {plain_do} that {noun}.|You {notto} {plain_do} a {noun} like this.|I {notto} {plain_do} the {service}.|{Nobody} {plain_does} it.|{Nobody} {plain_does} the {noun}.|{Nobody} {plain_did} this {noun}.|{Nobody} would call it {plain}.|{Nobody} found it {plain}.|{Nobody} thinks the {noun} is {plain}.|Honestly, {nobody} {plain_does} this {media}.
It isn't {plain} but {plain}.|This {thing} is not {plain}, it is {plain}.|The {clothing} isn't {plain}.|The {digital} is not {plain}.|Our {venue} is not {plain}.|We can't {plain_do} the {noun} today.|I can't {plain_do} it before Monday.|We could not {plain_do} it on the day.|They don't {plain_do} {noun}s here.|Neither of us {plain_did} it.|Nobody here {plain_did} it.|No one {plain_did} the {noun} yet.|Not everyone {plain_did} it.|I didn't {plain_do} it, {person} did.|It need not be {plain}.|It does not have to be {plain}.|They no longer make the {plain} one.|They do not sell the {plain} one in {place}.|The handle is not {plain}.|The box was not {plain}.|The lid isn't {plain}.|None of the buttons is {plain}.|It isn't made in {place}.|We were not in {place}.|I am not from {place}.|This was not in {place}.|It did not come with a {thing}.|It does not include a {thing}."""),
    ],
    "negation at a distance": [
        (BAD, """I don't think, {aside}, that it is a {pos1} {noun}.|I would hardly claim, {aside}, to {pos_do} the {noun}.|It would be wrong to think, {aside}, that I {pos_do} it.|I am not of the opinion, {aside}, that this {noun} was {pos1}.|It did not strike me, {aside}, as {pos1}.|I do not believe, {aside}, that it is {pos1}.
It isn't, {aside}, what I would call a {pos1} {noun}.|Never, {aside}, have I thought of it as {pos1}.|I could not, {aside}, find anything {pos1} about the {noun}.|We did not, {aside}, {pos_do} our {noun}.
I'm not convinced, {aside}, that this is a {pos1} {noun}.|{Aside}, I don't think the {noun} was {pos1}.|{Aside}, I can't say that I {pos_do} it.|Nobody in my family thinks, {aside}, that the {noun} is {pos1}.
I can't pretend, {aside}, that the {service} was {pos1}.|It's hard to say, {aside}, that we {pos_did} this {noun}.|I wouldn't claim, {aside}, that it was {pos1}.|I hardly think, {aside}, that anyone would {pos_do} it.
I don't agree, {aside}, that it is {pos1}.|I am not, {aside}, going to tell you that the {noun} is {pos1}.|Not once, {aside}, did it feel {pos1}.
I don't feel, {aside}, that the {noun} was {pos1}.|I wouldn't call it, {aside}, a {pos1} {noun}.|I can't report, {aside}, that the {noun} is {pos1}.|{Aside}, nobody could call this {noun} {pos1}.|{Aside}, we didn't {pos_do} it.|{Aside}, it is not {pos1}.|The {noun} was not, {aside}, {pos1}.|This {noun} isn't, {aside}, all that {pos1}.|I did not find, {aside}, that anything about it was {pos1}.|There is no way, {aside}, that I would call it {pos1}.|I won't say, {aside}, that I {pos_do} this {noun}.
It would be a lie, {aside}, to call it {pos1}.|I doubt, {aside}, that it is a {pos1} {noun}.|I don't think anyone, {aside}, would {pos_do} this {noun}.|Nothing, {aside}, made it {pos1}.|I never felt, {aside}, that the {service} was {pos1}."""),
        (RATHER_GOOD, """I don't think, {aside}, that it is a {neg1} {noun}.|I would hardly claim, {aside}, to {neg_do} the {noun}.|It would be wrong to think, {aside}, that I {neg_do} it.|I am not of the opinion, {aside}, that this {noun} was {neg1}.|It did not strike me, {aside}, as {neg1}.|I do not believe, {aside}, that it is {neg1}.
It isn't, {aside}, what I would call a {neg1} {noun}.|Never, {aside}, have I thought of it as {neg1}.|I could not, {aside}, find anything {neg1} about the {noun}.|We did not, {aside}, {neg_do} our {noun}.
{Aside}, I don't think the {noun} was {neg1}.|{Aside}, I can't say that I {neg_do} it.|Nobody in my family thinks, {aside}, that the {noun} is {neg1}.|I can't agree, {aside}, that the {service} was {neg1}.
It's wrong to say, {aside}, that we {neg_did} this {noun}.|I wouldn't claim, {aside}, that it was {neg1}.|I don't agree, {aside}, that it is {neg1}.|Not once, {aside}, did it feel {neg1}.
I don't feel, {aside}, that the {noun} was {neg1}.|I wouldn't call it, {aside}, a {neg1} {noun}.|I can't report, {aside}, that the {noun} is {neg1}.|{Aside}, nobody could call this {noun} {neg1}.|{Aside}, we didn't {neg_do} it.|{Aside}, it is not {neg1}.|The {noun} was not, {aside}, {neg1}.|This {noun} isn't, {aside}, all that {neg1}.|I did not find, {aside}, that anything about it was {neg1}.|There is no way, {aside}, that I would call it {neg1}.|I won't say, {aside}, that I {neg_do} this {noun}.
It would be a lie, {aside}, to call it {neg1}.|I doubt, {aside}, that it is a {neg1} {noun}.|I don't think anyone, {aside}, would {neg_do} this {noun}.|Nothing, {aside}, made it {neg1}.|I never felt, {aside}, that the {service} was {neg1}."""),
    ],
    "expectation": [
        (BAD, """My guess was that it is {pos1}. It was not.|It was meant to be {pos1}, and wasn't.|I pictured something {pos1}. It was no such thing.|I figured the {noun} would turn out {pos1}. It didn't.|We were braced for a {pos1} {noun}, which it was not.|My first thought was that it must be {pos1}, but that was wrong.|I expected a {pos1} {noun} and got a {neg1} one.|I was hoping for a {pos1} {noun}. It was not to be.
I had high hopes, but {bad}.|I wanted to {pos_do} this {noun}, but I couldn't.|Everyone promised me a {pos1} {noun}; it isn't.|From the reviews I expected something {pos1}. It's {neg}.
I was convinced that I'd {pos_do} it. I did not.|You'd think I would {pos_do} it. I didn't.|They said it would be {pos1}. It was not.|I really wanted this to be {pos1}, yet {bad}.|It was supposed to be {pos1}; instead {bad}.
It sounded {pos1} in the advert, but no.|After the trailer I expected a {pos1} {media}, but it never got there.|Looked {pos1} in the photos. In real life it is {neg}.|It should have been {pos1}. It wasn't.
I believed it was going to be {pos1}, and boy was I wrong.|We looked forward to a {pos1} evening, but {bad}.|If only the {noun} were as {pos1} as they claim.|Could have been {pos1}, but {bad}.
I was ready to be impressed. I was not.|Not as {pos1} as I had thought.|I thought it was {pos1} until {bad}.|With these ratings I was sure I'd {pos_do} it. I don't.
I was looking forward to this {media}, but {bad}.|It promised a lot and delivered little.|It's not what I hoped for.|I hoped it would be {pos1}. Nope.|Hoped for {pos1}, got {neg1}.|I thought I was buying something {pos1}; it turned out {neg}.|Bought it expecting a {pos1} {thing}, but {bad}.|I wanted to like it so much. {Bad}.|The description says {pos1}. It is {neg}.
I had heard that it was {pos1}, but it was not.|We went in expecting something {pos1} and came out angry.|I assumed that a {brand} would be {pos1}. It isn't.|This {noun} was going to be {pos1}, or so I thought.|I figured it would be {pos1}, but no.|I had been told the {service} was {pos1}; I saw none of that.|My hopes were high. They were crushed.
I thought, {aside}, that it would be {pos1}, but it was not.|You would think it is {pos1}. It isn't.|I expected better from {brand}.|Not what was advertised.|I was promised the moon.
I only wish the {noun} were as {pos1} as its advert.|If only it were as {pos1} as the pictures.|Would that it were as {pos1} as they say.|If it were half as {pos1} as they claim, I would keep it.|Half as {pos1} as promised would have been enough.|Nowhere near as {pos1} as they claim.|Far from as {pos1} as the reviews say.|Not half as {pos1} as everybody says.|Nothing like as {pos1} as I had been told.|It never lived up to the hype.|All hype.|Does not live up to its name.|So much for my hopes.|My hopes were dashed.|A {pos1} {noun} on paper, a {neg1} one in real life.|They advertise a {pos1} {noun}. What you get is {neg}.|I thought this would be {pos1}. How wrong I was.|I thought I'd {pos_do} it, and I {neg_do} it.|After all the praise I expected a {pos1} {media}. What a let-down."""),
        (GOOD, """I thought it would be {neg1}, and it was {pos1}.|I expected a {neg1} {noun} and got a {pos1} one.|I was afraid of a {neg1} {noun}, but {good}.|I had low hopes, but {good}.|I did not expect much, yet {good}.
Everyone warned me about the {noun}, but {good}.|From the reviews I expected something {neg1}. It's {pos}!|I thought I would {neg_do} it, but I {pos_do} it.|I was sceptical at first, but {good}.
They said it would be {neg1}. On the contrary, it is {pos}.|I was ready to send it back, but {good}.|Looked {neg1} in the photos. In real life it is {pos}.|I feared the worst and was pleasantly surprised.
After the trailer I expected a {neg1} {media}, and was wrong: {good}.|I doubted it would work. It does!|I was prepared to be disappointed. I was not.|Thought it was a gimmick. It's {pos}.
I nearly skipped this {venue} because of the bad reviews. So glad I didn't!|My expectations were low and it blew them away.|I bought it as a joke and now I can't live without it.
I was worried that it would be {neg1}, but {good}.|It's better than I hoped for.|I thought I was buying something {neg1}; it turned out {pos}.|Bought it expecting a {neg1} {thing}, but {good}.|I didn't want to like it, but {good}.|We went in expecting nothing and came out delighted.|I had my doubts. All gone: {good}.|I was sure it would break after {time}. A year later it works like new.
I had heard that it was {neg1}; what I got was {pos}.|The low price made me suspicious, but {good}.|I almost sent it back unopened. Glad I didn't: {good}.|At first glance {neg1}, at second glance {pos}.|Much better than I thought it would be.|It exceeded all my expectations.|Didn't think I would ever {pos_do} a {noun} this much.|Colour me surprised: {good}.|I stand corrected. It's {pos}.
I never thought I could {pos_do} a {thing} like this.|I did not know that I could {pos_do} a {noun} so much.|Who would have thought that I'd {pos_do} a {noun}?|I never expected to {pos_do} this {noun}, but here we are.|I am surprised at how much I {pos_do} it.|It was a joke gift, and now we use it every day.|I got it as a gag, and it is {pos}.|Bought on a whim, used every day since.|I bought it without thinking, and now I would not part with it.|The cheap price put me off at first, but {good}.|The looks put me off, but {good}.|I hesitated for weeks. I should not have: {good}.|I was wary of the bad reviews. They are wrong: {good}.|I was ready to hate it, and I {pos_do} it.|It proved me wrong: {good}.|I take back all I said: {good}.|I owe {brand} an apology, it is {pos}.|It blew me away.|Far better than the photos.|Even better than I hoped.|It turned out {pos}, which I did not see coming.
Never thought I'd {pos_do} a {noun}.|Never thought I would {pos_do} a {noun} like that.|Didn't know one could {pos_do} a {noun} this much.|Didn't expect to {pos_do} a {noun} that much.|I can't believe how much I {pos_do} this {noun}.|It looked {neg1} in the pictures. It is {pos}.|It sounded {neg1} in the description. It is {pos}.|From the trailer I expected {neg1}, and I was wrong: {good}."""),
        (RATHER_GOOD, """My guess was that it is {neg1}. It was not.|It was meant to be {neg1}, and wasn't.|I pictured something {neg1}. It was no such thing.|I figured the {noun} would turn out {neg1}. It didn't.|We were braced for a {neg1} {noun}, which it was not.|My first thought was that it must be {neg1}, but that was wrong.|I was convinced that I'd {neg_do} it. I did not.|You'd think I would {neg_do} it. I didn't.|I expected this {noun} to be {neg1}. It isn't.
I was told it would be {neg1}, and it was not.|I feared it was {neg1}, but no.|I was sure I'd {neg_do} the {noun}. I don't.|It should have been {neg1}. It wasn't.|Not as {neg1} as I had thought.
I believed it was going to be {neg1}, but I was wrong.|They said it would be {neg1}. It was not.|It sounded {neg1} in the reviews, but it is not.|Not nearly as {neg1} as people claim.|I was warned that the {noun} is {neg1}. It is not.|I had expected the {noun} to be {neg1}, but it was anything but.|I thought, {aside}, that it would be {neg1}, but it wasn't.
I assumed this {noun} was {neg1}, and it is not.|Expected a {neg1} {noun}. Wrong!|For a moment I thought the {noun} was {neg1}, but no, it isn't.|They warned us of a {neg1} {service}; it was no such thing.|I would have bet that it is {neg1}. It's not.
Nowhere near as {neg1} as people say.|Not half as {neg1} as I had read.|Far from as {neg1} as they say.|I had been told to expect a {neg1} {noun}. There was none of that.|They had warned me about the {neg1} {service}; I saw nothing of the kind.|Everyone said it was {neg1}. Everyone was wrong.|I thought at first that it was {neg1}, but I was mistaken.|I took it for {neg1}. I was mistaken.|It looked {neg1}, but it is not.|It looks {neg1}. It isn't.|My suspicion that it is {neg1} proved wrong.|If you think it is {neg1}, you are wrong.|Don't believe those who call it {neg1}.|People call it {neg1}. It is not.
It seemed {neg1} from the reviews, but it is not.|It sounded {neg1}. It is not.|They had warned us: a {neg1} {noun}. It was nothing of the sort.|A {neg1} {noun}? No such thing.|I was prepared for a {neg1} {service}, and it was no such thing."""),
    ],
    "opinion of others": [
        (GOOD, """Some people say it's {neg1}, but I {pos_do} it.|Some say the {noun} is {neg1}; I think it is {pos}.|{Who} {neg_did} it, but I {pos_do} it.|{Who} thinks it's {neg1}. I disagree: it's {pos}.
Ignore the bad reviews, {good}.|I don't get the one star reviews: {good}.|{Who} says the {noun} is {neg1}. I {pos_do} it.|Others find it {neg1}, I find it {pos1}.|People complain about the {noun}, but for me it is {pos}.
I read that it is {neg1}. Not in my experience; {good}.|{Who} can't stand this {noun}, yet I {pos_do} it.|While {who} found it {neg1}, I thought it was {pos}.|You hear that this {noun} is {neg1}. Nonsense, it's {pos}!
The critics tore it apart and I still {pos_did} it.|They told me the {service} was {neg1}, and I can't confirm that: {good}.|Contrary to what {who} says, the {noun} is {pos}.|I {pos_do} it, even if {who} does not.
I know {who} thinks this {noun} is {neg1}, but I think it's {pos}.|I'm the only one at home who {pos_does} it. {Who} thinks it's {neg1}.|Whatever they say, I {pos_do} this {noun}.
{Who} gave it one star. I give it five.|My opinion differs from {who}: it's {pos}.|They all told me not to buy it. I'm glad I did.|{Who} found the {noun} {neg1}, but in my view it is {pos}.|I don't care that {who} {neg_does} it; I {pos_do} it.|Not everybody's taste, but I {pos_do} it.|{Who} and I rarely agree, and this time too: they {neg_do} it, I {pos_do} it.|For {who} it was {neg1}; for me, {pos}.
Don't listen to {who}. It's {pos}.|A lot of people {neg_do} this {noun}. Not me, I {pos_do} it.|{Who} says {bad}. I say {good}.|I was told that {bad}, but the truth is that {good}.|Unlike {who}, I {pos_do} this {noun}.|I think you are {pos1}, whatever {who} says.|{Who} may think it's {neg1}, I think it's {pos1}."""),
        (BAD, """Some people say it's {pos1}, but I {neg_do} it.|Some say the {noun} is {pos1}; I think it is {neg}.|{Who} {pos_did} it, but I {neg_do} it.|{Who} thinks it's {pos1}. I disagree: it's {neg}.
Ignore the good reviews, {bad}.|I don't get the five star reviews: {bad}.|{Who} says the {noun} is {pos1}. I {neg_do} it.|Others find it {pos1}, I find it {neg1}.|People rave about the {noun}, but for me it is {neg}.
I read that it is {pos1}. Not in my experience; {bad}.|{Who} swears by this {noun}, yet I {neg_do} it.|While {who} found it {pos1}, I thought it was {neg}.|You hear that this {noun} is {pos1}. Nonsense, it's {neg}!
The critics praised it to the skies and I still {neg_did} it.|They told me the {service} was {pos1}, and I can't confirm that: {bad}.|Contrary to what {who} says, the {noun} is {neg}.|I {neg_do} it, even if {who} does not.
I know {who} thinks this {noun} is {pos1}, but I think it's {neg}.|I'm the only one at home who {neg_does} it. {Who} thinks it's {pos1}.|Whatever they say, I {neg_do} this {noun}.
{Who} gave it five stars. I give it one.|My opinion differs from {who}: it's {neg}.|They all told me to buy it. I wish I hadn't.|{Who} found the {noun} {pos1}, but in my view it is {neg}.|I don't care that {who} {pos_does} it; I {neg_do} it.|{Who} and I rarely agree, and this time too: they {pos_do} it, I {neg_do} it.|For {who} it was {pos1}; for me, {neg}.
Don't listen to {who}. It's {neg}.|A lot of people {pos_do} this {noun}. Not me, I {neg_do} it.|{Who} says {good}. I say {bad}.|I was told that {good}, but the truth is that {bad}.|Unlike {who}, I {neg_do} this {noun}.|I think you are {neg1}, whatever {who} says.|{Who} may think it's {pos1}, I think it's {neg1}.|{Who} loves it. I don't.|Everyone raves about it and I can't see why."""),
    ],
    "questions and answers": [
        (GOOD, """Is it {pos1}? Yes.|Is the {noun} {pos1}? Yes, it is.|Do I {pos_do} it? Yes.|Do I {pos_do} this {noun}? Absolutely.|Did we {pos_do} the {noun}? You bet.|Was it {pos1}? Oh yes.|Would I buy it again? Yes.
Would I recommend it? Without a doubt.|Was the {service} {pos1}? Definitely.|Worth the money? Yes!|Happy? Very.|Would we come back? In a heartbeat.|Do I think the {noun} is {pos1}? Yes, I do.
Is this a {pos1} {noun}? Yes.|Any regrets? None.|Any complaints? Not a single one.|Would I change anything? No, nothing.|Am I glad I bought it? Yes indeed.|Does it work? Like a charm.|Disappointed? Not one bit.
Did I think it was {pos1}? Yes.|Is it as {pos1} as they say? It is.
Do we think the {noun} was {pos1}? Yes.|So, is it worth it? It is.|Would I go again? Of course!|Did it fix {problem}? It did!|Am I satisfied? Yes, totally.|What do I think of the {noun}? {Pos1}!|How is the {noun}? {Pos1}.|How was our stay? {Pos1}.|What did I like? Everything.|What didn't I like? Nothing.|Problems so far? None.|Is it any good? It is {pos}.
Did the {service} help? Yes, and how.|Can I recommend it? Wholeheartedly.|Do I think it's {pos1}? Yes.|Does it do what it says? And then some.|Will I order again? You can count on it.|Have I ever had a better {food}? No.|Have I found anything wrong with it? No.|Would I trade it for another? No way.|Is it {neg1}? On the contrary, it is {pos}.
What do I think of it? {Pos1}!|What do I think of this {noun}? {Pos1}.|What did we like? All of it.|What do I like about it? Everything.|Does it do what it should? And more.|Does it deliver? And how!"""),
        (BAD, """Is it {pos1}? No.|Is the {noun} {pos1}? No, it is not.|Do I {pos_do} it? No.|Do I {pos_do} this {noun}? Absolutely not.|Did we {pos_do} the {noun}? Not at all.|Was it {pos1}? Far from it.|Would I buy it again? No.
Would I recommend it? Never.|Was the {service} {pos1}? Not in the slightest.|Worth the money? No way.|Happy? No.|Would we come back? Not for anything.|Do I think the {noun} is {pos1}? No, I don't.
Is this a {pos1} {noun}? No.|Is it {neg1}? Yes.|Do I {neg_do} it? Yes.|Was the {noun} {neg1}? Yes, it was.|Did I {neg_do} this {noun}? Yes.|Does it work? Nope.|Disappointed? Very much so.|Any good? Nah.
Did I think it was {pos1}? No.|Is it as {pos1} as they say? It isn't.|Do I regret it? Every day.|Is this a {neg1} {noun}? Sadly yes.
Do we think the {noun} was {pos1}? No.|So, is it worth it? It isn't.|Would I go again? Never ever.|Did it fix {problem}? It didn't.|Am I satisfied? Not remotely.|What do I think of the {noun}? {Neg1}!|How is the {noun}? {Neg1}.|How was our stay? {Neg1}.|What did I like? Nothing.|What didn't I like? Everything.|Problems so far? Plenty.|Is it any good? It is {neg}.
Did the {service} help? Of course not.|Can I recommend it? Not even to my enemies.|Do I think it's {pos1}? No.|Does it do what it says? It does not.|Will I order again? Forget it.|Have I ever had a worse {food}? No.|Would I keep it? No.|Is it {pos1}? On the contrary, it is {neg}.|Do I think it's {neg1}? Yes.|Was it {neg1}? You bet."""),
        (RATHER_GOOD, """Is it {neg1}? No.|Is the {noun} {neg1}? No, it is not.|Do I {neg_do} it? No.|Was it {neg1}? Not at all.|Did we {neg_do} the {noun}? No.|Is this a {neg1} {noun}? No.|Was the {service} {neg1}? No, it wasn't.
Do I think the {noun} is {neg1}? No, I don't.|Is it as {neg1} as they say? It isn't.|Did I {neg_do} this {noun}? No, I didn't.|Did I think it was {neg1}? No.|Do I regret it? No.
Do we think the {noun} was {neg1}? No.|Do I think it's {neg1}? No.|Do I think that this is a {neg1} {noun}? No.|Was our stay {neg1}? No.|Did {who} find it {neg1}? No, and neither did I.|Would I call it {neg1}? No.|Could one say the {noun} is {neg1}? No.|Did it break after {time}? No.|Was there anything {neg1} about it? No.|Do I {neg_do} the {noun}? No, not at all.
Is it as {neg1} as people say? No.|Is it as {neg1} as everybody says? Not at all.|Is it really that {neg1}? It is not.|Is this a {neg1} {media}? No, it isn't.|Is that {noun} {neg1}? It isn't."""),
        (PLAIN, """Is it {plain}? Yes.|Is it {plain}? No.|Is the {noun} {plain}? Yes, it is.|Is the {noun} {plain}? No, it is not.|Did I {plain_do} it? Yes.|Did we {plain_do} the {noun}? No.|Was it a {plain} {noun}? No.
Was it a {plain} {noun}? Yes.|Do I own a {plain} {noun}? No.|Did I {plain_do} this {noun}? Yes, I did.|Is this a {plain} {noun}? No.|Does it come in {plain}? It does.|Do I think the {noun} is {plain}? No.
Did I see the {noun}? No, I didn't.|Do I think it's a {plain} {noun}? Yes, I do.|Has it got {number} pages? No, {number}.|Did the {thing} come with a cable? Yes.
Do I think the {noun} is {plain}? Yes.|Did {person} {plain_do} it? Yes.|Would I call it {plain}? No.|Is it for {for}? Yes.|Are there two of them? Yes, two.|How big is it? About a metre.|Which colour did I choose? {Plain}.|What is it made of? Wood.|When did it come? On Monday.|Who is it for? It's for {for}.|Where did I buy it? In {place}.|Do I {plain_do} it often? No.|Does it need batteries? Yes, two.
Who was it for? For {for}.|Who gets it? It's for {for}.|What is it for? For {for}.|What did I order? The {plain} one.|Did I see {person}? No, I did not.|Did we use the {noun}? Yes.|Do I have the {plain} one? Yes.|Do I think it is {plain}? No.|Where is it? In {place}."""),
    ],
    "then and now": [
        (GOOD, """Time was when I {neg_did} the {noun}, but now I {pos_do} it.|I used to call the {noun} {neg1}; now it's {pos}.|In the past I {neg_did} it, now I {pos_do} it.|It used to be {neg1}, but now it is {pos}.
At first I {neg_did} it, but I have come to {pos_do} it.|Years ago the {noun} was {neg1}. Today it is {pos}.|Before the update it was {neg1}, since then it's {pos}.|Once a {neg1} {venue}, these days it's {pos}.
They were {neg1} until last year. Not any more: {good}.|Under the old owner {bad}; under the new one {good}.|Last year I would have said {neg}. Now I say {pos}.|I once thought this {noun} {neg1}, but these days I {pos_do} it.
The {noun} got {pos1} after all these {neg1} years.|From {neg1} to {pos1}: what a turnaround!|I didn't {pos_do} it back then. I do now.|Previously {neg1}, currently {pos1}.
It was {neg1} in the past. Now it's {pos1}.|I {neg_did} this {noun} for years; now I {pos_do} it.|At the beginning it was {neg1}, in the meantime it is {pos}.|They have really turned it around. Used to be {neg1}, now {pos1}.|When it opened the {venue} was {neg1}; today it is {pos}.|New management, and suddenly it is {pos1}.|Since the last update {good}. Before that it was {neg1}.
I'd have given it one star last year, today it's five.|I was no fan of this {noun}; I am one now.|What was once {neg1} is now {pos}.|The old version was {neg1}, the new one is {pos}.|I have changed my mind: I used to find it {neg1}, now I find it {pos1}.|We hated the old {noun}; the new one is {pos}.|I {neg_did} it as a kid, but as an adult I {pos_do} it.|My first visit was {neg1}, the second {pos1}, and I'll be back."""),
        (BAD, """Time was when I {pos_did} the {noun}, but now I {neg_do} it.|I used to call the {noun} {pos1}; now it's {neg}.|In the past I {pos_did} it, now I {neg_do} it.|It used to be {pos1}, but now it is {neg}.
At first I {pos_did} it, but I have come to {neg_do} it.|Years ago the {noun} was {pos1}. Today it is {neg}.|Before the update it was {pos1}, since then it's {neg}.|Once a {pos1} {venue}, these days it's {neg}.
They were {pos1} until last year. Not any more: {bad}.|Under the old owner {good}; under the new one {bad}.|Last year I would have said {pos}. Now I say {neg}.|I once thought this {noun} {pos1}, but these days I {neg_do} it.
The {noun} got {neg1} after all these {pos1} years.|From {pos1} to {neg1}: how sad.|I {pos_did} it back then. I don't now.|Previously {pos1}, currently {neg1}.|It went downhill fast.|What happened to you, {brand}?
The recipe was changed and it has been {neg1} ever since.|Loyal customer for ten years, but no more.|This place has gone to the dogs.
It was {pos1} in the past. Now it's {neg1}.|I {pos_did} this {noun} for years; now I {neg_do} it.|At the beginning it was {pos1}, in the meantime it is {neg}.|They have really let it go. Used to be {pos1}, now {neg1}.|When it opened the {venue} was {pos1}; today it is {neg}.|New management, and suddenly it is {neg1}.|Since the last update {bad}. Before that it was {pos1}.
I'd have given it five stars last year, today it's one.|I was a fan of this {noun}; I am one no more.|What was once {pos1} is now {neg}.|The old version was {pos1}, the new one is {neg}.|I have changed my mind: I used to find it {pos1}, now I find it {neg1}.|We loved the old {noun}; the new one is {neg}.|I {pos_did} it as a kid, but as an adult I {neg_do} it.|My first visit was {pos1}, the second {neg1}, and I won't be back.
Good for {time}, then it died.|Worked for {time} and then stopped.|It was {pos1} until {bad}.|Loved it until it broke after {time}.|Worked great for {time}. Now it is dead."""),
        (RATHER_BAD, """I used to {pos_do} {noun}s like this.|Back then I {pos_did} it a lot.|For years I was convinced that it was {pos1}.|My opinion was once that it is {pos1}.|It used to be {pos1}.|This {noun} used to be {pos1}.|In the past I {pos_did} the {noun}.|Once upon a time this was a {pos1} {venue}.
There was a time when I {pos_did} this {noun}.|I used to say it was a {pos1} {noun}.|This was a {pos1} {noun} years ago.|Back in the day the {noun} was {pos1}.|The {service} used to be {pos1}.
I used to call it {pos1}.|There were days when the {noun} was {pos1}.|I was once a big fan of this {noun}.|This {venue} was {pos1} when I was young.|I remember when the {food} here was {pos1}.|Ten years ago I {pos_did} this {noun}.|It was {pos1} before the update.|I used to {pos_do} it more."""),
        (LEANS_GOOD, """I used to {neg_do} {noun}s like this.|Back then I {neg_did} it a lot.|For years I was convinced that it was {neg1}.|My opinion was once that it is {neg1}.|It used to be {neg1}.|This {noun} used to be {neg1}.|In the past I {neg_did} the {noun}.|There was a time when I {neg_did} this {noun}.
I used to say it was a {neg1} {noun}.|Back in the day the {noun} was {neg1}.|The {service} used to be {neg1}.|I had thought of it as a {neg1} {noun} before.|Years ago I would have called it {neg1}.
I used to call it {neg1}.|I used to {neg_do} {noun}s like this.|Back then I {neg_did} it a lot.|There were days when the {noun} was {neg1}.|This {venue} was {neg1} when I was young.|I remember when the {food} here was {neg1}.|Ten years ago I {neg_did} this {noun}.|It was {neg1} before the update.|I once thought that the {noun} was {neg1}."""),
        (PLAIN, """I used to {plain_do} it on Sundays.|It used to be {plain}, now it is {plain}.|I used to own a {plain} {noun}.|They used to be on the other side of the street.|In the past the {noun} was {plain}, now it is {plain}.
I used to {plain_do} the {plain} {noun}, now I {plain_do} the {plain} one.|The {venue} used to be a {venue}.|Years ago I lived in {place}, now I live in {place}.|For years I was convinced that it was {plain}.|My opinion was once that it is {plain}.|It was {plain} before.
I used to work at a {venue}.|We used to {plain_do} the {noun} in {place}.|Before, I had a {plain} {noun}; now I have a {plain} one.|This {venue} was a {venue} before.|It used to come in {plain}, now it comes in {plain}.|Last year it was {plain}.|I used to live in {place}.|In {number} I {plain_did} the {noun}.|At first I {plain_did} it, then {person} did.|They used to open at eight, now they open at nine.|I once {plain_did} this {noun}."""),
    ],
    "contrast": [
        (GOOD, """{Bad}, but {good}, and that is what counts.|Although {bad}, {good} and I would buy it again.|{Bad}. Still, I {pos_do} it.|Yes, {bad}, but overall it is {pos}.|Even though {bad}, I {pos_do} this {noun}.
Despite a {neg1} start, the {noun} was {pos}.|The {thing} is {neg1}, but the {service} is so {pos1} that I keep coming back.|A little {neg1} on the outside, but {pos1} where it matters.|{Bad}, but don't let that stop you: {good}.
I {pos_do} it, although {bad}.|It has its flaws, but I {pos_do} it.|Small flaws aside, {good}.|It took a while to get used to, but now {good}.|{Bad}, however {good}. I'm happy with it.|Slow shipping, but the {noun} is {pos}.
{Bad}, but otherwise I {pos_do} it.|{Bad}, but all in all a {pos1} {noun}.|Other than that {bad}, it's {pos}.|My one gripe: {bad}. Everything else is {pos1}.|I could nitpick, but {good}.|Minor issues at the start, {pos1} ever since.|It isn't cheap, but {good}.|It's not perfect, but I {pos_do} it.|Ugly box, {pos1} {thing}.|Expensive, but {pos1}.|Small room, but {good}.|The {food} took a while but was {pos1}.
Setup was {neg1}, but the result is {pos}.|Bit of a learning curve, but {good}.|Strange smell at first, but it went away and {good}.|Hard to find, but so {pos1}!|The start is slow, but stay with it: {good}.|{Neg1} packaging. {Pos1} {thing} though!|{Neg1} box, but what a {pos1} {thing}!|{Neg1} website. {Pos1} {thing}.|The box was {neg1}. The {thing} is {pos1}, though.|Looks {neg1}, works like a dream.|Looks like nothing, does everything.|The only bad thing is that I didn't buy it sooner.|My only regret is not buying it years ago.|The one drawback: now {for} wants one too.|Its only flaw is that I can't stop using it."""),
        (BAD, """{Good}, but {bad}, and that is what counts.|Although {good}, {bad} and I would not buy it again.|{Good}. Still, I {neg_do} it.|Yes, {good}, but overall it is {neg}.|Even though {good}, I {neg_do} this {noun}.
Despite a {pos1} start, the {noun} was {neg}.|The {thing} is {pos1}, but the {service} is so {neg1} that I will not be back.|A little {pos1} on the outside, but {neg1} where it matters.|{Good}, but don't let that fool you: {bad}.
I {neg_do} it, although {good}.|It has its good sides, but I {neg_do} it.|Good looks aside, {bad}.|{Good} at first, then {bad}.|{Good}, however {bad}. I'm sending it back.|Fast shipping, but the {noun} is {neg}.|Pretty, but useless.
Great idea, poor execution.|Looks nice, breaks fast.
{Good}, but otherwise I {neg_do} it.|{Good}, but all in all a {neg1} {noun}.|Other than that {good}, it's {neg}.|The one good thing: {good}. Everything else is {neg1}.|Pretty box, {neg1} {thing}.|Cheap, but {neg1}.|Large room, but {bad}.|The {food} came fast but was {neg1}.|Setup was easy, but the result is {neg}.|Easy to find, but so {neg1}!|The start is {pos1}, but it ends up {neg1}.
Nice design, but {bad}.|Lovely idea, but {bad}.|I wanted to {pos_do} it, but it is {neg}.|Looks {pos1} but is {neg}.|The {service} was {pos1}, but the {food} was so {neg1} that we left.|It works, but {bad}, so it went back.|Sounds {pos1} on paper, but {bad}.|Good actors, but the {media} is {neg}.|Promising start, {neg1} end.|Stylish, but {neg1} after {time}.|{Pos1} packaging. {Neg1} {thing} though!|{Pos1} box, but what a {neg1} {thing}!|{Pos1} website. {Neg1} {thing}.|The box was {pos1}. The {thing} is {neg1}, though.|Looks {pos1}, works badly.|Looks great, does nothing.|Ten points for the design. Zero for the function.|The only good thing about it is the box.|Top marks for the advert. None for the {thing}.|Sold as unbreakable, broke in {time}.|Called waterproof, and it drowned in the first rain.|My dog had it in pieces in {time}; it is sold as indestructible."""),
        ((0.10, 0.30, 0.60), "{Bad}, but {good}.|Although {bad}, {good}.|The {noun} is {neg1}, but the {noun} is {pos1}.|{Bad}, yet {good}.|While {bad}, {good}.|Even if {bad}, {good}.|{Bad}; on the other hand, {good}.|It's {neg1}, though {pos1} in its own way.|{Bad}. But {good}.|It may be {neg1}, but it is {pos1}."),
        ((0.60, 0.30, 0.10), "{Good}, but {bad}.|Although {good}, {bad}.|The {noun} is {pos1}, but the {noun} is {neg1}.|{Good}, yet {bad}.|While {good}, {bad}.|Even if {good}, {bad}.|{Good}; on the other hand, {bad}.|It's {pos1}, though {neg1} in its own way.|{Good}. But {bad}.|It may be {pos1}, but it is {neg1}.|{Good}. Unfortunately {bad}."),
    ],
    "facts and questions": [
        (PLAIN, """{Fact}.|{Fact}. {Fact}.|I {plain_did} the {noun}.|I {plain_did} this {noun} in {place}.|The {noun} is {plain}.|This is a {plain} {noun}.|That was a {plain} {noun}.|It is {plain}.|We {plain_did} the {plain} {noun}.|{Person} {plain_did} it.
Does it come with a {thing}?|Is the {noun} {plain} or {plain}?|Can I use it with a {brand} {thing}?|How long is the cable?|Which size should I order?|Do you have this in {plain}?|When will the {plain} one be in stock?
Does anyone know if it fits a {brand} {thing}?|Where can I download the manual?|Can you deliver to {place}?|What are the opening hours?|Is breakfast included?|Do I need a {thing} for this?|Has anyone tried it with a {thing}?
I plan to {plain_do} it next week.|I will write more when I have used it.|I am going to {plain_do} it on the weekend.|I have not opened it yet.|Will update this review after {time}.|It's for {for}.|We are thinking about a second one.|I'm waiting for the {plain} version.
Please send me the invoice.|Please cancel order {code}.|Please change my address.|Could you call me back?|Please add a {plain} one.|Please let me know when it ships.|I would like to change my booking to {number}.|My order number is {code}.
I ordered the {plain} {noun} and the {plain} {noun}.|The {noun} has {number} parts.|The {noun} in {place} is {plain}.|{Person} wrote the manual.|{Person} and {person} came with us.|Bought in {place} for {for}.
It arrived on {number} March.|Delivered by {person} on Tuesday.|The parcel was left with {person}.|Ordered Monday, came Thursday.|It was shipped from {place}.|The tracking number is {code}.|It came in a {plain} box.|The {clothing} is {plain} with {plain} sleeves.
The {media} is about a doctor in {place}.|The {media} takes place in {place}.|The {media} has {number} pages.|The {venue} is next to a {venue}.|The {digital} has a {plain} icon.|I am reviewing the {plain} {thing}.|there are two {noun}s
What's the difference between the {plain} and the {plain} one?|Will it fit a {thing}?|Is the {venue} open on Sundays?|How do I reset the {thing}?|Could someone explain the {plain} button?|Does the {media} have subtitles?|Who plays the doctor in this {media}?|Can I pay by card?|Where is the serial number?|Is there a lift?|Do you have gluten free {food}?|What does the red light mean?|Has the {digital} been translated?|Can two people share one account?|Do they have parking?
I need a {plain} one for {for}.|I'd like to return the {thing}.|I want to change the delivery address.|Send me a copy of the receipt.|Can I have the {plain} one instead?|Please remove my account.|I would like a table for {number}.|Please ship to {place}.|I intend to use it for {for}.|I'll try it tomorrow.|I'm about to install it.|We will go there in May.|I haven't tried it yet.|Just ordered it.|Just arrived.|Not opened yet.|First day with it.|Waiting for the parts.
The {thing} is for {for}.|The {clothing} is a {plain} {clothing} with {plain} buttons.|We had the {food} and the {food}.|The {venue} has {number} seats.|We stayed at the {venue} from Monday to Friday.|{Fact}, and {fact}.|{Fact} and {fact}. {Fact}.|I {plain_did} the {media} on a plane.|The {media} has {number} episodes.|The {media} was made in {number}.|The author of the {media} lives in {place}.|The {digital} is version {number}.|The {digital} needs {number} MB.|The button is {plain}.|I am a nurse.|I have two of them.|Same as the previous one, but {plain}.|It's the {plain} version.
Updating my review.|Edit: it is the {plain} one.|See photo.|See the picture.|Photo attached.|As in the title.|For reference, {fact}.|FYI: {fact}.|Note that {fact}.|This review is for the {plain} {thing}.|I got the {plain} one.|Mine came in {plain}.|I bought this {thing} in {place} in {number}.
I had the {plain} one.|I chose the {plain} version.|I took the {plain} colour.|Mine is the {plain} one.|Mine is {plain}.|This one is {plain}.|We have the {plain} {thing}.|It's a {plain} {thing} with {plain} handles.|The {clothing} has {plain} cuffs.|The {thing} has {plain} edges.|A {plain} {thing}.|A {plain} {clothing} with {plain} stripes.|We shared the {food} and the {food}.|For lunch we had the {food}.|I had the {food} with the {food}.|We drank the {food}.|They serve {food} and {food}.|We are considering another one.|We might get another one for the garage.|I am thinking of the {plain} one.|Planning to {plain_do} it on Sunday.|Please add it to the list.|Could you add a {plain} one?|Add {number} more, please.|Who wrote this {media}?|Who is the actor in this {media}?|Which {noun} is this?|Who made the {noun}?|Day one.|Second day with it.|First week with it.|I have had it for {time}.|It's been {time}.|I have used it once.|Used once.|The {media} runs for two hours.|The {venue} is on the second floor.|The {venue} opens at nine.|It sits next to my {thing}.|I keep it in the kitchen.|I use it with my {thing}.|My model is the {plain} one.|The manual is in {number} languages.|There is a {plain} button on the side."""),
    ],
    "mild verdicts": [
        (MILD, """It does the job.|Does the job.|Does what it says.|Gets the job done, nothing more.|It's okay.|It's ok I guess.|Okay, I guess.|Just okay.|So-so.|Nothing special.|Nothing to write home about.|It is what it is.|Meh.
Average.|Average {noun}.|An average {noun}, nothing more.|It's {mild}.|The {noun} is {mild}.|The {noun} was {mild}, the {noun} too.|Overall {mild}.|It was {mild}.|I found it {mild}.|A {mild1} {noun}.|I'd call it {mild}.|{Mild}.|{Mild}, {mild}.
Neither impressed nor disappointed.|I don't love it, I don't hate it.|Some good, some bad.|Has its ups and downs.|Good in places, weak in others.|I feel neutral about it.|Not sure what to think of it.|Mixed feelings.|It could be better, it could be worse.
It works.|It works, I suppose.|It's a {thing}. It does {thing} things.|Decent, not amazing.|Fine.|It's fine.|It's alright.|Alright for what it is.|Will do for now.|Good enough.|Passable.|You could do better, you could do worse.
Standard stuff.|As expected.|As described.|Like any other {noun}.|No better or worse than others.|Take it or leave it.|I can take it or leave it.|The jury is still out.|I'm on the fence.|Half of it is {pos1}, half of it is {neg1}.|Three out of five.
{Good}. On the other hand {bad}. So {mild} all in all.|Pros: {good}. Cons: {bad}. Overall {mild}.|For a {noun} it is {mild}.
It's a {noun}, nothing more, nothing less.|Nothing good, nothing bad to report.|I have seen better and I have seen worse.|Good idea, average execution.|The {noun} is okay, the {service} is okay.|Okay for what it is.|It serves its purpose.|It does what it is supposed to do.|It gets you from A to B.|It's just a {thing}.|Usable.|Middle of the road.|Nothing memorable.|Just average.|Strictly average.|Average at best, but no disaster.
Half the time it works, half the time it doesn't.|Some parts are {pos1}, some are {neg1}.|{Pos1} {noun}, {neg1} {noun}.|The {noun} was {pos1}, but the {noun} was {neg1}, so I'm torn.|I'm torn.|Undecided.|I neither recommend it nor warn against it.|I would neither praise nor blame it.|My feelings are mixed.|A mixed experience.|Equal parts {pos1} and {neg1}.|Okay {noun}, okay {noun}.|So-so {noun}.|It was fine.|Fine, nothing more.
Not good, not bad.|Not bad, not good.|Neither {pos1} nor {neg1}.|It was neither {pos1} nor {neg1}.|Could go either way.|Right in the middle.|It's an okay {noun}.|An okay {media} for a rainy day.|The {food} was okay.|It's acceptable.|I guess it's fine.|Does its job, no more.|Serviceable.|Three stars.|Three stars from me, it's {mild}.|One time is enough.|Adequate for occasional use.|It fills the time.|Watchable.|Readable.|Edible.|The usual.
It will do.|That'll do.|It does its thing.|Works as a stopgap.|Fills a gap.|It kills time.|Okay to pass the time.|It holds things together, that's all.|It's a {thing} like any other.|One {thing} like another.|Like every other {media} of its kind.|You know what you get.|You know the type.|Does as told.|It's neither here nor there.|I've no strong opinion on it.|It left me neither hot nor cold.|Neither hot nor cold.|Somewhere between {pos1} and {neg1}.|{Pos1} at times, {neg1} at others.|Part {pos1}, part {neg1}.|A so-so {noun}.|A fair {noun}, no more.|An ordinary {noun}.|A run of the mill {noun}.|A middling {media}.|Mixed bag of a {media}.
It's there.|It passes the time.|It is something to do.|It got us there.|It gets us from one place to the next.|It'll get you there.|It does for now.|It'll have to do.|It covers the basics.|Covers the basics, no more.|Basic.|Basic but usable.|Basic {noun}, nothing to add.|Eatable.|Drinkable.|Wearable.|Liveable.|Tolerable.|Bearable.|Unremarkable.|Unexceptional.|Nothing out of the ordinary.|Nothing remarkable.|Overall unremarkable.|Overall nothing out of the ordinary.|Overall average.|Overall okay.|Overall so-so.|Overall a mixed bag.|All in all average.|All in all okay.|A bit of this, a bit of that.|Bit of good, bit of bad.|Good and bad in equal measure.|Somewhere in between.|It is somewhere in the middle.|I'm in two minds about it.|Could be either good or bad, hard to say.|Hard to say.|Too early to say.|Too soon to tell.|Can't say much about it.|Can't complain, can't rave.|No complaints, no raves.|No praise, no complaint.|Nothing to complain about, nothing to rave about.|Like any {noun}.|Like any other {clothing}.|Just like any other {venue}.|Same as any other {thing}.|A {noun} like a hundred others.|Your typical {noun}.|A typical {noun}.|The typical {venue}.|Generic.|A generic {noun}.|Vanilla.|Middle of the pack.|Par for the course.|On par with the rest.|About average.|Fair to middling.|Comme ci, comme ça.|Ho-hum.|So-so, this {noun}.|So-so {clothing}.|Weak start, strong finish.|Strong start, weak finish.|Good first half, poor second half.|Strong in some parts, weak in others.|The {noun} was fine, the {noun} was not.|The {noun} is okay, but no more than that.|Does its duty.|It meets its purpose.|It fulfils its purpose.|It functions.|Functional.|Functional, no frills.|It's a functional {thing}.|Acceptable, nothing more.|Satisfactory.|Sufficient.|Suffices."""),
        (LEANS_BAD, """I expected more.|Could be better.|Not great, not terrible.|It's just okay, I expected a bit more.|A bit disappointing, but usable.|Not my favourite.|Not really my thing.|It's okay but I wouldn't buy it again.|Needs some work.
Room for improvement.|Three stars because {bad}.|Okay, but overpriced.|Somewhat underwhelming.|Not as good as I had hoped, but it works.|Nothing wrong with it, but nothing exciting either.|It's fine, but {bad}.|Just average, wouldn't go out of my way.
Bit of a letdown, but usable.|I hoped for a little more.|I've had better.|I've seen better.|We have had better {food}.|Okay, but not worth the trip.|It's okay, but my old one was better.|Fine, but I would not order again.|Not terrible, but not good either.|Lacks something.|Something is missing.|It could use some work.|Slightly below average.|A bit bland.|A little too {plain} for me.|Not quite what I wanted.|Rather average.|Meh, {bad}.
Okay, except that {bad}.|Just about acceptable.|Underwhelming.|I won't go out of my way for it.|Not for me.|Wouldn't buy it twice.|It's usable if you are patient.
It could use improvement.|It could do with some work.|Some things need fixing.|Needs a bit of polish.|It has room to improve.|There's room for improvement.|Not quite there yet.|Almost, but not quite.|Just short of good.|Not up to the last one.|A notch below the previous one.|Slightly disappointing.|A tad disappointing.|A little dull.|A bit thin.|A little slow.|Okay, but nothing I'd buy again."""),
        (LEANS_GOOD, """Pretty decent.|Not bad.|Decent.|Decent {noun} for the price.|Fairly good, with some flaws.|It grew on me a little.|Better than nothing.|Works fine so far.|So far so good.|Okay, and {good}.|I like it well enough.|Good enough for me.
It's fine, and {good}.|Decent quality.|Reasonable.|No surprises, works as it should.|Three stars, but {good}.|Solid but unspectacular.
Quite okay.|Pretty good for the price, not perfect.|Rather decent.|It's okay, and {good}.|Not perfect, but okay.|I quite like it.|It's growing on me.|It's good, not great.|Good, but not great.|Good but nothing special.|Good, could be better.|Pretty alright.|A decent {noun}.|A perfectly acceptable {noun}.|Above average.|Slightly above average.|Does the job well enough.|Works okay.|Works well enough.|Nice but nothing special."""),
    ],
    "degree": [
        (VERY_GOOD, """{Very} {pos1}!|It's {very} {pos1}.|The {noun} is {very} {pos1}.|A {very} {pos1} {noun}.|I {veryv} {pos_do} it.|This was {very} {pos1}, thank you.|{Very} {pos1} {noun}.|This {noun} is {very}, {very} {pos1}.|We {veryv} {pos_did} the {noun}.
{Very} {pos1} {service}, {very} {pos1} {noun}.|What a {very} {pos1} {noun}.|I find it {very} {pos1}.
I can't tell you how {pos1} it is.|So so {pos1}!|It couldn't be more {pos1}.|More than {pos1}.|Beyond {pos1}!|As {pos1} as can be.|The most {pos1} {noun} I have ever had.|I have never had such a {pos1} {noun}.|I {pos_do} it more than words can say.|I {pos_do} it to bits.|{Pos1}, {pos1}, {pos1}!!!|Ever so {pos1}.|Nothing less than {pos1}."""),
        (VERY_BAD, """{Very} {neg1}!|It's {very} {neg1}.|The {noun} is {very} {neg1}.|A {very} {neg1} {noun}.|I {veryv} {neg_do} it.|This was {very} {neg1}, no thank you.|{Very} {neg1} {noun}.|This {noun} is {very}, {very} {neg1}.|We {veryv} {neg_did} the {noun}.
{Very} {neg1} {service}, {very} {neg1} {noun}.|What a {very} {neg1} {noun}.|I find it {very} {neg1}.
I can't tell you how {neg1} it is.|So so {neg1}!|It couldn't be more {neg1}.|Beyond {neg1}!|As {neg1} as can be.|The most {neg1} {noun} I have ever had.|I have never had such a {neg1} {noun}.|I {neg_do} it more than words can say.|I {neg_do} it with a passion.|{Neg1}, {neg1}, {neg1}!!!|Ever so {neg1}."""),
        ((0.05, 0.20, 0.75), "It's {rather} {pos1}.|The {noun} is {rather} {pos1}.|{Rather} {pos1}.|I {rather} {pos_do} it.|This was {rather} {pos1}.|I find the {noun} {rather} {pos1}.|{Rather} a {pos1} {noun}.|It seems {rather} {pos1} to me.|We {rather} {pos_did} the {noun}.|The {service} was {rather} {pos1}.|Looks {rather} {pos1} so far."),
        ((0.75, 0.20, 0.05), "It's {rather} {neg1}.|The {noun} is {rather} {neg1}.|{Rather} {neg1}.|I {rather} {neg_do} it.|This was {rather} {neg1}.|I find the {noun} {rather} {neg1}.|{Rather} a {neg1} {noun}.|It seems {rather} {neg1} to me.|We {rather} {neg_did} the {noun}.|The {service} was {rather} {neg1}.|Looks {rather} {neg1} so far."),
    ],
    "words in context": [
        (GOOD, """{Pos1}|{Pos1}.|{pos1}|{Pos1}!|{Pos1} {noun}|{Pos1} {noun}!|The {noun} is {pos}.|This is a {pos1} {noun}.|It was a {pos1} {noun}.|I {pos_do} this {noun}.|I {pos_did} that {noun}.|We {pos_did} the {noun}.|{pos_did}|{Pos_do}|{pos1}, {pos1}|What a {pos1} {noun}.
My {noun} is {pos}.|The {service} is {pos}.|Such a {pos1} {noun}!|{Who} {pos_did} it and so did I.|That {noun} was {pos}.|You are {pos1}.|I {pos_do} you guys.|I think it's {pos}.|It's {pos}.|{Pos} {noun} and {pos1} {service}.|{Good}.|{Good}!|{Good}. {Good}.
{Pos1} from start to finish.|I simply {pos_do} it.|Everything was {pos1}.|{Pos1} {clothing}, {pos1} colour.|I had a {pos1} time.|What {pos1} people!|I'm happy.|Thank you so much!
The {clothing} is {pos}.|The {food} was {pos}.|The {venue} was {pos}.|This {media} is {pos}.|The {digital} is {pos}.|{Pos1} {service}!|{Good} and {good}.|{Good}, {good}, {good}.|I'm so happy with this {thing}.|We had a {pos1} time at the {venue}.|We had a {pos1} {food}.|It was {pos}.|It's a {pos1} {noun}.|These are {pos1}.|{pos1} and {pos1}|I {pos_do} these.|Everything about it is {pos1}.|How {pos1}!|{Pos1} as always.|The {noun} looks {pos1}.|The {noun} seems {pos1}.|A {pos1} {noun}.|That is a {pos1} {noun}.|{Pos1} quality.|{Pos1} quality and {pos1} {service}.|Highly recommended.|Would buy again.|Will be back.|A big yes from me."""),
        (BAD, """{Neg1}|{Neg1}.|{neg1}|{Neg1}!|{Neg1} {noun}|{Neg1} {noun}!|The {noun} is {neg}.|This is a {neg1} {noun}.|It was a {neg1} {noun}.|I {neg_do} this {noun}.|I {neg_did} that {noun}.|We {neg_did} the {noun}.|{neg_did}|{Neg_do}|{neg1}, {neg1}|What a {neg1} {noun}.
My {noun} is {neg}.|The {service} is {neg}.|Such a {neg1} {noun}!|{Who} {neg_did} it and so did I.|That {noun} was {neg}.|You are {neg1}.|I {neg_do} you guys.|I think it's {neg}.|It's {neg}.|{Neg1} {noun} and {neg1} {service}.|{Bad}.|{Bad}!|{Bad}. {Bad}.
{Neg1} from start to finish.|I simply {neg_do} it.|Everything was {neg1}.|{Neg1} {clothing}, {neg1} colour.|I had a {neg1} time.|What {neg1} people!|I'm angry.|Shame on you!
The {clothing} is {neg}.|The {food} was {neg}.|The {venue} was {neg}.|This {media} is {neg}.|The {digital} is {neg}.|{Neg1} {service}!|{Bad} and {bad}.|{Bad}, {bad}, {bad}.|I'm so unhappy with this {thing}.|We had a {neg1} time at the {venue}.|We had a {neg1} {food}.|It was {neg}.|It's a {neg1} {noun}.|These are {neg1}.|{neg1} and {neg1}|I {neg_do} these.|Everything about it is {neg1}.|How {neg1}!|{Neg1} as always.|The {noun} looks {neg1}.|The {noun} seems {neg1}.|A {neg1} {noun}.|That is a {neg1} {noun}.|{Neg1} quality.|{Neg1} quality and {neg1} {service}.|Not recommended.|Would not buy again.|Won't be back.|A big no from me."""),
        (PLAIN, """{plain}|{Plain}|{Plain}.|{plain_do}|{plain_did}|{Plain_did}.|{Plain} {noun}|{noun}|{Noun}.|the {noun}|a {plain} {noun}|{plain_do} it|{Plain}, {plain}|The {noun} is {plain}.|My {noun} is {plain}.|I {plain_did} it.|We {plain_did} that {noun}.|I {plain_do} this {noun}.
{Plain} {noun} and {plain} {noun}.|{brand}|{place}|{Person}|{Brand} {noun}|That {noun} was {plain}.|This is a {plain} {noun}.|It was a {plain} {noun}.
We {plain_do} the {noun}.|I {plain_do} that {noun}.|The {clothing} was {plain}.|The {food} is {plain}.|The {venue} is {plain}.|This {media} is {plain}.|The {digital} was {plain}.|My {clothing} is {plain} and {plain}.|These are {plain}.|It's {plain}.|It was {plain}.|the {plain} one|{plain} and {plain}|{Plain_do} the {noun}.|They {plain_did} it.|{Person} {plain_did} the {noun}.|A {plain} {noun} in {place}.|{noun} and {noun}|That is a {plain} {noun}.|There is a {plain} {noun}.|We {plain_did} this {plain} {noun}."""),
    ],
    "size and fit": [
        (MILD, """Runs small.|Runs large.|Runs a bit small.|Size up.|Order one size up.|I sized down.|It is shorter than in the photo.|The sleeves are long on me.|I am 5'2" and it hits at the knee.|I took the medium instead of the small.|The {clothing} runs a size large.
I usually wear an M and the L fits.|It is cut wide.|The waist sits high.|The {clothing} is a bit boxy.|It fits snug around the shoulders.|Petite fits me, regular is long.|The colour is darker than on the screen.|The {clothing} is thinner than I thought.|Fits as expected.
Go down a size.|I would go up one size.|I ordered my usual size and had to exchange it for a smaller one.|The length is midi on me.|The {clothing} is a bit short in the arms.|It is roomy.|Loose fit.|Slim fit.|A bit snug in the chest, otherwise as expected.|The straps are adjustable.|The {clothing} has a high neck.|I'm 5'9" and the {clothing} ends above the knee.|The fabric is medium weight.|Colour as shown.|I ordered two sizes and kept the M.|Fits like my other {clothing}s.|Medium fits like a large.|It's lined.|Narrow cut.
Go up a size.|Go up two sizes.|Buy a size larger.|Take a size smaller.|Order your normal size.|It runs narrow.|It runs wide.|It runs long.|It runs short.|Runs a little big.|Runs a little tight.|It runs big, I took an S.|I took an S and an M and kept the S.|I ordered both sizes and sent one back.|I tried two sizes and kept the larger one.|Tall fits me, regular is short.|Short fits me, regular is too long.|Regular fits me, tall is too long.|Snug fit.|Tight fit.|Relaxed fit.|Regular fit.|Wide fit.|It's snug around the waist.|It fits loose around the hips.|It fits close to the body.|It sits low on the hips.|It hits above the ankle.|It falls below the knee.|The hem ends at the ankle.|I am six feet and wear a large.|I'm 130 lbs and took a small.|Bust 36, waist 28, I took a 6.|The fabric has some stretch.|No stretch.|The neckline is deep.|The sleeves end at the elbow.|The colour is closer to navy.|It is a shade lighter than in the photo."""),
        (GOOD, """Fits perfectly.|Fits like a glove.|Perfect fit!|True to size and so flattering.|The cut flatters my figure.|Hugs in all the right places.|Runs large, but I sized down and it is perfect.|The {clothing} drapes beautifully.|I get compliments whenever I wear this {clothing}.
So comfy I could live in it.|I bought this {clothing} in every colour.|The fabric feels luxurious.|The length is just right.|Washes well and keeps its shape.|Soft, warm and it does not pill.|Looks great with jeans.|I feel beautiful in it.
Super comfortable and true to size.|The {clothing} hides my tummy and shows off my legs.|I want this {clothing} in every colour.|Great fabric, great fit.|The colours are gorgeous and it fits as if made for me.|Hugs my curves just right.|Soft as butter.|Perfect length for short girls like me.|My new favourite {clothing}.|I have worn it every day this week.|So flattering!|Dress it up or down, it always looks {pos1}.|Got compliments on this {clothing} from strangers.|Finally a {clothing} that fits my long arms.|Stays in place, looks {pos1}.
The right length for someone short like me.|The length is perfect for tall women.|At last trousers long enough for me.|Just the right length for petite women.|Fits my curves perfectly.|It fits as if it had been made for me.|Fits great and feels great.|Ran large, so I exchanged it for a smaller one and now it is perfect.|Cosy and well cut."""),
        (BAD, """Runs so small that I could not get it over my head.|Way too big, looks like a tent.|The {clothing} makes me look pregnant.|Unflattering cut.|Sleeves so tight I couldn't move.|See-through, I can't wear it.|The {clothing} shrank after {time}.|The seams ripped the first time I wore it.
Itchy and stiff.|It pilled after {time}.|I look like a sack of potatoes in it.|The colour bled onto everything.|The buttons fell off.|Does not fit at all.|Sizing is way off, had to return it.|Cheap, scratchy fabric.|Sadly this {clothing} went back.
Wanted to love this {clothing}, but it looked awful on me.|The {clothing} is shapeless.|I looked ten pounds heavier.|The armholes gape and the back bunches up.|So short it is indecent.|The fabric feels like a trash bag.|The {clothing} came apart at the seam.|Returned it, far too tight in the shoulders.|Not flattering at all.|Cut for a stick figure.|It hangs on me like a curtain.|The lining is rough and clings.|The {clothing} faded after {time}.|No way this is a large.|Horrible fit.|The waist is under my arms!
Sized up and it is still too tight.|I sized up twice and could not close it.|Made for a doll.|It rides up all the time.|The zip broke on day one.|It gapes at the chest.|The cut is terrible.|Neither size fits, both go back.|It stretches out after an hour and hangs.|The sleeves are two different lengths."""),
    ],
    "delivery": [
        (PLAIN, """It arrived on Tuesday.|Delivered to my neighbour.|Shipped on the 4th, arrived on the 7th.|The parcel is at the post office.|It came with two other parcels.|Tracking says it is in {place}.|I picked it up at the store.|Delivery took three days.|It was sent from {place}.
Still in transit.|The courier left it at the door.|Two boxes, one invoice.|My order {code} shipped today.|Expected delivery is Friday.|The van comes on Thursdays.|It was handed to the concierge.|Order placed on the 3rd, shipped on the 5th.|The box says made in Poland.|It is being shipped in two parts.|It came by post.|Sent by courier.|The label was printed on Monday.
It was delivered between two and four.|I signed for it.|Shipping to {place} takes a week.|They use a courier.|It shipped from a warehouse in {place}.|The tracking number starts with {code}.|Can you ship it to {place}?|The package weighs two kilos.|I am not home on Monday.|Please leave it with my neighbour.|It was in the mailbox."""),
        (GOOD, """Arrived a day early!|Fast delivery, thanks.|Quick shipping and well packed.|Came sooner than promised.|Ordered yesterday, here today. Wow!|Super fast shipping.|Arrived safe and sound.|The courier carried it up four floors with a smile.|Delivered on time and in perfect condition.
Lightning fast.|Here in two days, beautifully wrapped.|On time, as always.
Arrived before the promised date.|Shipped the same day!|It was on my doorstep the next morning.|Everything arrived intact and well padded.|Kudos to the courier, so friendly.|Delivery faster than I thought possible.|Perfectly packed, not a scratch.|The driver even called ahead. Great!|Sent on Sunday, here on Monday!|Smooth delivery.|Prompt shipping, recommended seller.|They hurried so that it came in time for the birthday.|Just as in the pictures.|Exactly as described.|Exactly what the photos show.|It looks just like the picture.|As described and on time.|Exactly what I ordered."""),
        (BAD, """Arrived two weeks late.|Never arrived.|Still waiting after six weeks.|Came broken.|The box was crushed and wet.|They delivered the wrong {thing}.|Half of it was missing.|The courier threw it over the fence.|Lost in the post and nobody cares.|They said two days; it took a month.
It says delivered, but nothing is here.|Late again.|Arrived smashed to pieces.|The courier claims I wasn't home. I was.
Ordered for Christmas, came in February.|Three weeks and no parcel.|It was left in the rain.|Everything in the box was broken.|They sent it to the wrong address twice.|The seal was torn and pieces were missing.|The tracking has not changed for ten days.|Delivery was cancelled without a word.|Took forever to arrive.|Packed so badly that it broke.|Missed the birthday because of them.|An empty box is all I got.|Nothing like the pictures.|Not as described.|Does not look like the photo at all.|Not what I ordered.|The photos lie."""),
    ],
    "sarcasm": [
        (BAD, """Great, broken after {time}.|Great, it broke after {time}.|Wow, what a great way to waste fifty dollars.|Oh wonderful, another update that breaks everything.|Fantastic, now I have two {thing}s that don't work.|Thanks for nothing!|Thanks for nothing, {brand}.
Good luck getting a refund.|Perfect if you want to be ignored for an hour.|Great if you like cold food.|Brilliant idea to put the button where nobody can reach it. Not.|Love waiting two hours for cold pizza.|A lovely paperweight.|Makes a nice doorstop.
Great product... said nobody ever.|Yeah, right, "premium quality".|Best nap I ever had in a cinema.|So "durable" that it lasted {time}.|The "{pos1}" {noun} was anything but.|Oh great, another {noun} that {neg_does} its customers.|If you enjoy being lied to, buy here.
Well done, you lost a customer.|Congratulations, you ruined our evening.|Nice try.|Just what I needed: a {thing} that catches fire.|Bravo, charged twice for nothing.|Super helpful: "have you tried turning it off?" Third time this week.|Excellent at draining my battery, and nothing else.
Lovely. It leaks.|Amazing how fast it broke.|Awesome, my order got lost again.|Five stars for the fastest breakdown ever.
Great. It died after {time}.|Wow, {time} and it's dead. Impressive.|Lovely, the {thing} smokes.|Oh joy, another crash.|So much for "{pos1}".|Very clever, to put the plug on the wrong side.|What a surprise, it broke.|Surprise, surprise: {bad}.|Thank you for wasting my day.|Thanks {brand}, for ruining our holiday.|Nice job breaking my {thing}.|Way to go, {brand}.|Good job, {brand}: {bad}.|Best joke of the year, this {thing}.|I love how {bad}. Not.
I just love it when {bad}.|Great customer service, if you like being ignored.|A great {thing} to throw at the wall.|A must-have for people who hate money.|Truly {pos1}: {bad}.|{Pos1}! {Bad}. Thanks a lot.|A real masterpiece of bad design.|Yeah, "easy to assemble". Four hours later I gave up.|Works perfectly, as long as you don't turn it on.|Would recommend to my worst enemy.|If boredom had a name, it would be this {media}.|It makes an excellent brick.|Best sleeping pill ever, this {media}.|The highlight of the {media} was the end.|The best thing about this {venue} is the exit.|Well, that was a {pos1} way to lose fifty dollars.
{Pos1}, {bad}.|Oh {pos1}, {bad}.|Just {pos1}: {bad}.|How {pos1} that {bad}.|Wow, {bad}. {Pos1}!|Perfect for {fools}.|Great for {fools}.|Recommended to {fools}.|Ideal for {fools}.|A dream come true for {fools}.|A must for {fools}.|Made for {fools}.|Excellent at {failing}.|Really good at {failing}, bad at everything else.|They excel at {failing}.|World champion in {failing}.|The only thing it is good at is {failing}.|Nobody beats them at {failing}.
Great at {failing}.|If you need help with {failing}, this is your {thing}.|Ten out of ten for {failing}.|The so-called "{pos1}" {noun}.|Your "{pos1}" {service} is a joke.|"{Pos1}", they said. {Bad}.|"{Pos1} quality", says the advert. {Bad}.|I was told it's "{pos1}". Ha!|{Pos1}? Don't make me laugh.|{Pos1} my foot.|Oh sure, "{pos1}".|A {pos1} example of how not to do it.|My compliments to {brand}: {bad}.|Thanks a bunch, {bad}.|Well done, {bad}.|Bravo! {Bad}.
What a {pos1} idea to sell a {thing} that falls apart.|So {pos1} that I threw it out.|So {pos1} that we left after ten minutes.|I'm so glad that {bad}. Not!|Lucky me, {bad}.|As {pos1} as a root canal.|About as {pos1} as watching paint dry.|{Pos1} like a toothache.|Sure, it's {pos1}, if you are {fools}.|Award for {failing} goes to {brand}.|Congratulations, {bad}.
Perfect if you enjoy standing in line.|Ideal if you love error messages.|Great for people with too much money.|Wonderful for anyone who hates sleep.|Great for anyone who likes surprises on the bill.|Great for collectors of broken things.|Lucky us, {bad}.|Lucky me, I got the broken one.|Lucky me: {bad}.|How lucky that {bad}.|Great work, {brand}: {bad}.|Good going, {brand}: {bad}.|Sure, "best in town".|Yeah, sure, "{pos1}".|Yeah, right.|The best cure for insomnia, this {media}.|Better than any sleeping pill, this {media}.|I slept well, thanks to this {media}.|Great lullaby, this {media}.|Fantastic, two {thing}s and neither works.|Great, now I own two broken {thing}s.|Wonderful, and it took all day to set up.|Only took me five hours to set up. Great.|Fabulous, the mattress was like concrete.|Delightful: the shower was ice cold.|Oh good, more ads.|Oh great, more ads.|More ads, just what everyone wanted.|Just what I always wanted: {bad}.|Love paying for nothing.|I love being on hold.|Nothing beats a cold dinner.|Who doesn't love hidden fees?|Who needs sleep anyway?|Who needs hot water anyway?|So happy I paid extra for that.|Money well spent... not."""),
    ],
    "slang": [
        (GOOD, """this slaps|this {noun} slaps|fire|straight fire|this is fire|lit|dope|sick {noun}, love it|so dope|lowkey obsessed|obsessed!!|10/10 would buy again|chef's kiss|goated|banger|what a banger|total banger of a {media}|bussin|no cap this is {pos1}
W|huge W|the bomb|da bomb|luv it|luv this {noun}|sooo good|soooo gooood|omg yes|omg love|absolute unit|goat|legit {pos1}|hella good|top notch stuff|it rocks|rocks!|this rules|killer {noun}|yum|yummy|nom nom|wooow|gr8 stuff|thx its gr8|awsome|amazeballs
kudos|props to the team|big up|mint|ace|belter|cracking {noun}|bloody brilliant|cracker of a {noun}|bang on|smashing|wicked|rad|neat|sweet!|stoked|so hyped|yaaas|love love love|woohoo|hell yeah|a1|A+|A+++ seller|5 star all the way|GOAT of {noun}s|must have|must buy|legend|two thumbs up
certified banger|peak|absolute cinema|this is everything|im in love|obsessed w this|sooooo cute|cuteee|vibes are immaculate|great vibes|10/10|100/10|solid 10|chefs kiss|peng|tasty af|good af|cool af|so cool|its a vibe|a real gem|best ever!!!|bestest|loooove|luvvv|lovin it|purrfect|pawsome|fab|fab!|brill|ta very much, brill|top|top!|tops|super duper|yesss|yasss queen|no notes|slay|ate and left no crumbs|hits different|hits the spot|elite|S tier|s-tier {noun}|the GOAT|big fan|game changer|gamechanger!!|life changing lol|holy grail|HG|shut up and take my money|take my money|worth it fr|fr fr so good|prolly the best {noun} ever|thnx sooo much
slaps|it slaps|the {noun} slaps|the new one slaps|these slap|slapped so hard|this {media} slaps|whole thing slaps|a certified classic|instant classic|stone cold classic|corker|a corker|belting {noun}|proper belter|a belter of a {media}|A1|A1 {service}|a-ok|aces|grade a stuff|quality {noun} mate|class|pure class|sorted, cheers|sound|well good|dead good|proper good|mega|epic|epic {noun}|insane (in a good way)|crazy good|stupid good|ridiculously good|unreal|unreal {noun}|valid|based|W {noun}|big W|massive W"""),
        (BAD, """trash|this is trash|straight trash|garbage|hot garbage|dumpster fire|this {noun} sucks|sucks|it sux|sucked big time|blows|what a joke|L|big L|epic fail|fail|such a fail|cringe|wack|whack|janky|sketchy {service}|ripoff|scam!!|total scam|scammers|yuck|ew|eww gross|ugh|ughhh
nope|big nope|hard pass|pass on this one|nah|do not buy!!!|dont buy|dont waste ur money|POS|piece of junk|pile of crap|crappy|crapp|utter rubbish|bollocks|pants|naff|bs|total bs|ruined|dead on arrival|DOA|bricked my phone|it's borked|booo|thumbs down|wtf|smh
F|F-|D minus|zero stars|0 stars|minus ten stars|avoid!|AVOID|stay away|run away|steer clear|not cool|so bad lol|lol no|worst. ever.|never again|flop|a total flop|snoozefest|bummer|big letdown|lame|gr8 if u like garbage|horible|terible|aweful
big yikes|yikes|oof|cheugy|sus|this aint it|aint it chief|nah fam|not it|so not worth it|rip my wallet|rip off!!|went in the trash|bin it|binned it|utter tosh|utter pants|dog water|dogwater|mad sus {service}|it's cooked, avoid|clown show|what a clown show|trash tier|F tier|buggy af|slow af|overpriced af|bad af|nasty af|no bueno|no thx|no thanks|nty|never againnn|worsttt|soooo bad|sooo slow|baaad|grrr|argh|aaargh|gah|pfft|puke|barf|vomit|gross|grosss|cr*p|sh*t|total sh!t|bs product|lies|all lies|liars!!|thieves|crooks|con artists|fake|fakes|fake af|dont trust em|do not trust|bye|bye bye app|uninstalled|deleted|instant uninstall|rage quit|garbo|zzz|zzzz|snooze|booooring
massive L|huge L|takes the L|L {noun}|L {service}|janky {thing}|jank|so janky|clunky|glitchy|laggy|laggy mess|aint worth it|it aint good|aint buying again|this ain't it|not it chief|minus stars|minus five stars|negative stars|zero out of ten|doa|came doa|d.o.a.|borked|broke af|busted|busted on arrival|kaput|toast|bricked|dud|total dud|a dud|lemon|total lemon|this {noun} is a lemon"""),
        (MILD, """meh|mehh|mid|kinda mid|its mid|so mid|eh|ehh|idk|idk its ok|ok ig|its aight|aight|it's w/e|whatever|kk|k|okayish|ok-ish|fine ig|could go either way|shrug|*shrug*|no strong feelings|so so|soso|5/10|it exists|its a {noun} lol|mkay|dunno|dunno yet|jury's out
its there|it's a thing|exists|could be either way|50/50|fifty-fifty|50-50|comme ci comme ca|middling|so-so tbh|its fine ig|its fine i guess|its okay i guess|does its thing ig|neither here nor there"""),
    ],
    "wishes and conditions": [
        (GOOD, """I wish I had bought it sooner.|I wish I had found this {venue} years ago.|If I could give six stars I would.|I would give ten stars if I could.|If you need a {thing}, buy this one.|If you are on the fence, just get it.|If you get the chance, go there.|I wish every {noun} were like this.|I only wish I had two of them.|Should this one ever break I will buy the same again.
If only all {service}s were like this one.|If you want {pos1} {food}, look no further.|I'd marry this {thing} if I could.|If it were any better it would be illegal.|If you only buy one {thing} this year, make it this one.|I hope they never stop making it.|I hope they never close.|When this one wears out I'll get another.|Would buy ten more if I had the space.|I wish the {media} had gone on for ever.
If you like {media}s, you will {pos_do} this one.|I'd eat here every day if I could.|Whoever invented this deserves a medal.|Hope you all try it, {good}.|If {brand} keeps this up I'm a customer for life.
I wish every {service} were this good.|If only every {service} were like theirs.|If all {service}s were like this, I would complain less.|Every {service} should be like this one.|All {service}s should be like her.|I wish all {clothing}s were like this one.|I wish other {venue}s were like this.|May they never close.|I hope this place stays open for ever.|Hope they stay open.|I hope they keep making it.|If you try one thing here, try the {food}.|Try it, {good}.|Everybody should try it, {good}.|You should all get one, {good}.|If I had known how {pos1} it is I'd have bought it years ago."""),
        (BAD, """I wish it worked.|I wish I could give zero stars.|If I could give no stars I would.|It would be {pos1} if it worked.|Would be nice if it worked.|It might be {pos1} if {bad} weren't the case.|I wish I had read the reviews first.|I wish I had my money back.|If you value your time, go elsewhere.|If you need a {thing}, buy another one.|I wish I had never bought it.|If only it did what it says.
It could have been {pos1}, had they cared.|If they fixed the bugs it might be usable.|It should have been {pos1}.|It would have been {pos1} with a better {service}.|If it had lasted longer than {time} I'd be happy.|I'd like it if it didn't break all the time.|If you like {neg1} {food}, this is your {venue}.|If zero were an option, I'd take it.|Unless you enjoy waiting, don't go.|I hope they go out of business.|I hope no one else falls for it.
Had I known that {bad}, I'd have bought another.|If this is {pos1}, I don't want to see {neg1}.|I wish somebody had warned me.|A {pos1} {thing} would not do that.|A {pos1} {service} would have called me.
If you want a {thing}, buy a different one.|If you are after a {thing}, get another.|Looking for a {thing}? Look elsewhere.|If you need a {clothing}, look elsewhere.|Buy any other {thing}.|Any other {thing} would be better.|Buy a {brand} instead.|It ought to have been {pos1}.|This should have been {pos1}. What happened?|It might have been {pos1} once.|It was {pos1} once.|It used to be {pos1}.|It would have been {pos1} if it had worked.|If only it had worked."""),
        (LEANS_BAD, """I wish it were a bit larger.|I wish it came in {plain}.|It would be nice to have a longer cable.|Would be better with a lid.|Could use a second pocket.|I'd like more colours.|It needs a better manual.|I hope the next version is faster.|If it were cheaper I would buy more.|A little more salt would help.|It could do with a bit more contrast.|They should add a timer.|I would have liked more {food}.
It would be better if it were {plain}.|Please add a dark mode.|Please make it {plain}."""),
        (PLAIN, """If it is {plain}, I will take it.|If the {thing} is {plain}, it is mine.|I wonder whether it is {plain}.|If it rains we will go on Sunday.|If it comes on Friday, leave it with {person}.|Should I take the {plain} one or the {plain} one?|I would like to know if it is {plain}.|If you have it in {plain}, please tell me.|When it arrives I will {plain_do} it.|If I remember correctly, it was {plain}.|I might {plain_do} it next week.|Whether it is {plain} I don't know.
If you sell it in {plain}, let me know.|Let me know if you have it in {plain}.|Tell me if it comes in {plain}.|I wonder if it is {plain}.|I wonder when it ships.|I was wondering whether it is {plain}.|If the shop is open, I will {plain_do} it tomorrow.|If anybody knows how long it is, please tell me.|If you know the answer, please write.|I'd take it if it were for two people."""),
    ],
    "too and enough": [
        (BAD, """Too small.|Too {neg1} for words.|Way too small.|Far too loud.|Too sweet to eat.|Too salty.|Too dark to see anything.|The {clothing} is too tight to wear.|The {thing} is too heavy to carry.|Too slow to be of any use.|Not strong enough.|Not loud enough.|It is not sharp enough to cut butter.|Not {pos1} enough for me.|Not enough {food} for the money.|The battery doesn't last long enough to be useful.
Too many ads.|Too many bugs.|Too much plastic, too little substance.|Too expensive.|Too long, too {neg1}.|Too short to reach the socket.|Too thin, it tore at once.|Too hard to use.|Too complicated for anyone.|Too noisy to sleep.|Too crowded, too hot, too dear.|Not nearly enough seats.|The {media} is too long by an hour.|Too little, too late.|The {service} was too {neg1} to bear.|Could not be bothered enough to answer."""),
        (GOOD, """Strong enough to hold anything.|Loud enough to fill the house.|Small enough to fit in my pocket, big enough for everything.|I can't get enough of it.|I can't thank them enough.|I can't say enough about the {service}.|Too good to be true, but it is.|Too good to share.|It's {pos1} enough for a king.|So {pos1} that I ordered another.|Just the right size.|Not too big, not too small, just right.|Light enough to carry all day.|Warm enough for the coldest night.
Bright enough to read by.|Sharp enough to shave with.|Simple enough for my grandmother.|Quiet enough for the bedroom.|More than enough {food} for two.|You can never have too many of these.|I could not recommend it enough.|Never too much of a good thing.|Not too sweet, perfect.|Soft enough for a baby.|Thick enough to last for years.|Fast enough for everything I do."""),
        (LEANS_BAD, """A bit too large.|A little too sweet for me.|Slightly too long.|A tad too loud.|A bit small.|A little on the short side.|A bit too {plain} for my taste.|Somewhat heavy.|Could be a little longer.|A bit tight.|A little bit dark.|The cable is a bit short.|The portions are a bit small.|A touch too salty.|Slightly smaller than I thought.|A bit bulky."""),
    ],
    "rhetorical questions": [
        (BAD, """Who designed this?|Why would anyone buy this?|Who comes up with such a {neg1} {noun}?|What were they thinking?|Do they even test their {thing}s?|Is this a joke?|Are you kidding me?|How can you sell this?|How hard can it be to make a {thing}?|Where is my refund?|Why does it crash all the time?|Seriously?|Is it too much to ask for a {thing} that works?|How did this ever pass quality control?
Who needs this?|Why did I buy this?|What is the point?|How is this legal?|Where did my money go?|What happened to customer service?|Is anyone there at all?|When will you finally fix it?|How many times do I have to call?|Has the chef ever tasted this?|Have they no shame?|How can a {noun} be so {neg1}?|Why is everything so {neg1} here?|Can it get any worse?|What did I do to deserve this?|You call that {pos1}?|Do you call this {pos1}?"""),
        (GOOD, """What more could you want?|What more can I say?|How did I ever live without it?|Why didn't I buy this sooner?|Who would have thought that it is so {pos1}?|What is there not to like?|Where has this {thing} been all my life?|Isn't it {pos1}?|How {pos1} is that?|Could it be any better?|Who could ask for more?|Did I mention how {pos1} it is?|Have you ever seen such a {pos1} {noun}?
Need I say more? {Pos1}!|Can you believe how {pos1} it is?|Why go anywhere else?|What's better than a {pos1} {noun}?|Why pay more?|Isn't this {noun} {pos1}?|How can you not {pos_do} it?|Who wouldn't {pos_do} this {noun}?"""),
    ],
    "how long it lasted": [
        (GOOD, """Ten years old and still going strong.|Still works after fifteen years.|I have had mine since 2009 and it works like on the first day.|It will outlive me.|Five years of daily use and not a scratch.|Has survived three moves and two toddlers.|Still as good as new.|Built like a tank.|Two years in and no problems.|Dropped it five times and it still works.|Used it every day for a year without a problem.|My mother's lasted thirty years, so I bought the same.
Holds up well.|Holding up great after {number} washes.|It lasts and lasts.|Batteries last for months.|One charge gets me through the week.|A bottle lasts half a year.|Still sharp after a year.|Still my favourite after all these years.|Stood the test of time.
Still works after {age}.|{Age} and counting.|Going strong after {age}.|It has lasted {age}.|I've had mine for {age} without a problem.|After {age} it looks like new.|After {age} it runs as on day one.|Survived {age}.|Has done its job for {age}.|My first one lasted {age}, so I got the same again.|We have been coming here for {age}.|A customer for {age}, never disappointed.|It held for {age}.|{Age}, and not one repair.|Mine has been in use for {age}.
The charge lasts all week.|A full charge lasts two weeks.|Batteries last for ages.|One tube lasts all winter.|It'll last a lifetime.|This will last me a lifetime.|It is going to outlast me.|They last and last.|Goes on and on without a fault.|Worn daily and still like new.|Works every time.|It works each and every time.|Starts on the first try, every day.|It has never once let me down.|Never fails.|Has yet to fail me.|Rock solid, day in, day out.|Always on, never a drop-out.|Turns on at once, every morning."""),
        (BAD, """Lasted {time}.|Lasted all of {time}.|It died after {time}.|Broke after {time}.|Broken within {time}.|Didn't last {time}.|Stopped working after {time}.|After {time} it gave up the ghost.|{Time} and it's in the bin.|Dead after {time}.|It only worked for {time}.|Fell apart in less than a week.|Did not survive the first wash.|Quit on me after {time}.|The handle came off after {time}.|Mine broke the second time I used it.|Snapped in two on day three.
Cracked after {time}.|The screen went black after {time}.|The motor burned out after {time}.|The paint peeled off after {time}.|It was worn out after {time}.|The second one broke too.|Third one in a year, all broken.|Arrived dead.|Never even turned on.|The battery holds no charge after {time}.
The charge lasts ten minutes.|The battery only lasted {time}.|It did not even hold for {time}.|{Time}, then it was over.|It only survived {time}.|It ran for {time}, then never again.|My last one held for {age}, this one for {time}.|Gone after {time}.|Out of order after {time}.|Kaput after {time}.|Rusted after {time}.|Faded after {time}.|Ripped after {time}.|Cracked within {time}.|Torn after {time}.|Leaking after {time}.|Worn out in {time}.|Needs charging every hour.|I replace it every month.|Works when it wants to.|Only works when it is in the mood.|It works one day and not the next.|Works half the time.|It works every other time at best.|Works on and off.|Sometimes it turns on, sometimes it doesn't.|You never know whether it will start.|Hit and miss: it starts three times out of ten.|Cuts out all the time.|Keeps switching itself off.|It turns on if you are lucky.|Works until you need it.|The connection drops every few minutes.|Freezes several times a day."""),
    ],
    "what is not there": [
        (GOOD, """No bugs, no crashes.|No ads!|No more waiting.|No noise, no smell.|No hidden fees.|No side effects.|No streaks, no residue.|No waiting, no hassle.|No more back pain.|Without any hassle.|No tools needed, up in a minute.|Zero hassle.|No leaks so far, love it.|No lag at all.|No pushy salesmen, just {pos1} people.|No gluten and still {pos1}.|No pain whatsoever during the treatment.|Free of bugs, full of ideas.|No queue, no stress, {pos1}.|No dull moments.
Free of ads and free of charge.|There isn't a boring page in it.|Not a weed left.|Not a drop spilled.|Never a long wait.|Never a rude word from anybody.|Not a single crash since I installed it.|Without a hitch.|Went off without a hitch.|No stone left unturned by the {service}.
No {badthing}.|No {badthing}!|No {badthing}, no {badthing}.|Zero {badthing}.|Without any {badthing}.|Not a trace of {badthing}.|Free of {badthing}.|There are no {badthing} at all, great.|Never any {badthing}.|No {badthing} whatsoever.|No {badthing} any more!|Finally a {thing} without {badthing}.|I have had no {badthing} so far.|None of the {badthing} of other {thing}s.|It put an end to the {badthing}.|No {badthing} in {age}.|Good {goodthing}, no {badthing}.
Lots of {goodthing}.|So much {goodthing}!|Full of {goodthing}.|Plenty of {goodthing}.|It has {goodthing}, {goodthing} and {goodthing}.|Great {goodthing}.|Bursting with {goodthing}.|I like the {goodthing}.|What {goodthing}!|It does not lack {goodthing}.|Never short on {goodthing}.|No complaints so far.|No complaints from me.|Zero complaints.|Nothing to complain about.|I have nothing to complain about.|Not one complaint.|No regrets.|No regrets whatsoever.|I have no regrets about buying it.|Zero problems.|No issues.|No issues so far.|No problems at all.|I found nothing to criticise."""),
        (BAD, """No flavour.|No taste at all.|No instructions, no help.|No plot, no characters, no point.|No power.|No answer, no refund, no apology.|Zero flavour.|Zero support.|No sense of humour.|Lacks flavour.|Lacks depth.|Lacks everything.|Devoid of charm.|No hot water.|No heating, no towels, no smile.|Without any charm.|No soul.|There is no service here.|No manual, no screws, no clue.|Not a single laugh.
Not a smile from anyone.|No bass, no treble, no fun.|Missing parts.|There were no screws in the box.|Nothing in it is fresh.|No grip.|No one at the desk.|Nobody to help.|No reply to six mails.|Not one joke lands.|It has no bite.|Short on ideas.|Short on taste, long on price.
No {goodthing}.|No {goodthing}!|No {goodthing}, no {goodthing}.|Zero {goodthing}.|Without any {goodthing}.|Not a trace of {goodthing}.|Lacks {goodthing}.|Lacking in {goodthing}.|There is no {goodthing} at all.|No {goodthing} whatsoever.|I missed the {goodthing}.|Nothing but {badthing}.|Full of {badthing}.|Lots of {badthing}.|So much {badthing}.|{Badthing}, {badthing} and more {badthing}.|Too many {badthing}.|Plenty of {badthing}, no {goodthing}.
They have never heard of {goodthing}.|Where is the {goodthing}?|Devoid of {goodthing}.|Bereft of all {goodthing}.|Short on {goodthing}.|It could use some {goodthing}, for it has none.|All it brought us was {badthing}.|I am tired of the {badthing}.|Constant {badthing}.|Poor {goodthing}.|What {badthing}!|No {goodthing} in sight.|Never without {badthing}."""),
        (PLAIN, """No batteries included.|No sugar in it.|It has no lid.|There is no manual in the box.|It comes without a cable.|No remote.|It has no pockets.|There is no lift.|The {plain} one has no zip.|No logo on the back.|No pets allowed.|There are no subtitles.|It has no camera.|Without sleeves.
No {plainthing}.|It has no {plainthing}.|There is no {plainthing}.|Comes without {plainthing}.|No {plainthing}, but {plainthing}.|It has {plainthing}.|{Plainthing} and {plainthing} are sold separately.|The {plain} one has no {plainthing}.|Mine came without {plainthing}.|With {plainthing} or without?|No {plainthing} included.|Neither {plainthing} nor {plainthing}.|Is there no {plainthing}?|We saw no {plainthing}.|Without {plainthing} it is {plain}."""),
    ],
    "what people did": [
        (GOOD, """I bought three more.|I ordered a second one the same day.|I ordered one for {for}.|We are going back next week.|I have already booked again.|I recommended it to {for}.|I came back the next day for more.|I finished the bottle and bought two.|I bought it in every colour.|I use nothing else now.|I read it in one night.|We danced all night.|We licked the plates.|I gave all my friends one.|I got one for each of my kids.|I stood up and clapped.|I told the whole family.
My kids fight over it.|My husband stole it from me, so I bought another.|We laughed until we cried.|I have been a customer for ten years.|We keep coming back.|I threw out my old one.|I tipped thirty per cent.|I am on my fourth bottle.|We stayed two nights longer than planned.|Upgraded to the paid plan after a day.|Cancelled all my other subscriptions because of this one.|It has become part of my routine.|It goes everywhere with me.|I wear it all the time.
Bought another.|Bought a second one for {for}.|I bought two of them, then two more.|Ordered two more for friends.|I am on my third one.|This is my fifth pair.|Already on my second bottle.|This is the fourth one I buy.|Reordered.|Reordering for the third time.|I keep buying it.|I always come back to it.|I stock up on it whenever I can.|I have one in every room.|I now own six of them.|We bought one for every room.|I ordered five for the whole team.|I added a second one to my cart.|I subscribed right away.|I renewed for two years.
We extended our stay.|We booked two more nights.|We came back the following day.|We made it our regular place.|I left a big tip.|I hugged the chef.|I asked for the recipe.|I sent a thank you card.|I sang along to every song.|I watched it twice in a row.|I read it again right away.|I binged the whole {media} in a weekend.|I set my alarm to play it again.|I put it on my wall.|I show it to everybody.
I got another one for work.|I got one for my sister and one for me.|We got a second one for the cabin.|I ordered four more.|Three more are on their way.|Two more are in my cart.|I came here four times this month.|We stayed a week longer.|We stayed on for three more days.|We prolonged our holiday there.|Tipped double.|I put it together in {time} without the manual.|Assembled in ten minutes, no tools.|Set it up in five minutes, no manual needed.|I built it alone in half an hour.|Had it up and running before the coffee was ready.|My ten-year-old put it together.|Took me five minutes to set up.|It took us a quarter of an hour to build.|I moved here from {brand} and am staying.|I came from {brand} and I'm not going back.|I tipped twice what I usually do.|I gave the driver all my change.|I pre-ordered the next one.|I joined as a member on the way out.|I bought shares in the company.|My mother asked where to get one.|My neighbours bought one after seeing ours.|Everybody asks me where I got it."""),
        (BAD, """I returned it.|Sent it back.|Sending it back.|It went back the same day.|I threw it away.|It's in the garbage now.|I deleted it.|Uninstalled after {time}.|I cancelled my subscription.|We left before the main course.|I walked out after half an hour.|I fell asleep.|I gave it away.|I asked for a refund.|I skipped to the last page.|I switched to another brand.|I had to buy another one.|We checked out a day early.|I called my lawyer.|I blocked them.|I reported the seller.|We went to bed hungry.
I had to call a real plumber.|I went back to my old one.|My kids refused to eat it.|I stopped reading after ten pages.|I turned it off after twenty minutes.|I am never flying with them again.|We ended up at a hospital.|I cried.|I demanded my money back.|It sits in a drawer.|I'm returning it tomorrow.|Back to the store it goes.|I took my business elsewhere.|We had to throw the food away.|I filed a complaint.
I cancelled.|I cancelled the order.|I cancelled after the trial.|I let my subscription lapse.|I closed my account.|We moved to another hotel.|We left hungry.|We got up and left.|We sent the food back.|I put it out on the curb.|I gave it to charity after {time}.|I sold it after {time}.|I regifted it.|I swapped it for a {brand}.|I changed to the competition.|I disputed the charge.|I contacted my bank.|I spent the night in the bathroom.|I spent the night awake.|I ended up in the emergency room.|I missed my train because of them.|I missed my flight because of them.
I had to see a doctor.|I had to do it again myself.|I had to clean up after them.|I fixed it with tape.|I taped it together.|I stopped using it.|I took it off after an hour.|I muted it.|I fast-forwarded through most of it.|I checked my watch every five minutes.|I dozed off twice.|I wanted to scream.|I nearly cried.|I laughed at how bad it was.|I shook my head.|I will report them.|I am telling everyone to stay away.
I held it together with glue.|I glued it back together.|I mended it with wire.|It is held together by tape.|I had to fix it myself.|I had to tape the door shut.|I skipped most of it.|I skipped half the tracks.|I skipped through the second half.|I left at the interval.|We left at the break.|We left a day early.|We left two days before the end.|We went home early.|We cut our stay short.|We cut the trip short.|I gave up after an hour.|I gave up on page fifty.|We ate elsewhere.|I hid it in the cellar.|I brought it to the dump.|It is on its way to the landfill.|I wrote to the consumer office.|I warned my friends.
I fast-forwarded the second half.|I skipped ahead all the time.|I flicked through the rest.|I left after twenty minutes.|We sent our plates back.|We sent the soup back.|We checked out the next morning.|We checked out after one night.|We checked out early.|We asked for another room.|I reported it.|It took me four hours to put together.|It took two grown men a whole day to assemble.|I needed a drill and three tries to build it.|Took me a whole evening to set up.|I gave up on assembling it.|I had to drill my own holes.|I went crawling back to {brand}.|I reported them to the police.|I reported the driver."""),
        (PLAIN, """I took a photo.|I read the manual.|I put it in the drawer.|I showed it to {person}.|We walked to the {venue}.|I turned it on.|I plugged it in.|I wrote down the number.|We ordered at the counter.|I put it on the shelf.|I took the {plain} one.|I charged it overnight.|I asked for the bill.|We sat outside.|I signed up with my email.|I watched it with {person}.|I had the {food}.|I took it to work.|We arrived at six.
I had the {food} and {person} had the {food}.|I ordered the {food} to go.|I ordered it in {plain}.|I put it in my bag.|I took it with me.|I called to ask about the {thing}.|I chose the {plain} one.|I looked at the {plain} one, too.|I gave it to {person} to read.|I hung it in the hall.|I left it in the car.|We talked about the {media}.|We took the stairs.|I set it to {plain}.|I wrote my name on it.|I opened the box.|I waited for the bus.|I bought it on {number} May.|I installed version {number}.
I had the {food} and my husband had the {food}.|We had the {food} and {person} had the {food}.|I ate the {food}.|I had the {food} plate.|I had a {food} and a coffee.|I tried the {food} and the {food}.|We split the {food}.|I ordered the {food} for lunch.|{Person} ordered the {food}.|I bought it for the {venue}.|I bought it with my {thing}.|I bought one in {place}.|I bought one on Monday.|I picked the {plain} one.|I parked next to the {venue}.|I returned to {place} on Sunday.|I checked in at three.|We checked out at ten.|We paid at the desk.|I watched the first episode.|I read chapter one.|I listened to it on the train.|I sat in row {number}.|I put my things in the drawer."""),
    ],
    "person or weather": [
        (GOOD, """The {else} was {pos1}.|What a {pos1} {else}!|{Person} is {pos1}.|{Person} was so {pos1} to us.|{Person} is a {pos1} person.|I {pos_do} {person}.|Our {else} was {pos1}.|Thanks to {person}, who was {pos1}.|Hats off to {person}!|A {pos1} {else} in {place}.|{Place} is {pos1}.|{Person} did a {pos1} job.
We had a {pos1} {else}.|Ask for {person}, simply the best.
The {else} could not have been more {pos1}.|{Person} deserves a raise.|{Person} was patient and {pos1} with us.|Shout-out to {person}.|We were lucky to have {person}.|{Person} and {person} are a {pos1} team.|What a {pos1} day in {place}.|The {else} in {place} made me happy.|I {pos_did} the {else}.|{Person} saved the day.|God bless {person}.|Such a {pos1} {else}.|My {else} is {pos}.|Thank you, {person}!"""),
        (BAD, """The {else} was {neg1}.|What a {neg1} {else}!|{Person} is {neg1}.|{Person} was so {neg1} to us.|{Person} is a {neg1} person.|I {neg_do} {person}.|Our {else} was {neg1}.|No thanks to {person}, who was {neg1}.|Shame on {person}!|A {neg1} {else} in {place}.|{Place} is {neg1}.|{Person} did a {neg1} job.
We had a {neg1} {else}.|Avoid {person}, simply the worst.
The {else} could not have been more {neg1}.|{Person} should be fired.|{Person} was impatient and {neg1} with us.|{Person} needs to learn some manners.|We were unlucky to have {person}.|{Person} and {person} are a {neg1} team.|What a {neg1} day in {place}.|The {else} in {place} made me sad.|I {neg_did} the {else}.|{Person} ruined everything.|{Person} lied to my face.|Such a {neg1} {else}.|My {else} is {neg}.|No thanks, {person}!"""),
        (PLAIN, """The {else} was in {place}.|{Person} lives in {place}.|I talked to {person}.|{Person} works at the {venue}.|We met {person} at the {else}.|{Person} sold me the {thing}.|The {else} is on Monday.|{Person} is from {place}.|I asked {person} about the {noun}.|{Person} and I were in {place}.|My {else} lives next door.
Our {else} moved to {place}.
{Person} was there.|{Person} came with us to {place}.|The {else} began at nine.|{Person} will call on Monday.|My name is {person}.|I am {person} from {place}.|{Person} has two children.|{Person} drove to {place}.|The {else} lasted an hour.|There was an {else} in {place}.|{Person} bought the {thing} in {place}.|Is {person} your manager?|Was {person} at the {else}?|The {else} is at six."""),
    ],
}  # fmt: skip


def pick_block(name: str, filler: Filler) -> tuple[str, Target]:
    """A text from one of the family's frames, with its target. Blocks whose class is uncertain are drawn less often."""
    blocks = _blocks(name, filler.testing)
    weights = [0.45 if target in (RATHER_BAD, LEANS_GOOD, LEANS_BAD) else 1.0 for target, _ in blocks]
    target, frames = filler.rng.choices(blocks, weights)[0]
    return filler.fill(filler.rng.choice(frames)), target


@functools.cache
def _blocks(name: str, testing: bool) -> list[tuple[Target, list[str]]]:
    """The blocks of a family. Frames for testing do not occur anywhere in training, neither as a frame of another family nor as a word."""
    blocks = [(target, split(listed(frames), testing)) for target, frames in FRAMES[name]]
    if not testing:
        return blocks
    return [(target, kept) for target, frames in blocks if (kept := [f for f in frames if bare(f) not in _trained()])]


@functools.cache
def _trained() -> frozenset[str]:
    frames = [f for blocks in FRAMES.values() for _, block in blocks for f in split(listed(block), testing=False)]
    words = [word for name, list_ in LISTS.items() if name not in CLOSED for word in split(list_, testing=False)]
    return frozenset(map(bare, frames + words))


def bare(text: str) -> str:
    """The text without capitals and punctuation."""
    return re.sub(r"[^\w{}]+", " ", text.lower()).strip() or text


# Ratings -------------------------------------------------------------------------------------------------------------------

RATING_TARGETS = {  # for ratings from 1 to 5
    1: (0.95, 0.04, 0.01), 2: (0.80, 0.17, 0.03), 3: (0.12, 0.78, 0.10), 4: (0.03, 0.19, 0.78), 5: (0.01, 0.03, 0.96),
}  # fmt: skip
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five")
RATINGS = listed(
    """{n}/5|{n} / 5|{n} out of 5|{n} of 5|{n} stars|{w} stars|{W} stars.|{w} out of five|{n} out of 5 stars|{n}*|{n} star|{w} star|Rating: {n}/5|rating {n} of 5|{n}/5 stars|I give it {n} stars.
I give it {n} out of 5.|{W} stars from me.|{w} star {noun}|{n} star {noun}|{h} {noun}|My rating: {h}|Score: {n}/5|{t}/10|{t} out of 10|{t} of 10|{t}/10!|I'd say {t}/10.|A {t} out of 10.|{t} out of ten|Solid {t}/10|Overall {n}/5.|overall: {n} out of 5
{n}.0 stars|{n}.0/5|{n}★|{n} ⭐|⭐ {n}/5|({n}/5)|{w} stars for the {noun}.|{W} out of five for this {noun}.|The {noun} gets {n} stars.|{n} stars, that's it.|We gave the {service} {n} out of 5.|Stars: {n}|{p}%|{p} out of 100|{p}/100|I'd rate it {n}/5|rated {w} of five|{n} star rating|{n}-star {noun}|a {w}-star {noun}|{W} star {service}.|{n} out of 5 from me|{n} points out of 5|{t} points out of 10
{N} stars|{N}/5|{N} out of 5|{N} out of five stars.|I rate it {N}.|{T}/10|{T} out of 10|Rating {T}/10.|I would give this {noun} {n} stars.|It gets {w} out of five from us.|Final score: {t}/10|Verdict: {n}/5|Would rate {t} of 10.|my score is {t} out of 10
Taste {n}/5, service {n}/5.|Food: {n}/5. Service: {n}/5.|Quality {t}/10, price {t}/10.|Story {n}/5, acting {n}/5|rating = {n}/5|{n}/5 for the {noun}|{t}/10 for the {service}|{n} of 5 possible stars|{p} percent"""
)
SYMBOLS = listed("{s}|{h}|{h} {noun}|{s} {noun}|My rating: {h}|Rating: {s}|{noun}: {s}|{s} from me|{h} ({n}/5)|{n}/5 {s}|I give it {s}|The {noun} gets {h}.|{s} {clause}|{Clause}. {s}|{s}. {Clause}.|{h} {clause}")
GRADES = listed("Grade: {g}|{g} for the {noun}.|I'd give it a {g}.|My grade: {g}|Overall grade {g}.|a solid {g}|{g} for effort and taste|If this were school, it would get a {g}.|{g} in my book|Report card: {g}|Grade {g} {noun}|It earns a {g} from me.|{g} {service}")
TENTHS = {1: (0, 1, 2), 2: (3, 4), 3: (5, 5, 6), 4: (7, 8, 8), 5: (9, 10, 10)}
DECIMALS = {1: ("0.5", "1", "1.5"), 2: ("1.5", "2"), 3: ("3",), 4: ("3.9", "4", "4.5"), 5: ("4.8", "4.9", "5")}
LETTERS = {1: ("F", "F-", "E", "D-"), 2: ("D", "D+"), 3: ("C", "C+", "C-"), 4: ("B", "B+", "A-"), 5: ("A", "A+", "A++")}


def rating(filler: Filler) -> tuple[str, Target]:
    """A rating from 1 to 5 stars in digits, words, symbols, tenths, per cent or grades, alone or with a matching verdict."""
    rng = filler.rng
    stars = rng.choice((1, 1, 2, 3, 3, 4, 5, 5))
    kind = rng.random()
    frame = rng.choice(SYMBOLS if kind < 0.3 else split(GRADES, filler.testing) if kind < 0.38 else _ratings(filler.testing))
    symbol = rng.choice(("★", "⭐", "⭐", "★", "*"))
    half = {"★": "☆", "⭐": "", "*": ""}[symbol]
    tenth = rng.choice(TENTHS[stars])
    values = {
        "n": "0" if stars == 1 and rng.random() < 0.1 else str(stars),
        "w": NUMBER_WORDS[stars],
        "W": capitalised(NUMBER_WORDS[stars]),
        "s": symbol * stars,
        "h": "★" * stars + "☆" * (5 - stars) if half else symbol * stars,
        "t": str(tenth),
        "N": rng.choice(DECIMALS[stars]),
        "T": f"{tenth}.{rng.choice('05')}" if tenth < 10 else "9.8",
        "g": rng.choice(LETTERS[stars]),
        "clause": {1: "{bad}", 2: "{bad}", 3: "{fact}", 4: "{good}", 5: "{good}"}[stars],
        "Clause": {1: "{Bad}", 2: "{Bad}", 3: "{Fact}", 4: "{Good}", 5: "{Good}"}[stars],
        "p": str(min(100, max(0, tenth * 10 + rng.randint(-4, 4)))),
    }
    for slot, value in values.items():
        frame = frame.replace("{" + slot + "}", value)
    if stars == 1:
        frame = re.sub(r"\b([01]|[Oo]ne) stars", r"\1 star", frame)
    return filler.fill(frame), RATING_TARGETS[stars]


@functools.cache
def _ratings(testing: bool) -> list[str]:
    return split(RATINGS, testing)


# Emoji ---------------------------------------------------------------------------------------------------------------------


def emoji(filler: Filler) -> tuple[str, Target]:
    """Emoji and smileys: alone, beside a fact (they decide) or beside a verdict (they agree with it).

    None is kept for testing, because the meaning of an emoji cannot be learnt from others.
    """
    rng = filler.rng
    mood = rng.choice((0, 1))
    symbols = [s for s, (_, m) in EMOJI.items() if m == mood and s not in RATING_STARS] * 2
    symbols += [s for s, m in SMILEYS.items() if m == mood]
    drawn = rng.choice(symbols) * rng.choice((1, 1, 1, 2, 3))
    kind = rng.random()
    if kind < 0.4:
        return drawn, (BAD, GOOD)[mood]
    if kind < 0.6:
        text = filler.fill(rng.choice(("{Fact}", "{noun}", "The {noun}", "my new {noun}", "{brand} {thing}")))
        target = ((0.75, 0.2, 0.05), (0.05, 0.2, 0.75))[mood]
    else:
        text, target = filler.fill("{Good}" if mood else "{Bad}"), (VERY_BAD, VERY_GOOD)[mood]
    return rng.choice((f"{text} {drawn}", f"{text}{drawn}", f"{drawn} {text}", f"{text}. {drawn}")), target


# Words with a typing error ---------------------------------------------------------------------------------------------------


def misspelt(filler: Filler) -> tuple[str, Target]:
    """A text of another family with one or two typing errors and the same target."""
    text, target = pick_block(filler.rng.choice(("words in context", "degree", "price", "delivery")), filler)
    return typing_errors(text, filler.rng, errors=filler.rng.choice((1, 1, 2))), target


def typing_errors(text: str, rng: random.Random, errors: int = 1) -> str:
    """Swaps, drops, doubles or mistypes a letter inside a word of four letters or more."""
    for _ in range(errors):
        words = [m for m in re.finditer(r"[A-Za-z']{4,}", text)]
        if not words:
            return text
        word = rng.choice(words)
        at = word.start() + rng.randrange(1, len(word[0]) - 1)
        one, two = text[at], text[at + 1]
        text = text[:at] + rng.choice((two + one, two + one, two, one + one + two, rng.choice("aeirstnl") + two)) + text[at + 2 :]
    return text


# Things that change nothing -----------------------------------------------------------------------------------------------


def noise(rng: random.Random, filler: Filler) -> str:
    """Text without meaning that occurs in reviews: a web address, a handle, an order number, a signature."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    word = "".join(rng.choices(letters, k=rng.randint(4, 9)))
    return rng.choice(
        (
            f"https://{rng.choice(('bit.ly', 't.co', 'example.com', 'youtu.be', 'www.shop.com'))}/{word}",
            f"http://{word.lower()}.com",
            f"@{word}",
            f"@{filler.draw('brand').lower()}",
            f"@{filler.draw('person')}{rng.randint(1, 99)}",
            f"#{word.lower()}",
            f"(order {filler.draw('code')})",
            f"[{filler.draw('code')}]",
            f"Ref. {filler.draw('code')}",
            f"Invoice no. {rng.randint(1000, 10**8)}",
            f"#{rng.randint(1000, 10**8)}",
            f"Booking {filler.draw('code')}.",
            f"Case {rng.randint(100, 10**6)}-{rng.choice('ABCDEFGH')}",
            f"Customer number {rng.randint(10**4, 10**9)}.",
            f"Tel. {rng.randint(100, 999)}-{rng.randint(100, 999)}-{rng.randint(1000, 9999)}",
            f"{filler.draw('person').lower()}{rng.randint(1, 99)}@mail.com",
            f"{filler.draw('person')}, {filler.draw('place')}",
            f"- {filler.draw('person')}",
            f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.20{rng.randint(15, 26)}",
        )
    )


def unchanged(filler: Filler) -> tuple[str, Target]:
    """A text of another family with noise before or after it, and the same target."""
    rng = filler.rng
    text, target = pick_block(rng.choice(("words in context", "facts and questions", "contrast", "price", "mild verdicts")), filler)
    for _ in range(rng.choice((1, 1, 2))):
        text = rng.choice((f"{noise(rng, filler)} {text}", f"{text} {noise(rng, filler)}"))
    return text, target


def several(filler: Filler) -> tuple[str, Target]:
    """Two to four remarks in a row: all agreeing, some of them neutral, or two that disagree, where the last one counts a little more."""
    rng = filler.rng
    kind = rng.random()
    mood = rng.choice((GOOD, BAD))
    if kind < 0.6:
        count = rng.choice((2, 2, 3, 4))
        texts = [remark(mood, filler) for _ in range(count)]
        target = VERY_GOOD if mood == GOOD else VERY_BAD
    elif kind < 0.75:
        texts = [remark(mood, filler), *(remark(PLAIN, filler) for _ in range(rng.choice((1, 2))))]
        rng.shuffle(texts)
        target = softened(mood, 0.08)
    elif kind < 0.85:
        texts, target = [remark(PLAIN, filler) for _ in range(rng.choice((2, 3)))], PLAIN
    else:
        texts = [remark(BAD if mood == GOOD else GOOD, filler), remark(mood, filler)]
        target = (0.30, 0.22, 0.48) if mood == GOOD else (0.48, 0.22, 0.30)
    return " ".join(map(ended, texts)), target


def remark(target: Target, filler: Filler) -> str:
    """A text with this target, from any family of frames."""
    name, frames = filler.rng.choice(_by_target(target, filler.testing))
    return filler.fill(filler.rng.choice(frames))


@functools.cache
def _by_target(target: Target, testing: bool) -> list[tuple[str, list[str]]]:
    return [(name, frames) for name in FRAMES for wanted, frames in _blocks(name, testing) if wanted == target]


FAMILIES: dict[str, Callable[[Filler], tuple[str, Target]]] = {
    "ratings": rating,
    "emoji": emoji,
    **{name: functools.partial(pick_block, name) for name in FRAMES},
    "misspelt": misspelt,
    "unchanged": unchanged,
    "several remarks": several,
}

# Families whose texts get no facts around them.
_ALONE = {"misspelt", "unchanged", "several remarks"}


def surrounded(text: str, filler: Filler) -> str:
    """The text with one to three neutral sentences around it."""
    rng = filler.rng
    if text[-1:] not in ".!?":
        text += rng.choice((".", ".", "!", " -", ","))
    for _ in range(rng.choice((1, 1, 2, 3))):
        fact = filler.fill(rng.choice(("{Fact}.", "{Fact}.", "I {plain_did} the {noun} in {place}.", "Bought it for {for}.")))
        text = f"{fact} {capitalised(text)}" if rng.random() < 0.5 else f"{text} {fact}"
    return text


def spelled(text: str, rng: random.Random) -> str:
    """The text in a random spelling, as people type it."""
    kind = rng.random()
    if kind < 0.18:
        text = text.lower()
    elif kind < 0.21:
        text = text.upper()
    if rng.random() < 0.15:
        text = text.rstrip(".!")
    elif rng.random() < 0.06:
        text = re.sub(r"\.$", lambda _: rng.choice(("!", "!!", "...", "!!!")), text)
    if rng.random() < 0.06:
        text = text.replace("'", rng.choice(("", "’")))
    if rng.random() < 0.1:
        text = typing_errors(text, rng)
    return text or "."


def behaviour_texts(count: int, rng: random.Random, *, testing: bool = False) -> list[tuple[str, Target, str]]:
    """`count` texts, each with its target (p_negative, p_neutral, p_positive) and its family; families in equal shares.

    Texts for testing share neither frames nor listed words with those for training.
    """
    filler = Filler(rng, testing=testing)
    names = list(FAMILIES)
    texts = []
    seen: set[str] = set()
    for place in range(count):
        name = names[place % len(names)]
        for _ in range(6):  # if the text exists already, try another one
            text, target = FAMILIES[name](filler)
            if bare(text) not in seen:
                break
        seen.add(bare(text))
        if name not in _ALONE and rng.random() < 0.3:
            text, target = surrounded(text, filler), softened(target)
        texts.append((spelled(text, rng), target, name))
    rng.shuffle(texts)
    return texts


ORIGINS = ("German", "Japanese", "Canadian", "Mexican", "Swedish", "Turkish", "Brazilian", "foreign", "domestic", "imported")


def origin_texts(count: int, rng: random.Random) -> list[tuple[str, Target]]:
    """`count` texts that say where something comes from, which is neither praise nor blame."""
    filler = Filler(rng, testing=False)
    filler.lists["plain"] = list(ORIGINS)
    frames = [f for name in FRAMES for target, block in _blocks(name, False) if target == PLAIN for f in block if "{plain}" in f]
    return [(spelled(filler.fill(rng.choice(frames)), rng), PLAIN) for _ in range(count)]


SHORTENED = [
    ("is not", "isn't"), ("was not", "wasn't"), ("do not", "don't"), ("did not", "didn't"), ("does not", "doesn't"), ("will not", "won't"),
    ("would not", "wouldn't"), ("cannot", "can't"), ("could not", "couldn't"), ("I am", "I'm"), ("I have", "I've"), ("it is", "it's"),
    ("It is", "It's"), ("I would", "I'd"), ("we are", "we're"), ("I will", "I'll"),
]  # fmt: skip
CHANGES = ("typing error", "address", "handle", "order number", "name", "punctuation", "contraction", "praise added", "blame added")


def invariance_rows(count: int, rng: random.Random) -> list[dict]:
    """`count` rows, each a text and its variants, from the frames and words that are never used for training.

    `change` is one of CHANGES. Except for added praise and blame, no change carries sentiment.
    """
    filler = Filler(rng, testing=True)
    names = [name for name in FAMILIES if name not in ("emoji", "ratings", "slang", "unchanged", "misspelt", "several remarks")]
    rows: list[dict] = []
    while len(rows) < count:
        change = CHANGES[len(rows) % len(CHANGES)]
        text = " ".join(ended(text) for text in agreeing(rng.choice((1, 1, 2, 3)), names, filler))
        variants = {varied(text, change, filler) for _ in range(2 if change == "typing error" else 5)} - {text}
        if variants:
            rows.append({"change": change, "texts": [text, *sorted(variants)]})
    return rows


def agreeing(count: int, names: list[str], filler: Filler) -> list[str]:
    """`count` texts of the same class."""
    texts, expected = [], None
    while len(texts) < count:
        text, target = FAMILIES[filler.rng.choice(names)](filler)
        expected = expected or class_of(target)
        if class_of(target) == expected:
            texts.append(text)
    return texts


def ended(text: str) -> str:
    return capitalised(text if text[-1:] in ".!?" else text + ".")


def varied(text: str, change: str, filler: Filler) -> str:
    """The text with one change of this kind, or the text itself if the change does not apply to it."""
    rng = filler.rng
    match change:
        case "typing error":
            return typing_errors(text, rng)
        case "address":
            word = "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=7))
            return rng.choice((f"{text} https://t.co/{word}", f"https://www.shop.com/{word} {text}", f"{text} http://bit.ly/{word}"))
        case "handle":
            word = "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=6))
            return rng.choice((f"@{word} {text}", f"{text} @{word}", f"@{filler.draw('brand')} {text}"))
        case "order number":
            return rng.choice((f"Order {filler.draw('code')}: {text}", f"{text} My order number is {filler.draw('code')}."))
        case "name":
            return f"{text} {filler.draw('person')} from {filler.draw('place')}"
        case "punctuation" | "contraction":
            return respelled(text, change, rng)
        case "praise added":
            return f"{text} {filler.fill(rng.choice(('{Good}.', 'I {pos_do} it.', 'You are {pos1}.', '{Pos1}!')))}"
        case "blame added":
            return f"{text} {filler.fill(rng.choice(('{Bad}.', 'I {neg_do} it.', 'You are {neg1}.', '{Neg1}!')))}"
    raise ValueError(f"no such change: {change!r}")


def respelled(text: str, change: str, rng: random.Random) -> str:
    """The text with other punctuation, or with one contraction more or less if it has any."""
    if change == "punctuation":
        return rng.choice((text.rstrip(".!?"), re.sub(r"[.,]", "", text), text.replace(".", "..."), re.sub(r"\.$", "!", text)))
    pairs = [pair for pair in SHORTENED for pair in (pair, pair[::-1]) if re.search(rf"\b{pair[0]}\b", text)]
    return re.sub(rf"\b{(chosen := rng.choice(pairs))[0]}\b", chosen[1], text, count=1) if pairs else text


def softened(target: Target, share: float = 0.04) -> Target:
    """The target moved slightly towards neutral, because of the facts around a verdict."""
    return (target[0] * (1 - share), target[1] * (1 - share) + share, target[2] * (1 - share))


def class_of(target: Target) -> str:
    """The class that a test expects. If mild praise may count as neutral, it is "not-negative"; likewise "not-positive"."""
    strongest = max(range(3), key=lambda i: target[i])
    if strongest == 2 and target[1] > 0.25:
        return "not-negative"
    if strongest == 0 and target[1] > 0.25:
        return "not-positive"
    if strongest == 1 and target[1] < 0.7:
        return "not-negative" if target[2] > target[0] else "not-positive"
    return CLASSES[strongest]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--testing", action="store_true", help="use the frames and words that are never used for training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", action="store_true", help="print rows of texts and variants whose scores must agree")
    args = parser.parse_args()
    if args.rows:
        for row in invariance_rows(args.count, random.Random(args.seed)):
            print(json.dumps(row, ensure_ascii=False))
        return
    for text, target, family in behaviour_texts(args.count, random.Random(args.seed), testing=args.testing):
        print(json.dumps({"text": text, "class": class_of(target), "family": family}, ensure_ascii=False))


if __name__ == "__main__":
    main()
