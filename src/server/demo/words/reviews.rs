//! Sentences that hold for any product, by how content the writer is, and what moderators have to
//! keep out. `{product}` is its name, `{thing}` its kind, `{weeks}` a number.

/// What stands above a review and how it begins, ends and what lies between, for one rating.
pub struct Tone {
    pub titles: &'static [&'static str],
    pub openings: &'static [&'static str],
    pub middles: &'static [&'static str],
    pub endings: &'static [&'static str],
}

#[rustfmt::skip]
pub static TONES: [Tone; 5] = [
    Tone {
        titles: &[
            "Sent back", "Not again", "A disappointment", "Broken after {weeks} weeks", "Stay away", "Nothing works as promised",
            "Would give no star if I could", "Money lost", "Arrived defective", "Faulty twice",
        ],
        openings: &[
            "I wanted to like the {product}, but it was not to be.", "The {product} lasted {weeks} weeks.", "This went back after one evening.",
            "I have owned many of these, and the {product} is the worst.", "Second try with the {product}, second fault.",
            "What a pity about the fine design.", "It looks good and that is where it ends.", "After {weeks} weeks of trouble I give up.",
        ],
        middles: &[
            "An exchange showed the same fault.", "The page promised more than this.", "I tried it on three devices.", "Resetting it did not help.",
            "The box looked as if it had been opened before.", "For half the price I had something better.",
        ],
        endings: &[
            "I asked for my money back.", "Hands off.", "The return at least was easy.", "I would not buy it again.", "Support was friendly but could not help.",
            "This should never have passed a final check.", "I have gone back to my old one.", "One star for the packaging.",
        ],
    },
    Tone {
        titles: &[
            "Not what I hoped for", "Good idea, weak execution", "Too many small faults", "Below its price", "Could be so much better",
            "Only half content", "Rather not", "Needs another revision", "Fine on paper", "Compromises everywhere",
        ],
        openings: &[
            "The {product} has its moments, but too few.", "After {weeks} weeks I am not convinced.", "On paper the {product} was just what I needed.",
            "I bought it because of the other reviews and see it differently.", "My hopes were higher.", "It works, with emphasis on ‘somehow’.",
            "It could be a good {thing}.", "I keep it, but only because returning it is a nuisance.",
        ],
        middles: &[
            "An update improved it a little.", "My partner finds it less bad than I do.", "One gets used to it, but should one have to?",
            "At that price these are not trifles.", "The predecessor was better.", "I had to read three forums to set it up.",
        ],
        endings: &[
            "In a sale perhaps.", "There are better ones for the same money.", "I hope for an update.", "Two stars, because the rest is in order.",
            "I would choose another one today.", "Somebody should have tried it before it was sold.", "No recommendation from me.", "It stays in the guest room.",
        ],
    },
    Tone {
        titles: &[
            "All right", "Solid, no more", "Light and shade", "Does its job", "Average", "You get what you pay for", "Fine with limits",
            "Good, with one catch", "Neither hot nor cold", "Acceptable",
        ],
        openings: &[
            "The {product} does what it should and no more.", "After {weeks} weeks my view of it is mixed.", "A decent {thing} for those who do not expect too much.",
            "There is much to like and something to forgive.", "I am torn.", "An honest middle of the road.", "Ordered on Monday, used since Wednesday.",
            "It replaces one that had served for six years.",
        ],
        middles: &[
            "For the office that is enough.", "I had expected a bit more, a bit less would have been a return.", "The price makes up for it.",
            "You notice where they saved.", "My daughter is happier with it than I am.", "The manual is short but good.",
        ],
        endings: &[
            "For the price it is fine.", "I keep it.", "Try it before you buy it, if you can.", "Three stars are fair.", "Good enough until the next one.",
            "With an update it could be four stars.", "Not more, not less.", "Whoever can wait should wait for the successor.",
        ],
    },
    Tone {
        titles: &[
            "Very good", "Nearly perfect", "Good choice", "Well made", "Happy with it", "A good {thing} for the money", "Recommended",
            "Little to complain about", "Better than expected", "Convincing",
        ],
        openings: &[
            "The {product} has been in daily use for {weeks} weeks.", "I compared for a long time and would choose the {product} again.",
            "A {thing} as I had wished for.", "Good workmanship, fair price.", "It surprised me in a good way.", "Bought for work, now the family wants it.",
            "It does nearly everything right.", "Delivered in two days, set up in minutes.",
        ],
        middles: &[
            "My old one feels slow beside it.", "Also useful: it remembers its settings.", "Customer service answered a question within the hour.",
            "It looks better in reality than in the pictures.", "One star less for the thin manual.", "The packaging can be opened without a knife.",
        ],
        endings: &[
            "I can recommend it.", "Only the price keeps me from five stars.", "A small thing is missing for perfection.", "I would buy it again.",
            "Four strong stars.", "My neighbour has ordered one too.", "All in all a good buy.", "Let us see how it is in two years.",
        ],
    },
    Tone {
        titles: &[
            "Excellent", "Best purchase this year", "Simply good", "Exactly what I was looking for", "Delighted", "Worth every cent",
            "Flawless after {weeks} weeks", "Clear recommendation", "I want no other", "Even better than the predecessor",
        ],
        openings: &[
            "I have used the {product} every day for {weeks} weeks and found nothing to complain about.", "The {product} is a little masterpiece.",
            "This is my second {product}: the first one went to my sister.", "Rarely has a {thing} pleased me so much.", "Unpacked, switched on, happy.",
            "My expectations were high and were exceeded.", "I read every test, and this one has won rightly.", "At last one that simply works.",
        ],
        middles: &[
            "One feels that somebody gave it thought.", "It has survived a move and two children.", "Even my father needs no help with it.",
            "The money is well spent.", "Delivery was quick and well packed.", "It looks good on top of that.",
        ],
        endings: &[
            "Buy it.", "Five stars without hesitation.", "I would choose it again at once.", "Thanks to the team for the good advice.",
            "The whole office has ordered it since.", "I hope it lasts for many years.", "There is nothing better at this price.", "Clear recommendation.",
        ],
    },
];

