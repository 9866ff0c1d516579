//! Small pictures of many units, drawn in batches whenever no run goes on.

use std::{collections::VecDeque, rc::Rc};

use super::{Compiler, EngineError, Session, memory, pace::Pace, protocol::Event};
use crate::{
    ascent::{Given, Model},
    pack::manifest::Manifest,
    spec::RunSpec,
};

/// Pictures drawn at once: enough to be quick, few enough to stop soon. Fewer where they would need more memory than there
/// may be.
const BATCH: usize = 8;

/// Pictures that are wanted.
#[derive(Debug, Default)]
pub struct Gallery {
    number: u32,
    waiting: VecDeque<RunSpec>,
    /// Those being drawn, and their runs.
    drawing: Option<(Session, Vec<RunSpec>)>,
    pace: Pace,
}

impl Gallery {
    /// Takes an order in place of what still waits. A batch that is being drawn is finished, unless nothing is wanted any
    /// more.
    pub fn order(&mut self, number: u32, specs: Vec<RunSpec>) {
        if specs.is_empty() {
            self.drawing = None;
        }
        let drawn = |spec: &RunSpec| self.drawing.as_ref().is_some_and(|(_, drawing)| drawing.contains(spec));
        self.waiting = specs.into_iter().filter(|spec| !drawn(spec)).collect();
        self.number = number;
    }

    /// Begins anew what is being drawn, as its device is lost.
    pub fn begin_anew(&mut self) {
        for spec in self.drawing.take().into_iter().flat_map(|(_, specs)| specs).rev() {
            self.waiting.push_front(spec);
        }
    }

    /// The number of the order.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether nothing is to be drawn.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.drawing.is_none()
    }

    /// Takes some steps of a batch; gives its pictures, [`Event::Tile`], when it is done. `now` tells the time in milliseconds.
    ///
    /// # Errors
    /// Those of [`Session::begin_on`] and [`Session::advance`].
    pub async fn advance(
        &mut self,
        compiler: &Compiler,
        manifest: &Manifest,
        model: &Rc<Model>,
        now: impl Fn() -> f64,
    ) -> Result<Vec<Event>, EngineError> {
        if self.drawing.is_none() && !self.waiting.is_empty() {
            // What is drawn at once takes its steps together.
            let steps = self.waiting.front().map(|spec| spec.steps);
            let alike = self.waiting.iter().take(BATCH).take_while(|spec| Some(spec.steps) == steps).count();
            let alike = self.waiting.make_contiguous().get(..alike).unwrap_or_default();
            let alike = memory::fitting(manifest, alike, memory::MOST_BYTES);
            let specs: Vec<RunSpec> = self.waiting.drain(..alike).collect();
            let models = [model.clone()];
            let session = Session::begin_on(Some(compiler), manifest, &models, &specs, &Given::default()).await?;
            self.drawing = Some((session, specs));
        }
        let Some((session, specs)) = &mut self.drawing else {
            return Ok(Vec::new());
        };
        let before = now();
        let step = session.advance(self.pace.steps()).await?;
        self.pace.note(step.activations.len() as u32 + 1, now() - before);
        if !session.is_done() {
            return Ok(Vec::new());
        }
        let tile = |(spec, picture): (&RunSpec, _)| {
            let unit = spec.units.first().cloned()?;
            Some(Event::Tile { gallery: self.number, unit, steps: spec.steps, picture })
        };
        let tiles = specs.iter().zip(step.pictures).filter_map(tile).collect();
        self.drawing = None;
        Ok(tiles)
    }
}
