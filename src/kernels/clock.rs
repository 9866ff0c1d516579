//! How long each launch takes on a graphics device, by the device's own clock.

use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, ComputePassDescriptor,
    ComputePassTimestampWrites, Features, MapMode, PollType, QuerySet, QuerySetDescriptor, QueryType,
};

use super::device::{DeviceError, Executor};

/// Bytes of a time.
const BYTES: u64 = 8;

impl Executor {
    /// Milliseconds that each launch takes, in their order, each the median of some steps; none where the device tells no time.
    /// All begin with the same codes. Natively only.
    ///
    /// # Errors
    /// [`DeviceError::Unread`].
    pub fn times(&self, steps: usize) -> Result<Option<Vec<f64>>, DeviceError> {
        let (device, launches) = (self.device(), self.plan().launches().len());
        let Ok(count) = u32::try_from(2 * launches) else { return Ok(None) };
        if !device.features().contains(Features::TIMESTAMP_QUERY) || count > wgpu::QUERY_SET_MAX_QUERIES {
            return Ok(None);
        }
        let queries = device.create_query_set(&QuerySetDescriptor { label: None, ty: QueryType::Timestamp, count });
        let size = u64::from(count) * BYTES;
        let buffer =
            |usage| device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
        let found = buffer(BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC);
        let read = buffer(BufferUsages::COPY_DST | BufferUsages::MAP_READ);
        let mut all = vec![Vec::new(); launches];
        for _ in 0..steps.max(1) {
            let times = self.timed(&queries, [&found, &read])?;
            for (all, [begin, end]) in all.iter_mut().zip(times.as_chunks().0) {
                // In nanoseconds, once it is multiplied by the period.
                all.push(end.saturating_sub(*begin) as f64 * f64::from(self.queue().get_timestamp_period()) / 1e6);
            }
        }
        let median = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        Ok(Some(all.into_iter().map(median).collect()))
    }

    /// Takes a step, each launch in a pass of its own, and tells when each began and ended.
    fn timed(&self, queries: &QuerySet, [found, read]: [&Buffer; 2]) -> Result<Vec<u64>, DeviceError> {
        let unread = |said: String| DeviceError::Unread { said };
        let mut encoder = self.device().create_command_encoder(&CommandEncoderDescriptor::default());
        for number in 0..self.plan().launches().len() {
            let begin = 2 * number as u32;
            let timestamp_writes = Some(ComputePassTimestampWrites {
                query_set: queries,
                beginning_of_pass_write_index: Some(begin),
                end_of_pass_write_index: Some(begin + 1),
            });
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor { label: None, timestamp_writes });
            self.launch(number, &mut pass);
        }
        encoder.resolve_query_set(queries, 0..2 * self.plan().launches().len() as u32, found, 0);
        encoder.copy_buffer_to_buffer(found, 0, read, 0, found.size());
        let sent = self.queue().submit([encoder.finish()]);
        read.map_async(MapMode::Read, .., |_| {});
        let waited = self.device().poll(PollType::Wait { submission_index: Some(sent), timeout: None });
        waited.map_err(|error| unread(error.to_string()))?;
        let times = {
            let view = read.get_mapped_range(..).map_err(|error| unread(error.to_string()))?;
            view.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
        };
        read.unmap();
        Ok(times)
    }
}
