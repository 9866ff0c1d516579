//! What is always said in the same words: names of controls, states, and alerts that name nothing; and what is offered in
//! lists.

pub use crate::words::say::{
    labels::*,
    start::{reload, title},
};
use crate::{
    spec::{EngineChoice, PARAMETERS, Position, Preset, Start},
    words::say::labels as say,
};

/// Where the method's paper is.
pub const PAPER_ADDRESS: &str = "https://arxiv.org/abs/1605.09304";
/// The priors, as they are offered; what an address holds beside may be another.
pub const PRIORS: [&str; 9] =
    ["generator", "none", "blur", "alpha", "tv", "jitter", "tv,jitter", "patches", "centre,tv"];

/// Labels of a run's numbers, by their names.
pub fn numbers() -> [(&'static str, &'static str); PARAMETERS.len()] {
    [
        ("seed", say::number_seed()),
        ("steps", say::number_steps()),
        ("learning rate", say::number_first_rate()),
        ("final learning rate", say::number_last_rate()),
        ("decay", say::number_decay()),
        ("clip", say::number_clip()),
        ("epsilon1", say::number_pull()),
        ("epsilon3", say::number_noise()),
        ("jitter", say::number_jitter()),
        ("rescale", say::number_rescale()),
    ]
}

/// The places where a convolutional unit can be read, as they are offered.
pub fn positions() -> [(Position, &'static str); 2] {
    [(Position::Centre, say::position_centre()), (Position::Mean, say::position_mean())]
}

/// The starts, as they are offered.
pub fn starts() -> [(Start, &'static str); 7] {
    [
        (Start::Noise, say::start_noise()),
        (Start::Zeros, say::start_zeros()),
        (Start::Mean, say::start_mean()),
        (Start::NearMean, say::start_near_mean()),
        (Start::MeanImage, say::start_mean_image()),
        (Start::Image, say::start_image()),
        (Start::Last, say::start_last()),
    ]
}

/// The presets, as they are offered.
pub fn presets() -> [(Preset, &'static str); 6] {
    [
        (Preset::Default, say::preset_default()),
        (Preset::DgnAm, "DGN-AM"),
        (Preset::Ppgn, "PPGN"),
        (Preset::NoClipping, say::preset_no_clipping()),
        (Preset::OtherArchitecture, say::preset_architecture()),
        (Preset::FromPicture, say::preset_picture()),
    ]
}

/// The pictures that come with the page, by the name of their file, as they are offered.
pub fn samples() -> [(&'static str, &'static str); 2] {
    [("cat", say::sample_cat()), ("coffee", say::sample_coffee())]
}

/// The engines, as they are offered.
pub fn engines() -> [(EngineChoice, &'static str); 3] {
    [
        (EngineChoice::Auto, say::engine_auto()),
        (EngineChoice::Cpu, say::engine_cpu()),
        (EngineChoice::WebGpu, say::engine_webgpu()),
    ]
}
