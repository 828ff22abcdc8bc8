//! Turns bytes into a tree. Only this file uses the YAML library. The input may be hostile, so everything ambiguous is
//! refused: tags, anchors, aliases, several documents, and `yes` and `no` as booleans. A file may have at most 64 KiB
//! and 8 levels. Errors of the library are rewritten for the people who maintain access lists.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::budget::BudgetBreach;
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Error, Options, Spanned, Tagged};

use super::node::Node;
use super::page::FilePage;
use super::slip;
use super::span::Span;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::FilePath;

/// The size of the largest file that is read, in bytes.
pub const LARGEST: usize = 64 * 1024;

const DEEPEST: usize = 8;

/// Returns the text of a file.
///
/// # Errors
/// The file is larger than [`LARGEST`], or it is not UTF-8 text.
pub fn text<'a>(path: &FilePath, bytes: &'a [u8]) -> Result<&'a str, Vec<Finding>> {
    text_up_to(path, bytes, LARGEST)
}

/// The text of a file that may be larger than a person's file: a list that holds a whole trust.
pub(super) fn text_up_to<'a>(path: &FilePath, bytes: &'a [u8], most: usize) -> Result<&'a str, Vec<Finding>> {
    if bytes.len() > most {
        let message = text!(
            en: "The file is {size} KiB; at most {most} KiB are read.",
            nb: "Filen er på {size} KiB; høyst {most} KiB leses.";
            size = bytes.len().div_ceil(1024), most = most / 1024
        );
        let way_out = text!(
            en: "Look whether something else was saved under this name, and put the right file back.",
            nb: "Se etter om noe annet er lagret under dette navnet, og legg riktig fil tilbake."
        );
        return Err(vec![Finding::new(Code::FileTooLarge, message, way_out).at(Place::file(path))]);
    }
    if is_utf16(bytes) {
        let message = text!(
            en: "The file is saved as UTF-16: every other byte of it is empty.",
            nb: "Filen er lagret som UTF-16: annenhver byte i den er tom."
        );
        return Err(vec![Finding::new(Code::NotText, message, save_as_utf8()).at(Place::file(path))]);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let shown = String::from_utf8_lossy(bytes);
        let wrong = error.valid_up_to();
        let message = text!(
            en: "The file is not UTF-8 text; the first character that cannot be read is marked.",
            nb: "Filen er ikke UTF-8-tekst; det første tegnet som ikke kan leses, er markert."
        );
        let place = Span::new(wrong, wrong + 1).place(path, &shown);
        vec![Finding::new(Code::NotText, message, save_as_utf8()).at(place)]
    })
}

fn save_as_utf8() -> Text {
    text!(
        en: "Open the file in an editor and save it again with the encoding UTF-8.",
        nb: "Åpne filen i et redigeringsprogram og lagre den på nytt med tegnkodingen UTF-8."
    )
}

/// Returns whether the bytes are text in UTF-16, with or without its mark. In such a text most letters have an empty
/// byte.
fn is_utf16(bytes: &[u8]) -> bool {
    let empty = bytes.iter().filter(|byte| **byte == 0).count();
    bytes.len() > 3 && empty > bytes.len() / 3
}

/// Reads the text of a file into a tree.
///
/// # Errors
/// The text is not one plain YAML document.
pub(crate) fn read<'a>(path: &FilePath, text: &'a str) -> Result<Node<'a>, Vec<Finding>> {
    // The library accepts core tags (`!!str`) silently. Most files have no `!` and need no second read.
    if text.contains('!')
        && let Ok(Tags(tags)) = serde_yaml::from_str_with_options(text, options())
        && !tags.is_empty()
    {
        let finding = |span: Span| TAG.finding().at(before(text, span).place(path, text));
        return Err(in_order(tags.into_iter().map(finding).collect()));
    }
    serde_yaml::from_str_with_options(text, options()).map_err(|error| vec![yaml_finding(path, text, &error)])
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: DEEPEST,
            flow_nesting_limit: 4 * DEEPEST,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
        emit_comments: false,
        // Repeated keys and merge keys are found later in the tree, where each of them can be reported.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        // Scalars are kept as they are written. Their numeric value is never used.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// The word before a value on its line, which is its tag or anchor. The library points at the value itself.
