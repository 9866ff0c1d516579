//! Graphs that nobody would write: made by proptest, mutilated as text, and kept in `corpus`.

use burn::tensor::{Device, Distribution, Tensor};
use proptest::{collection::vec, prelude::*, sample::select, strategy::ValueTree};

use super::*;
use crate::nets::{
    ops::{
        Activation, AveragePool, BatchNorm, Convolution, Filter, FullyConnected, LayerNorm, LocalResponseNorm, MaxPool,
        Resize, TransposedConvolution,
    },
    weights::Weights,
};

/// A number for a size: mostly one of a small network, so that deep graphs are reached, now and then one of none.
fn size() -> impl Strategy<Value = usize> + Clone {
    let odd = select(vec![0, 64, 4097, MAX_SIZE, MAX_SIZE + 1, usize::MAX / 2, usize::MAX]);
    prop_oneof![60 => 1..=4_usize, 6 => 5..=9_usize, 1 => odd]
}

fn padding() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![30 => 0..=2_usize, 1 => size()]
}

fn two<T: std::fmt::Debug>(of: impl Strategy<Value = T> + Clone) -> impl Strategy<Value = [T; 2]> + Clone {
    (of.clone(), of).prop_map(|(a, b)| [a, b])
}

fn shape() -> impl Strategy<Value = Shape> {
    let side = prop_oneof![40 => 1..=16_usize, 1 => size()];
    (side.clone(), side.clone(), side).prop_map(|(c, h, w)| Shape::map(c, h, w))
}

fn number() -> impl Strategy<Value = f32> + Clone {
    prop_oneof![9 => 0.01..2.0_f32, 1 => any::<f32>()]
}

