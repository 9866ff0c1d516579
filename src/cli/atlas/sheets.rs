//! Pictures put together to sheets, with how large these are and how near to the pictures.

use std::{fmt, fs, path::Path};

use super::Wanted;
use crate::{
    cli::CliError,
    pack::{
        self, described,
        disk::Folder,
        manifest::{Atlas, AtlasSheet, COLUMNS, ClassifierEntry, Manifest},
    },
    picture::{self, Pixels},
};

/// Pictures on a sheet: two rows, as the page fetches a sheet whole for the first of them that it shows.
const ON_A_SHEET: usize = 2 * COLUMNS;

/// An atlas with its files.
pub(super) struct Made {
    atlas: Atlas,
    sheets: Vec<(String, Vec<u8>)>,
    /// Of each unit, how near its picture on the sheet comes to it, in decibels.
    ratios: Vec<(String, f64)>,
}

/// Puts the pictures together.
pub(super) fn put_together(
    manifest: &Manifest,
    entry: &ClassifierEntry,
    wanted: &[Wanted],
    quality: u8,
) -> Result<Made, CliError> {
    let (weights, run) = manifest.drawn_by(&entry.name).unwrap_or_default();
    let mut made = Made { atlas: Atlas { weights, run, sheets: Vec::new() }, sheets: Vec::new(), ratios: Vec::new() };
    let follows = |a: &Wanted, b: &Wanted| a.unit.layer == b.unit.layer && a.unit.index + 1 == b.unit.index;
    for units in wanted.chunk_by(follows) {
        for part in units.chunks(ON_A_SHEET) {
            made.put(manifest, entry, part, quality)?;
        }
    }
    Ok(made)
}

impl Made {
    /// Adds a sheet.
    fn put(
        &mut self,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        part: &[Wanted],
        quality: u8,
    ) -> Result<(), CliError> {
        let mut pictures: Vec<Pixels> = Vec::new();
        for wanted in part {
            let other = || CliError::OtherPicture { path: wanted.path.clone(), unit: wanted.unit.to_string() };
            pictures.push(wanted.read(manifest)?.ok_or_else(other)?);
        }
        let cell = manifest.atlas_cell();
        let file = picture::jpeg(&picture::tiled(&pictures, COLUMNS, cell), quality)?;
        let squeezed = picture::decoded(&file)?;
        for (number, (wanted, picture)) in part.iter().zip(&pictures).enumerate() {
            let seen = picture::cut(&squeezed, number, COLUMNS, cell, [picture.width, picture.height]);
            self.ratios.push((wanted.unit.to_string(), picture::noise_ratio(&seen, picture)));
        }
        let name = format!("atlas-{}-{:03}.jpg", entry.name, self.sheets.len());
        if let Some(first) = part.first() {
            let (layer, first, units) = (first.unit.layer.clone(), first.unit.index, part.len());
            self.atlas.sheets.push(AtlasSheet { layer, first, units, picture: described(name.clone(), &file) });
        }
        self.sheets.push((name, file));
        Ok(())
    }

    /// Writes the sheets and atlas.json to a folder.
    pub(super) fn write(&self, out: &Path) -> Result<(), CliError> {
        let json = serde_json::to_vec_pretty(&self.atlas).map_err(std::io::Error::from);
        let json = json.map_err(|error| CliError::Write { path: out.join("atlas.json"), error })?;
        let files = self.sheets.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        for (name, bytes) in files.chain([("atlas.json", json.as_slice())]) {
            let path = out.join(name);
            fs::write(&path, bytes).map_err(|error| CliError::Write { path, error })?;
        }
        Ok(())
    }

    /// Puts them into the pack.
    pub(super) fn add(&self, folder: &Folder, manifest: &Manifest, entry: &ClassifierEntry) -> Result<(), CliError> {
        pack::atlas::add(folder.path(), manifest, &entry.name, &self.atlas, &self.sheets)?;
        Ok(())
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, sheets) = (self.ratios.len(), self.sheets.len());
        let bytes: usize = self.sheets.iter().map(|(_, bytes)| bytes.len()).sum();
        let largest = self.sheets.iter().map(|(_, bytes)| bytes.len()).max().unwrap_or_default();
        let mean = self.ratios.iter().map(|(_, ratio)| ratio).sum::<f64>() / units.max(1) as f64;
        let worst = self.ratios.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        write!(f, "{units} pictures in {bytes} bytes, {} each; sheets: {sheets}, ", bytes / units.max(1))?;
        write!(f, "{largest} bytes the largest; PSNR {mean:.1} dB")?;
        worst.map_or(Ok(()), |(unit, ratio)| write!(f, ", {ratio:.1} dB the worst, {unit}"))
    }
}
