//! Runs as publications have them.

use super::{Catalogue, PPGN, RunSpec, Start};

/// A run that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The pack's own defaults.
    Default,
    /// Nguyen et al. 2016; of some packs the defaults.
    DgnAm,
    /// Nguyen et al. 2017, plug and play generative networks: a pull towards real codes, and noise.
    Ppgn,
    /// As the pack's defaults, the code going as far as it will.
    NoClipping,
    /// As the pack's defaults for a classifier of another architecture than the encoder's: smaller steps.
    OtherArchitecture,
    /// As the pack's defaults from the code of a picture: fewer and smaller steps.
    FromPicture,
}

/// Steps from a picture, and the published step size there against the usual one (1 against 8).
const FROM_PICTURE: (u32, f32) = (30, 1.0 / 8.0);
/// The published step size for another architecture (GoogLeNet) against the usual one (2 against 8).
const OTHER_ARCHITECTURE: f32 = 2.0 / 8.0;

impl Preset {
    /// All of them. Where two are the same run, the name that comes first is its name.
    pub const ALL: [Self; 6] =
        [Self::DgnAm, Self::Default, Self::Ppgn, Self::NoClipping, Self::OtherArchitecture, Self::FromPicture];

    /// That run of the pack's default unit.
    pub fn run(self, catalogue: &dyn Catalogue) -> RunSpec {
        let mut spec = RunSpec::with_defaults(catalogue, catalogue.defaults().unit.clone());
        match self {
            Self::Default => {}
            Self::DgnAm => spec = spec.published(),
            Self::Ppgn => {
                spec = spec.published();
                [spec.epsilon1, spec.epsilon3] = PPGN;
            }
            Self::NoClipping => spec.bound = None,
            Self::OtherArchitecture => spec.schedule.start *= OTHER_ARCHITECTURE,
            Self::FromPicture => {
                (spec.start, spec.steps) = (Start::Image, FROM_PICTURE.0);
                spec.schedule.start *= FROM_PICTURE.1;
            }
        }
        spec
    }
}
