//! One layer after another, by the rules of Caffe's own (<https://caffe.berkeleyvision.org/tutorial/layers.html>).

use super::{
    definition::{Layer, Parameters},
    translator::{Map, Stop, Translator},
};
use crate::{
    import::Form,
    nets::{
        graph::INPUT,
        layer::LayerKind,
        ops::{Activation, Convolution, FullyConnected, LocalResponseNorm, Op, TransposedConvolution},
        shape::{Misfit, Shape},
    },
};

impl Translator<'_> {
    /// What a layer makes of what it reads.
    pub(super) fn translated(&mut self, layer: &Layer) -> Result<Map, Stop> {
        match layer.plain().as_str() {
            "convolution" => self.convolution(layer),
            "deconvolution" => self.transposed_convolution(layer),
            "innerproduct" => self.linear(layer),
            "relu" => {
                let slope = layer.parameters("relu_param", &["negative_slope"])?.float("negative_slope", 0.0)?;
                let leaky = Activation::LeakyRelu { slope };
                self.each(layer, Op::Activation(if slope == 0.0 { Activation::Relu } else { leaky }))
            }
            "sigmoid" => self.each(layer, Op::Activation(Activation::Sigmoid)),
            "tanh" => self.each(layer, Op::Activation(Activation::Tanh)),
            "pooling" => self.pooling(layer),
            "lrn" => self.local_response_norm(layer),
            "batchnorm" => self.batch_norm(layer),
            "scale" => self.scale(layer),
            "concat" => self.concatenated(layer),
            "eltwise" => self.eltwise(layer),
            "reshape" => self.reshaped(layer),
            "flatten" => self.flattened(layer),
            // They do nothing when a network is used.
            "dropout" | "split" => self.raw(layer, 0),
            "softmax" => {
                let own = layer.parameters("softmax_param", &["axis"])?;
                if own.int("axis", 1)? != 1 {
                    return Err(own.unknown().into());
                }
                self.each(layer, Op::Softmax)
            }
            _ => Err(Form::Operation.into()),
        }
    }

    /// What a layer reads, images with their channels in the file's order.
    pub(super) fn map(&mut self, layer: &Layer, place: usize) -> Result<Map, Stop> {
        let map = self.raw(layer, place)?;
        match self.pixels {
            Some(factors) if map.node == INPUT => self.turned(map, factors),
            _ => Ok(map),
        }
    }

    /// Images with blue first, each channel times its factor.
    fn turned(&mut self, image: Map, [red, green, blue]: [f32; 3]) -> Result<Map, Stop> {
        if let Some(turned) = &self.turned {
            return Ok(turned.clone());
        }
        let mut channels = Vec::new();
        for from in [2, 1, 0] {
            channels.push(self.push("channel", Op::Slice { from, to: from + 1 }, &[&image], None)?);
        }
        let turned = self.push("bgr", Op::Concatenate, &channels.iter().collect::<Vec<_>>(), None)?;
        let op = Op::Constants { scale: vec![blue, green, red], shift: vec![0.0; 3] };
        let scaled = Map { sole: false, ..self.push("pixels", op, &[&turned], None)? };
        self.turned = Some(scaled.clone());
        Ok(scaled)
    }

    /// An operation on each value, or along the channels.
    pub(super) fn each(&mut self, layer: &Layer, op: Op) -> Result<Map, Stop> {
        let map = self.map(layer, 0)?;
        let made = self.push(layer.name, op, &[&map], None)?;
        Ok(Map { is_row: map.is_row, ..made })
    }

    /// Gives a layer's node its arrays; a bias is always there, so that what follows can become part of it.
    fn with_arrays(&mut self, map: &Map, shape: Vec<usize>, arrays: Vec<Vec<f32>>) -> Result<(), Stop> {
        let units = map.shape.channels;
        let mut arrays = arrays.into_iter();
        self.keep(map, "weight", shape, arrays.next().unwrap_or_default())?;
        self.keep(map, "bias", vec![units], arrays.next().unwrap_or_else(|| vec![0.0; units]))
    }

    fn convolution(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("convolution_param", &SLIDING)?;
        let Sliding { channels, kernel, stride, padding, dilation, groups, has_bias } = Sliding::read(&own)?;
        let mut map = self.raw(layer, 0)?;
        let image = self.pixels.filter(|_| map.node == INPUT);
        // Of an image's channels a convolution can do the turning itself.
        let folded = image.filter(|_| groups == 1);
        if image.is_some() && folded.is_none() {
            map = self.map(layer, 0)?;
        }
        let padding = padding.map(|side| [side; 2]);
        let op = Convolution { channels, kernel, stride, padding, dilation, groups, bias: true };
        let made = self.push(layer.name, Op::Convolution(op), &[&map], Some(LayerKind::Convolutional))?;
        let shape = vec![channels, map.shape.channels / groups.max(1), kernel[0], kernel[1]];
        let mut arrays = self.arrays_of(layer, &wanted(&shape, channels, has_bias))?;
        if let (Some(factors), Some(weight)) = (folded, arrays.first_mut()) {
            turn(weight, kernel[0] * kernel[1], factors);
        }
        self.with_arrays(&made, shape, arrays)?;
        Ok(made)
    }

    fn transposed_convolution(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("convolution_param", &SLIDING)?;
        let Sliding { channels, kernel, stride, padding, dilation, groups, has_bias } = Sliding::read(&own)?;
        if dilation != [1, 1] {
            return Err(own.unknown().into());
        }
        let map = self.map(layer, 0)?;
        let op =
            TransposedConvolution { channels, kernel, stride, padding, output_padding: [0, 0], groups, bias: true };
        let made = self.push(layer.name, Op::TransposedConvolution(op), &[&map], Some(LayerKind::Convolutional))?;
        let shape = vec![map.shape.channels, channels / groups.max(1), kernel[0], kernel[1]];
        let arrays = self.arrays_of(layer, &wanted(&shape, channels, has_bias))?;
        self.with_arrays(&made, shape, arrays)?;
        Ok(made)
    }

    fn linear(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("inner_product_param", &["num_output", "bias_term", "axis", "transpose"])?;
        if own.int("axis", 1)? != 1 || own.flag("transpose", false)? {
            return Err(own.unknown().into());
        }
        let (units, has_bias) = (own.count("num_output", 0)?, own.flag("bias_term", true)?);
        let map = self.map(layer, 0)?;
        let values = map.shape.values().ok_or(Form::Misfit(Misfit::Large))?;
        let op = Op::Linear(FullyConnected { units, bias: true });
        let made = self.push(layer.name, op, &[&map], Some(LayerKind::FullyConnected))?;
        let shape = vec![units, values];
        let arrays = self.arrays_of(layer, &wanted(&shape, units, has_bias))?;
        self.with_arrays(&made, shape, arrays)?;
        Ok(Map { is_row: true, ..made })
    }

    fn local_response_norm(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("lrn_param", &["local_size", "alpha", "beta", "k", "norm_region"])?;
        let size = own.count("local_size", 5)?;
        if size.is_multiple_of(2) || !matches!(own.word("norm_region", "ACROSS_CHANNELS"), "ACROSS_CHANNELS" | "0") {
            return Err(own.unknown().into());
        }
        let (alpha, beta, k) = (own.float("alpha", 1.0)?, own.float("beta", 0.75)?, own.float("k", 1.0)?);
        // Caffe too divides α by the size.
        self.each(layer, Op::LocalResponseNorm(LocalResponseNorm { size, alpha, beta, k }))
    }

    fn concatenated(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("concat_param", &["axis", "concat_dim"])?;
        if own.int("axis", 1)? != 1 || own.int("concat_dim", 1)? != 1 {
            return Err(own.unknown().into());
        }
        let maps = self.maps(layer)?;
        match maps.as_slice() {
            [only] => Ok(only.clone()),
            maps => {
                let made = self.push(layer.name, Op::Concatenate, &maps.iter().collect::<Vec<_>>(), None)?;
                Ok(Map { is_row: maps.iter().all(|map| map.is_row), ..made })
            }
        }
    }

    fn eltwise(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("eltwise_param", &["operation", "coeff", "stable_prod_grad"])?;
        let maps = self.maps(layer)?;
        let op = match own.word("operation", "SUM") {
            "SUM" | "1" if own.row::<f32>("coeff")?.iter().all(|factor| *factor == 1.0) => Op::Add,
            "PROD" | "0" if !own.has("coeff") && maps.iter().all(|map| map.shape == maps[0].shape) => Op::Multiply,
            _ => return Err(own.unknown().into()),
        };
        let made = self.push(layer.name, op, &maps.iter().collect::<Vec<_>>(), None)?;
        Ok(Map { is_row: maps.iter().all(|map| map.is_row), ..made })
    }

    /// All that a layer reads.
    fn maps(&mut self, layer: &Layer) -> Result<Vec<Map>, Stop> {
        if layer.bottoms.is_empty() {
            return Err(Form::Reads.into());
        }
        (0..layer.bottoms.len()).map(|place| self.map(layer, place)).collect()
    }

    fn flattened(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("flatten_param", &["axis", "end_axis"])?;
        if own.int("axis", 1)? != 1 || own.int("end_axis", -1)? != -1 {
            return Err(own.unknown().into());
        }
        let map = self.map(layer, 0)?;
        self.row(layer, map)
    }

    /// All values in a row.
    fn row(&mut self, layer: &Layer, map: Map) -> Result<Map, Stop> {
        let is_row = (map.shape.height, map.shape.width) == (1, 1);
        let map = if is_row { map } else { self.push(layer.name, Op::Flatten, &[&map], None)? };
        Ok(Map { is_row: true, ..map })
    }

    fn reshaped(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("reshape_param", &["shape", "axis", "num_axes"])?;
        let map = self.map(layer, 0)?;
        let Shape { channels, height, width } = map.shape;
        let before = if map.is_row { vec![channels * height * width] } else { vec![channels, height, width] };
        let dims = own.shape()?;
        let is_whole = own.int("axis", 0)? == 0 && own.int("num_axes", -1)? == -1;
        let (Some((images, dims)), true) = (dims.split_first(), is_whole) else { return Err(own.unknown().into()) };
        // As many images as before, whichever way that is said.
        if ![0, 1, -1, self.batch].contains(images) || *images == -1 && dims.contains(&-1) {
            return Err(own.unknown().into());
        }
        let mut sides = Vec::new();
        for (place, dim) in dims.iter().enumerate() {
            sides.push(match dim {
                0 => Some(*before.get(place).ok_or(own.unknown())?),
                -1 => None,
                dim => Some(usize::try_from(*dim).map_err(|_| own.unknown())?),
            });
        }
        let known = sides.iter().flatten().try_fold(1_usize, |product, side| product.checked_mul(*side));
        let values = map.shape.values().unwrap_or(usize::MAX);
        let rest = known.and_then(|known| values.checked_div(known)).ok_or(own.unknown())?;
        if sides.iter().filter(|side| side.is_none()).count() > 1 {
            return Err(own.unknown().into());
        }
        match sides.iter().map(|side| side.unwrap_or(rest)).collect::<Vec<_>>().as_slice() {
            [units] if *units == values => self.row(layer, map),
            [channels, height, width] => {
                let shape = Shape::map(*channels, *height, *width);
                let made = self.push(layer.name, Op::Reshape(shape), &[&map], None)?;
                Ok(Map { is_row: false, ..made })
            }
            _ => Err(own.unknown().into()),
        }
    }
}

