//! Everything that a static host, or the way to it, can do to a file.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use futures_util::stream;

/// What happens to a file on its way to the browser.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is not there: 404.
    Missing,
    /// Only half of it was put on the server; the answer is sound, but short.
    Truncated,
    /// The connection ends in the middle.
    Broken,
    /// Half of it arrives, and then nothing, for good.
    Stalled,
    /// It arrives in pieces of so many bytes, with a pause before each.
    Slow(usize, Duration),
    /// One byte in the middle is another.
    Flipped,
    /// The server answers with a page for people and status 200, as one that redirects everything to its start page.
    Html,
    /// It arrives as the type that a host gives to what it does not know.
    Typeless,
    /// It holds this instead.
    Replaced(Vec<u8>),
    /// It is a script, and this one runs before it.
    Prepended(String),
}

const START_PAGE: &str = "<!doctype html><title>Welcome</title><p>Please sign in.</p>";

impl Fault {
    /// The answer to a request for a file of that content, or its absence.
    pub fn answer(self, content: Option<Vec<u8>>, content_type: &str) -> Response {
        let content = content.unwrap_or_default();
        let half = content.len() / 2;
        let sound = |body: Body| ([(CONTENT_TYPE, content_type.to_owned())], body).into_response();
        match self {
            Self::Missing => (StatusCode::NOT_FOUND, "not here").into_response(),
            Self::Truncated => sound(content[..half].to_vec().into()),
            Self::Broken => {
                announced(content_type, content.len(), Body::from_stream(breaking(content[..half].to_vec())))
            }
            Self::Stalled => {
                announced(content_type, content.len(), Body::from_stream(stalling(content[..half].to_vec())))
            }
            Self::Slow(piece, pause) => {
                announced(content_type, content.len(), Body::from_stream(dripping(content, piece.max(1), pause)))
            }
            Self::Flipped => {
                let mut content = content;
                if let Some(byte) = content.get_mut(half) {
                    *byte ^= 0xff;
                }
                sound(content.into())
            }
            Self::Html => ([(CONTENT_TYPE, "text/html; charset=utf-8")], START_PAGE).into_response(),
            Self::Typeless => ([(CONTENT_TYPE, "application/octet-stream")], content).into_response(),
            Self::Replaced(body) => sound(body.into()),
            Self::Prepended(script) => sound([script.into_bytes(), b"\n".to_vec(), content].concat().into()),
        }
    }
}

/// An answer that says how long it will be.
fn announced(content_type: &str, length: usize, body: Body) -> Response {
    ([(CONTENT_TYPE, content_type.to_owned()), (CONTENT_LENGTH, length.to_string())], body).into_response()
}

fn breaking(bytes: Vec<u8>) -> impl stream::Stream<Item = std::io::Result<Vec<u8>>> {
    stream::unfold(Some(bytes), async |bytes| match bytes {
        Some(bytes) => Some((Ok(bytes), None)),
        None => {
            // What was sent has to be on its way before the connection ends.
            tokio::time::sleep(Duration::from_millis(200)).await;
            Some((Err(std::io::Error::other("the connection is gone")), None))
        }
    })
}

fn stalling(bytes: Vec<u8>) -> impl stream::Stream<Item = std::io::Result<Vec<u8>>> {
    stream::unfold(Some(bytes), async |bytes| match bytes {
        Some(bytes) => Some((Ok(bytes), None)),
        None => std::future::pending().await,
    })
}

fn dripping(bytes: Vec<u8>, piece: usize, pause: Duration) -> impl stream::Stream<Item = std::io::Result<Vec<u8>>> {
    stream::unfold(bytes, move |mut bytes| async move {
        if bytes.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let rest = bytes.split_off(piece.min(bytes.len()));
        Some((Ok(bytes), rest))
    })
}
