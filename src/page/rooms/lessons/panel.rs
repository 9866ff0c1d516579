//! The lesson beside the page: what is said at a step, what there is to see, a question, and the way on.

use leptos::{html, prelude::*};

use super::{Room, close, course::Course, go, is_free_or_in, keep_pictures, mark, take_awaited};
use crate::{
    lesson::{Question, Step, Text},
    page::{
        browser::{language, site},
        words,
    },
};

/// The lesson that is open.
#[component]
pub fn Panel(room: Room) -> impl IntoView {
    let course = room.course;
    Effect::new(move || mark(room));
    Effect::new(move || take_awaited(room));
    course.follow_keys(move |step| go(room, step), move || close(room));
    let is_open = Memo::new(move |_| course.lesson.with(Option::is_some) || course.problem.with(Option::is_some));
    move || is_open.get().then(|| view! { <Shown room /> })
}

/// One of a step's texts, in the visitor's language.
pub(super) fn told(course: Course, text: impl Fn(&Step) -> Option<&Text>) -> String {
    let tag = language::tag();
    course.with_step(|step| text(step).map(|text| text.of(&tag).to_owned())).flatten().unwrap_or_default()
}

/// What the lesson is called.
pub(super) fn title(course: Course) -> String {
    course
        .lesson
        .with(|lesson| lesson.as_ref().map(|(_, lesson)| lesson.title.of(&language::tag()).to_owned()))
        .unwrap_or_default()
}

/// Which step of how many.
pub(super) fn counter(course: Course) -> String {
    words::counter(&(course.step.get() + 1), &course.len())
}

#[component]
fn Shown(room: Room) -> impl IntoView {
    let Room { course, .. } = room;
    let heading = NodeRef::<html::H2>::new();
    heading.on_load(|heading| {
        // Whoever does something else by now goes on with it.
        if is_free_or_in(".lessons") {
            let _ = heading.focus();
        }
    });
    let expects = move || told(course, |step| step.expect.as_ref());
    let teacher = move || {
        let name = course.lesson.with(|lesson| lesson.as_ref().map(|(name, _)| name.clone())).unwrap_or_default();
        format!("?{}", site::with_own(&format!("view=teacher&lesson={name}&step={}", course.step.get() + 1)))
    };
    let print = move |_| {
        keep_pictures(room);
        // The pictures have to be there first.
        request_animation_frame(|| {
            let _ = window().print();
        });
    };
    let is_there = move || course.lesson.with(Option::is_some);
    view! {
        <section class="lesson" aria-label=words::lessons()>
            <header>
                <h2 tabindex="-1" node_ref=heading prop:textContent=move || title(course)></h2>
                <button type="button" class="quiet" on:click=move |_| close(room)>{words::close()}</button>
            </header>
            <p class="problem" role="alert" prop:textContent=move || course.problem.get().unwrap_or_default()></p>
            <div hidden=move || !is_there()>
                <div aria-live="polite">
                    <p class="count" prop:textContent=move || counter(course)></p>
                    <p class="say" prop:textContent=move || told(course, |step| Some(&step.say))></p>
                </div>
                <Asked room />
                {move || (!expects().is_empty()).then(|| view! {
                    <details class="expect">
                        <summary>{words::what_to_see()}</summary>
                        <p prop:textContent=expects></p>
                    </details>
                })}
                <div class="row">
                    <button
                        type="button" disabled=move || course.step.get() == 0
                        on:click=move |_| go(room, course.step.get_untracked().wrapping_sub(1))
                    >{words::back()}</button>
                    <button
                        type="button" class="primary" disabled=move || course.len() <= course.step.get() + 1
                        on:click=move |_| go(room, course.step.get_untracked() + 1)
                    >{words::next()}</button>
                </div>
                <p class="others">
                    <a href=teacher target="dgn-teacher">{words::teachers_window()}</a>
                    <button type="button" class="quiet" on:click=print>{words::print()}</button>
                </p>
            </div>
        </section>
    }
}

/// The step's question, its answers, and what is said to the one that was chosen.
#[component]
fn Asked(room: Room) -> impl IntoView {
    let Room { course, answered, .. } = room;
    let said = move || {
        let answer = |step: &Step| {
            let answer = step.question.as_ref()?.answers.get(answered.get()?)?;
            Some(words::answered(answer.right, answer.because.of(&language::tag())))
        };
        course.with_step(answer).flatten().unwrap_or_default()
    };
    move || {
        let Question { ask, answers } = course.with_step(|step| step.question.clone()).flatten()?;
        let tag = language::tag();
        let choices = answers.into_iter().enumerate().map(|(place, answer)| {
            let is_chosen = move || (answered.get() == Some(place)).to_string();
            let text = answer.say.of(&tag).to_owned();
            view! {
                <button
                    type="button" aria-pressed=is_chosen on:click=move |_| answered.set(Some(place))
                >{text}</button>
            }
        });
        Some(view! {
            <div class="question" role="group" aria-labelledby="lesson-asks">
                <p id="lesson-asks">{ask.of(&tag).to_owned()}</p>
                {choices.collect_view()}
                <p role="status" prop:textContent=said></p>
            </div>
        })
    }
}
