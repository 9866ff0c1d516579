//! What runs end in, drawn one after the other.

use std::rc::Rc;

use super::{CliError, Opened};
use crate::{
    ascent::Given,
    engine::{Model, Session},
    pack::manifest::Manifest,
    picture::Picture,
    spec::RunSpec,
};

/// The last pictures of a run, one for each of those side by side.
pub(super) fn drawn(
    manifest: &Manifest,
    models: &[Rc<Model>],
    (_, compiler, _): &Opened,
    run: &RunSpec,
) -> Result<Vec<Picture>, CliError> {
    let given = Given { image: None, last: None };
    let begun = Session::begin_on(Some(compiler), manifest, models, std::slice::from_ref(run), &given);
    let mut session = pollster::block_on(begun)?;
    let mut last = Vec::new();
    while !session.is_done() {
        let step = pollster::block_on(session.step())?;
        if let Some(problem) = step.problems.into_iter().flatten().next() {
            return Err(problem.into());
        }
        last = step.pictures;
    }
    Ok(last)
}
