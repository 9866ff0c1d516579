//! The activation curve, drawn by hand: an SVG for the lines, plain text for the numbers, so that those keep their size.

use leptos::prelude::*;

use super::curve::{self, Scale};
use crate::page::{root::Root, words};

/// The curve of the run shown.
#[component]
pub fn Plot(root: Root) -> impl IntoView {
    // One scale for all pictures side by side; the line of the one that is chosen lies over the others'.
    let scale = Memo::new(move |_| root.activations.with(|lanes| Scale::of(&lanes.concat())));
    let steps = Memo::new(move |_| {
        let planned = || {
            let pack = root.pack.get()?;
            Some(pack.defaults.steps)
        };
        root.reading.with(|reading| reading.as_ref().map(|reading| reading.steps)).or_else(planned).unwrap_or(1)
    });
    let chosen = move || root.activations.with(|lanes| lanes.get(root.chosen_lane()).cloned().unwrap_or_default());
    let line = Memo::new(move |_| curve::line(&chosen(), steps.get(), &scale.get()));
    let name = move || words::curve(&chosen());
    let others = move || {
        let (steps, scale, chosen) = (steps.get(), scale.get(), root.chosen_lane());
        let path = |values: &Vec<f32>| view! { <path class="other" d=curve::line(values, steps, &scale).0></path> };
        let others = |lanes: &Vec<Vec<f32>>| {
            let others = lanes.iter().enumerate().filter(|(lane, _)| *lane != chosen);
            others.map(|(_, values)| path(values)).collect_view()
        };
        root.activations.with(others)
    };
    let rules = move || {
        let scale = scale.get();
        let rule = |value: f32| {
            let down = format!("{:.2}", scale.down(value));
            view! { <line class:zero={value == 0.0} x1="0" x2="100" y1=down.clone() y2=down.clone() /> }
        };
        scale.ticks().into_iter().map(rule).collect_view()
    };
    let ticks = move || {
        let scale = scale.get();
        let tick = |value: f32| {
            view! { <span style:top=format!("{:.2}%", scale.down(value)) prop:textContent=tick(value)></span> }
        };
        scale.ticks().into_iter().map(tick).collect_view()
    };
    let half = move || if steps.get() > 1 { (steps.get() / 2).to_string() } else { String::new() };
    let area = move || {
        let first = 100.0 / steps.get() as f32;
        line.with(|(path, end)| end.map(|(last, _)| format!("{path}L{last:.2} 100L{first:.2} 100Z")))
    };
    let end = move || line.with(|(_, end)| end.map(|(x, y)| format!("M{x:.2} {y:.2}h0")));
    view! {
        <div class="plot" role="img" aria-label=name>
            <div class="ticks down" aria-hidden="true" translate="no">{ticks}</div>
            <div class="canvas" aria-hidden="true">
                <svg viewBox="0 0 100 100" preserveAspectRatio="none">
                    <g class="rules">{rules}</g>
                    <g>{others}</g>
                    <path class="area" d=area></path>
                    <path class="line" d=move || line.with(|(path, _)| path.clone())></path>
                    <path class="end" d=end></path>
                </svg>
            </div>
            <div class="ticks across" aria-hidden="true" translate="no">
                <span>"0"</span>
                <span prop:textContent=half></span>
                <span prop:textContent=move || steps.get().to_string()></span>
            </div>
        </div>
    }
}

/// A tick's number, as short as it can be.
fn tick(value: f32) -> String {
    let text = if value == 0.0 { "0".to_owned() } else { format!("{}", (value * 1000.0).round() / 1000.0) };
    text.replace('-', "−")
}
