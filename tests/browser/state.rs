//! What the page says at a moment, read in one go so that its parts belong together.

use regex_lite::Regex;
use serde::Deserialize;

/// Everything that the page says and offers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct State {
    /// Accessible names of the pictures that are shown.
    pub pictures: Vec<String>,
    /// Texts of the live regions for status.
    pub status: Vec<String>,
    /// Texts of the alerts.
    pub alerts: Vec<String>,
    /// The buttons that are shown, in the page's order.
    pub buttons: Vec<Button>,
    /// The progress bars that are shown.
    pub progress: Vec<Progress>,
    /// All the text of the page.
    pub text: String,
    /// The page's address.
    pub address: String,
}

/// A button that is shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Button {
    /// Its name.
    pub name: String,
    /// Whether it can be pressed.
    pub enabled: bool,
}

/// A progress bar that is shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Progress {
    /// How far it is, 0 to 1; none while that is unknown.
    pub share: Option<f64>,
    /// What it says: its name, its value in words, and the text around it.
    pub text: String,
}

/// What the picture's accessible name says.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The neuron.
    pub neuron: String,
    /// The step that drew it, from 1.
    pub step: u32,
    /// Steps that the run takes.
    pub steps: u32,
    /// The activation, for an output neuron its logit.
    pub activation: f64,
}

/// Collects a [`State`]. Reads attributes instead of asking the browser for computed names, as it is called often and
/// must not keep the page's thread busy; that computed names are what they should be has a test of its own.
pub const COLLECT: &str = r#"
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
const clean = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const name = (element) => {
  const by = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => id && document.getElementById(id)?.textContent);
  return clean(element.getAttribute("aria-label") ?? (by.join(" ").trim() || element.textContent || element.title));
};
const texts = (selector) => all(selector).map((element) => clean(element.innerText)).filter((text) => text !== "");
const number = (element, name) => element.hasAttribute(name) ? Number(element.getAttribute(name)) : null;
const progress = (element) => {
  const native = element instanceof HTMLProgressElement;
  const value = number(element, native ? "value" : "aria-valuenow");
  const low = native ? 0 : number(element, "aria-valuemin") ?? 0;
  const high = number(element, native ? "max" : "aria-valuemax") ?? (native ? 1 : 100);
  const around = element.parentElement?.innerText;
  return {
    share: value === null ? null : (value - low) / (high - low),
    text: clean([name(element), element.getAttribute("aria-valuetext"), around].join(" ")),
  };
};
return {
  pictures: all("[role=img]").map(name),
  status: texts("[role=status], output"),
  alerts: texts("[role=alert]"),
  buttons: all("button, [role=button]").map((button) => ({
    name: name(button),
    enabled: !button.disabled && button.getAttribute("aria-disabled") !== "true",
  })),
  progress: all("progress, [role=progressbar]").map(progress),
  text: clean(document.body?.innerText),
  address: location.href,
};
"#;

impl State {
    /// The picture of the run, once there is one.
    pub fn picture(&self) -> Option<Picture> {
        self.pictures.iter().find_map(|name| Picture::parse(name))
    }

    /// Whether that button is shown and can be pressed.
    pub fn offers(&self, button: &str) -> bool {
        self.buttons.iter().any(|shown| shown.name == button && shown.enabled)
    }

    /// Everything said to the person, alerts first.
    pub fn said(&self) -> String {
        self.alerts.iter().chain(&self.status).map(String::as_str).collect::<Vec<_>>().join(" | ")
    }

    /// The state in the lines that help to see why a test failed.
    pub fn describe(&self) -> String {
        let buttons: Vec<_> = self
            .buttons
            .iter()
            .map(|button| if button.enabled { button.name.clone() } else { format!("({})", button.name) })
            .collect();
        let text: String = self.text.chars().take(1500).collect();
        format!(
            "address: {}\npictures: {:?}\nalerts: {:?}\nstatus: {:?}\nprogress: {:?}\nbuttons: {}\ntext: {text}",
            self.address,
            self.pictures,
            self.alerts,
            self.status,
            self.progress,
            buttons.join(", "),
        )
    }
}

impl Picture {
    /// Reads the accessible name of a picture, as in “Preferred image of goldfish (n01443537), step 40 of 100, activation
    /// 31.2”, whatever stands around the parts that matter.
    pub fn parse(name: &str) -> Option<Self> {
        let steps = Regex::new(r"(?i)\bstep\s+(\d+)\s*(?:of|/)\s*(\d+)").ok()?.captures(name)?;
        let activation = Regex::new(r"(?i)\bactivation\s+([-−]?\d+(?:\.\d+)?)").ok()?.captures(name)?;
        let before = &name[..steps.get(0)?.start()];
        let neuron = Regex::new(r"(?i)^.*?\bimage of\s+").ok()?.replace(before, "");
        Some(Self {
            neuron: neuron.trim_matches(|c: char| c.is_whitespace() || c == ',').to_owned(),
            step: steps[1].parse().ok()?,
            steps: steps[2].parse().ok()?,
            activation: activation[1].replace('−', "-").parse().ok()?,
        })
    }

    /// Whether the run has taken all its steps.
    pub fn is_last(&self) -> bool {
        self.step == self.steps
    }
}

#[test]
fn a_picture_is_read_from_its_name() {
    let picture = Picture::parse("Preferred image of goldfish (n01443537), step 40 of 100, activation −31.2").unwrap();
    assert_eq!(picture, Picture { neuron: "goldfish (n01443537)".into(), step: 40, steps: 100, activation: -31.2 });
    assert_eq!(Picture::parse("No picture yet"), None);
}
