//! Sums, products and rows of several values, and constants of each channel.

use super::{Op, count, number_of};
use crate::nets::shape::{Bound, Misfit, Shape};

impl Op {
    /// Shape of what reads several values.
    pub(super) fn of_several(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let found = inputs.len();
        let (Some(first), Some(second)) = (inputs.first(), inputs.get(1)) else {
            return Err(Misfit::Inputs { found, least: 2, most: usize::MAX });
        };
        match self {
            Self::Multiply => {
                if found != 2 {
                    return Err(Misfit::Inputs { found, least: 2, most: 2 });
                }
                let fits = first == second || *second == Shape::features(first.channels);
                if fits { Ok(*first) } else { Err(Misfit::Shapes { first: *first, second: *second }) }
            }
            Self::Concatenate => {
                let mut channels = 0_usize;
                for shape in inputs {
                    if (shape.height, shape.width) != (first.height, first.width) {
                        return Err(Misfit::Shapes { first: *first, second: *shape });
                    }
                    channels = channels.checked_add(shape.channels).ok_or(Misfit::Large)?;
                }
                Ok(Shape { channels, ..*first })
            }
            _ => match inputs.iter().find(|shape| *shape != first) {
                Some(second) => Err(Misfit::Shapes { first: *first, second: *second }),
                None => Ok(*first),
            },
        }
    }
}

/// Shape of some of the channels.
pub(super) fn check_slice(from: usize, to: usize, input: Shape) -> Result<Shape, Misfit> {
    if from >= to {
        return Err(number_of("from", from, Bound::Within(0, to.saturating_sub(1))));
    }
    if to > input.channels {
        return Err(number_of("to", to, Bound::Within(1, input.channels)));
    }
    Ok(Shape { channels: to - from, ..input })
}

/// Refuses groups that the channels cannot be divided into.
pub(super) fn check_shuffle(groups: usize, input: Shape) -> Result<Shape, Misfit> {
    count("groups", groups)?;
    if input.channels.is_multiple_of(groups) {
        Ok(input)
    } else {
        Err(Misfit::Groups { channels: input.channels, groups })
    }
}

/// Refuses constants that are not one finite number for each channel.
pub(super) fn check_constants(scale: &[f32], shift: &[f32], input: Shape) -> Result<Shape, Misfit> {
    for (field, constants) in [("scale", scale), ("shift", shift)] {
        if constants.len() != input.channels {
            return Err(Misfit::Constants { found: constants.len(), channels: input.channels });
        }
        if let Some(number) = constants.iter().find(|number| !number.is_finite()) {
            return Err(number_of(field, number, Bound::Finite));
        }
    }
    Ok(input)
}
