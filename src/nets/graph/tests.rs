//! Graphs that are networks, and graphs that are none.

use super::*;
use crate::nets::ops::{Activation, AveragePool, Convolution, FullyConnected, MaxPool, Op, TransposedConvolution};

fn node(name: &str, op: Op, inputs: &[&str]) -> Node {
    Node { name: name.into(), op, inputs: inputs.iter().map(|&input| input.into()).collect(), layer: None }
}

fn relu(name: &str, input: &str) -> Node {
    node(name, Op::Activation(Activation::Relu), &[input])
}

fn graph(input: Shape, nodes: Vec<Node>) -> Graph {
    Graph { input, nodes }
}

const IMAGE: Shape = Shape::map(3, 8, 8);

#[test]
fn shapes_parameters_and_activations_are_counted() {
    let checked = graph(
        IMAGE,
        vec![
            node("conv", Op::Convolution(Convolution::square(4, 3, 2, 1)), &["input"]),
            relu("relu", "conv"),
            node("pool", Op::MaxPool(MaxPool::square(2, 2, 0)), &["relu"]),
            node("fc", Op::Linear(FullyConnected { units: 5, bias: false }), &["pool"]),
        ],
    )
    .check()
    .unwrap();
    assert_eq!(checked.shapes(), [Shape::map(4, 4, 4), Shape::map(4, 4, 4), Shape::map(4, 2, 2), Shape::features(5)]);
    assert_eq!(checked.parameters(), 4 * 3 * 9 + 4 + 5 * 16);
    assert_eq!(checked.activations(), 192 + 64 + 64 + 16 + 5);
    assert_eq!((checked.output(), checked.shape("pool")), (Shape::features(5), Some(Shape::map(4, 2, 2))));
}

#[test]
fn a_graph_that_is_no_network_is_refused_with_its_reason() {
    let refused = |nodes| graph(IMAGE, nodes).check().unwrap_err();
    let misfit = |op, inputs: &[&str]| match refused(vec![node("op", op, inputs)]) {
        GraphError::Misfit { reason, .. } => reason,
        other => panic!("{other}"),
    };
    assert_eq!(refused(vec![]), GraphError::Empty);
    assert!(matches!(refused(vec![relu("a", "b")]), GraphError::Missing { .. }));
    assert!(matches!(refused(vec![relu("a", "a")]), GraphError::Circle { .. }));
    assert!(matches!(refused(vec![relu("a", "b"), relu("b", "a")]), GraphError::Circle { .. }));
    assert!(matches!(refused(vec![relu("a", "input"), relu("a", "input")]), GraphError::Twice { .. }));
    assert!(matches!(refused(vec![relu("input", "input")]), GraphError::Twice { .. }));
    assert!(matches!(refused(vec![relu(&"a".repeat(1 << 20), "input")]), GraphError::Name { .. }));
    let many = (0..=MAX_NODES).map(|number| relu(&number.to_string(), "input")).collect();
    assert!(matches!(refused(many), GraphError::Nodes { .. }));

    let square = Convolution::square;
    assert!(matches!(misfit(Op::Convolution(square(4, 9, 1, 0)), &["input"]), Misfit::Kernel { .. }));
    assert!(matches!(misfit(Op::Convolution(square(4, 3, 0, 1)), &["input"]), Misfit::Number { field: "stride", .. }));
    assert!(matches!(misfit(Op::Convolution(square(0, 3, 1, 1)), &["input"]), Misfit::Number { .. }));
    let grouped = Convolution { groups: 2, ..square(4, 3, 1, 1) };
    assert!(matches!(misfit(Op::Convolution(grouped), &["input"]), Misfit::Groups { groups: 2, channels: 3 }));
    let huge = Convolution { padding: [[usize::MAX; 2]; 2], ..square(4, 3, 1, 1) };
    assert!(matches!(misfit(Op::Convolution(huge), &["input"]), Misfit::Number { field: "padding", .. }));
    let far = Convolution { dilation: [usize::MAX; 2], ..square(4, 3, 1, 1) };
    assert!(matches!(misfit(Op::Convolution(far), &["input"]), Misfit::Number { field: "dilation", .. }));
    let cut = TransposedConvolution::square(4, 2, 2, 9);
    assert!(matches!(misfit(Op::TransposedConvolution(cut), &["input"]), Misfit::Kernel { .. }));
    let added = TransposedConvolution { output_padding: [2, 0], ..TransposedConvolution::square(4, 2, 2, 0) };
    assert!(matches!(
        misfit(Op::TransposedConvolution(added), &["input"]),
        Misfit::Number { field: "output_padding", .. }
    ));
    assert_eq!(misfit(Op::MaxPool(MaxPool::square(3, 2, 2)), &["input"]), Misfit::Padding);
    assert_eq!(
        misfit(Op::Reshape(Shape::map(1, 1, 1)), &["input"]),
        Misfit::Reshape { from: IMAGE, to: Shape::map(1, 1, 1) }
    );
    let constants = Op::Constants { scale: vec![1.0; 2], shift: vec![0.0; 3] };
    assert_eq!(misfit(constants, &["input"]), Misfit::Constants { found: 2, channels: 3 });
    let constants = Op::Constants { scale: vec![1.0, f32::NAN, 1.0], shift: vec![0.0; 3] };
    assert!(matches!(misfit(constants, &["input"]), Misfit::Number { field: "scale", .. }));
    let clip = Op::Activation(Activation::Clip { low: 0.0, high: f32::NAN });
    assert!(matches!(misfit(clip, &["input"]), Misfit::Number { field: "high", .. }));
    assert!(matches!(misfit(Op::Add, &["input"]), Misfit::Inputs { found: 1, .. }));
    assert!(matches!(misfit(Op::Flatten, &[]), Misfit::Inputs { found: 0, .. }));
    let pooled = node("p", Op::AveragePool(AveragePool::square(2)), &["input"]);
    let unlike = refused(vec![pooled, node("sum", Op::Add, &["input", "p"])]);
    assert!(matches!(unlike, GraphError::Misfit { reason: Misfit::Shapes { .. }, .. }));
}

