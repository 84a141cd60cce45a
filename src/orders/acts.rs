//! What can be done with an order beside its moves: who may, in which states, and the forms. The page offers by the
//! same rules by which the acts are refused.

use super::{
    confirmation, documents,
    list::search::Colleague,
    model::{DocumentKind, Status},
    parcels,
    sight::{Sights, Value},
    store::Head,
    timeline::{Fact, Parcel, Told},
};
use crate::{
    auth::model::{Me, Right, Sight},
    list::model::Query,
    orders::api,
    sheet::{Act, Sheet, SheetField, why_not_right},
    users::reveal,
};
use server_fn::ServerFn;
use uuid::Uuid;

/// A note of the order that its author may change.
pub struct OwnNote {
    /// `order_notes.id`.
    pub id: Uuid,
    /// Row version.
    pub version: i32,
    /// What it says.
    pub body: String,
}

/// What an opened act needs to know beside the order.
pub enum Opened {
    /// A note of one's own.
    Note(OwnNote),
    /// A parcel.
    Parcel(Parcel),
    /// Those to whom the order can be given.
    Assign(Vec<Colleague>),
    /// A change of the order that can be set back: its form.
    Undo(Box<Sheet>),
    /// Nothing.
    Nothing,
}

/// Why contact or address can't be changed by this person in this state; nothing: they can.
pub fn why_not_edit(me: &Me, status: Status) -> Option<String> {
    if let Some(why) = why_not_right(Right::EditOrders, me) {
        return Some(why);
    }
    let is_open = matches!(status, Status::Pending | Status::Processing | Status::Confirmed | Status::Preparing);
    (!is_open).then(|| format!("only until an order is shipped; this one is {}.", status.word()))
}

/// Why an order can't be given to anybody by this person; nothing: it can.
pub fn why_not_assign(me: &Me) -> Option<String> {
    why_not_right(Right::NoteOrders, me)
}

/// Why a value can't be revealed to this person; nothing: it can.
pub fn why_not_reveal(value: Value, me: &Me, status: Status) -> Option<String> {
    reveal::why_not(Sights::new(me.role, status, &[]).of(value), value.label(), me)
}

/// The order as its acts need it.
pub struct Subject<'a> {
    /// Its row.
    pub head: &'a Head,
    /// Its state.
    pub status: Status,
    /// What the person sees of it.
    pub sights: Sights,
    /// Who asks.
    pub me: &'a Me,
    /// What its page was asked for.
    pub query: &'a Query,
}

