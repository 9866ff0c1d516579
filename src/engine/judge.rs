//! A second classifier that looks at pictures which were made for the first one.

use burn::tensor::{Device, Tensor, TensorData};

use super::{
    EngineError,
    protocol::{Guess, Picture},
};
use crate::{
    ascent::Normalisation,
    nets::Classifier,
    pack::{
        self, Source,
        manifest::{ClassifierEntry, Manifest},
    },
    picture,
};

/// How many of its guesses a judge tells.
const GUESSES: usize = 5;

/// A classifier that had no part in making the pictures it is shown.
#[derive(Debug)]
pub struct Judge {
    /// Its name in the pack.
    pub name: String,
    classifier: Box<dyn Classifier>,
    normalisation: Normalisation,
    device: Device,
}

impl Judge {
    /// The pack's first classifier other than the one named, if there is one.
    pub fn entry<'a>(manifest: &'a Manifest, climbed: &str) -> Option<&'a ClassifierEntry> {
        manifest.classifiers.iter().find(|entry| entry.name != climbed)
    }

    /// Reads and builds a judge.
    ///
    /// # Errors
    /// [`EngineError::Pack`].
    pub async fn load(
        source: &impl Source,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        device: &Device,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            name: entry.name.clone(),
            classifier: pack::classifier(source, manifest, entry, device).await?,
            normalisation: Normalisation::new(entry.preprocessing.mean, entry.preprocessing.std, device),
            device: device.clone(),
        })
    }

    /// What it sees in pictures of one size, as they are shown: the likeliest classes of each.
    ///
    /// # Errors
    /// [`EngineError::Readback`] where the device fails.
    pub async fn look(&self, pictures: &[Picture]) -> Result<Vec<Vec<Guess>>, EngineError> {
        let (width, height) =
            pictures.first().map_or((0, 0), |picture| (picture.width as usize, picture.height as usize));
        let planes: Vec<f32> = pictures.iter().flat_map(|picture| picture::planes(&picture.rgba, 4)).collect();
        let images = Tensor::<4>::from_data(TensorData::new(planes, [pictures.len(), 3, height, width]), &self.device);
        let logits = self.classifier.forward(self.normalisation.apply(images), &[]).logits;
        let [_, classes] = logits.dims();
        let failed = |reason: String| EngineError::Readback { reason };
        let read = logits.into_data_async().await.map_err(|error| failed(error.to_string()))?;
        let logits: Vec<f32> = read.try_to_vec().map_err(|error| failed(format!("{error:?}")))?;
        Ok(logits.chunks(classes.max(1)).map(|logits| picture::top(logits, GUESSES)).collect())
    }
}