/// Ten gigabytes of activations, and weights that no machine holds, cost the check nothing.
#[test]
fn what_no_machine_holds_is_refused_before_it_is_allocated() {
    let wide = graph(Shape::map(3, 50_000, 50_000), vec![relu("a", "input")]);
    assert!(matches!(wide.check(), Err(GraphError::Activations { .. })));
    let deep = (0..2000).map(|number| {
        let before = if number == 0 { "input".to_owned() } else { (number - 1).to_string() };
        relu(&number.to_string(), &before)
    });
    let deep = graph(Shape::map(64, 128, 128), deep.collect());
    assert!(matches!(deep.check(), Err(GraphError::Activations { .. })));
    let heavy = node("a", Op::Linear(FullyConnected { units: MAX_SIZE, bias: true }), &["input"]);
    assert!(matches!(graph(Shape::map(64, 64, 64), vec![heavy]).check(), Err(GraphError::Parameters { .. })));
    // The results are small, the matrices between them are not.
    let resized = (0..20).map(|number| {
        let op = crate::nets::ops::Resize { height: 4096, width: 1, filter: crate::nets::ops::Filter::Bilinear };
        let before = if number == 0 { "input".to_owned() } else { (number - 1).to_string() };
        node(&number.to_string(), Op::Resize(op), &[&before])
    });
    let resized = graph(Shape::map(1, 4096, 1), resized.collect());
    assert!(matches!(resized.check(), Err(GraphError::Activations { .. })));
    for side in [0, usize::MAX] {
        let none = graph(Shape::map(3, side, 8), vec![relu("a", "input")]);
        assert!(matches!(none.check(), Err(GraphError::Misfit { reason: Misfit::Large, .. })));
    }
    let concatenated = |number: usize| {
        let before = if number == 0 { "input".to_owned() } else { (number - 1).to_string() };
        node(&number.to_string(), Op::Concatenate, &[before.as_str(); 64])
    };
    assert!(graph(IMAGE, (0..100).map(concatenated).collect()).check().is_err());
}

#[test]
fn the_receptive_field_goes_back_through_every_way() {
    let conv = |kernel, stride, padding| Op::Convolution(Convolution::square(2, kernel, stride, padding));
    let checked = graph(
        Shape::map(3, 16, 16),
        vec![
            node("half", Op::AveragePool(AveragePool::square(2)), &["input"]),
            node("near", conv(1, 1, 0), &["half"]),
            node("far", conv(3, 1, 1), &["half"]),
            node("sum", Op::Add, &["near", "far"]),
            node("up", Op::TransposedConvolution(TransposedConvolution::square(2, 4, 2, 1)), &["sum"]),
            node("mean", Op::GlobalAverage, &["up"]),
        ],
    )
    .check()
    .unwrap();
    let field = |node, place| checked.receptive_field(node, place).map(|f| [f.top, f.left, f.height, f.width]);
    assert_eq!(field("near", [1, 2]), Some([2, 4, 2, 2]));
    assert_eq!(field("sum", [1, 2]), Some([0, 2, 6, 6]));
    // Place 3 of the enlarged map is written by the places 1 and 2 of the small one.
    assert_eq!(field("up", [3, 3]), Some([0, 0, 8, 8]));
    assert_eq!(field("sum", [0, 7]), Some([0, 12, 4, 4]));
    assert_eq!(field("mean", [0, 0]), Some([0, 0, 16, 16]));
    assert_eq!(field("mean", [0, 1]), None);
    assert_eq!(field("nothing", [0, 0]), None);
}

#[test]
fn a_graph_is_read_from_json_and_written_to_it() {
    let text = r#"{"input": {"channels": 3, "height": 8, "width": 8}, "nodes": [
        {"name": "conv1", "op": {"convolution": {"channels": 4, "kernel": [3, 3], "padding": [[1, 1], [1, 1]]}},
         "inputs": ["input"], "layer": "convolutional"},
        {"name": "relu1", "op": {"activation": "relu"}, "inputs": ["conv1"]},
        {"name": "mean", "op": "global_average", "inputs": ["relu1"]}]}"#;
    let graph: Graph = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::from_str::<Graph>(&serde_json::to_string(&graph).unwrap()).unwrap(), graph);
    let layers = graph.check().unwrap().layers();
    assert_eq!(
        layers.iter().map(|layer| (layer.name.as_str(), layer.units, layer.map)).collect::<Vec<_>>(),
        [("conv1", 4, [8, 8])]
    );
    assert!(serde_json::from_str::<Graph>(&text.replace("\"padding\"", "\"pading\"")).is_err());
}
