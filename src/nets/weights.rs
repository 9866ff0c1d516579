//! Named arrays, in as few bytes as their file has them, on their way into a network and in it.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;

pub use super::shape::WeightsError;

/// Named arrays, row-major. A network takes out what it needs; [`finish`](Self::finish) says what is left.
#[derive(Debug, Default)]
pub struct Weights {
    arrays: BTreeMap<String, Array>,
}

/// An array: what a file has of it, from which its values are made whenever somebody asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    shape: Vec<usize>,
    values: Values,
}

/// The values of an array, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// As they are.
    Floats(Vec<f32>),
    /// Floats of 16 bits, two bytes each, the lower one first.
    Halves(Vec<u8>),
    /// Integers of 8 bits, a byte each, and what they are multiplied by.
    Bytes(Vec<u8>, Scale),
    /// Integers of -32 to 31, four in three bytes, each with 32 added and the first in the lowest bits, and what they are
    /// multiplied by.
    Sixes(Vec<u8>, Scale),
}

/// What integers are multiplied by: value `i` by `factors[i / run mod number of factors]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// One at least.
    pub factors: Vec<f32>,
    /// How many values behind each other have the same; one at least.
    pub run: usize,
}

/// A matrix of integers.
#[derive(Debug, Clone, PartialEq)]
pub struct Integers {
    /// Row by row.
    pub values: Vec<i8>,
    /// What those of each row are multiplied by, or those of each place along another side.
    pub factors: Vec<f32>,
}

impl Scale {
    /// Of the value at a place.
    fn factor(&self, place: usize) -> f32 {
        let factor = self.factors.get(place / self.run.max(1) % self.factors.len().max(1));
        factor.copied().unwrap_or_default()
    }

    fn times(&self, integers: impl Iterator<Item = i8>) -> Vec<f32> {
        integers.enumerate().map(|(place, integer)| f32::from(integer) * self.factor(place)).collect()
    }
}

/// The integers of -32 to 31 in bytes that hold four in three.
fn unpacked(bytes: &[u8]) -> impl Iterator<Item = i8> {
    bytes.chunks_exact(3).flat_map(|b| {
        let whole = u32::from_le_bytes([b[0], b[1], b[2], 0]);
        [0, 6, 12, 18].map(|shift| (whole >> shift & 63) as i8 - 32)
    })
}

impl Array {
    /// With values that are as many as the shape has; none where they are not.
    pub fn new(shape: Vec<usize>, values: Values) -> Option<Self> {
        let count = shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))?;
        let fits = match &values {
            Values::Floats(values) => values.len() == count,
            Values::Halves(bytes) => Some(bytes.len()) == count.checked_mul(2),
            Values::Bytes(bytes, _) => bytes.len() == count,
            Values::Sixes(bytes, _) => Some(bytes.len()) == count.div_ceil(4).checked_mul(3),
        };
        fits.then_some(Self { shape, values })
    }

    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its values, row by row.
    pub fn values(&self) -> Vec<f32> {
        match &self.values {
            Values::Floats(values) => values.clone(),
            Values::Halves(bytes) => bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Values::Bytes(bytes, scale) => scale.times(bytes.iter().map(|byte| byte.cast_signed())),
            Values::Sixes(bytes, scale) => {
                let mut values = scale.times(unpacked(bytes));
                values.truncate(self.shape.iter().product());
                values
            }
        }
    }

    /// A matrix as integers, row by row, and what those of each row are multiplied by; an array of more sides as one whose rows
    /// are along the first. None where its values are no integers, or the factor changes within a row.
    pub fn integers(&self) -> Option<Integers> {
        self.integers_along(0)
    }

    /// The same with a factor for each place along another side, as transposed convolutions have one for each of their outputs,
    /// which are along the second.
    pub fn integers_along(&self, side: usize) -> Option<Integers> {
        let inner = self.shape.get(side + 1..)?;
        let (places, columns) = (self.shape[side], inner.iter().product::<usize>());
        if self.shape.len() < 2 {
            return None;
        }
        let (mut values, scale): (Vec<i8>, _) = match &self.values {
            Values::Bytes(bytes, scale) => (bytes.iter().map(|byte| byte.cast_signed()).collect(), scale),
            Values::Sixes(bytes, scale) => (unpacked(bytes).collect(), scale),
            Values::Floats(_) | Values::Halves(_) => return None,
        };
        values.truncate(self.shape.iter().product());
        let fits = match side {
            _ if scale.factors.len() == 1 => true,
            // The first side's places come once, so the factors may be those of several.
            0 => scale.run > 0 && scale.run.is_multiple_of(columns.max(1)),
            _ => scale.run == columns && scale.factors.len() == places,
        };
        if columns == 0 || !fits {
            return None;
        }
        let factors = (0..places).map(|place| scale.factor(place * columns)).collect();
        Some(Integers { values, factors })
    }

    /// On a device; its shape has so many sides.
    pub(super) fn tensor<const D: usize>(&self, device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.values(), self.shape.clone()), device)
    }

    /// A matrix `[rows, columns]` as `[columns, rows]` on a device, transposed in memory.
    pub(super) fn transposed(&self, device: &Device) -> Tensor<2> {
        let columns = self.shape.last().copied().unwrap_or(1).max(1);
        let values = self.values();
        let rows = values.len() / columns;
        let values = transposed(&values, rows, columns);
        Tensor::from_data(TensorData::new(values, [columns, rows]), device)
    }
}

