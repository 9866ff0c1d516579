//! What the page says where something is wrong with an address, a value or a file.

use super::{ENGINE_STOPPED, MORE, RENEWED, SEEDS, SMALL_PACK, lack, megabytes};
pub use crate::words::{manifest, spec};
use crate::{
    engine::{
        EngineError,
        protocol::{End, Lack},
    },
    pack::ExamplesError,
    words::{self, Reader},
};

/// The page's visitor.
struct Visitor;

impl Reader for Visitor {
    fn digest(file: &str) -> String {
        format!(
            "The file {file} is damaged or of another version: its sha256 is not the one that the pack states. Reload the \
             page, or put the pack's folder there as a whole."
        )
    }

    fn page(file: &str, place: Option<&str>) -> String {
        let place = place.map(|place| format!("the address {place}"));
        format!(
            "The server answered with a web page instead of the file {file}: {} does not hold the pack, or the host asks \
             for something first. Check how the site is hosted.",
            place.as_deref().unwrap_or("this address")
        )
    }

    fn no_graphics(lack: &Lack) -> String {
        no_graphics(lack)
    }

    fn lost(reason: &str) -> String {
        format!(
            "The graphics processor was lost ({reason}). Nothing that was drawn is lost; press Run to go on with the CPU \
             engine, or reload the page to try WebGPU again."
        )
    }

    fn unread(reason: &str) -> String {
        format!("The engine could not read its results: {reason}. Press Run to try again.")
    }

    fn renewed() -> String {
        RENEWED.into()
    }
}

/// Alert: something went wrong in the engine.
pub fn failed(error: &EngineError) -> String {
    words::engine::<Visitor>(error)
}

/// Alert: there is no engine, or no more; `browsers` are the oldest that it starts in.
pub fn ended(end: &End, browsers: &str) -> String {
    match end {
        End::NoWorker => format!(
            "The engine could not be started: its script (worker.js) did not arrive, or this browser is too old for it. \
             Check the connection and press Run, or take {browsers}, or anything newer."
        ),
        End::Missing(file) => format!(
            "The engine’s file {file} is missing on the server. The site has to be put there as a whole; then press Run."
        ),
        End::Page(file) => format!(
            "The server answered with a web page instead of the engine’s file {file}. Check how the site is hosted, then \
             press Run."
        ),
        End::Status(file, status) => no_file(file, &self::status(*status)),
        End::Unreachable(file, reason) => no_file(file, reason),
        End::Broken(reason) => format!(
            "The engine could not be started: {reason}. A file may not have arrived whole; press Run to fetch it again."
        ),
        End::Fault { .. } => "The engine stopped over a fault of its own. Press Run to start it again.".to_owned(),
        End::Unknown => ENGINE_STOPPED.to_owned(),
    }
}

fn no_file(file: &str, reason: &str) -> String {
    format!("The engine’s file {file} could not be fetched: {reason}. Check the connection, then press Run.")
}

/// Alert: the address asks for a pack that cannot be opened.
pub fn other_pack(name: &str, default: &str, problem: &str) -> String {
    format!("The address asks for the model pack “{name}”, but here is “{default}”. {problem}")
}

/// Alert: the address asks for something impossible.
pub fn refused(problem: &str) -> String {
    format!("The address asks for a run that cannot be. {problem} Here are the defaults instead.")
}

/// Alert: the address holds what means nothing here; the run goes on without.
pub fn unknown(keys: &[String]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| format!("“{key}”")).collect();
    format!("The address also holds what means nothing here, and was left out: {}.", keys.join(", "))
}

/// Alert: a value under “More” is wrong.
pub fn wrong_setting(problem: &str) -> String {
    format!("A value under “{MORE}” cannot be used. {problem}")
}

/// Alert: a file is not there.
pub fn missing(address: &str) -> String {
    format!("There is no file at {address}. The site’s files have to be put there as a whole; then reload the page.")
}

/// Alert: a file could not be fetched.
pub fn unreachable(address: &str, reason: &str) -> String {
    format!("The file {address} could not be fetched: {reason}. Check the connection, then reload the page.")
}

/// Alert: an HTML page came in place of a file.
pub fn a_page_instead(address: &str) -> String {
    format!(
        "The server answered with a web page instead of the file {address}: that address does not hold the pack, \
         or the host asks for something first. Check how the site is hosted, then reload the page."
    )
}

