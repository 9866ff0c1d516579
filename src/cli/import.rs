//! `dgn import`: a network of one's own, in a copy of a pack.

mod caffe;

use std::path::{Path, PathBuf};

use super::{CliError, open};
use crate::{
    engine,
    import::{self, Pixels},
    pack::{
        self,
        extend::extend,
        make::MakeError,
        manifest::{Class, Preprocessing},
        newcomer::{self, About},
    },
    picture,
};
use clap::{Args, ValueEnum};

/// `dgn import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The network: an ONNX file, a state dict of one of torchvision's (.pth, .safetensors), or a .caffemodel where --prototxt
    /// says so.
    file: PathBuf,
    /// Folder to write the new pack to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The pack whose generator draws, and whose classifiers stand beside it.
    #[arg(long, default_value = "imagenet-128")]
    pack: String,
    /// What people call the network; the file's name where nothing is said.
    #[arg(long)]
    title: Option<String>,
    /// Height and width of its images, where the file leaves them open.
    #[arg(long, value_name = "PIXELS")]
    input_size: Option<usize>,
    /// What its pixels are.
    #[arg(long, value_enum, default_value_t = Asked::Imagenet)]
    pixels: Asked,
    /// Mean of each channel of pixels from 0 to 1, red first, in place of that of --pixels.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', num_args = 1)]
    mean: Option<Vec<f32>>,
    /// Standard deviation of each channel, in place of that of --pixels.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', num_args = 1)]
    std: Option<Vec<f32>>,
    /// The network takes blue, green and red in this order.
    #[arg(long)]
    bgr: bool,
    /// Names of its classes: a line each, a JSON list, or a JSON object by number.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The result that is the output, by its name in the file, where it has several.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Bits of each number of its weights.
    #[arg(long, value_enum, default_value_t = Bits::B16)]
    bits: Bits,
    /// Pictures that it classifies when it is there, to see that all is right; as often as needed.
    #[arg(long, value_name = "PICTURE")]
    check: Vec<PathBuf>,
    #[command(flatten)]
    caffe: caffe::Caffe,
}

/// What a network's pixels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Asked {
    /// From 0 to 1, less ImageNet's mean, divided by its standard deviation; as torchvision has them.
    Imagenet,
    /// From 0 to 1.
    #[value(name = "0..1")]
    Unit,
    /// From -1 to 1.
    #[value(name = "-1..1")]
    Signed,
    /// From 0 to 255.
    #[value(name = "0..255")]
    Bytes,
}

/// Bits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bits {
    /// Integers with a factor for each channel.
    #[value(name = "8")]
    B8,
    /// Floats.
    #[value(name = "16")]
    B16,
    /// Floats, as they are in most files.
    #[value(name = "32")]
    B32,
}

impl From<Asked> for Pixels {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Imagenet => Self::Imagenet,
            Asked::Unit => Self::Unit,
            Asked::Signed => Self::Signed,
            Asked::Bytes => Self::Bytes,
        }
    }
}

