//! `dgn import` of networks in Caffe's format: a classifier into a copy of a pack, or a generator and its classifier as a pack of
//! their own.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Bits, CliError, Import};
use crate::{
    engine::memory,
    import::{
        Imported,
        caffe::{self, BYTES, IMAGENET_MEAN, Options},
    },
    nets::{
        config::{ClassifierConfig, GeneratorConfig},
        graph::Graph,
    },
    pack::{
        make::MakeError,
        manifest::{Class, ClassifierEntry, FORMAT, FileEntry, GeneratorEntry, ImageShape, Manifest, Preprocessing},
        newcomer::{self, About, Precision},
        pair::{Pair, know_bounds},
    },
    spec::{Defaults, RunSpec, Schedule, Start, Unit},
};

/// What is asked of networks in Caffe's format.
#[derive(Debug, Args)]
pub(super) struct Caffe {
    /// The network's definition, where it is in Caffe's format: the file itself is then its .caffemodel.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pixels", "bgr"])]
    prototxt: Option<PathBuf>,
    /// A mean image (.binaryproto) in place of ImageNet's mean.
    #[arg(long, value_name = "FILE", requires = "prototxt", conflicts_with = "mean")]
    mean_file: Option<PathBuf>,
    /// A generator's .caffemodel: makes a pack of generator and network alone.
    #[arg(long, value_name = "FILE", requires = "prototxt", requires = "generator_prototxt", conflicts_with = "pack")]
    generator: Option<PathBuf>,
    /// The generator's definition.
    #[arg(long, value_name = "FILE", requires = "generator")]
    generator_prototxt: Option<PathBuf>,
    /// The layer of the network whose values the generator's code is.
    #[arg(long, value_name = "LAYER", requires = "generator", default_value = "fc6")]
    code_layer: String,
    /// The largest value of each unit of the code, as many numbers with blanks, commas or lines between them; 11.85 for each
    /// where nothing is said, the published ones' mean.
    #[arg(long, value_name = "FILE", requires = "generator")]
    code_bound: Option<PathBuf>,
}

/// Mean over the units of the published bounds of a code of fc6 (Nguyen et al. 2016).
const MEAN_BOUND: f32 = 11.85;
/// What is said of the licence of somebody's own files.
const LICENCE: &str = "LicenseRef-own";
/// How a pack of somebody's own generator came to its defaults.
const TUNING: &str = "As published for CaffeNet's fc6 (Nguyen et al. 2016): 200 steps, the step size from 8 to 1e-10, decay 0.99, \
    code units between 0 and their bound. Only the bounds are known: the code's mean and standard deviation are chosen so that mean \
    + 3 deviations is the bound and a run starts at N(0, 1), and are none of the training images'. From a real image: 30 steps \
    from 1. For the output of another architecture: a step size from 2.";

impl Caffe {
    /// Whether a generator comes with the network.
    pub(super) fn is_pair(&self) -> bool {
        self.generator.is_some()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| CliError::Read { path: path.to_owned(), error })
}

impl Import {
    /// The network, where it is in Caffe's format.
    pub(super) fn of_caffe(&self) -> Result<Option<Imported>, CliError> {
        let Some(prototxt) = &self.caffe.prototxt else { return Ok(None) };
        let factors = match self.std.as_deref() {
            Some(&[red, green, blue]) if [red, green, blue].iter().all(|std| *std > 0.0) => {
                [red, green, blue].map(|std| 1.0 / std)
            }
            Some(_) => return Err(CliError::Three { option: "--std" }),
            None => BYTES,
        };
        let options = Options { size: self.input_size.map(|side| [side; 2]), output: self.output.clone(), factors };
        Ok(Some(caffe::classifier(read(&self.file)?, &read(prototxt)?, &options)?))
    }

