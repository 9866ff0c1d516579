//! A chain of networks as one list of nodes, each behind those that it reads.

use super::values::Refusal;
use crate::nets::{graph::Checked, ops::Op, shape::Shape};

/// One part of a chain: each reads what the one before it gives.
#[derive(Debug, Clone)]
pub enum Link<'a> {
    /// A network.
    Network(&'a Checked),
    /// A single operation without weights.
    Op(Op),
    /// Pictures moved and rescaled, as each [`Step`](super::Step) has it.
    Motion,
    /// Nothing by itself: the next link reads what that one gives, by its place.
    Back(usize),
}

/// A place in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot<'a> {
    /// Which link.
    pub link: usize,
    /// A node of that network; none for what the link gives.
    pub node: Option<&'a str>,
}

impl Spot<'_> {
    /// What is said where it is not there.
    pub(super) fn missing(&self) -> Refusal {
        Refusal::Missing { link: self.link, node: self.node.map(str::to_owned) }
    }
}

/// A node of the chain; the first is its input.
pub(super) struct Node<'a> {
    pub link: usize,
    pub name: &'a str,
    pub work: Work<'a>,
    pub inputs: Vec<usize>,
    pub shape: Shape,
}

/// What a node is.
#[derive(Clone, Copy)]
pub(super) enum Work<'a> {
    /// The chain's input.
    Input,
    Op(&'a Op),
    Motion,
}

impl<'a> Node<'a> {
    /// Its operation, where it is one.
    pub fn op(&self) -> Option<&'a Op> {
        match self.work {
            Work::Op(op) => Some(op),
            Work::Input | Work::Motion => None,
        }
    }
}

/// All nodes of a chain, its input first.
pub(super) fn nodes<'a>(links: &'a [Link]) -> Result<Vec<Node<'a>>, Refusal> {
    let Some(Link::Network(first)) = links.first() else { return Err(Refusal::Link(0)) };
    let input = Node { link: 0, name: "", work: Work::Input, inputs: Vec::new(), shape: first.graph().input };
    let mut nodes = vec![input];
    // The last node of each link.
    let mut ends: Vec<usize> = Vec::new();
    for (link, part) in links.iter().enumerate() {
        let before = ends.last().copied().unwrap_or_default();
        let read = nodes[before].shape;
        match part {
            Link::Network(network) => {
                if network.graph().input != read {
                    return Err(Refusal::Link(link));
                }
                let first = nodes.len();
                let graph = network.graph().nodes.iter().zip(network.sources()).zip(network.shapes());
                for ((node, sources), shape) in graph {
                    let inputs = sources.iter().map(|source| source.map_or(before, |place| first + place)).collect();
                    nodes.push(Node { link, name: &node.name, work: Work::Op(&node.op), inputs, shape: *shape });
                }
            }
            Link::Op(op) => {
                let shape = op.shape(&[read]).map_err(|_| Refusal::Link(link))?;
                nodes.push(Node { link, name: "", work: Work::Op(op), inputs: vec![before], shape });
            }
            Link::Motion => {
                nodes.push(Node { link, name: "motion", work: Work::Motion, inputs: vec![before], shape: read });
            }
            Link::Back(to) => {
                ends.push(*ends.get(*to).ok_or(Refusal::Link(link))?);
                continue;
            }
        }
        ends.push(nodes.len() - 1);
    }
    Ok(nodes)
}

/// The place of a spot among the nodes.
pub(super) fn place(spot: &Spot, nodes: &[Node]) -> Option<usize> {
    let own = |node: &Node| !matches!(node.work, Work::Input) && node.link == spot.link;
    match spot.node {
        Some(name) => nodes.iter().position(|node| own(node) && node.name == name),
        None => nodes.iter().rposition(own),
    }
}
