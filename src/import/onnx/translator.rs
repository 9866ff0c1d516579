//! From the nodes of a file to those of a graph.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use super::{constants, schema, tensor::Tensor};
use crate::{
    import::{Arrays, Flaw, Form, ImportError, Imported, Options, Unknown, names::Names},
    nets::{
        graph::{Graph, INPUT, MAX_ACTIVATIONS, MAX_NODES, MAX_PARAMETERS, Node},
        layer::LayerKind,
        ops::Op,
        shape::{MAX_SIZE, Misfit, Shape},
    },
};

/// Most values of all arrays of a file together.
const MOST_VALUES: usize = 1 << 28;
/// Operations that are not known are named so many at most.
const MOST_UNKNOWN: usize = 64;
/// Values that are computed from constants, beside twice as many as the file has.
const SPARE_VALUES: usize = 1 << 24;

/// What a name of the file stands for.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Numbers that are known.
    Constant(Rc<Tensor>),
    /// What depends on the image.
    Map(Map),
    /// What depends on operations that are not known, by their numbers.
    Unknown(Rc<BTreeSet<usize>>),
}

/// A node's result, and how the file looks at it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map {
    /// The node.
    pub node: String,
    /// The node's shape.
    pub shape: Shape,
    pub view: View,
    /// Zeros before and after rows and columns that the file has, and the node has not.
    pub padding: [[usize; 2]; 2],
    /// Whether nobody else reads the node, so that what follows may become part of it.
    pub sole: bool,
    /// How often something had become part of the node.
    pub grown: usize,
}

/// In which order the file has the sides of a map of `c` channels, `h` rows and `w` columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// `[n, c, h, w]`.
    Map,
    /// `[n, h, w, c]`.
    Last,
    /// `[n, c·h·w]`.
    Flat,
    /// `[c·h·w]`, of one image.
    Row,
    /// `[n, groups, c / groups, h, w]`.
    Grouped(usize),
    /// `[n, c / groups, groups, h, w]`.
    Shuffled(usize),
}

impl Map {
    /// The sides that the file has, for one image.
    pub fn dims(&self) -> Vec<usize> {
        let Shape { channels, height, width } = self.shape;
        match self.view {
            View::Map => vec![1, channels, height, width],
            View::Last => vec![1, height, width, channels],
            View::Flat => vec![1, channels * height * width],
            View::Row => vec![channels * height * width],
            View::Grouped(groups) => vec![1, groups, channels / groups, height, width],
            View::Shuffled(groups) => vec![1, channels / groups, groups, height, width],
        }
    }

    /// Which of these sides are the channels.
    pub fn axis(&self) -> Option<usize> {
        match self.view {
            View::Map => Some(1),
            View::Last => Some(3),
            View::Flat if self.is_features() => Some(1),
            View::Flat | View::Row | View::Grouped(_) | View::Shuffled(_) => None,
        }
    }

    /// Whether it has one position.
    pub fn is_features(&self) -> bool {
        (self.shape.height, self.shape.width) == (1, 1)
    }

    pub fn viewed(self, view: View) -> Self {
        Self { view, ..self }
    }
}

/// Why an operation gives nothing.
pub(super) enum Stop {
    /// It reads what is not known.
    Reads,
    /// It, or this form of it, is not known.
    Form(Form),
}

impl From<Form> for Stop {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}

/// A graph while it is translated.
pub(super) struct Translator<'a> {
    pub graph: &'a schema::Graph,
    /// Of ONNX's operators.
    pub version: i64,
    values: HashMap<&'a str, Value>,
    /// Whose result a name is.
    producers: HashMap<&'a str, &'a schema::Node>,
    /// How many read it.
    readers: HashMap<&'a str, usize>,
    nodes: Vec<Node>,
    shapes: HashMap<String, Shape>,
    /// How often something has become part of a node.
    grown: HashMap<String, usize>,
    pub arrays: Arrays,
    /// Values of these arrays.
    parameters: usize,
    names: Names,
    unknown: Vec<Unknown>,
    /// Values that may still be computed from constants.
    spare: usize,
}

