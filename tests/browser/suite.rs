//! What a person does with the page, done in a real Chromium.
//!
//! Everything below the page is tested elsewhere; these tests hold what only the whole can break: that the built site
//! works from any folder of any static host, that a run in the browser climbs and can be repeated from its address, that
//! every control is there for keyboard and screen reader, and that whatever goes wrong ends in a sentence and leaves the
//! page usable. They know the page only as a person does, by roles and names ([`page`]), so that its inside can change.
//!
//! They need Chromium, chromedriver, axe-core and the built site; without one of them they fail and say which command
//! makes it.
//! Each test has a browser with a fresh profile and a server of its own ([`browser`], [`site`]); since each also runs
//! real networks, few run at once ([`turns`]). Paths can be given in CHROMIUM, CHROMEDRIVER and DGN_DIST, and
//! DGN_SCREENSHOTS names a folder to have screenshots in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]
#![allow(dead_code, reason = "the measurements of tests/bench use the same tools, and some more of them")]

mod browser;
mod faults;
mod page;
mod probe;
mod site;
mod state;
mod turns;

mod access;
mod addresses;
mod atlas;
mod controls;
mod endurance;
mod engines;
mod files;
mod harness;
mod lanes;
mod languages;
mod large;
mod layout;
mod lessons;
mod loading;
mod networks;
mod notebook;
mod offline;
mod own;
mod parts;
mod pictures;
mod runs;
mod start;
mod threads;
mod translation;
