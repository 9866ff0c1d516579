//! Why there is no network, for the middle of a sentence.

use super::{
    and_more, listed,
    say::{joints, nets as say},
};
use crate::nets::{
    NetworkError,
    builders::{ConfigError, MAX_CODE, MAX_LAYERS, MAX_SIDE, MAX_UNITS},
    graph::{GraphError, MAX_ACTIVATIONS, MAX_NAME, MAX_NODES, MAX_PARAMETERS, MAX_WINDOWS},
    shape::{Bound, Misfit, WeightsError},
};

/// Why a configuration and arrays do not make a network.
pub(super) fn network(error: &NetworkError) -> String {
    match error {
        NetworkError::Config(error) => config(error),
        NetworkError::Weights(error) => weights(error),
    }
}

/// Why no network can be built from a configuration.
pub(super) fn config(error: &ConfigError) -> String {
    match error {
        ConfigError::Graph(error) => graph(error),
        ConfigError::Layers { found } => say::layers(found, &MAX_LAYERS),
        ConfigError::LostBlock { block, convolution } => say::lost_block(block, convolution),
        ConfigError::LostPooling { convolution } => say::lost_pooling(convolution),
        ConfigError::Pooled { convolution } => say::pooled(convolution),
        ConfigError::Transposed { convolution } => say::transposed(convolution),
        ConfigError::Number { field, found, bound } => number(field, found, *bound),
        ConfigError::Code(shape) => say::reads_no_code(shape, &MAX_CODE),
        ConfigError::Image(shape) => say::draws_no_image(shape, &MAX_SIDE),
        ConfigError::Input(shape) => say::sees_no_image(shape, &MAX_SIDE),
        ConfigError::Units { found } => say::too_many_units(found, &MAX_UNITS),
        ConfigError::Output => say::last_layer().into(),
        ConfigError::Positions { layer } => say::positions(layer),
    }
}

/// Why a graph is no network.
pub(super) fn graph(error: &GraphError) -> String {
    match error {
        GraphError::Empty => say::no_nodes().into(),
        GraphError::Nodes { found } => say::too_many_nodes(found, &MAX_NODES),
        GraphError::Name { start } => say::node_name(start, &MAX_NAME),
        GraphError::Twice { name } => say::two_nodes(name),
        GraphError::Missing { node, input } => say::reads_missing(node, input),
        GraphError::Circle { node, input } => say::circle(node, input),
        GraphError::View { found, wanted } => say::view(found, wanted),
        GraphError::Misfit { node, reason } => say::not_computed(node, &misfit(reason)),
        GraphError::Parameters { node } => say::parameters(&MAX_PARAMETERS, node),
        GraphError::Activations { node } => say::activations(&MAX_ACTIVATIONS, node),
        GraphError::Windows { node } => say::windows(node, &MAX_WINDOWS),
    }
}

/// Why an operation does not fit what it reads.
pub(super) fn misfit(misfit: &Misfit) -> String {
    match misfit {
        Misfit::Inputs { found, least, most } => {
            let wanted = if least == most { least.to_string() } else { say::or_more(least) };
            say::inputs_misfit(found, &wanted)
        }
        Misfit::Number { field, found, bound } => number(field, found, *bound),
        Misfit::Groups { groups, channels } => say::groups(groups, channels),
        Misfit::Kernel { input } => say::kernel(input),
        Misfit::Padding => say::padding().into(),
        Misfit::Shapes { first, second } => say::shapes(first, second),
        Misfit::Reshape { from, to } => say::reshape(from, to),
        Misfit::Constants { found, channels } => say::constants(found, channels),
        Misfit::Large => say::large_result().into(),
    }
}

/// Why arrays do not make a network.
fn weights(error: &WeightsError) -> String {
    match error {
        WeightsError::Missing { name } => say::weights_missing(name),
        WeightsError::Shape { name, found, wanted } => {
            say::weights_shape(name, &format_args!("{found:?}"), &format_args!("{wanted:?}"))
        }
        WeightsError::Superfluous { names, more } => {
            let names: Vec<String> = names.iter().map(|name| joints::quoted(name)).collect();
            say::weights_left(&and_more(listed(&names), *more))
        }
    }
}

