//! The next run as far as it is not picked: what is chosen under “More”, and what is typed there and may be no run yet.
//!
//! A field may hold anything while a person types, so its text is kept as it is. Whether it will do is asked of
//! [`RunSpec::validate`], one field at a time, by trying it in the pack's default run.

use crate::spec::{
    Catalogue, EngineChoice, PARAMETERS, Parameter, Preset, Prior, Rival, RunSpec, SpecError, Start, Unit,
    parameter::number,
};

/// Offered as the clip's deviations where the pack's own default is not to clip: the paper's value.
const PAPERS_DEVIATIONS: f32 = 3.0;

/// What a person types into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field {
    /// A number of the run.
    Number(&'static Parameter),
    /// The weight of a picked neuron, by its place among them.
    Weight(usize),
}

/// The draft of the next run.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The run, its numbers as they were when they last could be read. Which neurons it climbs is picked elsewhere.
    pub run: RunSpec,
    /// Which engine.
    pub engine: EngineChoice,
    /// The fields that were typed into.
    typed: Vec<(Field, String)>,
    /// The bound should somebody turn clipping on.
    offered: f32,
}

impl Settings {
    /// The fields that make this run of a pack.
    pub fn of_run(spec: &RunSpec, catalogue: &dyn Catalogue, engine: EngineChoice) -> Self {
        let offered = spec.bound.or(catalogue.defaults().bound).unwrap_or(PAPERS_DEVIATIONS);
        Self { run: spec.clone(), engine, typed: Vec::new(), offered }
    }

    /// Sets a run with the generator beside others; with none, the run is alone. Fields that were
    /// filled in for a run on pixels get the pack's defaults, as they mean something else for a code.
    pub fn compare_with(&mut self, rivals: Vec<Rival>, catalogue: &dyn Catalogue) {
        if self.run.prior.is_pixels() {
            let defaults = RunSpec::with_defaults(catalogue, catalogue.defaults().unit.clone());
            self.replace(defaults, &["seed", "steps"], catalogue);
        }
        (self.run.seeds, self.run.compare) = (1, rivals);
    }

    /// Whether the run stands beside others.
    pub fn is_compared(&self) -> bool {
        !self.run.compare.is_empty()
    }

    /// These fields filled in as a publication has them; seed, number of pictures and engine stay.
    #[must_use]
    pub fn with_preset(&self, preset: Preset, catalogue: &dyn Catalogue) -> Self {
        let mut filled = self.clone();
        filled.replace(preset.run(catalogue), &["seed"], catalogue);
        let RunSpec { seeds, compare, image, .. } = self.run.clone();
        (filled.run.seeds, filled.run.compare, filled.run.image) = (seeds, compare, image);
        filled
    }

    /// The preset that these fields are.
    pub fn preset(&self, catalogue: &dyn Catalogue) -> Option<Preset> {
        let run = self.read().ok()?;
        Preset::ALL.into_iter().find(|preset| self.with_preset(*preset, catalogue).run == run)
    }

    /// Takes another prior, with its own defaults; seed, steps and engine stay.
    pub fn take_prior(&mut self, prior: Prior, catalogue: &dyn Catalogue) {
        let spec = RunSpec::with_prior(catalogue, catalogue.defaults().unit.clone(), prior);
        let seeds = self.run.seeds;
        self.replace(spec, &["seed", "steps"], catalogue);
        self.run.seeds = seeds;
    }

    /// Takes another run, in which these numbers stay, and the neurons.
    fn replace(&mut self, run: RunSpec, kept: &[&str], catalogue: &dyn Catalogue) {
        let mut settings = Self::of_run(&run, catalogue, self.engine);
        for parameter in PARAMETERS.iter().filter(|parameter| kept.contains(&parameter.name)) {
            // Nothing can be wrong with what a run has.
            let _ = parameter.read(&mut settings.run, &parameter.write(&self.run));
        }
        settings.run.classifier.clone_from(&self.run.classifier);
        settings.run.units.clone_from(&self.run.units);
        settings.typed = std::mem::take(&mut self.typed);
        settings.typed.retain(|(field, _)| match field {
            Field::Number(parameter) => kept.contains(&parameter.name),
            Field::Weight(_) => true,
        });
        *self = settings;
    }

