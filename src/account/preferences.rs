//! One's own preferences: how times are written, the look, the first page, what one is told.

use super::{
    api::SavePreferences,
    model::Preferences,
    service::{self, PATH},
    store::Person,
};
use crate::{
    auth::{guard::Ctx, look},
    cards::Card,
    error::AppError,
    forms::{Done, Outcome, Refusal},
    pages::{self, PAGES, Page},
    server::{
        db::{Actor, act},
        sessions,
    },
    sheet::{Sheet, SheetField},
    stamp::{Dates, Zone},
};
use http::request::Parts;
use serde_json::{Map, Value};
use server_fn::ServerFn;

/// What one can be told in the inbox: its kind there, for the form, for the page.
const WISHES: [(&str, &str); 3] =
    [("mention", "Notes that name you"), ("assignment", "Orders given to you"), ("job", "Your jobs that ended")];
const THEMES: [(&str, &str); 3] = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")];
const DENSITIES: [(&str, &str); 2] = [("compact", "Compact"), ("relaxed", "Relaxed")];
const YES_NO: [(&str, &str); 2] = [("yes", "In the inbox"), ("no", "Not at all")];

/// Whether somebody wants to be told of a kind of item: unless they said no.
fn is_wanted(person: &Person, kind: &str) -> bool {
    person.notifications.as_ref().and_then(|wishes| wishes.get(kind)) != Some(&Value::Bool(false))
}

/// The pages that somebody can begin with: those of the navigation that they may open.
fn first_pages(ctx: &Ctx) -> Vec<&'static Page> {
    let extras = ctx.state.config.extras();
    PAGES.into_iter().filter(|page| page.nav.is_some() && page.is_open_to(Some(&ctx.me), extras)).collect()
}

fn words(of: &[(&'static str, &'static str)], code: &str) -> &'static str {
    of.iter().find(|(known, _)| *known == code).map_or("", |(_, words)| words)
}

/// The card.
pub fn card(ctx: &Ctx, person: &Person) -> Card {
    let first = person.start_page.as_deref().and_then(pages::find).map_or(pages::HOME.title, |page| page.title);
    let dates = Dates::parse(&ctx.me.locale).unwrap_or_default();
    let mut card = Card::new("preferences", "Preferences")
        .fact("Time zone", &place(&ctx.me.time_zone))
        .fact("Dates", dates.label())
        .fact("Theme", words(&THEMES, &ctx.me.theme))
        .fact("Density", words(&DENSITIES, &ctx.me.density))
        .fact("First page", first);
    for (kind, label) in WISHES {
        card = card.fact(label, words(&YES_NO, yes_no(is_wanted(person, kind))));
    }
    card.act(&service::act("preferences", "settings", "Change preferences"))
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `Europe/Berlin` as people read it.
fn place(zone: &str) -> String {
    zone.replace('_', " ")
}

/// The form.
pub fn sheet(ctx: &Ctx, person: &Person) -> Sheet {
    let me = &ctx.me;
    let zones = Zone::names().into_iter().map(|name| (name.clone(), place(&name))).collect();
    let dates = Dates::ALL.map(|dates| (dates.code().to_owned(), dates.label().to_owned())).into();
    let first = first_pages(ctx).into_iter().map(|page| (page.path.to_owned(), page.title.to_owned())).collect();
    let choice = |name: &str, label: &str, value: &str, options: Vec<(String, String)>| {
        SheetField::choice(name, label, value, options).required()
    };
    let mut fields = vec![
        choice("time_zone", "Time zone", &me.time_zone, zones),
        choice("locale", "Dates", &me.locale, dates),
        choice("theme", "Theme", &me.theme, owned(&THEMES)),
        choice("density", "Density", &me.density, owned(&DENSITIES)),
        choice("start_page", "First page", person.start_page.as_deref().unwrap_or("/"), first)
            .hint("Where you are after signing in"),
    ];
    for (kind, label) in WISHES {
        fields.push(choice(kind, label, yes_no(is_wanted(person, kind)), owned(&YES_NO)));
    }
    Sheet {
        title: "Change preferences".into(),
        to: SavePreferences::PATH.into(),
        fields,
        submit: "Save".into(),
        back: PATH.into(),
        ..Sheet::default()
    }
}

fn owned(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(code, words)| ((*code).to_owned(), (*words).to_owned())).collect()
}

/// Keeps them.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn save(ctx: &Ctx, parts: &Parts, chosen: Preferences) -> Result<Outcome, AppError> {
    let Preferences { time_zone: zone, locale, theme, density, start_page: first, mention, assignment, job } = chosen;
    // in the order of WISHES
    let wishes = [mention, assignment, job];
    let mut refusal = Refusal::input("Your preferences were not changed.");
    let known = [
        ("time_zone", Zone::names().contains(&zone)),
        ("locale", Dates::parse(&locale).is_some()),
        ("theme", !words(&THEMES, &theme).is_empty()),
        ("density", !words(&DENSITIES, &density).is_empty()),
        ("start_page", first_pages(ctx).iter().any(|page| page.path == first)),
    ];
    let known = known
        .into_iter()
        .chain(WISHES.into_iter().zip(&wishes).map(|((kind, _), wish)| (kind, !words(&YES_NO, wish).is_empty())));
    for (field, _) in known.filter(|(_, is_known)| !is_known) {
        refusal = refusal.field(field, "Choose one of the list.");
    }
    if let Err(refusal) = refusal.check() {
        return Ok(refusal.into());
    }
    look::remember(&theme);
    let wishes: Map<String, Value> = WISHES
        .into_iter()
        .zip(&wishes)
        .map(|((kind, _), wish)| (kind.to_owned(), Value::Bool(wish == "yes")))
        .collect();
    let (me, wishes) = (ctx.me.id, Value::Object(wishes));
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            sqlx::query!(
                "INSERT INTO user_preferences AS p (user_id, time_zone, locale, theme, density, start_page, notifications)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (user_id) DO UPDATE
                 SET time_zone = $2, locale = $3, theme = $4, density = $5, start_page = $6, notifications = p.notifications || $7",
                me,
                zone,
                locale,
                theme,
                density,
                first,
                wishes
            )
            .execute(connection)
            .await?;
            Ok(Done { to: PATH.into(), message: "Your preferences are saved.".into(), reload: true })
        })
    })
    .await?;
    sessions::flash_outcome(parts, &outcome).await;
    Ok(outcome)
}
