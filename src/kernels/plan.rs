//! The plan: from a chain of graphs to launches and buffers, all known before the first step.

use super::{
    chain::Stages,
    epilogue::Epilogue,
    gradient::backward,
    launch::Launch,
    nodes::{Link, Spot},
    ops::{Reduction, Task, Update},
    slots::{self, Slots},
    values::{Array, Contents, MOST_VALUES, Operand, Program, Refusal, Value},
};
use crate::nets::{
    graph::Checked,
    ops::{Activation, Op},
    shape::Shape,
};

/// What a plan is given and what it gives: numbers `[batch, channels, height, width]`, row by row. Codes are
/// `[batch, units, 1, 1]`, pictures `[batch, 3, height, width]` in -1..=1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// The chain's input: given. Where a plan moves codes, those that it has moved are what the next step is given.
    Input,
    /// The gradient with respect to the result of a spot that is climbed, by its place among them: given.
    Seed(usize),
    /// What the next step does, a [`Step`](super::Step) an image, where the plan needs to know: given.
    Steps,
    /// Standard normal noise of the codes' shape, where the plan adds any to them: given.
    Noise,
    /// The result of a spot that is read, by its place among them.
    Read(usize),
    /// The gradient with respect to the input.
    Gradient,
    /// The sum of what is climbed times its seeds, `[batch]`.
    Activation,
    /// Mean magnitude of the gradient, `[batch]`.
    Magnitude,
    /// The codes as they are moved.
    Moved,
}

/// A chain of networks, forward and backward, as a list of kernels to launch one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    launches: Vec<Launch>,
    arrays: Vec<Contents>,
    slots: Slots,
    /// Images at once.
    batch: usize,
    /// Shape of each value.
    shapes: Vec<Shape>,
    /// See [`Stages::mixed`].
    mixed: Option<String>,
    ports: Ports,
    networks: Vec<usize>,
}

/// Values by what they are for.
#[derive(Debug, Clone, PartialEq)]
struct Ports {
    input: Value,
    seeds: Vec<Value>,
    steps: Option<Value>,
    noise: Option<Value>,
    read: Vec<Value>,
    gradient: Option<Value>,
    activation: Option<Value>,
    magnitude: Option<Value>,
    moved: Option<Value>,
}

/// Bytes that a plan needs on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    /// Of arrays, which stay as they are.
    pub arrays: usize,
    /// Of buffers for values.
    pub values: usize,
}

/// A classifier and what joins it to pictures.
#[derive(Debug, Clone, Copy)]
pub struct Looker<'a> {
    /// Its graph, for the generator's pictures.
    pub graph: &'a Checked,
    /// What it reads of a picture `x`: `x · scale + shift`, channel by channel; none where that is `x` itself.
    pub normalisation: Option<[[f32; 3]; 2]>,
}

/// Where the codes of pictures are read.
#[derive(Debug, Clone, Copy)]
pub struct Encoding<'a> {
    /// The encoder; none where it is the classifier that is climbed.
    pub encoder: Option<Looker<'a>>,
    /// The layer that is the code, before its rectification.
    pub layer: &'a str,
}

/// A step of the ascent, as `ascent` in this crate has it: the numbers of a single step are a [`Step`](super::Step).
#[derive(Debug, Clone, Copy)]
pub struct Ascent<'a> {
    /// Draws pictures from codes.
    pub generator: &'a Checked,
    /// Has the units.
    pub classifier: Looker<'a>,
    /// The layers that are climbed.
    pub climbed: &'a [&'a str],
    /// Whether pictures are moved or rescaled before they are looked at.
    pub moves: bool,
    /// The pull to the code of what was drawn, where there is one.
    pub encoding: Option<Encoding<'a>>,
    /// Whether noise is added.
    pub noise: bool,
    /// The largest value of each number of a code, whose smallest is 0 then.
    pub upper: Option<&'a [f32]>,
}

impl Plan {
    /// Plans the values of the spots in `read`, and where any are climbed the gradient with respect to the input of the sum
    /// of what is climbed times its seeds. What neither needs is left out.
    ///
    /// # Errors
    /// [`Refusal`] where some operation has no kernel, or where something is too large.
    pub fn new(links: &[Link], batch: usize, climbed: &[Spot], read: &[Spot]) -> Result<Self, Refusal> {
        Ok(Draft::new(links, batch, climbed, read)?.planned())
    }

