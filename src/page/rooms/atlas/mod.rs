//! Pictures that were drawn beforehand: the picked neuron's at once, before engine and weights are there, and all of a layer
//! as a wall.
//!
//! They come with the pack, in sheets of a few dozen kilobytes. One stands in the frame only as long as nothing was drawn here,
//! and only if the next run is the very one that drew it; where it cannot be had, the page is as it would be without.

#[cfg(feature = "page")]
mod room;
pub mod sections;
#[cfg(feature = "page")]
mod view;

#[cfg(feature = "page")]
pub(in crate::page) use room::{Atlas, Drawn};
#[cfg(feature = "page")]
pub(in crate::page) use view::{ShowAtlas, Wall};
