//! Turns a panic inside a library into an error. A library may panic at something that a server says. That must not
//! end all other work.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::line;

/// Does the work, and returns the words of a panic as the error. Values that the work was using must not be used
/// afterwards.
///
/// # Errors
/// Fails when the work panics.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words(&*panic))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied();
    line(said.or_else(|| panic.downcast_ref().map(String::as_str)).unwrap_or("it panicked without a word"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_words() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> u8 { panic!("a part\nis missing") }), Err("a part is missing".to_owned()));
        assert_eq!(caught(|| -> u8 { panic!("part {}", 7) }), Err("part 7".to_owned()));
    }
}