    /// Plans a step of the ascent: codes to pictures, clipped to -1..=1, to the classifier, back to the codes, and their
    /// update. [`Port::Read`] are the pictures, and then the classifier's output.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn ascent(batch: usize, ascent: &Ascent) -> Result<Self, Refusal> {
        let clip = Op::Activation(Activation::Clip { low: -1.0, high: 1.0 });
        let mut links = vec![Link::Network(ascent.generator), Link::Op(clip)];
        let pictures = Spot { link: 1, node: None };
        links.extend(ascent.moves.then_some(Link::Motion));
        let looked_at = links.len() - 1;
        let classifier = ascent.classifier.join(&mut links);
        let mut read = vec![pictures, Spot { link: classifier, node: None }];
        if let Some(Encoding { encoder, layer }) = &ascent.encoding {
            let link = match encoder {
                Some(encoder) => {
                    links.push(Link::Back(looked_at));
                    encoder.join(&mut links)
                }
                None => classifier,
            };
            read.push(Spot { link, node: Some(layer) });
        }
        let climbed: Vec<Spot> =
            ascent.climbed.iter().map(|name| Spot { link: classifier, node: Some(*name) }).collect();
        let mut draft = Draft::new(&links, batch, &climbed, &read)?;
        draft.update(ascent)?;
        Ok(draft.planned())
    }

    /// The programs of the launches for a graphics device, in their order.
    ///
    /// # Errors
    /// [`Refusal::Large`] where one has more workgroups, or a binding beyond the standard's limit.
    pub fn programs(&self) -> Result<Vec<Program>, Refusal> {
        let values = |operand: &Operand| match operand {
            Operand::Value(value) => self.numbers(*value),
            Operand::Array(array) => self.arrays[array.0].values(),
        };
        let program = |launch: &Launch| {
            let program = launch.program()?;
            let mut bound = program.reads.iter().map(values).chain([self.numbers(launch.result)]);
            match bound.any(|values| values > MOST_VALUES) {
                true => Err(Refusal::Large { node: launch.name.clone() }),
                false => Ok(program),
            }
        };
        self.launches.iter().map(program).collect()
    }

    /// Numbers of a value, of all images.
    pub(super) fn numbers(&self, value: Value) -> usize {
        self.shapes[value.0].values().unwrap_or(usize::MAX).saturating_mul(self.batch)
    }

    /// What an array holds.
    pub(super) fn array(&self, array: Array) -> &Contents {
        &self.arrays[array.0]
    }

    /// Shape of a value, image by image.
    pub(super) fn shape(&self, value: Value) -> Shape {
        self.shapes[value.0]
    }

    /// The node whose sources lie as maps of different sides, where there is one.
    pub(super) fn mixed(&self) -> Option<&str> {
        self.mixed.as_deref()
    }

    /// Images at once.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The launches, in their order.
    pub fn launches(&self) -> &[Launch] {
        &self.launches
    }

    /// What each array holds.
    pub fn arrays(&self) -> &[Contents] {
        &self.arrays
    }

    /// The places of the chain's networks among its links, in their order.
    pub fn networks(&self) -> &[usize] {
        &self.networks
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
        let value = self.value(port)?;
        Some((self.slot(value)?, self.numbers(value)))
    }

    /// The value of a port.
    pub(super) fn value(&self, port: Port) -> Option<Value> {
        let ports = &self.ports;
        match port {
            Port::Input => Some(ports.input),
            Port::Seed(number) => ports.seeds.get(number).copied(),
            Port::Steps => ports.steps,
            Port::Noise => ports.noise,
            Port::Read(number) => ports.read.get(number).copied(),
            Port::Gradient => ports.gradient,
            Port::Activation => ports.activation,
            Port::Magnitude => ports.magnitude,
            Port::Moved => ports.moved,
        }
    }
}

impl<'a> Looker<'a> {
    /// Adds it to a chain, and tells its place there.
    fn join(&self, links: &mut Vec<Link<'a>>) -> usize {
        let constants = |[scale, shift]: [[f32; 3]; 2]| Op::Constants { scale: scale.into(), shift: shift.into() };
        links.extend(self.normalisation.map(|normalisation| Link::Op(constants(normalisation))));
        links.push(Link::Network(self.graph));
        links.len() - 1
    }
}

/// A plan before its values have their places.
struct Draft {
    stages: Stages,
    launches: Vec<Launch>,
    /// What is climbed.
    climbed: Vec<Value>,
    ports: Ports,
    networks: Vec<usize>,
}