/// Translates a graph.
///
/// # Errors
/// [`ImportError`].
pub(super) fn translate(graph: &schema::Graph, version: i64, options: &Options) -> Result<Imported, ImportError> {
    let mut translator = Translator {
        graph,
        version,
        grown: HashMap::new(),
        values: HashMap::new(),
        producers: HashMap::new(),
        readers: HashMap::new(),
        nodes: Vec::new(),
        shapes: HashMap::new(),
        arrays: Arrays::new(),
        parameters: 0,
        names: Names::default(),
        unknown: Vec::new(),
        spare: SPARE_VALUES,
    };
    translator.begin(options)?;
    for node in &graph.nodes {
        translator.take(node);
    }
    translator.end(options)
}

impl<'a> Translator<'a> {
    /// Knows the weights, the image, and who reads what.
    fn begin(&mut self, options: &Options) -> Result<(), ImportError> {
        let mut all = 0_usize;
        for tensor in &self.graph.initializers {
            let count =
                tensor.dims.iter().try_fold(1_usize, |count, side| count.checked_mul(usize::try_from(*side).ok()?));
            all = count
                .and_then(|count| all.checked_add(count))
                .filter(|all| *all <= MOST_VALUES)
                .ok_or_else(|| ImportError::Array { name: tensor.name.clone(), flaw: Flaw::Large })?;
            self.values.insert(&tensor.name, Value::Constant(Rc::new(Tensor::read(tensor)?)));
        }
        self.spare += 2 * all;
        for node in &self.graph.nodes {
            self.producers.extend(node.outputs.iter().map(|output| (output.as_str(), node)));
            node.inputs.iter().for_each(|input| *self.readers.entry(input).or_default() += 1);
        }
        for output in &self.graph.outputs {
            *self.readers.entry(&output.name).or_default() += 1;
        }
        // What is asked for stays what it is in the file.
        if let Some(output) = options.output.as_deref().and_then(|name| self.producers.get_key_value(name)) {
            *self.readers.entry(output.0).or_default() += 1;
        }
        let image = self.image(options)?;
        let (name, Shape { height, width, .. }, view) = image;
        let shape = Shape::map(3, height, width);
        self.shapes.insert(INPUT.to_owned(), shape);
        let image = Map { node: INPUT.to_owned(), shape, view, padding: [[0; 2]; 2], sole: false, grown: 0 };
        let image = if options.is_bgr { self.turned(image)? } else { image };
        self.values.insert(name, Value::Map(image));
        Ok(())
    }

