//! What the page says where something is wrong with an address, a value or a file.

use super::{engine_stopped, lack, megabytes, more, renewed, seeds, small_pack};
pub use crate::words::{
    manifest,
    say::{
        problems::{a_page_instead, missing, no_room_to_judge, other_pack, refused, unreachable},
        start::status,
    },
    spec,
};
use crate::{
    engine::{
        EngineError,
        protocol::{End, Lack},
    },
    pack::ExamplesError,
    words::{
        self, Reader, listed,
        say::{joints, problems as say},
    },
};

/// The page's visitor.
struct Visitor;

impl Reader for Visitor {
    fn digest(file: &str) -> String {
        say::digest(&file)
    }

    fn page(file: &str, place: Option<&str>) -> String {
        place.map_or_else(|| say::page_here(&file), |place| say::page_at(&file, &place))
    }

    fn no_graphics(lack: &Lack) -> String {
        no_graphics(lack)
    }

    fn lost(reason: &str) -> String {
        say::lost(&reason)
    }

    fn unread(reason: &str) -> String {
        say::unread(&reason)
    }

    fn renewed() -> String {
        renewed().into()
    }
}

/// Alert: something went wrong in the engine.
pub fn failed(error: &EngineError) -> String {
    words::engine::<Visitor>(error)
}

/// Alert: there is no engine, or no more; `browsers` are the oldest that it starts in.
pub fn ended(end: &End, browsers: &str) -> String {
    match end {
        End::NoWorker => say::no_worker(&browsers),
        End::Missing(file) => say::engine_lacks(file),
        End::Page(file) => say::engine_page(file),
        End::Status(file, found) => say::engine_unreachable(file, &status(found)),
        End::Unreachable(file, reason) => say::engine_unreachable(file, reason),
        End::Broken(reason) => say::engine_broken(reason),
        End::Fault { .. } => say::engine_fault().to_owned(),
        End::Unknown => engine_stopped().to_owned(),
    }
}

/// Alert: the address holds what means nothing here; the run goes on without.
pub fn unknown(keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| joints::quoted(key)).collect();
    say::unknown(&listed(&keys))
}

/// Alert: a value under “More” is wrong.
pub fn wrong_setting(problem: &str) -> String {
    say::wrong_setting(&more(), &problem)
}

/// Alert: a file is too large to be what it should be.
pub fn too_large(address: &str, limit: u64) -> String {
    say::too_large(&address, &megabytes(limit))
}

/// Alert: a file of a pack does not hold what it should.
pub fn unusable(address: &str, error: &ExamplesError) -> String {
    say::unusable(&address, &words::examples(error))
}

/// Alert: WebGPU was asked for by name.
pub fn no_graphics(lack: &Lack) -> String {
    say::no_graphics(&self::lack(lack))
}

/// Alert: the browser gave the engine no more memory for a run of so many pictures at once; `smaller` is whether there are
/// smaller networks.
pub fn out_of_memory(pictures: usize, smaller: bool) -> String {
    say::out_of_memory(&less_memory(pictures, smaller))
}

/// Alert: a run of so many pictures at once would need more memory than there may be, both in bytes.
pub fn too_much_memory(needed: u64, most: u64, pictures: usize, smaller: bool) -> String {
    say::too_much_memory(&megabytes(needed), &megabytes(most), &less_memory(pictures, smaller))
}

/// What takes less memory than a run of so many pictures at once.
fn less_memory(pictures: usize, smaller: bool) -> String {
    let fewer = (pictures > 1).then(|| say::fewer_pictures(&pictures, &seeds(), &more()));
    let smaller = smaller.then(|| say::smaller_networks(&small_pack()));
    match (fewer, smaller) {
        (Some(fewer), Some(smaller)) => say::less_for_either(&fewer, &smaller),
        (Some(less), None) | (None, Some(less)) => say::less_for(&less),
        (None, None) => say::least_possible().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::words::title;

    #[test]
    fn what_needs_less_memory_is_named_only_where_there_is_less() {
        let sentence = out_of_memory(9, true);
        assert!(sentence.contains("in place of 9") && sentence.contains(small_pack()), "{sentence}");
        let sentence = out_of_memory(9, false);
        assert!(sentence.contains("in place of 9") && !sentence.contains(small_pack()), "{sentence}");
        let sentence = out_of_memory(1, true);
        assert!(!sentence.contains("in place of") && sentence.contains(small_pack()), "{sentence}");
        let sentence = too_much_memory(3 << 30, 2 << 30, 9, true);
        assert!(
            sentence.contains("3221.2 MB") && sentence.contains("in place of 9") && sentence.contains(small_pack())
        );
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
        assert!(page.contains(&format!("<h1>{}</h1>", title())));
    }
}
