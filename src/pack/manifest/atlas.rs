//! The pictures of a classifier's units that were drawn beforehand: which files hold them, and of which run they are.

use serde::{Deserialize, Serialize};

use super::{ClassifierEntry, Defect, FileEntry, Manifest};
use crate::spec::{EngineChoice, RunSpec, Unit, query};

/// Pictures in a row of a sheet.
pub const COLUMNS: usize = 5;
/// Most sheets of one classifier.
const MAX_SHEETS: usize = 4096;
/// Pictures in a sheet begin at multiples of so many pixels: JPEG squeezes blocks of 8 × 8, and none is to hold two pictures.
const BLOCK: usize = 8;
/// How much of each digest an atlas repeats.
const DIGITS: usize = 16;
/// The parts of a run's query in which the pictures of one atlas differ, or which its pack and classifier say.
const OWN: [&str; 3] = ["pack=", "classifier=", "unit="];

/// Pictures of a classifier's units, each drawn by the pack's default run of that unit.
///
/// It says itself with which weights and by which run they were drawn, so that they are not shown for what another version of
/// the pack draws: see [`Manifest::atlas`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Atlas {
    /// The weights that drew them, by the beginnings of their digests: generator, classifier, encoder.
    pub weights: String,
    /// The run as a query, without pack, classifier and unit.
    pub run: String,
    /// The files.
    pub sheets: Vec<AtlasSheet>,
}

/// A picture file of units that follow each other, [`COLUMNS`] to a row and row after row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtlasSheet {
    /// The units' layer.
    pub layer: String,
    /// The first of them.
    pub first: usize,
    /// How many there are.
    pub units: usize,
    /// The file.
    pub picture: FileEntry,
}

/// Where one picture of an atlas is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtlasTile<'a> {
    /// The sheet.
    pub sheet: &'a AtlasSheet,
    /// Its place there, from 0.
    pub column: usize,
    /// See [`column`](Self::column).
    pub row: usize,
}

impl Atlas {
    /// A unit's picture, if there is one.
    pub fn tile(&self, layer: &str, index: usize) -> Option<AtlasTile<'_>> {
        let holds = |sheet: &&AtlasSheet| sheet.layer == layer && (sheet.first..sheet.end()).contains(&index);
        let sheet = self.sheets.iter().find(holds)?;
        let place = index - sheet.first;
        Some(AtlasTile { sheet, column: place % COLUMNS, row: place / COLUMNS })
    }

    /// How many units of a layer have pictures.
    pub fn units(&self, layer: &str) -> usize {
        self.sheets.iter().filter(|sheet| sheet.layer == layer).map(|sheet| sheet.units).sum()
    }

    pub(super) fn check(&self, entry: &ClassifierEntry) -> Result<(), Defect> {
        if self.sheets.len() > MAX_SHEETS {
            return Err(Defect::Sheets { found: self.sheets.len(), most: MAX_SHEETS });
        }
        for (number, sheet) in self.sheets.iter().enumerate() {
            sheet.picture.check()?;
            let there = entry.layer(&sheet.layer).map_or(0, |layer| layer.units);
            // Sheets of one layer follow each other, so that no unit has two pictures.
            let before = self.sheets.iter().take(number).filter(|other| other.layer == sheet.layer);
            let free = before.map(AtlasSheet::end).max().unwrap_or_default();
            if sheet.units == 0 || sheet.first < free || sheet.end() > there {
                return Err(Defect::Sheet { file: sheet.picture.file.clone() });
            }
        }
        Ok(())
    }
}

impl AtlasSheet {
    /// The unit behind the last one.
    fn end(&self) -> usize {
        self.first.saturating_add(self.units)
    }
}

impl Manifest {
    /// The pictures of a classifier's units that were drawn beforehand, if they are what the pack's default run draws now.
    pub fn atlas(&self, classifier: &str) -> Option<&Atlas> {
        let atlas = self.classifier(classifier)?.atlas.as_ref()?;
        let (weights, run) = self.drawn_by(classifier)?;
        (atlas.weights == weights && atlas.run == run).then_some(atlas)
    }

    /// The picture that exactly this run draws, if it was drawn beforehand.
    pub fn drawn_beforehand(&self, run: &RunSpec) -> Option<AtlasTile<'_>> {
        let [unit] = run.units.as_slice() else { return None };
        let atlas = self.atlas(&run.classifier)?;
        let is_plain = *unit == Unit::new(unit.layer.clone(), unit.index);
        (is_plain && shared(run) == atlas.run).then(|| atlas.tile(&unit.layer, unit.index)).flatten()
    }

    /// With what an atlas of a classifier is drawn: [`Atlas::weights`] and [`Atlas::run`].
    pub fn drawn_by(&self, classifier: &str) -> Option<(String, String)> {
        let files = [
            &self.generator.weights,
            &self.classifier(classifier)?.weights,
            &self.classifier(&self.generator.encoder)?.weights,
        ];
        let digests = files.map(|file| file.sha256.get(..DIGITS).unwrap_or_default());
        Some((digests.join("-"), shared(&self.default_run(classifier, self.defaults.unit.clone()))))
    }

    /// The pack's default run of a unit of a classifier.
    pub fn default_run(&self, classifier: &str, unit: Unit) -> RunSpec {
        RunSpec { classifier: classifier.to_owned(), ..RunSpec::with_defaults(self, unit) }
    }

    /// Size of a picture's place in a sheet, `[width, height]` in pixels: the picture is in its upper left.
    pub fn atlas_cell(&self) -> [usize; 2] {
        [self.image.width, self.image.height].map(|side| side.next_multiple_of(BLOCK))
    }
}

