//! What a run needs of whoever computes it.
//!
//! A run is stepped, shown, kept and continued in one way, whoever computes its steps: an [`Ascent`] on a Burn device with
//! autodiff, or the same step compiled for a device. What a step gives is read back from there, which a browser allows to
//! wait for only asynchronously; what drew it, the codes, stays where its climber has it.

use std::{fmt::Debug, pin::Pin};

use burn::tensor::{Device, Tensor, TensorData, Transaction};

use super::{Ascent, Observation};

/// Something that is being read back from a device.
pub type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unread>> + 'a>>;

/// The device failed while something was read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unread {
    /// What it said.
    pub reason: String,
}

/// Whoever computes the steps of a batch of runs.
pub trait Climb: Debug {
    /// Takes steps, each of which draws, scores and moves the codes, and reads back what they have seen: the next ones, one at least
    /// and about so many at most; more where more are on their way together, asked for before.
    fn steps(&mut self, most: u32) -> Reading<'_, Vec<Taken>>;

    /// Whether steps are on their way of which several come together.
    fn is_ahead(&self) -> bool {
        false
    }

    /// The codes as they stand, `[batch, code]`; without a generator the images, `[batch, 3 · height · width]`. They are on
    /// the device that drew with them, or on the processor where that has no tensors of Burn's and they were read back with
    /// their step. Others may start from them on any device, see [`brought`].
    fn codes(&self) -> Tensor<2>;

    /// Steps taken so far.
    fn taken(&self) -> u32;

    /// Whether all steps have been taken.
    fn is_done(&self) -> bool;
}

/// A step that a batch of runs has taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The codes that drew, before they moved, as [`Climb::codes`] has them.
    pub codes: Tensor<2>,
    /// What each run has seen, in their order.
    pub seen: Vec<Seen>,
}

/// What one run has seen in a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Columns of the image.
    pub width: usize,
    /// Rows of the image.
    pub height: usize,
    /// The image that was scored; none where it was not read back, as of several steps only the last one's picture is shown.
    pub image: Option<Drawn>,
    /// The objective.
    pub activation: f32,
    /// The classifier's logits, `[classes]`, where the image was read back.
    pub logits: Vec<f32>,
    /// Mean magnitude of the gradient. Where it is 0 or not finite, the code was left as it was and the run cannot go on.
    pub gradient: f32,
}

impl Seen {
    /// Of each of `batch` runs, from what was read back of all: images `[batch, 3, height, width]`, RGB in -1..=1, and logits
    /// `[batch, classes]`, where they were; activations and gradients' mean magnitudes `[batch]`.
    pub fn of_batch(
        [batch, height, width]: [usize; 3],
        shown: Option<(&[f32], &[f32])>,
        activations: &[f32],
        gradients: &[f32],
    ) -> Vec<Self> {
        let row = |values: &[f32], run: usize| {
            let length = values.len() / batch.max(1);
            values[run * length..][..length].to_vec()
        };
        let runs = activations.iter().zip(gradients).take(batch).enumerate();
        let seen = runs.map(|(run, (&activation, &gradient))| Self {
            width,
            height,
            image: shown.map(|(images, _)| Drawn::Planes(row(images, run))),
            activation,
            logits: shown.map_or_else(Vec::new, |(_, logits)| row(logits, run)),
            gradient,
        });
        seen.collect()
    }
}

/// An image as its climber has read it back.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawn {
    /// `[3, height, width]`, RGB in -1..=1.
    Planes(Vec<f32>),
    /// `[height, width, 4]`, as it is shown.
    Rgba(Vec<u8>),
}

/// Codes on a device. From the processor they go to any; from a graphics processor to the processor natively only, since a
/// browser cannot wait for it.
pub fn brought(codes: Tensor<2>, device: &Device) -> Tensor<2> {
    if codes.device() == *device { codes } else { codes.to_device(device) }
}

impl Climb for Ascent {
    fn steps(&mut self, _: u32) -> Reading<'_, Vec<Taken>> {
        Box::pin(async move {
            let codes = self.code();
            let Observation { images, activations, logits, gradients } = Self::step(self);
            let [batch, _, height, width] = images.dims();
            // In one transfer.
            let read = Transaction::default()
                .register(images)
                .register(activations)
                .register(logits)
                .register(gradients)
                .execute_async()
                .await
                .map_err(|error| Unread { reason: error.to_string() })?;
            let read: Vec<Vec<f32>> = read.into_iter().map(values).collect::<Result<_, _>>()?;
            let [images, activations, logits, gradients] = read.as_slice() else {
                return Err(Unread { reason: "an array is missing".into() });
            };
            let seen = Seen::of_batch([batch, height, width], Some((images, logits)), activations, gradients);
            Ok(vec![Taken { codes, seen }])
        })
    }

    fn codes(&self) -> Tensor<2> {
        self.code()
    }

    fn taken(&self) -> u32 {
        Self::taken(self)
    }

    fn is_done(&self) -> bool {
        Self::is_done(self)
    }
}

/// The rows of a matrix, read back.
///
/// # Errors
/// [`Unread`] where the device fails.
pub async fn rows(matrix: Tensor<2>) -> Result<Vec<Vec<f32>>, Unread> {
    let [_, columns] = matrix.dims();
    let data = matrix.into_data_async().await;
    let read = values(data.map_err(|error| Unread { reason: error.to_string() })?)?;
    Ok(read.chunks(columns.max(1)).map(<[f32]>::to_vec).collect())
}

fn values(data: TensorData) -> Result<Vec<f32>, Unread> {
    data.try_to_vec().map_err(|error| Unread { reason: format!("{error:?}") })
}