/// Reviews that break the rules, each with its title and why a moderator refuses it.
#[rustfmt::skip]
pub static REFUSED: [(&str, &str, &str); 14] = [
    ("Cheaper elsewhere", "Get the {product} for half the price at my shop, look for discount-corner dot example, code SAVE50.", "Advertising"),
    ("Earn money from home", "I bought the {product} with what I earn in two hours a day. Write to me and I show you how.", "Advertising"),
    ("Call me", "Selling my {product}, hardly used. Call me on the number in my profile or come by, Gartenweg 12, second floor.", "Personal data"),
    ("Parcel service", "The driver threw my parcel over the fence. The {thing} is still in its box, I cannot say anything about it.", "Not about the product"),
    ("Where is my order?", "Ordered {weeks} days ago and no {product} yet. Can somebody from the shop please answer me here?", "Not about the product"),
    ("good good", "{thing} good {product} good good good good {weeks}", "No content"),
    ("Best best best", "Best {product} best shop best price best best best!!!!!!!!", "No content"),
    ("Idiots", "Whoever built the {product} should be locked up, and so should the people who praise it here.", "Insult"),
    ("Copied", "The {product} is a light companion for people who work in a different place every day.", "Copied from the description"),
    ("Wrong product", "The cable I ordered with the {product} is too short. One star for the cable.", "Wrong product"),
    ("I work for the maker", "As one of the people who built the {product} I can say that it is the best {thing} of its class.", "Conflict of interest"),
    ("Free sample", "I was sent the {product} for nothing in exchange for five stars, so here they are.", "Paid review"),
    ("Politics", "I do not buy from countries like that, whatever the {product} can do.", "Not about the product"),
    ("Read my blog", "My full test of the {product} with forty pictures is on my blog, please click the banner there.", "Advertising"),
];

/// Why users flag a review that may well be in order.
#[rustfmt::skip]
pub static FLAG_REASONS: [&str; 8] = [
    "Reported by 2 users: looks like advertising", "Reported by 1 user: insulting", "Reported by 3 users: not about this product",
    "Reported by 1 user: contains a name", "Reported by 4 users: written by the maker?", "Reported by 2 users: same text on another product",
    "Reported by 1 user: price is wrong", "Reported by the maker: facts disputed",
];

/// Put behind a review now and then, so that people sound less alike.
#[rustfmt::skip]
pub static ASIDES: [&str; 16] = [
    "I am not a professional, mind you.", "For comparison: I come from a ten years old model.", "My flat is 70 square metres.", "I use it about four hours a day.",
    "Bought in the spring sale.", "It was a present for my husband.", "I share it with my flatmate.", "We have two of them at the office now.",
    "I paid the full price, by the way.", "Edit: still the same after another month.", "The colour is a shade darker than in the picture.",
    "I am left-handed, and it does not matter.", "I had ordered it on a Sunday and it came on Tuesday.", "Pictures are attached.",
    "I work in the field, so I am picky.", "My children are four and seven.",
];
