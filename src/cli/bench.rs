//! `dgn bench`: milliseconds a step on each engine present, compiled and operation by operation.

use std::{
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Args;

use super::{CliError, device, open, words};
use crate::{
    ascent::Given,
    engine::{self, Session, pace::Pace},
    kernels::Cost,
    pack::{
        DEFAULT_PACK, Files,
        disk::Folder,
        manifest::{ClassifierEntry, Manifest},
    },
    spec::{Catalogue, EngineChoice, RunSpec, Start, Unit},
};

/// Most steps for warming up.
const MOST_WARM_UP: u32 = 20;
/// Neither warming up nor measuring begins another step after this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Fewest steps measured, however slow they are.
const FEWEST: usize = 3;

/// `dgn bench`.
#[derive(Debug, Args)]
pub(super) struct Bench {
    /// Name of the pack.
    #[arg(long, default_value = DEFAULT_PACK)]
    pack: String,
    /// Name of the classifier; the pack's first one where none is named.
    #[arg(long)]
    classifier: Option<String>,
    /// Steps to measure, after as many again to warm up (at most 20); fewer where an engine is very slow.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    steps: u32,
    /// Runs in one batch.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    batch: u32,
    /// From the mean code, without what the pack's own run has beside the ascent: ε1, moving, rescaling.
    #[arg(long)]
    plain: bool,
    /// Each kernel of a compiled step by itself: how long it takes, and what that is of multiplications and of bytes.
    #[arg(long)]
    kernels: bool,
    /// Measure this engine only.
    #[arg(long, value_enum)]
    engine: Option<super::synthesize::Engine>,
}

impl Bench {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        let (folder, manifest) = open(weights, &self.pack)?;
        let entry = manifest.entry(self.classifier.as_deref().unwrap_or(manifest.default_classifier()))?;
        let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {}))?;
        let choices = match self.engine {
            Some(engine) => vec![engine.into()],
            None => vec![EngineChoice::Cpu, EngineChoice::WebGpu],
        };
        if !self.kernels {
            say!("{:<8} {:>10} {:>10} {:>10}  on", "engine", "median ms", "fastest", "slowest");
        }
        for choice in choices {
            match device(choice, false) {
                Ok((device, compiler, report)) => {
                    let model = Rc::new(engine::model(&manifest, entry, &files, &device)?);
                    let on = words::hardware(&report.hardware);
                    if self.kernels {
                        say!("{} engine, {on}", choice.name());
                        let (specs, _) = self.specs(&folder, &manifest, entry, &model)?;
                        self.table(&compiler, &model, &specs);
                        continue;
                    }
                    // Beside its compiled steps those of Burn.
                    for way in [Some(&compiler), None] {
                        let mut times = self.measure(&folder, &manifest, entry, &model, way)?;
                        times.sort_by(f64::total_cmp);
                        let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
                        let by = if way.is_none() { ", operation by operation" } else { "" };
                        say!("{:<8} {median:>10.1} {:>10.1} {last:>10.1}  {on}{by}", choice.name(), times[0]);
                    }
                }
                Err(error) => say!("{:<8} {error}", choice.name()),
            }
        }
        Ok(())
    }

    /// The runs, all that they need there, and how many of their steps are for warming up.
    fn specs(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        model: &Rc<engine::Model>,
    ) -> Result<(Vec<RunSpec>, u32), CliError> {
        let warm = self.steps.min(MOST_WARM_UP);
        let layer = entry.output().map(|layer| layer.name.clone()).unwrap_or_default();
        let spec = RunSpec::with_defaults(manifest, Unit::new(layer, 0));
        let spec = if self.plain { RunSpec { start: Start::Mean, ..spec.plain() } } else { spec };
        let spec = RunSpec { classifier: entry.name.clone(), steps: self.steps + warm, ..spec };
        let specs: Vec<_> = (0..self.batch).map(|seed| RunSpec { seed, ..spec.clone() }).collect();
        pollster::block_on(engine::prepare(folder, manifest, &mut vec![model.clone()], &specs))?;
        Ok((specs, warm))
    }

    /// Each kernel of a step, those that take longest first, and all of them together.
    fn table(&self, compiler: &engine::Compiler, model: &engine::Model, specs: &[RunSpec]) {
        let Some(mut times) = pollster::block_on(compiler.times(model, specs, self.steps as usize)) else {
            say!("The steps of these runs are not compiled, or the device does not tell the time.");
            return;
        };
        times.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        say!("{:>9} {:>8} {:>8} {:>8} {:>8}  kernel", "ms", "MMAC", "MB", "GMAC/s", "GB/s");
        let row = |milliseconds: f64, multiplications: usize, bytes: usize, name: &str| {
            let [millions, megabytes] = [multiplications, bytes].map(|count| count as f64 / 1e6);
            let [macs, bytes] = [millions, megabytes].map(|count| count / milliseconds.max(1e-6));
            say!("{milliseconds:>9.4} {millions:>8.2} {megabytes:>8.2} {macs:>8.1} {bytes:>8.1}  {name}");
        };
        for (cost, milliseconds) in &times {
            let back = if cost.is_back { ", back" } else { "" };
            row(*milliseconds, cost.multiplications, cost.bytes, &format!("{} ({}{back})", cost.name, cost.task));
        }
        let sum = |of: fn(&Cost) -> usize| times.iter().map(|(cost, _)| of(cost)).sum();
        let milliseconds = times.iter().map(|(_, milliseconds)| milliseconds).sum();
        row(
            milliseconds,
            sum(|cost| cost.multiplications),
            sum(|cost| cost.bytes),
            &format!("all {} kernels", times.len()),
        );
    }

    /// Milliseconds of each measured step. A slow engine is measured on fewer steps, so that the command comes to an end.
    fn measure(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        model: &Rc<engine::Model>,
        compiler: Option<&engine::Compiler>,
    ) -> Result<Vec<f64>, CliError> {
        let (specs, warm) = self.specs(folder, manifest, entry, model)?;
        let (models, given) = ([model.clone()], Given::default());
        let begun = Session::begin_on(compiler, manifest, &models, &specs, &given);
        let mut session = pollster::block_on(begun)?;
        let begun = Instant::now();
        while session.taken() < warm && begun.elapsed() < PATIENCE {
            pollster::block_on(session.step())?;
        }
        let begun = Instant::now();
        let (mut times, mut pace) = (Vec::new(), Pace::default());
        while times.len() < self.steps as usize && (times.len() < FEWEST || begun.elapsed() < PATIENCE) {
            // As the page takes them.
            let before = Instant::now();
            let step = pollster::block_on(session.advance(pace.steps()))?;
            let (steps, milliseconds) = (step.activations.len() + 1, before.elapsed().as_secs_f64() * 1e3);
            pace.note(steps as u32, milliseconds);
            times.extend(std::iter::repeat_n(milliseconds / steps as f64, steps));
        }
        Ok(times)
    }
}
