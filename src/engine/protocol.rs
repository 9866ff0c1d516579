//! What the page and the engine say to each other: every message, as plain data.
//!
//! The page sends [`Request`]s; the worker answers with [`Event`]s. Both travel as structured clones
//! (`serde-wasm-bindgen`), pixels as byte arrays. A run is known by a number that the page gives it, so that what is
//! still on its way from an earlier run can be told from the present one; a failure carries the number of what failed. What
//! went wrong travels as data, which the page puts into words. A worker that has said `Failed` of itself, `NoGraphics`,
//! `OutOfMemory`, `Renewed` or `Ended` is of no more use: the page ends it and starts another when a person asks for a run
//! again.
//!
//! A page that was opened before the site was renewed meets an engine of another build, which may say anything. So the
//! first that is said is [`Event::Hello`], whose form stays as it is, and whatever one end does not know of the other's
//! is taken for a sign of another build.

use serde::{Deserialize, Serialize};

use super::EngineError;
pub use super::report::{Device, Flaw, Hardware, Lack, Reason, Steps, Uncompiled};
use crate::{
    picture::{Guess, Picture, Pixels},
    spec::{EngineChoice, RunSpec, Unit},
};

/// What the page asks of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Load a pack's networks for one classifier and choose a device. Comes first, once.
    Load(Load),
    /// Begin, hold or end a run.
    Run(Control),
    /// Draw small pictures of many units while no run goes on, in this order, in place of those still to be drawn.
    Gallery {
        /// The gallery's number, as runs have one.
        number: u32,
        /// One run a picture.
        specs: Vec<RunSpec>,
    },
    /// Answer a question, whatever run goes on.
    Ask {
        /// The question's number, which its answer carries.
        number: u32,
        /// The question.
        question: Question,
    },
}

/// What is to be loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Address of the pack's folder, ending in `/`, relative to the worker or absolute.
    pub pack: String,
    /// Files of the pack that are elsewhere, by name and address.
    pub files: Vec<(String, String)>,
    /// Name of the classifier.
    pub classifier: String,
    /// Which weights the page has read of there: [`weights_of`](crate::pack::manifest::Manifest::weights_of).
    pub weights: String,
    /// The run that follows, so that what it needs is there.
    pub run: Box<RunSpec>,
    /// Which engine.
    pub engine: EngineChoice,
    /// Networks of the visitor's own, which join the pack in this order.
    pub own: Vec<Own>,
}

/// A network of the visitor's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Its description, as [`Manifest::join`](crate::pack::manifest::Manifest::join) takes it.
    pub json: String,
    /// The name of its file of weights in that description, and where that file is.
    pub weights: (String, String),
}

/// What happens to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Control {
    /// Begin it, in place of the one in progress.
    Begin {
        /// The run's number.
        run: u32,
        /// What it is.
        spec: Box<RunSpec>,
        /// What it starts from, where that is an image.
        image: Option<Pixels>,
        /// Where it starts from the last result: the step of the run before that a person chose as its result; none for
        /// what that run came to.
        from: Option<u32>,
    },
    /// Hold it where it is.
    Pause,
    /// Go on with a held one.
    Resume,
    /// Take one step of a held one.
    Step,
    /// End it; what has been drawn stays.
    Stop,
}

/// What can be asked beside the runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// The pictures of a run's first step, taken aside: of an image and of what the generator makes of its code, say.
    Look {
        /// The run.
        spec: RunSpec,
        /// What it starts from.
        image: Option<Pixels>,
    },
    /// How strongly images excite some units of the classifier.
    Rank {
        /// The units, whose weighted sum is told.
        units: Vec<Unit>,
        /// The images, of the pack's size.
        images: Vec<Pixels>,
    },
    /// The code that drew a step's picture.
    Code {
        /// The step, from 1.
        step: u32,
    },
    /// What a network of the visitor's own sees in images, whether it has joined the pack or not.
    Classify {
        /// The network.
        network: Own,
        /// The images, of the pack's size.
        images: Vec<Pixels>,
    },
    /// A moving picture.
    Animate {
        /// Its frames, of one size.
        frames: Vec<Pixels>,
    },
}

