//! The prover as the tests start it. It is that of the shipped program.

/// The allocator of the shipped program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::io::Result<()> {
    portvakt_prove::program()
}
