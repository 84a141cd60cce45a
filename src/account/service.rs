//! The page of one's own account, as data.

use super::{
    api::{ChangeEmail, ChangePassword, ChangeProfile, RemovePicture},
    avatar, browsers, preferences,
    store::{self, Person},
};
use crate::{
    auth::guard::Ctx,
    cards::Card,
    error::AppError,
    list::model::Query,
    record::Record,
    sheet::{Act, Sheet, SheetField},
};
use http::request::Parts;
use server_fn::ServerFn;

/// Where the page is.
pub const PATH: &str = "/account";

/// `/account`.
///
/// # Errors
/// When the database says no.
pub async fn account(ctx: &Ctx, parts: &Parts, address: &str) -> Result<Record, AppError> {
    let (_, query) = Query::of_address(address);
    let (person, signed_in, activity) = tokio::try_join!(
        async { Ok::<_, AppError>(store::person(&ctx.state.db, ctx.me.id).await?) },
        browsers::card(ctx, parts),
        browsers::activity(ctx, parts),
    )?;
    let sheet = match query.get("act") {
        "profile" => Some(profile_sheet(&person)),
        "email" => Some(email_sheet()),
        "password" => Some(password_sheet()),
        "preferences" => Some(preferences::sheet(ctx, &person)),
        _ => None,
    };
    Ok(Record {
        title: "Your account".into(),
        cards: vec![
            profile(ctx, &person),
            picture_card(ctx),
            password(ctx, &person),
            factor(&person),
            preferences::card(ctx, &person),
            activity.wide(),
            signed_in.wide(),
        ],
        sheet,
        ..Record::default()
    })
}

/// `/account/avatar`.
pub fn picture(ctx: &Ctx) -> Record {
    let mut card = Card::new("picture", "Your picture");
    if !ctx.me.avatar.is_empty() {
        card = card.picture(&ctx.me.avatar);
    }
    let hint = "A PNG, JPEG or WebP file of at most 5 MB. The middle of it is kept as a small square; what else is in the \
                file, such as where a photo was taken, is not.";
    Record {
        title: "Your picture".into(),
        links: vec![("arrow-left".into(), "Your account".into(), PATH.into())],
        cards: vec![card.upload(avatar::PATH, avatar::FIELD, "Picture", hint, "Use this picture")],
        ..Record::default()
    }
}

/// A page of the account with an act opened.
pub fn act(act: &str, icon: &str, label: &str) -> Act {
    Act::link(label, icon, format!("{PATH}?act={act}"))
}

fn profile(ctx: &Ctx, person: &Person) -> Card {
    Card::new("profile", "Profile")
        .fact("Name", &format!("{} {}", person.first_name, person.last_name))
        .fact("Phone", person.phone.as_deref().filter(|phone| !phone.is_empty()).unwrap_or("None"))
        .fact("Email", &person.email)
        .fact("Role", ctx.me.role.label())
        .time("Role since", &ctx.zone().stamp(person.role_since))
        .act(&act("profile", "pencil", "Change name or phone"))
        .act(&act("email", "mail", "Change e-mail address"))
}

fn email_sheet() -> Sheet {
    Sheet {
        title: "Change e-mail address".into(),
        effects: vec![
            "A mail with a link goes to the new address; when you open it, that is the address you sign in with."
                .into(),
            "The old address is told.".into(),
        ],
        to: ChangeEmail::PATH.into(),
        fields: vec![SheetField::of_kind("email", "email", "New e-mail address")],
        submit: "Send the link".into(),
        back: PATH.into(),
        ..Sheet::default()
    }
}

fn profile_sheet(person: &Person) -> Sheet {
    Sheet {
        title: "Change name or phone".into(),
        effects: vec!["Colleagues see your name beside what you do, also beside what you did before.".into()],
        to: ChangeProfile::PATH.into(),
        version: Some(person.version),
        fields: vec![
            SheetField::line("first_name", "First name", &person.first_name).required(),
            SheetField::line("last_name", "Last name", &person.last_name).required(),
            SheetField::line("phone", "Phone", person.phone.clone().unwrap_or_default()),
        ],
        submit: "Save".into(),
        back: PATH.into(),
        ..Sheet::default()
    }
}

fn picture_card(ctx: &Ctx) -> Card {
    let card = Card::new("picture", "Picture");
    let change = |words| Act::link(words, "user", avatar::PATH.into());
    if ctx.me.avatar.is_empty() {
        return card.remark("You have none; colleagues see your initials.").act(&change("Add a picture"));
    }
    card.picture(&ctx.me.avatar)
        .button(("", "trash-2", "Delete the picture"), RemovePicture::PATH, "picture", ("picture", "1"))
        .act(&change("Change the picture"))
}

fn password(ctx: &Ctx, person: &Person) -> Card {
    let card = Card::new("password", "Password");
    let card = match person.password_changed_at {
        Some(at) => card.time("Last changed", &ctx.zone().stamp(at)),
        None => card.remark("You have not changed it so far."),
    };
    card.act(&act("password", "lock", "Change password"))
}

fn password_sheet() -> Sheet {
    Sheet {
        title: "Change password".into(),
        effects: vec!["You are signed out everywhere else. Here you stay signed in.".into()],
        to: ChangePassword::PATH.into(),
        fields: vec![
            SheetField::of_kind("password", "current_password", "Current password"),
            SheetField::of_kind("new-password", "new_password", "New password").hint(
                "At least 12 characters. Several words that only you put together are better than one with a number.",
            ),
            SheetField::of_kind("new-password", "new_password_again", "New password again"),
        ],
        submit: "Change password".into(),
        back: PATH.into(),
        ..Sheet::default()
    }
}

fn factor(person: &Person) -> Card {
    let (class, words) = if person.has_factor { ("badge good", "On") } else { ("badge warn", "Off") };
    let card = Card::new("factor", "Second factor").badge(class, words);
    let card = if person.has_factor {
        card.fact("Recovery codes left", &person.codes_left.to_string())
    } else {
        card.remark("With one, your password alone lets nobody in.")
    };
    let label = if person.has_factor { "Change it" } else { "Set it up" };
    card.act(&Act::link(label, "shield-check", "/account/second-factor".into()))
}
