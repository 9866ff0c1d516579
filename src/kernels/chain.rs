//! From a chain of graphs to stages: operations with what is fused into them.
//!
//! What lays the same numbers out in another shape is no operation; a factor on each channel goes into the weights that it
//! meets; a sum and an activation go into the operation before them, where nobody else reads what lies between.

use std::collections::BTreeMap;

use super::{
    epilogue::{Derivative, Epilogue, told_by_result},
    layout::Layouts,
    nodes::{Link, Node, Spot, Work, nodes, place},
    ops::{self, Channels, Convolution, Depthwise, GlobalAverage, Kernel, Linear, Motion, Pool},
    values::{Array, Contents, MOST_VALUES, Refusal, Scaled, Step, Value},
};
use crate::nets::{
    ops::{Activation, Op},
    shape::Shape,
};

/// A kernel with what is fused into it.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub name: String,
    pub kernel: Kernel,
    pub source: Value,
    pub bias: Option<Array>,
    pub summand: Option<Value>,
    pub activation: Option<Activation>,
    pub result: Value,
}

impl Stage {
    /// What is done with the kernel's sums.
    pub fn epilogue(&self) -> Epilogue {
        Epilogue { bias: self.bias, summand: self.summand, activation: self.activation, derivative: None }
    }

    /// The derivative of its activation. One that the result does not tell stands by itself, so that its source does.
    pub fn derivative(&self) -> Option<Derivative> {
        self.activation.map(|of| Derivative { of, kept: if told_by_result(of) { self.result } else { self.source } })
    }
}

/// A chain as stages, in an order in which each stands behind those that it reads.
#[derive(Debug, Default)]
pub(super) struct Stages {
    pub batch: usize,
    pub stages: Vec<Stage>,
    /// Shape of each value, image by image.
    pub shapes: Vec<Shape>,
    /// The node whose sources lie as maps of different sides, where there is one.
    pub mixed: Option<String>,
    pub arrays: Vec<Contents>,
    /// The chain's input.
    pub input: Option<Value>,
    /// What a step does, a [`Step`](super::Step) an image, where anything depends on it.
    pub steps: Option<Value>,
    /// What was asked for, in its order.
    pub spots: Vec<Value>,
}

impl Stages {
    /// The stages that lead to some places of a chain, for so many images.
    pub fn of(links: &[Link], batch: usize, spots: &[Spot]) -> Result<Self, Refusal> {
        if batch == 0 {
            return Err(Refusal::Empty);
        }
        let nodes = nodes(links)?;
        let wanted = spots.iter().map(|spot| place(spot, &nodes).ok_or_else(|| spot.missing()));
        let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
        let mut lowering = Lowering::new(&nodes, &wanted, batch);
        // From here on no product of sizes overflows.
        let values = |node: &Node| node.shape.values().and_then(|values| values.checked_mul(batch));
        let large = |node: &Node| values(node).is_none_or(|values| values > MOST_VALUES);
        if let Some((node, _)) = nodes.iter().zip(&lowering.needed).find(|(node, needed)| **needed && large(node)) {
            return Err(Refusal::Large { node: node.name.to_owned() });
        }
        let input = lowering.value(0);
        for number in 1..nodes.len() {
            lowering.lower(number)?;
        }
        let missing = |spot: usize| spots[spot].missing();
        let found = wanted.iter().enumerate().map(|(spot, node)| lowering.found(*node).ok_or_else(|| missing(spot)));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { input: Some(input), spots: found, ..lowering.stages })
    }

    /// A new value of a shape.
    pub fn value(&mut self, shape: Shape) -> Value {
        self.shapes.push(shape);
        Value(self.shapes.len() - 1)
    }

    /// The value that tells what each step does.
    pub fn steps(&mut self) -> Value {
        let steps = self.steps.unwrap_or_else(|| self.value(Shape::features(Step::NUMBERS)));
        *self.steps.insert(steps)
    }

    pub fn array(&mut self, contents: Contents) -> Array {
        self.arrays.push(contents);
        Array(self.arrays.len() - 1)
    }
}

/// A chain on its way to stages.
struct Lowering<'a> {
    nodes: &'a [Node<'a>],
    /// For each node the one whose numbers it has.
    same: Vec<usize>,
    layouts: Layouts,
    /// For each node those that read it; none for one that nobody needs.
    readers: Vec<Vec<usize>>,
    needed: Vec<bool>,
    /// Those that are asked for.
    held: Vec<bool>,
    values: Vec<Option<Value>>,
    /// Those that are part of a stage that was begun before them.
    fused: Vec<bool>,
    /// Factors on what a node reads.
    factors: BTreeMap<usize, &'a [f32]>,
    stages: Stages,
}

