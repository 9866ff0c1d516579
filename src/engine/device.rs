//! The devices that the networks run on. Which of them they do is decided in [`choose`](super::choose).

use burn::tensor::Device;
use burn_wgpu::{RuntimeOptions, WgpuSetup, try_init_device};

use super::{
    Graphics,
    choose::Adapter,
    protocol::{self, Hardware, Lack, Reason},
};
use crate::spec::EngineChoice;

impl Adapter {
    /// Reads an adapter: it is software when it says so, or when it bears the name of a known software renderer.
    pub fn read(info: &wgpu::AdapterInfo, description: &str) -> Self {
        let name = if info.name.is_empty() { description } else { &info.name };
        let text = format!("{} {} {description}", info.name, info.driver).to_lowercase();
        let imitation = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render", "warp"];
        Self {
            name: name.to_owned(),
            software: info.device_type == wgpu::DeviceType::Cpu || imitation.iter().any(|word| text.contains(word)),
        }
    }
}

/// The CPU engine: Burn's flex backend.
pub fn cpu() -> Device {
    Device::flex()
}

/// The CPU engine as the page and the command line are told of it, with so many threads.
pub fn cpu_report(threads: usize, reason: Reason) -> protocol::Device {
    let hardware = if cfg!(target_arch = "wasm32") { Hardware::Wasm(threads) } else { Hardware::Threads(threads) };
    protocol::Device { engine: EngineChoice::Cpu, hardware, reason }
}

/// Opens the graphics engine natively: the fastest adapter of any graphics interface.
///
/// # Errors
/// [`Lack`] where there is none.
#[cfg(feature = "native")]
pub async fn graphics() -> Result<(Graphics, protocol::Device), Lack> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = adapter(&instance).await?;
    let info = adapter.get_info();
    let about = Adapter::read(&info, "");
    let device = open(instance, adapter).await?;
    let hardware = Hardware::Adapter(format!("{} ({:?})", about.name, info.backend).trim_start().to_owned());
    Ok((device, protocol::Device { engine: EngineChoice::WebGpu, hardware, reason: Reason::Asked }))
}

/// Asks for an adapter, the fastest one there is.
///
/// # Errors
/// [`Lack::NoAdapter`] where there is none.
pub async fn adapter(instance: &wgpu::Instance) -> Result<wgpu::Adapter, Lack> {
    let options =
        wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
    instance.request_adapter(&options).await.map_err(|_| Lack::NoAdapter)
}

/// Opens a device on an adapter with all that the adapter allows, for Burn and for kernels of our own.
///
/// # Errors
/// [`Lack::Refused`] where the adapter refuses.
pub async fn open(instance: wgpu::Instance, adapter: wgpu::Adapter) -> Result<Graphics, Lack> {
    let refused = |reason: String| Lack::Refused(reason.trim_end_matches('.').to_owned());
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("dgn"),
        required_features: wanted(adapter.features()),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    };
    let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| refused(error.to_string()))?;
    let backend = adapter.get_info().backend;
    let options = RuntimeOptions::try_default().map_err(|error| refused(error.to_string()))?;
    let (raw, own) = (device.clone(), queue.clone());
    let device = try_init_device(WgpuSetup { instance, adapter, device, queue, backend }, options)
        .map_err(|error| refused(error.to_string()))?;
    Ok(Graphics::new(Device::from(device), &raw, own))
}

/// The features that are asked for, of those an adapter has: all but mapping memory in place, which is for unified memory
/// only and slows other adapters down, and but those that an adapter gives only to programs that take unsafe risks.
fn wanted(features: wgpu::Features) -> wgpu::Features {
    features - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS - wgpu::Features::all_experimental_mask()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_adapter_would_refuse_is_not_asked_for() {
        let features = wanted(wgpu::Features::all());
        assert!(!features.contains(wgpu::Features::EXPERIMENTAL_RAY_TRACING_PIPELINES));
        assert!(!features.intersects(wgpu::Features::all_experimental_mask()));
        assert!(features.contains(wgpu::Features::SUBGROUP | wgpu::Features::SHADER_F16));
    }

    fn info(name: &str, device_type: wgpu::DeviceType) -> wgpu::AdapterInfo {
        wgpu::AdapterInfo { name: name.into(), ..wgpu::AdapterInfo::new(device_type, wgpu::Backend::Vulkan) }
    }

    #[test]
    fn imitations_are_recognised_by_type_or_name() {
        let software = |name, kind, description| Adapter::read(&info(name, kind), description).software;
        assert!(software("llvmpipe (LLVM 15.0.6, 256 bits)", wgpu::DeviceType::Other, ""));
        assert!(software("", wgpu::DeviceType::Other, "google swiftshader"));
        assert!(software("anything", wgpu::DeviceType::Cpu, ""));
        assert!(!software("NVIDIA H200", wgpu::DeviceType::DiscreteGpu, "nvidia hopper"));
    }
}
