//! Loads what the first request names, and chooses the device that serves it best.

use std::rc::Rc;

use burn::tensor::Device;
use futures_channel::oneshot;
use wasm_bindgen_futures::spawn_local;

use super::{graphics, host::Host};
use crate::{
    ascent::{Given, Model},
    engine::{
        self, Compiler, EngineError, Graphics, Judge, Session,
        allocator::has_room,
        choose::{self, Findings, Next},
        device, memory, model,
        protocol::{self, Event, Flaw, Hardware, Lack, Load, Own, Part, Progress},
    },
    pack::{
        self, Files, PackError, Strongest,
        fetch::Site,
        manifest::{ClassifierEntry, Manifest},
    },
    picture::{Guess, Picture, Pixels},
    spec::{EngineChoice, RunSpec, Unit},
};

/// Steps of the runs that are timed on each engine before one is chosen.
const TRIAL_STEPS: u32 = 2;
/// Longest trial of a graphics processor, in milliseconds.
const LONGEST_TRIAL: i32 = 15_000;
/// The page hears of the weights' progress whenever this many more bytes have come.
const PROGRESS_BYTES: u64 = 256 << 10;

/// Networks on the device that serves them best.
pub(super) struct Loaded {
    pub(super) manifest: Rc<Manifest>,
    /// The generator with the classifier that was asked for, and then with others that runs have needed.
    pub(super) models: Vec<Rc<Model>>,
    /// Whoever compiles runs for their device.
    pub(super) compiler: Compiler,
    strongest: Option<Strongest>,
    pub(super) site: Site,
    climbed: String,
    judge: Option<Judge>,
    /// The network of the visitor's own that has looked at images, and the address of its weights.
    guest: Option<(String, Judge)>,
    pub(super) report: protocol::Device,
}

/// What came of having pictures judged.
pub(super) enum Verdict {
    /// This is what the classifier of that name sees in them.
    Seen(String, Vec<Vec<Guess>>),
    /// There is no memory for the classifier of that name.
    NoRoom(String),
    /// The pack has no other classifier.
    Nobody,
}

impl Loaded {
    /// What another classifier of the pack sees in some pictures. It is loaded when it is first needed, if there is room.
    pub(super) async fn judge(&mut self, pictures: &[Picture]) -> Result<Verdict, EngineError> {
        let Some(entry) = Judge::entry(&self.manifest, &self.climbed) else {
            return Ok(Verdict::Nobody);
        };
        let encodes = || self.manifest.generator.encoder == entry.name && self.model().encoder.get().is_some();
        let loaded = self.judge.is_some() || self.models.iter().any(|model| model.name == entry.name) || encodes();
        // What is on a graphics processor comes there by way of here.
        if !has_room(memory::look(&self.manifest, entry, pictures.len(), loaded)) {
            return Ok(Verdict::NoRoom(entry.name.clone()));
        }
        if self.judge.is_none() {
            self.judge = Judge::of(&self.site, &self.manifest, entry, &mut self.models).await?;
        }
        let Some(judge) = &self.judge else {
            return Ok(Verdict::Nobody);
        };
        Ok(Verdict::Seen(judge.name.clone(), judge.look(pictures).await?))
    }

    /// What a network of the visitor's own sees in some images; nothing where there is no memory for it.
    pub(super) async fn classify(
        &mut self,
        network: Own,
        images: Vec<Pixels>,
    ) -> Result<Option<Vec<Vec<Guess>>>, EngineError> {
        let (mut manifest, Own { json, weights: (file, address) }) = ((*self.manifest).clone(), network);
        manifest.join(json.as_bytes()).map_err(PackError::from)?;
        let of_file = |entry: &&ClassifierEntry| entry.weights.file == file;
        let entry = manifest.classifiers.iter().rev().find(of_file).ok_or(EngineError::Renewed)?;
        let known = self.guest.take().filter(|(known, _)| *known == address);
        if !has_room(memory::look(&manifest, entry, images.len(), known.is_some())) {
            return Ok(None);
        }
        let judge = match known {
            Some((_, judge)) => judge.prepared(entry.preprocessing),
            None => {
                let mut site = self.site.clone();
                site.put(file, address.clone());
                Judge::load(&site, &manifest, entry, &self.model().device).await?
            }
        };
        let picture =
            |Pixels { width, height, rgba }| Picture { width, height, rgba, activation: 0.0, top: Vec::new() };
        let seen = judge.look(&images.into_iter().map(picture).collect::<Vec<_>>()).await?;
        self.guest = Some((address, judge));
        Ok(Some(seen))
    }

    /// The generator with the classifier that was asked for.
    pub(super) fn model(&self) -> &Rc<Model> {
        // There is one from the beginning.
        &self.models[0]
    }

