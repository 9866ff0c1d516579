//! One operation of a file after another.

use super::{
    constants::places,
    patterns::is_hard_sigmoid,
    schema::Node,
    tensor::Tensor,
    translator::{Map, Stop, Translator, Value, View},
};
use crate::{
    import::Form,
    nets::ops::{Activation, LocalResponseNorm, Op},
};

impl<'a> Translator<'a> {
    /// The results of an operation that reads what depends on the image.
    pub(super) fn operator(&mut self, node: &'a Node) -> Result<Vec<Value>, Stop> {
        let activation = |activation| Op::Activation(activation);
        let map = match node.kind.as_str() {
            "Conv" => self.convolution(node)?,
            "ConvTranspose" => self.transposed_convolution(node)?,
            "Gemm" => self.gemm(node)?,
            "MatMul" => self.product(node)?,
            "BatchNormalization" => self.batch_norm(node)?,
            "LayerNormalization" => {
                let map = self.map(node, 0)?;
                let axis = places(&[node.int("axis", -1)], map.dims().len());
                if axis != map.axis().map(|axis| vec![axis]) || map.axis() != Some(map.dims().len() - 1) {
                    return Err(Form::Order.into());
                }
                let weight = self.known(node, 1, "weights")?.floats();
                let bias = self.optional(node, 2, "biases")?.map(|bias| bias.floats());
                self.layer_norm(&node.name, map, node.float("epsilon", 1e-5), Some(weight), bias)?
            }
            "LRN" => {
                let size = usize::try_from(node.int("size", 0)).map_err(|_| Form::Attribute("size"))?;
                // Of an even number one neighbour more is before, where a graph has it behind.
                if size.is_multiple_of(2) {
                    return Err(Form::Attribute("size").into());
                }
                let (alpha, beta) = (node.float("alpha", 1e-4), node.float("beta", 0.75));
                let op = LocalResponseNorm { size, alpha, beta, k: node.float("bias", 1.0) };
                self.on_map(node, Op::LocalResponseNorm(op))?
            }
            "Relu" => self.each(node, activation(Activation::Relu))?,
            "LeakyRelu" => self.each(node, activation(Activation::LeakyRelu { slope: node.float("alpha", 0.01) }))?,
            "Sigmoid" => self.each(node, activation(Activation::Sigmoid))?,
            "Tanh" => self.each(node, activation(Activation::Tanh))?,
            "HardSwish" => self.each(node, activation(Activation::HardSwish))?,
            "HardSigmoid" if is_hard_sigmoid(node) => self.each(node, activation(Activation::HardSigmoid))?,
            "HardSigmoid" => {
                let map = self.map(node, 0)?;
                let channels = map.shape.channels;
                let (alpha, beta) = (node.float("alpha", 0.2), node.float("beta", 0.5));
                let straight = self.affine(&node.name, map, &vec![alpha; channels], &vec![beta; channels])?;
                self.on(&node.name, activation(Activation::Clip { low: 0.0, high: 1.0 }), straight)?
            }
            "Gelu" if matches!(node.text("approximate"), "" | "none") => {
                self.each(node, activation(Activation::Gelu))?
            }
            "Clip" => self.clip(node)?,
            "MaxPool" | "AveragePool" => self.pool(node)?,
            "GlobalAveragePool" => self.on_map(node, Op::GlobalAverage)?,
            "ReduceMean" => self.mean(node)?,
            "Add" | "Sub" | "Mul" | "Div" => self.arithmetic(node)?,
            "Concat" => self.concatenated(node)?,
            "Split" => return self.split(node),
            "Slice" => self.sliced(node)?,
            "Pad" => self.padded(node)?,
            "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => self.reshaped(node)?,
            "Transpose" => self.transposed(node)?,
            "Gather" => self.gathered(node)?,
            "Resize" => self.resized(node)?,
            "Softmax" => {
                let map = self.map(node, 0)?;
                // Before 13 it was over all sides from one on.
                let is_old = self.version < 13;
                let axis = places(&[node.int("axis", if is_old { 1 } else { -1 })], map.dims().len());
                if axis != map.axis().map(|axis| vec![axis]) || is_old && !map.is_features() {
                    return Err(Form::Order.into());
                }
                self.each(node, Op::Softmax)?
            }
            "Cast" if ![1, 10, 11, 16].contains(&node.int("to", 1)) => return Err(Form::Attribute("to").into()),
            "Identity" | "Dropout" | "Cast" => self.map(node, 0)?,
            _ => return Err(Form::Operation.into()),
        };
        Ok(vec![Value::Map(map)])
    }

    /// An operation on a map, whose view stays.
    pub(super) fn on(&mut self, hint: &str, op: Op, map: Map) -> Result<Map, Stop> {
        let view = map.view;
        self.push(hint, op, &[map], None).map(|map| map.viewed(view))
    }