fn before(text: &str, value: Span) -> Span {
    let until = text.get(..value.start as usize).unwrap_or_default().trim_end();
    let start = until.rfind([' ', '\t', '\n', '[', '{', ',']).map_or(0, |at| at + 1);
    if until.get(start..).is_some_and(|word| word.starts_with(['!', '&'])) {
        Span::new(start, until.len())
    } else {
        value
    }
}

/// A finding for an error of the library, at its place and in words for people.
fn yaml_finding(path: &FilePath, text: &str, error: &Error) -> Finding {
    let span = error.location().map_or_else(
        || Span::new(text.len(), text.len()),
        |at| {
            let found = at.span();
            match (found.byte_offset(), found.byte_len()) {
                (Some(start), Some(len)) => {
                    let start = usize::try_from(start).unwrap_or(usize::MAX);
                    Span::new(start, start.saturating_add(usize::try_from(len).unwrap_or_default()))
                }
                _ => at_line(text, at.line(), at.column()),
            }
        },
    );
    let span = match error.without_snippet() {
        Error::Budget { breach: BudgetBreach::Anchors { .. }, .. } => before(text, span),
        // The library reports a tab at the value before it.
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } if msg.contains("found a tab") => {
            text.get(span.start as usize..)
                .and_then(|rest| rest.find('\t'))
                .map_or(span, |at| Span::new(span.start as usize + at, span.start as usize + at + 1))
        }
        _ => span,
    };
    let place = span.place(path, text);
    slip::before(FilePage { path, text }, place.line).unwrap_or_else(|| words(error).finding().at(place))
}

fn at_line(text: &str, line: u64, column: u64) -> Span {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let nth = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let within = rest.char_indices().nth(nth).map_or(rest.len(), |(at, _)| at);
    Span::new(start + within, start + within + 1)
}

/// A message and its next step, in both languages.
#[derive(Clone, Copy)]
struct Said {
    message: [&'static str; 2],
    way_out: [&'static str; 2],
}

impl Said {
    const fn new(
        en: &'static str,
        nb: &'static str,
        way_out_en: &'static str,
        way_out_nb: &'static str,
    ) -> Self {
        Self { message: [en, nb], way_out: [way_out_en, way_out_nb] }
    }

    fn finding(&self) -> Finding {
        let text = |[en, nb]: [&str; 2]| Text::new(en, nb);
        Finding::new(Code::NotYaml, text(self.message), text(self.way_out))
    }
}

const QUOTES: Said = Said::new(
    "A value cannot begin with this character.",
    "En verdi kan ikke begynne med dette tegnet.",
    "Put the value in quotation marks, or delete the character.",
    "Sett verdien i anførselstegn, eller slett tegnet.",
);

/// The message and the next step for an error, without the library's own words.
fn words(error: &Error) -> Said {
    match error.without_snippet() {
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => ALIAS,
            BudgetBreach::Documents { .. } => DOCUMENTS,
            BudgetBreach::Depth { .. } => DEEP,
            _ => Said::new(
                "The file holds more than any file of the tree can.",
                "Filen inneholder mer enn noen slik fil kan.",
                OTHER,
                OTHER_NB,
            ),
        },
        Error::MultipleDocuments { .. } => DOCUMENTS,
        Error::UnknownAnchor { .. } | Error::AliasError { .. } => ALIAS,
        Error::RecursiveReferencesRequireWeakTypes { .. } => ALIAS,
        Error::UnsupportedTag { .. }
        | Error::InvalidScalar { .. }
        | Error::InvalidBinaryBase64 { .. }
        | Error::TaggedScalarCannotDeserializeIntoString { .. } => TAG,
        Error::Unexpected { .. } | Error::NullIntoString { .. } => Said::new(
            "What stands before the colon is not a plain word.",
            "Det som står foran kolonet, er ikke et vanlig ord.",
            KEY_AND_VALUE,
            KEY_AND_VALUE_NB,
        ),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => syntax(msg),
        _ => UNREAD,
    }
}

/// What is said of an error of the library in bokmål.
pub(super) fn in_bokmal(error: &Error) -> &'static str {
    let [_, nb] = words(error).message;
    nb
}

