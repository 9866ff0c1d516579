//! Writes a network's graph from the arrays that it finds, and takes each of them only once.

use std::collections::HashSet;

use super::{checkpoint::Arrays as Found, stored::Stored};
use crate::{
    import::{Arrays, Family, Flaw, ImportError, Imported, Options, StateDictError},
    nets::{
        graph::{Graph, GraphError, INPUT, MAX_PARAMETERS, Node},
        layer::LayerKind,
        ops::{Activation, AveragePool, Convolution, FullyConnected, MaxPool, Op},
        shape::{MAX_SIZE, Misfit, Shape},
    },
};

/// What PyTorch adds to a variance by which it divides.
const EPSILON: f64 = 1e-5;
/// Arrays that are named at most, where there are more.
pub(super) const MOST_NAMED: usize = 8;
/// Height and width of images, where nobody says them: those that torchvision's networks are trained on.
const SIDE: usize = 224;

/// A node's result.
#[derive(Debug, Clone)]
pub(super) struct Map {
    pub node: String,
    pub shape: Shape,
}

/// What a convolution is, beside the arrays that it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Its channels; 0 where the array says them.
    pub channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub groups: usize,
}

impl Form {
    /// With padding that keeps the size, where the stride is 1.
    pub const fn same(channels: usize, kernel: usize, stride: usize) -> Self {
        Self { channels, kernel, stride, padding: kernel / 2, groups: 1 }
    }
}

/// A network that is being written.
pub(super) struct Writer<'a> {
    file: &'a [u8],
    pub family: Family,
    found: Found,
    input: Shape,
    nodes: Vec<Node>,
    arrays: Arrays,
    is_bgr: bool,
}

impl<'a> Writer<'a> {
    /// Of the arrays of a file, with the image.
    pub fn new(file: &'a [u8], family: Family, found: Found, options: &Options) -> Result<(Self, Map), ImportError> {
        let [height, width] = options.size.unwrap_or([SIDE; 2]);
        if [height, width].iter().any(|side| !(1..=MAX_SIZE).contains(side)) {
            return Err(ImportError::Size);
        }
        let values = found.values().filter(|stored| stored.is_read()).map(Stored::count);
        let values = values.fold(0_usize, usize::saturating_add);
        if values > MAX_PARAMETERS {
            return Err(StateDictError::Large.into());
        }
        let image = Map { node: INPUT.to_owned(), shape: Shape::map(3, height, width) };
        let (nodes, arrays) = (Vec::new(), Arrays::new());
        let is_bgr = options.is_bgr;
        Ok((Self { file, family, found, input: image.shape, nodes, arrays, is_bgr }, image))
    }

    /// Shape of an array that has not been taken.
    pub fn dims(&self, name: &str) -> Option<&[usize]> {
        self.found.get(name).map(|stored| stored.dims.as_slice())
    }

