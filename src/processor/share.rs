//! A result computed in parts, side by side where there are threads.

/// Has parts of a result computed, of `size` numbers each and the last of fewer, each with so many numbers of some memory: see
/// [`memory`]. `work` gets the number of the part. What takes less time than dividing it is `small`.
pub(crate) fn share(
    result: &mut [f32],
    size: usize,
    (scratch, each): (&mut [f32], usize),
    small: bool,
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
) {
    #[cfg(feature = "threads")]
    if !small && result.len() > size {
        use rayon::prelude::*;
        if each == 0 {
            result.par_chunks_mut(size).enumerate().for_each(|(number, part)| work(number, part, &mut []));
        } else {
            let parts = result.par_chunks_mut(size).zip(scratch.par_chunks_mut(each)).enumerate();
            parts.for_each(|(number, (part, memory))| work(number, part, memory));
        }
        return;
    }
    let _ = small;
    for (number, part) in result.chunks_mut(size.max(1)).enumerate() {
        work(number, part, &mut scratch[..each]);
    }
}

/// Numbers of memory that so many parts need, of so many each.
pub(crate) fn memory(parts: usize, each: usize) -> usize {
    if cfg!(feature = "threads") { parts * each } else { each }
}

/// How many parts are computed at once.
pub(crate) fn parts() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}
