//! `portvakt daemon`.
use crate::config::Global;
use crate::diag::Exit;
/// Watch the tree.
#[derive(Debug, clap::Args)]
pub struct Args {}
pub(super) fn run(_: &Global, _: &Args) -> Exit {
    Exit::Ok
}