impl Import {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        if self.out.exists() {
            return Err(CliError::Exists { path: self.out.clone() });
        }
        for (option, numbers) in [("--mean", &self.mean), ("--std", &self.std)] {
            if numbers.as_ref().is_some_and(|numbers| numbers.len() != 3) {
                return Err(CliError::Three { option });
            }
        }
        if self.caffe.is_pair() {
            return self.pair();
        }
        let (folder, manifest) = open(weights, &self.pack)?;
        let read = |path: &Path| std::fs::read(path).map_err(|error| CliError::Read { path: path.to_owned(), error });
        let size = self.input_size.map(|side| [side; 2]);
        let options = import::Options { size, output: self.output.clone(), is_bgr: self.bgr };
        let imported = match self.of_caffe()? {
            Some(imported) => imported,
            None => import::read(read(&self.file)?, &options)?,
        };
        let units = imported.graph.clone().check().map_or(0, |graph| graph.output().channels);
        let about = self.described(self.about(self.classes(units)?))?;
        let weights = newcomer::file(&imported.graph, &imported.arrays, self.bits.precision())
            .map_err(|reason| MakeError::Content { path: self.file.clone(), reason })?;
        let entry = newcomer::entry(&imported.graph, &weights, about, manifest.image);
        self.tell(&manifest, &entry)?;
        let name = entry.name.clone();
        let extended = extend(&folder, &manifest, entry, &weights, &self.out)?;
        self.finished(&extended, &name, &imported)
    }

    /// Says what there is now.
    fn finished(
        &self,
        made: &pack::manifest::Manifest,
        name: &str,
        imported: &import::Imported,
    ) -> Result<(), CliError> {
        let entry = made.entry(name)?;
        say!("{}  {name}: {} classes, {} layers", made.name, entry.classes.len(), entry.layers.len());
        if imported.is_averaged {
            say!("Its output is a map: the means of its channels are its outputs.");
        }
        if imported.is_before_softmax {
            say!("The softmax behind its output was left out: what is climbed are the numbers before it.");
        }
        if let Some(known) = imported.said("torchvision") {
            say!("Known by the names and shapes of its arrays as torchvision's {known}.");
        }
        self.look(made, name)
    }

    /// Labels of so many classes.
    fn classes(&self, units: usize) -> Result<Vec<String>, CliError> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| CliError::Read { path: path.to_owned(), error });
        match &self.labels {
            Some(path) => {
                let labels =
                    import::labels::read(&read(path)?).ok_or_else(|| CliError::NoLabels { path: path.clone() })?;
                if labels.len() != units {
                    return Err(CliError::Labels { path: path.clone(), found: labels.len(), wanted: units });
                }
                Ok(labels)
            }
            None => Ok((0..units).map(|unit| format!("class {unit}")).collect()),
        }
    }

    fn about(&self, labels: Vec<String>) -> About {
        let stem = self.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
        let name: String = stem.chars().map(plain).take(48).collect::<String>().to_lowercase();
        let name = if name.trim_matches(['.', '-']).is_empty() { "network".to_owned() } else { name };
        let (mean, std) = Pixels::from(self.pixels).statistics();
        let three = |own: [f32; 3], asked: &Option<Vec<f32>>| {
            asked.as_deref().and_then(|asked| asked.try_into().ok()).unwrap_or(own)
        };
        let preprocessing = Preprocessing { mean: three(mean, &self.mean), std: three(std, &self.std) };
        let classes = labels.into_iter().enumerate().map(|(unit, label)| Class::new(unit.to_string(), label));
        About {
            name: Some(name),
            title: self.title.clone().unwrap_or(stem),
            preprocessing,
            classes: classes.collect(),
            origin: "Imported from a file.".into(),
        }
    }

    /// Says what the network sees in pictures.
    fn look(&self, manifest: &pack::manifest::Manifest, name: &str) -> Result<(), CliError> {
        if self.check.is_empty() {
            return Ok(());
        }
        let (folder, entry) = (pack::disk::Folder::new(&self.out), manifest.entry(name)?);
        let judge = pollster::block_on(engine::Judge::load(&folder, manifest, entry, &engine::device::cpu()))?;
        for path in &self.check {
            let unreadable = |error| CliError::NoPicture { path: path.clone(), error };
            let (width, height) = (manifest.image.width as u32, manifest.image.height as u32);
            let rgba =
                picture::fitted(&picture::bytes(path).map_err(unreadable)?, width, height).map_err(unreadable)?;
            let picture = picture::Picture { width, height, rgba, activation: 0.0, top: Vec::new() };
            say!("{}:", path.display());
            for guess in pollster::block_on(judge.look(&[picture]))?.into_iter().flatten() {
                let class = entry.classes.get(guess.class as usize).map_or("", |class| class.name.as_str());
                say!("  {:5.1} %  {class}", 100.0 * guess.probability);
            }
        }
        Ok(())
    }
}
