//! What stands in the fields under “More”: text until a run is made of it.
//!
//! A field may hold anything while a person types, so its text is kept as it is. Whether it will do is asked of
//! [`RunSpec::validate`], one field at a time, by trying it in the pack's default run.

use crate::spec::{Catalogue, EngineChoice, Preset, Prior, Rival, RunSpec, SpecError, Start, Unit, query::number};

/// The fields that hold a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// [`RunSpec::seed`].
    Seed,
    /// [`RunSpec::steps`].
    Steps,
    /// [`crate::spec::Schedule::start`].
    RateStart,
    /// [`crate::spec::Schedule::end`].
    RateEnd,
    /// [`RunSpec::decay`].
    Decay,
    /// [`RunSpec::epsilon1`].
    Epsilon1,
    /// [`RunSpec::epsilon3`].
    Epsilon3,
    /// [`RunSpec::jitter`].
    Jitter,
    /// [`RunSpec::rescale`].
    Rescale,
    /// [`RunSpec::bound`], while clipping is on.
    Deviations,
}

/// All of them, in the order in which they are checked.
const FIELDS: [Field; 10] = [
    Field::Seed,
    Field::Steps,
    Field::RateStart,
    Field::RateEnd,
    Field::Decay,
    Field::Epsilon1,
    Field::Epsilon3,
    Field::Jitter,
    Field::Rescale,
    Field::Deviations,
];

/// Offered as the clip's deviations where the pack's own default is not to clip: the paper's value.
const PAPERS_DEVIATIONS: f32 = 3.0;

/// The fields' contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    seed: String,
    steps: String,
    rate_start: String,
    rate_end: String,
    decay: String,
    deviations: String,
    /// See [`RunSpec::prior`].
    pub prior: Prior,
    /// See [`RunSpec::epsilon1`] and [`RunSpec::epsilon3`].
    epsilons: [String; 2],
    jitter: String,
    rescale: String,
    /// See [`RunSpec::seeds`].
    pub seeds: u32,
    /// See [`RunSpec::compare`].
    pub compare: Vec<Rival>,
    /// Whether the code is clipped.
    pub clips: bool,
    /// See [`RunSpec::start`].
    pub start: Start,
    /// See [`RunSpec::image`].
    pub image: Option<String>,
    /// Which engine.
    pub engine: EngineChoice,
}

impl Settings {
    /// The fields that make this run of a pack.
    pub fn of_run(spec: &RunSpec, catalogue: &dyn Catalogue, engine: EngineChoice) -> Self {
        let defaults = RunSpec::with_defaults(catalogue, catalogue.defaults().unit.clone());
        Self::of(spec, defaults.bound.unwrap_or(PAPERS_DEVIATIONS), engine)
    }

    /// `deviations` is offered should somebody turn clipping on.
    fn of(spec: &RunSpec, deviations: f32, engine: EngineChoice) -> Self {
        Self {
            seed: spec.seed.to_string(),
            steps: spec.steps.to_string(),
            rate_start: spec.schedule.start.to_string(),
            rate_end: spec.schedule.end.to_string(),
            decay: spec.decay.to_string(),
            deviations: spec.bound.unwrap_or(deviations).to_string(),
            prior: spec.prior.clone(),
            epsilons: [spec.epsilon1, spec.epsilon3].map(|epsilon| epsilon.to_string()),
            jitter: spec.jitter.to_string(),
            rescale: spec.rescale.to_string(),
            seeds: spec.seeds,
            compare: spec.compare.clone(),
            clips: spec.bound.is_some(),
            start: spec.start,
            image: spec.image.clone(),
            engine,
        }
    }

    /// Sets a run with the generator beside others; with none, the run is alone. Fields that were
    /// filled in for a run on pixels get the pack's defaults, as they mean something else for a code.
    pub fn compare_with(&mut self, rivals: Vec<Rival>, catalogue: &dyn Catalogue) {
        if self.prior.is_pixels() {
            let spec = RunSpec::with_defaults(catalogue, catalogue.defaults().unit.clone());
            let (seed, steps) = (self.seed.clone(), self.steps.clone());
            *self = Self { seed, steps, ..Self::of(&spec, spec.bound.unwrap_or(PAPERS_DEVIATIONS), self.engine) };
        }
        (self.seeds, self.compare) = (1, rivals);
    }

    /// Whether the run stands beside others.
    pub fn is_compared(&self) -> bool {
        !self.compare.is_empty()
    }

    /// These fields filled in as a publication has them; seed, number of pictures and engine stay.
    pub fn with_preset(&self, preset: Preset, catalogue: &dyn Catalogue) -> Self {
        let own = RunSpec::with_defaults(catalogue, catalogue.defaults().unit.clone());
        let deviations = own.bound.unwrap_or(PAPERS_DEVIATIONS);
        let kept = (self.seeds, self.compare.clone(), self.image.clone());
        let mut spec = preset.run(catalogue);
        (spec.seeds, spec.compare, spec.image) = kept;
        Self { seed: self.seed.clone(), ..Self::of(&spec, deviations, self.engine) }
    }

