//! From the bytes of a file to a classifier of a pack.

use super::protocol::{Found, How, Names, Refusal, Way, What};
use crate::{
    import::{self, ImportError, Imported, Options, Pixels, labels},
    nets::graph::Checked,
    pack::{
        manifest::{Class, MAX_MANIFEST_BYTES, Preprocessing},
        newcomer::{self, About, ContentError, Precision},
    },
    words::{self, Asked},
};

/// How many results are offered as output at most, the last ones.
const MOST_OFFERED: usize = 200;
/// Longest name of a result that is offered, in bytes.
const LONGEST_OFFERED: usize = 256;
/// Longest name of a class, in bytes.
const LONGEST_CLASS: usize = 256;

/// A network that was read, and its weights once they are made.
pub(super) struct Reader {
    imported: Imported,
    checked: Checked,
    weights: Option<Vec<u8>>,
}

/// A classifier of a pack.
pub(super) struct Made {
    /// Its name.
    pub name: String,
    /// Its description.
    pub json: String,
}

impl Reader {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it cannot be used, and what may help.
    pub(super) fn read(bytes: Vec<u8>, how: How) -> Result<Self, Refusal> {
        let size = how.size.map(|side| [side; 2]);
        let options = Options { size, output: how.output, is_bgr: how.is_bgr };
        let refused = |error: ImportError| Refusal { said: words::import(&error, Asked::InFields), way: way(error) };
        let imported = import::read(bytes, &options).map_err(refused)?;
        let checked = imported.graph.clone().check().map_err(|error| refused(error.into()))?;
        Ok(Self { imported, checked, weights: None })
    }

    /// What the file holds.
    pub(super) fn found(&self) -> Found {
        let Imported { graph, is_before_softmax, is_averaged, .. } = &self.imported;
        let units = self.units();
        Found {
            input: [graph.input.height, graph.input.width],
            units,
            layers: graph.nodes.iter().filter(|node| node.layer.is_some()).count(),
            parameters: self.checked.parameters() as u64,
            is_before_softmax: *is_before_softmax,
            is_averaged: *is_averaged,
            recognised: self.imported.said("torchvision").map(str::to_owned),
            pixels: Pixels::told(&self.imported),
            says_bgr: self.imported.said("Image.BitmapPixelFormat").is_some_and(|format| format.starts_with("Bgr")),
            has_names: self.own_names().is_some(),
        }
    }

    fn units(&self) -> usize {
        self.checked.output().channels
    }

    /// The names that the file itself has, one for each output.
    fn own_names(&self) -> Option<Vec<String>> {
        labels::among(&self.imported.metadata).filter(|names| names.len() == self.units())
    }

    /// Makes a classifier of the network.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn make(&mut self, what: What) -> Result<Made, String> {
        let classes = self.classes(what.names)?;
        self.weigh().map_err(|error| words::unusable_weights(&error))?;
        let (mean, std) = what.pixels.statistics();
        let about = About {
            name: None,
            title: what.title,
            preprocessing: Preprocessing { mean, std },
            classes,
            origin: String::new(),
        };
        let entry = newcomer::entry(&self.imported.graph, self.made(), about, what.image);
        let json = serde_json::to_string(&entry).map_err(|error| error.to_string())?;
        // Nobody would read it again.
        if json.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(words::too_much_to_say().into());
        }
        Ok(Made { name: entry.name, json })
    }

    /// Makes the file of weights; of 16 bits, where these are enough.
    fn weigh(&mut self) -> Result<(), ContentError> {
        if self.weights.is_none() {
            let file = |keep| newcomer::file(&self.imported.graph, &self.imported.arrays, keep);
            self.weights = Some(match file(Precision::F16) {
                Err(ContentError::Large { .. }) => file(Precision::F32)?,
                made => made?,
            });
        }
        Ok(())
    }

    /// The weights that were made.
    pub(super) fn made(&self) -> &[u8] {
        self.weights.as_deref().unwrap_or_default()
    }

    fn classes(&self, names: Names) -> Result<Vec<Class>, String> {
        let units = self.units();
        let names = match names {
            Names::Classes(classes) if classes.len() == units => return Ok(classes),
            Names::Classes(classes) => return Err(words::names(Some(classes.len()), units)),
            Names::Numbers => (0..units).map(|unit| format!("class {unit}")).collect(),
            Names::Own => self.own_names().unwrap_or_default(),
            Names::List(text) => labels::read(text.as_bytes()).ok_or_else(|| words::names(None, units))?,
        };
        if names.len() != units {
            return Err(words::names(Some(names.len()), units));
        }
        let is_none =
            |name: &String| name.trim().is_empty() || name.len() > LONGEST_CLASS || name.chars().any(char::is_control);
        if let Some(place) = names.iter().position(is_none) {
            return Err(words::no_name(place));
        }
        let class = |(unit, name): (usize, String)| Class::new(unit.to_string(), name);
        Ok(names.into_iter().enumerate().map(class).collect())
    }
}

/// What may help.
fn way(error: ImportError) -> Way {
    let offered = |names: Vec<String>| {
        // Names that no list can show are none to choose.
        let mut names: Vec<String> = names.into_iter().filter(|name| name.len() <= LONGEST_OFFERED).collect();
        names.truncate(MOST_OFFERED);
        if names.is_empty() { Way::None } else { Way::Output(names) }
    };
    match error {
        ImportError::Size => Way::Size,
        ImportError::Outputs(names) => offered(names),
        ImportError::Unknown { mut usable, .. } => {
            usable.reverse();
            offered(usable)
        }
        _ => Way::None,
    }
}
