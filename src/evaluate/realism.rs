//! How far a set of pictures is from a set of real ones, in a classifier's features.

use burn::tensor::{Device, Tensor, TensorData};

use super::viewer;
use crate::engine::EngineError;

/// The kernel distance of Bińkowski et al. 2018 (KID): the unbiased estimate of the squared maximum mean discrepancy of
/// two sets of features, `[n, d]` and `[m, d]`, with the kernel `k(x, y) = (x·y / d + 1)³`. 0 is expected where both come
/// from the same distribution, whatever the sizes, so it may come out a little below 0; unlike the Fréchet distance it
/// is not biased for small sets. NaN for fewer than two features.
///
/// # Errors
/// [`EngineError::Readback`] where the device fails.
pub fn kernel_distance(found: &[Vec<f32>], real: &[Vec<f32>], device: &Device) -> Result<f32, EngineError> {
    let (n, m) = (found.len() as f64, real.len() as f64);
    if n < 2.0 || m < 2.0 {
        return Ok(f32::NAN);
    }
    let (x, y) = (matrix(found, device), matrix(real, device));
    let own = |x: &Tensor<2>, n: f64| -> Result<f64, EngineError> {
        let diagonal = sum(kernel(x.clone().powi_scalar(2).sum_dim(1), x.dims()[1]))?;
        Ok((total(x, x)? - diagonal) / (n * (n - 1.0)))
    };
    Ok((own(&x, n)? + own(&y, m)? - 2.0 * total(&x, &y)? / (n * m)) as f32)
}

fn matrix(rows: &[Vec<f32>], device: &Device) -> Tensor<2> {
    let columns = rows.first().map_or(0, Vec::len);
    Tensor::from_data(TensorData::new(rows.concat(), [rows.len(), columns]), device)
}

/// The kernel of some products of features of `d` dimensions.
fn kernel(products: Tensor<2>, d: usize) -> Tensor<2> {
    (products / d as f32 + 1.0).powi_scalar(3)
}

/// The kernel's sum over all pairs of a row of `x` and a row of `y`, a block at a time.
fn total(x: &Tensor<2>, y: &Tensor<2>) -> Result<f64, EngineError> {
    let ([n, d], across) = (x.dims(), y.clone().transpose());
    let block = |start: usize| {
        let part = x.clone().slice([start..n.min(start + 500), 0..d]);
        sum(kernel(part.matmul(across.clone()), d))
    };
    (0..n).step_by(500).map(block).sum()
}

/// In f64: the distance is a small difference of large sums.
fn sum(values: Tensor<2>) -> Result<f64, EngineError> {
    Ok(viewer::rows(values.sum_dim(1))?.iter().flatten().map(|&value| f64::from(value)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_formula_on_a_small_case() {
        // d = 1, k(x, y) = (xy + 1)³. X = {0, 1}, Y = {0, 2}:
        // own(X) = k(0, 1) = 1, own(Y) = k(0, 2) = 1, between: (1 + 1 + 1 + 27) / 4 = 7.5.
        let found = kernel_distance(&[vec![0.0], vec![1.0]], &[vec![0.0], vec![2.0]], &Device::flex()).unwrap();
        assert!((found - (1.0 + 1.0 - 15.0)).abs() < 1e-4, "{found}");
    }

    #[test]
    fn sets_of_one_distribution_are_near_and_others_far() {
        let set = |offset: u32, shift: f32| -> Vec<Vec<f32>> {
            // A multiplicative congruential generator spreads the values evenly.
            let value = |i: u32| ((i.wrapping_mul(2_654_435_761)) >> 8) as f32 / (1 << 24) as f32 + shift;
            (0..600).map(|i| (0..4).map(|j| value(offset + 4 * i + j)).collect()).collect()
        };
        let near = kernel_distance(&set(0, 0.0), &set(9_999, 0.0), &Device::flex()).unwrap();
        let far = kernel_distance(&set(0, 0.0), &set(9_999, 1.0), &Device::flex()).unwrap();
        assert!(near.abs() < 0.02 && far > 1.0, "{near} {far}");
        assert!(kernel_distance(&set(0, 0.0)[..1], &set(0, 0.0), &Device::flex()).unwrap().is_nan());
    }
    #[test]
    fn what_cannot_be_read_back_is_no_distance() {
        let matrix = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &Device::flex());
        assert_eq!(
            total(&matrix, &matrix).ok(),
            sum(kernel(matrix.clone().matmul(matrix.clone().transpose()), 2)).ok()
        );
        let unreadable = viewer::tests::unreadable(matrix);
        assert!(sum(unreadable.clone()).is_err() && total(&unreadable, &unreadable).is_err());
    }
}