    /// The preset that these fields are.
    pub fn preset(&self, catalogue: &dyn Catalogue) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| self.with_preset(*preset, catalogue) == *self)
    }

    /// Takes another prior, with its own defaults; seed, steps and engine stay.
    pub fn take_prior(&mut self, prior: Prior, catalogue: &dyn Catalogue) {
        let spec = RunSpec::with_prior(catalogue, catalogue.defaults().unit.clone(), prior);
        let deviations = spec.bound.unwrap_or(PAPERS_DEVIATIONS);
        let (seed, steps, seeds) = (self.seed.clone(), self.steps.clone(), self.seeds);
        *self = Self { seed, steps, seeds, ..Self::of(&spec, deviations, self.engine) };
    }

    /// A field's text.
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Seed => &self.seed,
            Field::Steps => &self.steps,
            Field::RateStart => &self.rate_start,
            Field::RateEnd => &self.rate_end,
            Field::Decay => &self.decay,
            Field::Epsilon1 => &self.epsilons[0],
            Field::Epsilon3 => &self.epsilons[1],
            Field::Jitter => &self.jitter,
            Field::Rescale => &self.rescale,
            Field::Deviations => &self.deviations,
        }
    }

    /// Puts text into a field.
    pub fn write(&mut self, field: Field, text: String) {
        *match field {
            Field::Seed => &mut self.seed,
            Field::Steps => &mut self.steps,
            Field::RateStart => &mut self.rate_start,
            Field::RateEnd => &mut self.rate_end,
            Field::Decay => &mut self.decay,
            Field::Epsilon1 => &mut self.epsilons[0],
            Field::Epsilon3 => &mut self.epsilons[1],
            Field::Jitter => &mut self.jitter,
            Field::Rescale => &mut self.rescale,
            Field::Deviations => &mut self.deviations,
        } = text;
    }

    /// What is wrong with a field, if anything is.
    pub fn problem(&self, field: Field, catalogue: &dyn Catalogue) -> Option<SpecError> {
        let mut spec = RunSpec::with_prior(catalogue, catalogue.defaults().unit.clone(), self.prior.clone());
        self.fill(field, &mut spec).and_then(|()| spec.validate(catalogue)).err()
    }

    /// The run that these fields make of these units.
    ///
    /// # Errors
    /// The first [`SpecError`] found.
    pub fn spec(&self, classifier: &str, units: Vec<Unit>, catalogue: &dyn Catalogue) -> Result<RunSpec, SpecError> {
        let mut spec = RunSpec::with_prior(catalogue, catalogue.defaults().unit.clone(), self.prior.clone());
        spec.classifier = classifier.to_owned();
        spec.units = units;
        spec.start = self.start;
        spec.image = self.image.clone().filter(|_| self.start == Start::Image);
        (spec.seeds, spec.compare) = (self.seeds, self.compare.clone());
        for field in FIELDS {
            self.fill(field, &mut spec)?;
        }
        spec.validate(catalogue)?;
        Ok(spec)
    }

    fn fill(&self, field: Field, spec: &mut RunSpec) -> Result<(), SpecError> {
        let text = self.text(field);
        match field {
            Field::Seed => spec.seed = number("seed", text)?,
            Field::Steps => spec.steps = number("steps", text)?,
            Field::RateStart => spec.schedule.start = number("learning rate", text)?,
            Field::RateEnd => spec.schedule.end = number("final learning rate", text)?,
            Field::Decay => spec.decay = number("decay", text)?,
            Field::Epsilon1 => spec.epsilon1 = number("epsilon1", text)?,
            Field::Epsilon3 => spec.epsilon3 = number("epsilon3", text)?,
            Field::Jitter => spec.jitter = number("jitter", text)?,
            Field::Rescale => spec.rescale = number("rescale", text)?,
            Field::Deviations if self.clips => spec.bound = Some(number("clip", text)?),
            Field::Deviations => spec.bound = None,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::manifest::Manifest;

    const PACK: &[u8] = include_bytes!("../../../weights/tiny-imagenet-64/pack.json");

    fn pack() -> Manifest {
        Manifest::parse(PACK).unwrap()
    }

    fn defaults(pack: &Manifest) -> (RunSpec, Settings) {
        let spec = RunSpec::with_defaults(pack, pack.defaults.unit.clone());
        let settings = Settings::of(&spec, 3.0, EngineChoice::Auto);
        (spec, settings)
    }

    #[test]
    fn untouched_fields_make_the_run_they_came_from() {
        let pack = pack();
        let (mut spec, _) = defaults(&pack);
        for bound in [Some(2.5), None] {
            spec.bound = bound;
            spec.schedule.start = 0.1 + 0.2;
            (spec.epsilon1, spec.epsilon3) = (if bound.is_some() { 0.25 } else { 0.0 }, 1e-3);
            spec.prior = if bound.is_some() { Prior::Generator } else { Prior::NONE };
            (spec.jitter, spec.rescale) = if bound.is_some() { (8, 0.2) } else { (0, 0.0) };
            let settings = Settings::of(&spec, 3.0, EngineChoice::Cpu);
            assert_eq!(settings.spec(&spec.classifier, spec.units.clone(), &pack), Ok(spec.clone()));
        }
    }

    #[test]
    fn a_run_on_pixels_is_compared_as_a_run_of_the_generator() {
        let pack = pack();
        let unit = pack.defaults.unit.clone();
        let pixels = RunSpec { seed: 5, ..RunSpec::with_prior(&pack, unit.clone(), "tv,jitter".parse().unwrap()) };
        let mut settings = Settings::of(&pixels, 3.0, EngineChoice::Auto);
        settings.compare_with(vec![Prior::NONE.into()], &pack);
        let run = settings.spec(&pixels.classifier, pixels.units.clone(), &pack).unwrap();
        let wanted = RunSpec { seed: 5, compare: vec![Prior::NONE.into()], ..RunSpec::with_defaults(&pack, unit) };
        assert_eq!(run, wanted);
        // What was typed for a code stays.
        let mut settings = Settings::of(&RunSpec { decay: 0.9, seeds: 4, ..wanted.clone() }, 3.0, EngineChoice::Auto);
        settings.compare_with(vec![Prior::NONE.into()], &pack);
        assert_eq!(settings.spec(&run.classifier, run.units, &pack), Ok(RunSpec { decay: 0.9, ..wanted }));
    }

    #[test]
    fn a_preset_fills_the_fields_in_and_is_known_again() {
        let pack = pack();
        let (_, mut settings) = defaults(&pack);
        settings.write(Field::Seed, "7".into());
        settings.write(Field::Decay, "0.5".into());
        assert_eq!(settings.preset(&pack), None);
        for preset in [Preset::Ppgn, Preset::NoClipping, Preset::FromPicture, Preset::DgnAm] {
            settings = settings.with_preset(preset, &pack);
            assert_eq!(settings.preset(&pack), Some(preset));
            let run = settings.spec("resnet18", vec![pack.defaults.unit.clone()], &pack).unwrap();
            assert_eq!(run.seed, 7);
        }
        let run = settings.with_preset(Preset::FromPicture, &pack);
        let run = run.spec("resnet18", vec![pack.defaults.unit.clone()], &pack).unwrap();
        assert_eq!((run.start, run.steps), (Start::Image, 30));
        assert!((run.schedule.start * 8.0 - pack.defaults.schedule.start).abs() < 1e-6);
    }

    #[test]
    fn another_prior_brings_its_own_step_size_and_keeps_the_rest() {
        let pack = pack();
        let (_, mut settings) = defaults(&pack);
        settings.write(Field::Seed, "3".into());
        settings.take_prior("centre,tv".parse().unwrap(), &pack);
        let unit = pack.defaults.unit.clone();
        let run = settings.spec("resnet18", vec![unit.clone()], &pack).unwrap();
        let alone = RunSpec::with_prior(&pack, unit.clone(), "centre,tv".parse().unwrap());
        assert_eq!(run, RunSpec { seed: 3, ..alone });
        settings.take_prior(Prior::Generator, &pack);
        let run = settings.spec("resnet18", vec![unit.clone()], &pack).unwrap();
        assert_eq!(run, RunSpec { seed: 3, ..RunSpec::with_defaults(&pack, unit) });
    }

    #[test]
    fn only_the_wrong_field_has_a_problem_and_no_run_comes_of_it() {
        let pack = pack();
        let wrong = [
            (Field::Seed, "-1"),
            (Field::Steps, "0"),
            (Field::Steps, ""),
            (Field::RateStart, "NaN"),
            (Field::RateEnd, "-0.1"),
            (Field::Decay, "1.5"),
            (Field::Epsilon1, "-1"),
            (Field::Epsilon3, "x"),
            (Field::Rescale, "0.6"),
            (Field::Deviations, "three"),
        ];
        for (field, text) in wrong {
            let (spec, mut settings) = defaults(&pack);
            settings.write(field, text.into());
            for other in FIELDS {
                assert_eq!(settings.problem(other, &pack).is_some(), other == field, "{field:?} {text:?} {other:?}");
            }
            assert!(settings.spec(&spec.classifier, spec.units, &pack).is_err(), "{field:?} {text:?}");
        }
    }

    #[test]
    fn deviations_do_not_matter_while_clipping_is_off() {
        let pack = pack();
        let (spec, mut settings) = defaults(&pack);
        settings.write(Field::Deviations, "three".into());
        settings.clips = false;
        assert_eq!(settings.spec(&spec.classifier, spec.units, &pack).map(|spec| spec.bound), Ok(None));
    }
}
