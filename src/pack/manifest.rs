//! The manifest of a model pack: what `pack.json` says, read, checked, and asked for names.
//!
//! A pack is a folder of static files, and its manifest is the only one that is trusted to name the others. Since the
//! manifest itself comes from anywhere, [`Manifest::parse`] accepts it only when its version is known, its shapes make
//! networks, its file names stay in the folder, and its numbers are numbers.

use serde::{Deserialize, Serialize};

use crate::{
    nets::{
        config::{ClassifierConfig, GeneratorConfig, Layer, MAX_SIDE, ShapeError},
        graph::{Graph, Shape},
        ops::Op,
        receptive_field::Region,
    },
    spec::{Defaults, query::is_pack_name},
};

/// The version of the manifest's format that this program writes. It reads every one from 1 on.
///
/// Format 2 added the classifier `caffenet`, arrays of 8-bit integers, [`ClassifierEntry::strongest`],
/// [`ClassifierEntry::examples`] and [`Manifest::natural`]. Format 3 added the classifier `efficientnet_lite`, towers with
/// residual blocks, arrays of 6-bit integers, [`ClassifierEntry::view`], classes that differ among the classifiers of a
/// pack that has mean images, other names of classes, and `epsilon1`, `epsilon3`, `jitter` and `rescale` among the
/// defaults.
pub const FORMAT: u32 = 3;
/// Most branches that one class stands in, each within the one before.
const MAX_BRANCH: usize = 4;
/// Largest manifest that is read, in bytes.
pub const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// Largest weights file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 512 << 20;

/// Why a `pack.json` cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, or not a manifest.
    #[error("The pack's description (pack.json) cannot be read: {reason}.")]
    Syntax {
        /// What the reader said.
        reason: String,
    },
    /// A version of the format that this program does not know.
    #[error(
        "The pack's description (pack.json) is of format {found}, but this program reads formats 1 to \
         {FORMAT}. Use a pack made for this version, or a newer version of this program."
    )]
    Format {
        /// The version found.
        found: u64,
    },
    /// Parts that do not fit together.
    #[error("The pack “{pack}” does not fit together: {what}.")]
    Misfit {
        /// The pack's name.
        pack: String,
        /// What does not fit.
        what: String,
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

/// One classifier of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierEntry {
    /// Its name in addresses and on the command line.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Weights.
    pub weights: FileEntry,
    /// How strongly real images excite each unit, see [`Strongest`](super::Strongest).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strongest: Option<FileEntry>,
    /// Real images that excite each unit most, where they may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<ExampleFiles>,
    /// Its shape.
    pub architecture: ClassifierConfig,
    /// What stands between the pack's images and the network, where it takes images of another size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<Op>,
    /// How an image is prepared for it.
    pub preprocessing: Preprocessing,
    /// Size of the images that the network itself takes; not in the file, since it follows from the view.
    #[serde(skip)]
    pub own: ImageShape,
    /// Its layers from input to output; not in the file, since they follow from the architecture.
    #[serde(skip)]
    pub layers: Vec<Layer>,
    /// The classes that its output units stand for, in the units' order.
    pub classes: Vec<Class>,
    /// Licence, an SPDX expression.
    pub licence: String,
    /// Where the weights come from.
    pub origin: String,
}

/// Real images that excite a classifier's units most, see [`Examples`](super::Examples).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleFiles {
    /// A picture file: the images, side by side in rows.
    pub sheet: FileEntry,
    /// A JSON file: which of them each unit has.
    pub index: FileEntry,
}

/// How an RGB image in 0..=1 is prepared for a classifier: `(x - mean) / std`, channel by channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// Mean of each channel, red first.
    pub mean: [f32; 3],
    /// Standard deviation of each channel, red first.
    pub std: [f32; 3],
}

/// A class that an output unit stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Class {
    /// Its id: for ImageNet classes the WordNet id (wnid).
    pub id: String,
    /// Its English name.
    pub name: String,
    /// Other English names of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// Its Chinese names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chinese: Vec<String>,
    /// What it is a kind of, the widest first: branches of WordNet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branch: Vec<String>,
}

impl Class {
    /// A class by id and English name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }
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
    /// [`ManifestError`], each with a sentence for people.
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        let syntax = |error: serde_json::Error| ManifestError::Syntax { reason: error.to_string() };
        let version: Version = serde_json::from_slice(json).map_err(syntax)?;
        let format = version.format.ok_or_else(|| ManifestError::Syntax {
            reason: "it names no format, so it is not a pack's description".into(),
        })?;
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

    /// Bytes of all weights that a run with this classifier needs.
    pub fn bytes(&self, classifier: &ClassifierEntry) -> u64 {
        self.generator.weights.bytes + classifier.weights.bytes
    }

