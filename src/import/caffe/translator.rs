//! From the layers of a definition and the arrays of a file of weights to the nodes of a graph.

use std::collections::{BTreeSet, HashMap};

use super::{
    definition::{Definition, Layer, is_outside},
    schema::{Blob, Net},
};
use crate::{
    import::{Arrays, CaffeError, Flaw, Form, ImportError, Unknown, names::Names},
    nets::{
        graph::{INPUT, MAX_ACTIVATIONS, MAX_NODES, MAX_PARAMETERS, Node},
        layer::LayerKind,
        ops::Op,
        shape::{Misfit, Shape},
    },
};

/// Layers that are not known are named so many at most.
const MOST_UNKNOWN: usize = 64;

/// What a name stands for, behind the layers that have been read.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// What a node computes.
    Map(Map),
    /// What depends on layers that are not known, by their numbers.
    Unknown(BTreeSet<usize>),
}

/// A node's result, as the file looks at it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map {
    /// The node.
    pub node: String,
    /// The node's shape.
    pub shape: Shape,
    /// Whether the file has it as a row of values, `[n, c·h·w]`, and not as a map, `[n, c, h, w]`.
    pub is_row: bool,
    /// Whether nobody else reads the node, so that what follows may become part of it.
    pub sole: bool,
}

/// Why a layer gives nothing.
pub(super) enum Stop {
    /// It reads what is not known.
    Reads,
    /// It, or this form of it, is not known.
    Form(Form),
    /// Nothing can be made of the files.
    Files(ImportError),
}

impl From<Form> for Stop {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}

impl From<CaffeError> for Stop {
    fn from(error: CaffeError) -> Self {
        Self::Files(ImportError::Caffe(error))
    }
}

/// A network while it is translated.
pub(super) struct Translator<'m> {
    /// Arrays of each layer, until it has taken them.
    blobs: HashMap<String, Vec<Blob>>,
    pub values: HashMap<&'m str, Value>,
    /// How many layers read each result of each layer; in one that replaces what it reads each name stands for several.
    pub readers: HashMap<(usize, &'m str), usize>,
    /// Images in a batch, as the definition has it.
    pub batch: i64,
    /// Factor on each channel of images, red first, where it reads images.
    pub pixels: Option<[f32; 3]>,
    /// The images with their channels in the file's order, where something else than a convolution reads them.
    pub turned: Option<Map>,
    pub nodes: Vec<Node>,
    pub shapes: HashMap<String, Shape>,
    pub arrays: Arrays,
    /// Values of these arrays.
    parameters: usize,
    names: Names,
    pub unknown: Vec<Unknown>,
}

/// What the network reads.
pub(super) struct Read<'m> {
    pub name: &'m str,
    pub shape: Shape,
    /// Images, or codes, in a batch.
    pub batch: i64,
    /// Whether the definition has it as a row of values.
    pub is_row: bool,
}

impl<'m> Translator<'m> {
    /// Translates all layers behind an input of a shape. `output` is what is asked for, if anything is.
    ///
    /// # Errors
    /// [`ImportError`] where nothing can be made of the files; layers that are not known are kept for the [end](Self::end).
    pub fn translate(
        definition: &Definition<'m>,
        net: Net,
        input: &Read<'m>,
        pixels: Option<[f32; 3]>,
        output: Option<&str>,
    ) -> Result<Self, ImportError> {
        let Read { name, shape, batch, is_row } = *input;
        let mut blobs = HashMap::new();
        let old = net.old.into_iter().map(|layer| match layer.oldest {
            Some(oldest) if !oldest.name.is_empty() => (oldest.name, oldest.blobs),
            _ => (layer.name, layer.blobs),
        });
        for (name, own) in old.chain(net.layers.into_iter().map(|layer| (layer.name, layer.blobs))) {
            if !own.is_empty() {
                blobs.entry(name).or_insert(own);
            }
        }
        let map = Map { node: INPUT.to_owned(), shape, is_row, sole: false };
        let mut translator = Self {
            blobs,
            values: HashMap::from([(name, Value::Map(map))]),
            readers: readers(definition, output),
            batch,
            pixels,
            turned: None,
            nodes: Vec::new(),
            shapes: HashMap::from([(INPUT.to_owned(), shape)]),
            arrays: Arrays::new(),
            parameters: 0,
            names: Names::default(),
            unknown: Vec::new(),
        };
        for (number, layer) in definition.layers.iter().enumerate() {
            translator.take(number, layer)?;
        }
        Ok(translator)
    }

