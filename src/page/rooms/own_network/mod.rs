//! A network of the visitor's own: read from its file, asked for what the file leaves open, shown two pictures to see that all
//! is right, and then a classifier beside the pack's.

mod check;
mod fetched;
mod folder;
mod form;
mod room;
mod state;
mod taking;
mod view;

pub use fetched::{Networks, open};
pub use room::{is_network, new, show};
