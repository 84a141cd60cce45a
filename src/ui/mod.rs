//! Components that every feature uses. Class names are explained in `style/`.

mod card;
mod field;
mod form;
mod icon;
mod page;
mod pager;
#[cfg(feature = "ssr")]
mod plain_error;
mod shell;
mod time;
mod toast;

pub use card::{Fact, card, card_body, facts};
pub use field::{Field, GroupError, TextArea};
pub use form::{Form, FormError, SubmitButton};
pub use icon::Icon;
pub use page::{Failed, PageHead};
pub use pager::Pager;
#[cfg(feature = "ssr")]
pub use plain_error::{PLAIN_ERROR_CSP, plain_error_page, plain_error_words};
pub use shell::Shell;
pub use time::Time;
pub use toast::{Toasts, toast};