    /// What was typed into a field, if anything was.
    pub fn typed(&self, field: Field) -> Option<&str> {
        self.typed.iter().find(|(typed, _)| *typed == field).map(|(_, text)| text.as_str())
    }

    /// A number's text.
    pub fn text(&self, parameter: &'static Parameter) -> String {
        match self.typed(Field::Number(parameter)) {
            Some(typed) => typed.to_owned(),
            None if parameter.is_off(&self.run) => self.offered.to_string(),
            None => parameter.write(&self.run),
        }
    }

    /// Puts text into a field.
    pub fn write(&mut self, field: Field, text: String) {
        if let Field::Number(parameter) = field
            && !parameter.is_off(&self.run)
        {
            // Where it is none, the field says so.
            let _ = parameter.read_number(&mut self.run, &text);
        }
        self.typed.retain(|(typed, _)| *typed != field);
        self.typed.push((field, text));
    }

    /// Turns clipping on or off; the number in its field stays.
    pub fn clip(&mut self, clips: bool) {
        if !clips {
            self.offered = self.run.bound.take().unwrap_or(self.offered);
            return;
        }
        self.run.bound = Some(self.offered);
        for (field, text) in &self.typed {
            if let Field::Number(parameter) = field {
                let _ = parameter.read_number(&mut self.run, text);
            }
        }
    }

    /// Forgets what was typed as the weight of a neuron that is no more picked; those behind it move up. All of them where
    /// none is named.
    pub fn forget_weights(&mut self, place: Option<usize>) {
        self.typed.retain_mut(|(field, _)| match (field, place) {
            (Field::Number(_), _) => true,
            (Field::Weight(_), None) => false,
            (Field::Weight(other), Some(place)) => {
                let kept = *other != place;
                *other -= usize::from(*other > place);
                kept
            }
        });
    }

    /// What is wrong with a number, if anything is.
    pub fn problem(&self, parameter: &'static Parameter, catalogue: &dyn Catalogue) -> Option<SpecError> {
        let mut spec = RunSpec::with_prior(catalogue, catalogue.defaults().unit.clone(), self.run.prior.clone());
        self.fill(parameter, &mut spec).and_then(|()| spec.validate(catalogue)).err()
    }

    /// A picked neuron with the weight that is typed for it.
    ///
    /// # Errors
    /// What is wrong with that weight.
    pub fn weighed(
        &self,
        place: usize,
        unit: &Unit,
        classifier: &str,
        pack: &dyn Catalogue,
    ) -> Result<Unit, SpecError> {
        let unit = self.with_weight(place, unit.clone())?;
        let run = RunSpec::with_defaults(pack, unit.clone()).published();
        RunSpec { classifier: classifier.to_owned(), ..run }.validate(pack)?;
        Ok(unit)
    }

    fn with_weight(&self, place: usize, unit: Unit) -> Result<Unit, SpecError> {
        match self.typed(Field::Weight(place)) {
            Some(text) => Ok(Unit { weight: number("weight", text)?, ..unit }),
            None => Ok(unit),
        }
    }

    /// The run that these fields make of these units.
    ///
    /// # Errors
    /// The first [`SpecError`] found.
    pub fn spec(&self, classifier: &str, units: Vec<Unit>, catalogue: &dyn Catalogue) -> Result<RunSpec, SpecError> {
        let mut spec = self.read()?;
        spec.classifier = classifier.to_owned();
        let weighed = units.into_iter().enumerate().map(|(place, unit)| self.with_weight(place, unit));
        spec.units = weighed.collect::<Result<_, _>>()?;
        spec.image = spec.image.filter(|_| spec.start == Start::Image);
        spec.validate(catalogue)?;
        Ok(spec)
    }

