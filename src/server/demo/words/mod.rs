//! The stock of words the demo shop is made of. Pure data: nothing here draws lots or writes rows.

pub mod kinds;
pub mod names;
pub mod notes;
pub mod opinions;
pub mod places;
pub mod reviews;
