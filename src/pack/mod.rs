//! Model packs: folders of static files that hold networks and everything that must be known about them.
//!
//! [`manifest`] reads `pack.json`, and `examples` an index of images; both are in every build, and so is [`PackError`]. The rest needs the
//! feature `networks`: `load` takes files from a [`Source`] (a folder on disk, or a folder of a web site), makes sure with
//! `integrity` that they are the ones that the manifest means, and builds the networks. Bytes are hostile until checked:
//! each way they can be wrong is a [`PackError`] of its own.

#[cfg(feature = "native")]
pub mod atlas;
mod catalogue;
mod examples;
pub mod manifest;

#[cfg(feature = "native")]
pub mod disk;
mod error;
#[cfg(feature = "native")]
pub mod extend;
#[cfg(feature = "engine")]
pub mod fetch;
#[cfg(any(feature = "networks", feature = "importer"))]
mod integrity;
#[cfg(feature = "native")]
pub mod make;
#[cfg(any(feature = "native", feature = "importer"))]
pub mod newcomer;
#[cfg(any(feature = "networks", feature = "importer"))]
mod packed;
#[cfg(feature = "native")]
pub mod pair;
#[cfg(any(feature = "native", feature = "importer"))]
mod rounding;
#[cfg(feature = "networks")]
mod safetensors;

#[cfg(feature = "networks")]
mod load;
#[cfg(feature = "networks")]
mod natural;
#[cfg(feature = "networks")]
mod strongest;

pub use examples::{Examples, ExamplesError, MAX_INDEX_BYTES};

#[cfg(feature = "native")]
pub use integrity::described;

pub use error::{FormatError, PackError};
#[cfg(all(test, feature = "native"))]
use load::verified;
#[cfg(feature = "networks")]
pub use load::{Files, Networks, Source, classifier, load_manifest, networks, weights};
#[cfg(feature = "networks")]
pub use natural::NaturalArrays;
#[cfg(feature = "networks")]
pub use strongest::{STRONGEST, Strongest};

/// The pack that is meant where none is named.
pub const DEFAULT_PACK: &str = "imagenet-128";
/// The pack that is offered in its place where little may be loaded, or little memory is there.
pub const SMALL_PACK: &str = "caffenet-64";
