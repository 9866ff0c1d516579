//! `dgn packs`, `dgn units`, `dgn pack`: what there is to climb, and where it comes from.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, open};
use crate::{
    nets::layer::LayerKind,
    pack::{self, disk, manifest::ClassifierEntry},
    spec::Catalogue,
};

/// `dgn packs`.
pub(super) fn list(weights: &Path) -> Result<(), CliError> {
    let names = disk::list(weights).unwrap_or_default();
    if names.is_empty() {
        return Err(CliError::NoPacks { folder: weights.display().to_string() });
    }
    for name in names {
        let (_, manifest) = open(weights, &name)?;
        say!("{name}  {} ({})", manifest.title, manifest.licence);
        for entry in &manifest.classifiers {
            let megabytes = manifest.bytes(entry) as f64 / 1e6;
            say!("  {}  {}, {} classes, {megabytes:.1} MB", entry.name, entry.title, entry.classes.len());
            for layer in &entry.layers {
                let kind = match layer.kind {
                    LayerKind::Convolutional => {
                        format!("{}×{} feature map", layer.map[0], layer.map[1])
                    }
                    LayerKind::FullyConnected => "fully connected".into(),
                    LayerKind::Output => "output".into(),
                };
                say!("    {:<12} {:>5} units, {kind}", layer.name, layer.units);
            }
        }
    }
    Ok(())
}

/// `dgn units`.
#[derive(Debug, Args)]
pub(super) struct Units {
    /// Name of the pack.
    #[arg(long)]
    pack: String,
    /// Name of the classifier; the pack's first one where none is named.
    #[arg(long)]
    classifier: Option<String>,
    /// Name of the layer; the output layer where none is named.
    #[arg(long)]
    layer: Option<String>,
}

impl Units {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        let (_, manifest) = open(weights, &self.pack)?;
        let entry = manifest.entry(self.classifier.as_deref().unwrap_or(manifest.default_classifier()))?;
        let output = entry.output().map_or("", |layer| layer.name.as_str());
        let layer = entry.known_layer(self.layer.as_deref().unwrap_or(output))?;
        for index in 0..layer.units {
            say!("{}:{index}{}", layer.name, name(entry, layer.kind, index));
        }
        Ok(())
    }
}

fn name(entry: &ClassifierEntry, kind: LayerKind, index: usize) -> String {
    match entry.classes.get(index) {
        Some(class) if kind == LayerKind::Output => format!("\t{}\t{}", class.id, class.name),
        _ => String::new(),
    }
}

/// `dgn pack`.
#[derive(Debug, Args)]
pub(super) struct Make {
    /// The recipe: what the pack is to hold, and the names and digests of the originals.
    #[arg(long, value_name = "FILE")]
    recipe: PathBuf,
    /// Folder that holds the originals.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Folder to write the pack to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Make {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let manifest = pack::make::make(&self.recipe, &self.from, &self.out)?;
        for entry in &manifest.classifiers {
            say!("{}  {}: {} bytes", manifest.name, entry.name, manifest.bytes(entry));
        }
        Ok(())
    }
}