const KEY_AND_VALUE: &str = "Write a key, a colon and a value: `unit: 100082`.";
const KEY_AND_VALUE_NB: &str = "Skriv en nøkkel, et kolon og en verdi: `unit: 100082`.";

const OTHER: &str = "Compare with a file that is in order, above all the indentation and the colons.";
const OTHER_NB: &str = "Sammenlign med en fil som er i orden, særlig innrykk og kolon.";
const ALIAS: Said = Said::new(
    "An anchor (`&`) or an alias (`*`); neither is allowed here.",
    "Et anker (`&`) eller et alias (`*`); ingen av delene er tillatt her.",
    "Write the value out in each place; a value that begins with `&` or `*` stands in quotation marks.",
    "Skriv verdien ut på hvert sted; en verdi som begynner med `&` eller `*`, står i anførselstegn.",
);
const TAG: Said = Said::new(
    "A value with a YAML tag, which begins with `!`; tags are not allowed here.",
    "En verdi med en YAML-tagg, som begynner med `!`; tagger er ikke tillatt her.",
    "Take the tag away; a value that begins with `!` stands in quotation marks.",
    "Ta bort taggen; en verdi som begynner med `!`, står i anførselstegn.",
);
const DOCUMENTS: Said = Said::new(
    "A second document begins here (`---`); a file is one document.",
    "Her begynner et dokument til (`---`); en fil er ett dokument.",
    "Delete the line, or put what follows into a file of its own.",
    "Slett linjen, eller legg det som følger, i en egen fil.",
);

/// Returns the message for an error of the scanner. It is the first in the list whose text is part of the error.
fn syntax(message: &str) -> Said {
    SCANNER.iter().find(|(part, _)| message.contains(part)).map_or(UNREAD, |(_, words)| *words)
}

const UNREAD: Said = Said::new("The line cannot be read.", "Linjen kan ikke leses.", OTHER, OTHER_NB);
const DEEP: Said = Said::new(
    "Lists or mappings stand more than eight levels deep inside each other.",
    "Lister eller grupper av nøkler står mer enn åtte nivåer inni hverandre.",
    "Compare with a file that is in order: no file of the tree is that deep.",
    "Sammenlign med en fil som er i orden: ingen fil er så dyp.",
);
const INDENT: Said = Said::new(
    "The line is indented differently from the lines it belongs to.",
    "Linjen har et annet innrykk enn linjene den hører til.",
    "Begin the line exactly under the key or the hyphen before it.",
    "Begynn linjen rett under nøkkelen eller bindestreken før den.",
);
const BRACKET: Said = Said::new(
    "A bracket is opened and not closed, or something stands in it that does not belong there.",
    "En parentes er åpnet og ikke lukket, eller det står noe i den som ikke hører hjemme der.",
    "Close it, separate what stands in it by commas, or put the value in quotation marks.",
    "Lukk den, skill det som står i den, med komma, eller sett verdien i anførselstegn.",
);

