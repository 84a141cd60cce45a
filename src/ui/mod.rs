//! Components that every feature uses. Class names are explained in `style/`.

mod card;
mod field;
mod form;
mod icon;
mod page;
mod pager;
mod shell;
mod time;
mod toast;

pub use card::{Fact, card, card_body, facts};
pub use field::{Field, GroupError, TextArea};
pub use form::{Form, FormError, FormTo, SubmitButton};
pub use icon::Icon;
pub use page::{Failed, PageHead};
pub use pager::Pager;
pub use shell::Shell;
pub use time::Time;
pub use toast::{Toasts, toast};
