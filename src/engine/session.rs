//! A run in progress: steps the ascent, reads each step back in one transfer, and says when it cannot go on.

use std::rc::Rc;

use burn::tensor::{Device, TensorData, Transaction};

use super::{EngineError, protocol::Picture};
use crate::{
    ascent::{Ascent, Model, Normalisation, Observation, Statistics},
    pack::{
        self, Files,
        manifest::{ClassifierEntry, Manifest},
    },
    picture,
    spec::RunSpec,
};

/// How many of the classifier's guesses go with a picture.
const GUESSES: usize = 5;

/// Puts a pack's networks together on a device.
///
/// # Errors
/// [`EngineError::Pack`].
pub fn model(
    manifest: &Manifest,
    classifier: &ClassifierEntry,
    files: &Files,
    device: &Device,
) -> Result<Model, EngineError> {
    let networks = pack::networks(manifest, classifier, files, device)?;
    Ok(Model {
        generator: networks.generator,
        image: [3, manifest.image.height, manifest.image.width],
        classifier: networks.classifier,
        layers: classifier.layers.clone(),
        normalisation: Normalisation::new(classifier.preprocessing.mean, classifier.preprocessing.std, device),
        statistics: Statistics { mean: networks.code_mean, std: networks.code_std },
        device: device.clone(),
    })
}

/// A batch of runs in progress.
#[derive(Debug)]
pub struct Session {
    ascent: Ascent,
    steps: u32,
}

impl Session {
    /// Begins runs that differ in units, seed and start only.
    ///
    /// # Errors
    /// [`EngineError::Spec`] for a run that the pack cannot do, [`EngineError::Batch`] for runs that cannot go together.
    pub fn begin(manifest: &Manifest, model: Rc<Model>, specs: &[RunSpec]) -> Result<Self, EngineError> {
        for spec in specs {
            spec.validate(manifest)?;
        }
        let steps = specs.first().map_or(0, |spec| spec.steps);
        Ok(Self { ascent: Ascent::begin(model, specs)?, steps })
    }

    /// Takes one step and reads it back: one picture for each run.
    ///
    /// # Errors
    /// [`EngineError::Readback`] where the device fails. A run without a way on is no error here, since its picture has
    /// been drawn: see [`Step::problems`].
    pub async fn step(&mut self) -> Result<Step, EngineError> {
        let Observation { images, activations, logits, gradients } = self.ascent.step();
        let [_, _, height, width] = images.dims();
        let read = Transaction::default()
            .register(images)
            .register(activations)
            .register(logits)
            .register(gradients)
            .execute_async()
            .await
            .map_err(|error| EngineError::Readback { reason: error.to_string() })?;
        let read: Vec<Vec<f32>> = read.into_iter().map(values).collect::<Result<_, _>>()?;
        let [images, activations, logits, gradients] = read.as_slice() else {
            return Err(EngineError::Readback { reason: "an array is missing".into() });
        };
        let batch = activations.len().max(1);
        let pictures =
            activations.iter().zip(images.chunks(images.len() / batch)).zip(logits.chunks(logits.len() / batch));
        let pictures = pictures.map(|((&activation, image), logits)| Picture {
            width: width as u32,
            height: height as u32,
            rgba: picture::rgba(image),
            activation,
            top: picture::top(logits, GUESSES),
        });
        let step = self.taken();
        let problem = |&gradient: &f32| {
            if gradient == 0.0 {
                Some(EngineError::NoGradient { step })
            } else if gradient.is_finite() {
                None
            } else {
                Some(EngineError::NotANumber { step })
            }
        };
        Ok(Step { number: step, pictures: pictures.collect(), problems: gradients.iter().map(problem).collect() })
    }

    /// Steps taken so far.
    pub fn taken(&self) -> u32 {
        self.ascent.taken()
    }

    /// Steps in all.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Whether all steps have been taken.
    pub fn is_done(&self) -> bool {
        self.ascent.is_done()
    }
}

/// What one step of a session gives.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its number, from 1.
    pub number: u32,
    /// One picture for each run, drawn by the codes before this step moved them.
    pub pictures: Vec<Picture>,
    /// For each run, why it has no way on from here, where that is so: [`EngineError::NoGradient`] or
    /// [`EngineError::NotANumber`]. Its code was left as it was.
    pub problems: Vec<Option<EngineError>>,
}

fn values(data: TensorData) -> Result<Vec<f32>, EngineError> {
    data.try_to_vec().map_err(|error| EngineError::Readback { reason: format!("{error:?}") })
}