const SCANNER: &[(&str, Said)] = &[
    ("recursion limit", DEEP),
    ("anchor", ALIAS),
    (" tag", TAG),
    ("handle", TAG),
    (
        "tab",
        Said::new(
            "A tab character where only spaces can stand.",
            "Et tabulatortegn der det bare kan stå mellomrom.",
            "Indent with spaces: two for each level.",
            "Rykk inn med mellomrom: to for hvert nivå.",
        ),
    ),
    (
        "unclosed quote",
        Said::new(
            "A quotation mark is opened here and never closed.",
            "Et anførselstegn er åpnet her og aldri lukket.",
            "Close it, at the end of the value.",
            "Lukk det, på slutten av verdien.",
        ),
    ),
    (
        "trailing content",
        Said::new(
            "Something stands behind the closing quotation mark.",
            "Det står noe etter det avsluttende anførselstegnet.",
            "Let the value end with it; a quotation mark inside a value is written twice inside single ones.",
            "La verdien slutte med det; et anførselstegn inne i en verdi skrives dobbelt mellom enkle.",
        ),
    ),
    (
        "quoted scalar",
        Said::new(
            "A backslash inside quotation marks, or lines that do not belong together.",
            "En omvendt skråstrek mellom anførselstegn, eller linjer som ikke hører sammen.",
            "Write the value on one line, in single quotation marks.",
            "Skriv verdien på én linje, mellom enkle anførselstegn.",
        ),
    ),
    ("bracket", BRACKET),
    ("flow", BRACKET),
    (
        "mapping values are not allowed",
        Said::new(
            "A colon where none can stand: two keys on one line, or a line indented too far.",
            "Et kolon der det ikke kan stå: to nøkler på én linje, eller en linje med for stort innrykk.",
            "Begin each key on a line of its own, under the key before it; a value with a colon stands in quotation marks.",
            "Begynn hver nøkkel på egen linje, under nøkkelen før den; en verdi med kolon står i anførselstegn.",
        ),
    ),
    (
        "simple key",
        Said::new("A line without a colon.", "En linje uten kolon.", KEY_AND_VALUE, KEY_AND_VALUE_NB),
    ),
    ("unexpected character", QUOTES),
    ("cannot start with", QUOTES),
    (
        "comment",
        Said::new(
            "A `#` directly behind a value.",
            "En `#` rett etter en verdi.",
            "Put a space before it.",
            "Sett et mellomrom foran.",
        ),
    ),
    (
        "whitespace",
        Said::new(
            "A space is missing.",
            "Et mellomrom mangler.",
            "Put a space behind the colon or the hyphen.",
            "Sett et mellomrom etter kolonet eller bindestreken.",
        ),
    ),
    ("document end", DOCUMENTS),
    (
        "directive",
        Said::new(
            "A line that begins with `%`.",
            "En linje som begynner med `%`.",
            "Delete it: YAML directives are not used here.",
            "Slett den: YAML-direktiver brukes ikke her.",
        ),
    ),
    ("indent", INDENT),
    ("did not find expected", INDENT),
    ("not allowed in this context", INDENT),
    ("end of plain scalar", INDENT),
];

/// The places of the values that have tags.
struct Tags(Vec<Span>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Tagged(Inside(mut spans), tag), defined, .. } =
            Spanned::<Tagged<Inside>>::deserialize(deserializer)?;
        if tag.is_some() {
            let start =
                usize::try_from(defined.span().byte_offset().unwrap_or_default()).unwrap_or(usize::MAX);
            spans.push(Span::new(start, start.saturating_add(1)));
        }
        Ok(Self(spans))
    }
}

struct Inside(Vec<Span>);

impl<'de> Deserialize<'de> for Inside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;

        macro_rules! nothing {
            ($($name:ident $kind:ty),*) => {
                $(fn $name<E>(self, _: $kind) -> Result<Inside, E> { Ok(Inside(Vec::new())) })*
            };
        }

        impl<'de> Visitor<'de> for Look {
            type Value = Inside;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }

            nothing! { visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str }

            fn visit_unit<E>(self) -> Result<Inside, E> {
                Ok(Inside(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inside, A::Error> {
                let mut spans = Vec::new();
                while let Some(Tags(more)) = seq.next_element()? {
                    spans.extend(more);
                }
                Ok(Inside(spans))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inside, A::Error> {
                let mut spans = Vec::new();
                while let Some(Tags(more)) = map.next_key()? {
                    spans.extend(more);
                    let Tags(more) = map.next_value()?;
                    spans.extend(more);
                }
                Ok(Inside(spans))
            }
        }

        deserializer.deserialize_any(Look)
    }
}

/// Sorts findings by line and column. Findings about the whole file come first.
pub(super) fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.place.as_ref().map_or((0, 0), |place| (place.line, place.column)));
    findings
}
