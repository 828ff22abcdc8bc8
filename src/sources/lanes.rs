//! This module runs the same work on many jobs, in parallel on up to eight cores. This is the only place that asks
//! how many cores the machine has.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns the number of cores that this process may use. If the machine does not say, it counts as a machine with a
/// single core.
pub(super) fn cores() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Calls `work` for every job and returns the results in the order of the jobs.
pub(super) fn in_lanes<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let lanes = cores().get().min(8).min(jobs.len());
    if lanes <= 1 {
        return jobs.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let lane = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return done };
            done.push((at, work(job)));
        }
    };
    let mut results = std::thread::scope(|scope| {
        let others: Vec<_> = (1..lanes).map(|_| scope.spawn(lane)).collect();
        let mut all = lane();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                // A missing result would look like a missing file, so the panic is passed on.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_jobs() {
        let jobs: Vec<usize> = (0..1000).collect();
        assert_eq!(in_lanes(&jobs, |job| job * 2), (0..2000).step_by(2).collect::<Vec<_>>());
        assert!(in_lanes(&[], |job: &usize| *job).is_empty());
    }
}
