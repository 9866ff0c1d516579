//! The [`RunSpec`]: the one value that decides a run completely.
//!
//! Whoever starts a run (the page, the command line, a lesson file) says what it wants as a `RunSpec` and nothing else,
//! and whoever holds a `RunSpec` can make the same picture again. So this is also the only place that knows the ranges
//! of its parts, and the only place that reads and writes them as text: as the query of an address ([`query`]) and as
//! JSON (serde). Its numbers stand in one table ([`PARAMETERS`]). It knows no other module; what a name means in a
//! particular pack it asks through [`Catalogue`].

mod engine;
mod error;
pub mod parameter;
mod preset;
mod prior;
pub mod query;
mod rival;
mod unit;

use serde::{Deserialize, Serialize};

pub use engine::EngineChoice;
pub use error::{Known, SpecError};
pub use parameter::{PARAMETERS, Parameter};
pub use preset::Preset;
pub use prior::{PixelPrior, Prior};
pub use rival::Rival;
pub use unit::{Position, Unit};

/// Most steps that one run may take.
pub const MAX_STEPS: u32 = 1000;
/// Most units that one run may add up.
pub const MAX_UNITS: usize = 16;
/// Largest step size, in units of the code.
pub const MAX_RATE: f32 = 1000.0;
/// Largest bound on the code, in standard deviations above the mean.
pub const MAX_DEVIATIONS: f32 = 100.0;
/// Largest weight of PPGN's terms.
pub const MAX_EPSILON: f32 = 100.0;
/// PPGN's ε1 and ε3 where somebody asks for PPGN and names none: found by eye on the pack caffenet-64 (its recipe says
/// more), as the published ones are for a gradient that is not brought to mean magnitude 1.
pub const PPGN: [f32; 2] = [4.0, 0.3];
/// How many seeds may be run side by side.
pub const SEEDS: [u32; 3] = [1, 4, 9];
/// Most others that one run is compared with.
pub const MAX_COMPARED: usize = 3;
/// Most pixels by which jitter moves a picture.
pub const MAX_JITTER: u32 = 64;
/// Largest share by which a picture is rescaled.
pub const MAX_RESCALE: f32 = 0.5;
/// Largest magnitude of a unit's weight.
pub const MAX_WEIGHT: f32 = 100.0;

/// Everything that decides a run: the same `RunSpec` gives the same picture, to within the rounding of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// Name of the model pack, the folder under `weights/`.
    pub pack: String,
    /// Name of the classifier in that pack.
    pub classifier: String,
    /// The units whose weighted sum of activations is climbed; 1 to [`MAX_UNITS`].
    pub units: Vec<Unit>,
    /// What keeps the picture natural.
    pub prior: Prior,
    /// The code from which the ascent starts.
    pub start: Start,
    /// Name of the image that [`Start::Image`] means, of those that come with the page; none for somebody's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Seed of everything random in the run.
    pub seed: u32,
    /// Number of steps `T`, 1 to [`MAX_STEPS`].
    pub steps: u32,
    /// Step size over the run.
    pub schedule: Schedule,
    /// Factor on the code after every step, in `(0, 1]`; stands for the L2 term of the paper's objective.
    pub decay: f32,
    /// Upper bound of every code unit, in standard deviations above its mean over the training images; `None` leaves
    /// the code unclipped.
    pub bound: Option<f32>,
    /// PPGN's ε1 (Nguyen et al. 2017): weight of the pull of the code towards `E(G(y))`, the code of its own picture, beside
    /// the activation's gradient brought to mean magnitude 1; 0 to [`MAX_EPSILON`]. 0 is DGN-AM.
    #[serde(default)]
    pub epsilon1: f32,
    /// PPGN's ε3: standard deviation of the noise added to that gradient in every step, 0 to [`MAX_EPSILON`]. 0 is DGN-AM.
    #[serde(default)]
    pub epsilon3: f32,
    /// The picture that a generator draws is moved by up to so many pixels each way, anew in every step, before the networks
    /// see it (Mordvintsev et al. 2015), so that it excites the unit wherever it lies; 0 to [`MAX_JITTER`]. Without a
    /// generator jitter is one of the priors.
    #[serde(default)]
    pub jitter: u32,
    /// The networks see that picture enlarged or reduced by up to this share, anew in every step (Olah et al. 2017); 0 to
    /// [`MAX_RESCALE`].
    #[serde(default)]
    pub rescale: f32,
    /// How many seeds are run side by side, from [`seed`](Self::seed) on: one of [`SEEDS`].
    #[serde(default = "one")]
    pub seeds: u32,
    /// What this run is set beside, for the same seed and number of steps, each with its own defaults otherwise; up to
    /// [`MAX_COMPARED`]. Only beside a run of one seed with the generator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compare: Vec<Rival>,
}

fn one() -> u32 {
    1
}

