//! The graphics processor, as the browser offers it.

use burn::tensor::Device;
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::host::Host;
use crate::{
    engine::{EngineError, device, protocol},
    spec::EngineChoice,
};

/// Milliseconds to the second time that a graphics adapter is asked for.
const SECOND_TRY: i32 = 500;

/// Opens the graphics processor; unless it was asked for by name, not one that is imitated in software.
pub(super) async fn graphics(host: &Host, engine: EngineChoice) -> Result<(Device, protocol::Device), EngineError> {
    let none = |reason: &str| EngineError::NoGraphics { reason: reason.to_owned() };
    let gpu = Reflect::get(&host.navigator(), &"gpu".into()).unwrap_or_default();
    if gpu.is_undefined() || gpu.is_null() {
        return Err(if host.is_secure() {
            none("This browser offers no WebGPU.")
        } else {
            none("The browser offers WebGPU to secure addresses only (https, or this computer’s own).")
        });
    }
    let descriptor = wgpu::InstanceDescriptor {
        backends: wgpu::Backends::BROWSER_WEBGPU,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapter = match device::adapter(&instance).await {
        // A browser whose own process for graphics is just starting, or starting again, has none at first.
        Err(_) => {
            host.pause(SECOND_TRY).await;
            device::adapter(&instance).await?
        }
        found => found?,
    };
    let about = device::Adapter::read(&adapter.get_info(), &describe(&gpu).await);
    if about.software && engine == EngineChoice::Auto {
        let reason =
            format!("The only graphics adapter ({}) is a program that imitates one, which is slower.", about.name);
        return Err(none(&reason));
    }
    Host::set_on_graphics(true);
    let device = device::open(instance, adapter).await?;
    let report =
        protocol::Device { engine: EngineChoice::WebGpu, name: about.name, reason: "It was asked for.".into() };
    Ok((device, report))
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
