//! What a `.prototxt` says: the layers that a network has when it is used, in their order, and what it reads.

use super::text::Message;
use crate::{
    import::{CaffeError, Form},
    nets::graph::MAX_NODES,
};

/// A layer.
#[derive(Debug, Clone)]
pub(super) struct Layer<'m> {
    pub name: &'m str,
    /// What it is, as it is written.
    pub kind: &'m str,
    /// Names of what it reads.
    pub bottoms: Vec<&'m str>,
    /// Names of its results.
    pub tops: Vec<&'m str>,
    message: &'m Message<'m>,
}

/// What a network reads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Input<'m> {
    pub name: &'m str,
    /// Its sides, the number of images first; 0 where one is open.
    pub sides: Vec<i64>,
}

/// A network's definition.
#[derive(Debug)]
pub(super) struct Definition<'m> {
    pub inputs: Vec<Input<'m>>,
    pub layers: Vec<Layer<'m>>,
}

/// What a layer says of itself, beside what it reads; defaults are those of `caffe.proto`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'m> {
    name: &'static str,
    message: Option<&'m Message<'m>>,
}

impl<'m> Definition<'m> {
    /// Of a text.
    ///
    /// # Errors
    /// [`CaffeError::NoLayers`], [`CaffeError::Layers`].
    pub fn read(message: &'m Message<'m>) -> Result<Self, CaffeError> {
        // Those of before 2014 are called `layers`, and their kinds written in capitals.
        let all = message.messages("layers").chain(message.messages("layer"));
        let layers: Vec<Layer> = all.filter(|layer| is_used(layer)).map(Layer::read).collect();
        match layers.len() {
            0 => return Err(CaffeError::NoLayers),
            found if found > MAX_NODES => return Err(CaffeError::Layers { found }),
            _ => {}
        }
        if layers.iter().all(|layer| layer.kind.is_empty()) {
            return Err(CaffeError::NoLayers);
        }
        let mut inputs = own_inputs(message);
        inputs.extend(layers.iter().filter_map(Layer::input));
        Ok(Self { inputs, layers })
    }
}

/// What stands before all layers: names, and for each four sides in a row or a shape.
fn own_inputs<'m>(message: &'m Message<'m>) -> Vec<Input<'m>> {
    let rows = message.numbers::<i64>("input_dim").unwrap_or_default();
    let mut shapes: Vec<Vec<i64>> = message.messages("input_shape").map(sides).collect();
    shapes.extend(rows.chunks(4).map(<[i64]>::to_vec));
    let mut shapes = shapes.into_iter();
    let input = |name| Input { name, sides: shapes.next().unwrap_or_default() };
    message.texts("input").map(input).collect()
}

fn sides(shape: &Message) -> Vec<i64> {
    shape.numbers("dim").unwrap_or_default()
}

/// Whether a layer is there when a network is used, and not only while it is trained.
fn is_used(layer: &Message) -> bool {
    let fits = |rule: &Message| {
        let phase = rule.text("phase").is_none_or(|phase| phase == "TEST" || phase == "1");
        phase && rule.text("stage").is_none()
    };
    let mut included = layer.messages("include").peekable();
    match included.peek() {
        Some(_) => included.any(fits),
        None => !layer.messages("exclude").any(fits),
    }
}

impl<'m> Layer<'m> {
    fn read(message: &'m Message<'m>) -> Self {
        Self {
            name: message.text("name").unwrap_or_default(),
            kind: message.text("type").unwrap_or_default(),
            bottoms: message.texts("bottom").collect(),
            tops: message.texts("top").collect(),
            message,
        }
    }

    /// Its kind, whichever way it is written: `InnerProduct` or `INNER_PRODUCT`.
    pub fn plain(&self) -> String {
        self.kind.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
    }

