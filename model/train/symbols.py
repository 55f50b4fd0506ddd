"""Emoji in reviews, each with the word whose embedding it starts from and its label (1 positive, 0 negative, None either)."""

EMOJI = {
    **dict.fromkeys("👍👌🙌👏💪✅💯", ("great", 1)),
    **dict.fromkeys("❤♥💕💖💗💙💚💛💜🖤🧡💓💞😍🥰😘🤩😻", ("love", 1)),
    **dict.fromkeys("😀😃😄😁😊🙂☺😋😎🤗😆🤤😌", ("happy", 1)),
    **dict.fromkeys("⭐🌟✨🔥🎉🏆🥇🎊", ("amazing", 1)),
    **dict.fromkeys("🙏", ("thank", 1)),
    **dict.fromkeys("👎❌🚫", ("bad", 0)),
    **dict.fromkeys("😡😠🤬", ("angry", 0)),
    **dict.fromkeys("😢😭😞😔😟🙁☹😕😥💔😩😫", ("sad", 0)),
    **dict.fromkeys("🤮🤢💩🗑", ("disgusting", 0)),
    **dict.fromkeys("😒🙄😑😤🤦", ("annoying", 0)),
    **dict.fromkeys("😐😂🤣😅🤔🤷😱😳👀😮🤯", ("hmm", None)),
}

SMILEYS = {":)": 1, ":-)": 1, ":D": 1, "<3": 1, ";)": 1, ":(": 0, ":-(": 0, ":/": 0, ">:(": 0}
RATING_STARS = "⭐🌟★☆"  # alone they are a rating: a single star is bad
