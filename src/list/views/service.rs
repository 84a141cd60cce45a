//! Rules of saved views: whose they are, who may share, what a list shows first.

use super::{
    model::{KINDS, Kind, LONGEST_NAME, Pin, View, Views, kind},
    store::{self, ViewRow},
};
use crate::{
    auth::{
        guard::Ctx,
        model::{Right, Role},
    },
    error::AppError,
    forms::{Done, Outcome, Refusal},
    list::{counts, model::Query},
    server::{
        db::{Actor, Stop, act},
        numbers,
    },
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Views that a person can have, and pin.
const MOST: usize = 50;
const MOST_PINS: usize = 12;
/// Longest query, as the table has it.
const LONGEST_QUERY: usize = 2_000;

/// A person's views, kept for a moment.
///
/// # Errors
/// When the database says no.
async fn rows(ctx: &Ctx) -> Result<Arc<[ViewRow]>, AppError> {
    let read = async { Ok::<_, AppError>(store::views(&ctx.state.db, ctx.me.id).await?.into()) };
    ctx.state.views.get(ctx.me.id, read).await
}

/// The views of one list, those in use only.
async fn of_list(ctx: &Ctx, list: &str) -> Result<Vec<ViewRow>, AppError> {
    Ok(rows(ctx).await?.iter().filter(|row| row.list == list && !row.is_deleted).cloned().collect())
}

/// What a list shows.
pub struct Shown {
    /// What is asked for: the view's filters where only a view was named. Where the role has a first view it says
    /// `view=none`, and so do all addresses made of it: a bare one would bring that view back.
    pub query: Query,
    /// Views to choose from: name, address, whether it is on show.
    pub views: Vec<(String, String, bool)>,
}

/// Looks up the view that an address names, or else the first of the role.
///
/// # Errors
/// When the database says no.
pub async fn shown(ctx: &Ctx, list: &Kind, query: &Query) -> Result<Shown, AppError> {
    let views = of_list(ctx, list.code).await?;
    let role = ctx.me.role.code();
    let first = views.iter().find(|view| view.default_of.as_deref() == Some(role));
    let asked = query.get("view");
    let rest = query.without(&["view"]);
    let named = asked.parse::<Uuid>().ok().and_then(|id| views.iter().find(|view| view.id == id));
    let turned = rest.first_page().is_empty();
    let current = match named {
        Some(view) if turned => Some(view),
        _ if query.is_empty() => first,
        _ => None,
    };
    let mut asked_for = current.map_or_else(
        || rest.clone(),
        |view| {
            let mut asked_for = Query::parse(&view.query);
            for (name, value) in rest.parameters() {
                asked_for = asked_for.with(name, value);
            }
            asked_for
        },
    );
    if first.is_some() {
        asked_for = asked_for.with("view", "none");
    }
    let links = views
        .iter()
        .map(|view| {
            let is_current = current.is_some_and(|current| current.id == view.id);
            (view.name.clone(), address(list, view.id), is_current)
        })
        .collect();
    Ok(Shown { query: asked_for, views: links })
}

fn address(list: &Kind, id: Uuid) -> String {
    Query::default().with("view", &id.to_string()).address(list.path)
}

/// Everything that the page of views shows.
///
/// # Errors
/// When the database says no.
pub async fn views(ctx: &Ctx, list: &str, query: &str) -> Result<Views, AppError> {
    let rows = rows(ctx).await?;
    let open = |row: &&ViewRow| kind(&row.list).is_some_and(|kind| ctx.me.may(kind.right));
    let draw = |row: &ViewRow| view(ctx, row);
    let save = kind(list).filter(|kind| ctx.me.may(kind.right)).map(|_| asks(&Query::parse(query)));
    Ok(Views {
        views: rows.iter().filter(open).filter(|row| !row.is_deleted).map(draw).collect(),
        deleted: rows.iter().filter(open).filter(|row| row.is_deleted).map(draw).collect(),
        save,
        may_share: ctx.me.may(Right::ShareViews),
    })
}

fn view(ctx: &Ctx, row: &ViewRow) -> View {
    let kind = kind(&row.list).unwrap_or(&KINDS[0]);
    View {
        id: row.id,
        version: row.version,
        name: row.name.clone(),
        list: kind.label.to_owned(),
        to: address(kind, row.id),
        asks: asks(&Query::parse(&row.query)),
        owner: row.owner.clone(),
        is_shared: row.is_shared,
        default_of: row.default_of.as_deref().and_then(Role::parse),
        is_mine: may_change(ctx, row.owner_id, row.is_shared),
        pinned: row.position,
    }
}

/// One's own, and the team's for those who share.
fn may_change(ctx: &Ctx, owner: Uuid, is_shared: bool) -> bool {
    if is_shared { ctx.me.may(Right::ShareViews) } else { owner == ctx.me.id }
}

/// A query in words: `status: CONFIRMED · age: >2d`.
fn asks(query: &Query) -> String {
    let parts: Vec<String> = query
        .first_page()
        .without(&["panel", "view", "limit"])
        .parameters()
        .map(|(name, value)| if name == "q" { value.to_owned() } else { format!("{name}: {value}") })
        .collect();
    if parts.is_empty() { "everything".into() } else { parts.join(" · ") }
}

/// The pinned views with their numbers, as the navigation has them; these are at most `age` old.
///
/// # Errors
/// When the database says no.
pub async fn pins(ctx: &Ctx, age: Duration) -> Result<Vec<Pin>, AppError> {
    let rows = rows(ctx).await?;
    let mut pins = Vec::new();
    for row in rows.iter().filter(|row| row.position.is_some() && !row.is_deleted).take(MOST_PINS) {
        let Some(kind) = kind(&row.list).filter(|kind| ctx.me.may(kind.right)) else { continue };
        let count = numbers::of(ctx, kind.code, &Query::parse(&row.query), age).await;
        let count = count.map(|count| counts::up_to(count, 1_000)).unwrap_or_default();
        pins.push([row.name.clone(), address(kind, row.id), count]);
    }
    Ok(pins)
}

/// A view that is to be saved, as the form sends it.
#[derive(Debug)]
pub struct New {
    pub list: String,
    pub query: String,
    pub name: String,
    pub pin: String,
    pub share: String,
    pub default_of: String,
}

/// Saves a view.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn save(ctx: &Ctx, new: New) -> Result<Outcome, AppError> {
    let Some(kind) = kind(&new.list) else {
        return Ok(Refusal::input("There is no such list. Open the list and save its view from there.").into());
    };
    if !ctx.me.may(kind.right) {
        return Err(AppError::Forbidden { right: kind.right });
    }
    let query = Query::parse(&new.query).first_page().without(&["panel", "view"]).text();
    let mut refusal = Refusal::input("The view was not saved.");
    let name = match name_of(&new.name) {
        Ok(name) => name,
        Err(problem) => {
            refusal = refusal.field("name", problem);
            String::new()
        }
    };
    let share = Share::read(ctx, &new.share, &new.default_of)?;
    if query.len() > LONGEST_QUERY {
        refusal = refusal.field("name", "This view asks for too much to be kept. Take filters away.");
    }
    if rows(ctx).await?.iter().filter(|row| row.owner_id == ctx.me.id && !row.is_deleted).count() >= MOST {
        refusal = refusal.field("name", format!("You have {MOST} views. Delete one first."));
    }
    if let Err(refusal) = refusal.check() {
        return Ok(refusal.into());
    }
    let (me, list, pin) = (ctx.me.id, kind.code, new.pin == "yes");
    let path = kind.path;
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            share.make_room(connection, list, None).await?;
            let saved = sqlx::query_scalar!(
                "INSERT INTO saved_views (list, owner_id, name, query, audience, default_of) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (owner_id, list, lower(name)) WHERE deleted_at IS NULL DO NOTHING RETURNING id",
                list,
                me,
                name,
                query,
                share.audience(),
                share.role
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(id) = saved else {
                return Err(Stop::Refused(name_is_taken(&name)));
            };
            if pin {
                store::pin(connection, id, me).await?;
            }
            Ok(Done { to: format!("{path}?view={id}"), message: format!("View “{name}” saved."), reload: true })
        })
    })
    .await;
    ctx.state.views.forget_all().await;
    outcome
}

