//! The errors of the library in words for the people who maintain access lists.

use serde_yaml::Error;
use serde_yaml::budget::BudgetBreach;

use crate::diag::{Code, Finding, Text};

/// A message and its next step, in both languages.
#[derive(Clone, Copy)]
pub(super) struct ErrorWords {
    message: [&'static str; 2],
    way_out: [&'static str; 2],
}

impl ErrorWords {
    const fn new(
        en: &'static str,
        nb: &'static str,
        way_out_en: &'static str,
        way_out_nb: &'static str,
    ) -> Self {
        Self { message: [en, nb], way_out: [way_out_en, way_out_nb] }
    }

    pub(super) fn finding(&self) -> Finding {
        let text = |[en, nb]: [&str; 2]| Text::new(en, nb);
        Finding::new(Code::NotYaml, text(self.message), text(self.way_out))
    }
}

const QUOTES: ErrorWords = ErrorWords::new(
    "A value cannot begin with this character.",
    "En verdi kan ikke begynne med dette tegnet.",
    "Put the value in quotation marks, or delete the character.",
    "Sett verdien i anførselstegn, eller slett tegnet.",
);

/// The message and the next step for an error, without the library's own words.
pub(super) fn words(error: &Error) -> ErrorWords {
    match error.without_snippet() {
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => ALIAS,
            BudgetBreach::Documents { .. } => DOCUMENTS,
            BudgetBreach::Depth { .. } => DEEP,
            _ => ErrorWords::new(
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
        Error::Unexpected { .. } | Error::NullIntoString { .. } => ErrorWords::new(
            "What stands before the colon is not a plain word.",
            "Det som står foran kolonet, er ikke et vanlig ord.",
            KEY_AND_VALUE,
            KEY_AND_VALUE_NB,
        ),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => syntax(msg),
        _ => UNREAD,
    }
}

/// Returns the words in bokmål for an error of the library.
pub(in crate::parse) fn yaml_error_in_bokmal(error: &Error) -> &'static str {
    let [_, nb] = words(error).message;
    nb
}

const KEY_AND_VALUE: &str = "Write a key, a colon and a value: `unit: 100082`.";
const KEY_AND_VALUE_NB: &str = "Skriv en nøkkel, et kolon og en verdi: `unit: 100082`.";

const OTHER: &str = "Compare with a file that is in order, above all the indentation and the colons.";
const OTHER_NB: &str = "Sammenlign med en fil som er i orden, særlig innrykk og kolon.";
const ALIAS: ErrorWords = ErrorWords::new(
    "An anchor (`&`) or an alias (`*`); neither is allowed here.",
    "Et anker (`&`) eller et alias (`*`); ingen av delene er tillatt her.",
    "Write the value out in each place; a value that begins with `&` or `*` stands in quotation marks.",
    "Skriv verdien ut på hvert sted; en verdi som begynner med `&` eller `*`, står i anførselstegn.",
);
pub(super) const TAG: ErrorWords = ErrorWords::new(
    "A value with a YAML tag, which begins with `!`; tags are not allowed here.",
    "En verdi med en YAML-tagg, som begynner med `!`; tagger er ikke tillatt her.",
    "Take the tag away; a value that begins with `!` stands in quotation marks.",
    "Ta bort taggen; en verdi som begynner med `!`, står i anførselstegn.",
);
const DOCUMENTS: ErrorWords = ErrorWords::new(
    "A second document begins here (`---`); a file is one document.",
    "Her begynner et dokument til (`---`); en fil er ett dokument.",
    "Delete the line, or put what follows into a file of its own.",
    "Slett linjen, eller legg det som følger, i en egen fil.",
);

/// Returns the message for an error of the scanner. It is the first in the list whose text is part of the error.
fn syntax(message: &str) -> ErrorWords {
    SCANNER.iter().find(|(part, _)| message.contains(part)).map_or(UNREAD, |(_, words)| *words)
}

const UNREAD: ErrorWords =
    ErrorWords::new("The line cannot be read.", "Linjen kan ikke leses.", OTHER, OTHER_NB);
const DEEP: ErrorWords = ErrorWords::new(
    "Lists or mappings stand more than eight levels deep inside each other.",
    "Lister eller grupper av nøkler står mer enn åtte nivåer inni hverandre.",
    "Compare with a file that is in order: no file of the tree is that deep.",
    "Sammenlign med en fil som er i orden: ingen fil er så dyp.",
);
const INDENT: ErrorWords = ErrorWords::new(
    "The line is indented differently from the lines it belongs to.",
    "Linjen har et annet innrykk enn linjene den hører til.",
    "Begin the line exactly under the key or the hyphen before it.",
    "Begynn linjen rett under nøkkelen eller bindestreken før den.",
);
const BRACKET: ErrorWords = ErrorWords::new(
    "A bracket is opened and not closed, or something stands in it that does not belong there.",
    "En parentes er åpnet og ikke lukket, eller det står noe i den som ikke hører hjemme der.",
    "Close it, separate what stands in it by commas, or put the value in quotation marks.",
    "Lukk den, skill det som står i den, med komma, eller sett verdien i anførselstegn.",
);

const SCANNER: &[(&str, ErrorWords)] = &[
    ("recursion limit", DEEP),
    ("anchor", ALIAS),
    (" tag", TAG),
    ("handle", TAG),
    (
        "tab",
        ErrorWords::new(
            "A tab character where only spaces can stand.",
            "Et tabulatortegn der det bare kan stå mellomrom.",
            "Indent with spaces: two for each level.",
            "Rykk inn med mellomrom: to for hvert nivå.",
        ),
    ),
    (
        "unclosed quote",
        ErrorWords::new(
            "A quotation mark is opened here and never closed.",
            "Et anførselstegn er åpnet her og aldri lukket.",
            "Close it, at the end of the value.",
            "Lukk det, på slutten av verdien.",
        ),
    ),
    (
        "trailing content",
        ErrorWords::new(
            "Something stands behind the closing quotation mark.",
            "Det står noe etter det avsluttende anførselstegnet.",
            "Let the value end with it; a quotation mark inside a value is written twice inside single ones.",
            "La verdien slutte med det; et anførselstegn inne i en verdi skrives dobbelt mellom enkle.",
        ),
    ),
    (
        "quoted scalar",
        ErrorWords::new(
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
        ErrorWords::new(
            "A colon where none can stand: two keys on one line, or a line indented too far.",
            "Et kolon der det ikke kan stå: to nøkler på én linje, eller en linje med for stort innrykk.",
            "Begin each key on a line of its own, under the key before it; a value with a colon stands in quotation marks.",
            "Begynn hver nøkkel på egen linje, under nøkkelen før den; en verdi med kolon står i anførselstegn.",
        ),
    ),
    (
        "simple key",
        ErrorWords::new("A line without a colon.", "En linje uten kolon.", KEY_AND_VALUE, KEY_AND_VALUE_NB),
    ),
    ("unexpected character", QUOTES),
    ("cannot start with", QUOTES),
    (
        "comment",
        ErrorWords::new(
            "A `#` directly behind a value.",
            "En `#` rett etter en verdi.",
            "Put a space before it.",
            "Sett et mellomrom foran.",
        ),
    ),
    (
        "whitespace",
        ErrorWords::new(
            "A space is missing.",
            "Et mellomrom mangler.",
            "Put a space behind the colon or the hyphen.",
            "Sett et mellomrom etter kolonet eller bindestreken.",
        ),
    ),
    ("document end", DOCUMENTS),
    (
        "directive",
        ErrorWords::new(
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
