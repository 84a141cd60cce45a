//! Components that every feature uses; `/dev/components` shows each in each state. Class names are explained
//! in `style/`. Most are functions over values: a component with children or generics is compiled for each use.

mod arrive;
mod browser;
mod card;
mod cards;
mod choice;
mod dialog;
mod field;
mod filters;
mod form;
pub mod gallery;
mod icon;
mod me_menu;
mod menu;
mod navigation;
mod number;
mod page;
mod pager;
mod paper;
mod picture;
#[cfg(feature = "ssr")]
mod plain_error;
mod qr;
mod record;
mod safe_url;
mod sheet;
mod shell;
mod shortcuts;
mod states;
mod table;
mod time;
mod timeline;
mod toast;

pub use card::{Fact, card, card_body, facts};
pub use cards::cards;
pub use choice::{CheckBox, Choice, RadioGroup, Select};
pub use dialog::{Dialog, changes, dialog, dialog_closer, dialog_opener};
pub use field::{Field, GroupError, TextArea};
pub use filters::{Chip, SearchBox, Tab, chips, examples, search_box, tabs};
pub use form::{Form, FormError, FormTo, SubmitButton, Version, ask};
pub use icon::{Icon, brand};
pub use menu::{MenuItem, menu};
pub use number::{DateField, MoneyField, NumberField};
pub use page::{Failed, PageHead, drawn};
pub use pager::Pager;
pub use paper::{Paper, PrintButton, paper};
pub use picture::Picture;
#[cfg(feature = "ssr")]
pub use plain_error::{PLAIN_ERROR_CSP, plain_error_page, plain_error_words};
pub use qr::qr;
pub use record::{Fetch, record_page};
pub use safe_url::{Link, SafeUrl};
pub use sheet::{acts, sheet};
pub use shell::Shell;
pub use states::{badge, empty, skeleton_cards, skeleton_rows};
pub use table::{Column, Selection, Slot, Sorted, TableRow, selection_button, table};
pub use time::Time;
pub use timeline::{Happening, timeline};
pub use toast::{Toasts, toast};