impl Weights {
    /// Adds an array; `values` has `shape`'s product of elements, or nobody can take it out.
    pub fn insert(&mut self, name: impl Into<String>, shape: Vec<usize>, values: Vec<f32>) {
        self.add(name, Array { shape, values: Values::Floats(values) });
    }

    /// Adds an array.
    pub fn add(&mut self, name: impl Into<String>, array: Array) {
        self.arrays.insert(name.into(), array);
    }

    /// Names and shapes of what is (still) here.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.arrays.iter().map(|(name, array)| (name.as_str(), array.shape()))
    }

    /// Takes the array of that name and shape out.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::Shape`].
    pub fn take(&mut self, name: &str, wanted: &[usize]) -> Result<Array, WeightsError> {
        let Array { shape, values } =
            self.arrays.remove(name).ok_or_else(|| WeightsError::Missing { name: name.to_owned() })?;
        let misfit = |found| WeightsError::Shape { name: name.to_owned(), found, wanted: wanted.to_vec() };
        if shape != wanted {
            return Err(misfit(shape));
        }
        // Whoever read the array has made sure of it; a tensor of another number of values would be a panic.
        let count = if let Values::Floats(values) = &values { values.len() } else { 0 };
        Array::new(shape, values).ok_or_else(|| misfit(vec![count]))
    }

    /// The same as plain values.
    ///
    /// # Errors
    /// Those of [`take`](Self::take).
    pub fn take_values(&mut self, name: &str, wanted: &[usize]) -> Result<Vec<f32>, WeightsError> {
        Ok(self.take(name, wanted)?.values())
    }

    /// Lets an array go that nothing here needs, where there is one.
    pub fn leave(&mut self, name: &str) {
        self.arrays.remove(name);
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// [`WeightsError::Superfluous`].
    pub fn finish(self) -> Result<(), WeightsError> {
        if self.arrays.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.arrays.keys().take(3).cloned().collect();
        Err(WeightsError::Superfluous { more: self.arrays.len() - names.len(), names })
    }
}