fn number(field: &str, found: &str, bound: Bound) -> String {
    let bound = match bound {
        Bound::Within(least, most) if least == most => least.to_string(),
        Bound::Within(least, most) => say::range(&least, &most),
        Bound::UpTo(most) => say::up_to(&most),
        Bound::Finite => say::finite().into(),
        Bound::Positive => say::positive().into(),
        Bound::AboveLow => say::above_low().into(),
        Bound::BelowStride => say::below_stride().into(),
    };
    say::number(&field, &found, &bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::{graph::Graph, shape::Shape};

    /// What is said of the graphs of the corpus that are read, and refused.
    const SAID: [(&str, &str); 31] = [
        ("bounds-the-wrong-way", "“a” cannot be computed: its “high” is 0; it has to be above “low”, both finite"),
        ("called-input", "two nodes are called “input”"),
        ("circle", "“a” reads “b”, which does not stand before it"),
        ("concatenated-without-end", "cannot be computed: its result would have more values"),
        ("constants-for-other-channels", "it has 1 constants for 3 channels"),
        ("convolution-of-padding", "“a” takes more than"),
        ("dilation-overflows", "its “dilation” is 18446744073709551615; it has to be 1 to 1048576"),
        ("empty-image", "“input” cannot be computed"),
        ("epsilon-below-nothing", "its “epsilon” is -1; it has to be positive and finite"),
        ("huge-image", "one image takes more than"),
        ("kernel-larger-than-image", "its kernel is larger than the padded input of 3×8×8"),
        ("missing-input", "“a” reads “b”, which the network does not have"),
        ("name-with-control-characters", "is no name for a node"),
        ("no-groups", "its “groups” is 0"),
        ("no-name", "“” is no name for a node"),
        ("no-nodes", "the network has no nodes"),
        ("no-stride", "its “stride” is 0"),
        ("normalisation-of-padding", "“a” takes more than"),
        ("padding-overflows", "its “padding” is 18446744073709551615; it has to be 0 to 1048576"),
        ("pooling-of-padding", "“a” takes more than"),
        ("power-beyond-integers", "its “beta” is"),
        ("reads-itself", "“a” reads “a”, which does not stand before it"),
        ("reshape-that-does-not-fit", "3×8×8 and 7×1×1 do not have equally many values"),
        ("resize-of-many-matrices", "one image takes more than"),
        ("shape-overflows", "“input” cannot be computed"),
        ("sum-of-nothing", "it reads 0 values"),
        ("sum-of-unlike-shapes", "its inputs of 3×8×8 and 3×4×4 do not go together"),
        ("ten-gigabytes-of-activations", "one image takes more than"),
        ("two-of-one-name", "two nodes are called “a”"),
        ("weights-of-a-terabyte", "parameters, counted up to “a”"),
        ("windows-of-ten-gigabytes", "“a” takes more than"),
    ];

    #[test]
    fn it_is_said_why_a_graph_is_no_network() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/nets/graph/corpus");
        for (name, said) in SAID {
            let text = std::fs::read_to_string(corpus.join(name).with_extension("json")).unwrap();
            let error = serde_json::from_str::<Graph>(&text).unwrap().check().unwrap_err();
            let sentence = graph(&error);
            assert!(sentence.contains(said), "{name}: {sentence}");
        }
    }

    #[test]
    fn it_is_said_why_no_network_can_be_built() {
        let name = || "a".to_owned();
        let number = |field, found: &str, bound| ConfigError::Number { field, found: found.into(), bound };
        let block = ConfigError::LostBlock { block: "r.0".into(), convolution: name() };
        for (error, said) in [
            (ConfigError::Layers { found: 2000 }, "it states 2000 layers, more than 1024"),
            (block, "the block “r.0” stands before “a”, which is not one of the convolutions"),
            (
                ConfigError::LostPooling { convolution: name() },
                "a pooling follows “a”, which is not one of the convolutions",
            ),
            (ConfigError::Pooled { convolution: name() }, "a is pooled more than once"),
            (ConfigError::Transposed { convolution: name() }, "a is transposed, but enlarges nothing"),
            (number("width", "9", Bound::UpTo(8)), "its “width” is 9; it has to be more than 0 and up to 8"),
            (number("stages[0].stride", "2", Bound::Within(1, 1)), "its “stages[0].stride” is 2; it has to be 1"),
            (ConfigError::Code(Shape::map(3, 2, 2)), "it reads 3×2×2 instead of a code of up to 16384 units"),
            (ConfigError::Units { found: 20_000 }, "a layer of it has 20000 units, more than 16384"),
            (ConfigError::Output, "its last layer, and no other, has to be one of outputs"),
        ] {
            assert_eq!(config(&error), said);
        }
        let shape = WeightsError::Shape { name: name(), found: vec![2], wanted: vec![3, 1] };
        assert_eq!(weights(&shape), "“a” has the shape [2], but the network needs [3, 1]");
        assert_eq!(weights(&WeightsError::Missing { name: name() }), "the weights hold no “a”");
    }
}