impl<'a> Lowering<'a> {
    fn new(nodes: &'a [Node<'a>], wanted: &[usize], batch: usize) -> Self {
        let count = nodes.len();
        let mut needed = vec![false; count];
        for node in wanted {
            needed[*node] = true;
        }
        for number in (1..count).rev() {
            if needed[number] {
                nodes[number].inputs.iter().for_each(|input| needed[*input] = true);
            }
        }
        let layouts = Layouts::of(nodes);
        let mut same: Vec<usize> = (0..count).collect();
        for (number, node) in nodes.iter().enumerate() {
            if let (Some(Op::Flatten | Op::Reshape(_)), [input]) = (node.op(), node.inputs.as_slice())
                && layouts.are_alike(number, *input)
            {
                same[number] = same[*input];
            }
        }
        let mut held = vec![false; count];
        wanted.iter().for_each(|node| held[same[*node]] = true);
        let mut readers = vec![Vec::new(); count];
        for number in (1..count).filter(|number| needed[*number] && same[*number] == *number) {
            nodes[number].inputs.iter().for_each(|input| readers[same[*input]].push(number));
        }
        let mut factors = BTreeMap::new();
        for number in 1..count {
            if let (Some(Op::Constants { scale, shift }), [reader]) = (nodes[number].op(), readers[number].as_slice())
                && shift.iter().all(|shift| *shift == 0.0)
                && !held[number]
                && takes_factors(nodes[*reader].op())
                && nodes[*reader].inputs == [number]
            {
                let (reader, read) = (*reader, same[nodes[number].inputs[0]]);
                factors.insert(reader, scale.as_slice());
                same[number] = read;
                readers[read].iter_mut().filter(|other| **other == number).for_each(|other| *other = reader);
            }
        }
        // What has the numbers of a node that has those of another has those too.
        for number in 0..count {
            same[number] = same[same[number]];
        }
        let mut stages = Stages { batch, ..Stages::default() };
        stages.mixed = layouts.mixed.map(|number| nodes[number].name.to_owned());
        Self {
            nodes,
            same,
            layouts,
            readers,
            needed,
            held,
            values: vec![None; count],
            fused: vec![false; count],
            factors,
            stages,
        }
    }

    /// The value of a node, new where it has none.
    fn value(&mut self, number: usize) -> Value {
        let node = self.same[number];
        match self.values[node] {
            Some(value) => value,
            None => {
                let value = self.stages.value(self.layouts.shape(node));
                self.values[node] = Some(value);
                value
            }
        }
    }

    fn found(&self, number: usize) -> Option<Value> {
        self.values[self.same[number]]
    }

    /// Adds a node's stages, where it has any and is needed.
    fn lower(&mut self, number: usize) -> Result<(), Refusal> {
        if !self.needed[number] || self.same[number] != number || self.fused[number] {
            return Ok(());
        }
        let node = &self.nodes[number];
        if matches!(node.work, Work::Input) {
            return Ok(());
        }
        let (read, sources) = (node.inputs.iter().map(|input| self.nodes[*input].shape), node.inputs.clone());
        let read: Vec<Shape> = read.collect();
        let lost = || Refusal::Missing { link: node.link, node: Some(node.name.to_owned()) };
        let sources: Vec<Value> =
            sources.iter().map(|input| self.found(*input).ok_or_else(lost)).collect::<Result<_, _>>()?;
        let (Some(first), Some(shape)) = (sources.first().copied(), read.first().copied()) else { return Err(lost()) };
        let same = Kernel::Channels(Channels { shape: node.shape, scale: None, rearranges: false });
        let mut stage = Stage {
            name: node.name.to_owned(),
            kernel: same.clone(),
            source: first,
            bias: None,
            summand: None,
            activation: None,
            result: first,
        };
        match node.work {
            Work::Op(Op::Activation(activation)) => stage.activation = Some(*activation),
            Work::Op(Op::Flatten | Op::Reshape(_)) => {
                stage.kernel = Kernel::Channels(Channels { shape: node.shape, scale: None, rearranges: true });
            }
            Work::Op(Op::Add) => {
                for other in sources.get(1..sources.len() - 1).unwrap_or_default() {
                    let result = self.stages.value(self.layouts.shape(number));
                    let part = Stage { summand: Some(*other), result, ..stage.clone() };
                    stage.source = result;
                    self.stages.stages.push(part);
                }
                stage.summand = sources.last().copied();
            }
            Work::Op(op) => (stage.kernel, stage.bias) = self.kernel(number, op, shape)?,
            Work::Motion => stage.kernel = Kernel::Motion(Motion { shape, steps: self.stages.steps() }),
            Work::Input => {}
        }
        let last = self.fuse(number, &mut stage);
        stage.result = self.value(last);
        self.stages.stages.push(stage);
        Ok(())
    }

    /// Fuses into a stage what follows it, and tells the last node that it now gives.
    fn fuse(&mut self, number: usize, stage: &mut Stage) -> usize {
        let mut last = number;
        while let ([reader], false) = (self.readers[last].as_slice(), self.held[last]) {
            let reader = *reader;
            let node = &self.nodes[reader];
            match node.op() {
                Some(Op::Activation(activation)) if stage.activation.is_none() && told_by_result(*activation) => {
                    stage.activation = Some(*activation);
                }
                Some(Op::Add) if stage.activation.is_none() && stage.summand.is_none() => {
                    let [a, b] = *node.inputs.as_slice() else { break };
                    let other = if self.same[a] == last { b } else { a };
                    match self.found(other) {
                        Some(value) => stage.summand = Some(value),
                        None => break,
                    }
                }
                _ => break,
            }
            self.fused[reader] = true;
            last = reader;
        }
        last
    }

    /// The kernel of an operation with weights or windows, and its bias.
    fn kernel(&mut self, number: usize, op: &Op, input: Shape) -> Result<(Kernel, Option<Array>), Refusal> {
        let node = &self.nodes[number];
        let output = node.shape;
        let mut arrays = Vec::new();
        for (kind, shape) in op.weights(&[input], output) {
            let scaled = self.factors.get(&number).filter(|_| kind == "weight").map(|factors| Scaled {
                factors: factors.to_vec(),
                inner: match op {
                    Op::Linear(_) => input.height * input.width,
                    Op::TransposedConvolution(_) => shape.iter().skip(1).product(),
                    _ => shape.iter().skip(2).product(),
                },
            });
            let name = format!("{}.{kind}", node.name);
            arrays.push(self.stages.array(Contents::Weights { link: node.link, name, shape, scaled }));
        }
        let unknown = |operation| Refusal::Operation { node: node.name.to_owned(), operation };
        let (weight, bias) = (arrays.first().copied(), arrays.get(1).copied());
        let weight = weight.ok_or_else(|| Refusal::Missing { link: node.link, node: Some(node.name.to_owned()) });
        let pool = |kernel: [usize; 2], stride: [usize; 2], padding: [[usize; 2]; 2], count_padding| Pool {
            input,
            output,
            kernel,
            stride,
            padding: padding.map(|[before, _]| before),
            count_padding,
        };
        let kernel = match op {
            Op::Convolution(op) if op.groups == input.channels && op.groups == output.channels && op.groups > 1 => {
                Kernel::Depthwise(Depthwise {
                    weight: weight?,
                    input,
                    output,
                    kernel: op.kernel,
                    stride: op.stride,
                    padding: op.padding.map(|[before, _]| before),
                    dilation: op.dilation,
                })
            }
            Op::Convolution(op) => Kernel::Convolution(Box::new(Convolution::sliding(op, input, output, weight?))),
            Op::TransposedConvolution(op) => {
                Kernel::Convolution(Box::new(Convolution::transposed(op, input, output, weight?)))
            }
            Op::Linear(op) => {
                let inputs = input.values().unwrap_or(usize::MAX);
                Kernel::Linear(Linear { weight: weight?, inputs, units: op.units })
            }
            Op::MaxPool(op) => Kernel::MaxPool(pool(op.kernel, op.stride, op.padding, false)),
            Op::AveragePool(op) => Kernel::AveragePool(pool(op.kernel, op.stride, op.padding, op.count_padding)),
            Op::GlobalAverage => Kernel::GlobalAverage(GlobalAverage { input }),
            Op::Resize(op) => {
                let table = self.stages.array(Contents::Given(ops::table(*op, input)));
                Kernel::Resize(ops::Resize { input, output, table })
            }
            Op::Constants { scale, shift } => {
                let scale = self.stages.array(Contents::Given(scale.clone()));
                let shift = self.stages.array(Contents::Given(shift.clone()));
                return Ok((
                    Kernel::Channels(Channels { shape: output, scale: Some(scale), rearranges: false }),
                    Some(shift),
                ));
            }
            Op::BatchNorm(_) => return Err(unknown("batch_norm")),
            Op::LocalResponseNorm(_) => return Err(unknown("local_response_norm")),
            Op::LayerNorm(_) => return Err(unknown("layer_norm")),
            Op::Multiply => return Err(unknown("multiply")),
            Op::Concatenate => return Err(unknown("concatenate")),
            Op::Slice { .. } => return Err(unknown("slice")),
            Op::Shuffle { .. } => return Err(unknown("shuffle")),
            Op::Softmax => return Err(unknown("softmax")),
            // These are no kernels of their own.
            Op::Activation(_) => return Err(unknown("activation")),
            Op::Add => return Err(unknown("add")),
            Op::Flatten | Op::Reshape(_) => return Err(unknown("reshape")),
        };
        Ok((kernel, bias))
    }
}

/// Whether a factor on each channel of what an operation reads may go into its weights.
fn takes_factors(op: Option<&Op>) -> bool {
    match op {
        Some(Op::Linear(_)) => true,
        Some(Op::Convolution(op)) => op.groups == 1,
        Some(Op::TransposedConvolution(op)) => op.groups == 1,
        _ => false,
    }
}