impl Draft {
    fn new(links: &[Link], batch: usize, climbed: &[Spot], read: &[Spot]) -> Result<Self, Refusal> {
        let spots: Vec<Spot> = climbed.iter().chain(read).cloned().collect();
        let mut stages = Stages::of(links, batch, &spots)?;
        let Some(input) = stages.input else { return Err(Refusal::Link(0)) };
        let mut launches = Vec::new();
        for stage in &stages.stages {
            let (source, result) = (stage.source, stage.result);
            let task = Task::Forward(stage.kernel.clone());
            let (name, epilogue) = (stage.name.clone(), stage.epilogue());
            launches.push(Launch { name, batch, task, source, input: source, result, epilogue });
        }
        let (climbed, read) = stages.spots.split_at(climbed.len().min(stages.spots.len()));
        let (climbed, read) = (climbed.to_vec(), read.to_vec());
        let seeds: Vec<(Value, Value)> = climbed
            .iter()
            .map(|value| {
                let shape = stages.shapes[value.0];
                (*value, stages.value(shape))
            })
            .collect();
        let (back, gradient) = backward(&mut stages, &seeds)?;
        launches.extend(back);
        let ports = Ports {
            input,
            seeds: seeds.into_iter().map(|(_, seed)| seed).collect(),
            steps: stages.steps,
            noise: None,
            read,
            gradient,
            activation: None,
            magnitude: None,
            moved: None,
        };
        let is_network = |link: &Link| matches!(link, Link::Network(_));
        let networks = (0..links.len()).filter(|place| is_network(&links[*place])).collect();
        Ok(Self { stages, launches, climbed, ports, networks })
    }

    /// Adds what is climbed as a number, and the update of the codes.
    fn update(&mut self, ascent: &Ascent) -> Result<(), Refusal> {
        let batch = self.stages.batch;
        let numbers = |stages: &Stages, value: Value| stages.shapes[value.0].values().unwrap_or(usize::MAX);
        let one = Shape::features(1);
        for (value, seed) in self.climbed.clone().into_iter().zip(self.ports.seeds.clone()) {
            let (count, result) = (numbers(&self.stages, value), self.stages.value(one));
            let task = Task::Reduce(Reduction::Product(seed), count);
            let epilogue = Epilogue { summand: self.ports.activation, ..Epilogue::default() };
            let name = "activation".to_owned();
            self.launches.push(Launch { name, batch, task, source: value, input: value, result, epilogue });
            self.ports.activation = Some(result);
        }
        // A unit that nothing of the code leads to has no gradient; no layer of a classifier is one.
        let lost = || Refusal::Missing { link: 0, node: None };
        let (code, gradient) = (self.ports.input, self.ports.gradient.ok_or_else(lost)?);
        let units = numbers(&self.stages, code);
        let magnitudes = self.stages.value(one);
        let (task, name) = (Task::Reduce(Reduction::MeanMagnitude, units), "magnitude".to_owned());
        let (source, result, epilogue) = (gradient, magnitudes, Epilogue::default());
        self.launches.push(Launch { name, batch, task, source, input: source, result, epilogue });
        let shape = self.stages.shapes[code.0];
        let noise = ascent.noise.then(|| self.stages.value(shape));
        let upper = ascent.upper.map(|upper| self.stages.array(Contents::Given(upper.to_vec())));
        let drawn = ascent.encoding.and_then(|_| self.ports.read.pop());
        let fits = drawn.is_none_or(|drawn| numbers(&self.stages, drawn) == units)
            && ascent.upper.is_none_or(|upper| upper.len() == units);
        if !fits {
            return Err(lost());
        }
        let steps = self.stages.steps();
        let moved = self.stages.value(shape);
        let task = Task::Update(Update { units, code, gradient, magnitudes, steps, drawn, noise, upper });
        let (name, epilogue) = ("update".to_owned(), Epilogue::default());
        self.launches.push(Launch { name, batch, task, source: code, input: code, result: moved, epilogue });
        self.ports =
            Ports { steps: Some(steps), noise, magnitude: Some(magnitudes), moved: Some(moved), ..self.ports.clone() };
        Ok(())
    }

    /// Gives every value its place.
    fn planned(self) -> Plan {
        let Self { stages: Stages { batch, shapes, mixed, arrays, .. }, launches, ports, networks, .. } = self;
        let given: Vec<Value> =
            ports.seeds.iter().copied().chain([ports.input]).chain(ports.steps).chain(ports.noise).collect();
        let told = [ports.gradient, ports.activation, ports.magnitude, ports.moved];
        let wanted: Vec<Value> = ports.read.iter().copied().chain(told.into_iter().flatten()).collect();
        let sizes: Vec<usize> =
            shapes.iter().map(|shape| shape.values().unwrap_or(usize::MAX).saturating_mul(batch)).collect();
        let worked: Vec<_> = launches.iter().map(|launch| (launch.reads(), launch.result)).collect();
        let slots = slots::assign(&sizes, &worked, &given, &wanted);
        Plan { launches, arrays, slots, batch, shapes, mixed, ports, networks }
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
            for value in launch.reads() {
                assert_ne!(plan.slot(value), result, "{}", launch.name);
            }
        }
        for program in plan.programs().unwrap() {
            assert!(program.reads.len() < 8, "the standard allows eight: {}", program.source);
        }
    }
}
