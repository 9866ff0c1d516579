//! What the page says of the notebook of kept pictures.

use super::{labels, megabytes, number};
use crate::words::say::notebook as say;
pub use crate::words::say::notebook::{
    draw as draw_kept, draw_again, explained as notebook_explained, export as export_notebook,
    exported as notebook_exported, exported_without as notebook_exported_without, full as notebook_is_full,
    is_kept as kept_in_notebook, keep as keep_in_notebook, made as kept_made, no_room as no_room_for_notebook,
    not_exported as notebook_not_exported, note as kept_note, notebook, only_here as kept_only_here,
    picture as kept_picture, print as print_notebook, refused as notebook_refused, title as notebook_title, undo,
};

/// Nothing is in it.
pub fn notebook_is_empty() -> String {
    say::empty(&say::keep(), &labels::save_more())
}

/// How much is in it; bytes.
pub fn notebook_size(count: usize, bytes: u64) -> String {
    say::size(&count, &megabytes(bytes))
}

/// What a kept picture reached.
pub fn kept_facts(activation: f32, step: u32, steps: u32) -> String {
    say::facts(&number(activation), &step, &steps)
}

/// In place of a kept picture that was deleted.
pub fn kept_deleted(neuron: &str) -> String {
    say::deleted(&neuron)
}
