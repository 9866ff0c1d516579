//! The worker as a host: the page at its other end, the clock, and its waits, each of which comes to an end.

use std::{cell::Cell, future::poll_fn, pin::pin, task::Poll};

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, WorkerNavigator};

use crate::engine::{
    EngineError,
    protocol::{Event, Work},
};

thread_local! {
    /// Whether the networks are on the graphics processor; the panic hook wants to know.
    static ON_GRAPHICS: Cell<bool> = const { Cell::new(false) };
}

/// The worker that this program runs in.
#[derive(Debug, Clone)]
pub(super) struct Host {
    scope: DedicatedWorkerGlobalScope,
}

impl Host {
    /// The worker; nothing where the program runs in something else.
    pub(super) fn here() -> Option<Self> {
        js_sys::global().dyn_into().ok().map(|scope| Self { scope })
    }

    /// Its global object.
    pub(super) fn scope(&self) -> &DedicatedWorkerGlobalScope {
        &self.scope
    }

    /// What the browser says of itself.
    pub(super) fn navigator(&self) -> WorkerNavigator {
        self.scope.navigator()
    }

    /// Whether the page came from a secure address.
    pub(super) fn is_secure(&self) -> bool {
        self.scope.is_secure_context()
    }

    /// Whether the networks are on the graphics processor.
    pub(super) fn is_on_graphics() -> bool {
        ON_GRAPHICS.get()
    }

    /// Says where the networks are from now on.
    pub(super) fn set_on_graphics(on: bool) {
        ON_GRAPHICS.set(on);
    }

    /// Sends an event to the page. A page that cannot take it is gone, and so soon is this worker.
    pub(super) fn post(&self, event: &Event) {
        if let Ok(message) = serde_wasm_bindgen::to_value(event) {
            let _ = self.scope.post_message(&message);
        }
    }

    /// Tells the page what failed, and why.
    pub(super) fn fail(&self, of: Work, error: EngineError) {
        self.post(&match error {
            EngineError::NoGraphics(lack) => Event::NoGraphics(lack),
            EngineError::Renewed => Event::Renewed,
            error => Event::Failed { of, error },
        });
    }

    /// Milliseconds since some fixed time.
    pub(super) fn now(&self) -> f64 {
        self.scope.performance().map_or_else(js_sys::Date::now, |performance| performance.now())
    }

    /// Waits for some milliseconds.
    pub(super) async fn pause(&self, milliseconds: i32) {
        let wait = Promise::new(&mut |resolve, _| {
            if self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).is_err() {
                // Without a clock there is nothing to wait for.
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        let _ = JsFuture::from(wait).await;
    }

    /// What some work comes to; nothing where that takes longer than so many milliseconds.
    pub(super) async fn within<T>(&self, milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut end) = (pin!(work), pin!(self.pause(milliseconds)));
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => end.as_mut().poll(context).map(|()| None),
        })
        .await
    }

    /// Goes back to the browser once, so that waiting messages are delivered. A message to oneself is the quickest way
    /// there: timers are held back to 4 ms, and promises never leave the current task.
    pub(super) async fn breathe(&self) {
        let Ok(channel) = MessageChannel::new() else {
            return;
        };
        let promise = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
        if channel.port2().post_message(&JsValue::NULL).is_ok() {
            let _ = JsFuture::from(promise).await;
        }
        channel.port1().close();
    }
}
