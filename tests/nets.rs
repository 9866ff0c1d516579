//! The networks compute what PyTorch computes from the same weights.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::{Reference, floats, relative_error, root, shipped};
use dgn::nets::{
    Classifier, NetworkError,
    builders::ConfigError,
    config::ClassifierConfig,
    graph::{GraphError, Shape},
    layer::LayerKind,
    receptive_field::Region,
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

/// The pixels that a unit's gradient reaches are those of its receptive field and no others.
#[test]
fn the_receptive_field_is_where_the_gradient_reaches() {
    let reaches =
        |config: &ClassifierConfig, network: &dyn Classifier, image: [usize; 3], layer: &str, place: [usize; 2]| {
            let [channels, height, width] = image;
            // Some images, always the same: of each a pooling passes on other places.
            let (images, mut state) = (8, 1_u64);
            let pixels: Vec<f32> = std::iter::repeat_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1 << 24) as f32
            })
            .take(images * channels * height * width)
            .collect();
            let pixels = TensorData::new(pixels, [images, channels, height, width]);
            let pixels = Tensor::<4>::from_data(pixels, &Device::flex());
            let leaf = pixels.autodiff().require_grad();
            let tap = network.forward(leaf.clone(), &[layer]).taps.remove(0);
            let [_, units, _, _] = tap.dims();
            let at = tap.slice([0..images, 0..units, place[0]..place[0] + 1, place[1]..place[1] + 1]);
            let gradient = floats(leaf.grad(&at.sum().backward()).unwrap());
            let reached: Vec<[usize; 2]> = (0..height * width)
                .filter(|i| (0..images * channels).any(|plane| gradient[plane * height * width + i] != 0.0))
                .map(|i| [i / width, i % width])
                .collect();
            let field = config.receptive_field(image, layer, place).unwrap();
            let ends = |side: usize| {
                let places = reached.iter().map(|place| place[side]);
                (places.clone().min().unwrap(), places.max().unwrap())
            };
            let rows = (field.top, field.top + field.height - 1);
            let columns = (field.left, field.left + field.width - 1);
            // A pooling passes on one place of nine, so the outermost pixels of the field may have no part in any of them.
            for ((found, wanted), name) in [(ends(0), rows), (ends(1), columns)].into_iter().zip(["rows", "columns"]) {
                assert!(
                    found.0 >= wanted.0 && found.1 <= wanted.1,
                    "{layer} {place:?}: {name} {found:?} not in {wanted:?}"
                );
                let slack = found.0 - wanted.0 + wanted.1 - found.1;
                assert!(slack <= 4, "{layer} {place:?}: {name} {found:?} in {wanted:?}");
            }
        };
    let reference = Reference::read("caffenet");
    let (config, weights) = caffenet(&reference);
    let network = config.init([3, 21, 18], weights, &Device::flex()).unwrap();
    for (layer, place) in
        [("conv1", [0, 0]), ("conv1", [5, 3]), ("conv2", [2, 2]), ("conv2", [5, 4]), ("conv3", [1, 1])]
    {
        reaches(&config, network.as_ref(), [3, 21, 18], layer, place);
    }
    assert_eq!(
        config.receptive_field([3, 21, 18], "conv1", [5, 3]),
        Some(Region { top: 8, left: 4, height: 5, width: 5 })
    );
    assert_eq!(config.receptive_field([3, 21, 18], "conv1", [11, 0]), None);
    assert_eq!(config.receptive_field([3, 21, 18], "fc4", [0, 0]), None);

    let (manifest, model) = shipped();
    for (layer, place) in [("conv1", [32, 32]), ("layer1.0", [10, 20]), ("layer2.0", [8, 8])] {
        reaches(&manifest.classifiers[0].architecture, model.classifier.as_ref(), [3, 64, 64], layer, place);
    }
}

