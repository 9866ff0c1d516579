//! `dgn evaluate`: how good a pack's synthetic images are, as a table and as JSON.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CliError, device, open, words};
use crate::{
    evaluate::{Evaluation, JudgeChoice, Report, dataset::Dataset},
    pack::{DEFAULT_PACK, manifest::Manifest},
    spec::Catalogue,
};

/// `dgn evaluate`.
#[derive(Debug, Args)]
#[command(after_help = "Without --images, the rows and columns that need real images are left out.")]
pub(super) struct Evaluate {
    /// Name of the pack.
    #[arg(long, default_value = DEFAULT_PACK)]
    pack: String,
    /// Name of the classifier whose output units are synthesised; the pack's first one where none is named.
    #[arg(long)]
    classifier: Option<String>,
    /// The classifier that judges: the name of another one of the pack, or a file ending in .json that describes one from
    /// outside as a manifest does, its weights beside it. The pack's first other one where none is named.
    #[arg(long, value_name = "NAME|FILE", value_parser = judge)]
    judge: Option<JudgeChoice>,
    /// Folder of Tiny ImageNet (tiny-imagenet-200), for what is measured on its validation images: PNG, JPEG, GIF or WebP
    /// files, whatever their names end in. Those of classes that the classifier does not know are left out; where one
    /// cannot be read, all that cannot are named and nothing is measured.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Take every N-th unit only.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    every: u32,
    /// Evaluate one part of the units, to be merged with the others afterwards; it is written to evaluation-I-of-N.json.
    #[arg(long, value_name = "I/N", value_parser = part)]
    part: Option<[usize; 2]>,
    /// Make this row only; may be given many times.
    #[arg(long = "row", value_name = "NAME")]
    rows: Vec<String>,
    /// Merge the parts in the folder --out, evaluate nothing.
    #[arg(long, conflicts_with_all = ["classifier", "judge", "images", "part", "rows"])]
    merge: bool,
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

#[expect(clippy::unnecessary_wraps, reason = "as clap calls it")]
fn judge(text: &str) -> Result<JudgeChoice, String> {
    let outside = Path::new(text).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    Ok(if outside { JudgeChoice::Outside(text.into()) } else { JudgeChoice::Own(text.to_owned()) })
}

/// Most parts of a work.
const MAX_PARTS: usize = 10_000;

/// Reads `I/N`, I from 1.
pub(super) fn part(text: &str) -> Result<[usize; 2], String> {
    let numbers = text.split_once('/').and_then(|(i, n)| Some([i.parse::<usize>().ok()?, n.parse().ok()?]));
    match numbers {
        Some([i, n]) if (1..=n).contains(&i) && n <= MAX_PARTS => Ok([i - 1, n]),
        _ => Err(format!("“{text}” is no part; 3/16 is the third of sixteen, of {MAX_PARTS} at most")),
    }
}

impl Evaluate {
    /// Puts the parts in the folder together.
    fn merged(&self) -> Result<(), CliError> {
        let failed = |path: &Path, error: std::io::Error| CliError::Read { path: path.to_owned(), error };
        let mut parts = Vec::new();
        for entry in fs::read_dir(&self.out).map_err(|error| failed(&self.out, error))? {
            let path = entry.map_err(|error| failed(&self.out, error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("evaluation-") && name.ends_with(".json") {
                let bytes = fs::read(&path).map_err(|error| failed(&path, error))?;
                parts.push(serde_json::from_slice(&bytes).map_err(|error| failed(&path, error.into()))?);
            }
        }
        self.write(&Report::merged(&parts)?)
    }

    /// Writes a whole report, and prints it.
    fn write(&self, report: &Report) -> Result<(), CliError> {
        let markdown = report.markdown();
        let json = serde_json::to_vec_pretty(report);
        for (name, bytes) in [("evaluation.md", Ok(markdown.clone().into_bytes())), ("evaluation.json", json)] {
            let path = self.out.join(name);
            let written = bytes.map_err(Into::into).and_then(|bytes| fs::write(&path, bytes));
            written.map_err(|error| CliError::Write { path, error })?;
        }
        say!("{}", markdown.trim_end());
        Ok(())
    }

    /// The real images that the classifier has the classes of; tells of the others.
    fn loaded(&self, folder: &Path, manifest: &Manifest) -> Result<Dataset, CliError> {
        let entry = manifest.entry(self.classifier.as_deref().unwrap_or(manifest.default_classifier()))?;
        let size = [manifest.image.height, manifest.image.width];
        let knows = |class: &str| entry.classes.iter().any(|known| known.id == class);
        let images = Dataset::load(folder, size, knows).map_err(CliError::Dataset)?;
        if !images.left_out.is_empty() {
            eprintln!("{}", words::left_out(&entry.name, &images.left_out));
        }
        Ok(images)
    }

    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        if self.merge {
            return self.merged();
        }
        let (folder, manifest) = open(weights, &self.pack)?;
        fs::create_dir_all(&self.out).map_err(|error| CliError::Write { path: self.out.clone(), error })?;
        let images = self.images.as_ref().map(|path| self.loaded(path, &manifest)).transpose()?;
        let evaluation = Evaluation {
            classifier: self.classifier.clone(),
            judge: self.judge.clone(),
            every: self.every as usize,
            part: self.part,
            rows: self.rows.clone(),
            seeds: self.seeds,
            steps: self.steps,
            batch: self.batch as usize,
        };
        let (device, compiler, report) = device(self.engine.into(), false)?;
        eprintln!("{} on {}", report.engine.name(), words::hardware(&report.hardware));
        let report =
            evaluation.run(&folder, &manifest, images.as_ref(), (&device, &compiler), |what| eprintln!("{what} …"))?;
        let Some([part, parts]) = self.part else {
            return self.write(&report);
        };
        let path = self.out.join(format!("evaluation-{}-of-{parts}.json", part + 1));
        let written = serde_json::to_vec(&report).map_err(Into::into).and_then(|bytes| fs::write(&path, bytes));
        written.map_err(|error| CliError::Write { path: path.clone(), error })?;
        say!("{}", path.display());
        Ok(())
    }
}
