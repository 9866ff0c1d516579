//! A classifier that looks at pictures, whoever they were made for.

use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData};

use super::{EngineError, networks};
use crate::{
    ascent::{Model, Normalisation, resized},
    nets::{Classifier, Forward},
    pack::{
        self, Source,
        manifest::{ClassifierEntry, Manifest, Preprocessing},
    },
    picture::{self, Guess, Picture},
};

/// How many of its guesses a judge tells.
const GUESSES: usize = 5;

/// A classifier, to be shown pictures. It judges when it had no part in making them.
#[derive(Debug)]
pub struct Judge {
    /// Its name in the pack.
    pub name: String,
    /// Where it computes.
    pub device: Device,
    classifier: Rc<dyn Classifier>,
    normalisation: Normalisation,
    /// Shape of the pack's images, `[3, height, width]`.
    image: [usize; 3],
}

impl From<&Model> for Judge {
    /// The model's own classifier.
    fn from(model: &Model) -> Self {
        Self {
            name: model.name.clone(),
            device: model.device.clone(),
            classifier: model.classifier.clone(),
            normalisation: model.normalisation.clone(),
            image: model.image,
        }
    }
}

impl Judge {
    /// The pack's first classifier other than the one named, if there is one.
    pub fn entry<'a>(manifest: &'a Manifest, climbed: &str) -> Option<&'a ClassifierEntry> {
        manifest.other_than(climbed)
    }

    /// A classifier of the pack as a judge of what the models draw. One that is among them, or is their encoder, serves; any
    /// other is loaded and then among them, so that no network is there twice. There is one model at least.
    ///
    /// # Errors
    /// [`EngineError::Pack`].
    pub async fn of(
        source: &impl Source,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        models: &mut Vec<Rc<Model>>,
    ) -> Result<Option<Self>, EngineError> {
        let model = networks::with_classifier(source, manifest, models, entry).await?;
        Ok(model.map(|model| Self::from(&*model)))
    }

    /// Reads and builds a judge by itself, from wherever it is.
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
            device: device.clone(),
            classifier: pack::classifier(source, manifest, entry, device, |_| {}).await?,
            normalisation: Normalisation::new(entry.preprocessing.mean, entry.preprocessing.std, device),
            image: manifest.image.channels(),
        })
    }

    /// The same network for images that are prepared in another way.
    pub fn prepared(&self, preprocessing: Preprocessing) -> Self {
        Self {
            name: self.name.clone(),
            device: self.device.clone(),
            classifier: self.classifier.clone(),
            normalisation: Normalisation::new(preprocessing.mean, preprocessing.std, &self.device),
            image: self.image,
        }
    }

    /// Runs images of the pack's size through the network: any number of them, `[3 · height · width]` each in -1..=1,
    /// one after the other. Reads the layers in `taps` on the way.
    pub fn forward(&self, images: Vec<f32>, taps: &[&str]) -> Forward {
        let [channels, height, width] = self.image;
        let shape = [images.len() / (channels * height * width), channels, height, width];
        let images = Tensor::<4>::from_data(TensorData::new(images, shape), &self.device);
        self.classifier.forward(self.normalisation.apply(images), taps)
    }

    /// What it sees in pictures, as they are shown: the likeliest classes of each.
    ///
    /// # Errors
    /// [`EngineError::Readback`] where the device fails.
    pub async fn look(&self, pictures: &[Picture]) -> Result<Vec<Vec<Guess>>, EngineError> {
        let [channels, height, width] = self.image;
        let images = pictures.iter().map(|picture| {
            let shape = [1, channels, picture.height as usize, picture.width as usize];
            let data = TensorData::new(picture::planes(&picture.rgba, 4), shape);
            // What was climbed without a generator is of its classifier's own size.
            resized(Tensor::from_data(data, &self.device), [height, width])
        });
        let images = Tensor::cat(images.collect(), 0);
        let logits = self.classifier.forward(self.normalisation.apply(images), &[]).logits;
        let [_, classes] = logits.dims();
        let failed = |reason: String| EngineError::Readback { reason };
        let read = logits.into_data_async().await.map_err(|error| failed(error.to_string()))?;
        let logits: Vec<f32> = read.try_to_vec().map_err(|error| failed(format!("{error:?}")))?;
        Ok(logits.chunks(classes.max(1)).map(|logits| picture::top(logits, GUESSES)).collect())
    }
}
