//! Cedar's messages in bokmål. Cedar itself speaks English only. For a message that is not in the lists, the finding in
//! bokmål says how to see Cedar's own words. So no finding in bokmål has a sentence in English.

use crate::diag::{Lang, Text};

/// Cedar's messages and ours. `{}` stands for words of the file, which are the same in every language.
const MESSAGES: &[(&str, &str)] = &[
    ("unexpected token `{}`", "`{}` kan ikke stå her"),
    ("extra token `{}`", "`{}` er overflødig her"),
    ("invalid token", "tegnet kan ikke stå her"),
    ("unexpected end of input", "filen slutter midt i en tilgangsregel eller et skjema"),
    ("invalid policy effect: {}", "en tilgangsregel kan ikke begynne med `{}`"),
    ("invalid policy condition: {}", "et vilkår kan ikke begynne med `{}`"),
    ("invalid variable: {}", "variabelen `{}` finnes ikke"),
    ("invalid identifier: {}", "`{}` kan ikke være et navn"),
    ("invalid attribute name: {}", "`{}` kan ikke være navnet på et attributt"),
    ("invalid string literal: {}", "teksten `{}` er ikke skrevet riktig"),
    ("invalid entity literal: {}", "verdien `{}` er ikke skrevet riktig"),
    ("invalid operator in the policy scope: {}", "operatoren `{}` kan ikke stå i hodet på en tilgangsregel"),
    ("invalid operator in the action scope: {}", "operatoren `{}` kan ikke stå ved `action`"),
    ("found an invalid variable in the policy scope: {}", "`{}` kan ikke stå i hodet på en tilgangsregel"),
    ("found the variable `{}` where the variable `{}` must be used", "her står `{}` der `{}` skal stå"),
    ("this policy is missing the `{}` variable in the scope", "tilgangsregelen mangler `{}` i hodet"),
    ("this policy has an extra element in the scope: {}", "`{}` er overflødig i hodet på tilgangsregelen"),
    ("this identifier is reserved and cannot be used: {}", "navnet `{}` er reservert"),
    ("this uses a reserved schema keyword: `{}`", "ordet `{}` er reservert i et skjema"),
    ("duplicate annotation: @{}", "`@{}` står to ganger"),
    ("duplicate annotations: `{}`", "`@{}` står to ganger"),
    ("duplicate entity type `{}`", "entitetstypen `{}` er deklarert to ganger"),
    ("duplicate action `{}`", "handlingen `{}` er deklarert to ganger"),
    ("duplicate common type `{}`", "typen `{}` er deklarert to ganger"),
    ("unknown extension type `{}`", "typen `{}` finnes ikke"),
    ("'=' is not a valid operator in Cedar", "`=` er ingen operator her"),
    ("condition clause cannot be empty", "et vilkår kan ikke være tomt"),
    ("`{}` condition clause cannot be empty", "vilkåret `{}` kan ikke være tomt"),
    ("`{}` is not a valid function", "funksjonen `{}` finnes ikke"),
    ("`{}` is not a valid method", "metoden `{}` finnes ikke"),
    ("`{}(...)` is not a valid function call", "`{}(...)` kan ikke kalles"),
    ("`{}` is a method, not a function", "`{}` er en metode, ikke en funksjon"),
    ("`{}` is a function, not a method", "`{}` er en funksjon, ikke en metode"),
    ("integer literal `{}` is too large", "tallet `{}` er for stort"),
    ("division is not supported", "deling kan ikke brukes"),
    ("remainder/modulo is not supported", "rest ved deling kan ikke brukes"),
    ("attribute `{}` on entity type `{}` not found", "entitetstypen `{1}` har ikke attributtet `{0}`"),
    ("attribute `{}` in context for {} not found", "sammenhengen ved {1} har ikke attributtet `{0}`"),
    ("attribute `{}` not found", "attributtet `{}` finnes ikke"),
    (
        "unable to guarantee safety of access to optional attribute `{}`{}",
        "attributtet `{0}` kan mangle; spør med `has` først",
    ),
    (
        "entity `{}` is of an enumerated entity type, but `{}` is not declared as a valid eid",
        "`{1}` er ikke blant verdiene som skjemaet har for `{0}`",
    ),
    ("unrecognized entity type `{}`", "entitetstypen `{}` finnes ikke i skjemaet"),
    ("unrecognized action `{}`", "handlingen `{}` finnes ikke i skjemaet"),
    ("unexpected type: expected {} but saw {}", "her ventes en verdi av en annen type enn den som står her"),
    ("undefined extension function: {}", "funksjonen `{}` finnes ikke"),
    ("string `{}` contains mixed scripts", "teksten `{}` blander bokstaver fra flere alfabeter"),
    ("identifier `{}` contains mixed scripts", "navnet `{}` blander bokstaver fra flere alfabeter"),
    ("string `{}` contains BIDI control characters", "teksten inneholder tegn som snur teksten rundt seg"),
    ("identifier `{}` contains BIDI control characters", "navnet inneholder tegn som snur teksten rundt seg"),
    (
        "policy is impossible: the policy expression evaluates to false for all valid requests",
        "tilgangsregelen kan aldri slå til",
    ),
    (
        "unable to find an applicable action given the policy scope constraints",
        "det finnes ingen handling som hodet på tilgangsregelen kan gjelde",
    ),
    (
        "this policy requires level {}, which exceeds the maximum allowed level ({})",
        "tilgangsregelen går dypere inn i attributtene enn {1} nivå",
    ),
    ("empty set literals are forbidden in policies", "en tom mengde `[]` kan ikke stå i en tilgangsregel"),
    // These are the messages about a policy that is asked.
    (
        "integer overflow while attempting to {} the values `{}` and `{}`",
        "tallene `{1}` og `{2}` blir for store",
    ),
    ("`{}` does not have the attribute `{}`", "`{}` har ikke attributtet `{}`"),
    ("record does not have the attribute `{}`", "attributtet `{}` mangler"),
    ("entity `{}` does not exist", "`{}` finnes ikke"),
    ("type error: expected {}, got {}", "her ventes en verdi av en annen type"),
    // These are the program's messages about a question that does not go to Cedar.
    ("`register.yaml` has no unit `{}`", "`register.yaml` har ikke enheten `{}`"),
    ("`register.yaml` has no trust `{}`", "`register.yaml` har ikke helseforetaket `{}`"),
    ("a type has no name", "en type i skjemaet har ikke noe navn"),
    ("an entity does not fit the schema: {}", "det som er kjent om saken, passer ikke til skjemaet"),
    ("the request does not fit the schema: {}", "spørsmålet passer ikke til skjemaet"),
];

