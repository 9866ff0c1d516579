//! The operations that a network's graph is made of: of each its shape rule, its arrays, what it sees of its input, and
//! its forward pass on Burn; the gradient is autodiff's.
//!
//! Every value is a feature map `[batch, channels, height, width]`; features without position are a map of 1×1.
//! The rules are PyTorch's of the same names, whose values the tests hold these against. One file a kind of operation;
//! what is listed here only hands over to it.

mod activation;
mod arithmetic;
mod convolution;
mod linear;
mod normalisation;
mod pooling;
mod resize;

use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use convolution::{Convolution, TransposedConvolution};
pub use linear::FullyConnected;
pub use normalisation::{BatchNorm, LayerNorm, LocalResponseNorm};
pub use pooling::{AveragePool, MaxPool};
pub use resize::{Filter, Resize};

use super::shape::{Bound, MAX_SIZE, Misfit, Shape};

#[cfg(feature = "networks")]
use burn::tensor::{Device, Tensor};

#[cfg(feature = "networks")]
use super::weights::{Array, Weights, WeightsError};

/// What a node computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// A convolution.
    Convolution(Convolution),
    /// A transposed convolution.
    TransposedConvolution(TransposedConvolution),
    /// A fully connected layer over all values in the order channel, row, column.
    Linear(FullyConnected),
    /// A function of each value.
    Activation(Activation),
    /// The largest value of each window.
    MaxPool(MaxPool),
    /// The mean of each window.
    AveragePool(AveragePool),
    /// The mean over all positions of each channel.
    GlobalAverage,
    /// Batch normalisation with the statistics of training.
    BatchNorm(BatchNorm),
    /// Normalisation over neighbouring channels (Krizhevsky et al. 2012).
    LocalResponseNorm(LocalResponseNorm),
    /// Normalisation over all channels of a position (Ba et al. 2016; as ConvNeXt has it).
    LayerNorm(LayerNorm),
    /// The sum of two values or more of one shape.
    Add,
    /// The product of two values; the second may have one position for all of the first.
    Multiply,
    /// The channels of all inputs behind each other.
    Concatenate,
    /// Some of the channels, neighbours.
    Slice {
        /// The first of them.
        from: usize,
        /// The one behind the last.
        to: usize,
    },
    /// The channels in another order: those of so many groups by turns (Zhang et al. 2017).
    Shuffle {
        /// How many groups.
        groups: usize,
    },
    /// Enlarged or reduced by interpolation.
    Resize(Resize),
    /// All values as features, in the order channel, row, column.
    Flatten,
    /// The same values as a map of another shape, in the order channel, row, column.
    Reshape(Shape),
    /// Softmax over the channels.
    Softmax,
    /// Each channel times `scale` plus `shift`, numbers of the graph itself; for a normalisation of the input.
    Constants {
        /// Factor of each channel.
        scale: Vec<f32>,
        /// What is added to each channel, after the factor.
        shift: Vec<f32>,
    },
}

/// How much of an axis one place of the result reads: first and last place.
type Ends = (usize, usize);

