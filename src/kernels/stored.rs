//! How weights lie on a graphics device: as integers of 8 bits where a network's file has no more of them. That is a quarter of the
//! memory, and as much less to read in every step; what is computed differs from the same with floats by rounding only.

use super::values::Reads;
use crate::nets::weights::Array;

/// How the numbers of an array lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// Each in 32 bits.
    Floats,
    /// A factor for each place along one side of the array, and behind all of these the integers that are multiplied by them, four in
    /// 32 bits, the first in the lowest.
    Bytes {
        /// How many factors.
        factors: usize,
        /// Along which side: the first, or the second as in transposed convolutions.
        along: usize,
    },
}

impl Stored {
    /// How an array is to lie, and its bytes so.
    pub fn of(array: &Array) -> (Self, Vec<u8>) {
        let sides = if array.shape().len() == 4 { 0..2 } else { 0..1 };
        let found = sides.into_iter().find_map(|along| Some((along, array.integers_along(along)?)));
        match found {
            Some((along, integers)) => {
                let factors = integers.factors.iter().flat_map(|factor| factor.to_le_bytes());
                let bytes = factors.chain(integers.values.iter().map(|value| value.cast_unsigned())).collect();
                (Self::Bytes { factors: integers.factors.len(), along }, bytes)
            }
            None => (Self::Floats, array.values().iter().flat_map(|value| value.to_le_bytes()).collect()),
        }
    }

    /// What stands before a program that reads such weights: their type `Weight`, what gives one or four of them, without their
    /// factor, the factor of a place, and whether the places are along the second side.
    pub fn preamble(self, reads: Reads) -> String {
        match (self, reads) {
            (Self::Floats, Reads::One) => FLOATS.to_owned(),
            (Self::Floats, Reads::Four) => FLOATS_BY_FOUR.to_owned(),
            (Self::Bytes { factors, along }, reads) => {
                let read = if reads == Reads::One { BYTES } else { BYTES_BY_FOUR };
                let second = along == 1;
                format!(
                    "const FACTORS_OF_WEIGHTS: u32 = {factors}u;\nconst ALONG_SECOND: bool = {second};\n{read}{FACTOR}"
                )
            }
        }
    }
}

const FLOATS: &str = "\
alias Weight = f32;
fn weight_at(at: u32) -> f32 { return weight[at]; }
const ALONG_SECOND: bool = false;
fn factor_of(place: u32) -> f32 { return 1.0; }
";
const FLOATS_BY_FOUR: &str = "\
alias Weight = vec4<f32>;
fn weights_at(at: u32) -> vec4<f32> { return weight[at]; }
const ALONG_SECOND: bool = false;
fn factor_of(place: u32) -> f32 { return 1.0; }
";
const BYTES: &str = "\
alias Weight = i32;
fn weight_at(at: u32) -> f32 { return f32(extractBits(weight[FACTORS_OF_WEIGHTS + at / 4u], 8u * (at % 4u), 8u)); }
";
const BYTES_BY_FOUR: &str = "\
alias Weight = i32;
fn weights_at(at: u32) -> vec4<f32> {
    let four = weight[FACTORS_OF_WEIGHTS + at];
    let low = vec2<i32>(extractBits(four, 0u, 8u), extractBits(four, 8u, 8u));
    let high = vec2<i32>(extractBits(four, 16u, 8u), extractBits(four, 24u, 8u));
    return vec4<f32>(vec2<f32>(low), vec2<f32>(high));
}
";
const FACTOR: &str = "\
fn factor_of(place: u32) -> f32 { return bitcast<f32>(weight[place]); }
";