    /// An operation on each value, or along the channels.
    fn each(&mut self, node: &Node, op: Op) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        self.on(&node.name, op, map)
    }

    /// An operation on a map as graphs have it.
    fn on_map(&mut self, node: &Node, op: Op) -> Result<Map, Stop> {
        let map = self.as_map(node, 0)?;
        self.on(&node.name, op, map)
    }

    /// An input that is a map as graphs have it.
    pub(super) fn as_map(&self, node: &Node, place: usize) -> Result<Map, Stop> {
        let map = self.map(node, place)?;
        if map.view == View::Map { Ok(map) } else { Err(Form::Order.into()) }
    }

    fn clip(&mut self, node: &Node) -> Result<Map, Stop> {
        let bound = |place: usize, name: &str| match node.inputs.get(place).filter(|name| !name.is_empty()) {
            Some(_) => {
                self.known(node, place, "bounds")?.single().map(Some).ok_or(Stop::Form(Form::NotConstant("bounds")))
            }
            None => Ok(node.attribute(name).map(|attribute| attribute.float)),
        };
        let (low, high) = (bound(1, "min")?, bound(2, "max")?);
        let op = match (low, high) {
            (Some(0.0), None) => Activation::Relu,
            (Some(low), Some(high)) => Activation::Clip { low, high },
            _ => return Err(Form::Attribute("min or max").into()),
        };
        self.each(node, Op::Activation(op))
    }

    fn arithmetic(&mut self, node: &'a Node) -> Result<Map, Stop> {
        let (a, b) = (self.map(node, 0), self.map(node, 1));
        let is_constant = |stop: &Stop| matches!(stop, Stop::Form(Form::OnConstants));
        let (map, constant, turned) = match (a, b) {
            (Ok(a), Ok(b)) => return self.of_two(node, a, b),
            (Ok(map), Err(stop)) if is_constant(&stop) => (map, self.known(node, 1, "numbers")?, false),
            (Err(stop), Ok(map)) if is_constant(&stop) => (map, self.known(node, 0, "numbers")?, true),
            (Err(stop), other) if is_constant(&stop) => return Err(other.err().unwrap_or(stop)),
            (Err(stop), _) | (_, Err(stop)) => return Err(stop),
        };
        let numbers = of_channels(&constant, &map).ok_or(Form::Channels)?;
        let ones = vec![1.0; numbers.len()];
        let zeros = vec![0.0; numbers.len()];
        let each = |of: fn(f32) -> f32| numbers.iter().map(|number| of(*number)).collect::<Vec<f32>>();
        match (node.kind.as_str(), turned) {
            ("Add", _) => self.affine(&node.name, map, &ones, &numbers),
            ("Sub", false) => self.affine(&node.name, map, &ones, &each(|number| -number)),
            ("Sub", true) => self.affine(&node.name, map, &each(|_| -1.0), &numbers),
            ("Mul", _) => self.affine(&node.name, map, &numbers, &zeros),
            ("Div", false) => self.affine(&node.name, map, &each(|number| 1.0 / number), &zeros),
            _ => Err(Form::Image.into()),
        }
    }

    /// The sum, difference or product of two maps.
    fn of_two(&mut self, node: &Node, a: Map, b: Map) -> Result<Map, Stop> {
        // A gate has one number a channel, along the same side.
        let gates = |gate: &Map, map: &Map| {
            gate.is_features() && (gate.view == map.view || gate.view == View::Flat && map.view == View::Last)
        };
        if a.view != b.view && (node.kind != "Mul" || !gates(&a, &b) && !gates(&b, &a)) {
            return Err(Form::Order.into());
        }
        let view = if a.is_features() { b.view } else { a.view };
        let op = match node.kind.as_str() {
            "Add" if a.shape == b.shape => Op::Add,
            "Sub" if a.shape == b.shape => {
                let channels = b.shape.channels;
                let sole = Map { sole: false, ..b };
                let less = self.affine(&node.name, sole, &vec![-1.0; channels], &vec![0.0; channels])?;
                return self.push(&node.name, Op::Add, &[a, less], None).map(|map| map.viewed(view));
            }
            "Mul" => {
                let swaps = a.is_features() && !b.is_features();
                let pair = if swaps { [b, a] } else { [a, b] };
                return self.push(&node.name, Op::Multiply, &pair, None).map(|map| map.viewed(view));
            }
            _ => return Err(Form::Sizes.into()),
        };
        self.push(&node.name, op, &[a, b], None).map(|map| map.viewed(view))
    }
}

/// Numbers for the channels of a map; none where they are for anything else.
fn of_channels(constant: &Tensor, map: &Map) -> Option<Vec<f32>> {
    let (axis, rank, channels) = (map.axis()?, map.dims().len(), map.shape.channels);
    if let Some(number) = constant.single() {
        return Some(vec![number; channels]);
    }
    if constant.count() != channels {
        return None;
    }
    let numbers = constant.floats();
    // Sides are compared from the last one on.
    let before = rank.checked_sub(constant.dims.len())?;
    let fits = constant
        .dims
        .iter()
        .enumerate()
        .all(|(place, side)| if before + place == axis { *side == channels } else { *side == 1 });
    (fits && numbers.len() == channels).then_some(numbers)
}
