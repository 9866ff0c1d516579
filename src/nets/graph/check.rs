//! From a graph that anyone may have written to one whose every shape is known.

use std::collections::HashMap;

use super::{
    Graph, GraphError, INPUT, MAX_ACTIVATIONS, MAX_NAME, MAX_NODES, MAX_PARAMETERS, MAX_SIZE, MAX_WINDOWS, Misfit,
    Node, Shape, VIEW,
};
use crate::nets::{layer::Layer, ops::Op};

/// A graph that a network can be made from, with what follows from it.
#[derive(Debug, Clone)]
pub struct Checked {
    pub(super) graph: Graph,
    /// For each node, where its inputs stand: `None` is the graph's input.
    pub(super) sources: Vec<Vec<Option<usize>>>,
    shapes: Vec<Shape>,
    parameters: usize,
    activations: usize,
    /// Whether the first node is a view.
    viewed: bool,
}

impl Graph {
    /// Checks the network as it looks at images of another shape through `view`, an operation that brings them to the shape of
    /// its own input. That becomes the first node.
    ///
    /// # Errors
    /// [`GraphError`], as [`check`](Self::check) has it, or where the view makes something else of the images.
    pub fn check_behind(mut self, view: Op, images: Shape) -> Result<Checked, GraphError> {
        let inputs = self.nodes.iter_mut().flat_map(|node| &mut node.inputs).filter(|input| *input == INPUT);
        inputs.for_each(|input| VIEW.clone_into(input));
        let view = Node { name: VIEW.to_owned(), op: view, inputs: vec![INPUT.to_owned()], layer: None };
        self.nodes.insert(0, view);
        let wanted = std::mem::replace(&mut self.input, images);
        let checked = Checked { viewed: true, ..self.check()? };
        match checked.view() {
            Some(found) if found != wanted => Err(GraphError::View { found, wanted }),
            _ => Ok(checked),
        }
    }

    /// Infers every shape, in one pass over the nodes that allocates no activation and no weight.
    ///
    /// # Errors
    /// [`GraphError`], which names the node.
    pub fn check(self) -> Result<Checked, GraphError> {
        match self.nodes.len() {
            0 => return Err(GraphError::Empty),
            found if found > MAX_NODES => return Err(GraphError::Nodes { found }),
            _ => {}
        }
        let places = self.places()?;
        let input = "input".to_owned();
        let mut activations = bounded(self.input)
            .and_then(|()| self.input.values().ok_or(Misfit::Large))
            .map_err(|reason| GraphError::Misfit { node: input, reason })?;
        let (mut shapes, mut sources, mut parameters) = (Vec::<Shape>::new(), Vec::new(), 0_usize);
        for (number, node) in self.nodes.iter().enumerate() {
            let read = node.inputs.iter().map(|name| {
                let place = match places.get(name.as_str()) {
                    _ if name == INPUT => return Ok(None),
                    Some(place) => *place,
                    None => return Err(GraphError::Missing { node: node.name.clone(), input: start_of(name) }),
                };
                if place >= number {
                    return Err(GraphError::Circle { node: node.name.clone(), input: name.clone() });
                }
                Ok(Some(place))
            });
            let read = read.collect::<Result<Vec<_>, _>>()?;
            let inputs: Vec<Shape> = read
                .iter()
                .map(|place| place.and_then(|place| shapes.get(place).copied()).unwrap_or(self.input))
                .collect();
            let misfit = |reason| GraphError::Misfit { node: node.name.clone(), reason };
            let shape = node.op.shape(&inputs).and_then(|shape| bounded(shape).map(|()| shape)).map_err(misfit)?;
            for (_, array) in node.op.weights(&inputs, shape) {
                parameters = array
                    .iter()
                    .try_fold(1_usize, |product, side| product.checked_mul(*side))
                    .and_then(|values| parameters.checked_add(values))
                    .filter(|parameters| *parameters <= MAX_PARAMETERS)
                    .ok_or_else(|| GraphError::Parameters { node: node.name.clone() })?;
            }
            activations = shape
                .values()
                .and_then(|values| activations.checked_add(values)?.checked_add(node.op.matrices(&inputs)))
                .filter(|activations| *activations <= MAX_ACTIVATIONS)
                .ok_or_else(|| GraphError::Activations { node: node.name.clone() })?;
            if node.op.windows(&inputs, shape).is_none_or(|values| values > MAX_WINDOWS) {
                return Err(GraphError::Windows { node: node.name.clone() });
            }
            shapes.push(shape);
            sources.push(read);
        }
        Ok(Checked { graph: self, sources, shapes, parameters, activations, viewed: false })
    }

