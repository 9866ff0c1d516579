//! One operation of a file after another.

use super::{
    attributes::padding,
    constants::{between, places, sides as asked_sides},
    patterns::is_hard_sigmoid,
    schema::Node,
    tensor::Tensor,
    translator::{Map, Stop, Translator, Value, View},
};
use crate::{
    import::Form,
    nets::{
        layer::LayerKind,
        ops::{
            Activation, AveragePool, BatchNorm, Convolution, Filter, FullyConnected, LocalResponseNorm, MaxPool, Op,
            Resize, TransposedConvolution,
        },
        shape::Shape,
    },
};

/// Numbers of at most so many channels stand in the graph itself; more are arrays.
const FEW_CHANNELS: usize = 16;

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
    fn on(&mut self, hint: &str, op: Op, map: Map) -> Result<Map, Stop> {
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
    fn as_map(&self, node: &Node, place: usize) -> Result<Map, Stop> {
        let map = self.map(node, place)?;
        if map.view == View::Map { Ok(map) } else { Err(Form::Order.into()) }
    }

    /// What a layer is called: its weights, where they have a name of their own, and otherwise the node.
    fn hint(&self, node: &Node, place: usize) -> String {
        let own = node.inputs.get(place).map(String::as_str).unwrap_or_default();
        let is_plain = !own.contains("::") && self.producer(own).is_none();
        match own.strip_suffix(".weight").filter(|name| is_plain && !name.is_empty()) {
            Some(name) => name.to_owned(),
            None if node.name.is_empty() => node.kind.clone(),
            None => node.name.clone(),
        }
    }

    /// Gives a layer's node its arrays; a bias is always there, so that what follows can become part of it.
    fn with_arrays(&mut self, map: Map, weight: (Vec<usize>, Vec<f32>), bias: Option<Vec<f32>>) -> Result<Map, Stop> {
        let units = map.shape.channels;
        let bias = bias.unwrap_or_else(|| vec![0.0; units]);
        if bias.len() != units {
            return Err(Form::Channels.into());
        }
        self.keep(format!("{}.weight", map.node), weight.0, weight.1)?;
        self.keep(format!("{}.bias", map.node), vec![units], bias)?;
        Ok(map)
    }

    fn convolution(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.as_map(node, 0)?;
        let weight = self.known(node, 1, "weights")?;
        let [channels, inner, rows, columns] = *weight.dims.as_slice() else {
            return Err(Form::Rank.into());
        };
        let bias = match node.inputs.get(2).is_some_and(|name| !name.is_empty()) {
            true => Some(self.known(node, 2, "biases")?.floats()),
            false => None,
        };
        let (kernel, stride, dilation) = ([rows, columns], node.two("strides", 1)?, node.two("dilations", 1)?);
        let before = std::mem::take(&mut map.padding);
        let own = padding(node, sides(&map, before), kernel, stride, dilation)?;
        let padding = added(own, before)?;
        let groups = usize::try_from(node.int("group", 1)).map_err(|_| Form::Attribute("group"))?;
        if inner.checked_mul(groups) != Some(map.shape.channels) {
            return Err(Form::Channels.into());
        }
        let op = Convolution { channels, kernel, stride, padding, dilation, groups, bias: true };
        let made = self.push(&self.hint(node, 1), Op::Convolution(op), &[map], Some(LayerKind::Convolutional))?;
        self.with_arrays(made, (weight.dims.clone(), weight.floats()), bias)
    }

    fn transposed_convolution(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.as_map(node, 0)?;
        let weight = self.known(node, 1, "weights")?;
        let [inputs, inner, rows, columns] = *weight.dims.as_slice() else {
            return Err(Form::Rank.into());
        };
        let bias = match node.inputs.get(2).is_some_and(|name| !name.is_empty()) {
            true => Some(self.known(node, 2, "biases")?.floats()),
            false => None,
        };
        let (kernel, stride, dilation) = ([rows, columns], node.two("strides", 1)?, node.two("dilations", 1)?);
        let pads = padding(node, [map.shape.height, map.shape.width], kernel, stride, dilation)?;
        let even = pads.iter().all(|[before, after]| before == after);
        if dilation != [1, 1]
            || !even
            || !matches!(node.text("auto_pad"), "" | "NOTSET")
            || node.ints("output_shape").is_some()
        {
            return Err(Form::Attribute("pads, dilations or output_shape").into());
        }
        let groups = usize::try_from(node.int("group", 1)).map_err(|_| Form::Attribute("group"))?;
        let channels = inner.checked_mul(groups).ok_or(Form::Channels)?;
        if inputs != map.shape.channels {
            return Err(Form::Channels.into());
        }
        let output_padding = node.two("output_padding", 0)?;
        let op = TransposedConvolution {
            channels,
            kernel,
            stride,
            padding: pads.map(|[side, _]| side),
            output_padding,
            groups,
            bias: true,
        };
        let kind = Some(LayerKind::Convolutional);
        let made = self.push(&self.hint(node, 1), Op::TransposedConvolution(op), &[map], kind)?;
        self.with_arrays(made, (weight.dims.clone(), weight.floats()), bias)
    }

    fn gemm(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        if node.int("transA", 0) != 0 || map.view != View::Flat {
            return Err(Form::Order.into());
        }
        let weight = self.known(node, 1, "weights")?;
        let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
        let [a, b] = *weight.dims.as_slice() else { return Err(Form::Rank.into()) };
        let inputs = if node.int("transB", 0) == 0 { a } else { b };
        if map.shape.values() != Some(inputs) {
            return Err(Form::Channels.into());
        }
        let (units, inputs, mut values) = match node.int("transB", 0) {
            0 => (b, a, turned(&weight.floats(), b)),
            _ => (a, b, weight.floats()),
        };
        values.iter_mut().for_each(|value| *value *= alpha);
        let bias = match node.inputs.get(2).is_some_and(|name| !name.is_empty()) {
            true => Some(self.known(node, 2, "biases")?.floats().into_iter().map(|value| value * beta).collect()),
            false => None,
        };
        self.linear(node, map, [units, inputs], values, bias)
    }

    fn linear(
        &mut self,
        node: &Node,
        map: Map,
        [units, inputs]: [usize; 2],
        values: Vec<f32>,
        bias: Option<Vec<f32>>,
    ) -> Result<Map, Stop> {
        if map.shape.values() != Some(inputs) {
            return Err(Form::Channels.into());
        }
        let op = Op::Linear(FullyConnected { units, bias: true });
        let made = self.push(&self.hint(node, 1), op, &[map], Some(LayerKind::FullyConnected))?;
        self.with_arrays(made, (vec![units, inputs], values), bias).map(|map| map.viewed(View::Flat))
    }

    /// Features, or the channels of each position, times a matrix.
    fn product(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        let weight = self.known(node, 1, "weights")?;
        let [inputs, units] = *weight.dims.as_slice() else { return Err(Form::Rank.into()) };
        let reads = if map.view == View::Last { Some(map.shape.channels) } else { map.shape.values() };
        if reads != Some(inputs) {
            return Err(Form::Channels.into());
        }
        let values = turned(&weight.floats(), units);
        match map.view {
            View::Flat => self.linear(node, map, [units, inputs], values, None),
            View::Last if map.shape.channels == inputs => {
                let op = Op::Convolution(Convolution::square(units, 1, 1, 0));
                let made = self.push(&self.hint(node, 1), op, &[map], Some(LayerKind::Convolutional))?;
                self.with_arrays(made, (vec![units, inputs, 1, 1], values), None).map(|map| map.viewed(View::Last))
            }
            _ => Err(Form::Order.into()),
        }
    }

    fn batch_norm(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        if map.axis() != Some(1) {
            return Err(Form::Order.into());
        }
        if node.int("training_mode", 0) != 0 {
            return Err(Form::Attribute("training_mode").into());
        }
        let mut arrays = Vec::new();
        for place in 1..5 {
            let values = self.known(node, place, "statistics")?;
            if values.count() != map.shape.channels {
                return Err(Form::Channels.into());
            }
            arrays.push(values.floats());
        }
        let epsilon = node.float("epsilon", 1e-5);
        let scale: Vec<f32> =
            arrays[0].iter().zip(&arrays[3]).map(|(weight, variance)| weight / (variance + epsilon).sqrt()).collect();
        let shift: Vec<f32> = scale
            .iter()
            .zip(arrays[1].iter().zip(&arrays[2]))
            .map(|(scale, (bias, mean))| bias - mean * scale)
            .collect();
        self.affine(&node.name, map, &scale, &shift)
    }

    /// Each channel times a factor plus a summand: within the layer before it where nobody else reads that.
    fn affine(&mut self, hint: &str, map: Map, scale: &[f32], shift: &[f32]) -> Result<Map, Stop> {
        if scale.iter().chain(shift).any(|value| !value.is_finite()) {
            return Err(Form::NotFinite.into());
        }
        let own = self.op(&map.node).filter(|_| map.sole);
        let rows = matches!(own, Some(Op::Convolution(_) | Op::Linear(_) | Op::LayerNorm(_) | Op::BatchNorm(_)));
        if let Some(Op::Constants { scale: before, shift: own }) = own {
            let shift =
                own.iter().zip(scale.iter().zip(shift)).map(|(own, (scale, shift))| own * scale + shift).collect();
            let scale = before.iter().zip(scale).map(|(before, scale)| before * scale).collect();
            self.set(&map.node, Op::Constants { scale, shift });
            return Ok(self.grow(map));
        }
        let (weight, bias) = (format!("{}.weight", map.node), format!("{}.bias", map.node));
        if rows && self.arrays.contains_key(&weight) && self.arrays.contains_key(&bias) {
            if let Some((_, values)) = self.arrays.get_mut(&weight) {
                let row = (values.len() / scale.len().max(1)).max(1);
                values
                    .chunks_mut(row)
                    .zip(scale)
                    .for_each(|(row, scale)| row.iter_mut().for_each(|value| *value *= scale));
            }
            if let Some((_, values)) = self.arrays.get_mut(&bias) {
                values
                    .iter_mut()
                    .zip(scale.iter().zip(shift))
                    .for_each(|(value, (scale, shift))| *value = *value * scale + shift);
            }
            return Ok(self.grow(map));
        }
        if scale.len() <= FEW_CHANNELS {
            return self.on(hint, Op::Constants { scale: scale.to_vec(), shift: shift.to_vec() }, map);
        }
        let epsilon = 1e-5;
        let made = self.on(hint, Op::BatchNorm(BatchNorm { epsilon }), map)?;
        let channels = scale.len();
        let arrays = [
            ("weight", scale.to_vec()),
            ("bias", shift.to_vec()),
            ("running_mean", vec![0.0; channels]),
            ("running_var", vec![1.0 - epsilon; channels]),
        ];
        for (kind, values) in arrays {
            self.keep(format!("{}.{kind}", made.node), vec![channels], values)?;
        }
        Ok(made)
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

    fn pool(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.as_map(node, 0)?;
        let is_max = node.kind == "MaxPool";
        let (kernel, stride) = (node.two("kernel_shape", 1)?, node.two("strides", 1)?);
        if node.two("dilations", 1)? != [1, 1] {
            return Err(Form::Attribute("dilations").into());
        }
        let before = std::mem::take(&mut map.padding);
        let sides = sides(&map, before);
        // Zeros are no value of the file's windows, unless they were there before, which is no less than any value behind a ReLU.
        if before != [[0; 2]; 2] && !(is_max && matches!(self.op(&map.node), Some(Op::Activation(Activation::Relu)))) {
            return Err(Form::Padding.into());
        }
        let own = padding(node, sides, kernel, stride, [1, 1])?;
        let mut padded = own;
        if node.int("ceil_mode", 0) != 0 {
            for axis in 0..2 {
                let [first, last] = own[axis];
                let all = sides[axis].saturating_add(first).saturating_add(last);
                let steps = all.checked_sub(kernel[axis]).ok_or(Form::Attribute("kernel_shape"))?;
                let mut windows = steps.div_ceil(stride[axis].max(1));
                // The last window begins within what is there, or before it.
                if windows.saturating_mul(stride[axis]) >= sides[axis].saturating_add(first) {
                    windows = windows.saturating_sub(1);
                }
                let reach = windows.saturating_mul(stride[axis]).saturating_add(kernel[axis]);
                padded[axis][1] = padded[axis][1].saturating_add(reach.saturating_sub(all));
            }
        }
        let counts = node.int("count_include_pad", 0) != 0;
        if !is_max && counts && padded != own && own != [[0; 2]; 2] {
            return Err(Form::Padding.into());
        }
        let is_own = padded == own;
        let padded = added(padded, before)?;
        let op = match is_max {
            true => Op::MaxPool(MaxPool { kernel, stride, padding: padded }),
            false => Op::AveragePool(AveragePool { kernel, stride, padding: padded, count_padding: counts && is_own }),
        };
        match (kernel, stride, padded) {
            ([1, 1], [1, 1], [[0, 0], [0, 0]]) => Ok(map),
            _ => self.on(&node.name, op, map),
        }
    }

    /// The mean over all positions.
    fn mean(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        let constant = self.optional(node, 1, "axes")?;
        let axes = constant.as_deref().and_then(Tensor::integers).or_else(|| node.ints("axes")).unwrap_or_default();
        let mut axes = places(axes, map.dims().len()).ok_or(Form::Attribute("axes"))?;
        axes.sort_unstable();
        let positions = match map.view {
            View::Map => [2, 3],
            View::Last => [1, 2],
            View::Flat | View::Row | View::Grouped(_) | View::Shuffled(_) => return Err(Form::Order.into()),
        };
        if axes != positions {
            return Err(Form::Order.into());
        }
        let kept = node.int("keepdims", 1) != 0;
        let view = map.view;
        let made = self.on(&node.name, Op::GlobalAverage, map)?;
        Ok(if kept { made.viewed(view) } else { made.viewed(View::Flat) })
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

    fn concatenated(&mut self, node: &Node) -> Result<Map, Stop> {
        let maps = (0..node.inputs.len()).map(|place| self.map(node, place)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = maps.first().cloned() else { return Err(Form::Reads.into()) };
        let axis = places(&[node.int("axis", 1)], first.dims().len());
        if axis != first.axis().map(|axis| vec![axis]) || maps.iter().any(|map| map.view != first.view) {
            return Err(Form::Order.into());
        }
        match maps.len() {
            1 => Ok(first),
            _ => self.push(&node.name, Op::Concatenate, &maps, None).map(|map| map.viewed(first.view)),
        }
    }

    fn split(&mut self, node: &Node) -> Result<Vec<Value>, Stop> {
        let map = self.map(node, 0)?;
        let axis = places(&[node.int("axis", 0)], map.dims().len());
        if axis != map.axis().map(|axis| vec![axis]) {
            return Err(Form::Order.into());
        }
        let constant = self.optional(node, 1, "split")?;
        let asked = constant.as_deref().and_then(Tensor::integers).or_else(|| node.ints("split"));
        let channels = map.shape.channels;
        let parts: Vec<usize> = match asked {
            Some(parts) => parts.iter().map(|part| usize::try_from(*part).unwrap_or(usize::MAX)).collect(),
            None => {
                let part = channels.div_ceil(node.outputs.len().max(1)).max(1);
                (0..node.outputs.len()).map(|number| part.min(channels.saturating_sub(number * part))).collect()
            }
        };
        let (mut from, mut results) = (0_usize, Vec::new());
        for part in parts {
            let to = from.checked_add(part).ok_or(Form::Channels)?;
            results.push(Value::Map(self.channels(&node.name, map.clone(), from, to)?));
            from = to;
        }
        if from == channels { Ok(results) } else { Err(Form::Channels.into()) }
    }

    fn channels(&mut self, hint: &str, map: Map, from: usize, to: usize) -> Result<Map, Stop> {
        if (from, to) == (0, map.shape.channels) {
            return Ok(map);
        }
        self.on(hint, Op::Slice { from, to }, map)
    }

    fn sliced(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.map(node, 0)?;
        if map.padding != [[0; 2]; 2] {
            return Err(Form::Padding.into());
        }
        for (place, what) in [(1, "starts"), (2, "ends"), (3, "axes"), (4, "steps")] {
            self.optional(node, place, what)?;
        }
        let asked = |place: usize, name: &str| {
            let constant = self.constant(node, place);
            constant
                .as_deref()
                .and_then(Tensor::integers)
                .map(<[i64]>::to_vec)
                .or_else(|| node.ints(name).map(<[i64]>::to_vec))
        };
        let (starts, ends) = (
            asked(1, "starts").ok_or(Form::NotConstant("starts"))?,
            asked(2, "ends").ok_or(Form::NotConstant("ends"))?,
        );
        let axes = asked(3, "axes").unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = asked(4, "steps").unwrap_or_else(|| vec![1; starts.len()]);
        let dims = map.dims();
        let axes = places(&axes, dims.len()).ok_or(Form::Attribute("axes"))?;
        if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] || steps.iter().any(|step| *step != 1) {
            return Err(Form::Attribute("steps").into());
        }
        for (axis, (start, end)) in axes.into_iter().zip(starts.into_iter().zip(ends)) {
            let [from, to] = between(start, end, dims[axis]).ok_or(Form::Attribute("starts"))?;
            if (from, to) == (0, dims[axis]) {
                continue;
            }
            if Some(axis) != map.axis() {
                return Err(Form::Order.into());
            }
            map = self.channels(&node.name, map, from, to)?;
        }
        Ok(map)
    }

    /// Zeros around rows and columns, which what follows has as its own.
    fn padded(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.map(node, 0)?;
        let constant = self.optional(node, 1, "pads")?;
        let pads = constant
            .as_deref()
            .and_then(Tensor::integers)
            .or_else(|| node.ints("pads"))
            .ok_or(Form::NotConstant("pads"))?;
        let value = self.optional(node, 2, "value")?.map_or(Some(node.float("value", 0.0)), |value| value.single());
        if !matches!(node.text("mode"), "" | "constant") || value != Some(0.0) {
            return Err(Form::Padding.into());
        }
        let rank = map.dims().len();
        if pads.len() != 2 * rank || rank != 4 || node.inputs.get(3).is_some_and(|name| !name.is_empty()) {
            return Err(Form::Attribute("pads").into());
        }
        let [rows, columns] = if map.view == View::Last { [1, 2] } else { [2, 3] };
        let pad = |axis: usize| usize::try_from(pads[axis]);
        for axis in (0..rank).filter(|axis| ![rows, columns].contains(axis)) {
            if pads[axis] != 0 || pads[rank + axis] != 0 {
                return Err(Form::Order.into());
            }
        }
        let below = |_| Form::Attribute("pads");
        let more = [
            [pad(rows).map_err(below)?, pad(rank + rows).map_err(below)?],
            [pad(columns).map_err(below)?, pad(rank + columns).map_err(below)?],
        ];
        map.padding = added(map.padding, more)?;
        map.sole = false;
        Ok(map)
    }

    fn reshaped(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        if map.padding != [[0; 2]; 2] {
            return Err(Form::Padding.into());
        }
        let dims = map.dims();
        let count = dims.iter().product::<usize>();
        let constant = self.optional(node, 1, "shape")?;
        let asked = constant.as_deref().and_then(Tensor::integers).or_else(|| node.ints("axes")).unwrap_or_default();
        let to: Vec<usize> = match node.kind.as_str() {
            "Flatten" if node.int("axis", 1) == 1 && map.view != View::Row => vec![1, count],
            "Reshape" if constant.is_some() => asked_sides(asked, &dims, count).ok_or(Form::Sizes)?,
            "Squeeze" => {
                let gone = places(asked, dims.len()).ok_or(Form::Attribute("axes"))?;
                let goes =
                    |place: usize| if gone.is_empty() { place > 0 && dims[place] == 1 } else { gone.contains(&place) };
                dims.iter().enumerate().filter(|(place, _)| !goes(*place)).map(|(_, side)| *side).collect()
            }
            "Unsqueeze" => {
                let rank = dims.len() + asked.len();
                let new = places(asked, rank).ok_or(Form::Attribute("axes"))?;
                let mut old = dims.iter();
                (0..rank).map(|place| if new.contains(&place) { 1 } else { old.next().copied().unwrap_or(1) }).collect()
            }
            _ => return Err(Form::NotConstant("shape").into()),
        };
        self.with_sides(node, map, &to)
    }

    /// The same numbers with other sides.
    fn with_sides(&mut self, node: &Node, map: Map, to: &[usize]) -> Result<Map, Stop> {
        let dims = map.dims();
        let count = dims.iter().product::<usize>();
        if to.iter().product::<usize>() != count || to.len() > 1 && to[0] != 1 {
            return Err(Form::Batch.into());
        }
        if to == dims {
            return Ok(map);
        }
        let Shape { channels, height, width } = map.shape;
        match (map.view, to) {
            (View::Map | View::Flat, [_]) => Ok(map.viewed(View::Row)),
            (View::Row, [1, _]) => Ok(map.viewed(View::Flat)),
            // The order of one position's numbers is the same in all of them.
            (View::Map | View::Flat, [1, _]) => Ok(map.viewed(View::Flat)),
            (View::Last, [1, _]) if map.is_features() => Ok(map.viewed(View::Flat)),
            (View::Map, [1, groups, inner, h, w]) if (groups * inner, *h, *w) == (channels, height, width) => {
                Ok(map.viewed(View::Grouped(*groups)))
            }
            (View::Grouped(_), [1, c, h, w]) if (*c, *h, *w) == (channels, height, width) => Ok(map.viewed(View::Map)),
            (View::Shuffled(groups), [1, c, h, w]) if (*c, *h, *w) == (channels, height, width) => {
                let map = map.viewed(View::Map);
                self.on(&node.name, Op::Shuffle { groups }, map)
            }
            (View::Map | View::Flat | View::Row, [1, c, h, w]) => {
                let shape = Shape::map(*c, *h, *w);
                if shape == map.shape {
                    return Ok(map.viewed(View::Map));
                }
                let map = map.viewed(View::Map);
                self.on(&node.name, Op::Reshape(shape), map)
            }
            (View::Last, [1, 1, 1, c]) if *c == channels => Ok(map),
            _ => Err(Form::Order.into()),
        }
    }

    /// All numbers in their order, with other sides: so exporters write a view.
    fn gathered(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        let places = self.known(node, 1, "indices")?;
        let count = map.dims().iter().product::<usize>();
        let all = places.integers().is_some_and(|places| places.iter().copied().eq(0..count as i64));
        if map.view != View::Row || node.int("axis", 0) != 0 || !all {
            return Err(Form::Order.into());
        }
        self.with_sides(node, map, &places.dims)
    }

    fn transposed(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        let view = match (map.view, node.ints("perm").unwrap_or_default()) {
            (View::Map, [0, 2, 3, 1]) => View::Last,
            (View::Last, [0, 3, 1, 2]) => View::Map,
            (View::Grouped(groups), [0, 2, 1, 3, 4]) => View::Shuffled(groups),
            _ => return Err(Form::Order.into()),
        };
        Ok(map.viewed(view))
    }

    fn resized(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.as_map(node, 0)?;
        let filter = match (node.text("mode"), node.text("coordinate_transformation_mode")) {
            ("linear", "" | "half_pixel" | "pytorch_half_pixel") => Filter::Bilinear,
            ("nearest" | "", "asymmetric") if node.text("nearest_mode") == "floor" => Filter::Nearest,
            _ => return Err(Form::Attribute("mode or coordinate_transformation_mode").into()),
        };
        let shape = map.shape;
        let own = [1.0, shape.channels as f32];
        let stretches = matches!(node.text("keep_aspect_ratio_policy"), "" | "stretch");
        if node.int("antialias", 0) != 0 || node.ints("axes").is_some() || !stretches {
            return Err(Form::Attribute("antialias, axes or keep_aspect_ratio_policy").into());
        }
        let (scales, sizes) = (self.optional(node, 2, "scales")?, self.optional(node, 3, "sizes")?);
        let to: Vec<f32> = match (scales.filter(|scales| scales.count() == 4), sizes.filter(|sizes| sizes.count() == 4))
        {
            (None, Some(sizes)) => sizes.floats(),
            (Some(scales), None) => {
                let sides = [own[0], own[1], shape.height as f32, shape.width as f32];
                scales.floats().iter().zip(sides).map(|(scale, side)| scale * side).collect()
            }
            _ => return Err(Form::NotConstant("sizes").into()),
        };
        // By scales that are not whole the places would be others.
        let is_plain = to[..2] == own && to.iter().all(|side| side.fract() == 0.0 && *side > 1.0 || *side == 1.0);
        let one = to[2..].contains(&1.0) && node.text("coordinate_transformation_mode") == "pytorch_half_pixel";
        if !is_plain || one {
            return Err(Form::Sizes.into());
        }
        let [height, width] = [to[2], to[3]].map(|side| side as usize);
        self.on(&node.name, Op::Resize(Resize { height, width, filter }), map)
    }
}

/// Rows and columns of a map with zeros around it.
fn sides(map: &Map, padding: [[usize; 2]; 2]) -> [usize; 2] {
    let side = |own: usize, [before, after]: [usize; 2]| own.saturating_add(before).saturating_add(after);
    [side(map.shape.height, padding[0]), side(map.shape.width, padding[1])]
}

/// A matrix of so many columns turned over.
fn turned(values: &[f32], columns: usize) -> Vec<f32> {
    if values.is_empty() {
        return Vec::new();
    }
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns.max(1)).copied()).collect()
}

fn added(a: [[usize; 2]; 2], b: [[usize; 2]; 2]) -> Result<[[usize; 2]; 2], Stop> {
    let side = |axis: usize, end: usize| a[axis][end].checked_add(b[axis][end]).ok_or(Form::Padding);
    Ok([[side(0, 0)?, side(0, 1)?], [side(1, 0)?, side(1, 1)?]])
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