/// The code from which the ascent starts; or the image, where there is no generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Seeded normal noise, scaled by each code unit's standard deviation and rectified as the code itself is; faint
    /// normal noise around grey for an image.
    #[default]
    Noise,
    /// All zeros; grey for an image.
    Zeros,
    /// The mean code of the training images.
    Mean,
    /// Near the mean code: seeded normal noise of half of each code unit's standard deviation around it, rectified.
    NearMean,
    /// The mean of a cluster of training images of the unit's class (Nguyen et al. 2016, multifaceted feature
    /// visualization), or its code; the seed chooses the cluster. For output units.
    MeanImage,
    /// An image that somebody gives beside the run, or its code.
    Image,
    /// What the run before ended in.
    Last,
}

impl Start {
    /// Whether it is an image, wherever that comes from; a generator starts from the image's code.
    pub fn is_image(self) -> bool {
        matches!(self, Self::MeanImage | Self::Image)
    }
}

/// A step size that falls linearly from `start` to `end` over a run, in units of the code.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Step size of the first step, in `(0, MAX_RATE]`.
    pub start: f32,
    /// Step size that the last step approaches, in `[0, MAX_RATE]`.
    pub end: f32,
}

impl Schedule {
    /// Step size of step `t` of `steps`: `start + (end - start) · t / steps`.
    pub fn rate(&self, t: u32, steps: u32) -> f32 {
        self.start + (self.end - self.start) * t as f32 / steps.max(1) as f32
    }
}

/// The parts of a [`RunSpec`] that a pack fills in when nobody says otherwise, tuned to its own code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// The neuron shown first.
    pub unit: Unit,
    /// See [`RunSpec::start`].
    pub start: Start,
    /// See [`RunSpec::steps`].
    pub steps: u32,
    /// See [`RunSpec::schedule`].
    pub schedule: Schedule,
    /// See [`RunSpec::decay`].
    pub decay: f32,
    /// See [`RunSpec::bound`].
    pub bound: Option<f32>,
    /// See [`RunSpec::epsilon1`].
    #[serde(default)]
    pub epsilon1: f32,
    /// See [`RunSpec::epsilon3`].
    #[serde(default)]
    pub epsilon3: f32,
    /// See [`RunSpec::jitter`].
    #[serde(default)]
    pub jitter: u32,
    /// See [`RunSpec::rescale`].
    #[serde(default)]
    pub rescale: f32,
}

/// What a `RunSpec` must know of a pack to make sense of names: implemented by the pack's manifest.
pub trait Catalogue {
    /// The pack's own name.
    fn pack(&self) -> &str;
    /// The pack's defaults.
    fn defaults(&self) -> &Defaults;
    /// The classifier used when none is named.
    fn default_classifier(&self) -> &str;
    /// Checks that the classifier exists.
    ///
    /// # Errors
    /// [`SpecError::UnknownClassifier`].
    fn check_classifier(&self, classifier: &str) -> Result<(), SpecError>;
    /// The unit that a run of a classifier climbs where none is named: the pack's [default](Defaults::unit), or in another
    /// classifier than its first the output unit of the same class, or else of the first class.
    fn default_unit(&self, classifier: &str) -> Unit;
    /// The index of a unit given as an index, or for output layers also as a class id (wnid) or a class name.
    ///
    /// # Errors
    /// [`SpecError::UnknownLayer`], [`SpecError::UnknownUnit`], [`SpecError::AmbiguousUnit`].
    fn unit_index(&self, classifier: &str, layer: &str, unit: &str) -> Result<usize, SpecError>;
    /// Checks that the unit and its position exist.
    ///
    /// # Errors
    /// [`SpecError::UnknownLayer`], [`SpecError::UnknownUnit`], [`SpecError::Position`].
    fn check_unit(&self, classifier: &str, unit: &Unit) -> Result<(), SpecError>;
    /// Whether a layer is the classifier's output.
    fn is_output(&self, classifier: &str, layer: &str) -> bool;
    /// Whether the pack knows natural patches and the classes' mean images.
    fn has_natural(&self) -> bool;
}

impl RunSpec {
    /// The pack's default run of one unit.
    pub fn with_defaults(catalogue: &dyn Catalogue, unit: Unit) -> Self {
        Self::with_prior(catalogue, unit, Prior::default())
    }

    /// The pack's default run of one unit with a prior.
    pub fn with_prior(catalogue: &dyn Catalogue, unit: Unit, prior: Prior) -> Self {
        let defaults = prior.defaults(catalogue.defaults());
        Self {
            pack: catalogue.pack().to_owned(),
            classifier: catalogue.default_classifier().to_owned(),
            units: vec![unit],
            prior,
            start: defaults.start,
            image: None,
            seed: 0,
            steps: defaults.steps,
            schedule: defaults.schedule,
            decay: defaults.decay,
            bound: defaults.bound,
            epsilon1: defaults.epsilon1,
            epsilon3: defaults.epsilon3,
            jitter: defaults.jitter,
            rescale: defaults.rescale,
            seeds: 1,
            compare: Vec::new(),
        }
    }