#[test]
fn a_caffenet_that_does_not_fit_is_refused() {
    let reference = Reference::read("caffenet");
    // Made for images of 21×18: a larger one has more features than the first fully connected layer reads.
    let (config, weights) = caffenet(&reference);
    assert!(
        matches!(config.init([3, 64, 64], weights, &Device::flex()), Err(NetworkError::Weights(WeightsError::Shape { name, .. })) if name == "fc4.weight")
    );
    // On a small one the last convolution finds nothing to stand on.
    let (config, weights) = caffenet(&reference);
    assert!(config.check([3, 5, 5]).is_err());
    assert!(matches!(config.init([3, 5, 5], weights, &Device::flex()), Err(NetworkError::Config(_))));
    let (ClassifierConfig::Caffenet(mut caffenet), _) = caffenet(&reference) else { panic!("another kind") };
    caffenet.pooled.push("conv9".into());
    let lost = ConfigError::LostPooling { convolution: "conv9".into() };
    assert_eq!(ClassifierConfig::Caffenet(caffenet).check([3, 21, 18]).unwrap_err(), lost);
}

/// A pack may hold the graph itself in place of the numbers that one is written from.
#[test]
fn a_graph_as_data_is_the_network_that_it_was_written_from() {
    let reference = Reference::read("caffenet");
    let (config, weights) = caffenet(&reference);
    let image = [3, 21, 18];
    let text = serde_json::to_string(&ClassifierConfig::Graph(config.graph(image))).unwrap();
    let read: ClassifierConfig = serde_json::from_str(&text).unwrap();
    assert_eq!(read.check(image).unwrap(), config.check(image).unwrap());
    // It is for images of one size.
    assert!(read.check([3, 21, 19]).is_err());
    let network = read.init(image, weights, &Device::flex()).unwrap();
    let logits = network.forward(reference.tensor("input", &Device::flex()), &[]).logits;
    assert!(relative_error(&floats(logits), reference.values("seen.fc5")) < 1e-5);
    let (_, weights) = caffenet(&reference);
    let other = read.init([3, 64, 64], weights, &Device::flex()).unwrap_err();
    assert_eq!(other, NetworkError::Config(ConfigError::Input(Shape::map(3, 21, 18))));
    // Its last layer, and no other, is the output.
    let ClassifierConfig::Graph(graph) = read else { panic!("another kind") };
    let with = |change: &dyn Fn(&mut Vec<dgn::nets::graph::Node>)| {
        let mut graph = graph.clone();
        change(&mut graph.nodes);
        ClassifierConfig::Graph(graph).check(image)
    };
    assert!(with(&|_| {}).is_ok());
    assert!(with(&|nodes| nodes.last_mut().unwrap().layer = None).is_err());
    assert!(with(&|nodes| nodes[0].layer = Some(LayerKind::Output)).is_err());
    assert!(with(&|nodes| nodes[0].layer = Some(LayerKind::FullyConnected)).is_err());
}

/// A view is known by its place: no name in a network makes a node of it one.
#[test]
fn nothing_in_a_network_is_taken_for_what_stands_before_it() {
    let (config, _) = caffenet(&Reference::read("caffenet"));
    let mut graph = config.graph([3, 21, 18]);
    let images = Shape::map(3, 42, 36);
    let half: dgn::nets::ops::Op = serde_json::from_value(serde_json::json!({
        "average_pool": { "kernel": [2, 2], "stride": [2, 2] }
    }))
    .unwrap();
    let viewed = graph.clone().check_behind(half.clone(), images).unwrap();
    assert_eq!((viewed.view(), viewed.graph().input), (Some(Shape::map(3, 21, 18)), images));
    assert_eq!(graph.clone().check().unwrap().view(), None);
    // What the view makes has to be what the network reads.
    let other = graph.clone().check_behind(half.clone(), Shape::map(3, 42, 40)).unwrap_err();
    assert_eq!(other, GraphError::View { found: Shape::map(3, 21, 20), wanted: Shape::map(3, 21, 18) });
    let name = viewed.graph().nodes[0].name.clone();
    let before = std::mem::replace(&mut graph.nodes[0].name, name.clone());
    for node in &mut graph.nodes {
        node.inputs.iter_mut().filter(|input| **input == before).for_each(|input| input.clone_from(&name));
    }
    assert_eq!(graph.clone().check().unwrap().view(), None);
    assert_eq!(graph.check_behind(half, images).unwrap_err(), GraphError::Twice { name });
}