    /// Mean of each channel of pixels from 0 to 255, red first.
    fn mean_of_caffe(&self) -> Result<[f32; 3], CliError> {
        match (&self.caffe.mean_file, self.mean.as_deref()) {
            (Some(path), _) => Ok(caffe::mean(read(path)?)?),
            (None, Some(&[red, green, blue])) => Ok([red, green, blue].map(|mean| mean * 255.0)),
            (None, _) => Ok(IMAGENET_MEAN),
        }
    }

    /// What is said of a network, as it is where the network is in Caffe's format.
    pub(super) fn described(&self, about: About) -> Result<About, CliError> {
        if self.caffe.prototxt.is_none() {
            return Ok(about);
        }
        // The factor is in the weights of the first layer, so that its zeros of padding stay what they are.
        let mean = self.mean_of_caffe()?.map(|mean| (mean / 255.0).clamp(0.0, 1.0));
        Ok(About {
            preprocessing: Preprocessing { mean, std: [1.0; 3] },
            classes: with_ids(about.classes),
            origin: "Imported from files in Caffe's format.".into(),
            ..about
        })
    }

    /// Says how large a copy of a pack becomes with a network that is to join it, and what a run needs.
    pub(super) fn tell(&self, manifest: &Manifest, entry: &ClassifierEntry) -> Result<(), CliError> {
        let ClassifierConfig::Graph(graph) = &entry.architecture else { return Ok(()) };
        let mut planned = manifest.clone();
        planned.defaults.unit = Unit::new(graph.nodes.last().map_or("", |node| &node.name), 0);
        (planned.format, planned.natural) = (FORMAT, None);
        planned.classifiers.insert(0, entry.clone());
        let json = serde_json::to_vec(&planned)
            .map_err(|error| MakeError::Recipe { path: self.out.clone(), said: error.to_string() })?;
        tell(&Manifest::parse(&json).map_err(MakeError::from)?);
        Ok(())
    }

    /// Makes a pack of the network and its generator.
    pub(super) fn pair(&self) -> Result<(), CliError> {
        let (Some(file), Some(prototxt), Some(imported)) =
            (&self.caffe.generator, &self.caffe.generator_prototxt, self.of_caffe()?)
        else {
            return Ok(());
        };
        let units = imported.graph.clone().check().map_or(0, |graph| graph.output().channels);
        let own = imported.graph.input;
        let image = ImageShape { height: own.height, width: own.width };
        let about = self.described(self.about(self.classes(units)?))?;
        // Its file is made with the generator's.
        let entry = newcomer::entry(&imported.graph, &[], about, image);
        let size = Some([own.height, own.width]);
        let generator = caffe::generator(read(file)?, &read(prototxt)?, size, self.mean_of_caffe()?)?;
        let (mut arrays, graph) = (generator.arrays, generator.graph);
        know_bounds(&mut arrays, &self.bounds(graph.input.channels)?);
        let name = entry.name.clone();
        let manifest = self.manifest(entry, graph, image, &imported);
        let (keep, generator, classifier) = (self.bits.precision(), &arrays, &imported.arrays);
        let made = Pair { manifest, generator, classifier, keep }.make(&self.out)?;
        tell(made.manifest());
        made.write(&self.out)?;
        self.finished(made.manifest(), &name, &imported)
    }

    fn manifest(&self, entry: ClassifierEntry, graph: Graph, image: ImageShape, imported: &Imported) -> Manifest {
        let output = imported.graph.nodes.last().map_or("", |node| node.name.as_str());
        let name = self.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Manifest {
            format: FORMAT,
            name,
            title: format!("{}, {} × {}", entry.title, image.width, image.height),
            licence: LICENCE.into(),
            image,
            generator: GeneratorEntry {
                weights: FileEntry { file: "generator.safetensors".into(), bytes: 1, sha256: "0".repeat(64) },
                architecture: GeneratorConfig::Graph(graph),
                encoder: entry.name.clone(),
                encoder_layer: self.caffe.code_layer.clone(),
                licence: LICENCE.into(),
                origin: "Imported from files in Caffe's format.".into(),
            },
            classifiers: vec![entry],
            natural: None,
            defaults: Defaults {
                unit: Unit::new(output, 0),
                start: Start::Noise,
                steps: 200,
                schedule: Schedule { start: 8.0, end: 1e-10 },
                decay: 0.99,
                bound: Some(3.0),
                epsilon1: 0.0,
                epsilon3: 0.0,
                jitter: 0,
                rescale: 0.0,
            },
            tuning: TUNING.into(),
        }
    }

