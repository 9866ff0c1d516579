//! The names in a pack: classifiers, layers and units, found or answered with those there are.

use super::manifest::{Class, ClassifierEntry, Manifest};
use crate::{
    nets::layer::{Layer, LayerKind},
    spec::{Catalogue, Defaults, Known, Position, SpecError, Unit},
};

impl ClassifierEntry {
    fn unit_index(&self, layer: &Layer, unit: &str) -> Result<usize, SpecError> {
        let unknown = |known| SpecError::UnknownUnit { unit: unit.into(), layer: layer.name.clone(), known };
        if let Ok(index) = unit.parse::<usize>() {
            return if index < layer.units { Ok(index) } else { Err(unknown(Known::Numbers(layer.units))) };
        }
        if layer.kind != LayerKind::Output {
            return Err(unknown(Known::Nameless(layer.units)));
        }
        let wanted = unit.trim().to_lowercase();
        let exact =
            |class: &Class| class.id == wanted || class.name.to_lowercase().split(", ").any(|name| name == wanted);
        let found: Vec<usize> = (0..self.classes.len()).filter(|&i| exact(&self.classes[i])).collect();
        match found.as_slice() {
            [index] => Ok(*index),
            [] => {
                let near = self.classes.iter().filter(|class| class.name.to_lowercase().contains(&wanted));
                Err(unknown(Known::Names(near.map(|class| class.name.clone()).take(5).collect())))
            }
            several => {
                let names = several.iter().map(|&i| format!("{} ({})", self.classes[i].name, self.classes[i].id));
                Err(SpecError::AmbiguousUnit { unit: unit.into(), matches: names.collect() })
            }
        }
    }
}

impl Catalogue for Manifest {
    fn pack(&self) -> &str {
        &self.name
    }

    fn defaults(&self) -> &Defaults {
        &self.defaults
    }

    fn default_classifier(&self) -> &str {
        self.classifiers.first().map_or("", |entry| &entry.name)
    }

    fn check_classifier(&self, classifier: &str) -> Result<(), SpecError> {
        self.entry(classifier).map(|_| ())
    }

    fn default_unit(&self, classifier: &str) -> Unit {
        let (unit, first) = (&self.defaults.unit, self.default_classifier());
        if classifier == first {
            return unit.clone();
        }
        self.counterpart(unit, first, classifier).unwrap_or_else(|| {
            let output = self.classifier(classifier).and_then(ClassifierEntry::output);
            Unit::new(output.map_or("", |output| &output.name), 0)
        })
    }

    fn unit_index(&self, classifier: &str, layer: &str, unit: &str) -> Result<usize, SpecError> {
        let entry = self.entry(classifier)?;
        entry.unit_index(entry.known_layer(layer)?, unit)
    }

    fn check_unit(&self, classifier: &str, unit: &Unit) -> Result<(), SpecError> {
        let entry = self.entry(classifier)?;
        let layer = entry.known_layer(&unit.layer)?;
        entry.unit_index(layer, &unit.index.to_string())?;
        let [height, width] = layer.map;
        let fits = match unit.position {
            Position::Centre => true,
            Position::Mean => layer.kind == LayerKind::Convolutional,
            Position::At { row, column } => layer.kind == LayerKind::Convolutional && row < height && column < width,
        };
        if fits {
            return Ok(());
        }
        let map = (layer.kind == LayerKind::Convolutional).then_some(layer.map);
        Err(SpecError::Position { unit: unit.to_string(), map })
    }

    fn is_output(&self, classifier: &str, layer: &str) -> bool {
        let output = self.classifier(classifier).and_then(ClassifierEntry::output);
        output.is_some_and(|output| output.name == layer)
    }

    fn has_natural(&self) -> bool {
        self.natural.is_some()
    }
}

impl Manifest {
    /// The classifier of that name, or those there are.
    ///
    /// # Errors
    /// [`SpecError::UnknownClassifier`].
    pub fn entry(&self, classifier: &str) -> Result<&ClassifierEntry, SpecError> {
        self.classifier(classifier).ok_or_else(|| SpecError::UnknownClassifier {
            name: classifier.into(),
            have: self.classifiers.iter().map(|entry| entry.name.clone()).collect(),
        })
    }
}

impl ClassifierEntry {
    /// The layer of that name, or those there are.
    ///
    /// # Errors
    /// [`SpecError::UnknownLayer`].
    pub fn known_layer(&self, name: &str) -> Result<&Layer, SpecError> {
        self.layer(name).ok_or_else(|| SpecError::UnknownLayer {
            name: name.into(),
            classifier: self.name.clone(),
            have: self.layers.iter().map(|layer| layer.name.clone()).collect(),
        })
    }
}
