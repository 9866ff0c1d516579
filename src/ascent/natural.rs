//! What is known of natural images: patches, and the means of classes.

use burn::tensor::{Device, Tensor, TensorData};

use super::resize::resized;

/// What a pack knows of natural images, computed over many of them, on a device.
#[derive(Debug)]
pub struct Natural {
    /// Shapes of patches.
    pub dictionary: Dictionary,
    /// What the images of a class are like on the whole.
    pub means: MeanImages,
}

/// Shapes of natural patches, see [`Dictionary::nearest`].
#[derive(Debug)]
pub struct Dictionary {
    /// `[count, 3 · side · side]`, zero mean in each channel, length 1.
    pub(super) patches: Tensor<2>,
    /// Side of a patch in pixels.
    pub(super) side: usize,
}

/// Mean images of clusters of each class's training images.
#[derive(Debug)]
pub struct MeanImages {
    /// `[classes, clusters, 3, side, side]` in -1..=1, row-major.
    values: Vec<f32>,
    clusters: usize,
    side: usize,
    device: Device,
}

impl MeanImages {
    /// Images `[classes, clusters, 3, side, side]` in -1..=1; `values` has that many.
    pub fn new(values: Vec<f32>, clusters: usize, side: usize, device: &Device) -> Self {
        Self { values, clusters, side, device: device.clone() }
    }

    /// The mean of one of a class's clusters, counted round and round, enlarged to `[1, 3, height, width]`, in -1..=1;
    /// grey for a class that there is none of.
    pub fn image(&self, class: usize, cluster: usize, [_, height, width]: [usize; 3]) -> Tensor<4> {
        let size = 3 * self.side * self.side;
        let number = class * self.clusters + cluster % self.clusters.max(1);
        let values = self.values.get(number * size..(number + 1) * size);
        let values = values.map_or_else(|| vec![0.0; size], <[f32]>::to_vec);
        let small = Tensor::from_data(TensorData::new(values, [1, 3, self.side, self.side]), &self.device);
        resized(small, [height, width]).clamp(-1.0, 1.0)
    }
}
