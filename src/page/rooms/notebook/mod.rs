//! The notebook: pictures that a person keeps, with their runs and with notes. They stay in the browser's own database, each by
//! itself; what that does not take stays on the page for as long as it is open. All of it can be taken away as one file.

pub mod export;
pub mod facts;
#[cfg(feature = "page")]
mod fetched;
#[cfg(feature = "page")]
mod kept;
#[cfg(feature = "page")]
mod room;
#[cfg(feature = "page")]
mod view;

#[cfg(feature = "page")]
pub(in crate::page) use fetched::{Keep, Notebook};
#[cfg(feature = "page")]
pub(in crate::page) use room::Room;
