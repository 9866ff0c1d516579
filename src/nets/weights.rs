//! Named arrays on their way from a file into a network.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

pub use super::shape::WeightsError;

/// Named arrays of `f32`, row-major. A network takes out what it needs; [`finish`](Self::finish) says what is left.
#[derive(Debug, Default)]
pub struct Weights {
    arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    /// Adds an array; `values` has `shape`'s product of elements, which the reader of the file has checked.
    pub fn insert(&mut self, name: impl Into<String>, shape: Vec<usize>, values: Vec<f32>) {
        self.arrays.insert(name.into(), (shape, values));
    }

    /// Names and shapes of what is (still) here.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.arrays.iter().map(|(name, (shape, _))| (name.as_str(), shape.as_slice()))
    }

    /// Takes the array of that name and shape out as plain values.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::Shape`].
    pub fn take_values(&mut self, name: &str, wanted: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let (found, values) =
            self.arrays.remove(name).ok_or_else(|| WeightsError::Missing { name: name.to_owned() })?;
        if found != wanted {
            return Err(WeightsError::Shape { name: name.to_owned(), found, wanted: wanted.to_vec() });
        }
        // Whoever read the array has made sure of it; a tensor of another number of values would be a panic.
        if Some(values.len()) != wanted.iter().try_fold(1_usize, |product, side| product.checked_mul(*side)) {
            return Err(WeightsError::Shape { name: name.to_owned(), found: vec![values.len()], wanted: found });
        }
        Ok(values)
    }

    /// Takes the array of that name and shape out onto a device.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::Shape`].
    pub fn take<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Tensor<D>, WeightsError> {
        Ok(Tensor::from_data(TensorData::new(self.take_values(name, &shape)?, shape), device))
    }

    /// Takes a matrix `[rows, columns]` out as `[columns, rows]`, transposed in memory.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::Shape`].
    pub fn take_transposed(
        &mut self,
        name: &str,
        [rows, columns]: [usize; 2],
        device: &Device,
    ) -> Result<Tensor<2>, WeightsError> {
        let values = self.take_values(name, &[rows, columns])?;
        let transposed = (0..columns).flat_map(|c| values.iter().skip(c).step_by(columns).copied()).collect::<Vec<_>>();
        Ok(Tensor::from_data(TensorData::new(transposed, [columns, rows]), device))
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
        let matrix = two_by_three().take_transposed("w", [2, 3], &Device::flex()).unwrap();
        assert_eq!(matrix.dims(), [3, 2]);
        assert_eq!(matrix.into_data().try_to_vec::<f32>().unwrap(), [1., 4., 2., 5., 3., 6.]);
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
}
