//! Writing a card.

use super::Card;
use crate::{money::Money, sheet::Act, stamp::Stamp};

/// A line of a basket.
#[derive(Clone, Debug, Default)]
pub struct BasketLine {
    /// What it is known by.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub remark: String,
    /// Why it can't be taken; else empty.
    pub problem: String,
    /// How many.
    pub pieces: i32,
    /// Of one.
    pub price: String,
    /// Of all.
    pub total: String,
    /// The page without it.
    pub without: String,
}

impl Card {
    /// An empty card; `id` is one word, its own on the page.
    #[must_use]
    pub fn new(id: &str, title: &str) -> Self {
        Self(vec![vec![id.into(), title.into()]])
    }

    /// With a badge beside its title.
    #[must_use]
    pub fn badge(mut self, class: &str, words: &str) -> Self {
        if let Some(head) = self.0.first_mut() {
            head.extend([class.into(), words.into()]);
        }
        self
    }

    /// In the page's wide column.
    #[must_use]
    pub fn wide(mut self) -> Self {
        if let Some(head) = self.0.first_mut() {
            head.resize(4, String::new());
            head.push("wide".into());
        }
        self
    }

    fn line(mut self, texts: &[&str]) -> Self {
        self.0.push(texts.iter().map(|text| (*text).to_owned()).collect());
        self
    }

    /// Words.
    #[must_use]
    pub fn fact(self, label: &str, value: &str) -> Self {
        self.line(&["fact", label, "", value])
    }

    /// Words that lead somewhere.
    #[must_use]
    pub fn link(self, label: &str, value: &str, to: &str) -> Self {
        self.line(&["fact", label, "", value, to])
    }

