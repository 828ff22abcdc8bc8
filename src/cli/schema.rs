//! `portvakt schema` prints the JSON Schemas of the files and of the findings.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use portvakt_core::diag::Exit;
use portvakt_core::schema::Schema;

use super::output;

/// Print a JSON Schema: of a file that people write, or of the findings.
///
/// An editor that is given the schema completes and checks a file while it is typed. The first line of a file names
/// it: `# yaml-language-server: $schema=../../schemas/person.json`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of what to print the schema.
    #[arg(value_name = "WHICH", value_parser = which())]
    which: Schema,
}

fn which() -> impl TypedValueParser<Value = Schema> {
    let names = ["register", "person", "review", "rejections", "applications", "findings"];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "register" => Schema::Register,
        "person" => Schema::Person,
        "review" => Schema::Review,
        "rejections" => Schema::Rejections,
        "applications" => Schema::Applications,
        _ => Schema::Findings,
    })
}

pub(super) fn run(args: &Args) -> Exit {
    output::out(args.which.text());
    Exit::Ok
}
