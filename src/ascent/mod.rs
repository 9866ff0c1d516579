//! The method: gradient ascent on the code of a generator (Nguyen et al. 2016, DGN-AM).
//!
//! Pure tensors: this module knows no file, no browser and no clock, and runs on any Burn device. An [`Ascent`] climbs
//! a batch of runs at once, as whoever computes a run's steps does ([`Climb`]); each [`step`](Ascent::step) draws the
//! code's images, reads the units' activations, and moves the code:
//!
//! 1. `x = G(y)`, clamped to the range of images, moved by a random offset where jitter is asked for, a little larger or
//!    smaller where rescaling is, and normalised as the classifier was trained;
//! 2. `a` = the weighted sum of the units' activations;
//! 3. `g = ∂a/∂y`, `y ← y + lr(t) · g / mean|g|`;
//! 4. every code unit clipped to `[0, mean + k·std]`;
//! 5. `y ← decay · y`.
//!
//! With PPGN's terms (Nguyen et al. 2017) the direction is `g / mean|g| + ε1·(E(x) - y) + N(0, ε3²)`, so that their weights
//! mean the same for every unit.
//!
//! Without a generator, `y` is the image itself at the size that the classifier takes, `[batch, 3 · height · width]`,
//! clipped to -1..=1, and held by `priors` on its pixels or by none; all else is the same.
//!
//! Why runs cannot begin is plain data, [`BatchError`], and in every build; the rest needs the feature `networks`.

#[cfg(feature = "networks")]
mod batch;
#[cfg(feature = "networks")]
mod climb;
#[cfg(feature = "networks")]
mod code;
mod error;
#[cfg(feature = "networks")]
mod natural;
#[cfg(feature = "networks")]
mod objective;
#[cfg(feature = "networks")]
pub mod priors;
#[cfg(feature = "networks")]
mod rescale;
#[cfg(feature = "networks")]
mod resize;
#[cfg(feature = "networks")]
mod start;

#[cfg(feature = "networks")]
pub use batch::{Ascent, Observation, begun};
#[cfg(feature = "networks")]
pub use climb::{Climb, Drawn, Reading, Seen, Taken, Unread, brought, rows};
#[cfg(feature = "networks")]
pub use code::{Bounds, Statistics, Update, noise};
pub use error::BatchError;
#[cfg(feature = "networks")]
pub use natural::{Dictionary, MeanImages, Natural};
#[cfg(feature = "networks")]
pub use objective::{Encoder, Model, Normalisation, Objective, masks};
#[cfg(feature = "networks")]
pub use rescale::{factor, rescaled};
#[cfg(feature = "networks")]
pub use resize::resized;
#[cfg(feature = "networks")]
pub use start::{Given, code_start, image_start};
