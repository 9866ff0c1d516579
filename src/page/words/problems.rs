//! What the page says where something is wrong with an address, a value or a file.

use super::{MORE, megabytes};

/// Alert: the address asks for a pack that cannot be opened.
pub fn other_pack(name: &str, default: &str, problem: &str) -> String {
    format!("The address asks for the model pack “{name}”, but here is “{default}”. {problem}")
}

/// Alert: the address asks for something impossible.
pub fn refused(problem: &str) -> String {
    format!("The address asks for a run that cannot be. {problem} Here are the defaults instead.")
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
pub fn unusable(address: &str, reason: &str) -> String {
    format!(
        "The file {address} cannot be used: {reason}. Put the pack’s own there; the rest of the page goes on without."
    )
}
