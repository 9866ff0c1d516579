//! A plan on a wgpu device.
//!
//! Everything is made once: the arrays of networks, which plans share, pipelines, of which launches with the same program
//! share one, buffers, bind groups. A step is one compute pass in one submit; what is asked for is copied in the same submit,
//! so that steps may be sent without waiting for the ones before.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use futures_channel::oneshot;
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingType, Buffer, BufferBindingType, BufferDescriptor, BufferUsages, CommandEncoder, CommandEncoderDescriptor,
    ComputePass, ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device, ErrorFilter,
    ErrorScopeGuard, MapMode, PipelineCompilationOptions, PipelineLayoutDescriptor, PollType, Queue,
    ShaderModuleDescriptor, ShaderSource, ShaderStages, SubmissionIndex,
};

use super::{
    ops::Scaling,
    plan::{Plan, Port},
    stored::Stored,
    values::{Contents, Operand, Program, Refusal, Scaled, Step, Value},
};
use crate::nets::{shape::WeightsError, weights};

/// Pipelines that are kept for later plans: of ten plans or so.
const MOST_PIPELINES: usize = 1024;
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
    /// A weight that is to be multiplied by factors is too large for a launch.
    Launch(#[from] Refusal),
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
    Unread {
        /// What it said.
        said: String,
    },
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
    /// Numbers that the plan itself has.
    given: Vec<Buffer>,
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

/// An array on a device.
#[derive(Debug, Clone)]
struct Kept {
    buffer: Buffer,
    stored: Stored,
}

/// A network's arrays on a device, for all plans that it is part of.
#[derive(Debug)]
pub struct Arrays {
    device: Device,
    queue: Queue,
    arrays: HashMap<String, (Vec<usize>, Kept)>,
    /// Those that are multiplied by factors before they are used.
    scaled: RefCell<Vec<(String, Scaled, Buffer)>>,
}

impl Arrays {
    /// None yet.
    pub fn new(device: &Device, queue: &Queue) -> Self {
        Self { device: device.clone(), queue: queue.clone(), arrays: HashMap::new(), scaled: RefCell::default() }
    }

    /// Brings an array to the device, in few bytes where its file has few of it.
    ///
    /// # Errors
    /// [`DeviceError::Memory`], [`DeviceError::Refused`].
    pub async fn add(&mut self, name: &str, array: &weights::Array) -> Result<(), DeviceError> {
        let scopes = Scopes::open(&self.device);
        let (stored, bytes) = Stored::of(array);
        let buffer = filled_with(&self.device, &self.queue, bytes);
        scopes.close().await?;
        self.arrays.insert(name.to_owned(), (array.shape().to_vec(), Kept { buffer, stored }));
        Ok(())
    }

    /// The array of that name and shape.
    fn array(&self, name: &str, wanted: &[usize]) -> Result<&Kept, WeightsError> {
        match self.arrays.get(name) {
            None => Err(WeightsError::Missing { name: name.to_owned() }),
            Some((found, _)) if found != wanted => {
                Err(WeightsError::Shape { name: name.to_owned(), found: found.clone(), wanted: wanted.to_vec() })
            }
            Some((_, kept)) => Ok(kept),
        }
    }

    /// The same, multiplied by factors.
    fn scaled(
        &self,
        name: &str,
        wanted: &[usize],
        scaled: &Scaled,
        pipelines: &Pipelines,
    ) -> Result<Buffer, DeviceError> {
        let own = self.array(name, wanted)?;
        let known = self.scaled.borrow().iter().find(|(n, s, _)| n == name && s == scaled).map(|(.., b)| b.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let along = if let Stored::Bytes { along, .. } = own.stored { along } else { 0 };
        let (places, within) = (wanted.get(along).copied().unwrap_or(1), wanted.iter().skip(along + 1).product());
        let (values, factors) = (wanted.iter().product(), scaled.factors.len());
        let scaling = Scaling { values, places, within, factors, inner: scaled.inner };
        let buffer = buffer(&self.device, values, BufferUsages::STORAGE);
        let factors = filled(&self.device, &self.queue, &scaled.factors);
        let bound = [&own.buffer, &factors, &buffer].into_iter();
        let ready = pipelines.ready(&scaling.program()?, own.stored, bound);
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        record(&mut encoder, &[ready]);
        self.queue.submit([encoder.finish()]);
        self.scaled.borrow_mut().push((name.to_owned(), scaled.clone(), buffer.clone()));
        Ok(buffer)
    }
}

impl Executor {
    /// Puts a plan on the device that `pipelines` are of. `networks` are the arrays of each link that is a network, by its
    /// place, on the same device.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub async fn new(
        pipelines: &Pipelines,
        queue: &Queue,
        plan: Plan,
        networks: &[(usize, &Arrays)],
    ) -> Result<Self, DeviceError> {
        let scopes = Scopes::open(&pipelines.device);
        let made = Self::make(pipelines, queue, plan, networks);
        if let Err(error) = scopes.close().await {
            // What was made may be of no use, and is not told from what was there before.
            pipelines.pipelines.borrow_mut().clear();
            networks.iter().for_each(|(_, arrays)| arrays.scaled.borrow_mut().clear());
            return Err(error);
        }
        made
    }

    fn make(
        pipelines: &Pipelines,
        queue: &Queue,
        plan: Plan,
        networks: &[(usize, &Arrays)],
    ) -> Result<Self, DeviceError> {
        let device = &pipelines.device;
        let programs = plan.programs()?;
        let floats = |buffer| Kept { buffer, stored: Stored::Floats };
        let array = |contents: &Contents| match contents {
            Contents::Given(values) => Ok(floats(filled(device, queue, values))),
            Contents::Weights { link, name, shape, scaled } => {
                let own = networks.iter().find(|(place, _)| place == link);
                let (_, own) = own.ok_or(DeviceError::NoWeights { link: *link })?;
                match scaled {
                    Some(scaled) => own.scaled(name, shape, scaled, pipelines).map(floats),
                    None => Ok(own.array(name, shape)?.clone()),
                }
            }
        };
        let arrays = plan.arrays().iter().map(array).collect::<Result<Vec<Kept>, DeviceError>>()?;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let buffers: Vec<Buffer> = plan.slots().iter().map(|values| buffer(device, *values, usage)).collect();
        let ready = |(program, result): (&Program, Value)| {
            let bound = program.reads.iter().copied().chain([Operand::Value(result)]);
            let bound = bound.filter_map(|operand| match operand {
                Operand::Value(value) => plan.slot(value).and_then(|slot| buffers.get(slot)),
                Operand::Array(array) => arrays.get(array.0).map(|kept| &kept.buffer),
            });
            let weights = program.weights.and_then(|(array, _)| arrays.get(array.0));
            pipelines.ready(program, weights.map_or(Stored::Floats, |kept| kept.stored), bound)
        };
        let launches = programs.iter().zip(plan.launches().iter().map(|launch| launch.result)).map(ready).collect();
        let is_given = |(contents, _): &(&Contents, &Kept)| matches!(contents, Contents::Given(_));
        let given = plan.arrays().iter().zip(&arrays).filter(is_given).map(|(_, kept)| kept.buffer.clone()).collect();
        let (device, queue) = (device.clone(), queue.clone());
        Ok(Self { device, queue, plan, buffers, launches, given, free: Rc::default() })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    #[cfg(feature = "native")]
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    #[cfg(feature = "native")]
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Records one of the launches, by its number.
    #[cfg(feature = "native")]
    pub(super) fn launch(&self, number: usize, pass: &mut ComputePass) {
        self.launches[number].record(pass);
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

    /// Says what the next step does, image by image.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`].
    pub fn prepare(&self, steps: &[Step]) -> Result<(), DeviceError> {
        let numbers: Vec<f32> = steps.iter().flat_map(|step| step.numbers()).collect();
        self.give(Port::Steps, &numbers)
    }

    /// Sends a step, and has ports read behind it; [`Port::Input`] as this step was given it.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`].
    pub fn step(&self, read: &[Port]) -> Result<Reading, DeviceError> {
        let mut gathering = self.gather(read)?;
        self.step_into(&mut gathering, read)?;
        Ok(gathering.read())
    }

    /// Begins to gather what some steps give, so that one reading brings it: all ports that will be read, one step's behind the other's.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`].
    pub fn gather(&self, read: &[Port]) -> Result<Gathering, DeviceError> {
        let counts = read.iter().map(|port| Ok(self.port(*port)?.1)).collect::<Result<Vec<_>, DeviceError>>()?;
        let total: usize = counts.iter().sum();
        let staging = (total > 0).then(|| self.staging(total));
        let (device, free) = (self.device.clone(), self.free.clone());
        Ok(Gathering { staging, counts, gathered: 0, offset: 0, sent: None, device, free })
    }

    /// Sends a step, and has ports gathered behind it, the next of those that were announced.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`] for others than were announced.
    pub fn step_into(&self, gathering: &mut Gathering, read: &[Port]) -> Result<(), DeviceError> {
        let ports = read.iter().map(|port| self.port(*port)).collect::<Result<Vec<_>, _>>()?;
        for (number, (port, (_, found))) in read.iter().zip(&ports).enumerate() {
            let wanted = gathering.counts.get(gathering.gathered + number).copied().unwrap_or_default();
            if *found != wanted {
                return Err(DeviceError::Values { port: *port, found: *found, wanted });
            }
        }
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        record(&mut encoder, &self.launches);
        if let Some(staging) = &gathering.staging {
            for (buffer, count) in ports {
                let size = count as u64 * BYTES;
                encoder.copy_buffer_to_buffer(buffer, 0, staging, gathering.offset, size);
                gathering.offset += size;
            }
        }
        gathering.gathered += read.len();
        self.carry(&mut encoder);
        gathering.sent = Some(self.queue.submit([encoder.finish()]));
        Ok(())
    }

    /// Has the next step given what this one has moved, where it moves codes.
    fn carry(&self, encoder: &mut CommandEncoder) {
        if let (Ok((moved, count)), Ok((input, _))) = (self.port(Port::Moved), self.port(Port::Input)) {
            encoder.copy_buffer_to_buffer(moved, 0, input, 0, count as u64 * BYTES);
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

/// A browser frees buffers that nobody has when it sees fit, and does not see how large they are.
impl Drop for Executor {
    fn drop(&mut self) {
        self.buffers.iter().chain(&self.given).chain(self.free.borrow().iter()).for_each(Buffer::destroy);
    }
}

/// What steps give, gathered on the device.
#[derive(Debug)]
pub struct Gathering {
    staging: Option<Buffer>,
    /// Values of each port that will be read.
    counts: Vec<usize>,
    /// How many of these ports there are already.
    gathered: usize,
    offset: u64,
    sent: Option<SubmissionIndex>,
    device: Device,
    free: Rc<RefCell<Vec<Buffer>>>,
}

impl Gathering {
    /// Has what was gathered read.
    pub fn read(mut self) -> Reading {
        self.counts.truncate(self.gathered);
        let pending = self.staging.map(|staging| {
            let (tell, told) = oneshot::channel();
            staging.map_async(MapMode::Read, 0..self.offset, move |mapped| {
                // Nobody hears it who has let the reading go.
                let _ = tell.send(mapped.map_err(|error| error.to_string()));
            });
            (staging, told)
        });
        Reading { pending, counts: self.counts, sent: self.sent, device: self.device, free: self.free }
    }
}

/// What steps give, on its way.
#[derive(Debug)]
#[must_use = "steps are sent either way, but only this reads them"]
pub struct Reading {
    pending: Option<(Buffer, oneshot::Receiver<Result<(), String>>)>,
    counts: Vec<usize>,
    sent: Option<SubmissionIndex>,
    device: Device,
    free: Rc<RefCell<Vec<Buffer>>>,
}

impl Reading {
    /// The values of each port that was asked for. Natively it waits on this thread, and in a browser as the browser has it.
    ///
    /// # Errors
    /// [`DeviceError::Unread`]; natively wgpu ends the program where it finds a device lost.
    pub async fn values(mut self) -> Result<Vec<Vec<f32>>, DeviceError> {
        // A browser needs nobody to look after it.
        let waited = self.device.poll(PollType::Wait { submission_index: self.sent.take(), timeout: None });
        let unread = |said: String| DeviceError::Unread { said };
        waited.map_err(|error| unread(error.to_string()))?;
        // Nobody reads it again, and it is destroyed where this fails.
        let Some((staging, told)) = &mut self.pending else { return Ok(Vec::new()) };
        told.await.unwrap_or_else(|gone| Err(gone.to_string())).map_err(unread)?;
        let total: u64 = self.counts.iter().map(|count| *count as u64 * BYTES).sum();
        let all: Vec<f32> = {
            let view = staging.get_mapped_range(0..total).map_err(|error| unread(error.to_string()))?;
            view.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        staging.unmap();
        if let Some((staging, _)) = self.pending.take() {
            self.free.borrow_mut().push(staging);
        }
        let mut rest = all.as_slice();
        let mut values = Vec::new();
        for count in std::mem::take(&mut self.counts) {
            let (first, others) = rest.split_at(count.min(rest.len()));
            values.push(first.to_vec());
            rest = others;
        }
        Ok(values)
    }
}

/// A browser does not see how large a buffer is that nobody has any more, as [`Executor`] says.
impl Drop for Reading {
    fn drop(&mut self) {
        if let Some((staging, _)) = &self.pending {
            staging.destroy();
        }
    }
}

/// Pipelines by their programs, and layouts by how much is read: made once for a device.
#[derive(Debug)]
pub struct Pipelines {
    device: Device,
    layouts: RefCell<HashMap<usize, BindGroupLayout>>,
    pipelines: RefCell<HashMap<String, ComputePipeline>>,
}

impl Pipelines {
    /// None yet.
    pub fn new(device: &Device) -> Self {
        Self { device: device.clone(), layouts: RefCell::default(), pipelines: RefCell::default() }
    }

    /// The device that they are of.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Makes those of a plan, which whoever executes it finds then. `side_of` says of an array, by the place of its network among the
    /// plan's and by its name, along which side it will have factors for integers of 8 bits; none where it will be of floats. What the
    /// device refuses is said when the plan is executed.
    pub async fn make(&self, plan: &Plan, side_of: &dyn Fn(usize, &str) -> Option<usize>) {
        let Ok(programs) = plan.programs() else { return };
        let networks = plan.networks();
        let stored = |array: &Contents| match array {
            Contents::Weights { link, name, shape, scaled: None } if shape.len() > 1 => {
                let network = networks.iter().position(|network| network == link);
                match network.and_then(|network| side_of(network, name)) {
                    Some(along) => Stored::Bytes { factors: shape[along], along },
                    None => Stored::Floats,
                }
            }
            Contents::Weights { .. } | Contents::Given(_) => Stored::Floats,
        };
        let scopes = Scopes::open(&self.device);
        for program in &programs {
            let weights = program.weights.and_then(|(array, _)| plan.arrays().get(array.0));
            self.pipeline(program, weights.map_or(Stored::Floats, stored));
        }
        if scopes.close().await.is_err() {
            self.pipelines.borrow_mut().clear();
        }
    }

    fn layout(&self, program: &Program) -> BindGroupLayout {
        let reads = program.reads.len();
        self.layouts.borrow_mut().entry(reads).or_insert_with(|| layout(&self.device, reads)).clone()
    }

    fn pipeline(&self, program: &Program, stored: Stored) -> ComputePipeline {
        let mut source = program.weights.map(|(_, reads)| stored.preamble(reads)).unwrap_or_default();
        source.push_str(&program.source);
        let known = self.pipelines.borrow().get(&source).cloned();
        known.unwrap_or_else(|| {
            let made = pipeline(&self.device, &program.name, &source, &self.layout(program));
            let mut pipelines = self.pipelines.borrow_mut();
            if pipelines.len() >= MOST_PIPELINES {
                pipelines.clear();
            }
            pipelines.insert(source, made.clone());
            made
        })
    }

    /// A program with what it reads and, last, what it writes; `stored` is how its weights lie, where it reads any.
    fn ready<'b>(&self, program: &Program, stored: Stored, bound: impl Iterator<Item = &'b Buffer>) -> Ready {
        let (device, layout, pipeline) = (&self.device, self.layout(program), self.pipeline(program, stored));
        let entries: Vec<BindGroupEntry> = bound
            .enumerate()
            .map(|(number, buffer)| BindGroupEntry { binding: number as u32, resource: buffer.as_entire_binding() })
            .collect();
        let bindings =
            device.create_bind_group(&BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
        Ready { pipeline, bindings, groups: program.groups }
    }
}

impl Ready {
    fn record(&self, pass: &mut ComputePass) {
        let [x, y, z] = self.groups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Records launches: one compute pass.
fn record(encoder: &mut CommandEncoder, launches: &[Ready]) {
    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
    launches.iter().for_each(|launch| launch.record(&mut pass));
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

fn pipeline(device: &Device, name: &str, source: &str, layout: &BindGroupLayout) -> ComputePipeline {
    let label = Some(name);
    let source = ShaderSource::Wgsl(source.into());
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
    internal: ErrorScopeGuard,
    validation: ErrorScopeGuard,
}

impl Scopes {
    fn open(device: &Device) -> Self {
        let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
        let internal = device.push_error_scope(ErrorFilter::Internal);
        Self { memory, internal, validation: device.push_error_scope(ErrorFilter::Validation) }
    }

    async fn close(self) -> Result<(), DeviceError> {
        // The last that was opened is closed first.
        let (validation, internal, memory) = (self.validation.pop(), self.internal.pop(), self.memory.pop());
        let (validation, internal, memory) = (validation.await, internal.await, memory.await);
        if let Some(error) = memory {
            return Err(DeviceError::Memory { said: error.to_string() });
        }
        validation.or(internal).map_or(Ok(()), |error| Err(DeviceError::Refused { said: error.to_string() }))
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

/// A buffer for a kernel to read, with its values.
fn filled(device: &Device, queue: &Queue, values: &[f32]) -> Buffer {
    filled_with(device, queue, bytes(values))
}

/// The same with its bytes; zeros behind them fill the last four.
fn filled_with(device: &Device, queue: &Queue, mut bytes: Vec<u8>) -> Buffer {
    bytes.resize(bytes.len().next_multiple_of(BYTES as usize), 0);
    let buffer = buffer(device, bytes.len() / BYTES as usize, BufferUsages::STORAGE | BufferUsages::COPY_DST);
    queue.write_buffer(&buffer, 0, &bytes);
    buffer
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
