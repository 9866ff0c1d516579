//! Which real images excite each unit of a classifier most: what the synthetic one stands beside.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::manifest::ClassifierEntry;
use crate::{
    nets::layer::LayerKind,
    spec::{Position, Unit},
};

/// Largest index that is read, in bytes.
pub const MAX_INDEX_BYTES: u64 = 8 << 20;

/// The index of a sheet of real images.
///
/// By the name of a layer, for each of its units some images, strongest first; for a convolutional layer twice, as
/// `LAYER.centre` and `LAYER.mean`, as its units are read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Examples {
    /// Images in a row of the sheet.
    pub columns: usize,
    /// Images in all.
    pub images: usize,
    units: BTreeMap<String, Vec<Vec<usize>>>,
}

/// Why an index cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum ExamplesError {
    /// It is not JSON, or no index.
    Syntax {
        /// What the reader said.
        said: String,
    },
    /// It tells of no images.
    Empty,
    /// It has nothing for a reading of a layer.
    Missing {
        /// The reading's name.
        name: String,
    },
    /// It tells of other units than the layer's, or of images that are not in the sheet.
    Misfit {
        /// The reading's name.
        name: String,
    },
}

impl Examples {
    /// Reads and checks an index.
    ///
    /// # Errors
    /// [`ExamplesError`].
    pub fn parse(json: &[u8], classifier: &ClassifierEntry) -> Result<Self, ExamplesError> {
        let examples: Self = serde_json::from_slice(json)
            .map_err(|error: serde_json::Error| ExamplesError::Syntax { said: error.to_string() })?;
        if examples.columns == 0 || examples.images == 0 {
            return Err(ExamplesError::Empty);
        }
        for layer in &classifier.layers {
            let readings = match layer.kind {
                LayerKind::Convolutional => vec![format!("{}.centre", layer.name), format!("{}.mean", layer.name)],
                LayerKind::FullyConnected | LayerKind::Output => vec![layer.name.clone()],
            };
            for name in readings {
                let Some(units) = examples.units.get(&name) else { return Err(ExamplesError::Missing { name }) };
                if units.len() != layer.units || units.iter().flatten().any(|&image| image >= examples.images) {
                    return Err(ExamplesError::Misfit { name });
                }
            }
        }
        Ok(examples)
    }

    /// A unit's images, by number, strongest first; none for a position that was not recorded.
    pub fn of(&self, unit: &Unit) -> &[usize] {
        let reading = |reading: &str| self.units.get(&format!("{}.{reading}", unit.layer));
        let units = match unit.position {
            Position::Centre => reading("centre").or_else(|| self.units.get(&unit.layer)),
            Position::Mean => reading("mean"),
            Position::At { .. } => None,
        };
        units.and_then(|units| units.get(unit.index)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Rows of the sheet.
    pub fn rows(&self) -> usize {
        self.images.div_ceil(self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::manifest::Manifest;

    #[test]
    fn an_index_is_read_only_if_it_fits_the_classifier() {
        let pack = Manifest::parse(include_bytes!("../../weights/tiny-imagenet-64/pack.json")).unwrap();
        let entry = &pack.classifiers[0];
        let index = |last: usize, output: usize| {
            let mut units = serde_json::Map::new();
            for layer in &entry.layers {
                let images = |count: usize| serde_json::json!(vec![vec![0, last]; count]);
                if layer.kind == LayerKind::Convolutional {
                    units.insert(format!("{}.centre", layer.name), images(layer.units));
                    units.insert(format!("{}.mean", layer.name), serde_json::json!(vec![vec![last]; layer.units]));
                } else {
                    let count = if layer.kind == LayerKind::Output { output } else { layer.units };
                    units.insert(layer.name.clone(), images(count));
                }
            }
            serde_json::json!({ "columns": 3, "images": 7, "units": units }).to_string().into_bytes()
        };
        let examples = Examples::parse(&index(6, 200), entry).unwrap();
        assert_eq!((examples.of(&Unit::new("fc", 199)), examples.rows()), (&[0, 6][..], 3));
        let unit = Unit { position: Position::Mean, ..Unit::new("layer4.1", 3) };
        assert_eq!(examples.of(&unit), [6]);
        assert_eq!(examples.of(&Unit { position: Position::At { row: 0, column: 0 }, ..unit }), [0_usize; 0]);
        for wrong in [index(7, 200), index(6, 199), b"{}".to_vec(), b"[".to_vec(), b"{\"columns\":0}".to_vec()] {
            assert!(Examples::parse(&wrong, entry).is_err());
        }
    }
}
