//! The site's files as answers: of one folder and of nothing outside it, never a list of what is there.

use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
};

use http_body_util::{Either, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS},
};
use tower_http::services::fs::{
    Backend, DefaultServeDirFallback, ServeDir, ServeFileSystemResponseBody, TokioBackend, TokioFile,
};

/// What goes with every answer. The first two isolate the page from other origins: browsers give threads only to pages that
/// are. The browser asks each time whether what it keeps is still the same, so that no old file meets a new one.
const HEADERS: [(HeaderName, &str); 6] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (CACHE_CONTROL, "no-cache"),
    (VARY, "accept-encoding"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// A file, or a sentence.
type Body = Either<ServeFileSystemResponseBody, Full<Bytes>>;

/// A folder with a site, whose files are answers.
#[derive(Debug, Clone)]
pub(super) struct Site {
    files: ServeDir<DefaultServeDirFallback, Within>,
}

impl Site {
    /// Of a file that lies there packed beside itself (`.gz`) browsers are sent what is packed.
    ///
    /// # Errors
    /// Where the folder cannot be found.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        let files = ServeDir::with_backend(folder.clone(), Within { folder }).precompressed_gzip();
        Ok(Self { files })
    }

    /// The answer to a request.
    pub(super) async fn answer(mut self, request: Request<Incoming>) -> Response<Body> {
        let is_head = request.method() == Method::HEAD;
        let answer = self.files.try_call(request).await;
        let mut answer = match answer.map_err(|error| error.kind()) {
            Ok(answer) => match sentence(answer.status()) {
                Some(said) => with_sentence(answer, said, is_head),
                None => answer.map(Either::Left),
            },
            Err(kind) => {
                let status = match kind {
                    io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => {
                        StatusCode::NOT_FOUND
                    }
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                let mut answer = Response::new(());
                *answer.status_mut() = status;
                with_sentence(answer, sentence(status).unwrap_or_default(), is_head)
            }
        };
        for (name, value) in HEADERS {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }
}

/// What is said in place of a file.
fn sentence(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::NOT_FOUND => Some("There is no such file in this site.\n"),
        StatusCode::METHOD_NOT_ALLOWED => Some("This server only gives files away.\n"),
        StatusCode::INTERNAL_SERVER_ERROR => Some("The file could not be read on the server.\n"),
        _ => None,
    }
}

fn with_sentence<T>(answer: Response<T>, said: &'static str, is_head: bool) -> Response<Body> {
    let mut answer = answer.map(|_| Either::Right(if is_head { Full::default() } else { Full::from(said) }));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(said.len()));
    answer
}

/// The files of a folder, and not what links in it lead to outside: those are as good as absent.
#[derive(Debug, Clone)]
struct Within {
    folder: PathBuf,
}

impl Within {
    /// Where a path really leads.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let real = path.canonicalize()?;
        if real.starts_with(&self.folder) { Ok(real) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

/// What comes of a file later.
type Later<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl Backend for Within {
    type File = TokioFile;
    type Metadata = std::fs::Metadata;
    type OpenFuture = Later<TokioFile>;
    type MetadataFuture = Later<std::fs::Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        match self.resolve(&path) {
            Ok(real) => TokioBackend.open(real),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        match self.resolve(&path) {
            Ok(real) => TokioBackend.metadata(real),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}
