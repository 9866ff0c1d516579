//! The networks compute what PyTorch computes from the same weights.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use burn::tensor::Device;
use common::{Reference, floats, relative_error, root, shipped};
use dgn::nets::{
    config::{ClassifierConfig, LayerKind},
    weights::{Weights, WeightsError},
};
use safetensors::SafeTensors;

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

/// The made-up CaffeNet of the fixtures: its description and weights.
fn caffenet(reference: &Reference) -> (ClassifierConfig, Weights) {
    let bytes = std::fs::read(root().join("tests/fixtures/caffenet.safetensors")).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let config = serde_json::from_str(&header.metadata().as_ref().unwrap()["architecture"]).unwrap();
    let mut weights = Weights::default();
    for (name, (shape, values)) in reference.arrays() {
        if name.starts_with("conv") || name.starts_with("fc") {
            weights.insert(name, shape.clone(), values.clone());
        }
    }
    (config, weights)
}

#[test]
fn a_caffenet_computes_in_every_layer_what_pytorch_computes() {
    let reference = Reference::read("caffenet");
    let (config, weights) = caffenet(&reference);
    let image = [3, 21, 18];
    let (layers, parameters) = config.check(image).unwrap();
    assert_eq!(parameters, weights.shapes().map(|(_, shape)| shape.iter().product::<usize>()).sum::<usize>());
    let network = config.init(image, weights, &Device::flex()).unwrap();
    let names: Vec<_> = layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["conv1", "conv2", "conv3", "fc4", "fc5"]);
    let seen = network.forward(reference.tensor("input", &Device::flex()), &names);
    for (layer, tap) in layers.iter().zip(seen.taps) {
        assert_eq!(tap.dims(), [2, layer.units, layer.map[0], layer.map[1]], "{}", layer.name);
        let wanted = reference.values(&format!("seen.{}", layer.name));
        assert!(relative_error(&floats(tap), wanted) < 1e-5, "{}", layer.name);
    }
    assert!(relative_error(&floats(seen.logits), reference.values("seen.fc5")) < 1e-5);
}

#[test]
fn a_caffenet_that_does_not_fit_is_refused() {
    let reference = Reference::read("caffenet");
    // Made for images of 21×18: a larger one has more features than the first fully connected layer reads.
    let (config, weights) = caffenet(&reference);
    assert!(
        matches!(config.init([3, 64, 64], weights, &Device::flex()), Err(WeightsError::Shape { name, .. }) if name == "fc4.weight")
    );
    // On a small one the last convolution finds nothing to stand on.
    let (config, weights) = caffenet(&reference);
    assert!(config.check([3, 5, 5]).is_err());
    assert!(matches!(config.init([3, 5, 5], weights, &Device::flex()), Err(WeightsError::Impossible(_))));
    let (ClassifierConfig::Caffenet(mut caffenet), _) = caffenet(&reference) else { panic!("another kind") };
    caffenet.pooled.push("conv9".into());
    assert!(ClassifierConfig::Caffenet(caffenet).check([3, 21, 18]).unwrap_err().to_string().contains("conv9"));
}