    /// The run with its numbers as they stand in the fields.
    fn read(&self) -> Result<RunSpec, SpecError> {
        let mut spec = self.run.clone();
        PARAMETERS.iter().try_for_each(|parameter| self.fill(parameter, &mut spec))?;
        Ok(spec)
    }

    fn fill(&self, parameter: &'static Parameter, spec: &mut RunSpec) -> Result<(), SpecError> {
        if parameter.is_off(&self.run) {
            return parameter.read(spec, &parameter.write(&self.run));
        }
        parameter.read_number(spec, &self.text(parameter))
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
        let settings = Settings::of_run(&spec, pack, EngineChoice::Auto);
        (spec, settings)
    }

    fn number_of(name: &str) -> Field {
        Field::Number(PARAMETERS.iter().find(|parameter| parameter.name == name).unwrap())
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
            let settings = Settings::of_run(&spec, &pack, EngineChoice::Cpu);
            assert_eq!(settings.spec(&spec.classifier, spec.units.clone(), &pack), Ok(spec.clone()));
        }
    }

    #[test]
    fn a_run_on_pixels_is_compared_as_a_run_of_the_generator() {
        let pack = pack();
        let unit = pack.defaults.unit.clone();
        let pixels = RunSpec { seed: 5, ..RunSpec::with_prior(&pack, unit.clone(), "tv,jitter".parse().unwrap()) };
        let mut settings = Settings::of_run(&pixels, &pack, EngineChoice::Auto);
        settings.compare_with(vec![Prior::NONE.into()], &pack);
        let run = settings.spec(&pixels.classifier, pixels.units.clone(), &pack).unwrap();
        let wanted = RunSpec { seed: 5, compare: vec![Prior::NONE.into()], ..RunSpec::with_defaults(&pack, unit) };
        assert_eq!(run, wanted);
        // What was typed for a code stays.
        let typed = RunSpec { decay: 0.9, seeds: 4, ..wanted.clone() };
        let mut settings = Settings::of_run(&typed, &pack, EngineChoice::Auto);
        settings.compare_with(vec![Prior::NONE.into()], &pack);
        assert_eq!(settings.spec(&run.classifier, run.units, &pack), Ok(RunSpec { decay: 0.9, ..wanted }));
    }

    #[test]
    fn a_preset_fills_the_fields_in_and_is_known_again() {
        let pack = pack();
        let (_, mut settings) = defaults(&pack);
        settings.write(number_of("seed"), "7".into());
        settings.write(number_of("decay"), "0.5".into());
        assert_eq!(settings.preset(&pack), None);
        for preset in [Preset::Ppgn, Preset::NoClipping, Preset::OtherArchitecture, Preset::FromPicture, Preset::DgnAm]
        {
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
        settings.write(number_of("seed"), "3".into());
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
            ("seed", "-1"),
            ("steps", "0"),
            ("steps", ""),
            ("learning rate", "NaN"),
            ("learning rate", "0,3"),
            ("final learning rate", "-0.1"),
            ("decay", "1.5"),
            ("epsilon1", "-1"),
            ("epsilon3", "x"),
            ("jitter", "65"),
            ("rescale", "0.6"),
            ("clip", "three"),
            ("clip", "off"),
        ];
        for (name, text) in wrong {
            let (spec, mut settings) = defaults(&pack);
            settings.write(number_of(name), text.into());
            for other in &PARAMETERS {
                assert_eq!(settings.problem(other, &pack).is_some(), other.name == name, "{name} {text:?} {other:?}");
            }
            assert!(settings.spec(&spec.classifier, spec.units, &pack).is_err(), "{name} {text:?}");
        }
    }

    #[test]
    fn deviations_do_not_matter_while_clipping_is_off() {
        let pack = pack();
        let (spec, mut settings) = defaults(&pack);
        let bound =
            |settings: &Settings| settings.spec(&spec.classifier, spec.units.clone(), &pack).map(|spec| spec.bound);
        let clip = PARAMETERS.iter().find(|parameter| parameter.name == "clip").unwrap();
        settings.write(number_of("clip"), "three".into());
        settings.clip(false);
        assert_eq!((bound(&settings), settings.problem(clip, &pack)), (Ok(None), None));
        settings.clip(true);
        assert!(bound(&settings).is_err() && settings.problem(clip, &pack).is_some());
        // What is typed meanwhile counts when it is on again, and what stood there stays.
        settings.clip(false);
        settings.write(number_of("clip"), "2.5".into());
        assert_eq!(bound(&settings), Ok(None));
        settings.clip(true);
        assert_eq!(bound(&settings), Ok(Some(2.5)));
        let spec = RunSpec { bound: Some(1.5), ..spec.clone() };
        let mut settings = Settings::of_run(&spec, &pack, EngineChoice::Auto);
        settings.clip(false);
        assert_eq!((settings.text(clip).as_str(), bound(&settings)), ("1.5", Ok(None)));
        settings.clip(true);
        assert_eq!(bound(&settings), Ok(Some(1.5)));
    }

    #[test]
    fn text_stays_as_it_is_typed_and_a_preset_is_known_by_its_values() {
        let pack = pack();
        let (_, mut settings) = defaults(&pack);
        let preset = settings.preset(&pack);
        assert!(preset.is_some());
        for parameter in &PARAMETERS {
            let text = format!(" {} ", settings.text(parameter));
            settings.write(Field::Number(parameter), text.clone());
            assert_eq!((settings.text(parameter), settings.problem(parameter, &pack)), (text, None));
        }
        assert_eq!(settings.preset(&pack), preset);
        settings.write(number_of("steps"), "many".into());
        assert_eq!(settings.preset(&pack), None);
    }

    #[test]
    fn a_weight_that_is_none_makes_no_run_and_moves_with_its_neuron() {
        let pack = pack();
        let (spec, mut settings) = defaults(&pack);
        let units: Vec<_> = (0..3).map(|index| Unit::new("fc", index)).collect();
        let weights = |settings: &Settings, units: &[Unit]| {
            let run = settings.spec(&spec.classifier, units.to_vec(), &pack);
            run.map(|run| run.units.iter().map(|unit| unit.weight).collect::<Vec<_>>())
        };
        for text in ["0,3", ",5", "\u{660}.\u{663}", "inf", "NaN", "0", "", "much", "101", "1e99"] {
            settings.write(Field::Weight(1), text.into());
            assert_eq!(settings.typed(Field::Weight(1)), Some(text));
            assert!(settings.weighed(1, &units[1], &spec.classifier, &pack).is_err(), "{text}");
            assert_eq!(settings.weighed(0, &units[0], &spec.classifier, &pack), Ok(units[0].clone()));
            assert!(weights(&settings, &units).is_err(), "{text}");
        }
        settings.write(Field::Weight(1), "-.5".into());
        settings.write(Field::Weight(2), "0.30".into());
        assert_eq!(weights(&settings, &units), Ok(vec![1.0, -0.5, 0.3]));
        // Another prior is none of theirs.
        settings.take_prior(Prior::NONE, &pack);
        assert_eq!(weights(&settings, &units), Ok(vec![1.0, -0.5, 0.3]));
        settings.forget_weights(Some(0));
        assert_eq!(weights(&settings, &units[1..]), Ok(vec![-0.5, 0.3]));
        settings.forget_weights(Some(0));
        assert_eq!(weights(&settings, &units[2..]), Ok(vec![0.3]));
        settings.forget_weights(None);
        assert_eq!(weights(&settings, &units), Ok(vec![1.0; 3]));
    }
}