/// Cedar's advice, and ours.
const ADVICE: &[(&str, &str)] = &[
    ("did you mean `{}`?", "mente du `{}`?"),
    ("did you mean `{}`? ({})", "mente du `{0}`?"),
    ("condition must be either `when` or `unless`", "et vilkår begynner med `when` eller `unless`"),
    ("effect must be either `permit` or `forbid`", "en tilgangsregel begynner med `permit` eller `forbid`"),
    ("try using '==' instead", "skriv `==`"),
    ("valid entity eids: {}", "mulige verdier: {}"),
    ("strings must use double quotes, not single quotes", "tekster står mellom doble anførselstegn"),
    ("try checking that all strings are closed properly", "se etter om et anførselstegn mangler"),
    ("use a method-style call `{}`", "skriv kallet som `{}`"),
    ("use a function-style call `{}`", "skriv kallet som `{}`"),
];

/// The words before Cedar's own message, if there is no bokmål for it.
const UNKNOWN: &str = "dette godtas ikke; Cedars egne ord er engelske, og vises med `--lang en`";

/// A message of Cedar in both languages. `more` is what Cedar adds in English about the place.
pub(super) fn message(words: &str, more: Option<&str>) -> Text {
    let en = more.map_or_else(|| words.to_owned(), |more| format!("{words}: {more}"));
    Text::new(en, in_bokmal(words).unwrap_or_else(|| UNKNOWN.to_owned()))
}

/// Cedar's advice in both languages, followed by a sentence of ours. Advice without words in bokmål is left out there.
pub(super) fn advice(words: &str, then: &Text) -> Text {
    let en = sentence(words);
    match translated(words, ADVICE) {
        Some(nb) => Text::new(en, sentence(&nb)).and(then),
        None => Text::new(format!("{en} {}", then.en()), then.get(Lang::Nb)),
    }
}

