//! Operations with weights, what becomes part of them, and means and largest values of windows.

use super::{
    attributes::padding,
    constants::places,
    schema::Node,
    sides::added,
    tensor::Tensor,
    translator::{Map, Stop, Translator, View},
};
use crate::{
    import::Form,
    nets::{
        layer::LayerKind,
        ops::{Activation, AveragePool, BatchNorm, Convolution, FullyConnected, MaxPool, Op, TransposedConvolution},
    },
};

/// Numbers of at most so many channels stand in the graph itself; more are arrays.
const FEW_CHANNELS: usize = 16;

impl<'a> Translator<'a> {
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

    pub(super) fn convolution(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.as_map(node, 0)?;
        let weight = self.known(node, 1, "weights")?;
        let [channels, inner, rows, columns] = *weight.dims.as_slice() else {
            return Err(Form::Rank.into());
        };
        let bias = self.optional(node, 2, "biases")?.map(|bias| bias.floats());
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

    pub(super) fn transposed_convolution(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.as_map(node, 0)?;
        let weight = self.known(node, 1, "weights")?;
        let [inputs, inner, rows, columns] = *weight.dims.as_slice() else {
            return Err(Form::Rank.into());
        };
        let bias = self.optional(node, 2, "biases")?.map(|bias| bias.floats());
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

    pub(super) fn gemm(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        if node.int("transA", 0) != 0 || map.view != View::Flat {
            return Err(Form::Order.into());
        }
        let weight = self.known(node, 1, "weights")?;
        let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
        let [a, b] = *weight.dims.as_slice() else { return Err(Form::Rank.into()) };
        let is_turned = node.int("transB", 0) != 0;
        let (units, inputs) = if is_turned { (a, b) } else { (b, a) };
        if map.shape.values() != Some(inputs) {
            return Err(Form::Channels.into());
        }
        let mut values = if is_turned { weight.floats() } else { turned(&weight.floats(), units) };
        values.iter_mut().for_each(|value| *value *= alpha);
        let bias = self.optional(node, 2, "biases")?;
        let bias = bias.map(|bias| bias.floats().into_iter().map(|value| value * beta).collect());
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
        let op = Op::Linear(FullyConnected { units, bias: true });
        let made = self.push(&self.hint(node, 1), op, &[map], Some(LayerKind::FullyConnected))?;
        self.with_arrays(made, (vec![units, inputs], values), bias).map(|map| map.viewed(View::Flat))
    }

    /// Features, or the channels of each position, times a matrix.
    pub(super) fn product(&mut self, node: &Node) -> Result<Map, Stop> {
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
            View::Last => {
                let op = Op::Convolution(Convolution::square(units, 1, 1, 0));
                let made = self.push(&self.hint(node, 1), op, &[map], Some(LayerKind::Convolutional))?;
                self.with_arrays(made, (vec![units, inputs, 1, 1], values), None).map(|map| map.viewed(View::Last))
            }
            _ => Err(Form::Order.into()),
        }
    }

    pub(super) fn batch_norm(&mut self, node: &Node) -> Result<Map, Stop> {
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
    pub(super) fn affine(&mut self, hint: &str, map: Map, scale: &[f32], shift: &[f32]) -> Result<Map, Stop> {
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

    pub(super) fn pool(&mut self, node: &Node) -> Result<Map, Stop> {
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
    pub(super) fn mean(&mut self, node: &Node) -> Result<Map, Stop> {
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