    /// Words, where there are any.
    #[must_use]
    pub fn some(self, label: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) if !value.is_empty() => self.fact(label, value),
            _ => self,
        }
    }

    /// Personal data that is masked.
    #[must_use]
    pub fn masked(self, label: &str, value: &str) -> Self {
        self.line(&["fact", label, "masked", value])
    }

    /// A code, with where it leads: a path of ours or another site; may be nowhere.
    #[must_use]
    pub fn code(self, label: &str, value: &str, to: &str) -> Self {
        self.line(&["fact", label, "code", value, to])
    }

    /// Words that were different before: with what they are now.
    #[must_use]
    pub fn changed(self, label: &str, then: &str, now: &str) -> Self {
        let word = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        self.line(&["fact", label, "changed", &format!("{} (now {})", word(then), word(now))])
    }

    /// Words that may have been different before: what they are now is said where it differs.
    #[must_use]
    pub fn then_and_now(self, label: &str, [then, now]: [String; 2]) -> Self {
        if then == now { self.some(label, Some(&then)) } else { self.changed(label, &then, &now) }
    }

    /// An amount with its currency.
    #[must_use]
    pub fn money(self, label: &str, money: &Money) -> Self {
        self.line(&["fact", label, "number", &money.to_string()])
    }

    /// A time.
    #[must_use]
    pub fn time(self, label: &str, at: &Stamp) -> Self {
        self.line(&["time", label, &at.utc, &at.short])
    }

    /// A time, where there is one.
    #[must_use]
    pub fn some_time(self, label: &str, at: Option<&Stamp>) -> Self {
        match at {
            Some(at) => self.time(label, at),
            None => self,
        }
    }

    /// Lines as on a parcel.
    #[must_use]
    pub fn address(mut self, lines: Vec<String>) -> Self {
        self.0.push(std::iter::once("address".to_owned()).chain(lines).collect());
        self
    }

    /// A remark.
    #[must_use]
    pub fn remark(self, text: &str) -> Self {
        self.line(&["remark", text])
    }

    /// A record beside this one.
    #[must_use]
    pub fn record(self, to: &str, name: &str, (class, state): (&str, &str), when: &Stamp, amount: &Money) -> Self {
        self.line(&["record", to, name, class, state, &when.short, &amount.to_string()])
    }

    /// A line of a list: where it leads (may be nowhere), its name, class and words of its badge, a remark, and what stands
    /// at its end.
    #[must_use]
    pub fn row(self, to: &str, name: &str, (class, state): (&str, &str), remark: &str, end: &str) -> Self {
        self.line(&["record", to, name, class, state, remark, end])
    }

    /// Sentences, one below the other.
    #[must_use]
    pub fn points(mut self, texts: &[String]) -> Self {
        self.0.push(std::iter::once("points".to_owned()).chain(texts.iter().cloned()).collect());
        self
    }

    /// A table of two columns: its heads (the first is that of the labels), and its rows, a label and two
    /// values each.
    #[must_use]
    pub fn table(self, heads: [&str; 3], rows: &[[String; 3]]) -> Self {
        self.rows("table", heads, rows)
    }

    /// The same for two states of one thing: rows whose values differ stand out.
    #[must_use]
    pub fn sides(self, heads: [&str; 3], rows: &[[String; 3]]) -> Self {
        self.rows("sides", heads, rows)
    }

    fn rows(mut self, kind: &str, heads: [&str; 3], rows: &[[String; 3]]) -> Self {
        let heads = std::iter::once(kind).chain(heads).map(str::to_owned);
        self.0.push(heads.chain(rows.iter().flatten().cloned()).collect());
        self
    }

    /// How much of it is done, and that in words.
    #[must_use]
    pub fn progress(self, done: i32, all: i32, words: &str) -> Self {
        self.line(&["progress", &done.to_string(), &all.to_string(), words])
    }

    /// A QR code, as an SVG path of its dark modules, with the key to type.
    #[must_use]
    pub fn qr(self, size: i32, path: &str, manual_key: &str) -> Self {
        self.line(&["qr", &size.to_string(), path, manual_key])
    }

    /// What a colleague wrote: who, when, a word about it (may be empty), the text.
    #[must_use]
    pub fn note(self, author: &str, at: &Stamp, state: &str, body: &str) -> Self {
        self.line(&["note", author, &at.utc, &at.short, state, body])
    }

    /// Codes to be written down or copied, one below the other.
    #[must_use]
    pub fn codes(mut self, codes: &[String]) -> Self {
        self.0.push(std::iter::once("codes".to_owned()).chain(codes.iter().cloned()).collect());
        self
    }

    /// A file to download: words and where it is.
    #[must_use]
    pub fn file(self, label: &str, to: &str) -> Self {
        self.line(&["file", label, to])
    }

    /// A button that posts `change` to a server function, with a field that isn't shown. Its look: `primary`, `danger` or
    /// nothing; an icon; words.
    #[must_use]
    pub fn button(self, look: (&str, &str, &str), to: &str, change: &str, hidden: (&str, &str)) -> Self {
        let (kind, icon, label) = look;
        self.line(&["button", kind, icon, label, to, change, hidden.0, hidden.1])
    }

    /// A box to look for something in what follows: the page's address, its label, what is looked for now, and a filter
    /// that stays.
    #[must_use]
    pub fn find(self, to: &str, label: &str, text: &str, keep: (&str, &str)) -> Self {
        self.line(&["find", to, label, text, keep.0, keep.1])
    }

    /// A form that asks a page for other moments: its address, words of the button, and its fields, each a name, a label
    /// (empty: it isn't shown) and a value.
    #[must_use]
    pub fn moments(mut self, to: &str, submit: &str, fields: &[[&str; 3]]) -> Self {
        let head = ["moments", to, submit].into_iter();
        self.0.push(head.chain(fields.iter().flatten().copied()).map(str::to_owned).collect());
        self
    }

    /// Something that can be taken: its name, a remark, class and words of its badge, its price, and where it is taken
    /// (nowhere: it can't be).
    #[must_use]
    pub fn offer(self, name: &str, remark: &str, (class, state): (&str, &str), price: &str, to: &str) -> Self {
        self.line(&["offer", name, remark, class, state, price, to])
    }

    /// What was taken: the page's address, and a field that stays, and its lines.
    #[must_use]
    pub fn basket(mut self, to: &str, keep: (&str, &str), lines: &[BasketLine]) -> Self {
        let mut texts: Vec<String> = ["basket", to, keep.0, keep.1].map(str::to_owned).into();
        for line in lines {
            texts.extend([
                line.sku.clone(),
                line.name.clone(),
                line.remark.clone(),
                line.problem.clone(),
                line.pieces.to_string(),
                line.price.clone(),
                line.total.clone(),
                line.without.clone(),
            ]);
        }
        self.0.push(texts);
        self
    }

    /// The step that comes next: words, icon, where it is taken, or why it can't be.
    #[must_use]
    pub fn next(self, label: &str, icon: &str, to: &str, why_not: &str) -> Self {
        self.gap().line(&["next", label, icon, to, why_not])
    }

    /// A picture of a person, by its address.
    #[must_use]
    pub fn picture(self, at: &str) -> Self {
        self.line(&["portrait", at])
    }

    /// A form that sends a picture to an address of its own: the field's name, label and hint, words of the button.
    #[must_use]
    pub fn upload(self, to: &str, name: &str, label: &str, hint: &str, submit: &str) -> Self {
        self.line(&["upload", to, name, label, hint, submit])
    }

    /// What follows is apart.
    #[must_use]
    pub fn gap(self) -> Self {
        self.line(&["gap"])
    }

    /// What can be done.
    #[must_use]
    pub fn act(self, act: &Act) -> Self {
        self.line(&["act", &act.label, &act.icon, &act.to, &act.why_not])
    }

    /// The acts that belong to this card.
    #[must_use]
    pub fn acts(self, acts: &[Act]) -> Self {
        let [id, ..] = self.head();
        acts.iter().filter(|act| act.place == id).fold(self, Self::act)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Item;
    use super::*;

    #[test]
    fn a_card_is_read_as_it_was_written() {
        let stamp = Stamp { utc: "2026-11-21T08:49:00Z".into(), long: String::new(), short: "21 Nov 09:49".into() };
        let money = Money { minor: 1_250, currency: "EUR".into() };
        let act = Act { place: "x".into(), label: "Change".into(), to: "/x?act=y".into(), ..Act::default() };
        let elsewhere = Act { place: "y".into(), ..act.clone() };
        let card = Card::new("x", "Extras")
            .badge("badge good", "Paid")
            .fact("Name", "Ünal “x”")
            .some("Phone", None)
            .code("Tracking", "JJD1", "https://carrier.example/JJD1")
            .time("Shipped", &stamp)
            .address(vec!["Ring 1".into(), "20259 Hamburg".into()])
            .gap()
            .remark("Nothing else.")
            .record("/orders/1", "TA-1", ("badge", "Shipped"), &stamp, &money)
            .acts(&[act, elsewhere]);
        assert_eq!(card.head(), ["x", "Extras", "badge good", "Paid"]);
        let text = |text: &str| text.to_owned();
        let fact = |label: &str, class: &str, value: &str, to: &str| Item::Fact {
            label: text(label),
            class: text(class),
            value: text(value),
            to: text(to),
        };
        let items: Vec<Item> = card.items().collect();
        assert_eq!(
            items,
            [
                fact("Name", "", "Ünal “x”", ""),
                fact("Tracking", "code", "JJD1", "https://carrier.example/JJD1"),
                Item::Time { label: text("Shipped"), utc: text("2026-11-21T08:49:00Z"), short: text("21 Nov 09:49") },
                Item::Address(vec![text("Ring 1"), text("20259 Hamburg")]),
                Item::Gap,
                Item::Remark(text("Nothing else.")),
                Item::Record {
                    to: text("/orders/1"),
                    name: text("TA-1"),
                    class: text("badge"),
                    state: text("Shipped"),
                    when: text("21 Nov 09:49"),
                    amount: text("12.50 EUR"),
                },
                Item::Act { label: text("Change"), icon: String::new(), to: text("/x?act=y"), why_not: String::new() },
            ]
        );
        assert_eq!(Card::default().head()[1], "");
        assert_eq!(
            Card(vec![vec![], vec!["hologram".into()], vec![]])
                .items()
                .filter(|item| !matches!(item, Item::Other(..)))
                .count(),
            0,
            "newer than this version"
        );
    }
}
