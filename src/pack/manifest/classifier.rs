//! One classifier of a pack: what the manifest says of it, and what follows from that.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Atlas, AtlasSheet, Defect, FileEntry, ImageShape, flaw_of_title, is_text, is_title};
use crate::{
    nets::{
        builders::MAX_SIDE,
        config::ClassifierConfig,
        graph::{Checked, GraphError, Shape},
        layer::Layer,
        ops::{AveragePool, Op},
        receptive_field::Region,
    },
    spec::Unit,
};

/// Most branches that one class stands in, each within the one before.
const MAX_BRANCH: usize = 4;
/// Most other names of one class, in each language.
const MAX_NAMES: usize = 64;
/// Longest name in addresses, in bytes.
const MAX_NAME: usize = 64;

/// One classifier of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierEntry {
    /// Its name in addresses and on the command line.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Weights.
    pub weights: FileEntry,
    /// How strongly real images excite each unit, see [`Strongest`](crate::pack::Strongest).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strongest: Option<FileEntry>,
    /// Real images that excite each unit most, where they may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<ExampleFiles>,
    /// Pictures of its units that were drawn beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atlas: Option<Atlas>,
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

/// Real images that excite a classifier's units most, see [`Examples`](crate::pack::Examples).
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

    fn check(&self) -> Result<(), Defect> {
        is_title("id", &self.id)?;
        is_title("name", &self.name)?;
        for (field, names, most) in [
            ("synonyms", &self.synonyms, MAX_NAMES),
            ("chinese", &self.chinese, MAX_NAMES),
            ("branch", &self.branch, MAX_BRANCH),
        ] {
            if names.len() > most {
                return Err(Defect::Names { field, found: names.len(), most });
            }
            let flaw = names.iter().find_map(|name| flaw_of_title(name));
            flaw.map_or(Ok(()), |flaw| Err(Defect::Name { field, flaw }))?;
        }
        // The page writes a branch's path with “/” between its names.
        if self.branch.iter().any(|name| name.contains('/')) {
            return Err(Defect::Slash);
        }
        Ok(())
    }
}

impl ClassifierEntry {
    /// Reads and checks the description of a classifier by itself, for images of a pack.
    ///
    /// # Errors
    /// [`Defect`].
    pub fn parse(json: &[u8], image: ImageShape) -> Result<Self, Defect> {
        let syntax = |error: serde_json::Error| Defect::Syntax { said: error.to_string() };
        let mut entry: Self = serde_json::from_slice(json).map_err(syntax)?;
        entry.find_layers(image)?;
        Ok(entry)
    }

    /// Checks the description, and works out what follows from it.
    pub(super) fn find_layers(&mut self, image: ImageShape) -> Result<(), Defect> {
        self.own = self.seen(image)?;
        (self.layers, _) = self.architecture.check(self.own.channels()).map_err(Defect::Architecture)?;
        if self.view.is_some() {
            // With the view before it the network is another one.
            self.graph(image).map_err(|error| Defect::Architecture(error.into()))?;
        }
        self.check()
    }