fn activation() -> impl Strategy<Value = Activation> {
    let simple = [
        Activation::Relu,
        Activation::Sigmoid,
        Activation::Silu,
        Activation::HardSigmoid,
        Activation::HardSwish,
        Activation::Tanh,
        Activation::Gelu,
    ];
    prop_oneof![
        select(simple.to_vec()),
        number().prop_map(|slope| Activation::LeakyRelu { slope }),
        (number(), number()).prop_map(|(low, high)| Activation::Clip { low, high }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let groups = || prop_oneof![8 => Just(1), 1 => size()];
    let stride = || prop_oneof![20 => 1..=3_usize, 1 => size()];
    let paddings = || two(two(padding()));
    let convolution = (size(), two(size()), two(stride()), paddings(), two(stride()), groups(), any::<bool>());
    let transposed = (size(), two(size()), two(stride()), two(padding()), two(padding()), groups(), any::<bool>());
    prop_oneof![
        3 => convolution.prop_map(|(channels, kernel, stride, padding, dilation, groups, bias)| {
            Op::Convolution(Convolution { channels, kernel, stride, padding, dilation, groups, bias })
        }),
        3 => transposed.prop_map(|(channels, kernel, stride, padding, output_padding, groups, bias)| {
            let op = TransposedConvolution { channels, kernel, stride, padding, output_padding, groups, bias };
            Op::TransposedConvolution(op)
        }),
        1 => (size(), any::<bool>()).prop_map(|(units, bias)| Op::Linear(FullyConnected { units, bias })),
        2 => activation().prop_map(Op::Activation),
        1 => (two(size()), two(stride()), paddings())
            .prop_map(|(kernel, stride, padding)| Op::MaxPool(MaxPool { kernel, stride, padding })),
        1 => (two(size()), two(stride()), paddings(), any::<bool>()).prop_map(|(kernel, stride, padding, count)| {
            Op::AveragePool(AveragePool { kernel, stride, padding, count_padding: count })
        }),
        1 => number().prop_map(|epsilon| Op::BatchNorm(BatchNorm { epsilon })),
        1 => number().prop_map(|epsilon| Op::LayerNorm(LayerNorm { epsilon })),
        1 => (size(), number(), number(), number())
            .prop_map(|(size, alpha, beta, k)| Op::LocalResponseNorm(LocalResponseNorm { size, alpha, beta, k })),
        2 => (size(), size(), select(vec![Filter::Nearest, Filter::Bilinear]))
            .prop_map(|(height, width, filter)| Op::Resize(Resize { height, width, filter })),
        1 => shape().prop_map(Op::Reshape),
        1 => (vec(number(), 0..4), vec(number(), 0..4)).prop_map(|(scale, shift)| Op::Constants { scale, shift }),
        1 => select(vec![Op::GlobalAverage, Op::Flatten, Op::Softmax]),
        1 => (size(), size()).prop_map(|(from, to)| Op::Slice { from, to }),
        1 => size().prop_map(|groups| Op::Shuffle { groups }),
        3 => select(vec![Op::Add, Op::Multiply, Op::Concatenate]),
    ]
}

/// Graphs of up to eight nodes, each of which reads as many as it needs of those before it; now and then another number, or
/// what is not there.
fn graph() -> impl Strategy<Value = Graph> {
    let node =
        (op(), vec(any::<prop::sample::Index>(), 3), prop_oneof![12 => Just(None), 1 => (0..4_usize).prop_map(Some)]);
    (shape(), vec(node, 1..=8)).prop_map(|(input, nodes)| {
        let mut graph = Graph { input, nodes: Vec::new() };
        for (number, (mut op, picks, other)) in nodes.into_iter().enumerate() {
            let wanted = usize::from(matches!(op, Op::Add | Op::Multiply | Op::Concatenate)) + 1;
            let inputs = picks.iter().cycle().take(other.unwrap_or(wanted));
            // The nodes before it and the input; with another number of inputs its own name and a later one too.
            let names = number + 1 + 2 * usize::from(other.is_some());
            let inputs = inputs.map(|pick| match pick.index(names) {
                0 => INPUT.to_owned(),
                place => (place - 1).to_string(),
            });
            let inputs: Vec<String> = inputs.collect();
            // By chance hardly any shape has as many values, and hardly any constants are as many as the channels.
            let read = inputs.first().and_then(|name| graph.clone().check().ok()?.shape(name)).unwrap_or(input);
            match &mut op {
                Op::Reshape(to) if to.channels % 4 != 0 => *to = Shape::map(read.height, read.width, read.channels),
                Op::Constants { scale, shift } if scale.len() % 2 == 0 && read.channels <= 64 => {
                    scale.resize(read.channels, 0.5);
                    shift.resize(read.channels, -0.5);
                }
                _ => {}
            }
            graph.nodes.push(Node { name: number.to_string(), inputs, op, layer: Some(LayerKind::Output) });
        }
        graph
    })
}

/// What a checked graph says of itself has to be so, and a small one can be computed, with its gradient.
fn answers(checked: Checked) {
    let (input, output) = (checked.graph().input, checked.output());
    assert!(output.values().unwrap() <= checked.activations());
    let last = checked.graph().nodes.last().unwrap().name.clone();
    if let Some(field) = checked.receptive_field(&last, [output.height - 1, output.width - 1]) {
        assert!(field.top + field.height <= input.height && field.left + field.width <= input.width);
    }
    let windows = checked.graph().nodes.iter().zip(checked.shapes()).map(|(node, shape)| {
        let inputs: Vec<Shape> = node.inputs.iter().map(|name| checked.read(checked.place(name))).collect();
        node.op.windows(&inputs, *shape).unwrap()
    });
    if windows.max().unwrap_or(0).max(checked.parameters()).max(checked.activations()) > 20_000 {
        return;
    }
    let (device, mut weights) = (Device::flex(), Weights::default());
    let graph = checked.graph().clone();
    for (node, shape) in graph.nodes.iter().zip(checked.shapes()) {
        let inputs: Vec<Shape> = node.inputs.iter().map(|name| checked.read(checked.place(name))).collect();
        for (name, shape) in node.op.weights(&inputs, *shape) {
            let values = vec![0.01; shape.iter().product()];
            weights.insert(format!("{}.{name}", node.name), shape, values);
        }
    }
    let shapes = checked.shapes().to_vec();
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    let network = checked.init(weights, &device).unwrap();
    let x =
        Tensor::<4>::random([2, input.channels, input.height, input.width], Distribution::Uniform(-1.0, 1.0), &device);
    let x = x.autodiff().require_grad();
    let outputs = network.forward(x.clone(), &names);
    for (tap, shape) in outputs.taps.iter().zip(&shapes) {
        assert_eq!(tap.dims(), [2, shape.channels, shape.height, shape.width]);
    }
    outputs.output.sum().backward();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn what_the_check_accepts_can_be_computed(graph in graph()) {
        if let Ok(checked) = graph.check() {
            answers(checked);
        }
    }

    /// A file of which a few bytes are others is read as a graph, or refused with a sentence.
    #[test]
    fn no_file_makes_the_reader_panic(
        graph in graph(),
        changes in vec((any::<prop::sample::Index>(), select(b"0129-.eE\"{}[],:nullx\\".to_vec())), 0..4),
    ) {
        let mut text = serde_json::to_vec(&graph).unwrap();
        for (place, byte) in changes {
            let place = place.index(text.len());
            text[place] = byte;
        }
        match serde_json::from_slice::<Graph>(&text) {
            Ok(graph) => match graph.check() {
                Ok(checked) => answers(checked),
                Err(error) => assert!(!error.to_string().is_empty()),
            },
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Of graphs made at random a good share has to be networks, or the test above would test nothing.
#[test]
fn a_good_share_of_the_graphs_are_networks() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let graphs = (0..1000).map(|_| graph().new_tree(&mut runner).unwrap().current());
    let (mut networks, mut kinds) = (0, std::collections::BTreeSet::new());
    for checked in graphs.filter_map(|graph| graph.check().ok()) {
        networks += 1;
        kinds.extend(checked.graph().nodes.iter().map(|node| format!("{:?}", std::mem::discriminant(&node.op))));
    }
    assert!(networks > 100, "only {networks} of 1000 graphs are networks");
    assert_eq!(kinds.len(), 20, "operations among them: {kinds:?}");
}

/// Files that are refused, each with the words that `refusals.txt` has of it, and files that are networks.
#[test]
fn the_corpus_is_refused_or_computed_as_it_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/nets/graph/corpus");
    let refusals = std::fs::read_to_string(folder.join("refusals.txt")).unwrap();
    let refusals: std::collections::BTreeMap<_, _> =
        refusals.lines().map(|line| line.split_once(": ").unwrap()).collect();
    let (mut refused, mut computed) = (0, 0);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let read = serde_json::from_slice::<Graph>(&std::fs::read(&path).unwrap());
        let checked = read.map_err(|error| error.to_string());
        let checked = checked.and_then(|graph| graph.check().map_err(|error| error.to_string()));
        match (refusals.get(name.as_str()), checked) {
            (None, Ok(checked)) => (answers(checked), computed += 1).0,
            (Some(refusal), Err(error)) => {
                assert!(error.contains(refusal), "{name}: {error}");
                refused += 1;
            }
            (None, Err(error)) => panic!("{name}: {error}"),
            (Some(_), Ok(_)) => panic!("{name} is a network"),
        }
    }
    assert_eq!(refused, refusals.len());
    assert!(computed >= 5, "{computed}");
}
