//! Which of the processor's instructions compute, and how they round.
//!
//! WebAssembly has vectors of four numbers, and multiplies and adds one after the other. Another processor's own instructions may do
//! both at once, rounding once, and sum over more numbers side by side. Where a program is to end in what a browser ends in, bit for
//! bit, it says so once for all that it computes: [`compute_portably`]. All else that is computed here is the same number by number,
//! however many a vector has, save for exponentials, which each system has of its own.

use std::sync::atomic::{AtomicBool, Ordering};

use pulp::{Arch, Scalar128b, Simd, WithSimd};

static IS_PORTABLE: AtomicBool = AtomicBool::new(false);

/// Has all of this program compute as WebAssembly does, from now on.
pub fn compute_portably() {
    IS_PORTABLE.store(true, Ordering::Relaxed);
}

fn is_portable() -> bool {
    // There it is the only way.
    !cfg!(target_arch = "wasm32") && IS_PORTABLE.load(Ordering::Relaxed)
}

/// Sums of products, by vectors.
pub(crate) trait Sums {
    /// Computes them. Where `FUSED` is not set, products are rounded before they are added.
    fn sums<S: Simd, const FUSED: bool>(self, simd: S);
}

struct Rounding<Op, const FUSED: bool>(Op);

impl<Op: Sums, const FUSED: bool> WithSimd for Rounding<Op, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.sums::<S, FUSED>(simd);
    }
}

/// By fours, whatever the machine's vectors.
struct Fours<Op>(Op);

impl<Op: Sums> WithSimd for Fours<Op> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.0.sums::<_, false>(Scalar128b);
    }
}

/// Has the widest vectors compute what is the same by any.
#[inline(always)]
pub(crate) fn dispatch<Op: WithSimd>(op: Op) -> Op::Output {
    Arch::new().dispatch(op)
}

/// Has the widest vectors compute sums of which each stays at its place of a vector.
#[inline(always)]
pub(crate) fn sums(op: impl Sums) {
    if is_portable() { dispatch(Rounding::<_, false>(op)) } else { dispatch(Rounding::<_, true>(op)) }
}

/// Has vectors compute sums that go on over all places of a vector, and so depend on how many there are.
#[inline(always)]
pub(crate) fn sums_across(op: impl Sums) {
    if is_portable() { dispatch(Fours(op)) } else { dispatch(Rounding::<_, true>(op)) }
}

/// a · b + c.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd, const FUSED: bool>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if FUSED { simd.mul_add_e_f32s(a, b, c) } else { simd.add_f32s(c, simd.mul_f32s(a, b)) }
}
