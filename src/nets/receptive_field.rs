//! Which part of an image a convolutional unit sees, by the geometry of the layers before it.

use serde::{Deserialize, Serialize};

use super::config::{CaffeNetConfig, ClassifierConfig, ConvolutionConfig, ResNetConfig, pool};

/// A rectangle of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Rows above it.
    pub top: usize,
    /// Columns left of it.
    pub left: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl ClassifierConfig {
    /// The receptive field: the part of an image `[channels, height, width]` that a convolutional layer's channels see
    /// from one position of its feature map. `None` for a layer that has no positions, or no such one.
    ///
    /// A convolution or pooling of kernel k, stride s and padding p that is asked for the places `a..=b` reads the places
    /// `a·s - p ..= b·s - p + k - 1` of its input; so the field is found by going back from the layer to the image.
    pub fn receptive_field(&self, image: [usize; 3], layer: &str, [row, column]: [usize; 2]) -> Option<Region> {
        let (layers, _) = self.check(image).ok()?;
        let [height, width] = layers.iter().find(|known| known.name == layer)?.map;
        let way = match self {
            Self::Caffenet(caffenet) => caffenet.way(layer),
            Self::Resnet(resnet) => resnet.way(layer),
        }?;
        if row >= height || column >= width {
            return None;
        }
        let seen = |place: usize, side: usize| -> Option<(usize, usize)> {
            let mut ends = (place as i64, place as i64);
            for layer in way.iter().rev() {
                let (kernel, stride, padding) = (layer.kernel as i64, layer.stride as i64, layer.padding as i64);
                ends = (ends.0 * stride - padding, ends.1 * stride - padding + kernel - 1);
            }
            // What lies over the edge is padding.
            let (first, last) = (ends.0.max(0) as usize, usize::try_from(ends.1).ok()?.min(side - 1));
            Some((first, last - first + 1))
        };
        let ((top, height), (left, width)) = (seen(row, image[1])?, seen(column, image[2])?);
        Some(Region { top, left, height, width })
    }
}

impl CaffeNetConfig {
    /// The convolutions and poolings from the image to a convolutional layer.
    fn way(&self, layer: &str) -> Option<Vec<ConvolutionConfig>> {
        let mut way = Vec::new();
        for convolution in &self.convolutions {
            way.push(convolution.clone());
            if convolution.name == layer {
                return Some(way);
            }
            if self.pooled.contains(&convolution.name) {
                way.push(pool());
            }
        }
        None
    }
}

impl ResNetConfig {
    /// The convolutions and poolings from the image to a convolutional layer, the longer way around each shortcut.
    fn way(&self, layer: &str) -> Option<Vec<ConvolutionConfig>> {
        let mut way = vec![self.stem.clone()];
        if self.stem.name == layer {
            return Some(way);
        }
        way.push(pool());
        for (number, stage) in self.stages.iter().enumerate() {
            for block in 0..stage.blocks {
                let name = format!("layer{}.{block}", number + 1);
                way.extend(Self::block(&name, stage.channels, if block == 0 { stage.stride } else { 1 }));
                if name == layer {
                    return Some(way);
                }
            }
        }
        None
    }
}