/// What of a run's query the pictures of one atlas share.
fn shared(run: &RunSpec) -> String {
    let query = query::write(run, EngineChoice::Auto);
    query.split('&').filter(|part| !OWN.iter().any(|own| part.starts_with(own))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(first: usize, units: usize) -> AtlasSheet {
        let picture = FileEntry { file: format!("atlas-{first}.jpg"), bytes: 9, sha256: "0".repeat(64) };
        AtlasSheet { layer: "fc5".into(), first, units, picture }
    }

    /// A pack of 10 classes with an atlas of those sheets.
    fn pack(sheets: Vec<AtlasSheet>) -> Manifest {
        let mut pack = Manifest::parse(include_bytes!("../../../weights/fashion-mnist-28/pack.json")).unwrap();
        let (weights, run) = pack.drawn_by("caffenet").unwrap();
        pack.classifiers[0].atlas = Some(Atlas { weights, run, sheets });
        pack
    }

    fn read(pack: &Manifest) -> Result<Manifest, super::super::ManifestError> {
        Manifest::parse(&serde_json::to_vec(pack).unwrap())
    }

    #[test]
    fn the_default_run_of_a_unit_has_its_picture_and_any_other_run_none() {
        let pack = read(&pack(vec![sheet(0, 6), sheet(6, 4)])).unwrap();
        assert_eq!(pack.atlas_cell(), [32, 32]);
        let run = pack.default_run("caffenet", Unit::new("fc5", 5));
        let tile = pack.drawn_beforehand(&run).unwrap();
        assert_eq!((tile.sheet.first, tile.column, tile.row), (0, 0, 1));
        let last = pack.drawn_beforehand(&pack.default_run("caffenet", Unit::new("fc5", 9))).unwrap();
        assert_eq!((last.sheet.first, last.column, last.row), (6, 3, 0));
        let atlas = pack.atlas("caffenet").unwrap();
        assert_eq!([atlas.units("fc5"), atlas.units("conv1")], [10, 0]);
        for other in [
            RunSpec { seed: 1, ..run.clone() },
            RunSpec { steps: run.steps + 1, ..run.clone() },
            RunSpec { seeds: 4, ..run.clone() },
            RunSpec { decay: 0.5, ..run.clone() },
            RunSpec { units: vec![Unit { weight: 2.0, ..Unit::new("fc5", 5) }], ..run.clone() },
            RunSpec { units: vec![Unit::new("fc5", 5), Unit::new("fc5", 6)], ..run.clone() },
            RunSpec { units: vec![Unit::new("fc4", 5)], ..run.clone() },
            RunSpec { classifier: "other".into(), ..run.clone() },
        ] {
            assert_eq!(pack.drawn_beforehand(&other), None, "{other:?}");
        }
    }

    #[test]
    fn pictures_of_other_weights_or_defaults_are_not_shown() {
        let whole = pack(vec![sheet(0, 10)]);
        assert!(whole.atlas("caffenet").is_some());
        let mut other = whole.clone();
        other.generator.weights.sha256 = "1".repeat(64);
        assert_eq!(other.atlas("caffenet"), None);
        let mut other = whole.clone();
        other.classifiers[0].weights.sha256 = "1".repeat(64);
        assert_eq!(other.atlas("caffenet"), None);
        let mut other = whole;
        other.defaults.steps += 1;
        assert_eq!(read(&other).unwrap().atlas("caffenet"), None, "the pack opens all the same");
    }

    #[test]
    fn sheets_that_do_not_fit_the_layer_are_refused() {
        let mut elsewhere = sheet(0, 5);
        elsewhere.layer = "fc6".into();
        let mut outside = sheet(0, 5);
        outside.picture.file = "../atlas.jpg".into();
        for sheets in [
            vec![sheet(0, 11)],
            vec![sheet(0, 0)],
            vec![sheet(0, 6), sheet(5, 5)],
            vec![sheet(5, 5), sheet(0, 5)],
            vec![sheet(usize::MAX, 1)],
            vec![elsewhere],
            vec![outside],
        ] {
            assert!(read(&pack(sheets.clone())).is_err(), "{sheets:?}");
        }
        assert!(read(&pack(vec![sheet(2, 3)])).is_ok(), "some units may have none");
    }
}