/// A matrix `[rows, columns]` as `[columns, rows]`.
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    debug_assert_eq!(values.len(), rows * columns);
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_by_three() -> Weights {
        let mut weights = Weights::default();
        weights.insert("w", vec![2, 3], vec![1., 2., 3., 4., 5., 6.]);
        weights
    }

    #[test]
    fn a_matrix_is_transposed_in_memory() {
        let matrix = two_by_three().take("w", &[2, 3]).unwrap().transposed(&Device::flex());
        assert_eq!(matrix.dims(), [3, 2]);
        assert_eq!(matrix.into_data().try_to_vec::<f32>().unwrap(), [1., 4., 2., 5., 3., 6.]);
    }

    #[test]
    fn a_matrix_of_integers_has_a_factor_a_row_or_is_none() {
        let bytes: Vec<u8> = [1_i8, -2, 3, -4, 5, -6].map(i8::cast_unsigned).to_vec();
        let matrix = |factors: &[f32], run| {
            let values = Values::Bytes(bytes.clone(), Scale { factors: factors.to_vec(), run });
            Array::new(vec![2, 3], values).unwrap()
        };
        for (factors, run) in [(&[0.5_f32, 2.0] as &[f32], 3), (&[0.25], 1), (&[0.25], 6)] {
            let array = matrix(factors, run);
            let Integers { values, factors } = array.integers().unwrap();
            let values: Vec<f32> =
                values.iter().zip([0, 0, 0, 1, 1, 1]).map(|(i, row)| f32::from(*i) * factors[row]).collect();
            assert_eq!(values, array.values());
        }
        assert_eq!(matrix(&[1.0, 2.0, 3.0], 1).integers(), None);
        assert_eq!(matrix(&[1.0, 2.0, 3.0], 2).integers(), None);
        assert_eq!(
            Array::new(vec![6], Values::Bytes(bytes, Scale { factors: vec![1.0], run: 1 })).unwrap().integers(),
            None
        );
        assert_eq!(two_by_three().take("w", &[2, 3]).unwrap().integers(), None);
    }

    #[test]
    fn another_shape_or_name_is_refused_and_leftovers_are_named() {
        assert!(matches!(two_by_three().take_values("w", &[3, 2]), Err(WeightsError::Shape { .. })));
        assert!(matches!(two_by_three().take_values("v", &[2, 3]), Err(WeightsError::Missing { .. })));
        assert!(matches!(two_by_three().finish(), Err(WeightsError::Superfluous { .. })));
        let mut short = Weights::default();
        short.insert("w", vec![2, 3], vec![1.0; 5]);
        let wanted = WeightsError::Shape { name: "w".into(), found: vec![5], wanted: vec![2, 3] };
        assert_eq!(short.take_values("w", &[2, 3]), Err(wanted));
    }

    #[test]
    fn integers_are_multiplied_run_by_run() {
        let scale = |factors: &[f32], run| Scale { factors: factors.to_vec(), run };
        let bytes: Vec<u8> = [1_i8, 2, 3, -4, -5, 127].map(i8::cast_unsigned).to_vec();
        let values = |scale| Array::new(vec![2, 3], Values::Bytes(bytes.clone(), scale)).unwrap().values();
        assert_eq!(values(scale(&[1.0, 0.5], 3)), [1.0, 2.0, 3.0, -2.0, -2.5, 63.5]);
        assert_eq!(values(scale(&[1.0, 10.0, 0.0], 1)), [1.0, 20.0, 0.0, -4.0, -50.0, 0.0]);
        assert_eq!(values(scale(&[2.0], 1))[5], 254.0);
        let halves = [0.5_f32, -3.0].into_iter().flat_map(|value| f16::from_f32(value).to_le_bytes()).collect();
        assert_eq!(Array::new(vec![2], Values::Halves(halves)).unwrap().values(), [0.5, -3.0]);
    }

    #[test]
    fn as_many_values_as_the_shape_has_and_no_others() {
        let scale = || Scale { factors: vec![1.0], run: 1 };
        for shape in [vec![5], vec![usize::MAX, 2], vec![usize::MAX]] {
            assert_eq!(Array::new(shape.clone(), Values::Floats(vec![0.0; 6])), None);
            assert_eq!(Array::new(shape.clone(), Values::Halves(vec![0; 12])), None);
            assert_eq!(Array::new(shape.clone(), Values::Bytes(vec![0; 6], scale())), None);
            assert_eq!(Array::new(shape, Values::Sixes(vec![0; 3], scale())), None);
        }
    }
}
