//! The launches of a plan.

use super::{
    epilogue::Epilogue,
    ops::{Call, Task},
    values::{Program, Refusal, Value},
};

/// One operation, for all images of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The node that it computes or goes back through.
    pub name: String,
    /// Images at once.
    pub batch: usize,
    /// What is done.
    pub(super) task: Task,
    /// What is read: an operation's input, or the gradient with respect to its result.
    pub source: Value,
    /// The operation's input.
    pub input: Value,
    /// What is written.
    pub result: Value,
    /// What is done before it is.
    pub(super) epilogue: Epilogue,
}

impl Launch {
    /// All values that it reads.
    pub fn reads(&self) -> Vec<Value> {
        let kept = self.epilogue.derivative.map(|derivative| derivative.kept);
        let mut reads = self.task.reads(self.input);
        reads.extend([self.source].into_iter().chain(self.epilogue.summand).chain(kept));
        reads
    }

    /// Its program for a graphics device.
    pub(super) fn program(&self) -> Result<Program, Refusal> {
        let Self { name, batch, source, input, epilogue, .. } = self;
        self.task.program(Call { name, batch: *batch, source: *source, input: *input, epilogue })
    }
}