    /// The layer of that name.
    pub fn layer(&self, name: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// The network for images of the pack, its view before it, checked.
    ///
    /// # Errors
    /// [`GraphError`] where it is none.
    pub fn graph(&self, image: ImageShape) -> Result<Checked, GraphError> {
        let network = self.architecture.graph(self.own.channels());
        match &self.view {
            Some(view) => network.check_behind(view.clone(), Shape::map(3, image.height, image.width)),
            None => network.check(),
        }
    }

    /// The part of the pack's images that a convolutional unit sees, see
    /// [`ClassifierConfig::receptive_field`].
    pub fn receptive_field(&self, image: ImageShape, layer: &str, place: [usize; 2]) -> Option<Region> {
        self.graph(image).ok()?.field_of_layer(layer, place)
    }

    /// Size of what the view makes of images.
    fn seen(&self, image: ImageShape) -> Result<ImageShape, Defect> {
        let Some(view) = &self.view else {
            return Ok(image);
        };
        match view {
            Op::Resize(_) => {}
            // Anything else would leave some pixels out, or count them more than once.
            Op::AveragePool(AveragePool { kernel: [rows, columns], stride, padding, .. })
                if *stride == [*rows, *columns]
                    && *padding == [[0; 2]; 2]
                    && image.height.checked_rem(*rows) == Some(0)
                    && image.width.checked_rem(*columns) == Some(0) => {}
            Op::AveragePool(_) => return Err(Defect::ViewUneven),
            _ => return Err(Defect::ViewKind),
        }
        match view.shape(&[Shape::map(3, image.height, image.width)]) {
            Ok(Shape { channels: 3, height, width }) if ImageShape { height, width } == image => Err(Defect::ViewIdle),
            Ok(Shape { channels: 3, height, width }) if height.max(width) <= MAX_SIDE => {
                if height * image.width != width * image.height {
                    return Err(Defect::ViewStretches { height, width });
                }
                Ok(ImageShape { height, width })
            }
            Ok(shape) => Err(Defect::ViewMakes(shape)),
            Err(misfit) => Err(Defect::ViewMisfit(misfit)),
        }
    }

    /// The output layer, the last one.
    pub fn output(&self) -> Option<&Layer> {
        self.layers.last()
    }

    /// The class that a unit stands for, where it is an output unit.
    pub fn class(&self, unit: &Unit) -> Option<&Class> {
        self.output().filter(|layer| layer.name == unit.layer).and_then(|_| self.classes.get(unit.index))
    }

    fn check(&self) -> Result<(), Defect> {
        self.weights.check()?;
        self.strongest.as_ref().map_or(Ok(()), FileEntry::check)?;
        if let Some(ExampleFiles { sheet, index }) = &self.examples {
            sheet.check()?;
            index.check()?;
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.bytes().all(plain) {
            return Err(Defect::ClassifierName);
        }
        is_title("title", &self.title)?;
        is_title("licence", &self.licence)?;
        is_text("origin", &self.origin)?;
        // Of pixels in 0..=1; 0 and 1 leave them as they are.
        let Preprocessing { mean, std } = self.preprocessing;
        if !mean.iter().all(|m| (0.0..=1.0).contains(m)) || !std.iter().all(|s| *s > 0.0 && *s <= 1.0) {
            return Err(Defect::Preprocessing);
        }
        let classes = self.output().map_or(0, |layer| layer.units);
        if self.classes.len() != classes {
            return Err(Defect::Classes { wanted: classes, found: self.classes.len() });
        }
        self.atlas.as_ref().map_or(Ok(()), |atlas| atlas.check(self))?;
        let mut known = HashSet::new();
        for (number, class) in self.classes.iter().enumerate() {
            class.check().map_err(|defect| Defect::Class { number, defect: Box::new(defect) })?;
            if !known.insert(&class.id) {
                return Err(Defect::TwoClasses { id: class.id.clone() });
            }
        }
        Ok(())
    }

    /// All files that it names.
    pub(super) fn files(&self) -> impl Iterator<Item = &FileEntry> {
        let examples = self.examples.as_ref().map(|ExampleFiles { sheet, index }| [sheet, index]);
        let sheets = self.atlas.iter().flat_map(|atlas| &atlas.sheets).map(|AtlasSheet { picture, .. }| picture);
        [&self.weights].into_iter().chain(&self.strongest).chain(examples.into_iter().flatten()).chain(sheets)
    }

    #[cfg(feature = "native")]
    pub(super) fn files_mut(&mut self) -> impl Iterator<Item = &mut FileEntry> {
        let examples = self.examples.as_mut().map(|ExampleFiles { sheet, index }| [sheet, index]);
        let sheets = self.atlas.iter_mut().flat_map(|atlas| &mut atlas.sheets);
        let sheets = sheets.map(|AtlasSheet { picture, .. }| picture);
        [&mut self.weights]
            .into_iter()
            .chain(self.strongest.as_mut())
            .chain(examples.into_iter().flatten())
            .chain(sheets)
    }
}
