//! Pictures as plain data, as page and engine hand them to each other.

use serde::{Deserialize, Serialize};

/// An image as the browser has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pixels {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pixels from the top left, four bytes each: red, green, blue, alpha.
    #[serde(with = "serde_bytes")]
    pub rgba: Vec<u8>,
}

/// A picture and what the classifier makes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pixels from the top left, four bytes each: red, green, blue, alpha.
    #[serde(with = "serde_bytes")]
    pub rgba: Vec<u8>,
    /// The objective: the weighted sum of the units' activations.
    pub activation: f32,
    /// The classifier's five likeliest classes, likeliest first.
    pub top: Vec<Guess>,
}

/// A class that the classifier sees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// Index of the output unit.
    pub class: u32,
    /// Softmax probability, 0..=1.
    pub probability: f32,
    /// Logit.
    pub logit: f32,
}