    /// For each class of a classifier, where it stands among the classes that the mean images are of: the first
    /// classifier's.
    pub fn mean_classes(&self, classifier: &ClassifierEntry) -> Vec<Option<usize>> {
        let known = self.classifiers.first().map_or(&[][..], |first| &first.classes);
        classifier.classes.iter().map(|class| known.iter().position(|other| other.id == class.id)).collect()
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
        let misfit = |what: String| ManifestError::Misfit { pack: pack.clone(), what };
        if !is_pack_name(&self.name) {
            return Err(misfit("its name is not made of a to z, 0 to 9, “-” and “_”".into()));
        }
        let shape = |name: &str, error: ShapeError| misfit(format!("in {name}, {error}"));
        let (image, _) = self.generator.architecture.check().map_err(|error| shape("the generator", error))?;
        let ImageShape { height, width } = self.image;
        if image != [3, height, width] {
            let [channels, h, w] = image;
            return Err(misfit(format!(
                "the generator draws images of {channels}×{h}×{w}, but the pack says 3×{height}×{width}"
            )));
        }
        self.generator.weights.check().map_err(misfit)?;
        if self.classifiers.is_empty() {
            return Err(misfit("it has no classifier".into()));
        }
        for entry in &mut self.classifiers {
            entry.find_layers(self.image).map_err(|what| misfit(format!("in classifier {}, {what}", entry.name)))?;
        }
        if let Some(natural) = &self.natural {
            natural.check().map_err(misfit)?;
        }
        let encoder = self.classifier(&self.generator.encoder);
        let layer = encoder.and_then(|encoder| encoder.layer(&self.generator.encoder_layer));
        let code = self.generator.architecture.code();
        if layer.is_none_or(|layer| layer.units * layer.map[0] * layer.map[1] != code) {
            let GeneratorEntry { encoder, encoder_layer, .. } = &self.generator;
            return Err(misfit(format!(
                "its encoder {encoder}, layer {encoder_layer}, does not give a code of {code}"
            )));
        }
        crate::spec::RunSpec::with_defaults(self, self.defaults.unit.clone())
            .validate(self)
            .map_err(|error| misfit(format!("its defaults make no run. {error}")))
    }
}

impl FileEntry {
    fn check(&self) -> Result<(), String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if self.file.is_empty() || self.file.starts_with('.') || !self.file.bytes().all(plain) {
            return Err(format!("“{}” is not the name of a file in the pack's folder", self.file));
        }
        if self.bytes == 0 || self.bytes > MAX_FILE_BYTES {
            return Err(format!(
                "{} is said to hold {} bytes; 1 to {MAX_FILE_BYTES} are possible",
                self.file, self.bytes
            ));
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(format!("the sha256 of {} is not 64 hexadecimal digits", self.file));
        }
        Ok(())
    }
}

impl ClassifierEntry {
    /// Reads and checks the description of a classifier by itself, for images of a pack.
    ///
    /// # Errors
    /// What is wrong with it, part of a sentence.
    pub fn parse(json: &[u8], image: ImageShape) -> Result<Self, String> {
        let mut entry: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        entry.find_layers(image)?;
        Ok(entry)
    }

    /// Checks the description, and works out what follows from it.
    fn find_layers(&mut self, image: ImageShape) -> Result<(), String> {
        self.own = self.seen(image)?;
        (self.layers, _) = self.architecture.check(self.own.channels()).map_err(|error| error.to_string())?;
        self.check()
    }

    /// The layer of that name.
    pub fn layer(&self, name: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// The network for images of the pack, its view before it.
    pub fn graph(&self, image: ImageShape) -> Graph {
        let network = self.architecture.graph(self.own.channels());
        match &self.view {
            Some(view) => network.behind(view.clone(), Shape::map(3, image.height, image.width)),
            None => network,
        }
    }

    /// The part of the pack's images that a convolutional unit sees, see
    /// [`ClassifierConfig::receptive_field`].
    pub fn receptive_field(&self, image: ImageShape, layer: &str, place: [usize; 2]) -> Option<Region> {
        self.graph(image).receptive_field(layer, place)
    }

    /// Size of what the view makes of images.
    fn seen(&self, image: ImageShape) -> Result<ImageShape, String> {
        let Some(view) = &self.view else {
            return Ok(image);
        };
        if !matches!(view, Op::AveragePool(_) | Op::Resize(_)) {
            return Err("the view is neither an average pooling nor a resize".into());
        }
        match view.shape(&[Shape::map(3, image.height, image.width)]) {
            Ok(Shape { channels: 3, height, width }) if ImageShape { height, width } == image => {
                Err("the view leaves an image's size as it is".into())
            }
            Ok(Shape { channels: 3, height, width }) if height.max(width) <= MAX_SIDE => {
                Ok(ImageShape { height, width })
            }
            Ok(shape) => Err(format!("the view makes {shape} of an image")),
            Err(error) => Err(format!("the view does not fit: {error}")),
        }
    }

    /// The output layer, the last one.
    pub fn output(&self) -> Option<&Layer> {
        self.layers.last()
    }

    fn check(&self) -> Result<(), String> {
        self.weights.check()?;
        self.strongest.as_ref().map_or(Ok(()), FileEntry::check)?;
        if let Some(ExampleFiles { sheet, index }) = &self.examples {
            sheet.check()?;
            index.check()?;
        }
        let Preprocessing { mean, std } = self.preprocessing;
        if !mean.iter().all(|m| m.is_finite()) || !std.iter().all(|s| s.is_finite() && *s > 0.0) {
            return Err("the preprocessing's mean and std are not usable numbers".into());
        }
        let classes = self.architecture.classes();
        if self.classes.len() != classes {
            return Err(format!("the network has {classes} classes, but {} are listed", self.classes.len()));
        }
        let odd = |class: &Class| class.branch.len() > MAX_BRANCH || class.branch.iter().any(String::is_empty);
        if let Some(class) = self.classes.iter().find(|class| odd(class)) {
            return Err(format!(
                "class {} stands in more than {MAX_BRANCH} branches, or in one without a name",
                class.id
            ));
        }
        Ok(())
    }

    #[cfg(feature = "native")]
    fn files_mut(&mut self) -> impl Iterator<Item = &mut FileEntry> {
        let examples = self.examples.as_mut().map(|ExampleFiles { sheet, index }| [sheet, index]);
        [&mut self.weights].into_iter().chain(self.strongest.as_mut()).chain(examples.into_iter().flatten())
    }
}
