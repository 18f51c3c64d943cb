//! Work compiled for the widest vectors of the machine it runs on.
//!
//! Lanes are independent, and no multiply is fused with an add: the width changes no bit.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Work whose `run`, and all it calls, is inlined, so that it is compiled anew for each width.
pub(crate) trait Work {
    /// Does it.
    fn run(self);
}

/// Widest vectors that are made use of, in bits.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Makes no use of wider vectors from now on; returns the limit until then. Results do not depend on it.
pub fn limit_vectors(bits: usize) -> usize {
    LIMIT.swap(bits, Ordering::Relaxed)
}

/// Runs work with the widest vectors there are.
pub(crate) fn widest(work: impl Work) {
    widest_to(usize::MAX, work);
}

/// The same, with vectors of so many bits at most.
pub(crate) fn widest_to(bits: usize, work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    {
        let limit = LIMIT.load(Ordering::Relaxed).min(bits);
        let has_avx512 =
            is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
        if limit >= 512 && has_avx512 {
            #[allow(unsafe_code, reason = "the features were detected in the lines above")]
            return unsafe { x86::avx512(work) };
        }
        if limit >= 256 && is_x86_feature_detected!("avx2") {
            #[allow(unsafe_code, reason = "the feature was detected in the line above")]
            return unsafe { x86::avx2(work) };
        }
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Work;

    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn avx512(work: impl Work) {
        work.run();
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(work: impl Work) {
        work.run();
    }
}
