//! Networks of Caffe's (Jia et al. 2014): a definition (`.prototxt`), and a file of weights (`.caffemodel`) in any of its three
//! forms. The definition says what is computed, the file of weights gives each layer its arrays, by its name.
//!
//! A network of Caffe's reads images blue first, in 0..255 less a mean, and its generators draw such. What comes out here reads
//! and draws images as a pack's networks do: the order of the channels, the factor and, of a generator, the mean and the cut are in
//! the weights of the first layer and the last.

mod definition;
mod ending;
mod generator;
mod layers;
mod pooling;
mod scaling;
mod schema;
mod text;
mod translator;

use definition::{Definition, Input};
use translator::{Read, Translator};

use super::{CaffeError, Flaw, ImportError, Imported, MAX_FILE_BYTES};
use crate::nets::{
    layer::LayerKind,
    shape::{MAX_SIZE, Shape},
};

/// ImageNet's mean as Caffe has it (`imagenet_mean.binaryproto`, each channel's mean): red first, of 0 to 255.
pub const IMAGENET_MEAN: [f32; 3] = [122.678_92, 116.668_77, 104.006_99];
/// Factor on pixels from 0 to 1, for those of 0 to 255 that most networks of Caffe's read.
pub const BYTES: [f32; 3] = [255.0; 3];

/// What is asked of a classifier.
#[derive(Debug, Clone)]
pub struct Options {
    /// Height and width of the images, where the definition leaves them open.
    pub size: Option<[usize; 2]>,
    /// Which result is the output, by its name in the definition; none for its only one that no layer reads.
    pub output: Option<String>,
    /// Factor on each channel of pixels from 0 to 1, red first, less their mean: [`BYTES`] for most.
    pub factors: [f32; 3],
}

impl Default for Options {
    fn default() -> Self {
        Self { size: None, output: None, factors: BYTES }
    }
}

/// Reads a classifier: from images `[3, height, width]`, red first, in 0..=1 less their mean, to features.
///
/// # Errors
/// [`ImportError`].
pub fn classifier(weights: Vec<u8>, prototxt: &[u8], options: &Options) -> Result<Imported, ImportError> {
    let message = text::parse(prototxt).map_err(ImportError::Caffe)?;
    let definition = Definition::read(&message).map_err(ImportError::Caffe)?;
    let read = image(&definition.inputs, options.size)?;
    let (pixels, output) = (Some(options.factors), options.output.as_deref());
    let translator = Translator::translate(&definition, net(weights)?, &read, pixels, output)?;
    let end = translator.end(&definition, output)?;
    let Shape { channels, height, width } = end.output.shape;
    if (height, width) != (1, 1) {
        let name = output.unwrap_or(&end.output.node).to_owned();
        return Err(ImportError::NoFeatures { name, shape: [channels, height, width] });
    }
    translator.finish(end, Some(LayerKind::Output))
}

/// Reads a generator: from codes `[units, 1, 1]` to images `[3, height, width]` of `size` (height and width; none for all that it
/// draws), red first, natural ones in -1..=1. What it draws is images less `mean`, red first, of 0 to 255; of larger ones than
/// `size` the middle is taken.
///
/// # Errors
/// [`ImportError`].
pub fn generator(
    weights: Vec<u8>,
    prototxt: &[u8],
    size: Option<[usize; 2]>,
    mean: [f32; 3],
) -> Result<Imported, ImportError> {
    let message = text::parse(prototxt).map_err(ImportError::Caffe)?;
    let definition = Definition::read(&message).map_err(ImportError::Caffe)?;
    let read = code(&definition.inputs)?;
    let mut translator = Translator::translate(&definition, net(weights)?, &read, None, None)?;
    let end = translator.end(&definition, None)?;
    let size = size.unwrap_or([end.output.shape.height, end.output.shape.width]);
    let end = translator.picture(end, size, mean)?;
    translator.finish(end, None)
}

/// Reads a mean image (`.binaryproto`): the mean of each channel, red first, of 0 to 255.
///
/// # Errors
/// [`CaffeError::Weights`], [`CaffeError::Mean`], [`ImportError::Array`].
pub fn mean(bytes: Vec<u8>) -> Result<[f32; 3], ImportError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::Large { found: bytes.len() });
    }
    let mut blob = schema::blob(bytes).map_err(|damage| ImportError::Caffe(CaffeError::Weights(damage)))?;
    let sides = blob.sides().unwrap_or_default();
    let values = blob.take();
    let count = sides.iter().try_fold(1_usize, |count, side| count.checked_mul(*side)).unwrap_or_default();
    // One image of three channels, with the number of images or without.
    let is_image = matches!(sides.as_slice(), [1, 3, _, _] | [3, _, _]);
    if !is_image || count == 0 || count != values.len() {
        return Err(ImportError::Caffe(CaffeError::Mean));
    }
    let of_plane = |plane: &[f32]| (plane.iter().copied().map(f64::from).sum::<f64>() / plane.len() as f64) as f32;
    let means: Vec<f32> = values.chunks(count / 3).map(of_plane).collect();
    match *means.as_slice() {
        [blue, green, red] if [blue, green, red].iter().all(|mean| mean.is_finite()) => Ok([red, green, blue]),
        _ => Err(ImportError::Array { name: "mean".into(), flaw: Flaw::NotNumbers }),
    }
}

fn net(bytes: Vec<u8>) -> Result<schema::Net, ImportError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::Large { found: bytes.len() });
    }
    schema::net(bytes).map_err(|damage| ImportError::Caffe(CaffeError::Weights(damage)))
}

/// The only input, which has to be images in colour.
fn image<'m>(inputs: &[Input<'m>], size: Option<[usize; 2]>) -> Result<Read<'m>, ImportError> {
    let wrong = || {
        let all = inputs.iter().map(|input| (input.name.to_owned(), input.sides.clone()));
        ImportError::Inputs(all.collect())
    };
    let [Input { name, sides }] = inputs else { return Err(wrong()) };
    let (batch, height, width) = match *sides.as_slice() {
        [batch, 3, height, width] => (batch, height, width),
        [] => (1, 0, 0),
        _ => return Err(wrong()),
    };
    let side = |own: i64, axis: usize| match usize::try_from(own) {
        Ok(0) | Err(_) => size.map(|size| size[axis]).ok_or(ImportError::Size),
        Ok(own) if size.is_some_and(|size| size[axis] != own) => Err(ImportError::Fixed { side: own }),
        Ok(own) => Ok(own),
    };
    let (height, width) = (side(height, 0)?, side(width, 1)?);
    if !(1..=MAX_SIZE).contains(&height) || !(1..=MAX_SIZE).contains(&width) {
        return Err(wrong());
    }
    Ok(Read { name, shape: Shape::map(3, height, width), batch, is_row: false })
}

/// The only input, which has to be a code.
fn code<'m>(inputs: &[Input<'m>]) -> Result<Read<'m>, ImportError> {
    let sides = inputs.first().map(|input| input.sides.clone()).unwrap_or_default();
    let wrong = || ImportError::Caffe(CaffeError::Code(sides.clone()));
    let [Input { name, sides }] = inputs else { return Err(wrong()) };
    let (batch, units) = match *sides.as_slice() {
        [batch, units] | [batch, units, 1, 1] => (batch, usize::try_from(units).unwrap_or_default()),
        _ => return Err(wrong()),
    };
    if !(1..=MAX_SIZE).contains(&units) {
        return Err(wrong());
    }
    Ok(Read { name, shape: Shape::features(units), batch, is_row: sides.len() == 2 })
}
