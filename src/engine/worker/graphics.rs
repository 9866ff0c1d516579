//! The graphics processor, as the browser offers it.

use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::host::Host;
use crate::engine::{Graphics, choose::Adapter, device, protocol::Lack};

/// Milliseconds to the second time that a graphics adapter is asked for.
const SECOND_TRY: i32 = 500;
/// Seconds after which the browser is not waited for any longer, neither for an adapter nor for its device: a process for
/// graphics that hangs leaves promises that never settle.
const LONGEST_WAIT: u32 = 10;

/// An adapter that has answered.
pub(super) struct Answered {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    about: Adapter,
}

/// Asks the browser for a graphics adapter.
pub(super) async fn find(host: &Host) -> Result<(Adapter, Answered), Lack> {
    let gpu = Reflect::get(&host.navigator(), &"gpu".into()).unwrap_or_default();
    if gpu.is_undefined() || gpu.is_null() {
        return Err(if host.is_secure() { Lack::NoWebGpu } else { Lack::Insecure });
    }
    let descriptor = wgpu::InstanceDescriptor {
        backends: wgpu::Backends::BROWSER_WEBGPU,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let instance = wgpu::Instance::new(descriptor);
    let asked = async {
        let adapter = match device::adapter(&instance).await {
            // A browser whose own process for graphics is just starting, or starting again, has none at first.
            Err(_) => {
                host.pause(SECOND_TRY).await;
                device::adapter(&instance).await?
            }
            Ok(adapter) => adapter,
        };
        let about = Adapter::read(&adapter.get_info(), &describe(&gpu).await);
        Ok::<_, Lack>((about, adapter))
    };
    let (about, adapter) = within(host, asked).await.unwrap_or(Err(Lack::SilentAdapter(LONGEST_WAIT)))?;
    Ok((about.clone(), Answered { instance, adapter, about }))
}

/// Opens the device of an adapter.
pub(super) async fn open(host: &Host, answered: Answered) -> Result<Graphics, Lack> {
    let Answered { instance, adapter, about } = answered;
    Host::set_on_graphics(true);
    let opened = within(host, device::open(instance, adapter)).await;
    let graphics = opened.unwrap_or(Err(Lack::SilentDevice(about.name, LONGEST_WAIT)))?;
    Ok(if about.software { graphics.imitated() } else { graphics })
}

/// What the browser answers, if it does in time.
async fn within<T>(host: &Host, asked: impl Future<Output = T>) -> Option<T> {
    host.within(i32::try_from(1000 * LONGEST_WAIT).unwrap_or(i32::MAX), asked).await
}

/// Vendor and architecture of the adapter, which the browser tells and wgpu does not pass on; empty where it is silent.
async fn describe(gpu: &JsValue) -> String {
    let text = async {
        let request: js_sys::Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
        let adapter = JsFuture::from(request.call0(gpu)?.dyn_into::<Promise>()?).await?;
        let info = Reflect::get(&adapter, &"info".into())?;
        let field = |name: &str| Reflect::get(&info, &name.into()).ok().and_then(|value| value.as_string());
        let words = ["vendor", "architecture"].into_iter().filter_map(field).filter(|word| !word.is_empty());
        Ok::<_, JsValue>(words.collect::<Vec<_>>().join(" "))
    };
    text.await.unwrap_or_default()
}
