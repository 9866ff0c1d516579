//! A lesson that is open, for the page and for the teacher's window: which one, at which step, and how both windows tell
//! each other.

use std::sync::Arc;

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::{
    lesson::{Lesson, Step},
    page::{
        browser::{channel::Channel, site},
        parts::overlay,
    },
};

/// What a teacher's window asks for, and what a page tells: names of channels. Both say `NAME STEP`.
const ORDERS: &str = "dgn lesson";
const TOLD: &str = "dgn lesson shown";
/// Where keys are somebody else's.
const TAKEN: &str = "input, select, textarea, [role=listbox]";

/// A lesson at a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// The lesson and its name.
    pub lesson: RwSignal<Option<(String, Arc<Lesson>)>>,
    /// The step, from 0 on.
    pub step: RwSignal<usize>,
    /// Why there is none.
    pub problem: RwSignal<Option<String>>,
    /// Counts what was asked for, as an earlier lesson may arrive late.
    asked: StoredValue<u32>,
    channel: StoredValue<Option<Channel>, LocalStorage>,
}

impl Course {
    /// No lesson.
    pub fn new() -> Self {
        Self {
            lesson: RwSignal::new(None),
            step: RwSignal::new(0),
            problem: RwSignal::new(None),
            asked: StoredValue::new(0),
            channel: StoredValue::new_local(None),
        }
    }

    /// Fetches a lesson; nothing where it does not come, which is told, or where another one was asked for meanwhile.
    pub async fn fetch(self, name: &str) -> Option<Arc<Lesson>> {
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        let fetched = site::lesson(name).await;
        if asked != self.asked.get_value() {
            return None;
        }
        self.problem.set(fetched.as_ref().err().cloned());
        fetched.ok().map(Arc::new)
    }

    /// Shows none, nor one that is still being fetched.
    pub fn close(self) {
        self.asked.update_value(|asked| *asked += 1);
        self.lesson.set(None);
        self.problem.set(None);
    }

    /// Asks about the step that is shown.
    pub fn with_step<T>(self, ask: impl FnOnce(&Step) -> T) -> Option<T> {
        let step = self.step.get();
        self.lesson.with(|lesson| lesson.as_ref().and_then(|(_, lesson)| lesson.steps.get(step).map(ask)))
    }

    /// How many steps there are.
    pub fn len(self) -> usize {
        self.lesson.with(|lesson| lesson.as_ref().map_or(0, |(_, lesson)| lesson.steps.len()))
    }

    /// Lets this window speak with the other one.
    pub fn connect(self, is_teacher: bool, hear: impl Fn(&str, usize) + 'static) {
        let (speaks, hears) = if is_teacher { (ORDERS, TOLD) } else { (TOLD, ORDERS) };
        let heard = move |text: String| {
            let (name, step) = text.split_once(' ').unwrap_or((&text, ""));
            hear(name, step.parse().unwrap_or_default());
        };
        self.channel.set_value(Channel::open(speaks, hears, heard));
    }

    /// Tells the other window where this one is.
    pub fn tell(self) {
        let Some((name, _)) = self.lesson.get_untracked() else { return };
        let text = format!("{name} {}", self.step.get_untracked());
        self.channel.with_value(|channel| channel.iter().for_each(|channel| channel.say(&text)));
    }

    /// Has the arrow keys go from step to step, and Escape close, wherever nobody else needs them.
    pub fn follow_keys(self, go: impl Fn(usize) + 'static, close: impl Fn() + 'static) {
        let listener = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let is_taken = target.is_some_and(|target| target.closest(TAKEN).ok().flatten().is_some());
            let is_modified = event.ctrl_key() || event.alt_key() || event.meta_key();
            let is_open = self.lesson.with_untracked(Option::is_some) || self.problem.with_untracked(Option::is_some);
            if is_taken || overlay::is_open() || is_modified || event.default_prevented() || !is_open {
                return;
            }
            match event.key().as_str() {
                "ArrowRight" => go(self.step.get_untracked() + 1),
                "ArrowLeft" => go(self.step.get_untracked().wrapping_sub(1)),
                "Escape" => close(),
                _ => {}
            }
        });
        on_cleanup(move || listener.remove());
    }
}

/// The lesson that the address asks for, and its step.
pub(super) fn asked() -> Option<(String, usize)> {
    let step = site::asked("step").and_then(|step| step.trim().parse::<usize>().ok());
    Some((site::asked("lesson")?, step.unwrap_or(1).saturating_sub(1)))
}
