//! What is to be known of the pictures shown: their runs, their names, their numbers.

use std::sync::Arc;

use leptos::prelude::*;

use super::state::{Lane, Reading, Root};
use crate::{
    pack::manifest::{ClassifierEntry, ImageShape, Manifest},
    page::words,
    spec::{Rival, RunSpec},
};

impl Root {
    /// Asks about the run of the picture that is chosen among those shown, and about its classifier.
    pub fn with_drawn<T>(&self, ask: impl FnOnce(&RunSpec, &ClassifierEntry) -> T) -> Option<T> {
        let lane = self.lane(self.chosen_lane())?;
        self.pack.with(|pack| pack.as_ref()?.classifier(&lane.classifier).map(|entry| ask(&lane, entry)))
    }

    /// The run that the fields make of what is picked, if they make one.
    pub fn next_run(&self) -> Option<RunSpec> {
        let (pack, settings) = (self.pack.get()?, self.settings.get()?);
        settings.spec(&self.classifier.get(), self.units.get(), &*pack).ok()
    }

    /// The run whose picture was drawn beforehand, while it stands where one will be drawn here.
    pub fn beforehand(&self) -> Option<Arc<RunSpec>> {
        self.beforehand.get().filter(|_| self.reading.with(Option::is_none))
    }

    /// The place of the picture that the numbers are of.
    pub fn chosen_lane(&self) -> usize {
        self.chosen.get().min(self.lanes().saturating_sub(1))
    }

    /// The run of one of the pictures shown.
    pub fn lane(&self, index: usize) -> Option<RunSpec> {
        self.drawn.with(|drawn| drawn.as_ref().and_then(|run| run.lanes().into_iter().nth(index)))
    }

    /// What one of the pictures shown is there for, where they are compared.
    pub fn explained(&self, index: usize) -> Option<String> {
        self.drawn.with(|run| {
            let run = run.as_ref().filter(|run| !run.compare.is_empty())?;
            let rival = run.compare.get(index).map(words::rival_explained);
            let mut explained = vec![rival.unwrap_or_else(|| words::prior_explained(&run.prior))];
            explained.extend(self.own_size(index).map(words::at_own_size));
            Some(words::sentences(&explained))
        })
    }

    /// The size of one of the pictures shown, where there is no generator and the size is not the pack's.
    pub fn own_size(&self, index: usize) -> Option<ImageShape> {
        let lane = self.lane(index).filter(|lane| lane.prior.is_pixels())?;
        self.pack.with(|pack| {
            let pack = pack.as_ref()?;
            let own = pack.classifier(&lane.classifier)?.own;
            (own != pack.image).then_some(own)
        })
    }

    /// What tells one of the pictures shown from those beside it: what the run is compared with, or its seed.
    pub fn lane_name(&self, index: usize) -> Option<String> {
        self.drawn.with(|drawn| {
            let run = drawn.as_ref()?;
            let lane = run.lanes().into_iter().nth(index)?;
            if run.compare.is_empty() {
                return Some(words::seed(&lane.seed));
            }
            let rival = run.compare.get(index).map(|rival| self.rival_name(rival));
            Some(rival.unwrap_or_else(|| words::prior(&lane.prior)))
        })
    }

    /// What a run is compared with, by name.
    pub fn rival_name(&self, rival: &Rival) -> String {
        let title = |pack: &Manifest, name: &str| pack.classifier(name).map(|entry| entry.title.clone());
        words::rival(rival, |name| self.pack.with(|pack| pack.as_ref().and_then(|pack| title(pack, name))))
    }

    /// What the judge sees in one of the pictures, in words; nothing where the picture was made for the judge itself.
    pub fn verdict(&self, index: usize) -> Option<String> {
        let made_for = self.lane(index)?.classifier;
        self.verdicts.with(|verdicts| {
            let verdicts = verdicts.as_ref().filter(|verdicts| verdicts.judge != made_for)?;
            let guess = (*verdicts.lanes.get(index)?)?;
            self.pack.with(|pack| {
                let judge = pack.as_ref()?.classifier(&verdicts.judge)?;
                let class = judge.classes.get(guess.class as usize)?;
                Some(words::verdict(&judge.title, &words::class(class), guess.probability))
            })
        })
    }

    /// How many pictures are shown, or will be.
    pub fn lanes(&self) -> usize {
        self.drawn.with(|drawn| drawn.as_ref().map_or(1, |run| run.lanes().len()))
    }

    /// Asks about the numbers of the picture that is chosen.
    pub fn with_lane<T>(&self, ask: impl FnOnce(&Reading, &Lane) -> T) -> Option<T> {
        let chosen = self.chosen_lane();
        self.reading.with(|reading| {
            reading.as_ref().and_then(|reading| reading.lanes.get(chosen).map(|lane| ask(reading, lane)))
        })
    }
}
