//! The manifest of a model pack: what `pack.json` says, read, checked, and asked for names.
//!
//! A pack is a folder of static files, and its manifest is the only one that is trusted to name the others. Since the
//! manifest itself comes from anywhere, [`Manifest::parse`] accepts it only when its version is known, its shapes make
//! networks, its file names stay in the folder, and its numbers are numbers.

mod atlas;
mod classifier;
mod defect;
#[cfg(all(test, feature = "native"))]
mod fuzz;
mod own;

use serde::{Deserialize, Serialize};

pub use atlas::{Atlas, AtlasSheet, AtlasTile, COLUMNS};
pub use classifier::{Class, ClassifierEntry, ExampleFiles, Preprocessing};
pub use defect::{Defect, Flaw};
pub use own::{OWN, file_of, is_own, own_name};

use crate::{
    nets::config::GeneratorConfig,
    spec::{Defaults, SpecError, Unit, query::is_pack_name},
};

/// The version of the manifest's format that this program writes. It reads every one from 1 on.
///
/// Format 2 added the classifier `caffenet`, arrays of 8-bit integers, [`ClassifierEntry::strongest`],
/// [`ClassifierEntry::examples`] and [`Manifest::natural`]. Format 3 added the classifier `efficientnet_lite`, networks that
/// are graphs themselves (`graph`), towers with residual blocks, arrays of 6-bit integers, [`ClassifierEntry::view`], classes
/// that differ among the classifiers of a pack that has mean images, other names of classes, and `epsilon1`, `epsilon3`,
/// `jitter` and `rescale` among the defaults. Format 4 added the operations `slice` and `shuffle`.
/// [`ClassifierEntry::atlas`] is no part of what a run is, so readers that do not know it pass over it in every format.
pub const FORMAT: u32 = 4;
/// Most classifiers of one pack.
pub const MAX_CLASSIFIERS: usize = 64;
/// Longest name for people, in bytes.
const MAX_TITLE: usize = 256;
/// Longest name of a file, in bytes.
const MAX_FILE_NAME: usize = 128;
/// Longest text of a few sentences, in bytes.
const MAX_TEXT: usize = 8192;
/// Largest manifest that is read, in bytes.
pub const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// Largest weights file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 512 << 20;

/// Why a `pack.json` cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum ManifestError {
    /// Not JSON, or not a manifest.
    Syntax {
        /// What the reader said.
        reason: String,
    },
    /// JSON that names no version of the format.
    NoFormat,
    /// A version of the format that this program does not know.
    Format {
        /// The version found.
        found: u64,
    },
    /// Parts that do not fit together.
    Misfit {
        /// The pack's name.
        pack: String,
        /// What does not fit.
        defect: Box<Defect>,
    },
    /// Defaults that make no run.
    Defaults {
        /// The pack's name.
        pack: String,
        /// Why.
        problem: SpecError,
    },
}

/// What `pack.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format, 1 to [`FORMAT`].
    pub format: u32,
    /// The pack's name, the same as its folder's.
    pub name: String,
    /// The pack's name for people.
    pub title: String,
    /// Licence of the pack as a whole, an SPDX expression.
    pub licence: String,
    /// The images that the generator draws.
    pub image: ImageShape,
    /// The generator.
    pub generator: GeneratorEntry,
    /// The classifiers, the default one first.
    pub classifiers: Vec<ClassifierEntry>,
    /// What is known of natural images, see [`NaturalArrays`](super::NaturalArrays).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub natural: Option<FileEntry>,
    /// What a run is when nobody says otherwise.
    pub defaults: Defaults,
    /// How those defaults were found, in words and figures.
    pub tuning: String,
}

/// What is read of a manifest before it is known to be one.
#[derive(Deserialize)]
struct Version {
    format: Option<u64>,
}

/// Size of an RGB image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageShape {
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
}

