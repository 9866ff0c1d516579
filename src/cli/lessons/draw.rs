//! The pictures of a lesson's runs, as files beside it: what is printed at a step that nobody has seen.

use std::{fs, path::Path, rc::Rc};

use crate::{
    cli::{CliError, device, drawing::drawn, open},
    engine,
    lesson::{Lesson, picture_file},
    pack::{DEFAULT_PACK, Files},
    picture::{self, Pixels},
    spec::{EngineChoice, query::Query},
};

/// Quality of the files, which are JPEG.
const QUALITY: u8 = 90;

/// Draws the pictures of every run of a lesson, and tells how many runs that were.
pub(super) fn draw(path: &Path, weights: &Path) -> Result<usize, CliError> {
    let bytes = fs::read(path).map_err(|error| CliError::Read { path: path.to_owned(), error })?;
    // What is wrong with it has been said.
    let Ok(lesson) = Lesson::parse(&bytes) else { return Ok(0) };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut count = 0;
    for (place, step) in lesson.steps.iter().enumerate() {
        let Some(run) = &step.run else { continue };
        let query = Query::parse(run)?;
        let (folder, manifest) = open(weights, query.pack()?.unwrap_or(DEFAULT_PACK))?;
        let spec = query.run(&manifest)?;
        let entry = manifest.entry(&spec.classifier)?;
        let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {}))?;
        // As browsers draw them.
        let opened = device(EngineChoice::Cpu, true)?;
        let mut models = vec![Rc::new(engine::model(&manifest, entry, &files, &opened.0)?)];
        pollster::block_on(engine::prepare(&folder, &manifest, &mut models, std::slice::from_ref(&spec)))?;
        let pictures = drawn(&manifest, &models, &opened, &spec)?;
        let pictures: Vec<Pixels> = pictures
            .into_iter()
            .map(|picture| Pixels { width: picture.width, height: picture.height, rgba: picture.rgba })
            .collect();
        let cell = [manifest.image.width, manifest.image.height];
        let file = picture::jpeg(&picture::tiled(&pictures, pictures.len(), cell), QUALITY)?;
        let path = path.with_file_name(picture_file(&name, place));
        fs::write(&path, file).map_err(|error| CliError::Write { path, error })?;
        count += 1;
    }
    Ok(count)
}
