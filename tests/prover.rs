//! The prover as the tests start it. It is that of the shipped program.

fn main() -> std::io::Result<()> {
    portvakt_prove::program()
}
