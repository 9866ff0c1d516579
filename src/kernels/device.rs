//! A plan on a wgpu device.
//!
//! Everything is made once: pipelines, of which launches with the same program share one, buffers, bind groups. A step is one
//! compute pass in one submit; what is asked for is copied in the same submit, so that steps may be sent without waiting for the
//! ones before.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use futures_channel::oneshot;
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingType, Buffer, BufferBindingType, BufferDescriptor, BufferUsages, CommandEncoder, CommandEncoderDescriptor,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device, ErrorFilter, ErrorScopeGuard, MapMode,
    PipelineCompilationOptions, PipelineLayoutDescriptor, Queue, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use super::{
    launch::{Contents, Launch, Operand},
    plan::{Plan, Port},
};
use crate::nets::weights::{Weights, WeightsError};

/// Bytes of a value.
const BYTES: u64 = size_of::<f32>() as u64;

/// Why a plan cannot be run on a device.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum DeviceError {
    /// The weights are others than the plan's networks have.
    Weights(#[from] WeightsError),
    /// No weights for one of the chain's links.
    NoWeights {
        /// Which one.
        link: usize,
    },
    /// The device has not the memory.
    Memory {
        /// What it said.
        said: String,
    },
    /// The device refuses something else.
    Refused {
        /// What it said.
        said: String,
    },
    /// Nothing could be read back: the device is lost.
    Unread,
    /// The plan has no such port.
    NoPort(Port),
    /// Another number of values than a port has.
    Values {
        /// The port.
        port: Port,
        /// How many were given.
        found: usize,
        /// How many it has.
        wanted: usize,
    },
}

/// A plan on a device, ready to be run.
#[derive(Debug)]
pub struct Executor {
    device: Device,
    queue: Queue,
    plan: Plan,
    /// One for each slot of the plan.
    buffers: Vec<Buffer>,
    launches: Vec<Ready>,
    /// Buffers to read from that nobody uses now.
    free: Rc<RefCell<Vec<Buffer>>>,
}

/// A launch with all that it needs.
#[derive(Debug)]
struct Ready {
    pipeline: ComputePipeline,
    bindings: BindGroup,
    groups: [u32; 3],
}

impl Executor {
    /// Puts a plan on a device. `weights` are those of each link that is a network, by its place; what the plan needs is taken
    /// out of them.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub async fn new(
        device: &Device,
        queue: &Queue,
        plan: Plan,
        weights: &mut [(usize, Weights)],
    ) -> Result<Self, DeviceError> {
        let scopes = Scopes::open(device);
        let made = Self::make(device, queue, plan, weights);
        scopes.close().await?;
        made
    }

    fn make(device: &Device, queue: &Queue, plan: Plan, weights: &mut [(usize, Weights)]) -> Result<Self, DeviceError> {
        let mut arrays = Vec::new();
        for contents in plan.arrays() {
            let values = loaded(contents, weights)?;
            let buffer = buffer(device, values.len(), BufferUsages::STORAGE | BufferUsages::COPY_DST);
            queue.write_buffer(&buffer, 0, &bytes(&values));
            arrays.push(buffer);
        }
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let buffers: Vec<Buffer> = plan.slots().iter().map(|values| buffer(device, *values, usage)).collect();
        let mut pipelines = Pipelines { device, layouts: HashMap::new(), pipelines: HashMap::new() };
        let mut launches = Vec::new();
        for launch in plan.launches() {
            let bound = launch.reads.iter().copied().chain([Operand::Value(launch.result)]);
            let bound = bound.filter_map(|operand| match operand {
                Operand::Value(value) => plan.slot(value).and_then(|slot| buffers.get(slot)),
                Operand::Array(array) => arrays.get(array.0),
            });
            let entries: Vec<BindGroupEntry> = bound
                .enumerate()
                .map(|(number, buffer)| BindGroupEntry { binding: number as u32, resource: buffer.as_entire_binding() })
                .collect();
            let (pipeline, layout) = pipelines.of(launch);
            let bindings =
                device.create_bind_group(&BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
            launches.push(Ready { pipeline, bindings, groups: launch.groups });
        }
        Ok(Self { device: device.clone(), queue: queue.clone(), plan, buffers, launches, free: Rc::default() })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Gives a port its values, for all steps that are sent from now on.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`].
    pub fn give(&self, port: Port, values: &[f32]) -> Result<(), DeviceError> {
        let (buffer, wanted) = self.port(port)?;
        if values.len() != wanted {
            return Err(DeviceError::Values { port, found: values.len(), wanted });
        }
        self.queue.write_buffer(buffer, 0, &bytes(values));
        Ok(())
    }

    /// Sends a step, and has ports read behind it.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`].
    pub fn step(&self, read: &[Port]) -> Result<Reading, DeviceError> {
        let ports = read.iter().map(|port| self.port(*port)).collect::<Result<Vec<_>, _>>()?;
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        self.record(&mut encoder);
        let counts: Vec<usize> = ports.iter().map(|(_, count)| *count).collect();
        let total: usize = counts.iter().sum();
        if total == 0 {
            self.queue.submit([encoder.finish()]);
            return Ok(Reading { pending: None, counts, device: self.device.clone(), free: self.free.clone() });
        }
        let staging = self.staging(total);
        let mut offset = 0;
        for (buffer, count) in ports {
            let size = count as u64 * BYTES;
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, offset, size);
            offset += size;
        }
        self.queue.submit([encoder.finish()]);
        let (tell, told) = oneshot::channel();
        staging.map_async(MapMode::Read, 0..offset, move |mapped| {
            // Nobody hears it who has let the reading go.
            let _ = tell.send(mapped.is_ok());
        });
        Ok(Reading { pending: Some((staging, told)), counts, device: self.device.clone(), free: self.free.clone() })
    }

    /// Records a step: one compute pass.
    fn record(&self, encoder: &mut CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        for Ready { pipeline, bindings, groups: [x, y, z] } in &self.launches {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, bindings, &[]);
            pass.dispatch_workgroups(*x, *y, *z);
        }
    }

    fn port(&self, port: Port) -> Result<(&Buffer, usize), DeviceError> {
        let found = self.plan.port(port).and_then(|(slot, count)| Some((self.buffers.get(slot)?, count)));
        found.ok_or(DeviceError::NoPort(port))
    }

    /// A buffer to read so many values from: one that is free, or a new one.
    fn staging(&self, values: usize) -> Buffer {
        let mut free = self.free.borrow_mut();
        match free.iter().position(|buffer| buffer.size() >= values as u64 * BYTES) {
            Some(place) => free.swap_remove(place),
            None => buffer(&self.device, values, BufferUsages::MAP_READ | BufferUsages::COPY_DST),
        }
    }
}

