//! What keeps a picture natural: a generator, or what can be asked of its pixels.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    Defaults, Schedule, SpecError, Start,
    parameter::{number, within},
};

/// What keeps a synthesised picture near natural images.
///
/// As text, in addresses, JSON and on the command line: `generator`, `none`, or the priors on pixels with a comma between
/// them, each with its values after colons, `blur:0.28:4,jitter:9`; values left out are the defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Prior {
    /// A generator network trained to invert an encoder: DGN-AM (Nguyen et al. 2016). The code is climbed.
    #[default]
    Generator,
    /// The pixels are climbed, kept in the range of images, and held by these; by nothing where there are none (plain
    /// gradient ascent: Erhan et al. 2009). At most one of each kind. [`RunSpec::bound`](super::RunSpec::bound) means
    /// nothing then, and there is no mean to start at.
    Pixels(Vec<PixelPrior>),
}

/// A prior on pixels, which are in -1..=1. Defaults are the published ones, scaled to images of 64×64 pixels.
///
/// A weight is relative to the activation's gradient, whose mean magnitude is 1: a step moves the image by
/// `rate · (g / mean|g| - Σ weight · ∂R/∂x)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PixelPrior {
    /// Every few steps the image is blurred (Yosinski et al. 2015): σ = 1 on 227 pixels, every 4 steps.
    Blur {
        /// Standard deviation in pixels, 0.1 to 8.
        sigma: f32,
        /// Steps from one blur to the next, 1 to 100.
        every: u32,
    },
    /// A penalty on large values, `R = Σ|x|^α / α` (Simonyan et al. 2013 with α = 2; Mahendran & Vedaldi 2015 with 6).
    AlphaNorm {
        /// α, 1 to 16.
        alpha: f32,
        /// Weight, up to 100.
        weight: f32,
    },
    /// A penalty on differences of neighbours, `R = Σ((x[i,j+1] - x[i,j])² + (x[i+1,j] - x[i,j])²)^(β/2) / β` (Mahendran &
    /// Vedaldi 2015, β = 2).
    TotalVariation {
        /// β, 1 to 4.
        beta: f32,
        /// Weight, up to 100.
        weight: f32,
    },
    /// Each step looks at the image shifted by a random offset, the edges going round (Mordvintsev et al. 2015): up to 32
    /// pixels on 224.
    Jitter {
        /// Largest shift along each side in pixels, 1 to 64.
        pixels: u32,
    },
    /// Every step pulls patches of the image, on a grid that is shifted at random, towards their nearest neighbours in the
    /// pack's dictionary of natural patches (Wei et al. 2015), `R = Σ|p - nearest(p)|² / 2`.
    Patches {
        /// Weight, up to 100.
        weight: f32,
    },
    /// The image grows in octaves, each step looks at a crop near its centre, and at last only the centre changes (Nguyen
    /// et al. 2016, multifaceted feature visualization). The step size follows the octaves, times the run's own.
    CentreBias {
        /// Factor on the image's size from one octave to the next, 1 to 2.
        scale: f32,
        /// Pixels along each edge that the last octave but one leaves alone, 0 to 64.
        margin: u32,
    },
}

impl PixelPrior {
    /// The Gaussian blur with its defaults.
    pub const BLUR: Self = Self::Blur { sigma: 0.28, every: 4 };
    /// The α-norm with its defaults; the weight is ours.
    pub const ALPHA_NORM: Self = Self::AlphaNorm { alpha: 6.0, weight: 4.0 };
    /// Total variation with its defaults; the weight is ours.
    pub const TOTAL_VARIATION: Self = Self::TotalVariation { beta: 2.0, weight: 1.0 };
    /// Jitter with its default.
    pub const JITTER: Self = Self::Jitter { pixels: 9 };
    /// The patches with their default; the weight is ours.
    pub const PATCHES: Self = Self::Patches { weight: 1.0 };
    /// The bias to the centre with its defaults.
    pub const CENTRE_BIAS: Self = Self::CentreBias { scale: 1.2, margin: 14 };

