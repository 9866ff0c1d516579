//! The networks compute what PyTorch computes from the same weights.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use burn::tensor::Device;
use common::{Reference, floats, relative_error, shipped};
use dgn::nets::config::LayerKind;

/// f32 sums in another order differ by about 1e-5; anything wrong in a layer differs by far more.
const TOLERANCE: f32 = 1e-3;

#[test]
fn the_generator_draws_what_pytorch_draws() {
    let (reference, (_, model)) = (Reference::load(), shipped());
    let image = model.generator.forward(reference.tensor("code", &Device::flex()));
    assert_eq!(image.dims(), [2, 3, 64, 64]);
    assert!(relative_error(&floats(image), reference.values("image")) < TOLERANCE);
}

#[test]
fn the_classifier_answers_as_pytorch_answers() {
    let (reference, (_, model)) = (Reference::load(), shipped());
    let logits = floats(model.classifier.forward(reference.tensor("input", &Device::flex()), &[]).logits);
    assert!(relative_error(&logits, reference.values("logits")) < TOLERANCE);
}

/// Folding batch normalisation is exact up to rounding; 16-bit weights have 11 significant bits, and 20 layers of them
/// were seen to move logits by about 0.2 % of the largest.
#[test]
fn folding_and_rounding_leave_the_original_classifiers_answers() {
    let (reference, (_, model)) = (Reference::load(), shipped());
    let logits = floats(model.classifier.forward(reference.tensor("input", &Device::flex()), &[]).logits);
    assert!(relative_error(&logits, reference.values("original.logits")) < 1e-2);
}

#[test]
fn every_layer_is_read_where_pytorch_reads_it() {
    let (reference, (_, model)) = (Reference::load(), shipped());
    for layer in &model.layers {
        let seen = model.classifier.forward(reference.tensor("input", &Device::flex()), &[&layer.name]);
        let [tap] = seen.taps.as_slice() else { panic!("one tap was asked for") };
        let [height, width] = layer.map;
        assert_eq!(tap.dims(), [2, layer.units, height, width], "{}", layer.name);
        let name = match layer.kind {
            LayerKind::Convolutional => format!("{}.mean", layer.name),
            LayerKind::FullyConnected => layer.name.clone(),
            LayerKind::Output => "logits".to_owned(),
        };
        let mean = floats(tap.clone().mean_dims(&[2, 3]));
        assert!(relative_error(&mean, reference.values(&name)) < TOLERANCE, "{name}");
        if layer.kind == LayerKind::Convolutional {
            let (y, x) = (height / 2, width / 2);
            let centre = floats(tap.clone().slice([0..2, 0..layer.units, y..y + 1, x..x + 1]));
            let name = format!("{}.centre", layer.name);
            assert!(relative_error(&centre, reference.values(&name)) < TOLERANCE, "{name}");
        }
    }
}
