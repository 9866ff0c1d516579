//! Measurements inside the page that no role or name tells: pixels, rectangles, the focus order, the page's thread.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::page::Page;

/// Pixels of the picture, from the top left, red, green, blue and alpha each.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Pixels {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four values a pixel.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// The largest difference of any value, 0 to 255.
    pub fn difference(&self, other: &Self) -> u8 {
        assert_eq!((self.width, self.height), (other.width, other.height), "the pictures differ in size");
        self.rgba.iter().zip(&other.rgba).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
    }

    /// Whether all pixels are alike, as in a picture that was never drawn.
    pub fn is_blank(&self) -> bool {
        self.rgba.chunks(4).all(|pixel| pixel == &self.rgba[..4])
    }
}

/// A place on the screen, in CSS pixels from the top left of what is seen.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    /// What is there.
    pub name: String,
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

const PIXELS: &str = r#"
const picture = [...document.querySelectorAll("[role=img]")].find((element) => /step \d/i.test(element.ariaLabel ?? ""));
const canvas = picture?.matches("canvas") ? picture : picture?.querySelector("canvas");
if (!canvas) return null;
const { width, height } = canvas;
const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
return { width, height, rgba: [...data] };
"#;

const WATCH: &str = r#"
window.watchedFrom = performance.now();
window.longTasks = [];
window.longTaskObserver = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
});
window.longTaskObserver.observe({ type: "longtask" });
"#;

const WATCHED: &str = r#"
for (const entry of window.longTaskObserver.takeRecords()) window.longTasks.push(entry.duration);
window.longTaskObserver.disconnect();
const busy = window.longTasks.reduce((sum, duration) => sum + duration, 0);
return busy / (performance.now() - window.watchedFrom);
"#;

const PLACES: &str = r#"
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
return [...document.querySelectorAll(arguments[0])].filter(shown).map((element) => {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const name = element.ariaLabel ?? element.innerText ?? "";
  return { name: name.trim().slice(0, 60), left, top, right, bottom };
});
"#;

// Options of a listbox are reached by arrow keys, and of a group of radio buttons one is enough.
const CONTROLS: &str = r#"
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
const selector = "button, input:not([type=hidden]), select, textarea, a[href], summary, [tabindex='0']";
window.controls = [...document.querySelectorAll(selector)].filter((element) =>
  shown(element) && !element.disabled && element.getAttribute("role") !== "option" && !element.closest("[role=option]")
  && !(element.type === "radio" && !element.checked));
document.activeElement?.blur?.();
window.focused = [];
window.scrollTo(0, 0);
const describe = (element) => element.outerHTML.slice(0, 160);
return window.controls.map(describe);
"#;

const FOCUSED: &str = r#"
window.focused.push(document.activeElement);
return document.activeElement === document.body ? null : document.activeElement.outerHTML.slice(0, 160);
"#;

const UNREACHED: &str = r#"
return window.controls.filter((element) => !window.focused.includes(element)).map((element) => element.outerHTML.slice(0, 160));
"#;

impl Page {
    /// Pixels of the picture as it is stored, whatever size it is shown at.
    pub async fn pixels(&self) -> Pixels {
        let pixels: Option<Pixels> = self.measure(PIXELS, vec![]).await;
        pixels.expect("the page shows no picture on a canvas")
    }

    /// Begins to watch for tasks that keep the page's thread busy for more than 50 ms.
    pub async fn watch_thread(&self) {
        self.run_script(WATCH, vec![]).await;
    }

    /// The share of the time since the watch began that went into such tasks. Ends the watch.
    pub async fn busy_share(&self) -> f64 {
        self.measure(WATCHED, vec![]).await
    }

    /// Places of all shown elements of a selector.
    pub async fn places(&self, selector: &str) -> Vec<Place> {
        self.measure(PLACES, vec![json!(selector)]).await
    }

    /// Presses Tab through the whole page and gives back the controls that never had the focus.
    pub async fn unreachable_by_tab(&self) -> Vec<String> {
        let controls: Vec<String> = self.measure(CONTROLS, vec![]).await;
        assert!(!controls.is_empty(), "the page has no controls");
        for _ in 0..controls.len() + 5 {
            self.keys("\u{e004}").await;
            self.run_script(FOCUSED, vec![]).await;
        }
        self.measure(UNREACHED, vec![]).await
    }

    async fn measure<T: DeserializeOwned>(&self, script: &str, arguments: Vec<serde_json::Value>) -> T {
        let answer = self.run_script(script, arguments).await;
        serde_json::from_value(answer).expect("the script gave back something else")
    }
}
