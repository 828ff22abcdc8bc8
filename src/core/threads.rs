//! Two pieces of work at the same time.

use std::num::NonZero;

/// Two threads. Work that takes milliseconds is shared by two on every machine: a second one costs far less.
pub const TWO: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(1);

/// Does two pieces of work and returns both results. They are done at the same time if there is more than one thread.
/// What they return may not depend on that.
pub fn both<A: Send, B>(
    threads: NonZero<usize>,
    beside: impl FnOnce() -> A + Send,
    here: impl FnOnce() -> B,
) -> (A, B) {
    if threads == NonZero::<usize>::MIN {
        return (beside(), here());
    }
    std::thread::scope(|scope| {
        let beside = scope.spawn(beside);
        let here = here();
        (beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_results_come_back_on_one_thread_and_on_two() {
        let words = String::from("borrowed");
        for threads in [1, 2] {
            let threads = NonZero::new(threads).unwrap();
            assert_eq!(both(threads, || words.len(), || words.to_uppercase()), (8, "BORROWED".to_owned()));
        }
    }

    #[test]
    #[should_panic(expected = "of the other thread")]
    fn a_panic_of_the_other_thread_is_passed_on() {
        both(NonZero::new(2).unwrap(), || panic!("of the other thread"), || ());
    }
}
