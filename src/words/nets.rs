//! Why there is no network, for the middle of a sentence.

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
        ConfigError::Layers { found } => format!("it states {found} layers, more than {MAX_LAYERS}"),
        ConfigError::LostBlock { block, convolution } => {
            format!("the block “{block}” stands before “{convolution}”, which is not one of the convolutions")
        }
        ConfigError::LostPooling { convolution } => {
            format!("a pooling follows “{convolution}”, which is not one of the convolutions")
        }
        ConfigError::Pooled { convolution } => format!("{convolution} is pooled more than once"),
        ConfigError::Transposed { convolution } => format!("{convolution} is transposed, but enlarges nothing"),
        ConfigError::Number { field, found, bound } => number(field, found, *bound),
        ConfigError::Code(shape) => format!("it reads {shape} instead of a code of up to {MAX_CODE} units"),
        ConfigError::Image(shape) => {
            format!("it draws {shape} instead of images of 3 channels and up to {MAX_SIDE} pixels")
        }
        ConfigError::Input(shape) => format!(
            "it looks at {shape}, not at the images that it is shown, of 3 channels and up to {MAX_SIDE} pixels"
        ),
        ConfigError::Units { found } => format!("a layer of it has {found} units, more than {MAX_UNITS}"),
        ConfigError::Output => "its last layer, and no other, has to be one of outputs".into(),
        ConfigError::Positions { layer } => {
            format!("the units of its layer “{layer}” have positions, but only those of convolutional layers can")
        }
    }
}

/// Why a graph is no network.
pub(super) fn graph(error: &GraphError) -> String {
    match error {
        GraphError::Empty => "the network has no nodes".into(),
        GraphError::Nodes { found } => format!("the network has {found} nodes, more than {MAX_NODES}"),
        GraphError::Name { start } => {
            format!("“{start}” is no name for a node: 1 to {MAX_NAME} printable characters make one")
        }
        GraphError::Twice { name } => format!("two nodes are called “{name}”"),
        GraphError::Missing { node, input } => {
            format!("“{node}” reads “{input}”, which the network does not have")
        }
        GraphError::Circle { node, input } => {
            format!("“{node}” reads “{input}”, which does not stand before it; a network has no circles")
        }
        GraphError::View { found, wanted } => {
            format!("what stands before the network makes {found} of images, but the network reads {wanted}")
        }
        GraphError::Misfit { node, reason } => format!("“{node}” cannot be computed: {}", misfit(reason)),
        GraphError::Parameters { node } => {
            format!("the network has more than {MAX_PARAMETERS} parameters, counted up to “{node}”")
        }
        GraphError::Activations { node } => {
            format!("one image takes more than {MAX_ACTIVATIONS} activations, counted up to “{node}”")
        }
        GraphError::Windows { node } => {
            format!("“{node}” takes more than {MAX_WINDOWS} values beside what it reads and gives")
        }
    }
}

/// Why an operation does not fit what it reads.
pub(super) fn misfit(misfit: &Misfit) -> String {
    match misfit {
        Misfit::Inputs { found, least, most } => {
            let wanted = if least == most { least.to_string() } else { format!("{least} or more") };
            format!("it reads {found} values, not {wanted}")
        }
        Misfit::Number { field, found, bound } => number(field, found, *bound),
        Misfit::Groups { groups, channels } => format!("{groups} groups do not divide {channels} channels"),
        Misfit::Kernel { input } => format!("its kernel is larger than the padded input of {input}"),
        Misfit::Padding => "its padding is more than half of its kernel".into(),
        Misfit::Shapes { first, second } => format!("its inputs of {first} and {second} do not go together"),
        Misfit::Reshape { from, to } => format!("{from} and {to} do not have equally many values"),
        Misfit::Constants { found, channels } => format!("it has {found} constants for {channels} channels"),
        Misfit::Large => "its result would have more values than a network may have".into(),
    }
}

/// Why arrays do not make a network.
fn weights(error: &WeightsError) -> String {
    match error {
        WeightsError::Missing { name } => format!("the weights hold no “{name}”"),
        WeightsError::Shape { name, found, wanted } => {
            format!("“{name}” has the shape {found:?}, but the network needs {wanted:?}")
        }
        WeightsError::Superfluous { names, more } => {
            let names = names.join("”, “");
            let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
            format!("the weights hold “{names}”{more}, which the network has no place for")
        }
    }
}

fn number(field: &str, found: &str, bound: Bound) -> String {
    let bound = match bound {
        Bound::Within(least, most) if least == most => least.to_string(),
        Bound::Within(least, most) => format!("{least} to {most}"),
        Bound::UpTo(most) => format!("more than 0 and up to {most}"),
        Bound::Finite => "a finite number".into(),
        Bound::Positive => "positive and finite".into(),
        Bound::AboveLow => "above “low”, both finite".into(),
        Bound::BelowStride => "less than the stride".into(),
    };
    format!("its “{field}” is {found}; it has to be {bound}")
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
