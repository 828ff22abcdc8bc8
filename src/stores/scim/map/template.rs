//! A template writes several values as one text that can be taken apart again. A template with two holes side by side,
//! or with a missing hole, is refused when it is read, because its text could be read in two ways.

use std::fmt::{Display, Formatter, Result as Written};

use portvakt_core::diag::{Text, text};

/// A text with holes, such as `{application}/{unit}/{role}`. Writing fills the holes, and reading takes the values out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// The text before the first hole.
    before: String,
    /// The name of each hole, with the text after it.
    holes: Vec<(String, String)>,
}

impl Template {
    /// Builds a template from the text before the first hole, and each hole with the text after it.
    pub(super) fn new(before: &str, holes: &[(&str, &str)]) -> Self {
        let own = |(name, after): &(&str, &str)| ((*name).to_owned(), (*after).to_owned());
        Self { before: before.to_owned(), holes: holes.iter().map(own).collect() }
    }

    /// Reads a template from a text that has each of these holes once.
    ///
    /// # Errors
    /// Fails with a sentence that tells people what is wrong with the text.
    pub(super) fn parse(text: &str, names: &[&str]) -> Result<Self, Text> {
        let wrong = |why: Text| text!(with why; en: "`{text}`: {why}", nb: "`{text}`: {why}");
        let (before, mut rest) = text.split_once('{').ok_or_else(|| {
            wrong(text!(en: "it has no `{{…}}` to fill", nb: "den har ingen `{{…}}` å fylle ut"))
        })?;
        let mut holes: Vec<(String, String)> = Vec::new();
        loop {
            let (name, after) = rest
                .split_once('}')
                .ok_or_else(|| wrong(text!(en: "a `{{` is not closed", nb: "en `{{` er ikke lukket")))?;
            if !names.contains(&name) {
                return Err(wrong(text!(
                    en: "`{{{name}}}` is none of {{{known}}}",
                    nb: "`{{{name}}}` er ingen av {{{known}}}";
                    known = names.join("}, {")
                )));
            }
            if holes.iter().any(|(known, _)| known == name) {
                return Err(wrong(
                    text!(en: "`{{{name}}}` stands in it twice", nb: "`{{{name}}}` står der to ganger"),
                ));
            }
            match after.split_once('{') {
                Some(("", _)) => {
                    return Err(wrong(text!(
                        en: "between two `{{…}}` something must stand",
                        nb: "mellom to `{{…}}` må det stå noe"
                    )));
                }
                Some((literal, more)) => {
                    holes.push((name.to_owned(), literal.to_owned()));
                    rest = more;
                }
                None => {
                    holes.push((name.to_owned(), after.to_owned()));
                    break;
                }
            }
        }
        match names.iter().find(|name| !holes.iter().any(|(known, _)| known == *name)) {
            Some(missing) => {
                Err(wrong(text!(en: "`{{{missing}}}` is missing", nb: "`{{{missing}}}` mangler")))
            }
            None => Ok(Self { before: before.to_owned(), holes }),
        }
    }

    /// Returns the text with these values in its holes.
    pub(super) fn fill(&self, values: &[(&str, &str)]) -> String {
        let mut text = self.before.clone();
        for (name, after) in &self.holes {
            let value = values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
            text.push_str(value);
            text.push_str(after);
        }
        text
    }

    /// Reads the values, in the order of the holes. `None` if the text does not have this form.
    pub(super) fn take<'t>(&self, text: &'t str) -> Option<Vec<(&str, &'t str)>> {
        let mut rest = text.strip_prefix(&self.before)?;
        let mut values = Vec::new();
        let last = self.holes.len().checked_sub(1)?;
        for (at, (name, after)) in self.holes.iter().enumerate() {
            let value = if at == last {
                std::mem::take(&mut rest).strip_suffix(after.as_str())?
            } else {
                let (value, more) = rest.split_once(after.as_str())?;
                rest = more;
                value
            };
            if value.is_empty() {
                return None;
            }
            values.push((name.as_str(), value));
        }
        Some(values)
    }
}

/// Writes the template as it is in the file.
impl Display for Template {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str(&self.before)?;
        self.holes.iter().try_for_each(|(name, after)| write!(f, "{{{name}}}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_reads_back_from_its_text() {
        for text in ["{role}/{unit}", "reg:{unit}@{role}!", "{unit}-{role}"] {
            assert_eq!(Template::parse(text, &["role", "unit"]).unwrap().to_string(), text);
        }
        let made = Template::new("reg:", &[("unit", "@"), ("role", "")]);
        assert_eq!(Template::parse("reg:{unit}@{role}", &["role", "unit"]).unwrap(), made);
    }

    #[test]
    fn what_is_filled_in_is_taken_out_again() {
        let template = Template::new("", &[("login", ".closed-"), ("account", "")]);
        let text = template.fill(&[("account", "3f6c"), ("login", "kari")]);
        assert_eq!(text, "kari.closed-3f6c");
        assert_eq!(template.take(&text), Some(vec![("login", "kari"), ("account", "3f6c")]));
        for other in ["kari", "kari.closed-", ".closed-3f6c", ""] {
            assert_eq!(template.take(other), None, "{other}");
        }
    }
}
