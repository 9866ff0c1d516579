//! Backward through the stages: from gradients with respect to some values to that with respect to the chain's input.
//!
//! The gradient with respect to a value is the sum over all that read it. The kernels of these add up on the way, each to what
//! the one before has written, and the last multiplies with the derivative of the activation that the value went through: so
//! what arrives at a stage is the gradient with respect to its sums.

use std::collections::BTreeMap;

use super::{
    chain::{Stage, Stages},
    epilogue::{Derivative, Epilogue},
    launch::Launch,
    ops::{Channels, Kernel, Task},
    values::{Refusal, Value},
};

/// A part of the gradient with respect to a value.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// There already.
    Given(Value),
    /// Through a stage, from the gradient with respect to its sums.
    Through { stage: usize, gradient: Value },
}

/// What is known of the gradients so far.
struct Backward<'a> {
    stages: &'a mut Stages,
    parts: BTreeMap<Value, Vec<Part>>,
    launches: Vec<Launch>,
}

/// The launches from gradients with respect to some values, each a pair of value and gradient, to that with respect to the
/// chain's input, and that one; none where no way leads there.
pub(super) fn backward(stages: &mut Stages, seeds: &[(Value, Value)]) -> Result<(Vec<Launch>, Option<Value>), Refusal> {
    let mut backward = Backward { stages, parts: BTreeMap::new(), launches: Vec::new() };
    for (value, seed) in seeds {
        backward.add(*value, Part::Given(*seed));
    }
    for number in (0..backward.stages.stages.len()).rev() {
        let stage = backward.stages.stages[number].clone();
        let Some(gradient) = backward.whole(stage.result, stage.derivative(), &stage)? else { continue };
        if let Some(summand) = stage.summand {
            backward.add(summand, Part::Given(gradient));
        }
        let passed = stage.kernel.passes_gradient();
        let part = if passed { Part::Given(gradient) } else { Part::Through { stage: number, gradient } };
        backward.add(stage.source, part);
    }
    let (Some(input), Some(first)) = (backward.stages.input, backward.stages.stages.first().cloned()) else {
        return Ok((Vec::new(), None));
    };
    let gradient = backward.whole(input, None, &first)?;
    Ok((backward.launches, gradient))
}

impl Backward<'_> {
    fn add(&mut self, value: Value, part: Part) {
        self.parts.entry(value).or_default().push(part);
    }

    /// The gradient with respect to a value, times a derivative; none where nothing that is climbed reads it. `near` is a
    /// stage by whose name launches are called that belong to none.
    fn whole(&mut self, value: Value, derivative: Option<Derivative>, near: &Stage) -> Result<Option<Value>, Refusal> {
        let (mut given, through): (Vec<_>, Vec<_>) =
            self.parts.remove(&value).unwrap_or_default().into_iter().partition(|part| matches!(part, Part::Given(_)));
        // The first sum begins with what is there already.
        let mut sum = match given.pop() {
            Some(Part::Given(gradient)) => Some(gradient),
            _ => None,
        };
        let parts = through.into_iter().chain(given).collect::<Vec<_>>();
        for (number, part) in parts.iter().enumerate() {
            let last = number + 1 == parts.len();
            sum = Some(self.launch(value, *part, sum, derivative.filter(|_| last), near)?);
        }
        match (sum, derivative) {
            // There is no kernel on the way that could multiply with it.
            (Some(sum), Some(_)) if parts.is_empty() => {
                self.launch(value, Part::Given(sum), None, derivative, near).map(Some)
            }
            (sum, _) => Ok(sum),
        }
    }

    /// Adds one part to what is there, times a derivative.
    fn launch(
        &mut self,
        value: Value,
        part: Part,
        summand: Option<Value>,
        derivative: Option<Derivative>,
        near: &Stage,
    ) -> Result<Value, Refusal> {
        let shape = self.stages.shapes[value.0];
        let result = self.stages.value(shape);
        let epilogue = Epilogue { summand, derivative, ..Epilogue::default() };
        let (stage, kernel, source) = match part {
            Part::Given(gradient) => {
                let kernel = Kernel::Channels(Channels { shape, scale: None, rearranges: false });
                (near, kernel, gradient)
            }
            Part::Through { stage, gradient } => {
                let stage = &self.stages.stages[stage];
                (stage, stage.kernel.clone(), gradient)
            }
        };
        let batch = self.stages.batch;
        let name = format!("{}/gradient", stage.name);
        let task = Task::Gradient(kernel);
        self.launches.push(Launch { name, batch, task, source, input: stage.source, result, epilogue });
        Ok(result)
    }
}
