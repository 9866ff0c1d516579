//! Named arrays on their way from a file into a network.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

pub use super::shape::WeightsError;

/// Named arrays of `f32`, row-major. A network takes out what it needs; [`finish`](Self::finish) says what is left.
#[derive(Debug, Default)]
pub struct Weights {
    arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    placed: Vec<Placed>,
}

/// An array that a network has taken onto its device.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, all in a row.
    values: Tensor<1>,
    /// Whether they lie there column by column.
    transposed: bool,
}

impl Placed {
    /// Its values as they lie on the device.
    pub fn values(&self) -> Tensor<1> {
        self.values.clone()
    }

    /// Its values row by row, from how they lie on the device.
    pub fn row_major(&self, values: Vec<f32>) -> Vec<f32> {
        match *self.shape.as_slice() {
            [rows, columns] if self.transposed => transposed(&values, columns, rows),
            _ => values,
        }
    }
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
        let tensor = Tensor::from_data(TensorData::new(self.take_values(name, &shape)?, shape), device);
        self.place(name, &shape, &tensor, false);
        Ok(tensor)
    }

    fn place<const D: usize>(&mut self, name: &str, shape: &[usize], tensor: &Tensor<D>, transposed: bool) {
        let values = tensor.clone().reshape([shape.iter().product::<usize>()]);
        self.placed.push(Placed { name: name.to_owned(), shape: shape.to_vec(), values, transposed });
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
        let values = transposed(&self.take_values(name, &[rows, columns])?, rows, columns);
        let tensor = Tensor::from_data(TensorData::new(values, [columns, rows]), device);
        self.place(name, &[rows, columns], &tensor, true);
        Ok(tensor)
    }

    /// Lets an array go that nothing here needs, where there is one.
    pub fn leave(&mut self, name: &str) {
        self.arrays.remove(name);
    }

    /// Makes sure that nothing is left, and tells what was taken onto a device.
    ///
    /// # Errors
    /// [`WeightsError::Superfluous`].
    pub fn finish(self) -> Result<Vec<Placed>, WeightsError> {
        if self.arrays.is_empty() {
            return Ok(self.placed);
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
        let mut weights = two_by_three();
        let matrix = weights.take_transposed("w", [2, 3], &Device::flex()).unwrap();
        assert_eq!(matrix.dims(), [3, 2]);
        assert_eq!(matrix.into_data().try_to_vec::<f32>().unwrap(), [1., 4., 2., 5., 3., 6.]);
        // From the device it comes as it was.
        let [placed] = weights.finish().unwrap().try_into().unwrap();
        let values = placed.values().into_data().try_to_vec().unwrap();
        assert_eq!(
            (placed.shape.as_slice(), placed.row_major(values)),
            ([2, 3].as_slice(), vec![1., 2., 3., 4., 5., 6.])
        );
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
