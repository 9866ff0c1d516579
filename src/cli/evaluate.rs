//! `dgn evaluate`: how good a pack's synthetic images are, as a table and as JSON.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CliError, device, open};
use crate::evaluate::{EvaluateError, Evaluation, dataset::Dataset};

/// `dgn evaluate`.
#[derive(Debug, Args)]
#[command(after_help = "Without --images, the rows and columns that need real images are left out.")]
pub(super) struct Evaluate {
    /// Name of the pack.
    #[arg(long)]
    pack: String,
    /// Name of the classifier whose output units are synthesised; the pack's first one where none is named.
    #[arg(long)]
    classifier: Option<String>,
    /// Name of the classifier that judges; the pack's first other one where none is named.
    #[arg(long)]
    judge: Option<String>,
    /// Folder of Tiny ImageNet (tiny-imagenet-200), for what is measured on its validation images.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Take every N-th unit only.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    every: u32,
    /// Seeds of each unit, 0 to K-1.
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=100))]
    seeds: u32,
    /// Steps of each run; the pack's default where not given.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::spec::MAX_STEPS)))]
    steps: Option<u32>,
    /// Which engine computes.
    #[arg(long, value_enum, default_value_t = super::synthesize::Engine::Cpu)]
    engine: super::synthesize::Engine,
    /// Runs computed at once.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=256))]
    batch: u32,
    /// Folder to write evaluation.md and evaluation.json to; made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Evaluate {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        let (folder, manifest) = open(weights, &self.pack)?;
        fs::create_dir_all(&self.out).map_err(|error| CliError::Write { path: self.out.clone(), error })?;
        let size = [manifest.image.height, manifest.image.width];
        let images =
            self.images.as_ref().map(|path| Dataset::load(path, size)).transpose().map_err(EvaluateError::from)?;
        let evaluation = Evaluation {
            classifier: self.classifier.clone(),
            judge: self.judge.clone(),
            every: self.every as usize,
            seeds: self.seeds,
            steps: self.steps,
            batch: self.batch as usize,
        };
        let (device, report) = device(self.engine.into())?;
        eprintln!("{} on {}", report.engine.name(), report.name);
        let report = evaluation.run(&folder, &manifest, images.as_ref(), &device, |what| eprintln!("{what} …"))?;
        let markdown = report.markdown();
        let json = serde_json::to_vec_pretty(&report);
        for (name, bytes) in [("evaluation.md", Ok(markdown.clone().into_bytes())), ("evaluation.json", json)] {
            let path = self.out.join(name);
            let written = bytes.map_err(Into::into).and_then(|bytes| fs::write(&path, bytes));
            written.map_err(|error| CliError::Write { path, error })?;
        }
        say!("{}", markdown.trim_end());
        Ok(())
    }
}
