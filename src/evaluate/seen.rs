//! What the networks make of real images.

use super::{Networks, RealImages, Viewer, dataset::Dataset, report, viewer};
use crate::{engine::EngineError, pack::STRONGEST};

/// What the networks make of the real images.
pub(super) struct Seen {
    /// The target's logits, image by image.
    logits: Vec<Vec<f32>>,
    /// The class of each image, as the target's output unit.
    classes: Vec<Option<usize>>,
    /// The judge's features of every other image: those that the rows of real images do not take, save a best one.
    pub(super) features: Vec<Vec<f32>>,
    /// How often both are right.
    pub(super) report: RealImages,
}

impl Seen {
    pub(super) fn new(networks: &Networks<'_>, images: &Dataset) -> Result<Self, EngineError> {
        let (mut logits, mut judged, mut features) = (Vec::new(), Vec::new(), Vec::new());
        for start in (0..images.len()).step_by(viewer::BATCH) {
            let part: Vec<_> = (start..images.len().min(start + viewer::BATCH)).map(|i| images.image(i)).collect();
            logits.extend(networks.classifier.logits(&part)?);
            let (more, theirs) = networks.judge.logits_and_features(&part)?;
            judged.extend(more);
            features.extend(theirs);
        }
        let of = |viewer: &Viewer| -> Vec<Option<usize>> {
            images.classes.iter().map(|id| viewer.classes.iter().position(|class| class == id)).collect()
        };
        let (classes, judges) = (of(&networks.classifier), of(&networks.judge));
        let report = RealImages {
            images: images.len(),
            left_out: images.left_out.clone(),
            classifier: report::accuracy(&logits, &classes),
            judge: report::accuracy(&judged, &judges),
        };
        let features = features.into_iter().skip(1).step_by(2).collect();
        Ok(Self { logits, classes, features, report })
    }

    /// The images that excite an output unit most, and how strongly, strongest first.
    pub(super) fn strongest(&self, unit: usize) -> Vec<(usize, f32)> {
        let mut order: Vec<_> = self.logits.iter().map(|logits| logits[unit]).enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        order.truncate(STRONGEST);
        order
    }

    /// The first images of a class that the distance is not measured against.
    pub(super) fn of_class(&self, unit: usize, count: usize) -> Vec<usize> {
        let of_class = self.classes.iter().enumerate().filter(|(i, class)| i % 2 == 0 && **class == Some(unit));
        of_class.map(|(i, _)| i).take(count).collect()
    }
}