    /// All of them, with their defaults.
    pub const ALL: [Self; 6] =
        [Self::BLUR, Self::ALPHA_NORM, Self::TOTAL_VARIATION, Self::JITTER, Self::PATCHES, Self::CENTRE_BIAS];

    /// Its name as text.
    fn name(self) -> &'static str {
        match self {
            Self::Blur { .. } => "blur",
            Self::AlphaNorm { .. } => "alpha",
            Self::TotalVariation { .. } => "tv",
            Self::Jitter { .. } => "jitter",
            Self::Patches { .. } => "patches",
            Self::CentreBias { .. } => "centre",
        }
    }

    fn parse(text: &str) -> Result<Self, SpecError> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let mut prior = Self::ALL.into_iter().find(|prior| prior.name() == name).ok_or_else(|| SpecError::Choice {
            name: "prior",
            value: text.to_owned(),
            choices: "generator, none, blur, alpha, tv, jitter, patches, centre",
        })?;
        match &mut prior {
            Self::Blur { sigma, every } => (read(&mut parts, sigma)?, read(&mut parts, every)?),
            Self::AlphaNorm { alpha, weight } => (read(&mut parts, alpha)?, read(&mut parts, weight)?),
            Self::TotalVariation { beta, weight } => (read(&mut parts, beta)?, read(&mut parts, weight)?),
            Self::Jitter { pixels } => (read(&mut parts, pixels)?, ()),
            Self::Patches { weight } => (read(&mut parts, weight)?, ()),
            Self::CentreBias { scale, margin } => (read(&mut parts, scale)?, read(&mut parts, margin)?),
        };
        if parts.next().is_some() {
            return Err(SpecError::NotANumber { name: "prior", value: text.to_owned() });
        }
        Ok(prior)
    }

    fn validate(self) -> Result<(), SpecError> {
        match self {
            Self::Blur { sigma, every } => {
                within("blur", sigma, 0.1, 8.0)?;
                within("steps between blurs", every as f32, 1.0, 100.0)
            }
            Self::AlphaNorm { alpha, weight } => {
                within("alpha", alpha, 1.0, 16.0)?;
                within("weight of alpha", weight, 0.0, 100.0)
            }
            Self::TotalVariation { beta, weight } => {
                within("tv", beta, 1.0, 4.0)?;
                within("weight of tv", weight, 0.0, 100.0)
            }
            Self::Jitter { pixels } => within("jitter", pixels as f32, 1.0, super::MAX_JITTER as f32),
            Self::Patches { weight } => within("weight of patches", weight, 0.0, 100.0),
            Self::CentreBias { scale, margin } => {
                within("centre", scale, 1.0, 2.0)?;
                within("margin of centre", margin as f32, 0.0, 64.0)
            }
        }
    }
}

/// Puts the next part, if there is one, into a value.
fn read<'a, T: FromStr>(parts: &mut impl Iterator<Item = &'a str>, value: &mut T) -> Result<(), SpecError> {
    if let Some(part) = parts.next() {
        *value = number("prior", part)?;
    }
    Ok(())
}

impl fmt::Display for PixelPrior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Blur { sigma, every } => write!(f, "{name}:{sigma}:{every}"),
            Self::AlphaNorm { alpha, weight } => write!(f, "{name}:{alpha}:{weight}"),
            Self::TotalVariation { beta, weight } => write!(f, "{name}:{beta}:{weight}"),
            Self::Jitter { pixels } => write!(f, "{name}:{pixels}"),
            Self::Patches { weight } => write!(f, "{name}:{weight}"),
            Self::CentreBias { scale, margin } => write!(f, "{name}:{scale}:{margin}"),
        }
    }
}

/// The step size for pixels, whose range is -1..=1.
const PIXEL_SCHEDULE: Schedule = Schedule { start: 0.1, end: 0.0 };
/// The step size of the first octave of [`PixelPrior::CentreBias`], which the others follow: 11 of 255 levels.
const OCTAVE_SCHEDULE: Schedule = Schedule { start: 0.086, end: 0.086 };

impl Prior {
    /// No prior: the pixels are climbed and held by nothing.
    pub const NONE: Self = Self::Pixels(Vec::new());