    /// The name, shape and view of the image.
    fn image(&self, options: &Options) -> Result<(&'a str, Shape, View), ImportError> {
        let graph = self.graph;
        let own = graph.inputs.iter().filter(|input| !self.values.contains_key(input.name.as_str()));
        let of = |input: &'a schema::ValueInfo| {
            let kind = input.kind.as_ref().and_then(|kind| kind.tensor.as_ref());
            let dims = kind.and_then(|kind| kind.shape.as_ref());
            let dims = dims.map(|shape| shape.dims.iter().map(|dim| dim.value).collect::<Vec<i64>>());
            (input.name.as_str(), kind.map_or(0, |kind| kind.element), dims.unwrap_or_default())
        };
        let inputs: Vec<(&str, i32, Vec<i64>)> = own.map(of).collect();
        let wrong =
            || ImportError::Inputs(inputs.iter().map(|(name, _, dims)| ((*name).to_owned(), dims.clone())).collect());
        let [(name, 1 | 10 | 11, dims)] = inputs.as_slice() else { return Err(wrong()) };
        let (view, height, width) = match dims.as_slice() {
            [batch, 3, height, width] if *batch <= 1 => (View::Map, *height, *width),
            [batch, height, width, 3] if *batch <= 1 => (View::Last, *height, *width),
            _ => return Err(wrong()),
        };
        let side = |own: i64, axis: usize| match usize::try_from(own) {
            Ok(0) | Err(_) => options
                .size
                .map(|size| size[axis])
                .filter(|side| (1..=MAX_SIZE).contains(side))
                .ok_or(ImportError::Size),
            Ok(own) if options.size.is_some_and(|size| size[axis] != own) => Err(ImportError::Fixed { side: own }),
            Ok(own) if own > MAX_SIZE => Err(wrong()),
            Ok(own) => Ok(own),
        };
        Ok((name, Shape::map(3, side(height, 0)?, side(width, 1)?), view))
    }

    /// The image with its channels the other way round.
    fn turned(&mut self, image: Map) -> Result<Map, ImportError> {
        let form = |_| ImportError::Size;
        let mut channels = Vec::new();
        for from in [2, 1, 0] {
            let slice = self.push("channel", Op::Slice { from, to: from + 1 }, std::slice::from_ref(&image), None);
            channels.push(slice.map_err(form)?);
        }
        self.push("bgr", Op::Concatenate, &channels, None).map_err(form).map(|turned| turned.viewed(image.view))
    }

    /// Translates a node, and says of its results what they are.
    fn take(&mut self, node: &'a schema::Node) {
        let results = match self.translated(node) {
            Ok(results) => results,
            Err(stop) => {
                let mut needs: BTreeSet<usize> = BTreeSet::new();
                for input in &node.inputs {
                    if let Some(Value::Unknown(others)) = self.values.get(input.as_str()) {
                        needs.extend(others.iter());
                    }
                }
                if let Stop::Form(form) = stop {
                    needs.insert(self.unknown.len().min(MOST_UNKNOWN - 1));
                    let result = node.outputs.first().cloned().unwrap_or_default();
                    let name = if node.name.is_empty() { result } else { node.name.clone() };
                    if self.unknown.len() < MOST_UNKNOWN {
                        self.unknown.push(Unknown { node: name, operation: node.kind.clone(), form });
                    }
                }
                vec![Value::Unknown(Rc::new(needs)); node.outputs.len()]
            }
        };
        for (output, mut value) in node.outputs.iter().zip(results) {
            if let Value::Map(map) = &mut value {
                map.sole &= self.readers.get(output.as_str()).is_none_or(|readers| *readers <= 1);
            }
            self.values.insert(output, value);
        }
    }

    fn translated(&mut self, node: &'a schema::Node) -> Result<Vec<Value>, Stop> {
        if !matches!(node.domain.as_str(), "" | "ai.onnx") {
            return Err(Form::Domain(node.domain.clone()).into());
        }
        if let Some(map) = self.pattern(node)? {
            return Ok(vec![Value::Map(map)]);
        }
        if node.kind == "Shape" {
            let map = self.map(node, 0)?;
            if map.padding != [[0; 2]; 2] {
                return Err(Form::Padding.into());
            }
            let dims: Vec<i64> = map.dims().into_iter().map(|side| side as i64).collect();
            let ends = constants::between(node.int("start", 0), node.int("end", i64::MAX), dims.len());
            let [from, to] = ends.ok_or(Form::Attribute("start"))?;
            let dims = dims.get(from..to).unwrap_or_default().to_vec();
            return Ok(vec![Value::Constant(Rc::new(Tensor::ints(dims)))]);
        }
        let constants: Vec<Option<Rc<Tensor>>> =
            (0..node.inputs.len()).map(|place| self.constant(node, place)).collect();
        let all = node.inputs.iter().zip(&constants).all(|(name, constant)| name.is_empty() || constant.is_some());
        if all {
            let inputs: Vec<Option<&Tensor>> = constants.iter().map(Option::as_deref).collect();
            let folded = constants::folded(node, &inputs).ok_or(Form::OnConstants)?;
            // What stands in the file itself is as large as the file.
            let computed = if node.kind == "Constant" { 0 } else { folded.count() };
            self.spare = self.spare.checked_sub(computed).ok_or(Form::Misfit(Misfit::Large))?;
            return Ok(vec![Value::Constant(Rc::new(folded))]);
        }
        self.operator(node)
    }

    /// What stands behind a name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Whose result a name is.
    pub fn producer(&self, name: &str) -> Option<&'a schema::Node> {
        self.producers.get(name).copied()
    }

    /// An input that depends on the image.
    pub fn map(&self, node: &schema::Node, place: usize) -> Result<Map, Stop> {
        match node.inputs.get(place).map(|name| self.values.get(name.as_str())) {
            // Nobody else reads what something has become part of.
            Some(Some(Value::Map(map))) if self.is_changed(map) => Err(Form::Reads.into()),
            Some(Some(Value::Map(map))) => Ok(map.clone()),
            Some(Some(Value::Unknown(_))) => Err(Stop::Reads),
            Some(Some(Value::Constant(_))) => Err(Form::OnConstants.into()),
            Some(None) | None => Err(Form::Reads.into()),
        }
    }

    /// An input that is known.
    pub fn constant(&self, node: &schema::Node, place: usize) -> Option<Rc<Tensor>> {
        match self.values.get(node.inputs.get(place)?.as_str())? {
            Value::Constant(tensor) => Some(tensor.clone()),
            Value::Map(_) | Value::Unknown(_) => None,
        }
    }

    /// Whether something has become part of a node since.
    pub fn is_changed(&self, map: &Map) -> bool {
        self.grown.get(&map.node).copied().unwrap_or_default() != map.grown
    }

    /// A node into which something is taken.
    pub fn grow(&mut self, map: Map) -> Map {
        let grown = self.grown.entry(map.node.clone()).or_default();
        *grown += 1;
        Map { grown: *grown, ..map }
    }

    /// An input that may be left out, and has to be known otherwise.
    pub fn optional(&self, node: &schema::Node, place: usize, what: &'static str) -> Result<Option<Rc<Tensor>>, Stop> {
        match node.inputs.get(place).is_some_and(|name| !name.is_empty()) {
            true => self.known(node, place, what).map(Some),
            false => Ok(None),
        }
    }

    /// An input that has to be known.
    pub fn known(&self, node: &schema::Node, place: usize, what: &'static str) -> Result<Rc<Tensor>, Stop> {
        self.constant(node, place).ok_or(Stop::Form(Form::NotConstant(what)))
    }

    /// Adds a node, as a map.
    pub fn push(&mut self, hint: &str, op: Op, inputs: &[Map], layer: Option<LayerKind>) -> Result<Map, Stop> {
        if inputs.iter().any(|input| input.padding != [[0; 2]; 2]) {
            return Err(Form::Padding.into());
        }
        let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
        let shape = op.shape(&shapes).map_err(|misfit| Stop::Form(Form::Misfit(misfit)))?;
        if self.nodes.len() >= MAX_NODES || shape.values().is_none_or(|values| values > MAX_ACTIVATIONS) {
            return Err(Form::Misfit(Misfit::Large).into());
        }
        let name = self.names.give(hint, "node");
        let inputs = inputs.iter().map(|input| input.node.clone()).collect();
        self.nodes.push(Node { name: name.clone(), op, inputs, layer });
        self.shapes.insert(name.clone(), shape);
        Ok(Map { node: name, shape, view: View::Map, padding: [[0; 2]; 2], sole: true, grown: 0 })
    }

    /// A node's operation.
    pub fn op(&self, name: &str) -> Option<&Op> {
        self.nodes.iter().rev().find(|node| node.name == name).map(|node| &node.op)
    }

    /// Gives a node another operation, whose result has the same shape.
    pub fn set(&mut self, name: &str, op: Op) {
        if let Some(node) = self.nodes.iter_mut().rev().find(|node| node.name == name) {
            node.op = op;
        }
    }

    /// Gives a node an array.
    pub fn keep(&mut self, name: String, shape: Vec<usize>, values: Vec<f32>) -> Result<(), Stop> {
        self.parameters = self.parameters.saturating_add(values.len());
        if self.parameters > MAX_PARAMETERS {
            return Err(Form::Misfit(Misfit::Large).into());
        }
        self.arrays.insert(name, (shape, values));
        Ok(())
    }

    /// The graph of what the output needs.
    fn end(mut self, options: &Options) -> Result<Imported, ImportError> {
        let own: Vec<&str> = self.graph.outputs.iter().map(|output| output.name.as_str()).collect();
        let mut name = match (&options.output, own.as_slice()) {
            (Some(name), _) => name.as_str(),
            (None, [name]) => name,
            (None, _) => return Err(ImportError::Outputs(own.into_iter().map(str::to_owned).collect())),
        };
        // What is climbed are logits.
        let mut is_before_softmax = false;
        for _ in &self.graph.nodes {
            let (None, Some(node)) = (&options.output, self.producers.get(name)) else { break };
            match (node.kind.as_str(), node.inputs.first()) {
                ("Softmax" | "LogSoftmax", Some(_)) if [1, -1].contains(&node.int("axis", -1)) => {
                    is_before_softmax = true
                }
                ("Identity", Some(_)) => {}
                _ => break,
            }
            name = &node.inputs[0];
        }
        let mut output = match self.values.get(name) {
            Some(Value::Map(map)) => map.clone(),
            Some(Value::Unknown(needs)) => {
                let operations = needs.iter().filter_map(|number| self.unknown.get(*number).cloned()).collect();
                return Err(ImportError::Unknown { operations, usable: self.usable() });
            }
            Some(Value::Constant(_)) | None => return Err(ImportError::NoOutput { name: name.to_owned() }),
        };
        let Shape { channels, height, width } = output.shape;
        if output.node == INPUT || output.padding != [[0; 2]; 2] {
            return Err(ImportError::NoFeatures { name: name.to_owned(), shape: [channels, height, width] });
        }
        let is_flat = matches!(output.view, View::Flat | View::Row);
        let is_averaged = !output.is_features() && !is_flat;
        if !output.is_features() {
            let (hint, op) = if is_flat { ("flat", Op::Flatten) } else { ("average", Op::GlobalAverage) };
            let no_features = |_| ImportError::NoFeatures { name: name.to_owned(), shape: [channels, height, width] };
            output = self.push(hint, op, &[output], None).map_err(no_features)?;
        }
        let mut needed = HashSet::from([output.node.clone()]);
        for node in self.nodes.iter().rev() {
            if needed.contains(&node.name) {
                needed.extend(node.inputs.iter().cloned());
            }
        }
        self.nodes.retain(|node| needed.contains(&node.name));
        for node in &mut self.nodes {
            if node.name == output.node {
                node.layer = Some(LayerKind::Output);
            }
        }
        let of_needed = |name: &String| name.rsplit_once('.').is_some_and(|(node, _)| needed.contains(node));
        self.arrays.retain(|name, _| of_needed(name));
        let graph = Graph { input: self.shapes[INPUT], nodes: self.nodes };
        graph.clone().check()?;
        Ok(Imported { graph, arrays: self.arrays, is_averaged, is_before_softmax, metadata: Vec::new() })
    }

    /// Results that could be the output.
    fn usable(&self) -> Vec<String> {
        let results = self.graph.nodes.iter().filter_map(|node| node.outputs.first());
        let is_usable = |name: &&String| match self.values.get(name.as_str()) {
            Some(Value::Map(map)) => map.node != INPUT && map.padding == [[0; 2]; 2] && !self.is_changed(map),
            _ => false,
        };
        results.filter(is_usable).cloned().collect()
    }
}
