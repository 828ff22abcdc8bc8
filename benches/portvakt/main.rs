//! `cargo bench` measures what a pass costs on this machine. Each figure is beside its floor, which is measured in the
//! same run. The result is one table. `--markdown` makes it for a document, and `--people 1000,10000` sets other sizes.
//! `--scim` only measures the register behind a service, `--postgres` only the one in PostgreSQL, and `--sqlite` only
//! the embedded one. `--once` measures each figure once, to show that everything runs. Such figures are worth nothing.
#![allow(missing_docs, reason = "a program")]

mod daemon;
mod elsewhere;
mod floor;
mod postgres;
mod reading;
mod rest;
mod rounds;
mod statements;
mod table;
mod timed;
mod tree;

use std::error::Error;

use rounds::Rounds;
use table::Table;
use tree::{LEAST, Tree};

/// The program uses this allocator too. It also determines the memory at rest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The sizes without `--people`.
const USUAL: &[u64] = &[1_000, 10_000, 100_000];

/// The one register that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Only {
    Scim,
    Postgres,
    Sqlite,
}

struct Asked {
    people: Vec<u64>,
    markdown: bool,
    only: Option<Only>,
    rounds: Rounds,
}

fn asked(mut words: impl Iterator<Item = String>) -> Outcome<Asked> {
    let mut asked = Asked { people: USUAL.to_vec(), markdown: false, only: None, rounds: Rounds::Usual };
    while let Some(word) = words.next() {
        match word.as_str() {
            // Cargo gives this word to every benchmark.
            "--bench" => {}
            "--markdown" => asked.markdown = true,
            "--once" => asked.rounds = Rounds::Once,
            "--scim" => asked.only = Some(Only::Scim),
            "--postgres" => asked.only = Some(Only::Postgres),
            "--sqlite" => asked.only = Some(Only::Sqlite),
            "--people" => {
                let sizes = words.next().ok_or("`--people` needs numbers, such as `1000,10000`")?;
                asked.people = sizes.split(',').map(str::parse).collect::<Result<_, _>>()?;
                if let Some(few) = asked.people.iter().find(|people| **people < LEAST) {
                    return Err(format!("`--people {few}` is too few: the smallest number is {LEAST}").into());
                }
            }
            other => {
                return Err(format!(
                    "`{other}` is not known: --people 1000,10000, --scim, --postgres, --sqlite, --once and --markdown are"
                )
                .into());
            }
        }
    }
    Ok(asked)
}

fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if(|word| word == rest::AT_REST).is_some() {
        return rest::child(&words.collect::<Vec<_>>());
    }
    let asked = asked(words)?;
    let mut table = Table::default();
    for people in asked.people {
        eprintln!("{people} people: making the tree");
        let tree = Tree::make(people, asked.rounds)?;
        match asked.only {
            Some(Only::Scim) => elsewhere::measure(&tree, &mut table)?,
            Some(Only::Postgres) => postgres::measure(&tree, &mut table)?,
            Some(Only::Sqlite) => daemon::measure(&tree, &mut table)?,
            None => {
                eprintln!("{people} people: check");
                reading::check(&tree, &mut table)?;
                eprintln!("{people} people: PostgreSQL");
                postgres::measure(&tree, &mut table)?;
                eprintln!("{people} people: the daemon");
                daemon::measure(&tree, &mut table)?;
                eprintln!("{people} people: memory");
                rest::measure(&tree, &mut table)?;
                eprintln!("{people} people: a register behind SCIM");
                // The others have changed theirs.
                elsewhere::measure(&Tree::make(people, asked.rounds)?, &mut table)?;
            }
        }
    }
    print!("{}", if asked.markdown { table.markdown() } else { table.plain() });
    Ok(())
}
