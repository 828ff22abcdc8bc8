//! Settings that people's access depends on. A change that would orphan access is refused before anybody can release
//! it. An account is adopted only if it belongs to nobody. Entries follow their unit to another trust.

use portvakt_core::decide::{Decided, rules_of};
use portvakt_core::model::Digest;

use crate::pass::fixture::*;

mod adopted;
mod approved;
mod bytes;
mod moved;
mod rested_on;

const REGISTER_FILE: &str = "desired-state/register.yaml";
const SIGNERS_FILE: &str = "desired-state/allowed_signers";
const KARI: &str = "kari.testesen";

fn proposed(world: &World) -> Digest {
    rules_of(&world.tree.snapshot()).unwrap().digest
}

fn kari() -> File {
    file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS).rapporteket(), lu(AHUS, "REQ-7", LC_AHUS)])
}

/// Changes the settings, releases them, and makes passes.
fn release_of(world: &mut World) -> Decided {
    world.pass();
    let digest = proposed(world);
    world.release(digest);
    world.pass()
}
