//! Describes the effect of a change of the schema alone, in sentences. They tell which requests are new or gone and
//! which facts are new or gone. They also tell which requests the two schemas describe differently, so that the sets
//! cannot be compared on them. All that was left out is named.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{DifferenceWay, PolicyDifference, ProofVerdict};
use crate::diag::{Text, quoted, text};
use crate::policy::{Described, OtherWords, Policies, RequestKind, WordSet};

/// The sentences about a schema that differs.
pub(super) struct SchemaTold {
    /// The sentences, in the order in which they are shown.
    pub(super) told: Vec<Text>,
    /// Whether something was left out of the comparison.
    pub(super) left_out: bool,
}

/// Tells how the schemas of the policies before and after differ. `changes` are the differences that a prover found.
pub(super) fn schema_told([before, after]: [&Policies; 2], changes: &[PolicyDifference]) -> SchemaTold {
    let Some(kinds) = after.described(before) else {
        let all = text!(
            en: "The schema differs too: both sets were asked with the changed one, and what the schema changes by itself was not computed. That does not mean that it changes nothing.",
            nb: "Skjemaet er også endret: begge settene er spurt med det endrede, og hva skjemaet alene endrer, er ikke beregnet. Det betyr ikke at det ikke endrer noe."
        );
        return SchemaTold { told: vec![all], left_out: true };
    };
    let (mut told, mut left_out) = (Vec::new(), false);
    let actions: BTreeSet<&str> = kinds.keys().map(|kind| kind.action.as_str()).collect();
    for action in actions {
        let (sentence, is_known) = of_action(action, &kinds, changes);
        told.extend(sentence);
        left_out |= !is_known;
    }
    for (how, actions) in by_description(&kinds) {
        for sentence in of_facts(how, &actions) {
            if !told.contains(&sentence) {
                told.push(sentence);
            }
        }
        left_out |= match how {
            Described::Otherwise(_) => true,
            Described::MoreWords(words) | Described::LessWords(words) => !words.left.is_empty(),
            _ => false,
        };
    }
    if told.is_empty() {
        told.push(text!(
            en: "The schema differs too, but each request says the same in both.",
            nb: "Skjemaet er også endret, men hver forespørsel sier det samme i begge."
        ));
    }
    SchemaTold { told, left_out }
}

/// The actions whose requests are described in each way.
fn by_description(kinds: &BTreeMap<RequestKind, Described>) -> BTreeMap<&Described, BTreeSet<&str>> {
    let mut all: BTreeMap<&Described, BTreeSet<&str>> = BTreeMap::new();
    for (kind, how) in kinds {
        all.entry(how).or_default().insert(&kind.action);
    }
    all
}

/// Returns the sentence about an action whose requests are new or gone, and whether its effect is known.
fn of_action(
    action: &str,
    kinds: &BTreeMap<RequestKind, Described>,
    changes: &[PolicyDifference],
) -> (Option<Text>, bool) {
    let of_it: Vec<&Described> =
        kinds.iter().filter(|(kind, _)| kind.action == action).map(|(_, how)| how).collect();
    let appears = of_it.contains(&&Described::Appears);
    let disappears = of_it.contains(&&Described::Disappears);
    let told = if of_it.iter().all(|how| **how == Described::Appears) {
        appeared(action, permitted(action, DifferenceWay::More, changes))
    } else if of_it.iter().all(|how| **how == Described::Disappears) {
        disappeared(action, permitted(action, DifferenceWay::Less, changes))
    } else if appears || disappears {
        text!(
            en: "The schema has other requests for `{action}` than before: others ask, or they ask about something else. What becomes permitted by that, or no longer is, is among what is told here.",
            nb: "Skjemaet har andre forespørsler om `{action}` enn før: andre spør, eller de spør om noe annet. Det som blir tillatt av det, eller ikke lenger er det, er blant det som står her."
        )
    } else {
        return (None, true);
    };
    let ways = [(appears, DifferenceWay::More), (disappears, DifferenceWay::Less)];
    let is_known = ways.iter().all(|(asked, way)| !asked || permitted(action, *way, changes).is_some());
    (Some(told), is_known)
}

/// Returns whether one of the two sets permits anything for an action. It is `None` if that is not known.
fn permitted(action: &str, way: DifferenceWay, changes: &[PolicyDifference]) -> Option<bool> {
    let of_it =
        |change: &&PolicyDifference| change.action == action && change.way == way && change.advice.is_none();
    let found: Vec<&ProofVerdict> = changes.iter().filter(of_it).map(|change| &change.verdict).collect();
    if found.iter().any(|verdict| matches!(verdict, ProofVerdict::Fails(_))) {
        return Some(true);
    }
    (!found.is_empty() && found.iter().all(|verdict| **verdict == ProofVerdict::Holds)).then_some(false)
}

fn appeared(action: &str, is_permitted: Option<bool>) -> Text {
    let new = text!(
        en: "New in the schema: `{action}`, which nobody could ask for before.",
        nb: "Nytt i skjemaet: `{action}`, som ingen kunne be om før."
    );
    new.and(match is_permitted {
        Some(true) => text!(
            en: "The changed policies permit it to those who are told here.",
            nb: "De endrede tilgangsreglene tillater det for dem som er nevnt her."
        ),
        Some(false) => text!(
            en: "The changed policies permit it to nobody.",
            nb: "De endrede tilgangsreglene tillater det ikke for noen."
        ),
        None => text!(
            en: "What the changed policies permit of it was not computed. That does not mean that they permit nothing.",
            nb: "Hva de endrede tilgangsreglene tillater av det, er ikke beregnet. Det betyr ikke at de ikke tillater noe."
        ),
    })
}