    /// The largest value of each unit of the code.
    fn bounds(&self, units: usize) -> Result<Vec<f32>, CliError> {
        let Some(path) = &self.caffe.code_bound else { return Ok(vec![MEAN_BOUND; units]) };
        bounds(&read(path)?, units).ok_or_else(|| CliError::Bounds { path: path.clone(), wanted: units })
    }
}

impl Bits {
    /// How matrices and kernels are kept.
    pub(super) fn precision(self) -> Precision {
        match self {
            Self::B8 => Precision::I8,
            Self::B16 => Precision::F16,
            Self::B32 => Precision::F32,
        }
    }
}

/// So many numbers from 0 on.
fn bounds(file: &[u8], units: usize) -> Option<Vec<f32>> {
    let text = std::str::from_utf8(file).ok()?.trim_start_matches('\u{feff}');
    let numbers = text.split(|letter: char| letter.is_whitespace() || ",;[]".contains(letter));
    let numbers = numbers.filter(|number| !number.is_empty()).map(|number| number.parse::<f32>().ok());
    let numbers = numbers.collect::<Option<Vec<f32>>>()?;
    let is_bound = |bound: &f32| bound.is_finite() && *bound >= 0.0;
    (numbers.len() == units && numbers.iter().all(is_bound)).then_some(numbers)
}

/// Classes whose labels all begin with a WordNet id, as those of Caffe's `synset_words.txt` do, have that for an id.
fn with_ids(classes: Vec<Class>) -> Vec<Class> {
    let parted = |class: &Class| {
        let (id, name) = class.name.split_once(' ')?;
        let digits = id.strip_prefix('n')?;
        let is_id = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_id.then(|| Class::new(id, name.trim()))
    };
    classes.iter().map(parted).collect::<Option<Vec<Class>>>().unwrap_or(classes)
}

/// Says how large a pack is and what a run of it needs, in MB.
fn tell(manifest: &Manifest) {
    let files =
        manifest.classifiers.iter().map(|entry| entry.weights.bytes).sum::<u64>() + manifest.generator.weights.bytes;
    let run = RunSpec::with_defaults(manifest, manifest.defaults.unit.clone());
    let need = memory::need(manifest, &[run]).total();
    let mb = |bytes: u64| bytes.div_ceil(1_000_000);
    say!("Weights of {} MB; a run needs about {} MB of memory.", mb(files), mb(need));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_as_many_numbers_as_the_code_has_units() {
        for text in ["1 2.5\n3", "1,2.5,3\n", "[1; 2.5; 3]"] {
            assert_eq!(bounds(text.as_bytes(), 3), Some(vec![1.0, 2.5, 3.0]), "{text}");
        }
        for text in ["1 2", "1 2 -3", "1 2 x", "1 2 inf", ""] {
            assert_eq!(bounds(text.as_bytes(), 3), None, "{text}");
        }
    }

    #[test]
    fn labels_that_begin_with_wordnet_ids_give_them_up() {
        let class = |name: &str| Class::new("0", name);
        let found = with_ids(vec![class("n01440764 tench, Tinca tinca"), class("n01443537 goldfish")]);
        assert_eq!(found[0], Class::new("n01440764", "tench, Tinca tinca"));
        let other = vec![class("n01440764 tench"), class("n5 fish")];
        assert_eq!(with_ids(other.clone()), other);
    }
}
