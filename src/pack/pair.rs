//! A pack of two networks alone: a generator, and the classifier whose features its code is.

use std::{fs, path::Path};

use super::{
    integrity,
    make::MakeError,
    manifest::{GeneratorEntry, Manifest},
    rounding::{Arrays, Precision, serialize},
};

/// Names of what is known of a code, among the generator's arrays.
const STATISTICS: [&str; 3] = ["code.mean", "code.std", "code.max"];
/// Standard deviations between a code's mean and its bound, in the published runs (Nguyen et al. 2016).
const DEVIATIONS: f32 = 3.0;

/// A pack that is to be.
#[derive(Debug)]
pub struct Pair<'a> {
    /// Its description, of one classifier; sizes and digests of the files are found out.
    pub manifest: Manifest,
    /// The generator's arrays, with what is known of the code.
    pub generator: &'a Arrays,
    /// The classifier's.
    pub classifier: &'a Arrays,
    /// How matrices and kernels are kept.
    pub keep: Precision,
}

/// A pack that is known to be one, of which nothing is written yet.
#[derive(Debug)]
pub struct Paired {
    manifest: Manifest,
    /// The bytes of each file by name, the description at last.
    files: Vec<(String, Vec<u8>)>,
}

/// Adds what a run has to know of a code to a generator's arrays, where only the largest value of each unit is known: those bounds.
/// Mean and standard deviation are chosen so that mean + 3 · deviation is the bound, and the deviation 1, or less where the bound is
/// below 3: a run then starts at N(0, 1), as published.
pub fn know_bounds(arrays: &mut Arrays, bounds: &[f32]) {
    let std: Vec<f32> = bounds.iter().map(|bound| (bound / DEVIATIONS).min(1.0)).collect();
    let mean = bounds.iter().zip(&std).map(|(bound, std)| bound - DEVIATIONS * std).collect();
    for (name, values) in STATISTICS.into_iter().zip([mean, std, bounds.to_vec()]) {
        arrays.insert(name.to_owned(), (vec![bounds.len()], values));
    }
}

impl Pair<'_> {
    /// Makes the files, in memory.
    ///
    /// # Errors
    /// [`MakeError`] where they are no pack.
    pub fn make(self, into: &Path) -> Result<Paired, MakeError> {
        let Self { mut manifest, generator, classifier, keep } = self;
        let GeneratorEntry { weights, architecture, .. } = &manifest.generator;
        let transposed = architecture.transposed();
        let names = std::iter::once(&weights.file).chain(manifest.classifiers.iter().map(|entry| &entry.weights.file));
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for (name, arrays) in names.zip([generator, classifier]) {
            let path = into.join(name);
            let transposed: &[String] = if files.is_empty() { &transposed } else { &[] };
            let bytes = serialize(arrays, keep, &[], transposed);
            files.push((name.clone(), bytes.map_err(|reason| MakeError::Content { path, reason })?));
        }
        for entry in manifest.files_mut() {
            if let Some((_, bytes)) = files.iter().find(|(name, _)| *name == entry.file) {
                (entry.bytes, entry.sha256) = (bytes.len() as u64, integrity::sha256(bytes));
            }
        }
        let mut json = serde_json::to_vec(&manifest)
            .map_err(|error| MakeError::Recipe { path: into.join("pack.json"), said: error.to_string() })?;
        json.push(b'\n');
        let manifest = Manifest::parse(&json)?;
        files.push(("pack.json".into(), json));
        Ok(Paired { manifest, files })
    }
}

impl Paired {
    /// Its description.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Writes it to a folder, which is made.
    ///
    /// # Errors
    /// [`MakeError::File`].
    pub fn write(&self, into: &Path) -> Result<(), MakeError> {
        let file = |path: &Path| {
            let path = path.to_owned();
            move |error| MakeError::File { path, error }
        };
        fs::create_dir_all(into).map_err(file(into))?;
        let written = self.files.iter().try_for_each(|(name, bytes)| {
            let path = into.join(name);
            fs::write(&path, bytes).map_err(file(&path))
        });
        if written.is_err() {
            // Half a pack is none, and in the way of the next try.
            let _ = fs::remove_dir_all(into);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_three_deviations_above_the_mean_and_the_start_as_wide_as_published() {
        let mut arrays = Arrays::new();
        know_bounds(&mut arrays, &[11.85, 1.5, 0.0]);
        let [mean, std, bounds] = STATISTICS.map(|name| arrays[name].1.clone());
        assert_eq!((std, bounds), (vec![1.0, 0.5, 0.0], vec![11.85, 1.5, 0.0]));
        assert!((mean[0] - 8.85).abs() < 1e-6 && mean[1..] == [0.0, 0.0]);
    }
}
