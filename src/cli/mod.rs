//! The command line: the same engine as the page's, without a browser.
//!
//! It is how tests, galleries and measurements drive the real thing. Results go to standard output and to files;
//! progress and messages go to standard error. The exit status is 0 for success, 1 for a failure with a sentence on
//! standard error, and 2 for a command that was not understood.

/// `println!` for those who may stop listening, as `head` does: that is no failure.
macro_rules! say {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($argument)*);
    }};
}

mod atlas;
mod bench;
mod drawing;
mod evaluate;
mod import;
mod lessons;
mod numbers;
mod packs;
mod synthesize;
mod words;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    engine::{self, EngineError, protocol::Reason},
    evaluate::{EvaluateError, MergeError, dataset::DatasetError},
    import::ImportError,
    pack::{self, PackError, disk::Folder, make::MakeError, manifest::Manifest},
    picture::ReadError,
    spec::{EngineChoice, SpecError},
};

/// See what a neuron has learned: deep generator network activation maximisation.
#[derive(Debug, Parser)]
#[command(name = "dgn", version, about, after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    /// Folder that holds the packs.
    #[arg(long, global = true, default_value = "weights", value_name = "DIR")]
    weights: PathBuf,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  dgn packs
  dgn units --pack caffenet-64
  dgn synthesize --pack caffenet-64 --unit fc8:goldfish --out pictures
  dgn synthesize --pack caffenet-64 --unit fc8:n07720875 --unit fc8:teapot --seeds 4 --out pictures
  dgn synthesize --pack caffenet-64 --unit conv4:17@mean --steps 200 --out pictures
  dgn atlas --pack imagenet-128 --out atlas --add
  dgn import network.onnx --out weights/mine --labels labels.txt
  dgn import net.caffemodel --prototxt deploy.prototxt --generator G.caffemodel --generator-prototxt G.prototxt --out weights/fc6
  dgn serve --lan
  dgn lessons
  dgn bench";

#[derive(Debug, Subcommand)]
enum Command {
    /// List the packs, or show one with its classifiers and layers.
    Packs,
    /// List the units of a layer; of the output layer where none is named.
    Units(packs::Units),
    /// Synthesise the preferred images of units.
    Synthesize(synthesize::Synthesize),
    /// Draw all units of a pack beforehand, for the page to show at once.
    Atlas(atlas::Atlas),
    /// Measure how good a pack's synthetic images are.
    Evaluate(evaluate::Evaluate),
    /// Measure milliseconds a step on each engine present.
    Bench(bench::Bench),
    /// Make a pack from original weights.
    Pack(packs::Make),
    /// Bring a network of your own: read it from an ONNX file, or Caffe's, into a copy of a pack.
    Import(import::Import),
    /// Serve the built site to browsers: of this computer, or with --lan of a classroom.
    Serve(dgn_serve::Serve),
    /// Check the page's lessons: what is wrong with each, a sentence a line.
    Lessons(lessons::Lessons),
}