    /// Has all networks on the processor from now on, those that a run needs among them.
    pub(super) async fn leave_graphics(&mut self, spec: &RunSpec) -> Result<(), EngineError> {
        Host::set_on_graphics(false);
        let entry = self.manifest.entry(&self.climbed)?;
        let files = Files::load(&self.site, &self.manifest, entry, |_| {}).await?;
        let mut models = vec![Rc::new(model(&self.manifest, entry, &files, &device::cpu())?)];
        engine::prepare(&self.site, &self.manifest, &mut models, std::slice::from_ref(spec)).await?;
        let name = match &self.report.hardware {
            Hardware::Adapter(name) => name.clone(),
            Hardware::Wasm(_) | Hardware::Threads(_) => String::new(),
        };
        let compiler = Compiler::threaded().await;
        self.report = device::cpu_report(compiler.threads(), protocol::Reason::Lost(name));
        (self.models, self.compiler, self.judge) = (models, compiler, None);
        self.guest = None;
        Ok(())
    }

    /// Computes without threads from now on: they have failed.
    pub(super) fn leave_threads(&mut self) {
        self.compiler = Compiler::unthreaded();
        self.report = device::cpu_report(self.compiler.threads(), self.report.reason.clone());
    }

    /// The strongest activation of a real image, for a run of one unit.
    pub(super) fn reference(&self, spec: &RunSpec) -> Option<f32> {
        let [unit] = spec.units.as_slice() else {
            return None;
        };
        let activations = self.strongest.as_ref()?.of(unit);
        activations.first().map(|activation| activation * unit.weight)
    }
}

/// Loads a pack from its folder for one classifier, with the encoder where that is needed too, tells the page how far it is,
/// and chooses the device.
///
/// # Errors
/// [`EngineError`].
pub(super) async fn load(host: &Host, what: Load) -> Result<Loaded, EngineError> {
    let Load { pack: folder, files, classifier, weights, run, engine, own } = what;
    let (mut site, encoder) = (Site::new(host.scope().clone(), folder), run.needs_encoder());
    files.into_iter().for_each(|(file, address)| site.put(file, address));
    let mut manifest = pack::load_manifest(&site).await?;
    for Own { json, weights: (file, address) } in own {
        manifest.join(json.as_bytes()).map_err(PackError::from)?;
        site.put(file, address);
    }
    let manifest = Rc::new(manifest);
    if manifest.weights_of(&classifier).is_none_or(|here| here != weights) {
        return Err(EngineError::Renewed);
    }
    let entry = manifest.entry(&classifier)?;
    let (tell_graphics, graphics) = oneshot::channel();
    spawn_local({
        let (host, manifest) = (host.clone(), manifest.clone());
        // The trial comes first, where there is one.
        let trial = (engine == EngineChoice::Auto).then(|| trial(&manifest, entry));
        let runs: Vec<RunSpec> = trial.into_iter().chain([*run]).collect();
        // Nobody hears it where the weights do not come.
        async move { tell_graphics.send(seek(&host, engine, &manifest, &runs).await).unwrap_or_default() }
    });
    let total = manifest.bytes_for(entry, encoder);
    let mut told = 0;
    let mut tell = |loaded| {
        if loaded == total || loaded >= told + PROGRESS_BYTES {
            told = loaded;
            host.post(&Event::Progress(Progress { part: Part::Weights, loaded, total }));
        }
    };
    let files = Files::load(&site, &manifest, entry, &mut tell).await?;
    let strongest = Strongest::load(&site, entry).await?;
    let sought = graphics.await.unwrap_or_default();
    let (model, compiler, report) = choose(host, &manifest, entry, &files, engine, sought).await?;
    if encoder {
        let before = manifest.bytes(entry);
        engine::encoder(&site, &manifest, &model, |bytes| tell(before + bytes)).await?;
    }
    Ok(Loaded {
        manifest,
        models: vec![model],
        compiler,
        strongest,
        site,
        climbed: classifier,
        judge: None,
        guest: None,
        report,
    })
}

/// What has been found out about the graphics processor before the networks are there.
#[derive(Default)]
struct Sought {
    found: Findings,
    graphics: Option<Graphics>,
}

