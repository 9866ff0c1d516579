//! What a pack knows of natural images: patches, and the means of classes.

use super::{
    PackError,
    load::{Source, verified},
    manifest::Manifest,
    safetensors,
};
use crate::nets::weights::{Weights, WeightsError};

/// Largest side of a patch, in pixels.
const MAX_PATCH: usize = 32;

/// The arrays of the file that [`Manifest::natural`] names. Each is computed over many training images, so that none
/// shows any of them.
#[derive(Debug)]
pub struct NaturalArrays {
    /// Shapes of natural patches, `[count, 3, side, side]`.
    pub patches: Vec<f32>,
    /// How many there are.
    pub count: usize,
    /// Side of a patch in pixels.
    pub side: usize,
    /// Mean images of clusters of each class, `[classes, clusters, 3, side, side]` in -1..=1.
    pub means: Vec<f32>,
    /// Clusters of each class.
    pub clusters: usize,
    /// Side of a mean image in pixels, the images' own or less.
    pub mean_side: usize,
}

impl NaturalArrays {
    /// Reads and checks the file; `None` where the pack has none.
    ///
    /// # Errors
    /// [`PackError`].
    pub async fn load(source: &impl Source, manifest: &Manifest) -> Result<Option<Self>, PackError> {
        let Some(entry) = &manifest.natural else {
            return Ok(None);
        };
        let bytes = verified(source, entry, &mut |_| {}).await?;
        let classes = manifest.classifiers.first().map_or(0, |classifier| classifier.classes.len());
        let arrays = Self::new(safetensors::read(&entry.file, &bytes)?, classes, manifest.image.height);
        let misfit =
            |error: WeightsError| PackError::Misfit { file: entry.file.clone(), reason: Box::new(error.into()) };
        arrays.map(Some).map_err(misfit)
    }

    fn new(mut weights: Weights, classes: usize, image: usize) -> Result<Self, WeightsError> {
        let shape = |name: &str| {
            let mut shapes = weights.shapes();
            shapes.find(|(found, _)| *found == name).map(|(_, shape)| shape.to_vec()).unwrap_or_default()
        };
        // A shape of another length than is wanted is caught where the values are taken.
        let at = |shape: &[usize], place: usize, most: usize| shape.get(place).map_or(1, |&n| n.clamp(1, most));
        let (patches, means) = (shape("patches"), shape("means"));
        let (count, side) = (at(&patches, 0, usize::MAX), at(&patches, 2, MAX_PATCH));
        let (clusters, mean_side) = (at(&means, 1, usize::MAX), at(&means, 3, image));
        let arrays = Self {
            patches: weights.take_values("patches", &[count, 3, side, side])?,
            means: weights.take_values("means", &[classes, clusters, 3, mean_side, mean_side])?,
            count,
            side,
            clusters,
            mean_side,
        };
        weights.finish()?;
        Ok(arrays)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(patches: &[usize], means: &[usize]) -> Weights {
        let mut weights = Weights::default();
        for (name, shape) in [("patches", patches), ("means", means)] {
            weights.insert(name, shape.to_vec(), vec![0.5; shape.iter().product()]);
        }
        weights
    }

    #[test]
    fn sizes_follow_from_the_arrays() {
        let arrays = NaturalArrays::new(weights(&[7, 3, 4, 4], &[2, 5, 3, 8, 8]), 2, 16).unwrap();
        assert_eq!((arrays.count, arrays.side, arrays.clusters, arrays.mean_side), (7, 4, 5, 8));
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        let good = (vec![7, 3, 4, 4], vec![2, 5, 3, 8, 8]);
        for (patches, means) in [
            (vec![], good.1.clone()),
            (vec![7, 3, 4], good.1.clone()),
            (vec![7, 1, 4, 4], good.1.clone()),
            (vec![7, 3, 4, 5], good.1.clone()),
            (vec![1, 3, 33, 33], good.1.clone()),
            (vec![0, 3, 4, 4], good.1.clone()),
            (good.0.clone(), vec![3, 5, 3, 8, 8]),
            (good.0.clone(), vec![2, 0, 3, 8, 8]),
            (good.0.clone(), vec![2, 5, 3, 17, 17]),
            (good.0.clone(), vec![2, 5, 3, 8]),
        ] {
            assert!(NaturalArrays::new(weights(&patches, &means), 2, 16).is_err(), "{patches:?} {means:?}");
        }
        let mut more = weights(&good.0, &good.1);
        more.insert("more", vec![1], vec![0.0]);
        assert!(matches!(NaturalArrays::new(more, 2, 16), Err(WeightsError::Superfluous { .. })));
    }
}