fn name_is_taken(name: &str) -> Refusal {
    Refusal::conflict("The view was not saved.")
        .field("name", format!("You have a view “{name}” already. Choose another name."))
}

fn name_of(text: &str) -> Result<String, String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err("Give the view a name.".into());
    }
    if name.chars().count() > usize::from(LONGEST_NAME) || name.chars().any(char::is_control) {
        return Err(format!("A name has at most {LONGEST_NAME} characters, and no control characters."));
    }
    Ok(name)
}

/// Who gets a view.
struct Share {
    is_shared: bool,
    role: Option<&'static str>,
}

impl Share {
    fn read(ctx: &Ctx, share: &str, default_of: &str) -> Result<Self, AppError> {
        let role = Role::parse(default_of).filter(|role| Role::STAFF.contains(role)).map(Role::code);
        let is_shared = share == "yes" || role.is_some();
        if is_shared && !ctx.me.may(Right::ShareViews) {
            return Err(AppError::Forbidden { right: Right::ShareViews });
        }
        Ok(Self { is_shared, role })
    }

    const fn audience(&self) -> &'static str {
        if self.is_shared { "team" } else { "own" }
    }

    /// A role has one first view: the one before makes room.
    async fn make_room(&self, connection: &mut sqlx::PgConnection, list: &str, but: Option<Uuid>) -> sqlx::Result<()> {
        let Some(role) = self.role else { return Ok(()) };
        sqlx::query!(
            "UPDATE saved_views SET default_of = NULL
             WHERE list = $1 AND default_of = $2 AND deleted_at IS NULL AND id IS DISTINCT FROM $3",
            list,
            role,
            but
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Changes a view.
///
/// # Errors
/// When the database says no; refusals are values.
pub async fn change(
    ctx: &Ctx,
    view: Uuid,
    version: i32,
    action: &str,
    name: &str,
    default_of: &str,
) -> Result<Outcome, AppError> {
    let name = match action {
        "rename" => match name_of(name) {
            Ok(name) => name,
            Err(problem) => return Ok(Refusal::input("The view was not renamed.").field("name", problem).into()),
        },
        _ => String::new(),
    };
    let share = match action {
        "share" => Share::read(ctx, "yes", default_of)?,
        _ => Share { is_shared: false, role: None },
    };
    let is_pinning = matches!(action, "pin" | "unpin" | "up" | "down");
    if action == "pin" && rows(ctx).await?.iter().filter(|row| row.position.is_some()).count() >= MOST_PINS {
        return Ok(Refusal::input(format!("{MOST_PINS} views are pinned already. Unpin one first.")).into());
    }
    let (me, may_share) = (ctx.me.id, ctx.me.may(Right::ShareViews));
    let action = action.to_owned();
    let outcome = act(ctx, Actor::of(ctx), move |connection| {
        Box::pin(async move {
            let Some(locked) = store::lock(connection, view, me).await? else {
                return Err(AppError::NotFound.into());
            };
            let mine = if locked.is_shared { may_share } else { locked.owner_id == me };
            if !mine && !is_pinning {
                return Err(AppError::Forbidden { right: Right::ShareViews }.into());
            }
            if locked.version != version && !is_pinning {
                return Err(Stop::Refused(Refusal::conflict(
                    "Somebody changed this view since the page was drawn. Nothing was changed; load the page again.",
                )));
            }
            if locked.is_deleted != (action == "restore") {
                return Err(AppError::NotFound.into());
            }
            let old = locked.name.clone();
            let message = match action.as_str() {
                "pin" => {
                    store::pin(connection, view, me).await?;
                    format!("“{old}” is in the navigation.")
                }
                "unpin" => {
                    store::unpin(connection, view, me).await?;
                    format!("“{old}” is no longer in the navigation.")
                }
                "up" | "down" => {
                    store::swap(connection, view, me, action == "up").await?;
                    String::new()
                }
                "rename" => {
                    if store::is_taken(connection, view, &locked, &name).await? {
                        return Err(Stop::Refused(name_is_taken(&name)));
                    }
                    sqlx::query!("UPDATE saved_views SET name = $2 WHERE id = $1", view, name)
                        .execute(&mut *connection)
                        .await?;
                    format!("“{old}” is called “{name}” now.")
                }
                "share" | "unshare" => {
                    share.make_room(connection, &locked.list, Some(view)).await?;
                    sqlx::query!(
                        "UPDATE saved_views SET audience = $2, default_of = $3 WHERE id = $1",
                        view,
                        share.audience(),
                        share.role
                    )
                    .execute(&mut *connection)
                    .await?;
                    let whose = if share.is_shared { "the team's" } else { "your own" };
                    format!("“{old}” is {whose} now.")
                }
                "delete" => {
                    sqlx::query!("UPDATE saved_views SET deleted_at = now(), default_of = NULL WHERE id = $1", view)
                        .execute(&mut *connection)
                        .await?;
                    format!("“{old}” is deleted. You can bring it back for a day, below.")
                }
                "restore" => {
                    if store::is_taken(connection, view, &locked, &old).await? {
                        return Err(Stop::Refused(Refusal::conflict(format!(
                            "There is another view “{old}” by now. Rename that one first, then bring this one back."
                        ))));
                    }
                    sqlx::query!("UPDATE saved_views SET deleted_at = NULL WHERE id = $1", view)
                        .execute(&mut *connection)
                        .await?;
                    format!("“{old}” is back.")
                }
                _ => return Err(Stop::Refused(Refusal::input("This can't be done with a view."))),
            };
            Ok(Done { to: "/views".into(), message, reload: true })
        })
    })
    .await;
    ctx.state.views.forget_all().await;
    outcome
}
