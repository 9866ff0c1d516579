//! A run as the query of an address: `?pack=…&classifier=…&unit=fc:1&seed=0&steps=100&lr=0.3,0&decay=0.99&clip=3`.
//!
//! Writing puts every value down, so that an address keeps its picture when a pack's defaults change. Reading fills in
//! what is left out and refuses what cannot be with a sentence. What happens to addresses on their way is undone: keys in
//! capital letters, `&amp;` for `&`, a query that was encoded as a whole. Keys that mean nothing are told
//! ([`Query::unknown`]), save those of trackers.

use std::{collections::BTreeMap, str::FromStr};

use super::{Catalogue, EngineChoice, Prior, RunSpec, SpecError, Start, Unit, parameter};

/// The keys of an address's query that mean something here, split but not yet checked against a pack.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    units: Vec<String>,
    compare: Vec<String>,
    values: BTreeMap<String, String>,
    unknown: Vec<String>,
}

/// The keys beside those of the [numbers](super::PARAMETERS), each once in a query. The last are the page's own matter:
/// language, service worker, lesson and its step, which window it is, and being
/// a part of another page.
const KEYS: [&str; 13] = [
    "pack",
    "classifier",
    "prior",
    "start",
    "image",
    "seeds",
    "engine",
    "lang",
    "sw",
    "lesson",
    "step",
    "view",
    "embed",
];
/// What other sites add to the links that they pass on: by its beginning, and whole.
const TRACKER_FAMILIES: [&str; 5] = ["utm_", "mtm_", "pk_", "hsa_", "_hs"];
const TRACKERS: &str = "fbclid gclid gclsrc gbraid wbraid dclid srsltid msclkid mc_cid mc_eid igshid igsh twclid ttclid \
                        yclid li_fat_id mkt_tok _ga _gl ref";
