//! The layers of a network that have units.

use serde::{Deserialize, Serialize};

/// A layer of a classifier whose units can be climbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// What its units are.
    pub kind: LayerKind,
    /// Number of units; of channels in a convolutional layer.
    pub units: usize,
    /// Height and width of its feature map; `[1, 1]` for layers that have none.
    pub map: [usize; 2],
}

/// What the units of a layer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Channels of a feature map, read before the rectification that follows the layer.
    Convolutional,
    /// Features without position.
    FullyConnected,
    /// Logits, one for each class.
    Output,
}
