//! Numbers of a file.

use half::{bf16, f16};

use super::schema;
use crate::import::{Flaw, ImportError};

/// Numbers that a graph knows: weights, or sides of shapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub dims: Vec<usize>,
    pub numbers: Numbers,
}

/// Numbers of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    Floats(Vec<f32>),
    Ints(Vec<i64>),
}

/// Most whole numbers of one tensor: they are sides, places and the like.
const MOST_WHOLE: usize = 1 << 22;
/// Most values of one tensor.
const MOST_VALUES: usize = 1 << 27;

impl Tensor {
    /// Of a file.
    ///
    /// # Errors
    /// [`ImportError::External`], [`ImportError::Array`].
    pub fn read(tensor: &schema::Tensor) -> Result<Self, ImportError> {
        let flaw = |flaw: Flaw| ImportError::Array { name: tensor.name.clone(), flaw };
        if tensor.location == 1 {
            return Err(ImportError::External { array: tensor.name.clone() });
        }
        let dims = tensor.dims.iter().map(|side| usize::try_from(*side).ok()).collect::<Option<Vec<usize>>>();
        let dims = dims.ok_or_else(|| flaw(Flaw::Negative))?;
        // A side of none beside an endless one is endless for whoever goes along it.
        let most = if matches!(tensor.kind, 6 | 7 | 9) { MOST_WHOLE } else { MOST_VALUES };
        let reach = dims.iter().try_fold(1_usize, |count, side| count.checked_mul((*side).max(1)));
        reach.filter(|reach| *reach <= most).ok_or_else(|| flaw(Flaw::Large))?;
        let count: usize = dims.iter().product();
        let raw = &tensor.raw;
        let numbers = match tensor.kind {
            // float, float16, double, bfloat16
            1 if raw.is_empty() => Numbers::Floats(tensor.floats.clone()),
            1 => Numbers::Floats(pieces(raw, f32::from_le_bytes)),
            10 if raw.is_empty() => {
                let half = |bits: &i32| f16::from_bits(*bits as u16).to_f32();
                Numbers::Floats(tensor.ints.iter().map(half).collect())
            }
            10 => Numbers::Floats(pieces(raw, |bytes| f16::from_le_bytes(bytes).to_f32())),
            11 if raw.is_empty() => Numbers::Floats(tensor.doubles.iter().map(|value| *value as f32).collect()),
            11 => Numbers::Floats(pieces(raw, |bytes| f64::from_le_bytes(bytes) as f32)),
            16 => Numbers::Floats(pieces(raw, |bytes| bf16::from_le_bytes(bytes).to_f32())),
            // int32, int64, bool
            6 if raw.is_empty() => Numbers::Ints(tensor.ints.iter().map(|value| i64::from(*value)).collect()),
            6 => Numbers::Ints(pieces(raw, |bytes| i64::from(i32::from_le_bytes(bytes)))),
            7 if raw.is_empty() => Numbers::Ints(tensor.longs.clone()),
            7 => Numbers::Ints(pieces(raw, i64::from_le_bytes)),
            9 if raw.is_empty() => Numbers::Ints(tensor.ints.iter().map(|value| i64::from(*value)).collect()),
            9 => Numbers::Ints(raw.iter().map(|value| i64::from(*value)).collect()),
            _ => return Err(flaw(Flaw::Kind(tensor.kind))),
        };
        let found = match &numbers {
            Numbers::Floats(values) => values.len(),
            Numbers::Ints(values) => values.len(),
        };
        if found != count {
            return Err(flaw(Flaw::Values { found, wanted: count }));
        }
        if let Numbers::Floats(values) = &numbers
            && values.iter().any(|value| !value.is_finite())
        {
            return Err(flaw(Flaw::NotNumbers));
        }
        Ok(Self { dims, numbers })
    }

    /// A row of integers.
    pub fn ints(values: Vec<i64>) -> Self {
        Self { dims: vec![values.len()], numbers: Numbers::Ints(values) }
    }

    /// How many numbers it has.
    pub fn count(&self) -> usize {
        match &self.numbers {
            Numbers::Floats(values) => values.len(),
            Numbers::Ints(values) => values.len(),
        }
    }

    /// Its numbers as floats.
    pub fn floats(&self) -> Vec<f32> {
        match &self.numbers {
            Numbers::Floats(values) => values.clone(),
            Numbers::Ints(values) => values.iter().map(|value| *value as f32).collect(),
        }
    }

    /// Its integers; none where it has floats.
    pub fn integers(&self) -> Option<&[i64]> {
        match &self.numbers {
            Numbers::Ints(values) => Some(values),
            Numbers::Floats(_) => None,
        }
    }

    /// Its only number.
    pub fn single(&self) -> Option<f32> {
        if self.count() == 1 { self.floats().first().copied() } else { None }
    }
}

/// Numbers of so many bytes each, the lowest byte first.
fn pieces<const N: usize, T>(raw: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    raw.as_chunks().0.iter().map(|bytes| number(*bytes)).collect()
}