/// What is known of `convolution_param`.
const SLIDING: [&str; 15] = [
    "num_output",
    "bias_term",
    "pad",
    "pad_h",
    "pad_w",
    "kernel_size",
    "kernel_h",
    "kernel_w",
    "stride",
    "stride_h",
    "stride_w",
    "dilation",
    "group",
    "axis",
    "force_nd_im2col",
];
/// What a convolution says of itself, transposed or not.
struct Sliding {
    channels: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    has_bias: bool,
}

impl Sliding {
    fn read(own: &Parameters) -> Result<Self, Form> {
        if own.int("axis", 1)? != 1 {
            return Err(own.unknown());
        }
        Ok(Self {
            channels: own.count("num_output", 0)?,
            kernel: own.two("kernel_size", ["kernel_h", "kernel_w"], 0)?,
            stride: own.two("stride", ["stride_h", "stride_w"], 1)?,
            padding: own.two("pad", ["pad_h", "pad_w"], 0)?,
            dilation: own.two("dilation", ["", ""], 1)?,
            groups: own.count("group", 1)?,
            has_bias: own.flag("bias_term", true)?,
        })
    }
}

/// Sides of a layer's arrays.
fn wanted(weight: &[usize], units: usize, has_bias: bool) -> Vec<Vec<usize>> {
    std::iter::once(weight.to_vec()).chain(has_bias.then(|| vec![units])).collect()
}

/// Brings a kernel `[out, 3, rows, columns]` over blue, green and red to one over red, green and blue, each times its factor.
fn turn(weight: &mut [f32], plane: usize, factors: [f32; 3]) {
    for kernel in weight.chunks_mut((3 * plane).max(1)) {
        let half = kernel.len() / 2;
        let (first, last) = kernel.split_at_mut(half.max(plane).min(kernel.len()));
        let behind = last.len().saturating_sub(plane);
        if let (Some(blue), Some(red)) = (first.get_mut(..plane), last.get_mut(behind..)) {
            blue.swap_with_slice(red);
        }
        for (values, factor) in kernel.chunks_mut(plane.max(1)).zip(factors) {
            values.iter_mut().for_each(|value| *value *= factor);
        }
    }
}