impl Op {
    /// Shape of the result, from the shapes of what it reads. All arithmetic is on numbers that are checked to be at most
    /// [`MAX_SIZE`] before.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        match self {
            Self::Add | Self::Multiply | Self::Concatenate => return self.of_several(inputs),
            _ => {}
        }
        let [input] = *inputs else { return Err(Misfit::Inputs { found: inputs.len(), least: 1, most: 1 }) };
        match self {
            Self::Convolution(op) => op.shape(input),
            Self::TransposedConvolution(op) => op.shape(input),
            Self::Linear(op) => op.shape(input),
            Self::MaxPool(op) => op.shape(input),
            Self::AveragePool(op) => op.shape(input),
            Self::Activation(op) => op.check().map(|()| input),
            Self::BatchNorm(op) => op.check().map(|()| input),
            Self::LocalResponseNorm(op) => op.check().map(|()| input),
            Self::LayerNorm(op) => op.check().map(|()| input),
            Self::Resize(op) => op.shape(input),
            Self::GlobalAverage => Ok(Shape::features(input.channels)),
            Self::Flatten => input.values().map(Shape::features).ok_or(Misfit::Large),
            Self::Reshape(shape) if shape.values() == input.values() => Ok(*shape),
            Self::Reshape(shape) => Err(Misfit::Reshape { from: input, to: *shape }),
            Self::Constants { scale, shift } => arithmetic::check_constants(scale, shift, input),
            Self::Slice { from, to } => arithmetic::check_slice(*from, *to, input),
            Self::Shuffle { groups } => arithmetic::check_shuffle(*groups, input),
            Self::Softmax | Self::Add | Self::Multiply | Self::Concatenate => Ok(input),
        }
    }

    /// Names and shapes of its arrays, from the shapes of what it reads and of its result.
    pub fn weights(&self, inputs: &[Shape], output: Shape) -> Vec<(&'static str, Vec<usize>)> {
        let Some(input) = inputs.first() else { return Vec::new() };
        match self {
            Self::Convolution(op) => op.weights(*input),
            Self::TransposedConvolution(op) => op.weights(*input),
            Self::Linear(op) => op.weights(*input),
            Self::BatchNorm(_) => {
                ["weight", "bias", "running_mean", "running_var"].map(|name| (name, vec![output.channels])).to_vec()
            }
            Self::LayerNorm(_) => ["weight", "bias"].map(|name| (name, vec![output.channels])).to_vec(),
            _ => Vec::new(),
        }
    }

    /// Values that it holds on the device beside its arrays, from the shape of what it reads: a resize's matrices.
    pub(super) fn matrices(&self, inputs: &[Shape]) -> usize {
        match (self, inputs.first()) {
            (Self::Resize(op), Some(input)) => op.matrices(*input),
            _ => 0,
        }
    }

    /// Values that it may need for a moment beside what it reads and its result: a convolution's unfolded windows, and a copy
    /// of what it reads with its padding. `None` where they overflow.
    pub(super) fn windows(&self, inputs: &[Shape], output: Shape) -> Option<usize> {
        match (self, inputs.first()) {
            (Self::Convolution(op), Some(input)) => op.windows(*input, output),
            (Self::TransposedConvolution(op), Some(input)) => op.windows(*input, output),
            (Self::MaxPool(op), Some(input)) => padded(*input, &op.padding),
            (Self::AveragePool(op), Some(input)) => padded(*input, &op.padding),
            (Self::LocalResponseNorm(op), Some(input)) => {
                input.channels.checked_add(op.size)?.checked_mul(input.height)?.checked_mul(input.width)
            }
            _ => Some(0),
        }
    }

    /// The places of an input's axis (0 for rows, 1 for columns) of `from` places that decide the places `ends` of the
    /// result's axis of `to`. `None` where all of them are padding.
    pub(super) fn reads(&self, ends: Ends, axis: usize, from: usize, to: usize) -> Option<Ends> {
        match self {
            Self::Convolution(op) => op.reads(ends, axis, from),
            Self::TransposedConvolution(op) => op.reads(ends, axis, from),
            Self::MaxPool(op) => op.reads(ends, axis, from),
            Self::AveragePool(op) => op.reads(ends, axis, from),
            Self::Resize(op) => Some(op.reads(ends, from, to)),
            Self::Linear(_) | Self::GlobalAverage | Self::Flatten | Self::Reshape(_) => Some((0, from.checked_sub(1)?)),
            // One position for all of the others.
            Self::Multiply if from == 1 => Some((0, 0)),
            _ => Some(ends),
        }
    }
}

/// An operation with its arrays on a device: from the maps `[batch, channels, height, width]` that it was checked with to
/// its result.
#[cfg(feature = "networks")]
pub(super) type Computation = Box<dyn Fn(&[Tensor<4>]) -> Tensor<4>>;

#[cfg(feature = "networks")]
impl Op {
    /// Takes its arrays out of the weights, in the order of [`weights`](Self::weights). `inputs` are the shapes that it was
    /// checked with, and `output` what that gave.
    pub(super) fn take(
        &self,
        name: &str,
        inputs: &[Shape],
        output: Shape,
        weights: &mut Weights,
    ) -> Result<Vec<(String, Array)>, WeightsError> {
        let take = |(kind, shape): (&str, Vec<usize>)| {
            let name = format!("{name}.{kind}");
            let array = weights.take(&name, &shape)?;
            Ok((name, array))
        };
        self.weights(inputs, output).into_iter().map(take).collect()
    }