/// Why the policies could not decide, in both languages.
#[must_use]
pub fn why(errors: &[String]) -> Text {
    Text::joined(errors.iter().map(|error| message(error, None)), "; ")
}

fn in_bokmal(words: &str) -> Option<String> {
    let words = words.strip_prefix("error parsing schema: ").unwrap_or(words);
    for before in ["for policy `", "while evaluating policy `", "error while evaluating policy `"] {
        if let Some((id, rest)) = words.strip_prefix(before).and_then(|rest| rest.split_once('`')) {
            let told = translated(rest.trim_start_matches([',', ':', ' ']), MESSAGES);
            let told = told.unwrap_or_else(|| UNKNOWN.to_owned());
            return Some(format!("tilgangsregelen `{id}`: {told}"));
        }
    }
    translated(words, MESSAGES)
}

/// The words of the first row of a list whose pattern fits.
fn translated(words: &str, list: &[(&str, &str)]) -> Option<String> {
    list.iter().find_map(|(pattern, nb)| Some(filled(nb, &captured(pattern, words)?)))
}

/// The words in the places of `{}`, if all other words are the same.
fn captured<'w>(pattern: &str, words: &'w str) -> Option<Vec<&'w str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = words.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = match pieces.peek() {
            Some(_) => rest.find(piece)?,
            None => rest.len().checked_sub(piece.len()).filter(|_| rest.ends_with(piece))?,
        };
        found.push(rest.get(..at)?);
        rest = rest.get(at + piece.len()..)?;
    }
    rest.is_empty().then_some(found)
}

/// Puts the words in their places: `{}` one after the other, `{0}` and the like by their numbers.
fn filled(nb: &str, words: &[&str]) -> String {
    let mut out = nb.to_owned();
    for (number, word) in words.iter().enumerate() {
        let numbered = format!("{{{number}}}");
        let word = word.trim_matches('`');
        out =
            if out.contains(&numbered) { out.replace(&numbered, word) } else { out.replacen("{}", word, 1) };
    }
    out
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut text: String = first.chain(letters).collect();
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::text;

    fn nb(words: &str) -> String {
        message(words, Some("expected a thing")).get(Lang::Nb).to_owned()
    }

    #[test]
    fn what_cedar_says_is_said_in_bokmal_with_the_words_of_the_file() {
        for (cedar, ours) in [
            (
                "for policy `a`, attribute `ofices` on entity type `Access` not found",
                "tilgangsregelen `a`: entitetstypen `Access` har ikke attributtet `ofices`",
            ),
            (
                "for policy `a`: entity `Role::\"UL\"` is of an enumerated entity type, but `\"UL\"` is not declared as a valid eid",
                "tilgangsregelen `a`: `\"UL\"` er ikke blant verdiene som skjemaet har for `Role::\"UL\"`",
            ),
            ("invalid policy condition: wenn", "et vilkår kan ikke begynne med `wenn`"),
            ("error parsing schema: unexpected token `x`", "`x` kan ikke stå her"),
            (
                "while evaluating policy `a`: record does not have the attribute `b`",
                "tilgangsregelen `a`: attributtet `b` mangler",
            ),
        ] {
            assert_eq!(nb(cedar), ours);
        }
    }

    #[test]
    fn what_is_not_in_the_list_has_no_english_in_bokmal() {
        for words in
            ["something new", "for policy `a`, something new", "while evaluating policy `a`: something new"]
        {
            assert!(!nb(words).contains("new") && nb(words).contains("--lang en"), "{}", nb(words));
        }
        let told = advice("something new", &text!(en: "Correct it.", nb: "Rett den."));
        assert_eq!((told.en(), told.get(Lang::Nb)), ("Something new. Correct it.", "Rett den."));
        let told = advice("did you mean `offices`?", &text!(en: "Correct it.", nb: "Rett den."));
        assert_eq!(told.get(Lang::Nb), "Mente du `offices`? Rett den.");
    }

    #[test]
    fn every_line_of_the_lists_fills_its_places() {
        for (pattern, nb) in MESSAGES.iter().chain(ADVICE) {
            let words = pattern.replace("{}", "x");
            let said = translated(&words, &[(*pattern, *nb)]).unwrap();
            assert!(!said.contains(['{', '}']), "{said}");
        }
    }
}
