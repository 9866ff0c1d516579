//! Which part of an image a convolutional unit sees, by the geometry of the layers before it.

pub use super::shape::Region;

use super::{config::ClassifierConfig, graph::Checked, layer::LayerKind};

impl ClassifierConfig {
    /// The receptive field: the part of an image `[channels, height, width]` that a convolutional layer's channels see
    /// from one position of its feature map, see [`Checked::receptive_field`](super::graph::Checked::receptive_field).
    /// `None` for a layer that has no positions, or no such one.
    pub fn receptive_field(&self, image: [usize; 3], layer: &str, place: [usize; 2]) -> Option<Region> {
        self.graph(image).check().ok()?.field_of_layer(layer, place)
    }
}

impl Checked {
    /// The part of the input that the channels of a convolutional layer see from one position, as
    /// [`ClassifierConfig::receptive_field`] has it of an image.
    pub fn field_of_layer(&self, layer: &str, place: [usize; 2]) -> Option<Region> {
        let known = self.layers().into_iter().find(|known| known.name == layer)?;
        (known.kind == LayerKind::Convolutional).then(|| self.receptive_field(layer, place))?
    }
}
