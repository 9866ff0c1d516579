//! A run as the query of an address: `?pack=…&classifier=…&unit=fc:1&seed=0&steps=100&lr=0.3,0&decay=0.99&clip=3`.
//!
//! Writing puts every value down, so that an address keeps its picture when a pack's defaults change. Reading fills in
//! what is left out, ignores keys it does not know (addresses pick up trackers on their way) and refuses the rest with
//! a sentence.

use std::{collections::BTreeMap, str::FromStr};

use super::{Catalogue, EngineChoice, Prior, RunSpec, Schedule, SpecError, Start, Unit};

/// The keys of an address's query that mean something here, split but not yet checked against a pack.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    units: Vec<String>,
    compare: Vec<String>,
    values: BTreeMap<String, String>,
}

const KEYS: [&str; 16] = [
    "pack",
    "classifier",
    "prior",
    "start",
    "image",
    "seed",
    "seeds",
    "steps",
    "lr",
    "decay",
    "clip",
    "epsilon1",
    "epsilon3",
    "jitter",
    "rescale",
    "engine",
];
const STARTS: [(&str, Start); 7] = [
    ("noise", Start::Noise),
    ("zeros", Start::Zeros),
    ("mean", Start::Mean),
    ("near-mean", Start::NearMean),
    ("mean-image", Start::MeanImage),
    ("image", Start::Image),
    ("last", Start::Last),
];

impl Query {
    /// Splits a query, with or without its `?`.
    ///
    /// # Errors
    /// [`SpecError::Repeated`] for a key given twice (`unit` and `compare` may be).
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.trim_start_matches('?').as_bytes()) {
            if key == "unit" {
                query.units.push(value.into_owned());
            } else if key == "compare" {
                query.compare.push(value.into_owned());
            } else if KEYS.contains(&key.as_ref()) && query.values.insert(key.to_string(), value.into_owned()).is_some()
            {
                return Err(SpecError::Repeated { name: key.into_owned() });
            }
        }
        Ok(query)
    }

    /// The pack asked for.
    ///
    /// # Errors
    /// [`SpecError::PackName`] for anything that could be more than a folder's name.
    pub fn pack(&self) -> Result<Option<&str>, SpecError> {
        match self.get("pack") {
            None => Ok(None),
            Some(name) if is_pack_name(name) => Ok(Some(name)),
            Some(name) => Err(SpecError::PackName { name: name.to_owned() }),
        }
    }

    /// The engine asked for.
    ///
    /// # Errors
    /// [`SpecError::Choice`].
    pub fn engine(&self) -> Result<EngineChoice, SpecError> {
        self.get("engine").map_or(Ok(EngineChoice::Auto), EngineChoice::from_str)
    }

    /// The run, with the pack's defaults for what is left out, validated.
    ///
    /// # Errors
    /// The first [`SpecError`] found.
    pub fn run(&self, catalogue: &dyn Catalogue) -> Result<RunSpec, SpecError> {
        let prior = self.get("prior").map_or(Ok(Prior::default()), Prior::from_str)?;
        let mut spec = RunSpec::with_prior(catalogue, catalogue.defaults().unit.clone(), prior);
        if let Some(pack) = self.pack()? {
            spec.pack = pack.to_owned();
        }
        if let Some(classifier) = self.get("classifier") {
            catalogue.check_classifier(classifier)?;
            spec.classifier = classifier.to_owned();
        }
        if !self.units.is_empty() {
            let index = |layer: &str, unit: &str| catalogue.unit_index(&spec.classifier, layer, unit);
            spec.units = self.units.iter().map(|text| Unit::parse(text, index)).collect::<Result<_, _>>()?;
        }
        if let Some(start) = self.get("start") {
            spec.start = start.parse()?;
        }
        spec.image = self.get("image").map(str::to_owned);
        if let Some(seed) = self.get("seed") {
            spec.seed = number("seed", seed)?;
        }
        if let Some(epsilon) = self.get("epsilon1") {
            spec.epsilon1 = number("epsilon1", epsilon)?;
        }
        if let Some(epsilon) = self.get("epsilon3") {
            spec.epsilon3 = number("epsilon3", epsilon)?;
        }
        if let Some(jitter) = self.get("jitter") {
            spec.jitter = number("jitter", jitter)?;
        }
        if let Some(rescale) = self.get("rescale") {
            spec.rescale = number("rescale", rescale)?;
        }
        if let Some(seeds) = self.get("seeds") {
            spec.seeds = number("seeds", seeds)?;
        }
        spec.compare = self.compare.iter().map(|rival| rival.parse()).collect::<Result<_, _>>()?;
        if let Some(steps) = self.get("steps") {
            spec.steps = number("steps", steps)?;
        }
        if let Some(rates) = self.get("lr") {
            let (start, end) = rates.split_once(',').unwrap_or((rates, "0"));
            spec.schedule = Schedule { start: number("lr", start)?, end: number("lr", end)? };
        }
        if let Some(decay) = self.get("decay") {
            spec.decay = number("decay", decay)?;
        }
        if let Some(clip) = self.get("clip") {
            spec.bound = if clip == "off" { None } else { Some(number("clip", clip)?) };
        }
        spec.validate(catalogue)?;
        Ok(spec)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }
}

