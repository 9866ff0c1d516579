//! An array where it lies in a file.

use std::ops::Range;

use half::{bf16, f16};

/// Most sides of an array; those of networks have 5 at most.
pub(super) const MOST_SIDES: usize = 8;

/// What kind of number an array holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    Bf16,
    F32,
    F64,
    /// One that no weight has: its name, and how many bytes one takes.
    Other(String, usize),
}

impl Number {
    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::F32 => "F32",
            Self::F64 => "F64",
            Self::Other(name, _) => name,
        }
    }

    /// Bytes of one.
    pub fn size(&self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Other(_, size) => *size,
        }
    }
}

/// An array that has not been read.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub dims: Vec<usize>,
    /// How many values lie between neighbours along each side.
    strides: Vec<usize>,
    /// The file's byte at which the first value begins.
    start: usize,
    pub number: Number,
}

impl Stored {
    /// An array within a storage, which has these bytes of the file; `None` where it is not within it, or has more values
    /// than the storage.
    pub fn new(
        dims: Vec<usize>,
        strides: Vec<usize>,
        offset: usize,
        storage: &Range<usize>,
        number: Number,
    ) -> Option<Self> {
        if dims.len() != strides.len() || dims.len() > MOST_SIDES {
            return None;
        }
        let size = number.size();
        let room = storage.len() / size.max(1);
        let count = dims.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))?;
        if count > room {
            return None;
        }
        if count > 0 {
            let reach = dims
                .iter()
                .zip(&strides)
                .try_fold(offset, |reach, (side, stride)| reach.checked_add((side - 1).checked_mul(*stride)?));
            reach.filter(|reach| *reach < room)?;
        }
        // Of an empty array no value is ever looked for.
        let start = if count > 0 { storage.start + offset * size } else { storage.start };
        Some(Self { dims, strides, start, number })
    }

    /// An array that has all these bytes of the file, row by row.
    pub fn whole(dims: Vec<usize>, bytes: &Range<usize>, number: Number) -> Option<Self> {
        let mut strides = vec![1; dims.len()];
        for place in (1..dims.len()).rev() {
            strides[place - 1] = dims[place].checked_mul(strides[place])?;
        }
        Self::new(dims, strides, 0, bytes, number)
    }

    /// An array of which nothing is read.
    pub fn unread(mut dims: Vec<usize>, number: Number) -> Self {
        dims.truncate(MOST_SIDES);
        Self { dims, strides: Vec::new(), start: 0, number }
    }

    /// Whether its numbers are of a kind that is read.
    pub fn is_read(&self) -> bool {
        !matches!(self.number, Number::Other(..))
    }

    /// How many values it has, where its kind is read; that they are no more than memory has was seen when it was made.
    pub fn count(&self) -> usize {
        self.dims.iter().product()
    }

    /// Its values, row by row; `None` where they are of a kind that no weight has.
    pub fn values(&self, file: &[u8]) -> Option<Vec<f32>> {
        match self.number {
            Number::F16 => self.gathered(file, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Number::Bf16 => self.gathered(file, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Number::F32 => self.gathered(file, f32::from_le_bytes),
            Number::F64 => self.gathered(file, |bytes| f64::from_le_bytes(bytes) as f32),
            Number::Other(..) => None,
        }
    }

    fn gathered<const N: usize>(&self, file: &[u8], number: impl Fn([u8; N]) -> f32) -> Option<Vec<f32>> {
        let numbers = file.get(self.start..)?.as_chunks::<N>().0;
        let mut values = Vec::with_capacity(self.count());
        let mut at = vec![0_usize; self.dims.len()];
        for _ in 0..self.count() {
            let place: usize = at.iter().zip(&self.strides).map(|(at, stride)| at * stride).sum();
            values.push(number(*numbers.get(place)?));
            // The next place: the last side first, and the one before it where that is at its end.
            for (at, side) in at.iter_mut().zip(&self.dims).rev() {
                *at += 1;
                if *at < *side {
                    break;
                }
                *at = 0;
            }
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        (0..6_u8).flat_map(|value| f32::from(value).to_le_bytes()).collect()
    }

    #[test]
    fn an_array_is_read_row_by_row_however_it_lies() {
        let values = |dims: &[usize], strides: &[usize], offset| {
            let stored = Stored::new(dims.to_vec(), strides.to_vec(), offset, &(0..24), Number::F32);
            stored.and_then(|stored| stored.values(&file()))
        };
        assert_eq!(values(&[2, 3], &[3, 1], 0), Some(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        assert_eq!(values(&[3, 2], &[1, 3], 0), Some(vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        assert_eq!(values(&[2], &[2], 3), Some(vec![3.0, 5.0]));
        assert_eq!(values(&[], &[], 4), Some(vec![4.0]));
        assert_eq!(values(&[0, 3], &[3, 1], usize::MAX), Some(Vec::new()));
    }

    #[test]
    fn an_array_that_does_not_lie_in_its_storage_is_none() {
        let of = |dims: &[usize], strides: &[usize], offset| {
            Stored::new(dims.to_vec(), strides.to_vec(), offset, &(0..24), Number::F32).is_some()
        };
        assert!(!of(&[2], &[2], 4));
        assert!(!of(&[2, usize::MAX], &[1, 1], 0));
        assert!(!of(&[2], &[usize::MAX], 0));
        assert!(!of(&[1], &[1], usize::MAX));
        // One value many times, which takes more memory than the file does.
        assert!(!of(&[7], &[0], 0));
        assert!(!of(&[1], &[1, 1], 0));
    }
}
