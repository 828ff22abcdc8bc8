//! Runs the same story on the embedded register.

use std::path::PathBuf;

use portvakt_core::store::WriteStore;

use super::port::Port;
use super::story::{self, Bench};

struct File(PathBuf);

impl Bench for File {
    fn store(&self) -> Box<dyn WriteStore> {
        Box::new(Port::open(&self.0))
    }
}

#[test]
fn the_story_on_the_embedded_register() {
    let folder = tempfile::tempdir().unwrap();
    story::tell(&File(folder.path().join("register.db")));
}
