//! Who is connected: so many at once and no more, and nobody who keeps others waiting.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::sleep,
};
use tokio_io_timeout::TimeoutStream;

use super::site::Site;

/// How many connections there may be at once: a browser has six, a class thirty browsers. Each may have a file open, and
/// systems give a program 1024 files and connections together.
const MAX_CONNECTIONS: usize = 256;
/// How long somebody may take to ask, or take nothing of the answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before the next connection where this computer had no room for one.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers everybody who connects, for ever.
///
/// # Errors
/// Where nobody can be counted any more, which does not happen.
pub(super) async fn accept(listener: &TcpListener, site: Site) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let place = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
        let Ok((stream, _)) = listener.accept().await else {
            // Whoever went away meanwhile, or too many open files; neither is for ever.
            sleep(PAUSE).await;
            continue;
        };
        let site = site.clone();
        tokio::spawn(async move {
            serve(stream, site).await;
            drop(place);
        });
    }
}

/// Answers one browser until it has no more questions, or takes too long.
async fn serve(stream: TcpStream, site: Site) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(PATIENCE));
    let answer = service_fn(|request| {
        let site = site.clone();
        async { Ok::<_, Infallible>(site.answer(request).await) }
    });
    let mut connection = http1::Builder::new();
    connection.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    // A browser that goes away in the midst of an answer is no failure.
    let _ = connection.serve_connection(TokioIo::new(Box::pin(stream)), answer).await;
}
