//! Interpolation to another size.
//!
//! Interpolation is linear in the image and separate along rows and columns, so it is two products with constant
//! matrices, and its gradient is theirs on every engine.

use serde::{Deserialize, Serialize};

use super::{Ends, count, number_of};
use crate::nets::shape::{Bound, Misfit, Shape};

#[cfg(feature = "networks")]
use {
    super::{Computation, of_one},
    burn::tensor::{Device, Tensor, TensorData},
};

/// Enlarged or reduced to another height and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// Rows of the result.
    pub height: usize,
    /// Columns of the result.
    pub width: usize,
    /// How.
    pub filter: Filter,
}

/// How a value between the known ones is found. Pixels are areas: the first one's centre is at half a pixel (PyTorch's
/// `align_corners=False`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The value that is there.
    Nearest,
    /// Between the two values beside it, by distance; nothing is averaged where it is reduced.
    Bilinear,
}

/// Largest side of a result: the matrices are as large as old and new side together.
const MAX_RESIZED: usize = 4096;

impl Resize {
    pub(super) fn shape(&self, input: Shape) -> Result<Shape, Misfit> {
        for (field, side) in [("height", self.height), ("width", self.width)] {
            count(field, side)?;
        }
        for (field, side) in [
            ("height", self.height),
            ("width", self.width),
            ("input.height", input.height),
            ("input.width", input.width),
        ] {
            if side > MAX_RESIZED {
                return Err(number_of(field, side, Bound::Within(1, MAX_RESIZED)));
            }
        }
        Ok(Shape::map(input.channels, self.height, self.width))
    }

    /// Values of both matrices; the sides are at most [`MAX_RESIZED`].
    pub(super) fn matrices(self, input: Shape) -> usize {
        self.height * input.height + self.width * input.width
    }

    pub(super) fn reads(&self, (first, last): Ends, from: usize, to: usize) -> Ends {
        let ([first, ..], [.., last]) = (self.parts(first, from, to), self.parts(last, from, to));
        (first.0, last.0)
    }

    /// The two places of an axis of `from` that a place of one of `to` is made of, neighbours or the same, and their shares.
    pub fn parts(self, place: usize, from: usize, to: usize) -> [(usize, f32); 2] {
        let most = from.saturating_sub(1);
        let ratio = from as f64 / to as f64;
        match self.filter {
            Filter::Nearest => {
                let place = ((place as f64 * ratio) as usize).min(most);
                [(place, 1.0), (place, 0.0)]
            }
            Filter::Bilinear => {
                let at = ((place as f64 + 0.5) * ratio - 0.5).max(0.0);
                let below = (at as usize).min(most);
                let share = (at - below as f64).min(1.0) as f32;
                [(below, 1.0 - share), ((below + 1).min(most), share)]
            }
        }
    }
}

#[cfg(feature = "networks")]
impl Resize {
    pub(super) fn load(self, input: Shape, device: &Device) -> Computation {
        let rows = self.matrix(input.height, self.height);
        let columns = self.matrix(input.width, self.width);
        let turned = (0..input.width).flat_map(|from| columns.iter().skip(from).step_by(input.width).copied());
        let on_device = |values: Vec<f32>, rows, columns| {
            Tensor::<4>::from_data(TensorData::new(values, [1, 1, rows, columns]), device)
        };
        let turned = on_device(turned.collect(), input.width, self.width);
        of_one((on_device(rows, self.height, input.height), turned), |(rows, columns), x| {
            rows.clone().matmul(x).matmul(columns.clone())
        })
    }

    /// `[to, from]`, row-major: the share of each old place in each new one.
    fn matrix(self, from: usize, to: usize) -> Vec<f32> {
        let mut matrix = vec![0.0; to * from];
        for (place, row) in matrix.chunks_exact_mut(from).enumerate() {
            for (source, share) in self.parts(place, from, to) {
                if let Some(value) = row.get_mut(source) {
                    *value += share;
                }
            }
        }
        matrix
    }
}
