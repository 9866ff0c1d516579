//! In which shape the numbers of each node lie, where channels are last.
//!
//! A fully connected layer gives a row of numbers that the next node reads as a map; where channels come last the two orders differ,
//! so the row is laid out as the map at once. What is worked on number by number lies alike on both sides.

use super::nodes::Node;
use crate::nets::{ops::Op, shape::Shape};

/// Nodes whose numbers lie alike, by a tree of each.
#[derive(Debug)]
pub(super) struct Layouts {
    above: Vec<usize>,
    /// Of each tree's first the shape with most places.
    shapes: Vec<Shape>,
    /// A node whose sources lie as maps of different sides, where there is one.
    pub mixed: Option<usize>,
}

impl Layouts {
    /// Of the nodes of a chain.
    pub fn of(nodes: &[Node]) -> Self {
        let shapes = nodes.iter().map(|node| node.shape).collect();
        let mut layouts = Self { above: (0..nodes.len()).collect(), shapes, mixed: None };
        for (number, node) in nodes.iter().enumerate() {
            let is_reshaped = matches!(node.op(), Some(Op::Flatten | Op::Reshape(_)));
            if !is_reshaped && !matches!(node.op(), Some(Op::Activation(_) | Op::Add | Op::Constants { .. })) {
                continue;
            }
            for input in &node.inputs {
                if !layouts.unite(number, *input) && !is_reshaped {
                    layouts.mixed = Some(number);
                }
            }
        }
        layouts
    }

    /// The shape that a node's numbers lie in.
    pub fn shape(&self, node: usize) -> Shape {
        self.shapes[self.first(node)]
    }

    /// Whether two nodes' numbers lie alike.
    pub fn are_alike(&self, one: usize, other: usize) -> bool {
        self.first(one) == self.first(other)
    }

    fn first(&self, mut node: usize) -> usize {
        while self.above[node] != node {
            node = self.above[node];
        }
        node
    }

    /// Has two nodes' numbers lie alike. Whether they can: no map lies as one of other sides.
    fn unite(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.first(one), self.first(other));
        let [a, b] = [one, other].map(|node| self.shapes[node]);
        let is_map = |shape: Shape| shape.height.saturating_mul(shape.width) > 1;
        if a != b && is_map(a) && is_map(b) {
            return false;
        }
        self.above[one] = other;
        self.shapes[other] = if is_map(a) { a } else { b };
        true
    }
}
