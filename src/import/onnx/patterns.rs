//! What files write as several operations, and a graph has as one.

use super::{
    constants::places,
    schema::Node,
    tensor::Tensor,
    translator::{Map, Stop, Translator, Value, View},
};
use crate::{
    import::Form,
    nets::ops::{Activation, LayerNorm, Op},
};

/// Factors of a product are looked for so many products deep.
const DEEPEST: usize = 4;

impl<'a> Translator<'a> {
    /// What a node ends, where that is known as one operation.
    pub(super) fn pattern(&mut self, node: &'a Node) -> Result<Option<Map>, Stop> {
        match node.kind.as_str() {
            "Mul" => {
                let found = self.gated(node).or_else(|| self.gelu(node));
                let Some((activation, name)) = found else { return Ok(None) };
                let Some(Value::Map(map)) = self.value(name).cloned() else { return Ok(None) };
                if self.is_changed(&map) {
                    return Ok(None);
                }
                let view = map.view;
                let hint = node.name.clone();
                self.push(&hint, Op::Activation(activation), &[map], None).map(|map| Some(map.viewed(view)))
            }
            "Div" => match self.normalised(node) {
                Some((map, epsilon)) => self.layer_norm(&node.name, map, epsilon, None, None).map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// x · sigmoid(x), and x · hard sigmoid of x.
    fn gated(&self, node: &Node) -> Option<(Activation, &'a str)> {
        let [a, b] = node.inputs.as_slice() else { return None };
        [(a, b), (b, a)].into_iter().find_map(|(x, gate)| {
            let gate = self.producer(gate).filter(|gate| gate.inputs.first() == Some(x))?;
            let activation = match gate.kind.as_str() {
                "Sigmoid" => Activation::Silu,
                "HardSigmoid" if is_hard_sigmoid(gate) => Activation::HardSwish,
                _ => return None,
            };
            Some((activation, gate.inputs[0].as_str()))
        })
    }

    /// x/2 · (1 + erf(x/√2)), in whatever order it is multiplied.
    fn gelu(&self, node: &'a Node) -> Option<(Activation, &'a str)> {
        let mut factors = Vec::new();
        let mut factor = 1.0;
        for name in &node.inputs {
            factor *= self.factors(name, DEEPEST, &mut factors)?;
        }
        let [a, b] = factors.as_slice() else { return None };
        let half = (factor - 0.5).abs() < 1e-3;
        let found = [(*a, *b), (*b, *a)].into_iter().find(|(x, rest)| self.is_one_and_erf(rest, x));
        found.filter(|_| half).map(|(x, _)| (Activation::Gelu, x))
    }

    /// Whether a name is 1 + erf(x/√2).
    fn is_one_and_erf(&self, name: &str, x: &str) -> bool {
        let Some(add) = self.producer(name).filter(|node| node.kind == "Add" && node.inputs.len() == 2) else {
            return false;
        };
        let one = |place: usize| self.constant(add, place).and_then(|number| number.single()) == Some(1.0);
        let other = if one(0) { 1 } else { 0 };
        let erf = self.producer(&add.inputs[other]).filter(|node| node.kind == "Erf");
        let Some(inner) = erf.filter(|_| one(1 - other)).and_then(|node| node.inputs.first()) else { return false };
        let mut factors = Vec::new();
        let factor = self.factors(inner, DEEPEST, &mut factors);
        factors == [x] && factor.is_some_and(|factor| (factor - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-3)
    }

    /// Takes a product apart: the constant part, and the names of the others. None where a constant is no single number.
    fn factors(&self, name: &'a str, depth: usize, others: &mut Vec<&'a str>) -> Option<f32> {
        if let Some(Value::Constant(tensor)) = self.value(name) {
            return tensor.single();
        }
        match self.producer(name).filter(|_| depth > 0) {
            Some(node) if node.kind == "Mul" && node.inputs.len() == 2 => {
                let before = others.len();
                let mut factor = 1.0;
                for input in &node.inputs {
                    match self.factors(input, depth - 1, others) {
                        Some(more) => factor *= more,
                        None => {
                            others.truncate(before);
                            others.push(name);
                            return Some(1.0);
                        }
                    }
                }
                Some(factor)
            }
            Some(node) if node.kind == "Div" && node.inputs.len() == 2 && self.constant(node, 1).is_some() => {
                match self.constant(node, 1).and_then(|number| number.single()) {
                    Some(by) => Some(self.factors(&node.inputs[0], depth - 1, others)? / by),
                    None => {
                        others.push(name);
                        Some(1.0)
                    }
                }
            }
            _ => {
                others.push(name);
                Some(1.0)
            }
        }
    }

    /// Of (x - mean(x)) / √(mean((x - mean(x))²) + ε) over the channels: x and ε.
    fn normalised(&self, node: &'a Node) -> Option<(Map, f32)> {
        let (centred, deviation) = (node.inputs.first()?, node.inputs.get(1)?);
        let of =
            |name: &str, kind: &str| self.producer(name).filter(|node| node.kind == kind && !node.inputs.is_empty());
        let sub = of(centred, "Sub")?;
        let x = sub.inputs.first()?;
        let Some(Value::Map(map)) = self.value(x) else { return None };
        let over_channels = |mean: &Node| {
            let constant = self.constant(mean, 1);
            let axes = constant.as_deref().and_then(Tensor::integers).or_else(|| mean.ints("axes"));
            let axes = axes.and_then(|axes| places(axes, map.dims().len()));
            mean.int("keepdims", 1) == 1
                && axes.is_some_and(|axes| Some(axes.as_slice()) == map.axis().as_ref().map(std::slice::from_ref))
        };
        of(sub.inputs.get(1)?, "ReduceMean").filter(|mean| mean.inputs[0] == *x && over_channels(mean))?;
        let sum = of(&of(deviation, "Sqrt")?.inputs[0], "Add")?;
        let epsilon = self.constant(sum, 1)?.single()?;
        let variance = of(&sum.inputs[0], "ReduceMean").filter(|mean| over_channels(mean))?;
        let square = self.producer(&variance.inputs[0]).filter(|square| square.inputs.len() == 2)?;
        let is_square = match square.kind.as_str() {
            "Pow" => square.inputs[0] == *centred && self.constant(square, 1)?.single() == Some(2.0),
            "Mul" => square.inputs.iter().all(|input| input == centred),
            _ => false,
        };
        (is_square && !self.is_changed(map)).then(|| (map.clone(), epsilon))
    }

    /// Adds a normalisation over the channels.
    pub(super) fn layer_norm(
        &mut self,
        hint: &str,
        map: Map,
        epsilon: f32,
        weight: Option<Vec<f32>>,
        bias: Option<Vec<f32>>,
    ) -> Result<Map, Stop> {
        let (view, channels) = (map.view, map.shape.channels);
        if map.axis().is_none() || matches!(view, View::Grouped(_) | View::Shuffled(_)) {
            return Err(Form::Order.into());
        }
        let weight = weight.unwrap_or_else(|| vec![1.0; channels]);
        let bias = bias.unwrap_or_else(|| vec![0.0; channels]);
        if weight.len() != channels || bias.len() != channels {
            return Err(Form::Channels.into());
        }
        let made = self.push(hint, Op::LayerNorm(LayerNorm { epsilon }), &[map], None)?;
        self.keep(format!("{}.weight", made.node), vec![channels], weight)?;
        self.keep(format!("{}.bias", made.node), vec![channels], bias)?;
        Ok(made.viewed(view))
    }
}

/// Whether a hard sigmoid is that of MobileNetV3.
pub(super) fn is_hard_sigmoid(node: &Node) -> bool {
    (node.float("alpha", 0.2) - 1.0 / 6.0).abs() < 1e-4 && node.float("beta", 0.5) == 0.5
}