    /// Translates a layer, and says of its results what they are.
    fn take(&mut self, number: usize, layer: &Layer<'m>) -> Result<(), ImportError> {
        if is_outside(layer) {
            return Ok(());
        }
        let value = match self.translated(layer) {
            Ok(map) => Value::Map(map),
            Err(Stop::Files(error)) => return Err(error),
            Err(stop) => {
                let mut needs = BTreeSet::new();
                for bottom in &layer.bottoms {
                    if let Some(Value::Unknown(others)) = self.values.get(bottom) {
                        needs.extend(others);
                    }
                }
                if let Stop::Form(form) = stop {
                    needs.insert(self.unknown.len().min(MOST_UNKNOWN - 1));
                    if self.unknown.len() < MOST_UNKNOWN {
                        let (node, operation) = (layer.name.to_owned(), layer.kind.to_owned());
                        self.unknown.push(Unknown { node, operation, form });
                    }
                }
                Value::Unknown(needs)
            }
        };
        for top in &layer.tops {
            let mut value = value.clone();
            if let Value::Map(map) = &mut value {
                let readers = self.readers.get(&(number, *top)).copied().unwrap_or_default();
                map.sole &= readers <= 1 && layer.tops.len() == 1;
            }
            self.values.insert(top, value);
        }
        Ok(())
    }

    /// What a layer reads, as it is.
    pub fn raw(&self, layer: &Layer, place: usize) -> Result<Map, Stop> {
        match layer.bottoms.get(place).map(|name| self.values.get(name)) {
            Some(Some(Value::Map(map))) => Ok(map.clone()),
            Some(Some(Value::Unknown(_))) => Err(Stop::Reads),
            Some(None) | None => Err(Form::Reads.into()),
        }
    }

    /// Adds a node, as a map.
    pub fn push(&mut self, hint: &str, op: Op, inputs: &[&Map], layer: Option<LayerKind>) -> Result<Map, Stop> {
        let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
        let shape = op.shape(&shapes).map_err(Form::Misfit)?;
        if self.nodes.len() >= MAX_NODES || shape.values().is_none_or(|values| values > MAX_ACTIVATIONS) {
            return Err(Form::Misfit(Misfit::Large).into());
        }
        let name = self.names.give(hint, "layer");
        let inputs = inputs.iter().map(|input| input.node.clone()).collect();
        self.nodes.push(Node { name: name.clone(), op, inputs, layer });
        self.shapes.insert(name.clone(), shape);
        Ok(Map { node: name, shape, is_row: false, sole: true })
    }

    /// A node.
    pub fn node(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().rev().find(|node| node.name == name)
    }

    /// Takes the arrays of a layer, whose sides are compared with those wanted; sides of 1 before the others do not count, as
    /// older files have four for all.
    ///
    /// # Errors
    /// [`CaffeError`], [`ImportError::Array`].
    pub fn arrays_of(&mut self, layer: &Layer, wanted: &[Vec<usize>]) -> Result<Vec<Vec<f32>>, Stop> {
        let blobs = self.blobs.remove(layer.name).unwrap_or_default();
        let name = || layer.name.to_owned();
        if blobs.len() != wanted.len() {
            return Err(CaffeError::Arrays { layer: name(), found: blobs.len(), wanted: wanted.len() }.into());
        }
        let mut arrays = Vec::new();
        for (mut blob, wanted) in blobs.into_iter().zip(wanted) {
            let flaw = |flaw| Stop::Files(ImportError::Array { name: layer.name.to_owned(), flaw });
            let found = blob.sides().ok_or_else(|| flaw(Flaw::Negative))?;
            let inner = |sides: &[usize]| sides.iter().copied().skip_while(|side| *side == 1).collect::<Vec<_>>();
            if inner(&found) != inner(wanted) {
                return Err(CaffeError::Sides { layer: name(), found, wanted: wanted.clone() }.into());
            }
            let values = blob.take();
            let count = wanted.iter().try_fold(1_usize, |count, side| count.checked_mul(*side));
            let count = count.filter(|count| *count <= MAX_PARAMETERS).ok_or_else(|| flaw(Flaw::Large))?;
            if values.len() != count {
                return Err(flaw(Flaw::Values { found: values.len(), wanted: count }));
            }
            if values.iter().any(|value| !value.is_finite()) {
                return Err(flaw(Flaw::NotNumbers));
            }
            arrays.push(values);
        }
        Ok(arrays)
    }

    /// Gives a node an array.
    pub fn keep(&mut self, map: &Map, kind: &str, shape: Vec<usize>, values: Vec<f32>) -> Result<(), Stop> {
        self.parameters = self.parameters.saturating_add(values.len());
        if self.parameters > MAX_PARAMETERS {
            return Err(Form::Misfit(Misfit::Large).into());
        }
        self.arrays.insert(format!("{}.{kind}", map.node), (shape, values));
        Ok(())
    }
}

/// How many layers read each result of each layer. What is asked for is read by whoever asks.
fn readers<'m>(definition: &Definition<'m>, output: Option<&str>) -> HashMap<(usize, &'m str), usize> {
    let (mut last, mut readers) = (HashMap::<&str, usize>::new(), HashMap::new());
    for (number, layer) in definition.layers.iter().enumerate().filter(|(_, layer)| !is_outside(layer)) {
        for bottom in &layer.bottoms {
            if let Some(producer) = last.get(bottom) {
                *readers.entry((*producer, *bottom)).or_default() += 1;
            }
        }
        last.extend(layer.tops.iter().map(|top| (*top, number)));
    }
    if let Some((name, producer)) = output.and_then(|name| last.get_key_value(name)) {
        *readers.entry((*producer, *name)).or_default() += 1;
    }
    readers
}