/// What a [`Question`] is answered with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Question::Look`]: a picture for each lane of its run.
    Looked(Vec<Picture>),
    /// To [`Question::Rank`]: an activation for each image, in their order.
    Ranked(Vec<f32>),
    /// To [`Question::Code`].
    Code {
        /// The number of the run that it is of.
        run: u32,
        /// A JSON file, see [`Coded`].
        #[serde(with = "serde_bytes")]
        json: Vec<u8>,
    },
    /// To [`Question::Classify`]: the likeliest classes in each image, likeliest first; nothing where there is no memory for
    /// it beside what there is.
    Classified(Option<Vec<Vec<Guess>>>),
    /// To [`Question::Animate`]: a GIF file.
    Animated(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// What the engine tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The first event of all, before anything is loaded: the engine is there, and of this build. `worker.js` says it.
    Hello {
        /// The version of the engine's files, which the page has to know as the same.
        version: String,
    },
    /// The page and the engine, or the weights, are of different builds: only a page that is loaded anew fits. Fatal.
    Renewed,
    /// Bytes of the engine and of the weights have arrived.
    Progress(Progress),
    /// Networks are loaded, and a device is chosen.
    Ready(Device),
    /// The graphics processor is lost, or threads have failed, and the run goes on, from the step that it had come to, on what this
    /// says.
    Moved(Device),
    /// A run has begun on a graphics processor.
    Begun {
        /// The run's number.
        run: u32,
        /// How its steps are computed there.
        steps: Steps,
    },
    /// A step is done, and perhaps some before it.
    Frame(Frame),
    /// The run has taken all its steps.
    Finished {
        /// The run's number.
        run: u32,
    },
    /// A picture of a gallery is done.
    Tile {
        /// The gallery's number.
        gallery: u32,
        /// The run's first unit.
        unit: Unit,
        /// The run's steps.
        steps: u32,
        /// The last picture.
        picture: Picture,
    },
    /// What another classifier of the pack sees in the last pictures of a run that compares priors.
    Judged {
        /// The run's number.
        run: u32,
        /// Name of the classifier that judged.
        judge: String,
        /// The likeliest classes of each picture, likeliest first.
        top: Vec<Vec<Guess>>,
    },
    /// There is no memory for that classifier to judge a run that compares priors; the run stays as it is.
    Unjudged {
        /// The run's number.
        run: u32,
        /// Name of the classifier.
        judge: String,
    },
    /// A question is answered, or cannot be; whatever goes on goes on.
    Answered {
        /// The question's number.
        number: u32,
        /// The answer, or why there is none.
        answer: Result<Answer, EngineError>,
    },
    /// The graphics processor was asked for by name and cannot be used. Fatal.
    NoGraphics(Lack),
    /// The browser gave the engine no more memory. Fatal, and told by `worker.js`, as the engine cannot any more.
    OutOfMemory,
    /// Something went wrong.
    Failed {
        /// What failed.
        of: Work,
        /// Why.
        error: EngineError,
    },
    /// There is no engine, or no more. Fatal.
    Ended(End),
}

/// What can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// The engine as a whole. Fatal.
    Engine,
    /// The run of that number, or what is said of it once it is over.
    Run(u32),
    /// The gallery of that number.
    Gallery(u32),
}

/// Why there is no engine, or no more, where the engine cannot say it itself: `worker.js` does, whoever started that, or
/// with its last breath the engine's panic hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The worker's script did not arrive, or the browser is too old for it.
    NoWorker,
    /// That file of the engine is not there.
    Missing(String),
    /// A web page came in place of that file of the engine.
    Page(String),
    /// The server answered with that status in place of that file of the engine.
    Status(String, u16),
    /// That file of the engine could not be fetched, in the browser's words.
    Unreachable(String, String),
    /// The engine's program does not start, in the browser's words.
    Broken(String),
    /// The engine has a fault of its own.
    Fault {
        /// Whether the networks were on the graphics processor, which may be to blame then.
        graphics: bool,
    },
    /// The browser does not tell.
    Unknown,
}

/// A run and what drew one of its steps, as a JSON file has it.
#[derive(Debug, Serialize)]
pub struct Coded<'a> {
    /// The run as an address has it.
    pub query: String,
    /// The run.
    pub spec: &'a RunSpec,
    /// What computed it.
    #[serde(flatten)]
    pub by: ComputedBy,
    /// The step, from 1.
    pub step: u32,
    /// For each seed of the run its code; of runs that are compared, the run's own. Without a generator an image,
    /// `[3 · height · width]` in -1..=1.
    pub codes: &'a [Vec<f32>],
}

/// What computed a run, beside what decided it: another engine or version rounds otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct ComputedBy {
    /// This program's version.
    pub version: &'static str,
    /// `cpu` or `webgpu`.
    pub engine: &'static str,
    /// The graphics adapter by name, or `processor (WebAssembly)`, or `processor (2 threads)`.
    pub device: String,
    /// How many runs were computed at once, this one among them.
    pub batch: usize,
}

impl ComputedBy {
    /// This program on a device, with so many runs at once.
    pub fn new(device: &Device, batch: usize) -> Self {
        let name = match &device.hardware {
            Hardware::Wasm(1) => "processor (WebAssembly)".into(),
            Hardware::Wasm(threads) => format!("processor (WebAssembly, {threads} threads)"),
            Hardware::Threads(1) => "processor (1 thread)".into(),
            Hardware::Threads(threads) => format!("processor ({threads} threads)"),
            Hardware::Adapter(name) => name.clone(),
        };
        Self { version: env!("CARGO_PKG_VERSION"), engine: device.engine.name(), device: name, batch }
    }
}

/// How much of something has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being loaded.
    pub part: Part,
    /// Bytes that have arrived.
    pub loaded: u64,
    /// Bytes in all; 0 where unknown.
    pub total: u64,
}

/// What is being loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The engine's program.
    Engine,
    /// The networks' weights.
    Weights,
}

/// A step of a run, and those since the last frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The run's number.
    pub run: u32,
    /// Steps taken, from 1: the picture of step `n` is drawn by the code after `n - 1` updates.
    pub step: u32,
    /// Steps that the run will take.
    pub steps: u32,
    /// The pictures, one for each [lane](RunSpec::lanes) of the run.
    pub pictures: Vec<Picture>,
    /// The activations of each lane in the steps since the last frame, step by step, of which no pictures are shown.
    pub before: Vec<Vec<f32>>,
    /// How often the [trail](super::trail::Trail) of the codes that the engine keeps has been halved.
    pub halved: u32,
    /// Milliseconds that each of these steps took.
    pub milliseconds: f32,
    /// The strongest activation of a real image, where the run climbs one unit and the pack knows.
    pub reference: Option<f32>,
}