/// What a command ends in when it fails.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{}", words::pack(.0))]
    Pack(#[from] PackError),
    #[error("{}", words::spec(.0))]
    Spec(#[from] SpecError),
    #[error("{}", words::engine(.0))]
    Engine(#[from] EngineError),
    #[error("{}", words::make(.0))]
    Make(#[from] MakeError),
    #[error("{}", words::evaluate(.0))]
    Evaluate(#[from] EvaluateError),
    #[error("{}", words::dataset(.0))]
    Dataset(DatasetError),
    #[error("{}", words::merge(.0))]
    Merge(#[from] MergeError),
    #[error("There is no pack “{name}” in {folder}; it has: {have}.")]
    UnknownPack { name: String, folder: String, have: String },
    #[error("There are no packs in {folder}. Say where they are with --weights.")]
    NoPacks { folder: String },
    #[error("{}", words::import(.0, words::Asked::InOptions))]
    Import(#[from] ImportError),
    #[error("{path} is there already. Name another folder with --out, or delete it first.")]
    Exists { path: PathBuf },
    #[error("{path} has {found} labels, and the network's output has {wanted} units.")]
    Labels { path: PathBuf, found: usize, wanted: usize },
    #[error("{option} takes three numbers, for red, green and blue: for example 0.485,0.456,0.406.")]
    Three { option: &'static str },
    #[error("{path} holds no labels. They stand in it a line each, as a JSON list, or as a JSON object by number.")]
    NoLabels { path: PathBuf },
    #[error("{path} is no list of bounds: {wanted} numbers from 0 on are needed, one for each unit of the code.")]
    Bounds { path: PathBuf, wanted: usize },
    #[error("{path} could not be written: {error}.")]
    Write { path: PathBuf, error: std::io::Error },
    #[error("{path} could not be read: {error}.")]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{}", words::picture(path, error))]
    NoPicture { path: PathBuf, error: ReadError },
    #[error(transparent)]
    Serve(#[from] dgn_serve::ServeError),
    #[error("{path} is not the picture of {unit} that this pack's default run draws. Delete it, and it is drawn anew.")]
    OtherPicture { path: PathBuf, unit: String },
    #[error("The pictures in {folder} were drawn by other weights or another run. Name another folder with --out.")]
    OtherAtlas { folder: PathBuf },
    #[error("There is no unit to draw: --units {from}..{to} lies outside of {layer}, which has {units}.")]
    NoUnits { from: usize, to: usize, layer: String, units: usize },
    #[error(
        "--portable rounds as a processor does, and --engine webgpu asks for a graphics processor. Leave one of them out."
    )]
    PortableGraphics,
    #[error("There are no lessons there. Name a folder with files that end in .json, or such files.")]
    NoLessons,
    #[error("Of {of} lessons, something is wrong with {wrong}.")]
    Lessons { wrong: usize, of: usize },
    #[error("The picture could not be encoded: {0}.")]
    Picture(#[from] image::ImageError),
    #[error("{0} of the runs stopped early; what they had drawn has been written.")]
    Stopped(usize),
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let weights = &arguments.weights;
    let result = match &arguments.command {
        Command::Packs => packs::list(weights),
        Command::Units(command) => command.run(weights),
        Command::Synthesize(command) => command.run(weights),
        Command::Atlas(command) => command.run(weights),
        Command::Evaluate(command) => command.run(weights),
        Command::Bench(command) => command.run(weights),
        Command::Pack(command) => command.run(),
        Command::Import(command) => command.run(weights),
        Command::Serve(command) => command.run().map_err(CliError::from),
        Command::Lessons(command) => command.run(weights),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dgn: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder and manifest of a pack by name.
fn open(weights: &Path, name: &str) -> Result<(Folder, Manifest), CliError> {
    let known = pack::disk::list(weights).map_err(|_| CliError::NoPacks { folder: weights.display().to_string() })?;
    if known.is_empty() {
        return Err(CliError::NoPacks { folder: weights.display().to_string() });
    }
    if !known.iter().any(|pack| pack == name) {
        let folder = weights.display().to_string();
        return Err(CliError::UnknownPack { name: name.into(), folder, have: known.join(", ") });
    }
    let folder = Folder::new(weights.join(name));
    let manifest = pollster::block_on(pack::load_manifest(&folder))?;
    Ok((folder, manifest))
}

/// A device as Burn has it, whoever compiles runs for it, and what to call it.
type Opened = (burn::tensor::Device, engine::Compiler, engine::protocol::Device);

/// The device for a choice of engine; where that is the processor, it may compute as browsers do.
fn device(choice: EngineChoice, is_portable: bool) -> Result<Opened, CliError> {
    match choice {
        EngineChoice::WebGpu => {
            let (graphics, report) = pollster::block_on(engine::device::graphics()).map_err(EngineError::from)?;
            Ok((graphics.device().clone(), engine::Compiler::Graphics(Box::new(graphics)), report))
        }
        EngineChoice::Auto | EngineChoice::Cpu => {
            let compiler = if is_portable { engine::Compiler::portable() } else { engine::Compiler::processor() };
            let report = engine::device::cpu_report(compiler.threads(), Reason::Asked);
            Ok((engine::device::cpu(), compiler, report))
        }
    }
}