/// How often a query is decoded that was encoded as a whole.
const MAX_DECODINGS: u32 = 3;
/// How many unknown keys are told, and how many letters of each.
const MAX_UNKNOWN: usize = 4;
const MAX_LETTERS: usize = 32;
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
        query.take(text.trim_start_matches('?'), MAX_DECODINGS)?;
        Ok(query)
    }

    fn take(&mut self, text: &str, decodings: u32) -> Result<(), SpecError> {
        for (written, value) in form_urlencoded::parse(text.as_bytes()) {
            // “&” becomes “&amp;” where an address goes through HTML, once or twice.
            let key = written.trim().trim_start_matches("amp;");
            // A key that holds a query is one that was encoded as a whole.
            if decodings > 0 && value.is_empty() && (key.contains('=') || key.contains("%3D") || key.contains("%3d")) {
                self.take(key.trim_start_matches('?'), decodings - 1)?;
                continue;
            }
            let key = key.to_ascii_lowercase();
            if key == "unit" {
                self.units.push(value.into_owned());
            } else if key == "compare" {
                self.compare.push(value.into_owned());
            } else if !KEYS.contains(&key.as_str()) && !parameter::keys().any(|known| known == key) {
                self.take_unknown(&key);
            } else if self.values.insert(key.clone(), value.into_owned()).is_some() {
                return Err(SpecError::Repeated { name: key });
            }
        }
        Ok(())
    }

    fn take_unknown(&mut self, key: &str) {
        let is_tracker = TRACKERS.split(' ').any(|tracker| tracker == key)
            || TRACKER_FAMILIES.iter().any(|family| key.starts_with(family));
        let key: String = key.chars().take(MAX_LETTERS).collect();
        if !is_tracker && !key.is_empty() && self.unknown.len() < MAX_UNKNOWN && !self.unknown.contains(&key) {
            self.unknown.push(key);
        }
    }

    /// The first keys that mean nothing here, each once and not in full where it is long; none that trackers add.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
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

    /// Whether units are asked for, and not left to the pack.
    pub fn names_units(&self) -> bool {
        !self.units.is_empty()
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
        // Before the names that another pack does not have.
        if let Some(pack) = self.pack()?
            && pack != spec.pack
        {
            return Err(SpecError::OtherPack { wanted: pack.to_owned(), have: spec.pack });
        }
        if let Some(classifier) = self.get("classifier") {
            catalogue.check_classifier(classifier)?;
            spec.classifier = classifier.to_owned();
            spec.units = vec![catalogue.default_unit(classifier)];
        }
        if !self.units.is_empty() {
            let index = |layer: &str, unit: &str| catalogue.unit_index(&spec.classifier, layer, unit);
            spec.units = self.units.iter().map(|text| Unit::parse(text, index)).collect::<Result<_, _>>()?;
        }
        if let Some(start) = self.get("start") {
            spec.start = start.parse()?;
        }
        spec.image = self.get("image").map(str::to_owned);
        for key in parameter::keys() {
            if let Some(text) = self.get(key) {
                parameter::read(&mut spec, key, text)?;
            }
        }
        if let Some(seeds) = self.get("seeds") {
            spec.seeds = parameter::number("seeds", seeds)?;
        }
        spec.compare = self.compare.iter().map(|rival| rival.parse()).collect::<Result<_, _>>()?;
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
    for key in parameter::keys() {
        query.append_pair(key, &parameter::write(spec, key));
    }
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

fn name<T: PartialEq>(value: T, table: &'static [(&'static str, T)]) -> &'static str {
    table.iter().find(|(_, entry)| *entry == value).map_or("", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Position, Rival, Schedule};

    #[test]
    fn a_pack_name_never_leaves_its_folder() {
        for bad in ["", "..", "a/b", "A", "a b", "https:", "tiny%2Fimage"] {
            assert!(!is_pack_name(bad), "{bad}");
        }
        assert!(is_pack_name("tiny-imagenet-64"));
    }

    #[test]
    fn a_known_key_may_stand_once() {
        assert!(Query::parse("?utm_source=x&utm_source=y&seed=1").is_ok());
        assert_eq!(Query::parse("seed=1&SEED=2"), Err(SpecError::Repeated { name: "seed".into() }));
    }

    #[test]
    fn what_happens_to_a_link_on_its_way_is_undone() {
        let meant = Query::parse("pack=caffenet-64&unit=fc8:1*-0.5&unit=fc8:2&lr=0.3,0&start=near-mean").unwrap();
        let amp = "pack=caffenet-64&amp;unit=fc8:1*-0.5&amp;amp;unit=fc8:2&lr=0.3,0&amp;start=near-mean";
        let capitals = "?Pack=caffenet-64&UNIT=fc8:1*-0.5&Unit=fc8:2&LR=0.3,0&Start=near-mean";
        let encoded = "pack%3Dcaffenet-64%26unit%3Dfc8%3A1*-0.5%26unit%3Dfc8%3A2%26lr%3D0.3%2C0%26start%3Dnear-mean";
        let twice = encoded.replace('%', "%25");
        let all = "%3FPack%3Dcaffenet-64%26amp%3BUnit%3Dfc8%3A1*-0.5&unit=fc8:2&lr%3D0.3%2C0&fbclid=x&start=near-mean";
        for text in [amp, capitals, encoded, &format!("{encoded}&utm_source=x"), &format!("{encoded}="), &twice, all] {
            assert_eq!(Query::parse(text), Ok(meant.clone()), "{text}");
        }
    }

    #[test]
    fn keys_that_mean_nothing_are_told_once() {
        let told = |text: &str| Query::parse(text).unwrap().unknown().to_vec();
        assert_eq!(told("?neuron=3&seed=1&Neuron=4&goldfish"), ["neuron", "goldfish"]);
        let trackers = "utm_source=a&UTM_medium=b&fbclid=c&gclid=d&msclkid=e&mc_cid=f&igshid=g&_gl=h&mtm_x=i&_hsenc=j";
        assert_eq!(told(trackers), [""; 0]);
        let run = RunSpec { image: Some("cat".into()), seeds: 4, ..run() };
        let all = write(&run, EngineChoice::Cpu) + "&compare=none&lang=zh&sw=off&embed=1&lesson=a&step=2&view=teacher";
        for key in KEYS.into_iter().chain(parameter::keys()).chain(["unit", "compare"]) {
            assert!(all.contains(&format!("{key}=")), "{key}");
        }
        assert_eq!(told(&all), [""; 0]);
        assert_eq!((told("=&&=x"), told(&"%".repeat(9))), (vec![], vec!["%".repeat(9)]));
        // However long and many they are, and however often they were encoded.
        assert_eq!(told(&"ä".repeat(999)), ["ä".repeat(MAX_LETTERS)]);
        assert_eq!(told("a&b&c&d&e&f").len(), MAX_UNKNOWN);
        assert_eq!(told(&format!("a%{}3Db", "25".repeat(9999))).len(), 1);
    }

    #[test]
    fn an_address_is_written_as_it_always_was() {
        let all = "pack=p&classifier=c&unit=fc:1&unit=conv:2@3,4*-0.5&prior=generator&start=near-mean&seed=4294967295\
                   &steps=200&lr=0.3,0&decay=0.99&clip=3&epsilon1=0&epsilon3=0.001&jitter=8&rescale=0.1";
        assert_eq!(write(&run(), EngineChoice::Auto), all);
        let more = RunSpec { bound: None, image: Some("cat".into()), seeds: 4, ..run() };
        let more = RunSpec { compare: vec![Rival::RandomCode], ..more };
        let all = all.replace("&seed=", "&image=cat&seed=").replace("clip=3", "clip=off");
        assert_eq!(write(&more, EngineChoice::Cpu), all + "&seeds=4&compare=random-code&engine=cpu");
    }

    fn run() -> RunSpec {
        let second = Unit { weight: -0.5, position: Position::At { row: 3, column: 4 }, ..Unit::new("conv", 2) };
        RunSpec {
            pack: "p".into(),
            classifier: "c".into(),
            units: vec![Unit::new("fc", 1), second],
            prior: Prior::Generator,
            start: Start::NearMean,
            image: None,
            seed: u32::MAX,
            steps: 200,
            schedule: Schedule { start: 0.3, end: 0.0 },
            decay: 0.99,
            bound: Some(3.0),
            epsilon1: 0.0,
            epsilon3: 1e-3,
            jitter: 8,
            rescale: 0.1,
            seeds: 1,
            compare: Vec::new(),
        }
    }

    #[test]
    fn the_engine_is_one_of_its_names() {
        assert_eq!(Query::parse("?engine=cpu").unwrap().engine(), Ok(EngineChoice::Cpu));
        assert!(Query::parse("?engine=quantum").unwrap().engine().is_err());
    }
}