    /// Names of the arrays that have not been taken.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        self.found.keys().map(String::as_str)
    }

    /// An array is not there.
    pub fn missing(&self, name: impl Into<String>) -> ImportError {
        StateDictError::Missing { family: self.family, name: name.into() }.into()
    }

    /// Takes an array of some shape, 0 standing for any side: its shape and values.
    fn take(&mut self, name: &str, wanted: &[usize]) -> Result<(Vec<usize>, Vec<f32>), ImportError> {
        let stored = self.found.remove(name).ok_or_else(|| self.missing(name))?;
        let is_wanted = |(found, wanted): (&usize, &usize)| if *wanted == 0 { *found > 0 } else { found == wanted };
        if stored.dims.len() != wanted.len() || !stored.dims.iter().zip(wanted).all(is_wanted) {
            let (family, name) = (self.family, name.to_owned());
            return Err(StateDictError::Shape { family, name, found: stored.dims, wanted: wanted.to_vec() }.into());
        }
        let values = stored.values(self.file).ok_or_else(|| {
            let found = stored.number.name().to_owned();
            StateDictError::Numbers { name: name.to_owned(), found }
        })?;
        self.finite(name, &values)?;
        Ok((stored.dims, values))
    }

    fn finite(&self, name: &str, values: &[f32]) -> Result<(), ImportError> {
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(()),
            false => Err(ImportError::Array { name: name.to_owned(), flaw: Flaw::NotNumbers }),
        }
    }

    fn misfit(node: &str, reason: Misfit) -> ImportError {
        GraphError::Misfit { node: node.to_owned(), reason }.into()
    }

    /// Adds a node.
    pub fn push(&mut self, name: &str, op: Op, inputs: &[&Map], layer: Option<LayerKind>) -> Result<Map, ImportError> {
        let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
        let shape = op.shape(&shapes).map_err(|reason| Self::misfit(name, reason))?;
        let inputs = inputs.iter().map(|input| input.node.clone()).collect();
        self.nodes.push(Node { name: name.to_owned(), op, inputs, layer });
        Ok(Map { node: name.to_owned(), shape })
    }

    /// Adds a function of each value.
    pub fn activation(&mut self, activation: Activation, x: &Map) -> Result<Map, ImportError> {
        self.push(&format!("{}.act", x.node), Op::Activation(activation), &[x], None)
    }

    /// Adds a rectification.
    pub fn relu(&mut self, x: &Map) -> Result<Map, ImportError> {
        self.activation(Activation::Relu, x)
    }

    /// Adds a pooling by maximum.
    pub fn pool(&mut self, name: &str, pool: MaxPool, x: &Map) -> Result<Map, ImportError> {
        self.push(name, Op::MaxPool(pool), &[x], None)
    }

    /// Adds a convolution, with the batch normalisation behind it as a part of it: with s = γ / √(σ² + ε), the weights w
    /// become s·w and the bias b becomes β + s·(b - μ).
    pub fn convolution(&mut self, name: &str, norm: Option<&str>, x: &Map, form: Form) -> Result<Map, ImportError> {
        let Form { channels, kernel, stride, padding, groups } = form;
        let weight = format!("{name}.weight");
        let inner = x.shape.channels / groups.max(1);
        let (dims, mut values) = self.take(&weight, &[channels, inner, kernel, kernel])?;
        let channels = dims.first().copied().unwrap_or_default();
        let bias = format!("{name}.bias");
        let mut biases = match norm.is_some() && !self.found.contains_key(&bias) {
            true => vec![0.0; channels],
            false => self.take(&bias, &[channels])?.1,
        };
        if let Some(norm) = norm {
            let mut of = |part: &str| self.take(&format!("{norm}.{part}"), &[channels]).map(|(_, values)| values);
            let (gamma, beta, mean, variance) = (of("weight")?, of("bias")?, of("running_mean")?, of("running_var")?);
            let size = values.len() / channels.max(1);
            let kernels = values.chunks_mut(size.max(1));
            let numbers = gamma.iter().zip(beta).zip(mean.into_iter().zip(variance));
            for ((kernel, bias), ((gamma, beta), (mean, variance))) in kernels.zip(&mut biases).zip(numbers) {
                let scale = f64::from(*gamma) / (f64::from(variance) + EPSILON).sqrt();
                kernel.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32);
                *bias = (f64::from(beta) + scale * (f64::from(*bias) - f64::from(mean))) as f32;
            }
            self.finite(&format!("{norm}.running_var"), &values)?;
            self.finite(&format!("{norm}.running_var"), &biases)?;
        }
        if x.node == INPUT && self.is_bgr {
            // The image has red, green and blue in this order, and the kernels blue, green and red.
            let plane = kernel * kernel;
            for kernel in values.chunks_exact_mut(3 * plane) {
                let (first, rest) = kernel.split_at_mut(plane);
                rest.iter_mut().skip(plane).zip(first).for_each(|(last, first)| std::mem::swap(last, first));
            }
        }
        let op = Convolution { groups, ..Convolution::square(channels, kernel, stride, padding) };
        let made = self.push(name, Op::Convolution(op), &[x], Some(LayerKind::Convolutional))?;
        self.arrays.insert(weight, (dims, values));
        self.arrays.insert(bias, (vec![channels], biases));
        Ok(made)
    }

    /// Adds a fully connected layer.
    pub fn linear(&mut self, name: &str, x: &Map) -> Result<Map, ImportError> {
        let inputs = x.shape.values().ok_or_else(|| Self::misfit(name, Misfit::Large))?;
        let (dims, values) = self.take(&format!("{name}.weight"), &[0, inputs])?;
        self.connected(name, x, dims, values)
    }

    fn connected(&mut self, name: &str, x: &Map, dims: Vec<usize>, values: Vec<f32>) -> Result<Map, ImportError> {
        let units = dims.first().copied().unwrap_or_default();
        let (_, biases) = self.take(&format!("{name}.bias"), &[units])?;
        let op = Op::Linear(FullyConnected { units, bias: true });
        let made = self.push(name, op, &[x], Some(LayerKind::FullyConnected))?;
        self.arrays.insert(format!("{name}.weight"), (dims, values));
        self.arrays.insert(format!("{name}.bias"), (vec![units], biases));
        Ok(made)
    }

    /// Adds a fully connected layer that reads means over so many windows along rows and columns, which together cover the map:
    /// PyTorch's AdaptiveAvgPool2d. Where these windows are as wide and as far apart as one another they are a pooling;
    /// otherwise they become part of the layer, since a mean is a
    /// weighted sum too.
    pub fn pooled_linear(&mut self, name: &str, side: usize, x: &Map) -> Result<Map, ImportError> {
        let Shape { channels, height, width } = x.shape;
        let (rows, columns) = (windows(height, side), windows(width, side));
        if let (Some([tall, down]), Some([wide, right])) = (even(&rows), even(&columns)) {
            if [height, width] == [side; 2] {
                return self.linear(name, x);
            }
            let op = AveragePool { kernel: [tall, wide], stride: [down, right], ..AveragePool::square(1) };
            let x = self.push("avgpool", Op::AveragePool(op), &[x], None)?;
            return self.linear(name, &x);
        }
        let weight = format!("{name}.weight");
        let (dims, values) = self.take(&weight, &[0, channels.saturating_mul(side * side)])?;
        let units = dims.first().copied().unwrap_or_default();
        let all = x.shape.values().and_then(|inputs| Some((inputs, inputs.checked_mul(units)?)));
        let Some((inputs, all)) = all.filter(|(_, all)| *all <= MAX_PARAMETERS) else {
            return Err(GraphError::Parameters { node: name.to_owned() }.into());
        };
        let mut spread = Vec::with_capacity(all);
        let mut plane = vec![0.0_f64; height * width];
        for weights in values.chunks_exact(side * side) {
            plane.fill(0.0);
            for (weights, rows) in weights.chunks_exact(side).zip(&rows) {
                for (weight, columns) in weights.iter().zip(&columns) {
                    let share = f64::from(*weight) / (rows.len() * columns.len()) as f64;
                    for row in plane.chunks_exact_mut(width).take(rows.end).skip(rows.start) {
                        row.iter_mut().take(columns.end).skip(columns.start).for_each(|value| *value += share);
                    }
                }
            }
            spread.extend(plane.iter().map(|value| *value as f32));
        }
        self.finite(&weight, &spread)?;
        self.connected(name, x, vec![units, inputs], spread)
    }

    /// The network, where no array is left and its last node, or the one that is asked for, is a row of numbers.
    pub fn finish(mut self, architecture: String, options: &Options) -> Result<Imported, ImportError> {
        if !self.found.is_empty() {
            let names = self.found.keys().take(MOST_NAMED).map(|name| short(name)).collect();
            let more = self.found.len().saturating_sub(MOST_NAMED);
            return Err(StateDictError::Superfluous { family: self.family, names, more }.into());
        }
        if let Some(name) = &options.output {
            let place = self.nodes.iter().position(|node| node.name == *name);
            let place = place.ok_or_else(|| ImportError::NoOutput { name: name.clone() })?;
            self.nodes.truncate(place + 1);
            let nodes: HashSet<&str> = self.nodes.iter().map(|node| node.name.as_str()).collect();
            self.arrays.retain(|array, _| array.rsplit_once('.').is_some_and(|(node, _)| nodes.contains(node)));
        }
        let Some(last) = self.nodes.last_mut() else { return Err(GraphError::Empty.into()) };
        last.layer = Some(LayerKind::Output);
        let name = last.name.clone();
        let graph = Graph { input: self.input, nodes: self.nodes };
        let Shape { channels, height, width } = graph.clone().check()?.output();
        if (height, width) != (1, 1) {
            return Err(ImportError::NoFeatures { name, shape: [channels, height, width] });
        }
        let metadata = vec![("torchvision".to_owned(), architecture)];
        Ok(Imported { graph, arrays: self.arrays, is_averaged: false, is_before_softmax: false, metadata })
    }
}

/// What each window of means covers of a side.
fn windows(from: usize, to: usize) -> Vec<std::ops::Range<usize>> {
    (0..to).map(|place| place * from / to..((place + 1) * from).div_ceil(to)).collect()
}

/// Width and distance of windows, where both are the same for all.
fn even(windows: &[std::ops::Range<usize>]) -> Option<[usize; 2]> {
    let first = windows.first()?;
    let stride = windows.get(1).map_or(1, |second| second.start - first.start);
    let is_even =
        windows.iter().enumerate().all(|(at, window)| window.start == at * stride && window.len() == first.len());
    (is_even && stride > 0).then_some([first.len(), stride])
}

/// The beginning of a name, as long as a sentence has room for.
pub(super) fn short(name: &str) -> String {
    name.chars().take(100).collect()
}