impl Subject<'_> {
    /// The page with an act opened.
    pub fn address(&self, act: &str) -> String {
        self.query.with("act", act).address(&format!("/orders/{}", self.head.id))
    }

    /// The acts of the cards, with why some can't be done.
    pub fn acts(&self, told: &[Told]) -> Vec<Act> {
        let act = |place: &str, act: &str, icon: &str, label: &str, why_not: Option<String>| Act {
            place: place.into(),
            label: label.into(),
            icon: icon.into(),
            to: if why_not.is_none() { self.address(act) } else { String::new() },
            why_not: why_not.unwrap_or_default(),
        };
        let why_not = why_not_edit(self.me, self.status);
        let mut acts = vec![
            act("care", "assign", "user", "Assign", why_not_assign(self.me)),
            act("customer", "contact", "pencil", "Change contact", why_not.clone()),
            act("customer", "mail", "mail", "Send confirmation again", confirmation::why_not(self.me, self.status)),
            act("ship_to", "address", "pencil", "Change address", why_not),
        ];
        let parcels = told.iter().filter_map(|told| match &told.fact {
            Fact::Parcel(parcel) => Some(parcel),
            _ => None,
        });
        for parcel in parcels {
            let label = format!("Correct {}", parcel.number);
            let why_not = parcels::why_not_correct(self.me.role, self.status);
            acts.push(act("delivery", &format!("parcel-{}", parcel.id), "pencil", &label, why_not));
        }
        for (kind, icon, path) in
            [(DocumentKind::Invoice, "file-text", "invoice"), (DocumentKind::PackingSlip, "printer", "packing-slip")]
        {
            let why_not = documents::why_not(self.status);
            acts.push(Act {
                place: "papers".into(),
                label: kind.title().into(),
                icon: icon.into(),
                to: if why_not.is_none() { format!("/orders/{}/{path}", self.head.id) } else { String::new() },
                why_not: why_not.unwrap_or_default().into(),
            });
        }
        for value in Value::ALL {
            let is_there = value != Value::Phone || self.head.customer_phone.is_some();
            if is_there
                && self.sights.of(value) == Sight::Masked
                && why_not_reveal(value, self.me, self.status).is_none()
            {
                acts.push(Act {
                    place: if matches!(value, Value::Email | Value::Phone) { "customer" } else { value.code() }.into(),
                    label: format!("Reveal {}", value.label()),
                    icon: "eye".into(),
                    to: self.address(&format!("reveal-{}", value.code())),
                    why_not: String::new(),
                });
            }
        }
        acts
    }

    /// The form of the act that the page was asked for; nothing when there is none of that name.
    pub fn sheet(&self, opened: Opened) -> Option<Sheet> {
        let act = self.query.get("act");
        let sheet = match act {
            "contact" => self.contact(),
            "address" => self.ship_to(),
            "mail" => self.mail(),
            _ => match (act.strip_prefix("reveal-"), opened) {
                (Some(code), _) => self.reveal(Value::parse(code)?),
                (None, Opened::Note(note)) => edit_note(note),
                (None, Opened::Parcel(parcel)) => self.parcel(parcel),
                (None, Opened::Assign(colleagues)) => self.assign(colleagues),
                (None, Opened::Undo(sheet)) => *sheet,
                (None, Opened::Nothing) => return None,
            },
        };
        let back = self.address("");
        Some(Sheet { hidden: [vec![("id".into(), self.head.id.to_string())], sheet.hidden].concat(), back, ..sheet })
    }

    fn contact(&self) -> Sheet {
        let head = self.head;
        // a masked value is no beginning of a new one
        let field = |name, label, value, text: &str| {
            let seen = self.sights.show(value, text).unwrap_or_default();
            if self.sights.of(value) == Sight::Full || text.is_empty() {
                SheetField::line(name, label, seen)
            } else {
                SheetField::line(name, label, "").hint(format!("Now {seen}. Leave it empty to keep it."))
            }
        };
        Sheet {
            title: "Change contact".into(),
            effects: vec![
                "Mails about this order go to the new address. The customer's account stays as it is.".into(),
            ],
            to: api::ChangeContact::PATH.into(),
            version: Some(head.version),
            fields: vec![
                field("email", "E-mail address", Value::Email, &head.customer_email),
                field("phone", "Phone number", Value::Phone, head.customer_phone.as_deref().unwrap_or_default()),
            ],
            submit: "Save contact".into(),
            why_not: self.sentence(),
            ..Sheet::default()
        }
    }

    fn ship_to(&self) -> Sheet {
        let head = self.head;
        let is_seen = self.sights.of(Value::ShipTo) == Sight::Full;
        let line = |name: &str, label: &str, text: Option<&str>| {
            SheetField::line(name, label, if is_seen { text.unwrap_or_default() } else { "" })
        };
        let mut recipient = line("recipient_name", "Recipient", Some(&head.recipient_name)).required();
        if !is_seen {
            recipient = recipient.hint("The address is masked: enter the whole new one.");
        }
        let mut effects =
            vec!["The parcel goes to the new address. Price and shipping method stay as they are.".into()];
        if self.status == Status::Preparing {
            effects.push("The order is being packed: tell the warehouse if a label is printed already.".into());
        }
        Sheet {
            title: "Change shipping address".into(),
            effects,
            to: api::ChangeAddress::PATH.into(),
            version: Some(head.shipping_version),
            fields: vec![
                recipient,
                line("street", "Street and number", Some(&head.street)).required(),
                line("street2", "Addition", head.street2.as_deref()),
                line("postal_code", "Postal code", Some(&head.postal_code)).required(),
                line("city", "City", Some(&head.city)).required(),
                line("region", "Region", head.region.as_deref()),
                line("country", "Country", Some(&head.country)).required().hint("Two letters, as DE"),
            ],
            submit: "Save address".into(),
            why_not: self.sentence(),
            ..Sheet::default()
        }
    }

    fn assign(&self, colleagues: Vec<Colleague>) -> Sheet {
        let now = self.head.assigned_to.unwrap_or(self.me.id).to_string();
        let colleagues = colleagues.into_iter().map(|one| (one.id.to_string(), one.name));
        let options = std::iter::once((String::new(), "Nobody".to_owned())).chain(colleagues).collect();
        Sheet {
            title: "Who takes care of the order".into(),
            effects: vec!["A colleague finds the order in the inbox.".into()],
            to: api::AssignOrder::PATH.into(),
            version: Some(self.head.version),
            fields: vec![SheetField { options, ..SheetField::line("assignee", "Colleague", now) }],
            submit: "Assign".into(),
            why_not: why_not_assign(self.me).unwrap_or_default(),
            ..Sheet::default()
        }
    }

    fn mail(&self) -> Sheet {
        let to = self.sights.show(Value::Email, &self.head.customer_email).unwrap_or_else(|| "the customer".into());
        let why_not = confirmation::why_not(self.me, self.status);
        Sheet {
            title: "Send the confirmation again".into(),
            effects: vec![
                format!("A mail with the articles, the sums and the address goes to {to}."),
                "The timeline says when it left.".into(),
            ],
            to: api::ResendConfirmation::PATH.into(),
            hidden: vec![("mail".into(), Uuid::new_v4().to_string())],
            submit: "Send".into(),
            why_not: why_not.map(|why| format!("The mail can't be sent: {why}")).unwrap_or_default(),
            ..Sheet::default()
        }
    }

    fn parcel(&self, parcel: Parcel) -> Sheet {
        let why_not = parcels::why_not_correct(self.me.role, self.status);
        Sheet {
            title: "Correct the parcel".into(),
            effects: vec!["What it holds stays as it is.".into()],
            to: api::CorrectParcel::PATH.into(),
            hidden: vec![("parcel".into(), parcel.id.to_string())],
            version: Some(parcel.version),
            fields: vec![
                SheetField::line("carrier", "Carrier", parcel.carrier).required(),
                SheetField::line("tracking_number", "Tracking number", parcel.number)
                    .required()
                    .hint("As on the label"),
            ],
            submit: "Save parcel".into(),
            why_not: why_not.map(|why| format!("This can't be changed: {why}")).unwrap_or_default(),
            ..Sheet::default()
        }
    }

    fn reveal(&self, value: Value) -> Sheet {
        let effects = ["You see it on this order for ten minutes.", "Who looked, when and why stays in the timeline."];
        let why_not = why_not_reveal(value, self.me, self.status);
        Sheet { to: api::Reveal::PATH.into(), ..reveal::sheet((value.code(), value.label()), effects, why_not) }
    }

    /// Why the order can't be changed, as a sentence.
    fn sentence(&self) -> String {
        why_not_edit(self.me, self.status).map(|why| format!("This can't be changed: {why}")).unwrap_or_default()
    }
}

fn edit_note(note: OwnNote) -> Sheet {
    let OwnNote { id, version, body } = note;
    Sheet {
        title: "Change your note".into(),
        to: api::EditNote::PATH.into(),
        hidden: vec![("note_id".into(), id.to_string())],
        version: Some(version),
        fields: vec![SheetField { value: body, ..SheetField::text("body", "Note", 5).required() }],
        submit: "Save note".into(),
        ..Sheet::default()
    }
}
