//! `dgn lessons`: checks the files of lessons, all of them or those that are named, and draws what is printed with them.

mod draw;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CliError, open, words};
use crate::{
    lesson::{Flaw, Lesson, is_name},
    pack::{disk, manifest::Manifest},
    spec::Catalogue,
    words::LANGUAGES,
};

/// What to check.
#[derive(Debug, Args)]
pub(super) struct Lessons {
    /// Folder that holds the lessons, or files of lessons.
    #[arg(default_value = "public/lessons", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Draw the pictures of their runs too, on the processor: files beside them, which are printed where a step was not seen.
    #[arg(long)]
    draw: bool,
}

impl Lessons {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        let mut packs = BTreeMap::new();
        for name in disk::list(weights).unwrap_or_default() {
            let (_, manifest) = open(weights, &name)?;
            packs.insert(name, manifest);
        }
        let mut numbers = BTreeMap::new();
        let (mut wrong, files) = (0, self.files()?);
        for path in &files {
            let found = check(path, &packs, &mut numbers)?;
            wrong += usize::from(!found.is_empty());
            for sentence in found {
                say!("{}: {sentence}", path.display());
            }
        }
        match wrong {
            0 => say!("{} lessons are in order.", files.len()),
            wrong => return Err(CliError::Lessons { wrong, of: files.len() }),
        }
        for path in files.iter().filter(|_| self.draw) {
            say!("{}: {} runs drawn", path.display(), draw::draw(path, weights)?);
        }
        Ok(())
    }

    /// The files, those of folders by name.
    fn files(&self) -> Result<Vec<PathBuf>, CliError> {
        let mut files = Vec::new();
        for path in &self.paths {
            let unread = |error| CliError::Read { path: path.clone(), error };
            if !path.is_dir() {
                files.push(path.clone());
                continue;
            }
            let entries = fs::read_dir(path).map_err(unread)?;
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
            inside.sort();
            files.append(&mut inside);
        }
        match files.is_empty() {
            true => Err(CliError::NoLessons),
            false => Ok(files),
        }
    }
}

/// What is wrong with a lesson, a sentence for each flaw; `numbers` are those of the lessons before it.
fn check(
    path: &Path,
    packs: &BTreeMap<String, Manifest>,
    numbers: &mut BTreeMap<u32, PathBuf>,
) -> Result<Vec<String>, CliError> {
    let bytes = fs::read(path).map_err(|error| CliError::Read { path: path.to_owned(), error })?;
    let mut found = Vec::new();
    if !path.file_stem().is_some_and(|name| name.to_str().is_some_and(is_name)) {
        found.push("Its name has to be small letters, digits and hyphens, since it stands in addresses.".into());
    }
    if bytes.len() as u64 > crate::lesson::MAX_BYTES {
        found.push(format!("It is larger than {} KB, more than the page reads.", crate::lesson::MAX_BYTES >> 10));
    }
    let flaws = match Lesson::parse(&bytes) {
        Err(flaw) => vec![flaw],
        Ok(lesson) => {
            if let Some(other) = numbers.insert(lesson.number, path.to_owned()) {
                found.push(format!("Its number, {}, is that of {} too.", lesson.number, other.display()));
            }
            let tags: Vec<&str> = LANGUAGES.iter().map(|(tag, _)| *tag).collect();
            lesson.flaws(&tags, |name| packs.get(name).map(|pack| pack as &dyn Catalogue))
        }
    };
    found.extend(flaws.iter().map(|flaw: &Flaw| words::lesson(flaw)));
    Ok(found)
}