/// A file of the pack, with what is needed to know that it arrived whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name within the pack's folder.
    pub file: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// The generator of a pack and its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratorEntry {
    /// Weights, and the code's statistics as `code.mean`, `code.std` and `code.max`, each `[code]`.
    pub weights: FileEntry,
    /// Its shape.
    pub architecture: GeneratorConfig,
    /// The encoder whose features the code is: a classifier of this pack.
    pub encoder: String,
    /// The encoder's layer that the code is read from.
    pub encoder_layer: String,
    /// Licence, an SPDX expression.
    pub licence: String,
    /// Where the weights come from.
    pub origin: String,
}

impl ImageShape {
    /// The images' shape, `[3, height, width]`.
    pub const fn channels(self) -> [usize; 3] {
        [3, self.height, self.width]
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        let syntax = |error: serde_json::Error| ManifestError::Syntax { reason: error.to_string() };
        let version: Version = serde_json::from_slice(json).map_err(syntax)?;
        let format = version.format.ok_or(ManifestError::NoFormat)?;
        if !(1..=u64::from(FORMAT)).contains(&format) {
            return Err(ManifestError::Format { found: format });
        }
        let mut manifest: Self = serde_json::from_slice(json).map_err(syntax)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The classifier of that name.
    pub fn classifier(&self, name: &str) -> Option<&ClassifierEntry> {
        self.classifiers.iter().find(|entry| entry.name == name)
    }

    /// The first classifier other than the one named, if there is one.
    pub fn other_than(&self, name: &str) -> Option<&ClassifierEntry> {
        self.classifiers.iter().find(|entry| entry.name != name)
    }

    /// The output unit of another classifier that stands for the same class as a unit of the first one, as heavy in the
    /// objective. Classes are matched by id; none where that unit stands for no class, or the other knows no such class.
    pub fn counterpart(&self, unit: &Unit, classifier: &str, other: &str) -> Option<Unit> {
        let class = self.classifier(classifier)?.class(unit)?;
        let other = self.classifier(other)?;
        let index = other.classes.iter().position(|known| known.id == class.id)?;
        Some(Unit { weight: unit.weight, ..Unit::new(other.output()?.name.clone(), index) })
    }

    /// Bytes of the weights that every run with this classifier needs.
    pub fn bytes(&self, classifier: &ClassifierEntry) -> u64 {
        self.generator.weights.bytes + classifier.weights.bytes
    }

    /// Which weights a run with the classifier of that name takes, by their digests; none where there is no such classifier.
    /// Two descriptions of a pack that differ in them are of different packs, whatever their name.
    pub fn weights_of(&self, classifier: &str) -> Option<String> {
        let entry = self.classifier(classifier)?;
        Some(format!("{}-{}", self.generator.weights.sha256, entry.weights.sha256))
    }

    /// The encoder, where a classifier is another network.
    pub fn encoder_beside(&self, classifier: &ClassifierEntry) -> Option<&ClassifierEntry> {
        self.classifier(&self.generator.encoder).filter(|encoder| encoder.name != classifier.name)
    }

    /// Bytes of all weights that a run with this classifier waits for: with those of the encoder where it is needed.
    pub fn bytes_for(&self, classifier: &ClassifierEntry, encoder: bool) -> u64 {
        let beside = self.encoder_beside(classifier).filter(|_| encoder);
        self.bytes(classifier) + beside.map_or(0, |encoder| encoder.weights.bytes)
    }

    /// For each class of a classifier, where it stands among the classes that the mean images are of: the first
    /// classifier's.
    pub fn mean_classes(&self, classifier: &ClassifierEntry) -> Vec<Option<usize>> {
        let known = self.classifiers.first().map_or(&[][..], |first| &first.classes);
        classifier.classes.iter().map(|class| known.iter().position(|other| other.id == class.id)).collect()
    }

    /// All files that the pack names.
    pub fn files(&self) -> impl Iterator<Item = &FileEntry> {
        self.classifiers.iter().flat_map(ClassifierEntry::files).chain([&self.generator.weights]).chain(&self.natural)
    }

    /// All files that the pack names.
    #[cfg(feature = "native")]
    pub(super) fn files_mut(&mut self) -> impl Iterator<Item = &mut FileEntry> {
        self.classifiers
            .iter_mut()
            .flat_map(ClassifierEntry::files_mut)
            .chain([&mut self.generator.weights])
            .chain(self.natural.as_mut())
    }

    fn check(&mut self) -> Result<(), ManifestError> {
        let pack = self.name.clone();
        self.check_parts().map_err(|defect| ManifestError::Misfit { pack: pack.clone(), defect: Box::new(defect) })?;
        crate::spec::RunSpec::with_defaults(self, self.defaults.unit.clone())
            .validate(self)
            .map_err(|problem| ManifestError::Defaults { pack, problem })
    }

    fn check_parts(&mut self) -> Result<(), Defect> {
        if !is_pack_name(&self.name) {
            return Err(Defect::PackName);
        }
        let Self { title, licence, tuning, generator, .. } = &*self;
        is_title("title", title)?;
        is_title("licence", licence)?;
        is_title("generator.licence", &generator.licence)?;
        is_text("tuning", tuning)?;
        is_text("generator.origin", &generator.origin)?;
        let (drawn, _) = self.generator.architecture.check().map_err(Defect::Generator)?;
        let stated = self.image.channels();
        if drawn != stated {
            return Err(Defect::Image { drawn, stated });
        }
        self.generator.weights.check()?;
        if !(1..=MAX_CLASSIFIERS).contains(&self.classifiers.len()) {
            return Err(Defect::Classifiers { found: self.classifiers.len() });
        }
        for entry in &mut self.classifiers {
            let found = entry.find_layers(self.image);
            found.map_err(|defect| Defect::Classifier { name: entry.name.clone(), defect: Box::new(defect) })?;
        }
        if let Some(natural) = &self.natural {
            natural.check()?;
        }
        for (number, entry) in self.classifiers.iter().enumerate() {
            if self.classifiers.iter().take(number).any(|other| other.name == entry.name) {
                return Err(Defect::TwoClassifiers { name: entry.name.clone() });
            }
        }
        let files: Vec<&FileEntry> = self.files().collect();
        for (number, entry) in files.iter().enumerate() {
            if files.iter().take(number).any(|other| other.file == entry.file && other != entry) {
                return Err(Defect::TwoOfFile { file: entry.file.clone() });
            }
        }
        let encoder = self.classifier(&self.generator.encoder);
        let layer = encoder.and_then(|encoder| encoder.layer(&self.generator.encoder_layer));
        let code = self.generator.architecture.code();
        if layer.is_none_or(|layer| layer.units * layer.map[0] * layer.map[1] != code) {
            let GeneratorEntry { encoder, encoder_layer, .. } = &self.generator;
            return Err(Defect::Encoder { encoder: encoder.clone(), layer: encoder_layer.clone(), code });
        }
        Ok(())
    }
}

/// What is wrong with a name for people.
fn flaw_of_title(text: &str) -> Option<Flaw> {
    match text.len() {
        0 => Some(Flaw::Empty),
        found if found > MAX_TITLE => Some(Flaw::Long { found, most: MAX_TITLE }),
        _ => text.chars().any(char::is_control).then_some(Flaw::Unprintable),
    }
}

/// Refuses what is no name for people.
fn is_title(field: &'static str, text: &str) -> Result<(), Defect> {
    flaw_of_title(text).map_or(Ok(()), |flaw| Err(Defect::Text { field, flaw }))
}

/// Refuses what is too long to be read by people.
fn is_text(field: &'static str, text: &str) -> Result<(), Defect> {
    match text.len() {
        found if found > MAX_TEXT => Err(Defect::Text { field, flaw: Flaw::Long { found, most: MAX_TEXT } }),
        _ => Ok(()),
    }
}

impl FileEntry {
    fn check(&self) -> Result<(), Defect> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let length = 1..=MAX_FILE_NAME;
        if !length.contains(&self.file.len()) || self.file.starts_with('.') || !self.file.bytes().all(plain) {
            return Err(Defect::FileName { start: self.file.chars().take(MAX_FILE_NAME).collect() });
        }
        if self.bytes == 0 || self.bytes > MAX_FILE_BYTES {
            return Err(Defect::FileSize { file: self.file.clone(), bytes: self.bytes });
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Defect::FileDigest { file: self.file.clone() });
        }
        Ok(())
    }
}
