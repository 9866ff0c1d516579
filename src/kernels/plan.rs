//! The plan: from a chain of graphs to launches and buffers, all known before the first step.

use super::{
    chain::{Link, Spot, Stages},
    gradient::backward,
    launch::{Contents, Launch, MOST_VALUES, Operand, Refusal, Value},
    ops::Call,
    slots::{self, Slots},
};
use crate::nets::{
    graph::Checked,
    ops::{Activation, Op},
};

/// What a plan is given and what it gives: numbers `[batch, channels, height, width]`, row by row. Codes are
/// `[batch, units, 1, 1]`, pictures `[batch, 3, height, width]` in -1..=1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// The chain's input: given.
    Input,
    /// The gradient with respect to the result of a spot that is climbed, by its place among them: given.
    Seed(usize),
    /// The result of a spot that is read, by its place among them.
    Read(usize),
    /// The gradient with respect to the input.
    Gradient,
}

/// A chain of networks, forward and backward, as a list of kernels to launch one after another.
#[derive(Debug, Clone)]
pub struct Plan {
    launches: Vec<Launch>,
    arrays: Vec<Contents>,
    slots: Slots,
    sizes: Vec<usize>,
    input: Value,
    seeds: Vec<Value>,
    read: Vec<Value>,
    gradient: Option<Value>,
}

/// Bytes that a plan needs on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    /// Of arrays, which stay as they are.
    pub arrays: usize,
    /// Of buffers for values.
    pub values: usize,
}

impl Plan {
    /// Plans the values of the spots in `read`, and where any are climbed the gradient with respect to the input of the sum
    /// of what is climbed times its seeds. What neither needs is left out.
    ///
    /// # Errors
    /// [`Refusal`] where some operation has no kernel, or where something is too large.
    pub fn new(links: &[Link], batch: usize, climbed: &[Spot], read: &[Spot]) -> Result<Self, Refusal> {
        let spots: Vec<Spot> = climbed.iter().chain(read).cloned().collect();
        let mut stages = Stages::of(links, batch, &spots)?;
        let Some(input) = stages.input else { return Err(Refusal::Link(0)) };
        let mut launches = Vec::new();
        for stage in &stages.stages {
            let epilogue = stage.epilogue();
            let (source, result) = (stage.source, stage.result);
            let call = Call { name: &stage.name, batch, source, input: source, result, epilogue: &epilogue };
            launches.push(stage.kernel.forward(call)?);
        }
        let (climbed, read) = stages.spots.split_at(climbed.len().min(stages.spots.len()));
        let (climbed, read) = (climbed.to_vec(), read.to_vec());
        let seeds: Vec<(Value, Value)> = climbed
            .into_iter()
            .map(|value| {
                let numbers = stages.sizes[value.0] / batch.max(1);
                (value, stages.value(numbers))
            })
            .collect();
        let (back, gradient) = backward(&mut stages, &seeds)?;
        launches.extend(back);
        let seeds: Vec<Value> = seeds.into_iter().map(|(_, seed)| seed).collect();
        let given: Vec<Value> = seeds.iter().copied().chain([input]).collect();
        let wanted: Vec<Value> = read.iter().copied().chain(gradient).collect();
        let Stages { sizes, arrays, .. } = stages;
        let slots = slots::assign(&sizes, &launches, &given, &wanted);
        let plan = Self { launches, arrays, slots, sizes, input, seeds, read, gradient };
        match plan.launches.iter().find(|launch| plan.is_large(launch)) {
            Some(launch) => Err(Refusal::Large { node: launch.name.clone() }),
            None => Ok(plan),
        }
    }