/// Alert: a file is too large to be what it should be.
pub fn too_large(address: &str, limit: u64) -> String {
    let limit = megabytes(limit);
    format!("The file {address} is larger than {limit}, so it is not the pack’s. Put the pack’s own there.")
}

/// The reason given for a status that is not a success.
pub fn status(status: u16) -> String {
    format!("the server answered with status {status}")
}

/// Alert: a file of a pack does not hold what it should.
pub fn unusable(address: &str, error: &ExamplesError) -> String {
    format!(
        "The file {address} cannot be used: {}. Put the pack’s own there; the rest of the page goes on without.",
        words::examples(error)
    )
}

/// Alert: WebGPU was asked for by name.
pub fn no_graphics(lack: &Lack) -> String {
    format!("{} Press Run to go on with the CPU engine, which runs everywhere.", self::lack(lack))
}

/// Alert: the browser gave the engine no more memory for a run of so many pictures at once; `smaller` is whether there are
/// smaller networks.
pub fn out_of_memory(pictures: usize, smaller: bool) -> String {
    let less = less_memory(pictures, smaller);
    format!("The browser gives the engine no more memory, so the run has ended. {less} Then press Run.")
}

/// Alert: a run of so many pictures at once would need more memory than there may be, both in bytes.
pub fn too_much_memory(needed: u64, most: u64, pictures: usize, smaller: bool) -> String {
    let (needed, most, less) = (megabytes(needed), megabytes(most), less_memory(pictures, smaller));
    format!("This run needs about {needed} of memory, and a page has no more than {most}. {less} Then press Run.")
}

/// Alert: the run is done, and there is no memory for the network of that title to judge it.
pub fn no_room_to_judge(judge: &str) -> String {
    format!(
        "The pictures are done. {judge} was to say what it sees in them, but the browser gives no memory for it. Set less \
         beside the run, or close other pages and programs, and press Run."
    )
}

/// What takes less memory than a run of so many pictures at once.
fn less_memory(pictures: usize, smaller: bool) -> String {
    let fewer =
        (pictures > 1).then(|| format!("one picture at once in place of {pictures} (“{SEEDS}”, under “{MORE}”)"));
    let smaller = smaller.then(|| format!("the smaller networks (“{SMALL_PACK}”)"));
    match (fewer, smaller) {
        (Some(fewer), Some(smaller)) => format!("Less is needed for {fewer}, and for {smaller}."),
        (Some(less), None) | (None, Some(less)) => format!("Less is needed for {less}."),
        (None, None) => "This is as little as the networks need: close other pages and programs.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::words::TITLE;

    #[test]
    fn what_needs_less_memory_is_named_only_where_there_is_less() {
        let sentence = out_of_memory(9, true);
        assert!(sentence.contains("in place of 9") && sentence.contains(SMALL_PACK), "{sentence}");
        let sentence = out_of_memory(9, false);
        assert!(sentence.contains("in place of 9") && !sentence.contains(SMALL_PACK), "{sentence}");
        let sentence = out_of_memory(1, true);
        assert!(!sentence.contains("in place of") && sentence.contains(SMALL_PACK), "{sentence}");
        let sentence = too_much_memory(3 << 30, 2 << 30, 9, true);
        assert!(sentence.contains("3221.2 MB") && sentence.contains("in place of 9") && sentence.contains(SMALL_PACK));
        let sentence = out_of_memory(1, false);
        assert!(sentence.contains("memory") && sentence.contains("close other pages"), "{sentence}");
    }

    /// They stand in index.html, for whoever says them while the page runs, and in the README, for who reads before.
    #[test]
    fn the_oldest_browsers_are_named_in_one_way() {
        let page = include_str!("../../../index.html");
        let (_, after) = page.split_once("<meta name=\"browsers\" content=\"").unwrap();
        let browsers = after.split('"').next().unwrap();
        assert!(browsers.contains("Firefox 1"), "{browsers}");
        let readme = include_str!("../../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(readme.contains(browsers), "{browsers}");
        for script in [include_str!("../../../public/start.js"), include_str!("../../../public/worker.js")] {
            assert!(!script.contains("Firefox"));
        }
    }

    #[test]
    fn the_page_has_its_heading_before_its_program_is_there() {
        let page = include_str!("../../../index.html");
        assert!(page.contains(&format!("<h1>{TITLE}</h1>")));
    }
}
