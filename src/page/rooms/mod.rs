//! Rooms: what the page can do beside running a neuron, each with its own state, its acts and its view. A room knows the
//! [root](super::root) and no other room; only the [app](super::App) names it. What not every visitor comes to is fetched when it is
//! wanted: a room's file `fetched` has the functions at which the build splits the program.

pub mod atlas;
#[cfg(feature = "page")]
pub(super) mod compare;
#[cfg(feature = "page")]
pub(super) mod examples;
pub mod gallery;
#[cfg(feature = "page")]
pub(super) mod lessons;
pub mod notebook;
#[cfg(feature = "page")]
pub(super) mod offline;
#[cfg(feature = "page")]
pub(super) mod opening;
pub mod own_image;
#[cfg(feature = "page")]
pub(super) mod own_network;
#[cfg(feature = "page")]
pub(super) mod ranking;
#[cfg(feature = "page")]
pub(super) mod saving;