/// Writes a run, and the engine where one is forced, as a query without its `?`.
pub fn write(spec: &RunSpec, engine: EngineChoice) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("pack", &spec.pack).append_pair("classifier", &spec.classifier);
    for unit in &spec.units {
        query.append_pair("unit", &unit.to_string());
    }
    query.append_pair("prior", &spec.prior.to_string()).append_pair("start", name(spec.start, &STARTS));
    if let Some(image) = &spec.image {
        query.append_pair("image", image);
    }
    query
        .append_pair("seed", &spec.seed.to_string())
        .append_pair("steps", &spec.steps.to_string())
        .append_pair("lr", &format!("{},{}", spec.schedule.start, spec.schedule.end))
        .append_pair("decay", &spec.decay.to_string())
        .append_pair("clip", &spec.bound.map_or("off".to_owned(), |bound| bound.to_string()));
    for (name, epsilon) in [("epsilon1", spec.epsilon1), ("epsilon3", spec.epsilon3)] {
        query.append_pair(name, &epsilon.to_string());
    }
    query.append_pair("jitter", &spec.jitter.to_string()).append_pair("rescale", &spec.rescale.to_string());
    if spec.seeds != 1 {
        query.append_pair("seeds", &spec.seeds.to_string());
    }
    for rival in &spec.compare {
        query.append_pair("compare", &rival.to_string());
    }
    if engine != EngineChoice::Auto {
        query.append_pair("engine", engine.name());
    }
    // Colons and commas may stand in a query as they are, and an address that people read is shorter with them.
    query.finish().replace("%3A", ":").replace("%2C", ",").replace("%40", "@").replace("%2F", "/")
}

/// Whether a name can be a pack's folder and nothing more: a query must never reach out of `weights/`.
pub fn is_pack_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

impl FromStr for Start {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let found = STARTS.iter().find(|(word, _)| *word == text);
        found.map(|(_, start)| *start).ok_or_else(|| SpecError::Choice {
            name: "start",
            value: text.to_owned(),
            choices: "noise, zeros, mean, near-mean, mean-image, image, last",
        })
    }
}

/// Reads a number.
///
/// # Errors
/// [`SpecError::NotANumber`].
pub fn number<T: FromStr>(name: &'static str, text: &str) -> Result<T, SpecError> {
    text.trim().parse().map_err(|_| SpecError::NotANumber { name, value: text.to_owned() })
}

fn name<T: PartialEq>(value: T, table: &'static [(&'static str, T)]) -> &'static str {
    table.iter().find(|(_, entry)| *entry == value).map_or("", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_name_never_leaves_its_folder() {
        for bad in ["", "..", "a/b", "A", "a b", "https:", "tiny%2Fimage"] {
            assert!(!is_pack_name(bad), "{bad}");
        }
        assert!(is_pack_name("tiny-imagenet-64"));
    }

    #[test]
    fn unknown_keys_are_ignored_and_known_ones_may_stand_once() {
        assert!(Query::parse("?utm_source=x&utm_source=y&seed=1").is_ok());
        assert!(matches!(Query::parse("seed=1&seed=2"), Err(SpecError::Repeated { .. })));
    }

    #[test]
    fn the_engine_is_one_of_its_names() {
        assert_eq!(Query::parse("?engine=cpu").unwrap().engine(), Ok(EngineChoice::Cpu));
        assert!(Query::parse("?engine=quantum").unwrap().engine().is_err());
    }
}
