//! What all of the page stands on: what it knows ([`Root`]), and what changes that. It knows no room.
//!
//! [`run`] begins and holds runs and hears the engine's worker ([`engine`]), [`frames`] puts its frames on the screen and
//! [`log`] keeps them, [`picking`] says which neurons are climbed, [`settings`] holds what stands in the fields, [`asking`]
//! asks the engine, [`alert`] takes notices back, [`files`] saves pictures, and [`told`] reads what they tell of their run.

#[cfg(feature = "page")]
mod alert;
#[cfg(feature = "page")]
mod asking;
#[cfg(feature = "page")]
mod engine;
#[cfg(feature = "page")]
pub mod files;
#[cfg(feature = "page")]
pub mod frames;
pub mod log;
pub mod neurons;
#[cfg(feature = "page")]
pub mod owned;
#[cfg(feature = "page")]
pub mod picking;
pub mod progress;
#[cfg(feature = "page")]
pub mod run;
pub mod settings;
#[cfg(feature = "page")]
mod shown;
#[cfg(feature = "page")]
mod state;
pub mod told;

#[cfg(feature = "page")]
pub use alert::Alert;
#[cfg(feature = "page")]
pub use asking::Problem;
#[cfg(feature = "page")]
pub use state::{
    ENLARGEMENTS, Lacking, Lane, MAX_LANES, OWN_LANE, Offer, OwnNetwork, Phase, Reading, Root, StartImage, Tile,
    Verdicts, Way,
};