    /// Its parameters, none of which but those that are known and those that change nothing may be there.
    ///
    /// # Errors
    /// [`Form::Attribute`].
    pub fn parameters(&self, name: &'static str, known: &[&str]) -> Result<Parameters<'_>, Form> {
        const IDLE: [&str; 3] = ["engine", "weight_filler", "bias_filler"];
        let message = self.message.message(name);
        let mut names = message.into_iter().flat_map(Message::names);
        match names.all(|name| known.contains(&name) || IDLE.contains(&name)) {
            true => Ok(Parameters { name, message }),
            false => Err(Form::Attribute(name)),
        }
    }

    /// What it brings from outside, where that is all it does.
    fn input(&self) -> Option<Input<'m>> {
        let name = *self.tops.first()?;
        let of = |name: &str| self.message.message(name);
        let number = |message: Option<&Message>, name: &str| {
            message.and_then(|message| message.numbers::<i64>(name)?.last().copied()).unwrap_or_default()
        };
        let shaped = |name: &str| of(name).and_then(|own| own.message("shape")).map(sides).unwrap_or_default();
        let sides = match self.plain().as_str() {
            "input" => shaped("input_param"),
            "dummydata" => shaped("dummy_data_param"),
            "memorydata" => {
                ["batch_size", "channels", "height", "width"].map(|side| number(of("memory_data_param"), side)).to_vec()
            }
            // Pictures in colour from wherever, of which a square is cut.
            "data" | "imagedata" | "windowdata" => {
                let own = ["transform_param", "data_param", "image_data_param", "window_data_param"];
                let crop = own.map(|own| number(of(own), "crop_size")).into_iter().max().unwrap_or_default();
                vec![1, 3, crop, crop]
            }
            _ => return None,
        };
        Some(Input { name, sides })
    }
}

impl<'m> Parameters<'m> {
    /// Why it is not known.
    pub fn unknown(&self) -> Form {
        Form::Attribute(self.name)
    }

    fn number<T: std::str::FromStr + Copy>(&self, name: &str, otherwise: T) -> Result<T, Form> {
        let Some(message) = self.message else { return Ok(otherwise) };
        let numbers = message.numbers(name).ok_or(self.unknown())?;
        Ok(numbers.last().copied().unwrap_or(otherwise))
    }

    /// A whole number from 0 on.
    pub fn count(&self, name: &str, otherwise: usize) -> Result<usize, Form> {
        self.number(name, otherwise)
    }

    /// A whole number.
    pub fn int(&self, name: &str, otherwise: i64) -> Result<i64, Form> {
        self.number(name, otherwise)
    }

    /// A number.
    pub fn float(&self, name: &str, otherwise: f32) -> Result<f32, Form> {
        self.number(name, otherwise)
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str, otherwise: bool) -> Result<bool, Form> {
        match self.word(name, if otherwise { "true" } else { "false" }) {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.unknown()),
        }
    }

    /// A word of an enum.
    pub fn word(&self, name: &str, otherwise: &'m str) -> &'m str {
        self.message.and_then(|message| message.text(name)).unwrap_or(otherwise)
    }

    /// A row of numbers.
    pub fn row<T: std::str::FromStr>(&self, name: &str) -> Result<Vec<T>, Form> {
        self.message.map_or(Some(Vec::new()), |message| message.numbers(name)).ok_or(self.unknown())
    }

    /// The sides of a shape.
    pub fn shape(&self) -> Result<Vec<i64>, Form> {
        let shape = self.message.and_then(|message| message.message("shape")).ok_or(self.unknown())?;
        shape.numbers("dim").ok_or(self.unknown())
    }

    /// Whether it says something of that name.
    pub fn has(&self, name: &str) -> bool {
        self.message.is_some_and(|message| message.all(name).next().is_some())
    }

    /// Numbers for rows and columns: one for both, one for each, or under two names.
    pub fn two(&self, name: &str, each: [&str; 2], otherwise: usize) -> Result<[usize; 2], Form> {
        match self.row(name)?.as_slice() {
            [] => Ok([self.count(each[0], otherwise)?, self.count(each[1], otherwise)?]),
            [both] => Ok([*both; 2]),
            [rows, columns] => Ok([*rows, *columns]),
            _ => Err(self.unknown()),
        }
    }
}

/// Whether a layer computes a loss, or how good a result is: nothing that a network is used for.
pub(super) fn is_loss(layer: &Layer) -> bool {
    matches!(layer.plain().as_str(), "softmaxwithloss" | "softmaxloss")
}

/// Whether a layer has no part in what a network computes: it brings images, or judges results.
pub(super) fn is_outside(layer: &Layer) -> bool {
    let sources = ["input", "data", "imagedata", "windowdata", "memorydata", "dummydata"];
    let judges = ["accuracy", "silence"];
    let kind = layer.plain();
    is_loss(layer) || sources.contains(&kind.as_str()) || judges.contains(&kind.as_str())
}