    /// Where each node stands.
    fn places(&self) -> Result<HashMap<&str, usize>, GraphError> {
        let mut places = HashMap::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let name = node.name.as_str();
            if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
                return Err(GraphError::Name { start: start_of(name) });
            }
            if name == INPUT || places.insert(name, number).is_some() {
                return Err(GraphError::Twice { name: name.to_owned() });
            }
        }
        Ok(places)
    }
}

impl Checked {
    /// The graph itself.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// For each node, where its inputs stand among the nodes: `None` is the graph's input.
    pub fn sources(&self) -> &[Vec<Option<usize>>] {
        &self.sources
    }

    /// Shape of each node's result, in the graph's order.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Shape of the last node's result.
    pub fn output(&self) -> Shape {
        self.shapes.last().copied().unwrap_or(self.graph.input)
    }

    /// Shape of what a [view](Graph::check_behind) shows the network, where there is one.
    pub fn view(&self) -> Option<Shape> {
        self.shapes.first().copied().filter(|_| self.viewed)
    }

    /// Shape of a node's result.
    pub fn shape(&self, node: &str) -> Option<Shape> {
        self.place(node).and_then(|place| self.shapes.get(place).copied())
    }

    /// Number of values that its weights hold.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// How many of them are those of convolutions.
    pub fn kernels(&self) -> usize {
        let nodes = self.graph.nodes.iter().zip(&self.sources).zip(&self.shapes);
        let of = |((node, sources), shape): ((&super::Node, &Vec<Option<usize>>), &Shape)| {
            if !matches!(node.op, Op::Convolution(_) | Op::TransposedConvolution(_)) {
                return 0;
            }
            let inputs: Vec<Shape> = sources.iter().map(|source| self.read(*source)).collect();
            let arrays = node.op.weights(&inputs, *shape);
            arrays.iter().map(|(_, sides)| sides.iter().product::<usize>()).sum()
        };
        nodes.map(of).sum()
    }

    /// Values of the input and of all nodes' results together, for one image, and of the matrices that resize them. What
    /// a gradient needs beside them is for `engine::memory` to count.
    pub fn activations(&self) -> usize {
        self.activations
    }

    /// Values of the largest node's result.
    pub fn largest(&self) -> usize {
        self.shapes.iter().filter_map(|shape| shape.values()).max().unwrap_or(0)
    }

    /// The layers whose units can be climbed, in the graph's order.
    pub fn layers(&self) -> Vec<Layer> {
        let nodes = self.graph.nodes.iter().zip(&self.shapes);
        let layers = nodes.filter_map(|(node, shape)| {
            let kind = node.layer?;
            Some(Layer { name: node.name.clone(), kind, units: shape.channels, map: [shape.height, shape.width] })
        });
        layers.collect()
    }

    pub(super) fn place(&self, node: &str) -> Option<usize> {
        self.graph.nodes.iter().position(|known| known.name == node)
    }

    /// The shape that a node reads at one of its inputs.
    pub(super) fn read(&self, source: Option<usize>) -> Shape {
        source.and_then(|place| self.shapes.get(place).copied()).unwrap_or(self.graph.input)
    }
}

/// Refuses shapes that are empty or have a side that no network has.
fn bounded(shape: Shape) -> Result<(), Misfit> {
    let sides = [shape.channels, shape.height, shape.width];
    if sides.iter().all(|side| (1..=MAX_SIZE).contains(side)) { Ok(()) } else { Err(Misfit::Large) }
}

/// As much of a name as an error repeats.
pub(in crate::nets) fn start_of(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}