    /// Plans a step of the ascent, but for its update: codes to pictures, clipped to -1..=1, to the classifier, by way of
    /// `x · scale + shift` where that is given. What is read are the pictures, and then nodes of the classifier; what is
    /// climbed are nodes of the classifier.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn ascent(
        batch: usize,
        generator: &Checked,
        normalisation: Option<[[f32; 3]; 2]>,
        classifier: &Checked,
        climbed: &[&str],
        read: &[&str],
    ) -> Result<Self, Refusal> {
        let clip = Op::Activation(Activation::Clip { low: -1.0, high: 1.0 });
        let mut links = vec![Link::Network(generator), Link::Op(clip)];
        links.extend(
            normalisation.map(|[scale, shift]| Link::Op(Op::Constants { scale: scale.into(), shift: shift.into() })),
        );
        let link = links.len();
        links.push(Link::Network(classifier));
        fn spots<'a>(names: &[&'a str], link: usize) -> impl Iterator<Item = Spot<'a>> {
            names.iter().map(move |name| Spot { link, node: Some(*name) })
        }
        let climbed: Vec<Spot> = spots(climbed, link).collect();
        let read: Vec<Spot> = [Spot { link: 1, node: None }].into_iter().chain(spots(read, link)).collect();
        Self::new(&links, batch, &climbed, &read)
    }

    /// Whether a launch has a binding beyond the standard's limit.
    fn is_large(&self, launch: &Launch) -> bool {
        let values = |operand: &Operand| match operand {
            Operand::Value(value) => self.sizes[value.0],
            Operand::Array(array) => self.arrays[array.0].values(),
        };
        let bound = launch.reads.iter().map(values).chain([self.sizes[launch.result.0]]);
        bound.into_iter().any(|values| values > MOST_VALUES)
    }

    /// The launches, in their order.
    pub fn launches(&self) -> &[Launch] {
        &self.launches
    }

    /// What each array holds.
    pub fn arrays(&self) -> &[Contents] {
        &self.arrays
    }

    /// How many bytes it needs.
    pub fn bytes(&self) -> Bytes {
        let arrays: usize = self.arrays.iter().map(Contents::values).sum();
        let values: usize = self.slots.sizes.iter().sum();
        Bytes { arrays: arrays * size_of::<f32>(), values: values * size_of::<f32>() }
    }

    /// Numbers that the slots hold, each.
    pub(super) fn slots(&self) -> &[usize] {
        &self.slots.sizes
    }

    /// The slot of a value.
    pub(super) fn slot(&self, value: Value) -> Option<usize> {
        self.slots.of.get(value.0).copied().flatten()
    }

    /// The slot of a port, and how many numbers it has there.
    pub(super) fn port(&self, port: Port) -> Option<(usize, usize)> {
        let value = match port {
            Port::Input => self.input,
            Port::Seed(number) => *self.seeds.get(number)?,
            Port::Read(number) => *self.read.get(number)?,
            Port::Gradient => self.gradient?,
        };
        Some((self.slot(value)?, self.sizes[value.0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::{
        graph::{Graph, INPUT, Node, Shape},
        ops::Convolution,
    };

    const MAP: Shape = Shape::map(4, 8, 8);

    fn node(name: &str, op: Op, inputs: &[&str]) -> Node {
        Node { name: name.into(), op, inputs: inputs.iter().map(|&input| input.into()).collect(), layer: None }
    }

    fn conv(name: &str, input: &str) -> Node {
        node(name, Op::Convolution(Convolution::square(4, 3, 1, 1)), &[input])
    }

    fn relu(name: &str, input: &str) -> Node {
        node(name, Op::Activation(Activation::Relu), &[input])
    }

    fn planned(nodes: Vec<Node>, climbed: &[&str], read: &[&str]) -> Plan {
        let graph = Graph { input: MAP, nodes }.check().unwrap();
        let [climbed, read] = [climbed, read]
            .map(|names| names.iter().map(|name| Spot { link: 0, node: Some(*name) }).collect::<Vec<_>>());
        Plan::new(&[Link::Network(&graph)], 1, &climbed, &read).unwrap()
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.launches().iter().map(|launch| launch.name.as_str()).collect()
    }

    /// A residual block.
    fn block() -> Vec<Node> {
        vec![
            conv("a", INPUT),
            relu("a/act", "a"),
            conv("b", "a/act"),
            relu("b/act", "b"),
            conv("c", "b/act"),
            node("sum", Op::Add, &["c", "a/act"]),
            relu("sum/act", "sum"),
            conv("d", "sum/act"),
            conv("behind", "d"),
        ]
    }

    #[test]
    fn what_follows_a_kernel_is_part_of_it_and_what_nobody_needs_is_left_out() {
        let plan = planned(block(), &["d"], &["d"]);
        let back = ["d/gradient", "c/gradient", "b/gradient", "a/gradient"];
        assert_eq!(names(&plan), ["a", "b", "c", "d"].into_iter().chain(back).collect::<Vec<_>>());
        // What is climbed or read is there by itself.
        let plan = planned(block(), &["b", "sum"], &["sum/act"]);
        assert!(names(&plan).starts_with(&["a", "b", "b/act", "c", "sum/act"]), "{:?}", names(&plan));
        // Nothing goes back where nothing is climbed, and not beyond what is.
        assert_eq!(names(&planned(block(), &[], &["c"])), ["a", "b", "c"]);
        assert_eq!(names(&planned(block(), &["a"], &["c"])), ["a", "a/act", "b", "c", "a/gradient"]);
    }

    #[test]
    fn buffers_are_reused_in_a_long_chain() {
        let chain = |count: usize| -> Vec<Node> {
            let name = |number: usize| number.checked_sub(1).map_or(INPUT.to_owned(), |number| format!("c{number}"));
            (0..count).map(|number| conv(&name(number + 1), &name(number))).collect()
        };
        let graph = Graph { input: MAP, nodes: chain(20) }.check().unwrap();
        let end = [Spot { link: 0, node: None }];
        let plan = Plan::new(&[Link::Network(&graph)], 1, &end, &end).unwrap();
        // The input and the seed, what is read, and two by turns.
        let one = 4 * 8 * 8 * size_of::<f32>();
        assert!(plan.bytes().values <= 5 * one, "{:?}", plan.bytes());
        assert_eq!(plan.bytes().arrays, 20 * (4 * 4 * 9 + 4) * size_of::<f32>());
        assert_eq!(plan.port(Port::Input).map(|(_, count)| count), Some(4 * 8 * 8));
        assert!(plan.port(Port::Read(1)).is_none() && plan.port(Port::Seed(0)).is_some());
        let forward = Plan::new(&[Link::Network(&graph)], 1, &[], &end).unwrap();
        assert!(forward.port(Port::Gradient).is_none());
    }

    #[test]
    fn no_launch_reads_the_buffer_that_it_writes() {
        let plan = planned(block(), &["b", "sum", "d"], &["a", "d"]);
        for launch in plan.launches() {
            let result = plan.slot(launch.result);
            assert!(result.is_some());
            for operand in &launch.reads {
                if let Operand::Value(value) = operand {
                    assert_ne!(plan.slot(*value), result, "{}", launch.name);
                }
            }
            assert!(launch.reads.len() < 8, "the standard allows eight: {}", launch.name);
        }
    }
}