/// Looks for a graphics processor and opens it, as far as [`choose::next`] has it, and makes the programs of some runs ready there.
async fn seek(host: &Host, engine: EngineChoice, manifest: &Manifest, runs: &[RunSpec]) -> Sought {
    let (mut sought, mut adapter) = (Sought::default(), None);
    loop {
        match choose::next(engine, &sought.found) {
            Next::Find => {
                let asked = graphics::find(host).await;
                sought.found.adapter = Some(asked.map(|(about, answered)| {
                    adapter = Some(answered);
                    about
                }));
            }
            Next::Open => {
                let opened = match adapter.take() {
                    Some(adapter) => graphics::open(host, adapter).await,
                    None => Err(Lack::NoAdapter),
                };
                sought.found.opened = Some(opened.map(|graphics| sought.graphics = Some(graphics)));
            }
            Next::Try | Next::TryProcessor | Next::Run(..) | Next::Refuse(_) => break,
        }
    }
    if let Some(graphics) = &sought.graphics {
        let prepared = async {
            for run in runs.iter().filter(|run| run.validate(manifest).is_ok()) {
                graphics.prepare(manifest, run).await;
            }
        };
        if host.within(LONGEST_TRIAL, prepared).await.is_none() {
            sought.found.trial = Some(Err(Flaw::Endless));
        }
    }
    sought
}

/// Puts the networks onto the device that serves them best, as [`choose::next`] has it.
async fn choose(
    host: &Host,
    manifest: &Manifest,
    entry: &ClassifierEntry,
    files: &Files,
    engine: EngineChoice,
    sought: Sought,
) -> Result<(Rc<Model>, Compiler, protocol::Device), EngineError> {
    let build = |device: &Device| model(manifest, entry, files, device).map(Rc::new);
    let spec = trial(manifest, entry);
    let Sought { mut found, graphics } = sought;
    let on_graphics =
        |graphics: Graphics| Ok::<_, EngineError>((build(graphics.device())?, Compiler::Graphics(Box::new(graphics))));
    let gpu = graphics.map(on_graphics).transpose()?;
    let mut cpu = None;
    loop {
        match choose::next(engine, &found) {
            // That has been done.
            Next::Find | Next::Open => return Err(Lack::NoAdapter.into()),
            Next::Try => {
                let Some((model, compiler)) = &gpu else {
                    found.trial = Some(Err(Flaw::Failed));
                    continue;
                };
                let timed = time(host, manifest, model, compiler, &spec);
                found.trial = Some(match host.within(LONGEST_TRIAL, timed).await {
                    Some(Ok(milliseconds)) => Ok(milliseconds),
                    // An adapter that fails at its first steps, or never ends them, is one that cannot be used.
                    Some(Err(EngineError::Readback { .. })) => Err(Flaw::Failed),
                    Some(Err(error)) => return Err(error),
                    None => Err(Flaw::Endless),
                });
            }
            Next::TryProcessor => {
                let built = build(&device::cpu())?;
                let compiler = Compiler::threaded().await;
                found.rival = Some(time(host, manifest, &built, &compiler, &spec).await?);
                cpu = Some((built, compiler));
            }
            Next::Run(EngineChoice::WebGpu, reason) => {
                let (Some((model, compiler)), Some(Ok(about))) = (gpu, found.adapter) else {
                    return Err(Lack::NoAdapter.into());
                };
                return Ok((
                    model,
                    compiler,
                    protocol::Device { engine: EngineChoice::WebGpu, hardware: Hardware::Adapter(about.name), reason },
                ));
            }
            Next::Run(_, reason) => {
                Host::set_on_graphics(false);
                let (cpu, compiler) = match cpu {
                    Some(cpu) => cpu,
                    None => (build(&device::cpu())?, Compiler::threaded().await),
                };
                let report = device::cpu_report(compiler.threads(), reason);
                return Ok((cpu, compiler, report));
            }
            Next::Refuse(lack) => return Err(lack.into()),
        }
    }
}

/// A short run of a classifier's first output unit, to be timed; without what would have to be loaded first.
fn trial(manifest: &Manifest, entry: &ClassifierEntry) -> RunSpec {
    let layer = entry.output().map(|layer| layer.name.clone()).unwrap_or_default();
    let spec = RunSpec::with_defaults(manifest, Unit::new(layer, 0)).plain();
    RunSpec { classifier: entry.name.clone(), steps: TRIAL_STEPS, ..spec }
}

/// Milliseconds a step of a run on a model, the fastest of two runs after one to warm up. Steps may be sent ahead, so only all of
/// them together tell how long one takes.
async fn time(
    host: &Host,
    manifest: &Manifest,
    model: &Rc<Model>,
    compiler: &Compiler,
    spec: &RunSpec,
) -> Result<f64, EngineError> {
    let (models, specs) = ([model.clone()], std::slice::from_ref(spec));
    let mut fastest = f64::INFINITY;
    for run in 0..3 {
        let mut session = Session::begin_on(Some(compiler), manifest, &models, specs, &Given::default()).await?;
        let before = host.now();
        while !session.is_done() {
            session.step().await?;
        }
        if run > 0 {
            fastest = fastest.min((host.now() - before) / f64::from(spec.steps));
        }
    }
    Ok(fastest)
}