    /// The same run as the method was published (Nguyen et al. 2016): from noise, without PPGN's terms, nothing moved.
    #[must_use]
    pub fn published(&self) -> Self {
        Self { start: Start::Noise, ..self.plain() }
    }

    /// The same run without what only a code can have: PPGN's terms, and a picture moved and rescaled.
    pub(crate) fn plain(&self) -> Self {
        Self { epsilon1: 0.0, epsilon3: 0.0, jitter: 0, rescale: 0.0, ..self.clone() }
    }

    /// Whether the run needs the encoder that the code comes from.
    pub fn needs_encoder(&self) -> bool {
        let encodes = !self.prior.is_pixels() && self.start.is_image();
        self.epsilon1 > 0.0 || encodes
    }

    /// Whether the run needs what the pack knows of natural images: patches, and the classes' mean images.
    pub fn needs_natural(&self) -> bool {
        let patches = |rival: &Rival| matches!(rival, Rival::Prior(prior) if prior.needs_patches());
        self.start == Start::MeanImage || self.prior.needs_patches() || self.compare.iter().any(patches)
    }

    /// The runs side by side that this one stands for, each of one seed: the seeds in their order, or what the run is
    /// compared with and then the run itself.
    pub fn lanes(&self) -> Vec<Self> {
        let alone = Self { seeds: 1, compare: Vec::new(), ..self.clone() };
        if self.compare.is_empty() {
            return (0..self.seeds).map(|i| Self { seed: self.seed.wrapping_add(i), ..alone.clone() }).collect();
        }
        self.compare.iter().map(|rival| rival.lane(self)).chain([alone]).collect()
    }

    /// Whether two runs, of one seed each, can be computed together in one batch: where they differ in units, seed and start only.
    pub fn shares_batch(&self, other: &Self) -> bool {
        let other = Self { units: self.units.clone(), seed: self.seed, start: self.start, ..other.clone() };
        other == *self
    }

    /// Checks every range, and every name against the pack. All other code may rely on a validated spec.
    ///
    /// # Errors
    /// The first [`SpecError`] found.
    pub fn validate(&self, catalogue: &dyn Catalogue) -> Result<(), SpecError> {
        if self.pack != catalogue.pack() {
            return Err(SpecError::OtherPack { wanted: self.pack.clone(), have: catalogue.pack().to_owned() });
        }
        catalogue.check_classifier(&self.classifier)?;
        if self.units.is_empty() || self.units.len() > MAX_UNITS {
            return Err(SpecError::UnitCount { found: self.units.len() });
        }
        for unit in &self.units {
            parameter::within("weight", unit.weight, -MAX_WEIGHT, MAX_WEIGHT)?;
            if unit.weight == 0.0 {
                return Err(SpecError::ZeroWeight { unit: unit.to_string() });
            }
            catalogue.check_unit(&self.classifier, unit)?;
        }
        PARAMETERS.iter().try_for_each(|parameter| parameter.check(self))?;
        self.prior.validate()?;
        if let Some(name) = self.image.as_ref().filter(|name| !query::is_pack_name(name)) {
            return Err(SpecError::ImageName { name: name.clone() });
        }
        if self.prior.is_pixels() && matches!(self.start, Start::Mean | Start::NearMean) {
            return Err(SpecError::NoMean);
        }
        if self.needs_natural() && !catalogue.has_natural() {
            return Err(SpecError::NoNatural { pack: self.pack.clone() });
        }
        let is_output = |unit: &Unit| unit.weight > 0.0 && catalogue.is_output(&self.classifier, &unit.layer);
        if self.start == Start::MeanImage && !self.units.iter().any(is_output) {
            return Err(SpecError::NoMeanImage);
        }
        if self.prior.is_pixels() && (self.jitter > 0 || self.rescale > 0.0) {
            return Err(SpecError::JitterOfPixels);
        }
        if self.prior.is_pixels() && self.needs_encoder() {
            return Err(SpecError::NoCode);
        }
        if !SEEDS.contains(&self.seeds) {
            return Err(SpecError::Seeds { found: self.seeds });
        }
        if self.compare.is_empty() {
            return Ok(());
        }
        if self.seeds != 1 || self.prior.is_pixels() || self.compare.len() > MAX_COMPARED {
            return Err(SpecError::Compare);
        }
        self.compare.iter().try_for_each(|rival| match rival {
            Rival::Prior(prior) if !prior.is_pixels() => Err(SpecError::Compare),
            Rival::Prior(prior) => prior.validate(),
            Rival::RandomCode => Ok(()),
            Rival::Classifier { .. } => rival.lane(self).validate(catalogue),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_falls_linearly_and_starts_at_its_start() {
        let schedule = Schedule { start: 8.0, end: 0.0 };
        assert_eq!(schedule.rate(0, 200), 8.0);
        assert_eq!(schedule.rate(100, 200), 4.0);
        assert!((schedule.rate(199, 200) - 0.04).abs() < 1e-5);
    }
}