    /// The pack's defaults, fitted to what is climbed.
    pub fn defaults(&self, defaults: &Defaults) -> Defaults {
        match self.run() {
            Some((start, schedule, decay)) => {
                // These are for a code.
                let none = Defaults { epsilon1: 0.0, epsilon3: 0.0, jitter: 0, rescale: 0.0, ..defaults.clone() };
                Defaults { start, schedule, decay, ..none }
            }
            None => defaults.clone(),
        }
    }

    /// Start, step size and decay of a run on pixels where nobody says otherwise, pixels do not decay; `None` for a
    /// generator, whose code has the pack's.
    pub(super) fn run(&self) -> Option<(Start, Schedule, f32)> {
        let Self::Pixels(priors) = self else {
            return None;
        };
        let octaves = priors.iter().any(|prior| matches!(prior, PixelPrior::CentreBias { .. }));
        Some((Start::Noise, if octaves { OCTAVE_SCHEDULE } else { PIXEL_SCHEDULE }, 1.0))
    }

    /// Whether it needs the pack's dictionary of natural patches.
    pub(super) fn needs_patches(&self) -> bool {
        let is_patches = |prior: &PixelPrior| matches!(prior, PixelPrior::Patches { .. });
        matches!(self, Self::Pixels(priors) if priors.iter().any(is_patches))
    }

    /// Whether pixels are climbed.
    pub fn is_pixels(&self) -> bool {
        matches!(self, Self::Pixels(_))
    }

    pub(super) fn validate(&self) -> Result<(), SpecError> {
        let Self::Pixels(priors) = self else {
            return Ok(());
        };
        for (number, prior) in priors.iter().enumerate() {
            prior.validate()?;
            if priors[..number].iter().any(|other| other.name() == prior.name()) {
                return Err(SpecError::Repeated { name: prior.name().to_owned() });
            }
        }
        Ok(())
    }
}

impl FromStr for Prior {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        match text {
            "generator" => Ok(Self::Generator),
            "none" => Ok(Self::NONE),
            _ => text.split(',').map(PixelPrior::parse).collect::<Result<_, _>>().map(Self::Pixels),
        }
    }
}

impl TryFrom<String> for Prior {
    /// What a reader of JSON says of it.
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|_| format!("invalid prior `{text}`"))
    }
}

impl From<Prior> for String {
    fn from(prior: Prior) -> Self {
        prior.to_string()
    }
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generator => f.write_str("generator"),
            Self::Pixels(priors) if priors.is_empty() => f.write_str("none"),
            Self::Pixels(priors) => {
                let priors: Vec<_> = priors.iter().map(ToString::to_string).collect();
                f.write_str(&priors.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priors_survive_the_way_through_text() {
        for text in
            ["generator", "none", "blur:0.28:4", "tv:2:1,jitter:9", "alpha:6:0.5,blur:1.5:2", "patches:1,centre:1.2:14"]
        {
            let prior: Prior = text.parse().unwrap();
            assert_eq!(prior.to_string(), text);
            assert_eq!(prior.validate(), Ok(()));
        }
        assert_eq!("tv,jitter".parse(), Ok(Prior::Pixels(vec![PixelPrior::TOTAL_VARIATION, PixelPrior::JITTER])));
        assert_eq!("blur:2".parse(), Ok(Prior::Pixels(vec![PixelPrior::Blur { sigma: 2.0, every: 4 }])));
    }

    #[test]
    fn what_makes_no_prior_is_refused() {
        for text in ["", "hope", "blur,", "blur:x", "blur:1:2:3", "jitter:-1", "tv::1", "generator,tv", "none,tv"] {
            assert!(text.parse::<Prior>().is_err(), "{text}");
        }
        for text in [
            "blur:NaN",
            "blur:0",
            "blur:1:0",
            "jitter:65",
            "jitter:0",
            "tv:0.5",
            "tv:2:-1",
            "alpha:inf",
            "tv,tv:1",
            "patches:101",
            "centre:0.9",
            "centre:1.2:65",
        ] {
            assert!(text.parse::<Prior>().unwrap().validate().is_err(), "{text}");
        }
    }
}