/// What a step gives, on its way.
#[derive(Debug)]
#[must_use = "a step is sent either way, but only this reads it"]
pub struct Reading {
    pending: Option<(Buffer, oneshot::Receiver<bool>)>,
    counts: Vec<usize>,
    device: Device,
    free: Rc<RefCell<Vec<Buffer>>>,
}

impl Reading {
    /// The values of each port that was asked for. Natively it waits on this thread, and in a browser as the browser has it.
    ///
    /// # Errors
    /// [`DeviceError::Unread`].
    pub async fn values(self) -> Result<Vec<Vec<f32>>, DeviceError> {
        // A browser needs nobody to look after it.
        let waited = self.device.poll(wgpu::PollType::wait_indefinitely());
        let Some((staging, told)) = self.pending else {
            return waited.map(|_| Vec::new()).map_err(|_| DeviceError::Unread);
        };
        if !told.await.unwrap_or(false) {
            return Err(DeviceError::Unread);
        }
        let total: u64 = self.counts.iter().map(|count| *count as u64 * BYTES).sum();
        let all: Vec<f32> = {
            let view = staging.get_mapped_range(0..total).map_err(|_| DeviceError::Unread)?;
            view.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        staging.unmap();
        self.free.borrow_mut().push(staging);
        let mut rest = all.as_slice();
        let mut values = Vec::new();
        for count in self.counts {
            let (first, others) = rest.split_at_checked(count).ok_or(DeviceError::Unread)?;
            values.push(first.to_vec());
            rest = others;
        }
        Ok(values)
    }
}

/// Pipelines by their programs, and layouts by how much is read.
struct Pipelines<'a> {
    device: &'a Device,
    layouts: HashMap<usize, BindGroupLayout>,
    pipelines: HashMap<&'a str, ComputePipeline>,
}

impl<'a> Pipelines<'a> {
    fn of(&mut self, launch: &'a Launch) -> (ComputePipeline, BindGroupLayout) {
        let device = self.device;
        let reads = launch.reads.len();
        let layout = self.layouts.entry(reads).or_insert_with(|| layout(device, reads)).clone();
        let pipeline =
            self.pipelines.entry(&launch.source).or_insert_with(|| pipeline(device, launch, &layout)).clone();
        (pipeline, layout)
    }
}

/// So many bindings that are read, and one that is written.
fn layout(device: &Device, reads: usize) -> BindGroupLayout {
    let entry = |number: usize| BindGroupLayoutEntry {
        binding: number as u32,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty: BufferBindingType::Storage { read_only: number < reads },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    let entries: Vec<_> = (0..=reads).map(entry).collect();
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries })
}

fn pipeline(device: &Device, launch: &Launch, layout: &BindGroupLayout) -> ComputePipeline {
    let label = Some(launch.name.as_str());
    let source = ShaderSource::Wgsl(launch.source.as_str().into());
    let module = device.create_shader_module(ShaderModuleDescriptor { label, source });
    let layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&ComputePipelineDescriptor {
        label,
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        // All of it is written before it is read.
        compilation_options: PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    })
}

/// Catches what a device refuses while something is made on it.
struct Scopes {
    memory: ErrorScopeGuard,
    validation: ErrorScopeGuard,
}

impl Scopes {
    fn open(device: &Device) -> Self {
        let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
        Self { memory, validation: device.push_error_scope(ErrorFilter::Validation) }
    }

    async fn close(self) -> Result<(), DeviceError> {
        // The last that was opened is closed first.
        let (validation, memory) = (self.validation.pop(), self.memory.pop());
        let (validation, memory) = (validation.await, memory.await);
        if let Some(error) = memory {
            return Err(DeviceError::Memory { said: error.to_string() });
        }
        validation.map_or(Ok(()), |error| Err(DeviceError::Refused { said: error.to_string() }))
    }
}

fn buffer(device: &Device, values: usize, usage: BufferUsages) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: None,
        size: values as u64 * BYTES,
        usage,
        mapped_at_creation: false,
    })
}

/// The values of an array.
fn loaded(contents: &Contents, weights: &mut [(usize, Weights)]) -> Result<Vec<f32>, DeviceError> {
    match contents {
        Contents::Given(values) => Ok(values.clone()),
        Contents::Weights { link, name, shape, scaled } => {
            let own = weights.iter_mut().find(|(place, _)| place == link);
            let (_, own) = own.ok_or(DeviceError::NoWeights { link: *link })?;
            let mut values = own.take_values(name, shape)?;
            if let Some(scaled) = scaled {
                scaled.apply(&mut values);
            }
            Ok(values)
        }
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
