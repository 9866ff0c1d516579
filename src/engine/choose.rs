//! Where the networks run: the policy, without a browser, so that it can be tested on any machine. Whoever has a browser
//! does what [`next`] says, writes down what came of it, and asks again.

use super::protocol::{Flaw, Lack, Reason};
use crate::spec::EngineChoice;

/// What a graphics adapter tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// Its name, as far as it tells.
    pub name: String,
    /// Whether it is a program that imitates a graphics processor, and so slower than the CPU engine.
    pub software: bool,
}

/// What has been found out so far; none of what has not been tried.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The graphics adapter.
    pub adapter: Option<Result<Adapter, Lack>>,
    /// What came of opening it.
    pub opened: Option<Result<(), Lack>>,
    /// Milliseconds a step that it took in a trial.
    pub trial: Option<Result<f64, Flaw>>,
    /// Milliseconds a step that the processor took in a trial.
    pub rival: Option<f64>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Look for a graphics adapter.
    Find,
    /// Open it.
    Open,
    /// Time a few steps on it.
    Try,
    /// Time as many on the processor.
    TryProcessor,
    /// Run on [`EngineChoice::Cpu`] or [`EngineChoice::WebGpu`], for that reason.
    Run(EngineChoice, Reason),
    /// Run on nothing: the graphics processor was asked for by name, and there is none.
    Refuse(Lack),
}

/// What is to be done next, to run on what was asked for. Each answer is another one once its finding is there, so that
/// four at most lead to [`Next::Run`] or [`Next::Refuse`].
pub fn next(asked: EngineChoice, found: &Findings) -> Next {
    use EngineChoice::{Auto, Cpu, WebGpu};
    if asked == Cpu {
        return Next::Run(Cpu, Reason::Asked);
    }
    let lacking = |lack: &Lack| match asked {
        WebGpu => Next::Refuse(lack.clone()),
        _ => Next::Run(Cpu, Reason::Lacking(lack.clone())),
    };
    let adapter = match &found.adapter {
        None => return Next::Find,
        Some(Err(lack)) => return lacking(lack),
        // Who asks for WebGPU by name gets what there is.
        Some(Ok(adapter)) if adapter.software && asked == Auto => {
            return lacking(&Lack::Software(adapter.name.clone()));
        }
        Some(Ok(adapter)) => adapter.name.clone(),
    };
    match &found.opened {
        None => return Next::Open,
        Some(Err(lack)) => return lacking(lack),
        Some(Ok(())) if asked == WebGpu => return Next::Run(WebGpu, Reason::Asked),
        Some(Ok(())) => {}
    }
    match (found.trial, found.rival) {
        (None, _) => Next::Try,
        (Some(Err(flaw)), _) => Next::Run(Cpu, Reason::Flawed(adapter, flaw)),
        (Some(Ok(_)), None) => Next::TryProcessor,
        (Some(Ok(took)), Some(other)) if took <= other => Next::Run(WebGpu, Reason::Faster { adapter, took, other }),
        (Some(Ok(other)), Some(took)) => Next::Run(Cpu, Reason::Faster { adapter, took, other }),
    }
}

#[cfg(test)]
mod tests {
    use EngineChoice::{Auto, Cpu, WebGpu};

    use super::*;

    fn adapter(software: bool) -> Option<Result<Adapter, Lack>> {
        Some(Ok(Adapter { name: "acme".into(), software }))
    }

    #[test]
    fn nothing_is_asked_of_the_browser_for_the_processor() {
        assert_eq!(next(Cpu, &Findings::default()), Next::Run(Cpu, Reason::Asked));
    }

    #[test]
    fn whatever_is_lacking_leads_to_the_processor_or_to_its_name() {
        let lacks = [
            Lack::NoWebGpu,
            Lack::Insecure,
            Lack::NoAdapter,
            Lack::SilentAdapter(10),
            Lack::Refused("no".into()),
            Lack::SilentDevice("acme".into(), 10),
        ];
        for lack in lacks {
            for found in [
                Findings { adapter: Some(Err(lack.clone())), ..Findings::default() },
                Findings { adapter: adapter(false), opened: Some(Err(lack.clone())), ..Findings::default() },
            ] {
                assert_eq!(next(Auto, &found), Next::Run(Cpu, Reason::Lacking(lack.clone())));
                assert_eq!(next(WebGpu, &found), Next::Refuse(lack.clone()));
            }
        }
    }

    #[test]
    fn an_imitation_is_opened_only_by_name() {
        let found = Findings { adapter: adapter(true), ..Findings::default() };
        assert_eq!(next(Auto, &found), Next::Run(Cpu, Reason::Lacking(Lack::Software("acme".into()))));
        assert_eq!(next(WebGpu, &found), Next::Open);
        let found = Findings { opened: Some(Ok(())), ..found };
        assert_eq!(next(WebGpu, &found), Next::Run(WebGpu, Reason::Asked));
    }

    #[test]
    fn the_faster_one_in_a_trial_of_both_is_taken() {
        let mut found = Findings::default();
        assert_eq!(next(Auto, &found), Next::Find);
        found.adapter = adapter(false);
        assert_eq!(next(Auto, &found), Next::Open);
        found.opened = Some(Ok(()));
        assert_eq!(next(Auto, &found), Next::Try);
        found.trial = Some(Ok(20.0));
        assert_eq!(next(Auto, &found), Next::TryProcessor);
        let of = |engine, took, other| Next::Run(engine, Reason::Faster { adapter: "acme".into(), took, other });
        for (rival, wanted) in
            [(50.0, of(WebGpu, 20.0, 50.0)), (20.0, of(WebGpu, 20.0, 20.0)), (5.0, of(Cpu, 5.0, 20.0))]
        {
            assert_eq!(next(Auto, &Findings { rival: Some(rival), ..found.clone() }), wanted);
        }
        // A time that is no number is nobody's gain.
        found.trial = Some(Ok(f64::NAN));
        found.rival = Some(5.0);
        assert!(matches!(next(Auto, &found), Next::Run(Cpu, _)));
    }

    #[test]
    fn an_adapter_that_does_not_pass_is_not_set_against_the_processor() {
        for flaw in [Flaw::Failed, Flaw::Endless] {
            let found = Findings {
                adapter: adapter(false),
                opened: Some(Ok(())),
                trial: Some(Err(flaw)),
                ..Findings::default()
            };
            assert_eq!(next(Auto, &found), Next::Run(Cpu, Reason::Flawed("acme".into(), flaw)));
        }
    }
}