    /// Puts its arrays, those of [`take`](Self::take), onto the device, and computes what it needs only once.
    pub(super) fn load(
        &self,
        arrays: &[(String, Array)],
        inputs: &[Shape],
        output: Shape,
        device: &Device,
    ) -> Computation {
        let input = inputs[0];
        match self {
            Self::Convolution(op) => op.load(arrays, device),
            Self::TransposedConvolution(op) => op.load(arrays, device),
            Self::Linear(op) => op.load(arrays, device),
            Self::Activation(op) => of_one(*op, |op, x| op.forward(x)),
            Self::MaxPool(op) => of_one(op.clone(), |op, x| op.forward(x)),
            Self::AveragePool(op) => of_one(op.clone(), |op, x| op.forward(x)),
            Self::GlobalAverage => of_one((), |(), x| x.mean_dims(&[2, 3])),
            Self::BatchNorm(op) => op.load(arrays, device),
            Self::LocalResponseNorm(op) => of_one(*op, |op, x| op.forward(x)),
            Self::LayerNorm(op) => op.load(arrays, device),
            Self::Add => Box::new(|inputs| inputs[1..].iter().fold(inputs[0].clone(), |sum, x| sum + x.clone())),
            Self::Multiply => Box::new(|inputs| inputs[0].clone() * inputs[1].clone()),
            Self::Concatenate => Box::new(|inputs| Tensor::cat(inputs.to_vec(), 1)),
            Self::Slice { from, to } => of_one((*from, to - from), |(from, count), x| x.narrow(1, *from, *count)),
            Self::Shuffle { groups } => of_one(*groups, |groups, x| {
                let [batch, channels, height, width] = x.dims();
                let grouped = x.reshape([batch, *groups, channels / groups, height * width]);
                grouped.swap_dims(1, 2).reshape([batch, channels, height, width])
            }),
            Self::Resize(op) => op.load(input, device),
            Self::Flatten | Self::Reshape(_) => of_one(output, |shape, x| {
                let [batch, ..] = x.dims();
                x.reshape([batch, shape.channels, shape.height, shape.width])
            }),
            Self::Softmax => of_one((), |(), x| burn::tensor::activation::softmax(x, 1)),
            Self::Constants { scale, shift } => {
                of_one((of_channels(scale, device), of_channels(shift, device)), |(scale, shift), x| {
                    x * scale.clone() + shift.clone()
                })
            }
        }
    }
}

/// A computation on one input, with what it needs.
#[cfg(feature = "networks")]
fn of_one<T: 'static>(op: T, forward: impl Fn(&T, Tensor<4>) -> Tensor<4> + 'static) -> Computation {
    Box::new(move |inputs| forward(&op, inputs[0].clone()))
}

/// A number for each channel, on the device: `[1, channels, 1, 1]`.
#[cfg(feature = "networks")]
fn of_channels(values: &[f32], device: &Device) -> Tensor<4> {
    Tensor::<1>::from_floats(values, device).reshape([1, values.len(), 1, 1])
}

/// Values of a map with its padding; `None` where they overflow.
fn padded(input: Shape, padding: &[[usize; 2]; 2]) -> Option<usize> {
    let side = |side: usize, [before, after]: [usize; 2]| side.checked_add(before)?.checked_add(after);
    let places = side(input.height, padding[0])?.checked_mul(side(input.width, padding[1])?)?;
    input.channels.checked_mul(places)
}

/// Refuses a number above [`MAX_SIZE`].
fn size(field: &'static str, number: usize) -> Result<(), Misfit> {
    if number <= MAX_SIZE { Ok(()) } else { Err(number_of(field, number, Bound::Within(0, MAX_SIZE))) }
}

/// Refuses 0 and a number above [`MAX_SIZE`].
fn count(field: &'static str, number: usize) -> Result<(), Misfit> {
    if (1..=MAX_SIZE).contains(&number) { Ok(()) } else { Err(number_of(field, number, Bound::Within(1, MAX_SIZE))) }
}

/// Refuses a number that is not positive and finite.
fn positive(field: &'static str, number: f32) -> Result<(), Misfit> {
    if number.is_finite() && number > 0.0 { Ok(()) } else { Err(number_of(field, number, Bound::Positive)) }
}

fn number_of(field: &'static str, found: impl ToString, bound: Bound) -> Misfit {
    Misfit::Number { field, found: found.to_string(), bound }
}

#[cfg(all(test, feature = "networks"))]
mod tests;