fn disappeared(action: &str, was_permitted: Option<bool>) -> Text {
    let gone = text!(
        en: "Gone from the schema: `{action}`, which nobody can ask for any more.",
        nb: "Borte fra skjemaet: `{action}`, som ingen kan be om lenger."
    );
    gone.and(match was_permitted {
        Some(true) => text!(
            en: "The policies before permitted it to those who are told here.",
            nb: "Tilgangsreglene som gjaldt før, tillot det for dem som er nevnt her."
        ),
        Some(false) => text!(
            en: "The policies before permitted it to nobody.",
            nb: "Tilgangsreglene som gjaldt før, tillot det ikke for noen."
        ),
        None => text!(
            en: "What the policies before permitted of it was not computed. That does not mean that they permitted nothing.",
            nb: "Hva tilgangsreglene som gjaldt før, tillot av det, er ikke beregnet. Det betyr ikke at de ikke tillot noe."
        ),
    })
}

/// Returns the sentence about requests that both schemas have and describe in this way.
fn of_facts(how: &Described, actions: &BTreeSet<&str>) -> Vec<Text> {
    let actions = quoted(actions.iter().copied());
    let names = |names: &[String]| quoted(names.iter().map(String::as_str));
    match how {
        Described::Alike | Described::Appears | Described::Disappears => Vec::new(),
        Described::MoreTold(more) => {
            let facts = names(more);
            vec![text!(
                en: "New in the schema: {facts}, which the policies before do not ask for. Requests of {actions} were compared with the same requests without it.",
                nb: "Nytt i skjemaet: {facts}, som tilgangsreglene før ikke spør etter. Forespørsler om {actions} er sammenlignet med de samme uten dette."
            )]
        }
        Described::LessTold(less) => {
            let facts = names(less);
            vec![text!(
                en: "Gone from the schema: {facts}, which the changed policies do not ask for. Requests of {actions} were compared with the same requests as they were with it.",
                nb: "Borte fra skjemaet: {facts}, som de endrede tilgangsreglene ikke spør etter. Forespørsler om {actions} er sammenlignet med de samme slik de var med dette."
            )]
        }
        Described::MoreWords(OtherWords { words, sets, left, .. }) => {
            let words = names(words);
            let new = text!(
                en: "New in the schema: {words}. Nobody could use it before, so what the changed policies permit of it is new.",
                nb: "Nytt i skjemaet: {words}. Det kunne ingen bruke før, så det de endrede tilgangsreglene tillater av det, er nytt."
            );
            [new].into_iter().chain(taken_out(&actions, sets)).chain(words_left_out(&actions, left)).collect()
        }
        Described::LessWords(OtherWords { words, sets, left, .. }) => {
            let words = names(words);
            let gone = text!(
                en: "Gone from the schema: {words}. Nobody can use it any more, so what the policies before permitted of it is gone too.",
                nb: "Borte fra skjemaet: {words}. Det kan ingen bruke lenger, så det tilgangsreglene som gjaldt før, tillot av det, er også borte."
            );
            [gone]
                .into_iter()
                .chain(taken_out(&actions, sets))
                .chain(words_left_out(&actions, left))
                .collect()
        }
        Described::Otherwise(what) => {
            let facts = names(what);
            vec![text!(
                en: "Left out: the schema describes requests of {actions} otherwise than before ({facts}). There both sets were asked with the changed schema, and what the schema changes by itself was not computed. That does not mean that it changes nothing.",
                nb: "Utelatt: skjemaet beskriver forespørsler om {actions} annerledes enn før ({facts}). Der er begge settene spurt med det endrede skjemaet, og hva skjemaet alene endrer, er ikke beregnet. Det betyr ikke at det ikke endrer noe."
            )]
        }
    }
}

/// Returns the sentence about sets from which words were taken out, because only one schema has them.
fn taken_out(actions: &str, sets: &[WordSet]) -> Option<Text> {
    let facts = quoted(sets.iter().map(|set| set.fact.as_str()));
    (!sets.is_empty()).then(|| {
        text!(
            en: "Requests of {actions} with such a word in {facts} were compared with the same requests without it there.",
            nb: "Forespørsler om {actions} med et slikt ord i {facts} er sammenlignet med de samme uten ordet der."
        )
    })
}

/// Returns the sentence about words that only one schema has. They may occur in facts that were not compared.
fn words_left_out(actions: &str, left: &[String]) -> Option<Text> {
    let facts = quoted(left.iter().map(String::as_str));
    (!left.is_empty()).then(|| {
        text!(
            en: "Left out: such a word in {facts}, where it is about {actions}. What it changes there was not computed. That does not mean that it changes nothing.",
            nb: "Utelatt: et slikt ord i {facts}, der det gjelder {actions}. Hva det endrer der, er ikke beregnet. Det betyr ikke at det ikke endrer noe."
        )
    })
}
