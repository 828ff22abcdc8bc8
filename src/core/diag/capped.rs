//! What a forge shows of many findings. Above its limit a forge shows nothing, or leaves out the last findings. So the
//! most severe findings are kept, in their order, and the rest are counted.

use std::collections::BTreeMap;

use super::{Finding, Lang, Noun, Severity, Text, text};

/// The findings that are kept, and how many of each severity are left out.
pub(super) struct Capped<'a> {
    pub kept: Vec<&'a Finding>,
    pub left_out: BTreeMap<Severity, usize>,
}

/// Keeps this many findings. A graver one is never left out for a lesser one.
pub(super) fn capped(findings: &[Finding], room: usize) -> Capped<'_> {
    let mut places: Vec<usize> = Vec::new();
    let mut left_out = BTreeMap::new();
    for severity in Severity::ALL {
        let these = findings.iter().enumerate().filter(|(_, finding)| finding.severity == severity);
        for (place, _) in these {
            if places.len() < room { places.push(place) } else { *left_out.entry(severity).or_default() += 1 }
        }
    }
    places.sort_unstable();
    Capped { kept: places.into_iter().filter_map(|place| findings.get(place)).collect(), left_out }
}

/// Says how many findings are left out. It is `None` if there are none.
pub(super) fn left_out_words(left_out: &BTreeMap<Severity, usize>) -> Option<Text> {
    const FINDINGS: Noun = Noun::new(["finding", "findings"], ["funn", "funn"]);
    let each = left_out.iter().map(|(severity, count)| {
        let word = Text::new(severity.word(Lang::En), severity.word(Lang::Nb));
        text!(with word; en: "{word}: {count}", nb: "{word}: {count}")
    });
    let each = Text::joined(each, ", ");
    let all = FINDINGS.count(left_out.values().sum::<usize>());
    (!left_out.is_empty()).then(|| {
        text!(
            with all, each;
            en: "left out here: {all} ({each}), because a forge shows no more; the command without `--format` shows all",
            nb: "utelatt her: {all} ({each}), fordi plattformer ikke viser flere; kommandoen uten `--format` viser alle"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn the_gravest_are_kept_in_their_order_and_the_rest_is_counted() {
        let one =
            |severity| Finding { severity, ..Finding::new(Code::BadValue, Text::same("x"), Text::same("y")) };
        let all: Vec<Finding> =
            [Severity::Advice, Severity::Error, Severity::Held, Severity::Error].map(one).into();
        let Capped { kept, left_out } = capped(&all, 3);
        let severities: Vec<Severity> = kept.iter().map(|finding| finding.severity).collect();
        assert_eq!(severities, [Severity::Error, Severity::Held, Severity::Error]);
        assert_eq!(left_out, [(Severity::Advice, 1)].into());
        let said = left_out_words(&left_out).unwrap();
        assert!(said.en().starts_with("left out here: 1 finding (advice: 1)"), "{said:?}");
        assert!(left_out_words(&capped(&all, 4).left_out).is_none());
    }
}
