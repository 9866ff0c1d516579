//! What the tests of files with networks share.
#![allow(dead_code, reason = "each test file uses a part")]

use burn::tensor::{Device, Tensor};
use dgn::{
    import::Imported,
    nets::{graph::Network, weights::Weights},
};

/// The network on the processor.
pub fn network(imported: &Imported) -> Network {
    let mut weights = Weights::default();
    for (name, (shape, values)) in &imported.arrays {
        weights.insert(name.clone(), shape.clone(), values.clone());
    }
    imported.graph.clone().check().unwrap().init(weights, &Device::flex()).unwrap()
}

/// The values of a map, row by row.
pub fn floats(x: Tensor<4>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

/// The largest difference relative to the largest magnitude.
pub fn apart(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    found.iter().zip(wanted).fold(0.0_f32, |far, (a, b)| far.max((a - b).abs())) / largest
}
